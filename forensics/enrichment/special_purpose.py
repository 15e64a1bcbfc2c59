"""The IANA special-purpose address registries (RFC 6890, RFC 8190), as of 2026-07-18.

Every row of both registries is here, in their order, compared with a copy of the registries' own tables of that day.

An address in one of these blocks belongs to no announced network, so no snapshot of the Internet is asked about it.
Python's ``ipaddress`` is not this table: its notion of "global" differs for 192.88.99.0/24, 100.64.0.0/10, 3fff::/20,
5f00::/16 and others, and changes between Python releases.

The three rows at the end, without a month, are from the neighbouring IANA registries (multicast and site-local), because
they hold no hosts either; their ``rfc`` says where they come from.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensics.enrichment.addresses import Address, Network

AS_OF = date(2026, 7, 18)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialPurpose:
    """One row: block, name in the registry, defining RFC, and "globally reachable" (``None``: not applicable).

    ``allocated`` and ``terminated`` are the registry's months, as ``YYYY-MM``; "" where it states none. What it terminated
    stays in the table, because the block is announced by nobody since.
    """

    prefix: Network
    allocated: str
    terminated: str
    name: str
    rfc: str
    globally_reachable: bool | None
    classes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the row in one line for a report."""
        return f"{self.name} ({self.prefix}, {self.rfc})"


YES, NO = True, False  # the registry's column "Globally Reachable"
NOT_APPLICABLE = None


def _row(prefix: str, months: str, name: str, rfc: str, reachable: bool | None, *classes: str) -> SpecialPurpose:  # noqa: FBT001 - a table row
    allocated, _, terminated = months.partition(" ")
    return SpecialPurpose(
        prefix=ipaddress.ip_network(prefix),
        allocated=allocated,
        terminated=terminated,
        name=name,
        rfc=rfc,
        globally_reachable=reachable,
        classes=classes,
    )


