"""The way of a message, and where trust in what is written about it ends.

Every server adds its ``Received`` at the top, so a hop is only as reliable as the servers above it. The *boundary* is
the topmost hop that took the message from outside: everything above it was written on the recipient's side,
everything below it came with the message and can be forged, however plausible it looks. Hops that hand on inside a
network (private or loopback peer, local delivery, fetching from a mailbox) are passed over to find it, and so are
hops between servers of one provider, as far as names and addresses of the chain agree. A forged hop can never lie
above the boundary, save where a server saw an address of its own network only (behind a proxy that hides its clients)
and the next hop is of a stranger by its name: there the chain is read no further, and there is no address. Servers of
one side are those whose names show it (``servers``); results of others count for nothing. Whether the boundary's server
belongs to the recipient is a second question: it is
``true`` where the recipient's address or an authentication result names it, else ``unknown``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.ingest.mail_networks import (
    are_near,
    is_exchange_online,
    is_filter,
    is_internal,
    is_large_provider,
    is_one_host,
    is_rented,
    public_site,
    same_side,
)
from forensics.ingest.mail_words import mailboxes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forensics.ingest.mail_headers import HeaderBlock
    from forensics.ingest.mail_hops import Hop

RECIPIENT_FIELDS = (
    "delivered-to", "x-original-to", "x-delivered-to", "envelope-to", "x-envelope-to", "x-apparently-to",
)  # fmt: skip

EXCHANGE_ONLINE = ".outlook.com"
_ORGANISATION = "x-ms-exchange-organization-"
_FETCHING = ("pop", "imap")
_TO_MAILBOX = ("lmtp",)
"""Protocols that lead from a server to its own mailboxes, never between strangers (RFC 2033 section 1)."""

_SEARCHED = re.compile(r"scanned|qmail-scanner|spamassassin|mimedefang", re.IGNORECASE)
"""How a message comes back into its server from the program that searched it for spam; such a hop has no address."""

_APPLE_INNER = re.compile(r"p\d+-(?:mailgateway-smtp|icloudmta)-[a-z0-9-]+")
"""Bare names of Apple's inner servers, which write no address of the server before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The hops in file order (newest first), the index of the boundary, and what names its server as the recipient's.

    ``named_by`` is "" when nothing does. ``servers`` are the names of the servers down to the one that took the
    message from outside, as far as they are of one side. Some providers write an internal address as the name of that one
    (Yahoo), and a host only further up.
    """

    hops: tuple[Hop, ...]
    boundary: int | None
    recipient: str
    named_by: str
    servers: tuple[str, ...]

    @property
    def boundary_hop(self) -> Hop | None:
        """The hop that took the message from outside."""
        return None if self.boundary is None else self.hops[self.boundary]

    @property
    def filtered_by(self) -> str:
        """The name of the filter service from which the message came, as looked up or else as it said; "" for others.

        It can be the recipient's: then the hop below says who handed the message to it.
        """
        hop = self.boundary_hop
        name = "" if hop is None else hop.reverse or hop.claimed
        return name if is_filter(name) else ""

    def trust(self, index: int) -> tuple[bool | str, str]:
        """Say how far a hop can be trusted (``True``, ``False`` or ``"unknown"``), and why."""
        if self.boundary is None or index <= self.boundary:
            if self.named_by:
                return True, f"written by a server of the recipient's side ({self.named_by})"
            return "unknown", "topmost hops of the message, but nothing names their server as the recipient's"
        return False, "claimed by the sender's side: came with the message from outside and can be forged"

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
    boundary = _boundary(block, hops)
    limit = hops[boundary].line if boundary is not None else (hops[-1].line if hops else 0)
    recipient = _recipient(block, hops, boundary, limit)
    above = [name for line, name in authorities if line < limit]
    servers = _servers(block, hops[: (boundary or 0) + 1], recipient)
    strange = boundary is not None and bool(hops[boundary].by) and hops[boundary].by not in servers
    named_by = "" if strange else _named(block, servers, recipient, above)
    return Route(hops=hops, boundary=boundary, recipient=recipient, named_by=named_by, servers=servers)


def _known(block: HeaderBlock, hops: tuple[Hop, ...]) -> tuple[str, ...]:
    """Return the domains to which the message was delivered, from the fields above all hops and the topmost hop."""
    first = hops[0].line if hops else 0
    told = [item.value for name in RECIPIENT_FIELDS for item in block.all(name) if item.line < first]
    named = (_address(value) for value in (*told, *(hop.recipient for hop in hops[:1])))
    return tuple(address.rpartition("@")[2] for address in named if "@" in address)


def _boundary(block: HeaderBlock, hops: tuple[Hop, ...]) -> int | None:
    for index, hop in enumerate(hops):
        if not hop.has_from or any(word in hop.protocol.lower() for word in _FETCHING):
            continue
        if hop.peer.address is not None and is_internal(hop.peer.address):
            writer = _writer(hops, index + 1)
            if _is_foreign(hop, writer) and not _is_known(writer, _known(block, hops)):
                return index
            continue
        if hop.peer.address is None and _came_back(hop, _writer(hops, index + 1)):
            continue
        if not _handed_on(hop, hops[index + 1] if index + 1 < len(hops) else None):
            return index
    return None


def _writer(hops: tuple[Hop, ...], start: int) -> str:
    """Return the first name of a server from a hop on; qmail writes hops without one."""
    return next((hop.by for hop in hops[start:] if hop.by), "")


def _is_foreign(hop: Hop, writer: str) -> bool:
    """Whether a server saw an inner address only, and the next older hop is of a server of somebody else by its name.

    A mail server in a container, or behind a balancer, sees the address of its proxy instead of its clients', and the
    next hop is then the sender's.
    """
    if same_side(hop.by, writer) or not public_site(hop.by) or not public_site(writer):
        return False
    return not (hop.reverse and same_side(hop.reverse, hop.by))


def _is_known(host: str, names: Iterable[str]) -> bool:
    return any(same_side(host, name) for name in names)


def _came_back(hop: Hop, writer: str) -> bool:
    """Whether a hop without an address lies inside one host (search for spam), or one provider (Apple)."""
    if _SEARCHED.search(hop.protocol):
        return bool(writer) and is_one_host(hop.by, writer)
    apple = same_side(writer, "icloud.com") or _APPLE_INNER.fullmatch(writer) is not None
    return apple and _APPLE_INNER.fullmatch(hop.by) is not None and hop.claimed.lower() == writer


def _servers(block: HeaderBlock, hops: tuple[Hop, ...], recipient: str) -> tuple[str, ...]:
    """Return the names of the servers above the border that show themselves to be of the recipient's side.

    The topmost is. Others are by a bare or private name, by the site of one that is, by the recipient's domain, because
    the one above fetched from it, or, where all above have private names, as a large provider's.
    """
    own: list[str] = []
    above: Hop | None = None
    for hop in hops:
        if not hop.by:
            continue
        shown = above is None or _is_known(hop.by, own) or not public_site(hop.by) or _is_joined(hop.by, above, own)
        if shown or _is_known(hop.by, (recipient.rpartition("@")[2], *_known(block, hops))):
            own.append(hop.by)
        above = hop
    return tuple(own)


def _is_joined(host: str, above: Hop, own: list[str]) -> bool:
    """Whether the hop above fetched from a server, or all above have private names and it is a large provider's."""
    if any(word in above.protocol.lower() for word in (*_FETCHING, *_TO_MAILBOX)):
        return True
    return is_large_provider(host) and not any(map(public_site, own))


