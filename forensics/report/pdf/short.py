"""A short document (a letter, a comparison) as what the template is fed with: the same blocks, set like a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forensics.report.document import Blank, Grid, Heading, Items, Literal, Paragraph, Picture
from forensics.report.language.translator import END, ISOLATE
from forensics.report.pdf import blocks
from forensics.report.pdf.content import label
from forensics.report.pdf.printable import BREAK
from forensics.report.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.report.document import Block, Document
    from forensics.report.language.speech import Speech

_ROOM = "_" * 40


def data_of(document: Document, speech: Speech) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a document as JSON data, and its pictures by file name (SVG)."""
    put = blocks.Setter(speech)
    pictures: dict[str, str] = {}
    made = [put.heading("title", document.title)]
    made += [put.says(mark, "note") for mark in document.marks]
    for block in document.blocks:
        made += _set(put, block, pictures)
    title = put.shown(document.title, 200)
    data = {
        "language": speech.language,
        "direction": speech.direction,
        "title": title.replace(BREAK, "").replace(ISOLATE, "").replace(END, ""),
        "author": "",
        "reference": put.shown(document.title, 80),
        "tlp": next((found for mark in document.marks if (found := label(mark))), ""),
        "pap": "",
        "page": put.shown(text("pdf.page", n="{n}", m="{m}")),
        "date": [],
        "blocks": made,
        "attachments": [],
    }
    return data, pictures


def _set(put: blocks.Setter, block: Block, pictures: dict[str, str]) -> Iterator[blocks.Block]:
    match block:
        case Heading():
            yield put.heading("", block.text, 3 if block.inner else 2)
        case Paragraph():
            yield put.says(block.text, "warning" if block.aside else "")
        case Items():
            yield put.listed(block.items, ordered=block.numbered)
        case Blank():
            yield blocks.para(put.run(block.label), put.run(": "), put.run(block.known or _ROOM))
        case Literal():
            yield put.shell(block.text.splitlines(), "")
        case Grid():
            rows = [[[put.run(cell, limit=blocks.LONG)] for cell in row] for row in block.rows]
            yield put.table("", block.heads, (1,) * len(block.heads), rows)
        case Picture():
            name = f"picture-{len(pictures) + 1}.svg"
            pictures[name] = block.svg
            yield put.picture(name, block.shows)
            yield from (put.says(line, "more") for line in block.lines)
