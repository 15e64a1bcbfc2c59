"""The word that may be reported: that of the weaker of the two alternatives, wherever the second one applies. Pure.

Against the whole country (Hd1) another body of the *same* network looks like a strong match: of the innocents there,
most score far above 1. So wherever an address lies in the recorded network, the words of the ratio against another user
of that network (Hd2) bound what is said. Where a match could not be weighed against that alternative (no count of the
network is at hand), nothing from "strong" upward is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from forensics.attribution.parameters import Parameters
from forensics.attribution.rings import RINGS
from forensics.attribution.strength import words
from forensics.model import Strength

STRONG = 1000.0
"""Above this the scale says "strong" and more."""
COUNTRY, NETWORK, UNWEIGHED = "country", "network", "network not weighed"
NOT_EVALUATED = "not evaluated"
_MATCHES = RINGS[: RINGS.index("country")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is reported: ratios bounded by both alternatives, their words, and which alternative bounds them."""

    lr_low: float
    lr: float
    words: str
    bound_by: str


def verdict(strength: Strength, ring: str, parameters: Parameters) -> Verdict:
    """Return the ratio and words that a finding may carry; ``ring`` is the ring of the link.

    A ratio below 1 stays as it is: the rule only lowers, it never makes a non-match look better or worse.
    """
    if strength.words == NOT_EVALUATED:
        return Verdict(lr_low=strength.lr_low, lr=strength.lr, words=strength.words, bound_by=COUNTRY)
    held, bound_by = strength.lr, COUNTRY
    if strength.lr_network is not None and strength.lr_network < held:
        held, bound_by = strength.lr_network, NETWORK
    elif strength.lr_network is None and ring in _MATCHES and held > STRONG:
        held, bound_by = STRONG, UNWEIGHED
    if bound_by == COUNTRY:
        return Verdict(lr_low=strength.lr_low, lr=held, words=strength.words, bound_by=bound_by)
    low = min(strength.lr_low, held)
    said, said_low = words(held, parameters), words(low, parameters)
    whole = said if said == said_low else f"{said} (low end: {said_low})"
    return Verdict(lr_low=low, lr=held, words=whole, bound_by=bound_by)
