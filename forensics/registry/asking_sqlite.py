"""Asking an SQLite store: one prepared statement for an address, through the driver itself, because it takes microseconds.

A covering block is found by probing the network of the address at every prefix length in use; blocks inside a queried
one are a stretch of keys at each longer length.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

from forensics.errors import DataError
from forensics.registry.asking import Live, Row, read_rows
from forensics.registry.database import GENESIS, SCHEMA_VERSION, key_of
from forensics.registry.indicator import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forensics.model import Record
    from forensics.registry.matching import Question

_VERSIONS = (
    "SELECT v.record_no, v.version, v.body FROM {} CROSS JOIN registry_version v ON v.record_no = {}.record_no WHERE "
)
_PROBED = (
    "SELECT v.record_no, v.version, v.body FROM (VALUES {}) k CROSS JOIN registry_block b ON b.network = k.column1"
    " CROSS JOIN registry_version v ON v.record_no = b.record_no"
)
_WITHIN = _VERSIONS.format("registry_block b", "b") + "b.network >= ? AND b.network <= ?"
_TEXT = (
    "SELECT v.record_no, v.version, v.body FROM registry_record r CROSS JOIN registry_version v ON v.record_no = r.no"
    " WHERE r.network = ? AND r.kind = ?"
)
_CACHE = "PRAGMA cache_size = -32768"
"""Pages that a thread's connection keeps: 32 MB instead of 2, so that the upper pages of a large store are not read again."""
_NEXT = "SELECT min(network) FROM registry_block WHERE network > ?"
_HEAD = "SELECT seq, digest FROM registry_version ORDER BY seq DESC LIMIT 1"


_UNREAD = Live("", "", GENESIS, sample=False, records=-1)


class _Reader(threading.local):
    """One connection a thread, and what was read of the store when it last changed."""

    connection: sqlite3.Connection | None = None
    probes: dict[int, tuple[tuple[int, int, int], ...]] = {}  # noqa: RUF012 - replaced, never changed
    """IP version → for every prefix length in use: the length, the mask of its networks, the mark of its keys as a number."""
    live: Live = _UNREAD


