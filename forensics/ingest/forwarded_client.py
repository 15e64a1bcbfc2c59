"""Which of several addresses is the client, where a server logs its peer and what its proxies handed on.

Of a forwarded list the *last* entry counts: the server's own proxy wrote it, the others came with the request and can be
forged. A last entry of a private network or of the machine itself is a proxy behind the proxy, no client: there the one
address that can have come from outside is taken; where that holds for several, none is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from forensics.ingest import fields
from forensics.ingest.mail_networks import is_internal
from forensics.model import NO_ADDRESS, AddressSeen

GATEWAY = "the gateway of a container network stands for every client"
_GATEWAY = re.compile(r"172\.(?:1[6-9]|2\d|3[01])\.0\.1")


def not_the_gateway(seen: AddressSeen) -> AddressSeen:
    """Return what was seen, without an address where it is the gateway of Docker's networks: it hands on all clients.

    It adds no header: a forwarded list in what it hands on may be the client's own.
    """
    return AddressSeen(address=None, text=seen.text) if _GATEWAY.fullmatch(seen.address or "") else seen


def not_the_server(seen: AddressSeen) -> AddressSeen:
    """Return what was seen, without an address where it is the machine itself: a proxy or a program there, no client."""
    return AddressSeen(address=None, text=seen.text) if is_loopback(seen.address) else seen


def is_loopback(address: str | None) -> bool:
    """Whether an address in its canonical spelling is the machine's own."""
    return address is not None and (address == "::1" or address.startswith("127."))


def entries(listed: str) -> list[AddressSeen]:
    """Return the entries of ``A, B, C``; what is no address has none."""
    return [fields.address(entry.strip()) for entry in listed.split(",")]


def last_of(listed: str) -> AddressSeen:
    """Return the client of a forwarded list; its text is that entry's own."""
    seen = entries(listed)
    last = seen[-1].address
    return seen[-1] if len(seen) == 1 or last is None or not is_internal(last) else from_outside(seen)


def from_outside(seen: Sequence[AddressSeen]) -> AddressSeen:
    """Return the only one that can have come from outside; none where that holds for several, or for none."""
    outside = [item for item in seen if item.address is not None and not is_internal(item.address)]
    return outside[0] if len(outside) == 1 else NO_ADDRESS


def behind(peer: AddressSeen, listed: str) -> AddressSeen:
    """Return the client where ``peer`` asked and handed on a list: the peer, unless it is a proxy inside.

    The text keeps the list beside the peer.
    """
    if not listed.strip(" -"):
        return peer
    seen = peer
    if peer.address is None or is_internal(peer.address):
        seen = from_outside([peer, *entries(listed)])
    return AddressSeen(address=seen.address, port=seen.port, text=f"{peer.text} ({listed})", form=seen.form)
