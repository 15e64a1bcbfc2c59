"""The pages of an SQLite database: its header, the tree of a table, and the values of a record.

The file format is documented and stable (sqlite.org, "Database File Format", sections 1.3 to 1.6). It is read here, not by
an SQL engine, for three reasons: nothing that the file brings along is carried out (no view, trigger, virtual table,
expression); the same bytes give the same rows whatever version of SQLite a computer has; and each row has its place in the
file. Every page is visited once and the cells of a page may not be larger than it, so time and memory are bounded by the size of
the file whatever its pointers say. Damage costs the cell or the page it is in.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from forensics.ingest.format import Flaw
from forensics.ingest.sqlite_values import varint

MAGIC = b"SQLite format 3\x00"

_HEADER = 100
_LEAF, _INTERIOR = 0x0D, 0x05
_INDEXES = (0x0A, 0x02)
_ENCODINGS = {0: "utf-8", 1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}
_FRACTIONS = bytes([64, 32, 32])
_SMALLEST, _LEAST_USABLE = 512, 480
_POINTER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One record of a table: where its cell stands in the file, its number (``rowid``), and its bytes."""

    start: int
    end: int
    rowid: int
    record: bytes

    @property
    def place(self) -> str:
        """The bytes of the cell; what is too long for it goes on in other pages."""
        return f"bytes:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the first 100 bytes state. ``pages`` is 0 where a writer of old kept no count."""

    page: int
    usable: int
    encoding: str
    pages: int
    free: int
    ahead: bool


def header_of(data: bytes) -> Header | None:
    """Read the header; ``None`` if these bytes do not begin a database."""
    if len(data) < _HEADER or not data.startswith(MAGIC) or data[21:24] != _FRACTIONS:
        return None
    page = int.from_bytes(data[16:18], "big")
    page = 65_536 if page == 1 else page
    encoding = _ENCODINGS.get(int.from_bytes(data[56:60], "big"))
    usable = page - data[20]
    if page < _SMALLEST or page & (page - 1) or usable < _LEAST_USABLE or encoding is None:
        return None
    counted = data[24:28] == data[92:96]
    return Header(
        page=page,
        usable=usable,
        encoding=encoding,
        pages=int.from_bytes(data[28:32], "big") if counted else 0,
        free=int.from_bytes(data[36:40], "big"),
        ahead=data[18] == 2 or data[19] == 2,  # noqa: PLR2004 - the number of this kind of journal
    )


