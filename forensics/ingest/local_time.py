"""Wall-clock times that no offset stands beside: which zone they are in, who says so, and when that is not enough.

The zone comes from a setting in the same export (``export_setting``), from a rule of the format (``format_rule``), or
from the examiner (``assumed``, ``analyze --assume-zone``). Without any of them the text is kept and no instant is
stated. Where the clock was set back an hour exists twice, where it was set forward it does not exist: the first
reading (RFC 5545 section 3.3.5 does the same) is taken and the note says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.model import Moment, Precision, ZoneBasis

ASSUMED_ZONE = "assumed.zone"
"""The name under which the examiner's zone is told to every member."""
ASSUMED_YEAR = "assumed.year"
"""The same for the year of the last line of a log whose lines state none."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""As logs and C's ``asctime`` write them, in any language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A time zone, on what ground it applies, and who says so (a member's name, a rule, the examiner)."""

    zone: tzinfo
    name: str
    basis: ZoneBasis
    source: str


@cache
def named(name: str) -> ZoneInfo | None:
    """Return an IANA zone by its name, or ``None`` where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_of(evidence: Evidence, *names: str) -> Zone | None:
    """Return the zone that the export states under one of ``names`` (see ``Evidence.told``), else the examiner's."""
    for name in (*names, ASSUMED_ZONE):
        told = evidence.told.get(name)
        zone = named(told.value) if told else None
        if told and zone:
            basis = ZoneBasis.ASSUMED if name == ASSUMED_ZONE else ZoneBasis.EXPORT_SETTING
            return Zone(zone=zone, name=told.value, basis=basis, source=told.source)
    return None


def wall_of(written: str) -> datetime:
    """Return a clock time in ISO 8601 that states no offset; raise ``FieldError`` where the calendar has no such day."""
    read = fields.instant(written, bare_zone=ZoneBasis.ASSUMED).utc  # only for its checks of the calendar
    if read is None:
        raise FieldError(f"no time: {written}")
    return read.replace(tzinfo=None)


def instant(wall: datetime, text: str, zone: Zone | None, precision: Precision = Precision.SECOND) -> Moment:
    """State the instant of a naive wall-clock time in a zone; without a zone only the text is kept."""
    if zone is None:
        return Moment(utc=None, text=text, precision=precision)
    try:
        utc = wall.replace(tzinfo=zone.zone, fold=0).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise FieldError(f"not a date in the calendar: {text[:60]!r}") from error
    return Moment(utc=utc, text=text, zone=zone.basis, precision=precision)


def note(wall: datetime, zone: Zone | None) -> str:
    """Say for the event's detail where the zone is from, and whether the clock was set at that hour; "" if unknown."""
    if zone is None:
        return "the export states no time zone, so no instant can be given"
    said = f"zone {zone.name} ({zone.source})"
    first, second = (wall.replace(tzinfo=zone.zone, fold=fold).utcoffset() for fold in (0, 1))
    if first == second or first is None or second is None:
        return said
    if first > second:
        return f"{said}; this hour occurred twice (the clock was set back): the first is taken"
    return f"{said}; this hour did not exist (the clock was set forward)"


def wall_time(wall: datetime, moment: Moment) -> str:
    """Return what a detail keeps as ``wall_time``: the clock's reading where no instant could be stated, else "".

    Where the same events stand in another source, these readings reveal the zone (``clock_conflict``).
    """
    return wall.isoformat() if moment.utc is None else ""
