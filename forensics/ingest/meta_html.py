"""The page layout of Meta's HTML exports: blocks of a title, a table of labels and values, and a time.

Facebook and Instagram share it. Three generations, told apart by class names only (texts are in the account's
language): 2018-2021 ``_2lej`` (title ``_2lek``, body ``_2let``, time ``_2lem``); 2021 on ``_a6-g`` (title ``h2`` or
``_a6-h``, body ``_a6-p``, label ``_a6_q``, value ``_a6_r``, time ``_a6-o``); 2023 on the same with ``section`` and the
time in ``footer div._a72d``. Class names and nesting follow the readers of public projects (d3i-infra/dd-education
``facebook.py`` and its tests, among others); no export of our own was available.

A page may be gigabytes long: it is cut where a block begins. A block that begins inside the open table of another is
part of that one's values and stays with it, unless both have a time or an address of their own. A block that holds
nothing of its own is a wrapper and no record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from forensics.ingest.evidence import DAMAGE, Evidence
from forensics.ingest.format import FieldError, Flaw
from forensics.ingest.html_records import RECORD_LIMIT, Piece, cell, parse, pieces

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_STARTS = re.compile(
    rb"<(?:section|div)\s(?:[^<>]{0,90}\s)?class\s*=\s*[\"'](?:[^\"'<>]{0,90}\s)?(?:_a6-g|_2lej)(?![\w-])",
    re.IGNORECASE,
)
_TABLE = re.compile(rb"<(/?)table\b", re.IGNORECASE)
_STAMP = re.compile(rb"(?:_a72d|_a6-o|_2lem)[^<>]{0,60}>\s*[^<\s]")
_ACCESS = re.compile(
    rb">\s*\[?(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:.]{2,40})\]?(?::\d{1,5})?\s*<|>\s*Mozilla/"
)
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|!--)", re.IGNORECASE)
_CSS = re.compile(rb"_a6-g|_2lej|_a6_q")
_NAMES = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rb"<title\b[^>]{0,300}>(.{0,600}?)</title>",
        rb"<h1\b[^>]{0,300}>(.{0,600}?)</h1>",
        rb"<div\s[^<>]{0,90}?class=[\"'](?:_a70e|_3b0e|_3b0d)[\"'][^<>]{0,90}>(.{0,600}?)</div>",
    )
)
_HEAD_END = re.compile(rb"</head\s*>|<body\b", re.IGNORECASE)
HEAD_LIMIT = 1024 * 1024
"""Bytes of a page that recognition may read: its style sheet alone can be longer than the usual first 64 KiB."""
PARTS_LIMIT = 2_000
"""Blocks inside the table of one block; with more, a table was left open."""
_MOST_TAGS = 8_000

_TITLES = frozenset({"_a6-h", "_2lek"})
_STAMPS = frozenset({"_a72d", "_a6-o", "_2lem"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = frozenset(("div", "section", "table", "tbody", "tr", "td", "th", "ul", "ol", "li", "p", "footer", *_HEADINGS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One labelled value; labels of nested tables stand from the outside in, joined by `` / ``. ``label`` may be ""."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One record of a page: its heading, the times below it as written, its labelled values and other lines, its links.

    ``table`` numbers the outermost table (from 1) that the pairs stand in; 0 for all of them together.
    """

    place: str
    title: str = ""
    stamps: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    links: tuple[str, ...] = ()
    table: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the block is a mere wrapper."""
        return not (self.title or self.stamps or self.pairs)


@dataclass(slots=True)
class _Found:
    """What a walk through one block has found so far: the pairs by outermost table."""

    title: str = ""
    stamps: list[str] = field(default_factory=list)
    pairs: dict[int, list[Pair]] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    tables: int = 0
    inside: int = 0


def first_bytes(evidence: Evidence) -> bytes:
    """Return the beginning of a page in Meta's layout, with at least 64 KiB of its body; b"" for any other file."""
    head = evidence.head
    whole = len(head) >= evidence.size
    if not _HTML.match(head) or not (_CSS.search(head) or (not whole and not _HEAD_END.search(head))):
        return b""
    if not whole:
        try:
            with evidence.open() as stream:
                head = stream.read(HEAD_LIMIT)
        except DAMAGE:
            return head if _CSS.search(head) else b""
    return head if _CSS.search(head) else b""


