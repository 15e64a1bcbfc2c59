"""How the ratio of an exact hit moves with the premises: registry size, rate of re-use, time, class of the address. Pure.

The worked example of the model as a function of its inputs. The rows use the same formulas as a finding (``ratios``), so
the table of a case and the table of the printed example are one computation with different numbers put in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forensics.attribution import ratios
from forensics.attribution.alternatives import QUANTILES
from forensics.attribution.noted import significant
from forensics.attribution.parameters import Parameters, Scenario
from forensics.attribution.rings import COUNTED, RINGS, Counts, Population
from forensics.attribution.strength import words
from forensics.errors import UsageError

SIZES = (1, 20, 200)
GAP_DAYS = 1096
STATIC, DYNAMIC = "dedicated", "broadband"
KEYS = ("population", "users", "registry", "nearer", "network", "network_registry", "gap_days", "other_rings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One exact hit and the other addresses of the same client.

    ``rings`` counts the population by ring, ``exact`` being the recorded addresses. ``network`` is how many addresses the
    network of the hit announces and ``network_registry`` how many of them are on record; 0 where not known. ``others``
    are the rings of the other addresses.
    """

    rings: Mapping[str, int]
    users: int | None
    network: int
    network_registry: int
    others: tuple[str, ...]
    gap_days: int = GAP_DAYS

    @property
    def population(self) -> int:
        """All addresses."""
        return sum(self.rings.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRow:
    """The figures for one size of the registry and one rate of re-use; ``*_words`` are those of the printed scale."""

    registry: int
    quantile: str
    pi0: float
    hit: float
    others: float
    inside: float
    inside_words: str
    static: float
    static_words: str
    dynamic: float
    dynamic_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """The figure for one way of sharing the address, at the mean rate and the case's size of the registry."""

    scenario: str
    together: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """The whole table. ``network`` is the hit alone against another user of the same network, ``None`` if not known."""

    example: Example
    sizes: tuple[SizeRow, ...]
    classes: tuple[ClassRow, ...]
    network: float | None
    network_words: str


def example_of(document: Mapping[str, Any]) -> Example:
    """Return the example of a finding's derivation document."""
    country = document["evaluations"][0]
    network = document["evaluations"][1] if len(document["evaluations"]) > 1 else None
    return Example(
        rings={ring: int(country["rings"][ring]) for ring in COUNTED},
        users=document["population"]["users"],
        network=network["addresses"] if network else 0,
        network_registry=network["rings"]["exact"] if network else 0,
        others=tuple("country" if item["ring"] == "elsewhere" else item["ring"] for item in document["factors"]),
    )


def with_settings(example: Example, settings: Sequence[str]) -> Example:
    """Return the example with ``KEY=VALUE`` settings made, in the order of ``KEYS`` whatever their order.

    ``nearer`` is how many addresses lie nearer than the country; the country's ring is what remains of ``population``.
    """
    found = dict(setting.partition("=")[::2] for setting in settings)
    numbers = {key: _whole(key, found[key]) for key in KEYS[:-1] if key in found}
    population = numbers.get("population", example.population)
    rings = _resized(dict(example.rings), numbers.get("registry", example.rings["exact"]))
    nearer = numbers.get("nearer", sum(rings[ring] for ring in COUNTED[:-1]))
    inside = sum(rings[ring] for ring in COUNTED[:-2])
    if not inside <= nearer < population:
        message = f"{nearer:,} addresses nearer than the country do not fit between {inside:,} and {population:,}"
        raise UsageError(message, where="nearer", hint="It holds the recorded addresses and their neighbourhoods")
    rings |= {"origin_as": nearer - inside, "country": population - nearer}
    return replace(
        example,
        rings=rings,
        users=numbers.get("users", example.users),
        network=numbers.get("network", example.network),
        network_registry=numbers.get("network_registry", example.network_registry),
        gap_days=numbers.get("gap_days", example.gap_days),
        others=_others(found["other_rings"]) if "other_rings" in found else example.others,
    )


def sensitivity(example: Example, parameters: Parameters) -> Sensitivity:
    """Return the table for an example."""
    own = example.rings["exact"]
    sizes = [
        _size_row(example, parameters, size, name, pi0)
        for size in sorted({*SIZES, own})
        for name, pi0 in zip(QUANTILES, parameters.quantiles, strict=True)
    ]
    classes = [_class_row(example, parameters, item) for item in parameters.open_for("unknown")]
    network = None
    if example.network and example.network_registry:
        network = significant(parameters.pi0 / (example.network_registry / example.network))
    return Sensitivity(
        example=example,
        sizes=tuple(sizes),
        classes=tuple(classes),
        network=network,
        network_words="" if network is None else words(network, parameters),
    )


def _size_row(example: Example, parameters: Parameters, size: int, name: str, pi0: float) -> SizeRow:
    table = _table(example, parameters, size, parameters.middle_of(STATIC), pi0)
    hit, others = table.ratio["exact"], _others_together(table, example)
    aged = {
        held: ratios.decayed(hit, ratios.decay(example.gap_days, parameters.middle_of(held).half_life_days)) * others
        for held in (STATIC, DYNAMIC)
    }
    inside = hit * others
    return SizeRow(
        registry=size,
        quantile=name,
        pi0=pi0,
        hit=significant(hit),
        others=significant(others),
        inside=significant(inside),
        inside_words=words(inside, parameters),
        static=significant(aged[STATIC]),
        static_words=words(aged[STATIC], parameters),
        dynamic=significant(aged[DYNAMIC]),
        dynamic_words=words(aged[DYNAMIC], parameters),
    )


def _class_row(example: Example, parameters: Parameters, scenario: Scenario) -> ClassRow:
    table = _table(example, parameters, example.rings["exact"], scenario, parameters.pi0)
    single = _table(example, parameters, example.rings["exact"], parameters.middle_of(STATIC), parameters.pi0)
    together = table.ratio["exact"] * _others_together(single, example)
    return ClassRow(scenario=scenario.name, together=significant(together), words=words(together, parameters))


def _table(example: Example, parameters: Parameters, size: int, scenario: Scenario, pi0: float) -> ratios.Table:
    """Return the ratios of all rings where ``size`` addresses are on record and one of them is held by a scenario."""
    rings = _resized(dict(example.rings), size)
    total = sum(rings.values())
    people = Population(country="", addresses=total, users=example.users)
    weight = ratios.weight(scenario, people, parameters, total)
    share = min(1.0, max(weight, 1 / total) + (size - 1) / total)
    return ratios.table(Counts(rings=rings), share, pi0, parameters)


def _others_together(table: ratios.Table, example: Example) -> float:
    found = 1.0
    for ring in example.others:
        found *= table.ratio[ring]
    return found


def _resized(rings: dict[str, int], size: int) -> dict[str, int]:
    """Return the rings with ``size`` recorded addresses; the difference comes from, or goes to, the rings around them."""
    left = size - rings["exact"]
    rings["exact"] = size
    if left < 0:
        rings["neighbourhood"] -= left
        return rings
    for ring in COUNTED[1:]:
        taken = min(left, rings[ring])
        rings[ring] -= taken
        left -= taken
    if left or not rings["country"]:
        message = f"a registry of {size:,} addresses does not fit into the population"
        raise UsageError(message, where="registry", hint="Set a larger population")
    return rings


def _whole(key: str, value: str) -> int:
    text = value.replace(",", "").replace("_", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 12 and int(text) > 0):  # noqa: PLR2004 - digits
        raise UsageError(f"no positive whole number: {value[:80]!r}", where=key, hint=f"For example {key}=738048")
    return int(text)


def _others(value: str) -> tuple[str, ...]:
    rings = tuple(part.strip() for part in value.split(",") if part.strip())
    bad = [ring for ring in rings if ring not in RINGS[1:-1]]
    if bad:
        raise UsageError(f"no ring: {bad[0][:80]!r}", where="other_rings", hint=f"Of: {', '.join(RINGS[1:-1])}")
    return rings
