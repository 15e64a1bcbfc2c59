"""The address space of a country cut into cells in which every address gets the same link, by the model itself. Pure.

Nothing of the model is written a second time here: the space is cut wherever a ring may begin or end (ranges of the
snapshot, recorded addresses, their /24, announced prefix and assignment), and ``ring_of`` and ``link`` are asked about one
address of each cell. Counting cells is then exact enumeration, and drawing addresses is drawing cells by their size.

Innocents are IPv4 addresses that no list calls shared: a flag can only lower a ratio.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from forensics.attribution.rings import Member, ObservedAddress, Population, RecordSet, lines, nearest_record, ring_of
from forensics.attribution.strength import link

if TYPE_CHECKING:
    from forensics.attribution.parameters import Parameters
    from forensics.model import Link

_AROUND = 24
_V4 = 4

Range = tuple[int, int, int]
"""First and last IPv4 address (both inclusive) and the AS that announces them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Neighbouring addresses of one AS for which every set says the same."""

    first: int
    size: int
    asn: int


def cut(ranges: Iterable[Range], sets: Iterable[RecordSet]) -> tuple[Cell, ...]:
    """Return the cells of announced ranges, in ascending order; ranges may come in any order and must not overlap."""
    edges = sorted({edge for records in sets for item in records.usable for span in _spans(item) for edge in span})
    found = []
    for first, last, asn in sorted(ranges):
        starts = [first, *edges[bisect_right(edges, first) : bisect_right(edges, last)], last + 1]
        found += [Cell(first=a, size=b - a, asn=asn) for a, b in pairwise(starts)]
    return tuple(found)


def linked(
    cells: Sequence[Cell], records: RecordSet, population: Population, parameters: Parameters, at: datetime
) -> Iterator[Link]:
    """Yield the link of each cell to one set. Cells that differ in nothing that the model reads share one evaluation."""
    placing = _Placing(records, population, at)
    known: dict[object, Link] = {}
    for cell in cells:
        observed, ring, found = placing.place(cell)
        concerned = nearest_record(found)
        alike = (ring, placing.alike(concerned, cell.asn))
        if alike not in known:
            known[alike] = link(observed, records, population, parameters)
        yield known[alike] if concerned is None else replace(known[alike], record=concerned.record.id)


class _Placing:
    """Which ring of a set holds a cell, without asking about every record each time."""

    def __init__(self, records: RecordSet, population: Population, at: datetime) -> None:
        self._population, self._at = population, at
        self._near: dict[int, list[Member]] = defaultdict(list)
        self._wide: list[Member] = []
        self._by_as: dict[int, list[Member]] = defaultdict(list)
        self._classes: dict[str, set[str]] = defaultdict(set)
        self._outer: dict[int, tuple[str, list[Member]]] = {}
        for item in records.usable:
            self._classes[item.record.network].add(item.record.sharing_class)
            if item.asn is not None:
                self._by_as[item.asn].append(item)
            around = {first >> 32 - _AROUND for first, last in _spans(item) if last - first <= 1 << 32 - _AROUND}
            for key in around:
                self._near[key].append(item)
            if any(last - first > 1 << 32 - _AROUND for first, last in _spans(item)):
                self._wide.append(item)

    def place(self, cell: Cell) -> tuple[ObservedAddress, str, list[Member]]:
        """Return an address of the cell, its ring, and the members that put it there."""
        observed = ObservedAddress(
            address=str(ipaddress.IPv4Address(cell.first)),
            at=self._at,
            country=self._population.country,
            asn=cell.asn,
        )
        near = [*self._near.get(cell.first >> 32 - _AROUND, ()), *self._wide]
        ring, found = ring_of(observed, near, self._population)
        if ring not in {"origin_as", "country", "elsewhere"}:
            return observed, ring, found
        if cell.asn not in self._outer:
            self._outer[cell.asn] = ring_of(observed, self._by_as.get(cell.asn, ()), self._population)
        return observed, *self._outer[cell.asn]

    def alike(self, concerned: Member | None, asn: int) -> object:
        """Return all that the model reads of the record that a match rests on."""
        if concerned is None:
            return None
        record = concerned.record
        classes = tuple(sorted(self._classes[record.network]))
        placed = (concerned.window, concerned.gap_days, concerned.asn, concerned.asn == asn)
        return (*placed, record.sharing_class, lines(concerned), classes)


def _spans(item: Member) -> list[tuple[int, int]]:
    """Return where rings around a record may begin, and the address behind their end; IPv6 records have none here."""
    if item.network.version != _V4:
        return []
    around = item.network.supernet(new_prefix=_AROUND) if item.network.prefixlen > _AROUND else item.network
    blocks = [item.network, around]
    blocks += [ipaddress.ip_network(text) for text in (item.prefix, item.assignment) if text]
    return [(int(block[0]), int(block[-1]) + 1) for block in blocks if block.version == _V4]
