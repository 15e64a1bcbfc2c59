"""What one message of a login program means, whatever log it was found in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, forwarded_client
from forensics.ingest.web_requests import with_port
from forensics.model import NO_ADDRESS, Action, AddressSeen, Outcome

if TYPE_CHECKING:
    from forensics.ingest.format import Row
    from forensics.model import Event, Moment

PROVIDER = "linux"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The event columns that a message fills, or ``unused``: the rule by which it says nothing about access.

    ``provider``, ``service`` and ``said`` (the text of the action) are filled where a message is of another kind than the
    sign-ins of a machine: a request that a proxy logged. ``accepted`` is a date with its year that the message states itself,
    in the spelling of access logs, by the clock of the machine.
    """

    action: Action = Action.ACTIVITY
    outcome: Outcome = Outcome.UNKNOWN
    account: str = ""
    address: AddressSeen = NO_ADDRESS
    device: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    unused: str = ""
    provider: str = PROVIDER
    service: str = ""
    said: str | None = None
    user_agent: str = ""
    accepted: str = ""

    def with_detail(self, **more: str) -> Meaning:
        """Return the same with further detail."""
        return replace(self, detail={**self.detail, **more})


def event_of(row: Row, found: Meaning, *, service: str, said: str, when: Moment, detail: Mapping[str, Any]) -> Event:
    """Return the event of a message: ``said`` by ``service`` (a program's name, cut); ``detail`` is all of it."""
    return row.event(
        provider=found.provider,
        service=(found.service or service)[:60],
        action=found.action,
        action_text=said if found.said is None else found.said,
        outcome=found.outcome,
        when=when,
        account=found.account,
        address=found.address,
        user_agent=found.user_agent,
        device=found.device,
        detail=detail,
    )


def peer(written: str, port: str | None = "") -> AddressSeen:
    """Read an address and a port that a message names apart; what is no address keeps its text."""
    seen = fields.address(written)
    return with_port(seen, port) if port else seen


ITSELF = "a program on the server itself (webmail, a proxy): no address of a client"


def of_the_server(found: Meaning, server: str = "") -> Meaning:
    """A mail server that tells of its own machine tells of a program there: no client, and no sign-in of a person by itself.

    ``server``: the address at which it was asked, where the message names it. The text of the address is kept.
    """
    address = found.address.address
    if address is None or not (forwarded_client.is_loopback(address) or address == server):
        return found
    action = Action.ACTIVITY if found.action is Action.LOGIN else found.action
    seen = AddressSeen(address=None, text=found.address.text)
    return replace(found, action=action, address=seen, detail={**found.detail, "note": ITSELF})
