"""Many addresses at once, as columns: read, unwrapped and told apart by special purpose exactly as one by one.

The one by one is ``addresses.parse``, ``addresses.unwrap`` and ``special_purpose``; the test holds both equal.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forensics.enrichment.addresses import pack_v6, parse, unwrap
from forensics.enrichment.lookup import V4, V6
from forensics.enrichment.special_purpose import TABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forensics.enrichment.addresses import Address, Network

NOT_SPECIAL = -1
_HALF = 64
_LOW = (1 << _HALF) - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crowd:
    """Addresses in the order given, each array of shape (n,), about the address that is looked up.

    ``version`` is its family, ``high`` and ``low`` the halves of its number as ``uint64`` (IPv4: ``high`` is 0),
    ``special`` the row of ``special_purpose.TABLE`` or ``NOT_SPECIAL``; ``embedded``: it was taken out of another address.
    """

    version: NDArray[np.uint8]
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    special: NDArray[np.int64]
    embedded: NDArray[np.bool_]

    def packed(self, places: NDArray[np.int64], version: int) -> NDArray[Any]:
        """Return addresses of one family as ``RangeTable.find`` takes them."""
        if version == V4:
            return self.low[places].astype(np.uint32)
        return np.stack([self.high[places], self.low[places]], axis=1)

    def address(self, place: int) -> Address:
        """Return one of the addresses."""
        low = int(self.low[place])
        return IPv4Address(low) if self.version[place] == V4 else IPv6Address(int(self.high[place]) << _HALF | low)


def crowd(texts: Sequence[str]) -> Crowd:
    """Read many addresses.

    Raises:
        UsageError: a text is no address.
    """
    version = np.array([V6 if ":" in text else V4 for text in texts], np.uint8)
    high, low = np.zeros(len(texts), np.uint64), np.zeros(len(texts), np.uint64)
    for family, kind in ((V4, socket.AF_INET), (V6, socket.AF_INET6)):
        places = np.flatnonzero(version == family)
        high[places], low[places] = _numbers([texts[place] for place in places.tolist()], kind)
    embedded = (version == V6) & np.logical_or.reduce([block.holds(high, low) for block in _EMBEDDING])
    for place in np.flatnonzero(embedded).tolist():
        inner = unwrap(parse(texts[place]))
        embedded[place] = bool(inner.kind)
        version[place], high[place], low[place] = inner.address.version, *_halves(inner.address)
    return Crowd(version=version, high=high, low=low, special=_special(version, high, low), embedded=embedded)


def _numbers(texts: Sequence[str], kind: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the halves of addresses of one family."""
    packed = _packed(texts, kind)
    if kind == socket.AF_INET:
        low = np.frombuffer(packed, ">u4").astype(np.uint64)
        return np.zeros_like(low), low
    halves = np.frombuffer(packed, ">u8").astype(np.uint64).reshape(-1, 2)
    return halves[:, 0], halves[:, 1]


def _packed(texts: Sequence[str], kind: int) -> bytes:
    """Read texts of one family; where one of them is odd, all of them with care."""
    read = socket.inet_pton
    if not any("%" in text for text in texts):  # an interface of another machine, which some systems would take
        try:
            return b"".join([read(kind, text) for text in texts])
        except (OSError, ValueError):
            pass
    return b"".join([parse(text).packed for text in texts])


def _halves(address: Address) -> tuple[np.uint64, np.uint64]:
    high, low = pack_v6([int(address)])[0]
    return high, low


class _Block(NamedTuple):
    """A block as the bits of both halves that its addresses have, with their masks; its row in the table, if any."""

    bits: tuple[np.uint64, np.uint64]
    mask: tuple[np.uint64, np.uint64]
    row: int = NOT_SPECIAL

    def holds(self, high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether it holds addresses of its family."""
        found: NDArray[np.bool_] = low & self.mask[1] == self.bits[1]
        return found & (high & self.mask[0] == self.bits[0]) if self.mask[0] else found


def _block(prefix: Network, row: int = NOT_SPECIAL) -> _Block:
    first, mask = int(prefix.network_address), int(prefix.netmask)
    halves = [np.uint64(part) for number in (first, mask) for part in (number >> _HALF, number & _LOW)]
    return _Block((halves[0], halves[1]), (halves[2], halves[3]), row)


_EMBEDDING = tuple(_block(IPv6Network(text)) for text in ("::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "2001::/32"))
"""Where an IPv6 address may hold an IPv4 one (``addresses.unwrap`` says whether it does)."""


@cache
def _blocks(version: int) -> tuple[_Block, ...]:
    """Return the special blocks of a family, the widest first."""
    rows = sorted(enumerate(TABLE), key=lambda pair: pair[1].prefix.prefixlen)
    return tuple(_block(item.prefix, row) for row, item in rows if item.prefix.version == version)


def _special(version: NDArray[np.uint8], high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the narrowest special-purpose block of each address."""
    found = np.full(len(version), NOT_SPECIAL, np.int64)
    for family in (V4, V6):
        places = np.flatnonzero(version == family)
        if len(places):
            rows, upper, lower = found[places], high[places], low[places]
            for block in _blocks(family):
                rows[block.holds(upper, lower)] = block.row
            found[places] = rows
    return found
