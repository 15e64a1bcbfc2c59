"""SQLite files are read as SQLite reads them, row by row with their places; damage costs what it hit."""

from __future__ import annotations

import random
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import shape, sqlite_rows
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.shape_words import Namer
from forensics.ingest.sqlite_schema import columns_of, tables
from tests.ingest.reading import SAMPLES, claimants, evidence_of, read_bytes

WTMP = (
    "CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT NOT NULL, Login INTEGER, Logout INTEGER, "
    "TTY TEXT, RemoteHost TEXT, Service TEXT) STRICT"
)
LAST = "CREATE TABLE Lastlog2(Name TEXT PRIMARY KEY, Time INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT)"
LOGIN = 1_773_000_000_000_000


def database(*statements: str | tuple[str, Iterable[Any]], page: int = 4096, encoding: str = "UTF-8") -> bytes:
    """Return the bytes of a database that SQLite itself makes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size={page}")
            connection.execute(f"PRAGMA encoding='{encoding}'")
            connection.execute("BEGIN")
            for statement in statements:
                if isinstance(statement, str):
                    connection.execute(statement)
                else:
                    connection.executemany(*statement)
            connection.execute("COMMIT")
        return path.read_bytes()


def logins(count: int, page: int = 512, *more: str) -> bytes:
    rows = [(n, 3, f"user-{n}", LOGIN + n, LOGIN + n + 1, "pts/0", "198.51.100.7", "sshd") for n in range(1, count + 1)]
    return database(WTMP, (f"INSERT INTO wtmp VALUES({','.join('?' * 8)})", rows), *more, page=page)


def read(data: bytes) -> list[Row | Flaw | Unused]:
    return list(sqlite_rows.sqlite_rows(evidence_of(data, "x"), bool))


def rows_of(data: bytes) -> list[Row]:
    return [item for item in read(data) if isinstance(item, Row)]


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    st.integers(0, 3000).map("ü".__mul__),
    st.binary(max_size=20),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), VALUES, VALUES), max_size=60, unique_by=lambda row: row[0]),
    st.sampled_from([512, 1024, 4096, 65_536]),
    st.sampled_from(["UTF-8", "UTF-16le", "UTF-16be"]),
)
def test_rows_are_those_that_sqlite_reads(rows: list[tuple[Any, ...]], page: int, encoding: str) -> None:
    made = ("INSERT INTO t VALUES(?,?,?)", rows)
    data = database("CREATE TABLE t(id INTEGER PRIMARY KEY, A, b)", made, page=page, encoding=encoding)
    found = read(data)
    wanted = [
        (key, *(f"x'{value.hex()}'" if isinstance(value, bytes) else value for value in values))
        for key, *values in sorted(rows)
    ]
    assert [
        (item.fields["id"], item.fields["a"], item.fields["b"]) for item in found if isinstance(item, Row)
    ] == wanted
    assert all(isinstance(item, Row) for item in found)


def test_a_row_stands_where_its_place_says() -> None:
    data = logins(60)
    for row in rows_of(data):
        start, end = map(int, row.place.removeprefix("bytes:").split("-"))
        assert row.text("user").encode() in data[start:end]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_damage_ends_in_rows_and_reasons(seed: int) -> None:
    """Whatever bytes stand there, reading ends, no two rows share a place, and every row is one that was written or marked."""
    dice = random.Random(seed)  # noqa: S311 - damage, not secrets
    data = bytearray(DAMAGED)
    for _ in range(dice.randrange(1, 12)):
        at, length = dice.randrange(512, len(data)), dice.randrange(1, 5)
        data[at : at + length] = dice.randbytes(length)
    found = read(bytes(data))
    places = [item.place for item in found if isinstance(item, Row)]
    assert len(places) == len(set(places))


DAMAGED = logins(80)


def test_a_page_that_is_gone_costs_its_own_rows_only() -> None:
    data = bytearray(logins(80))
    pages = {int(row.place[6:].split("-")[0]) // 512 for row in rows_of(bytes(data))}
    for page in pages:
        gone = bytes(data[: page * 512]) + bytes(512) + bytes(data[(page + 1) * 512 :])
        left = {row.place for row in rows_of(gone)}
        assert left == {row.place for row in rows_of(bytes(data)) if int(row.place[6:].split("-")[0]) // 512 != page}
        assert [item for item in read(gone) if isinstance(item, Flaw)]


def test_rows_behind_a_lost_index_are_read_and_say_so() -> None:
    whole = logins(80)
    (table,) = tables(whole)
    start = (table.root - 1) * 512
    found = read(whole[:start] + b"\xff" * 512 + whole[start + 512 :])
    rows = [item for item in found if isinstance(item, Row)]
    assert sorted(row.text("user") for row in rows) == sorted(row.text("user") for row in rows_of(whole))
    assert all("no longer names" in row.repair for row in rows)


def test_deleted_rows_are_never_told_as_rows() -> None:
    whole = logins(80, 512, "DELETE FROM wtmp WHERE ID <= 40")
    assert min(row.fields["id"] for row in rows_of(whole)) == 41
    (free,) = [item for item in read(whole) if isinstance(item, Unused)]
    assert "not recovered" in free.rule
    start = (tables(whole)[0].root - 1) * 512
    without_index = whole[:start] + bytes(512) + whole[start + 512 :]
    assert min(row.fields["id"] for row in rows_of(without_index)) == 41
    without_list = without_index[:32] + bytes(4) + without_index[36:]
    assert rows_of(without_list) == [], "nothing tells what was deleted from what was lost"


@pytest.mark.parametrize("journal", [b"\x02\x02", b"\x01\x02", b"\x02\x01"])
def test_a_second_file_that_was_not_handed_over_is_said(journal: bytes) -> None:
    data = bytearray(logins(3))
    data[18:20] = journal
    (flaw, *rows) = read(bytes(data))
    assert isinstance(flaw, Flaw)
    assert (flaw.place, "-wal" in flaw.reason, len(rows)) == ("bytes:18-20", True, 3)


def test_what_was_written_ahead_is_not_in_the_file(tmp_path: Path) -> None:
    """The bytes as they lie while the service runs: the newest sign-in stands in ``-wal`` alone."""
    path = tmp_path / "lastlog2.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(LAST)
        connection.execute("INSERT INTO Lastlog2 VALUES('editor', 1773000000, 'pts/0', '192.0.2.14', 'sshd')")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("INSERT INTO Lastlog2 VALUES('root', 1773000900, 'pts/1', '203.0.113.45', 'sshd')")
        data, ahead = path.read_bytes(), (tmp_path / "lastlog2.db-wal").read_bytes()
    coverage, sink = read_bytes(data, "lastlog2.db")
    assert (coverage.format, [row["account"] for row in sink.rows]) == ("login_database", ["editor"])
    assert "-wal" in sink.rejections[0].reason
    assert claimants(ahead, "lastlog2.db-wal") == ()
    assert "write-ahead log" in shape.of(evidence_of(ahead, "x"), Namer())["signature"]


def test_a_file_that_was_cut_says_so() -> None:
    data = logins(80)
    for length in (len(data) - 1, len(data) - 512, 3 * 512):
        assert "cut" in next(item.reason for item in read(data[:length]) if isinstance(item, Flaw))
        assert {row.place for row in rows_of(data[:length])} <= {row.place for row in rows_of(data)}


def test_a_file_that_is_too_large_is_read_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_rows, "SIZE_LIMIT", 4 * 512)
    found = read(logins(80))
    assert "larger than" in next(item.reason for item in found if isinstance(item, Flaw))
    assert any(isinstance(item, Row) for item in found)


def interior(children: Iterable[int], last: int) -> bytes:
    """Return a page of 512 bytes that points to others."""
    page, pointers, at = bytearray(512), b"", 512
    for child in children:
        at -= 5
        page[at : at + 5] = struct.pack(">IB", child, 1)
        pointers += struct.pack(">H", at)
    page[:12] = struct.pack(">BHHHBI", 5, 0, len(pointers) // 2, at, 0, last)
    page[12 : 12 + len(pointers)] = pointers
    return bytes(page)


def test_trees_that_run_in_circles_end() -> None:
    """Every page points to all the others: followed blindly, the way through 60 such pages has 60 factorial ends."""
    data = logins(1)
    assert len(data) == 1024
    every = [interior(range(2, 62), page) for page in range(2, 62)]
    start = time.monotonic()
    found = read(data[:512] + b"".join(every))
    assert time.monotonic() - start < 5
    assert all(isinstance(item, Flaw) for item in found)


def test_records_that_share_their_bytes_cost_no_more_than_the_page() -> None:
    """A page of records that all reach over the rest of it would be read thousands of times."""
    data = database(WTMP, page=65_536)
    page = bytearray(65_536)
    count = 12_000
    page[:8] = struct.pack(">BHHHB", 13, 0, count, 40_008, 0)
    for n in range(count):
        page[8 + 2 * n : 10 + 2 * n] = struct.pack(">H", 40_008 + 2 * n)
    page[40_008:] = b"\xff\x7f" * ((65_536 - 40_008) // 2)
    found = read(data[:65_536] + bytes(page))
    assert not [item for item in found if isinstance(item, Row)]
    assert len(found) < 20
    assert any(isinstance(item, Flaw) and "overlap" in item.reason for item in found)


def test_a_continuation_belongs_to_one_record() -> None:
    rows = [(n, 3, f"user-{n}", LOGIN, None, "pts/0", "a" * 900, "sshd") for n in range(1, 5)]
    data = bytearray(database(WTMP, (f"INSERT INTO wtmp VALUES({','.join('?' * 8)})", rows), page=512))
    first, *others = rows_of(bytes(data))
    end = int(first.place.split("-")[1])
    for row in others:
        there = int(row.place.split("-")[1])
        data[there - 4 : there] = data[end - 4 : end]
    found = read(bytes(data))
    assert [item.text("user") for item in found if isinstance(item, Row)] == ["user-1"]
    assert len([item for item in found if isinstance(item, Flaw) and "something else" in item.reason]) == 3


@pytest.mark.parametrize(
    ("made", "columns", "number"),
    [
        (WTMP, ("ID", "Type", "User", "Login", "Logout", "TTY", "RemoteHost", "Service"), "ID"),
        (LAST, ("Name", "Time", "TTY", "RemoteHost", "Service"), ""),
        ("CREATE TABLE t(a INTEGER NOT NULL PRIMARY KEY, -- b,\n c VARCHAR(2,3) /* d, */)", ("a", "c"), "a"),
        ('CREATE TABLE "x(" ("a,""b" int, [c d] INTEGER, PRIMARY KEY ("C D"))', ('a,"b', "c d"), "c d"),
        ("CREATE TABLE t(a INTEGER, b, PRIMARY KEY(a, b), CHECK (a IN (1, 2)))", ("a", "b"), ""),
        ("CREATE TABLE t(a INT PRIMARY KEY, b DEFAULT (CAST(1 AS TEXT)))", ("a", "b"), ""),
        ("CREATE TABLE t(a INTEGER PRIMARY KEY DESC, b AS (a + 1), c AS (a) STORED)", ("a", "c"), ""),
        ("CREATE TABLE t", (), ""),
    ],
)
def test_columns_are_those_that_sqlite_stores(made: str, columns: tuple[str, ...], number: str) -> None:
    assert columns_of(made) == (columns, number)


@pytest.mark.parametrize("piece", ["[", "\"'", "((", "/*", "(,", "'`", "a AS ", ")", "--\n"])
def test_a_long_statement_is_read_once(piece: str) -> None:
    start = time.monotonic()
    columns_of("CREATE TABLE t(" + piece * 60_000)
    assert time.monotonic() - start < 5


def test_a_view_of_the_right_name_and_columns_is_no_table() -> None:
    view = "CREATE VIEW wtmp AS SELECT 1 AS ID, 3 AS Type, 'root' AS User, 1 AS Login, 2 AS Logout, '' AS TTY, '' AS RemoteHost"
    assert claimants(database("CREATE TABLE t(a)", view), "wtmp.db") == ()


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE wtmp(id INTEGER PRIMARY KEY, type TEXT, datetime TEXT, date TEXT)",
        "CREATE TABLE moz_places(id INTEGER PRIMARY KEY, url TEXT)",
        WTMP.replace("wtmp", "wtmp_copy"),
    ],
)
def test_another_database_is_nobodys_whatever_its_name(made: str) -> None:
    assert claimants(database(made), "var/lib/wtmpdb/wtmp.db") == ()


def test_both_tables_in_one_file_are_read_by_one_format() -> None:
    """``pam_wtmpdb database=`` and ``pam_lastlog2 database=`` may name the same file."""
    data = database(
        WTMP,
        LAST,
        "CREATE TABLE other(a)",
        f"INSERT INTO wtmp VALUES(1, 3, 'editor', {LOGIN}, NULL, 'pts/0', '::1', 'sshd')",
        f"INSERT INTO Lastlog2 VALUES('editor', {LOGIN // 1_000_000}, 'pts/0', '192.0.2.14', 'sshd')",
    )
    coverage, sink = read_bytes(data, "x")
    assert (coverage.format, coverage.events, dict(coverage.unused)) == (
        "login_database",
        2,
        {"another table of the database": 1},
    )
    assert [(row["action_text"], row["address"], row["time_end"]) for row in sink.rows] == [
        ("USER_PROCESS", "::1", None),
        ("Lastlog2", "192.0.2.14", None),
    ]


@pytest.mark.parametrize(
    ("login", "logout", "time_", "end", "note"),
    [
        (LOGIN, LOGIN + 1, "2026-03-08T20:00:00+00:00", "2026-03-08T20:00:00.000001+00:00", ""),
        (LOGIN, None, "2026-03-08T20:00:00+00:00", "None", "no sign-off is recorded"),
        (LOGIN, LOGIN - 1, "2026-03-08T20:00:00+00:00", "None", "the end is before the beginning"),
        (None, None, "None", "None", "no sign-off is recorded"),
        (-5, 2**62, "None", "None", ""),
        (7_000_000, None, "1970-01-01T00:00:07+00:00", "None", "clock was not set"),
    ],
)
def test_an_end_is_told_only_where_one_is_recorded(
    login: int | None, logout: int | None, time_: str, end: str, note: str
) -> None:
    values = (1, 3, "editor", login, logout, "pts/0", "192.0.2.14", "sshd")
    _, sink = read_bytes(database(WTMP, (f"INSERT INTO wtmp VALUES({','.join('?' * 8)})", [values])), "wtmp.db")
    (row,) = sink.rows
    moments = [value.isoformat() if value else "None" for value in (row["time"], row["time_end"])]
    assert (moments, row["action"]) == ([time_, end], "login")
    assert note in row["detail"]


def test_text_that_is_no_text_stays_visible() -> None:
    data = logins(1).replace(b"user-1", b"us\xff\x00-1")
    assert [row.text("user") for row in rows_of(data)] == ["us\\xff\x00-1"]


def test_no_sql_engine_is_loaded() -> None:
    code = "import sys, forensics.ingest.formats.login_database; sys.exit('sqlite3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_shape_says_what_a_database_holds_and_no_value_of_it() -> None:
    made = ("INSERT INTO accounts VALUES(?,?,?)", [(1, "zwerg@mail.example", "kanari")] * 1)
    data = database(
        "CREATE TABLE accounts(id INTEGER PRIMARY KEY, email TEXT, leyla TEXT)", made, "CREATE TABLE kanari(a)"
    )
    found = shape.of(evidence_of(data, "x.sqlite"), Namer())
    told = "\n".join(shape.told(found))
    assert found["kind"] == "SQLite database"
    assert [len(table["columns"]) for table in found["tables"].values()] == [3, 1]
    assert "email: mail address: 1" in told
    assert not [word for word in ("zwerg", "kanari", "leyla") if word in told]


def test_specimens_are_read_to_the_last_row_that_sqlite_reads() -> None:
    for path in sorted((SAMPLES / "login_database").rglob("*.db")):
        if "damaged" in path.parts or "no_index" in path.parts:
            continue
        data = bytearray(path.read_bytes())
        data[18:20] = b"\x01\x01"
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(bytes(data))
            for table in tables(bytes(data)):
                wanted = connection.execute(f"SELECT * FROM {table.name} ORDER BY rowid").fetchall()  # noqa: S608 - our own
                found = [tuple(row.fields[key] for key in table.keys) for row in rows_of(bytes(data))]
                assert found == wanted
