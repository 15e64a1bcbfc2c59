"""How often a client may ask: one bucket of units each, that fills up at a steady rate.

A request costs one unit, a list one for every entry, a wrong token several, so that nobody guesses or empties the
registry address by address. Whoever needs all of it takes TAXII or a feed, which costs little and tells nobody what is
looked for.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CLIENTS = 10_000
"""How many buckets are remembered; the one that was used longest ago is forgotten first."""


class Limits:
    """The buckets of all clients. ``per_minute`` is both the size of a bucket and what it regains in a minute."""

    def __init__(self, per_minute: int, elapsed: Callable[[], float]) -> None:
        """Start with full buckets; ``elapsed`` returns seconds that only grow."""
        self._size = float(per_minute)
        self._elapsed = elapsed
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, units: int = 1) -> int:
        """Take units of a client's bucket and return 0, or return after how many seconds they are there.

        More units than nine tenths of a bucket are granted when that much is there, and leave a debt: a long list is
        never refused for good, and whoever sent it waits afterwards.
        """
        now = self._elapsed()
        left, at = self._held.get(client, (self._size, now))
        left = min(self._size, left + (now - at) * self._size / 60)
        wanted = min(float(units), self._size * 0.9)
        granted = left >= wanted
        self._held[client] = (left - units if granted else left, now)
        self._held.move_to_end(client)
        while len(self._held) > _CLIENTS:
            self._held.popitem(last=False)
        return 0 if granted else max(1, math.ceil((wanted - left) * 60 / self._size))
