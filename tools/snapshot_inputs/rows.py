"""Ranges as lists of integers, for the sources that are text: validated, cut where they overlap, made a table."""

from __future__ import annotations

from itertools import pairwise
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
    return (
        np.array([item >> 64 for item in numbers], np.uint64),
        np.array([item & _LOW for item in numbers], np.uint64),
    )


def without_overlap(rows: list[tuple[int, int, Any]]) -> tuple[list[tuple[int, int, Any]], int]:
    """Return ``(first, last, fact)`` in ascending order, cut so that none overlap, and how many rows overlap another.

    A row wholly inside another is the narrower announcement and holds there, as routers do it. Where two rows share
    only a part, or are alike and say different things, neither is believed: that part is left out.
    """
    ordered = sorted(rows, key=lambda row: row[:2])
    points = sorted({row[0] for row in ordered} | {row[1] + 1 for row in ordered})
    kept: list[tuple[int, int, Any]] = []
    held: list[tuple[int, int, Any]] = []
    overlapping: set[int] = set()
    at = 0
    for first, behind in pairwise(points):
        held = [row for row in held if row[1] >= first]
        while at < len(ordered) and ordered[at][0] == first:
            held.append(ordered[at])
            at += 1
        if len(held) > 1:
            overlapping |= {id(row) for row in held}
        if held and (inner := _innermost(held)) is not None:
            kept.append((first, behind - 1, inner[2]))
    return kept, len(overlapping)


def _innermost(held: list[tuple[int, int, Any]]) -> tuple[int, int, Any] | None:
    """Return the row that lies inside all others that hold the same address, if there is one and it stands alone."""
    inner = min(held, key=lambda row: row[1] - row[0])
    for row in held:
        around = row[0] <= inner[0] and row[1] >= inner[1]
        alike = row[:2] == inner[:2] and row[2] != inner[2]
        if not around or alike:
            return None
    return inner
