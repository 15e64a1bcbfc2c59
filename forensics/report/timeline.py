"""The timeline: one picture of who was inside which account when, and of when nobody can know.

A lane per account; inside it one row each for the owner, for what nothing explains and for what is unknown, so that
position, pattern and label say the same. Bars are sessions, ticks are events, lettered flags are changes of password,
recovery and two-step login, exports and deletions. Hatched bands are spans without data. The large picture shows the
incident; the strip below it shows the whole period. Pure and deterministic: same view, same bytes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from forensics.model import Role
from forensics.report import svg, timescale
from forensics.report.phrases import in_zone, offset, when, zone_of
from forensics.report.svg import PEN, Pen
from forensics.report.swimlane import FLAGS, LEFT, RIGHT, STRIP, WIDTH, Drawn, draw_lane, paint, stack
from forensics.report.texts import text
from forensics.sentence import paragraph

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from forensics.report.timescale import Span
    from forensics.report.view import CaseView, KeyStep, Lane

LANES = 24
"""Most lanes drawn; a server log with more accounts than this is read in tables."""

STEPS = 60
"""Most steps numbered in the picture; the list below it names more."""

_TOP = 44
_CIRCLE = 11
_DAY = 86400
_LONG = 9
_OVERVIEW_ROW = 13


def render(view: CaseView, pen: Pen = PEN) -> str:
    """Return the picture as one SVG element, or "" if the view holds no time at all."""
    lanes = view.lanes[:LANES]
    total = timescale.whole(lanes, view.key_steps)
    window = _window(view)
    if total is None or window is None or window[0] >= window[1]:
        return ""
    total = min(total[0], window[0]), max(total[1], window[1])
    zone = zone_of(view.owner_zone)
    strip, top = _steps(pen, view.key_steps, window)
    body, floor, anchors = _lanes(pen, lanes, window, top)
    guides = _guides(view.key_steps, window, lanes, anchors, floor)
    axis = _axis(pen, window, zone, floor)
    overview, bottom = _overview(pen, lanes, window, total, floor + 16)
    legend, height = _legend(pen, lanes, bottom + 8)
    return svg.element(
        "svg",
        svg.element("title", pen.label(_title(lanes, total)), id="tl-title"),
        svg.element("desc", pen.label(_described(view, lanes), 2000), id="tl-desc"),
        _patterns(),
        svg.rect(0, 0, WIDTH, height, class_="paper", fill=svg.PAPER),
        *axis, *guides, *body, *strip, *overview, *legend,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", role="img", class_="timeline",
        aria_labelledby="tl-title tl-desc", font_family="sans-serif", **pen.way,
    )  # fmt: skip


def outside(view: CaseView) -> int:
    """Return how many marks of the drawn lanes lie outside the enlarged window (they are in the overview strip)."""
    window = _window(view)
    if window is None:
        return 0
    marks = [mark for lane in view.lanes[:LANES] for mark in lane.marks]
    return sum(mark.number for mark in marks if (mark.end or mark.start) < window[0] or mark.start > window[1])


def steps_left(view: CaseView) -> int:
    """Return how many key steps have no number in the picture: outside the window, or beyond the most drawn."""
    window = _window(view)
    return len(view.key_steps) - len(_numbered(view.key_steps, window)) if window else 0


def _window(view: CaseView) -> Span | None:
    """Return the span that the large picture shows."""
    return view.incident or timescale.incident(view.lanes[:LANES], view.key_steps)


def _numbered(steps: Sequence[KeyStep], window: Span) -> list[tuple[int, KeyStep]]:
    """Return the steps that the picture numbers, each with its number in the list."""
    return [(index, step) for index, step in enumerate(steps, 1) if window[0] <= step.at <= window[1]][:STEPS]


def _title(lanes: Sequence[Lane], total: Span) -> str:
    """One line for a reader who does not see the picture."""
    return text("timeline.title", n=len(lanes), start=when(total[0])[:16], end=when(total[1])[:16])


def _described(view: CaseView, lanes: Sequence[Lane]) -> str:
    """What the picture shows, in numbers and names."""
    roles = Counter[str]()
    for mark in (mark for lane in lanes for mark in lane.marks):
        roles[mark.role.value] += mark.number
    counts = {role.value: roles[role.value] for role in Role}
    names = "; ".join(f"{lane.provider} {lane.account}".strip() for lane in lanes)
    return paragraph([text("timeline.desc", steps=len(view.key_steps) - steps_left(view), **counts), names])


def _patterns() -> str:
    """The fills: diagonal stripes for unexplained, dots for unknown, thin hatching for "no data"."""
    dots = svg.element("circle", cx=2, cy=2, r=1.1, class_="on-unknown", fill=svg.PAPER)
    stripe = svg.line(0, 0, 0, 6, class_="on-unexplained", stroke=svg.PAPER, stroke_width=2)
    thin = svg.line(0, 0, 0, 8, class_="hatch", stroke="#8a8a8a", stroke_width=1.6)
    turned = "rotate(45)"
    return svg.element(
        "defs",
        _pattern("tl-unexplained", 6, svg.rect(0, 0, 6, 6, class_="unexplained", fill=svg.UNEXPLAINED), stripe, turned),
        _pattern("tl-unknown", 4, svg.rect(0, 0, 4, 4, class_="unknown", fill=svg.UNKNOWN), dots, "rotate(0)"),
        _pattern("tl-no-data", 8, svg.rect(0, 0, 8, 8, class_="band", fill="#ececec"), thin, "rotate(-45)"),
    )


def _pattern(name: str, size: int, ground: str, figure: str, turned: str) -> str:
    """One repeated tile."""
    return svg.element(
        "pattern",
        ground,
        figure,
        id=name,
        width=size,
        height=size,
        patternUnits="userSpaceOnUse",
        patternTransform=turned,
    )


def _place(moment: datetime, window: Span) -> float:
    """Return the x of a time, kept inside the plot."""
    share = (moment - window[0]) / (window[1] - window[0])
    return LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT)


def _steps(pen: Pen, steps: Sequence[KeyStep], window: Span) -> tuple[list[str], int]:
    """Draw the numbered steps above the lanes; return them and the y where the lanes begin."""
    inside = _numbered(steps, window)
    levels = stack([_place(step.at, window) for _, step in inside], 2 * _CIRCLE + 2)
    drawn = []
    for (index, step), level in zip(inside, levels, strict=True):
        x, y = _place(step.at, window), _TOP + _CIRCLE + 4 + level * (2 * _CIRCLE + 2)
        ink = paint(step.role)
        name = ink.name if step.role else "ink"
        drawn += [
            svg.element(
                "circle", pen.hover(paragraph([f"{index}. {when(step.at)} UTC", step.label])),
                cx=x, cy=y, r=_CIRCLE, class_=f"step edge-{name}", fill=svg.PAPER, stroke=ink.colour, stroke_width=2,
            ),
            pen.words(x, y + 4.5, str(index), size=12, text_anchor="middle", font_weight="bold"),
        ]  # fmt: skip
    return drawn, _TOP + (max(levels, default=-1) + 1) * (2 * _CIRCLE + 2) + 10


def _lanes(pen: Pen, lanes: Sequence[Lane], window: Span, top: int) -> tuple[list[str], int, list[int]]:
    """Draw the lanes one below the other; return them, the y below the last, and the y of each."""
    unknown = any(mark.role is Role.UNKNOWN for lane in lanes for mark in lane.marks)
    body: list[str] = []
    anchors = []
    for lane in lanes:
        drawn: Drawn = draw_lane(pen, lane, window, top, lambda moment: _place(moment, window), unknown=unknown)
        anchors.append(top)
        body += drawn.parts
        top = drawn.bottom
    return body, top, anchors


def _guides(steps: Sequence[KeyStep], window: Span, lanes: Sequence[Lane], anchors: list[int], floor: int) -> list[str]:
    """Draw a thin line from each number down to its lane, or through all lanes if it names none."""
    wanted = {(lane.provider, lane.account): anchor + STRIP for lane, anchor in zip(lanes, anchors, strict=True)}
    return [
        svg.line(x, _TOP + 2, x, wanted.get((step.provider, step.account), floor), class_="guide", stroke="#8a8a8a",
                 stroke_dasharray="2 3")
        for _, step in _numbered(steps, window)
        for x in (_place(step.at, window),)
    ]  # fmt: skip


def _axis(pen: Pen, window: Span, zone: ZoneInfo | None, floor: int) -> list[str]:
    """Draw the two scales at the top, UTC above and the owner's zone below, with lines through all lanes."""
    parts = [pen.words(LEFT - 8, 16, text("timeline.utc"), size=13, text_anchor="end", font_weight="bold")]
    if zone:
        named = offset(in_zone(window[0], zone))
        caption = f"{zone.key.rpartition('/')[2]} {named}"
        parts.append(pen.words(LEFT - 8, 36, caption, size=12, text_anchor="end", limit=28))
    days: dict[int, str] = {}
    for moment in timescale.ticks(window, 9):
        x = _place(moment, window)
        parts.append(svg.line(x, _TOP, x, floor))
        for y, there in ((16, moment), *(((36, in_zone(moment, zone)),) if zone else ())):
            date, clock = f"{there:%Y-%m-%d}", f"{there:%H:%M}"
            long = (window[1] - window[0]).total_seconds() > _LONG * _DAY
            shown = date if long else (clock if days.get(y) == date else f"{date[5:]} {clock}")
            days[y] = date
            parts.append(pen.words(x, y, shown, size=13, text_anchor=_anchor(x)))
    return [*parts, svg.line(LEFT, _TOP, RIGHT, _TOP, class_="frame", stroke=svg.INK)]


