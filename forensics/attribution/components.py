"""What hangs together in a graph of pairs, how far apart, and which pairs hold it together. Pure.

Walking from name to name is done here; networkx answers what takes more than a walk, for groups with a ring in them.
Loading it takes longer than judging a usual case, whose groups are trees: there every pair holds.

Results do not depend on the order in which pairs are given: everything is sorted. Two steps are the most that anything
is claimed over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

MOST_HOPS = 2
Pair = tuple[str, str]


def _in_order(pairs: Iterable[Pair]) -> list[Pair]:
    return sorted({(min(pair), max(pair)) for pair in pairs})


def _neighbours(pairs: Iterable[Pair]) -> dict[str, set[str]]:
    beside: dict[str, set[str]] = {}
    for one, other in pairs:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    return dict(sorted(beside.items()))


def _reached(beside: Mapping[str, Collection[str]], start: str) -> dict[str, int]:
    """Return how many pairs apart from ``start`` every name is that can be reached, breadth first."""
    apart = {start: 0}
    far, ring = 0, {start}
    while ring:
        far, ring = far + 1, {name for known in ring for name in beside[known] if name not in apart}
        apart.update(dict.fromkeys(ring, far))
    return apart


def components(pairs: Iterable[Pair]) -> list[tuple[str, ...]]:
    """Return the groups of names that hang together, each sorted, in the order of their first name."""
    beside = _neighbours(pairs)
    found: list[tuple[str, ...]] = []
    placed: set[str] = set()
    for name in beside:
        if name not in placed:
            found.append(tuple(sorted(_reached(beside, name))))
            placed.update(found[-1])
    return found


def distances(pairs: Iterable[Pair]) -> Mapping[str, Mapping[str, int]]:
    """Return how many pairs apart two names are, for all that can reach each other."""
    beside = _neighbours(pairs)
    return {name: _reached(beside, name) for name in beside}


def _tree(pairs: list[Pair]) -> bool:
    """Say whether one group hangs together by as few pairs as can hold it, so that no pair can be spared."""
    groups = components(pairs)
    return len(groups) == 1 and len(pairs) == len(groups[0]) - 1


def _graph(pairs: list[Pair]) -> Any:
    import networkx as nx

    made = nx.Graph()
    made.add_edges_from(pairs)
    return made


def holding(pairs: Iterable[Pair]) -> frozenset[Pair]:
    """Return the pairs (in the order of their names) without which their group falls apart."""
    drawn = _in_order(pairs)
    if _tree(drawn):
        return frozenset(drawn)
    import networkx as nx

    return frozenset((min(pair), max(pair)) for pair in nx.bridges(_graph(drawn)))


def sides(pairs: Iterable[Pair], left_out: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the two parts into which a group falls without a pair that holds it together."""
    beside = _neighbours(pairs)
    one, other = left_out
    beside[one].discard(other)
    beside[other].discard(one)
    return tuple(sorted(_reached(beside, one))), tuple(sorted(_reached(beside, other)))


def fewest_to_cut(pairs: Iterable[Pair]) -> int:
    """Return how many pairs must go at least before a group falls apart."""
    drawn = _in_order(pairs)
    if _tree(drawn):
        return 1
    import networkx as nx

    return int(nx.edge_connectivity(_graph(drawn)))
