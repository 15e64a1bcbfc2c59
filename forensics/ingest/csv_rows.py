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
from contextlib import suppress
from itertools import takewhile

from forensics.ingest.alike import Alike, Block
from forensics.ingest.alike_lines import KnownLines, Lines
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.text_lines import LINE_LIMIT, Long, chunks

MAX_RECORD_LINES = 50
"""Lines that a quoted record may span whatever they look like (see ``_Source.record`` for more)."""

MAX_OPEN_CELLS = 16
"""Cells of one record that may span lines."""

DELIMITERS = (",", ";", "\t")
"""What stands between cells: a comma, or what programs of other languages write in its place."""

_HEADER_WITHIN = 20

BLOCK_LINES = 4_096
"""Lines that are looked at together."""


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
    lines = [line.strip("\r") for line in evidence.text_head.split("\n", _HEADER_WITHIN)[:_HEADER_WITHIN]]
    for delimiter in DELIMITERS:
        for line in lines:
            cells = _split(line, delimiter)[0] if delimiter in line else []
            if is_header(tuple(cell.strip() for cell in cells)):
                return delimiter
    return ""


class CsvRows(Iterator["Row | Flaw | Unused"]):
    """The records of a file, one by one; or, by ``blocks``, many plain ones at once, with the others between them."""

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
        self.known_lines: KnownLines | None = None
        self._looked: Lines | None = None
        self._delimiter = delimiter or ","
        self._source = _Source(evidence, self._delimiter)
        self._rows = self._each()

    def __next__(self) -> Row | Flaw | Unused:
        """Return what the next record is."""
        return next(self._rows)

    def blocks(self, alike: Alike) -> Iterator[Block | Lines | Row | Flaw | Unused]:
        """Yield the same records in the same order, consecutive plain ones together."""
        self._alike = alike
        while self._source.fill(BLOCK_LINES):
            header = self._header
            if header is not None:
                found = self._looked_at(header)
                yield from self._lines(found) if found else self._block(header)
            yield from self._next()

    def _looked_at(self, header: tuple[str, ...]) -> Lines | None:
        """Return the next lines with what is known of them, looking at each once."""
        first, before = self._source.number + 1, self._looked
        if before is not None and before.header is header and before.first <= first < before.first + len(before):
            return before.part(first - before.first, len(before), {})
        known = self.known_lines
        self._looked = known.look(first, header, self._source.texts(BLOCK_LINES)) if known else None
        return self._looked

    def _memory(self, header: tuple[str, ...]) -> KnownLines | None:
        """Return an empty memory for the lines under a header; nothing that another header ruled holds for them."""
        places = self._alike.places(header) if self._alike else None
        return KnownLines(header, self._delimiter, places) if places else None

    def row(self, block: Block | Lines, index: int) -> Row:
        """Return one record of a block as the row that it is."""
        if isinstance(block, Block):
            return self._row(block.first + index, block.header, block.records[index])
        cells = block.cells[index] if index in block.cells else _split(block.texts[index], self._delimiter)[0]
        return self._row(block.first + index, block.header, cells)

    def _lines(self, found: Lines) -> Iterator[Lines]:
        """Take lines up to the first that is neither known nor a record like others (``_next`` reads that one)."""
        cells: dict[int, Sequence[str]] = {}
        end = len(found)
        for at in [at for at, event in enumerate(found.events) if event is None]:
            record, reason = _split(found.texts[at], self._delimiter)
            stripped = [*map(str.strip, record)]
            if reason or len(record) != len(found.header) or not any(stripped) or not self._known.isdisjoint(stripped):
                end = at
                break
            cells[at] = record
        self._source.skip(end)
        if end:
            yield found.part(0, end, cells)

    def _block(self, header: tuple[str, ...]) -> Iterator[Block | Row | Flaw | Unused]:
        """Take the records that span one line each, up to the first that does not (``_next`` reads that one)."""
        first = self._source.number + 1
        texts, records = self._source.plain(BLOCK_LINES)
        width, start = len(header), 0
        columns = zip(*(record for record in records if len(record) == width), strict=True)
        told = any(not self._known.isdisjoint(map(str.strip, set(column))) for column in columns)
        apart: Sequence[int] = range(len(records))
        if not told:
            apart = [at for at, record in enumerate(records) if len(record) != width or _is_blank(record)]
        for index in apart:
            if index > start:
                yield Block(first=first + start, header=header, records=records[start:index], texts=texts[start:index])
            start = index + 1
            yield from self._judged(first + index, records[index], "", texts[index][:200])
        if len(records) > start:
            yield Block(first=first + start, header=header, records=records[start:], texts=texts[start : len(records)])

    def _each(self) -> Iterator[Row | Flaw | Unused]:
        while self._source.fill(1):
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
            self.known_lines = self._memory(self._header)
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


