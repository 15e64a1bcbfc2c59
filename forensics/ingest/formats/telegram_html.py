"""Telegram Desktop export, "Human-readable HTML": sessions, login alerts, removals.

What it is: ``lists/sessions.html`` and ``lists/web_sessions.html`` (the sessions open at the moment of the export, with
the *last* address of each), ``export_results.html`` (whose account it is), and the chats' ``messages*.html``, of which
the alerts and codes of Telegram's service account and the service lines about deleting and removing are used.
Messages between people are not used. HTML prints no account numbers: a notice is taken for one of the service account
because chat and sender are both called "Telegram", which anybody can imitate; its detail says so. JSON has the number.

How to obtain: Telegram Desktop, Settings, Advanced, Export Telegram data, with "Active sessions" and "Personal chats"
ticked and "Human-readable HTML" chosen; "Export chat history" of the chat "Telegram" works too. Prefer JSON, or both.

Time: sessions stand in local time of the exporting computer without an offset: no instant, unless ``--assume-zone``
gives the zone. Messages carry their offset in newer versions (``title="11.03.2020 04:58:07 UTC+04:00"``, ``explicit``),
in older ones not. A login alert states a UTC time in its text, which wins. Service lines carry the day only.

Versions: with and without the offset (since about 2022, from the client's source). All words of the writer are English
in every language; only notices are localised. ``device`` names a model and not one device.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, local_time, telegram_notices, telegram_pages, telegram_times
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Stated, Unused
from forensics.model import Action, AddressSeen, Event, Initiator, Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.evidence import Evidence

PROVIDER = "telegram"
ACCOUNT = "telegram.account"
_SERVICE_NAME = "Telegram"
_BY_NAME = "sender known by the displayed name only: HTML exports print no account number"
_REMOVALS: tuple[tuple[re.Pattern[str], str, Action], ...] = (
    (re.compile(r"History cleared"), "clear_history", Action.CONTENT_DELETED),
    (re.compile(r".{1,200} removed group photo|Channel photo removed"), "delete_group_photo", Action.CONTENT_DELETED),
    (re.compile(r".{1,200} removed .{1,200}"), "remove_members", Action.ACTIVITY),
    (re.compile(r".{1,200} converted this group to a supergroup"), "migrate_to_supergroup", Action.ACTIVITY),
    (re.compile(r".{1,200} converted a basic group to this supergroup.{0,300}"), "migrate_from_group", Action.ACTIVITY),
    (
        re.compile(
            r".{1,200} has set messages (?:not )?to auto-delete.{0,40}|New messages will (?:not )?auto-delete.{0,40}"
        ),
        "set_messages_ttl",
        Action.ACTIVITY,
    ),
)
_PHRASES = re.compile(
    r"joined group by link|joined group by request|invited |created group|changed group title|changed group photo|pinned "
    r"|joined Telegram|scored |created topic|changed topic|has set |converted |removed |gift for|started voice chat"
)


def claims(evidence: Evidence) -> bool:
    """A page of the client's own writer: sessions, a chat, or the summary."""
    return bool(telegram_pages.kind(evidence.head))


def states(evidence: Evidence) -> Iterator[Stated]:
    """Tell whose account it is to all pages of the export."""
    if telegram_pages.kind(evidence.head) == telegram_pages.SUMMARY:
        for found in telegram_pages.elements(evidence):
            account = _account_in(found.texts) if isinstance(found, telegram_pages.Element) else ""
            if account:
                yield Stated(name=ACCOUNT, value=account)


