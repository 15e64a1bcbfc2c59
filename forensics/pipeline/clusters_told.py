"""A case's graph as documented JSON (docs/schemas/clusters.json), as lines, and as GEXF for Gephi and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forensics.attribution.components import MOST_HOPS
from forensics.case import CaseFolder
from forensics.errors import StorageError
from forensics.pipeline.sealed_view import view_again
from forensics.report.neutral import readable
from forensics.sentence import say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from forensics.model import CaseGraph, Cluster, GraphEdge, GraphNode

SCHEMA = "forensics/clusters/1"
FORMATS = ("table", "json", "gexf")
_WHOLE = 100


def of_case(folder: Path) -> CaseGraph:
    """Return the graph of an analysed case, judged from the case alone."""
    return view_again(CaseFolder.open(folder)).graph


def as_json(found: CaseGraph) -> dict[str, Any]:
    """Return the documented object."""
    return {
        "schema": SCHEMA,
        "nodes": [_node(item) for item in found.nodes],
        "edges": [_edge(item) for item in found.edges],
        "clusters": [_cluster(item) for item in found.clusters],
        "left_out": found.left_out,
    }


def _node(item: GraphNode) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "label": item.label,
        "detail": item.detail,
        "first": _time(item.first),
        "last": _time(item.last),
        "hub": str(item.hub),
    }


def _edge(item: GraphEdge) -> dict[str, Any]:
    return {
        "from": item.one,
        "to": item.other,
        "relation": str(item.relation),
        "first": _time(item.first),
        "last": _time(item.last),
        "lr_low": item.lr_low,
        "lr_high": item.lr_high,
        "attested": item.attested,
        "quoted": item.quoted,
        "citation": item.citation,
        "snapshot": item.snapshot,
        "joins": not item.why,
        "why_not": str(item.why),
    }


def _cluster(item: Cluster) -> dict[str, Any]:
    return {
        "nodes": list(item.nodes),
        "edges": [_edge(edge) for edge in item.edges],
        "weakest": _edge(item.weakest) if item.weakest else None,
        "splits": [{"edge": _edge(one.edge), "sides": [list(side) for side in one.sides]} for one in item.splits],
        "edges_to_cut": item.edges_to_cut,
        "not_claimed": [list(pair) for pair in item.not_claimed],
        "pairs_not_claimed": item.pairs_not_claimed,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def lines(found: CaseGraph) -> Iterator[str]:
    """Yield everything in words, edge by edge."""
    yield say(
        "A cluster is what rows of evidence and computed links join. It is not said that one person was behind it, and"
        " whose infrastructure it was is quoted, never computed."
    )
    if not found.clusters:
        yield say("No two sessions or records hang together.")
    for number, item in enumerate(found.clusters, 1):
        yield ""
        yield say_n("Cluster {number}: {n} node", "Cluster {number}: {n} nodes", len(item.nodes), number=number)
        for edge in item.edges:
            yield f"  {_told(edge)}"
        yield from (f"  {text}" for text in strength(item))
    idle = [edge for edge in found.edges if edge.why]
    if idle:
        yield ""
        yield say("What decorates and joins nothing:")
        yield from (f"  {_told(edge)}: {readable(str(edge.why))}" for edge in idle)
    if found.left_out:
        yield say_n(
            "{n} unexplained session without address and device is in no graph.",
            "{n} unexplained sessions without address and device are in no graph.",
            found.left_out,
        )


def strength(item: Cluster) -> list[str]:
    """Return how strong a cluster is, what would split it, and what is not claimed."""
    said: list[str] = []
    if item.weakest is None:
        said.append(say("No edge of it is inferred: each is a row of evidence, and worth as much as that row."))
    else:
        said.append(say("As strong as its weakest edge: {edge}", edge=_told(item.weakest)))
    if item.splits:
        said.append(say_n("{n} edge would split it by itself, first:", "{n} edges would split it by themselves, first:",
                          len(item.splits)))  # fmt: skip
        said.append(say("- {edge}", edge=_told(item.splits[0].edge)))
    else:
        said.append(say("No edge would split it by itself; at least {n} must go.", n=item.edges_to_cut))
    shared = sorted(
        name.removeprefix("address:").partition("@")[0] for name in item.nodes if name.startswith("address:")
    )
    if shared:
        said.append(
            say("An answer of the network that many people shared {addresses} at that time would split it, too.",
                addresses=", ".join(readable(text) for text in shared[:5]))
        )  # fmt: skip
    if item.pairs_not_claimed:
        said.append(
            say_n("Nothing is said about {n} pair more than {hops} hops apart.",
                  "Nothing is said about {n} pairs more than {hops} hops apart.", item.pairs_not_claimed, hops=MOST_HOPS)
        )  # fmt: skip
    return said


def _told(edge: GraphEdge) -> str:
    """Return an edge in a line: ends, relation, worth, citation."""
    worth = say("row of evidence") if edge.attested else say("quoted") if edge.quoted else say("context")
    if edge.lr_low is not None and edge.lr_high is not None:
        worth = say("LR {low} to {high}", low=figure(edge.lr_low), high=figure(edge.lr_high))
    ends = f"{_short(edge.one)} - {_short(edge.other)}"
    cited = f" [{readable(edge.citation, 80)}]" if edge.citation else ""
    return f"{ends}: {readable(str(edge.relation), 160)} ({worth}){cited}"


def _short(name: str) -> str:
    return readable(name.removeprefix("observation:"), 60)


def figure(ratio: float) -> str:
    """Write a ratio with three digits."""
    rounded = float(f"{ratio:.3g}")
    return f"{rounded:,.0f}" if rounded >= _WHOLE else f"{rounded:g}"


def gexf(found: CaseGraph) -> str:
    """Return the graph as GEXF 1.2 for exploration; nothing in it depends on the day it is written."""
    import xml.etree.ElementTree as ET

    import networkx as nx
    from networkx.readwrite.gexf import GEXFWriter

    made = nx.MultiGraph()
    for node in found.nodes:
        told = {
            key: readable(str(value or ""), 400) for key, value in _node(node).items() if key not in ("id", "label")
        }
        made.add_node(readable(node.id, 400), label=readable(node.label, 400), **told)
    for place, edge in enumerate(found.edges):
        rest = {key: value for key, value in _edge(edge).items() if key not in ("from", "to")}
        written: dict[str, bool | str] = {
            key: value if isinstance(value, bool) else readable(str("" if value is None else value), 400)
            for key, value in rest.items()
        }
        made.add_edge(readable(edge.one, 400), readable(edge.other, 400), key=f"e{place}", **written)
    writer = GEXFWriter(version="1.2draft")
    writer.add_graph(made)
    for part in writer.xml.iter():
        if part.tag.rpartition("}")[2] == "meta":
            part.attrib.pop("lastmodifieddate", None)
        if part.tag.rpartition("}")[2] == "creator":
            part.text = "forensics"
    ET.indent(writer.xml)
    return ET.tostring(writer.xml, encoding="unicode") + "\n"


def write(path: Path, text: str) -> None:
    """Write what was made to a file that the user names."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        hint = "Give a file in a folder that exists and may be written"
        raise StorageError(f"cannot write ({error.strerror})", where=str(path), hint=hint) from error
