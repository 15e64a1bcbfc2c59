"""Telegram Desktop export, "machine-readable JSON" (``result.json``).

What it is: the sessions of the account that are open at the moment of the export, logins with Telegram on web sites,
and every message of the chosen chats. Sessions that were ended are not listed; their only trace are the login alerts
of the service account 777000, which become login events. A session's address is the *last* one, not that of its
creation. Messages between people are not used; of the service messages only those that bear on deleting, clearing,
removing or replacing are, because no record says "group deleted".

How to obtain: Telegram Desktop, Settings, Advanced, Export Telegram data, with "Active sessions" and "Personal chats"
ticked and "Machine-readable JSON" chosen. The export of a single chat ("Export chat history") is read as well.

Time: ``*_unixtime`` (quoted seconds, since version 3.7.6 of June 2022). Older exports hold local times of the
exporting computer without an offset: the text is kept and no instant is stated, except for a login alert, whose text
gives a UTC time. Where both are there, ``exporter_offset`` in the detail is their difference.

Versions: full export (``personal_information``, ``sessions``, ``web_sessions``, ``chats``, ``left_chats``) and single
chat (``name, type, id, messages``); sender ids as ``user777000`` and, before 2021, as numbers; text as a string or as a
list of entities. Almost-JSON of some versions is repaired, and each repair is named in the event's detail. When a
damaged file is recovered, a message of a recovered chat has the place ``bytes:A-B/messages/N``. ``device`` names a
model and not one device.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, telegram_notices, telegram_times
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.ingest.telegram_repairs import REPAIRS
from forensics.model import UNDATED, Action, Event, Initiator, Kind, Moment, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from forensics.ingest.evidence import Evidence

PROVIDER = "telegram"

_PERSON = "/personal_information"
_HEADINGS = tuple(
    f"{chat}/{key}" for chat in ("", "/chats/list/*", "/left_chats/list/*") for key in ("name", "type", "id")
)
_MESSAGES = ("/messages/*", "/chats/list/*/messages/*", "/left_chats/list/*/messages/*")
_PATTERNS = (_PERSON, "/sessions/list/*", "/web_sessions/list/*", *_HEADINGS, *_MESSAGES)

_LISTS = frozenset(
    {"sessions", "web_sessions", "chats", "left_chats", "contacts", "frequent_contacts", "profile_pictures", "stories"}
)
_CHAT_KIND = re.compile(
    r'"type"\s*:\s*"(?:saved_messages|replies|verification_codes|personal_chat|bot_chat'
    r'|(?:private|public)_(?:group|supergroup|channel))"'
)
_REMOVALS: Mapping[str, Action] = {
    "clear_history": Action.CONTENT_DELETED,
    "delete_group_photo": Action.CONTENT_DELETED,
    "remove_members": Action.ACTIVITY,
    "migrate_to_supergroup": Action.ACTIVITY,
    "migrate_from_group": Action.ACTIVITY,
    "set_messages_ttl": Action.ACTIVITY,
}
_BETWEEN_PEOPLE = Unused(rule="message between people")
_HEADING = Unused(rule="heading of a chat (name, kind, number)")


def claims(evidence: Evidence) -> bool:
    """Recognise a full export by its lists, and a single chat by its kind and the keys of its messages."""
    keys = evidence.json_keys
    top, second, third = (keys.get(depth, frozenset()) for depth in (1, 2, 3))
    if _PERSON[1:] in top and {"user_id", "first_name"} <= second:
        return True
    if "about" in top and top & _LISTS and {"about", "list"} <= second:
        return True
    dated = bool(third & {"date", "date_unixtime"})
    return {"type", "id", "messages"} <= top and dated and bool(_CHAT_KIND.search(evidence.text_head))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield sessions and messages, each with what the file says about the account and the chat they belong to."""
    person: dict[str, str] = {}
    chats: dict[str, dict[str, str]] = {}
    for row in json_rows(evidence, *_PATTERNS, repairs=REPAIRS):
        if not isinstance(row, Row):
            yield row
        elif row.section in _HEADINGS and row.place.startswith("/"):  # a recovered object has a byte range
            chat, _, key = row.place.rpartition("/")
            chats.setdefault(chat, {})[f"chat_{key}"] = row.text("value")
            if key == "id":
                yield _HEADING
        else:
            if row.place == _PERSON:
                person.update(_person(row.fields))
            chat = row.place.rpartition("/messages/")[0]
            yield from _located(row, {**person, **chats.get(chat, {})})


def _located(row: Row, shared: Mapping[str, str]) -> Iterator[Row]:
    """Give a row its shared facts; a whole chat that was recovered from a damaged stretch falls into its messages."""
    messages = row.fields.get("messages")
    if not isinstance(messages, list):
        yield replace(row, shared=shared)
        return
    heading = {f"chat_{key}": row.text(key) for key in ("name", "type", "id")}
    for number, message in enumerate(messages):
        found = message if isinstance(message, dict) else {"value": message}
        yield replace(row, place=f"{row.place}/messages/{number}", fields=found, shared={**shared, **heading})


