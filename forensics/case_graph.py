"""The nouns of a graph of what hangs together in a case: nodes, edges, clusters and what would split them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """What a case's graph joins: ``kind`` is observation, address, device, prefix, as, country, record, source or entity.

    ``first`` and ``last`` are when it was seen (aware UTC). ``hub`` says why it may join nothing, "" where it may.
    """

    id: str
    kind: str
    label: str
    detail: str = ""
    first: datetime | None = None
    last: datetime | None = None
    hub: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEdge:
    """A relation of two nodes, its interval, its citation, and the SHA-256 of the snapshot it was read from ("": none).

    ``lr_low`` and ``lr_high`` are the range of the weaker alternative; ``None`` where nothing was inferred: the edge is a
    row of evidence (``attested``), dated context or a quotation. ``why`` says why it joins nothing, "" where it does.
    """

    one: str
    other: str
    relation: str
    first: datetime | None = None
    last: datetime | None = None
    lr_low: float | None = None
    lr_high: float | None = None
    attested: bool = False
    quoted: bool = False
    citation: str = ""
    snapshot: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """An edge without which a cluster falls apart, and the two sides (ids of nodes)."""

    edge: GraphEdge
    sides: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Nodes that hang together, by which edges; ``weakest`` is the strength of every path through it.

    ``weakest`` is ``None`` where every edge is a row of evidence. ``splits`` are the single edges without which it falls
    apart, weakest first; ``edges_to_cut`` is how many must go at least. ``not_claimed`` are pairs too far apart.
    """

    nodes: tuple[str, ...]
    edges: tuple[GraphEdge, ...]
    weakest: GraphEdge | None
    splits: tuple[Split, ...]
    edges_to_cut: int
    not_claimed: tuple[tuple[str, str], ...]
    pairs_not_claimed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseGraph:
    """The graph of a case, in an order that does not depend on the input's; ``left_out`` counts sessions without a place."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    left_out: int = 0
