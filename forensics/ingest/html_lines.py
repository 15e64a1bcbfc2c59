"""The text of a part of an HTML page as a reader sees it: one line per ``<br>`` and per block element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

BLOCKS = frozenset(
    (
        *(
            "p",
            "div",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "ol",
            "ul",
            "li",
            "dl",
            "dt",
            "dd",
            "table",
            "thead",
            "tbody",
        ),
        *("tr", "td", "th", "caption", "pre", "blockquote", "section", "article", "hr", "form", "body"),
    )
)
_SILENT = frozenset(("script", "style", "template", "noscript", "title", "head"))


def lines_of(node: LexborNode | None) -> list[str]:
    """Return the lines below a node, white space joined, empty lines left out."""
    if node is None:
        return []
    return [line for line in (" ".join(line.split()) for line in "".join(_parts(node)).split("\n")) if line]


def _parts(node: LexborNode) -> Iterator[str]:
    """Yield text and line ends; pages deeper than ``html_records.DEPTH_LIMIT`` have been refused before."""
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            yield child.text(deep=False).replace("\n", " ")
        elif child.tag == "br":
            yield "\n"
        elif child.tag in BLOCKS:
            yield "\n"
            yield from _parts(child)
            yield "\n"
        elif child.tag not in _SILENT:
            yield from _parts(child)
