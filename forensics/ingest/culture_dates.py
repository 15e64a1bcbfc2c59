"""Dates as a Windows culture writes them (``1/9/2007 10:41:00 AM``, ``09.01.2007 10:41:00``): one order per file.

PowerShell and portals write dates in the language of the machine that exported. The order of day and month is a fact
about the whole file, so it is decided once: a number above 12 decides, a dot between the numbers means day first, a
year in front means year, month, day. A file whose dates allow both orders decides nothing: its dates keep their text and
no instant is stated. Two rows that contradict each other decide nothing either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from forensics.ingest import fields
from forensics.ingest.fields import FieldError
from forensics.model import Moment, Precision, ZoneBasis

DAY_FIRST, MONTH_FIRST, UNDECIDED = "day first", "month first", ""
NO_ZONE = "the time is written without a zone"
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200e": None, "\u200f": None})
_CULTURE = re.compile(
    r"(\d{1,4})([./-]) ?(\d{1,2})\2 ?(\d{1,4})\.?,? +(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?: ?([AaPp])\.? ?[Mm]\.?)? ?(Z|UTC|GMT|\(UTC\)|[+-]\d\d:?\d\d)?"
)
_MONTHS = 12
_YEAR_DIGITS = 4


def order_of(texts: Iterable[str]) -> str:
    """Say which order of day and month the dates of one file have, or ``UNDECIDED``."""
    seen: set[str] = set()
    for text in texts:
        match = _CULTURE.fullmatch(text.translate(_SPACES).strip())
        if match and len(match[1]) < _YEAR_DIGITS and match[2] != ".":
            if int(match[1]) > _MONTHS:
                seen.add(DAY_FIRST)
            elif int(match[3]) > _MONTHS:
                seen.add(MONTH_FIRST)
    return seen.pop() if len(seen) == 1 else UNDECIDED


def is_culture_date(text: str) -> bool:
    """Whether a text is a date in one of these spellings, so that the order of the file matters."""
    return bool(_CULTURE.fullmatch(text.translate(_SPACES).strip()))


def wall_clock(text: str, order: str) -> tuple[datetime, str] | None:
    """Return the wall-clock time and the zone written beside it ("" if none); ``None`` if the order is not known."""
    match = _CULTURE.fullmatch(text.translate(_SPACES).strip())
    if not match:
        return None
    first, dot, second, third = match[1], match[2] == ".", match[3], match[4]
    if len(first) == _YEAR_DIGITS:
        year, month, day = first, second, third
    elif len(third) != _YEAR_DIGITS:
        return None
    elif dot or order == DAY_FIRST or int(first) > _MONTHS:
        year, month, day = third, second, first
    elif order == MONTH_FIRST or int(second) > _MONTHS or first == second:
        year, month, day = third, first, second
    else:
        return None
    if order == MONTH_FIRST and int(first) > _MONTHS and not dot and len(first) < _YEAR_DIGITS:
        return None
    hour = int(match[5])
    if match[9]:
        if not 1 <= hour <= _MONTHS:
            raise FieldError(f"not a time of a half day: {text[:60]!r}")
        hour = hour % _MONTHS + (_MONTHS if match[9] in "pP" else 0)
    micro = int((match[8] or "0")[:6].ljust(6, "0"))
    numbers = (int(year), int(month), int(day), hour, int(match[6]), int(match[7] or 0), micro)
    try:
        return datetime(*numbers), (match[10] or "").strip("()")  # noqa: DTZ001 - the caller applies the zone
    except ValueError as error:
        raise FieldError(f"not a date in the calendar: {text[:60]!r}") from error


def moment(text: str, order: str, bare_zone: ZoneBasis = ZoneBasis.NONE) -> tuple[Moment, str]:
    """Read a date in ISO or a culture's spelling; return it with a note where no instant can be stated.

    A date without a zone is UTC on the ground ``bare_zone``; with ``NONE`` it keeps its text only. A text in no known
    spelling keeps itself: what the row says besides its time is no worse for it.
    """
    if not is_culture_date(text):
        return _iso(text, bare_zone)
    clock = wall_clock(text, order)
    if clock is None:
        return Moment(utc=None, text=text), "the file does not show whether the day or the month stands first"
    wall, zone = clock
    precision = Precision.SECOND if re.search(r"\d[:.]\d\d[:.]\d\d", text) else Precision.MINUTE
    if zone:
        return Moment(utc=fields.to_utc(wall, zone, text), text=text, zone=ZoneBasis.EXPLICIT, precision=precision), ""
    if bare_zone is ZoneBasis.NONE:
        return Moment(utc=None, text=text, precision=precision), NO_ZONE
    return Moment(utc=wall.replace(tzinfo=UTC), text=text, zone=bare_zone, precision=precision), ""


def _iso(text: str, bare_zone: ZoneBasis) -> tuple[Moment, str]:
    try:
        read = fields.instant(text, bare_zone=ZoneBasis.ASSUMED)
    except FieldError as error:
        return Moment(utc=None, text=text), str(error)
    if read.zone is not ZoneBasis.ASSUMED:
        return read, ""
    if bare_zone is ZoneBasis.NONE:
        return Moment(utc=None, text=text, precision=read.precision), NO_ZONE
    return replace(read, zone=bare_zone), ""
