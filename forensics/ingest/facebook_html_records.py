"""One record of a Facebook HTML page as an event: the same as that of its JSON twin, on the zone's clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.ingest import facebook_labels, facebook_records, fields, local_time, meta_html_facts, meta_values
from forensics.ingest.fields import FieldError
from forensics.ingest.meta_actions import UNLISTED, Meaning, fold, is_last_login_label, meaning_of
from forensics.ingest.meta_html_facts import Facts
from forensics.model import UNDATED, Action, Kind, Moment, Outcome

if TYPE_CHECKING:
    from forensics.ingest.format import Row
    from forensics.ingest.local_time import Zone
    from forensics.ingest.meta_html_times import Time
    from forensics.model import Event

_OLD = re.compile(
    r"^(?:old|previous|alte[rs]?|bisherige[rs]?|vorherige[rs]?|köhnə|əvvəlki|старый|старая|старое|прежний)\b ?"
)
_NEW = re.compile(r"^(?:new|neue[rs]?|yeni|новый|новая|новое)\b ?")
_PLACE_PARTS = (
    re.compile(r"city|stadt|şəhər|город|şehir|ville|ciudad"),
    re.compile(r"region|регион|bölgə|bölge|région|región"),
    re.compile(r"country|land|ölkə|страна|ülke|pays|país"),
)
_CONTACT = re.compile(r"e-?mail|e-?poçt|почт|e-posta|phone|telefon|телефон|nummer|number|nömrə|номер")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a record means: kind, meaning, the provider's words, first and last time, a remark."""

    kind: Kind
    meaning: Meaning
    text: str
    start: Time | None
    end: Time | None
    note: str


def event(row: Row, zone: Zone | None, provider: str) -> Event:
    """Say what one block means; ``row.shared["page"]`` is the list that the page shows ("" if unknown)."""
    found = meta_html_facts.facts(row, zone)
    if not (found.entries or found.stamps or found.title):
        raise FieldError("a block without a title, a value and a time")
    page = str(row.shared["page"])
    changes = _changes(found) if page == "admin_records" else {}
    said = _in_section(found, page) if page in facebook_records.SECTIONS else _in_label_page(found, page)
    return row.event(
        provider=provider,
        service=provider,
        account=row.shared["account"],
        kind=Kind.STATE_CHANGE if changes else said.kind,
        action=_by_changes(said.meaning, changes),
        action_text=said.text,
        outcome=said.meaning.outcome,
        initiator=said.meaning.initiator,
        when=_moment(said.start),
        end=_moment(said.end),
        address=fields.shortened(found.address) if page == "secret_conversations" else found.address,
        user_agent=found.user_agent,
        device=meta_values.datr(found.cookie),
        stated_place=_place(found),
        detail={
            **found.detail(),
            "links": row.fields["links"],
            "page": page,
            "page_names": list(row.shared["names"]),
            "changes": changes,
            "note": said.note,
            "time_end_text": said.end.moment.text if said.end else "",
            "time_note": said.start.note if said.start else "",
            "wall_time": local_time.wall_time(said.start.wall, said.start.moment) if said.start else "",
            "platform_ground": row.shared["ground"],
            "account_basis": "name of the export's root folder or archive" if row.shared["account"] else "",
        },
    )


def _moment(time: Time | None) -> Moment:
    return time.moment if time else UNDATED


def _in_section(found: Facts, page: str) -> _Said:
    """A list whose meaning is known: as ``facebook_records`` reads its JSON twin."""
    section = facebook_records.SECTIONS[page]
    title = "" if _is_value(found.title) else found.title
    said = (_action_row(found) or title or found.said) if section.said else ""
    if section.action is None and not said:
        meaning = Meaning(action=Action.ACTIVITY)
    else:
        meaning = facebook_records.meaning(section, {section.said: said} if said else {})[0]
    start, end = _interval(found) if section.end else (_first(found), None)
    undated = section.undated if section.undated is not None and start is None else None
    keyed = Kind.INVENTORY if section.keyed and start is None else None
    return _Said(
        kind=undated or keyed or section.kind, meaning=meaning, text=said, start=start, end=end, note=section.note
    )


