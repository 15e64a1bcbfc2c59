"""Binary prefix trees as arrays, and the walk that turns one into sorted, disjoint ranges.

Both container formats that we read (MaxMind DB, IPFire location) are such trees; they differ in where a value sits.
Ranges of both families are held as two ``uint64`` halves; the upper half of an IPv4 address is 0.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from forensics.enrichment.lookup import RangeTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_ALL = (1 << 64) - 1
_HALF = 64
_V4_BITS = 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """``children`` (n, 2): node number or -1. A value (-1: none) sits on an edge without node, or on a node.

    A value on a node holds for everything below that no deeper value replaces.
    """

    children: NDArray[np.int64]
    edge_value: NDArray[np.int64] | None = None
    node_value: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leaves:
    """Sorted, disjoint ranges: ``start`` and ``end`` of shape (n, 2), and a value per range."""

    bits: int
    start: NDArray[np.uint64]
    end: NDArray[np.uint64]
    value: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of ranges."""
        return len(self.value)

    def with_value(self, value: NDArray[np.int64]) -> Leaves:
        """Return the same ranges with other values."""
        return replace(self, value=value)

    def first_addresses(self, rows: NDArray[np.int64]) -> list[str]:
        """Return the first address of each of the given ranges, as text."""
        packed = self.start[rows].astype(">u8").tobytes()
        family, skipped = (socket.AF_INET, 12) if self.bits == _V4_BITS else (socket.AF_INET6, 0)
        return [socket.inet_ntop(family, packed[at + skipped : at + 16]) for at in range(0, len(packed), 16)]


def walk(tree: Tree, *, root: int, bits: int, skip: int = -2) -> Leaves:
    """Return the ranges below ``root`` (depth 0, addresses of ``bits`` bits), leaving out the subtree at ``skip``."""
    import numpy as np

    node = np.array([root] if root >= 0 else [], dtype=np.int64)
    prefix = np.zeros((len(node), 1 if bits == _V4_BITS else 2), dtype=np.uint64)
    inherited = np.full(len(node), -1, dtype=np.int64)
    parts: list[tuple[Any, Any, Any]] = []
    for depth in range(1, bits + 1):
        if not len(node):
            break
        inherited = _deeper(tree.node_value, node, inherited)
        both = _children_prefixes(prefix, bits - depth)
        child, value = tree.children[node].T.reshape(-1), np.tile(inherited, 2)
        if tree.edge_value is not None:
            on_edge = tree.edge_value[node].T.reshape(-1)
            value = np.where(on_edge >= 0, on_edge, value)
        if depth == bits and tree.node_value is not None:
            value = np.where(child >= 0, _deeper(tree.node_value, np.maximum(child, 0), value), value)
        inner = (child >= 0) & (child != skip) & (depth < bits)
        if int(inner.sum()) > 2 * len(tree.children) + bits:
            message = "the tree reaches its nodes by more paths than a tree has"  # 2**32 ranges out of 32 nodes
            raise ValueError(message)
        leaf = ~inner & (child != skip) & (value >= 0)
        first = both[leaf]
        parts.append((first, first | _host_mask(bits - depth)[-prefix.shape[1] :], value[leaf]))
        node, prefix, inherited = child[inner], both[inner], value[inner]
    return _sorted(parts, bits)


