"""Both stores, SQLite and a real PostgreSQL: the same answers as a naive scan, nothing overwritten, nothing lost."""

from __future__ import annotations

import contextlib
import ipaddress
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DatabaseError

from forensics.errors import DataError, StorageError, UsageError
from forensics.model import Record
from forensics.registry import files, opening
from forensics.registry.casting import Cast, Version, mould, whole
from forensics.registry.database_store import About, DatabaseStore
from forensics.registry.lookup import Index
from forensics.registry.matching import OriginAs, as_json, question
from tests.registry import servers
from tests.registry.written import record

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "registry"
SAID = {"entity": "Sample Ministry (fictional)", "statement": "It was theirs.", "source": "s-1", "grade": "B2"}
DAY = date(2019, 6, 1)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    pytest.importorskip("psycopg", reason="needs the PostgreSQL driver")
    if servers.programs() is None:
        pytest.skip("needs PostgreSQL (Debian: postgresql)")
    with servers.postgres() as address:
        yield address


def emptied(address: str) -> str:
    """Return the address of the database with a fresh schema in it."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return address


@pytest.fixture(params=["sqlite", "postgres"])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The name of a store that does not exist yet."""
    if request.param == "sqlite":
        return str(tmp_path / "store.sqlite")
    return emptied(request.getfixturevalue("server"))


@pytest.fixture
def store(named: str) -> Iterator[DatabaseStore]:
    opened = opening.open_store(named, About(name="test", sample=True))
    opened.create()
    yield opened
    opened.close()


def seen(store: DatabaseStore, query: str, known_at: date | None = None) -> list[tuple[str, int, str, str]]:
    found = store.lookup(query, known_at=known_at).matches
    return [(item.record.id, item.record.version, item.record.state, item.ring) for item in found]


# --- the same answers -------------------------------------------------------------------------------------------------

V4 = st.builds(
    lambda bits, length: ipaddress.ip_network((0xCB007100 | bits, length), strict=False),
    st.integers(0, 255),
    st.integers(22, 32),
)
V6 = st.builds(
    lambda bits, length: ipaddress.ip_network(((0x20010DB8 << 96) | bits << 64, length), strict=False),
    st.integers(0, 255),
    st.sampled_from((32, 48, 56, 60, 64, 128)),
)
NETWORKS = V4 | V6
RANGES = st.builds(
    lambda first, more: f"203.0.113.{first}-203.0.113.{min(first + more, 255)}", st.integers(0, 250), st.integers(1, 60)
)


def written_as(number: int, network: Any, day: int) -> Record | None:
    """Return the record of a drawn network or range; ``None`` for a range that is a block or one address."""
    kind = "range" if isinstance(network, str) else "address" if network.num_addresses == 1 else "prefix"
    spelled = str(network.network_address) if kind == "address" else str(network)
    try:
        return record(id=f"r-{number:02}", kind=kind, network=spelled, recorded_at=DAY + timedelta(days=day))
    except DataError:
        return None


def naive(records: list[Record], query: str, known_at: date | None) -> set[tuple[str, str]]:
    """Ask every record in turn, with the standard library only."""
    asked = ends(query)
    found = set()
    for item in records:
        held = ends(item.network)
        if asked[0].version != held[0].version or (known_at is not None and item.recorded_at > known_at):
            continue
        if held == asked:
            found.add((item.id, "exact"))
        elif held[0] <= asked[0] and asked[1] <= held[1]:
            found.add((item.id, "prefix"))
        elif asked[0] <= held[0] and held[1] <= asked[1]:
            found.add((item.id, "contained"))
        elif held[0] <= asked[1] and asked[0] <= held[1]:
            found.add((item.id, "overlap"))
    return found


