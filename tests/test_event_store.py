"""The event store sorts what is too much for one sort in parts, and gives the same."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest

from forensics import event_store
from forensics.case import CaseFolder
from forensics.pipeline.judgement import judge
from forensics.pipeline.judging_again import judged_again
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.session_store import SessionStore
from forensics.report import render_html


def _rows(outcome: Outcome) -> list[dict[str, object]]:
    with event_store.workroom(outcome.case.path) as (connection, _):
        found: list[dict[str, object]] = pa.Table.from_batches(event_store.account_batches(connection)).to_pylist()
        return found


def _run(row: dict[str, object]) -> tuple[str, str, str]:
    return str(row["provider"]), str(row["account"]), str(row["address"] or "")


@pytest.mark.parametrize("most", [1, 3, 7])
def test_uses_in_parts_are_the_same_and_each_address_comes_together(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    whole = _rows(outcome)
    monkeypatch.setattr(event_store, "SORTED_ROWS", most)
    parts = _rows(outcome)
    assert sorted(parts, key=lambda row: str(row["event_id"])) == sorted(whole, key=lambda row: str(row["event_id"]))
    runs = [_run(row) for row in parts]
    assert sum(one != other for one, other in itertools.pairwise(runs)) + 1 == len(set(runs))
    for run in set(runs):
        assert [row for row in parts if _run(row) == run] == [row for row in whole if _run(row) == run]


def test_sessions_in_periods_are_in_the_same_order(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    with event_store.workroom(outcome.case.path) as (connection, work):
        store: SessionStore = judge(connection, outcome.inputs, work).store
        whole = list(store.rows(acts=True))
        monkeypatch.setattr("forensics.pipeline.session_store.SORTED_ROWS", 2)
        assert list(store.rows(acts=True)) == whole


def test_periods_hold_no_more_than_they_may() -> None:
    assert event_store.periods([(1, 4), (2, 4), (5, 9), (6, 1), (9, 20)], 10) == [(1, 2), (5, 6), (9, 9)]


def test_a_case_whose_facts_are_kept_is_judged_as_one_whose_facts_are_read(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "select * from facts"
    found, pages = [], []
    for most in (event_store.KEPT_ROWS, 0):
        monkeypatch.setattr(event_store, "KEPT_ROWS", most)
        with event_store.workroom(outcome.case.path) as (connection, _):
            tables = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
            assert ("kept_facts" in tables) is bool(most)
            found.append(connection.sql(question).to_arrow_table())
        with judged_again(CaseFolder.open(outcome.case.path)) as again:
            pages.append(render_html(again.shown))
    assert found[0].equals(found[1])
    assert found[0].num_rows > 500
    assert pages[0] == pages[1]
