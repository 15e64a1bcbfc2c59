"""The lists of Facebook's "security and login information": what each one records, which keys hold its facts.

One table for all eras: keys of 2018-2020 have no suffix, later ones end in ``_v2`` and add fields. Sources: the JSON
schemas of the 2019 export (SamuelePilleri/facebook-schemas, MIT) for the first, ``formats.md`` 2.3 for the rest.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, meta_values
from forensics.ingest.fields import FieldError
from forensics.ingest.meta_actions import UNLISTED, Meaning, meaning_of
from forensics.model import NO_ADDRESS, Action, AddressSeen, Kind, Moment, Outcome

if TYPE_CHECKING:
    from forensics.ingest.meta_values import Reading

LAST_ADDRESS = "the address is the one last used by this session, not the one it was opened from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One list: its kind of record, its action (``None``: the provider's text says it), and where its facts are.

    ``marks`` are record keys of which one must be present for the list to be recognised. ``undated`` is the kind of a
    row that holds no time.
    """

    kind: Kind
    marks: frozenset[str]
    action: Action | None = None
    said: str = ""
    start: tuple[str, ...] = ("timestamp",)
    end: tuple[str, ...] = ()
    undated: Kind | None = None
    note: str = ""
    keyed: bool = False  # the list is an object: cookie -> times, client -> days


