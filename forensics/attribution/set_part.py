"""The recorded networks of a set, grouped by what they weigh: thousands of them are summed as a few numbers. Pure.

The sums are exact and rounded once, so that neither order nor grouping changes a digit.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from forensics.attribution import rings
from forensics.attribution.parameters import SHARED_CLASSES
from forensics.attribution.rings import Member, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from forensics.attribution.noted import Notes
    from forensics.attribution.parameters import Parameters, Scenario
    from forensics.attribution.rings import Counts
    from forensics.model import Record

Group = tuple[tuple[str, ...], int]
"""Classes of the records of a network that many people share, by id of the record, and how many addresses it counts for."""


class Part:
    """The recorded networks of a set, or those of it in one AS."""

    def __init__(self, members: Sequence[Member], held: Iterable[Member]) -> None:
        """Group the networks: ``members`` one for each, ``held`` all records of them, by id."""
        told: dict[str, dict[str, None]] = {}
        for item in held:
            if item.record.sharing_class in SHARED_CLASSES:
                told.setdefault(item.record.network, {})[item.record.sharing_class] = None
        self.members = members
        self._told = {network: tuple(found) for network, found in told.items()}
        self._lines = {item.record.network: lines(item) for item in members}
        self._groups = Counter(map(self.group_of, self._lines))
        self.classes = sorted({name for found in self._told.values() for name in found})
        self.addresses = sum(self._lines.values())
        self._counts: dict[int, Counts] = {}

    def group_of(self, network: str) -> Group:
        """Return the group of a recorded network."""
        return self._told.get(network, ()), self._lines.get(network, 0)

    def counts_within(self, size: int) -> Counts:
        """Return the rings within one network of so many addresses."""
        if size not in self._counts:
            self._counts[size] = rings.count_network(self.members, size)
        return self._counts[size]

    def exact_share(
        self,
        matched: Record | None,
        scenario: Scenario,
        weigh: Callable[[Scenario], float],
        parameters: Parameters,
        size: int,
    ) -> float:
        """Return q of the exact ring: the weights of all recorded addresses together, so a larger set weighs each less.

        The network of the match weighs by the scenario, others by the class that is known of them, and each at least as
        one customer for each of its addresses.
        """
        one = {name: weigh(parameters.middle_of(name)) for name in self.classes}
        others, own = self._beside(matched)
        share = sum(
            (
                number * Fraction(max(*(one[name] * count for name in names), count / size, 0.0))
                for (names, count), number in others.items()
            ),
            Fraction(),
        )
        if own is not None:
            share += Fraction(max(weigh(scenario) * own[1], own[1] / size))
        return min(float(share), 1.0)

    def others_shared(
        self, matched: Record | None, weigh: Callable[[Scenario], float], parameters: Parameters
    ) -> dict[str, tuple[Scenario, int]]:
        """Return the recorded addresses beside the match that many people share: by class, its scenario and their number.

        A network that two records tell of counts by the class that ``weigh`` gives more: in a country and in one network
        of it that may be another one; of equal ones, that of the first record.
        """
        numbers: Counter[str] = Counter()
        for (names, count), number in self._beside(matched)[0].items():
            if names and number:
                numbers[max(names, key=lambda name: weigh(parameters.middle_of(name)))] += count * number
        return {name: (parameters.middle_of(name), number) for name, number in sorted(numbers.items())}

    def recorded(self, matched: Record | None, shared: Mapping[str, tuple[Scenario, int]], prefix: str = "") -> Notes:
        """Return how many addresses are on record, how many of them the match rests on, and which others are shared."""
        notes: Notes = {f"{prefix}recorded addresses": float(self.addresses)}
        if matched is not None:
            notes[f"{prefix}recorded addresses of the match"] = float(self._lines.get(matched.network, 0))
        for name, (scenario, number) in shared.items():
            notes[f"{prefix}others recorded as {name}, weighed as {scenario.name}"] = float(number)
        return notes

    def _beside(self, matched: Record | None) -> tuple[Mapping[Group, int], Group | None]:
        """Return the groups without the network of the match, and the group of that network."""
        if matched is None or matched.network not in self._lines:
            return self._groups, None
        own = self.group_of(matched.network)
        others = self._groups.copy()
        others[own] -= 1
        return others, own
