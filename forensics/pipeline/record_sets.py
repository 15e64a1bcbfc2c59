"""The record sets of a case as they stand on any day, and which of them lie near an address.

There may be one set of a hundred thousand records, or a hundred thousand sets of one: records are placed in dated context
together, once for all days on which their origins are the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from forensics.attribution.prepared_set import PreparedSet
from forensics.attribution.rings import SUPPORTING_STATE, Member, ObservedAddress, RecordSet
from forensics.enrichment.origins import Origins
from forensics.registry.window import UNKNOWN, classify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from typing import Literal

    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.model import Record

MOST_PREPARED = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Sets, by name, that weigh the same for every address that is near none of them.

    They are one set with whatever records, or many sets of one record that differ in nothing that the model asks beside the
    time of the record. ``records`` are those that may support anything, set by set; ``systems`` the AS that announce them.
    """

    names: tuple[str, ...]
    records: tuple[tuple[Member, ...], ...]
    systems: frozenset[int]


class RecordSets:
    """All records that may be weighed, by set, as of any day."""

    def __init__(
        self,
        sets: Mapping[str, Sequence[Record]],
        snapshots: Sequence[SnapshotTable],
        as_of: Literal["event", "latest"] | date = "event",
    ) -> None:
        """Number the records that may support anything; only they are looked up."""
        self.names = sorted(sets)
        self._sets = sets
        self._places: dict[str, list[int]] = {}
        self._usable: list[tuple[str, Record]] = []
        for name in self.names:
            held = [record for record in sets[name] if record.state == SUPPORTING_STATE]
            self._places[name] = [*range(len(self._usable), len(self._usable) + len(held))]
            self._usable += [(name, record) for record in held]
        self._origins = Origins([record.network for _, record in self._usable], snapshots, as_of)
        self._prepared = lru_cache(maxsize=MOST_PREPARED)(self._prepare)
        self._members = lru_cache(maxsize=4)(self._placed)
        self._everything = lru_cache(maxsize=4)(self._whole)
        self._sorted = lru_cache(maxsize=4)(self._kinds)

    def version(self, day: date) -> int:
        """Return a number that is the same for days on which every record has the same origin."""
        return self._origins.version(day)

    def on(self, name: str, day: date) -> PreparedSet:
        """Return a set as it stands on a day."""
        return self._prepared(name, self.version(day))

    def near(self, observed: ObservedAddress) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the sets that hold an address itself, and those others that hold a neighbour of it, each by name."""
        whole, named = self._everything(self.version(observed.at.date()))
        exact = {named[id(item)] for item in whole.exact(observed)}
        around = {named[id(item)] for item in whole.around(observed)}
        return tuple(sorted(exact)), tuple(sorted(around - exact))

    def kinds(self, day: date) -> tuple[Kind, ...]:
        """Return all sets by what the model asks of them; the first that supports nothing stands for all of those."""
        return self._sorted(self.version(day))

    def _placed(self, version: int) -> list[Member]:
        origins = self._origins.on(version)
        return [
            Member(record=record, window=UNKNOWN, asn=asn)
            for (_, record), asn in zip(self._usable, origins, strict=True)
        ]

    def _whole(self, version: int) -> tuple[PreparedSet, dict[int, str]]:
        members = self._members(version)
        named = {id(item): name for item, (name, _) in zip(members, self._usable, strict=True)}
        return PreparedSet(RecordSet(id="", members=tuple(members))), named

    def _prepare(self, name: str, version: int) -> PreparedSet:
        members, places = self._members(version), iter(self._places[name])
        held = [
            members[next(places)] if record.state == SUPPORTING_STATE else Member(record=record, window=UNKNOWN)
            for record in self._sets[name]
        ]
        return PreparedSet(RecordSet(id=name, members=tuple(held)), standing)

    def _kinds(self, version: int) -> tuple[Kind, ...]:
        members = self._members(version)
        alike: dict[object, list[str]] = defaultdict(list)
        for name in self.names:
            held = [members[place] for place in self._places[name]]
            alike[_likeness(name, held)].append(name)
        return tuple(
            _kind(names, ([members[place] for place in self._places[name]] for name in names))
            for names in alike.values()
        )


def _likeness(name: str, held: Sequence[Member]) -> object:
    """Return what the model asks of a set; a larger one is like no other."""
    if not held:
        return "supports nothing"
    if len(held) > 1:
        return name
    (item,) = held
    return item.asn, item.record.sharing_class, item.network.version, item.network.prefixlen


def _kind(names: Sequence[str], held: Iterable[Sequence[Member]]) -> Kind:
    records = tuple(map(tuple, held))
    systems = frozenset(item.asn for items in records for item in items if item.asn is not None)
    return Kind(names=tuple(names), records=records, systems=systems)


def standing(member: Member, observed: ObservedAddress) -> Member:
    """Place a record in time for an observation."""
    found = classify(member.record, observed.at.date())
    return replace(member, window=found.window, gap_days=found.gap_days)
