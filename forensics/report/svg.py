"""The few SVG elements that our pictures need, written as text with every value escaped.

Colours are presentation attributes, which a content security policy does not block and which a style sheet overrides
by class (dark mode); so the same picture also stands alone, for example inside a PDF.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from forensics.report.language.both import first_of
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.language.translator import END, ISOLATE
from forensics.report.neutral import Spoken, readable

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


def _whole(lines: Iterable[str]) -> Iterator[Spoken]:
    """Yield lines of one text with the isolates that a line break cut closed on its line and opened on the next."""
    depth = 0
    for line in lines:
        opened = depth
        for mark in line:
            depth = max(depth + (mark == ISOLATE) - (mark == END), 0)
        yield Spoken(f"{ISOLATE * opened}{line}{END * depth}")


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes into a picture, in the language of the document; the one door by which words enter a picture.

    A picture is drawn from left to right in every language. Words that run the other way are isolated as a whole, so that
    their order does not depend on the engine that sets them.
    """

    speech: Speech = ENGLISH

    @property
    def way(self) -> dict[str, str]:
        """The attributes of a picture that stands in a text which runs from right to left."""
        return {"direction": "ltr"} if self.speech.direction == "rtl" else {}

    def say(self, text: str) -> str:
        """Return a text in the language of the document."""
        said = first_of(self.speech.say(text))
        return Spoken(f"{ISOLATE}{said}{END}") if isinstance(said, Spoken) else said

    def label(self, text: str, limit: int = 200) -> str:
        """Return a text ready to stand inside an element."""
        return label(self.say(text), limit)

    def words(self, x: float, y: float, content: str, *, size: int = 14, limit: int = 200, **attributes: object) -> str:
        """Return a line of text."""
        return words(x, y, self.say(content), size=size, limit=limit, **attributes)

    def lines(self, text: str, width: int, indent: str, limit: int = 600) -> list[str]:
        """Return a long text as lines of at most ``width`` characters, for ``words``."""
        said = self.say(text)
        lines = textwrap.wrap(readable(said, limit), width, subsequent_indent=indent)
        return list(_whole(lines)) if isinstance(said, Spoken) else lines

    def hover(self, text: str) -> str:
        """Return the title that a pointer or a screen reader finds on a mark."""
        return hover(self.say(text))


PEN = Pen()
"""Writes English."""
