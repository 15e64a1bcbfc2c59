"""Which cases hang together: connected components over pairs whose lower bound is high enough. Pure.

A cluster is no stronger than its weakest edge, which is printed with every cluster. Hubs never make an edge. Nothing is
said about two cases that are more than two edges apart, although they lie in one cluster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

MOST_HOPS = 2


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Edge:
    """Two cases (in the order of their names) and the lower bound of the ratio that joins them."""

    one: str
    other: str
    lr_low: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Cases that hang together, by which edges, the weakest of these, what would split it, and what is not claimed."""

    cases: tuple[str, ...]
    edges: tuple[Edge, ...]
    weakest: Edge
    splits: tuple[Edge, ...]
    not_claimed: tuple[tuple[str, str], ...]


def clusters(edges: Iterable[Edge]) -> tuple[Cluster, ...]:
    """Return the components of two or more cases, in the order of their first case."""
    held = sorted(set(edges))
    return tuple(_cluster(cases, held) for cases in _components(held))


def _cluster(cases: tuple[str, ...], held: list[Edge]) -> Cluster:
    inside = tuple(edge for edge in held if edge.one in cases)
    return Cluster(
        cases=cases,
        edges=inside,
        weakest=min(inside, key=lambda edge: (edge.lr_low, edge)),
        splits=tuple(edge for edge in inside if edge.other not in _reached(edge.one, _without(inside, edge))),
        not_claimed=tuple(
            pair for pair in combinations(cases, 2) if _reached(pair[0], inside).get(pair[1], 0) > MOST_HOPS
        ),
    )


def _components(edges: list[Edge]) -> list[tuple[str, ...]]:
    found: dict[tuple[str, ...], None] = {}
    for edge in edges:
        found[tuple(sorted(_reached(edge.one, edges)))] = None
    return sorted(found)


def _without(edges: Iterable[Edge], left_out: Edge) -> list[Edge]:
    return [edge for edge in edges if edge != left_out]


def _reached(start: str, edges: Iterable[Edge]) -> dict[str, int]:
    """Return how many edges away each case is that can be reached."""
    near: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        near[edge.one].append(edge.other)
        near[edge.other].append(edge.one)
    found, todo = {start: 0}, [start]
    for case in todo:
        for other in near[case]:
            if other not in found:
                found[other] = found[case] + 1
                todo.append(other)
    return found
