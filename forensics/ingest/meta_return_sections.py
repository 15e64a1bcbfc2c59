"""What each section of a legal return records, and how its fields are called (returns are English everywhere)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forensics.ingest import meta_values
from forensics.ingest.meta_actions import UNLISTED, meaning_of
from forensics.model import Action, Kind, Outcome

ADDRESS_LABEL = re.compile(r"(?i)\bip\b(?!.*\bport\b)|ip[_ ]?address|^registration ip")
PORT_LABEL = re.compile(r"(?i)\bport\b")
_OLD, _NEW = re.compile(r"(?i)^(?:old|previous)\b"), re.compile(r"(?i)^new\b")
_LAST = re.compile(r"(?i)^last (?:seen|active|connected)|^online since|^current")
_SERVICES = ("instagram", "facebook", "whatsapp", "threads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section: its action (``None``: the record's own text says it), its kind, and what is to be said about it."""

    title: str
    kind: Kind = Kind.EVENT
    action: Action | None = None
    outcome: Outcome = Outcome.UNKNOWN
    is_interval: bool = False
    is_connection: bool = False
    note: str = ""

    def time_order(self, times: Mapping[str, str]) -> list[str]:
        """Return the labels of the times that are the record's own, first the one that begins it.

        Inventory has none; of a connection only the last activity is the time of the address beside it.
        """
        if self.is_interval:
            return sorted(times, key=lambda label: (times[label], label))
        if self.is_connection:
            return [label for label in times if _LAST.search(label)][:1]
        return [] if self.kind is Kind.INVENTORY else _time_first(times)


def _time_first(times: Mapping[str, str]) -> list[str]:
    return sorted(times, key=lambda label: label.casefold() not in {"time", "timestamp", "date"})


def _change(title: str, action: Action) -> Section:
    return Section(title=title, kind=Kind.STATE_CHANGE, action=action)


_CONNECTION = "address and time are those of the last connection, not of the first"
_DEVICE = Section(
    title="device", kind=Kind.INVENTORY, action=Action.OTHER, is_interval=True, note="a device that the return lists"
)
SECTIONS: Mapping[str, Section] = {
    "request_parameters": Section(title="parameters of the request", kind=Kind.INVENTORY, action=Action.OTHER),
    "ip_addresses": Section(title="address used"),
    "logins": Section(title="login", action=Action.LOGIN, outcome=Outcome.SUCCESS),
    "registration_ip": Section(title="address of the registration", kind=Kind.INVENTORY, action=Action.OTHER),
    "registration_date": Section(title="registration of the account", action=Action.OTHER),
    "threads_registration_date": Section(title="registration of the account for Threads", action=Action.OTHER),
    "account_end_date": Section(title="closure of the account", action=Action.ACCOUNT_CHANGED),
    "account_status_history": _change("status of the account", Action.ACCOUNT_CHANGED),
    "name_changes": _change("change of the name", Action.ACCOUNT_CHANGED),
    "vanity_changes": _change("change of the user name", Action.ACCOUNT_CHANGED),
    "email_changes": _change("change of the e-mail address", Action.RECOVERY_CHANGED),
    "phone_number_changes": _change("change of the phone number", Action.RECOVERY_CHANGED),
    "password_changes": Section(
        title="change of the password", action=Action.PASSWORD_CHANGED, outcome=Outcome.SUCCESS
    ),
    "emails": Section(title="registered e-mail address", kind=Kind.INVENTORY, action=Action.OTHER),
    "phone_numbers": Section(title="registered phone number", kind=Kind.INVENTORY, action=Action.OTHER),
    "vanity": Section(title="user name", kind=Kind.INVENTORY, action=Action.OTHER),
    "name": Section(title="name", kind=Kind.INVENTORY, action=Action.OTHER),
    "devices": _DEVICE,
    "devices_info": _DEVICE,
    "device_info": _DEVICE,
    "encrypted_connection_info": Section(
        title="device of encrypted messages", action=Action.ACTIVITY, is_connection=True, note=_CONNECTION
    ),
    "connection_info": Section(title="connection", action=Action.ACTIVITY, is_connection=True, note=_CONNECTION),
    "web_info": Section(
        title="connection of the web client", action=Action.ACTIVITY, is_connection=True, note=_CONNECTION
    ),
    "last_location": Section(title="last location", action=Action.ACTIVITY),
}
_OTHER = Section(title="", note="a section that is not described yet")
_NAMED = {"v1_logout": (Action.LOGOUT, Outcome.SUCCESS), "v1_login": (Action.LOGIN, Outcome.SUCCESS)}


def section_of(name: str) -> Section:
    """Return what a section records."""
    return SECTIONS.get(name, _OTHER)


def is_about_access(name: str, pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether a record is of a listed section, or has a field that is labelled as an address and is one."""
    return name in SECTIONS or any(
        ADDRESS_LABEL.search(label) and meta_values.is_address(value.replace("\n", "")) for label, value in pairs
    )


def said(record: Mapping[str, str]) -> str:
    """Return the provider's word for what happened."""
    return next((record[name] for name in ("Action", "Event", "Status", "Type of Event") if record.get(name)), "")


def meaning(section: Section, text: str, *, found_address: bool) -> tuple[Action, Outcome]:
    """Return action and outcome: the section's, else those of the record's own word, else mere use of an address."""
    if section.action is not None:
        return section.action, section.outcome
    if text in _NAMED:
        return _NAMED[text]
    listed = meaning_of(text)
    if listed is not UNLISTED:
        return listed.action, listed.outcome
    return (Action.ACTIVITY if found_address or section is SECTIONS["ip_addresses"] else Action.OTHER), Outcome.UNKNOWN


def changes(name: str, record: Mapping[str, str]) -> dict[str, list[str]]:
    """Return old and new value of a change, where the record has either."""
    old = next((record[label] for label in record if _OLD.search(label)), "")
    new = next((record[label] for label in record if _NEW.search(label)), "")
    return {name.removesuffix("_changes"): [old, new]} if old or new else {}


def provider(stated: Mapping[str, str], head: bytes) -> str:
    """Return whose records these are: the stated service, else the page's title; ``meta`` if neither says."""
    service = stated.get("Service", "").casefold()
    title = re.search(rb"(?is)<title[^>]{0,200}>([^<]{0,200})", head)
    words = f"{service} {title[1].decode('utf-8', 'replace').casefold() if title and not service else ''}"
    return next((name for name in _SERVICES if name in words), "meta")


def device_of(name: str, record: Mapping[str, str], service: str) -> str:
    """Return the identifier of one device; a model or a type is none.

    The family device id is the same in all apps of Meta on a device, so it is no id of Instagram's.
    """
    if name not in {"devices", "devices_info"}:
        return ""
    family = record.get("Family Device Id", "")
    found = family or record.get("Id", "") or record.get("Device Id", "")
    if service == "instagram" and not family and meta_values.is_device_id(found):
        return meta_values.instagram_device(found, "")
    return meta_values.family_device(found)
