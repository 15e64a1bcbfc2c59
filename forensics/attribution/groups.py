"""Groups of evidence beside the address: one term each, or a sentence why there is none. Pure.

log10 LR = Σ λ·log10 LR over the groups. Features that can restate one another are one group, and a group gives one term:
the weightiest of its features, so that a further feature that depends on it changes nothing. λ is 1 for the address, and
for another group 0.5, because nobody has shown that any is independent of the address.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forensics.attribution.alternatives import Range
from forensics.attribution.device_term import Ratio
from forensics.attribution.group_terms import Compared, Numbers, Rule, as_row, numbers
from forensics.attribution.joint import alone_within, product
from forensics.attribution.noted import significant
from forensics.attribution.strength import reason, strength
from forensics.sentence import Sentence, paragraph, say

if TYPE_CHECKING:
    from forensics.attribution.parameters import Parameters
    from forensics.model import Link

ADDRESS, SERVER, NAMING, CLIENT = "address", "server fingerprint", "naming", "client"
TOOLING, BEHAVIOUR = "tooling and content", "behaviour"
GROUPS = (ADDRESS, SERVER, NAMING, CLIENT, TOOLING, BEHAVIOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """The term of a group. ``ratio`` ``None``: not evaluated, and ``why`` says for lack of what.

    ``compared`` is what the ratio is computed from, ``source`` where those numbers are from. ``within`` says whether the
    term counts against another user of the same network, too: users of one network may share what they were given.
    """

    group: str
    ratio: Ratio | None
    weight: float
    why: Sentence
    compared: Compared | None = None
    source: str = ""
    within: bool = True

    def __post_init__(self) -> None:
        """Refuse a weight that would let a group count more than once."""
        if not 0 < self.weight <= 1:
            message = f"no weight of a group: {self.weight!r}"
            raise ValueError(message)


def untold(group: str, why: Sentence) -> Term:
    """Return the term of a group that gives no number; it changes no ratio."""
    return Term(group=group, ratio=None, weight=numbers().weight, why=why)


def numbered(group: str, found: Compared, rule: Rule, held: Numbers, why: Sentence) -> Term:
    """Return the term of a comparison whose numbers stand in the file of the groups."""
    source = say(
        "{file}. pi: {pi}. q and cap: {q}. lambda: {weight}.",
        file=held.named,
        pi=held.same_provenance,
        q=rule.provenance,
        weight=held.weight_provenance,
    )
    return Term(group=group, ratio=found.ratio, weight=held.weight, why=why, compared=found, source=source)


def too_common(group: str, match: Sentence) -> Term:
    """Return the term of a group in which chance is no rarer than a return of the same source; a match ("": none) is told."""
    if not match:
        why = say("not counted: an unrelated source would show as much so often that a match would say nothing.")
        return untold(group, why)
    why = say("Not counted, because an unrelated source shows as much too often.")
    return untold(group, paragraph((match, why)))


def apart(term: Term) -> Term:
    """Keep a match out of the second alternative: a network may hand the same machines and programs to all its users."""
    return replace(term, within=not (term.compared and term.compared.matched))


def combined(terms: Iterable[Term]) -> Ratio | None:
    """Return all groups as one ratio; of a group with several terms only the weightiest counts."""
    chosen: dict[str, tuple[Ratio, float]] = {}
    for term in terms:
        if term.ratio is not None and _heavier(term.ratio, chosen.get(term.group)):
            chosen[term.group] = (term.ratio, term.weight)
    if not chosen:
        return None
    low, middle, high = (
        10 ** math.fsum(weight * math.log10(getattr(ratio, end)) for ratio, weight in chosen.values())
        for end in ("low", "middle", "high")
    )
    return Ratio(low=significant(low), middle=significant(middle), high=significant(high))


def _heavier(ratio: Ratio, held: tuple[Ratio, float] | None) -> bool:
    return held is None or abs(math.log10(ratio.middle)) > abs(math.log10(held[0].middle))


def with_groups(
    link: Link, others: Sequence[Term], country: str, parameters: Parameters
) -> tuple[Link, tuple[Term, ...]]:
    """Return a link with the terms of other groups in its strength, and the terms with the address in front."""
    address = _as_ratio(product(link))
    own = Term(group=ADDRESS, ratio=address, weight=1.0, why=say("the rings above, with all addresses of the client."))
    found = (own, *others)
    whole = combined(found)
    if whole is None or all(term.ratio is None for term in others):
        return link, found
    within = alone_within(link)
    second = None
    if within is not None:
        network = combined((replace(own, ratio=_as_ratio(within)), *(term for term in others if term.within)))
        second = None if network is None else _as_range(network)
    held = strength(_as_range(whole), second, country, parameters, matched=bool(link.record))
    before = link.strength
    return (
        replace(
            link,
            strength=replace(held, against_network=before.against_network, why=reason(held, before)),
            derivation={**link.derivation, "LR of all groups": whole.middle},
        ),
        found,
    )


def as_rows(terms: Iterable[Term]) -> list[dict[str, object]]:
    """Return terms as plain values for a finding; numbers are ``None`` where a group was not evaluated."""
    return [
        {
            "group": term.group,
            "lr_low": term.ratio.low if term.ratio else None,
            "lr": term.ratio.middle if term.ratio else None,
            "lr_high": term.ratio.high if term.ratio else None,
            "weight": term.weight,
            "why": term.why,
            **as_row(term.compared),
            "against_network": term.within,
            "source": term.source,
        }
        for term in terms
    ]


def _as_ratio(held: Range) -> Ratio:
    low, high = min(*held.lowest, held.middle), max(*held.highest, held.middle)
    return Ratio(low=low, middle=held.middle, high=high)


def _as_range(held: Ratio) -> Range:
    return Range(lowest=(held.low,) * 3, highest=(held.high,) * 3, middle=held.middle)
