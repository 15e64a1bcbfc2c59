"""The few SVG elements that our pictures need, written as text with every value escaped.

Colours are presentation attributes, which a content security policy does not block and which a style sheet overrides
by class (dark mode); so the same picture also stands alone, for example inside a PDF.
"""

from __future__ import annotations

from html import escape

from forensics.report.neutral import readable

OWNER = "#1f5a96"
UNEXPLAINED = "#b5420b"
UNKNOWN = "#6a6a6a"
INK = "#1c1c1c"
FAINT = "#5a5a5a"
LINE = "#c9c9c9"
PAPER = "#ffffff"


def element(name: str, *children: str, **attributes: object) -> str:
    """Return one element. ``_`` in attribute names stands for ``-``; a trailing ``_`` is dropped (``class_``)."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"' for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(children)}</{name}>"


def _value(value: object) -> str:
    """Write a coordinate with one decimal at most, so that the same picture has the same bytes everywhere."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


def label(text: str, limit: int = 200) -> str:
    """Return evidence text ready to stand inside an element."""
    return escape(readable(text, limit))


def words(x: float, y: float, content: str, *, size: int = 14, limit: int = 200, **attributes: object) -> str:
    """Return a line of text; ``content`` is evidence or ours and is made harmless either way."""
    attributes = {"class_": "ink", "fill": INK} | attributes
    shown = readable(content)
    cut: tuple[str, ...] = ()
    if len(shown) > limit:
        # Cut after spelling out, because one hostile character becomes eight; the pointer still finds the whole.
        shown, cut = f"{shown[: limit - 1]}…", (hover(content),)
    return element("text", escape(shown), *cut, x=x, y=y, font_size=size, **attributes)


def rect(x: float, y: float, width: float, height: float, *children: str, **attributes: object) -> str:
    """Return a rectangle at least one unit wide, so that no record becomes invisible."""
    return element("rect", *children, x=x, y=y, width=max(width, 1.0), height=height, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> str:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **({"class_": "rule", "stroke": LINE} | attributes))


def hover(text: str) -> str:
    """Return the title that a pointer or a screen reader finds on a mark."""
    return element("title", label(text, 400))