def has_blocks(head: bytes) -> bool:
    """Whether the beginning of a page holds at least one block."""
    return _STARTS.search(head) is not None


def page_names(head: bytes) -> tuple[str, ...]:
    """Return the page's own names, as written: its ``title``, first ``h1`` and head line."""
    texts = (cell(parse(match[1]).body) for pattern in _NAMES if (match := pattern.search(head)))
    return tuple(dict.fromkeys(text for text in texts if text))


def sample(head: bytes, evidence: Evidence, limit: int = 60) -> tuple[Block, ...]:
    """Return the first blocks of a page's beginning, read as far as they are whole, for recognition."""
    return _sample(head, limit, whole=len(head) >= evidence.size)


@lru_cache(maxsize=4)  # several formats ask about the same page, one after the other
def _sample(head: bytes, limit: int, *, whole: bool) -> tuple[Block, ...]:
    found: list[Block] = []
    starts = [match.start() for match in islice(_STARTS.finditer(head), limit + 1)]
    ends = [*starts[1:], len(head) if whole and len(starts) <= limit else starts[-1]] if starts else []
    for start, end in zip(starts, ends, strict=True):
        piece = head[start:end]
        if piece and len(piece) <= RECORD_LIMIT and piece.count(b"<") < _MOST_TAGS:
            found.extend(_read_quietly(piece))
    return tuple(found)


def _read_quietly(piece: bytes) -> tuple[Block, ...]:
    try:
        return read(piece, "")
    except FieldError:  # too deeply nested: reading the page will say so, recognition does not need it
        return ()


def cut(evidence: Evidence) -> Iterator[Piece]:
    """Yield the blocks of a page in order; ``Piece.data`` is ``None`` where a block is too large.

    What stands before the first block (style sheet, heading of the page) is left out.
    """
    held: list[Piece] = []
    depth = 0
    for piece in pieces(evidence, _STARTS):
        if not piece.is_record:
            continue
        if piece.data is None:
            yield from _joined(held)
            yield piece
            held, depth = [], 0
            continue
        if depth == 0 or len(held) >= PARTS_LIMIT or piece.end - held[0].start > RECORD_LIMIT:
            yield from _joined(held, nested=depth == 0)
            held, depth = [], 0
        held.append(piece)
        for closing in _TABLE.findall(piece.data):
            depth = max(0, depth - 1) if closing else depth + 1
    yield from _joined(held)


def _joined(held: list[Piece], *, nested: bool = True) -> Iterator[Piece]:
    """Yield the pieces of one block as one.

    Where two of them have a time below them, or two an address, a table was left open and these are records of their
    own: joined, the second would lend its time to the first. Each then stands by itself, and so does a block that never
    ends.
    """
    parts = [piece.data or b"" for piece in held]
    apart = any(sum(pattern.search(part) is not None for part in parts) > 1 for pattern in (_STAMP, _ACCESS))
    if len(held) < 2 or apart or not nested:  # noqa: PLR2004 - one piece is one block
        yield from held
    else:
        yield Piece(start=held[0].start, end=held[-1].end, data=b"".join(parts))


def read(data: bytes, place: str) -> tuple[Block, ...]:
    """Read one block; a block of several tables that each name something of their own yields one for each table.

    Raises ``FieldError`` for nesting that is too deep.
    """
    body = parse(data).body
    found, behind = _Found(), _Found()
    for number, child in enumerate(body.iter() if body else ()):
        _note_links(child, found)
        _walk(child, "", behind if number else found, 0)
    found.stamps += behind.stamps  # a time that stands after a block belongs to the wrapper around it
    for number, pairs in behind.pairs.items():
        if number:  # cells behind a block that closed too early; the page's footer has none
            found.pairs.setdefault(number + found.tables, []).extend(pairs)
    whole = Block(place=place, title=found.title, stamps=tuple(found.stamps), links=tuple(found.links))
    tables = {number: tuple(pairs) for number, pairs in found.pairs.items() if pairs}
    if len(tables) > 1 and all(len(pairs) > 1 for number, pairs in tables.items() if number) and 0 not in tables:
        return tuple(
            replace(whole, place=f"{place}/table/{number}", pairs=pairs, table=number)
            for number, pairs in tables.items()
        )
    return (replace(whole, pairs=tuple(pair for pairs in tables.values() for pair in pairs)),)