def ends(network: str) -> tuple[Any, Any]:
    first, dash, last = network.partition("-")
    if dash:
        return ipaddress.ip_address(first), ipaddress.ip_address(last)
    block = ipaddress.ip_network(network)
    return block.network_address, block.broadcast_address


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=st.lists(st.tuples(NETWORKS | RANGES, st.integers(0, 3)), min_size=1, max_size=14),
    queries=st.lists(NETWORKS.map(str) | RANGES, min_size=1, max_size=4),
    known=st.none() | st.integers(-1, 4),
)
def test_both_stores_find_what_a_scan_finds(
    server: str, tmp_path: Path, drawn: list[tuple[Any, int]], queries: list[str], known: int | None
) -> None:
    made = [written_as(number, *item) for number, item in enumerate(drawn)]
    records = [item for item in made if item is not None]
    known_at = None if known is None else DAY + timedelta(days=known)
    (tmp_path / "x.sqlite").unlink(missing_ok=True)
    opened = [opening.open_store(name) for name in (str(tmp_path / "x.sqlite"), emptied(server))]
    for one in opened:
        one.create()
        assert one.append(records).added == len(records)
    wanted = [naive(records, query, known_at) for query in queries]
    answers = [[as_json(found) for found in one.lookup_many(queries, known_at=known_at)] for one in opened]
    for one in opened:
        one.close()
    assert answers[0] == answers[1]
    for found, expected in zip(answers[0], wanted, strict=True):
        assert {(match["record"]["id"], match["ring"]) for match in found["matches"]} == expected
        order = [match["ring"] for match in found["matches"]]
        assert order == sorted(order, key=["exact", "prefix", "overlap", "contained"].index)
        sizes = [size(match) for match in found["matches"] if match["ring"] == "prefix"]
        assert sizes == sorted(sizes)


def size(match: dict[str, Any]) -> int:
    first, last = ends(match["record"]["network"])
    return int(last) - int(first)


def test_a_store_answers_like_the_folder_it_was_filled_from(store: DatabaseStore) -> None:
    folder = files.load(SAMPLE)
    proposals = [replace(item, recorded_by="A (fictional)", confirmed_by="B (fictional)") for item in folder.records]
    store.append(proposals)
    index = Index([replace(folder, records=tuple(store.versions()))])
    origin = OriginAs(asn=64500, announced=("203.0.113.0/24", "240.0.0.0/8"))
    for query in (
        "203.0.113.45",
        "203.0.113.77",
        "203.0.113.0/24",
        "203.0.113.40-203.0.113.60",
        "AS64500",
        "0.0.0.0/0",
    ):
        for known_at in (None, date(2019, 6, 1), date(2019, 9, 15), date(2025, 1, 1)):
            for around in (True, False):
                asked: dict[str, Any] = {"at": date(2020, 3, 11), "known_at": known_at, "origin": origin}
                mine, theirs = (one.lookup(query, **asked, neighbours=around) for one in (store, index))
                assert [(item.record, item.ring, item.says) for item in mine.matches] == [
                    (item.record, item.ring, item.says) for item in theirs.matches
                ]
                assert mine.says == theirs.says


def test_neighbours_are_told_when_asked_for(store: DatabaseStore) -> None:
    store.append([record(id="near"), record(id="far", network="203.0.112.45")])
    assert seen(store, "203.0.113.46") == []
    found = store.lookup("203.0.113.46", neighbours=True).matches
    assert [(item.record.id, item.ring) for item in found] == [("near", "neighbourhood")]


CERTIFICATE = "0480196a784ba66b586e716045ef117bc743d67bce33da1bda985124e2c4ecb6"


def test_every_kind_is_found_by_its_text(store: DatabaseStore) -> None:
    held = {
        "asn": "AS64497", "domain": "mail.example.org", "url": "http://example.org/A", "email": "a@example.org",
        "tls_certificate": CERTIFICATE, "ssh_host_key": "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
        "mail_helo": "win-1", "device_id": "ABC 1", "md5": "0" * 32, "sha1": "0" * 40, "sha256": CERTIFICATE,
    }  # fmt: skip
    store.append([record(id=kind, kind=kind, network=network) for kind, network in held.items()])
    for kind, network in held.items():
        assert kind in [item[0] for item in seen(store, f"{kind}={network}")]
    assert [item[0] for item in seen(store, CERTIFICATE)] == ["sha256", "tls_certificate"]
    assert seen(store, "www.mail.example.org") == [("domain", 1, "indicator", "parent")]
    assert seen(store, "example.org") == []


