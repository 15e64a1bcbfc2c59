"""The picture of what hangs together: well-formed, harmless, the same for the same graph, and honest about what is not drawn."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution.cluster import case_graph
from forensics.model import CaseGraph, GraphEdge, GraphNode
from forensics.report import graph
from forensics.report.language.speech import ENGLISH
from forensics.report.pdf.content import document, draft_of
from forensics.report.profiles import COURT
from forensics.sentence import say
from tests.report.views import rich

HOSTILE = "\u202e</svg><script>alert(1)</script>&\x1b[31m\x00"


def joined(label: str, rows: int = 1) -> CaseGraph:
    nodes = [GraphNode(id="a", kind="address", label=label, detail=label, hub=label)]
    nodes += [GraphNode(id=f"o{number:03}", kind="observation", label=label) for number in range(rows)]
    nodes += [GraphNode(id="r", kind="record", label=label), GraphNode(id="e", kind="entity", label=label)]
    edges = [
        GraphEdge(one=f"o{number:03}", other="a", relation=label, attested=True, citation=label)
        for number in range(rows)
    ]
    edges.append(GraphEdge(one="a", other="r", relation=label, lr_low=120.0, lr_high=3.0, citation=label))
    edges.append(GraphEdge(one="r", other="e", relation=say("Link B, quoted: “{text}”", text=label), quoted=True))
    return case_graph(nodes, edges)


def drawn(label: str, rows: int = 1) -> str:
    return graph.render(joined(label, rows))


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


def test_the_pdf_shows_the_same_picture_and_names_every_line_below_it() -> None:
    held = joined("203.0.113.45", rows=3)
    draft = draft_of(replace(rich(), graph=held), (), COURT, ENGLISH)
    printed = json.dumps(document(draft), ensure_ascii=False)
    alone = ET.fromstring(draft.pictures["graph.svg"])  # noqa: S314 - our own picture
    whole = ET.fromstring(graph.render(held))  # noqa: S314 - our own picture
    assert [item.attrib for item in alone.iter() if item.tag.endswith("line")] == [
        item.attrib for item in whole.iter() if item.tag.endswith("line")
    ]
    lines = graph.lines_of(held)
    assert len(lines) == 5
    for line in lines:
        assert line in "".join(whole.itertext())
        assert line in printed
        assert line not in "".join(alone.itertext())


def test_the_pdf_of_a_case_that_joins_nothing_has_no_picture_of_it() -> None:
    draft = draft_of(rich(), (), COURT, ENGLISH)
    document(draft)
    assert "graph.svg" not in draft.pictures
