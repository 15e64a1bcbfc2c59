"""Link A for one observed address against one record set: ring, likelihood ratio and range, words, derivation. Pure.

``link`` never leaves a non-match out: it is a link too, with a ratio below 1. The range runs over the rate of exact
re-use (low 95 %, mean, high 95 %) and over every way in which the address may have been held that its sharing class
leaves open; the middle figure is never the top of the range alone. An unknown period is never "always": every scenario
decays from the nearest known date, and the low end of the range is neutral or below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from forensics.attribution import noted, ratios
from forensics.attribution.assumptions import assumptions
from forensics.attribution.noted import significant as significant  # noqa: PLC0414 - part of this module's surface
from forensics.attribution.parameters import SHARED_CLASSES, UNKNOWN, Parameters, Scenario
from forensics.attribution.rings import (
    Counts,
    Member,
    ObservedAddress,
    Population,
    RecordSet,
    count,
    count_network,
    distinct,
    lines,
    ring_of,
)
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
INSIDE = "inside"
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
    records: RecordSet
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


def link(observed: ObservedAddress, records: RecordSet, population: Population, parameters: Parameters) -> Link:
    """Return Link A of an observed address and a record set.

    ``records`` are the *whole* set as it stands on that day, the records that do not match included.
    """
    ring, found = ring_of(observed, records.usable, population)
    concerned = nearest_record(found)
    if population.addresses <= 0 or not records.usable:
        return _neutral(observed, records, population, parameters)
    sharing = _sharing(observed, concerned, parameters)
    setting = _Setting(
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
    steps: dict[str, float | str] = {}
    country = _country(setting, steps)
    network = _network(setting, steps)
    return Link(
        address=observed.address,
        at=observed.at,
        ring=ring,
        record=concerned.record.id if concerned else "",
        window=concerned.window if concerned else "",
        gap_days=concerned.gap_days if concerned else None,
        strength=_beside(
            strength(country, network, population.country, parameters, matched=concerned is not None), setting, network
        ),
        assumptions=assumptions(observed, records, population, parameters, concerned),
        derivation={**_inputs(setting), **steps},
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


def nearest_record(found: Sequence[Member]) -> Member | None:
    """Return the record that the match rests on: of each origin its first publication, then the nearest in time.

    A re-publication may neither bring a record closer in time nor take the original's place.
    """
    originals: dict[tuple[str, str], Member] = {}
    for item in sorted(found, key=lambda item: (str(item.record.published_at or "unknown"), item.record.id)):
        originals.setdefault((item.record.network, item.record.sources[0].independence_group), item)
    by_time = sorted(originals.values(), key=lambda item: (_distance(item), item.record.id))
    return by_time[0] if by_time else None


def _distance(member: Member) -> float:
    if member.window == INSIDE:
        return 0.0
    return float("inf") if member.gap_days is None else float(abs(member.gap_days))


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


def _country(setting: _Setting, steps: dict[str, float | str]) -> Range:
    """Evaluate against Hd1 and note every step."""
    members = distinct(setting.records.usable)
    counts = count(members, setting.population)
    size = setting.population.addresses
    noted.rounded(steps, "count", counts.rings)

    @cache
    def share(scenario: Scenario) -> float:
        return ratios.exact_share(members, _weights(setting, scenario, size), size)

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


def _network(setting: _Setting, steps: dict[str, float | str]) -> Range | None:
    """Evaluate against Hd2, another user of the same network; ``None`` where there is no match or no count."""
    asn = setting.concerned.asn if setting.concerned else None
    size = setting.population.by_as.get(asn, 0) if asn is not None else 0
    if size <= 0 or setting.observed.asn != asn:
        return None
    members = distinct(item for item in setting.records.usable if item.asn == asn)
    counts: Counts = count_network(members, size)
    steps["network addresses"] = float(size)
    noted.rounded(steps, "network count", counts.rings)
    record = _matched(setting)
    networks = {item.record.network for item in members}
    held = [item for item in setting.records.usable if item.record.network in networks]
    shared = noted.others_shared(held, record, setting.parameters, setting.population, size)
    steps.update(noted.recorded(members, record, shared, "network "))

    @cache
    def share(scenario: Scenario) -> float:
        return ratios.exact_share(members, _weights(setting, scenario, size), size)

    def ratio(scenario: Scenario, pi0: float) -> float:
        found = ratios.table(counts, share(scenario), pi0, setting.parameters, ratios.NETWORK_RINGS)
        return found.ratio[setting.ring]

    for scenario in setting.scenarios:
        steps[f"network q exact, {scenario.name}"] = significant(share(scenario))
    return _range(setting, ratio, steps, "LR network")


def _range(
    setting: _Setting, ratio: Callable[[Scenario, float], float], steps: dict[str, float | str], name: str
) -> Range:
    """Run all scenarios and quantiles; an unknown period adds the neutral scenario."""
    concerned = setting.concerned
    gap = 0.0 if concerned is None or concerned.window == INSIDE else concerned.gap_days
    ends: list[tuple[float, float]] = []
    middle = 1.0
    for quantile, pi0 in zip(QUANTILES, setting.parameters.quantiles, strict=True):
        values = [1.0] if concerned is not None and concerned.window == UNKNOWN else []
        for scenario in setting.scenarios:
            still = ratios.decay(gap, scenario.half_life_days)
            value = significant(ratios.decayed(ratio(scenario, pi0), still))
            steps[f"S, {scenario.name}"] = significant(still)
            steps[f"{name}, {scenario.name}, pi0 {quantile}"] = value
            values.append(value)
            middle = value if (scenario, quantile) == (setting.middle, "mean") else middle
        ends.append((min(values), max(values)))
        steps[f"{name} lowest, pi0 {quantile}"], steps[f"{name} highest, pi0 {quantile}"] = ends[-1]
    steps[f"{name} middle"] = middle
    (low, low_top), (mean, mean_top), (high, high_top) = ends
    return Range(lowest=(low, mean, high), highest=(low_top, mean_top, high_top), middle=middle)


def _weights(setting: _Setting, scenario: Scenario, size: int) -> dict[str, float]:
    """Return the weight of each recorded network: the concerned one by the scenario, others by their known class."""
    found: dict[str, float] = {}
    for item in setting.records.usable:
        shared = item.record.sharing_class in SHARED_CLASSES
        held = setting.parameters.middle_of(item.record.sharing_class) if shared else None
        matched = _matched(setting)
        if matched is not None and item.record.network == matched.network:
            held = scenario
        if held is not None:
            one = ratios.weight(held, setting.population, setting.parameters, size)
            found[item.record.network] = max(one * lines(item), found.get(item.record.network, 0.0))
    return found


def _matched(setting: _Setting) -> Record | None:
    """Return the record whose very address was seen: how that is held weighs the match.

    A neighbour's flag says nothing about it, and a larger weight of the exact ring would leave less for the rings outside
    it, so that the flag raised their ratios.
    """
    return setting.concerned.record if setting.concerned is not None and setting.ring == "exact" else None


def _inputs(setting: _Setting) -> dict[str, float | str]:
    parameters, concerned = setting.parameters, setting.concerned
    found: dict[str, float | str] = {
        "parameters": _which(parameters),
        "set": setting.records.id,
        "observed AS": "unknown" if setting.observed.asn is None else f"AS{setting.observed.asn}",
        "population": setting.population.source or "source not stated",
        "population addresses": float(setting.population.addresses),
        "sharing class": setting.sharing,
        "window": concerned.window if concerned is not None else "none",
        "records excluded": ", ".join(f"{item.record.id} ({item.record.state})" for item in setting.records.excluded)
        or "none",
        "middle scenario": setting.middle.name,
        "cap": parameters.cap,
        **{f"pi0 {name}": value for name, value in zip(QUANTILES, parameters.quantiles, strict=True)},
    }
    if concerned is not None and concerned.gap_days is not None:
        found["gap days"] = float(concerned.gap_days)
    record = _matched(setting)
    shared = noted.others_shared(
        setting.records.usable, record, parameters, setting.population, setting.population.addresses
    )
    flagged = {item.record.sharing_class for item in setting.records.usable} & set(SHARED_CLASSES)
    held = [*setting.scenarios, *(parameters.middle_of(name) for name in sorted(flagged))]
    weighed = {item.name: item for item in held}
    return {
        **found,
        **noted.recorded(setting.records.usable, record, shared),
        **noted.of_model(parameters, setting.population, weighed.values()),
    }


def _neutral(observed: ObservedAddress, records: RecordSet, population: Population, parameters: Parameters) -> Link:
    """Return the link that says that nothing could be computed, and why."""
    why = (
        say("Set {set} holds no record that may support anything.", set=records.id)
        if population.addresses > 0
        else say(
            "Not computed: no count of the announced addresses of {country} is at hand.",
            country=population.country or say("the country"),
        )
    )
    ring, found = ring_of(observed, records.usable, population)
    concerned = nearest_record(found)
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
