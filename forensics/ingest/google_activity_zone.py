"""The zone of My Activity pages, by the era of the export (google_takeout_parser, issues 28 and 97).

* Exports up to 2018 write no zone and mean UTC.
* Exports of 2018 to 2020 write ``UTC``.
* Later ones write the abbreviation that the account's zone has *at the moment of the export* on every row, and convert
  every row with that one offset: a January row of a June export says ``BST`` and is one hour ahead of UTC.

So an abbreviation is an offset for the whole page, never a rule of daylight saving for the row's own date. One that
several regions use for different offsets gives no instant, unless the examiner names a zone in which it is valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from forensics.ingest import local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.takeout_archive import export_moment
from forensics.ingest.written_times import Dates, Written
from forensics.ingest.zone_names import AMBIGUOUS, offset_of
from forensics.model import UNDATED, Moment, ZoneBasis

_LAST_BARE_YEAR = 2018
_ABBREVIATIONS_SINCE = datetime(2021, 1, 1)  # noqa: DTZ001 - a wall clock, for abbreviations whose offset changed by law


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How the times of one page are read: its language and order, the export's moment, the examiner's zone.

    ``newest`` is the year of the newest row seen (0: none), ``zones`` the zone texts seen.
    """

    dates: Dates
    exported: datetime | None
    stated_by: str
    examiner: local_time.Zone | None
    newest: int
    zones: frozenset[str]


def clock_of(evidence: Evidence, samples: list[str]) -> Clock:
    """Learn how a page writes its times."""
    dates = Dates.learn(samples)
    written = [found for text in set(samples) if (found := _read(dates, text))]
    exported, stated_by = export_moment(evidence)
    return Clock(
        dates=dates,
        exported=exported,
        stated_by=stated_by,
        examiner=local_time.zone_of(evidence),
        newest=max((found.wall.year for found in written), default=0),
        zones=frozenset(found.zone_text for found in written),
    )


def _read(dates: Dates, text: str) -> Written | None:
    try:
        return dates.read(text)
    except FieldError:
        return None


def time_of(clock: Clock, candidates: tuple[str, ...]) -> tuple[Moment, str, str]:
    """Return the time of a record, the rule that gave (or refused) its zone, and the line it is from ("" if none)."""
    for text in candidates:
        written = _read(clock.dates, text)
        if written is not None:
            moment, rule = _moment(clock, written, text)
            return moment, rule, text
    if not candidates:
        return UNDATED, "no line of the record is a time", ""
    unread = candidates[0]
    return Moment(utc=None, text=unread), "no line of the record is a time that can be read one way only", unread


def _moment(clock: Clock, written: Written, text: str) -> tuple[Moment, str]:
    if not written.zone_text:
        return _bare(clock, written, text)
    at = clock.exported.replace(tzinfo=None) if clock.exported else _ABBREVIATIONS_SINCE
    ahead, basis = offset_of(written.zone_text, at), ZoneBasis.EXPLICIT
    if ahead is None and clock.examiner is not None:
        ahead, basis = offset_of(written.zone_text, at, clock.examiner.zone), ZoneBasis.ASSUMED
    if ahead is None:
        meaning = AMBIGUOUS.get(written.zone_text.upper(), "not a known abbreviation")
        rule = f"{written.zone_text} says no offset ({meaning}): no instant; --assume-zone can settle it"
        return Moment(utc=None, text=text, precision=written.precision), rule
    try:
        utc = (written.wall - ahead).replace(tzinfo=UTC)
    except OverflowError as error:
        raise FieldError(f"not a date in the calendar: {text[:60]!r}") from error
    return Moment(utc=utc, text=text, zone=basis, precision=written.precision), _rule(clock, written, ahead, basis)


def _rule(clock: Clock, written: Written, ahead: timedelta, basis: ZoneBasis) -> str:
    if written.zone_text in {"UTC", "Z"} and len(clock.zones) == 1:
        return ""
    sign, minutes = ("-", -ahead) if ahead < timedelta(0) else ("+", ahead)
    offset = f"UTC{sign}{minutes.seconds // 3600:02d}:{minutes.seconds % 3600 // 60:02d}"
    when = f"{clock.exported:%Y-%m-%dT%H:%M:%SZ}, {clock.stated_by}" if clock.exported else "not stated"
    several = (
        ""
        if len(clock.zones) == 1
        else f"; zones on this page: {', '.join(zone or 'none' for zone in sorted(clock.zones))}"
    )
    known = f"; {clock.examiner.name} named by the examiner" if basis is ZoneBasis.ASSUMED and clock.examiner else ""
    return f"{written.zone_text} of the export's moment ({when}) stands on every row: {offset} for all{known}{several}"


def _bare(clock: Clock, written: Written, text: str) -> tuple[Moment, str]:
    """A time without a zone: UTC in exports up to 2018; later the account's language may leave the zone out."""
    if clock.exported is not None and clock.exported.year <= _LAST_BARE_YEAR:
        rule, basis = (
            f"exports up to {_LAST_BARE_YEAR} write UTC without saying so ({clock.stated_by})",
            ZoneBasis.FORMAT_RULE,
        )
    elif clock.exported is None and clock.newest <= _LAST_BARE_YEAR:
        rule = f"no zone is written and no row is later than {_LAST_BARE_YEAR}: taken as UTC, as exports of that time write it"
        basis = ZoneBasis.ASSUMED
    else:
        moment = local_time.instant(written.wall, text, clock.examiner, written.precision)
        note = local_time.note(written.wall, clock.examiner)
        return moment, f"an export after {_LAST_BARE_YEAR} that writes no zone: {note}"
    utc = written.wall.replace(tzinfo=UTC)
    return Moment(utc=utc, text=text, zone=basis, precision=written.precision), rule
