"""How new rows reach a database: by its driver itself, many at a time, because the library's own insert costs more than the rows.

SQLite takes statements of many rows, because a trigger that may abort makes it prepare a way back for each *statement*;
PostgreSQL takes text through ``COPY`` (its manual, page "COPY", Text Format). Both stand inside the caller's transaction,
under the same triggers and keys as any other insert.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from forensics.errors import StorageError
from forensics.registry.database import inet_of, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from sqlalchemy import Connection

    from forensics.registry.database import Network

    Rows = Sequence[tuple[Any, ...]]

_COLUMNS = {
    "registry_record": ("no", "id", "kind", "network"),
    "registry_version": ("record_no", "version", "seq", "recorded_on", "state", "body", "digest"),
    "registry_block": ("network", "record_no"),
}
"""Table → columns, in the order in which rows have to arrive: a version names a record that is there."""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_ROWS_TOGETHER = 128
"""So many rows are one statement: seven columns of them stay below 999 values, the least that a build of SQLite takes."""


@dataclass(slots=True)
class NewRows:
    """Rows that wait to be written, each with the values of its columns in the order of ``_COLUMNS``."""

    records: list[tuple[int, str, str, str]] = field(default_factory=list)
    versions: list[tuple[int, int, int, str, str, str, str]] = field(default_factory=list)
    blocks: list[tuple[Network, int]] = field(default_factory=list)

    def write(self, connection: Connection) -> None:
        """Write them and begin anew.

        Raises:
            DatabaseError: the database refuses a row (SQLAlchemy's).
            StorageError: PostgreSQL refuses a row.
        """
        if connection.dialect.name == "postgresql":
            self._copy(connection)
        else:
            self._insert(connection)
        self.records, self.versions, self.blocks = [], [], []

    def _insert(self, connection: Connection) -> None:
        blocks = sorted((key_of(*block), no) for block, no in self.blocks)  # neighbours share a page
        records = sorted(
            self.records, key=itemgetter(1)
        )  # the ids as well: a digest each, they would touch the whole index
        held: tuple[Rows, ...] = (records, self.versions, blocks)
        for table, rows in zip(_COLUMNS, held, strict=True):
            for count, some in _statements(rows):
                connection.exec_driver_sql(_insert_of(table, count), some)

    def _copy(self, connection: Connection) -> None:
        blocks = [(inet_of(*block), no) for block, no in self.blocks]
        held: tuple[Rows, ...] = (self.records, self.versions, blocks)
        driver = connection.connection.driver_connection
        if driver is None:
            raise AssertionError
        try:
            with driver.cursor() as cursor:
                for (table, names), rows in zip(_COLUMNS.items(), held, strict=True):
                    if not rows:
                        continue
                    with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                        copy.write("".join(map(_line, rows)))
        except connection.dialect.loaded_dbapi.Error as error:
            what = f"the registry cannot be written: {str(error).splitlines()[0][:200]}"
            raise StorageError(what, hint="Nothing was changed; check the server") from error


def _statements(rows: Rows) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """Yield the values of whole statements, and how many rows each of them is; what is left over goes row by row."""
    whole = len(rows) - len(rows) % _ROWS_TOGETHER
    starts = range(0, whole, _ROWS_TOGETHER)
    if whole:
        yield _ROWS_TOGETHER, [tuple(chain.from_iterable(rows[at : at + _ROWS_TOGETHER])) for at in starts]
    if whole < len(rows):
        yield 1, list(rows[whole:])


def _insert_of(table: str, count: int) -> str:
    names = _COLUMNS[table]
    values = ", ".join([f"({', '.join('?' * len(names))})"] * count)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {values}"  # noqa: S608 - names of our own


def _line(row: tuple[object, ...]) -> str:
    """Return a row in the text format of ``COPY``: no value is NULL, so that nothing else has a meaning of its own."""
    return "\t".join([str(value).translate(_ESCAPES) for value in row]) + "\n"
