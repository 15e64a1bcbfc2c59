"""A store in a database: adding and reading back. How each database is asked stands in ``asking_*``.

A new version is a new row, its predecessor ends where it begins; nothing is updated or deleted, and triggers refuse it.
An interrupted ``append`` leaves the store as it was.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, func, inspect, select
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from forensics.errors import DataError, StorageError
from forensics.registry import database
from forensics.registry.appending import Appending, chained
from forensics.registry.database import ABOUT, GENESIS, RECORD, VERSION
from forensics.registry.files import Registry, assembled
from forensics.registry.lines import checked, read_line, with_ends
from forensics.registry.matching import Lookup, OriginAs, answer, question
from forensics.registry.record import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection, Engine

    from forensics.model import Record
    from forensics.registry.asking import Asking, Live
    from forensics.registry.casting import Version
    from forensics.registry.matching import Question
    from forensics.registry.store import Appended

_TOGETHER = 500
_NAMING = (
    "SELECT r.id, r.kind, r.network, v.version, v.body FROM registry_record r"
    " JOIN registry_version v ON v.record_no = r.no WHERE r.network {}"
)
_CACHE = "PRAGMA cache_size = -65536"
"""Pages that a connection keeps, 64 MB instead of 2: ids are spread over the whole index, so that adding touches all of it."""
_PAGE = "PRAGMA page_size = 16384"
"""Bytes of a page of a new file; one that is there keeps its own. Lines of 1.6 kB leave a fifth of every 4096 bytes empty."""
_BACKUP = "The store is damaged; take it from a backup or a release"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a store says about itself from its making on."""

    name: str = "Local registry"
    licence: str = "per record"
    maintainer: str = "not stated"
    description: str = "Records kept on this machine."
    sample: bool = False

    def row(self) -> dict[str, Any]:
        """Return the columns."""
        return {key: getattr(self, key) for key in ("name", "licence", "maintainer", "description", "sample")}


