"""A small picture of a likelihood ratio: its range as a bar on the verbal scale, the point as a mark. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from forensics.report import svg
from forensics.report.phrases import ratio
from forensics.report.svg import PEN, Pen
from forensics.report.texts import text
from forensics.sentence import Figure, paragraph

if TYPE_CHECKING:
    from forensics.model import Strength

LOW, HIGH = -3, 6
"""Ends of the scale, as powers of ten; what lies beyond is drawn at the end, and its number says so."""

WIDTH, HEIGHT = 640, 74
_MARGIN = 30


def render(strength: Strength, pen: Pen = PEN) -> str:
    """Return the picture, or "" if a number of the strength is not finite and positive."""
    values = (strength.lr_low, strength.lr, strength.lr_high)
    if not all(math.isfinite(value) and value > 0 for value in values):
        return ""
    low, middle, high = (_place(value) for value in values)
    named = {name: ratio(value) for name, value in zip(("low", "lr", "high"), values, strict=True)}
    even = _place(1)
    network = strength.lr_network
    title, second = text("strength.gauge", **named), list[str]()
    if network is not None and math.isfinite(network) and network > 0:
        title = text("strength.gauge.network", network=ratio(network), **named)
        second = [svg.rect(_place(network) - 1, 19, 2, 30, class_="gauge-network", fill=svg.INK)]
    return svg.element(
        "svg",
        svg.element("title", pen.label(title)),
        svg.rect(_MARGIN, 26, even - _MARGIN, 16, class_="gauge-left", fill="#e4e4e4"),
        svg.rect(even, 26, _place(10**HIGH) - even, 16, class_="gauge-right", fill="#dbe6f1"),
        pen.words(even - 8, 17, paragraph(["←", text("strength.gauge.left")]), size=13, text_anchor="end"),
        pen.words(even + 8, 17, paragraph([text("strength.gauge.right"), "→"]), size=13),
        *_decades(pen),
        svg.rect(low, 29, high - low, 10, class_="gauge-range", fill=svg.OWNER, fill_opacity=0.55),
        svg.rect(middle - 2, 23, 4, 22, class_="gauge-point", fill=svg.INK),
        *second,
        viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", class_="gauge", font_family="sans-serif", **pen.way,
    )  # fmt: skip


def _place(value: float) -> float:
    """Return the x of a ratio on the logarithmic scale."""
    share = (math.log10(value) - LOW) / (HIGH - LOW)
    return _MARGIN + min(max(share, 0.0), 1.0) * (WIDTH - 2 * _MARGIN)


def _decades(pen: Pen) -> list[str]:
    """Draw a line and a number at every power of ten."""
    parts = []
    for power in range(LOW, HIGH + 1):
        x = _place(10.0**power)
        said = Figure(f"{10**power:,}" if power >= 0 else f"1/{10**-power:,}")
        parts += [svg.line(x, 24, x, 48), pen.words(x, 64, said, size=12, text_anchor="middle")]
    return parts
