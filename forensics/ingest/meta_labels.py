"""The ``label_values`` record of Meta exports since 2023, and whose it is when no file name says so.

A record is ``{timestamp?, media?, fbid?, title?, label_values: [...]}``; an entry is ``{label, value |
timestamp_value | href | dict: [entries] | vec: [entries]}``. Labels are in the account's language. A file with exactly
one record is a bare object instead of a list. Facebook and Instagram both write this shape, also for content that has
nothing to do with access, so a member counts as ours only when a value looks like access: an address, a client, a
zone name, or when its folder says so. ``platform`` is the one place that decides between the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, meta_values
from forensics.ingest.json_rows import escape
from forensics.ingest.meta_actions import is_last_login_label
from forensics.model import UNDATED, Moment

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

_TIME = "timestamp_value"
_ENTRY_KEYS = frozenset({"label", "title", "value", "href", "dict", "vec", _TIME})
_ENTRY = re.compile(r'"(label|value)"\s*:\s*"((?:[^"\\]|\\.){0,1000})"')
_ZONE = re.compile(
    r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z][A-Za-z_+-]+(?:/[A-Z][A-Za-z_]+)?"
)
_SECURITY_FOLDERS = {
    "security_and_login_information",
    "login_and_profile_creation",
    "login_and_account_creation",
}
_INSTAGRAM_FOLDERS = {"login_and_profile_creation", "login_and_account_creation"}
_FILES = {
    "your_devices.json": "facebook",
    "registration_information.json": "facebook",
    "timezone.json": "facebook",
    "primary_location.json": "facebook",
    "primary_public_location.json": "facebook",
    "instagram_profile_information.json": "instagram",
}
_LAST_LOGIN_KEYS = {"media", "label_values", "timestamp", "fbid"}
_LAST_LOGIN_RECORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One labelled value: labels from the outside in, joined by `` / ``; a value or a time."""

    label: str
    value: str = ""
    time: Moment = UNDATED

    @property
    def shown(self) -> str:
        """The value, or the time as found."""
        return self.value or self.time.text


def entries(found: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Return the entries of a record in file order, nested ones after their label."""
    return tuple(
        Entry(label=label, time=meta_values.seconds({key: written}, key))
        if key == _TIME
        else Entry(label=label, value=written)
        for label, key, written in _leaves(found.get("label_values"), "")
    )


def _leaves(values: Any, above: str) -> Iterator[tuple[str, str, str]]:
    """Yield (label, key, text) of every scalar in file order; texts only, so that a bad time does not end the walk."""
    for item in _items(values):
        if not isinstance(item, Mapping):
            written = fields.text({"value": item}, "value")
            yield from _leaves(item, above) if isinstance(item, list) else ()
            yield from ((above, "value", written),) if written else ()
            continue
        label = " / ".join(filter(None, (above, fields.text(item, "title"), fields.text(item, "label"))))
        for key in (_TIME, "value", "href"):
            if fields.text(item, key):
                yield label, key, fields.text(item, key)
        for key in ("dict", "vec"):
            yield from _leaves(item.get(key), label)


def _items(values: Any) -> list[Any]:
    """The entries of a list; a mapping is one entry, or holds one plain value under each of its names."""
    if not isinstance(values, Mapping):
        return values if isinstance(values, list) else []
    if not _ENTRY_KEYS.isdisjoint(values):
        return [values]
    return [{"label": key, _shape(value): value} for key, value in values.items()]


def _shape(value: Any) -> str:
    if isinstance(value, Mapping):
        return "dict"
    return "vec" if isinstance(value, list) else "value"


def are_single_facts(found: Mapping[str, Any]) -> bool:
    """Whether a record lists several facts that do not belong to one access: no address, no client among them."""
    listed = found.get("label_values")
    values = [written for _, key, written in _leaves(listed, "") if key != _TIME]
    shaped = any(meta_values.is_address(value) or meta_values.is_client(value) for value in values)
    return isinstance(listed, list) and len(listed) > 1 and not shaped


def is_zone(value: str) -> bool:
    """Whether a value is written like an IANA time zone name."""
    return _ZONE.fullmatch(value) is not None


def level(evidence: Evidence) -> int:
    """Return how deep ``label_values`` stands: 1 bare object, 2 list of records, 3 list under a key; 0 if absent."""
    return next((depth for depth in (1, 2, 3) if "label_values" in evidence.json_keys.get(depth, ())), 0)


def patterns(evidence: Evidence) -> tuple[str, ...]:
    """Return the pointer patterns of the records: the whole document, every element, or every element of each list."""
    depth = level(evidence)
    if depth == 3:  # noqa: PLR2004 - a list of objects under a key
        return tuple(f"/{escape(key)}/*" for key in sorted(evidence.json_keys.get(1, ())))
    return ("",) if depth == 1 else ("/*",)


def platform(evidence: Evidence) -> str:
    """Return ``Facebook`` or ``Instagram`` for a member of label records about access; "" when it is none."""
    if not level(evidence):
        return ""
    found = [(kind, _unescaped(text)) for kind, text in _ENTRY.findall(evidence.text_head)]
    values = [text for kind, text in found if kind == "value"]
    about_access = any(meta_values.is_address(text) or meta_values.is_client(text) or is_zone(text) for text in values)
    if not (about_access or _stated(evidence) or _last_login_only(evidence, found)):
        return ""
    return _from_path(evidence) or _from_values(values)


def head_values(evidence: Evidence) -> tuple[str, ...]:
    """Return the plain values in the member's first bytes, repaired."""
    return tuple(_unescaped(text) for kind, text in _ENTRY.findall(evidence.text_head) if kind == "value")


def _stated(evidence: Evidence) -> bool:
    return evidence.basename in _FILES or bool(_SECURITY_FOLDERS.intersection(evidence.folders))


def _last_login_only(evidence: Evidence, found: list[tuple[str, str]]) -> bool:
    """The last-login file holds nothing but times; only its labels say what they are."""
    keys = evidence.json_keys
    labels = [text for kind, text in found if kind == "label"]
    return (
        keys.get(1, frozenset()) <= _LAST_LOGIN_KEYS
        and "timestamp_value" in keys.get(3, ())
        and len(labels) == len(found) <= _LAST_LOGIN_RECORDS
        and any(is_last_login_label(label) for label in labels)
    )


def _from_path(evidence: Evidence) -> str:
    for part in evidence.within:
        lowered = part.lower()
        if lowered in _INSTAGRAM_FOLDERS or lowered.startswith("instagram"):
            return "instagram"
        if lowered.startswith("facebook") or lowered == "your_facebook_activity":
            return "facebook"
    return _FILES.get(evidence.basename, "")


def _from_values(values: list[str]) -> str:
    """Only Instagram names its app, its device ids and its starred-from-the-left cookies in these records."""
    marks = ("Instagram ", "Barcelona ")
    if any(text.startswith(marks) or meta_values.is_device_id(text) or text.startswith("****") for text in values):
        return "instagram"
    return "facebook"


def _unescaped(text: str) -> str:
    """Decode JSON escapes of a head fragment and repair it; a broken escape leaves the text as it stands."""
    try:
        return fields.repair_mojibake(str(json.loads(f'"{text}"', strict=False)))
    except ValueError:
        return text
