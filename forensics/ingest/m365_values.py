"""Values inside Microsoft audit records: lists of names and values, changed properties, devices, clients, mail access."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from forensics.ingest import fields, json_documents, m365_operations

_EMPTY_ID = re.compile(r"[0-]*")
_MOZILLA = re.compile(r"Mozilla/[^;]*\([^)]*\)[^;\]]*")


def is_empty_id(written: str) -> bool:
    """Whether an identifier is missing or all zeros."""
    return bool(_EMPTY_ID.fullmatch(written.strip()))


def named_values(value: Any) -> dict[str, str]:
    """Read ``[{Name, Value}]``, the same as JSON text, or the object that a shipper makes of it."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        value = json_documents.value_of(value)
    if isinstance(value, Mapping) and ("Name" in value or "name" in value):
        value = [value]
    if isinstance(value, Mapping):
        return {str(key): _text(inner) for key, inner in value.items()}
    found: dict[str, str] = {}
    for item in value if isinstance(value, list) else ():
        if (
            type(item) is dict
            and type(name := item.get("Name")) is str
            and name
            and type(told := item.get("Value")) is str
        ):
            found[name] = told  # as nearly all are written
            continue
        if isinstance(item, Mapping) and (name := fields.text(item, "Name", "name", "Key", "key")):
            found[name] = _text(item.get("Value", item.get("value", item.get("NewValue", ""))))
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def device_name(written: str) -> str:
    """Spell a device id of Entra; the empty id (all zeros) names no device."""
    return "" if is_empty_id(written) else f"entra-device:{written.strip().lower()}"


def changed_names(record: Mapping[str, Any]) -> dict[str, str]:
    """Names and new values of ``ModifiedProperties``; the entry "Included Updated Properties" lists further names."""
    found = named_values(record.get("ModifiedProperties"))
    listed = found.pop("Included Updated Properties", "")
    return {**{name.strip(' "[]'): "" for name in listed.split(",") if name.strip(' "[]')}, **found}


def changes(record: Mapping[str, Any]) -> bool:
    """Whether ``ModifiedProperties`` states an old or a new value."""
    value = record.get("ModifiedProperties")
    if isinstance(value, Mapping):
        value = list(value.values())
    return any(
        isinstance(item, Mapping) and bool(fields.text(item, "NewValue", "OldValue").strip('[] "\r\n'))
        for item in (value if isinstance(value, list) else ())
    )


def user_agent(record: Mapping[str, Any], properties: Mapping[str, str]) -> str:
    """The browser's own words; the client strings of Exchange only where they hold some."""
    written = properties.get("UserAgent", "") or fields.text(record, "UserAgent", "userAgent")
    if written:
        return written
    for key in ("ClientInfoString", "ActorInfoString"):
        match = _MOZILLA.search(fields.text(record, key))
        if match:
            return match[0].strip()
    return ""


def mail_access(operation: str, properties: Mapping[str, str], record: Mapping[str, Any]) -> dict[str, Any]:
    """What ``MailItemsAccessed`` says about how much was read; throttled records do not list all."""
    if m365_operations.plain(operation) != "mailitemsaccessed":
        return {}
    folders = record.get("Folders")
    items = [
        len(inner)
        for folder in (folders if isinstance(folders, list) else ())
        if isinstance(folder, Mapping) and isinstance(inner := folder.get("FolderItems"), list)
    ]
    throttled = properties.get("IsThrottled", "").casefold() == "true"
    return {
        "mail_access": properties.get("MailAccessType", ""),
        "mail_items_listed": sum(items),
        "mail_throttled": "recording was throttled: not every access is listed" if throttled else "",
    }


def session_id(record: Mapping[str, Any]) -> str:
    """Return the session that a record names itself (mailbox, directory), beside the one of ``DeviceProperties``."""
    context = record.get("AppAccessContext")
    inner = fields.text(context, "AADSessionId") if isinstance(context, Mapping) else ""
    return fields.text(record, "SessionId", "AADSessionId") or inner
