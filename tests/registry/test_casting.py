"""Records cast from a mould: byte for byte what they are without one, in a line, in a store and in the ledger of an import."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.model import Record, Source
from forensics.pipeline.importing import offered
from forensics.pipeline.registry_store import adding_to
from forensics.registry import import_drafts, importing
from forensics.registry.casting import Cast, line_of, mould, whole
from forensics.registry.import_drafts import Workshop
from forensics.registry.import_ledger import as_json
from forensics.registry.import_sources import Lot
from forensics.registry.importer import Collection, Stated
from forensics.registry.lines import read_line, write_bytes
from tests.registry.imported import DAY, imported, terms, written
from tests.registry.written import record

# --- one line ---------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ('"', "\\", '"mark-0"', "mark-0", "mark-1", '","id":"', "\u0000", "line 7")
)


def sourced(texts: Sequence[str]) -> Source:
    (first,) = record().sources
    return replace(first, id=texts[0], title=texts[1], citation=texts[2], locator=texts[3])


SOURCES = st.lists(st.lists(TEXTS, min_size=4, max_size=4).map(sourced), min_size=1, max_size=3)
RECORDS = st.builds(
    lambda texts, sources: replace(
        record(),
        id=texts[0],
        network=texts[1],
        role=texts[2],
        note=texts[3],
        unknown=(texts[4],),
        sources=tuple(sources),
    ),
    st.lists(TEXTS, min_size=5, max_size=5),
    SOURCES,
)


@given(RECORDS, st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4))
def test_the_line_of_a_cast_is_that_of_its_record(first: Record, others: list[tuple[str, str, str]]) -> None:
    made = mould(first)
    for name, network, place in others:
        cast = Cast(made, name, network, place)
        *before, last = first.sources
        wanted = replace(first, id=name, network=network, sources=(*before, replace(last, locator=place)))
        assert whole(cast) == wanted
        assert line_of(cast) == write_bytes(wanted)
        assert read_line(line_of(cast)) == wanted


# --- whole imports ----------------------------------------------------------------------------------------------------

VALUES = st.sampled_from(
    (
        "192.0.2.1", "192.0.2.2", "192.0.2.3", "198[.]51.100.4", "192.0.2.5:443", "2001:db8::1", "203.0.113.0/24", "a.example",
        "b.example", 'hxxps://c.example/"\\é', "d" * 32, "e" * 64, "someone@f.example", "010.1.2.3", "no indicator",
    )
)  # fmt: skip
LISTS = st.lists(VALUES, max_size=12).map(lambda values: "".join(f"{value}\n" for value in values))
ROWS = st.lists(st.tuples(st.sampled_from(("a.example", "g.example", "h.example")), st.sampled_from("12")), max_size=8)
TABLES = ROWS.map(
    lambda rows: (
        '"type","ioc","family","country","reference"\n'
        + "".join(f'"domain","{value}","X","","https://lab.example/{number}"\n' for value, number in rows)
    )
)
INDEX = """\
indicators:
  - name: of one report
    sources: [A lab]
    references: ["https://lab.example/1"]
    github: {owner: o, repo: r, branch: main, path: one/list.txt}
  - name: of two reports
    sources: [A lab]
    references: ["https://lab.example/1", "https://lab.example/2"]
    github: {owner: o, repo: r, branch: main, path: two/list.txt}
"""
FILES = st.fixed_dictionaries({"one/list.txt": LISTS, "two/list.txt": LISTS, "three.txt": LISTS, "four.csv": TABLES})


def stored(folder: Path, rounds: Sequence[Mapping[str, str]]) -> tuple[list[Any], list[Any]]:
    """Import files round by round into a new store; return the ledgers and every row of every table."""
    store = folder / "store.sqlite"
    ledgers = []
    for number, files in enumerate(rounds):
        path = written(folder / str(number), {**files, "indicators.yaml": INDEX})
        ledgers.append(as_json(imported(store, path)))
    if not store.exists():
        return ledgers, []
    with contextlib.closing(sqlite3.connect(store)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        ]
        rows = [sorted(connection.execute(f"SELECT * FROM {table}")) for table in tables]  # noqa: S608 - tables of our own
    return ledgers, rows


@settings(max_examples=40)
@given(st.lists(FILES, min_size=1, max_size=2), st.sampled_from((3, importing.BATCH)))
def test_an_import_is_the_same_with_and_without_moulds(rounds: list[dict[str, str]], batch: int) -> None:
    found = []
    for kept in (import_drafts._ALIKE, 0):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(importing, "BATCH", batch)
            patch.setattr(import_drafts, "_ALIKE", kept)  # none is kept: every entry is put into words of its own
            found.append(stored(Path(folder), rounds))
    assert found[0] == found[1]


# --- which records are cast -------------------------------------------------------------------------------------------


def drafted(*entries: Stated) -> list[Record | Cast]:
    """Return what a workshop makes of entries of a list that nobody has seen before."""
    collection = Collection(key="list/x", publisher="A lab", title="A list", grade="C3", grade_reason="read by nobody")
    lot = Lot(
        collection=collection, file="x.txt", sha256="0" * 64, licence="", tlp="", source_date=None, retrieved_at=DAY,
        recorded_at=DAY,
    )  # fmt: skip
    workshop = Workshop(lot, ())
    for entry in entries:
        workshop.take(entry.kind, entry.value, entry)
    return workshop.versions()


def entry(number: int, **more: Any) -> Stated:
    return Stated(place=f"line {number}", label="ip", kind="address", value=f"192.0.2.{number}", **more)


def test_only_entries_that_say_what_another_says_are_cast() -> None:
    made = drafted(
        entry(1), entry(2), entry(3, family="X"), entry(4), entry(4), entry(5, tlp="RED"), entry(6, tlp="RED"), entry(7)
    )
    assert [whole(one).network[-1] for one in made if isinstance(one, Cast)] == ["2", "6", "7"]
    assert [whole(one).sources[0].locator for one in made] == [
        "line 1", "line 2", "line 3", "line 4, line 4", "line 5", "line 6", "line 7",
    ]  # fmt: skip
    assert [whole(one).tlp for one in made] == ["AMBER"] * 4 + ["RED"] * 2 + ["AMBER"]


def test_a_dry_run_makes_a_cast_whole_when_it_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, {"a.txt": "192.0.2.1\n192.0.2.2\n", "b.txt": "192.0.2.2\n192.0.2.3\n"})
    with adding_to(str(tmp_path / "s.sqlite")) as (shelf, _):
        dry = importing.DryShelf(under=shelf)
        ledger = importing.run(offered([path])[0], dry, terms(), DAY)
        (found,) = dry.naming([("address", "192.0.2.2")])
    assert as_json(ledger)["records"] == {"new": 3, "new_versions": 1}
    assert (found.version, [source.locator for source in found.sources]) == (2, ["line 2", "line 1"])
    assert not (tmp_path / "s.sqlite").exists()