# --- record time and states -------------------------------------------------------------------------------------------


def test_what_was_known_on_a_day(store: DatabaseStore) -> None:
    store.append([record()])
    store.append([record(state="disputed", reason="Asked.", recorded_at=date(2019, 9, 1))])
    store.append([record(state="retracted", reason="Wrong digit.", recorded_at=date(2019, 9, 1), replacement="r-2")])
    days = (date(2019, 5, 31), DAY, date(2019, 8, 31), date(2019, 9, 1), None)
    states = [[item[2] for item in seen(store, "203.0.113.45", day)] for day in days]
    assert states == [[], ["indicator"], ["indicator"], ["retracted"], ["retracted"]]
    ends_of = [(item.version, item.recorded_at, item.superseded_at) for item in store.versions()]
    assert ends_of == [(1, DAY, date(2019, 9, 1)), (2, date(2019, 9, 1), date(2019, 9, 1)), (3, date(2019, 9, 1), None)]
    assert len(store.registry().records) == 3


def test_adding_twice_adds_nothing_even_after_a_retraction(store: DatabaseStore) -> None:
    assert store.append([record()]).added == 1
    again = store.append([record(recorded_at=date(2020, 1, 1))])
    assert (again.added, again.unchanged) == (0, 1)
    store.append([record(state="retracted", reason="x")])
    assert store.append([record(recorded_at=date(2021, 1, 1))]).added == 0
    with pytest.raises(DataError, match="final"):
        store.append([record(role="another", recorded_at=date(2021, 1, 1))])
    assert seen(store, "203.0.113.45") == [("r-1", 2, "retracted", "exact")]


def test_a_later_version_far_behind_the_first_in_one_addition_follows_it(store: DatabaseStore) -> None:
    """Rows wait in memory before they are written: the second version comes long after its predecessor was taken in."""
    first = record(id="r-first")
    between = [record(id=f"r-{number}", network=f"198.51.100.{number % 256}") for number in range(1500)]
    store.append([first, *between, replace(first, version=2, state="retracted", reason="A digit was wrong.")])
    assert [(item.id, item.version) for item in store.versions() if item.id == "r-first"] == [
        ("r-first", 1),
        ("r-first", 2),
    ]
    assert store.registry().version == "live.1502"


def cast(number: int, like: Record) -> Cast:
    """Return a record like another, of an address of its own."""
    return Cast(mould(like), f"r-{number}", f"203.0.113.{number}", f"line {number}")


def test_casts_are_added_like_their_records(store: DatabaseStore, tmp_path: Path) -> None:
    casts = [cast(number, record()) for number in (2, 3, 4)]
    later = replace(whole(casts[2]), version=2, role="another")
    added = store.append([record(), *casts, later])
    assert (added.added, added.unchanged) == (5, 0)
    again = store.append([cast(3, record(recorded_at=date(2020, 1, 1))), cast(4, record()), cast(5, record())])
    assert (again.added, again.unchanged) == (1, 2)
    other = opening.open_store(str(tmp_path / "other.sqlite"))
    other.append([record(), *map(whole, casts), later, whole(cast(5, record()))])
    assert list(store.versions()) == list(other.versions())
    asked = question("203.0.113.2")
    assert store.near(asked)[0].digest == other.near(asked)[0].digest
    other.close()


def test_an_accusation_that_is_cast_stays_a_candidate(store: DatabaseStore) -> None:
    alone = replace(record(link_b=[SAID], state="candidate", recorded_by="A"), state="indicator")
    (said,) = store.append([cast(1, alone)]).held
    assert said.startswith("record r-1 names or quotes who stands behind 203.0.113.1")
    assert seen(store, "203.0.113.1") == [("r-1", 1, "candidate", "exact")]


