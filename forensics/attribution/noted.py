"""What a likelihood ratio was computed from, note by note: enough for a reader with a calculator to repeat it. Pure.

The notes of a link are flat (name, value), so that a report can print them as they are. ``explanation`` reads them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from forensics.attribution.parameters import SHARED_CLASSES, Parameters, Scenario
from forensics.attribution.ratios import chance_of_a_hit, weight
from forensics.attribution.rings import COUNTED, Member, Population, distinct, lines

if TYPE_CHECKING:
    from forensics.model import Record

DIGITS = 6
Notes = dict[str, float | str]


def significant(value: float) -> float:
    """Round to six significant digits, so that every printed number can be recomputed and is the same everywhere."""
    return float(f"{value:.{DIGITS}g}")


def rounded(notes: Notes, name: str, values: Mapping[str, float]) -> None:
    """Note a value for each ring."""
    notes.update({f"{name} {ring}": significant(value) for ring, value in values.items()})


def of_model(parameters: Parameters, population: Population, scenarios: Iterable[Scenario]) -> Notes:
    """Return the numbers of the parameter file that enter: scatter, users of an address, and each scenario."""
    notes: Notes = {f"scatter {ring}": value for ring, value in parameters.scatter.items()}
    if population.users:
        notes["population users"] = float(population.users)
    else:
        notes["users per address"] = parameters.users_per_address
    for held in scenarios:
        notes[f"half-life days, {held.name}"] = held.half_life_days
        if held.users:
            notes[f"users behind it, {held.name}"] = float(held.users)
        if held.pool:
            notes[f"exits, {held.name}"] = float(held.pool)
            notes[f"share using the service, {held.name}"] = held.pool_share
    return notes


def others_shared(
    members: Iterable[Member],
    concerned: Record | None,
    parameters: Parameters,
    population: Population,
    size: int,
) -> dict[str, tuple[Scenario, int]]:
    """Return the recorded addresses beside the match that many people share: by class, its scenario and their number.

    A network that two records tell of counts by the class whose scenario weighs more among ``size`` addresses: which one
    that is differs between a country and a small network.
    """

    def heaviness(shared: str) -> float:
        return weight(parameters.middle_of(shared), population, parameters, size)

    held: dict[str, tuple[str, Member]] = {}
    many = [item for item in members if item.record.sharing_class in SHARED_CLASSES]
    for item in sorted(many, key=lambda one: one.record.id):
        shared, network = item.record.sharing_class, item.record.network
        before = held.get(network)
        if concerned is not None and network == concerned.network:
            continue
        if before is None or heaviness(shared) > heaviness(before[0]):
            held[network] = (shared, item)
    found: dict[str, tuple[Scenario, int]] = {}
    for shared, item in held.values():
        number = found[shared][1] if shared in found else 0
        found[shared] = (parameters.middle_of(shared), number + lines(item))
    return dict(sorted(found.items()))


def recorded(
    members: Iterable[Member], concerned: Record | None, shared: Mapping[str, tuple[Scenario, int]], prefix: str = ""
) -> Notes:
    """Return how many addresses are on record, how many of them the match rests on, and which others are shared."""
    held = distinct(members)
    own = [item for item in held if concerned is not None and item.record.network == concerned.network]
    notes: Notes = {f"{prefix}recorded addresses": float(sum(map(lines, held)))}
    if concerned is not None:
        notes[f"{prefix}recorded addresses of the match"] = float(sum(map(lines, own)))
    for name, (scenario, number) in shared.items():
        notes[f"{prefix}others recorded as {name}, weighed as {scenario.name}"] = float(number)
    return notes


def coincidence(addresses: int, records: int, notes: Mapping[str, float | str], ring: str) -> Notes:
    """Return what chance alone gives among so many comparisons: E0 = n R / N exact hits, and 1 - (1 - R/N)^n.

    For an address that is only near recorded ones, also the chance that one falls into its ring or nearer.
    """
    size = int(notes["population addresses"])
    found: Notes = {
        "addresses compared": float(addresses),
        "records compared": float(records),
        "exact hits expected by chance": significant(addresses * records / size),
        "chance of an exact hit": significant(chance_of_a_hit(addresses, records, size)),
    }
    if ring in COUNTED[1:-1]:
        near = sum(int(notes[f"count {name}"]) for name in COUNTED[: COUNTED.index(ring) + 1])
        found["addresses in this ring or nearer"] = float(near)
        found["chance of a hit in this ring or nearer"] = significant(chance_of_a_hit(addresses, near, size))
    return found
