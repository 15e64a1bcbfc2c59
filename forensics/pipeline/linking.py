"""Link A for a case: unexplained addresses against the registries, by the ring model, as of each address's own day.

The pipeline gathers what the model needs (records with their window, dated context, the population of the country in
the snapshot of the day); the attribution stage weighs. Neither stage knows the other.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Literal

from forensics.attribution import joint, parameters
from forensics.attribution.counter import Circumstances, counter_hypotheses
from forensics.attribution.ratios import chance_of_a_hit
from forensics.attribution.rings import RINGS, Member, ObservedAddress, Population, RecordSet
from forensics.attribution.sessions import Baseline, identifies
from forensics.attribution.strength import link as weigh
from forensics.enrichment.context import contexts
from forensics.enrichment.population import population
from forensics.errors import DataError
from forensics.model import AddressContext, Link, Record, Role, Session
from forensics.registry.window import classify

if TYPE_CHECKING:
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.pipeline.registries import Registries
    from forensics.registry.lookup import Index

AsOf = Literal["event", "latest"] | date

MAX_UNLISTED = 50
"""Addresses on no record whose neighbourhood is weighed, too; further ones are counted and said to be unlisted."""

MAX_SET = 20_000
"""Most records of one set; a larger one would need its own counting and is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Links of all unexplained addresses, the words that go with them, and the records that they name."""

    links: tuple[Link, ...]
    words: Mapping[tuple[str, str], tuple[str, ...]]
    records: Mapping[str, Record]
    index: Index
    listed_as: Mapping[str, str]
    further: int = 0

    @property
    def parameters(self) -> str:
        """The parameter file that was used, by version and digest."""
        held = parameters.default()
        return f"version {held.version}, SHA-256 {held.digest}"

    @property
    def scale(self) -> tuple[tuple[str, str], ...]:
        """The verbal scale as (range, words)."""
        steps = parameters.default().scale
        tops = [f"to {low:,.0f}" for low, _ in steps[1:]] + ["and more"]
        return tuple((f"over {low:,.0f} {top}", said) for (low, said), top in zip(steps, tops, strict=True))

    @property
    def scale_citation(self) -> str:
        """Where the scale is from."""
        return parameters.default().scale_citation

    def listed(self, address: str) -> str:
        """Say in a few words what the registries hold about an address itself, or ""."""
        return listed(self.index, address)


def link_all(
    found: Sequence[Session],
    known: Baseline,
    context_of: Mapping[tuple[str, date], AddressContext],
    registries: Registries,
    snapshots: Sequence[SnapshotTable],
    as_of: AsOf = "event",
) -> Linked:
    """Weigh unexplained addresses: all that are on record, and the first others for their neighbourhood.

    Without a baseline only addresses that are on record are reported.
    """
    linker = _Linker(found, context_of, registries, snapshots, as_of)
    links: list[Link] = []
    said: dict[tuple[str, str], tuple[str, ...]] = {}
    records: dict[str, Record] = {}
    unlisted = 0
    for address, at in linker.first_use.items():
        if not _on_record(registries.index, address):
            unlisted += 1
            if not known.exists or unlisted > MAX_UNLISTED:
                continue
        link = linker.best(address, at)
        record = linker.record_of(link)
        links.append(link)
        if record is not None:
            records[record.id] = record
            said[address, link.record] = linker.alternatives(link, record)
    further = max(0, unlisted - MAX_UNLISTED) if known.exists else 0
    held = {
        link.address: words for link in links if not link.record and (words := listed(registries.index, link.address))
    }
    return Linked(
        links=tuple(links), words=said, records=records, index=registries.index, listed_as=held, further=further
    )


def listed(index: Index, address: str) -> str:
    """Say in a few words what the registries hold about an address itself, or ""."""
    found = [item for item in index.lookup(address).matches if item.ring in ("exact", "prefix")]
    return "; ".join(f"{item.record.id} ({item.record.state}): {item.record.role}" for item in found[:3])


def _on_record(index: Index, address: str) -> bool:
    """Whether a registry names the address, the /64 of an IPv6 address, or a block around it."""
    asked = address if ":" not in address else str(ipaddress.ip_network(f"{address}/64", strict=False))
    return any(item.ring in ("exact", "prefix", "contained") for item in index.lookup(asked).matches)


class _Linker:
    """Gathering for one case; record sets and populations are prepared once per day."""

    def __init__(
        self,
        found: Sequence[Session],
        context_of: Mapping[tuple[str, date], AddressContext],
        registries: Registries,
        snapshots: Sequence[SnapshotTable],
        as_of: AsOf,
    ) -> None:
        self.sessions = [item for item in found if item.role is Role.UNEXPLAINED and item.address]
        self.context_of = context_of
        self.snapshots = snapshots
        self.as_of = as_of
        self.parameters = parameters.default()
        self.first_use: dict[str, datetime] = {}
        for session in sorted(self.sessions, key=lambda item: (item.first, item.address or "")):
            self.first_use.setdefault(session.address or "", session.first)
        self.by_address: dict[str, list[Session]] = defaultdict(list)
        self.by_device: dict[str, list[Session]] = defaultdict(list)
        for session in self.sessions:
            self.by_address[session.address or ""].append(session)
            if session.device and identifies(session.device):
                self.by_device[session.device].append(session)
        self.sets: dict[str, list[Record]] = defaultdict(list)
        for registry in registries.used:
            for record in registry.records:
                if record.kind == "address" and record.superseded_at is None:
                    self.sets[record.set].append(record)
        for name, items in self.sets.items():
            if len(items) > MAX_SET:  # leaving some out would make every match weigh more than it does
                raise DataError(
                    f"the set {name} has {len(items):,} records, more than {MAX_SET:,}", hint="Split the set"
                )
        self.recorded = sum(len(items) for items in self.sets.values())
        self._members = cache(self._gather)
        self._link = cache(self._weighed)
        self._people = cache(lambda day, country: population(self.snapshots, day, country))

    def best(self, address: str, at: datetime) -> Link:
        """Return the link to the set whose innermost ring holds the address; if none does, the link that says so."""
        candidates = [self._joined(address, at, name) for name in sorted(self.sets)]
        held = [item for item in candidates if item.record and (item.ring == "exact" or item.strength.lr > 1)]
        if held:
            return min(held, key=lambda item: (RINGS.index(item.ring), -item.strength.lr, item.record))
        unlisted = [replace(item, record="", window="", gap_days=None) for item in candidates]
        return max(
            unlisted, key=lambda item: (len(item.derivation), item.strength.lr), default=self._unlisted(address, at)
        )

    def record_of(self, link: Link) -> Record | None:
        """Return the record that a link names."""
        return next((item for items in self.sets.values() for item in items if item.id == link.record), None)

    def _joined(self, address: str, at: datetime, name: str) -> Link:
        """Return the link to a set, with the other addresses of the same client multiplied in, whatever they show."""
        own = self._link(address, at, name)
        if own.ring != "exact":
            return own  # an address that is on no record may not borrow the weight of one that is
        others = [self._link(item, self.first_use[item], name) for item in self._same_client(address)]
        return joint.joined(own, others, self._country(address, at), self.parameters)

    def _weighed(self, address: str, at: datetime, name: str) -> Link:
        country = self._country(address, at)
        observed = self._observed(address, at)
        members = self._members(name, at.date())
        return weigh(
            observed, RecordSet(id=name, members=members), self._population(at.date(), country), self.parameters
        )

    def _context(self, address: str, at: datetime) -> AddressContext | None:
        return self.context_of.get((address, at.date()))

    def _country(self, address: str, at: datetime) -> str:
        context = self._context(address, at)
        return (context.country.value if context else None) or ""

    def _observed(self, address: str, at: datetime) -> ObservedAddress:
        context = self._context(address, at)
        classes = context.classes if context else ()
        return ObservedAddress(
            address=address,
            at=at,
            country=self._country(address, at),
            asn=_asn(context),
            sharing_class=parameters.sharing_class(classes),
        )

    def _population(self, day: date, country: str) -> Population:
        if not country:
            return Population(country="", addresses=0)
        people = self._people(day, country)
        return Population(
            country=country,
            addresses=people.total,
            by_as=people.by_as,
            source=f"{people.snapshot}, as of {people.as_of}",
        )

    def _gather(self, name: str, day: date) -> tuple[Member, ...]:
        """Return the records of a set as they stand on a day: their window, and who announced them then."""
        records = self.sets[name]
        placed = contexts([(item.network, day) for item in records], self.snapshots, self.as_of)
        members = []
        for record, context in zip(records, placed, strict=True):
            standing = classify(record, day)
            members.append(Member(record=record, window=standing.window, gap_days=standing.gap_days, asn=_asn(context)))
        return tuple(members)

    def _same_client(self, address: str) -> list[str]:
        """Return the other unexplained addresses that share a device identifier with this one."""
        devices = {item.device for item in self.by_address[address] if item.device in self.by_device}
        return sorted({item.address or "" for device in devices for item in self.by_device[device]} - {address})

    def alternatives(self, link: Link, record: Record) -> tuple[str, ...]:
        """Return the counter-hypotheses of a link with what data can say about each."""
        people = self._population(link.at.date(), self._country(link.address, link.at)).addresses
        ports = any(event.source_port is not None for item in self.by_address[link.address] for event in item.events)
        return counter_hypotheses(
            Circumstances(
                context=self._context(link.address, link.at),
                record=record,
                window=link.window,
                gap_days=link.gap_days,
                sharing=self._observed(link.address, link.at).sharing_class or record.sharing_class,
                source_ports=ports,
                addresses_compared=len(self.first_use),
                records_compared=self.recorded,
                coincidence=chance_of_a_hit(len(self.first_use), self.recorded, people) if people else 0.0,
            )
        )

    def _unlisted(self, address: str, at: datetime) -> Link:
        """Return the link of an address when no registry holds any address at all."""
        return weigh(
            self._observed(address, at),
            RecordSet(id="none", members=()),
            self._population(at.date(), self._country(address, at)),
            self.parameters,
        )


def _asn(context: AddressContext | None) -> int | None:
    value = context.origin_as.value if context else None
    return int(value[2:]) if value else None
