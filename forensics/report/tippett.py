"""The Tippett plot: for each ratio, how often the same source and an unrelated one reach it. An SVG that stands alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

from forensics.report.svg import FAINT, INK, LINE, OWNER, PAPER, UNEXPLAINED, element, line, rect, words
from forensics.sentence import say

WIDTH, HEIGHT = 760, 430
LEFT, TOP, ACROSS, DOWN = 70, 70, 640, 270
Points = Sequence[tuple[float, float, float]]


def render(points: Points, title: str) -> str:
    """Return the picture; ``points`` are (ratio, share of same-source draws, share of unrelated draws), ascending."""
    low, high = _ends([ratio for ratio, _, _ in points])
    same = _steps([(ratio, share) for ratio, share, _ in points], low, high)
    unrelated = _steps([(ratio, share) for ratio, _, share in points], low, high)
    told = say(
        "{count} ratios from {first} to {last}. Solid: draws from the model's own scatter. Dashed: innocents.",
        count=len(points),
        first=f"{points[0][0]:.3g}" if points else "0",
        last=f"{points[-1][0]:.3g}" if points else "0",
    )
    return element(
        "svg",
        element("title", _plain(title), id="tippett-title"),
        element("desc", _plain(told), id="tippett-desc"),
        rect(0, 0, WIDTH, HEIGHT, class_="paper", fill=PAPER),
        words(LEFT, 28, title, size=16, limit=80),
        *_axes(low, high),
        element("path", d=same, fill="none", stroke=OWNER, stroke_width=2, class_="owner"),
        element(
            "path", d=unrelated, fill="none", stroke=UNEXPLAINED, stroke_width=2, stroke_dasharray="7 4",
            class_="unexplained",
        ),
        *_legend(),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby="tippett-title tippett-desc",
        font_family="sans-serif",
    )  # fmt: skip


def _plain(text: str) -> str:
    from forensics.report.svg import label

    return label(text, 400)


def _ends(ratios: Sequence[float]) -> tuple[int, int]:
    """Return the powers of ten around all ratios."""
    held = [math.log10(ratio) for ratio in ratios if ratio > 0] or [0.0]
    return math.floor(min(held)), max(math.ceil(max(held)), math.floor(min(held)) + 1)


def _x(ratio: float, low: int, high: int) -> float:
    place = (math.log10(ratio) - low) / (high - low) if ratio > 0 else 0.0
    return LEFT + ACROSS * place


def _y(share: float) -> float:
    return TOP + DOWN * (1 - share)


def _steps(points: Sequence[tuple[float, float]], low: int, high: int) -> str:
    """Return a falling staircase: the share holds up to and with each ratio."""
    at = f"M{LEFT} {_y(1.0):.1f}"
    for ratio, share in points:
        at += f" V{_y(share):.1f} H{_x(ratio, low, high):.1f}"
    return f"{at} V{_y(0.0):.1f} H{LEFT + ACROSS}"


def _axes(low: int, high: int) -> list[str]:
    drawn = [line(LEFT, _y(share), LEFT + ACROSS, _y(share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    drawn += [words(LEFT - 12, _y(share) + 5, f"{share:.0%}", text_anchor="end") for share in (0.0, 0.5, 1.0)]
    for power in range(low, high + 1):
        at = _x(10.0**power, low, high)
        drawn.append(line(at, TOP, at, TOP + DOWN, stroke=LINE))
        drawn.append(words(at, TOP + DOWN + 22, f"{10.0**power:,.10g}", text_anchor="middle"))
    caption = say("Likelihood ratio: share of draws with this ratio or more")
    return [*drawn, words(LEFT, TOP + DOWN + 48, caption, fill=FAINT)]


def _legend() -> list[str]:
    y = TOP + DOWN + 72
    return [
        line(LEFT, y - 5, LEFT + 40, y - 5, stroke=OWNER, stroke_width=2),
        words(LEFT + 48, y, say("same source, drawn from the model's own scatter"), fill=INK),
        line(LEFT + 380, y - 5, LEFT + 420, y - 5, stroke=UNEXPLAINED, stroke_width=2, stroke_dasharray="7 4"),
        words(LEFT + 428, y, say("innocents"), fill=INK),
    ]
