r"""The header block of one message: physical lines and folding (RFC 5322); what a value says stands in ``mail_words``.

The standard library's parser is right for bodies; for headers this project needs what it drops: the line on which a
field starts, every line that is no field, and bounds on memory. Text as found stays as found: bytes that are no UTF-8
show as ``\\xNN``, a bare CR or NUL is part of a value and ends nothing.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LINE_LIMIT = 1_048_576
"""Bytes of one physical line that are read as text; a longer line is refused, the rest of the message is read."""

BLOCK_LIMIT = 8 * 1024 * 1024
FIELD_LIMIT = 5_000
JUNK_LINES = 3
"""So many consecutive lines that are no fields end the header block, as where the empty line is missing."""

_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_NAME = re.compile(rb"([!-9;-~]{1,80})[ \t]*:")
_NEXT_FIELD = re.compile(rb"\n(?![ \t])")
_END = re.compile(rb"\n\r?\n")
COUNT_LINE = re.compile(rb"(\d{1,10})[ \t]*\r?\n(?=[!-9;-~]{1,80}[ \t]*:)")
"""The first line of Apple Mail's own files (.emlx): how many bytes the message has."""

_OUTLOOK = b"Microsoft Mail Internet Headers Version"
"""What Outlook and Exchange put above the headers that they show or keep."""

_NAME_LIMIT = 200  # bytes before a value that are remembered as a name
_SHAPE_FIELDS, _SHAPES_KEPT = 100, 1_024  # fields of a block whose names are remembered together, and such blocks
_BOM = b"\xef\xbb\xbf"


class HeaderField(NamedTuple):
    """One field: its name as written, its unfolded value as found, and the line on which it starts (from 1).

    ``start`` and ``end`` are byte offsets from the beginning of the message. A tuple, because a mailbox has millions.
    """

    name: str
    value: str
    line: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Junk:
    """A line of the header block that is no field: its number, why, and its beginning."""

    line: int
    reason: str
    excerpt: str


class HeaderBlock:
    """All fields in file order. ``end`` is the byte offset behind the last header line, ``body`` that of the body.

    ``ending`` says what closed the block: ``empty line``, ``end of file``, ``no empty line`` or ``limit``. ``names``
    are the lower-case names of the fields, each with their places among them.
    """

    def __init__(
        self,
        *,
        fields: tuple[HeaderField, ...] = (),
        junk: tuple[Junk, ...] = (),
        envelope: str = "",
        end: int = 0,
        body: int = 0,
        ending: str = "empty line",
    ) -> None:
        """Take what was read; nothing of it changes any more."""
        self._fields = fields
        self.names: Mapping[str, Sequence[int]] = _places([item.name for item in fields])
        self.junk = junk
        self.envelope = envelope
        self.end = end
        self.body = body
        self.ending = ending
        self._asked: dict[str, tuple[HeaderField, ...]] = {}

    @property
    def fields(self) -> tuple[HeaderField, ...]:
        """Every field."""
        return self._fields

    def all(self, name: str) -> tuple[HeaderField, ...]:
        """Return every field of this lower-case name, in file order."""
        found = self._asked.get(name)
        if found is None:
            found = self._asked[name] = self._made(self.names.get(name, ()))
        return found

    def _made(self, places: Sequence[int]) -> tuple[HeaderField, ...]:
        """Return the fields at these places among all."""
        return tuple([self._fields[at] for at in places])

    def first(self, name: str) -> str:
        """Return the value of the topmost field of this lower-case name; "" if there is none."""
        found = self._asked.get(name)
        if found is None:
            found = self.all(name)
        return found[0].value if found else ""


class _InOrder(HeaderBlock):
    """A block in which every line is in order: a field is unfolded when somebody asks for it, and most never are."""

    def __init__(self, written: list[bytes], shape: _Shape, opening: _Opening) -> None:
        """``written``: the fields without the line feed at their end."""
        ending = opening.ending
        self.names = shape.places
        self.junk = ()
        self.envelope = opening.envelope
        self.end = opening.end
        self.body = ending.end() if ending else opening.end
        self.ending = "empty line" if ending else "end of file"
        self._asked = {}
        self._written, self._spelled = written, shape.names
        # one line feed for each field before comes to both
        self._starts = [*accumulate(map(len, written), initial=opening.begin)]
        self._lines = [*accumulate([field.count(b"\n") for field in written], initial=opening.line)]

    @cached_property
    def _all(self) -> tuple[HeaderField, ...]:
        return self._made(range(len(self._written)))

    @property
    def fields(self) -> tuple[HeaderField, ...]:
        return self._all

    def _made(self, places: Sequence[int]) -> tuple[HeaderField, ...]:
        found: list[HeaderField] = []
        for at in places:
            raw = self._written[at].partition(b":")[2].strip()
            if b"\n" in raw:  # as ``_unfolded``, where white space is blanks, tabs and ends of lines only
                raw = b" ".join(map(bytes.strip, raw.split(b"\n")))
            value = raw.decode("utf-8", "backslashreplace")
            start, end = self._starts[at] + at, self._starts[at + 1] + at + 1
            end = min(self.end, end)  # what no line feed follows ends with the block
            found.append(tuple.__new__(HeaderField, (self._spelled[at], value, self._lines[at] + at, start, end)))
        return tuple(found)


