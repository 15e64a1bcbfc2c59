"""How far each kind of data reaches, as one picture: a row per provider and kind, a bar from its first to its last row.

What lies outside a bar is hatched: there nobody can know, and nothing may be concluded from silence. Pure and
deterministic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from forensics.report import svg
from forensics.report.phrases import when
from forensics.report.svg import PEN, Pen
from forensics.report.texts import plural, text
from forensics.sentence import Sentence, paragraph

if TYPE_CHECKING:
    from forensics.report.view import CaseView, Covered

ROWS = 40
"""Most rows drawn; the table below the picture names all."""

WIDTH, LEFT, RIGHT = 1000, 330, 990
_ROW, _TOP, _TICKS, _THIN = 22, 34, 6, 3.0


def render(view: CaseView, pen: Pen = PEN) -> str:
    """Return the picture as one SVG element, or "" where no kind of data has a dated row."""
    rows = view.covered[:ROWS]
    moments = [moment for row in rows for moment in (row.first, row.last) if moment is not None]
    if not moments:
        return ""
    first, last = min(moments), max(moments)
    height = _TOP + len(rows) * _ROW + 12
    told = [part for number, row in enumerate(rows) for part in _row(pen, row, _TOP + number * _ROW, (first, last))]
    return svg.element(
        "svg",
        svg.element("title", pen.label(_title(len(rows), first, last)), id="rc-title"),
        svg.element("desc", pen.label(text("reach.desc"), 400), id="rc-desc"),
        _hatching(),
        svg.rect(0, 0, WIDTH, height, class_="paper", fill=svg.PAPER),
        *told,
        *_axis(pen, (first, last), height - 8),
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", role="img", class_="reach",
        aria_labelledby="rc-title rc-desc", font_family="sans-serif", **pen.way,
    )  # fmt: skip


def _title(rows: int, first: datetime, last: datetime) -> Sentence:
    return plural("reach.title", rows, start=when(first)[:10], end=when(last)[:10])


def _x(moment: datetime, span: tuple[datetime, datetime]) -> float:
    whole = (span[1] - span[0]).total_seconds()
    return LEFT + ((moment - span[0]).total_seconds() / whole if whole else 0.0) * (RIGHT - LEFT)


def _row(pen: Pen, row: Covered, y: int, span: tuple[datetime, datetime]) -> Iterator[str]:
    own = row.kind.casefold().startswith(row.provider.casefold())
    named = row.kind if own and row.kind else paragraph((row.provider, row.kind))
    yield pen.words(LEFT - 8, y + 15, named, size=12, text_anchor="end", limit=54)
    yield svg.rect(LEFT, y + 3, RIGHT - LEFT, _ROW - 6, class_="nodata", fill="url(#rc-no-data)")
    if row.first is None or row.last is None:
        yield pen.words(LEFT + 6, y + 15, text("reach.none"), size=12)
        return
    start, end = _x(row.first, span), _x(row.last, span)
    said = plural("reach.bar", row.facts, name=named, first=when(row.first), last=when(row.last))
    yield svg.rect(
        min(start, RIGHT - _THIN),
        y + 3,
        max(end - start, _THIN),
        _ROW - 6,
        pen.hover(said),
        class_="owner",
        fill=svg.OWNER,
        rx=2,
    )


def _axis(pen: Pen, span: tuple[datetime, datetime], floor: int) -> Iterator[str]:
    marks: Sequence[int] = range(_TICKS + 1)
    for mark in marks:
        moment = span[0] + (span[1] - span[0]) * (mark / _TICKS)
        x = _x(moment, span)
        anchor = "start" if mark == 0 else "end" if mark == _TICKS else "middle"
        yield svg.line(x, _TOP - 8, x, floor)
        yield pen.words(x, _TOP - 14, when(moment)[:10], size=12, text_anchor=anchor)


def _hatching() -> str:
    return svg.element(
        "defs",
        svg.element(
            "pattern",
            svg.rect(0, 0, 8, 8, class_="band", fill="#ececec"),
            svg.line(0, 0, 0, 8, class_="hatch", stroke="#8a8a8a", stroke_width=1.6),
            id="rc-no-data", width=8, height=8, patternUnits="userSpaceOnUse", patternTransform="rotate(-45)",
        ),
    )  # fmt: skip