@dataclass(slots=True, kw_only=True)
class Pages:
    """The pages of one database; ``seen`` are those that were visited, and none is visited again.

    ``broken``: something in a tree, not in a record, could not be read, so that whole pages may not be reached.
    """

    data: bytes
    header: Header
    seen: set[int] = field(default_factory=set)
    broken: bool = False

    def cells(self, root: int, pointer: str) -> Iterator[Cell | Flaw]:
        """Yield the records below a page in their order; ``pointer`` is the place of what points to it."""
        stack: list[Iterator[tuple[int, str] | Flaw]] = [iter([(root, pointer)])]
        while stack:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
            elif isinstance(found, Flaw):
                self.broken = True
                yield found
            elif refusal := self._refusal(found[0]):
                self.broken = True
                yield Flaw(place=found[1], reason=refusal)
            else:
                number = found[0]
                self.seen.add(number)
                kind = self.data[self._start(number) + self._skipped(number)]
                if kind == _INTERIOR:
                    stack.append(self._children(number))
                elif kind == _LEAF:
                    yield from self._records(number)
                else:
                    self.broken = True
                    yield Flaw(place=self._place(number), reason=_no_part(number, kind))

    def lost(self) -> Iterator[Cell | Flaw]:
        """Yield the records of pages that no tree names, but for those that the database keeps as free: they were deleted.

        None where the list of free pages is damaged, too: then nothing tells a lost record from a deleted one.
        """
        free = self._free()
        if free is None:
            return
        for number in range(1, len(self.data) // self.header.page + 1):
            whole = self.data[self._start(number) + self._skipped(number)] == _LEAF
            if whole and number not in free and number not in self.seen:
                self.seen.add(number)
                yield from self._records(number)

    def _free(self) -> set[int] | None:
        """Return the pages that the list of free ones names (section 1.5); ``None`` if it is not as the head states."""
        free: set[int] = set()
        trunk = int.from_bytes(self.data[32:36], "big")
        while trunk:
            if trunk in free or self._refusal(trunk):
                return None
            start = self._start(trunk)
            following, count = struct.unpack(">II", self.data[start : start + 8])
            if count > self.header.usable // _POINTER - 2:
                return None
            free.add(trunk)
            free.update(struct.unpack(f">{count}I", self.data[start + 8 : start + 8 + count * _POINTER]))
            trunk = following
        return free if len(free) == self.header.free else None

    def _start(self, number: int) -> int:
        return (number - 1) * self.header.page

    def _skipped(self, number: int) -> int:
        """The first page begins with the header of the file."""
        return _HEADER if number == 1 else 0

    def _place(self, number: int) -> str:
        start = self._start(number)
        return f"bytes:{start}-{min(start + self.header.page, len(self.data))}"

    def _refusal(self, number: int) -> str:
        if number < 1 or self._start(number) + self.header.usable > len(self.data):
            return f"points to page {number}, which is not in the file"
        return f"points to page {number}, which belongs to something else, too" if number in self.seen else ""

    def _pointers(self, number: int, head: int) -> Iterator[tuple[int, str] | Flaw]:
        """Yield where the cells of a page begin, as distances from its start, each with the place of its pointer."""
        start, skipped = self._start(number), self._skipped(number)
        count = int.from_bytes(self.data[start + skipped + 3 : start + skipped + 5], "big")
        first = skipped + head
        room = (self.header.usable - first) // 2
        if count > room:
            yield Flaw(place=self._place(number), reason=f"page {number} states {count} records: more than it can hold")
        met: set[int] = set()
        for at in range(start + first, start + first + 2 * min(count, room), 2):
            cell = int.from_bytes(self.data[at : at + 2], "big")
            place = f"bytes:{at}-{at + 2}"
            if not first + 2 * min(count, room) <= cell < self.header.usable or cell in met:
                why = "twice to one record" if cell in met else "to no record of its page"
                yield Flaw(place=place, reason=f"points {why}")
                continue
            met.add(cell)
            yield cell, place

    def _children(self, number: int) -> Iterator[tuple[int, str] | Flaw]:
        start, skipped = self._start(number), self._skipped(number)
        for found in self._pointers(number, 12):
            if isinstance(found, Flaw):
                yield found
            elif found[0] + _POINTER > self.header.usable:
                yield Flaw(place=found[1], reason="points to no record of its page")
            else:
                yield self._pointed(start + found[0])
        yield self._pointed(start + skipped + 8)

    def _pointed(self, at: int) -> tuple[int, str]:
        return int.from_bytes(self.data[at : at + _POINTER], "big"), f"bytes:{at}-{at + _POINTER}"

    def _records(self, number: int) -> Iterator[Cell | Flaw]:
        start = self._start(number)
        left = 2 * self.header.page
        for found in self._pointers(number, 8):
            if isinstance(found, Flaw):
                yield found
                continue
            read = self._record(start, start + found[0])
            left -= read.end - read.start if isinstance(read, Cell) else 0
            if left < 0:
                yield Flaw(place=self._place(number), reason=f"records of page {number} overlap: the rest is not read")
                return
            yield read

    def _record(self, start: int, at: int) -> Cell | Flaw:
        limit = start + self.header.usable
        length, after = varint(self.data, at, limit)
        rowid, body = varint(self.data, after, limit)
        if body > limit or length > len(self.data):
            return Flaw(place=f"bytes:{at}-{limit}", reason="a record that is longer than the file")
        local = _local(length, self.header.usable)
        end = body + local + (_POINTER if local < length else 0)
        if end > limit:
            return Flaw(place=f"bytes:{at}-{limit}", reason="a record that goes beyond its page")
        record = self.data[body : body + local]
        if local < length:
            rest = self._overflow(int.from_bytes(self.data[end - _POINTER : end], "big"), length - local)
            if isinstance(rest, str):
                return Flaw(
                    place=f"bytes:{at}-{end}", reason=rest, excerpt=record[:200].decode("utf-8", "backslashreplace")
                )
            record += rest
        return Cell(start=at, end=end, rowid=rowid - (1 << 64) if rowid >> 63 else rowid, record=record)

    def _overflow(self, number: int, length: int) -> bytes | str:
        """Return what stands in the pages that continue a record, or why it cannot be read."""
        parts: list[bytes] = []
        while length > 0:
            if refusal := self._refusal(number):
                return f"its continuation {refusal}"
            self.seen.add(number)
            start = self._start(number)
            parts.append(self.data[start + _POINTER : start + min(self.header.usable, _POINTER + length)])
            length -= len(parts[-1])
            number = int.from_bytes(self.data[start : start + _POINTER], "big")
        return b"".join(parts)


def _no_part(number: int, kind: int) -> str:
    what = (
        "of an index or of a table without row numbers, which is not read" if kind in _INDEXES else "no part of a table"
    )
    return f"page {number} is {what}"


def _local(length: int, usable: int) -> int:
    """How many bytes of a record stand in its leaf (section 1.6, "cell payload overflow pages")."""
    if length <= usable - 35:
        return length
    least = (usable - 12) * 32 // 255 - 23
    more = least + (length - least) % (usable - 4)
    return more if more <= usable - 35 else least