def read_block(stream: BinaryIO) -> HeaderBlock:
    """Read the header block from the start of a message, with or without an mbox envelope line before it."""
    return _Reader().read(stream)


class _Opening(NamedTuple):
    """Where a block begins and ends, on which line its first field stands, and the envelope line before it."""

    begin: int
    end: int
    line: int
    envelope: str
    ending: re.Match[bytes] | None


def block_of(message: bytes) -> HeaderBlock:
    """Read the header block of a message in memory: at once where every line is in order, else line by line."""
    begin, envelope, line = 0, "", 1
    if message.startswith((b"From ", b">From ")) or COUNT_LINE.match(message):
        begin = message.find(b"\n") + 1
        envelope, line = _text(message[:begin]).strip(), 2
    ending = _END.search(message, begin)
    end = ending.start() + 1 if ending else len(message)
    head = message[begin:end] if end - begin <= LINE_LIMIT else b""
    if head and b"\v" not in head and b"\f" not in head:
        written = _NEXT_FIELD.split(head)
        if not written[-1]:
            written.pop()  # what follows the last line feed
        shape = _shape_of(written)
        if shape is not None:
            return _InOrder(written, shape, _Opening(begin, end, line, envelope, ending))
    return read_block(io.BytesIO(message))


class _Shape(NamedTuple):
    """The names of the fields of a block in their order, as written, and the places of each in lower case."""

    names: tuple[str, ...]
    places: Mapping[str, Sequence[int]]


def _shape_of(written: list[bytes]) -> _Shape | None:
    """Return the shape of a block that holds nothing but fields; ``None`` where any line wants a closer look."""
    if not 0 < len(written) <= FIELD_LIMIT:
        return None
    before = tuple([field[: field.find(b":") + 1] for field in written])
    return _SHAPES.get(before) or _new_shape(before)


_SHAPES: dict[tuple[bytes, ...], _Shape] = {}
"""Shapes that were met: a mailbox has few, one for each program and provider."""


def _new_shape(before: tuple[bytes, ...]) -> _Shape | None:
    if max(map(len, before)) > _NAME_LIMIT:
        return None
    names = tuple(map(_name, before))
    if not all(names):
        return None
    shape = _Shape(names, _places(names))
    if len(names) <= _SHAPE_FIELDS:
        if len(_SHAPES) >= _SHAPES_KEPT:
            _SHAPES.clear()
        _SHAPES[before] = shape
    return shape


def _places(names: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        found.setdefault(name.lower(), []).append(at)
    return found


@lru_cache(maxsize=4_096)
def _name(before: bytes) -> str:
    """Return the name of a field from what stands before its value; "" where that is none."""
    match = _NAME.fullmatch(before)
    return match[1].decode("ascii") if match else ""


def _unfolded(raw: bytes) -> str:
    """Join the lines of a value as found by single spaces."""
    text = raw.decode("utf-8", "backslashreplace").strip(" \t\r\n")
    if "\n" not in text:
        return text
    return " ".join([part.strip(" \t\r") for part in text.split("\n")])


class _Reader:
    def __init__(self) -> None:
        self.fields: list[HeaderField] = []
        self.junk: list[Junk] = []
        self.run: list[tuple[Junk, int]] = []  # lines that are no fields so far, with their offsets
        self.name = ""
        self.parts: list[bytes] = []
        self.line = 0
        self.start = self.stop = 0  # byte offsets of the field that is being read
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
        if number == 1 and raw.startswith((b"From ", b">From ", _OUTLOOK)):
            self.envelope = _text(raw).strip()
            return
        if raw[:1] in b" \t" and self.name:
            self.parts.append(raw)
            self.stop = offset + length
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
        self.start, self.stop = offset, offset + length

    def _close(self) -> None:
        if self.name:
            value = _unfolded(b"".join(self.parts))
            self.fields.append(HeaderField(self.name, value, self.line, self.start, self.stop))
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