def test_an_accusation_of_one_person_stays_a_candidate(store: DatabaseStore) -> None:
    alone = replace(record(link_b=[SAID], state="candidate", recorded_by="A"), state="indicator")
    (said,) = store.append([alone]).held
    assert "two different people" in said
    assert seen(store, "203.0.113.45") == [("r-1", 1, "candidate", "exact")]
    assert store.append([alone]).added == 0
    both = replace(alone, confirmed_by="B", recorded_at=date(2020, 1, 1))
    assert store.append([both]).held == ()
    assert seen(store, "203.0.113.45")[0][2] == "indicator"


@pytest.mark.parametrize(
    ("records", "match"),
    [
        ([record(), record(role="another")], "comes twice"),
        ([record(version=2)], "arrives"),
        ([replace(record(), network="203.0.113.045")], ""),
        ([record(), record(id="r-2", recorded_at=date(2019, 7, 1)), record(id="r-2")], "comes twice"),
        ([cast(1, record()), cast(1, record(role="another"))], "comes twice"),
        ([cast(1, record(version=2))], "arrives"),
        ([cast(1, record())._replace(network="203.0.113.045")], ""),
    ],
)
def test_a_refused_batch_adds_nothing(store: DatabaseStore, records: list[Version], match: str) -> None:
    store.append([record(id="first", network="203.0.113.1")])
    with pytest.raises((DataError, ValueError), match=match or "."):
        store.append([record(id="before", network="203.0.113.2"), *records])
    assert [item.id for item in store.versions()] == ["first"]


def test_a_stale_change_is_refused(store: DatabaseStore) -> None:
    store.append([record()])
    store.append([record(version=2, grade="C3", recorded_at=date(2020, 1, 1))])
    with pytest.raises(DataError, match="changed meanwhile"):
        store.append([record(version=2, grade="D3", recorded_at=date(2020, 1, 1))])


# --- append-only ------------------------------------------------------------------------------------------------------

TABLES = ("registry_record", "registry_version", "registry_block", "registry_about", "registry_schema")


def execute(named: str, statement: str) -> None:
    """Run a statement around the tool."""
    if named.startswith("postgresql"):
        engine = create_engine(named.replace("postgresql://", "postgresql+psycopg://"))
        try:
            with engine.begin() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()
        return
    connection_ = sqlite3.connect(named)
    try:
        with connection_:
            connection_.execute(statement)
    finally:
        connection_.close()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["DELETE FROM {0}", "UPDATE {0} SET {1} = {1}", "TRUNCATE {0} CASCADE", "REPLACE"])
def test_the_database_refuses_to_overwrite(store: DatabaseStore, named: str, table: str, verb: str) -> None:
    shared = named.startswith("postgresql")
    if (shared and verb == "REPLACE") or (not shared and verb.startswith("TRUNCATE")):
        verb = "DELETE FROM {0}"  # the language of this database has no such verb
    if verb == "REPLACE":
        keyed = table in ("registry_record", "registry_version", "registry_about")
        verb = "REPLACE INTO {0} SELECT * FROM {0}" if keyed else "UPDATE {0} SET {1} = {1}"
    store.append([record()])
    columns = {"registry_block": "record_no", "registry_schema": "version", "registry_version": "state"}
    with pytest.raises((DatabaseError, sqlite3.Error), match="never overwritten"):
        execute(named, verb.format(table, columns.get(table, "no")))
    assert seen(store, "203.0.113.45") == [("r-1", 1, "indicator", "exact")]


