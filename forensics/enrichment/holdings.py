"""What snapshots hold of many addresses, looked up in bulk: one search per table and family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kinds:
    """Addresses of one family sorted by what some tables hold of them.

    ``of`` is the number of each address's kind, ``values`` what the tables hold of a kind, in their order and with 0 for
    the row, which differs among its addresses: ``rows`` has it, one array per table.
    """

    of: NDArray[np.int64]
    values: tuple[tuple[Found, ...], ...]
    rows: tuple[NDArray[np.int32], ...]


def kinds(tables: Sequence[SnapshotTable], packed: NDArray[Any], family: int) -> Kinds:
    """Sort packed addresses (``RangeTable.find``) of one family by what the tables hold of them, row numbers apart."""
    import numpy as np

    ranges = [table.ranges(family) for table in tables]
    rows = tuple(find_in_all(ranges, packed))
    columns = [_columns(held, found) for held, found in zip(ranges, rows, strict=True)]
    of = np.zeros(len(packed), np.int64)
    for column in (column for table in columns for column in table):
        distinct, number = np.unique(column, return_inverse=True)
        if len(distinct) > 1:
            of = np.unique(of * len(distinct) + number, return_inverse=True)[1]
    firsts = np.unique(of, return_index=True)[1].tolist()
    return Kinds(of=of, values=tuple(tuple(_found(table, at) for table in columns) for at in firsts), rows=rows)


_ASN_BITS, _COUNTRY_BITS, _CLASS_BITS = 32, 16, 8
_HIT = 1 << _ASN_BITS + _COUNTRY_BITS + _CLASS_BITS


def _columns(ranges: RangeTable, rows: NDArray[np.int32]) -> tuple[NDArray[np.uint64], ...]:
    """Return what a table says of each address as one number, 0 where it says nothing, and the index of its origins."""
    import numpy as np

    hit, held = rows != NO_ROW, np.maximum(rows, 0)
    if not len(ranges):
        return (np.zeros(len(rows), np.uint64),)
    said = ranges.asn[held].astype(np.uint64) | ranges.country[held].astype(np.uint64) << np.uint64(_ASN_BITS)
    said |= ranges.classes[held].astype(np.uint64) << np.uint64(_ASN_BITS + _COUNTRY_BITS) | np.uint64(_HIT)
    said[~hit] = 0
    return (said,) if ranges.origins is None else (said, np.where(hit, ranges.origins[held], 0).astype(np.uint64))


def _found(columns: Sequence[NDArray[np.uint64]], at: int) -> Found:
    said, *several = (int(column[at]) for column in columns)
    if not said:
        return NOT_FOUND
    asn, country = said & (1 << _ASN_BITS) - 1, said >> _ASN_BITS & (1 << _COUNTRY_BITS) - 1
    classes = said >> _ASN_BITS + _COUNTRY_BITS & (1 << _CLASS_BITS) - 1
    return 0, asn, country, classes, several[0] if several else 0
