"""Passive DNS that the user brings: which names an address had when, without asking any name server.

A snapshot of the kind ``passive_dns`` has one table, ``names_seen.parquet``, in ascending order of its columns:

``family`` (uint8, 4 or 6) · ``address_hi``, ``address_lo`` (uint64 halves) · ``name`` (lower case, without the final
dot) · ``rrtype`` (A or AAAA: the name pointed to the address; PTR: the address was said to have the name) · ``first``,
``last`` (int64, Unix seconds, UTC: the interval in which a sensor saw it) · ``count`` (int64, 0: not stated).

An interval is when somebody's sensors saw the record, not when it existed; its two ends do not prove the days between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from forensics.enrichment.addresses import parse, unwrap
from forensics.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from forensics.enrichment.snapshots import SnapshotTable

KIND = "passive_dns"
TABLE = "names_seen.parquet"
AROUND_DAYS = 90
DAY = 86_400
"""Seconds of a day."""
POINTER = "PTR"
"""The record type that says a name of an address; the others say the address of a name."""
COLUMNS = ("family", "address_hi", "address_lo", "name", "rrtype", "first", "last", "count")
_LOW = (1 << 64) - 1
_HALF = 64
EARLIEST = 946_684_800  # 2000-01-01; passive DNS began in 2004
LATEST = 4_102_444_800  # 2100-01-01; later seconds are no time of a sensor


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Observation:
    """One record: a name and an address, and the interval in which it was seen (Unix seconds, UTC)."""

    family: int
    number: int
    name: str
    rrtype: str
    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSeen:
    """A name of an address near a day. ``gap_days`` is 0 inside the interval, else signed: the seen day minus the day.

    The name is a stranger's text: escape it.
    """

    name: str
    rrtype: str
    first: datetime
    last: datetime
    count: int
    gap_days: int
    snapshot: str


def arrow_table(observations: Iterable[Observation]) -> pa.Table:
    """Return the table of a snapshot: sorted, each observation once."""
    import pyarrow as pa

    held = sorted(set(observations))
    return pa.table(
        {
            "family": pa.array([item.family for item in held], pa.uint8()),
            "address_hi": pa.array([item.number >> _HALF for item in held], pa.uint64()),
            "address_lo": pa.array([item.number & _LOW for item in held], pa.uint64()),
            "name": pa.array([item.name for item in held], pa.string()),
            "rrtype": pa.array([item.rrtype for item in held], pa.string()),
            "first": pa.array([item.first for item in held], pa.int64()),
            "last": pa.array([item.last for item in held], pa.int64()),
            "count": pa.array([item.count for item in held], pa.int64()),
        }
    )


def seen(
    addresses: Sequence[str], day: date | None, snapshots: Sequence[SnapshotTable], within: int = AROUND_DAYS
) -> dict[str, list[NameSeen]]:
    """Return for each address (as written) the names seen at most ``within`` days from a day, the nearest first.

    Without a day every name is returned, the most recent first. Snapshots of other kinds are passed over; an embedded
    IPv4 address is unwrapped, as in any look-up.

    Raises:
        UsageError: a text is no address.
        DataError: a snapshot is damaged.
    """
    wanted: dict[tuple[int, int], list[str]] = {}
    for text in dict.fromkeys(addresses):
        inner = unwrap(parse(text)).address
        wanted.setdefault((inner.version, int(inner)), []).append(text)
    found: dict[str, list[NameSeen]] = {text: [] for text in addresses}
    for table in snapshots:
        if table.manifest.kind == KIND:
            for key, name in _matches(table, wanted, day):
                for text in wanted[key] if day is None or abs(name.gap_days) <= within else ():
                    found[text].append(name)
    for names in found.values():
        names.sort(key=lambda item: (abs(item.gap_days), -item.last.timestamp(), item.name, item.rrtype, item.snapshot))
    return found


def hosts_under(domains: frozenset[str], day: date, snapshots: Sequence[SnapshotTable]) -> int:
    """Return how many addresses sensors saw behind the names of some domains on a day: A and AAAA records alone."""
    import numpy as np

    start = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    found: set[tuple[int, int]] = set()
    for table in snapshots:
        if table.manifest.kind != KIND:
            continue
        held = _columns(table)
        first, last = (held[name].to_numpy() for name in ("first", "last"))
        for row in held.take(np.flatnonzero((first < start + DAY) & (last >= start))).to_pylist():
            labels = row["name"].split(".")
            if row["rrtype"] != POINTER and any(".".join(labels[at:]) in domains for at in range(len(labels))):
                found.add((row["family"], row["address_hi"] << _HALF | row["address_lo"]))
    return len(found)


def _matches(
    table: SnapshotTable, wanted: dict[tuple[int, int], list[str]], day: date | None
) -> Iterable[tuple[tuple[int, int], NameSeen]]:
    """Yield the observations of the wanted addresses in one snapshot, looked up in bulk."""
    import numpy as np

    held = _columns(table)
    low = held["address_lo"].to_numpy()
    numbers = np.array([number & _LOW for _, number in wanted], dtype=np.uint64)
    near = np.flatnonzero(np.isin(low, numbers))
    rows = held.take(near).to_pylist()
    for row in rows:
        key = (row["family"], row["address_hi"] << _HALF | row["address_lo"])
        if key in wanted:
            yield key, _name_seen(row, day, table.manifest.id)


def _columns(table: SnapshotTable) -> Any:
    """Return the checked table of a snapshot."""
    held = table.names_seen
    if tuple(held.column_names) != COLUMNS:
        message = "snapshot table has other columns than names that were seen have"
        raise DataError(message, where=f"{table.manifest.id}/{TABLE}")
    return held


def _name_seen(row: dict[str, Any], day: date | None, snapshot: str) -> NameSeen:
    try:
        first, last = (datetime.fromtimestamp(row[key], UTC) for key in ("first", "last"))
    except (OverflowError, OSError, ValueError, TypeError) as error:
        message = "snapshot table has a time that is none"
        raise DataError(message, where=f"{snapshot}/{TABLE}") from error
    gap = 0
    if day is not None and day < first.date():
        gap = (first.date() - day).days
    elif day is not None and day > last.date():
        gap = (last.date() - day).days
    return NameSeen(
        name=row["name"],
        rrtype=row["rrtype"],
        first=first,
        last=last,
        count=row["count"],
        gap_days=gap,
        snapshot=snapshot,
    )
