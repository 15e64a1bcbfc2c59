"""Ranges as lists of integers, for the sources that are text: validated, cut where they overlap, made a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forensics.enrichment.lookup import V4, RangeTable

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOW = (1 << 64) - 1


def table(
    family: int,
    bounds: Sequence[tuple[int, int]],
    *,
    asn: Sequence[int] | None = None,
    country: Sequence[int] | None = None,
    classes: Sequence[int] | None = None,
    class_sets: tuple[tuple[str, ...], ...] = ((),),
) -> RangeTable:
    """Return sorted, disjoint ``(first, last)`` and their facts as a table that has been checked.

    Equal neighbours without a gap are joined.

    Raises:
        DataError: the ranges are not sorted, or overlap.
    """
    count = len(bounds)
    facts = [list(column) if column is not None else [0] * count for column in (asn, country, classes)]
    kept: list[list[int]] = []
    for (first, last), *row in zip(bounds, *facts, strict=True):
        if kept and kept[-1][1] + 1 == first and kept[-1][2:] == row:
            kept[-1][1] = last
        else:
            kept.append([first, last, *row])
    columns = list(zip(*kept, strict=True)) or [()] * 5
    made = RangeTable(
        family=family,
        start=_halves(columns[0], family),
        end=_halves(columns[1], family),
        asn=np.array(columns[2], np.uint32),
        country=np.array(columns[3], np.uint16),
        classes=np.array(columns[4], np.uint8 if len(class_sets) <= 1 << 8 else np.uint16),
        class_sets=class_sets,
    )
    made.check()
    return made


def _halves(numbers: Sequence[int], family: int) -> tuple[Any, ...]:
    if family == V4:
        return (np.array(numbers, np.uint32),)
    return (np.array([item >> 64 for item in numbers], np.uint64), np.array([item & _LOW for item in numbers], np.uint64))


def without_overlap(rows: list[tuple[int, int, Any]]) -> tuple[list[tuple[int, int, Any]], int]:
    """Return ``(first, last, fact)`` in ascending order, cut so that none overlap, and how many overlaps there were.

    A row wholly inside another is the narrower announcement and holds there, as routers do it. Where two rows only
    share a part, neither is believed: that part is left out.
    """
    kept: list[tuple[int, int, Any]] = []
    overlaps = 0
    for row in sorted(rows, key=lambda item: (item[0], -item[1])):
        if not kept or kept[-1][1] < row[0]:
            kept.append(row)
            continue
        overlaps += 1
        first, last, fact = kept.pop()
        if row[1] <= last:
            pieces = [(first, row[0] - 1, fact), row, (row[1] + 1, last, fact)]
        else:
            pieces = [(first, row[0] - 1, fact), (last + 1, row[1], row[2])]
        kept += [piece for piece in pieces if piece[0] <= piece[1]]
    return kept, overlaps
