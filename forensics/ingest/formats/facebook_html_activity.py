# ruff: noqa: RUF001
# Reason: the tables hold words of other alphabets on purpose.
"""Facebook "Download your information", HTML: groups and notifications.

What it is: ``groups/your_group_membership_activity.html`` and ``your_groups.html`` (groups joined and administered) and
``notifications/notifications.html``. Facebook exports no record of a deleted group; the notification about it is the
trace that remains, so a deletion here is inferred from a notification and says so in its detail.

How to obtain: Accounts Centre → Your information and permissions → Export (download) your information → Facebook →
format HTML, all time, "Groups", "Notifications" and "Logged information" (it holds the account's time zone).

Time: wall-clock time of the zone that the account is set to, without a zone beside it; see ``facebook_html``. The zone is
told by ``timezone.html`` of the same export (``export_setting``) or by ``--assume-zone``; else no instant is stated. A
notification's time is when it was sent.

Versions: blocks as in ``facebook_html`` (2018 on); since 2023 under ``your_facebook_activity/groups/`` and
``logged_information/notifications/``. Pages are known by their file name or by their title (English as published, other
languages unverified); a page of notifications also by its texts, if most of its first ones are listed notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.ingest import (
    fields,
    local_time,
    meta_html,
    meta_html_facts,
    meta_html_pages,
    meta_html_times,
    meta_values,
    notification_texts,
)
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.meta_actions import fold
from forensics.model import NO_ADDRESS, UNDATED, Action, AddressSeen, Event, Initiator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.evidence import Evidence
    from forensics.ingest.meta_html import Block
    from forensics.ingest.meta_html_times import Time

PROVIDER = meta_html_pages.FACEBOOK
ZONE = "facebook.zone"
NOTIFICATIONS, JOINED, ADMINED = "notifications", "groups_joined", "groups_admined"
_STEMS = {
    "notifications": NOTIFICATIONS,
    "your_group_membership_activity": JOINED,
    "your_groups": ADMINED,
    "groups_you_manage": ADMINED,
}
_TITLES = {
    NOTIFICATIONS: "notifications|benachrichtigungen|bildirişlər|уведомления|bildirimler|notificaciones",
    JOINED: "your group membership activity|group membership activity|deine gruppenmitgliedschaften|qrup üzvlüyü fəaliyyəti",
    ADMINED: "your groups|groups you manage|deine gruppen|qruplarınız|ваши группы",
}
_NAMED = {fold(title): page for page, words in _TITLES.items() for title in words.split("|")}
_GROUND = "inferred from a notification: Facebook exports no record of the act itself"
_STATED = "stated by a notification"
_BY_PROVIDER = {Action.ALERT, Action.CODE_SENT, Action.EXPORT_READY}


def claims(evidence: Evidence) -> bool:
    """Meta's layout, surely or possibly Facebook's, and one of the three pages."""
    head = meta_html.first_bytes(evidence)
    if not head or not meta_html.has_blocks(head):
        return False
    blocks = meta_html.sample(head, evidence)
    return bool(_page(evidence, head, blocks)) and not (
        meta_html_pages.platform(evidence, head, blocks).platform == meta_html_pages.INSTAGRAM
        or meta_html_pages.is_about_access(blocks)
    )


def _page(evidence: Evidence, head: bytes, blocks: tuple[Block, ...]) -> str:
    stem = meta_html_pages.stem(evidence)
    by_name = _STEMS.get(stem, "") or meta_html_pages.named(meta_html.page_names(head), _NAMED)
    said = [block for block in blocks if not block.is_empty]
    noticed = sum(notification_texts.notice(_text(block.title, block.pairs)) is not None for block in said)
    return by_name or (NOTIFICATIONS if said and 2 * noticed > len(said) else "")


def _text(title: str, pairs: object) -> str:
    """The sentence of a record: its title, else its longest line without a label."""
    lines = [str(line) for line in _lines(pairs)]
    return title or max(lines, key=len, default="")


def _lines(pairs: object) -> Iterator[str]:
    for pair in pairs if isinstance(pairs, list | tuple) else ():
        label, value = pair if isinstance(pair, list) else (pair.label, pair.value)
        yield f"{label}: {value}" if label else value


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per block."""
    head = meta_html.first_bytes(evidence)
    blocks = meta_html.sample(head, evidence, limit=400)
    verdict = meta_html_pages.platform(evidence, head, blocks)
    shared = {
        "account": meta_values.account_hint(evidence, PROVIDER),
        "page": _page(evidence, head, blocks),
        "dates": meta_html_times.learn(blocks),
        "sure": verdict.platform == PROVIDER and verdict.clock,
        "contradicted": verdict.contradicted,
        "ground": verdict.ground,
    }
    for found in meta_html.read_all(evidence):
        if isinstance(found, Flaw):
            yield found
        elif found.is_empty:
            yield Unused(rule="a block that only wraps others")
        else:
            yield Row(evidence=evidence, place=found.place, fields=meta_html_facts.row_fields(found), shared=shared)


