"""From what a user names with ``--registry`` to a store or a registry.

A PostgreSQL address is only ever contacted because the user wrote it; its password never appears in a message.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError, UsageError
from forensics.registry import files, release

if TYPE_CHECKING:
    from forensics.registry.database_store import About, DatabaseStore
    from forensics.registry.files import Registry

_POSTGRES = re.compile(r"postgres(?:ql)?://")
_FILES = (".sqlite", ".sqlite3", ".db")
_PASSWORD = re.compile(r"(://[^:/@]*):[^@]*@|([?&]password=)[^&]*")


def is_database(named: str) -> bool:
    """Whether a store is named, and not a registry as files."""
    return bool(_POSTGRES.match(named)) or (named.endswith(_FILES) and not Path(named).is_dir())


def open_store(named: str, about: About | None = None) -> DatabaseStore:
    """Return the store of an SQLite file or a ``postgresql://`` address; nothing is read or made yet.

    Raises:
        UsageError: it is neither, or the driver of PostgreSQL is not installed.
    """
    if not is_database(named):
        hint = "Name FILE.sqlite or postgresql://…; files are edited, or imported into a store"
        raise UsageError("this registry is no store that can be added to", where=shown(named), hint=hint)
    from forensics.registry.database_store import DatabaseStore, sqlite_engine

    if _POSTGRES.match(named):
        return _postgres(named, about)
    from forensics.registry.asking_sqlite import SqliteAsking

    path = Path(named)
    return DatabaseStore(sqlite_engine(path), SqliteAsking(path), path.name, about)


def load(named: str) -> Registry:
    """Return the whole registry of a folder, a release, a canonical file or a store.

    Raises:
        DataError: it cannot be read, is damaged, or is of a newer schema.
    """
    if not is_database(named):
        return release.load(Path(named)) if release.is_release(Path(named)) else files.load(Path(named))
    if not _POSTGRES.match(named) and not Path(named).is_file():
        raise DataError("there is no such registry", where=Path(named).name, hint="`forensics registry add` makes it")
    store = open_store(named)
    try:
        return store.registry()
    finally:
        store.close()


def shown(named: str) -> str:
    """Return the name of a registry for messages and logs, without a password."""
    hidden = _PASSWORD.sub(lambda found: f"{found[1]}@" if found[1] else f"{found[2]}…", named)
    return hidden if _POSTGRES.match(named) else named


def _postgres(named: str, about: About | None) -> DatabaseStore:
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import ArgumentError

    from forensics.registry.asking_postgres import PostgresAsking
    from forensics.registry.database_store import DatabaseStore

    try:
        engine = create_engine(_POSTGRES.sub("postgresql+psycopg://", named, count=1))
    except ImportError as error:
        hint = "Install the extra: pip install 'forensics[postgres]'"
        raise UsageError("the PostgreSQL driver is not installed", where=shown(named), hint=hint) from error
    except (ArgumentError, ValueError) as error:
        raise UsageError("not a PostgreSQL address", where=shown(named), hint="postgresql://USER@HOST/NAME") from error
    event.listen(engine, "connect", _without_jit)
    return DatabaseStore(engine, PostgresAsking(engine, shown(named)), shown(named), about)


def _without_jit(connection: Any, _: object) -> None:
    """Compiling a look-up would take a hundred times as long as the look-up."""
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.autocommit = False
