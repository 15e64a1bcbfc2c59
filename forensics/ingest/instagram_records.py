"""Instagram's ``string_map_data`` records: which list means what, and facts read from the shape of values.

Labels inside ``string_map_data`` are translated; list names are not. So the list gives the meaning, and the values
themselves tell which of them is the time, the address, the client, the port, the cookie, the device.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forensics.ingest import fields, meta_values
from forensics.ingest.fields import FieldError
from forensics.ingest.meta_actions import is_recovery_field
from forensics.model import NO_ADDRESS, UNDATED, Action, AddressSeen, Initiator, Kind, Moment, Outcome

_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+\d[\d\s()-]{5,20}")
_DATE_TITLE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d(:?\d\d)?)", re.ASCII)
_COORDINATE = re.compile(r"-?\d{1,3}\.\d+")
_COOKIE_LABEL = re.compile(r"cookie", re.IGNORECASE)
_CLIENT_LABEL = re.compile(r"user.?agent", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What a list records. ``note`` goes to the detail of every event made from it."""

    action: Action
    kind: Kind = Kind.EVENT
    outcome: Outcome = Outcome.UNKNOWN
    initiator: Initiator = Initiator.UNKNOWN
    note: str = ""


SECTIONS: Mapping[str, Section] = {
    "account_history_login_history": Section(action=Action.LOGIN, outcome=Outcome.SUCCESS, initiator=Initiator.USER),
    "account_history_logout_history": Section(action=Action.LOGOUT, outcome=Outcome.SUCCESS, initiator=Initiator.USER),
    "account_history_password_change_history": Section(action=Action.PASSWORD_CHANGED, outcome=Outcome.SUCCESS),
    "account_history_account_privacy_history": Section(action=Action.ACCOUNT_CHANGED, note="change of privacy"),
    "account_history_account_active_status_changes": Section(
        action=Action.ACCOUNT_CHANGED, note="account activated or deactivated"
    ),
    "account_history_registration_info": Section(action=Action.OTHER, note="registration of the account"),
    "account_history_imprecise_last_known_location": Section(action=Action.ACTIVITY, note="last known location"),
    "devices_devices": Section(action=Action.LOGIN, outcome=Outcome.SUCCESS, note="the last login of this device"),
    "devices_camera": Section(action=Action.OTHER, kind=Kind.INVENTORY, note="camera of a device"),
    "profile_profile_change": Section(action=Action.ACCOUNT_CHANGED, kind=Kind.STATE_CHANGE),
    "profile_account_insights": Section(action=Action.OTHER, note="account information"),
    "armadillo_devices": Section(
        action=Action.ACTIVITY, note="a device of end-to-end encrypted messages, at its last activity"
    ),
    "login_history": Section(action=Action.LOGIN, outcome=Outcome.SUCCESS, initiator=Initiator.USER),
    "registration_info": Section(action=Action.OTHER, note="registration of the account"),
}
_OTHER_HISTORY = Section(action=Action.OTHER, note="a history that is not described yet")


def section_name(pattern: str) -> str:
    """Return the list name of a row's pattern: its last part that is a name."""
    return next((part for part in reversed(pattern.split("/")) if part not in {"*", ""}), "")


def section_of(pattern: str) -> Section:
    """Return what the list of a row records."""
    return SECTIONS.get(section_name(pattern), _OTHER_HISTORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One labelled entry of ``string_map_data`` or ``string_list_data``."""

    label: str
    value: str
    time: Moment


def items(record: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return the entries of a record in file order."""
    mapped, listed = record.get("string_map_data"), record.get("string_list_data")
    found = [(label, entry) for label, entry in mapped.items()] if isinstance(mapped, Mapping) else []
    found += [("", entry) for entry in listed] if isinstance(listed, list) else []
    return tuple(_item(label, entry) for label, entry in found)


def _item(label: str, entry: Any) -> Item:
    if not isinstance(entry, dict):
        return Item(label=label, value=fields.text({"value": entry}, "value"), time=UNDATED)
    return Item(label=label, value=fields.text(entry, "value", "href"), time=meta_values.seconds(entry, "timestamp"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a record's values say. ``title_time`` is set when the title is a time of its own."""

    when: Moment
    title_time: Moment
    address: AddressSeen
    user_agent: str
    cookie: str
    device_id: str
    coordinates: tuple[str, ...]
    items: tuple[Item, ...]


def facts(record: Mapping[str, Any]) -> Facts:
    """Read a record by value shape: the entry with a non-zero timestamp is the time, and so on."""
    found = items(record)
    title_time = _title_time(fields.text(record, "title"))
    timed = next((item.time for item in found if item.time.utc is not None), None)
    return Facts(
        when=timed or title_time,
        title_time=title_time,
        address=_address(found),
        user_agent=_first(found, meta_values.is_client) or _labelled(found, _CLIENT_LABEL),
        cookie=_first(found, meta_values.is_masked_cookie) or _labelled(found, _COOKIE_LABEL),
        device_id=_first(found, meta_values.is_device_id),
        coordinates=tuple(item.value for item in found if _COORDINATE.fullmatch(item.value)),
        items=found,
    )


def _first(found: tuple[Item, ...], fits: Any) -> str:
    return next((item.value for item in found if item.value and fits(item.value)), "")


def _labelled(found: tuple[Item, ...], label: re.Pattern[str]) -> str:
    return next((item.value for item in found if item.value and label.search(item.label)), "")


def _title_time(title: str) -> Moment:
    """A title that is a date with its offset is the record's time, whatever the language; any other stays a text."""
    if not _DATE_TITLE.fullmatch(title.strip()):
        return UNDATED
    try:
        return fields.instant(title)
    except FieldError:  # no date of the calendar: a text like any other
        return UNDATED


def _address(found: tuple[Item, ...]) -> AddressSeen:
    """The value that parses as an address, with the only whole number beside it as its port."""
    written = _first(found, meta_values.is_address)
    if not written:
        return NO_ADDRESS
    numbers = [item.value for item in found if re.fullmatch(r"\d{1,5}", item.value)]
    return meta_values.with_port(fields.address(written), numbers[0] if len(numbers) == 1 else "")


def disagreement(found: Facts) -> dict[str, str]:
    """Return both times where the title and the timed entry differ; a second of rounding is no difference."""
    title, entry = found.title_time.utc, found.when.utc
    if title is None or entry is None or abs((title - entry).total_seconds()) <= 1:
        return {}
    return {"title_time": found.title_time.text, "time_conflict": "the title and the timed entry differ"}


def profile_change_action(record: Mapping[str, Any]) -> Action:
    """A change of an e-mail address or phone number changes how the account can be recovered."""
    values = [item.value for item in items(record) if item.value]
    if any(_CONTACT.fullmatch(value) or is_recovery_field(value) for value in values):
        return Action.RECOVERY_CHANGED
    return Action.ACCOUNT_CHANGED


def labelled_values(found: Facts) -> list[list[str]]:
    """Return all entries as [label, value or time as found], for the event's detail."""
    return [[item.label, item.value or item.time.text] for item in found.items]


def refuse_empty(record: Mapping[str, Any]) -> None:
    """A record without entries and without a title says nothing: it is refused, not turned into an event."""
    mapped = record.get("string_map_data")
    if not (isinstance(mapped, dict) and mapped) and not items(record) and not fields.text(record, "title"):
        message = f"a record without values: {sorted(record)[:8]}"
        raise FieldError(message)
