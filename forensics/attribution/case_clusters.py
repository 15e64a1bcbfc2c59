"""Which cases hang together: connected components over pairs whose lower bound is high enough. Pure.

A cluster is no stronger than its weakest edge, which is printed with every cluster. Hubs never make an edge. Nothing is
said about two cases that are more than two edges apart, although they lie in one cluster.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from forensics.attribution.components import MOST_HOPS, components, distances, holding


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
    return tuple(_cluster(cases, held) for cases in components(map(_pair, held)))


def _pair(edge: Edge) -> tuple[str, str]:
    return edge.one, edge.other


def _cluster(cases: tuple[str, ...], held: list[Edge]) -> Cluster:
    inside = tuple(edge for edge in held if edge.one in cases)
    apart, splits = distances(map(_pair, inside)), holding(map(_pair, inside))
    return Cluster(
        cases=cases,
        edges=inside,
        weakest=min(inside, key=lambda edge: (edge.lr_low, edge)),
        splits=tuple(edge for edge in inside if _pair(edge) in splits),
        not_claimed=tuple((one, other) for one, other in combinations(cases, 2) if apart[one][other] > MOST_HOPS),
    )
