"""Link A for a case: unexplained addresses against the registries, by the ring model, as of each address's own day.

The pipeline gathers what the model needs (records with their window, dated context, the population of the country in
the snapshot of the day); the attribution stage weighs. Neither stage knows the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from forensics.attribution import groups, joint, parameters
from forensics.attribution.counter import Circumstances, counter_hypotheses
from forensics.attribution.device_term import terms as device_terms
from forensics.attribution.group_features import terms_of, told_on_record
from forensics.attribution.group_terms import numbers as group_numbers
from forensics.attribution.noted import coincidence
from forensics.attribution.ratios import chance_of_a_hit
from forensics.attribution.rings import ObservedAddress, Population, RecordSet
from forensics.attribution.sessions import Baseline
from forensics.attribution.strength import link as weigh
from forensics.attribution.whatif import Supposed
from forensics.enrichment.population import population
from forensics.errors import DataError
from forensics.model import AddressContext, Link, Record
from forensics.pipeline.group_evidence import GroupEvidence
from forensics.pipeline.record_sets import RecordSets
from forensics.pipeline.registries import weighed_sets
from forensics.pipeline.set_choice import SetChoice
from forensics.sentence import Sentence, dated, paragraph, say
from forensics.spoken import said_state, said_support

if TYPE_CHECKING:
    from forensics.attribution.groups import Term
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.pipeline.registries import Registries
    from forensics.pipeline.session_store import SessionStore
    from forensics.registry.lookup import Index

AsOf = Literal["event", "latest"] | date

ContextOf = Callable[[str, date], AddressContext]
"""Gives the dated context of an address on a day."""

MAX_UNLISTED = 50
"""Addresses on no record whose neighbourhood is weighed, too; further ones are counted and said to be unlisted."""

MAX_SET = 1_000_000
"""Most records of one set; a larger one would not fit into memory beside a case and is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What a comparison rests on beside the records: dated data, the day it is asked for, the assumptions of a what-if."""

    snapshots: Sequence[SnapshotTable]
    as_of: AsOf = "event"
    supposed: Supposed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Links of all unexplained addresses, the words that go with them, and the records that they name."""

    links: tuple[Link, ...]
    words: Mapping[tuple[str, str], tuple[str, ...]]
    records: Mapping[str, Record]
    index: Index
    listed_as: Mapping[str, str]
    further: int = 0
    terms: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    on_record: Mapping[str, tuple[Sentence, ...]] = field(default_factory=dict)

    @property
    def parameters(self) -> str:
        """The parameter file that was used, by version and digest."""
        held = parameters.default()
        return say("version {version}, SHA-256 {digest}", version=held.version, digest=held.digest)

    @property
    def scale(self) -> tuple[tuple[str, str], ...]:
        """The verbal scale as (range, words)."""
        steps = parameters.default().scale
        tops = [
            say("over {low} to {high}", low=round(low), high=round(high)) for (low, _), (high, _) in pairwise(steps)
        ]
        tops.append(say("over {low} and more", low=round(steps[-1][0])))
        return tuple((top, said_support(said)) for (_, said), top in zip(steps, tops, strict=True))

    @property
    def scale_citation(self) -> str:
        """Where the scale is from."""
        return parameters.default().scale_citation

    def listed_all(self, addresses: Sequence[str]) -> list[str]:
        """Say in a few words what the registries hold about each of the addresses themselves, or ""."""
        touched = self.index.touching(addresses)
        return [listed(self.index, address) if place in touched else "" for place, address in enumerate(addresses)]


def link_all(
    store: SessionStore,
    known: Baseline,
    context_of: ContextOf,
    registries: Registries,
    premises: Premises,
) -> Linked:
    """Weigh unexplained addresses: all that are on record, and the first others for their neighbourhood.

    Without a baseline only addresses that are on record are reported.
    """
    chosen: dict[str, datetime] = {}
    unlisted = 0
    for addresses, first in store.first_uses():
        touched = registries.index.touching(addresses)
        for place, address in enumerate(addresses):
            if place not in touched:
                unlisted += 1
                if not known.exists or unlisted > MAX_UNLISTED:
                    continue
            chosen[address] = first[place].as_py().astimezone(UTC)
    linker = _Linker(store, chosen, context_of, registries, premises)
    links: list[Link] = []
    terms: dict[str, tuple[Term, ...]] = {}
    said: dict[tuple[str, str], tuple[str, ...]] = {}
    records: dict[str, Record] = {}
    for address, at in chosen.items():
        link = linker.told(linker.best(address, at))
        record = linker.record_of(link)
        if record is not None:
            link, terms[address] = linker.with_groups(link)
        links.append(link)
        if record is not None:
            records[record.id] = record
            said[address, link.record] = linker.alternatives(link, record)
    further = max(0, unlisted - MAX_UNLISTED) if known.exists else 0
    on_record = {link.address: found for link in links if not link.record and (found := linker.told_on_record(link))}
    held = {
        link.address: words for link in links if not link.record and (words := listed(registries.index, link.address))
    }
    return Linked(
        links=tuple(links),
        words=said,
        records=records,
        index=registries.index,
        listed_as=held,
        further=further,
        terms=terms,
        on_record=on_record,
    )


def listed(index: Index, address: str) -> str:
    """Say in a few words what the registries hold about an address itself, or ""."""
    found = [item for item in index.lookup(address).matches if item.ring in ("exact", "prefix")]
    return paragraph((_listed(item.record) for item in found[:3]), "; ")


def _listed(record: Record) -> str:
    return say("{record}: {role}", record=said_state(record.id, record.state), role=record.role)


