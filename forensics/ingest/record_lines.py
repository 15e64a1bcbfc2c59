"""Records of a JSON list known by their bytes, before they are decoded.

Exports write one name to a line, and of a hundred records ninety differ from an earlier one in their own values only
(``alike_records``). So a stretch of a list is cut into records at the lines between them, and each record into its own
values and what stands around them. Where that is byte by byte what stands in a record that was decoded, and the own
values are spelled plainly, the record is JSON, too, and says the same but for them. Where own values stand is learned
from a record of so many lines: a guess that each record must confirm by all its other bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import msgspec
import numpy as np
import pyarrow.compute as pc

from forensics.ingest.alike_records import SPELLED, SPELLINGS
from forensics.ingest.text_cells import Cells, array_of, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from forensics.ingest.alike_records import Own
    from forensics.ingest.byte_windows import Flags, Ints

MOST_SPELLINGS = 16_384
"""Spellings of records that are remembered."""

_GUESSES = 3
"""Records from which it is tried to learn where own values stand."""

_START = re.compile(rb"\s*?(?:\n([ \t]*))?\{\n")
_LINE = re.compile(rb'\s*(?:"((?:[^"\\]|\\.)*)": )?(.*?),?', re.DOTALL)
_LF = 10
_UNKNOWN = -1
NONE = -1
"""No such value."""


class _At(NamedTuple):
    """Where an own value stands: on which line of the record, behind how many bytes of it, before how many."""

    line: int
    before: int
    behind: int
    what: str


class _Written(NamedTuple):
    """Own values of one kind: the records that have one, and how they are written."""

    rows: Ints
    texts: pa.StringArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Records(Sequence[Any]):
    """Records that are known to be strict JSON, decoded when they are asked for.

    ``spelling`` numbers, for every record, what stands around its own values among ``keys``; -1 where it is known as a
    whole only. ``cell`` says, by what own values are, in which of the ``cells`` each record has its own, and ``plain`` for
    which records all of them are spelled as those of their kind are. ``all``: no record stands behind them that could be
    told apart but is no JSON.
    """

    data: bytes
    start: Sequence[int]
    end: Sequence[int]
    spelling: Ints
    keys: Sequence[bytes]
    cells: Cells
    cell: Mapping[str, Ints]
    plain: Flags
    written: Mapping[str, _Written]
    all: bool

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.start)

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        """Decode a record."""
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        return msgspec.json.decode(self.data[self.start[at] : self.end[at]])

    def texts(self, what: str, rows: Ints) -> pa.StringArray:
        """Return the own values of this kind of some records, in order, each of which has one."""
        known = self.written[what]
        if len(known.rows) == len(rows):
            return known.texts
        return self.cells.array().take(array_of(self.cell[what][rows]))

    def own(self, at: int) -> dict[str, str]:
        """Return the own values of a record as they are written; none if not all of them are spelled plainly."""
        if not self.plain[at]:
            return {}
        cells = {what: int(cell[at]) for what, cell in self.cell.items() if cell[at] != NONE}
        spans = self.cells.spans
        return {what: self.data[spans[cell] : spans[cell + 1]].decode() for what, cell in cells.items()}


@dataclass(slots=True)
class RecordLines:
    """What is known of the records of one file.

    ``own`` names the own values of a record (``AlikeRecords``), ``fits`` says whether a value is nested no deeper than may be.
    """

    own: Callable[[Mapping[str, Any]], tuple[Own, ...]]
    fits: Callable[[Any], bool]
    _layouts: dict[int, tuple[_At, ...]] = field(default_factory=dict)
    _known: dict[bytes, bytes] = field(default_factory=dict)  # spelling -> lengths of its pieces

    def cut(self, data: bytes, begin: int = 0) -> Records | None:
        """Return the records of a list behind ``begin`` (its bracket or a comma), as far as they are told apart and are JSON.

        ``None`` if there is none, or if nearly each is spelled in a way of its own.
        """
        breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == _LF)
        bounds = _bounds(data, begin, breaks)
        if bounds is None:
            return None
        start, end = bounds
        first = np.searchsorted(breaks, start)
        lines = np.searchsorted(breaks, end) - first
        layouts = {
            count: self._layout(data, start, end, np.flatnonzero(lines == count)) for count in set(lines.tolist())
        }
        most = max(map(len, layouts.values()))
        spans = np.repeat(end[:, None], 2 * most + 2, axis=1)
        spans[:, 0] = start
        for count, layout in layouts.items():
            rows = np.flatnonzero(lines == count)
            for nth, at in enumerate(layout):
                line = first[rows] + at.line
                opened = breaks[line - 1] + 1 + at.before
                spans[rows, 1 + 2 * nth] = opened
                spans[rows, 2 + 2 * nth] = np.maximum(breaks[line] - at.behind, opened)
        if (np.diff(spans, axis=1) < 0).any():
            return None
        cells = Cells(data, spans)
        cell = {what: np.full(len(spans), NONE) for what in SPELLED}
        for count, layout in layouts.items():
            rows = np.flatnonzero(lines == count)
            for nth, at in enumerate(layout):
                cell[at.what][rows] = rows * spans.shape[1] + 1 + 2 * nth
        return self._told(data, spans, cells, cell)

    def _told(self, data: bytes, spans: Ints, cells: Cells, cell: dict[str, Ints]) -> Records | None:
        """Number the spellings, and see that each is that of a record."""
        width = spans.shape[1]
        base = np.arange(len(spans))[:, None] * width
        array = cells.array()
        spelled = joined(array, base + np.arange(0, width - 1, 2)).dictionary_encode()
        spelling = spelled.indices.to_numpy().astype(np.int64)
        keys: list[bytes] = spelled.dictionary.cast("binary").to_pylist()
        if len(keys) * 2 > len(spans):
            return None
        written = {what: _Written(rows, array.take(array_of(cell[what][rows]))) for what, rows in _present(cell)}
        plain = _plain(written, len(spans))
        spelling[~plain] = _UNKNOWN
        lengths = np.ascontiguousarray(spans[:, 1::2] - spans[:, ::2])
        self._separate_shifted(spelling, keys, lengths)
        whole = len(spans)
        for at in _first_and_unknown(spelling):
            number = int(spelling[at])
            known = number != _UNKNOWN and keys[number] in self._known
            if not known and not self._is_record(data[spans[at, 0] : spans[at, -1]]):
                whole = at
                break
            if number != _UNKNOWN:
                self._known[keys[number]] = lengths[at].tobytes()
        if not whole:
            return None
        return Records(
            data=data,
            start=spans[:whole, 0].tolist(),
            end=spans[:whole, -1].tolist(),
            spelling=spelling[:whole],
            keys=keys,
            cells=cells,
            cell={what: numbers[:whole] for what, numbers in cell.items()},
            plain=plain[:whole],
            written=written,
            all=whole == len(spans),
        )

    def _separate_shifted(self, spelling: Ints, keys: Sequence[bytes], lengths: Ints) -> None:
        """Take those for unknown whose bytes are those of a spelling, but cut in other places."""
        if len(self._known) >= MOST_SPELLINGS:
            self._known.clear()
        first = _firsts(spelling, len(keys))
        for number, key in enumerate(keys):
            if key in self._known:
                lengths_of_it = np.frombuffer(self._known[key], np.int64)
                if len(lengths_of_it) != lengths.shape[1] or (lengths[first[number]] != lengths_of_it).any():
                    spelling[spelling == number] = _UNKNOWN
        shifted = (spelling != _UNKNOWN) & (lengths != lengths[first[spelling]]).any(axis=1)
        spelling[shifted] = _UNKNOWN

    def _is_record(self, data: bytes) -> bool:
        value = _decoded(data)
        return type(value) is dict and self.fits(value)

    def _layout(self, data: bytes, start: Ints, end: Ints, rows: Ints) -> tuple[_At, ...]:
        """Return where own values stand in records of so many lines; empty if that is not known."""
        count = data.count(b"\n", int(start[rows[0]]), int(end[rows[0]]))
        known = self._layouts.get(count, ())
        for row in () if known else rows[:_GUESSES].tolist():
            record = data[start[row] : end[row]]
            value = _decoded(record)
            known = _places(record, self.own(value)) if type(value) is dict else ()
            if known:
                self._layouts[count] = known
                break
        return known


def _decoded(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _bounds(data: bytes, begin: int, breaks: Ints) -> tuple[Ints, Ints] | None:
    """Return where records begin and end that stand on lines of their own, up to the last that a comma follows."""
    found = _START.match(data, begin)
    if found is None:
        return None
    indent = found[1] or b""
    between = b"\n%b},\n%b{\n" % (indent, indent)
    last = data.rfind(b"\n%b}," % indent)
    if last < found.end() - 1:
        return None
    at = breaks[slice(*np.searchsorted(breaks, [found.end() - 1, last - len(between) + 2]))]
    raw = np.frombuffer(data, np.uint8)
    for i in sorted(range(1, len(between)), key=lambda i: i <= len(indent)):  # brackets are rarer than indents
        at = at[raw[at + i] == between[i]]
    start = np.append(found.end() - 2, at + len(between) - 2)
    end = np.append(at, last) + 2 + len(indent)
    return start, end


def _firsts(spelling: Ints, count: int) -> Ints:
    """Return the first record of every spelling."""
    first = np.zeros(count, np.int64)
    rows = np.flatnonzero(spelling != _UNKNOWN)[::-1]
    first[spelling[rows]] = rows
    return first


def _first_and_unknown(spelling: Ints) -> list[int]:
    """Return the first record of every spelling and all that have none, in order."""
    present = np.unique(spelling[spelling != _UNKNOWN])
    first = _firsts(spelling, int(spelling.max(initial=0)) + 1)[present]
    wanted: list[int] = np.sort(np.append(first, np.flatnonzero(spelling == _UNKNOWN))).tolist()
    return wanted


def _places(record: bytes, owns: tuple[Own, ...]) -> tuple[_At, ...]:
    """Find the lines on which own values stand; empty if any is not found."""
    wanted = {own.path: own.what for own in owns}
    path: list[str] = []
    found: list[_At] = []
    for number, line in enumerate(record.split(b"\n")):
        match = _LINE.fullmatch(line)
        if match is None:
            return ()
        name, value = match[1], match[2]
        here = "" if name is None else _decoded(b'"%b"' % name)
        if value in {b"{", b"["}:
            path.append(here)
        elif value in {b"}", b"]"}:
            path = path[:-1]
        elif (what := wanted.get((*path[1:], here))) is not None:
            quoted = value[:1] == b'"'
            found.append(_At(number, match.start(2) + quoted, len(line) - match.end(2) + quoted, what))
    return tuple(found) if sorted(at.what for at in found) == sorted(wanted.values()) else ()


def _present(cell: Mapping[str, Ints]) -> list[tuple[str, Ints]]:
    """Return the kinds of own values that any record has, and those that have one."""
    return [(what, rows) for what, numbers in cell.items() if len(rows := np.flatnonzero(numbers != NONE))]


def _plain(written: Mapping[str, _Written], count: int) -> Flags:
    """Whether records have own values, and all of them are spelled as those of their kind are."""
    some, odd = np.zeros((2, count), np.bool_)
    for what, (rows, texts) in written.items():
        some[rows] = True
        odd[rows] |= ~_spelled(what, texts)
    return some & ~odd


def _spelled(what: str, texts: pa.StringArray) -> Flags:
    """Whether texts are spelled as values of this kind are; they need not be UTF-8."""
    if what not in SPELLINGS:
        found = pc.match_substring_regex(texts.cast("binary"), rf"\A(?:{SPELLED[what].pattern})\z")
        return np.asarray(found.to_numpy(zero_copy_only=False))
    first, others = _letters(SPELLINGS[what].first), _letters(SPELLINGS[what].others)
    starts = np.frombuffer(texts.buffers()[1], np.int32)[: len(texts) + 1]
    letters = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[: starts[-1]]
    length = np.diff(starts)
    good = (length >= SPELLINGS[what].least) & (length <= SPELLINGS[what].most)
    good[np.searchsorted(starts, np.flatnonzero(~others[letters]), side="right") - 1] = False
    good[good] = first[letters[starts[:-1][good]]]
    return np.asarray(good)


@lru_cache
def _letters(kind: str) -> Flags:
    """Return which bytes are of a class of letters."""
    one = re.compile(f"[{kind}]")
    return np.array([one.fullmatch(chr(byte)) is not None for byte in range(256)])
