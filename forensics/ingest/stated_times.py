"""Times as account exports of several providers write them, read only as far as they state a zone.

Beside the spellings of ``fields.instant`` (ISO 8601, English) these are: the spelling of Unix ``date``
(``Wed Aug 19 12:00:00 UTC 2021``), a day alone (``2021-08-19``, ``2021.08.19``), and a count of seconds or milliseconds
since 1970. A time without a zone keeps its text and states no instant, unless the caller names the ground on which it is
UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from forensics.ingest import fields
from forensics.model import UNDATED, Moment, Precision, ZoneBasis

NO_ZONE = "no time zone is stated, so no instant can be given"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UNIX_DATE = re.compile(
    r"(?:[A-Za-z]{3},? +)?([A-Za-z]{3}) +(\d{1,2}),? +(\d{2}:\d{2}:\d{2}) +(?:(UTC|GMT|Z|[+-]\d{4}) +)?(\d{4})"
)
_DAY = re.compile(r"(\d{4})([-.])(\d{2})\2(\d{2})")
_EPOCH = re.compile(r"(\d{9,10})|(\d{12,13})")
_MILLI = 1000


def read(written: str, *, bare_zone: ZoneBasis = ZoneBasis.NONE) -> Moment:
    """Read a time; ``bare_zone`` is the ground on which one without a zone is UTC (``NONE``: only its text is kept).

    An empty text is ``UNDATED``; an unknown spelling raises ``FieldError``.
    """
    cleaned = written.strip()
    if not cleaned:
        return UNDATED
    counted = _EPOCH.fullmatch(cleaned)
    if counted:
        return fields.epoch({"time": cleaned}, "time", unit=1 if counted[1] else _MILLI)
    day = _DAY.fullmatch(cleaned)
    spelled = f"{day[1]}-{day[3]}-{day[4]} 00:00" if day else _iso_of_unix_date(cleaned)
    moment = fields.instant(spelled, bare_zone=ZoneBasis.ASSUMED)
    precision = Precision.DAY if day else moment.precision
    if moment.zone is ZoneBasis.EXPLICIT:
        return replace(moment, text=written, precision=precision)
    if bare_zone is ZoneBasis.NONE:
        return Moment(utc=None, text=written, precision=precision)
    return Moment(utc=moment.utc, text=written, zone=bare_zone, precision=precision)


def _iso_of_unix_date(cleaned: str) -> str:
    """Rewrite ``Wed Aug 19 12:00:00 UTC 2021`` in the order of ISO 8601; any other spelling comes back as it is."""
    match = _UNIX_DATE.fullmatch(cleaned)
    if not match or match[1].lower() not in _MONTHS:
        return cleaned
    month = _MONTHS.index(match[1].lower()) + 1
    return f"{match[5]}-{month:02}-{int(match[2]):02} {match[3]} {match[4] or ''}".rstrip()


def note(*moments: Moment) -> str:
    """Say for the event's detail that a time states no zone; "" where every time does."""
    return NO_ZONE if any(moment.text and moment.utc is None for moment in moments) else ""


def rest(found: Mapping[str, Any], *shown: str) -> dict[str, Any]:
    """Return the fields of a record that no column of the event shows."""
    return {key: value for key, value in found.items() if key not in shown}
