"""Tables for other programs: all rows in three forms, read back by foreign readers; nothing runs in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import warnings
from contextlib import ExitStack, closing
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics import cli
from forensics.errors import StorageError
from forensics.event_table import event_schema
from forensics.pipeline import tables
from forensics.pipeline.tables import ECS, write_tables
from tests.pipeline.march import contents, run

HOSTILE = [
    "=cmd|'/c calc'!A0",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\x1b[2J",
    "\u202eabc",
    'a,b\n"c"',
    "x" * 40_000,
    "\ud800",
]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    run(folder)
    return folder / "case"


def sheet_rows(path: Path, name: str) -> list[tuple[object, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reader uses a clock function that is to be removed
        with closing(openpyxl.load_workbook(path, read_only=True)) as book:
            return list(book[name].values)


def test_every_row_is_in_all_three_forms(case: Path, tmp_path: Path) -> None:
    written = write_tables(case, tmp_path / "out", safe=False)
    assert written.rows["events"] == 2_268
    assert written.rows["findings"] == len(json.loads((case / "findings.json").read_text())["findings"])
    for name, count in written.rows.items():
        with (tmp_path / "out" / f"{name}.csv").open(newline="") as stream:
            table = list(csv.reader(stream))
        lines = (tmp_path / "out" / f"{name}.jsonl").read_text().splitlines()
        sheet = sheet_rows(tmp_path / "out" / "tables.xlsx", name)
        assert len(table) - 1 == len(lines) == len(sheet) - 1 == count
        assert [cell or "" for cell in sheet[0]] == table[0] == list(json.loads(lines[0]))
        assert [cell or "" for cell in sheet[1]] == table[1]


def test_equal_cases_give_equal_bytes_and_a_case_stays_as_it_is(case: Path, tmp_path: Path) -> None:
    before = contents(case)
    for name in ("one", "two"):
        write_tables(case, tmp_path / name, safe=True)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(case) == before
    with pytest.raises(StorageError, match="already there"):
        write_tables(case, tmp_path / "one", safe=True)


def test_every_event_column_has_a_field_of_the_common_schema() -> None:
    assert set(ECS) == {*event_schema().names, "same_as"}
    assert len(set(ECS.values())) == len(ECS)


def written(
    folder: Path, cells: list[str], *, safe: bool
) -> tuple[list[list[str]], list[str], list[tuple[object, ...]], int]:
    with ExitStack() as stack:
        folder.mkdir()
        made = tables._Files(folder, stack, safe=safe)
        made.table("events", ("a",), [{"a": cell} for cell in cells])
    with (folder / "events.csv").open(newline="", encoding="utf-8") as stream:
        table = list(csv.reader(stream))[1:]
    lines = [json.loads(line)["a"] for line in (folder / "events.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    return table, lines, sheet_rows(folder / "tables.xlsx", "events")[1:], made.cut


def test_no_cell_runs_in_a_spreadsheet_and_none_is_lost(tmp_path: Path) -> None:
    exact, lines, sheet, cut = written(tmp_path / "exact", HOSTILE, safe=False)
    spelled = [text.encode("utf-8", "backslashreplace").decode() for text in HOSTILE]
    assert [row[0] for row in exact] == spelled
    assert lines == HOSTILE
    assert cut == 1
    assert all(isinstance(row[0], str) for row in sheet)
    safe, _, _, _ = written(tmp_path / "safe", HOSTILE, safe=True)
    kept = ("+1", "-1")
    assert not [row[0] for row in safe if row[0].startswith(("=", "+", "-", "@", "\t", "\r")) and row[0] not in kept]
    assert "\x1b" not in str(safe)


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=5))
def test_any_text_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    exact, lines, _, _ = written(tmp_path_factory.mktemp("any") / "out", cells, safe=False)
    assert lines == cells
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows([[cell] for cell in cells])
    assert exact == list(csv.reader(io.StringIO(stream.getvalue(), newline="")))


def test_rows_beyond_a_sheet_stand_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SHEET", 4)
    with ExitStack() as stack:
        (tmp_path / "out").mkdir()
        tables._Files(tmp_path / "out", stack, safe=False).table("t", ("a",), [{"a": str(n)} for n in range(7)])
    found = [sheet_rows(tmp_path / "out" / "tables.xlsx", name)[1:] for name in ("t", "t-2", "t-3")]
    assert found == [[("0",), ("1",), ("2",)], [("3",), ("4",), ("5",)], [("6",)]]


def test_the_command_prints_files_and_counts(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["export", str(case), "tables", "--output", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    assert "tables.xlsx" in told.out
    assert "events: 2,268 rows" in told.err
    assert cli.run(["export", str(case), "pictures", "--output", str(tmp_path / "out2")]) == 2