def _handed_on(hop: Hop, older: Hop | None) -> bool:
    """Whether a hop lies inside one provider: the server names its peer as a server of its own, which wrote the next.

    Three things must agree, because the name in ``from`` alone is the peer's own word: the peer belongs to the site of
    the server by the name that the server looked up, by lying in the network of the server's own address, or in one
    that only the servers of Exchange Online use; the next older hop was written by that peer; and its writer belongs to
    the site as well. What comes by the protocol of mailboxes comes from the server's own side.
    """
    if older is None:
        return False
    if hop.protocol.lower().startswith(_TO_MAILBOX):
        return True
    if not same_side(older.by, hop.by) or hop.doubted:
        return False
    names = {name.rstrip(".").lower() for name in (hop.reverse, hop.claimed) if name}
    if not any(is_one_host(older.by, name) for name in names):
        return False
    peer = hop.peer.address or ""
    if any(is_rented(name, peer) for name in names):
        return False
    looked_up = bool(hop.reverse) and same_side(hop.reverse, hop.by)
    return looked_up or bool(hop.by_address and are_near(hop.by_address, peer)) or _inside_exchange(hop, peer)


def _inside_exchange(hop: Hop, peer: str) -> bool:
    """Whether a hop of Exchange Online comes from one of its own servers; its last hop states no own address."""
    return hop.by.endswith((EXCHANGE_ONLINE, ".office365.com")) and is_exchange_online(peer)


def _recipient(block: HeaderBlock, hops: tuple[Hop, ...], boundary: int | None, limit: int) -> str:
    """Return the address to which the message was delivered, as the recipient's side says; "" if it does not."""
    named_here = [field for name in RECIPIENT_FIELDS for field in block.all(name)]
    local = ""  # a name inside one host, as of a program that fetches mail
    for field in sorted(named_here, key=lambda item: item.line):
        if (not hops or field.line < limit) and field.value.strip():
            address = _address(field.value)
            if not address.endswith("@localhost"):
                return address
            local = local or address
    trusted = hops[: boundary + 1] if boundary is not None else hops[:1]
    named = (hop.recipient for hop in reversed(trusted))  # the first server knows the address that the sender used
    return next((address for address in named if "." in address.rpartition("@")[2] and "@" in address), local)


def _address(value: str) -> str:
    """Return the address that a field names; Yahoo writes the time behind it."""
    found = mailboxes(value.partition(";")[0].partition(" via ")[0])
    return found[0].address if found and found[0].address else value.strip()


def _named(block: HeaderBlock, servers: tuple[str, ...], recipient: str, authorities: list[str]) -> str:
    domain = recipient.rpartition("@")[2]
    if domain and any(same_side(by, domain) for by in servers):
        return f"the message was delivered to {recipient}"
    named = next((name for name in authorities if any(same_side(by, name) for by in servers)), "")
    if named:
        return f"an authentication result of {named} stands above it"
    online = any(by.endswith(EXCHANGE_ONLINE) for by in servers)
    if online and any(name.startswith(_ORGANISATION) for name in block.names):
        return "fields of an Exchange organisation, which removes them from what comes from outside"
    return ""
