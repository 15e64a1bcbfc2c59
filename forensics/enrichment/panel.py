"""Which snapshots speak for a day: of each kind those before and after it, in the order in which they are asked.

A table that covers only a part of the Internet (an excerpt that a user imported, a list without one of the families) may
say who announced an address, and its silence says nothing: then the next table is asked. Of the tables at hand that
cover a whole family, the nearest before and the nearest after are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from forensics.enrichment.lookup import V4
from forensics.enrichment.selection import around

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from forensics.enrichment.snapshots import SnapshotTable

WHOLE_V4, WHOLE_V6 = 50_000, 5_000
"""Ranges from which on a table of origins is taken to cover the Internet; that of 2005 had three times as many."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """The snapshots that speak for a day (``target``, which is the ``event``'s unless the user chose another) and a family.

    ``before`` and ``after`` are tables of origins, nearest first and ending with the first whole one; with ``single`` all
    of them stand in ``before``. ``countries`` holds one pair per source, ``delegated`` the tables of registry countries,
    ``lists`` per word of a class list the tables of it. ``tables`` are all of them, each once.
    """

    target: date | None
    event: date | None = None
    version: int = V4
    before: tuple[SnapshotTable, ...] = ()
    after: tuple[SnapshotTable, ...] = ()
    countries: tuple[tuple[SnapshotTable, ...], ...] = ()
    delegated: tuple[SnapshotTable, ...] = ()
    lists: tuple[tuple[str, tuple[SnapshotTable, ...]], ...] = ()
    tables: tuple[SnapshotTable, ...] = ()


def covers_family(table: SnapshotTable, version: int) -> bool:
    """Whether an address missing in a table of origins means that nobody announced it."""
    held = table.manifest
    return held.sample or (held.rows_v4 >= WHOLE_V4 if version == V4 else held.rows_v6 >= WHOLE_V6)


def panel(usable: Sequence[SnapshotTable], target: date, event: date | None, version: int) -> Panel:
    """Return the panel for a day to look at; ``usable`` is in ascending order of dates."""
    single = event is not None and target != event
    origins = [table for table in usable if table.manifest.kind == "ip_asn"]
    before, after = _origins(origins, target, version, single=single)
    countries = _per_source(
        [table for table in usable if table.manifest.kind in ("ip_asn", "ip_country")], target, single
    )
    delegated = _around([table for table in usable if table.manifest.kind == "registry_country"], target, single)
    lists = tuple(
        (word, _around(issues, target, single)) for (word, _), issues in sorted(_issues(usable, version).items())
    )
    asked = [*before, *after, *delegated]
    asked += [table for pair in (*countries, *(pair for _, pair in lists)) for table in pair]
    return Panel(
        target=target,
        event=event,
        version=version,
        before=before,
        after=after,
        countries=countries,
        delegated=delegated,
        lists=lists,
        tables=tuple(dict.fromkeys(asked)),
    )


def _origins(
    held: Sequence[SnapshotTable], target: date, version: int, *, single: bool
) -> tuple[tuple[SnapshotTable, ...], tuple[SnapshotTable, ...]]:
    """Return the tables of origins to ask before and after a day; with ``single``, by distance and in the first place."""
    earlier = [table for table in reversed(held) if table.manifest.as_of <= target]
    later = [table for table in held if table.manifest.as_of > target]
    if not single:
        return _until_whole(earlier, version), _until_whole(later, version)
    near = sorted(
        [*earlier, *later], key=lambda table: (abs((table.manifest.as_of - target).days), table.manifest.as_of)
    )
    return _until_whole(near, version), ()


def _until_whole(tables: Sequence[SnapshotTable], version: int) -> tuple[SnapshotTable, ...]:
    """Return the tables up to the first that covers the family."""
    stop = next((place for place, table in enumerate(tables) if covers_family(table, version)), len(tables))
    return tuple(tables[: stop + 1])


def _per_source(
    tables: Sequence[SnapshotTable],
    target: date,
    single: bool,  # noqa: FBT001 - handed through
) -> tuple[tuple[SnapshotTable, ...], ...]:
    by_source = sorted(tables, key=lambda table: table.manifest.source)  # stable: dates stay in order
    return tuple(
        _around(list(group), target, single) for _, group in groupby(by_source, key=lambda table: table.manifest.source)
    )


def _around(tables: Sequence[SnapshotTable], target: date, single: bool) -> tuple[SnapshotTable, ...]:  # noqa: FBT001
    dates = [table.manifest.as_of for table in tables]
    return tuple(tables[place] for place in around(target, dates, single=single))


def _issues(usable: Sequence[SnapshotTable], version: int) -> Mapping[tuple[str, str], list[SnapshotTable]]:
    """Return per list the snapshots that hold an issue of it, in order of time; a flag is a list of its source alone."""
    found: dict[tuple[str, str], list[SnapshotTable]] = {}
    for table in usable:
        if table.manifest.kind in ("net_class", "ip_asn"):
            for word in sorted({word for words in table.ranges(version).class_sets for word in words}):
                found.setdefault((word, "" if "/" in word else table.manifest.source), []).append(table)
    for _, source in [key for key in found if key[1]]:
        issues = [table for table in usable if table.manifest.source == source and table.manifest.kind == "ip_asn"]
        found.update({key: issues for key in found if key[1] == source})
    return found
