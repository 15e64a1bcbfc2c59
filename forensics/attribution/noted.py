"""What a likelihood ratio was computed from, note by note: enough for a reader with a calculator to repeat it. Pure.

The notes of a link are flat (name, value), so that a report can print them as they are. ``explanation`` reads them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from forensics.attribution.parameters import Parameters, Scenario
from forensics.attribution.ratios import chance_of_a_hit
from forensics.attribution.rings import COUNTED, Population
from forensics.sentence import Sentence, paragraph, say, say_n
from forensics.spoken import said_state

if TYPE_CHECKING:
    from forensics.attribution.rings import Member

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


MOST_NAMED = 100
"""Records without support that a link names one by one; the registry holds all of them, and their number is always said."""


def left_out(members: Sequence[Member]) -> str:
    """Return the records that support nothing, each with its state, the first ones by name; "none" for none."""
    named = [f"{item.record.id} ({item.record.state})" for item in members[:MOST_NAMED]]
    further = len(members) - len(named)
    return ", ".join([*named, *([f"{further:,} more"] if further else [])]) or "none"


def left_out_said(members: Sequence[Member]) -> Sentence:
    """Name records that support nothing, each with its state; of very many the first, and the number of the others."""
    named: list[str] = [said_state(item.record.id, item.record.state) for item in members[:MOST_NAMED]]
    further = len(members) - len(named)
    more = [say_n("{n} more, which is in the registry", "{n} more, which are in the registry", further)]
    return paragraph([*named, *(more if further else ())], ", ")


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


def version_of(parameters: Parameters) -> Sentence:
    """Return which parameters were used."""
    return say("version {version}, SHA-256 {digest}", version=str(parameters.version), digest=parameters.digest)
