"""The database of a store: its tables, its schema version, and the triggers that refuse to overwrite a record.

One SQLAlchemy model for SQLite (one file) and PostgreSQL. ``registry_version`` holds every version as one line of
JSON (``lines``); what is asked for stands in columns of its own. ``digest`` chains the
versions in order of entry (SHA-256 of the digest before and the line), so that a store's state has a name and a changed
row is found.

``registry_block`` holds the CIDR blocks that records name; a range has several. PostgreSQL keeps them as ``inet`` under
an SP-GiST index, SQLite as a key of prefix length and network bytes, in which a look-up probes every length in use.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.types import LargeBinary, TypeDecorator

from forensics.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from sqlalchemy import Connection, CursorResult
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

SCHEMA_VERSION = 1
GENESIS = "0" * 64
_V6_MARK = 64
_LOCK = 0x666F7265  # the advisory lock of writers, one number for this tool
_HINT = "Use a newer version of this tool, or a store of your own"

Network = tuple[int, int, int]
"""IP version, first address, prefix length."""


def key_of(version: int, first: int, length: int) -> bytes:
    """Return the key of a block in SQLite: one byte of length (IPv6: plus 64) and the address, so that versions part."""
    return bytes((length if version == 4 else length + _V6_MARK,)) + first.to_bytes(4 if version == 4 else 16)  # noqa: PLR2004


def inet_of(version: int, first: int, length: int) -> str:
    """Return the text of a block for PostgreSQL."""
    address = ipaddress.IPv4Address(first) if version == 4 else ipaddress.IPv6Address(first)  # noqa: PLR2004
    return f"{address}/{length}"


class Block(TypeDecorator[Network]):
    """A CIDR block: ``inet`` in PostgreSQL, a key in SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of the database at hand."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(LargeBinary(17))
        from sqlalchemy.dialects.postgresql import INET  # heavy, and few need it

        return dialect.type_descriptor(INET())

    def process_bind_param(self, value: Network | None, dialect: Dialect) -> str | bytes | None:
        """Write a block as the database wants it."""
        if value is None:
            return None
        return inet_of(*value) if dialect.name == "postgresql" else key_of(*value)


METADATA = MetaData()
SCHEMA = Table("registry_schema", METADATA, Column("version", Integer, primary_key=True, autoincrement=False))
ABOUT = Table(
    "registry_about",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("maintainer", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
)
RECORD = Table(
    "registry_record",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("id", String(80), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("network", Text, nullable=False),
    Index("registry_record_text", "network", "kind"),
)
VERSION = Table(
    "registry_version",
    METADATA,
    Column("record_no", ForeignKey(RECORD.c.no), primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("state", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    UniqueConstraint("seq", name="registry_version_seq"),
)
BLOCK = Table(
    "registry_block",
    METADATA,
    Column("network", Block, primary_key=True),
    Column("record_no", ForeignKey(RECORD.c.no), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
_TABLES = (SCHEMA, ABOUT, RECORD, VERSION, BLOCK)
_KEYS = {
    ABOUT: "no = new.no",
    RECORD: "no = new.no OR id = new.id",
    VERSION: "record_no = new.record_no AND version = new.version OR seq = new.seq",
}
"""What must not be taken when a row comes in; the other tables have nothing beside their keys that could be lost."""


def prepare(connection: Connection, about: dict[str, Any]) -> None:
    """Make the tables and triggers where there are none, and check the schema where there are.

    Raises:
        DataError: the database is of a newer schema.
    """
    if inspect(connection).has_table(SCHEMA.name):
        check(connection)
        return
    METADATA.create_all(connection)
    for statement in _postgres_parts() if connection.dialect.name == "postgresql" else _sqlite_triggers():
        connection.execute(text(statement))
    connection.execute(insert(SCHEMA), {"version": SCHEMA_VERSION})
    connection.execute(insert(ABOUT), {"no": 1, **about})


def check(connection: Connection) -> None:
    """Refuse a database that is no store, or one of a schema that this version does not know.

    Raises:
        DataError: saying which of the two.
    """
    if not inspect(connection).has_table(SCHEMA.name):
        raise DataError("the database holds no registry", hint="`forensics registry add` makes one in a new file")
    found = connection.execute(select(func.max(SCHEMA.c.version))).scalar()
    if found != SCHEMA_VERSION:
        newer = isinstance(found, int) and found > SCHEMA_VERSION
        what = f"the registry has schema {found}, this version knows {SCHEMA_VERSION}"
        raise DataError(what, hint=_HINT if newer else "The store is damaged; take it from a backup or a release")


def lock(connection: Connection) -> None:
    """Let one writer at a time through until the transaction ends. SQLite does so from ``BEGIN IMMEDIATE`` on."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def among(connection: Connection, statement: str, values: Sequence[str]) -> CursorResult[Any]:
    """Run a statement of our own in which ``{}`` stands for "is one of these texts", through the driver: it is run often."""
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(statement.format("= ANY(%s)"), (list(values),))
    return connection.exec_driver_sql(statement.format(f"IN ({','.join('?' * len(values))})"), tuple(values))


def _sqlite_triggers() -> list[str]:
    """Return triggers that refuse to change or delete a row.

    ``INSERT OR REPLACE`` deletes without asking them, so that an insert whose key is taken is refused as well.
    """
    refuse = "BEGIN SELECT RAISE(ABORT, 'a registry is never overwritten: add a version'); END"
    made = [
        f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name} {refuse}"
        for table in _TABLES
        for verb in ("UPDATE", "DELETE")
    ]
    return made + [
        f"CREATE TRIGGER {table.name}_no_replace BEFORE INSERT ON {table.name}"  # noqa: S608 - names of our own tables
        f" WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {taken}) {refuse}"
        for table, taken in _KEYS.items()
    ]


def _postgres_parts() -> list[str]:
    """Return the index that finds enclosing blocks, and triggers that refuse to change or delete a row.

    The index is text, because to describe it in the model loads the whole dialect, also where nobody uses PostgreSQL.
    """
    index = "CREATE INDEX registry_block_within ON registry_block USING spgist (network inet_ops)"
    function = (
        "CREATE FUNCTION registry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'a registry is never overwritten: add a version'; END $$"
    )
    return [index, function] + [
        f"CREATE TRIGGER {table.name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name}"
        " FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse()"
        for table in _TABLES
    ]
