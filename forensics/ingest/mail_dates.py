"""Dates of mail headers: RFC 5322 with its obsolete zones and comments, and what some servers write instead.

Strict where the standard library guesses: an unknown zone, a missing zone or an impossible day gives no instant, and
the reason. The text as found is always kept.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from forensics.ingest import fields
from forensics.ingest.fields import FieldError
from forensics.model import UNDATED, Moment, Precision, ZoneBasis

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ZONES = dict.fromkeys(("UT", "UTC", "GMT", "Z"), "+0000") | {
    f"{letter}{kind}": f"-{hours - (kind == 'DT'):02d}00"
    for letter, hours in (("E", 5), ("C", 6), ("M", 7), ("P", 8))
    for kind in ("ST", "DT")
}
"""The named zones that RFC 5322 section 4.3 defines; no other name says an offset."""

_RFC_5322 = re.compile(
    r"(?:([A-Za-z]{3})[a-z]*\s*,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*[\s-]+(\d{2,4})\s+(\d{1,2}):(\d\d)(?::(\d\d))?"
    r"(?:\.\d+)?\s*((?:(?:GMT|UTC)(?=[+-]))?[+-]\d\d:?\d\d|[A-Za-z]{1,5})?(?:\s+[A-Z]{3,4})?"
)
_C_LIBRARY = re.compile(
    r"([A-Z][a-z]{2}) ([A-Z][a-z]{2}) (\d{1,2}) (\d\d:\d\d:\d\d)(?: ([A-Z]{2,4}|[+-]\d{4}))? (\d{4})(?: ([+-]\d{4}|[A-Z]{2,4}))?"
)
"""The spelling of C's ``asctime`` and of ``date``, with the zone before or behind the year; small programs send it."""

_NUMBERS = {name.title(): number for number, name in enumerate(_MONTHS, start=1)}
_NAMES = [name.title() for name in _DAYS]
_PLAIN = re.compile(
    rf"(?:({'|'.join(_NAMES)}), )?(\d\d?) ({'|'.join(_NUMBERS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) ([+-]\d{{4}})"
    r"(?: \([A-Z]{1,5}\))?",
    re.ASCII,
)
_GO = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? [+-]\d{4})(?: [A-Z]{1,5}| [+-]\d{2,4})?(?: m=\S+)?")
"""The spelling of Go's ``time.String``, which SendGrid writes (mail-parser issue 71)."""

_NO_LOCAL_ZONE = "-0000: UTC, the local zone of the writer is unknown"
_COMMENT = re.compile(r"\([^()]*\)")
_YEAR_DIGITS = 4
LENGTH_LIMIT = 500
NESTING = 5
_CENTURY = 50


def mail_date(written: str) -> tuple[Moment, str]:
    """Read a date; the second part says what is special about it, or why no instant can be given ("" if nothing).

    ``-0000`` is UTC with an unknown local zone (RFC 5322 section 3.3). Two-digit years follow section 4.3.
    """
    return (_plain_date(written.strip()) if len(written) <= LENGTH_LIMIT else None) or _any_date(written)


@lru_cache(maxsize=4_096)  # the hops and the Date header of one message often say the same second
def _plain_date(written: str) -> tuple[Moment, str] | None:
    """Read a date spelled as RFC 5322 wants it; ``None`` for any other (a test holds this to ``_any_date``)."""
    match = _PLAIN.fullmatch(written)
    if match is None:
        return None
    day_name, day, month, year, hour, minute, second, zone = match.groups()
    offset = fields.zone_offset(zone)
    try:
        local = datetime(int(year), _NUMBERS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        if offset is None or (day_name and day_name != _NAMES[local.weekday()]):
            return None
        moment = Moment(utc=local - offset, text=written, zone=ZoneBasis.EXPLICIT)
    except (ValueError, OverflowError):
        return None
    return moment, _NO_LOCAL_ZONE if zone == "-0000" else ""


@lru_cache(maxsize=1_024)
def _any_date(written: str) -> tuple[Moment, str]:
    if len(written) > LENGTH_LIMIT:
        return Moment(utc=None, text=written[:LENGTH_LIMIT]), f"no instant: a date of {len(written):,} characters"
    cleaned = written
    for _ in range(NESTING if "(" in written else 0):
        cleaned = _COMMENT.sub(" ", cleaned)
    cleaned = " ".join(cleaned.split())
    if not cleaned:
        return UNDATED if not written.strip() else Moment(utc=None, text=written.strip()), ""
    if c_library := _C_LIBRARY.fullmatch(cleaned):
        name, month, day, clock, before, year, behind = c_library.groups()
        cleaned = " ".join((f"{name},", day, month, year, clock, before or behind or "")).strip()
    go = _GO.fullmatch(cleaned)
    try:
        if go:
            return _kept(fields.instant(go[1]), written), "written without the form of RFC 5322"
        match = _RFC_5322.fullmatch(cleaned)
        if match:
            return _rfc_5322(match, written)
        return _kept(fields.instant(cleaned), written), "written without the form of RFC 5322"
    except FieldError as error:
        return Moment(utc=None, text=written.strip()), f"no instant: {error}"


def _kept(moment: Moment, written: str) -> Moment:
    return Moment(utc=moment.utc, text=written.strip(), zone=moment.zone, precision=moment.precision)


def _rfc_5322(match: re.Match[str], written: str) -> tuple[Moment, str]:
    day_name, day, month_name, year, hour, minute, second, zone = match.groups()
    if month_name.lower() not in _MONTHS:
        message = f"not a month: {month_name!r}"
        raise FieldError(message)
    try:
        month = _MONTHS.index(month_name.lower()) + 1
        naive = datetime(_year(year), month, int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001 - below
    except ValueError as error:
        message = f"not a date in the calendar: {written[:60]!r}"
        raise FieldError(message) from error
    if zone is None:
        message = "the date has no zone"
        raise FieldError(message)
    offset = _ZONES.get(zone.upper(), "") if zone.isalpha() else zone[-6:].lstrip("GMTUC").replace(":", "")
    if not offset:
        message = f"the zone {zone!r} says no offset (RFC 5322 section 4.3)"
        raise FieldError(message)
    moment = Moment(
        utc=fields.to_utc(naive, offset, written),
        text=written.strip(),
        zone=ZoneBasis.EXPLICIT,
        precision=Precision.SECOND if second else Precision.MINUTE,
    )
    notes = [_NO_LOCAL_ZONE] if zone == "-0000" else []
    if day_name and day_name.lower() != _DAYS[naive.weekday()]:
        notes.append(f"the day of the week is wrong: it was a {_DAYS[naive.weekday()].title()}")
    return moment, "; ".join(notes)


def _year(written: str) -> int:
    year = int(written)
    if len(written) >= _YEAR_DIGITS:
        return year
    return year + (2000 if len(written) == 2 and year < _CENTURY else 1900)  # noqa: PLR2004 - two digits