class SqliteAsking:
    """The look-ups of one file."""

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self._path = path
        self._reader = _Reader()

    def candidates(self, questions: Sequence[Question]) -> tuple[Live, list[list[Record]]]:
        """Return all versions of the records that may speak of each question."""
        reader = self._reader
        try:
            if reader.connection is None:
                reader.connection = self._opened()
            if reader.live.records < 0:
                self._refresh(reader.connection)
            while True:
                live = reader.live
                found, head = self._asked(reader.connection, questions)
                if head == live.records:
                    return live, [read_rows(rows) if rows else [] for rows in found]
                self._refresh(reader.connection)  # something was added since the lengths in use were read: ask again
        except sqlite3.Error as error:
            self.close()
            hint = "Name a registry store, folder or released .jsonl file"
            raise DataError(f"cannot read the registry: {error}", where=self._path.name, hint=hint) from error

    def close(self) -> None:
        """Close this thread's connection."""
        if self._reader.connection is not None:
            self._reader.connection.close()
            self._reader.connection = None

    def _asked(self, connection: sqlite3.Connection, questions: Sequence[Question]) -> tuple[list[list[Row]], int]:
        """Return the rows of each question, and the head of the store not before the last of them was read."""
        if len(questions) == 1 and (alone := questions[0].alone) is not None:
            keys = self._keys(alone.version, alone.first, 128)
            if keys:  # one address: one statement
                head, *rows = connection.execute(_with_head(len(keys)), keys)
                return [rows], head[1]
        found = [self._rows(connection, one) for one in questions]
        return found, (connection.execute(_HEAD).fetchone() or (0,))[0]

    def _rows(self, connection: sqlite3.Connection, asked: Question) -> list[Row]:
        rows: list[Row] = []
        for item in asked.spans:
            for first, length in blocks(item):
                rows += self._covering(connection, item.version, first, length)
                rows += self._inside(connection, item.version, first, length)
        for kind, text in asked.texts:
            rows += connection.execute(_TEXT, (text, kind))
        return rows

    def _covering(self, connection: sqlite3.Connection, version: int, first: int, length: int) -> list[Row]:
        keys = self._keys(version, first, length)
        return connection.execute(_covering(len(keys)), keys).fetchall() if keys else []

    def _keys(self, version: int, first: int, length: int) -> list[bytes]:
        """Return the keys of the blocks around a block, itself included, at every length in use."""
        size = 5 if version == 4 else 17  # noqa: PLR2004
        return [
            (first & mask | mark).to_bytes(size) for used, mask, mark in self._reader.probes[version] if used <= length
        ]

    def _inside(self, connection: sqlite3.Connection, version: int, first: int, length: int) -> list[Row]:
        bits = 32 if version == 4 else 128  # noqa: PLR2004
        last = first | (1 << (bits - length)) - 1
        rows: list[Row] = []
        if length == bits:
            return []
        for used, _, _ in self._reader.probes[version]:
            if used > length:
                rows += connection.execute(_WITHIN, (key_of(version, first, used), key_of(version, last, used)))
        return rows

    def _opened(self) -> sqlite3.Connection:
        if not self._path.is_file():
            hint = "`forensics registry add` and `import` make it"
            raise DataError("there is no such registry", where=self._path.name, hint=hint)
        connection = sqlite3.connect(
            f"{self._path.resolve().as_uri()}?mode=rw",
            uri=True,
            timeout=60,
            isolation_level=None,
            cached_statements=512,
        )
        connection.execute(_CACHE)
        self._reader.live = _UNREAD
        return connection

    def _refresh(self, connection: sqlite3.Connection) -> None:
        """Read the lengths in use and the head of the chain again when something was added."""
        _check(connection, self._path.name)
        seq, digest = connection.execute(_HEAD).fetchone() or (0, GENESIS)
        found = _lengths(connection)
        self._reader.probes = {
            4: tuple((key, _mask(key, 32), key << 32) for key in found if key <= 32),  # noqa: PLR2004
            6: tuple((key - 64, _mask(key - 64, 128), key << 128) for key in found if key >= 64),  # noqa: PLR2004
        }
        name, sample = connection.execute("SELECT name, sample FROM registry_about").fetchone()
        self._reader.live = Live(name, f"live.{seq}", digest, bool(sample), seq)


def _lengths(connection: sqlite3.Connection) -> list[int]:
    """Return the first bytes of the keys in use, hopping from one to the next instead of reading every block."""
    found: list[int] = []
    after = b""
    while True:
        (key,) = connection.execute(_NEXT, (after,)).fetchone()
        if key is None:
            return found
        found.append(key[0])
        after = key[:1] + b"\xff" * 17


def _mask(length: int, bits: int) -> int:
    """Return the number whose first ``length`` of ``bits`` bits are set."""
    return ((1 << length) - 1) << (bits - length)


def _covering(count: int) -> str:
    """Return the statement that probes so many keys; listed as rows they are looked up as they come, ``IN`` would sort them."""
    made = _STATEMENTS.get(count)
    if made is None:
        made = _STATEMENTS[count] = _PROBED.format(",".join(["(?)"] * count))
    return made


_STATEMENTS: dict[int, str] = {}


def _with_head(count: int) -> str:
    """Return the statement of ``_covering`` with the head of the store as its first row: one statement is one state."""
    made = _STATEMENTS.get(-count)
    if made is None:
        made = _STATEMENTS[-count] = (
            f"SELECT -1, ifnull(max(seq), 0), '' FROM registry_version UNION ALL {_covering(count)}"  # noqa: S608 - text of our own
        )
    return made


def _check(connection: sqlite3.Connection, where: str) -> None:
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'registry_schema'").fetchone()
    found = connection.execute("SELECT max(version) FROM registry_schema").fetchone()[0] if known else None
    if found == SCHEMA_VERSION:
        return
    what = "the file holds no registry" if found is None else f"the registry has schema {found}, not {SCHEMA_VERSION}"
    raise DataError(what, where=where, hint="Use a newer version of this tool, or another registry")