def test_no_key_of_a_row_can_be_taken_by_another(tmp_path: Path) -> None:
    """``REPLACE`` in SQLite deletes whatever holds one of the keys, and no trigger of deletion is asked."""
    store = opening.open_store(str(tmp_path / "store.sqlite"))
    store.append([record(), record(id="r-2", network="203.0.113.46")])
    before = list(store.versions())
    second = "SELECT {}, recorded_on, state, body, digest FROM registry_version WHERE seq = 2"
    for row in (
        "REPLACE INTO registry_version " + second.format("2, 1, 9"),
        "REPLACE INTO registry_version " + second.format("2, 9, 1"),
        "REPLACE INTO registry_record VALUES (1, 'r-9', 'address', '203.0.113.9')",
        "REPLACE INTO registry_record VALUES (9, 'r-1', 'address', '203.0.113.9')",
        "REPLACE INTO registry_about SELECT no, 'another', licence, maintainer, description, sample FROM registry_about",
    ):
        with pytest.raises(sqlite3.Error, match="never overwritten"):
            execute(str(tmp_path / "store.sqlite"), row)
    assert list(store.versions()) == before
    store.close()


def test_a_row_changed_behind_the_triggers_is_found(store: DatabaseStore, named: str) -> None:
    store.append([record(), record(id="r-2", network="203.0.113.46")])
    drop = "DROP TRIGGER registry_version_append_only ON registry_version"
    execute(named, drop if named.startswith("postgresql") else "DROP TRIGGER registry_version_no_update")
    execute(named, "UPDATE registry_version SET body = replace(body, '203.0.113.45', '203.0.113.99') WHERE version = 1")
    with pytest.raises(DataError, match="not what was added"):
        store.registry()


def test_a_newer_schema_is_refused(store: DatabaseStore, named: str) -> None:
    store.append([record()])
    execute(named, "INSERT INTO registry_schema VALUES (2)")
    reopened = opening.open_store(named)
    for ask in (
        lambda: reopened.lookup("203.0.113.45"),
        lambda: reopened.append([record(id="x")]),
        lambda: list(reopened.versions()),
        reopened.registry,
    ):
        with pytest.raises(DataError, match="schema 2"):
            ask()
    reopened.close()


def test_two_writers_lose_nothing(store: DatabaseStore, named: str) -> None:
    failures: list[Exception] = []

    def write(name: str) -> None:
        mine = opening.open_store(named)
        try:
            for number in range(12):
                mine.append([record(id=f"{name}-{number}", network=f"203.0.113.{number}")])
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)
        finally:
            mine.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert failures == []
    assert len(store.registry().records) == 24
    assert {item[0] for item in seen(store, "203.0.113.5")} == {"a-5", "b-5"}


def test_two_makers_make_one_store(named: str) -> None:
    stores = [opening.open_store(named) for _ in range(4)]
    makers = [threading.Thread(target=one.create) for one in stores]
    for one in makers:
        one.start()
    for one in makers:
        one.join()
    stores[0].append([record()])
    assert len(stores[1].registry().records) == 1
    for store in stores:
        store.close()


def test_a_reader_sees_what_another_connection_adds(store: DatabaseStore, named: str) -> None:
    store.append([record()])
    assert seen(store, "203.0.113.45")
    other = opening.open_store(named)
    other.append([record(id="wide", kind="prefix", network="203.0.112.0/21")])
    other.close()
    assert [item[0] for item in seen(store, "203.0.113.45")] == ["r-1", "wide"]


KILLED = """
import os, sys
from dataclasses import replace
sys.path.insert(0, {root!r})
from forensics.registry.opening import open_store
from tests.registry.written import record

def many():
    for number in range(5000):
        if number == 4000:
            os._exit(9)
        yield record(id=f"k-{{number}}", network=f"203.0.{{number // 256}}.{{number % 256}}")

open_store({named!r}).append(many())
"""


def test_a_killed_writer_loses_and_leaves_nothing(store: DatabaseStore, named: str) -> None:
    store.append([record()])
    code = KILLED.format(root=str(SAMPLE.parents[1]), named=named)
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert [item.id for item in store.registry().records] == ["r-1"]
    assert store.append([record(id="after", network="203.0.113.7")]).added == 1


# --- names and files --------------------------------------------------------------------------------------------------


