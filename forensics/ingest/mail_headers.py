r"""The header block of one message: physical lines, folding, encoded words, addresses (RFC 5322, RFC 2047).

The standard library's parser is right for bodies; for headers this project needs what it drops: the line on which a
field starts, every line that is no field, and bounds on memory. Text as found stays as found: bytes that are no UTF-8
show as ``\\xNN``, a bare CR or NUL is part of a value and ends nothing.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass
from email.utils import getaddresses
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_LIMIT = 1_048_576
"""Bytes of one physical line that are read as text; a longer line is refused, the rest of the message is read."""

VALUE_LIMIT = 20_000
"""Characters of one value that are decoded or split into addresses."""

BLOCK_LIMIT = 8 * 1024 * 1024
FIELD_LIMIT = 5_000
JUNK_LINES = 3
"""So many consecutive lines that are no fields end the header block, as where the empty line is missing."""

_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_ENCODED = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN = re.compile(r"(?<=\?=)\s+(?==\?[^?\s]{1,40}\?[bBqQ]\?)")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderField:
    """One field: its name as written, its unfolded value as found, and the line on which it starts (from 1)."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Junk:
    """A line of the header block that is no field: its number, why, and its beginning."""

    line: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderBlock:
    """All fields in file order. ``end`` is the byte offset behind the last header line, ``body`` that of the body.

    ``ending`` says what closed the block: ``empty line``, ``end of file``, ``no empty line`` or ``limit``.
    """

    fields: tuple[HeaderField, ...]
    junk: tuple[Junk, ...]
    envelope: str
    end: int
    body: int
    ending: str

    def all(self, name: str) -> tuple[HeaderField, ...]:
        """Return every field of this name (case does not matter), in file order."""
        return tuple(field for field in self.fields if field.name.lower() == name)

    def first(self, name: str) -> str:
        """Return the value of the topmost field of this name, stripped; "" if there is none."""
        return next((field.value.strip() for field in self.fields if field.name.lower() == name), "")


def read_block(stream: BinaryIO) -> HeaderBlock:
    """Read the header block from the start of a message, with or without an mbox envelope line before it."""
    return _Reader().read(stream)


