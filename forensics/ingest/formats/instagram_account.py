"""Instagram "Download your information", JSON: logins, logouts, password, profile and privacy changes, devices.

What it is: the folder of logins (three names, see Versions) and the files about devices, profile changes and account
information of the archive that Instagram makes for the owner of an account.

How to obtain: Accounts Centre → Your information and permissions → Export (download) your information → Instagram →
format JSON, all time, at least "Security and login information", "Personal information" and "Device information". The
HTML form is rendered at a fixed UTC-8 and carries minutes only.

Time: Unix seconds, UTC (``epoch``), in the one entry of a record whose ``timestamp`` is not zero; ``title`` repeats it
as ISO 8601 with offset. Where both are there and differ, the entry counts and the detail says so.

Versions: ``login_and_account_creation/`` (2021-2022, root ``username_date``), the same under
``security_and_login_information/`` (2023), ``security_and_login_information/login_and_profile_creation/`` (2023-24 on,
with ``profile_activity.json`` of ``label_values`` records since 2025); ``account_history.json`` in the root (2020 and
before, shape known from listings only; a time without a zone there states no instant). The keys inside
``string_map_data`` are in the account's language and carry UTF-8 bytes as characters; ``Port`` is newer. ``device`` is
``ig-device:`` and the id, else ``ig-cookie:`` and what is visible of the cookie name.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, instagram_records, meta_labels, meta_values, stated_times
from forensics.ingest.alike_records import ADDRESS, PORT, SECONDS, TITLE, AlikeRecords, Own
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Stretch, Unused
from forensics.ingest.instagram_records import section_name, section_of
from forensics.ingest.json_rows import escape, json_stretches
from forensics.ingest.meta_actions import is_last_login_label, is_last_logout_label
from forensics.ingest.meta_label_facts import facts as label_facts
from forensics.ingest.meta_values import Reading, reading
from forensics.model import Action, Event, Kind, Outcome

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

PROVIDER = "instagram"
_INSIGHTS = "profile_account_insights"
_KEYS = {"devices_devices", "devices_camera", "profile_profile_change", _INSIGHTS, "ig_secret_conversations"}
_OLD_RECORD = {"cookie_name", "language_code"}
_OLD_REGISTRATION = {"registration_username", "registration_time"}


def _is_known(key: str) -> bool:
    return key.startswith("account_history_") or key in _KEYS


def _is_old(evidence: Evidence) -> bool:
    """The single history file of 2020 and before has no ``string_map_data``."""
    keys = evidence.json_keys
    return ("login_history" in keys.get(1, ()) and keys.get(3, frozenset()) >= _OLD_RECORD) or (
        "registration_info" in keys.get(1, ()) and keys.get(2, frozenset()) >= _OLD_REGISTRATION
    )


def claims(evidence: Evidence) -> bool:
    """A list name that only Instagram uses, or label records that are Instagram's."""
    return (
        any(_is_known(key) for key in evidence.json_keys.get(1, ()))
        or _is_old(evidence)
        or meta_labels.platform(evidence) == PROVIDER
    )


def rows(evidence: Evidence) -> Iterator[Row | Stretch | Flaw | Unused]:
    """Yield the records of every list; a record with several facts of their own is opened to one row per entry."""
    shared = {"account": meta_values.account_hint(evidence, PROVIDER)}
    for row in json_stretches(evidence, *_patterns(evidence), shared=shared, together=_is_log, own=_own):
        yield from _opened(row) if isinstance(row, Row) and not row.place.startswith("bytes:") else (row,)


def _patterns(evidence: Evidence) -> tuple[str, ...]:
    if meta_labels.level(evidence):
        return meta_labels.patterns(evidence)
    top = evidence.json_keys.get(1, frozenset())
    known = {key for key in top | instagram_records.SECTIONS.keys() if _is_known(key)}  # a list may begin late
    bare = {key for key in known if re.search(rb'"%s"\s*:\s*\{' % re.escape(key.encode()), evidence.head)}
    names = sorted(known - {"ig_secret_conversations"})
    lists = tuple(f"/{escape(key)}" if key in bare else f"/{escape(key)}/*" for key in names)
    return (*lists, *_ELSEWHERE) if _is_old(evidence) or "ig_secret_conversations" in top else lists


_ELSEWHERE = ("/ig_secret_conversations/armadillo_devices/*", "/login_history/*", "/registration_info")


def _opened(row: Row) -> Iterator[Row]:
    """Account information lists unrelated facts in one record: each entry is a row, at its own pointer."""
    mapped = row.fields.get("string_map_data")
    if section_name(row.section) == _INSIGHTS and isinstance(mapped, Mapping) and len(mapped) > 1:
        for label, entry in mapped.items():
            place = f"{row.place}/string_map_data/{escape(label)}"
            yield dataclasses.replace(row, place=place, fields={"string_map_data": {label: entry}})
        return
    if row.section == "" and "timestamp" not in row.fields and meta_labels.are_single_facts(row.fields):
        for index, entry in enumerate(row.fields["label_values"]):
            yield dataclasses.replace(row, place=f"{row.place}/label_values/{index}", fields={"label_values": [entry]})
        return
    yield row


def event(row: Row) -> Event | Unused:
    """Say what one record means."""
    read = reading(row)
    if "label_values" in read.found:
        return _labelled(read)
    if "string_map_data" in read.found or "string_list_data" in read.found or read.text("title"):
        return _mapped(read)
    return _plain(read)