def test_a_thousand_look_ups_are_one_statement(server: str) -> None:
    store = opening.open_store(emptied(server))
    store.append([record(id=f"r-{number}", network=f"203.0.113.{number}") for number in range(256)])
    sent: list[str] = []

    def note(*given: Any) -> None:
        sent.append(given[2])

    event.listen(store._engine, "before_cursor_execute", note)
    found = store.lookup_many([f"203.0.{112 + number // 256}.{number % 256}" for number in range(1000)])
    store.close()
    assert len(sent) == 1
    assert [len(one.matches) for one in found] == [0] * 256 + [1] * 256 + [0] * 488


def test_enclosing_blocks_have_an_index_of_their_own(server: str) -> None:
    store = opening.open_store(emptied(server))
    store.create()
    with store._connected() as connection:
        wanted = "SELECT indexdef FROM pg_indexes WHERE tablename = 'registry_block' AND indexdef LIKE '%spgist%'"
        (found,) = connection.execute(text(wanted)).scalars()
    store.close()
    assert found.endswith("USING spgist (network)")


def test_a_file_needs_nothing_of_postgresql(tmp_path: Path) -> None:
    code = (
        "import sys; from forensics.registry.opening import open_store; store = open_store(sys.argv[1]); store.create();"
        " print([name for name in sys.modules if name.startswith('sqlalchemy.dialects.postgresql')])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "store.sqlite")]
    assert subprocess.run(command, check=True, capture_output=True, cwd=SAMPLE.parents[1]).stdout == b"[]\n"


def test_what_is_no_store_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such registry"):
        opening.open_store(str(tmp_path / "none.sqlite")).lookup("203.0.113.45")
    with pytest.raises(DataError, match="no such registry"):
        opening.load(str(tmp_path / "none.sqlite"))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "text.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 99)
    with pytest.raises(DataError):
        opening.open_store(str(tmp_path / "text.sqlite")).lookup("203.0.113.45")
    with pytest.raises(DataError):
        opening.open_store(str(tmp_path / "text.sqlite")).registry()
    with pytest.raises(StorageError):
        opening.open_store(str(tmp_path / "text.sqlite")).append([record()])
    connection = sqlite3.connect(tmp_path / "other.sqlite")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(DataError, match="holds no registry"):
        opening.open_store(str(tmp_path / "other.sqlite")).lookup("203.0.113.45")
    with pytest.raises(UsageError):
        opening.open_store(str(tmp_path / "records.jsonl"))


def test_a_new_file_has_large_pages_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    sizes = {}
    for name in ("new", "old"):
        path = tmp_path / f"{name}.sqlite"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            if name == "old":  # a page is written, as whatever made the file before us would have
                connection.executescript("PRAGMA page_size = 4096; CREATE TABLE t (x); DROP TABLE t")
        store = opening.open_store(str(path))
        store.append([record()])
        assert seen(store, "203.0.113.45") == [("r-1", 1, "indicator", "exact")]
        store.close()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            (sizes[name],) = connection.execute("PRAGMA page_size").fetchone()
    assert sizes == {"new": 16384, "old": 4096}


def test_a_password_is_never_shown() -> None:
    assert (
        opening.shown("postgresql://me:secret@db.example/x?sslmode=require")
        == "postgresql://me@db.example/x?sslmode=require"
    )
    assert "secret" not in opening.shown("postgresql://db.example/x?user=me&password=secret&sslmode=require")
    assert opening.shown("a:b@c.sqlite") == "a:b@c.sqlite"
    with pytest.raises(DataError) as caught:
        opening.load("postgresql://me:secret@127.0.0.1:1/x")
    assert "secret" not in str(caught.value)


def test_the_newest_version_tells_of_every_change(named: str) -> None:
    store = opening.open_store(named)
    if named.startswith("postgresql"):
        assert store.newest() == 0, "a store that was not made yet"
    store.append([record()])
    first = store.newest()
    assert store.newest() == first > 0
    other = opening.open_store(named)
    other.append([record(id="r-2", network="203.0.113.46")])
    other.close()
    assert store.newest() == first + 1, "what another process adds is seen at the next look"
    store.close()
