"""Several addresses of one client: their ratios multiply, those that are on no record included.

Addresses belong together only where a device identifier or the like ties their sessions; without such a tie each is
weighed by itself and no product is formed. The products run within one rate of exact re-use at a time, so that the
range stays the range of one assumption.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from forensics.attribution.alternatives import QUANTILES, Range
from forensics.attribution.noted import significant
from forensics.attribution.parameters import Parameters
from forensics.attribution.strength import reason, strength
from forensics.model import Link
from forensics.sentence import say_n


def joined(link: Link, others: Sequence[Link], country: str, parameters: Parameters) -> Link:
    """Return the link with the ratios of the other addresses of the same client multiplied in.

    ``others`` are links of the same record set. Where a ratio was not computed nothing is multiplied. The second
    alternative (the same network) is about the address itself and stays as it is.
    """
    usable = [item for item in others if f"LR lowest, pi0 {QUANTILES[0]}" in item.derivation]
    if not usable or f"LR lowest, pi0 {QUANTILES[0]}" not in link.derivation:
        return link
    held = product(replace(link, factors=tuple(usable)))
    alone = link.strength
    whole = strength(held, alone_within(link), country, parameters, matched=bool(link.record))
    steps = {f"LR of {item.address}, in the product": item.derivation["LR middle"] for item in usable}
    return replace(
        link,
        strength=replace(whole, against_network=alone.against_network, why=reason(whole, alone)),
        assumptions=(
            *link.assumptions,
            say_n(
                "{n} further address of the same client counted, too, whether or not on record: a device identifier ties them.",
                "{n} further addresses of the same client counted, too, whether or not on record: a device identifier ties"
                " them.",
                len(usable),
            ),
        ),
        derivation={**link.derivation, **steps, "LR of the product": held.middle},
        factors=tuple(usable),
    )


def product(link: Link) -> Range:
    """Return the range of a link with its factors, neither capped nor joined by other groups of evidence."""
    together = [link, *link.factors]
    return Range(
        lowest=_products(together, "lowest"),
        highest=_products(together, "highest"),
        middle=significant(math.prod(float(item.derivation["LR middle"]) for item in together)),
    )


def alone_within(link: Link) -> Range | None:
    """Return the range of the address alone against another user of the same network."""
    notes = link.derivation
    if "LR network middle" not in notes:
        return None
    return Range(
        lowest=_ends(notes, "LR network lowest"),
        highest=_ends(notes, "LR network highest"),
        middle=float(notes["LR network middle"]),
    )


def _ends(notes: Mapping[str, float | str], name: str) -> tuple[float, float, float]:
    low, mean, high = (float(notes[f"{name}, pi0 {quantile}"]) for quantile in QUANTILES)
    return low, mean, high


def _products(links: Sequence[Link], end: str) -> tuple[float, float, float]:
    low, mean, high = (
        significant(math.prod(float(item.derivation[f"LR {end}, pi0 {name}"]) for item in links)) for name in QUANTILES
    )
    return low, mean, high