def _anchor(x: float) -> str:
    """Return how a label at a tick is anchored, so that it stays between the row names and the edge."""
    half = 42
    return "start" if x - half < LEFT else "end" if x + half > WIDTH else "middle"


def _overview(pen: Pen, lanes: Sequence[Lane], window: Span, total: Span, top: int) -> tuple[list[str], int]:
    """Draw the whole period as one thin row per lane, with a frame around the enlarged window."""
    row, floor = _OVERVIEW_ROW, top + 20 + _OVERVIEW_ROW * len(lanes)
    parts = [pen.words(0, top + 14, text("timeline.overview"), size=13, font_weight="bold")]
    for index, lane in enumerate(lanes):
        y = top + 20 + index * row
        for first, last in timescale.missing(lane, total):
            x = _place(first, total)
            parts.append(svg.rect(x, y, _place(last, total) - x, row - 1, class_="no-data", fill="url(#tl-no-data)"))
        seen = sorted({(mark.role.value, int(_place(mark.start, total))) for mark in lane.marks})
        for role, x in seen:
            ink = paint(Role(role))
            parts.append(svg.rect(x, y + ink.row * 4, 2, 4, class_=ink.name, fill=ink.colour))
        parts.append(pen.words(LEFT - 8, y + 10, lane.provider, size=11, text_anchor="end", limit=30))
    left, right = _place(window[0], total), _place(window[1], total)
    right = max(right, left + 4)
    parts.append(
        svg.rect(
            left,
            top + 17,
            right - left,
            floor - top - 15,
            class_="window",
            fill="none",
            stroke=svg.INK,
            stroke_width=1.5,
        )
    )
    anchor = "end" if left > (LEFT + RIGHT) / 2 else "start"
    parts.append(
        pen.words(right if anchor == "end" else left, top + 13, text("timeline.window"), size=12, text_anchor=anchor)
    )
    days = (total[1] - total[0]).total_seconds() > _LONG * _DAY
    for moment in timescale.ticks(total, 7):
        x = _place(moment, total)
        said = f"{moment:%Y-%m-%d}" if days else f"{moment:%m-%d %H:%M}"
        parts += [svg.line(x, floor, x, floor + 5), pen.words(x, floor + 18, said, size=12, text_anchor=_anchor(x))]
    return [*parts, svg.line(LEFT, floor, RIGHT, floor, class_="frame", stroke=svg.INK)], floor + 24


