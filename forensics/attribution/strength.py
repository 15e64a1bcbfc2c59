"""Link A for one observed address against one record set: ring, likelihood ratio and range, words, derivation. Pure.

``link`` never leaves a non-match out: it is a link too, with a ratio below 1. The ranges are those of ``alternatives``; the
middle figure is never the top of the range alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from forensics.attribution import alternatives, noted
from forensics.attribution.alternatives import Range, Setting, placed
from forensics.attribution.assumptions import assumptions
from forensics.attribution.noted import significant
from forensics.attribution.parameters import Parameters
from forensics.attribution.prepared_set import PreparedSet
from forensics.attribution.rings import Member, ObservedAddress, Population, RecordSet
from forensics.attribution.wording import (
    ALTERNATIVE,
    NOT_ADDRESSED,
    SAME_NETWORK,
    UNWEIGHED,
    network_named,
    network_unknown,
)
from forensics.model import Link, Strength
from forensics.sentence import Sentence, paragraph, say
from forensics.spoken import said_support

STRONG = 1000.0
"""Above this the scale says "strong" and more; a match is called that only if the second alternative carries it, too."""


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
    setting = placed(observed, records, population, parameters, (ring, concerned))
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
        derivation={**alternatives.inputs(setting), **held.notes},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evaluated:
    """The numbers of one evaluation: they are the same for every address that differs in nothing the model asks."""

    strength: Strength
    network: Range | None
    notes: noted.Notes


def _key(setting: Setting) -> tuple[object, ...]:
    """Return all that the numbers depend on beside the set, the population and the parameters."""
    concerned, record = setting.concerned, alternatives.matched(setting)
    about = concerned and (concerned.window, concerned.gap_days, concerned.asn)
    group = record and setting.records.whole.group_of(record.network)
    return (setting.ring, setting.sharing, setting.observed.asn, about, group)


def _evaluated(setting: Setting) -> _Evaluated:
    steps: noted.Notes = {}
    country = alternatives.country(setting, steps)
    network = alternatives.network(setting, steps)
    matched = setting.concerned is not None
    return _Evaluated(
        strength=strength(country, network, setting.population.country, setting.parameters, matched=matched),
        network=network,
        notes={**alternatives.of_set(setting), **steps},
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


def _beside(held: Strength, setting: Setting, network: Range | None) -> Strength:
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
        derivation={"parameters": noted.version_of(parameters), "set": records.id},
    )
