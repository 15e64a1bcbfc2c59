"""What a ratio rests on, in words: printed beside every number, so that each can be denied."""

from __future__ import annotations

from forensics.attribution.parameters import SERVICE_CLASSES, SHARED_CLASSES, UNKNOWN, Parameters
from forensics.attribution.rings import Member, ObservedAddress, Population, RecordSet, distinct, lines
from forensics.attribution.wording import NOT_ADDRESSED


def assumptions(
    observed: ObservedAddress,
    records: RecordSet,
    population: Population,
    parameters: Parameters,
    concerned: Member | None,
) -> tuple[str, ...]:
    """Return the assumptions of one link, in a fixed order; each is a sentence."""
    size = sum(lines(item) for item in distinct(records.usable))
    said = [
        f"Unrelated sources are spread evenly over the {population.addresses:,} announced addresses of"
        f" {population.country or 'the country'} ({population.source or 'source not stated'}).",
        f"All {size:,} addresses of set {records.id} were compared; a larger set makes each match weigh less.",
        f"How often an operator comes back with an address is taken from published reports (parameters version"
        f" {parameters.version}).",
    ]
    if concerned is not None:
        said += [_sharing(observed, concerned), _time(concerned)]
    if records.excluded:
        names = ", ".join(f"{item.record.id} ({item.record.state})" for item in records.excluded)
        said.append(f"These records support nothing and were left out: {names}.")
    return (*said, NOT_ADDRESSED)


def _sharing(observed: ObservedAddress, concerned: Member) -> str:
    held, seen = concerned.record.sharing_class, observed.sharing_class
    shared = next((name for name in (held, seen) if name in SHARED_CLASSES), "")
    if shared in SERVICE_CLASSES:
        return f"The address is an exit of a service ({shared}): the service is its operator, nothing follows about others."
    if shared:
        return f"The address is shared by many users ({shared}): it stands for all of them."
    if held == UNKNOWN:
        return "Whether the address was shared is unknown: the range runs over every way in which it may have been held."
    return f"The address was held as recorded ({held}): by one customer who did not share it."


def _time(concerned: Member) -> str:
    if concerned.window == "inside":
        return "The address stayed in the same hands during the recorded period."
    if concerned.window == UNKNOWN:
        return "When the recorded use began and ended is unknown: the low end assumes that it does not reach the day."
    return (
        f"The address stayed in the same hands beyond the recorded period ({abs(concerned.gap_days or 0):,} days); the longer"
        " the gap, the less the match weighs."
    )
