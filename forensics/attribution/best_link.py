"""Which of several sets an address is told to be linked to: the one whose innermost ring holds it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forensics.attribution.rings import RINGS

if TYPE_CHECKING:
    from forensics.model import Link


def innermost(candidates: Iterable[Link]) -> Link | None:
    """Return the link in the innermost ring, then of the highest ratio; ``None`` where no set holds the address.

    Choosing the best of several sets is a comparison for each set, so the bound on false attributions is as many times
    higher; ``calibrate`` prints it so.
    """
    held = [item for item in candidates if item.record and (item.ring == "exact" or item.strength.lr > 1)]
    return min(held, key=lambda item: (RINGS.index(item.ring), -item.strength.lr, item.record), default=None)
