"""Which of a hundred thousand record sets an address is told to be linked to, without weighing every one of them.

``best_link.innermost`` says which link is told: that in the innermost ring, then of the highest ratio; where none supports
anything, the one that has most to say. Sets near the address are weighed. Of all others only the ratio and the number of
notes are asked, which are the same for many sets and addresses; the one that is told is then weighed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from forensics.attribution.alternatives import distant, told_at_most, told_of
from forensics.attribution.best_link import innermost
from forensics.attribution.rings import nearest_record
from forensics.attribution.strength import link as weigh
from forensics.pipeline.record_sets import standing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from forensics.attribution.parameters import Parameters
    from forensics.attribution.rings import Member, ObservedAddress, Population
    from forensics.model import Link
    from forensics.pipeline.record_sets import Kind, RecordSets

Joined = Callable[[str], "Link"]
"""Gives the whole link to a set."""

Told = tuple[float, str, str]
"""How a link that supports something is chosen: the highest ratio (negated), then the first record by id, then set by name."""

Rank = tuple[float, float, str]
"""How a link that supports nothing is chosen: most notes, then the highest ratio, then the first set by name."""


class _Candidate(NamedTuple):
    """A set with records in an AS, in the order in which it can be told: ``bound`` is its highest ratio, negated.

    ``first`` is the first of the records by id, ``originals`` are those a match may rest on, ``ratio`` is before decay.
    """

    bound: float
    first: str
    name: str
    ratio: float
    kind: str
    originals: Sequence[Member]

    @property
    def key(self) -> Told:
        """Nothing that is told of the set comes before this."""
        return self[:3]


class SetChoice:
    """Chooses among the sets of a case; what was worked out for a network or a kind of sets is remembered."""

    def __init__(self, placed: RecordSets, parameters: Parameters) -> None:
        """Nothing is weighed yet."""
        self._placed = placed
        self._parameters = parameters
        self._ordered: dict[tuple[object, ...], tuple[Population, list[_Candidate]]] = {}
        self._numbers: dict[tuple[object, ...], tuple[Population, int, float]] = {}

    def told(self, observed: ObservedAddress, population: Population, joined: Joined) -> Link:
        """Return the link that looking at every set would choose."""
        exact, around = self._placed.near(observed)
        near = [joined(name) for name in exact or around]
        nearest = innermost(near)
        if nearest is not None:
            return nearest
        if population.addresses <= 0:  # nothing is computed, of no set
            return _unlisted(joined(self._placed.names[0]))
        supporting = self._supporting(observed, population, around)
        if supporting is not None:
            return joined(supporting)
        ranks = [_rank(link, name) for link, name in zip(near, around, strict=True)]
        ranks += self._ranks(observed, population, around)
        return _unlisted(joined(min(ranks)[2]))

    def _supporting(self, observed: ObservedAddress, population: Population, around: Collection[str]) -> str | None:
        """Return the set that supports most by a record in the network of the address, or ``None``."""
        best: Told | None = None
        for item in self._candidates(observed, population):
            if item.bound >= -1 or (best is not None and item.key > best):
                break  # no further one supports anything, or more than the best
            if item.name in around:
                continue
            concerned = _concerned(item, observed)
            ratio, _ = told_of(observed, concerned, item.ratio, self._parameters)
            if ratio > 1:
                found = (-ratio, concerned.record.id, item.name)
                best = found if best is None else min(best, found)
        return None if best is None else best[2]

    def _candidates(self, observed: ObservedAddress, population: Population) -> list[_Candidate]:
        """Return the sets with records in the network of an address, the one that can support most first."""
        day = observed.at.date()
        key = (self._placed.version(day), observed.asn, id(population))
        if key not in self._ordered:
            kinds = [kind for kind in self._placed.kinds(day) if observed.asn in kind.systems]
            found = sorted(item for kind in kinds for item in self._of_kind(kind, observed, population))
            self._ordered[key] = population, found  # the population stays alive, so that its id is not used again
        return self._ordered[key][1]

    def _of_kind(self, kind: Kind, observed: ObservedAddress, population: Population) -> Iterator[_Candidate]:
        prepared = self._placed.on(kind.names[0], observed.at.date())
        ratio = distant(prepared, "origin_as", population, self._parameters)
        bound = -told_at_most(ratio, self._parameters)
        for name, records in zip(kind.names, kind.records, strict=True):
            held = records if len(records) == 1 else prepared.originals_of(observed.asn or 0)
            yield _Candidate(
                bound=bound,
                first=min(item.record.id for item in held),
                name=name,
                ratio=ratio,
                kind=kind.names[0],
                originals=held,
            )

    def _ranks(self, observed: ObservedAddress, population: Population, around: Collection[str]) -> Iterator[Rank]:
        """Yield how each set that is not around ranks where none supports anything; of equal ones the first."""
        for item in self._candidates(observed, population):
            if item.name not in around:
                concerned = _concerned(item, observed)
                ratio, sharing = told_of(observed, concerned, item.ratio, self._parameters)
                about = (observed.asn, sharing, concerned.gap_days is None)
                notes, _ = self._weighed(item.kind, item.name, about, observed, population)
                yield -notes, -ratio, item.name
        for kind in self._placed.kinds(observed.at.date()):
            if observed.asn not in kind.systems:
                notes, ratio = self._weighed(kind.names[0], kind.names[0], (), observed, population)
                yield -notes, -ratio, kind.names[0]

    def _weighed(
        self, kind: str, name: str, about: tuple[object, ...], observed: ObservedAddress, population: Population
    ) -> tuple[int, float]:
        """Return the number of notes and the ratio of a set of a kind; ``about`` is what else the number depends on."""
        day = observed.at.date()
        key = (self._placed.version(day), kind, about, id(population))
        if key not in self._numbers:
            link = weigh(observed, self._placed.on(name, day), population, self._parameters)
            self._numbers[key] = population, len(link.derivation), link.strength.lr
        return self._numbers[key][1:]


def _concerned(item: _Candidate, observed: ObservedAddress) -> Member:
    found = nearest_record(standing(one, observed) for one in item.originals)
    if found is None:
        raise ValueError(item.name)  # a candidate has records
    return found


def _rank(link: Link, name: str) -> Rank:
    return -len(link.derivation), -link.strength.lr, name


def _unlisted(link: Link) -> Link:
    return replace(link, record="", window="", gap_days=None)
