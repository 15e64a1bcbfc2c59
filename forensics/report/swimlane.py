"""One lane of the timeline: an account with its rows, bars, ticks, flags and bands without data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.model import Action, Role
from forensics.report import svg, timescale
from forensics.report.action_words import ACTION_WORDS
from forensics.report.phrases import span, when
from forensics.report.svg import Pen
from forensics.report.texts import text
from forensics.sentence import paragraph, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from forensics.report.timescale import Span
    from forensics.report.view import Lane, Mark

    Scale = Callable[[datetime], float]

WIDTH, LEFT, RIGHT = 1000, 190, 990
STRIP = 36
"""Height of a lane's head, where its name and its flags stand."""

ROW = 22
FLAGS = {
    Action.PASSWORD_CHANGED: "P",
    Action.RECOVERY_CHANGED: "R",
    Action.TWO_FACTOR_CHANGED: "2",
    Action.EXPORT_REQUESTED: "E",
    Action.EXPORT_READY: "E",
    Action.EXPORT_DOWNLOADED: "E",
    Action.CONTENT_DELETED: "D",
    Action.GROUP_DELETED: "D",
    Action.APP_AUTHORISED: "A",
    Action.MAIL_RULE_CHANGED: "M",
}
_APART = 24
_LEVEL = 19
_NAME = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """How a role looks: its name (also its CSS class), row, solid colour and fill."""

    name: str
    row: int
    colour: str
    fill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The SVG parts of a lane and the y where the next one begins."""

    parts: list[str]
    bottom: int


_PAINTS = {
    Role.OWNER: Paint(name="owner", row=0, colour=svg.OWNER, fill=svg.OWNER),
    Role.UNEXPLAINED: Paint(name="unexplained", row=1, colour=svg.UNEXPLAINED, fill="url(#tl-unexplained)"),
    Role.UNKNOWN: Paint(name="unknown", row=2, colour=svg.UNKNOWN, fill="url(#tl-unknown)"),
}


def paint(role: Role | None) -> Paint:
    """Return the looks of a role; no role looks like "unknown"."""
    return _PAINTS[role or Role.UNKNOWN]


def stack(places: Sequence[float], apart: float) -> list[int]:
    """Return for each x the lowest level on which it keeps its distance from the one before it on that level."""
    ends: list[float] = []
    levels = []
    for x in places:
        free = next((level for level, end in enumerate(ends) if x - end >= apart), len(ends))
        ends[free : free + 1] = [x]
        levels.append(free)
    return levels


def draw_lane(pen: Pen, lane: Lane, window: Span, top: int, scale: Scale, *, unknown: bool) -> Drawn:
    """Draw a lane from y ``top`` down; the row of unknown records is left out if no lane has any."""
    marks = [mark for mark in lane.marks if mark.start <= window[1] and (mark.end or mark.start) >= window[0]]
    flags, depth = _flags(pen, marks, top, scale)
    rows = top + max(STRIP, depth * _LEVEL + 6)
    roles = [Role.OWNER, Role.UNEXPLAINED, *([Role.UNKNOWN] if unknown else [])]
    bottom = rows + len(roles) * ROW
    parts = [svg.line(0, top, RIGHT, top, class_="frame", stroke=svg.FAINT)]
    parts += [svg.line(LEFT, y, RIGHT, y, class_="rail", stroke="#e2e2e2") for y in range(rows + 9, bottom, ROW)]
    parts += _bands(pen, lane, window, (top + 1, bottom), scale)
    parts += [
        pen.words(0, top + 15, lane.provider, size=14, limit=_NAME, font_weight="bold"),
        pen.words(0, top + 30, lane.account, size=12, limit=_NAME),
    ]
    for role in roles:
        y = rows + paint(role).row * ROW
        parts.append(pen.words(LEFT - 8, y + 14, text(f"role.{role.value}"), size=12, text_anchor="end"))
        parts += _records(pen, [mark for mark in marks if mark.role is role], y, scale)
    return Drawn(parts=[*parts, *flags], bottom=bottom + 8)


def _bands(pen: Pen, lane: Lane, window: Span, edges: tuple[int, int], scale: Scale) -> list[str]:
    """Hatch the spans without data, and say so in words where the words fit."""
    parts = []
    top, bottom = edges
    for first, last in timescale.missing(lane, window):
        x, width = scale(first), scale(last) - scale(first)
        title = pen.hover(say("{name}: {value}", name=text("timeline.no_data"), value=span(first, last)))
        parts.append(svg.rect(x, top, width, bottom - top, title, class_="no-data", fill="url(#tl-no-data)"))
        if width > 64:  # noqa: PLR2004 - the width of the words in units of the picture
            middle = (top + bottom) / 2
            parts += [
                svg.rect(x + width / 2 - 30, middle - 10, 60, 18, class_="paper", fill=svg.PAPER),
                pen.words(x + width / 2, middle + 4, text("timeline.no_data"), size=12, text_anchor="middle"),
            ]
    return parts


def _records(pen: Pen, marks: Sequence[Mark], y: int, scale: Scale) -> list[str]:
    """Draw bars and ticks; what falls on the same unit of the picture becomes one sign that says how many it is."""
    bins: dict[tuple[int, int], list[Mark]] = {}
    for mark in marks:
        bins.setdefault((int(scale(mark.start)), int(scale(mark.end or mark.start))), []).append(mark)
    parts = []
    for (left, right), held in sorted(bins.items()):
        ink = paint(held[0].role)
        first = held[0]
        said = paragraph([span(first.start, first.end), "UTC", first.label or ACTION_WORDS[first.action]])
        number = sum(mark.number for mark in held)
        title = pen.hover(said if number == 1 else paragraph([f"{number} \N{MULTIPLICATION SIGN}", said]))
        if any(mark.end for mark in held):
            parts.append(
                svg.rect(left, y + 2, max(right - left, 4), 14, title, class_=f"fill-{ink.name}", fill=ink.fill,
                         stroke=ink.colour)
            )  # fmt: skip
        else:
            parts.append(svg.rect(left - 1, y, 3, 18, title, class_=ink.name, fill=ink.colour))
    return parts


def _flags(pen: Pen, marks: Sequence[Mark], top: int, scale: Scale) -> tuple[list[str], int]:
    """Draw the lettered flags in the lane's head; neighbours with one letter become one flag with a count."""
    groups: list[list[Mark]] = []
    latest: dict[tuple[str, Role], list[Mark]] = {}
    for mark in sorted((mark for mark in marks if mark.action in FLAGS), key=lambda mark: (mark.start, mark.label)):
        key = FLAGS[mark.action], mark.role
        group = latest.get(key)
        if group and scale(mark.start) - scale(group[0].start) < _APART:
            group.append(mark)
            continue
        latest[key] = [mark]
        groups.append(latest[key])
    levels = stack([scale(group[0].start) for group in groups], _APART + 10)
    parts = []
    for group, level in zip(groups, levels, strict=True):
        parts += _flag(pen, group, scale(group[0].start), top + 4 + level * _LEVEL)
    return parts, max(levels, default=-1) + 1


def _flag(pen: Pen, group: Sequence[Mark], x: float, y: float) -> list[str]:
    """Draw one flag: a letter in a box whose edge has the colour of the role."""
    ink = paint(group[0].role)
    letter = FLAGS[group[0].action]
    number = sum(mark.number for mark in group)
    shown = letter if number == 1 else f"{letter}\N{MULTIPLICATION SIGN}{number}"
    width = 10 + 8 * len(shown)
    x = min(x, WIDTH - 2 - width)
    said = paragraph(
        (paragraph([f"{when(mark.start)} UTC", mark.label or ACTION_WORDS[mark.action]]) for mark in group[:10]), "; "
    )
    return [
        svg.rect(x, y, width, 16, pen.hover(said), rx=2, class_=f"flag edge-{ink.name}", fill=svg.PAPER,
                 stroke=ink.colour, stroke_width=1.6),
        pen.words(x + width / 2, y + 12.5, shown, size=12, text_anchor="middle", font_weight="bold"),
    ]  # fmt: skip
