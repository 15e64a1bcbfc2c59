"""Leads for an authority: what one letter could still settle about an address that nothing of the owner explains.

A ``Lead`` is one address with every moment at which the evidence shows it, to the second and with the source port where
a row has one. Who could resolve it is told as of those days, never as of today. Nothing here names a person: only the
network knows who used an address, and only an authority may ask for that.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.model import Action, Precision, ZoneBasis
from forensics.report import phrases
from forensics.report.texts import text
from forensics.sentence import dated, paragraph, say, say_n

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from forensics.model import AddressContext

SHARED = frozenset({"cgnat", "mobile", "vpn", "proxy", "tor_exit", "anonymous-proxy"})
"""Classes of addresses behind which many people stand at once."""

_PRECISIONS = {
    Precision.SECOND: say("to the second"),
    Precision.MINUTE: say("to the minute: the record tells no seconds"),
    Precision.DAY: say("the day only: the record tells no time"),
}
_ZONES = {
    ZoneBasis.EXPLICIT: say("UTC, or with its zone, in the record itself"),
    ZoneBasis.EPOCH: say("seconds since 1970, which are UTC"),
    ZoneBasis.FORMAT_RULE: say("the zone follows from a rule of the format"),
    ZoneBasis.EXPORT_SETTING: say("the zone is that of the account's export setting"),
    ZoneBasis.ASSUMED: say("the zone is assumed: ask for an hour before and after as well"),
    ZoneBasis.NONE: say("without a zone"),
}


TOOLS = (
    say(
        "Legal tool at home: order to preserve under Article 16 of the Budapest Convention as enacted (up to 90 days,"
        " renewable), then an order to produce; Article 17 for whoever else carried the connection."
    ),
    say(
        "Legal tool across borders: request under Article 29 (preserved for at least 60 days), Article 30 for whoever"
        " else carried it, then mutual assistance."
    ),
)
"""Convention on Cybercrime (ETS No. 185)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One row of the evidence that shows the address: aware UTC times, and where the row stands.

    ``until`` is the end where the row tells a span. ``exhibit`` is a SHA-256.
    """

    at: datetime
    until: datetime | None
    provider: str
    account: str
    action: Action
    port: int | None
    precision: Precision
    zone: ZoneBasis
    exhibit: str
    member: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """An address, its moments in time order (``total`` counts those beyond the list), and its context on each day.

    ``contexts`` holds one context per day of a moment, in time order.
    """

    address: str
    moments: tuple[Moment, ...]
    total: int
    contexts: tuple[AddressContext, ...]

    @property
    def context(self) -> AddressContext | None:
        """The context of the first day."""
        return self.contexts[0] if self.contexts else None

    @property
    def providers(self) -> tuple[str, ...]:
        """The services that saw the address, in order of first sight."""
        return tuple(dict.fromkeys(item.provider for item in self.moments))

    @property
    def shared(self) -> bool:
        """Whether dated sources say that many people stand behind the address at once."""
        return any(SHARED.intersection(item.classes) for item in self.contexts)

    @property
    def version(self) -> int:
        """4 or 6."""
        return ipaddress.ip_address(self.address).version


def network_of(lead: Lead) -> str:
    """Return the network that announced the address on its first day: what letters are grouped by."""
    return phrases.holder(lead.context) if lead.context is not None else text("context.as.none")


def moment_row(moment: Moment, zone: ZoneInfo | None) -> tuple[str, ...]:
    """Return time (UTC), time (the owner's zone), source port and service of a moment."""
    return (
        phrases.span(moment.at, moment.until),
        phrases.local(moment.at, zone),
        str(moment.port) if moment.port is not None else say("not recorded"),
        moment.provider,
    )


def precision_words(lead: Lead) -> tuple[str, ...]:
    """Return what the times of a lead are worth: their precision, and what their zone rests on."""
    exact = dict.fromkeys(_PRECISIONS[item.precision] for item in lead.moments)
    zones = dict.fromkeys(_ZONES[item.zone] for item in lead.moments)
    return (
        say("How exact the times are: {words}.", words=paragraph(exact, "; ")),
        say("What their zone rests on: {words}.", words=paragraph(zones, "; ")),
    )


def dated_words(lead: Lead) -> tuple[str, ...]:
    """Return who announced and held the address on its days, each with the data it rests on; changes are told."""
    lines: dict[str, None] = {}
    for context in lead.contexts:
        day = dated(context.at)
        lines.setdefault(say("{day}: announced by {holder}", day=day, holder=phrases.holder(context)), None)
        lines.update(
            dict.fromkeys(
                [*phrases.supported(context), *phrases.class_lines(context), *phrases.said_lines(context)], None
            )
        )
    return tuple(lines)


def resolver_words(lead: Lead) -> tuple[str, ...]:
    """Return who could say more, by when, and with what: for the block of one lead."""
    ports = [item.port for item in lead.moments if item.port is not None]
    lines = [
        say(
            "Who could resolve it: the network that announced the address on that day, {network}. It knows which customer"
            " or which pool had the address, and often the source port.",
            network=network_of(lead),
        ),
        say(
            "Until when: not known. No rule on how long this network keeps such records was found. Ask at once; many"
            " operators delete within months."
        ),
    ]
    if lead.shared or not ports:
        lines.append(say("Source port: {ports} of {total} rows tell it.", ports=len(ports), total=len(lead.moments)))
    if lead.shared:
        lines.append(
            say(
                "Dated sources say that many people share this address. Without source port and second, an operator may be"
                " unable to tell them apart."
            )
        )
    if lead.version == 6:  # noqa: PLR2004 - IP version
        lines.append(say("IPv6: ask for the customer of the prefix (/64 to /48), not for the single address."))
    if lead.total > len(lead.moments):
        further = lead.total - len(lead.moments)
        lines.append(
            say_n("{n} further row is in the case folder.", "{n} further rows are in the case folder.", further)
        )
    return tuple(lines)
