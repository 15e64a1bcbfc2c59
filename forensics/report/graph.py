"""What hangs together, as one picture: session, address, range, AS at that date, record, source and entity, in columns.

Every line has a number, and the list under the picture gives its relation, worth and citation. A solid line may join, a
thin one decorates, a dashed one is quoted (Link B). Pure and deterministic; all text is made harmless by ``svg``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from forensics.report import svg
from forensics.sentence import Sentence, say, say_n

if TYPE_CHECKING:
    from forensics.model import CaseGraph, GraphEdge, GraphNode

WIDTH = 1000
ROWS, EDGES = 14, 60
"""Most nodes of a column and most lines drawn; ``forensics clusters`` tells all."""
_COLUMNS = (("observation",), ("address", "device"), ("prefix",), ("as", "country"), ("record",), ("source", "entity"))
_LEFT, _STEP, _BOX, _TALL, _ROW, _TOP, _LINE = 8, 167, 142, 46, 64, 74, 19
_NARROW, _LONG = 21, 150
_PLACED = Mapping[str, tuple[int, int]]


def render(graph: CaseGraph) -> str:
    """Return the picture as one SVG element, or "" where there is nothing to join."""
    columns, left_out = _columns(graph)
    if not columns[0]:
        return ""
    places = {
        node.id: (_LEFT + column * _STEP, _TOP + row * _ROW)
        for column, nodes in enumerate(columns)
        for row, node in enumerate(nodes)
    }
    drawn = [edge for edge in graph.edges if edge.one in places and edge.other in places]
    shown = drawn[:EDGES]
    floor = _TOP + max(map(len, columns)) * _ROW + 12
    notes = _notes(left_out, len(drawn) - len(shown))
    height = floor + (len(shown) + len(notes) + 2) * _LINE
    title = say_n("{n} session and what it is tied to", "{n} sessions and what they are tied to", len(columns[0]))
    return svg.element(
        "svg",
        svg.element("title", svg.label(title), id="gr-title"),
        svg.element("desc", svg.label(_described(graph), 400), id="gr-desc"),
        svg.rect(0, 0, WIDTH, height, class_="paper", fill=svg.PAPER),
        *_heads(),
        *(part for number, edge in enumerate(shown, 1) for part in _edge(number, edge, places)),
        *(part for nodes in columns for node in nodes for part in _node(node, places[node.id])),
        *_listed(shown, notes, floor),
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", role="img", class_="graph",
        aria_labelledby="gr-title gr-desc", font_family="sans-serif",
    )  # fmt: skip


def _columns(graph: CaseGraph) -> tuple[list[list[GraphNode]], int]:
    """Return the nodes of each column, each near what it is tied to, and how many are not drawn."""
    near: dict[str, list[str]] = {}
    for edge in graph.edges:
        near.setdefault(edge.one, []).append(edge.other)
        near.setdefault(edge.other, []).append(edge.one)
    rank: dict[str, int] = {}
    columns, left_out = [], 0
    for kinds in _COLUMNS:
        held = [node for node in graph.nodes if node.kind in kinds]

        def place(node: GraphNode) -> tuple[int, str, str]:
            return min((rank[name] for name in near.get(node.id, ()) if name in rank), default=0), str(node.first), node.id

        held.sort(key=place)
        columns.append(held[:ROWS])
        left_out += len(held) - len(held[:ROWS])
        rank.update({node.id: row for row, node in enumerate(held)})
    return columns, left_out


def _described(graph: CaseGraph) -> Sentence:
    return say(
        "Columns from left to right: session, address or device, announced range, AS on that day, record, source or entity."
        " {joining} of {edges} lines may join; the others decorate. The list under the picture names each line.",
        joining=sum(not edge.why for edge in graph.edges),
        edges=len(graph.edges),
    )


def _heads() -> Iterator[str]:
    names = (
        say("session"), say("address, device"), say("range"), say("AS at that date"), say("record"), say("source, entity")
    )  # fmt: skip
    for column, name in enumerate(names):
        yield svg.words(_LEFT + column * _STEP, 24, name, size=14, font_weight="bold")
    yield svg.words(
        _LEFT, 46, say("thick: may join · thin: decorates, joins nothing · dashed: quoted (Link B), never computed"), size=13
    )


def _node(node: GraphNode, at: tuple[int, int]) -> Iterator[str]:
    x, y = at
    second = f"{node.first:%Y-%m-%d %H:%M}" if node.first else node.detail
    told = " · ".join(str(part) for part in (node.label, node.detail, node.hub) if part)
    yield svg.rect(
        x, y, _BOX, _TALL, svg.hover(told), class_="paper edge-ink" if not node.hub else "paper frame", fill=svg.PAPER,
        stroke=svg.FAINT if node.hub else svg.INK, stroke_width=1 if node.hub else 2, rx=3,
    )  # fmt: skip
    yield svg.words(x + 6, y + 18, node.label, size=12, limit=_NARROW)
    if second:
        yield svg.words(x + 6, y + 36, second, size=12, limit=_NARROW)


def _edge(number: int, edge: GraphEdge, places: _PLACED) -> Iterator[str]:
    one, other = sorted((places[edge.one], places[edge.other]))
    y1, y2 = one[1] + _TALL / 2, other[1] + _TALL / 2
    x1, x2 = one[0] + _BOX, other[0]
    if one[0] == other[0]:  # two stretches of the same address: down the right-hand side
        x1 = x2 = one[0] + _BOX - 12
        y1, y2 = one[1] + _TALL, other[1]
    look: dict[str, object] = {"class_": "edge-ink", "stroke": svg.INK, "stroke_width": 1 if edge.why else 2.5}
    if edge.quoted:
        look = {"class_": "edge-unexplained", "stroke": svg.UNEXPLAINED, "stroke_width": 2, "stroke_dasharray": "6 4"}
    bend = (x2 - x1) / 2
    yield svg.element(
        "path",
        svg.hover(f"{edge.relation} {edge.citation}"),
        d=f"M{x1:.0f} {y1:.0f} C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}",
        fill="none",
        **look,
    )
    yield svg.words(x2 - 4, y2 - 5 - 12 * _crowd(number, y1, y2), str(number), size=11, text_anchor="end")


def _crowd(number: int, y1: float, y2: float) -> float:
    """Return how many lines up a number stands, so that numbers of lines into one box do not lie on each other."""
    return 0.0 if y1 == y2 else float(number % 3 - 1)


def _listed(shown: Sequence[GraphEdge], notes: Sequence[Sentence], floor: int) -> Iterator[str]:
    """Name every line under the picture: relation, worth, citation."""
    y = floor
    for number, edge in enumerate(shown, 1):
        yield svg.words(_LEFT, y + number * _LINE, _told(number, edge), size=12, limit=_LONG)
    y += len(shown) * _LINE
    for place, note in enumerate(notes, 1):
        yield svg.words(_LEFT, y + place * _LINE, note, size=13)


def _told(number: int, edge: GraphEdge) -> Sentence:
    worth = say("row of evidence") if edge.attested else say("quoted") if edge.quoted else say("context")
    if edge.lr_low is not None and edge.lr_high is not None:
        worth = say("LR {low} to {high}", low=f"{edge.lr_low:.3g}", high=f"{edge.lr_high:.3g}")
    if edge.why and not edge.quoted:
        return say(
            "{number}  {relation} ({worth}; joins nothing: {why}) [{citation}]",
            number=number, relation=edge.relation, worth=worth, why=edge.why, citation=edge.citation,
        )  # fmt: skip
    return say(
        "{number}  {relation} ({worth}) [{citation}]",
        number=number, relation=edge.relation, worth=worth, citation=edge.citation,
    )  # fmt: skip


def _notes(nodes: int, edges: int) -> list[Sentence]:
    """Say what is not drawn."""
    said = []
    if nodes:
        said.append(say_n("{n} node is not drawn.", "{n} nodes are not drawn.", nodes))
    if edges:
        said.append(say_n("{n} line is not drawn.", "{n} lines are not drawn.", edges))
    return said
