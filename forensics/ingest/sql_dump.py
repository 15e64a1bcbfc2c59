r"""Rows of MySQL and MariaDB dumps, read as a stream: mysqldump, phpMyAdmin, and the backup plugins that write the same.

Dumps hold hostile text (comments, posts, user agents), and text may look like a statement. So nothing is searched: the
file is read from statement to statement, each value by the grammar of MySQL's literals (strings with backslash escapes or
doubled quotes, hexadecimal, numbers, NULL). Values stay bytes until a format asks, because dumps put binary columns into
strings as they are (``'\0\0…ÿÿ…'``). A row that does not parse costs the rest of its statement, not the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1024 * 1024
LIMIT = 32 * 1024 * 1024
"""Bytes of one row, or of one statement's beginning, that are looked at."""
_HEAD = 65_536

_SINGLE = rb"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
_DOUBLE = rb'"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+"'
_NAME = rb"`(?:[^`]|``){1,200}`|[\w$]{1,200}"
_STRING = re.compile(rb"%b|%b" % (_SINGLE, _DOUBLE), re.DOTALL)
_VALUE_TEXT = (
    rb"(?:_[a-z0-9]{2,10}\s*)?(?:%b|%b)|0[xX][0-9A-Fa-f]*+|[xXbB]'[0-9A-Fa-f]*+'|-?[0-9.]++(?:[eE][+-]?[0-9]++)?|"
    rb"[A-Za-z_]\w*+(?:\([^()'\"]*+\))?" % (_SINGLE, _DOUBLE)
)
_VALUE = re.compile(_VALUE_TEXT, re.DOTALL)
_TUPLE = re.compile(rb"\s*+\(\s*+(?:%b)(?:\s*+,\s*+(?:%b))*+\s*+\)" % (_VALUE_TEXT, _VALUE_TEXT), re.DOTALL)
_BETWEEN = re.compile(rb"(?:\s++|--(?=\s)[^\n]*+\n|\#[^\n]*+\n|/\*.*?\*/|;)*+", re.DOTALL)
_REST = re.compile(rb"(?:[^'\"`;]++|%b|%b|`[^`]*+`)*+" % (_SINGLE, _DOUBLE), re.DOTALL)
_OPENING = (b"--", b"/*", b"#!", b"# ", b"#\n", b"##", b"#-", b"#=")
_INSERT = re.compile(
    rb"(?i:insert|replace)\s+(?i:(?:ignore|delayed|low_priority|high_priority)\s+)?(?i:into\s+)?(?:(?:%b)\.)?(%b)\s*"
    rb"(?:\(([^()]*)\)\s*)?(?i:values?)\b" % (_NAME, _NAME)
)
_CREATE = re.compile(
    rb"(?i:create\s+table\s+)(?i:if\s+not\s+exists\s+)?(?:(?:%b)\.)?(%b)\s*\((.*)" % (_NAME, _NAME), re.DOTALL
)
_COLUMN = re.compile(rb"(?:^|[,(])\s*`([^`]+)`\s+[A-Za-z]", re.MULTILINE)
_ESCAPES = {b"0": b"\0", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"}
_ESCAPED = {b"'": re.compile(rb"\\(.)|''", re.DOTALL), b'"': re.compile(rb'\\(.)|""', re.DOTALL)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlRow:
    """One row of an INSERT: the table's name as written, the byte range in the dump, values by column (None: NULL).

    ``raw`` is the row as written, from ``(`` to ``)``.
    """

    table: str
    start: int
    end: int
    values: Mapping[str, bytes | None]
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSkipped:
    """A statement that was passed over; ``reason`` is "" where nobody wanted it."""

    table: str
    start: int
    reason: str = ""
    excerpt: bytes = b""


def sql_rows(stream: BinaryIO, wanted: Callable[[str], bool]) -> Iterator[SqlRow | SqlSkipped]:
    """Yield the rows of the wanted tables in the order of the dump, and what was passed over."""
    window = _Window(stream)
    columns: dict[str, tuple[str, ...]] = {}
    while True:
        window.skip_between()
        if not window.available():
            return
        start = window.offset
        insert = window.match(_INSERT, _HEAD)
        if insert is not None:
            yield from _insert(window, insert, columns, wanted)
            continue
        create = window.match(_CREATE, _HEAD)
        table = _name(create[1]) if create else ""
        if create is not None:
            columns[table] = _columns(create[2][:_HEAD])
        yield _passed(window, table, start)


def _columns(body: bytes) -> tuple[str, ...]:
    """Return the column names of a CREATE TABLE; texts in it (defaults, comments) may look like columns."""
    return tuple(_text(name) for name in _COLUMN.findall(_STRING.sub(b"''", body).split(b";")[0]))


def _passed(window: _Window, table: str, start: int) -> SqlSkipped:
    """Pass over the rest of a statement."""
    excerpt = window.peek(200)
    reason = "" if window.skip_rest() else "a string that is never closed"
    return SqlSkipped(table=table, start=start, reason=reason, excerpt=excerpt)


def _insert(
    window: _Window, insert: re.Match[bytes], columns: Mapping[str, tuple[str, ...]], wanted: Callable[[str], bool]
) -> Iterator[SqlRow | SqlSkipped]:
    table, start = _name(insert[1]), window.offset
    names = tuple(_name(part.strip()) for part in insert[2].split(b",")) if insert[2] else columns.get(table, ())
    window.advance(insert.end() - insert.start())
    if not wanted(table):
        yield _passed(window, table, start)
        return
    while True:
        begin = window.offset
        found = window.match(_TUPLE, LIMIT)
        if found is None:
            yield SqlSkipped(
                table=table, start=begin, reason="a row that is no list of values", excerpt=window.peek(200)
            )
            window.skip_rest()
            return
        values = [_value(item) for item in _VALUE.findall(found[0])]
        window.advance(len(found[0]))
        if len(values) == len(names):
            end = begin + len(found[0])
            begin = end - len(found[0].lstrip())
            cells = dict(zip(names, values, strict=True))
            yield SqlRow(table=table, start=begin, end=end, values=cells, raw=found[0].lstrip())
        else:
            reason = f"{len(values)} values for {len(names)} columns"
            yield SqlSkipped(table=table, start=begin, reason=reason, excerpt=found[0][:200])
        comma = window.match(_COMMA, 1)
        if comma is None:
            window.skip_rest()
            return
        window.advance(len(comma[0]))


_COMMA = re.compile(rb"\s*+,")


def _name(written: bytes) -> str:
    return _text(written.strip(b"`").replace(b"``", b"`"))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def _value(literal: bytes) -> bytes | None:
    """Return what a literal stands for: the bytes of a string or of hexadecimal digits, digits as written, or NULL."""
    if literal.upper() == b"NULL":
        return None
    if literal[:2] in (b"0x", b"0X"):
        return bytes.fromhex(literal[2:].decode().rjust(len(literal) - 2 + len(literal) % 2, "0"))
    quote = min((at for at in (literal.find(b"'"), literal.find(b'"')) if at >= 0), default=-1)
    if quote < 0:
        return literal
    inner = literal[quote + 1 : -1]
    if literal[:1] in b"xX" and quote == 1:
        return bytes.fromhex(inner.decode().rjust(len(inner) + len(inner) % 2, "0"))
    mark = literal[quote : quote + 1]
    return _ESCAPED[mark].sub(_unescaped, inner) if b"\\" in inner or mark in inner else inner


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1] is None:
        return match[0][:1]
    return _ESCAPES.get(match[1], match[1])


class _Window:
    """A growing and sliding view of the stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.data = b""
        self.at = 0
        self.base = 0
        self.ended = False

    @property
    def offset(self) -> int:
        """The position in the dump."""
        return self.base + self.at

    def available(self) -> bool:
        """Whether anything is left."""
        if self.at >= len(self.data) and not self.ended:
            self._fill(CHUNK)
        return self.at < len(self.data)

    def _fill(self, size: int) -> None:
        block = self.stream.read(size)
        self.ended = len(block) < size and not block
        self.data = self.data[self.at :] + block
        self.base += self.at
        self.at = 0

    def peek(self, size: int) -> bytes:
        """Return the next bytes."""
        if len(self.data) - self.at < size and not self.ended:
            self._fill(CHUNK)
        return self.data[self.at : self.at + size]

    def match(self, pattern: re.Pattern[bytes], limit: int) -> re.Match[bytes] | None:
        """Match here, reading on (by doubling) while the match fails or touches the end of what was read."""
        size = CHUNK
        while True:
            if len(self.data) - self.at < min(limit, _HEAD) and not self.ended:
                self._fill(size)
                continue
            found = pattern.match(self.data, self.at)
            inside = found is not None and found.end() < len(self.data)
            enough = limit <= _HEAD or len(self.data) - self.at >= limit
            if inside or self.ended or enough:
                return found
            self._fill(size)
            size *= 2

    def skip_between(self) -> None:
        """Pass over blanks and comments between statements."""
        size = CHUNK
        while self.available():
            found = _BETWEEN.match(self.data, self.at)
            self.at = found.end() if found else self.at
            left = self.data[self.at : self.at + 2]
            is_open = left in _OPENING or len(left) == 1
            if left and (not is_open or self.ended or len(self.data) - self.at > LIMIT):
                return
            self._fill(size)
            size = size * 2 if left else CHUNK

    def skip_rest(self) -> bool:
        """Go on behind the end of this statement, with flat memory; false if a string in it is never closed."""
        size = CHUNK
        while self.available():
            found = _REST.match(self.data, self.at)
            moved = bool(found and found.end() > self.at)
            self.at = found.end() if found else self.at
            left = self.data[self.at : self.at + 1]
            if left == b";":
                self.at += 1
                return True
            if left and (self.ended or len(self.data) - self.at > LIMIT):
                cut = self.data.find(b";\n", self.at)
                self.at = cut + 2 if cut >= 0 else len(self.data)
                return False
            self._fill(size)
            size = CHUNK if moved else size * 2
        return True

    def advance(self, count: int) -> None:
        """Go on by bytes that were matched."""
        self.at += count
