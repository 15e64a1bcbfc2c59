"""What two cases share, as values: ties, what lies near, and what was compared without a match. Pure.

``Tie.standing`` says what a shared value amounts to:

=========  =============================================================================================================
``tie``    an address or a device in both cases, that speaks for one source behind both
``shared`` in both cases, and ties nothing: a hub (VPN, carrier NAT, seen in many cases), or too weak after so long a time
``near``   not the same: one network, one AS, or the same order of steps. It decorates and never joins cases
=========  =============================================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from forensics.attribution.alternatives import Range
from forensics.attribution.device_term import Ratio, Terms
from forensics.attribution.parameters import Parameters
from forensics.attribution.strength import strength
from forensics.attribution.tie_counter import Alternative
from forensics.model import Link, Strength
from forensics.sentence import say
from forensics.spoken import said_class

TIE, SHARED, NEAR = "tie", "shared", "near"
KINDS = ("address", "device", "neighbourhood", "origin_as", "sequence")
UNRELATED_CASE = say("two unrelated cases")
NOT_EVALUATED = "not evaluated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One side of a tie: the case, the addresses there (the first of them) and their number, first and last day."""

    case: str
    address: str
    number: int
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A value that two cases share or lie near each other in. ``strength`` is ``None`` where no ratio is computed.

    ``why`` says what keeps it from being a tie. ``directions`` are the links of both directions of comparison.
    """

    kind: str
    value: str
    standing: str
    why: str
    ring: str
    uses: tuple[Use, ...]
    strength: Strength | None
    directions: tuple[Link, ...]
    alternatives: tuple[Alternative, ...]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What was compared of one case, and what of it the other does not hold (the first addresses, and their number)."""

    case: str
    addresses: int
    devices: int
    unmatched: tuple[str, ...]
    unmatched_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOfCases:
    """Two cases and all that was found between them. ``strength`` is ``None`` where nothing ties them."""

    sides: tuple[Side, Side]
    ties: tuple[Tie, ...]
    further: int
    strength: Strength | None
    bridges: bool
    pairs_compared: int
    expected: float
    told_twice: int
    accounts_in_common: int
    notes: tuple[str, ...]

    @property
    def tied(self) -> tuple[Tie, ...]:
        """The ties proper."""
        return tuple(item for item in self.ties if item.standing == TIE)


def ratio_of(held: Strength, separate: int) -> Ratio:
    """Return a strength as the ratio of one pick out of so many separate comparisons: the best of n counts an nth."""
    return Ratio(low=held.lr_low / separate, middle=held.lr / separate, high=held.lr_high / separate)


def as_strength(held: Ratio, against: str, parameters: Parameters, network: Ratio | None = None) -> Strength:
    """Return a ratio as it is printed: capped, in words; ``network`` is the ratio against another user of the network."""
    ends = Range(lowest=(held.low,) * 3, highest=(held.high,) * 3, middle=held.middle)
    within = (
        None
        if network is None
        else Range(lowest=(network.low,) * 3, highest=(network.high,) * 3, middle=network.middle)
    )
    return replace(strength(ends, within, "", parameters), against=against)


def lower(one: Strength, other: Strength) -> Strength:
    """Return the lower of two directions."""
    return min(one, other, key=lambda item: (item.lr, item.lr_low, item.lr_high, item.words, item.against))


def standing(held: Strength, cases: int, sharing: str, terms: Terms, shared_classes: frozenset[str]) -> tuple[str, str]:
    """Return whether a value that both cases hold ties them, and if not, why not."""
    if sharing in shared_classes:
        return SHARED, say("a hub: {sharing} is shared by many, so it ties nothing", sharing=said_class(sharing))
    if cases > terms.most_cases:
        return SHARED, say("a hub: it occurs in {n} of the compared cases, so it ties nothing", n=f"{cases}")
    if held.words == NOT_EVALUATED:
        return SHARED, say("not weighed, so it ties nothing")
    if held.lr <= 1:
        return SHARED, say("it weighs nothing: who had it on one day says nothing about the other day")
    return TIE, ""
