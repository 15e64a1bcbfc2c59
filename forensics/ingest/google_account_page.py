"""Rows of Google's account pages (SubscriberInfo, ChangeHistory): list items ``Label: value``, and tables.

The pages are plain HTML without classes to rely on: headings, ``ul``/``li`` and tables with a header row. Every ``li`` and
``tr`` is cut out by itself. The column names seen are English; a table in another language is read by what its cells
hold: the column of times and the column of addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.html_lines import lines_of
from forensics.ingest.html_records import Piece, parse, pieces
from forensics.ingest.takeout_columns import plain
from forensics.ingest.written_times import LENGTH_LIMIT, Dates, moment
from forensics.model import UNDATED, Moment

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

LIST, TABLE = "list", "table"
TIME, ADDRESS = "Timestamp", "IP Address"

_STARTS = re.compile(rb"<(?:li|tr)(?=[\s>])", re.IGNORECASE)
_HEADINGS = "h1, h2, h3, h4, b, strong, caption, .title, .header"
_SHAPED = re.compile(r"\d{4}.*\d[:.]\d\d|\d[:.]\d\d.*\d{4}")
_VALUE_TIME = re.compile(rb"\d{4}([-/])\d\d\1\d\d[ T-]\d\d:\d\d:\d\d(?:\.\d+)?[\s-]?(?:Z|UTC)")
_OLDER_TIME = re.compile(r"(\d{4})/(\d\d)/(\d\d)-(\d\d:\d\d:\d\d)-(UTC|Z)")
_INLINE = re.compile(r"</?(?:b|strong|span|em|i|u|font)\b[^<>]*>", re.IGNORECASE)


@dataclass(slots=True)
class _Page:
    """What has been read of the page so far: the last heading, and the header cells of the current table."""

    evidence: Evidence
    heading: str = ""
    header: tuple[str, ...] = ()
    shared: dict[str, str] = field(default_factory=dict)


def page_rows(evidence: Evidence, shared: dict[str, str]) -> Iterator[Row | Flaw | Unused]:
    """Yield list items (section ``list``: fields ``label``, ``value``, ``heading``) and table rows (section ``table``).

    A list item with several times is split into one row for each, whose place is that of the time; the first of them keeps
    the item as ``written``. The first row of a
    table is its header; rows with another number of cells are flaws.
    """
    page = _Page(evidence=evidence, shared=shared)
    for piece in pieces(evidence, _STARTS):
        if piece.data is None:
            yield Flaw(place=piece.place, reason="an element larger than the limit", excerpt=piece.excerpt)
            continue
        yield from _guarded(page, piece)


def _guarded(page: _Page, piece: Piece) -> Iterator[Row | Flaw | Unused]:
    try:
        yield from _piece(page, piece)
    except FieldError as error:
        yield Flaw(place=piece.place, reason=str(error), excerpt=piece.excerpt)


def _piece(page: _Page, piece: Piece) -> Iterator[Row | Flaw | Unused]:
    data = piece.data or b""
    is_row = piece.is_record and data[1:3].lower() == b"tr"
    tree = parse(b"<table>" + data if is_row else data)
    if not piece.is_record:
        yield Unused(rule="page head")
    elif is_row:
        yield from _table_row(page, piece, tree.css_first("tr"))
    else:
        item = tree.css_first("li")
        yield from _list_item(page, piece, " ".join(lines_of(item)))
        if item is not None:
            item.remove()
    headings = [text for node in tree.css(_HEADINGS) if not is_row and (text := " ".join(lines_of(node)))]
    if b"<table" in data.lower() or b"</table" in data.lower():
        page.header = ()
        after = tree.css(_HEADINGS) if is_row else []
        headings = headings or [text for node in after if not _inside_row(node) and (text := " ".join(lines_of(node)))]
    page.heading = headings[-1] if headings else page.heading


def _inside_row(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag == "tr":
            return True
        parent = parent.parent
    return False


def _list_item(page: _Page, piece: Piece, text: str) -> Iterator[Row | Flaw | Unused]:
    label, colon, value = text.partition(":")
    found = {"label": label.strip(), "value": value.strip() if colon else "", "heading": page.heading}
    if not text:
        yield Unused(rule="empty list item")
        return
    times = list(_VALUE_TIME.finditer(piece.data or b""))
    if len(times) < 2:  # noqa: PLR2004 - one time is the item's value
        yield Row(evidence=page.evidence, place=piece.place, section=LIST, fields=found, shared=page.shared)
        return
    for match in times:
        place = f"bytes:{piece.start + match.start()}-{piece.start + match.end()}"
        one = {**found, "value": match[0].decode(), "written": value.strip() if match is times[0] else ""}
        yield Row(evidence=page.evidence, place=place, section=LIST, fields=one, shared=page.shared)


def _table_row(page: _Page, piece: Piece, row: LexborNode | None) -> Iterator[Row | Flaw | Unused]:
    cells = tuple(" ".join(lines_of(node)) for node in row.css("th, td")) if row is not None else ()
    is_header = row is not None and (row.css_first("th") is not None or not page.header) and not _has_time(cells)
    if not any(cells):
        yield Unused(rule="empty table row")
    elif is_header:
        page.header = cells
        yield Unused(rule="header row of a table")
    elif len(cells) == 1:
        yield Unused(rule="a table row that holds one note")
    else:
        header = page.header or tuple(f"column {number}" for number in range(1, len(cells) + 1))
        if len(header) != len(cells):
            reason = f"{len(cells)} cells under a header of {len(header)}"
            yield Flaw(place=piece.place, reason=reason, excerpt=" | ".join(cells)[:200])
            return
        named = _named(header, cells)
        found = {**named, "heading": page.heading}
        yield Row(evidence=page.evidence, place=piece.place, section=TABLE, fields=found, shared=page.shared)


def _named(header: tuple[str, ...], cells: tuple[str, ...]) -> dict[str, str]:
    """Name the cells; where no English name says so, the columns of times and addresses are known by their values."""
    names = list(header)
    known = {plain(name) for name in names}
    wanted: tuple[tuple[str, Callable[[str], bool]], ...] = ((TIME, _is_time), (ADDRESS, _is_address))
    for name, holds in wanted:
        at = next((index for index, value in enumerate(cells) if holds(value)), None)
        if plain(name) not in known and at is not None:
            names[at] = name
    return dict(zip(_distinct(names), cells, strict=True))


def _distinct(names: list[str]) -> list[str]:
    return [name if names.index(name) == at else f"{name}#{at + 1}" for at, name in enumerate(names)]


def _has_time(cells: tuple[str, ...]) -> bool:
    return any(_is_time(value) for value in cells)


def _is_time(value: str) -> bool:
    if len(value) > LENGTH_LIMIT or not _SHAPED.search(value):
        return False
    try:
        page_time(value)
    except FieldError:
        return False
    return True


def page_time(text: str) -> Moment:
    """Read a time of these pages: ``2023-02-25 04:34:32 Z``, or older ``2012/05/01-10:11:12-UTC``; "" is undated."""
    if not text.strip():
        return UNDATED
    older = _OLDER_TIME.fullmatch(text.strip())
    plain_text = f"{older[1]}-{older[2]}-{older[3]} {older[4]} UTC" if older else text
    return moment(Dates().read(plain_text), text)


def page_head(evidence: Evidence) -> str:
    """Return the page's first characters without inline tags, for recognition and for the account's number."""
    return _without_inline(evidence.text_head) if b"<" in evidence.head else evidence.text_head


@lru_cache(maxsize=2)  # several formats ask the same of a member
def _without_inline(head: str) -> str:
    return _INLINE.sub("", head)


def _is_address(value: str) -> bool:
    return fields.parse_ip(fields.split_port(value.strip())[0]) is not None
