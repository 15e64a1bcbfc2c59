"""WhatsApp account report ("Request account info"): devices in use and times of the profile (JSON).

What it is: the file ``user_information.json`` of the report since about 2025: telephone number, every device with the
account (number 0 is the phone itself, other numbers are linked devices such as WhatsApp Web) with the time when it was
last active and since when it has been online, when picture and "about" text were set, and when this report was asked
for and made. A linked device that the owner does not know reads the chats along. No address is in it. The models of the
devices stand in ``account_settings.json`` of the same report.

How to obtain: WhatsApp → Settings → Account → Request account info → Request report; after about three days Export
report gives a ZIP with a page and JSON files.

Time: Unix seconds, UTC (``epoch``); 0 is "not set". Of a device with one time it is the last use; with two, the earlier
is since when it has been online. When a device was linked is not stated.

Versions: ``label_values`` with ``label`` and ``value``, ``timestamp_value`` or ``vec`` of ``dict``, as a public reader and its
tests have it. Labels are in the language of the account: devices and the number are told by their shape, requests by
their English labels; any other time counts as activity.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.model import UNDATED, Action, Event, Initiator, Kind, Moment

PROVIDER = "whatsapp"
NOTE = "number 0 is the phone itself, other numbers are linked devices; when a device was linked is not stated"
_ENTRIES = "/label_values/*"
_LABELS = re.compile(
    r'"label"\s*:\s*"(?:Device Activity|Online Since|Report (?:Request|Generation) Time|About Set Time)"'
)
_DEVICE = re.compile(
    r'"dict"\s*:\s*\[\s*\{[^{}]{0,200}"value"\s*:\s*"\d{1,4}"[^{}]{0,200}\}\s*,\s*'
    r'\{[^{}]{0,200}"timestamp_value"[^{}]{0,200}\}\s*,\s*\{[^{}]{0,200}"timestamp_value"'
)
_NUMBER = re.compile(r"\+?\d[\d ()-]{6,20}")
_NUMBER_IN_HEAD = re.compile(rf'"value"\s*:\s*"({_NUMBER.pattern})"')
_ACTIONS: Mapping[str, Action] = {
    "Report Request Time": Action.EXPORT_REQUESTED,
    "Report Generation Time": Action.EXPORT_READY,
}


def claims(evidence: Evidence) -> bool:
    """An object of labelled values that are WhatsApp's by their English labels, or a device by its shape."""
    is_object = evidence.head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")
    if not is_object or evidence.json_keys.get(1, frozenset()) != {"label_values"}:
        return False
    return bool(_LABELS.search(evidence.text_head) or _DEVICE.search(evidence.text_head))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per entry, and one per device."""
    number = _NUMBER_IN_HEAD.search(evidence.text_head)
    shared = {"account": number[1] if number else ""}
    for row in json_rows(evidence, _ENTRIES, shared=shared):
        devices = row.fields.get("vec") if isinstance(row, Row) else None
        if not isinstance(row, Row) or not isinstance(devices, list):
            yield row
            continue
        for index, device in enumerate(devices):
            found = device if isinstance(device, dict) else {"value": device}
            yield dataclasses.replace(row, place=f"{row.place}/vec/{index}", section=row.text("label"), fields=found)


def event(row: Row) -> Event | Unused:
    """Say what one entry means."""
    if isinstance(row.fields.get("dict"), list):
        return _device(row)
    label = row.text("label")
    if not label:
        raise FieldError("an entry without a label")
    when = _seconds(row.fields)
    if "timestamp_value" in row.fields and not when.text:
        return Unused(rule="a time that is not set")
    return row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=row.shared["account"],
        kind=Kind.EVENT if when.text else Kind.INVENTORY,
        action=_ACTIONS.get(label, Action.ACTIVITY) if when.text else Action.OTHER,
        action_text=label,
        initiator=Initiator.PROVIDER if label == "Report Generation Time" else Initiator.UNKNOWN,
        when=when,
        detail={key: value for key, value in row.fields.items() if key not in {"label", "timestamp_value"}},
    )


def _device(row: Row) -> Event:
    entries = [entry for entry in row.fields["dict"] if isinstance(entry, dict)]
    times = sorted((moment for entry in entries if (moment := _seconds(entry)).text), key=lambda found: int(found.text))
    number = next((fields.text(entry, "value") for entry in entries if fields.text(entry, "value").isdecimal()), "")
    if not entries or (not times and not number):
        raise FieldError("neither a device nor a time")
    last = times[-1] if times else UNDATED
    return row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=row.shared["account"],
        kind=Kind.SESSION if times else Kind.INVENTORY,
        action=Action.SESSION if times else Action.OTHER,
        action_text=row.section,
        when=times[0] if len(times) > 1 else UNDATED,
        end=last,
        detail={
            "device_number": number,
            "entries": entries,
            "note": NOTE,
            "time_end_text": last.text,
            "time_end_zone": last.zone if last.utc else "",
        },
    )


def _seconds(found: Mapping[str, Any]) -> Moment:
    written = fields.text(found, "timestamp_value").strip()
    return UNDATED if written in {"", "0"} else fields.epoch(found, "timestamp_value")


FORMAT = Format(
    title="WhatsApp account report: devices and profile (JSON)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
)
