"""The picture of what hangs together: well-formed, harmless, the same for the same graph, and honest about what is not drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution.cluster import case_graph
from forensics.model import CaseGraph, GraphEdge, GraphNode
from forensics.report import graph
from forensics.sentence import say

HOSTILE = "\u202e</svg><script>alert(1)</script>&\x1b[31m\x00"


def drawn(label: str, rows: int = 1) -> str:
    nodes = [GraphNode(id="a", kind="address", label=label, detail=label, hub=label)]
    nodes += [GraphNode(id=f"o{number:03}", kind="observation", label=label) for number in range(rows)]
    nodes += [GraphNode(id="r", kind="record", label=label), GraphNode(id="e", kind="entity", label=label)]
    edges = [
        GraphEdge(one=f"o{number:03}", other="a", relation=label, attested=True, citation=label)
        for number in range(rows)
    ]
    edges.append(GraphEdge(one="a", other="r", relation=label, lr_low=120.0, lr_high=3.0, citation=label))
    edges.append(GraphEdge(one="r", other="e", relation=say("Link B, quoted: “{text}”", text=label), quoted=True))
    return graph.render(case_graph(nodes, edges))


@given(label=st.text(max_size=40))
def test_any_text_is_harmless(label: str) -> None:
    for text in (label, HOSTILE + label):
        root = ET.fromstring(drawn(text))  # noqa: S314 - our own picture
        assert {item.tag.rpartition("}")[2] for item in root.iter()} <= {"svg", "title", "desc", "rect", "line", "text"}
        assert "\u202e" not in "".join(root.itertext())


def test_the_picture_names_itself_and_quotes_link_b_by_dashes() -> None:
    picture = drawn("x")
    assert picture == drawn("x")
    assert 'role="img"' in picture
    assert picture.count("stroke-dasharray") == 1
    assert "1 session and what it is tied to" in picture
    assert "Link B, quoted: “x” (quoted)" in picture


def test_an_empty_graph_draws_nothing_and_a_large_one_says_what_is_missing() -> None:
    assert graph.render(CaseGraph()) == ""
    picture = drawn("x", rows=100)
    assert f"{100 - graph.ROWS} nodes are not drawn." in picture
