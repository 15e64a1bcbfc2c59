"""Who announced the same addresses on many days: asked once for each kind of answer instead of once for each address.

What tables say about an address does not change from day to day while the same tables speak; only how the answer is
judged does. Addresses about which all tables say the same are therefore judged together.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from forensics.enrichment.context import Inquiry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from typing import Literal

    from forensics.enrichment.snapshots import SnapshotTable

MOST_DAYS = 400


class Origins:
    """The origin AS of some addresses, day by day; days on which all answers are the same share one ``version``."""

    def __init__(
        self,
        addresses: Sequence[str],
        snapshots: Sequence[SnapshotTable],
        as_of: Literal["event", "latest"] | date = "event",
    ) -> None:
        """Take the addresses (or networks, told by their first address) in a fixed order."""
        self._addresses = addresses
        self._inquiry = Inquiry(snapshots, as_of)
        self._alike: dict[object, tuple[list[int], list[int]]] = {}
        self._versions: dict[tuple[object, ...], int] = {}
        self._days: OrderedDict[date, int] = OrderedDict()
        self._told: dict[int, tuple[list[int], tuple[int | None, ...]]] = {}

    def version(self, day: date) -> int:
        """Return a number that is the same for days on which every address has the same origin."""
        if day not in self._days:
            if len(self._days) >= MOST_DAYS:
                self._days.popitem(last=False)
            self._days[day] = self._version(day)
        return self._days[day]

    def on(self, version: int) -> list[int | None]:
        """Return the origin AS of each address; ``None`` where none stands."""
        groups, told = self._told[version]
        return [told[group] for group in groups]

    def _version(self, day: date) -> int:
        tables = self._inquiry.speaking(day)
        if tables not in self._alike:
            self._alike[tables] = self._grouped(day)
        groups, firsts = self._alike[tables]
        found = self._inquiry.origins([(self._addresses[place], day) for place in firsts])
        told = tuple(int(value[2:]) if value else None for value in found)
        version = self._versions.setdefault((tables, told), len(self._versions))
        self._told.setdefault(version, (groups, told))
        return version

    def _grouped(self, day: date) -> tuple[list[int], list[int]]:
        """Return the group of each address, and the first address of each group."""
        asked = self._inquiry.sort([(address, day) for address in self._addresses])
        firsts: dict[int, int] = {}
        for place, kind in enumerate(asked.of.tolist()):
            firsts.setdefault(kind, place)
        return asked.of.tolist(), [firsts[kind] for kind in range(len(asked.kinds))]
