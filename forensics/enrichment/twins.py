"""Rows that speak of the same addresses: a repetition is left out, a contradiction is told and neither side wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from forensics.enrichment.importer import Ledger


@dataclass(frozen=True, slots=True)
class Places:
    """Where each row stands in its file: numbers, and what they count (line, byte)."""

    numbers: Sequence[int]
    unit: str = "line"

    def of(self, row: int) -> str:
        """Return the place of a row as a rejection names it."""
        return f"{self.unit}:{self.numbers[row]}"


def once(keys: NDArray[Any], facts: NDArray[Any], places: Places, ledger: Ledger) -> NDArray[np.int64]:
    """Return the rows to keep, in ascending order: each key (a row of ``keys``) once.

    Rows of one key with other facts than its first row are rejected, and with them that first row is left out.
    """
    import numpy as np

    order = np.lexsort((np.arange(len(keys)), *keys.T[::-1]))
    after, before = order[1:], order[:-1]
    twin = np.zeros(len(order), dtype=np.bool_)
    twin[1:] = (keys[after] == keys[before]).all(axis=1)
    group = np.cumsum(~twin) - 1
    first = order[~twin][group] if len(order) else order
    differs = (facts[order] != facts[first]).any(axis=1)
    for row, other in zip(order[differs].tolist(), first[differs].tolist(), strict=True):
        ledger.reject(places.of(row), f"says otherwise than {places.of(other)} of the same addresses")
    contradicted = np.zeros(int(group[-1]) + 1 if len(group) else 0, dtype=np.bool_)
    contradicted[group[differs]] = True
    for row in order[~twin][contradicted].tolist():
        ledger.reject(places.of(row), "another row says otherwise of the same addresses")
    kept = ~twin & ~contradicted[group]
    ledger.leave_out("rows that repeat another one", int((twin & ~differs & ~contradicted[group]).sum()))
    return np.sort(order[kept])


def apart(first: NDArray[np.int64], last: NDArray[np.int64], places: Places, ledger: Ledger) -> NDArray[np.int64]:
    """Return the rows whose ranges overlap no other, in ascending order of ``first``; the others are rejected.

    ``first`` and ``last`` are ranks: numbers in the order of the addresses.
    """
    import numpy as np

    order = np.lexsort((last, first))
    size = len(order)
    reach = last[order] * size + np.arange(size)  # the end that reaches furthest so far, and whose it is
    furthest = np.maximum.accumulate(reach) if size else reach
    wrong = np.zeros(size, dtype=np.bool_)
    wrong[1:] = first[order][1:] <= furthest[:-1] // max(size, 1)
    both = wrong.copy()
    for place in np.flatnonzero(wrong).tolist():
        holder = int(furthest[place - 1] % size)
        ledger.reject(places.of(int(order[place])), f"overlaps {places.of(int(order[holder]))}")
        if not both[holder]:
            both[holder] = True
            ledger.reject(places.of(int(order[holder])), f"overlaps {places.of(int(order[place]))}")
    kept: NDArray[np.int64] = order[~both]
    return kept