def _deeper(node_value: Any, node: NDArray[np.int64], inherited: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the value of each node, or the inherited one where the node has none."""
    import numpy as np

    if node_value is None:
        return inherited
    own = node_value[node]
    return np.where(own >= 0, own, inherited)


def _children_prefixes(prefix: NDArray[np.uint64], bit: int) -> NDArray[np.uint64]:
    """Return the prefixes of all left children, then those of all right children, which set ``bit``."""
    import numpy as np

    right = prefix.copy()
    right[:, 0 if bit >= _HALF else -1] |= np.uint64(1 << (bit % _HALF))
    return np.concatenate([prefix, right])


def _host_mask(free: int) -> NDArray[np.uint64]:
    """Return the two halves of a number whose ``free`` low bits are set."""
    import numpy as np

    return np.array([(1 << max(free - _HALF, 0)) - 1, (1 << min(free, _HALF)) - 1], dtype=np.uint64)


def _sorted(parts: Sequence[tuple[Any, Any, Any]], bits: int) -> Leaves:
    """Join the leaves of all levels in ascending order."""
    import numpy as np

    none = np.zeros((0, 2), np.uint64)
    start = np.concatenate([part[0] for part in parts] or [none])
    end = np.concatenate([part[1] for part in parts] or [none])
    value = np.concatenate([part[2] for part in parts] or [np.zeros(0, np.int64)])
    order = np.argsort(start[:, -1]) if start.shape[1] == 1 else np.lexsort((start[:, 1], start[:, 0]))
    return Leaves(bits=bits, start=_two(start[order]), end=_two(end[order]), value=value[order])


def _two(halves: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return addresses as upper and lower half; the upper half of an IPv4 address is 0."""
    import numpy as np

    return halves if halves.shape[1] > 1 else np.concatenate([np.zeros_like(halves), halves], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facts:
    """What is known per range, before it becomes a ``RangeTable``: one row per source range."""

    asn: NDArray[np.uint32]
    country: NDArray[np.uint16]
    classes: NDArray[np.uint8]


def overlay(layers: Sequence[tuple[Leaves, Facts]], class_sets: tuple[tuple[str, ...], ...] = ((),)) -> RangeTable:
    """Lay several range sets over each other and return one table; equal neighbours without a gap are joined.

    A fact of a later layer fills what the earlier ones leave at 0. Ranges without any fact are left out.
    """
    import numpy as np

    bits = layers[0][0].bits
    points = _cut_points([leaves for leaves, _ in layers])
    facts = np.zeros((len(points), 3), dtype=np.int64)
    for leaves, known in layers:
        row = _table(leaves).find(points)
        columns = np.stack([known.asn, known.country, known.classes], axis=1).astype(np.int64)
        if len(columns):
            facts = np.where((facts == 0) & (row >= 0)[:, None], columns[np.maximum(row, 0)], facts)
    last = np.concatenate([_before(points[1:]), [[0 if bits == _V4_BITS else _ALL, _all_ones(bits)]]]).astype(np.uint64)
    fresh = np.concatenate([[True], (facts[1:] != facts[:-1]).any(axis=1)])[: len(points)]
    begin = np.flatnonzero(fresh)
    stop = np.concatenate([begin[1:], [len(points)]])[: len(begin)] - 1
    kept = facts[begin].any(axis=1)
    start, end, facts = points[begin[kept]], last[stop[kept]], facts[begin[kept]]
    narrow = bits == _V4_BITS
    return RangeTable(
        family=4 if narrow else 6,
        start=(start[:, 1].astype(np.uint32),) if narrow else (start[:, 0], start[:, 1]),
        end=(end[:, 1].astype(np.uint32),) if narrow else (end[:, 0], end[:, 1]),
        asn=facts[:, 0].astype(np.uint32),
        country=facts[:, 1].astype(np.uint16),
        classes=facts[:, 2].astype(np.uint8),
        class_sets=class_sets,
    )


def _all_ones(bits: int) -> int:
    return (1 << min(bits, _HALF)) - 1


def _table(leaves: Leaves) -> RangeTable:
    """Return ranges of either family as a two-half table that can be searched."""
    import numpy as np

    empty = np.zeros(len(leaves), dtype=np.uint32)
    return RangeTable(
        family=6,
        start=(leaves.start[:, 0].copy(), leaves.start[:, 1].copy()),
        end=(leaves.end[:, 0].copy(), leaves.end[:, 1].copy()),
        asn=empty,
        country=empty.astype(np.uint16),
        classes=empty.astype(np.uint8),
    )


def _cut_points(sets: Sequence[Leaves]) -> NDArray[np.uint64]:
    """Return every address where a range begins or the one behind a range, ascending and distinct."""
    import numpy as np

    high_ones = np.uint64(_ALL)
    points = [leaves.start for leaves in sets]
    for leaves in sets:
        behind = leaves.end.copy()
        behind[:, 1] += np.uint64(1)
        behind[:, 0] += (leaves.end[:, 1] == high_ones).astype(np.uint64)
        wrapped = (leaves.end == high_ones).all(axis=1)
        full = leaves.end[:, 1] >= np.uint64(_all_ones(leaves.bits)) if leaves.bits == _V4_BITS else wrapped
        points.append(behind[~full])
    joined = np.concatenate(points)
    joined = joined[np.lexsort((joined[:, 1], joined[:, 0]))]
    fresh = np.ones(len(joined), dtype=np.bool_)
    fresh[1:] = (joined[1:] != joined[:-1]).any(axis=1)
    return joined[fresh]


def _before(points: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the address before each one (none of them is 0)."""
    import numpy as np

    before = points.copy()
    before[:, 0] -= (points[:, 1] == 0).astype(np.uint64)
    before[:, 1] -= np.uint64(1)
    return before