def _walk(node: LexborNode, above: str, found: _Found, level: int) -> None:
    """Read the children of an element in order."""
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        classes = frozenset((child.attributes.get("class") or "").split()) if tag != "-text" else frozenset[str]()
        if tag == "-text":
            _line(" ".join(child.text(deep=False).split()), above, found)
        elif tag in {"script", "style", "-comment"}:
            continue
        elif tag in _HEADINGS or classes & _TITLES:
            _heading(cell(child), above, found)
        elif tag == "footer" or classes & _STAMPS:
            found.stamps.extend(text for text in cell(child).split("\n") if text)
        elif tag == "tr":
            _row(child, above, found, level)
        elif tag == "table" and not level:
            found.tables += 1
            found.inside = found.tables
            _walk(child, above, found, level + 1)
            found.inside = 0
        elif _is_leaf(child):
            _line(cell(child), above, found)
        else:
            _walk(child, above, found, level)


def _is_leaf(node: LexborNode) -> bool:
    """Whether an element holds text and inline elements only."""
    return not any(inner.tag in _BLOCKS for inner in islice(node.traverse(), 1, None))


def _heading(text: str, above: str, found: _Found) -> None:
    if not found.title and not above:
        found.title = text
    elif text:
        _line(text, above, found)


def _line(text: str, above: str, found: _Found) -> None:
    """Keep a text outside a table's cells: ``label: value``, or a value of the label above."""
    for part in text.split("\n"):
        label, colon, value = part.partition(": ")
        if colon and value.strip() and len(label) <= 80:  # noqa: PLR2004 - a label is no sentence
            _pair(" / ".join(filter(None, (above, label.strip()))), value.strip(), found)
        elif part.strip():
            _pair(above, part.strip(), found)


def _pair(label: str, value: str, found: _Found) -> None:
    found.pairs.setdefault(found.inside, []).append(Pair(label=label, value=value))


def _row(row: LexborNode, above: str, found: _Found, level: int) -> None:
    """A row is a label beside its value, or one wide cell of a label and what belongs to it."""
    cells = [child for child in row.iter() if child.tag in {"td", "th"}]
    if not cells:
        return
    label = _own_text(cells[0])
    inner = " / ".join(filter(None, (above, label)))
    for value in cells[1:]:
        if _is_leaf(value) or not value.css_first("table, section, li"):
            _pair(inner, cell(value), found)
        else:
            _values(value, inner, found, level + 1)
    if len(cells) == 1:
        before = sum(map(len, found.pairs.values()))
        _values(cells[0], inner, found, level + 1)
        if sum(map(len, found.pairs.values())) == before and label:
            _pair(above, label, found)


def _values(node: LexborNode, label: str, found: _Found, level: int) -> None:
    """Read what a cell holds behind its own text."""
    for child in node.iter():
        if child.tag in {"br", "img"}:
            continue
        if _is_leaf(child):
            for part in cell(child).split("\n"):
                if part:
                    _pair(label, part, found)
        else:
            title, found.title = found.title, found.title or label or "\u00a0"  # a nested heading is a value
            _walk_cell(child, label, found, level)
            found.title = title


def _walk_cell(node: LexborNode, label: str, found: _Found, level: int) -> None:
    if node.tag == "tr":
        _row(node, label, found, level)
    else:
        _walk(node, label, found, level)


def _own_text(node: LexborNode) -> str:
    """The text that stands directly in a cell, before anything that it wraps; of a cell without, its whole text."""
    parts = [child.text(deep=False) for child in node.iter(include_text=True) if child.tag == "-text"]
    own = " ".join(" ".join(parts).replace("\u00a0", " ").split())
    return own or (cell(node).replace("\n", " ") if _is_leaf(node) else "")


def _note_links(node: LexborNode, found: _Found) -> None:
    for anchor in node.css("a[href]"):
        target = (anchor.attributes.get("href") or "").strip()
        if target.startswith("http") and target not in found.links:
            found.links.append(target)


def read_all(evidence: Evidence) -> Iterator[Block | Flaw]:
    """Yield the records of a page in order, and a ``Flaw`` for every block that cannot be read."""
    for piece in cut(evidence):
        if piece.data is None:
            yield Flaw(place=piece.place, reason="a block that is too large or never ends", excerpt=piece.excerpt)
            continue
        try:
            yield from read(piece.data, piece.place)
        except FieldError as error:
            yield Flaw(place=piece.place, reason=str(error), excerpt=piece.excerpt)
