"""What a likelihood ratio rests on, in words: printed with every link, so that each premise can be attacked alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.attribution.parameters import SERVICE_CLASSES, SHARED_CLASSES, Parameters
from forensics.attribution.wording import NOT_ADDRESSED, PROPOSITION

if TYPE_CHECKING:
    from forensics.attribution.rings import Member, ObservedAddress, Population, RecordSet


def assumptions(
    observed: ObservedAddress,
    records: RecordSet,
    population: Population,
    parameters: Parameters,
    concerned: Member | None,
) -> tuple[str, ...]:
    """Return the premises in a fixed order; ``concerned`` is the record that a match rests on, ``None`` for none."""
    return (
        f"Proposition: {PROPOSITION}",
        _about_population(population),
        _about_set(records),
        *_left_out(records),
        f"How often recorded infrastructure is used again is taken from published reports: {parameters.pi0_provenance}",
        f"How it scatters is taken from published reports: {parameters.scatter_provenance}",
        *(_about_match(observed, concerned) if concerned is not None else _about_none(observed, population)),
        *_not_counted(records, population),
        NOT_ADDRESSED,
    )


def _about_population(population: Population) -> str:
    return (
        f"Population: {population.addresses:,} announced addresses of {population.country}"
        f" ({population.source or 'source not stated'}); an unrelated source uses each of them equally often, and"
        " shared ones more often."
    )


def _about_set(records: RecordSet) -> str:
    return (
        f"Set {records.id}: all {len(records.usable)} records that may support anything were compared, the ones that do"
        " not match included; each further record lowers the weight of a match."
    )


def _left_out(records: RecordSet) -> tuple[str, ...]:
    if not records.excluded:
        return ()
    named = ", ".join(f"{item.record.id} ({item.record.state})" for item in records.excluded)
    return (f"These records support nothing and were left out: {named}.",)


def _about_match(observed: ObservedAddress, concerned: Member) -> tuple[str, ...]:
    record, day = concerned.record, observed.at.date().isoformat()
    said = [_about_time(concerned, day), _about_sharing(observed, concerned)]
    if record.sharing_class in SERVICE_CLASSES or observed.sharing_class in SERVICE_CLASSES:
        said.append(
            "The address belongs to a service that anybody can use: no statement about an organisation is offered."
        )
    return tuple(said)


def _about_time(concerned: Member, day: str) -> str:
    if concerned.window == "inside":
        return (
            f"{day} lies inside the period on record for {concerned.record.id}; provided that the address was not"
            " assigned to somebody else in between."
        )
    if concerned.gap_days is None:
        return f"When {concerned.record.id} was in use is unknown and no date is on record: the match weighs nothing."
    days = f"{abs(concerned.gap_days):,} {'day' if abs(concerned.gap_days) == 1 else 'days'}"
    if concerned.window == "unknown":
        return (
            f"When {concerned.record.id} was in use is unknown; the nearest date on record is {days} away from {day}."
            " Every way of holding the address is run, its weight halving with time; the low end is neutral or below."
        )
    return f"{day} lies {days} {concerned.window} the period on record for {concerned.record.id}, so it weighs less."


def _about_sharing(observed: ObservedAddress, concerned: Member) -> str:
    held = concerned.record.sharing_class
    if observed.sharing_class in SHARED_CLASSES and held not in SHARED_CLASSES:
        return f"Dated context says that the address is shared ({observed.sharing_class}); it is weighed as shared."
    if held == "unknown":
        return "Whether the address was shared is unknown: the range covers one customer, shared use and a VPN exit."
    return f"The address is recorded as {held}; if it was shared by more people, the ratio is lower."


def _about_none(observed: ObservedAddress, population: Population) -> tuple[str, ...]:
    if observed.country == population.country:
        return ("No record lies nearer than the country: the address counts against the proposition.",)
    return (
        f"The address lies outside {population.country}, or nobody knows; it is counted like a non-match within it.",
    )


def _not_counted(records: RecordSet, population: Population) -> tuple[str, ...]:
    """Say which rings could not be told apart for lack of data."""
    said = []
    if not any(item.assignment for item in records.usable):
        said.append("No assignment data is at hand: same assignment is counted with the neighbourhood (/24, IPv6 /48).")
    away = [item.record.id for item in records.usable if item.asn is None or not population.by_as.get(item.asn)]
    if away:
        said.append(
            f"For {len(away)} of the records no network of {population.country} is known on that day: around them only"
            " the exact address and its surroundings as far as known are compared."
        )
    if any(item.network.version == 6 for item in records.usable):  # noqa: PLR2004 - IP version
        said.append("There is no count of IPv6 customers: an IPv6 /56 is weighed like one IPv4 address.")
    return tuple(said)
