"""A comparison of cases as a document: what the words say, and one picture of cases and of what they share.

It is told in English, like the words on a terminal; names of cases are told only where asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from forensics.attribution.case_ties import NEAR, NOT_EVALUATED, TIE
from forensics.console import visible
from forensics.errors import StorageError
from forensics.model import CaseGraph, GraphEdge, GraphNode
from forensics.pipeline import correlation_told as told
from forensics.report.document import Block, Document, Heading, Items, Paragraph, Picture, as_html
from forensics.report.graph import Layout, lines_of, render

if TYPE_CHECKING:
    from forensics.attribution.case_ties import PairOfCases, Tie
    from forensics.pipeline.correlating import Correlation

TITLE: Final = "What the cases have in common"
_KINDS: Final = {"origin_as": "announced network (AS)", "neighbourhood": "range around", "sequence": "order of steps"}
_LAYOUT: Final = Layout(
    columns=(("case",), ("address", "device"), ("neighbourhood", "origin_as", "sequence")),
    heads=("case", "in several cases", "near, and ties nothing"),
    legend="thick: ties cases · thin: told, and ties nothing",
    title=lambda cases: f"{cases} cases and what they share",
    described=lambda joining, lines: (
        "Columns from left to right: case, address or device in several, what only lies near."
        f" {joining} of {lines} lines tie cases; the others are told and tie nothing. The list under the picture names each line."
    ),
    step=360,
    box=264,
    letters=37,
)
_INDENT: Final = 4
"""Spaces before what the words say of one shared value."""


def document_of(found: Correlation, *, names: bool) -> Document:
    """Return a comparison as a document; its mark is the strictest of the cases."""
    blocks: list[Block] = [Paragraph(text=f"{len(found.cases)} cases compared, each under a pseudonym.")]
    cases = [
        "; ".join(line.strip() for line in told.case_lines(case, left, names=names))
        for case, left in zip(found.cases, found.left_out, strict=True)
    ]
    blocks.append(Items(items=tuple(cases)))
    graph = graph_of(found, names=names)
    if any(node.kind != "case" for node in graph.nodes):
        blocks.append(_picture(graph))
    for pair in found.pairs:
        first, *rest = told.pair_lines(pair)
        blocks += [Heading(text=first), *_blocks(rest)]
    blocks.append(Heading(text="What hangs together"))
    for item in found.clusters:
        blocks += [Paragraph(text=line.strip()) for line in told.cluster_lines(item)]
    if not found.clusters:
        blocks.append(Paragraph(text=told.NO_CLUSTER))
    blocks += [Heading(text="What this does not show"), Items(items=told.NOT_COMPUTED)]
    mark = f"TLP:{told.strictest(case.tlp for case in found.cases)}"
    return Document(name="correlation", title=TITLE, blocks=tuple(blocks), marks=(mark,))


def graph_of(found: Correlation, *, names: bool) -> CaseGraph:
    """Return cases and what they share as a graph: a line from each case to each value that unexplained sessions of it show."""
    nodes: dict[str, GraphNode] = {}
    edges: dict[tuple[str, str], GraphEdge] = {}
    for case in found.cases:
        detail = (case.name if names else "") if case.verified else "NOT VERIFIED"
        nodes[case.id] = GraphNode(id=case.id, kind="case", label=case.id, detail=detail)
    for pair in found.pairs:
        for tie in pair.ties:
            name = f"{tie.kind} {tie.value}"
            nodes.setdefault(name, _node(name, tie))
            for edge in _edges(pair, tie, name):
                held = edges.get((edge.one, name))
                if held is None or (held.why and not edge.why):
                    edges[edge.one, name] = edge
    return CaseGraph(nodes=tuple(nodes.values()), edges=tuple(edges.values()))


def _node(name: str, tie: Tie) -> GraphNode:
    why = "" if tie.standing == TIE else tie.why or tie.standing
    return GraphNode(id=name, kind=tie.kind, label=tie.value, detail=_KINDS.get(tie.kind, tie.kind), hub=why)


def _edges(pair: PairOfCases, tie: Tie, name: str) -> Iterator[GraphEdge]:
    """Yield the line of each of two cases to what they share."""
    days = {use.case: use.first if use.first == use.last else f"{use.first} to {use.last}" for use in tie.uses}
    held = tie.strength if tie.strength is not None and tie.strength.words != NOT_EVALUATED else None
    sides = [side.case for side in pair.sides]
    for one, other in (sides, sides[::-1]):
        yield GraphEdge(
            one=one,
            other=name,
            relation=f"unexplained sessions {days[one]}"
            if one in days
            else "near"
            if tie.standing == NEAR
            else "in both",
            lr_low=held.lr_low if held else None,
            lr_high=held.lr_high if held else None,
            citation=f"compared with {other}",
            why="" if tie.standing == TIE else tie.why or tie.standing,
        )


def _picture(graph: CaseGraph) -> Picture:
    shows = _LAYOUT.title(sum(node.kind == "case" for node in graph.nodes))
    svg = render(graph, listed=False, layout=_LAYOUT)
    return Picture(svg=svg, shows=shows, lines=tuple(lines_of(graph, _LAYOUT)))


def _blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Yield the words as blocks: paragraphs, a heading for each shared value, and a list of what is said of it."""
    for depth, held in groupby(lines, key=lambda line: len(line) - len(line.lstrip())):
        said = [line.strip().removeprefix("- ") for line in held]
        if depth > _INDENT:
            yield Items(items=tuple(said))
        elif depth == _INDENT:
            yield from (Heading(text=line, inner=True) for line in said)
        else:
            yield from (Paragraph(text=line) for line in said)


def _text(found: Correlation, names: bool) -> bytes:  # noqa: FBT001 - one signature for every form
    return "".join(f"{visible(line)}\n" for line in told.lines(found, names=names)).encode()


def _json(found: Correlation, names: bool) -> bytes:  # noqa: FBT001 - as above
    return (json.dumps(told.as_json(found, names=names), indent=2, sort_keys=True) + "\n").encode()


def _html(found: Correlation, names: bool) -> bytes:  # noqa: FBT001 - as above
    return as_html(document_of(found, names=names))


def _pdf(found: Correlation, names: bool) -> bytes:  # noqa: FBT001 - as above
    from forensics.report.pdf.render import render_short

    return render_short(document_of(found, names=names))


FORMS: Final[Mapping[str, Callable[[Correlation, bool], bytes]]] = MappingProxyType(
    {"text": _text, "json": _json, "html": _html, "pdf": _pdf}
)
"""What a file may hold: a comparison, and whether the names of cases are told, to bytes."""


def write(path: Path, data: bytes) -> None:
    """Write a comparison into a new file.

    Raises:
        StorageError: there is already a file, or it cannot be written.
    """
    try:
        with path.open("xb") as target:
            target.write(data)
    except FileExistsError as error:
        raise StorageError("there is already something here", where=str(path), hint="Choose another file") from error
    except OSError as error:
        raise StorageError(f"cannot be written ({error.strerror})", where=str(path)) from error
