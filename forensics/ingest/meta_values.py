r"""What Facebook and Instagram exports share below the record: text repair, times, cookies, clients, account names.

Meta writes each UTF-8 *byte* of a text as ``\u00XX`` (``formats.md`` 2.5), so values and labels are repaired before
anything is read from them; what was changed stays beside the repaired text. Labels are written in the account's
language, so values are recognised by their own shape: an address, a client, a masked cookie, a device id.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields
from forensics.ingest.export_names import account_in
from forensics.ingest.fields import FieldError
from forensics.model import AddressSeen, Moment

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence
    from forensics.ingest.format import Row

MAX_DEPTH = 60
"""Nesting that a record of an account export may have; real ones stay below ten."""

REPAIR = "Meta text escapes: bytes written as characters, read as UTF-8"

_CLIENTS = ("Mozilla/", "Instagram ", "Barcelona ", "Opera/", "Dalvik/", "[FBAN/", "FBAN/", "[FBAV/")
_MASKED_COOKIE = re.compile(r"(?=[^*]*\*{4})[\w.-]*\*{4,}[\w.-]*")
_DATR = re.compile(r"([A-Za-z0-9_-]{4})[A-Za-z0-9_*-]{4,}")
_DEVICE_ID = re.compile(r"android-[0-9a-f]{8,32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    r"""A row with its texts repaired: ``found`` the record, ``as_found`` repaired text → text in the file.

    The text in the file is kept as JSON spells it (``\u00c9\u0099``): as characters it would hold control codes.
    """

    row: Row
    found: Mapping[str, Any]
    as_found: Mapping[str, str]

    def text(self, *keys: str) -> str:
        """Return the first of these fields that holds a non-empty scalar, as text; "" if none does."""
        return fields.text(self.found, *keys)


def reading(row: Row) -> Reading:
    """Repair every text and label of a row; the row itself names the repair when it changed something."""
    changed: dict[str, str] = {}
    found = _mended(dict(row.fields), changed, 0)
    mended = dataclasses.replace(row, repair="; ".join(filter(None, (row.repair, REPAIR)))) if changed else row
    return Reading(row=mended, found=found, as_found=changed)


def _mended(value: Any, changed: dict[str, str], depth: int) -> Any:
    if value is None or type(value) in {int, bool} or (type(value) is str and value.isascii()):
        return value
    if depth > MAX_DEPTH:
        message = f"nested deeper than {MAX_DEPTH} levels"
        raise FieldError(message)
    if isinstance(value, str):
        repaired = fields.repair_mojibake(value)
        if repaired != value:
            changed[repaired] = _spelled(value)
        return repaired
    if isinstance(value, Mapping):
        return _mended_mapping(value, changed, depth)
    if isinstance(value, list):
        return [_mended(inner, changed, depth + 1) for inner in value]
    return value


def _mended_mapping(value: Mapping[str, Any], changed: dict[str, str], depth: int) -> dict[str, Any]:
    """Repair labels too, unless the repaired label is taken: no value may hide another."""
    repaired: dict[str, Any] = {}
    for key, inner in value.items():
        label = key if key.isascii() else fields.repair_mojibake(key)
        if label != key and label not in value:
            changed[label] = _spelled(key)
        else:
            label = key
        repaired[label] = _mended(inner, changed, depth + 1)
    return repaired


def _spelled(text: str) -> str:
    return json.dumps(text)[1:-1]


_NOT_SET = frozenset({"", "0"})


def seconds(found: Mapping[str, Any], *keys: str) -> Moment:
    """Read seconds since 1970 UTC. Zero is how Meta writes "not set": the next key counts, else no time is stated."""
    key = None
    for asked in keys:
        value = found.get(asked)
        if (type(value) is int and value) or fields.text(found, asked).strip() not in _NOT_SET:
            key = asked
            break
    return Moment(utc=None, text=fields.text(found, *keys)) if key is None else fields.epoch(found, key)


def unshown(found: Mapping[str, Any], used: AbstractSet[str], *shown: str) -> dict[str, Any]:
    """Return what goes to the detail: every field but those ``used`` ones that are empty or among the texts shown."""
    texts = {text.strip() for text in shown}
    return {key: value for key, value in found.items() if key not in used or not _is_shown(value, texts)}


def _is_shown(value: Any, texts: AbstractSet[str]) -> bool:
    written = fields.text({"value": value}, "value").strip()
    return written in texts if written else not value


def is_address(value: str) -> bool:
    """Whether the whole value is an IP address, with or without brackets and port."""
    return fields.address(value).address is not None


def is_client(value: str) -> bool:
    """Whether a value starts as a browser or one of Meta's apps announces itself."""
    return value.startswith(_CLIENTS)


def is_masked_cookie(value: str) -> bool:
    """Whether a value is one word with at least four stars in a row."""
    return _MASKED_COOKIE.fullmatch(value) is not None


def is_device_id(value: str) -> bool:
    """Whether a value is an Android device id or a UUID."""
    return _DEVICE_ID.fullmatch(value) is not None


def datr(cookie: str) -> str:
    """Return ``datr:`` and the first four characters of a datr cookie (all that masked exports show); "" if none."""
    match = _DATR.fullmatch(cookie.strip())
    return f"datr:{match[1]}" if match else ""


def instagram_device(device_id: str, cookie: str) -> str:
    """Return ``ig-device:ID``, else ``ig-cookie:`` and the visible part of the cookie name; "" if neither."""
    if device_id:
        return f"ig-device:{device_id.lower()}"
    visible = cookie.strip().strip("*")
    return f"ig-cookie:{visible}" if re.fullmatch(r"[\w.-]+", visible) else ""


def family_device(written: str) -> str:
    """Return ``meta-device:`` and the id that all of Meta's apps on one device share; "" if it is not spelled as an id."""
    return f"meta-device:{written.lower()}" if re.fullmatch(r"[\w-]{8,80}", written) else ""


def with_port(address: AddressSeen, port: str) -> AddressSeen:
    """Add a port from a field of its own, unless the address text already carried one or it is no port."""
    if address.port is not None or not re.fullmatch(r"\d{1,5}", port) or not 0 < int(port) <= 65_535:  # noqa: PLR2004 - ports
        return address
    return dataclasses.replace(address, port=int(port))


def account_hint(evidence: Evidence, provider: str) -> str:
    """Return the account name that the export's root folder or archive name carries; "" if none does."""
    return next((account for name in evidence.within if (account := account_in(name, provider))), "")


def provenance(read: Reading) -> dict[str, Any]:
    """Return what the detail of every event holds: the list it stood in, texts before repair, ground of the account."""
    basis = "name of the export's root folder or archive" if read.row.shared.get("account") else ""
    return {"section": read.row.section.strip("/*"), "as_found": dict(read.as_found), "account_basis": basis}
