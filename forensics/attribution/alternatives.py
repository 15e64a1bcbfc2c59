"""One address and one record set against both alternatives: the ratio of its ring in every scenario, and every step. Pure.

Hd1 is an unrelated source in the country, Hd2 another user of the same network. The range runs over the rate of exact re-use
(low 95 %, mean, high 95 %) and over every way in which the address may have been held that its sharing class leaves open. An
unknown period is never "always": every scenario decays from the nearest known date, and the low end is neutral or below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from forensics.attribution import noted, ratios
from forensics.attribution.noted import significant
from forensics.attribution.parameters import SHARED_CLASSES, UNKNOWN, Parameters, Scenario
from forensics.attribution.prepared_set import PreparedSet
from forensics.attribution.rings import INSIDE, Member, ObservedAddress, Population
from forensics.attribution.set_part import Part
from forensics.model import Record

QUANTILES = ("low", "mean", "high")
_ABROAD = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Ratios by quantile of the re-use rate: the lowest and highest over the scenarios, and the middle figure."""

    lowest: tuple[float, float, float]
    highest: tuple[float, float, float]
    middle: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What one evaluation is about."""

    observed: ObservedAddress
    records: PreparedSet
    population: Population
    parameters: Parameters
    ring: str
    concerned: Member | None
    sharing: str
    scenarios: tuple[Scenario, ...]
    middle: Scenario


def placed(
    observed: ObservedAddress,
    records: PreparedSet,
    population: Population,
    parameters: Parameters,
    match: tuple[str, Member | None],
) -> Setting:
    """Return what an evaluation is about; ``match`` is the ring and the record that the match rests on."""
    ring, concerned = match
    sharing = _sharing(observed, concerned, parameters)
    return Setting(
        observed=observed,
        records=records,
        population=population,
        parameters=parameters,
        ring=ring,
        concerned=concerned,
        sharing=sharing,
        scenarios=parameters.open_for(sharing),
        middle=parameters.middle_of(sharing),
    )


def _sharing(observed: ObservedAddress, concerned: Member | None, parameters: Parameters) -> str:
    """Return the class that decides the scenarios; outside a known period, only "shared" is believed."""
    if concerned is None:
        return "dedicated"
    if parameters.assumed_class:
        return parameters.assumed_class
    if observed.sharing_class in SHARED_CLASSES and concerned.record.sharing_class not in SHARED_CLASSES:
        return observed.sharing_class
    held = concerned.record.sharing_class
    return UNKNOWN if concerned.window == UNKNOWN and held not in SHARED_CLASSES else held


def country(setting: Setting, steps: noted.Notes) -> Range:
    """Evaluate against Hd1 and note every step."""
    size = setting.population.addresses
    counts = setting.records.counts(setting.population)
    noted.rounded(steps, "count", counts.rings)
    share = _shares(setting, setting.records.whole, size)

    def tabled(scenario: Scenario, pi0: float) -> ratios.Table:
        return ratios.table(counts, share(scenario), pi0, setting.parameters)

    middle = tabled(setting.middle, setting.parameters.pi0)
    noted.rounded(steps, "pi", middle.pi)
    noted.rounded(steps, "q", middle.q)
    noted.rounded(steps, "ratio", middle.ratio)
    steps["rings weighed together"] = "; ".join(" + ".join(names) for names in middle.pooled) or "none"
    for scenario in setting.scenarios:
        steps[f"q exact, {scenario.name}"] = significant(share(scenario))
    ring = "country" if setting.ring == _ABROAD else setting.ring
    return range_of(setting, lambda scenario, pi0: tabled(scenario, pi0).ratio[ring], steps, "LR")


def network(setting: Setting, steps: noted.Notes) -> Range | None:
    """Evaluate against Hd2, another user of the same network; ``None`` where there is no match or no count."""
    asn = setting.concerned.asn if setting.concerned else None
    size = setting.population.by_as.get(asn, 0) if asn is not None else 0
    if asn is None or size <= 0 or setting.observed.asn != asn:
        return None
    part = setting.records.network(asn)
    counts = part.counts_within(size)
    steps["network addresses"] = float(size)
    noted.rounded(steps, "network count", counts.rings)
    record = matched(setting)
    shared = part.others_shared(record, _weighing(setting, size), setting.parameters)
    steps.update(part.recorded(record, shared, "network "))
    share = _shares(setting, part, size)

    def ratio(scenario: Scenario, pi0: float) -> float:
        found = ratios.table(counts, share(scenario), pi0, setting.parameters, ratios.NETWORK_RINGS)
        return found.ratio[setting.ring]

    for scenario in setting.scenarios:
        steps[f"network q exact, {scenario.name}"] = significant(share(scenario))
    return range_of(setting, ratio, steps, "LR network")


def _shares(setting: Setting, part: Part, size: int) -> Callable[[Scenario], float]:
    """Return q of the exact ring by scenario: the match weighs by the scenario, others by their known class."""

    @cache
    def share(scenario: Scenario) -> float:
        return part.exact_share(matched(setting), scenario, _weighing(setting, size), setting.parameters, size)

    return share


def _weighing(setting: Setting, size: int) -> Callable[[Scenario], float]:
    """Return how much one address of a scenario weighs among so many."""
    return cache(lambda scenario: ratios.weight(scenario, setting.population, setting.parameters, size))


def range_of(
    setting: Setting, ratio: Callable[[Scenario, float], float], steps: dict[str, float | str], name: str
) -> Range:
    """Run all scenarios and quantiles; an unknown period adds the neutral scenario."""
    concerned = setting.concerned
    gap = _gap(concerned)
    ends: list[tuple[float, float]] = []
    middle = 1.0
    for quantile, pi0 in zip(QUANTILES, setting.parameters.quantiles, strict=True):
        values = [1.0] if concerned is not None and concerned.window == UNKNOWN else []
        for scenario in setting.scenarios:
            value = _aged(ratio(scenario, pi0), gap, scenario)
            steps[f"S, {scenario.name}"] = significant(ratios.decay(gap, scenario.half_life_days))
            steps[f"{name}, {scenario.name}, pi0 {quantile}"] = value
            values.append(value)
            middle = value if (scenario, quantile) == (setting.middle, "mean") else middle
        ends.append((min(values), max(values)))
        steps[f"{name} lowest, pi0 {quantile}"], steps[f"{name} highest, pi0 {quantile}"] = ends[-1]
    steps[f"{name} middle"] = middle
    (low, low_top), (mean, mean_top), (high, high_top) = ends
    return Range(lowest=(low, mean, high), highest=(low_top, mean_top, high_top), middle=middle)


def _gap(concerned: Member | None) -> float | None:
    return 0.0 if concerned is None or concerned.window == INSIDE else concerned.gap_days


def _aged(ratio: float, gap: float | None, scenario: Scenario) -> float:
    return significant(ratios.decayed(ratio, ratios.decay(gap, scenario.half_life_days)))


def distant(records: PreparedSet, ring: str, population: Population, parameters: Parameters) -> float:
    """Return the ratio of a ring outside the recorded addresses themselves, before decay: the same in every scenario."""

    def share() -> float:
        size, whole = population.addresses, records.whole
        weigh = partial(ratios.weight, population=population, parameters=parameters, size=size)
        return whole.exact_share(None, parameters.middle_of(UNKNOWN), weigh, parameters, size)

    def ratio() -> float:
        return ratios.table(records.counts(population), share(), parameters.pi0, parameters).ratio[ring]

    return records.remembered(("distant", ring), (population, parameters), ratio)


def told_at_most(ratio: float, parameters: Parameters) -> float:
    """Return the most that ``link`` tells of a match with this ratio before decay, whenever it was."""
    return significant(min(significant(ratios.decayed(ratio, 1.0)), parameters.cap))


def told_of(observed: ObservedAddress, concerned: Member, ratio: float, parameters: Parameters) -> tuple[float, str]:
    """Return what ``link`` tells of a match with this ratio before decay, and the sharing class that decides it."""
    sharing = _sharing(observed, concerned, parameters)
    middle = parameters.middle_of(sharing)
    still = _aged(ratio, _gap(concerned), middle) if middle in parameters.open_for(sharing) else 1.0
    return significant(min(still, parameters.cap)), sharing


def matched(setting: Setting) -> Record | None:
    """Return the record whose very address was seen: how that is held weighs the match.

    A neighbour's flag says nothing about it, and a larger weight of the exact ring would leave less for the rings outside
    it, so that the flag raised their ratios.
    """
    return setting.concerned.record if setting.concerned is not None and setting.ring == "exact" else None


def inputs(setting: Setting) -> noted.Notes:
    """Note what an evaluation is about."""
    parameters, concerned = setting.parameters, setting.concerned
    found: noted.Notes = {
        "parameters": noted.version_of(parameters),
        "set": setting.records.id,
        "observed AS": "unknown" if setting.observed.asn is None else f"AS{setting.observed.asn}",
        "population": setting.population.source or "source not stated",
        "population addresses": float(setting.population.addresses),
        "sharing class": setting.sharing,
        "window": concerned.window if concerned is not None else "none",
        "records excluded": setting.records.excluded_noted,
        "middle scenario": setting.middle.name,
        "cap": parameters.cap,
        **{f"pi0 {name}": value for name, value in zip(QUANTILES, parameters.quantiles, strict=True)},
    }
    if concerned is not None and concerned.gap_days is not None:
        found["gap days"] = float(concerned.gap_days)
    return found


def of_set(setting: Setting) -> noted.Notes:
    """Note how many addresses are on record, and what the model assumes of those that many people share."""
    parameters, whole, record = setting.parameters, setting.records.whole, matched(setting)
    shared = whole.others_shared(record, _weighing(setting, setting.population.addresses), parameters)
    weighed = {item.name: item for item in (*setting.scenarios, *map(parameters.middle_of, whole.classes))}
    return {
        **whole.recorded(record, shared),
        **noted.of_model(parameters, setting.population, weighed.values()),
    }
