"""Small made-up events for attribution tests."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

from forensics.model import Action, Event, Owner, OwnerNetwork, event_id

HOME, FOREIGN, SECOND = "192.0.2.14", "203.0.113.45", "198.51.100.21"
NETWORKS = {HOME: "AS64501", "192.0.2.15": "AS64501", FOREIGN: "AS64497", SECOND: "AS64505"}
BROWSER = "Mozilla/5.0 Firefox/73.0"


def moment(text: str) -> datetime:
    """Read ``MM-DD hh:mm`` of 2020 as UTC."""
    return datetime.strptime(f"2020-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def event(when: str, action: Action = Action.LOGIN, address: str | None = FOREIGN, **more: Any) -> Event:
    """Make an event; its place is made unique from its parts."""
    facts: dict[str, Any] = {"provider": "facebook", "service": "facebook", "account": "editor"} | more
    told = repr((when, str(action), address, sorted((key, str(value)) for key, value in facts.items())))
    place = f"line:{int(hashlib.sha256(told.encode()).hexdigest()[:7], 16)}"
    return Event(
        event_id=event_id("e" * 64, "", place),
        time=moment(when),
        action=action,
        address=address,
        exhibit="e" * 64,
        place=place,
        **facts,
    )


def network(address: str, day: date) -> str | None:
    """Return the made-up origin AS of an address; it does not depend on the day."""
    assert day.year == 2020
    return NETWORKS.get(address)


OWNER = Owner(
    clean_windows=((date(2020, 1, 1), date(2020, 3, 8)),),
    addresses=(OwnerNetwork(net=f"{HOME}/32", first=date(2019, 6, 1), last=None, label="home"),),
)
