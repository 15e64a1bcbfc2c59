"""Write a snapshot's AS table as a MaxMind DB file, so that its reader can be measured on the same data.

Record of 24 bits, tree for IPv6 with IPv4 96 zero bits down, one data record per AS with number and name, as the AS
files of MaxMind and of iptoasn have it. IPv6 ranges that end inside a block of 2^64 addresses (a few dozen) are left out.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from forensics.enrichment.lookup import RangeTable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from forensics.enrichment.snapshots import SnapshotTable

_ALL = np.uint64((1 << 64) - 1)
_CHAIN = 32  # zero bits between the 64 that we sort IPv6 by and the 32 of IPv4
_NO_DATA = -1
_SECTION = 16  # zero bytes between tree and data


def whole_blocks(ranges: RangeTable) -> RangeTable:
    """Return an IPv6 table without the ranges that begin or end inside a block of 2^64 addresses."""
    kept = (ranges.start[1] == 0) & (ranges.end[1] == _ALL)
    columns = {name: getattr(ranges, name)[kept] for name in ("asn", "country", "classes")}
    start, end = (tuple(half[kept] for half in halves) for halves in (ranges.start, ranges.end))
    return dataclasses.replace(ranges, start=start, end=end, **columns)


def write(path: Path, table: SnapshotTable) -> tuple[RangeTable, RangeTable]:
    """Write the file and return the two tables that it holds."""
    v4, v6 = table.v4, whole_blocks(table.v6)
    data, places = _data_section(table, np.unique(np.concatenate([v4.asn, v6.asn])))
    upper = _tree(v6.start[0], v6.end[0], places(v6.asn), bits=64)
    lower = _tree(v4.start[0].astype(np.uint64), v4.end[0].astype(np.uint64), places(v4.asn), bits=32)
    chain = len(upper) + np.arange(_CHAIN)
    lower = np.where(lower >= 0, lower + len(upper) + _CHAIN, lower)
    links = np.stack([chain + 1, np.full(_CHAIN, _NO_DATA)], axis=1)
    at = 0
    for _ in range(63):
        at = int(upper[at, 0])
    upper[at, 0] = chain[0]
    _save(path, np.concatenate([upper, links, lower]), data)
    return v4, v6


def _data_section(table: SnapshotTable, numbers: NDArray[np.uint32]) -> tuple[bytes, Any]:
    """Return the records of all AS and a function from AS numbers to ``-2 - offset``."""
    parts, offsets, size = [], [], 0
    for number in numbers.tolist():
        offsets.append(size)
        parts.append(
            b"\xe2"
            + _text("autonomous_system_number")
            + b"\xc4"
            + number.to_bytes(4, "big")
            + _text("autonomous_system_organization")
            + _text(table.as_name(number) or "")
        )
        size += len(parts[-1])
    known = -2 - np.array(offsets, dtype=np.int64)
    return b"".join(parts), lambda asn: known[np.searchsorted(numbers, asn)]


def _text(text: str) -> bytes:
    held = text.encode()[:284]
    short = 29
    return bytes([0x40 | len(held)]) + held if len(held) < short else bytes([0x5D, len(held) - short]) + held


def _tree(
    first: NDArray[np.uint64], last: NDArray[np.uint64], value: NDArray[np.int64], *, bits: int
) -> NDArray[np.int64]:
    """Return (nodes, 2): a node number, -1 for no data, or ``-2 - offset``. The path of zero bits is always nodes."""
    points = np.unique(np.concatenate([np.zeros(1, np.uint64), first, last[last < _ones(bits)] + np.uint64(1)]))
    row = np.searchsorted(first, points, side="right") - 1
    inside = (row >= 0) & (last[np.maximum(row, 0)] >= points)
    said = np.where(inside, value[np.maximum(row, 0)], _NO_DATA)
    nodes, prefix, levels = 1, np.zeros(1, np.uint64), []
    for depth in range(1, bits + 1):
        children = np.stack([prefix, prefix | np.uint64(1 << bits - depth)], axis=1).reshape(-1)
        cell = np.searchsorted(points, children, side="right") - 1
        end = np.searchsorted(points, children | _ones(bits - depth), side="right") - 1
        inner = ((cell != end) | ((children == 0) & (bits > _CHAIN))) & (depth < bits)
        content = said[cell]
        content[inner] = nodes + np.arange(int(inner.sum()))
        nodes += int(inner.sum())
        levels.append(content.reshape(-1, 2))
        prefix = children[inner]
    return np.concatenate(levels)


def _ones(bits: int) -> np.uint64:
    return np.uint64((1 << bits) - 1)


def _save(path: Path, nodes: NDArray[np.int64], data: bytes) -> None:
    count = len(nodes)
    records = np.where(nodes == _NO_DATA, count, np.where(nodes < 0, count + _SECTION - 2 - nodes, nodes))
    tree = records.reshape(-1).astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    path.write_bytes(tree + bytes(_SECTION) + data + b"\xab\xcd\xefMaxMind.com" + _metadata(count))


def _short(number: int) -> bytes:
    return b"\xa2" + number.to_bytes(2, "big")


def _metadata(count: int) -> bytes:
    return b"\xe9" + b"".join(
        (
            _text("node_count") + b"\xc4" + count.to_bytes(4, "big"),
            _text("record_size") + _short(24),
            _text("ip_version") + _short(6),
            _text("database_type") + _text("benchmark"),
            _text("languages") + b"\x01\x04" + _text("en"),
            _text("description") + b"\xe1" + _text("en") + _text("benchmark"),
            _text("binary_format_major_version") + _short(2),
            _text("binary_format_minor_version") + _short(0),
            _text("build_epoch") + b"\x08\x02" + (1_789_516_800).to_bytes(8, "big"),
        )
    )