def event(row: Row) -> Event | Unused:
    """Say what one record means."""
    decided = _is_ours(row)
    found = meta_html_facts.facts(row, local_time.zone_of(row.evidence, ZONE) if decided else None)
    when = next(iter((*found.stamps, *found.times)), None)
    text = _text(found.title, row.fields["pairs"])
    if row.shared["page"] != NOTIFICATIONS:
        return _group(row, found, when, text)
    if not text:
        raise FieldError("a notification without a text")
    notice = notification_texts.notice(text)
    return (
        _notice(row, when, notice, (text, *found.other)) if notice else Unused(rule="notification about other things")
    )


def _is_ours(row: Row) -> bool:
    """Whether the page is surely Facebook's, or lies in an export of Facebook's and says nothing else."""
    return row.shared["sure"] or (ZONE in row.evidence.told and not row.shared["contradicted"])


def _group(row: Row, found: meta_html_facts.Facts, when: Time | None, text: str) -> Event:
    if not text:
        raise FieldError("neither the name of a group nor a sentence about it")
    joined = row.shared["page"] == JOINED
    names = [value for label, value in row.fields["pairs"] if not meta_html_times.is_time(value)]
    return row.event(
        provider=PROVIDER if _is_ours(row) else meta_html_pages.UNDECIDED,
        service=PROVIDER,
        account=row.shared["account"],
        action=Action.ACTIVITY,
        action_text=text if joined else "",
        when=when.moment if when else UNDATED,
        detail={
            **found.detail(),
            **_common(row, when),
            "group": (names[0] if names else "") if joined else text,
            "note": "group membership" if joined else "group administered since this time",
        },
    )


def _notice(row: Row, when: Time | None, found: notification_texts.Notice, said: tuple[str, ...]) -> Event:
    text, *below = said
    deleted = found.action in {Action.GROUP_DELETED, Action.CONTENT_DELETED}
    return row.event(
        provider=PROVIDER if _is_ours(row) else meta_html_pages.UNDECIDED,
        service=PROVIDER,
        account=row.shared["account"],
        action=found.action,
        action_text=text,
        outcome=found.outcome,
        initiator=Initiator.PROVIDER if found.action in _BY_PROVIDER else Initiator.UNKNOWN,
        when=when.moment if when else UNDATED,
        address=_address(text),
        detail={
            **_common(row, when),
            "below": list(below),
            "ground": _STATED if found.action in _BY_PROVIDER else _GROUND,
            "note": "the time is when the notification was sent",
            "language": found.language,
            "who": found.who,
            "group" if deleted else "name": found.name,
            "labels": row.fields["pairs"],
        },
    )


def _common(row: Row, when: Time | None) -> dict[str, object]:
    return {
        "links": row.fields["links"],
        "page": row.shared["page"],
        "platform_ground": row.shared["ground"],
        "time_note": when.note if when else "",
        "account_basis": "name of the export's root folder or archive" if row.shared["account"] else "",
    }


def _address(text: str) -> AddressSeen:
    """Return the first word of a text that is an IP address; login alerts name one now and then."""
    words = (word.strip("(),;.") for word in text.split())
    return next((seen for word in words if (seen := fields.address(word)).address is not None), NO_ADDRESS)


FORMAT = Format(
    title="Facebook groups and notifications (HTML)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    needs=(ZONE,),
)
