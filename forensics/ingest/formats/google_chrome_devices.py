"""Google Takeout, "Chrome": the browsers and devices that synchronise with the account.

What it is: one record for every browser profile or device that is signed in to Chrome with the account and synchronises:
name of the computer, system, version, and an identifier of the signed-in profile. An intruder's browser that synchronised
appears here, with the name of his computer.

How to obtain: takeout.google.com, select "Chrome"; ``Takeout/Chrome/Device Information.json``. Names play no part in
recognition.

Time: ``last_updated_timestamp`` is milliseconds since 1970 UTC (seconds and microseconds are told apart by their length). It
is when the record was last written, so it is the end of a session of unknown beginning. Nothing says when it began.

Versions: ``{"Device Info": [{client_name, device_type, os_type, chrome_version, sync_user_agent, manufacturer, model,
signin_scoped_device_id, last_updated_timestamp, …}]}``; all fields are kept in ``detail``.

Retention: Chrome drops a device that has not synchronised for about 14 to 56 days from its lists; whether the export
does is unverified.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.google_hardware import chrome_device
from forensics.ingest.json_rows import json_rows
from forensics.model import UNDATED, Action, Event, Kind, Moment

_LIST = "Device Info"
_MARKS = frozenset(
    {
        "client_name",
        "signin_scoped_device_id",
        "sync_user_agent",
        "chrome_version",
        "last_updated_timestamp",
        "cache_guid",
    }
)
_UNITS = {10: 1, 13: 1_000, 16: 1_000_000}
"""Digits of a count since 1970 in this century → its unit."""


def claims(evidence: Evidence) -> bool:
    """The list ``Device Info`` with keys of a synchronising browser."""
    keys = evidence.json_keys
    return _LIST in keys.get(1, ()) and len(_MARKS & (keys.get(3, frozenset()) | keys.get(2, frozenset()))) > 1


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per device; a single one may stand without a list."""
    bare = not _MARKS & evidence.json_keys.get(3, frozenset())
    return json_rows(evidence, f"/{_LIST}" if bare else f"/{_LIST}/*")


def event(row: Row) -> Event:
    """Say what a synchronising device means."""
    if not _MARKS & row.fields.keys():
        raise FieldError("no field of a synchronising device")
    last = _updated(row)
    return row.event(
        provider="google",
        service="Chrome",
        kind=Kind.SESSION if last.utc else Kind.INVENTORY,
        action=Action.SESSION if last.utc else Action.OTHER,
        action_text=row.text("client_name"),
        end=last,
        user_agent=row.text("sync_user_agent"),
        device=chrome_device(row.text("signin_scoped_device_id", "cache_guid")),
        detail={**row.fields, "time_end_text": last.text},
    )


def _updated(row: Row) -> Moment:
    written = row.text("last_updated_timestamp").strip()
    if not written or written == "0":
        return UNDATED
    unit = _UNITS.get(len(written))
    if unit is None:
        raise FieldError(f"'last_updated_timestamp' is no count since 1970: {written[:60]!r}")
    return row.epoch("last_updated_timestamp", unit=unit)


FORMAT = Format(title="Chrome devices (JSON)", provider="google", claims=claims, rows=rows, event=event)
