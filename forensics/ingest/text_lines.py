r"""Physical lines of hostile text: bounded in memory, numbered, nothing swallowed.

Whatever encoding a file has, its lines travel as valid UTF-8: bytes that do not fit stand there as ``\\xNN``, visibly.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from forensics.ingest.stream_blocks import BLOCK, read_block

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

LINE_LIMIT = 1_048_576
"""Characters of one line that are kept; the rest of a longer line is counted, not stored."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_WIDEST = 4
"""Bytes of UTF-8 that one character takes at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A physical line: its number from 1, its text without the line end, and how many characters it had."""

    number: int
    text: str
    length: int

    @property
    def overlong(self) -> bool:
        """Whether ``text`` holds only the beginning."""
        return self.length > LINE_LIMIT


@dataclass(frozen=True, slots=True)
class Long:
    """A line longer than ``LINE_LIMIT``: its beginning, and how many characters it had."""

    text: str
    length: int


def lines(evidence: Evidence) -> Iterator[Line]:
    """Yield every line of a text member. Only LF ends a line: a lone CR inside a field is evidence, not a line end."""
    number = 0
    for piece in pieces(evidence):
        if isinstance(piece, Long):
            number += 1
            yield Line(number=number, text=piece.text, length=piece.length)
            continue
        for found in piece.decode().removesuffix("\n").split("\n"):
            number += 1
            text = found.removesuffix("\r")
            yield Line(number=number, text=text, length=len(text))


def pieces(evidence: Evidence, size: int = BLOCK) -> Iterator[bytes | Long]:
    """Yield whole lines as they stand, many at once, in bounded pieces of valid UTF-8; overlong ones by themselves.

    The last line of the file may lack its LF. What stands before a place where the stream breaks is yielded before the
    error is raised.
    """
    wide = evidence.head.startswith(_UTF16)
    with evidence.open() as stream:
        blocks = _Blocks(stream, size, "utf-16" if wide else "")
        block = blocks.next().removeprefix(b"" if wide else _BOM)
        rest = b""
        while block or not blocks.ended:
            cut = block.rfind(b"\n") + 1
            if cut:
                yield from _usual(b"".join((rest, memoryview(block)[:cut])))
                rest = b""
            rest += block[cut:]
            if len(rest) > LINE_LIMIT * _WIDEST:
                long, block = _rest(blocks, rest)
                yield long
                rest = b""
            else:
                block = blocks.next()
        if rest:
            yield from _usual(rest)
        if blocks.error is not None:
            raise blocks.error


class _Blocks:
    """The blocks of a stream, in UTF-8 if it is known to be written in another encoding; ``ended`` after the last."""

    def __init__(self, stream: BinaryIO, size: int, encoding: str) -> None:
        self._stream = stream
        self._size = size
        self._decoder = codecs.getincrementaldecoder(encoding)("backslashreplace") if encoding else None
        self.ended = False
        self.error: Exception | None = None

    def next(self) -> bytes:
        """Return the next block; after the last one nothing."""
        if self.ended:
            return b""
        block, self.error = read_block(self._stream, self._size)
        self.ended = self.error is not None or not block
        return self._decoder.decode(block, self.ended).encode() if self._decoder else block


def _usual(whole: bytes) -> Iterator[bytes | Long]:
    """Yield whole lines as valid UTF-8, those that are too long by themselves."""
    if not whole.isascii():
        whole = whole.decode("utf-8", "backslashreplace").encode()
    start = at = 0
    while len(whole) - at > LINE_LIMIT:  # never the case with lines of ordinary length but for the last of a block
        end = whole.rfind(b"\n", at, at + LINE_LIMIT + 1)
        if end >= 0:
            at = end + 1
            continue
        end = whole.find(b"\n", at)
        end = len(whole) if end < 0 else end
        text = whole[at:end].decode()
        if len(text) > LINE_LIMIT:
            if at > start:
                yield whole[start:at]
            yield Long(text[:LINE_LIMIT].removesuffix("\r"), len(text))
            start = end + 1
        at = end + 1
    if start < len(whole):
        yield whole[start:]


def _rest(blocks: _Blocks, begun: bytes) -> tuple[Long, bytes]:
    """Read to the end of a line that is too long; return it and what was read behind its end."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    text = decoder.decode(begun)
    length, kept, behind, end = len(text), text[:LINE_LIMIT], b"", b""
    while not end and not blocks.ended:
        line, end, behind = blocks.next().partition(b"\n")
        length += len(decoder.decode(line))
    length += len(decoder.decode(b"", final=True))
    return Long(kept.removesuffix("\r"), length), behind
