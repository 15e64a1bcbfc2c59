"""What a likelihood ratio rests on, in words: printed with every link, so that each premise can be attacked alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.attribution.parameters import SERVICE_CLASSES, SHARED_CLASSES, Parameters
from forensics.attribution.wording import NOT_ADDRESSED, PROPOSITION
from forensics.sentence import Figure, say, say_n
from forensics.spoken import said_class

if TYPE_CHECKING:
    from forensics.attribution.prepared_set import PreparedSet
    from forensics.attribution.rings import Member, ObservedAddress, Population


def assumptions(
    observed: ObservedAddress,
    records: PreparedSet,
    population: Population,
    parameters: Parameters,
    concerned: Member | None,
) -> tuple[str, ...]:
    """Return the premises in a fixed order; ``concerned`` is the record that a match rests on, ``None`` for none."""
    return (
        say("Proposition: {said}", said=say(PROPOSITION)),
        _about_population(population),
        _about_set(records),
        *_left_out(records),
        say(
            "How often recorded infrastructure is used again is taken from published reports: {provenance}",
            provenance=parameters.pi0_provenance,
        ),
        say("How it scatters is taken from published reports: {provenance}", provenance=parameters.scatter_provenance),
        *(_about_match(observed, concerned) if concerned is not None else _about_none(observed, population)),
        *_not_counted(records, population),
        say(NOT_ADDRESSED),
    )


def _about_population(population: Population) -> str:
    return say(
        "Population: {addresses} announced addresses of {country} ({source}); an unrelated source uses each of them equally"
        " often, and shared ones more often.",
        addresses=population.addresses,
        country=population.country,
        source=population.source or say("source not stated"),
    )


def _about_set(records: PreparedSet) -> str:
    return say(
        "Set {set}: all {n} records that may support anything were compared, the ones that do not match included; each"
        " further record lowers the weight of a match.",
        set=records.id,
        n=Figure(len(records.usable)),
    )


def _left_out(records: PreparedSet) -> tuple[str, ...]:
    if not records.excluded:
        return ()
    return (say("These records support nothing and were left out: {records}.", records=records.excluded_said),)


def _about_match(observed: ObservedAddress, concerned: Member) -> tuple[str, ...]:
    record, day = concerned.record, observed.at.date().isoformat()
    said = [_about_time(concerned, day), _about_sharing(observed, concerned)]
    if record.sharing_class in SERVICE_CLASSES or observed.sharing_class in SERVICE_CLASSES:
        said.append(
            say("The address belongs to a service that anybody can use: no statement about an organisation is offered.")
        )
    return tuple(said)


def _about_time(concerned: Member, day: str) -> str:
    if concerned.window == "inside":
        return say(
            "{day} lies inside the period on record for {record}; provided that the address was not assigned to somebody"
            " else in between.",
            day=day,
            record=concerned.record.id,
        )
    if concerned.gap_days is None:
        return say(
            "When {record} was in use is unknown and no date is on record: the match weighs nothing.",
            record=concerned.record.id,
        )
    n = abs(concerned.gap_days)
    if concerned.window == "unknown":
        return say_n(
            "When {record} was in use is unknown; the nearest date on record is {n} day away from {day}. Every way of"
            " holding the address is run, its weight halving with time; the low end is neutral or below.",
            "When {record} was in use is unknown; the nearest date on record is {n} days away from {day}. Every way of"
            " holding the address is run, its weight halving with time; the low end is neutral or below.",
            n,
            record=concerned.record.id,
            day=day,
        )
    if concerned.window == "before":
        return say_n(
            "{day} lies {n} day before the period on record for {record}, so it weighs less.",
            "{day} lies {n} days before the period on record for {record}, so it weighs less.",
            n,
            day=day,
            record=concerned.record.id,
        )
    return say_n(
        "{day} lies {n} day after the period on record for {record}, so it weighs less.",
        "{day} lies {n} days after the period on record for {record}, so it weighs less.",
        n,
        day=day,
        record=concerned.record.id,
    )


def _about_sharing(observed: ObservedAddress, concerned: Member) -> str:
    held = concerned.record.sharing_class
    if observed.sharing_class in SHARED_CLASSES and held not in SHARED_CLASSES:
        return say(
            "Dated context says that the address is shared ({sharing}); it is weighed as shared.",
            sharing=said_class(observed.sharing_class),
        )
    if held == "unknown":
        return say(
            "Whether the address was shared is unknown: the range covers one customer, shared use and a VPN exit."
        )
    return say(
        "The address is recorded as {sharing}; if it was shared by more people, the ratio is lower.",
        sharing=said_class(held),
    )


def _about_none(observed: ObservedAddress, population: Population) -> tuple[str, ...]:
    if observed.country == population.country:
        return (say("No record lies nearer than the country: the address counts against the proposition."),)
    return (
        say(
            "The address lies outside {country}, or nobody knows; it is counted like a non-match within it.",
            country=population.country,
        ),
    )


def _not_counted(records: PreparedSet, population: Population) -> tuple[str, ...]:
    """Say which rings could not be told apart for lack of data."""
    said = []
    if not records.assigned:
        said.append(
            say("No assignment data is at hand: same assignment is counted with the neighbourhood (/24, IPv6 /48).")
        )
    away = records.away(population)
    if away:
        said.append(
            say(
                "For {n} of the records no network of {country} is known on that day: around them only the exact address"
                " and its surroundings as far as known are compared.",
                n=f"{away}",
                country=population.country,
            )
        )
    if records.sixth:
        said.append(say("There is no count of IPv6 customers: an IPv6 /56 is weighed like one IPv4 address."))
    return tuple(said)
