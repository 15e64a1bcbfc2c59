"""What the reports are given: the sessions that matter are not crowded out, and the picture shows what was done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

from forensics.attribution.sequence import Step, Takeover
from forensics.model import Act, Action, Coverage, Exhibit, MemberCoverage, Place, Role, Session
from forensics.pipeline import presenting
from forensics.pipeline.judgement import MAX_SESSIONS, Inputs, Judgement
from forensics.pipeline.lanes import laid_out, marks_of

START = datetime(2020, 3, 11, tzinfo=UTC)


def session(n: int, role: Role, account: str = "a", actions: tuple[Action, ...] = (Action.LOGIN,)) -> Session:
    at = START + timedelta(hours=n)
    acts = tuple(Act(f"e{n}-{k}", at + timedelta(minutes=k), action, "") for k, action in enumerate(actions))
    return Session(
        id=f"s{n}", provider="google", account=account, address=None, client="", device="", first=at,
        last=at + timedelta(minutes=len(actions) - 1), events=len(actions), opening=actions[0],
        acts=acts, role=role, reasons=("because",),
    )  # fmt: skip


def step(action: Action, within: str = "", minutes: int = 30) -> Step:
    return Step(
        time=START + timedelta(minutes=minutes), provider="google", action=action, words="words", session=within,
        role=Role.UNEXPLAINED, address=None, where=Place(exhibit="x", place="line:1"), account="b" if within else "",
    )  # fmt: skip


def judged(*steps: tuple[Step, ...]) -> Judgement:
    """Return as much of a judgement as steps read: a takeover per group of steps, a finding per takeover."""
    found = tuple(
        Takeover(steps=group, regained=(), undecided=(), providers=("google",), silent=(), foreign=())
        for group in steps
    )
    findings = tuple(SimpleNamespace(id=f"F-{n}", kind="takeover_sequence") for n in range(2, 2 + len(found)))
    return cast("Judgement", SimpleNamespace(takeovers=found, findings=findings))


def test_unknown_sessions_do_not_push_out_unexplained_ones() -> None:
    many = [session(n, Role.UNKNOWN) for n in range(MAX_SESSIONS)]
    late = session(9000, Role.UNEXPLAINED)
    chosen = presenting._chosen([*many, late])
    assert len(chosen) == MAX_SESSIONS
    assert chosen[-1] is late
    assert list(chosen) == sorted(chosen, key=lambda item: item.first)


def test_lanes_with_something_unexplained_come_first() -> None:
    plain = [session(n, Role.OWNER, f"a{n:02}") for n in range(30)]
    lanes = laid_out(marks_of((*plain, session(40, Role.UNEXPLAINED, "z"))), (), {})
    assert [lane.account for lane in lanes[:3]] == ["z", "a00", "a01"]


def test_lanes_flag_exports_and_deletions_of_sessions_and_of_takeover_steps_once() -> None:
    first = session(0, Role.UNEXPLAINED, "b", (Action.LOGIN, Action.EXPORT_REQUESTED))
    other = session(1, Role.OWNER, "a")
    again = step(Action.EXPORT_REQUESTED, "s0", minutes=1)
    steps = (again, step(Action.GROUP_DELETED, "s0"), step(Action.CONTENT_DELETED), step(Action.LOGIN, "s0", 40))
    lanes = laid_out(marks_of((first, other)), judged(steps).takeovers, {})
    marks = {lane.account: [mark.action for mark in lane.marks] for lane in lanes}
    assert marks["b"] == [Action.LOGIN, Action.EXPORT_REQUESTED, Action.GROUP_DELETED]
    assert marks["a"] == [Action.LOGIN, Action.CONTENT_DELETED]


def test_the_steps_of_each_takeover_cite_its_own_finding() -> None:
    steps = presenting._steps(judged((step(Action.LOGIN),), (step(Action.EXPORT_REQUESTED),)))
    assert [item.finding for item in steps] == ["F-2", "F-3"]


def test_exhibits_count_the_rows_of_their_own_members() -> None:
    members = tuple(
        MemberCoverage(
            exhibit=name, member="", name="", size=1, format="", status="read", rows=rows, events=rows, rejections=0
        )
        for name, rows in (("x", 2), ("y", 3), ("x", 5))
    )
    inputs = cast("Inputs", SimpleNamespace(coverage=Coverage(files=2, members=members)))
    shown = presenting._exhibits([Exhibit(name=name, size=1, sha256=name) for name in "xy"], inputs)
    assert [row.rows for row in shown] == [7, 3]
