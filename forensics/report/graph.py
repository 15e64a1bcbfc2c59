"""What hangs together, as one picture: session, address, range, AS at that date, record, source and entity, in columns.

Every line has a number, and the list under the picture gives its relation, worth and citation. A solid line may join, a
thin one decorates, a dashed one is quoted (Link B). Pure and deterministic; all text is made harmless by ``svg``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from forensics.report import svg
from forensics.report.phrases import ratio
from forensics.report.svg import PEN, Pen
from forensics.sentence import Sentence, paragraph, say, say_n

if TYPE_CHECKING:
    from forensics.model import CaseGraph, GraphEdge, GraphNode

WIDTH = 1000
ROWS, EDGES = 14, 60
"""Most nodes of a column and most lines drawn; ``forensics clusters`` tells all."""
_LEFT, _TALL, _ROW, _TOP, _LINE = 8, 46, 64, 74, 19
_LONG = 178
_Placed = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which kinds of node stand in which column, and what the picture says of itself.

    ``step`` is from column to column, ``box`` the width of a node, ``letters`` how many fit into it; ``title`` tells how many
    nodes the first column has, ``described`` how many of how many lines may join.
    """

    columns: tuple[tuple[str, ...], ...]
    heads: tuple[str, ...]
    legend: str
    title: Callable[[int], str]
    described: Callable[[int, int], str]
    step: int
    box: int
    letters: int


def _title(sessions: int) -> Sentence:
    return say_n("{n} session and what it is tied to", "{n} sessions and what they are tied to", sessions)


def _described(joining: int, edges: int) -> Sentence:
    return say(
        "Columns from left to right: session, address or device, announced range, AS on that day, record, source or entity."
        " {joining} of {edges} lines may join; the others decorate. The list under the picture names each line.",
        joining=joining,
        edges=edges,
    )


CASE = Layout(
    columns=(("observation",), ("address", "device"), ("prefix",), ("as", "country"), ("record",), ("source", "entity")),
    heads=(
        say("session"), say("address, device"), say("range"), say("AS at that date"), say("record"), say("source, entity")
    ),
    legend=say("thick: may join · thin: decorates, joins nothing · dashed: quoted (Link B), never computed"),
    title=_title,
    described=_described,
    step=167,
    box=142,
    letters=19,
)  # fmt: skip
"""The graph of one case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is drawn: the nodes of each column, where each stands, the lines in the order of their numbers; and what is not."""

    columns: list[list[GraphNode]]
    places: _Placed
    shown: list[GraphEdge]
    notes: list[Sentence]


def render(graph: CaseGraph, pen: Pen = PEN, *, listed: bool = True, layout: Layout = CASE) -> str:
    """Return the picture as one SVG element, with the list under it or without; "" where there is nothing to join."""
    plan = _planned(graph, layout)
    if not plan.columns[0]:
        return ""
    floor = _TOP + max(map(len, plan.columns)) * _ROW + 12
    lines = _wrapped(pen, lines_of(graph, layout)) if listed else []
    height = floor + (len(lines) + 1) * _LINE if listed else floor
    joining = sum(not edge.why for edge in graph.edges)
    return svg.element(
        "svg",
        svg.element("title", pen.label(layout.title(len(plan.columns[0]))), id="gr-title"),
        svg.element("desc", pen.label(layout.described(joining, len(graph.edges)), 400), id="gr-desc"),
        svg.rect(0, 0, WIDTH, height, class_="paper", fill=svg.PAPER),
        *_heads(pen, layout),
        *(part for number, (edge, ends) in enumerate(zip(plan.shown, _ends(plan.shown, plan.places, layout.box), strict=True), 1)
          for part in _edge(pen, number, edge, ends, layout.step)),
        *(part for nodes in plan.columns for node in nodes for part in _node(pen, node, plan.places[node.id], layout)),
        *_listed(pen, lines, floor),
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", role="img", class_="graph",
        aria_labelledby="gr-title gr-desc", font_family="sans-serif", **pen.way,
    )  # fmt: skip


def lines_of(graph: CaseGraph, layout: Layout = CASE) -> list[Sentence]:
    """Name every line of the picture: its ends, relation, worth and citation; then say what is not drawn."""
    plan = _planned(graph, layout)
    labels = {node.id: node.label for nodes in plan.columns for node in nodes}
    return [*(_told(number, edge, labels) for number, edge in enumerate(plan.shown, 1)), *plan.notes]


def _planned(graph: CaseGraph, layout: Layout) -> _Plan:
    columns, left_out = _columns(graph, layout)
    places = {
        node.id: (_LEFT + column * layout.step, _TOP + row * _ROW)
        for column, nodes in enumerate(columns)
        for row, node in enumerate(nodes)
    }
    drawn = [edge for edge in graph.edges if edge.one in places and edge.other in places]
    drawn.sort(key=lambda edge: sorted((places[edge.one], places[edge.other])))
    shown = drawn[:EDGES]
    return _Plan(columns=columns, places=places, shown=shown, notes=_notes(left_out, len(drawn) - len(shown)))


