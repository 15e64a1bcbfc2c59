"""Routes (prefix → origin AS) collected one by one and turned into range tables.

Several AS may originate one prefix ("MOAS"), and an origin may be an AS set (RFC 4271 §5.1.2). A table holds one AS per
range, the most frequent origin; all of them stay beside it in ``origins``, so that an answer can say so.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING

from forensics.enrichment.importer import RowError
from forensics.enrichment.lookup import V4, V6
from forensics.enrichment.prefix_table import Columns, most_specific, table, width
from forensics.enrichment.twins import Places, once

if TYPE_CHECKING:
    from forensics.enrichment.importer import Ledger
    from forensics.enrichment.lookup import RangeTable

_LOW = (1 << 64) - 1
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_MOST_AS = (1 << 32) - 1
_MOST_SETS = 1 << 20  # distinct sets of origins; real tables have some thousands
RESERVED = "routes of AS 0, which routers treat as withdrawn (RFC 7607)"
DEFAULT_ROUTE = "default routes: they say nothing about who holds an address"


def as_number(text: str) -> int:
    """Return an AS number in plain decimals (RFC 5396 asplain), without leading zeros.

    Raises:
        RowError: no AS number, or AS 0, which nobody may announce (RFC 7607).
    """
    if not (_NUMBER.fullmatch(text) and int(text) <= _MOST_AS):
        raise RowError(f"not an AS number: {text[:40]!r}")
    return int(text)


class _Family:
    """The routes of one family as growing columns."""

    def __init__(self) -> None:
        self.high, self.low = array("Q"), array("Q")
        self.length, self.visibility = array("B"), array("B")
        self.asn, self.origins, self.place = array("I"), array("I"), array("Q")


class Routes:
    """Collects routes of both families; ``unit`` names what a place counts (line, byte)."""

    def __init__(self, ledger: Ledger, unit: str = "line") -> None:
        """Start empty."""
        self._ledger = ledger
        self._unit = unit
        self._held = {V4: _Family(), V6: _Family()}
        self._sets: dict[tuple[str, ...], int] = {(): 0}
        self._known: dict[tuple[str, ...], tuple[int, int]] = {}

    def add(self, family: int, number: int, length: int, origins: tuple[str, ...], place: int, share: int = 0) -> None:
        """Add one prefix with its origins, the most frequent first; ``share`` is the percentage of peers.

        Raises:
            RowError: an origin is no AS number, or there are more combinations than any table has.
        """
        known = self._known.get(origins)
        if known is None:
            known = self._known[origins] = self._read(origins)
        if not known[0]:
            self._ledger.leave_out(RESERVED)
            return
        held = self._held[family]
        held.high.append(number >> 64)
        held.low.append(number & _LOW)
        held.length.append(length)
        held.asn.append(known[0])
        held.origins.append(known[1])
        held.visibility.append(share)
        held.place.append(place)

    def _read(self, origins: tuple[str, ...]) -> tuple[int, int]:
        """Return the AS number that stands for the origins, and the place of their set (0 for a single origin)."""
        origins = tuple(word for word in origins if word != "0")
        if not origins:
            return 0, 0
        members = [[as_number(text) for text in word.split(",")] for word in origins]
        single = next((found[0] for found in members if len(found) == 1), members[0][0])
        if len(self._known) >= _MOST_SETS:
            raise RowError("more combinations of origins than any routing table has")
        several = () if len(origins) == 1 and len(members[0]) == 1 else origins
        return single, self._sets.setdefault(several, len(self._sets))

    def tables(self, *, shares: bool = False) -> tuple[RangeTable, RangeTable]:
        """Return the tables of IPv4 and IPv6; a prefix that stands twice with different origins is rejected."""
        order = sorted(self._sets)
        moved = {self._sets[words]: place for place, words in enumerate(order)}
        made = tuple(self._table(family, order, moved, shares=shares) for family in (V4, V6))
        return made[0], made[1]

    def _table(self, family: int, order: list[tuple[str, ...]], moved: dict[int, int], *, shares: bool) -> RangeTable:
        import numpy as np

        held = self._held[family]
        network = np.stack([np.array(held.high, np.uint64), np.array(held.low, np.uint64)], axis=1)
        length = np.array(held.length, np.uint8)
        rank = np.array([moved[place] for place in range(len(order))], np.uint32)
        asn, origins = np.array(held.asn, np.uint32), rank[np.array(held.origins, np.int64)]
        kept = once(
            np.column_stack([network, length]),
            np.column_stack([asn, origins]),
            Places(held.place, self._unit),
            self._ledger,
        )
        none = np.zeros(len(kept), np.uint16)
        known = Columns(
            asn=asn[kept],
            country=none,
            classes=none.astype(np.uint8),
            origins=origins[kept] if len(order) > 1 else None,
            origin_sets=tuple(order),
            visibility=np.array(held.visibility, np.uint8)[kept] if shares else None,
        )
        return table(most_specific(network[kept], length[kept], width(family)), known)
