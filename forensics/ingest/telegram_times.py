"""Times of Telegram Desktop exports: what can be stated as an instant, and what cannot.

The client writes ``date``-like texts in the local time of the exporting computer, without an offset; since version
3.7.6 (June 2022, tdesktop issue 24054) a quoted Unix time stands beside each as ``<key>_unixtime``. Clients for phones
that took the exporter over (exteraGram) write a Unix time under the name of the text itself, or only the second name.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields
from forensics.model import UNDATED, Moment, ZoneBasis

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL_NOTE = "local time of the exporting computer; the export states no offset, so no instant can be given"

_OFFSET = re.compile(r"T.*(?:Z|[+-]\d\d:?\d\d)$")
_SECONDS = re.compile(r"[1-9]\d{8,9}")
_QUARTER = timedelta(minutes=15)
_NEAR = timedelta(minutes=2)


def stated(found: Mapping[str, Any], key: str) -> Moment:
    """Read ``<key>_unixtime``; without it keep the local text and state no instant, unless the text has an offset.

    A Unix time of 0 is how the client writes "never": no instant either.
    """
    written = fields.text(found, f"{key}_unixtime").strip()
    local = fields.text(found, key).strip()
    if written and written != "0":
        return fields.epoch(found, f"{key}_unixtime")
    if _SECONDS.fullmatch(local):
        return fields.epoch(found, key)
    if _OFFSET.search(local):
        return fields.instant(local)
    return Moment(utc=None, text=local) if local else UNDATED


def note(*moments: Moment) -> str:
    """Return why no instant is given, if one of the moments has a text but no instant; "" otherwise."""
    return LOCAL_NOTE if any(moment.utc is None and moment.text for moment in moments) else ""


def implied_offset(local: str, utc: datetime | None) -> str:
    """Return the exporter's offset, such as ``+04:00``, as the difference between a local text and an instant.

    Offsets are whole quarters of an hour; a difference that is more than two minutes away from one, or beyond 14
    hours, says nothing ("").
    """
    try:
        wall = datetime.fromisoformat(local.strip()[:19]).replace(tzinfo=UTC)
    except ValueError:
        return ""
    if utc is None:
        return ""
    quarters = round((wall - utc) / _QUARTER)
    if abs((wall - utc) - quarters * _QUARTER) > _NEAR or abs(quarters) > 14 * 4:
        return ""
    hours, rest = divmod(abs(quarters) * 15, 60)
    return f"{'-' if quarters < 0 else '+'}{hours:02d}:{rest:02d}"


def utc_in_text(text: str) -> Moment:
    """Find the UTC time that a login alert states, e.g. ``on 11/03/2020 at 00:58:07 UTC`` (day first)."""
    match = _STATED_UTC.search(text)
    if not match:
        return UNDATED
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return Moment(utc=None, text=match[0])
    return Moment(utc=moment, text=match[0], zone=ZoneBasis.EXPLICIT)


_STATED_UTC = re.compile(
    r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b[^\d\n]{1,12}(\d{1,2}):(\d\d)(?::(\d\d))?\s*UTC\b",
)