def _columns(graph: CaseGraph, layout: Layout) -> tuple[list[list[GraphNode]], int]:
    """Return the nodes of each column, each near what it is tied to, and how many are not drawn."""
    near: dict[str, list[str]] = {}
    for edge in graph.edges:
        near.setdefault(edge.one, []).append(edge.other)
        near.setdefault(edge.other, []).append(edge.one)
    rank: dict[str, int] = {}
    columns, left_out = [], 0
    for kinds in layout.columns:
        held = [node for node in graph.nodes if node.kind in kinds]

        def place(node: GraphNode) -> tuple[int, str, str]:
            return (
                min((rank[name] for name in near.get(node.id, ()) if name in rank), default=0),
                str(node.first),
                node.id,
            )

        held.sort(key=place)
        columns.append(held[:ROWS])
        left_out += len(held) - len(held[:ROWS])
        rank.update({node.id: row for row, node in enumerate(held)})
    return columns, left_out


def _heads(pen: Pen, layout: Layout) -> Iterator[str]:
    for column, name in enumerate(layout.heads):
        yield pen.words(_LEFT + column * layout.step, 24, name, size=14, font_weight="bold")
    yield pen.words(_LEFT, 46, layout.legend, size=13)


def _node(pen: Pen, node: GraphNode, at: tuple[int, int], layout: Layout) -> Iterator[str]:
    x, y = at
    second = f"{node.first:%Y-%m-%d %H:%M}" if node.first else node.detail
    told = paragraph((node.label, node.detail, node.hub), " · ")
    yield svg.rect(
        x, y, layout.box, _TALL, pen.hover(told), class_="paper edge-ink" if not node.hub else "paper frame", fill=svg.PAPER,
        stroke=svg.FAINT if node.hub else svg.INK, stroke_width=1 if node.hub else 2, rx=3,
    )  # fmt: skip
    yield pen.words(x + 6, y + 18, node.label, size=12, limit=layout.letters)
    if second:
        yield pen.words(x + 6, y + 36, second, size=12, limit=layout.letters)


def _ends(shown: Sequence[GraphEdge], places: _Placed, box: int) -> list[tuple[float, float, float, float]]:
    """Return where each line begins and ends; lines into one box end apart from each other."""
    sides = [tuple(sorted((places[edge.one], places[edge.other]))) for edge in shown]
    into = Counter(other for _, other in sides)
    used: Counter[tuple[int, int]] = Counter()
    found: list[tuple[float, float, float, float]] = []
    for one, other in sides:
        used[other] += 1
        end = other[1] + _TALL * used[other] / (into[other] + 1)
        found.append((one[0] + box, one[1] + _TALL / 2, float(other[0]), end))
    return found


def _edge(pen: Pen, number: int, edge: GraphEdge, ends: tuple[float, float, float, float], step: int) -> Iterator[str]:
    x1, y1, x2, y2 = ends
    look: dict[str, object] = {"class_": "edge-ink", "stroke": svg.INK, "stroke_width": 1.0 if edge.why else 2.5}
    if edge.quoted:
        look = {"class_": "edge-unexplained", "stroke": svg.UNEXPLAINED, "stroke_width": 2, "stroke_dasharray": "6 4"}
    points = [(x1, y1), (x2, y2)]
    if x2 <= x1:  # two stretches of one address: beside the column
        points = [(x1, y1), (x1 + 6, y1), (x1 + 6, y2), (x1, y2)]
    elif x2 - x1 > step:  # over other columns: in the gap under the row, so that it touches no box in between
        lane = _TOP + (y2 - _TOP) // _ROW * _ROW + _TALL + (_ROW - _TALL) / 2
        points = [(x1, y1), (x1 + 6, y1), (x1 + 6, lane), (x2 - 16, lane), (x2 - 16, y2), (x2, y2)]
    for (ax, ay), (bx, by) in pairwise(points):
        yield svg.line(ax, ay, bx, by, **look)
    yield pen.words(
        max(x1, x2) - 2 if x2 > x1 else x1 + 8, y2 - 3, str(number), size=10, text_anchor="end" if x2 > x1 else "start"
    )


def _listed(pen: Pen, lines: Sequence[str], floor: int) -> Iterator[str]:
    for place, line in enumerate(lines, 1):
        yield pen.words(_LEFT, floor + place * _LINE, line, size=12, limit=_LONG + 1)


def _wrapped(pen: Pen, told: Iterable[Sentence]) -> list[str]:
    return [line for text in told for line in pen.lines(text, _LONG, "     ")]


def _told(number: int, edge: GraphEdge, labels: Mapping[str, str]) -> Sentence:
    worth = say("row of evidence") if edge.attested else say("quoted") if edge.quoted else say("context")
    if edge.lr_low is not None and edge.lr_high is not None:
        worth = say("LR {low} to {high}", low=ratio(edge.lr_low), high=ratio(edge.lr_high))
    ends = {"one": labels[edge.one], "other": labels[edge.other]}
    if edge.why and not edge.quoted:
        return say(
            "{number}. {one} - {other}: {relation} ({worth}; joins nothing: {why}) [{citation}]",
            number=number, **ends, relation=edge.relation, worth=worth, why=edge.why, citation=edge.citation,
        )  # fmt: skip
    return say(
        "{number}. {one} - {other}: {relation} ({worth}) [{citation}]",
        number=number, **ends, relation=edge.relation, worth=worth, citation=edge.citation,
    )  # fmt: skip


def _notes(nodes: int, edges: int) -> list[Sentence]:
    """Say what is not drawn."""
    said = []
    if nodes:
        said.append(say_n("{n} node is not drawn.", "{n} nodes are not drawn.", nodes))
    if edges:
        said.append(say_n("{n} line is not drawn.", "{n} lines are not drawn.", edges))
    return said
