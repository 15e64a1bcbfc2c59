"""What snapshots hold of many addresses, looked up in bulk: one search per table and family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from forensics.enrichment.addresses import pack_v4, pack_v6
from forensics.enrichment.lookup import NO_ROW, V4

if TYPE_CHECKING:
    from forensics.enrichment.addresses import Address
    from forensics.enrichment.snapshots import SnapshotTable

Found = tuple[int, int, int, int, int]
"""What a table says of an address: its row or ``NO_ROW``, AS number, packed country, index of its classes, of its origins."""
NOT_FOUND: Found = (NO_ROW, 0, 0, 0, 0)


def holdings(wanted: Mapping[SnapshotTable, Iterable[Address]]) -> dict[SnapshotTable, dict[Address, Found]]:
    """Return what each table holds of the addresses that it is asked about; what it does not hold is left out."""
    return {table: _held(table, list(dict.fromkeys(addresses))) for table, addresses in wanted.items()}


def _held(table: SnapshotTable, addresses: Sequence[Address]) -> dict[Address, Found]:
    import numpy as np

    found: dict[Address, Found] = {}
    for family, pack in ((V4, pack_v4), (6, pack_v6)):
        asked = [address for address in addresses if address.version == family]
        if not asked:
            continue
        ranges = table.ranges(family)
        rows = ranges.find(pack([int(address) for address in asked]))
        hits = (rows != NO_ROW).nonzero()[0]
        kept = rows[hits]
        several = np.zeros(len(kept), np.uint32) if ranges.origins is None else ranges.origins[kept]
        columns = (kept, ranges.asn[kept], ranges.country[kept], ranges.classes[kept], several)
        for place, *values in zip(hits.tolist(), *(column.tolist() for column in columns), strict=True):
            found[asked[place]] = (values[0], values[1], values[2], values[3], values[4])
    return found