def _account_in(texts: dict[str, list[str]]) -> str:
    """The phone number, else the user name; the summary lists labels and values in the same order."""
    said = dict(zip(texts.get("label", []), texts.get("value", []), strict=False))
    return said.get("Phone number", "") or said.get("Username", "")


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield entries and messages, each with the day, the sender and the chat that stand before it."""
    page, name = telegram_pages.kind(evidence.head), telegram_pages.header(evidence.head)
    day = sender = ""
    for found in telegram_pages.elements(evidence):
        if isinstance(found, Flaw):
            yield found
            continue
        service = found.text("service") if "service" in found.classes else ""
        if page == telegram_pages.CHAT and telegram_pages.is_day(service):
            day = service
            yield Unused(rule="day between messages")
            continue
        if "joined" not in found.classes:
            sender = found.text("from_name")
        raw = telegram_pages.fields_of(found, day=day, sender=sender, header=name, forwarded=found.forwarded)
        yield Row(evidence=evidence, place=found.place, fields=raw, section=page)


def event(row: Row) -> Event | Unused:
    """Say what an element means, by the page that it stands on."""
    if row.section == telegram_pages.SESSIONS:
        return _session(row)
    if row.section == telegram_pages.SUMMARY:
        return _person(row)
    if "service" in row.fields["classes"]:
        return _removal(row)
    text = _text(row, "text")
    ours = row.fields["header"] == row.fields["sender"] == _SERVICE_NAME and not row.fields["forwarded"]
    return _notice(row, text) if ours and text else Unused(rule="message between people")


def _account(row: Row) -> str:
    told = row.evidence.told.get(ACCOUNT)
    return told.value if told else ""


def _text(row: Row, key: str) -> str:
    value = row.fields.get(key, "")
    return "\n".join(value) if isinstance(value, list) else str(value)


def _session(row: Row) -> Event:
    """An entry of a list of sessions: name, device, address and place, last activity, creation."""
    lines = _text(row, "details_entry").split("\n")
    said = {label: value for label, _, value in (line.partition(": ") for line in lines) if value}
    if not {"Created", "Last active"} & set(said):
        raise FieldError(f"an entry that is no session: {lines[:3]!r}")
    zone = local_time.zone_of(row.evidence)
    created, created_note = telegram_pages.moment(said.get("Created", ""), zone)
    last, last_note = telegram_pages.moment(said.get("Last active", ""), zone)
    address, place = _address(lines)
    web = row.fields["header"] == "Web sessions"
    name, version = ("", "") if web else _split(_text(row, "name"))
    model = [] if web else _model(_text(row, "subname"))
    client = ", ".join(part for part in (name, version, *model) if part)
    return row.event(
        provider=PROVIDER,
        service="web_session" if web else "session",
        kind=Kind.SESSION,
        action=Action.SESSION,
        action_text=_text(row, "name") if web else "",
        when=created,
        end=last,
        account=_account(row),
        initiator=Initiator.USER,
        address=address,
        user_agent=_text(row, "subname") if web else client,
        device="" if web else telegram_notices.device_name(name, *model),
        stated_place=place,
        detail={
            "lines": [_text(row, "name"), _text(row, "subname"), *lines],
            "bot": _text(row, "info"),
            "address_note": "the last address of the session, not that of its creation" if address.text else "",
            "time_note": created_note or last_note,
            "last_active": last.text,
        },
    )


def _address(lines: list[str]) -> tuple[AddressSeen, str]:
    """Split address and place, with an en dash between them that stands there even where a side is empty."""
    line = next((line for line in lines if "\u2013" in line and not line.startswith(("Created", "Last active"))), "")
    written, _, place = line.partition("\u2013")
    return fields.address(written.strip()), place.strip(" ,")


def _split(name: str) -> tuple[str, str]:
    """Split ``Telegram Desktop 1.9.14 x64`` into application and version."""
    match = re.fullmatch(r"(.*?) (v?\d[\w.() -]*)", name)
    return (match[1], match[2]) if match else (name, "")


def _model(subname: str) -> list[str]:
    """Split ``PC 64bit, Windows 10`` into model, platform and its version."""
    model, _, system = subname.rpartition(", ")
    return [model, *system.split(" ", 1)]


def _person(row: Row) -> Event:
    values = {key: row.fields[key] for key in ("label", "value") if key in row.fields}
    texts = {key: value if isinstance(value, list) else [value] for key, value in values.items()}
    return row.event(
        provider=PROVIDER,
        service="account",
        kind=Kind.INVENTORY,
        action=Action.OTHER,
        action_text="personal_information",
        account=_account_in(texts),
        detail=dict(zip(texts.get("label", []), texts.get("value", []), strict=False)),
    )


def _notice(row: Row, text: str) -> Event:
    """A message of the service account. A login is dated by the UTC time that its alert states, where it does."""
    notice = telegram_notices.read(text)
    written = str(row.fields["title"])
    sent, note = telegram_pages.moment(written, local_time.zone_of(row.evidence))
    when = sent if notice.when.utc is None else notice.when
    offset = telegram_pages.offset(written) or telegram_times.implied_offset(_iso(written), when.utc)
    detail = {
        "exporter_offset": offset,
        "message_local_time": written,
        "sender_basis": _BY_NAME,
        "time_note": note if when is sent else "",
    }
    return telegram_notices.event(row, notice, text, when=when, account=_account(row), detail=detail)


def _iso(written: str) -> str:
    match = re.match(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d)", written)
    return f"{match[3]}-{match[2]}-{match[1]}T{match[4]}" if match else ""


def _removal(row: Row) -> Event | Unused:
    """A service line. It names its actor by the displayed name, which may be anybody's."""
    text: Any = _text(row, "service")
    found = next(((name, action) for pattern, name, action in _REMOVALS if pattern.fullmatch(text)), None)
    if found is None:
        return Unused(rule="service message that does not bear on deletion")
    if len(_PHRASES.findall(text)) > 1:  # names are free text: "X joined group by link from removed group photo"
        return Unused(rule="service message that names in it make ambiguous")
    zone = local_time.zone_of(row.evidence)
    return row.event(
        provider=PROVIDER,
        service="chat",
        action=found[1],
        action_text=found[0],
        outcome=Outcome.SUCCESS,
        when=telegram_pages.day(str(row.fields["day"]), zone),
        account=_account(row),
        detail={
            "text": text,
            "chat_name": row.fields["header"],
            "by_account_owner": "unknown",
            "time_note": f"service lines state the day only; {telegram_times.LOCAL_NOTE if zone is None else zone.name}",
        },
    )


FORMAT = Format(
    title="Telegram Desktop export: sessions, login alerts, removals (HTML)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    states=states,
    needs=(ACCOUNT,),
)