def _is_blank(record: Sequence[str]) -> bool:
    return not record[0].strip() and not any(map(str.strip, record))


class _Source:
    """The lines of a file with as many read ahead as are needed; ``number`` counts those that are done with."""

    def __init__(self, evidence: Evidence, delimiter: str) -> None:
        csv.field_size_limit(LINE_LIMIT * 2)
        self._delimiter = delimiter
        self.number = 0
        self._chunks = chunks(evidence)
        self._ahead: list[str | Long] = []
        self._at = 0

    def fill(self, wanted: int) -> bool:
        """Read ahead; return whether there is any line left."""
        while len(self._ahead) - self._at < wanted:
            found = next(self._chunks, None)
            if found is None:
                break
            self._ahead = self._ahead[self._at :] + found
            self._at = 0
        return self._at < len(self._ahead)

    def texts(self, most: int) -> list[str]:
        """Return the next lines without taking them, as far as they are of ordinary length."""
        ahead = self._ahead[self._at : self._at + most]
        return [*takewhile(lambda line: type(line) is str, ahead)]  # type: ignore[list-item] # texts only

    def skip(self, lines: int) -> None:
        """Take lines that were looked at."""
        self._at += lines
        self.number += lines

    def plain(self, most: int) -> tuple[list[str], list[list[str]]]:
        """Take the next lines and their records, as long as each is one line, as ``_split`` would split each by itself."""
        texts = self.texts(most)
        records: list[list[str]] = []
        reader = csv.reader(texts, delimiter=self._delimiter, strict=True)
        with suppress(csv.Error):
            for record in reader:
                if reader.line_num != len(records) + 1:
                    break
                records.append(record)
        self.skip(len(records))
        return texts, records

    def _take(self) -> str | Long | None:
        if not self.fill(1):
            return None
        self._at += 1
        self.number += 1
        return self._ahead[self._at - 1]

    def record(self, width: int, spare: int) -> tuple[int, list[str], str, str] | None:
        """Take one record: first line number, cells, reason of refusal or "", excerpt.

        ``width`` is the number of cells of the header, 0 before it is known. Lines that were taken for a record that is
        none after all are given back: each may be a good record of its own.
        """
        line = self._take()
        number = self.number
        if line is None:
            return None
        if isinstance(line, Long):
            return number, [], f"line of {line.length:,} characters", line.text[:200]
        cells, reason = _split(line, self._delimiter)
        if reason != _OPEN:
            return number, cells, reason, line[:200]
        taken: list[str | Long] = []
        cells, reason = self._spanning(line, width, taken)
        if reason or (width and not width - spare <= len(cells) <= width):
            self._ahead[: self._at] = taken
            self._at = 0
            self.number -= len(taken)
            reason = reason or _OPEN
        return number, cells, reason, line[:200]

    def _spanning(self, line: str, width: int, taken: list[str | Long]) -> tuple[list[str], str]:
        """Take the lines that a record with an open cell goes on for; each is looked at once, whatever their number."""
        cells, parts = _opened(line, self._delimiter)
        size = opened = 0
        while size < LINE_LIMIT and opened < MAX_OPEN_CELLS:
            following = self._take()
            if following is None:
                break
            taken.append(following)
            if isinstance(following, Long):
                break
            if len(taken) > MAX_RECORD_LINES and _alike(following, self._delimiter, width):
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
