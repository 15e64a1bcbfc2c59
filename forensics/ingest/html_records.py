"""Cut an HTML export into its records with flat memory, and parse each record by itself.

Exports are one long page of equal blocks, up to gigabytes. A parser of the whole page would hold it all, and one damaged
block could swallow its neighbours. Here the stream is cut where a record's start tag stands; every piece is parsed by
Lexbor (through selectolax) as a fragment, so that an unclosed tag ends with its record. A piece that is too large, or
nested so deeply that the parser's time would explode, is refused with its place.

Places are ``bytes:A-B`` of the piece, B exclusive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.ingest.evidence import Evidence, decode
from forensics.ingest.format import FieldError

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

RECORD_LIMIT = 2 * 1024 * 1024
"""Bytes of one record that are kept."""
DEPTH_LIMIT = 400
"""Open elements at one point; parsing time grows with the square of the nesting (100,000 levels take 20 s)."""
CHUNK = 1024 * 1024

_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9]*)")
_NEVER_OPEN = frozenset(
    b"area base br col embed hr img input link meta param source track wbr p li td th tr dt dd option tbody thead".split()
)
"""Elements without content, and those that the next one of their kind closes."""


_RAW_BREAKS = re.compile(r"[\r\n\f\u2028]+")  # white space like any other; only <br> breaks a line
_UNSEEN = frozenset({"script", "style"})
"""Elements whose text no reader sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of the page: its bytes, where it stands, and whether it begins with a record's start tag.

    ``data`` is ``None`` where the piece is larger than ``RECORD_LIMIT``; ``head`` then holds its first 200 bytes.
    """

    start: int
    end: int
    data: bytes | None
    head: bytes = b""
    is_record: bool = True

    @property
    def place(self) -> str:
        """The place of this piece in the file."""
        return f"bytes:{self.start}-{self.end}"

    @property
    def excerpt(self) -> str:
        """The first characters as found."""
        return decode((self.data or self.head)[:200])


def pieces(evidence: Evidence, starts: re.Pattern[bytes]) -> Iterator[Piece]:
    """Yield what stands before the first record (if anything), then one piece per match of ``starts``.

    A match must be shorter than 256 bytes; a record reaches to the next match or to the end of the file.
    """
    held = b""
    base = 0  # offset of held[0]
    dropped = 0  # bytes of an over-long piece that were let go
    head = b""
    is_record = False
    with evidence.open() as stream:
        while True:
            block = stream.read(CHUNK)
            held += block
            at, searched = 0, 1 if is_record or dropped else 0
            limit = len(held) - 256 if block else len(held)
            while (match := starts.search(held, searched)) and (match.start() < limit or not block):
                if match.start() > at or dropped:
                    yield _piece(base, at, match.start(), held, dropped, head, is_record=is_record)
                at, searched = match.start(), match.start() + 1
                dropped, head, is_record = 0, b"", True
            if not block:
                break
            if len(held) - at > RECORD_LIMIT:  # let go of all but a tail in which a start tag may be cut
                head = head or held[at : at + 200]
                keep = len(held) - 256
                dropped += keep - at
                at = keep
            base, held = base + at, held[at:]
        if len(held) > at or dropped:
            yield _piece(base, at, len(held), held, dropped, head, is_record=is_record)


def _piece(  # noqa: PLR0913 - the state of the cut
    base: int, at: int, end: int, held: bytes, dropped: int, head: bytes, *, is_record: bool
) -> Piece:
    if dropped or end - at > RECORD_LIMIT:
        return Piece(
            start=base + at - dropped, end=base + end, data=None, head=head or held[at : at + 200], is_record=is_record
        )
    return Piece(start=base + at, end=base + end, data=held[at:end], is_record=is_record)


def parse(piece: bytes) -> LexborHTMLParser:
    """Parse the bytes of one record or of a small page; nesting beyond ``DEPTH_LIMIT`` is a ``FieldError``."""
    from selectolax.lexbor import LexborHTMLParser

    depth = deepest = 0
    for closing, name in _TAG.findall(piece):
        if name.lower() not in _NEVER_OPEN:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    if deepest > DEPTH_LIMIT:
        raise FieldError(f"HTML nested deeper than {DEPTH_LIMIT} elements")
    return LexborHTMLParser(decode(piece))


def cell(node: LexborNode | None) -> str:
    """Return the text of an element as a reader sees it: white space joined, line breaks of ``<br>`` kept as LF."""
    if node is None:
        return ""
    parts = [
        "\n" if inner.tag == "br" else _RAW_BREAKS.sub(" ", inner.text(deep=False)) if inner.tag == "-text" else ""
        for inner in node.traverse(include_text=True)
        if inner.tag != "-text" or inner.parent is None or inner.parent.tag not in _UNSEEN
    ]
    lines = ("".join(parts)).replace("\u00a0", " ").split("\n")
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)
