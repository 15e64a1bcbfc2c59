"""Look-up in memory: which records speak of an address, a prefix, an AS or another indicator, as of a day.

Two clocks. ``at`` is the day of the event and only decides the *window* (inside, before, after, unknown); it never
hides a record. ``known_at`` is the day of knowledge: records that were not yet, or no longer, recorded then are not
shown.

Blocks are sorted once; a range counts as the blocks it is made of. A query is a bisection and a walk up the covering
blocks: O(log n + depth + matches). What a match means is said by ``matching``.
"""

from __future__ import annotations

import ipaddress
import socket
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from forensics.registry.indicator import NETWORKS, Span, blocks, span
from forensics.registry.matching import Lookup, OriginAs, answer, known, question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from forensics.model import Record
    from forensics.registry.files import Registry
    from forensics.registry.matching import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranges:
    """Laminar ranges of one IP version, by start and then the wider first; ``parent`` is the next wider one, or -1."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    parents: tuple[int, ...]
    held: tuple[tuple[tuple[Registry, Record], ...], ...]

    def covering(self, start: int, end: int) -> Iterable[int]:
        """Yield the ranges that contain [start, end], the narrowest first."""
        index = bisect_right(self.starts, start) - 1
        while index >= 0:
            if self.ends[index] >= end:
                yield index
            index = self.parents[index]

    def inside(self, start: int, end: int) -> Iterable[int]:
        """Yield the ranges that lie inside [start, end]."""
        for index in range(bisect_left(self.starts, start), bisect_right(self.starts, end)):
            if self.ends[index] <= end:
                yield index

    def meeting(self, start: int, end: int) -> Iterable[int]:
        """Yield the ranges that share an address with [start, end]: whatever covers its first, or begins in it."""
        yield from self.covering(start, start)
        yield from range(bisect_right(self.starts, start), bisect_right(self.starts, end))


class Index:
    """All records of some registries, ready for look-ups."""

    def __init__(self, registries: Sequence[Registry]) -> None:
        """Sort the records once; the order of the registries is the order of equal matches."""
        networks: dict[Span, list[tuple[Registry, Record]]] = defaultdict(list)
        self._registries = tuple(registries)
        self._others: dict[tuple[str, str], list[tuple[Registry, Record]]] = defaultdict(list)
        for registry in registries:
            for record in registry.records:
                if record.kind in NETWORKS:
                    for block in _pieces(record):
                        networks[block].append((registry, record))
                else:
                    self._others[record.kind, record.network].append((registry, record))
        self._ranges = {version: _ranges(networks, version) for version in (4, 6)}

    def lookup(
        self,
        query: str,
        *,
        at: date | None = None,
        known_at: date | None = None,
        origin: OriginAs | None = None,
        neighbours: bool = False,
    ) -> Lookup:
        """Return every record that speaks of ``query``, the nearest ring first.

        Raises:
            UsageError: the query is nothing that a registry holds.
        """
        asked = question(query, origin=origin, neighbours=neighbours)
        order = {id(registry): place for place, registry in enumerate(self._registries)}
        held = sorted(self.near(asked), key=lambda item: order[id(item[0])])
        return answer(asked, held, at=at, known_at=known_at)

    def touches(self, address: str) -> bool:
        """Whether a record names the address, the /64 of an IPv6 address, or a block around it; superseded ones count not.

        The same as asking ``lookup`` for matches, for millions of addresses.
        """
        if ":" in address:
            version, start = 6, int(ipaddress.ip_address(address)) >> 64 << 64
            end = start | (1 << 64) - 1
        else:
            version = 4
            start = end = int.from_bytes(socket.inet_pton(socket.AF_INET, address))
        ranges = self._ranges[version]
        near = chain(ranges.covering(start, end), ranges.inside(start, end) if start != end else ())
        return any(known(record, None) for index in near for _, record in ranges.held[index])

    def touching(self, addresses: Sequence[str]) -> frozenset[int]:
        """Return the places of the addresses of which ``touches`` holds: most are on no record, and there may be millions."""
        import numpy as np

        found: list[int] = []
        for version, kind in ((4, socket.AF_INET), (6, socket.AF_INET6)):
            places = [place for place, text in enumerate(addresses) if (":" in text) == (version == 6)]  # noqa: PLR2004
            starts, ends = self._occupied[version]
            if not places or not len(starts):
                continue
            packed = b"".join([socket.inet_pton(kind, addresses[place]) for place in places])
            numbers = np.frombuffer(packed, ">u4" if version == 4 else ">u8").astype(np.uint64)  # noqa: PLR2004
            numbers = numbers if version == 4 else numbers[::2]  # noqa: PLR2004 - upper halves
            before = np.searchsorted(starts, numbers, side="right").astype(np.int64) - 1
            inside = (before >= 0) & (ends[np.maximum(before, 0)] >= numbers)
            found += [places[place] for place in np.flatnonzero(inside).tolist()]
        return frozenset(found)

    @cached_property
    def _occupied(self) -> dict[int, tuple[NDArray[np.uint64], NDArray[np.uint64]]]:
        """First and last numbers of the space that records cover, ascending, of IPv6 the upper halves, by version."""
        import numpy as np

        found = {}
        for version, bits in ((4, 0), (6, 64)):
            ranges, merged = self._ranges[version], list[list[int]]()
            for start, end, held in zip(ranges.starts, ranges.ends, ranges.held, strict=True):
                if any(known(record, None) for _, record in held):
                    if merged and start >> bits <= merged[-1][1]:
                        merged[-1][1] = max(merged[-1][1], end >> bits)
                    else:
                        merged.append([start >> bits, end >> bits])
            both = np.array(merged, np.uint64).reshape(-1, 2)
            found[version] = (both[:, 0].copy(), both[:, 1].copy())
        return found

    def near(self, asked: Question) -> Iterable[tuple[Registry, Record]]:
        """Yield the records that may speak of a question, for ``matching.answer``."""
        for kind, text in asked.texts:
            yield from self._others.get((kind, text), ())
        for item in asked.spans:
            ranges = self._ranges[item.version]
            for index in ranges.meeting(item.first, item.last):
                yield from ranges.held[index]


def _pieces(record: Record) -> list[Span]:
    found = span(record.network)
    if record.kind != "range":
        return [found]
    bits = 32 if found.version == 4 else 128  # noqa: PLR2004
    return [Span(found.version, first, first + (1 << (bits - length)) - 1) for first, length in blocks(found)]


def _ranges(networks: Mapping[Span, Sequence[tuple[Registry, Record]]], version: int) -> _Ranges:
    ordered = sorted((start, -end) for found, start, end in networks if found == version)
    starts, ends = tuple(start for start, _ in ordered), tuple(-end for _, end in ordered)
    parents: list[int] = []
    open_ranges: list[int] = []
    for index, start in enumerate(starts):
        while open_ranges and ends[open_ranges[-1]] < start:
            open_ranges.pop()
        parents.append(open_ranges[-1] if open_ranges else -1)
        open_ranges.append(index)
    held = tuple(tuple(networks[Span(version, start, end)]) for start, end in zip(starts, ends, strict=True))
    return _Ranges(starts=starts, ends=ends, parents=tuple(parents), held=held)
