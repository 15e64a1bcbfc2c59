"""The timeline's lanes: one per account, with a mark for every session and a flag for every act that has one.

A picture has some two thousand units across. Where there are more sessions than it could tell apart by far, those of
one role that begin in the same two-thousandth of the case become one mark that says how many it stands for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from forensics.model import Role, Session
from forensics.pipeline.session_marks import beginnings, gathered_marks
from forensics.report.swimlane import FLAGS
from forensics.report.view import Habit, Lane, Mark
from forensics.sentence import say

if TYPE_CHECKING:
    from forensics.attribution.sequence import Step, Takeover
    from forensics.event_store import Span
    from forensics.pipeline.session_store import SessionStore

Account = tuple[str, str]
"""Provider and account."""

MAX_MARKS = 20_000


def lanes(store: SessionStore, found: Sequence[Takeover], spans: Sequence[Span]) -> tuple[Lane, ...]:
    """Return a lane per account, those with something unexplained first: a picture may draw only the first ones."""
    marks = marks_of(store.rows(acts=True)) if store.total <= MAX_MARKS else gathered_marks(store, sorted(FLAGS))
    return laid_out(marks, found, {(item.provider, item.account): (item.first, item.last) for item in spans})


def habits(store: SessionStore, zone: str) -> tuple[Habit, ...]:
    """Return when sessions begin, by account and role: hours and weekdays of the owner's zone, else UTC."""
    there = ZoneInfo(zone) if zone else UTC
    cells: dict[tuple[str, str, str], Counter[tuple[int, int]]] = defaultdict(Counter)
    for provider, account, role, at, number in beginnings(store):
        local = at.astimezone(there)
        cells[provider, account, role][local.weekday(), local.hour] += number
    return tuple(
        Habit(provider=provider, account=account, role=Role(role), cells=dict(sorted(found.items())))
        for (provider, account, role), found in sorted(cells.items())
    )


def marks_of(sessions: Iterable[Session]) -> dict[Account, list[Mark]]:
    """Return the marks of sessions by account, in the order of the sessions."""
    by_account: dict[Account, list[Mark]] = defaultdict(list)
    for session in sessions:
        by_account[session.provider, session.account] += _marks(session)
    return by_account


def laid_out(
    by_account: Mapping[Account, Sequence[Mark]],
    found: Sequence[Takeover],
    covered: Mapping[Account, tuple[datetime, datetime]],
) -> tuple[Lane, ...]:
    """Put lanes together: marks, the flags of takeover steps that are not among them, and what the data covers."""
    steps = _flagged_steps(found, by_account)
    made = []
    for (provider, account), held in sorted(by_account.items()):
        marks = [*held, *_missing_flags(held, steps[provider, account])]
        span = covered.get((provider, account))
        made.append(Lane(provider=provider, account=account, marks=tuple(marks), covered=(span,) if span else ()))
    return tuple(sorted(made, key=lambda lane: all(mark.role is not Role.UNEXPLAINED for mark in lane.marks)))


def _flagged_steps(found: Sequence[Takeover], accounts: Iterable[Account]) -> Mapping[Account, list[Step]]:
    """Return the takeover steps that have a flag, by account: that of their session, else the provider's first."""
    first_of: dict[str, Account] = {}
    for key in sorted(accounts):
        first_of.setdefault(key[0], key)
    steps: dict[Account, list[Step]] = defaultdict(list)
    for step in (step for takeover in found for step in takeover.steps if step.action in FLAGS):
        lane = (step.provider, step.account) if step.session else first_of.get(step.provider)
        if lane:
            steps[lane].append(step)
    return steps


def _missing_flags(marks: Sequence[Mark], steps: Sequence[Step]) -> list[Mark]:
    """Return marks for the steps that a lane does not show yet (same action at the same time)."""
    seen = {(mark.action, mark.start) for mark in marks}
    added = []
    for step in steps:
        if (step.action, step.time) not in seen:
            seen.add((step.action, step.time))
            label = step.text or step.words
            added.append(Mark(start=step.time, role=step.role or Role.UNKNOWN, action=step.action, label=label))
    return added


def _marks(session: Session) -> list[Mark]:
    label = session.address or session.device or say("no address")
    end = session.last if session.last > session.first else None
    marks = [Mark(start=session.first, end=end, role=session.role, action=session.opening, label=label)]
    seen = {(session.opening, session.first)}
    for act in session.acts:
        key = (act.action, act.time)
        if act.action in FLAGS and key not in seen:
            seen.add(key)
            marks.append(Mark(start=act.time, role=session.role, action=act.action, label=act.text))
    return marks