def _action_row(found: Facts) -> str:
    """The value of the row that announces the action; a listed text elsewhere does not outrank the title."""
    return found.said if any(fold(entry.value) == fold(found.said) for entry in found.entries if entry.label) else ""


def _in_label_page(found: Facts, page: str) -> _Said:
    """A page of label records, or of unknown kind: what the values say, and the file's name where it adds to them."""
    said = found.said or ("" if _is_value(found.title) else found.title)
    listed = meaning_of(said)
    by_page, note = facebook_labels.page_meaning(page)
    login = next((time for time in found.times if is_last_login_label(time.label)), None)
    if listed is UNLISTED and login is not None:
        listed = Meaning(action=Action.LOGIN, outcome=Outcome.SUCCESS)
    elif listed is UNLISTED and by_page is not None:
        listed, said = by_page, found.said
    if found.about_access and len(found.times) > 1:
        note = "; ".join(filter(None, (note, facebook_labels.INTERVAL)))
        start, end = _interval(found)
        kind, action = Kind.SESSION, Action.SESSION if listed is UNLISTED else listed.action
        meaning = Meaning(action=action, outcome=listed.outcome, initiator=listed.initiator)
        return _Said(kind=kind, meaning=meaning, text=said, start=start, end=end, note=note)
    start = login if login is not None and not found.said else _first(found)
    return _Said(
        kind=Kind.INVENTORY if start is None else Kind.EVENT,
        meaning=listed,
        text=said,
        start=start,
        end=None,
        note=note,
    )


def _is_value(title: str) -> bool:
    """Whether a title is a value of the record and no words for what happened."""
    return (
        not title
        or meta_values.is_client(title)
        or meta_values.is_masked_cookie(title.rsplit(" ", maxsplit=1)[-1])
        or meta_values.is_address(title.rsplit(" ", maxsplit=1)[-1])
    )


def _first(found: Facts) -> Time | None:
    """The time below the record, else the first labelled one."""
    return next(iter((*found.stamps, *found.times)), None)


def _interval(found: Facts) -> tuple[Time | None, Time | None]:
    """The first and the last labelled time; without any, the time below the record."""
    if not found.times:
        return _first(found), None
    return found.times[0], found.times[-1] if len(found.times) > 1 else None


def _changes(found: Facts) -> dict[str, list[str]]:
    """Return old and new values by the name of their field, where they differ."""
    pairs: dict[str, list[str]] = {}
    for entry in found.entries:
        label = fold(entry.label.split(" / ")[-1])
        for index, pattern in enumerate((_OLD, _NEW)):
            if pattern.match(label):
                pairs.setdefault(pattern.sub("", label), ["", ""])[index] = entry.value
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _by_changes(meaning: Meaning, changes: dict[str, list[str]]) -> Action:
    if meaning.action is not Action.OTHER or not changes:
        return meaning.action
    return Action.RECOVERY_CHANGED if any(map(_CONTACT.search, changes)) else Action.ACCOUNT_CHANGED


def _place(found: Facts) -> str:
    """City, region and country where each has its own row, else the row that names a place, else coordinates."""
    rows: dict[int, str] = {}
    for entry in found.entries:
        label = fold(entry.label.split(" / ")[-1])
        for index, pattern in enumerate(_PLACE_PARTS):
            if pattern.fullmatch(label) and index not in rows:
                rows[index] = entry.value
    if rows:
        return ", ".join(rows[index] for index in sorted(rows))
    coordinates: Any = re.search(r"(-?\d{1,2}\.\d+),\s*(-?\d{1,3}\.\d+)\s*$", found.title)
    return found.place or (f"{coordinates[1]}, {coordinates[2]}" if coordinates else "")
