"""The weight of an address that two cases share: one case's addresses are the records of the other, by the ring model.

Each case is compared with the other in both directions, the later with the earlier and the earlier with the later, and
the lower of the two counts. A record stands for one address on the days that sessions attest, and for no other day; what
lies between is decayed by the class of the address. A class other than "shared" counts only where a registry that one of
the cases sealed tells it for a day of use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from forensics.attribution import joint
from forensics.attribution.parameters import SHARED_CLASSES, UNKNOWN, Parameters, default, sharing_class
from forensics.attribution.rings import Member, ObservedAddress, Population, RecordSet
from forensics.attribution.strength import link as weigh
from forensics.enrichment.population import population
from forensics.model import AddressContext, Link, Record, Source

if TYPE_CHECKING:
    from forensics.enrichment.context import Inquiry
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.pipeline.common_ground import CommonGround
    from forensics.pipeline.compared_cases import ComparedCase
    from forensics.registry.lookup import Index

MAX_SET = 5_000
"""Most addresses of one case that become records; what a larger case shares is listed and not weighed."""
MAX_CLIENT = 100
"""Most other addresses of one client in a product; a client with more is weighed by the address alone, and says so."""

NEIGHBOURHOOD = 256
"""Addresses of a /24; an IPv6 /48 counts as many lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The class of an address and where it is from."""

    name: str
    basis: str


class TieWeigher:
    """Weighing for two cases at a time; populations are prepared once per day."""

    def __init__(
        self,
        ground: CommonGround,
        cases: Sequence[ComparedCase],
        inquiry: Inquiry,
        snapshots: Sequence[SnapshotTable],
        index: Index,
    ) -> None:
        """Ask the snapshots and registries of all compared cases together."""
        self._ground = ground
        self._cases = cases
        self._inquiry = inquiry
        self._index = index
        self.parameters: Parameters = default()
        self._people = cache(lambda day, country: population(snapshots, day, country))
        self._context = cache(lambda address, day: inquiry.contexts([(address, day)])[0])
        self._sets: dict[int, Mapping[str, tuple[date, ...]] | None] = {}
        self._classes: dict[tuple[int, str], Sharing] = {}
        self._told: dict[str, Sharing] = {}

    def begin(self) -> None:
        """Forget what was prepared for two other cases."""
        self._sets = {}
        self._told = {}

    def told(self, one: int, first: str, other: int, second: str) -> Sharing:
        """Return the class of an address that both cases hold: shared if either says so, else what a registry tells."""
        found = sorted((self.class_of(one, first), self.class_of(other, second)), key=_caution)
        for address in (first, second):
            self._told[address] = found[0]
        return found[0]

    def class_of(self, number: int, address: str) -> Sharing:
        """Return what dated context and the sealed registries say about the class of an address of a case."""
        if (number, address) not in self._classes:
            self._learn(number, self._ground.days(number, [address]))
        return self._classes[number, address]

    def _learn(self, number: int, held: Mapping[str, tuple[date, ...]]) -> None:
        classes = self._ground.classes(number, list(held))
        for address, days in held.items():
            shared = sharing_class(classes[address])
            known = Sharing(name=shared or UNKNOWN, basis="dated context" if shared else "nothing on record")
            self._classes[number, address] = min([known, *self._by_registry(address, days)], key=_caution)

    def _by_registry(self, address: str, days: Sequence[date]) -> list[Sharing]:
        """Return the classes of records of the address: a shared class for any day, another only inside its period."""
        if not self._index.touches(address):
            return []
        found = []
        for day in days:
            for match in self._index.lookup(address, at=day).matches:
                record = match.record
                active = record.state == "indicator" and match.ring in ("exact", "prefix")
                if active and (record.sharing_class in SHARED_CLASSES or match.standing.window == "inside"):
                    basis = f"record {record.id}, on {day.isoformat()}"
                    found.append(Sharing(name=record.sharing_class, basis=basis))
        return found

    def link(self, observer: int, address: str, records: int) -> Link | None:
        """Return the link of an address of one case to the set of the other; ``None`` where the set is too large."""
        held = self._records(records)
        if held is None:
            return None
        at = self._moment(observer, address, held)
        own = self._weighed(address, at, records, held)
        if own.ring != "exact":
            return own
        others = self._ground.same_client(observer, address, MAX_CLIENT + 1)
        if len(others) > MAX_CLIENT:
            return own
        days = self._ground.days(observer, others)
        linked = [self._weighed(other, days[other][0], records, held) for other in others]
        return joint.joined(own, linked, self._context(address, at).country.value or "", self.parameters)

    def expected(self, observer: int, address: str, pairs: int, kind: str = "address") -> float:
        """Return how many of so many pairs of addresses chance alone makes the same; 0 where nobody knows.

        For a neighbourhood or an AS: how many pairs come to lie in that one.
        """
        day = self._ground.days(observer, [address])[address][0]
        context = self._context(address, day)
        people = self._population(context)
        if not people.addresses:
            return 0.0
        size = {"neighbourhood": NEIGHBOURHOOD, "origin_as": people.by_as.get(_asn(context) or 0, 0)}.get(kind)
        return pairs / people.addresses if size is None else pairs * (size / people.addresses) ** 2

    def _records(self, number: int) -> Mapping[str, tuple[date, ...]] | None:
        """Return the compared addresses of a case and their days of use; ``None`` where they are too many to weigh."""
        if number not in self._sets:
            chosen = self._ground.addresses(number, MAX_SET + 1)
            self._sets[number] = held = None if len(chosen) > MAX_SET else self._ground.days(number, chosen)
            if held is not None:
                self._learn(number, held)
        return self._sets[number]

    def _moment(self, observer: int, address: str, held: Mapping[str, tuple[date, ...]]) -> date:
        """Return the day of use that lies nearest to a use of the same address in the other case, else the first."""
        days = self._ground.days(observer, [address])[address]
        others = held.get(address, ())
        return min(days, key=lambda day: (min((abs((day - other).days) for other in others), default=0), day))

    def _weighed(self, address: str, at: date, records: int, held: Mapping[str, tuple[date, ...]]) -> Link:
        context = self._context(address, at)
        shared = sharing_class(context.classes)
        told = self._told.get(address)
        observed = ObservedAddress(
            address=address,
            at=datetime(at.year, at.month, at.day, tzinfo=UTC),
            country=context.country.value or "",
            asn=_asn(context),
            sharing_class=told.name if told and told.name in SHARED_CLASSES else shared,
        )
        members = RecordSet(id=self._cases[records].id, members=self._members(records, at, held))
        return weigh(observed, members, self._population(context), self.parameters)

    def _population(self, context: AddressContext) -> Population:
        country = context.country.value or ""
        if not country or context.at is None:
            return Population(country=country, addresses=0)
        people = self._people(context.at, country)
        source = f"{people.snapshot}, as of {people.as_of}"
        return Population(country=country, addresses=people.total, by_as=people.by_as, source=source)

    def _members(self, number: int, at: date, held: Mapping[str, tuple[date, ...]]) -> tuple[Member, ...]:
        """Return the addresses of a case as records, as they stand on a day."""
        placed = self._inquiry.contexts([(address, at) for address in held])
        found = []
        for (address, days), context in zip(held.items(), placed, strict=True):
            nearest = min(days, key=lambda day: (abs((day - at).days), day))
            told = self._told.get(address) or self.class_of(number, address)
            found.append(
                Member(
                    record=_record(self._cases[number].id, address, nearest, told),
                    window="inside" if nearest == at else "after" if nearest < at else "before",
                    gap_days=(nearest - at).days,
                    asn=_asn(context),
                )
            )
        return tuple(found)


def _caution(item: Sharing) -> tuple[int, float, str, str]:
    """Order classes: what is shared first, then what a registry tells (the shortest-lived first), then unknown."""
    rank = 0 if item.name in SHARED_CLASSES else 2 if item.name == UNKNOWN else 1
    return rank, default().middle_of(item.name).half_life_days, item.name, item.basis


def _asn(context: AddressContext) -> int | None:
    value = context.origin_as.value
    return int(value[2:]) if value else None


def _record(case: str, address: str, day: date, told: Sharing) -> Record:
    """Return an address of a case in the form that the ring model weighs: used on one day, and nothing else known."""
    source = Source(
        id=case,
        publisher=case,
        title="",
        citation=f"unexplained session of case {case}",
        published=None,
        retrieved_at=None,
        sha256="",
        licence="",
        grade="F6",
        independence_group=case,
    )
    return Record(
        id=f"{address} in {case}",
        set=case,
        kind="address",
        network=address,
        role="unexplained session",
        description="",
        basis=("session",),
        valid_from=day,
        valid_until=None,
        observed_at=(day,),
        published_at=None,
        recorded_at=day,
        superseded_at=None,
        state="indicator",
        sharing_class=told.name,
        grade="F6",
        sources=(source,),
        link_b=(),
        tlp="RED",
        pap="RED",
        licence="",
        unknown=(),
    )