def _legend(pen: Pen, lanes: Sequence[Lane], top: int) -> tuple[list[str], int]:
    """Explain every sign that the picture uses, in rows that fit its width."""
    used = {FLAGS[mark.action] for lane in lanes for mark in lane.marks if mark.action in FLAGS}
    entries = [(role.value, pen.say(text(f"role.{role.value}"))) for role in Role]
    entries.append(("no-data", pen.say(text("timeline.no_data"))))
    parts = [svg.line(0, top, WIDTH, top)]
    x, y = 2.0, top + 12
    signs = [*entries, *((flag, pen.say(text(f"flag.{flag}"))) for flag in sorted(used))]
    signs += [("bar", pen.say(text("timeline.session"))), ("tick", pen.say(text("timeline.event")))]
    for sign, said in signs:
        width = 34 + len(said) * 7.2
        if x + width > WIDTH:
            x, y = 2.0, y + 22
        parts += _sign(pen, sign, x, y)
        parts.append(pen.words(x + 22, y + 12, said, size=13))
        x += width
    return parts, y + 24


def _sign(pen: Pen, sign: str, x: float, y: float) -> list[str]:
    """Return the swatch of one legend entry."""
    if sign in {role.value for role in Role}:
        ink = paint(Role(sign))
        return [svg.rect(x, y + 2, 16, 11, class_=f"fill-{ink.name}", fill=ink.fill, stroke=ink.colour)]
    if sign == "no-data":
        return [svg.rect(x, y + 2, 16, 11, class_="no-data", fill="url(#tl-no-data)")]
    if sign == "bar":
        return [svg.rect(x, y + 2, 16, 11, class_="flag edge-ink", fill=svg.PAPER, stroke=svg.INK)]
    if sign == "tick":
        return [svg.rect(x + 7, y, 3, 15, class_="gauge-point", fill=svg.INK)]
    return [
        svg.rect(x, y, 16, 15, rx=2, class_="flag edge-ink", fill=svg.PAPER, stroke=svg.INK),
        pen.words(x + 8, y + 12, sign, size=12, text_anchor="middle", font_weight="bold"),
    ]