class DatabaseStore:
    """A store in SQLite or PostgreSQL (the ``Store`` protocol)."""

    def __init__(self, engine: Engine, asking: Asking, where: str, about: About | None = None) -> None:
        """Keep what is needed; nothing is opened yet. ``about`` is said of a store that is still to be made."""
        self._engine = engine
        self._asking = asking
        self._about = about or About()
        self._path = Path(engine.url.database) if engine.dialect.name == "sqlite" and engine.url.database else None
        self.where = where

    def create(self) -> None:
        """Make the tables where there are none.

        Raises:
            DataError: what is there is of a newer schema.
            StorageError: they cannot be made.
        """
        with self._connected(write=True):
            pass

    def append(self, records: Iterable[Version]) -> Appended:
        """Add versions, all or none (see ``Store.append``); casts stand for records."""
        with self._connected(write=True) as connection:
            return Appending(connection).add(records)

    def versions(self) -> Iterator[Record]:
        """Yield every version by id and number, each superseded by the next."""
        with self._connected() as connection:
            database.check(connection)
            wanted = (
                select(VERSION.c.body, RECORD.c.id)
                .join(RECORD, RECORD.c.no == VERSION.c.record_no)
                .order_by(_by_bytes(connection, RECORD.c.id), VERSION.c.version)
            )
            with connection.execution_options(yield_per=1000).execute(wanted) as rows:
                for _, held in groupby(rows, key=lambda row: row.id):
                    yield from with_ends(read_line(row.body) for row in held)

    def naming(self, named: Sequence[tuple[str, str]]) -> list[Record]:
        """Return the current versions of the records that name one of these (kind, network), by id."""
        wanted, found = frozenset(named), []
        with self._connected() as connection:
            database.check(connection)
            networks = sorted({network for _, network in wanted})
            for at in range(0, len(networks), _TOGETHER):
                rows = database.among(connection, _NAMING, networks[at : at + _TOGETHER])
                last: dict[str, tuple[int, str]] = {}
                for row in rows:
                    if (row.kind, row.network) in wanted and row.version >= last.get(row.id, (0, ""))[0]:
                        last[row.id] = (row.version, row.body)
                found += [read_line(body) for _, body in last.values()]
        return sorted(found, key=lambda record: record.id)

    def lookup(
        self,
        query: str,
        *,
        at: date | None = None,
        known_at: date | None = None,
        origin: OriginAs | None = None,
        neighbours: bool = False,
    ) -> Lookup:
        """Return every record that speaks of ``query``, the nearest ring first."""
        asked = question(query, origin=origin, neighbours=neighbours)
        live, held = self.near(asked)
        return answer(asked, ((live, record) for record in held), at=at, known_at=known_at)

    def near(self, asked: Question) -> tuple[Live, list[Record]]:
        """Return the state of the store, and the records that may speak of a question, for ``matching.answer``."""
        live, (held,) = self._asking.candidates([asked])
        return live, held

    def current(self, name: str) -> Record | None:
        """Return the current version of an id."""
        with self._connected() as connection:
            database.check(connection)
            wanted = (
                select(VERSION.c.body)
                .join(RECORD, RECORD.c.no == VERSION.c.record_no)
                .where(RECORD.c.id == name)
                .order_by(VERSION.c.version.desc())
                .limit(1)
            )
            line = connection.execute(wanted).scalar()
        return None if line is None else read_line(line)

    def lookup_many(
        self, queries: Sequence[str], *, at: date | None = None, known_at: date | None = None
    ) -> list[Lookup]:
        """Return the answers to many queries in their order, asked together."""
        asked = [question(query) for query in queries]
        live, found = self._asking.candidates(asked)
        return [
            answer(one, [(live, record) for record in held], at=at, known_at=known_at)
            for one, held in zip(asked, found, strict=True)
        ]

    def newest(self) -> int:
        """Return the number of the newest version: it differs whenever something was added; 0 for a store not made yet."""
        with self._connected() as connection:
            if not inspect(connection).has_table(VERSION.name):
                return 0
            return int(connection.execute(select(func.max(VERSION.c.seq))).scalar() or 0)

    def registry(self) -> Registry:
        """Return the whole store as a registry, its records checked as those of a stranger's file are.

        ``version`` counts the versions, ``published`` is the last day of recording: a store is not a release.

        Raises:
            DataError: a record or the chain of digests is damaged, or there is no record.
        """
        with self._connected() as connection:
            database.check(connection)
            about = connection.execute(select(ABOUT)).mappings().one()
            count = _verified(connection)
            published = connection.execute(select(func.max(VERSION.c.recorded_on))).scalar()
        if not count:
            raise DataError("the registry holds no records", where=self.where, hint="Add or import some")
        head = {key: about[key] for key in self._about.row()}
        head |= {"version": f"live.{count}", "published": published, "schema": SCHEMA}
        return assembled(head, [checked(record) for record in self.versions()], Path(self.where))

    def close(self) -> None:
        """Close every connection."""
        self._asking.close()
        self._engine.dispose()

    @contextmanager
    def _connected(self, *, write: bool = False) -> Iterator[Connection]:
        if not write and self._path is not None and not self._path.is_file():
            hint = "`forensics registry add` and `import` make it"
            raise DataError("there is no such registry", where=self.where, hint=hint)  # asking would make an empty file
        try:
            with self._engine.connect().execution_options(forensics_write=write) as connection, connection.begin():
                if write:
                    database.lock(connection)
                    database.prepare(connection, self._about.row())
                yield connection
        except DatabaseError as error:
            what = f"the registry cannot be {'written' if write else 'read'}: {str(error.orig).splitlines()[0][:200]}"
            kind = StorageError if write else DataError
            raise kind(what, where=self.where, hint="Nothing was changed; check the file or the server") from error
        except SQLAlchemyError as error:
            raise DataError(f"the registry cannot be used: {error}", where=self.where, hint=_BACKUP) from error


def sqlite_engine(path: Path) -> Engine:
    """Return the engine of a file. Writers take the lock when they begin, so that none works on stale numbers."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def _manual(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver would begin late, after the first reading
        connection.execute(_CACHE)
        connection.execute(_PAGE)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("forensics_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _verified(connection: Connection) -> int:
    """Follow the chain of digests and return how many versions it holds."""
    wanted = select(VERSION.c.seq, VERSION.c.body, VERSION.c.digest).order_by(VERSION.c.seq)
    before, count = GENESIS, 0
    with connection.execution_options(yield_per=1000).execute(wanted) as rows:
        for count, row in enumerate(rows, start=1):
            before = chained(before, row.body)
            if row.seq != count or row.digest != before:
                raise DataError(f"version {count} of the store is not what was added", hint=_BACKUP)
    return count


def _by_bytes(connection: Connection, column: Any) -> Any:
    """Order by bytes in every database: PostgreSQL would sort as its locale does."""
    return column.collate("C") if connection.dialect.name == "postgresql" else column
