"""The table of sessions: what it gathers for large cases is what single sessions add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from forensics import event_store
from forensics.attribution.sequence import Begun
from forensics.model import Role
from forensics.pipeline.judgement import Judgement, judge
from forensics.pipeline.lanes import marks_of
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.session_marks import gathered_marks
from forensics.report.swimlane import FLAGS


@pytest.fixture(scope="module")
def judged(outcome: Outcome) -> Iterator[Judgement]:
    with event_store.workroom(outcome.case.path) as (connection, work):
        yield judge(connection, outcome.inputs, work)


def test_nothing_of_the_workroom_stays(outcome: Outcome) -> None:
    with event_store.workroom(outcome.case.path) as (_, work):
        assert work.is_dir()
    assert not work.exists()
    assert not list(outcome.case.path.glob(".work-*"))


def test_gathered_marks_stand_for_every_session_and_flag(judged: Judgement) -> None:
    each = marks_of(judged.store.rows(acts=True))
    gathered = gathered_marks(judged.store, sorted(FLAGS))
    assert set(gathered) == set(each)
    for account, marks in gathered.items():
        told = Counter[Role]()
        for mark in marks:
            told[mark.role] += mark.number
        assert told == Counter(mark.role for mark in each[account])
        assert min(mark.start for mark in marks) == min(mark.start for mark in each[account])


def test_what_sequences_ask_of_sessions_is_what_the_sessions_say(judged: Judgement) -> None:
    whole = [
        Begun(*(getattr(item, name) for name in Begun._fields))
        for item in judged.store.rows(acts=True)
        if item.acts or (item.role is Role.UNEXPLAINED and item.starts)
    ]
    assert list(judged.store.begun()) == whole
    assert sum(len(item.acts) for item in whole) > len(whole) > 0


def test_foreign_sessions_are_those_of_the_table(judged: Judgement) -> None:
    foreign = [item for item in judged.store.rows() if item.role is Role.UNEXPLAINED]
    told = judged.store.foreign([], baseline=True)
    assert told.sessions == len(foreign) == sum(len(item.sessions) for item in told.by_address) + told.rest_sessions
    assert told.addresses == len({item.address for item in foreign if item.address})
    firsts: dict[str, object] = {}
    for item in foreign:
        firsts.setdefault(item.address or "", item.first)
    assert [item.address for item in told.by_address] == list(firsts)
    assert [(address, first) for address, first in firsts.items() if address] == [
        use for addresses, first in judged.store.first_uses() for use in zip(addresses, first.to_pylist(), strict=True)
    ]
    assert list(told.basis[:1]) == [next(iter(told.by_address[0].sessions)).places[0]]


def test_shown_sessions_are_the_unexplained_then_the_owners_latest(judged: Judgement) -> None:
    rows = list(judged.store.rows())
    shown = judged.store.shown(3, 2)
    foreign = [item.id for item in rows if item.role is Role.UNEXPLAINED][:3]
    own = sorted((item for item in rows if item.role is Role.OWNER), key=lambda item: item.first, reverse=True)[:2]
    assert {item.id for item in shown} == {*foreign, *(item.id for item in own)}
    assert [item.first for item in shown] == sorted(item.first for item in shown)


def test_a_contradiction_is_a_verdict_with_its_reason_and_changes_no_role(judged: Judgement) -> None:
    def told() -> dict[str, tuple[str, str, list[str]]]:
        batches = judged.store.batches(("id", "role", "verdict", "reasons"), of="told_sessions")
        return {
            row["id"]: (row["role"], row["verdict"], row["reasons"]) for part in batches for row in part.to_pylist()
        }

    before = told()
    assert all(role == verdict for role, verdict, _ in before.values())
    name = next(item.id for item in judged.store.rows() if item.role is Role.UNEXPLAINED)
    judged.store.contradict({name: "two at once"})
    try:
        after = told()
    finally:
        judged.store.contradict({})
    role, _, reasons = before[name]
    assert after == before | {name: (role, "contradicts", [*reasons, "two at once"])}
    assert told() == before
