"""The way of a message, and where trust in what is written about it ends.

Every server adds its ``Received`` at the top, so a hop is only as reliable as the servers above it. The *boundary* is
the topmost hop that took the message from outside: everything above it was written on the recipient's side,
everything below it came with the message and can be forged, however plausible it looks. Hops that hand on inside a
network (private or loopback peer, local delivery, fetching from a mailbox) are passed over to find it. A forged hop
can never lie above the boundary. Whether the boundary's server belongs to the recipient is a second question: it is
``true`` where the recipient's address or an authentication result names it, else ``unknown``.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.ingest import fields
from forensics.ingest.mail_headers import mailboxes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forensics.ingest.mail_headers import HeaderBlock
    from forensics.ingest.mail_hops import Hop

RECIPIENT_FIELDS = ("delivered-to", "x-original-to", "x-delivered-to", "envelope-to", "x-envelope-to")

_INTERNAL = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10", "2002:a00::/24", "2002:7f00::/24",
    )
)  # fmt: skip
"""Addresses that never cross the border of a network; 2002:a00::/24 is 6to4 of 10.0.0.0/8, as Google writes it."""

_FAMILIES = (
    {"google.com", "gmail.com", "googlemail.com"},
    {"outlook.com", "hotmail.com", "live.com", "msn.com", "office365.com"},
    {"yahoo.com", "yahoodns.net", "aol.com"},
    {"mail.ru", "inbox.ru", "list.ru", "bk.ru"},
    {"yandex.ru", "yandex.com", "yandex.net", "ya.ru"},
    {"icloud.com", "me.com", "mac.com", "apple.com"},
)
"""Domains whose mail the same provider's servers receive."""

_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
_FETCHING = ("pop", "imap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The hops in file order (newest first), the index of the boundary, and what names its server as the recipient's.

    ``named_by`` is "" when nothing does.
    """

    hops: tuple[Hop, ...]
    boundary: int | None
    recipient: str
    named_by: str

    @property
    def boundary_hop(self) -> Hop | None:
        """The hop that took the message from outside."""
        return None if self.boundary is None else self.hops[self.boundary]

    def trust(self, index: int) -> tuple[bool | str, str]:
        """Say how far a hop can be trusted (``True``, ``False`` or ``"unknown"``), and why."""
        if self.boundary is None or index <= self.boundary:
            if self.named_by:
                return True, f"written by a server of the recipient's side ({self.named_by})"
            return "unknown", "topmost hops of the message, but nothing names their server as the recipient's"
        return False, "came with the message from outside: can be forged by whoever handed it over"

    def number(self, index: int) -> int:
        """Return the place of a hop in the order of travel: 1 is the oldest."""
        return len(self.hops) - index

    def delay(self, index: int) -> float | None:
        """Return the seconds since the hop before it (the next older); negative when clocks disagree."""
        older = self.hops[index + 1].when.utc if index + 1 < len(self.hops) else None
        own = self.hops[index].when.utc
        return None if older is None or own is None else (own - older).total_seconds()


def read_route(block: HeaderBlock, hops: tuple[Hop, ...], authorities: Iterable[tuple[int, str]]) -> Route:
    """Find the boundary. ``authorities`` are (line, id) of the authentication results."""
    boundary = _boundary(hops)
    limit = hops[boundary].line if boundary is not None else (hops[-1].line if hops else 0)
    recipient = _recipient(block, hops, boundary, limit)
    above = [name for line, name in authorities if line < limit]
    return Route(hops=hops, boundary=boundary, recipient=recipient, named_by=_named(hops, boundary, recipient, above))


def _boundary(hops: tuple[Hop, ...]) -> int | None:
    for index, hop in enumerate(hops):
        if not hop.has_from or any(word in hop.protocol.lower() for word in _FETCHING):
            continue
        if hop.peer.address is not None and is_internal(hop.peer.address):
            continue
        return index
    return None


def is_internal(address: str) -> bool:
    """Whether an address cannot have crossed the border of a network (loopback, private, 6to4 of private)."""
    parsed = fields.parse_ip(address)
    return parsed is not None and any(parsed in net for net in _INTERNAL if net.version == parsed.version)


def _recipient(block: HeaderBlock, hops: tuple[Hop, ...], boundary: int | None, limit: int) -> str:
    """Return the address to which the message was delivered, as the recipient's side says; "" if it does not."""
    for field in block.fields:
        if field.name.lower() in RECIPIENT_FIELDS and (not hops or field.line < limit) and field.value.strip():
            found = mailboxes(field.value)
            return found[0].address if found and found[0].address else field.value.strip()
    trusted = hops[: boundary + 1] if boundary is not None else hops[:1]
    named = (hop.recipient for hop in reversed(trusted))  # the first server knows the address that the sender used
    return next((address for address in named if "." in address.rpartition("@")[2] and "@" in address), "")


def _named(hops: tuple[Hop, ...], boundary: int | None, recipient: str, authorities: list[str]) -> str:
    if not hops:
        return ""
    by = hops[boundary if boundary is not None else 0].by
    if recipient and same_side(by, recipient.rpartition("@")[2]):
        return f"the message was delivered to {recipient}"
    named = next((name for name in authorities if same_side(by, name)), "")
    return f"an authentication result of {named} stands above it" if named else ""


def same_side(host: str, name: str) -> bool:
    """Whether a host and a domain belong together: equal, one below the other's site, or one provider's domains."""
    one, other = site_of(host), site_of(name)
    return bool(one) and (one == other or any(_within(one, family) and _within(other, family) for family in _FAMILIES))


def _within(site: str, family: set[str]) -> bool:
    return any(site == domain or site.endswith(f".{domain}") for domain in family)


def site_of(host: str) -> str:
    """Return the site of a host: its last two labels, or three below a second level such as ``com.az``.

    An approximation of the registrable domain without the Public Suffix List, and used only to say more or less trust.
    Addresses and single labels have none ("").
    """
    labels = host.strip("[]. ").lower().split(".")
    if len(labels) < 2 or fields.parse_ip(host.strip("[]")) is not None or not all(labels):  # noqa: PLR2004 - a name
        return ""
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL  # noqa: PLR2004 - country code
    return ".".join(labels[-3:] if deep else labels[-2:])