class _Linker:
    """Gathering for one case; record sets and populations are prepared once per day."""

    def __init__(
        self,
        store: SessionStore,
        chosen: Mapping[str, datetime],
        context_of: ContextOf,
        registries: Registries,
        premises: Premises,
    ) -> None:
        self.context_of = context_of
        self.snapshots = premises.snapshots
        self.as_of = premises.as_of
        self.supposed = premises.supposed or Supposed(parameters=parameters.default())
        self.parameters = self.supposed.parameters
        self.compared = store.addresses_used()
        self.ports = store.with_ports(list(chosen))
        self.same_client = store.same_client(list(chosen))
        self.sets = weighed_sets(registries.used)
        self.evidence = GroupEvidence(store, list(chosen), registries, premises.snapshots)
        for name, items in self.sets.items():
            if len(items) > MAX_SET:  # leaving some out would make every match weigh more than it does
                raise DataError(
                    f"the set {name} has {len(items):,} records, more than {MAX_SET:,}", hint="Split the set"
                )
        self.recorded = sum(len(items) for items in self.sets.values())
        self.placed = RecordSets(self.sets, self.snapshots, self.as_of)
        self.choice = SetChoice(self.placed, self.parameters)
        self._link = cache(self._weighed)
        self._people = cache(lambda day, country: population(self.snapshots, day, country))
        self._populations: dict[tuple[str, str, date | None], Population] = {}

    def best(self, address: str, at: datetime) -> Link:
        """Return the link to the set whose innermost ring holds the address; if none does, the link that says so."""
        if not self.sets:
            return self._unlisted(address, at)
        people = self._population(at.date(), self._country(address, at))
        return self.choice.told(self._observed(address, at), people, lambda name: self._joined(address, at, name))

    def told(self, link: Link) -> Link:
        """Return a link with what chance alone would give among all comparisons of the case."""
        if "LR middle" not in link.derivation:
            return link
        notes = coincidence(self.compared, self.recorded, link.derivation, link.ring)
        return replace(link, derivation={**link.derivation, **notes})

    def with_groups(self, link: Link) -> tuple[Link, tuple[Term, ...]]:
        """Return a link that names a record with the other groups of evidence of its set, and their terms."""
        record = self.record_of(link)
        if record is None or "LR middle" not in link.derivation:
            return link, ()
        held = self.evidence.held(link, record, self._context(link.address, link.at))
        terms = terms_of(held, device_terms(), group_numbers())
        return groups.with_groups(link, terms, self._country(link.address, link.at), self.parameters)

    def told_on_record(self, link: Link) -> tuple[Sentence, ...]:
        """Say what sessions from an address that is on no record itself show that is on record."""
        held = self.evidence.held_anywhere(link, self._context(link.address, link.at))
        return tuple(told_on_record(held, device_terms().least_characters))

    def record_of(self, link: Link) -> Record | None:
        """Return the record that a link names."""
        return self._by_id.get(link.record)

    @cached_property
    def _by_id(self) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for items in self.sets.values():
            for item in items:
                found.setdefault(item.id, item)
        return found

    def _joined(self, address: str, at: datetime, name: str) -> Link:
        """Return the link to a set, with the other addresses of the same client multiplied in, whatever they show."""
        own = self._link(address, at, name)
        if own.ring != "exact":
            return own  # an address that is on no record may not borrow the weight of one that is
        others = [self._link(item, first, name) for item, first in self.same_client.get(address, {}).items()]
        return joint.joined(own, others, self._country(address, at), self.parameters)

    def _weighed(self, address: str, at: datetime, name: str) -> Link:
        people = self._population(at.date(), self._country(address, at))
        return weigh(self._observed(address, at), self.placed.on(name, at.date()), people, self.parameters)

    def _context(self, address: str, at: datetime) -> AddressContext:
        return self.context_of(address, at.date())

    def _country(self, address: str, at: datetime) -> str:
        context = self._context(address, at)
        return context.country.value or ""

    def _observed(self, address: str, at: datetime) -> ObservedAddress:
        context = self._context(address, at)
        return ObservedAddress(
            address=address,
            at=at,
            country=self._country(address, at),
            asn=_asn(context),
            sharing_class=parameters.sharing_class(context.classes),
        )

    def _population(self, day: date, country: str) -> Population:
        """Return the population of a country; days of one snapshot share the object, and what is counted in it."""
        people = self._people(day, country) if country else None
        key = (country, "" if people is None else people.snapshot, None if people is None else people.as_of)
        if key not in self._populations:
            self._populations[key] = (
                Population(country="", addresses=0)
                if people is None
                else Population(
                    country=country,
                    addresses=self.supposed.population or people.total,
                    by_as=people.by_as,
                    users=self.supposed.users or None,
                    source=say("{snapshot}, as of {day}", snapshot=people.snapshot, day=dated(people.as_of)),
                )
            )
        return self._populations[key]

    def alternatives(self, link: Link, record: Record) -> tuple[str, ...]:
        """Return the counter-hypotheses of a link with what data can say about each."""
        people = self._population(link.at.date(), self._country(link.address, link.at)).addresses
        return counter_hypotheses(
            Circumstances(
                context=self._context(link.address, link.at),
                record=record,
                window=link.window,
                gap_days=link.gap_days,
                sharing=self._observed(link.address, link.at).sharing_class or record.sharing_class,
                source_ports=link.address in self.ports,
                addresses_compared=self.compared,
                records_compared=self.recorded,
                coincidence=chance_of_a_hit(self.compared, self.recorded, people) if people else 0.0,
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


def _asn(context: AddressContext) -> int | None:
    value = context.origin_as.value
    return int(value[2:]) if value else None