class _Reader:
    def __init__(self) -> None:
        self.fields: list[HeaderField] = []
        self.junk: list[Junk] = []
        self.run: list[tuple[Junk, int]] = []  # lines that are no fields so far, with their offsets
        self.name = ""
        self.parts: list[bytes] = []
        self.line = 0
        self.envelope = ""
        self.kept = 0  # bytes
        self.skipping = False  # continuation lines of a field that was refused

    def read(self, stream: BinaryIO) -> HeaderBlock:
        offset = 0
        for number, raw, length in _lines(stream):
            text = raw.removeprefix(_BOM) if number == 1 else raw
            if length <= LINE_LIMIT and not text.strip(b"\r\n") and (self.name or self.fields):
                return self._block(offset, offset + length, "empty line")
            self.kept += len(raw)
            if self.kept > BLOCK_LIMIT or len(self.fields) >= FIELD_LIMIT:
                self.junk.append(Junk(line=number, reason="header block beyond the limit: not read on", excerpt=""))
                return self._block(offset, offset, "limit")
            self._take(number, text, length, offset)
            offset += length
            if len(self.run) >= JUNK_LINES:
                first, start = self.run[0]
                self.run = []
                reason = "the header block ends here without an empty line"
                self.junk.append(Junk(line=first.line, reason=reason, excerpt=first.excerpt))
                return self._block(start, start, "no empty line")
        return self._block(offset, offset, "end of file")

    def _take(self, number: int, raw: bytes, length: int, offset: int) -> None:
        if length > LINE_LIMIT:
            self._close()
            self.junk.append(Junk(line=number, reason=f"header line of {length:,} bytes", excerpt=_text(raw[:200])))
            self.skipping = True
            return
        if raw[:1] in b" \t" and self.skipping:
            return
        self.skipping = False
        if not raw.strip() and not self.name:
            return  # empty lines before the first field
        if number == 1 and raw.startswith(b"From "):
            self.envelope = _text(raw).strip()
            return
        if raw[:1] in b" \t" and self.name:
            self.parts.append(raw)
            return
        match = _FIELD.match(raw)
        if match is None or raw.startswith(b">From "):
            self._close()
            excerpt = _text(raw[:200]).strip()
            self.run.append((Junk(line=number, reason="not a header field", excerpt=excerpt), offset))
            return
        self._close()
        self.junk.extend(item for item, _ in self.run)
        self.run = []
        self.name, self.parts, self.line = match[1].decode("ascii"), [match[2]], number

    def _close(self) -> None:
        if self.name:
            value = " ".join(_text(part).strip(" \t\r\n") for part in self.parts).strip()
            self.fields.append(HeaderField(name=self.name, value=value, line=self.line))
        self.name, self.parts = "", []

    def _block(self, end: int, body: int, ending: str) -> HeaderBlock:
        self._close()
        self.junk.extend(item for item, _ in self.run)
        return HeaderBlock(
            fields=tuple(self.fields),
            junk=tuple(self.junk),
            envelope=self.envelope,
            end=end,
            body=body,
            ending=ending,
        )


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """Yield (number, first bytes, whole length) of every line; only LF ends a line."""
    number = 0
    while raw := stream.readline(LINE_LIMIT + 1):
        number += 1
        length, rest = len(raw), raw
        while not rest.endswith(b"\n") and len(rest) > LINE_LIMIT and (rest := stream.readline(LINE_LIMIT + 1)):
            length += len(rest)
        yield number, raw, length


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def decode_words(value: str) -> str:
    r"""Decode RFC 2047 words; a word that does not decode stays as written. Bytes of no character show as ``\\xNN``."""
    joined = _BETWEEN.sub("", value[:VALUE_LIMIT])
    found: list[str] = []
    position = 0
    pending = b""
    charset = ""
    for match in _ENCODED.finditer(joined):
        data = _word(match)
        between = joined[position : match.start()]
        if pending and (between or data is None or match[1].lower() != charset):
            found.append(_characters(pending, charset))
            pending = b""
        found.append(between)
        position = match.end()
        if data is None or not _characters(b"", match[1].lower(), known=True):
            found.append(match[0])
        else:  # a character may be cut between two words of one charset, so bytes are joined first
            pending, charset = pending + data, match[1].lower()
    found.append(_characters(pending, charset) if pending else "")
    return "".join([*found, joined[position:]])


def _word(match: re.Match[str]) -> bytes | None:
    written = match[3].encode("ascii", "replace")
    if match[2] in "qQ":
        return quopri.decodestring(written, header=True)
    try:
        return base64.b64decode(written + b"=" * (-len(written) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _characters(data: bytes, charset: str, *, known: bool = False) -> str:
    """Decode bytes; with ``known`` only say (non-empty or not) whether the charset exists and is one of text."""
    try:
        text = data.decode(charset.split("*", maxsplit=1)[0], "backslashreplace")
    except (LookupError, UnicodeError, ValueError):
        return ""
    return "known" if known else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A display name (decoded) and an address as written; ``domain`` in lower case."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What follows the last ``@``."""
        return self.address.rpartition("@")[2].strip(" .>").lower() if "@" in self.address else ""


def mailboxes(value: str) -> tuple[Mailbox, ...]:
    """Read an address list; display names are decoded only after the list has been split.

    A list that the standard library cannot read (comments nested a thousand deep) is one mailbox without an address,
    its beginning kept as the name.
    """
    flat = value[:VALUE_LIMIT].replace("\r", " ").replace("\x00", " ")
    try:
        found = getaddresses([flat])
    except (RecursionError, IndexError):
        return (Mailbox(name=flat[:200], address=""),)
    return tuple(Mailbox(name=decode_words(name), address=at.strip()) for name, at in found if name or at)
