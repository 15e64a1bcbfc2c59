"""Link A for one observed address against one record set: ring, likelihood ratio and range, words, derivation. Pure.

``link`` never leaves a non-match out: it is a link too, with a ratio below 1. The range runs over the rate of exact
re-use (low 95 %, mean, high 95 %) and over every way in which the address may have been held that its sharing class
leaves open; the middle figure is never the top of the range alone. An unknown period is never "always": every scenario
decays from the nearest known date, and the low end of the range is neutral or below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial

from forensics.attribution import noted, ratios
from forensics.attribution.assumptions import assumptions
from forensics.attribution.noted import significant as significant  # noqa: PLC0414 - part of this module's surface
from forensics.attribution.parameters import SHARED_CLASSES, UNKNOWN, Parameters, Scenario
from forensics.attribution.prepared_set import PreparedSet
from forensics.attribution.rings import INSIDE, Member, ObservedAddress, Population, RecordSet
from forensics.attribution.set_part import Part
from forensics.attribution.wording import (
    ALTERNATIVE,
    NOT_ADDRESSED,
    SAME_NETWORK,
    UNWEIGHED,
    network_named,
    network_unknown,
)
from forensics.model import Link, Record, Strength
from forensics.sentence import Sentence, paragraph, say
from forensics.spoken import said_support

QUANTILES = ("low", "mean", "high")
STRONG = 1000.0
"""Above this the scale says "strong" and more; a match is called that only if the second alternative carries it, too."""
_ABROAD = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Ratios by quantile of the re-use rate: the lowest and highest over the scenarios, and the middle figure."""

    lowest: tuple[float, float, float]
    highest: tuple[float, float, float]
    middle: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
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


def words(ratio: float, parameters: Parameters) -> str:
    """Return the verbal scale's words; a value on a boundary takes the weaker words, below 1 the reciprocal's."""
    if ratio >= parameters.cap:
        return say("{support}, at least", support=_band(parameters.cap, parameters))
    ratio = significant(ratio)
    if ratio == 1:
        return say("no support either way")
    if ratio > 1:
        return _band(ratio, parameters)
    return say("{support} for the alternative", support=_band(1 / ratio, parameters))


def link(
    observed: ObservedAddress, records: RecordSet | PreparedSet, population: Population, parameters: Parameters
) -> Link:
    """Return Link A of an observed address and a record set.

    ``records`` are the *whole* set as it stands on that day, the records that do not match included. A set that is
    weighed often is prepared once.
    """
    if isinstance(records, RecordSet):
        records = PreparedSet(records)
    ring, concerned = records.match(observed, population)
    if population.addresses <= 0 or not records.usable:
        return _neutral(observed, records, population, parameters, (ring, concerned))
    setting = _setting(observed, records, population, parameters, (ring, concerned))
    held = records.remembered(_key(setting), (population, parameters), lambda: _evaluated(setting))
    return Link(
        address=observed.address,
        at=observed.at,
        ring=ring,
        record=concerned.record.id if concerned else "",
        window=concerned.window if concerned else "",
        gap_days=concerned.gap_days if concerned else None,
        strength=_beside(held.strength, setting, held.network),
        assumptions=assumptions(observed, records, population, parameters, concerned),
        derivation={**_inputs(setting), **held.notes},
    )


