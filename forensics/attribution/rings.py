"""The ring model's geometry: the address space around a record set, cut into rings, and counted. Pure.

An observed address falls in exactly one ring, the innermost that holds it; a coarser match that a finer one implies
adds nothing, because it is no separate term. From the inside out:

=================  ===============================================================================================
``exact``          an address (v6: a /64) on record
``assignment``     the same assignment as a recorded address (only where assignment data is given)
``neighbourhood``  the same /24 (v6: /48) and the same origin AS
``prefix``         the same announced prefix (v4 only)
``origin_as``      the same origin AS
``country``        the country of the population
``elsewhere``      anywhere else; counted together with ``country``, since nobody counts the rest of the world here
=================  ===============================================================================================

Counts are in IPv4 addresses. An IPv6 /56 stands for one address and a /48 for 256: there is no count of IPv6 customers,
so a v6 line is weighed like a v4 line, which is the cautious choice (uniform weights over 2^128 would be absurd).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import pairwise

from forensics.model import Record

RINGS = ("exact", "assignment", "neighbourhood", "prefix", "origin_as", "country", "elsewhere")
COUNTED = RINGS[:-1]
INSIDE = "inside"
WINDOWS = (INSIDE, "before", "after", "unknown")
SUPPORTING_STATE = "indicator"
_V4, _V6 = 4, 6
_V6_LINE, _V6_LAN = 128 - 56, 128 - 64
_NEIGHBOURHOOD = {_V4: 24, _V6: 48}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_network = cache(ipaddress.ip_network)
_widened = cache(lambda text, length: _network(text).supernet(new_prefix=length))
Spans = dict[int, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Whom an unrelated source is drawn from: the announced IPv4 addresses of a country on the day, by origin AS.

    ``addresses`` 0 means that no figure is known; nothing is computed then. ``source`` names the snapshot in words.
    """

    country: str
    addresses: int
    by_as: Mapping[int, int] = field(default_factory=dict)
    users: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedAddress:
    """An address of a disputed session and its dated context; "" and ``None`` mean not known.

    ``sharing_class`` is what dated context says (vpn, tor, cgnat, …); it can only lower what a record's class allows.
    """

    address: str
    at: datetime
    country: str = ""
    asn: int | None = None
    prefix: str = ""
    assignment: str = ""
    sharing_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A record of a set as it stands on the day of the observation.

    ``window`` and ``gap_days`` come from the registry's look-up; the rest is dated context of the recorded address.
    """

    record: Record
    window: str
    gap_days: int | None = None
    asn: int | None = None
    prefix: str = ""
    assignment: str = ""

    def __post_init__(self) -> None:
        """Refuse a window that is none, so that a misspelt one cannot pass for "inside"."""
        if self.window not in WINDOWS:
            message = f"no window: {self.window!r}"
            raise ValueError(message)

    @property
    def network(self) -> Network:
        """The recorded address or prefix."""
        return _network(self.record.network)

    @property
    def supports(self) -> bool:
        """Whether the record may support anything: active, and an address or a prefix."""
        return self.record.state == SUPPORTING_STATE and self.record.kind in ("address", "prefix")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """All records of one set of incidents: also those that did not match, for a larger set weighs each match less."""

    id: str
    members: tuple[Member, ...]

    @property
    def usable(self) -> tuple[Member, ...]:
        """The members that may support anything, in an order that does not depend on the input's."""
        return tuple(sorted((item for item in self.members if item.supports), key=lambda item: item.record.id))

    @property
    def excluded(self) -> tuple[Member, ...]:
        """The members that support nothing: retracted, disputed, candidates, and indicators that are no addresses."""
        return tuple(sorted((item for item in self.members if not item.supports), key=lambda item: item.record.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many addresses each counted ring holds; they sum to the population. ``total`` may exceed the country's."""

    rings: Mapping[str, int]

    @property
    def total(self) -> int:
        """All addresses counted."""
        return sum(self.rings.values())


def ring_of(observed: ObservedAddress, members: Iterable[Member], population: Population) -> tuple[str, list[Member]]:
    """Return the innermost ring that holds the address, and the members that put it there."""
    held = list(members)
    for name, holds in (
        ("exact", _exact),
        ("assignment", _same_assignment),
        ("neighbourhood", _same_neighbourhood),
        ("prefix", _same_prefix),
        ("origin_as", _same_as),
    ):
        found = [item for item in held if holds(observed, item)]
        if found:
            return name, found
    return ("country" if observed.country == population.country else "elsewhere"), []


def count(members: Iterable[Member], population: Population) -> Counts:
    """Count the rings around a set within the country."""
    held = list(members)
    levels = [_size(spans) for spans in _nested(held)]
    networks = {item.asn for item in held if item.asn is not None}
    announced = sum(population.by_as.get(asn, 0) for asn in networks)
    known = [item for item in held if population.by_as.get(item.asn or -1)]
    in_networks = levels[-1] if len(known) == len(held) else _size(_nested(known)[-1])
    origin = max(0, announced - in_networks)
    outside = max(0, population.addresses - levels[-1] - origin)
    inner = [levels[0], *(outer - inner for inner, outer in pairwise(levels))]
    return Counts(rings=dict(zip(COUNTED, [*inner, origin, outside], strict=True)))


def count_network(members: Iterable[Member], size: int) -> Counts:
    """Count the rings around the members of one network of ``size`` addresses; there is no ring outside it."""
    levels = [_size(spans) for spans in _nested(list(members))]
    inner = [levels[0], *(outer - inner for inner, outer in pairwise(levels))]
    return Counts(rings=dict(zip(COUNTED, [*inner, max(0, size - levels[-1]), 0], strict=True)))


def lines(member: Member) -> int:
    """Return how many addresses (v6: /56) a record stands for."""
    return _size(_merged([member.network]))


def distinct(members: Iterable[Member]) -> list[Member]:
    """Return one member for each recorded network: a second record of the same address adds no address."""
    return list({item.record.network: item for item in members}.values())


def originals(found: Iterable[Member]) -> list[Member]:
    """Return of each origin its first publication: a re-publication may not take the original's place."""
    first: dict[tuple[str, str], Member] = {}
    for item in sorted(found, key=lambda item: (str(item.record.published_at or "unknown"), item.record.id)):
        first.setdefault((item.record.network, item.record.sources[0].independence_group), item)
    return list(first.values())


def nearest_record(found: Iterable[Member]) -> Member | None:
    """Return the member that the match rests on: of each origin its first publication, then the nearest in time.

    A re-publication may neither bring a record closer in time nor take the original's place.
    """
    return min(originals(found), key=lambda item: (_distance(item), item.record.id), default=None)


def _distance(member: Member) -> float:
    if member.window == INSIDE:
        return 0.0
    return float("inf") if member.gap_days is None else float(abs(member.gap_days))


def _address(observed: ObservedAddress) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(observed.address)


def _exact(observed: ObservedAddress, member: Member) -> bool:
    address, network = _address(observed), member.network
    if address.version != network.version:
        return False
    shift = _V6_LAN if network.version == _V6 else 0
    first, last = int(network.network_address) >> shift, int(network.broadcast_address) >> shift
    return first <= int(address) >> shift <= last


def _same_assignment(observed: ObservedAddress, member: Member) -> bool:
    return bool(member.assignment) and _address(observed) in ipaddress.ip_network(member.assignment)


def _same_neighbourhood(observed: ObservedAddress, member: Member) -> bool:
    around = neighbourhood(member)
    return around is not None and observed.asn == member.asn and _address(observed) in around


def _same_prefix(observed: ObservedAddress, member: Member) -> bool:
    around = _announced(member)
    return around is not None and observed.asn == member.asn and _address(observed) in around


def _same_as(observed: ObservedAddress, member: Member) -> bool:
    return member.asn is not None and observed.asn == member.asn


def neighbourhood(member: Member) -> Network | None:
    """Return the part of the /24 or /48 that the member's AS announces, as far as known; nothing without an AS."""
    if member.asn is None:
        return None
    network, length = member.network, _NEIGHBOURHOOD[member.network.version]
    around = _widened(member.record.network, length) if network.prefixlen > length else network
    announced = _announced(member)
    return announced if announced is not None and announced.prefixlen > around.prefixlen else around


def _announced(member: Member) -> Network | None:
    if not member.prefix or member.asn is None:
        return None
    announced = ipaddress.ip_network(member.prefix)
    return announced if announced.version == _V4 and announced.version == member.network.version else None


def _nested(members: list[Member]) -> list[Spans]:
    """Return the growing regions exact ⊆ assignment ⊆ neighbourhood ⊆ prefix as merged spans."""
    exact = [item.network for item in members]
    assigned = [ipaddress.ip_network(item.assignment) for item in members if item.assignment]
    around = [found for item in members if (found := neighbourhood(item)) is not None]
    announced = [found for item in members if (found := _announced(item)) is not None]
    regions: list[Spans] = []
    grown: list[Network] = []
    for more in (exact, assigned, around, announced):
        grown = [*grown, *more]
        regions.append(_merged(grown) if more or not regions else regions[-1])
    return regions


def _merged(networks: Iterable[Network]) -> Spans:
    """Return disjoint sorted spans by IP version, in lines (v4: addresses, v6: /56)."""
    found: Spans = {_V4: [], _V6: []}
    for network in networks:
        shift = _V6_LINE if network.version == _V6 else 0
        found[network.version].append((int(network.network_address) >> shift, int(network.broadcast_address) >> shift))
    for version, spans in found.items():
        merged: list[tuple[int, int]] = []
        for first, last in sorted(spans):
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        found[version] = merged
    return found


def _size(spans: Spans) -> int:
    return sum(last - first + 1 for held in spans.values() for first, last in held)
