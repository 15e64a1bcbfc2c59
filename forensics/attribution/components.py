"""What hangs together in a graph of pairs, how far apart, and which pairs hold it together. Pure; networkx does the work.

Results do not depend on the order in which pairs are given: everything is sorted. Two steps are the most that anything
is claimed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MOST_HOPS = 2
Pair = tuple[str, str]


def _graph(pairs: Iterable[Pair]) -> Any:
    import networkx as nx

    made = nx.Graph()
    made.add_edges_from(sorted({(min(pair), max(pair)) for pair in pairs}))
    return made


def components(pairs: Iterable[Pair]) -> list[tuple[str, ...]]:
    """Return the groups of names that hang together, each sorted, in the order of their first name."""
    import networkx as nx

    return sorted(tuple(sorted(found)) for found in nx.connected_components(_graph(pairs)))


def distances(pairs: Iterable[Pair]) -> Mapping[str, Mapping[str, int]]:
    """Return how many pairs apart two names are, for all that can reach each other."""
    import networkx as nx

    return dict(nx.all_pairs_shortest_path_length(_graph(pairs)))


def holding(pairs: Iterable[Pair]) -> frozenset[Pair]:
    """Return the pairs (in the order of their names) without which their group falls apart."""
    import networkx as nx

    return frozenset((min(pair), max(pair)) for pair in nx.bridges(_graph(pairs)))


def sides(pairs: Iterable[Pair], left_out: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the two parts into which a group falls without a pair that holds it together."""
    import networkx as nx

    graph = _graph(pairs)
    graph.remove_edge(*left_out)
    one, other = (tuple(sorted(nx.node_connected_component(graph, name))) for name in left_out)
    return one, other


def fewest_to_cut(pairs: Iterable[Pair]) -> int:
    """Return how many pairs must go at least before a group falls apart."""
    import networkx as nx

    return int(nx.edge_connectivity(_graph(pairs)))