def _setting(
    observed: ObservedAddress,
    records: PreparedSet,
    population: Population,
    parameters: Parameters,
    matched: tuple[str, Member | None],
) -> _Setting:
    ring, concerned = matched
    sharing = _sharing(observed, concerned, parameters)
    return _Setting(
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evaluated:
    """The numbers of one evaluation: they are the same for every address that differs in nothing the model asks."""

    strength: Strength
    network: Range | None
    notes: noted.Notes


def _key(setting: _Setting) -> tuple[object, ...]:
    """Return all that the numbers depend on beside the set, the population and the parameters."""
    concerned, record = setting.concerned, _matched(setting)
    about = concerned and (concerned.window, concerned.gap_days, concerned.asn)
    group = record and setting.records.whole.group_of(record.network)
    return (setting.ring, setting.sharing, setting.observed.asn, about, group)


def _evaluated(setting: _Setting) -> _Evaluated:
    steps: noted.Notes = {}
    country = _country(setting, steps)
    network = _network(setting, steps)
    matched = setting.concerned is not None
    return _Evaluated(
        strength=strength(country, network, setting.population.country, setting.parameters, matched=matched),
        network=network,
        notes={**_of_set(setting), **steps},
    )


def strength(
    held: Range, network: Range | None, country: str, parameters: Parameters, *, matched: bool = False
) -> Strength:
    """Return a range as it is printed: capped, with the second alternative beside it, in the words of the weaker.

    ``matched`` says that there is a record. Where the second alternative of a match could not be weighed, nothing from
    "strong" upward is said: another user of the network may explain the address as well.
    """
    low, high = min(*held.lowest, held.middle), max(*held.highest, held.middle)
    said = _said(held, parameters)
    within = None if network is None else significant(min(network.middle, parameters.cap))
    weaker = network is not None and network.middle < held.middle
    lead = network if network is not None and weaker else held
    if matched and network is None:
        lead = _below_strong(held)
    why = ""
    if weaker and held.middle > 1:
        why = SAME_NETWORK
    elif network is None and _said(lead, parameters) != said:
        why = UNWEIGHED
    return Strength(
        lr_low=significant(min(low, parameters.cap)),
        lr=significant(min(held.middle, parameters.cap)),
        lr_high=significant(min(high, parameters.cap)),
        words=_said(lead, parameters),
        against=say(ALTERNATIVE, country=country),
        lr_network=within,
        words_network="" if within is None else words(within, parameters),
        words_country=said,
        why=why,
    )


def reason(whole: Strength, alone: Strength) -> str:
    """Return why the words are what they are, for a ratio of several parts; ``alone`` is that of the address."""
    if whole.lr_network is not None:
        return whole.why
    said = alone.why.parts if isinstance(alone.why, Sentence) and alone.why.parts else (alone.why,)
    return paragraph((*(part for part in said if part != UNWEIGHED), whole.why))


def _below_strong(held: Range) -> Range:
    """Return a range cut off where the words "strong support" begin."""
    low, mean, high = (min(value, STRONG) for value in held.lowest)
    return replace(held, lowest=(low, mean, high), middle=min(held.middle, STRONG))


def headline(held: Strength) -> float:
    """Return the ratio whose words lead: that of the weaker alternative, at most 1,000 for a match weighed against one."""
    if held.lr_network is not None:
        return min(held.lr, held.lr_network)
    return held.lr if held.words == held.words_country else min(held.lr, STRONG)


def _said(held: Range, parameters: Parameters) -> str:
    """Return the words of a range: those of its middle, and those of its low end where they differ."""
    said, low = words(held.middle, parameters), words(min(*held.lowest, held.middle), parameters)
    return said if said == low else say("{words} (low end: {low})", words=said, low=low)


def _beside(held: Strength, setting: _Setting, network: Range | None) -> Strength:
    """Name the second alternative; where there is a match and it could not be weighed, say that."""
    concerned = setting.concerned
    if concerned is None:
        return held
    if network is None:
        why = network_unknown(concerned.record.id)
        return replace(held, why=paragraph((why, held.why)) if held.why else why)
    size = setting.population.by_as[concerned.asn or 0]
    return replace(held, against_network=network_named(f"AS{concerned.asn}", size))


def _band(ratio: float, parameters: Parameters) -> str:
    return said_support([said for above, said in parameters.scale if ratio > above][-1])


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


def _country(setting: _Setting, steps: noted.Notes) -> Range:
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
    return _range(setting, lambda scenario, pi0: tabled(scenario, pi0).ratio[ring], steps, "LR")


def _network(setting: _Setting, steps: noted.Notes) -> Range | None:
    """Evaluate against Hd2, another user of the same network; ``None`` where there is no match or no count."""
    asn = setting.concerned.asn if setting.concerned else None
    size = setting.population.by_as.get(asn, 0) if asn is not None else 0
    if asn is None or size <= 0 or setting.observed.asn != asn:
        return None
    part = setting.records.network(asn)
    counts = part.counts_within(size)
    steps["network addresses"] = float(size)
    noted.rounded(steps, "network count", counts.rings)
    record = _matched(setting)
    shared = part.others_shared(record, _weighing(setting, size), setting.parameters)
    steps.update(part.recorded(record, shared, "network "))
    share = _shares(setting, part, size)

    def ratio(scenario: Scenario, pi0: float) -> float:
        found = ratios.table(counts, share(scenario), pi0, setting.parameters, ratios.NETWORK_RINGS)
        return found.ratio[setting.ring]

    for scenario in setting.scenarios:
        steps[f"network q exact, {scenario.name}"] = significant(share(scenario))
    return _range(setting, ratio, steps, "LR network")


def _shares(setting: _Setting, part: Part, size: int) -> Callable[[Scenario], float]:
    """Return q of the exact ring by scenario: the match weighs by the scenario, others by their known class."""

    @cache
    def share(scenario: Scenario) -> float:
        return part.exact_share(_matched(setting), scenario, _weighing(setting, size), setting.parameters, size)

    return share


def _weighing(setting: _Setting, size: int) -> Callable[[Scenario], float]:
    """Return how much one address of a scenario weighs among so many."""
    return cache(lambda scenario: ratios.weight(scenario, setting.population, setting.parameters, size))


def _range(
    setting: _Setting, ratio: Callable[[Scenario, float], float], steps: dict[str, float | str], name: str
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


def _matched(setting: _Setting) -> Record | None:
    """Return the record whose very address was seen: how that is held weighs the match.

    A neighbour's flag says nothing about it, and a larger weight of the exact ring would leave less for the rings outside
    it, so that the flag raised their ratios.
    """
    return setting.concerned.record if setting.concerned is not None and setting.ring == "exact" else None


def _inputs(setting: _Setting) -> noted.Notes:
    """Note what an evaluation is about."""
    parameters, concerned = setting.parameters, setting.concerned
    found: noted.Notes = {
        "parameters": _which(parameters),
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


def _of_set(setting: _Setting) -> noted.Notes:
    """Note how many addresses are on record, and what the model assumes of those that many people share."""
    parameters, whole, record = setting.parameters, setting.records.whole, _matched(setting)
    shared = whole.others_shared(record, _weighing(setting, setting.population.addresses), parameters)
    weighed = {item.name: item for item in (*setting.scenarios, *map(parameters.middle_of, whole.classes))}
    return {
        **whole.recorded(record, shared),
        **noted.of_model(parameters, setting.population, weighed.values()),
    }


def _neutral(
    observed: ObservedAddress,
    records: PreparedSet,
    population: Population,
    parameters: Parameters,
    matched: tuple[str, Member | None],
) -> Link:
    """Return the link that says that nothing could be computed, and why."""
    why = (
        say("Set {set} holds no record that may support anything.", set=records.id)
        if population.addresses > 0
        else say(
            "Not computed: no count of the announced addresses of {country} is at hand.",
            country=population.country or say("the country"),
        )
    )
    ring, concerned = matched
    return Link(
        address=observed.address,
        at=observed.at,
        ring=ring,
        record=concerned.record.id if concerned else "",
        window=concerned.window if concerned else "",
        gap_days=concerned.gap_days if concerned else None,
        strength=Strength(
            lr_low=1.0,
            lr=1.0,
            lr_high=1.0,
            words=say("not evaluated"),
            against=say(ALTERNATIVE, country=population.country or say("an unknown country")),
        ),
        assumptions=(why, say(NOT_ADDRESSED)),
        derivation={"parameters": _which(parameters), "set": records.id},
    )


def _which(parameters: Parameters) -> Sentence:
    return say("version {version}, SHA-256 {digest}", version=str(parameters.version), digest=parameters.digest)
