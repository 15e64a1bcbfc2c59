"""What snapshots hold of many addresses, looked up in bulk: one search per table and family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from forensics.enrichment.addresses import pack_v4, pack_v6
from forensics.enrichment.lookup import NO_ROW, V4, find_in_all

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from forensics.enrichment.addresses import Address
    from forensics.enrichment.lookup import RangeTable
    from forensics.enrichment.snapshots import SnapshotTable

Found = tuple[int, int, int, int, int]
"""What a table says of an address: its row or ``NO_ROW``, AS number, packed country, index of its classes, of its origins."""
_V6 = 1 << 128


def key_of(address: Address) -> int:
    """Return an address as the number under which it is held: hashing that is far cheaper than hashing the address."""
    return int(address) if address.version == V4 else _V6 | int(address)


NOT_FOUND: Found = (NO_ROW, 0, 0, 0, 0)


def holdings(wanted: Mapping[SnapshotTable, Iterable[int]]) -> dict[SnapshotTable, dict[int, Found]]:
    """Return what each table holds of the addresses (``key_of``) that it is asked about; what it does not hold is left out.

    Addresses that several tables are asked about are sorted once for all of them.
    """
    found: dict[SnapshotTable, dict[int, Found]] = {table: {} for table in wanted}
    for family, pack in ((V4, pack_v4), (6, pack_v6)):
        alike: dict[tuple[int, ...], list[SnapshotTable]] = {}
        for table, keys in wanted.items():
            asked = tuple([key for key in dict.fromkeys(keys) if (key < _V6) == (family == V4)])
            if asked and len(table.ranges(family)):
                alike.setdefault(asked, []).append(table)
        for asked, tables in alike.items():
            packed = pack([key & (_V6 - 1) for key in asked])
            for table, rows in zip(tables, find_in_all([held.ranges(family) for held in tables], packed), strict=True):
                found[table].update(_held(table.ranges(family), rows, asked))
    return found


def _held(ranges: RangeTable, rows: NDArray[np.int32], asked: Sequence[int]) -> dict[int, Found]:
    import numpy as np

    hits = (rows != NO_ROW).nonzero()[0]
    kept = rows[hits]
    several = np.zeros(len(kept), np.uint32) if ranges.origins is None else ranges.origins[kept]
    columns = (kept, ranges.asn[kept], ranges.country[kept], ranges.classes[kept], several)
    found: dict[int, Found] = {}
    for place, *values in zip(hits.tolist(), *(column.tolist() for column in columns), strict=True):
        found[asked[place]] = (values[0], values[1], values[2], values[3], values[4])
    return found
