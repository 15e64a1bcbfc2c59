"""Several addresses of one client: their ratios multiply, those that are on no record included.

Addresses belong together only where a device identifier or the like ties their sessions; without such a tie each is
weighed by itself and no product is formed. The products run within one rate of exact re-use at a time, so that the
range stays the range of one assumption.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from forensics.attribution.parameters import Parameters
from forensics.attribution.strength import QUANTILES, Range, significant, strength
from forensics.model import Link

_ENDS = ("lowest", "highest")


def joined(link: Link, others: Sequence[Link], country: str, parameters: Parameters) -> Link:
    """Return the link with the ratios of the other addresses of the same client multiplied in.

    ``others`` are links of the same record set. Where a ratio was not computed nothing is multiplied. The second
    alternative (the same network) is about the address itself and stays as it is.
    """
    usable = [item for item in others if f"LR lowest, pi0 {QUANTILES[0]}" in item.derivation]
    if not usable or f"LR lowest, pi0 {QUANTILES[0]}" not in link.derivation:
        return link
    together = [link, *usable]
    product = Range(
        lowest=_products(together, "lowest"),
        highest=_products(together, "highest"),
        middle=significant(math.prod(float(item.derivation["LR middle"]) for item in together)),
    )
    alone, whole = link.strength, strength(product, _within(link), country, parameters)
    said = f"{len(usable)} further {'address' if len(usable) == 1 else 'addresses'} of the same client"
    steps = {f"LR of {item.address}, in the product": item.derivation["LR middle"] for item in usable}
    return replace(
        link,
        strength=replace(whole, against_network=alone.against_network, why=whole.why or alone.why),
        assumptions=(
            *link.assumptions,
            f"{said} counted, too, whether or not on record: a device identifier ties them.",
        ),
        derivation={**link.derivation, **steps, "LR of the product": product.middle},
        factors=tuple(usable),
    )


def _within(link: Link) -> Range | None:
    """Return the range against another user of the same network, as the link has it."""
    notes = link.derivation
    if "LR network middle" not in notes:
        return None
    low, mean, high = ((float(notes[f"LR network {end}, pi0 {name}"]) for end in _ENDS) for name in QUANTILES)
    lowest, highest = zip(low, mean, high, strict=True)
    return Range(lowest=lowest, highest=highest, middle=float(notes["LR network middle"]))


def _products(links: Sequence[Link], end: str) -> tuple[float, float, float]:
    low, mean, high = (
        significant(math.prod(float(item.derivation[f"LR {end}, pi0 {name}"]) for item in links)) for name in QUANTILES
    )
    return low, mean, high