def _person(found: Mapping[str, Any]) -> dict[str, str]:
    return {
        "account": fields.text(found, "phone_number", "username", "user_id"),
        "owner_id": fields.text(found, "user_id"),
    }


def event(row: Row) -> Event | Unused:
    """Say what a row means, by its own shape: in a damaged file the list that it came from may be unknown."""
    found = row.fields
    if "last_ip" in found or "last_active" in found:
        return _web_session(row) if "browser" in found or "domain_name" in found else _session(row)
    if row.place == _PERSON and "user_id" in found:
        return row.event(
            provider=PROVIDER,
            service="account",
            kind=Kind.INVENTORY,
            action=Action.OTHER,
            action_text="personal_information",
            account=_account(row),
            detail=found,
        )
    kind = row.text("type")
    if kind == "message" and telegram_notices.is_service_account(found):
        return _notice(row)
    if kind == "service":
        return _removal(row)
    if kind in {"message", "unsupported"}:
        return _BETWEEN_PEOPLE
    message = f"no session and no message; its keys are {', '.join(sorted(map(str, found)))[:120]}"
    raise FieldError(message)


def _account(row: Row) -> str:
    return str(row.shared.get("account", ""))


def _rest(row: Row, *used: str) -> dict[str, Any]:
    return {key: value for key, value in row.fields.items() if key not in used}


def _session(row: Row) -> Event:
    created, last = telegram_times.stated(row.fields, "created"), telegram_times.stated(row.fields, "last_active")
    name, version = row.text("application_name"), row.text("application_version")
    model = (row.text("device_model"), row.text("platform"), row.text("system_version"))
    return row.event(
        provider=PROVIDER,
        service="session",
        kind=Kind.SESSION,
        action=Action.SESSION,
        when=created,
        end=last,
        account=_account(row),
        initiator=Initiator.USER,
        address=row.address("last_ip"),
        user_agent=", ".join(part for part in (name, version, *model) if part),
        device=telegram_notices.device_name(name, *model),
        stated_place=", ".join(part for part in (row.text("last_region"), row.text("last_country")) if part),
        detail=_session_detail(row, created, last),
    )


def _web_session(row: Row) -> Event:
    created, last = telegram_times.stated(row.fields, "created"), telegram_times.stated(row.fields, "last_active")
    return row.event(
        provider=PROVIDER,
        service="web_session",
        kind=Kind.SESSION,
        action=Action.SESSION,
        action_text=row.text("domain_name", "bot_username"),
        when=created,
        end=last,
        account=_account(row),
        initiator=Initiator.USER,
        address=row.address("last_ip"),
        user_agent=", ".join(part for part in (row.text("browser"), row.text("platform")) if part),
        stated_place=row.text("last_region"),
        detail=_session_detail(row, created, last),
    )


def _session_detail(row: Row, created: Moment, last: Moment) -> dict[str, Any]:
    return {
        **_rest(row, "last_ip", "created_unixtime"),
        "address_note": "the last address of the session, not that of its creation" if row.text("last_ip") else "",
        "exporter_offset": telegram_times.implied_offset(row.text("created"), created.utc),
        "time_note": telegram_times.note(created, last),
    }


def _notice(row: Row) -> Event:
    """A message of the service account. A login is dated by the UTC time that its alert states, where it does."""
    text = telegram_notices.plain_text(row.fields)
    notice = telegram_notices.read(text)
    sent = telegram_times.stated(row.fields, "date")
    when = sent if notice.when.utc is None else notice.when
    offset = telegram_times.implied_offset(row.text("date"), sent.utc or notice.when.utc)
    detail = {
        "exporter_offset": offset,
        "message_id": row.fields.get("id"),
        "message_local_time": row.text("date"),
        "message_unixtime": row.text("date_unixtime"),
        "time_note": telegram_times.note(when),
    }
    return telegram_notices.event(row, notice, text, when=when, account=_account(row), detail=detail)


def _removal(row: Row) -> Event | Unused:
    """A service message. Its actor may be anybody in the chat; only an equal id makes it the owner."""
    name = row.text("action")
    action = _REMOVALS.get(name) or (Action.CONTENT_DELETED if name.startswith("delete_") else None)
    if action is None:
        return Unused(rule="service message that does not bear on deletion")
    when = telegram_times.stated(row.fields, "date") if row.text("date", "date_unixtime") else UNDATED
    actor, owner = telegram_notices.user_number(row.text("actor_id")), str(row.shared.get("owner_id", ""))
    by_owner = actor == owner if actor and owner else "unknown"
    chat = {key: value for key, value in row.shared.items() if key.startswith("chat_")}
    return row.event(
        provider=PROVIDER,
        service="chat",
        action=action,
        action_text=name,
        outcome=Outcome.SUCCESS,
        when=when,
        account=_account(row),
        initiator=Initiator.USER if by_owner is True else Initiator.UNKNOWN,
        detail={
            **_rest(row, "type", "action", "date_unixtime"),
            **chat,
            "by_account_owner": by_owner,
            "exporter_offset": telegram_times.implied_offset(row.text("date"), when.utc),
            "time_note": telegram_times.note(when),
        },
    )


FORMAT = Format(
    title="Telegram Desktop export: sessions, login alerts, removals (JSON)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
)
