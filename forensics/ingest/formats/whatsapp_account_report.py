"""WhatsApp account report ("Request account info"): registration, account and settings (JSON).

What it is: what WhatsApp holds about the account: when the number was registered on a device, platform, profile,
settings, contacts and groups. Contacts and groups are other people: they are counted, not read. A registration later
than the owner's own set-up of the phone means that somebody registered the number again (stolen SIM, stolen code).

How to obtain: WhatsApp → Settings → Account → Request account info → Request report; after about three days Export
report gives a ZIP with a page and JSON files. A new registration of the number cancels a pending request. The page
(``index.html``) shows the same facts and is not read.

Time: Unix seconds, UTC (``epoch``). Whether ``registration_timestamp`` is the first or the latest registration on this
number is unverified. A written time without a zone states no instant. Parts without a time are inventory.

Versions: ``registration_information.json`` (older ``registration_info.json``) with ``wa_registration_info``, and further
files, one key ``wa_…`` each. Public readers know ``platform`` and ``registration_timestamp``; names of the other fields
are not documented: addresses and last connections are found by the form of their names (``…ip``, ``ip_address``,
``last_connection``…, unverified), everything else is kept as it is. ``device_info`` of the settings has one device each
(number, model, system, version of the application), as a public reader of reports of 2025 has it; when these devices were
used stands in ``user_information.json`` of the same report.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields, stated_times
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.model import NO_ADDRESS, UNDATED, Action, AddressSeen, Event, Kind, Moment

PROVIDER = "whatsapp"
REGISTRATION = re.compile(r"wa_registration_info(?:rmation)?")
OTHERS = re.compile(r"wa_(?:\w*contacts?|\w*groups?|\w*avatars?\w*|terms\w*|\w*communit(?:y|ies))")
_PART = re.compile(r"wa_\w{1,80}")
_ADDRESS = re.compile(r"(?:.*_)?ip(?:_?address)?(?:_v[46])?", re.IGNORECASE)
_DEVICES = "device_info"
_LAST = re.compile(r"last_?(?:connect\w*|seen\w*|active\w*|activity\w*|login\w*)(?<!ip)(?<!address)", re.IGNORECASE)
_CLIENT = ("app_version", "device_manufacturer", "device_model", "operating_system_version")
_NUMBER = ("phone_number", "phone", "number", "msisdn")
NOTE_REGISTERED = (
    "registration of the number on a device: set-up, a new phone, or somebody else with the number or its code; whether "
    "it is the first or the latest registration is unverified"
)


def claims(evidence: Evidence) -> bool:
    """Every name of the outermost object begins with ``wa_``."""
    names = evidence.json_keys.get(1, frozenset())
    return bool(names) and all(_PART.fullmatch(name) for name in names) and b"{" in evidence.head[:40]


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per part, and per element of a part that is a list of objects."""
    for row in json_rows(evidence, "/*"):
        if not isinstance(row, Row):
            yield row
            continue
        if not row.place.startswith("/"):  # an object saved from a damaged file: its part is not known
            yield _saved(row)
            continue
        name = row.place.removeprefix("/").partition("/")[0].partition("#")[0]
        value = row.fields.get("value", row.fields) if set(row.fields) == {"value"} else row.fields
        if OTHERS.fullmatch(name):
            yield Unused(rule=f"{name}: other people, pictures or terms", rows=_size(value))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield dataclasses.replace(row, place=f"{row.place}/{index}", section=name, fields=item)
                else:
                    yield Unused(rule=f"{name}: plain values, which may be other people")
        else:
            yield from _with_devices(dataclasses.replace(row, section=name))


def _with_devices(row: Row) -> Iterator[Row]:
    """Give every device that a part lists a row of its own."""
    devices = row.fields.get(_DEVICES)
    listed = [item for item in devices if isinstance(item, dict)] if isinstance(devices, list) else []
    if not listed or len(listed) != len(devices or ()):
        yield row
        return
    for index, item in enumerate(listed):
        section = f"{row.section}/{_DEVICES}"
        yield dataclasses.replace(row, place=f"{row.place}/{_DEVICES}/{index}", section=section, fields=item)
    rest = {key: value for key, value in row.fields.items() if key != _DEVICES}
    if rest:
        yield dataclasses.replace(row, fields=rest)


def _saved(row: Row) -> Row | Unused:
    """Keep an object without its part only if it is a registration: it may as well be another person's contact."""
    if "registration_timestamp" in row.fields:
        return dataclasses.replace(row, section="wa_registration_info")
    return Unused(rule="an object of a damaged file whose part is not known")


def _size(value: Any) -> int:
    """Count the entries of a part that is left out: of a list, or of the lists in an object; anything else is one."""
    inner = list(value.values()) if isinstance(value, Mapping) else [value]
    return max(1, sum(len(item) for item in inner if isinstance(item, list)))


def event(row: Row) -> Event | Unused:
    """Say what one part means."""
    if not any(value not in (None, "", [], {}) for value in row.fields.values()):
        return Unused(rule=f"{row.section or 'a part'}: empty")
    return _registration(row) if REGISTRATION.fullmatch(row.section) else _part(row)


def _registration(row: Row) -> Event:
    written = row.text("registration_timestamp", "registration_time").strip()
    when = stated_times.read("" if written == "0" else written)  # zero: not set
    return row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=row.text(*_NUMBER),
        kind=Kind.EVENT if when.text else Kind.INVENTORY,
        action=Action.DEVICE_ADDED if when.text else Action.OTHER,
        action_text=row.section,
        when=when,
        address=_address(row.fields),
        detail={
            **stated_times.rest(row.fields, "registration_timestamp", "registration_time"),
            "note": NOTE_REGISTERED,
            "time_note": stated_times.note(when),
        },
    )


def _part(row: Row) -> Event:
    last = _last(row.fields)
    address = _address(row.fields)
    return row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=row.text(*_NUMBER),
        kind=Kind.SESSION if last.text else Kind.INVENTORY,
        action=Action.SESSION if last.text else Action.OTHER,
        action_text=row.section,
        end=last,
        address=address,
        user_agent=", ".join(text for name in _CLIENT if (text := row.text(name))),
        detail={
            **row.fields,
            "time_end_text": last.text,
            "time_end_zone": last.zone if last.utc else "",
            "note": "the address is the one of the last connection" if last.text and address.text else "",
            "time_note": stated_times.note(last),
        },
    )


def _address(found: Mapping[str, Any]) -> AddressSeen:
    for key in found:
        seen = fields.address(fields.text(found, key)) if _ADDRESS.fullmatch(key) else NO_ADDRESS
        if seen.address:
            return seen
    return NO_ADDRESS


def _last(found: Mapping[str, Any]) -> Moment:
    for key in found:
        written = fields.text(found, key) if _LAST.fullmatch(key) else ""
        if re.search(r"\d{4}", written) and not fields.address(written).address:
            return stated_times.read(written)
    return UNDATED


FORMAT = Format(
    title="WhatsApp account report: registration and account (JSON)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
)
