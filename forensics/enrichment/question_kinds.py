"""Questions about many addresses and days, sorted by kind: those of one kind have the same answer, the block around apart.

A kind is a day with the tables that speak for it, a special purpose or none, and what each of those tables holds. Few
networks and few days are behind most addresses of a case, so what is judged is judged once for each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forensics.enrichment.crowd import NOT_SPECIAL, Crowd, crowd
from forensics.enrichment.holdings import Found, Kinds, kinds
from forensics.enrichment.lookup import NO_ROW, V6
from forensics.enrichment.questions import Kind, PanelOf, Question
from forensics.enrichment.special_purpose import TABLE

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from forensics.enrichment.panel import Panel
    from forensics.enrichment.snapshots import SnapshotTable


class _Group(NamedTuple):
    """The addresses that some tables were asked about, ascending by number, and what was found; kinds count from ``base``."""

    members: NDArray[np.int64]
    found: Kinds
    base: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sorted:
    """Questions sorted: ``of`` is the number of each one's kind, ``embedded`` whether its address was inside another."""

    kinds: tuple[Kind, ...]
    of: NDArray[np.int64]
    embedded: NDArray[np.bool_]
    asked: Crowd
    address: NDArray[np.int64]
    groups: dict[tuple[SnapshotTable, ...], dict[int, _Group]]

    def counts(self) -> list[int]:
        """Return how many questions each kind has."""
        found: list[int] = np.bincount(self.of, minlength=len(self.kinds)).tolist()
        return found

    def block(self, place: int, table: SnapshotTable) -> str:
        """Return the block around the address of a question in a table of its kind's panel; "" where it has none."""
        tables = self.kinds[self.of[place]].panel.tables
        number = int(self.address[place])
        version = int(self.asked.version[number])
        group = self.groups[tables][version]
        row = int(group.found.rows[tables.index(table)][np.searchsorted(group.members, number)])
        return "" if row == NO_ROW else table.ranges(version).prefix_around(row, self.asked.address(number))


def sort(questions: Sequence[Question], panel_of: PanelOf) -> Sorted:
    """Sort questions by kind.

    Raises:
        UsageError: a text is no address.
        DataError: a snapshot is damaged.
    """
    numbers: dict[str, int] = {}
    address = np.array([numbers.setdefault(text, len(numbers)) for text, _ in questions], np.int64)
    asked = crowd(list(numbers))
    panels, events, panel = _panels(questions, asked, address, panel_of)
    groups: dict[tuple[SnapshotTable, ...], dict[int, _Group]] = {}
    kind = np.zeros(len(questions), np.int64)
    values: list[tuple[Found, ...]] = []
    for tables, version in dict.fromkeys((item.tables, item.version) for item in panels):
        speaking = [place for place, item in enumerate(panels) if item.tables == tables and item.version == version]
        these = np.flatnonzero(np.isin(panel, speaking))
        members = np.unique(address[these])
        found = kinds(tables, asked.packed(members, version), version)
        groups.setdefault(tables, {})[version] = _Group(members, found, len(values))
        kind[these] = found.of[np.searchsorted(members, address[these])] + len(values)
        values += found.values
    special = asked.special[address]
    code = (panel * (len(values) or 1) + kind) * (len(TABLE) + 1) + special - NOT_SPECIAL
    _, first, of = np.unique(code, return_index=True, return_inverse=True)
    sorted_kinds = tuple(
        Kind(panel=panels[p], event=events[p], special=None if s == NOT_SPECIAL else TABLE[s], rows=values[k])
        for p, s, k in zip(panel[first].tolist(), special[first].tolist(), kind[first].tolist(), strict=True)
    )
    return Sorted(
        kinds=sorted_kinds, of=of, embedded=asked.embedded[address], asked=asked, address=address, groups=groups
    )


def _panels(
    questions: Sequence[Question], asked: Crowd, address: NDArray[np.int64], panel_of: PanelOf
) -> tuple[list[Panel], list[date | None], NDArray[np.int64]]:
    """Return the panels of some questions, the day of each panel, and the number of each question's panel."""
    numbers: dict[date | None, int] = {}
    day = np.array([numbers.setdefault(event, len(numbers)) for _, event in questions], np.int64)
    special, newer = asked.special != NOT_SPECIAL, asked.version == V6
    distinct, panel = np.unique(day * 4 + special[address] * 2 + newer[address], return_inverse=True)
    days = list(numbers)
    events = [days[code >> 2] for code in distinct.tolist()]
    found = [
        panel_of(event, bool(code & 2), 6 if code & 1 else 4)
        for event, code in zip(events, distinct.tolist(), strict=True)
    ]
    return found, events, panel
