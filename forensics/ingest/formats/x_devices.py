"""X (Twitter) archive: devices of the account.

What it is: ``device-token.js`` (tokens of browsers and phones that signed up or logged in), ``ni-devices.js`` (devices for
notifications and login codes) and ``key-registry.js`` (devices of encrypted messages, with their user agent). None of
them holds an address.

How to obtain: x.com → More → Settings and privacy → Your account → Download an archive of your data.

Time: tokens and keys in UTC with a written ``Z``. A token is a session: ``time`` its creation, ``time_end`` its last use.
``ni-devices.js`` states days only (``2021.10.20``) without a zone: no instant, unless the examiner gives a zone. ``device``
is ``x-token:`` or ``x-device:`` with the provider's identifier of one browser or phone.

Versions: 2019 on; ``clientApplicationName`` in newer archives; ``key-registry.js`` since 2023. The fields of
``ni-devices.js`` are known for ``messagingDevice`` (a phone number) and ``pushDevice``. The devices of ``key-registry.js``
stand in ``keyRegistryData.registeredDevices``, or without the outer name.

Retention: tokens that were used within the last 18 months, as the archive's README says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from forensics.ingest import fields, local_time, stated_times, x_archive_js
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.model import Action, Event, Kind, Moment

MARKS = {
    "device_token": ("deviceToken", "token"),
    "ni_devices": ("niDeviceResponse", "deviceType"),
    "key_registry": ("keyRegistryData", "registeredDevices"),
}
_DEVICES = "registeredDevices/deviceMetadataList/*"
PATTERNS = {"key_registry": (f"/*/keyRegistryData/{_DEVICES}", f"/*/{_DEVICES}")}
_KINDS_OF_DEVICE = ("pushDevice", "messagingDevice")
_DOTTED_DAY = re.compile(r"(\d{4})\.(\d{2})\.(\d{2})")


def claims(evidence: Evidence) -> bool:
    """Recognise a data set by its assignment, or by the name around its records."""
    return bool(x_archive_js.data_set(evidence, MARKS))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per device."""
    name = x_archive_js.data_set(evidence, MARKS)
    return x_archive_js.js_rows(evidence, *PATTERNS.get(name, ("/*",)), data_set=name)


def event(row: Row) -> Event:
    """Say what one device means."""
    if row.section == "device_token":
        return _token(row)
    return _key(row) if row.section == "key_registry" else _notified(row)


def _token(row: Row) -> Event:
    found = x_archive_js.record(row, "deviceToken")
    token = fields.need(found, "token")
    first = stated_times.read(fields.text(found, "createdAt"))
    last = stated_times.read(fields.text(found, "lastSeenAt"))
    timed = bool(first.text or last.text)
    return row.event(
        provider=x_archive_js.PROVIDER,
        service=x_archive_js.SERVICE,
        account=x_archive_js.account_of(row, found),
        kind=Kind.SESSION if timed else Kind.INVENTORY,
        action=Action.SESSION if timed else Action.OTHER,
        action_text=fields.text(found, "clientApplicationName"),
        when=first,
        end=last,
        device=f"x-token:{token}",
        detail={
            **stated_times.rest(found, "token", "createdAt", "accountId", "clientApplicationName", "lastSeenAt"),
            "time_end_text": last.text,
            "time_note": stated_times.note(first, last),
        },
    )


def _key(row: Row) -> Event:
    device = fields.text(row.fields, "deviceId")
    when = stated_times.read(fields.text(row.fields, "createdAt"))
    if not device and not when.text:
        raise FieldError("neither a device nor a time")
    return row.event(
        provider=x_archive_js.PROVIDER,
        service=x_archive_js.SERVICE,
        account=x_archive_js.account_of(row, row.fields),
        action=Action.DEVICE_ADDED,
        action_text="key-registry",
        when=when,
        user_agent=fields.text(row.fields, "userAgent"),
        device=f"x-device:{device}" if device else "",
        detail={
            **stated_times.rest(row.fields, "deviceId", "createdAt", "userAgent"),
            "note": "a device was registered for encrypted messages",
            "time_note": stated_times.note(when),
        },
    )


def _notified(row: Row) -> Event:
    found = x_archive_js.record(row, "niDeviceResponse")
    sort = next((name for name in _KINDS_OF_DEVICE if isinstance(found.get(name), Mapping)), "")
    inner: Mapping[str, Any] = {**stated_times.rest(found, sort), **found[sort]} if sort else found
    udid = fields.text(inner, "udid")
    wall, when = _day(row.evidence, fields.text(inner, "createdDate"))
    zone = local_time.zone_of(row.evidence) if wall else None
    return row.event(
        provider=x_archive_js.PROVIDER,
        service=x_archive_js.SERVICE,
        account=x_archive_js.account_of(row, inner),
        kind=Kind.INVENTORY if when.utc is None else Kind.EVENT,
        action=Action.DEVICE_ADDED,
        action_text=sort,
        when=when,
        device=f"x-device:{udid}" if udid else "",
        detail={
            **stated_times.rest(inner, "udid", "createdDate"),
            "note": "a device that receives notifications or login codes",
            "time_note": local_time.note(wall, zone) if wall else stated_times.note(when),
        },
    )


def _day(evidence: Evidence, written: str) -> tuple[datetime | None, Moment]:
    """Read ``2021.10.20``: a day on an unknown clock; other spellings as times with a zone."""
    known = stated_times.read(written)
    match = _DOTTED_DAY.fullmatch(written.strip())
    if not match:
        return None, known
    wall = datetime.fromisoformat("-".join(match.groups()))
    return wall, local_time.instant(wall, written, local_time.zone_of(evidence), precision=known.precision)


FORMAT = Format(
    title="X (Twitter) archive: devices and tokens (JavaScript)",
    provider=x_archive_js.PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    needs=(x_archive_js.ACCOUNT,),
)
