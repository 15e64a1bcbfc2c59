"""Link A as it is defined: every record is walked through for every address. What the package does must equal it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from forensics.attribution import noted, ratios
from forensics.attribution.alternatives import QUANTILES, Range, Setting, placed, range_of
from forensics.attribution.assumptions import assumptions
from forensics.attribution.noted import Notes, significant
from forensics.attribution.parameters import SHARED_CLASSES, Parameters, Scenario
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
    nearest_record,
    ring_of,
)
from forensics.attribution.strength import _beside, _neutral, strength
from forensics.model import Link, Record


def walked(records: RecordSet) -> Any:
    """Return what a link asks of a set, worked out from all of its records."""
    usable = records.usable
    return SimpleNamespace(
        id=records.id,
        usable=usable,
        excluded=records.excluded,
        assigned=any(item.assignment for item in usable),
        sixth=any(item.network.version == 6 for item in usable),
        excluded_said=noted.left_out_said(records.excluded),
        away=lambda people: sum(item.asn is None or not people.by_as.get(item.asn) for item in usable),
    )


def plain_link(observed: ObservedAddress, records: RecordSet, population: Population, parameters: Parameters) -> Link:
    """Return Link A of an observed address and a record set."""
    ring, found = ring_of(observed, records.usable, population)
    concerned = nearest_record(found)
    held = walked(records)
    if population.addresses <= 0 or not records.usable:
        return _neutral(observed, held, population, parameters, (ring, concerned))
    setting = placed(observed, held, population, parameters, (ring, concerned))
    steps: Notes = {}
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
        assumptions=assumptions(observed, held, population, parameters, concerned),
        derivation={**_inputs(setting), **steps},
    )


def _country(setting: Setting, steps: Notes) -> Range:
    """Evaluate against Hd1 and note every step."""
    members = distinct(setting.records.usable)
    counts = count(members, setting.population)
    size = setting.population.addresses
    noted.rounded(steps, "count", counts.rings)

    @cache
    def share(scenario: Scenario) -> float:
        return exact_share(members, _weights(setting, scenario, size), size)

    def tabled(scenario: Scenario, pi0: float) -> ratios.Table:
        return ratios.table(counts, share(scenario), pi0, setting.parameters)

    middle = tabled(setting.middle, setting.parameters.pi0)
    noted.rounded(steps, "pi", middle.pi)
    noted.rounded(steps, "q", middle.q)
    noted.rounded(steps, "ratio", middle.ratio)
    steps["rings weighed together"] = "; ".join(" + ".join(names) for names in middle.pooled) or "none"
    for scenario in setting.scenarios:
        steps[f"q exact, {scenario.name}"] = significant(share(scenario))
    ring = "country" if setting.ring == "elsewhere" else setting.ring
    return range_of(setting, lambda scenario, pi0: tabled(scenario, pi0).ratio[ring], steps, "LR")


def _network(setting: Setting, steps: Notes) -> Range | None:
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
    shared = others_shared(held, record, setting.parameters, setting.population, size)
    steps.update(recorded(members, record, shared, "network "))

    @cache
    def share(scenario: Scenario) -> float:
        return exact_share(members, _weights(setting, scenario, size), size)

    def ratio(scenario: Scenario, pi0: float) -> float:
        found = ratios.table(counts, share(scenario), pi0, setting.parameters, ratios.NETWORK_RINGS)
        return found.ratio[setting.ring]

    for scenario in setting.scenarios:
        steps[f"network q exact, {scenario.name}"] = significant(share(scenario))
    return range_of(setting, ratio, steps, "LR network")


def _weights(setting: Setting, scenario: Scenario, size: int) -> dict[str, float]:
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


def _matched(setting: Setting) -> Record | None:
    return setting.concerned.record if setting.concerned is not None and setting.ring == "exact" else None


def _inputs(setting: Setting) -> Notes:
    parameters, concerned = setting.parameters, setting.concerned
    found: Notes = {
        "parameters": f"version {parameters.version}, SHA-256 {parameters.digest}",
        "set": setting.records.id,
        "observed AS": "unknown" if setting.observed.asn is None else f"AS{setting.observed.asn}",
        "population": setting.population.source or "source not stated",
        "population addresses": float(setting.population.addresses),
        "sharing class": setting.sharing,
        "window": concerned.window if concerned is not None else "none",
        "records excluded": noted.left_out(setting.records.excluded),
        "middle scenario": setting.middle.name,
        "cap": parameters.cap,
        **{f"pi0 {name}": value for name, value in zip(QUANTILES, parameters.quantiles, strict=True)},
    }
    if concerned is not None and concerned.gap_days is not None:
        found["gap days"] = float(concerned.gap_days)
    record = _matched(setting)
    shared = others_shared(setting.records.usable, record, parameters, setting.population, setting.population.addresses)
    flagged = {item.record.sharing_class for item in setting.records.usable} & set(SHARED_CLASSES)
    held = [*setting.scenarios, *(parameters.middle_of(name) for name in sorted(flagged))]
    weighed = {item.name: item for item in held}
    return {
        **found,
        **recorded(setting.records.usable, record, shared),
        **noted.of_model(parameters, setting.population, weighed.values()),
    }


def exact_share(members: Iterable[Member], weights: Mapping[str, float], size: int) -> float:
    """Return q of the exact ring: the weights of all recorded addresses together, so a larger set weighs each less.

    ``weights`` are by recorded network; one without a weight counts as one customer for each of its addresses. The sum is
    rounded once, so that it is the same in any order.
    """
    share = math.fsum(max(weights.get(item.record.network, 0.0), lines(item) / size) for item in members)
    return min(share, 1.0)


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
        return ratios.weight(parameters.middle_of(shared), population, parameters, size)

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
