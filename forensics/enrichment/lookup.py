"""Flat, disjoint address ranges in numpy: which row holds an address, and how many addresses a set of rows holds.

A longest-prefix tree is flattened once into sorted ranges that do not overlap; one binary search then answers. IPv4
addresses are ``uint32``; IPv6 addresses are two ``uint64`` halves, searched by the upper half and, only where several
ranges share it, by the lower half.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from forensics.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from forensics.enrichment.addresses import Address

NO_ROW = -1
V4, V6 = 4, 6  # families
_HALF = 64
_LOW = (1 << _HALF) - 1


def pack_country(code: str) -> int:
    """Return a two-letter code as the ``uint16`` that tables hold; "" is 0."""
    return int.from_bytes(code.encode("ascii"), "big")


def country_code(packed: int) -> str:
    """Return the two letters of a packed code; 0 is "" (no country stated)."""
    return packed.to_bytes(2, "big").decode("ascii") if packed else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RangeTable:
    """Ranges of one family (4 or 6) in ascending order; both ends are inclusive.

    ``start`` and ``end`` are (addresses,) for IPv4 and (upper half, lower half) for IPv6. Per row: ``asn`` (0: not
    announced, AS 0 being reserved by RFC 7607), ``country`` (packed, 0: not stated), ``classes`` (index into
    ``class_sets``). Two more columns that few sources have (``None``: the source has none): ``origins``, an index into
    ``origin_sets`` where one prefix has several origins, 0 for the usual single one; ``visibility``, the percentage of
    a route collector's peers that saw this origin, 0 for "not stated". A word of ``origin_sets`` is an AS number, or
    several joined by commas where the origin is an AS set; the most frequent comes first.
    """

    family: int
    start: tuple[NDArray[Any], ...]
    end: tuple[NDArray[Any], ...]
    asn: NDArray[np.uint32]
    country: NDArray[np.uint16]
    classes: NDArray[np.uint8]
    class_sets: tuple[tuple[str, ...], ...] = ((),)
    origins: NDArray[np.uint32] | None = None
    origin_sets: tuple[tuple[str, ...], ...] = ((),)
    visibility: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        """Return the number of ranges."""
        return len(self.asn)

    def origin_words(self, index: int) -> tuple[str, ...]:
        """Return the origins of an entry of ``origin_sets`` as "AS64500" or "{AS64501, AS64502}" (an AS set)."""
        return tuple(_origin_text(word) for word in self.origin_sets[index])

    def check(self) -> None:
        """Raise ``DataError`` unless every range is well formed and lies wholly behind the one before it."""
        if not bool((~_less(self.end, self.start)).all()):
            message = f"IPv{self.family} table has a range that ends before it starts"
            raise DataError(message)
        before, after = tuple(part[:-1] for part in self.end), tuple(part[1:] for part in self.start)
        if not bool(_less(before, after).all()):
            message = f"IPv{self.family} table is not sorted or has ranges that overlap"
            raise DataError(message)

    def find(self, addresses: NDArray[Any]) -> NDArray[np.int64]:
        """Return for each packed address the row that holds it, or ``NO_ROW``.

        ``addresses`` is ``uint32`` of shape (n,) for IPv4 and ``uint64`` of shape (n, 2) for IPv6.
        """
        import numpy as np

        wanted = _halves(addresses)
        if not len(self):
            return np.full(len(wanted[0]), NO_ROW, dtype=np.int64)
        row = self._last_start(wanted)
        held = np.maximum(row, 0)
        outside = _less(tuple(part[held] for part in self.end), wanted)
        row[outside] = NO_ROW
        return row

    def find_sorted(self, addresses: NDArray[Any]) -> NDArray[np.int64]:
        """Answer as ``find`` does, for addresses in ascending order: the ranges are looked for among the addresses."""
        import numpy as np

        if len(addresses) < len(self) or not len(self):  # few addresses: each is looked for by itself
            return self.find(addresses)
        wanted = _halves(addresses)
        first = _places(wanted, self.start, behind=False)
        behind = _places(wanted, self.end, behind=True)
        lengths = np.empty(2 * len(self) + 1, dtype=np.int64)  # gap, range, gap, range, ... gap
        lengths[0], lengths[-1] = first[0], len(wanted[0]) - behind[-1]
        lengths[1::2], lengths[2:-1:2] = behind - first, first[1:] - behind[:-1]
        rows = np.full(len(lengths), NO_ROW, dtype=np.int64)
        rows[1::2] = np.arange(len(self))
        return np.repeat(rows, lengths)

    def _last_start(self, wanted: tuple[NDArray[Any], ...]) -> NDArray[np.int64]:
        """Return the last row whose start is not behind the address; -1 if there is none."""
        import numpy as np

        upper = self.start[0]
        row = np.searchsorted(upper, wanted[0], side="right").astype(np.int64) - 1
        if self.family == V4:
            return row
        held = np.maximum(row, 0)
        shared = np.flatnonzero((row >= 0) & (upper[held] == wanted[0]) & (self.start[1][held] > wanted[1]))
        if len(shared):
            row[shared] = self._search_low(wanted[0][shared], wanted[1][shared], row[shared])
        return row

    def _search_low(
        self, high: NDArray[np.uint64], low: NDArray[np.uint64], last: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Bisect by the lower half among the rows that share the upper half; ``last`` is the last of those rows."""
        import numpy as np

        left = np.searchsorted(self.start[0], high, side="left").astype(np.int64)
        right = (
            last.copy()
        )  # invariant: rows before ``left`` start at or before the address, ``right`` starts behind it
        while bool((left < right).any()):
            middle = (left + right) // 2
            fits = self.start[1][middle] <= low
            left = np.where(fits, middle + 1, left)
            right = np.where(fits, right, middle)
        return left - 1

    def sizes(self) -> NDArray[np.int64]:
        """Return the number of addresses of each IPv4 range."""
        import numpy as np

        if self.family != V4:
            message = "only IPv4 addresses are counted: a count of IPv6 addresses says nothing about hosts"
            raise ValueError(message)
        return self.end[0].astype(np.int64) - self.start[0].astype(np.int64) + 1

    def announced_by(self, country: str) -> dict[int, int]:
        """Return AS number → announced IPv4 addresses of a country, in ascending order of the AS number."""
        import numpy as np

        kept = (self.country == np.uint16(pack_country(country))) & (self.asn != 0)
        numbers, place = np.unique(self.asn[kept], return_inverse=True)
        counts = np.zeros(len(numbers), dtype=np.int64)
        np.add.at(counts, place, self.sizes()[kept])
        return dict(zip(numbers.tolist(), counts.tolist(), strict=True))

    def bounds(self, row: int) -> tuple[int, int]:
        """Return first and last address of a row as integers."""
        first, last = 0, 0
        for lower, upper in zip(self.start, self.end, strict=True):
            first, last = (first << _HALF) | int(lower[row]), (last << _HALF) | int(upper[row])
        return first, last

    def prefix_around(self, row: int, address: Address) -> str:
        """Return the largest CIDR block that holds the address and lies wholly inside the row's range."""
        first, last = self.bounds(row)
        size = last - first + 1
        if size & size - 1 == 0 and first % size == 0:  # the row is a block itself, as most are
            return _block(address.version, first, size)
        number = int(address)
        width: int = address.max_prefixlen
        host = 0  # bits behind the prefix; a block that fits lies in every larger block that fits
        while host < width:
            begin = number >> host + 1 << host + 1
            if begin < first or begin + (2 << host) - 1 > last:
                break
            host += 1
        return f"{type(address)(number >> host << host)}/{width - host}"