def _marks(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CREATED, _UPDATED = ("created_timestamp",), ("updated_timestamp",)

SECTIONS: Mapping[str, Section] = {
    "account_activity": Section(kind=Kind.EVENT, said="action", marks=_marks("action ip_address user_agent")),
    "account_accesses": Section(kind=Kind.EVENT, said="action", marks=_marks("action site")),
    "admin_records": Section(
        kind=Kind.EVENT, said="event", start=(*_CREATED, "timestamp"), end=_UPDATED, marks=_marks("event session")
    ),
    "recognized_devices": Section(
        kind=Kind.SESSION,
        action=Action.DEVICE_ADDED,
        start=_CREATED,
        end=_UPDATED,
        marks=_marks("created_timestamp updated_timestamp user_agent ip_address"),
        note=LAST_ADDRESS,
    ),
    "login_protection_data": Section(
        kind=Kind.SESSION,
        action=Action.SESSION,
        start=_CREATED,
        end=_UPDATED,
        marks=_marks("name session"),
        note="a mark of known logins, seen from the first to the second time",
    ),
    "active_sessions": Section(
        kind=Kind.SESSION,
        action=Action.SESSION,
        start=_CREATED,
        end=_UPDATED,
        marks=_marks("datr_cookie created_timestamp ip_address"),
        note=LAST_ADDRESS,
    ),
    "used_ip_address": Section(kind=Kind.EVENT, said="action", undated=Kind.INVENTORY, marks=_marks("ip ip_address")),
    "contact_verifications": Section(
        kind=Kind.EVENT,
        action=Action.ACTIVITY,
        start=("verification_time", "timestamp"),
        marks=_marks("verification_time contact"),
        note="a contact of the account was verified; that it was added or changed then is not stated",
    ),
    "devices": Section(
        kind=Kind.EVENT,
        action=Action.OTHER,
        start=("update_time", "timestamp", "creation_time"),
        undated=Kind.INVENTORY,
        marks=_marks("os update_time push_tokens family_device_id"),
        note="a device registered with the account; the time is that of its last update",
    ),
    "account_status_changes": Section(
        kind=Kind.EVENT, action=Action.ACCOUNT_CHANGED, said="status", marks=_marks("status")
    ),
    "datr_stats": Section(kind=Kind.EVENT, action=Action.ACTIVITY, marks=frozenset(), keyed=True),
    "datr_cookie_info": Section(kind=Kind.EVENT, action=Action.ACTIVITY, marks=frozenset(), keyed=True),
    "last_activity": Section(
        kind=Kind.EVENT, action=Action.ACTIVITY, marks=_marks("last_activity_time activity_by_day"), keyed=True
    ),
    "secret_conversations": Section(
        kind=Kind.EVENT,
        action=Action.ACTIVITY,
        start=("last_active_time", "timestamp"),
        marks=_marks("armadillo_devices tincan_devices"),
        note="a device of end-to-end encrypted conversations, at its last activity",
    ),
    "account_recoveries": Section(kind=Kind.EVENT, action=Action.LOGIN, marks=_marks("timestamp ip_address")),
    "account_recovery_successes": Section(kind=Kind.EVENT, action=Action.LOGIN, marks=_marks("timestamp ip_address")),
}


def section_name(key: str) -> str:
    """Return the section of a top-level key or pattern (``/account_activity_v2/*``); the version suffix falls off."""
    return re.sub(r"_v\d+$", "", key.strip("/*").split("/")[0])


def section_of(pattern: str) -> Section:
    """Return the list that a record stands in; a stray value of another shape is refused."""
    section = SECTIONS.get(section_name(pattern))
    if section is None:
        message = "not a record of the kind that this file holds"
        raise FieldError(message)
    return section


def flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """Lift the fields of an inner ``session`` beside the others; a field that is on both levels keeps both."""
    inner = found.get("session")
    if not isinstance(inner, Mapping):
        return dict(found)
    outer = {key: value for key, value in found.items() if key != "session"}
    lifted = {f"session.{key}" if key in outer else key: value for key, value in inner.items()}
    return {**outer, **lifted}


def meaning(section: Section, record: Mapping[str, Any]) -> tuple[Meaning, str]:
    """Return what a record of a list means, and the provider's words for it."""
    said = fields.need(record, section.said) if section.said and section.undated is None else ""
    said = said or (fields.text(record, section.said) if section.said else "")
    if section.action is Action.LOGIN:
        return _of_login(fields.text(record, "status", "result", "outcome")), said
    if section.action is not None:
        return Meaning(action=section.action), said
    if not said:
        return Meaning(action=Action.ACTIVITY), ""
    listed = meaning_of(said)
    return (dataclasses.replace(listed, action=_by_changes(record)) if listed is UNLISTED else listed), said


def _of_login(status: str) -> Meaning:
    """A list of recoveries holds those that succeeded; a record that says otherwise is believed."""
    if re.search(r"fail|denied|declin|reject|cancel|expire|block", status, re.IGNORECASE):
        return Meaning(action=Action.LOGIN_FAILED, outcome=Outcome.FAILURE)
    if status and not re.search(r"succe|complet|confirm", status, re.IGNORECASE):
        return Meaning(action=Action.ACTIVITY)
    return Meaning(action=Action.LOGIN, outcome=Outcome.SUCCESS)


def changes(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what a record's ``extra_info`` says was changed: field → [old, new]; empty when both are empty."""
    extra = record.get("extra_info")
    if not isinstance(extra, Mapping):
        return {}
    names = sorted({key.removeprefix("old_").removeprefix("new_") for key in extra if key.startswith(("old_", "new_"))})
    pairs = {name: [fields.text(extra, f"old_{name}"), fields.text(extra, f"new_{name}")] for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _by_changes(record: Mapping[str, Any]) -> Action:
    """The names of changed fields are the same in every language; they decide where the event's text is not listed."""
    changed = set(changes(record))
    if changed & {"email", "phone", "number"}:
        return Action.RECOVERY_CHANGED
    return Action.ACCOUNT_CHANGED if changed & {"name", "vanity"} else Action.OTHER


def address_of(record: Mapping[str, Any]) -> AddressSeen:
    """Read the address of a record: its own field with its port, else the text of a login protection record."""
    if fields.text(record, "last_connected_ip"):
        return fields.shortened(fields.address(fields.text(record, "last_connected_ip")))
    written = fields.text(record, "ip_address", "ip")
    if written:
        return meta_values.with_port(fields.address(written), fields.text(record, "port"))
    words = fields.text(record, "name").split() if "created_timestamp" in record else []
    return next((seen for word in words if (seen := fields.address(word)).address is not None), NO_ADDRESS)


def stated_place(record: Mapping[str, Any]) -> str:
    """Return where the provider places a record: city, region, country; a location text; inferred coordinates."""
    parts = [fields.text(record, key) for key in ("city", "region", "country")]
    if any(parts):
        return ", ".join(part for part in parts if part)
    if fields.text(record, "location"):
        return fields.text(record, "location")
    found = re.search(r"(-?\d{1,2}\.\d+),\s*(-?\d{1,3}\.\d+)\s*$", fields.text(record, "name"))
    return f"{found[1]}, {found[2]}" if found else ""


def device_of(record: Mapping[str, Any]) -> str:
    """Return the datr cookie of a record as a device; login protection records hold it in their text.

    A registered device has an id that all apps of Meta on it share: ``meta-device:`` (legal returns name it too).
    """
    cookie = fields.text(record, "datr_cookie", "cookie")
    if cookie:
        return meta_values.datr(cookie)
    family = fields.text(record, "family_device_id")
    if family:
        return meta_values.family_device(family)
    words = fields.text(record, "name").split() if "created_timestamp" in record else []
    return next((meta_values.datr(word) for word in words if meta_values.is_masked_cookie(word)), "")


def times(section: Section, record: Mapping[str, Any]) -> tuple[Moment, Moment]:
    """Read the first and, for intervals, the last time of a record."""
    end = meta_values.seconds(record, *section.end) if section.end else Moment(utc=None)
    return meta_values.seconds(record, *section.start), end


def refuse_empty(reading: Reading, record: Mapping[str, Any], address: AddressSeen, when: Moment) -> None:
    """A record without time, address, client, text and name says nothing: it is refused, not turned into an event."""
    keys = ("user_agent", "name", "device", "os", "type", "cookie", "device_type", "status", "contact", "action")
    if not (when.text or address.text or fields.text(record, *keys)):
        message = f"holds neither a time nor an address nor a client: {sorted(reading.found)[:8]}"
        raise FieldError(message)
