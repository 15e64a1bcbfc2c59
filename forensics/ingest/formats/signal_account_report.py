"""Signal: report of account data (JSON or TXT).

What it is: what Signal's server keeps about an account: telephone number, two settings, and every device: number 1 is the
phone, higher numbers are linked devices such as a computer; since when the device is with the account, when it was last
seen, and a short name of its app (such as ``OWA`` and ``OWI``). A linked device that the owner does not know reads the
chats along; a phone since a time that the owner does not know says that the number was registered anew.
Signal keeps no addresses of clients and no log.

How to obtain: Signal → Settings → Account → Your account data → Export report, as JSON or text.

Time: ISO 8601 with Z (``explicit``). "Last seen" is cut to midnight UTC of a day by the server, which sets it once a
day: the device may have been used until a day or more after it. One before the device was made states no end.

Versions: JSON with ``reportId``, ``reportTimestamp``, ``data`` (``account``, ``devices``), and the text that the server
writes from the same; both as in the source of Signal's server, and one report of 2023 seen in the tests of its app.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields, stated_times
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.ingest.text_lines import Line, lines
from forensics.model import UNDATED, Action, Event, Initiator, Kind

PROVIDER = "signal"
_TOP = frozenset({"reportId", "reportTimestamp", "data"})
_INNER = frozenset({"account", "devices"})
_TEXT = re.compile(r"\s*Report ID: [0-9a-fA-F-]{36}\s+Report timestamp: ")
_PHONE = re.compile(r'(?:"phoneNumber"\s*:\s*"|^Phone number: )(\+?[0-9]{5,20})', re.MULTILINE)
_PAIR = re.compile(r"(?:- |  )?([A-Z][A-Za-z -]{1,40}):(?: (.*))?")
_NAMES = {
    "ID": "id",
    "Created": "created",
    "Last seen": "lastSeen",
    "User-agent": "userAgent",
    "Report timestamp": "value",
}
_REPORT, _DEVICE, _BADGES = "report", "devices", "Badges"
_PHONE_ITSELF = "1"
_SEEN = "last seen is cut to midnight UTC: the device may have been used until a day or more after it"
_OF_PHONE = "device 1 is the phone: Signal was registered on it then"
_OF_LINKED = "a linked device: it was linked then"


def claims(evidence: Evidence) -> bool:
    """The three parts of the JSON report, or the first lines of the text."""
    keys = evidence.json_keys
    if not keys:
        return _TEXT.match(evidence.text_head.lstrip("\ufeff")) is not None
    return keys.get(1, frozenset()) >= _TOP and bool(_INNER & keys.get(2, frozenset()))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the report, the account and its devices."""
    phone = _PHONE.search(evidence.text_head)
    shared = {"account": phone[1] if phone else ""}
    if evidence.json_keys:
        yield from json_rows(evidence, "/reportTimestamp", "/data/account", "/data/devices/*", shared=shared)
    else:
        yield from _of_text(evidence, shared)


def _of_text(evidence: Evidence, shared: Mapping[str, str]) -> Iterator[Row | Flaw]:
    section, found, place = _REPORT, dict[str, Any](), ""
    for line in lines(evidence):
        text = line.text.strip("\ufeff\r\n")
        heading = text.startswith("# ")
        if (heading or (section == _DEVICE and text.startswith("- "))) and found:
            yield Row(evidence=evidence, place=place, fields=found, section=section, shared=shared)
            found = {}
        if heading:
            section = text[2:].strip().casefold()
        elif text.strip():
            place = place if found else f"line:{line.number}"
            named = _pair(text, section)
            if named is None:
                yield _flaw(line)
            else:
                found[_unused_name(named[0], found)] = named[1]
    if found:
        yield Row(evidence=evidence, place=place, fields=found, section=section, shared=shared)


def _pair(text: str, section: str) -> tuple[str, str] | None:
    match = _PAIR.fullmatch(text)
    if not match:
        return None
    badge = section != _DEVICE and text.startswith(("- ", "  "))
    name = f"{_BADGES} {match[1]}" if badge else _NAMES.get(match[1], match[1])
    return name, "" if match[2] in {None, "null"} else match[2].strip()


def _unused_name(name: str, found: Mapping[str, Any]) -> str:
    """Return the name, numbered where the part has it already (two badges)."""
    numbered = (f"{name} {number}" for number in range(2, len(found) + 3))
    return name if name not in found else next(other for other in numbered if other not in found)


def _flaw(line: Line) -> Flaw:
    return Flaw(place=f"line:{line.number}", reason="not a line of the report", excerpt=line.text[:200])


def event(row: Row) -> Event:
    """Say what one part means."""
    found = row.fields
    if "created" in found or "lastSeen" in found:
        return _device(row)
    if "value" in found:
        return row.event(
            provider=PROVIDER,
            service="Signal",
            account=row.shared["account"],
            action=Action.EXPORT_READY,
            action_text="Report timestamp",
            initiator=Initiator.USER,
            when=stated_times.read(fields.need(found, "value")),
            detail={key: value for key, value in found.items() if key != "value"},
        )
    if "phoneNumber" not in found and "Phone number" not in found:
        raise FieldError("neither a device nor the account")
    return row.event(
        provider=PROVIDER,
        service="Signal",
        account=row.shared["account"],
        kind=Kind.INVENTORY,
        action=Action.OTHER,
        action_text="account",
        detail=found,
    )


def _device(row: Row) -> Event:
    number, agent = row.text("id"), row.text("userAgent")
    made = stated_times.read(row.text("created"))
    seen = stated_times.read(row.text("lastSeen"))
    ends = seen.utc is not None and (made.utc is None or seen.utc >= made.utc)
    end = seen if ends else UNDATED
    return row.event(
        provider=PROVIDER,
        service="Signal",
        account=row.shared["account"],
        kind=Kind.SESSION if made.text or end.text else Kind.INVENTORY,
        action=Action.DEVICE_ADDED,
        action_text="device",
        when=made,
        end=end,
        user_agent=agent,
        detail={
            **{key: value for key, value in row.fields.items() if key not in {"id", "created", "userAgent"}},
            "device_number": number,
            "note": _OF_PHONE if number == _PHONE_ITSELF else _OF_LINKED,
            "time_end_note": _SEEN,
            "time_end_text": end.text,
            "time_end_zone": end.zone if end.utc else "",
        },
    )


FORMAT = Format(
    title="Signal: report of account data (JSON, TXT)", provider=PROVIDER, claims=claims, rows=rows, event=event
)
