"""A record set as it stands on a day, prepared so that weighing one address does not walk through all its records. Pure.

What the ring model asks of a set (who matches, how large the rings are, what the recorded addresses weigh together)
depends on few things: records are grouped by them once. ``rings`` defines what is asked; this module only finds it fast.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from forensics.attribution import noted, rings
from forensics.attribution.rings import (
    Member,
    Population,
    RecordSet,
    distinct,
    nearest_record,
    neighbourhood,
    originals,
)
from forensics.attribution.set_part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from forensics.attribution.rings import Counts, Network, ObservedAddress
    from forensics.sentence import Sentence

MOST_REMEMBERED = 10_000
_V6, _V6_LAN = 6, 64
_NO_AS = -1

Kept = TypeVar("Kept")
Tree = dict[tuple[int, int], dict[int, list[int]]]
"""Places of members by version and length of a network, and by its leading bits."""


class PreparedSet:
    """A set for many observed addresses; ``standing`` places a member in time for an observation, if it is not yet."""

    def __init__(self, records: RecordSet, standing: Callable[[Member, ObservedAddress], Member] | None = None) -> None:
        """Sort the members; what else is needed is worked out when it is asked for."""
        self.id = records.id
        self.usable = records.usable
        self.excluded = records.excluded
        self._standing = standing
        self._populations: dict[int, tuple[Population, Counts, int]] = {}
        self._parts: dict[int, Part] = {}
        self._originals: dict[int, list[Member]] = {}
        self._nearest: dict[tuple[int, date | None], Member | None] = {}
        self._remembered: dict[tuple[object, ...], tuple[object, object]] = {}

    # --- who matches ---------------------------------------------------------------------------------------------------

    def match(self, observed: ObservedAddress, population: Population) -> tuple[str, Member | None]:
        """Return the innermost ring that holds an address, and the record that the match rests on."""
        if self.assigned or self._announced:  # such data is asked of small sets only
            ring, found = rings.ring_of(observed, self.usable, population)
            return ring, nearest_record(self._placed(found, observed))
        for ring, near in (("exact", self.exact(observed)), ("neighbourhood", self.around(observed))):
            if near:
                return ring, nearest_record(self._placed(near, observed))
        if observed.asn is not None and observed.asn in self._by_as:
            return "origin_as", self.nearest_in_network(observed)
        return ("country" if observed.country == population.country else "elsewhere"), None

    def exact(self, observed: ObservedAddress) -> list[Member]:
        """Return the members that hold the address (v6: its /64)."""
        return [self.usable[place] for place in _at(self._exact, observed)]

    def around(self, observed: ObservedAddress) -> list[Member]:
        """Return the members of the address's AS in whose /24 (v6: /48) it lies."""
        found = (self.usable[place] for place in _at(self._around, observed))
        return [item for item in found if item.asn == observed.asn]

    def originals_of(self, asn: int) -> list[Member]:
        """Return the members in an AS, of each origin its first publication."""
        if asn not in self._originals:
            self._originals[asn] = originals(self._by_as.get(asn, ()))
        return self._originals[asn]

    def nearest_in_network(self, observed: ObservedAddress) -> Member | None:
        """Return the record that a match in the network alone rests on: the same for every address of a day."""
        asn = _NO_AS if observed.asn is None else observed.asn
        key = (asn, observed.at.date() if self._standing else None)
        if key not in self._nearest:
            self._nearest[key] = nearest_record(self._placed(self.originals_of(asn), observed))
        return self._nearest[key]

    @property
    def systems(self) -> Iterable[int]:
        """The AS that announce recorded addresses."""
        return self._by_as

    def _placed(self, found: Iterable[Member], observed: ObservedAddress) -> list[Member]:
        return [self._standing(item, observed) if self._standing else item for item in found]

    @cached_property
    def _exact(self) -> Tree:
        return _tree((place, item.network) for place, item in enumerate(self.usable))

    @cached_property
    def _around(self) -> Tree:
        held = ((place, neighbourhood(item)) for place, item in enumerate(self.usable))
        return _tree((place, found) for place, found in held if found is not None)

    @cached_property
    def _by_as(self) -> dict[int, list[Member]]:
        found: dict[int, list[Member]] = defaultdict(list)
        for item in self.usable:
            if item.asn is not None:
                found[item.asn].append(item)
        return dict(found)

    # --- what is counted -----------------------------------------------------------------------------------------------

    @cached_property
    def whole(self) -> Part:
        """All recorded networks."""
        return Part(distinct(self.usable), self.usable)

    def network(self, asn: int) -> Part:
        """Return the recorded networks of one AS."""
        if asn not in self._parts:
            members = distinct(self._by_as.get(asn, ()))
            networks = {item.record.network for item in members}
            self._parts[asn] = Part(members, (item for item in self.usable if item.record.network in networks))
        return self._parts[asn]

    def counts(self, population: Population) -> Counts:
        """Return the rings around the set within a population."""
        return self._of(population)[1]

    def away(self, population: Population) -> int:
        """Return how many records lie in no network that the population is known to have."""
        return self._of(population)[2]

    def _of(self, population: Population) -> tuple[Population, Counts, int]:
        held = self._populations.get(id(population))
        if held is None:
            known = sum(len(found) for asn, found in self._by_as.items() if population.by_as.get(asn))
            counts = rings.count(self.whole.members, population)
            held = self._populations[id(population)] = (population, counts, len(self.usable) - known)
        return held

    @cached_property
    def assigned(self) -> bool:
        """Whether any assignment is known."""
        return any(item.assignment for item in self.usable)

    @cached_property
    def _announced(self) -> bool:
        return any(item.prefix for item in self.usable)

    @cached_property
    def sixth(self) -> bool:
        """Whether an IPv6 address is on record."""
        return any(item.network.version == _V6 for item in self.usable)

    @cached_property
    def excluded_noted(self) -> str:
        """The records that support nothing, as the derivation names them."""
        return noted.left_out(self.excluded)

    @cached_property
    def excluded_said(self) -> Sentence:
        """The same for the reader of a report."""
        return noted.left_out_said(self.excluded)

    def remembered(self, key: tuple[object, ...], premises: tuple[object, ...], made: Callable[[], Kept]) -> Kept:
        """Return what was worked out for a key and the very same premises before, or ``made()``."""
        whole = (*key, *map(id, premises))
        held = self._remembered.get(whole)
        if held is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            held = self._remembered[whole] = (premises, made())  # premises stay alive, so that no id is used again
        found: Kept = held[1]  # type: ignore[assignment] # what was kept under a key is what its maker made
        return found


def _tree(items: Iterable[tuple[int, Network]]) -> Tree:
    """Sort the places of members by their networks; a longer IPv6 one counts as its /64."""
    found: Tree = {}
    for place, network in items:
        length = min(network.prefixlen, _V6_LAN) if network.version == _V6 else network.prefixlen
        bits = int(network.network_address) >> (network.max_prefixlen - length)
        found.setdefault((network.version, length), {}).setdefault(bits, []).append(place)
    return found


def _at(tree: Mapping[tuple[int, int], Mapping[int, Sequence[int]]], observed: ObservedAddress) -> list[int]:
    """Return the places of the networks that hold an address, in the order of the members."""
    address = ipaddress.ip_address(observed.address)
    number, size = int(address), address.max_prefixlen
    found: list[int] = []
    for (version, length), held in tree.items():
        if version == address.version:
            found += held.get(number >> (size - length), ())
    return sorted(found)
