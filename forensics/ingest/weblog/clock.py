"""Times of access logs: ``13/Jan/2016:19:31:16 +0200`` (strftime ``%d/%b/%Y:%H:%M:%S %z`` in the C locale).

Apache httpd ``%t`` and nginx ``$time_local`` write this; nginx ``$time_iso8601`` and Apache ``%{%FT%T%z}t`` write ISO.
cPanel's ``access_log`` writes ``01/25/2017:06:01:10 -0000``, month first and always in UTC; with any other offset such a
time is refused, because the order of day and month would be a guess.
The offset stands on every line because it may change inside one file (summer time, moved servers).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from forensics.ingest import fields
from forensics.ingest.fields import FieldError

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LOG_TIME = re.compile(
    r"(\d\d)/([A-Za-z]{3})/(\d{4}):(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))? ([+-])(\d\d)(\d\d)", re.ASCII
)


_CPANEL_TIME = re.compile(r"(\d\d)/(\d\d)/(\d{4}):(\d\d:\d\d:\d\d) -0000", re.ASCII)


@lru_cache(maxsize=4096)
def micros(written: str) -> int:
    """Return microseconds since 1970 UTC. A time without a zone, or outside the calendar, is a ``FieldError``."""
    match = _LOG_TIME.fullmatch(written)
    if match is None:
        cpanel = _CPANEL_TIME.fullmatch(written)
        iso = f"{cpanel[3]}-{cpanel[1]}-{cpanel[2]} {cpanel[4]} +0000" if cpanel else written
        moment = fields.instant(iso).utc
        if moment is None:
            message = "the time is empty"
            raise FieldError(message)
        return (moment - _EPOCH) // _MICROSECOND
    day, month, year, hour, minute, second, fraction, sign, off_hours, off_minutes = match.groups()
    if month.lower() not in MONTHS:
        message = f"not a month: {written!r}"
        raise FieldError(message)
    number = MONTHS.index(month.lower()) + 1
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        naive = datetime(int(year), number, int(day), int(hour), int(minute), int(second), micro)  # noqa: DTZ001 - below
    except ValueError as error:
        message = f"not a date in the calendar: {written!r}"
        raise FieldError(message) from error
    return (fields.to_utc(naive, f"{sign}{off_hours}{off_minutes}", written) - _EPOCH) // _MICROSECOND