def _mapped(read: Reading) -> Event | Unused:
    """A record of translated labels: the list says what it is, the values say the rest."""
    name, section = section_name(read.row.section), section_of(read.row.section)
    instagram_records.refuse_empty(read.found)
    found = instagram_records.facts(read.found)
    action, said = section.action, read.text("title") if found.title_time.utc is None else ""
    outcome = section.outcome
    if name == "profile_profile_change":
        action = instagram_records.profile_change_action(read.found)
    if name == _INSIGHTS:
        if found.when.utc is None:
            return Unused(rule="account information without a time")
        action, said = _insight(read)
        outcome = Outcome.UNKNOWN if action is Action.OTHER else Outcome.SUCCESS
    kind = Kind.INVENTORY if found.when.utc is None and section.kind is Kind.EVENT else section.kind
    return read.row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=read.row.shared["account"],
        kind=kind,
        action=action,
        action_text=said,
        outcome=outcome,
        initiator=section.initiator,
        when=found.when,
        address=found.address,
        user_agent=found.user_agent,
        device=meta_values.instagram_device(found.device_id, found.cookie),
        stated_place=", ".join(found.coordinates[:2]),
        detail={
            **_rest(read, {"string_map_data", "string_list_data", *(("title",) if said == read.text("title") else ())}),
            **meta_values.provenance(read),
            **instagram_records.disagreement(found),
            "labels": instagram_records.labelled_values(found),
            "note": section.note,
        },
    )


def _insight(read: Reading) -> tuple[Action, str]:
    """Only the label tells the last login from the last logout; an unlisted label is kept as text, not guessed."""
    label = next(item.label for item in instagram_records.items(read.found))
    if is_last_login_label(label):
        return Action.LOGIN, label
    return (Action.LOGOUT if is_last_logout_label(label) else Action.OTHER), label


def _plain(read: Reading) -> Event:
    """A record with English keys of its own: end-to-end devices, and the history file of 2020 and before."""
    section, record = section_of(read.row.section), read.found
    address = fields.address(read.text("ip_address"))
    if read.text("last_connected_ip"):
        address = fields.shortened(fields.address(read.text("last_connected_ip")))
    when = meta_values.seconds(record, "last_active_time")
    if when.utc is None:
        written = stated_times.read(read.text("timestamp", "registration_time"))
        when = written if written.text else when
    used = {"ip_address", "user_agent", "timestamp", "registration_time", "last_active_time"}
    if not (when.text or address.text or read.text("registration_username")):
        message = f"holds neither a time nor an address: {sorted(record)[:8]}"
        raise FieldError(message)
    kept = meta_values.unshown(record, used, when.text, address.text, read.text("user_agent"))
    return read.row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=read.row.shared["account"] or read.text("registration_username"),
        kind=section.kind if when.text else Kind.INVENTORY,
        action=section.action,
        outcome=section.outcome,
        initiator=section.initiator,
        when=when,
        address=address,
        user_agent=read.text("user_agent"),
        device=meta_values.instagram_device(read.text("device_id"), read.text("cookie_name")),
        detail={
            **kept,
            **meta_values.provenance(read),
            "note": section.note,
            "time_note": stated_times.note(when),
        },
    )


def _labelled(read: Reading) -> Event | Unused:
    """A ``label_values`` record: profile activity since 2025, and single facts of the profile."""
    found = label_facts(read)
    if found.when.utc is None and not found.about_access and not found.device_id:
        return Unused(rule="profile fact without a time")
    said, meaning = found.said, found.meaning
    labels = [entry.label for entry in found.entries if entry.time.utc is not None]
    if not said and any(is_last_logout_label(label) for label in labels):
        meaning = dataclasses.replace(meaning, action=Action.LOGOUT, outcome=Outcome.SUCCESS)
    return read.row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=read.row.shared["account"],
        kind=Kind.INVENTORY if found.when.utc is None else Kind.EVENT,
        action=meaning.action,
        action_text=said or (labels[0] if labels and not found.about_access else ""),
        outcome=meaning.outcome,
        initiator=meaning.initiator,
        when=found.when,
        address=found.address,
        user_agent=found.user_agent,
        device=meta_values.instagram_device(found.device_id, found.cookie),
        stated_place=found.place,
        detail={**_rest(read, {"label_values", "timestamp"}), **found.detail(), **meta_values.provenance(read)},
    )


def _rest(read: Reading, used: set[str]) -> dict[str, Any]:
    return {key: value for key, value in read.found.items() if key not in used}


_LOGS = frozenset({"/account_history_login_history/*", "/account_history_logout_history/*"})


def _is_log(pattern: str) -> bool:
    return pattern in _LOGS


def _own(record: Mapping[str, Any]) -> tuple[Own, ...]:
    """Find by their values the entries that hold the time, the address and the port, as ``facts`` does."""
    mapped = record.get("string_map_data")
    if not isinstance(mapped, dict) or "title" not in record or "string_list_data" in record:
        return ()
    entries = [(label, entry) for label, entry in mapped.items() if isinstance(entry, dict)]
    timed = [label for label, entry in entries if entry.get("timestamp")]
    seen = [label for label, entry in entries if meta_values.is_address(fields.text(entry, "value"))]
    numbers = [label for label, entry in entries if re.fullmatch(r"\d{1,5}", fields.text(entry, "value"))]
    if len(timed) != 1 or len(seen) != 1:
        return ()
    ports = [Own(PORT, (_MAP, label, "value")) for label in numbers] if len(numbers) == 1 else []
    return (
        Own(TITLE, ("title",)),
        Own(SECONDS, (_MAP, timed[0], "timestamp")),
        Own(ADDRESS, (_MAP, seen[0], "value")),
        *ports,
    )


_MAP = "string_map_data"

FORMAT = Format(
    title="Instagram logins and account activity (JSON)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    alike=AlikeRecords(own=_own, inside=_MAP),
)
