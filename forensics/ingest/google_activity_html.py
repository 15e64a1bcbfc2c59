"""The record of a My Activity page: header cell, content cell, caption cell, and what stands in their lines.

A content cell is lines between ``<br>``: the title (verb and link), lines about it (a channel, a number of files), the
time, and with chat products the answer behind the time, in paragraphs. The caption cell has headings in bold, in the
account's language; the first is always the list of products.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.html_lines import BLOCKS, lines_of
from forensics.ingest.html_records import Piece, parse, pieces

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

STARTS = re.compile(rb"""<div[^<>]{0,40}\bclass\s*=\s*["']?outer-cell\b""", re.IGNORECASE)
"""The start tag of a record."""
_ATTACHED = frozenset(("img", "audio", "video", "source"))
_CLOCK = re.compile(r"\d[:.時时시h ]+\d")
SAMPLE = 20_000
"""Records that decide the language and the order of numbers of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a cell: its text, the first link in it, and whether it stands in the cell itself (not in a block)."""

    text: str
    link: str = ""
    direct: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record: product as its header says, lines of the content cell, caption by heading, links of the caption."""

    header: str
    lines: tuple[Line, ...]
    caption: dict[str, list[str]] = field(default_factory=dict)
    links: tuple[str, ...] = ()

    @property
    def times(self) -> tuple[str, ...]:
        """Lines that could be the record's time, the likeliest first: the title line comes last."""
        shaped = [line.text for line in self.lines if line.direct and _CLOCK.search(line.text)]
        first = [text for text in shaped if text == self.lines[0].text]
        return (*(text for text in shaped if text not in first), *first)


def read_record(piece: Piece, *, times_only: bool = False) -> Record | str:
    """Read the record in a piece of the page, or only what its times are read from; a text says why it is none."""
    if piece.data is None:
        return "a record larger than the limit"
    try:
        page = parse(piece.data)
    except FieldError as error:
        return str(error)
    body = next((node for node in page.css("div.content-cell") if "text-right" not in _classes(node)), None)
    if body is None:
        return "a record without a content cell"
    lines = tuple(_lines(body))
    if not lines:
        return "a record without text"
    if times_only:
        return Record(header="", lines=lines)
    caption = page.css_first("div.mdl-typography--caption")
    return Record(
        header=" ".join(lines_of(page.css_first("div.header-cell"))),
        lines=lines,
        caption=_caption(caption),
        links=tuple(_link(node) for node in caption.css("a[href]")) if caption is not None else (),
    )


def samples(evidence: Evidence) -> Iterator[str]:
    """Yield the lines that could be times of the first ``SAMPLE`` records."""
    left = SAMPLE
    for piece in pieces(evidence, STARTS):
        if left <= 0:
            return
        left -= 1
        record = read_record(piece, times_only=True) if piece.is_record else ""
        if isinstance(record, Record):
            yield from record.times


def _classes(node: LexborNode) -> str:
    return node.attributes.get("class") or ""


def _link(node: LexborNode) -> str:
    return (node.attributes.get("href") or "").strip()


def _lines(body: LexborNode) -> Iterator[Line]:
    """Yield the lines of a content cell; blocks inside it (answers, attachments) are lines that are not direct."""
    text: list[str] = []
    link = ""
    for node in body.iter(include_text=True):
        is_block = node.tag in BLOCKS or node.tag in _ATTACHED
        if node.tag == "br" or is_block:
            joined = " ".join("".join(text).split())
            if joined:
                yield Line(text=joined, link=link)
            text, link = [], ""
        if is_block:
            inner = "\n".join(lines_of(node))
            attached = _link(node) or (node.attributes.get("src") or "")
            if inner or attached:
                yield Line(text=inner, link=attached, direct=False)
        elif node.tag == "-text":
            text.append(node.text(deep=False))
        elif node.tag not in {"br", "script", "style"}:
            text.append(node.text(deep=True))
            link = link or (_link(node) if node.tag == "a" else "")
    joined = " ".join("".join(text).split())
    if joined:
        yield Line(text=joined, link=link)


def _caption(node: LexborNode | None) -> dict[str, list[str]]:
    """Return heading → lines of the caption cell; lines before the first heading stand under ""."""
    found: dict[str, list[str]] = {}
    if node is None:
        return found
    headings = {" ".join(lines_of(bold)) for bold in node.css("b, strong")}
    heading = ""
    for line in lines_of(node):
        if line in headings:
            heading = line
            found.setdefault(heading, [])
        else:
            found.setdefault(heading, []).append(line)
    return found