@lru_cache(maxsize=16_384)
def _block(version: int, first: int, size: int) -> str:
    address = ipaddress.IPv4Address(first) if version == V4 else ipaddress.IPv6Address(first)
    return f"{address}/{address.max_prefixlen - size.bit_length() + 1}"


def find_in_all(tables: Sequence[RangeTable], addresses: NDArray[Any]) -> list[NDArray[np.int32]]:
    """Return what ``find`` of every table returns; the addresses are sorted once for all of them."""
    import numpy as np

    order = _order(_halves(addresses))
    ordered = addresses[order]
    back = np.empty(len(order), dtype=np.int32)
    back[order] = np.arange(len(order), dtype=np.int32)
    return [table.find_sorted(ordered).astype(np.int32)[back] for table in tables]


def _order(halves: tuple[NDArray[Any], ...]) -> NDArray[np.int64]:
    """Return the places of addresses in ascending order; lower halves are sorted only where upper ones are equal."""
    import numpy as np

    order = np.argsort(halves[0])
    if len(halves) > 1:
        upper = halves[0][order]
        same = np.zeros(len(order) + 1, dtype=np.bool_)
        same[1:-1] = upper[1:] == upper[:-1]
        tied = np.flatnonzero(same[:-1] | same[1:])
        order[tied] = order[tied][np.lexsort((halves[1][order[tied]], upper[tied]))]
    return order


def _places(addresses: tuple[NDArray[Any], ...], edges: tuple[NDArray[Any], ...], *, behind: bool) -> NDArray[np.int64]:
    """Return for each edge of a range the number of sorted addresses before it, or up to and with it (``behind``)."""
    import numpy as np

    side: Literal["left", "right"] = "right" if behind else "left"
    place: NDArray[np.int64] = np.searchsorted(addresses[0], edges[0], side=side).astype(np.int64)
    if len(addresses) == 1:
        return place
    inner = np.flatnonzero(edges[1] != np.uint64(_LOW if behind else 0))  # edges within a block of 2^64 addresses
    for at in inner.tolist():
        from_, to = (int(np.searchsorted(addresses[0], edges[0][at], side=end)) for end in ("left", "right"))
        place[at] = from_ + int(np.searchsorted(addresses[1][from_:to], edges[1][at], side=side))
    return place


def _origin_text(word: str) -> str:
    """Return an origin as people write it."""
    members = [f"AS{number}" for number in word.split(",")]
    return members[0] if len(members) == 1 else "{" + ", ".join(members) + "}"


def _less(left: tuple[NDArray[Any], ...], right: tuple[NDArray[Any], ...]) -> NDArray[np.bool_]:
    """Compare element by element: left < right, upper halves first."""
    smaller: NDArray[np.bool_] = left[0] < right[0]
    if len(left) > 1:
        smaller |= (left[0] == right[0]) & (left[1] < right[1])
    return smaller


def _halves(addresses: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return (addresses,) or (upper, lower), contiguous, because strided search is twice as slow."""
    import numpy as np

    if addresses.ndim == 1:
        return (addresses,)
    return (np.ascontiguousarray(addresses[:, 0]), np.ascontiguousarray(addresses[:, 1]))