TABLE: tuple[SpecialPurpose, ...] = (
    _row("0.0.0.0/8", "1981-09", "This network", "RFC 791", NO),
    _row("0.0.0.0/32", "1981-09", "This host on this network", "RFC 1122", NO),
    _row("10.0.0.0/8", "1996-02", "Private-Use", "RFC 1918", NO),
    _row("100.64.0.0/10", "2012-04", "Shared Address Space", "RFC 6598", NO, "cgnat"),
    _row("127.0.0.0/8", "1981-09", "Loopback", "RFC 1122", NO),
    _row("169.254.0.0/16", "2005-05", "Link Local", "RFC 3927", NO),
    _row("172.16.0.0/12", "1996-02", "Private-Use", "RFC 1918", NO),
    _row("192.0.0.0/24", "2010-01", "IETF Protocol Assignments", "RFC 6890", NO),
    _row("192.0.0.0/29", "2011-06", "IPv4 Service Continuity Prefix", "RFC 7335", NO),
    _row("192.0.0.8/32", "2015-03", "IPv4 dummy address", "RFC 7600", NO),
    _row("192.0.0.9/32", "2015-10", "Port Control Protocol Anycast", "RFC 7723", YES),
    _row("192.0.0.10/32", "2017-02", "Traversal Using Relays around NAT Anycast", "RFC 8155", YES),
    _row("192.0.0.170/32", "2013-02", "NAT64/DNS64 Discovery", "RFC 8880", NO),
    _row("192.0.0.171/32", "2013-02", "NAT64/DNS64 Discovery", "RFC 8880", NO),
    _row("192.0.2.0/24", "2010-01", "Documentation (TEST-NET-1)", "RFC 5737", NO),
    _row("192.31.196.0/24", "2014-12", "AS112-v4", "RFC 7535", YES),
    _row("192.52.193.0/24", "2014-12", "AMT", "RFC 7450", YES),
    _row("192.88.99.0/24", "2001-06 2015-03", "Deprecated (6to4 Relay Anycast)", "RFC 7526", NOT_APPLICABLE),
    _row("192.88.99.2/32", "2012-10", "6a44-relay anycast address", "RFC 6751", NO),
    _row("192.168.0.0/16", "1996-02", "Private-Use", "RFC 1918", NO),
    _row("192.175.48.0/24", "1996-01", "Direct Delegation AS112 Service", "RFC 7534", YES),
    _row("198.18.0.0/15", "1999-03", "Benchmarking", "RFC 2544", NO),
    _row("198.51.100.0/24", "2010-01", "Documentation (TEST-NET-2)", "RFC 5737", NO),
    _row("203.0.113.0/24", "2010-01", "Documentation (TEST-NET-3)", "RFC 5737", NO),
    _row("240.0.0.0/4", "1989-08", "Reserved", "RFC 1112", NO),
    _row("255.255.255.255/32", "1984-10", "Limited Broadcast", "RFC 919", NO),
    _row("::1/128", "2006-02", "Loopback Address", "RFC 4291", NO),
    _row("::/128", "2006-02", "Unspecified Address", "RFC 4291", NO),
    _row("::ffff:0:0/96", "2006-02", "IPv4-mapped Address", "RFC 4291", NO),
    _row("64:ff9b::/96", "2010-10", "IPv4-IPv6 Translation", "RFC 6052", YES),
    _row("64:ff9b:1::/48", "2017-06", "IPv4-IPv6 Translation, local use", "RFC 8215", NO),
    _row("100::/64", "2012-06", "Discard-Only Address Block", "RFC 6666", NO),
    _row("100:0:0:1::/64", "2025-04", "Dummy IPv6 Prefix", "RFC 9780", NO),
    _row("2001::/23", "2000-09", "IETF Protocol Assignments", "RFC 2928", NO),
    _row("2001::/32", "2006-01", "TEREDO", "RFC 4380", NOT_APPLICABLE),
    _row("2001:1::1/128", "2015-10", "Port Control Protocol Anycast", "RFC 7723", YES),
    _row("2001:1::2/128", "2017-02", "Traversal Using Relays around NAT Anycast", "RFC 8155", YES),
    _row("2001:1::3/128", "2024-04", "DNS-SD Service Registration Protocol Anycast", "RFC 9665", YES),
    _row("2001:2::/48", "2008-04", "Benchmarking", "RFC 5180", NO),
    _row("2001:3::/32", "2014-12", "AMT", "RFC 7450", YES),
    _row("2001:4:112::/48", "2014-12", "AS112-v6", "RFC 7535", YES),
    _row("2001:10::/28", "2007-03 2014-03", "Deprecated (previously ORCHID)", "RFC 4843", NOT_APPLICABLE),
    _row("2001:20::/28", "2014-07", "ORCHIDv2", "RFC 7343", YES),
    _row("2001:30::/28", "2022-12", "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "RFC 9374", YES),
    _row("2001:db8::/32", "2004-07", "Documentation", "RFC 3849", NO),
    _row("2002::/16", "2001-02", "6to4", "RFC 3056", NOT_APPLICABLE),
    _row("2620:4f:8000::/48", "2011-05", "Direct Delegation AS112 Service", "RFC 7534", YES),
    _row("3fff::/20", "2024-07", "Documentation", "RFC 9637", NO),
    _row("5f00::/16", "2024-04", "Segment Routing (SRv6) SIDs", "RFC 9602", NO),
    _row("fc00::/7", "2005-10", "Unique-Local", "RFC 4193", NO),
    _row("fe80::/10", "2006-02", "Link-Local Unicast", "RFC 4291", NO),
    _row("224.0.0.0/4", "", "Multicast", "RFC 5771", NO),
    _row("ff00::/8", "", "Multicast", "RFC 4291", NO),
    _row("fec0::/10", "", "Deprecated (Site-Local Unicast)", "RFC 3879", NO),
)


@cache
def _by_length(version: int) -> tuple[tuple[int, dict[int, SpecialPurpose]], ...]:
    """Return (shift, block number → row) of one family, longest prefix first: the first hit is the narrowest."""
    found: dict[int, dict[int, SpecialPurpose]] = {}
    for row in TABLE:
        if row.prefix.version == version:
            shift = row.prefix.max_prefixlen - row.prefix.prefixlen
            found.setdefault(shift, {})[int(row.prefix.network_address) >> shift] = row
    return tuple(sorted(found.items()))


@cache
def first_bytes(version: int) -> frozenset[int]:
    """Return the first bytes of addresses of one family that may be special at all: most are told apart by theirs."""
    return frozenset(
        first
        for row in TABLE
        if row.prefix.version == version
        for first in range(row.prefix.network_address.packed[0], row.prefix.broadcast_address.packed[0] + 1)
    )


def special_purpose(address: Address) -> SpecialPurpose | None:
    """Return the narrowest special-purpose block that holds the address, or ``None`` for ordinary space."""
    number = int(address)
    if number >> (address.max_prefixlen - 8) not in first_bytes(address.version):
        return None
    for shift, blocks in _by_length(address.version):
        row = blocks.get(number >> shift)
        if row is not None:
            return row
    return None
