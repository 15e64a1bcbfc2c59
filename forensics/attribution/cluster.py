"""Clusters within a case: connected components over the edges that may join, and what would split them. Pure.

An edge joins if it holds at both of its ends, if its lower bound is 100 or more (a row of evidence needs none), and if
neither end is a hub: a network, a country, a service that many share, or anything of too many edges decorates and never
joins. A community found by chance of a seed is no evidence, so none is looked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations

from forensics.attribution.components import MOST_HOPS, components, distances, fewest_to_cut, holding, sides
from forensics.attribution.device_term import terms
from forensics.model import CaseGraph, Cluster, GraphEdge, GraphNode, Split
from forensics.sentence import Figure, say, say_n

MOST_DEGREE = 50
"""A node of more edges is a hub, whatever it is."""
EVENTS = frozenset({"observation", "record"})
"""Kinds that a cluster is about; between two of them a hop leads through what both share, so it is two edges."""
MOST_SHOWN = 50
_ALWAYS_HUBS = {
    "as": say("a network joins everybody in it"),
    "country": say("a country joins everybody in it"),
    "prefix": say("an announced range joins everybody in it"),
    "entity": say("whose infrastructure it was is quoted, never computed"),
    "source": say("a publication joins all that it lists"),
}


def case_graph(nodes: Iterable[GraphNode], edges: Iterable[GraphEdge], left_out: int = 0) -> CaseGraph:
    """Return the graph with its hubs, its edges judged, and its clusters; the order of the input does not matter.

    Raises:
        ValueError: two nodes of one id, or an edge to a node that is not there.
    """
    held: dict[str, GraphNode] = {}
    for node in nodes:
        if held.setdefault(node.id, node) != node:
            message = f"two nodes are called {node.id!r}"
            raise ValueError(message)
    drawn = sorted(set(edges), key=_order)
    if missing := {name for edge in drawn for name in (edge.one, edge.other)} - held.keys():
        message = f"no such node: {min(missing)!r}"
        raise ValueError(message)
    degrees = Counter(name for edge in drawn for name in (edge.one, edge.other))
    marked = {name: replace(node, hub=_hub(node, degrees[name])) for name, node in sorted(held.items())}
    judged = tuple(replace(edge, why=_why(edge, marked)) for edge in drawn)
    return CaseGraph(nodes=tuple(marked.values()), edges=judged, clusters=_clusters(marked, judged), left_out=left_out)


def _order(edge: GraphEdge) -> tuple[str, ...]:
    return (edge.one, edge.other, str(edge.relation), str(edge.first), str(edge.last), edge.citation, str(edge.lr_low))


def _hub(node: GraphNode, degree: int) -> str:
    if node.hub or node.kind in _ALWAYS_HUBS:
        return node.hub or _ALWAYS_HUBS[node.kind]
    if node.kind not in EVENTS and degree > MOST_DEGREE:
        return say_n("{n} edge leads here", "{n} edges lead here: too many to mean anything", degree)
    return ""


def _why(edge: GraphEdge, nodes: Mapping[str, GraphNode]) -> str:
    """Return why an edge may not join, "" if it may."""
    hubs = [nodes[name].hub for name in (edge.one, edge.other) if nodes[name].hub]
    if edge.why or edge.quoted or hubs:
        return edge.why or (_ALWAYS_HUBS["entity"] if edge.quoted else hubs[0])
    if not all(_holds(edge, nodes[name]) for name in (edge.one, edge.other)):
        return say("not known to hold at both ends")
    if edge.attested:
        return ""
    if edge.lr_low is None:
        return say("context: its worth was not computed")
    least = terms().least_low
    if edge.lr_low < least:
        return say("the lower bound is {low}, below {least}", low=Figure(f"{edge.lr_low:.3g}"), least=least)
    return ""


def _holds(edge: GraphEdge, node: GraphNode) -> bool:
    """Say whether an edge holds while a node was seen; an unknown period is never "always"."""
    if edge.first is None or edge.last is None:
        return False
    if node.first is None or node.last is None:
        return True
    return edge.first <= node.last and node.first <= edge.last


def _clusters(nodes: Mapping[str, GraphNode], edges: Iterable[GraphEdge]) -> tuple[Cluster, ...]:
    joining = [edge for edge in edges if not edge.why and edge.one != edge.other]
    found = []
    for names in components(map(_pair, joining)):
        inside = set(names)
        if sum(nodes[name].kind in EVENTS for name in names) > 1:
            found.append(_cluster(names, tuple(edge for edge in joining if edge.one in inside), nodes))
    return tuple(found)


def _pair(edge: GraphEdge) -> tuple[str, str]:
    return min(edge.one, edge.other), max(edge.one, edge.other)


def _cluster(names: tuple[str, ...], edges: tuple[GraphEdge, ...], nodes: Mapping[str, GraphNode]) -> Cluster:
    inferred = [edge for edge in edges if edge.lr_low is not None]
    apart = distances(map(_pair, edges))
    events = [name for name in names if nodes[name].kind in EVENTS]
    far = [pair for pair in combinations(events, 2) if apart[pair[0]][pair[1]] > 2 * MOST_HOPS]
    held = holding(map(_pair, edges))
    by_pair = Counter(map(_pair, edges))
    parting = sorted((edge for edge in edges if _pair(edge) in held and by_pair[_pair(edge)] == 1), key=strength_order)
    return Cluster(
        nodes=names,
        edges=edges,
        weakest=min(inferred, key=strength_order, default=None),
        splits=tuple(Split(edge=edge, sides=sides(map(_pair, edges), _pair(edge))) for edge in parting[:MOST_SHOWN]),
        edges_to_cut=fewest_to_cut(map(_pair, edges)),
        not_claimed=tuple(far[:MOST_SHOWN]),
        pairs_not_claimed=len(far),
    )


def strength_order(edge: GraphEdge) -> tuple[float, tuple[str, ...]]:
    """Order edges from the weakest; a row of evidence is no inference and comes last."""
    return (float("inf") if edge.lr_low is None else edge.lr_low, _order(edge))
