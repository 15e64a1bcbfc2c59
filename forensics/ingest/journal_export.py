r"""The journal export format of systemd: entries of fields, a blank line between entries; bounded in memory.

A field is ``NAME=VALUE`` and a line end, or, where the value holds control characters, ``NAME``, a line end, the length as
64 bits little-endian, the value, a line end. Source: systemd.io/JOURNAL_EXPORT_FORMATS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from forensics.ingest.stream_blocks import read_block

VALUE_LIMIT = 1_048_576
"""Bytes of one value; journald itself keeps 768 KiB of one by default."""
ENTRY_LIMIT = 4 * VALUE_LIMIT
"""Bytes of one entry that are kept."""
_NAME = re.compile(rb"[A-Z_][A-Z0-9_]{0,63}")
_LENGTH = 8


@dataclass(slots=True)
class Entry:
    """One entry: where it stands (``end`` excludes the blank line), its fields, and why it cannot be read ("" if it can).

    A field that stands several times is a list, as in the journal's JSON.
    """

    start: int
    end: int = 0
    fields: dict[str, str | list[str]] = field(default_factory=dict)
    flaw: str = ""

    def add(self, name: bytes, value: bytes) -> None:
        r"""Take a field; bytes that are not UTF-8 stand there as ``\\xNN``."""
        key, text = name.decode("ascii"), value.decode("utf-8", "backslashreplace")
        before = self.fields.get(key)
        several = before if isinstance(before, list) else [before] if before is not None else []
        self.fields[key] = [*several, text] if several else text


class _Bytes:
    """A stream that gives lines and counted bytes, and holds no more than one value and one block."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held = b""
        self._at = 0
        self._before = 0
        self._ended = False
        self.error: Exception | None = None

    @property
    def offset(self) -> int:
        return self._before + self._at

    def _more(self) -> bool:
        if self._ended:
            return False
        block, self.error = read_block(self._stream)
        self._ended = self.error is not None or not block
        self._before += self._at
        self._held, self._at = self._held[self._at :] + block, 0
        return bool(block)

    def line(self) -> bytes | None:
        """Return the next line without its end; ``None`` behind the last. An endless one comes in pieces."""
        while (end := self._held.find(b"\n", self._at)) < 0:
            if len(self._held) - self._at > VALUE_LIMIT or not self._more():
                rest = self._held[self._at :]
                self._at = len(self._held)
                return rest or None
        found, self._at = self._held[self._at : end], end + 1
        return found

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes, fewer at the end of the stream."""
        while len(self._held) - self._at < count and self._more():
            pass
        found = self._held[self._at : self._at + count]
        self._at += len(found)
        return found


def entries(stream: BinaryIO) -> Iterator[Entry]:
    """Yield the entries in order; what stands before a place where the stream breaks is yielded before the error is raised."""
    source = _Bytes(stream)
    entry, size = Entry(start=0), 0
    while (line := source.line()) is not None:
        if not line:
            if entry.fields or entry.flaw:
                yield entry
            entry, size = Entry(start=source.offset), 0
            continue
        name, value, flaw = _field(source, line)
        size += len(line) + len(value)
        entry.flaw = (
            entry.flaw or flaw or ("" if size <= ENTRY_LIMIT else f"an entry of more than {ENTRY_LIMIT:,} bytes")
        )
        entry.end = source.offset
        if not entry.flaw:
            entry.add(name, value)
    if entry.fields or entry.flaw:
        yield entry
    if source.error is not None:
        raise source.error


def _field(source: _Bytes, line: bytes) -> tuple[bytes, bytes, str]:
    """Return the name and value of the field that begins with this line, and why it cannot be read."""
    name, sign, value = line.partition(b"=")
    if not _NAME.fullmatch(name):
        return b"", b"", "no field of the journal"
    if sign:
        return name, value, ""
    counted = source.take(_LENGTH)
    length = int.from_bytes(counted, "little")
    if len(counted) < _LENGTH or length > VALUE_LIMIT:
        return name, b"", f"a value of {length:,} bytes"
    value = source.take(length)
    if len(value) < length or source.take(1) not in (b"\n", b""):
        return name, b"", "a value that is shorter or longer than it says"
    return name, value, ""
