"""Rows of the tables of an SQLite database, each with the bytes where it stands; nothing that the file brings is carried out.

``sqlite_rows`` gives every record of the wanted tables. The key of a field is the column in lower case (SQL does not tell
the cases apart); ``rowid`` is the record's number. A column that was added to the table after a row was written is absent
there.

Where the tree of the only table is damaged, the pages that it no longer names are read, too, and their rows say so
(``Row.repair``).

What the file cannot tell is said: a database that keeps its newest records in a second file (``-wal``), one that was cut,
pages that it no longer uses (what was deleted may stand in them, and is not recovered).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.sqlite_pages import Cell, Header, Pages, header_of
from forensics.ingest.sqlite_schema import Table, listed, tables
from forensics.ingest.sqlite_values import values_of

SIZE_LIMIT = 128 * 1024 * 1024
"""Bytes of a database that are read: about a million sign-ins."""

_LOST = "found in a page that the damaged index of the table no longer names"
_AHEAD = (
    "the database writes records into a second file first (its name ends in -wal): what stood there alone is not in this file; "
    "in a copy of both, sqlite3 COPY 'PRAGMA journal_mode=DELETE' brings them together"
)


def tables_of(evidence: Evidence) -> tuple[Table, ...]:
    """Return the tables that the beginning of a member lists; none if it is no SQLite database."""
    return tables(evidence.head)


def sqlite_rows(evidence: Evidence, wanted: Callable[[Table], bool]) -> Iterator[Row | Flaw | Unused]:
    """Yield a ``Row`` per record of the wanted tables, with the name of the table as its section."""
    with evidence.open() as stream:
        data = stream.read(SIZE_LIMIT)
        rest = len(stream.read(1))
    header = header_of(data)
    if header is None:
        raise FieldError("the head of the database is damaged")
    yield from _said(data, header, max(evidence.size, len(data) + rest))
    pages = Pages(data=data, header=header)
    held = tuple(listed(pages))
    for found in held:
        if isinstance(found, Flaw):
            yield found
        elif wanted(found):
            yield from _rows(evidence, pages, found, pages.cells(found.root, found.place))
        else:
            yield Unused(rule="another table of the database")
    if pages.broken and len(held) == 1 and isinstance(held[0], Table):
        yield from _rows(evidence, pages, held[0], pages.lost(), _LOST)


def _said(data: bytes, header: Header, size: int) -> Iterator[Flaw | Unused]:
    """What the head states about the whole file, which may be larger than what is read of it."""
    if header.ahead:
        yield Flaw(place="bytes:18-20", reason=_AHEAD)
    held = len(data) // header.page
    if len(data) < size and len(data) == SIZE_LIMIT:
        yield Flaw(
            place=f"bytes:{len(data)}-{size}",
            reason=f"the database is larger than {SIZE_LIMIT:,} bytes: the rest is not read",
        )
    elif held < header.pages or len(data) % header.page:
        yield Flaw(
            place=f"bytes:{held * header.page}-{len(data)}",
            reason=f"the database is cut: it states {header.pages} pages and has {held}",
        )
    if 0 < header.free <= held:
        yield Unused(rule="page that the database no longer uses: what was deleted is not recovered", rows=header.free)


def _rows(
    evidence: Evidence, pages: Pages, table: Table, cells: Iterator[Cell | Flaw], repair: str = ""
) -> Iterator[Row | Flaw]:
    for cell in cells:
        if isinstance(cell, Flaw):
            yield cell
            continue
        try:
            found = _fields(cell, table, pages.header.encoding)
        except FieldError as error:
            yield Flaw(
                place=cell.place, reason=str(error), excerpt=cell.record[:200].decode("utf-8", "backslashreplace")
            )
            continue
        yield Row(evidence=evidence, place=cell.place, fields=found, section=table.name, repair=repair)


def _fields(cell: Cell, table: Table, encoding: str) -> dict[str, object]:
    values = values_of(cell.record, encoding)
    if len(values) > len(table.columns):
        raise FieldError(f"a record of {len(values)} values in a table of {len(table.columns)} columns")
    found: dict[str, object] = dict(zip(table.keys, values, strict=False))
    if table.number:
        found[table.number.lower()] = cell.rowid
    return {**found, "rowid": cell.rowid}
