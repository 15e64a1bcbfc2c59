"""CSV rows of hostile exports: header by name, embedded newlines, and no good row lost to a bad neighbour.

Library readers let one unclosed quote swallow everything up to the next quote or to the end of the file. Here a record
may span many lines only while none of them looks like a record of its own, and only if its quotes close and it has as
many cells as the header; otherwise its first line alone is refused and reading resumes at the next line. Cells are
split by the standard library's ``csv`` in strict mode.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from forensics.ingest.alike import Alike
from forensics.ingest.alike_lines import KnownLines
from forensics.ingest.evidence import DAMAGE, Evidence
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.line_block import LineBlock
from forensics.ingest.text_lines import LINE_LIMIT, Long, pieces

MAX_RECORD_LINES = 50
"""Lines that a quoted record may span whatever they look like (see ``_Source.record`` for more)."""

MAX_OPEN_CELLS = 16
"""Cells of one record that may span lines."""

DELIMITERS = (",", ";", "\t")
"""What stands between cells: a comma, or what programs of other languages write in its place."""

_HEADER_WITHIN = 20


def csv_rows(
    evidence: Evidence,
    is_header: Callable[[tuple[str, ...]], bool],
    *,
    section: str = "",
    delimiter: str = ",",
    spare: int = 0,
) -> CsvRows:
    """Yield one ``Row`` per record, fields by header name, place ``line:N`` (the record's first line).

    ``is_header`` recognises the header cells (stripped); lines before it are ``Unused`` preamble, the header itself
    and empty lines are no rows. A repeated header, known by a name it shares with the first, is ``Unused``. A record
    with more or fewer cells than the header is a ``Flaw``: a shifted column would put a true value under a wrong name.
    ``spare`` is the number of last columns whose cells a provider is known to leave out; an empty ``delimiter`` (no line
    is the header by any) is a comma.
    """
    return CsvRows(evidence, is_header, section, delimiter, spare)


def delimiter_of(evidence: Evidence, is_header: Callable[[tuple[str, ...]], bool]) -> str:
    """Return the delimiter by which one of the first lines is the header; "" if by none.

    Excel in many countries, and ``Export-Csv -UseCulture``, write semicolons.
    """
    if evidence.is_json:  # most members of some exports are, and no table is
        return ""
    return next((delimiter for delimiter, cells in _first_cells(evidence.text_head) if is_header(cells)), "")


@lru_cache(maxsize=2)  # many formats ask the same of a member
def _first_cells(head: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the cells of the first lines by each delimiter; alike lines once."""
    lines = [line.strip("\r") for line in head.split("\n", _HEADER_WITHIN)[:_HEADER_WITHIN]]
    cut = ((sign, _split(line, sign)[0] if sign in line else []) for sign in DELIMITERS for line in lines)
    return tuple(dict.fromkeys((sign, tuple(cell.strip() for cell in cells)) for sign, cells in cut))


class CsvRows(Iterator["Row | Flaw | Unused"]):
    """The records of a file, one by one; ``tabled`` tells of the lines among which they stand."""

    def __init__(
        self,
        evidence: Evidence,
        is_header: Callable[[tuple[str, ...]], bool],
        section: str = "",
        delimiter: str = ",",
        spare: int = 0,
    ) -> None:
        """Nothing is read before the first record is asked for."""
        self._evidence = evidence
        self._is_header = is_header
        self._section = section
        self._spare = spare
        self._header: tuple[str, ...] | None = None
        self._known = frozenset[str]()
        self._alike: Alike | None = None
        self.known: KnownLines | None = None
        self._delimiter = delimiter or ","
        self._source = _Source(evidence, self._delimiter)
        self._rows = self._each()

    def __next__(self) -> Row | Flaw | Unused:
        """Return what the next record is."""
        return next(self._rows)

    def tabled(self, alike: Alike) -> CsvRows:
        """Return the same records as a ``line_caster.Table`` whose rows are alike but for some columns."""
        self._alike = alike
        return self

    def more(self) -> bool:
        """Whether there is any line left; raises what broke the stream after its last."""
        return self._source.more()

    @property
    def number(self) -> int:
        """How many lines are done with."""
        return self._source.number

    def here(self) -> tuple[LineBlock, int, int] | None:
        """Return the lines among which the next record stands, its place there, and the number of the first of them."""
        return self._source.here()

    def skip(self, lines: int) -> None:
        """Take lines that were looked at."""
        self._source.skip(lines)

    def record(self) -> Sequence[Row | Flaw | Unused]:
        """Take the next record, however many lines it spans."""
        return [*self._next()]

    def row(self, text: str, number: int, header: tuple[str, ...]) -> Row:
        """Return a line that is known to be a record under a header."""
        return self._row(number, header, _split(text, self._delimiter)[0])

    def _memory(self, header: tuple[str, ...]) -> KnownLines | None:
        """Return an empty memory for the lines under a header; nothing that another header ruled holds for them."""
        places = self._alike.places(header) if self._alike else None
        return KnownLines(header, self._delimiter, places) if places else None

    def _each(self) -> Iterator[Row | Flaw | Unused]:
        while self._source.more():
            yield from self._next()

    def _next(self) -> Iterator[Row | Flaw | Unused]:
        """Read one record, however many lines it spans."""
        found = self._source.record(0 if self._header is None else len(self._header), self._spare)
        if found is not None:
            yield from self._judged(*found)

    def _judged(self, number: int, cells: Sequence[str], reason: str, excerpt: str) -> Iterator[Row | Flaw | Unused]:
        stripped = tuple(cell.strip() for cell in cells)
        header = self._header
        if reason:
            yield Flaw(place=f"line:{number}", reason=reason, excerpt=excerpt)
        elif not any(stripped):
            return
        elif (header is None or not self._known.isdisjoint(stripped)) and self._is_header(stripped):
            if header is not None:
                yield Unused(rule="repeated header line")
            self._header, self._known = _distinct(stripped), frozenset(stripped) - {""}
            self.known = self._memory(self._header)
        elif header is None:
            yield Unused(rule="preamble before the header line")
        elif not len(header) - self._spare <= len(cells) <= len(header):
            reason = f"{len(cells)} cells under a header of {len(header)}"
            yield Flaw(place=f"line:{number}", reason=reason, excerpt=excerpt)
        else:
            yield self._row(number, header, cells)

    def _row(self, number: int, header: tuple[str, ...], cells: Sequence[str]) -> Row:
        found = dict(zip(header, cells, strict=False))  # spare cells may be missing
        return Row(evidence=self._evidence, place=f"line:{number}", section=self._section, fields=found)


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Number repeated column names (``IP``, ``IP#2``), so that no cell overwrites another."""
    seen: dict[str, int] = {}
    numbered = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        numbered.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(numbered)


class _Source:
    """The lines of a file with as many read ahead as are needed; ``number`` counts those that are done with."""

    def __init__(self, evidence: Evidence, delimiter: str) -> None:
        csv.field_size_limit(LINE_LIMIT * 2)
        self._delimiter = delimiter
        self.number = 0
        self._pieces = pieces(evidence)
        self._held: list[LineBlock | Long] = []
        self._piece = self._at = 0  # where the next line stands: in which of those that are held, and where in it
        self._broken: Exception | None = None

    def more(self) -> bool:
        """Return whether there is any line left; what lies before it is forgotten. Raises what broke the stream."""
        if self._found():
            return True
        if self._broken is not None:
            raise self._broken
        return False

    def here(self) -> tuple[LineBlock, int, int] | None:
        """Return the block of the next line, where in it that stands, and the number of the block's first line."""
        piece = self._held[self._piece] if self._piece < len(self._held) else None
        return (piece, self._at, self.number - self._at + 1) if isinstance(piece, LineBlock) else None

    def skip(self, lines: int) -> None:
        """Take lines of the block."""
        self._at += lines
        self.number += lines

    def _found(self) -> bool:
        """Read ahead until the next line is there."""
        while True:
            if self._piece == len(self._held):
                piece = self._read()
                if piece is None:
                    return False
                self._held.append(LineBlock(piece, self._delimiter) if isinstance(piece, bytes) else piece)
            here = self._held[self._piece]
            if self._at < (len(here) if isinstance(here, LineBlock) else 1):
                return True
            self._piece, self._at = self._piece + 1, 0

    def _read(self) -> bytes | Long | None:
        """Return the next piece; a stream that breaks ends here, and tells so when all before it is done with."""
        try:
            return next(self._pieces, None)
        except DAMAGE as error:
            self._broken = error
            return None

    def _take(self) -> str | Long | None:
        if not self._found():
            return None
        here, at = self._held[self._piece], self._at
        self._at += 1
        self.number += 1
        return here.line(at) if isinstance(here, LineBlock) else here

    def record(self, width: int, spare: int) -> tuple[int, list[str], str, str] | None:
        """Take one record: first line number, cells, reason of refusal or "", excerpt.

        ``width`` is the number of cells of the header, 0 before it is known. Lines that were taken for a record that is
        none after all are given back: each may be a good record of its own.
        """
        self._held, self._piece = self._held[self._piece :], 0
        line = self._take()
        number, behind = self.number, (self._piece, self._at)
        if line is None:
            return None
        if isinstance(line, Long):
            return number, [], f"line of {line.length:,} characters", line.text[:200]
        cells, reason = _split(line, self._delimiter)
        if reason != _OPEN:
            return number, cells, reason, line[:200]
        cells, reason = self._spanning(line, width)
        if reason or (width and not width - spare <= len(cells) <= width):
            (self._piece, self._at), self.number = behind, number
            reason = reason or _OPEN
        return number, cells, reason, line[:200]

    def _spanning(self, line: str, width: int) -> tuple[list[str], str]:
        """Take the lines that a record with an open cell goes on for; each is looked at once, whatever their number."""
        cells, parts = _opened(line, self._delimiter)
        size = opened = taken = 0
        while size < LINE_LIMIT and opened < MAX_OPEN_CELLS:
            following = self._take()
            if following is None:
                break
            taken += 1
            if isinstance(following, Long):
                break
            if taken > MAX_RECORD_LINES and _alike(following, self._delimiter, width):
                break
            size += len(following)
            closing = _CLOSING.search(following) if '"' in following else None
            if closing is None:
                parts.append(following.replace('""', '"'))
                continue
            parts.append(following[: closing.end() - 1].replace('""', '"'))
            cells.append("\n".join(parts))
            rest = following[closing.end() :]
            if not rest:
                return cells, ""
            if not rest.startswith(self._delimiter):
                return [], "not CSV: text behind the end of a quoted cell"
            others, reason = _split(rest[1:], self._delimiter) if rest[1:] else ([""], "")
            if reason != _OPEN:
                return [*cells, *others], reason
            others, parts = _opened(rest[1:], self._delimiter)
            cells, opened = [*cells, *others], opened + 1
        return [], _OPEN


_CLOSING = re.compile(r'(?<!")(?:"")*"(?!")')
"""An odd number of quotes ends a quoted cell; pairs stand for quotes inside it."""


def _alike(line: str, delimiter: str, width: int) -> bool:
    """Whether a line looks like a record of its own: an unclosed quote must not swallow a whole file of such lines."""
    return not width or ('"' not in line and line.count(delimiter) == width - 1)


def _opened(text: str, delimiter: str) -> tuple[list[str], list[str]]:
    """Split a text whose last cell is open: the complete cells, and the beginning of the last."""
    cells = next(csv.reader([text], delimiter=delimiter))
    return cells[:-1], [cells[-1]]


_OPEN = "a quoted cell is not closed"


def _split(text: str, delimiter: str) -> tuple[list[str], str]:
    """Split one record; the reason is "" when it is complete."""
    if '"' not in text:
        return text.split(delimiter), ""
    try:
        rows = list(csv.reader([text + "\n"], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return [], _OPEN if "end of data" in str(error) else f"not CSV: {error}"
    return (rows[0] if rows else []), ""
