"""Facebook "Download your information", JSON: groups and notifications.

What it is: ``groups/your_group_membership_activity.json`` and ``your_groups.json`` (groups joined and administered) and
``notifications/notifications.json``. Facebook exports no record of a deleted group; the notification about it is the
trace that remains, so a deletion here is inferred from a notification and says so in its detail.

How to obtain: Accounts Centre → Your information and permissions → Export (download) your information → Facebook →
format JSON, all time, "Groups" and "Notifications".

Time: Unix seconds, UTC (``epoch``). A notification's time is when it was sent, not when the thing happened. A group
that somebody administers carries the time at which the administration began.

Versions: keys ``groups_joined``, ``groups_admined``, ``notifications`` (2018-2020) and the same with ``_v2`` (2021 on);
since 2023 under ``your_facebook_activity/groups/`` and ``logged_information/notifications/``. Texts are in the
account's language and carry UTF-8 bytes as characters; they are repaired first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, meta_values
from forensics.ingest.facebook_records import section_name
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.ingest.meta_values import Reading, reading
from forensics.ingest.notification_texts import Notice, notice
from forensics.model import NO_ADDRESS, Action, AddressSeen, Event, Initiator, Kind

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

PROVIDER = "facebook"
_LISTS: Mapping[str, tuple[frozenset[str], ...]] = {
    "groups_joined": (frozenset({"timestamp", "title"}), frozenset({"timestamp", "data"})),
    "groups_admined": (frozenset({"timestamp", "name"}),),
    "notifications": (frozenset({"timestamp", "text", "href"}), frozenset({"timestamp", "text", "unread"})),
}
_GROUND = "inferred from a notification: Facebook exports no record of the act itself"
_STATED = "stated by a notification"
_TIME_NOTE = "the time is when the notification was sent"
_BY_PROVIDER = {Action.ALERT, Action.CODE_SENT, Action.EXPORT_READY}


def claims(evidence: Evidence) -> bool:
    """One of the three lists, with the keys of its records or empty under its versioned name."""
    keys = evidence.json_keys
    inner = keys.get(3, frozenset()) | keys.get(2, frozenset())
    return any(
        any(marks <= inner for marks in _LISTS[section_name(key)]) or (not inner and section_name(key) != key)
        for key in keys.get(1, ())
        if section_name(key) in _LISTS
    )


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records of the lists; a single record may stand bare under its key."""
    seen = {key for key in evidence.json_keys.get(1, ()) if section_name(key) in _LISTS}
    known = sorted(seen | {f"{name}{version}" for name in _LISTS for version in ("", "_v2")})  # a list may begin late
    bare = {key for key in known if re.search(rb'"%s"\s*:\s*\{\s*"' % re.escape(key.encode()), evidence.head)}
    patterns = tuple(f"/{key}" if key in bare else f"/{key}/*" for key in known)
    shared = {"account": meta_values.account_hint(evidence, PROVIDER)}
    return json_rows(evidence, *patterns, shared=shared)


def event(row: Row) -> Event | Unused:
    """Say what one record means."""
    read = reading(row)
    if section_name(row.section) != "notifications":
        return _group(read)
    text = fields.need(read.found, "text")
    found = notice(text)
    return _notice(read, text, found) if found else Unused(rule="notification about other things")


def _group(read: Reading) -> Event:
    joined = section_name(read.row.section) == "groups_joined"
    when, group = meta_values.seconds(read.found, "timestamp"), read.text("name") or _group_name(read.found)
    if when.utc is None and not group:
        message = f"holds neither a time nor the name of a group: {sorted(read.found)[:8]}"
        raise FieldError(message)
    return read.row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=read.row.shared["account"],
        kind=Kind.EVENT,
        action=Action.ACTIVITY,
        action_text=read.text("title"),
        when=when,
        detail={
            **{key: value for key, value in read.found.items() if key not in {"timestamp", "title"}},
            **meta_values.provenance(read),
            "group": group,
            "note": "group membership" if joined else "group administered since this time",
        },
    )


def _group_name(found: Mapping[str, Any]) -> str:
    """Return the first ``name`` in ``data``, else in the ``data`` of ``attachments``; "" if there is none."""
    for item in (
        *_items(found, "data"),
        *(inner for outer in _items(found, "attachments") for inner in _items(outer, "data")),
    ):
        if fields.text(item, "name"):
            return fields.text(item, "name")
    return ""


def _items(found: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    values = found.get(key)
    return tuple(item for item in values if isinstance(item, Mapping)) if isinstance(values, list) else ()


def _notice(read: Reading, text: str, found: Notice) -> Event:
    deleted = found.action in {Action.GROUP_DELETED, Action.CONTENT_DELETED}
    return read.row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=read.row.shared["account"],
        action=found.action,
        action_text=text,
        outcome=found.outcome,
        initiator=Initiator.PROVIDER if found.action in _BY_PROVIDER else Initiator.UNKNOWN,
        when=meta_values.seconds(read.found, "timestamp"),
        address=_address(text),
        detail={
            **{key: value for key, value in read.found.items() if key not in {"timestamp", "text"}},
            **meta_values.provenance(read),
            "ground": _STATED if found.action in _BY_PROVIDER else _GROUND,
            "note": _TIME_NOTE,
            "language": found.language,
            "who": found.who,
            "group" if deleted else "name": found.name,
        },
    )


def _address(text: str) -> AddressSeen:
    """Return the first word of a text that is an IP address; login alerts name one now and then."""
    words = (word.strip("(),;.") for word in text.split())
    return next((seen for word in words if (seen := fields.address(word)).address is not None), NO_ADDRESS)


FORMAT = Format(
    title="Facebook groups and notifications (JSON)", provider=PROVIDER, claims=claims, rows=rows, event=event
)
