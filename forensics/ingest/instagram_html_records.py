"""One record of an Instagram HTML page as an event: the same as that of its JSON twin, to the minute."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, instagram_records, meta_html_facts, meta_values
from forensics.ingest.fields import FieldError
from forensics.ingest.instagram_html_pages import INSIGHTS
from forensics.ingest.local_time import Zone
from forensics.ingest.meta_actions import UNLISTED, fold, is_last_login_label, is_last_logout_label, meaning_of
from forensics.ingest.meta_html_times import ISO_TITLE, Time
from forensics.model import UNDATED, Action, Event, Initiator, Kind, Moment, Outcome, ZoneBasis

if TYPE_CHECKING:
    from forensics.ingest.format import Row
    from forensics.ingest.meta_html_facts import Facts

RULE = "Instagram renders pages at eight hours behind UTC all year; measured by others on two accounts, exports of 2026"
CLOCK = Zone(zone=timezone(timedelta(hours=-8)), name="UTC-08:00", basis=ZoneBasis.FORMAT_RULE, source=RULE)
NO_CLOCK = "seconds, which Instagram's pages do not have: the clock of this page is not known"
_COOKIE_LABEL = re.compile(r"cookie|kuki|куки")
_COORDINATE = re.compile(r"-?\d{1,3}\.\d{2,}")
_MINUTE = timedelta(minutes=1)
_LAST = {
    (True, False): Action.LOGIN,
    (True, True): Action.LOGIN,
    (False, True): Action.LOGOUT,
    (False, False): Action.OTHER,
}


def event(row: Row, zone: Zone | None) -> Event:
    """Say what one block means; ``row.shared["page"]`` is the list that the page shows ("" if unknown)."""
    found = meta_html_facts.facts(row, zone)
    if not found.entries:
        raise FieldError("a block without values")
    page = str(row.shared["page"])
    section = instagram_records.SECTIONS.get(page)
    shown = next(iter((*found.stamps, *found.times)), None)
    stated = fields.instant(found.title) if ISO_TITLE.fullmatch(found.title) else UNDATED
    when = stated if stated.utc is not None else shown.moment if shown else UNDATED
    action, outcome, initiator, said = _meaning(found, page)
    kind = section.kind if section else Kind.EVENT
    address = meta_values.with_port(found.address, _only_number(found))
    device = meta_values.instagram_device(found.device_id, found.cookie or _labelled_cookie(found))
    return row.event(
        provider="instagram",
        service="instagram",
        account=row.shared["account"],
        kind=Kind.INVENTORY if kind is Kind.EVENT and not when.text else kind,
        action=action,
        action_text=said,
        outcome=outcome,
        initiator=initiator,
        when=when,
        address=fields.shortened(address) if page == "armadillo_devices" else address,
        user_agent=found.user_agent,
        device=device,
        stated_place=", ".join(_coordinates(found)[:2]) or ("" if section else found.place),
        detail={
            **found.detail(),
            "links": row.fields["links"],
            "page": page,
            "page_names": list(row.shared["names"]),
            "note": section.note if section else "",
            "time_note": "" if stated.utc is not None else _time_note(row, shown),
            **_conflict(stated, shown),
            "platform_ground": row.shared["ground"],
            "account_basis": "name of the export's root folder or archive" if row.shared["account"] else "",
        },
    )


def _meaning(found: Facts, page: str) -> tuple[Action, Outcome, Initiator, str]:
    """The list says what a record is; without one, or in account information, the record's own words do."""
    section = instagram_records.SECTIONS.get(page)
    title = "" if ISO_TITLE.fullmatch(found.title) else found.title
    if page == INSIGHTS:
        label = found.entries[0].label
        action = _LAST[is_last_login_label(label), is_last_logout_label(label)]
        outcome = Outcome.UNKNOWN if action is Action.OTHER else Outcome.SUCCESS
        return action, outcome, Initiator.UNKNOWN, label
    if page == "profile_profile_change":
        record = {"string_map_data": {str(n): {"value": entry.value} for n, entry in enumerate(found.entries)}}
        return instagram_records.profile_change_action(record), Outcome.UNKNOWN, Initiator.UNKNOWN, title
    if section:
        return section.action, section.outcome, section.initiator, title
    said = found.said or title
    listed = meaning_of(said)
    return listed.action, listed.outcome, listed.initiator, said if listed is not UNLISTED or found.said else title


def _labelled_cookie(found: Facts) -> str:
    return next((entry.value for entry in found.entries if _COOKIE_LABEL.search(fold(entry.label))), "")


def _only_number(found: Facts) -> str:
    numbers = [entry.value for entry in found.entries if re.fullmatch(r"\d{1,5}", entry.value)]
    return numbers[0] if len(numbers) == 1 else ""


def _coordinates(found: Facts) -> list[str]:
    return [entry.value for entry in found.entries if _COORDINATE.fullmatch(entry.value)]


def _time_note(row: Row, shown: Time | None) -> str:
    return "; ".join(filter(None, (row.shared["clock_note"], shown.note if shown else "")))


def _conflict(stated: Moment, shown: Time | None) -> dict[str, Any]:
    """Return both times where the title and the displayed time differ by more than the minute that is cut off."""
    if stated.utc is None or shown is None:
        return {}
    found: dict[str, Any] = {"displayed_time": shown.moment.text}
    if shown.moment.utc is not None and abs(stated.utc - shown.moment.utc) >= _MINUTE:
        found["time_conflict"] = "the title and the displayed time differ"
    return found
