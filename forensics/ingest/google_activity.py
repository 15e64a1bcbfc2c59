"""What My Activity records mean, for the JSON and the HTML form alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forensics.ingest import google_titles
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Row
from forensics.model import Action, Event, Initiator, Moment

_BY_USER = frozenset(
    {
        Action.EXPORT_REQUESTED,
        Action.EXPORT_DOWNLOADED,
        Action.PASSWORD_CHANGED,
        Action.RECOVERY_CHANGED,
        Action.TWO_FACTOR_CHANGED,
        Action.ACCOUNT_CHANGED,
    }
)


def activity_event(  # noqa: PLR0913 - the parts of a record
    row: Row,
    *,
    header: str,
    products: tuple[str, ...],
    title: str,
    link: str,
    when: Moment,
    detail: Mapping[str, Any],
) -> Event:
    """Build the event of one record: the product decides the topic, the title is only a hint."""
    topic, basis = google_titles.topic((*products, header), _folder(row.evidence), link)
    action, hint = _meaning(topic, title)
    return row.event(
        provider="google",
        service=next(iter(products), "") or header or "My Activity",
        action=action,
        when=when,
        action_text=title,
        initiator=_initiator(action),
        detail={**detail, "topic": f"{topic} (by {basis})" if topic else "", "title_hint": hint},
    )


def _meaning(topic: str, title: str) -> tuple[Action, str]:
    if topic == "takeout":
        return google_titles.export_action(title)
    if topic == "account":
        return google_titles.account_action(title)
    return Action.ACTIVITY, ""


def _initiator(action: Action) -> Initiator:
    if action is Action.EXPORT_READY:
        return Initiator.PROVIDER
    return Initiator.USER if action in _BY_USER else Initiator.UNKNOWN


def _folder(evidence: Evidence) -> str:
    """Return the product's folder; the export's own top folder is called "Takeout" too and says nothing."""
    *above, last = evidence.folders or ("",)
    is_top = last.casefold() == "takeout" and "takeout" not in (name.casefold() for name in above)
    return "" if is_top or not above else last
