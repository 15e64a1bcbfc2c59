"""The event store sorts what is too much for one sort in parts, and gives the same."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest

from forensics import event_store
from forensics.pipeline.judgement import judge
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.session_store import SessionStore


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
