"""The takeover sequence: code message → foreign session → password or recovery change → export → deletion.

Steps are collected around the first sessions that the owner's baseline does not explain. Each step says which row it
rests on. Absence is said too: a provider whose export does not cover the time says nothing by being silent.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from sys import intern
from typing import NamedTuple

from forensics.model import Act, Action, Event, Initiator, Kind, Place, Role, Session, Use
from forensics.sentence import say

BEFORE = timedelta(hours=6)
AFTER = timedelta(hours=48)
CHAIN = timedelta(hours=48)
ECHO = timedelta(minutes=1)
DELIVERY = timedelta(hours=1)
"""How long after an act a message about it may arrive."""
NEAR = timedelta(hours=6)

STEP_WORDS: Mapping[Action, str] = {
    Action.CODE_SENT: say("a sign-in code was sent"),
    Action.LOGIN: say("the account was opened"),
    Action.SESSION: say("a new session was opened"),
    Action.DEVICE_ADDED: say("a device was added"),
    Action.PASSWORD_CHANGED: say("the password was changed"),
    Action.RECOVERY_CHANGED: say("the recovery details were changed"),
    Action.TWO_FACTOR_CHANGED: say("two-step verification was changed"),
    Action.SESSION_ENDED: say("other sessions were ended"),
    Action.APP_AUTHORISED: say("an application was authorised"),
    Action.MAIL_RULE_CHANGED: say("a mail rule was changed"),
    Action.EXPORT_REQUESTED: say("a copy of all data was requested"),
    Action.EXPORT_READY: say("a copy of all data was ready for download"),
    Action.EXPORT_DOWNLOADED: say("a copy of all data was downloaded"),
    Action.CONTENT_DELETED: say("content was deleted"),
    Action.GROUP_DELETED: say("a group was deleted"),
}

_NAMED = frozenset({Action.CONTENT_DELETED, Action.GROUP_DELETED})
"""Actions whose object tells two facts of one second apart."""

TAKING = frozenset(STEP_WORDS) - {Action.CODE_SENT, Action.LOGIN, Action.SESSION, Action.DEVICE_ADDED}
"""Steps that take something or keep somebody in or out; codes and sign-ins alone are what every journey makes, too."""

MESSAGES = frozenset({"sms", "mail"})
"""Sources whose rows are messages about an account at another provider."""

NOT_COVERED = MESSAGES | {"weblog"}
"""Sources that no account's data covers: silence there says nothing."""

PROVIDER_OF_SERVICE: Mapping[str, str] = {"gmail": "google", "messenger": "facebook"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: when, at which provider, what, the session (and its account) it falls into if one is open, and the row."""

    time: datetime
    provider: str
    action: Action
    words: str
    session: str
    role: Role | None
    address: str | None
    where: Place
    text: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A provider without a step, and whether its data covers the time: only then does silence mean something."""

    provider: str
    covered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """Steps in time order, the providers that have evidence, those that are silent, and what the owner did after.

    ``undecided`` are steps that may be the owner's or not: from such sessions, or at a provider where no unexplained
    session was open. They count on neither side.
    """

    steps: tuple[Step, ...]
    regained: tuple[Step, ...]
    undecided: tuple[Step, ...]
    providers: tuple[str, ...]
    silent: tuple[Silence, ...]
    foreign: tuple[str, ...]

    @property
    def first(self) -> datetime:
        """Time of the first step."""
        return self.steps[0].time

    @property
    def last(self) -> datetime:
        """Time of the last step."""
        return self.steps[-1].time


def provider_of(event: Event | Use) -> str:
    """Return the provider that a row is about: a code message or a mail is about its sender's service."""
    if event.provider in MESSAGES:
        return PROVIDER_OF_SERVICE.get(event.service, event.service)
    return event.provider


def takeovers(
    events: Iterable[Event | Use],
    sessions: Iterable[Session | Begun],
    baseline_exists: bool,  # noqa: FBT001 - a fact, not a switch
    covered: Mapping[str, tuple[datetime, datetime]] | None = None,
) -> tuple[Takeover, ...]:
    """Find sequences around unexplained sessions: a step of ``TAKING``, and two providers or three kinds of step.

    Codes and sign-ins alone, at however many providers, are what a journey makes: they stay unexplained sessions. So is
    a copy or a deletion without an address, long after the last use of the session that was open: the owner's own, maybe.

    ``events`` come in time order; those that are no step may be left out when ``covered`` says what the providers' data
    covers. Sessions are read once, and only what they open is kept of them; those without acts that are not unexplained,
    or begin nothing, may be left out.
    """
    if not baseline_exists:
        return ()
    account = _Account(sessions)
    if not account.foreign:
        return ()
    account.read(events)
    account.spans = account.spans if covered is None else covered
    found = []
    for cluster in _clusters(account.foreign):
        takeover = _takeover(account, cluster)
        kinds = {step.action for step in takeover.steps}
        if _takes(takeover, cluster) and (len(takeover.providers) >= 2 or len(kinds) >= 3):  # noqa: PLR2004 - see docstring
            found.append(takeover)
    return tuple(found)


class Begun(NamedTuple):
    """What sequences ask of a session, by the names of ``Session``; there may be very many, kept without their acts."""

    id: str
    provider: str
    account: str
    role: Role
    first: datetime
    last: datetime
    starts: bool
    acts: tuple[Act, ...]


class _Account:
    """The rows of a case prepared once for every cluster: a case can hold hundreds of thousands of sessions."""

    def __init__(self, sessions: Iterable[Session | Begun]) -> None:
        self.steps: list[tuple[datetime, Event | Use]] = []
        self.spans: Mapping[str, tuple[datetime, datetime]] = {}
        self.session_of: dict[str, Begun] = {}
        self.foreign: list[Begun] = []
        self.comebacks: dict[str, dict[str, list[tuple[datetime, Begun]]]] = defaultdict(lambda: defaultdict(list))
        for session in sessions:
            names = (intern(session.provider), intern(session.account))
            opened = Begun(session.id, *names, session.role, session.first, session.last, session.starts, ())
            self.session_of.update((act.event_id, opened) for act in session.acts)
            if session.role is Role.OWNER:
                self.comebacks[session.provider][session.account].extend(
                    (act.time, opened) for act in session.acts if act.action in _COMING_BACK
                )
            elif session.role is Role.UNEXPLAINED and session.starts:
                self.foreign.append(opened)
        for held in (held for accounts in self.comebacks.values() for held in accounts.values()):
            held.sort(key=lambda item: item[0])

    def read(self, events: Iterable[Event | Use]) -> None:
        """Take the rows that can be steps, and what each provider's rows cover."""
        spans: dict[str, tuple[datetime, datetime]] = {}
        for event in events:
            if event.time is None:
                continue
            if event.action in STEP_WORDS:
                self.steps.append((event.time, event))
            if event.provider not in NOT_COVERED:
                low, high = spans.get(event.provider, (event.time, event.time))
                spans[event.provider] = (min(low, event.time), max(high, event.time))
        self.steps.sort(key=lambda item: item[0])
        self.spans = spans

    def between(self, start: datetime, end: datetime) -> Sequence[tuple[datetime, Event | Use]]:
        """Return the rows that can be steps, in time order, both ends included."""
        low = bisect_left(self.steps, start, key=lambda item: item[0])
        return self.steps[low : bisect_right(self.steps, end, key=lambda item: item[0])]

    def last_comeback(self, provider: str, account: str, moment: datetime) -> tuple[datetime, Begun] | None:
        """Return when and in which session the owner last came back to an account, up to a moment."""
        found = []
        for name, held in self.comebacks.get(provider, {}).items():
            at = bisect_right(held, moment, key=lambda item: item[0])
            if at and _one_account(name, account):
                found.append(held[at - 1])
        return max(found, key=lambda item: (item[0], item[1].id), default=None)


def _clusters(foreign: Sequence[Begun]) -> Iterable[tuple[Begun, ...]]:
    """Chain unexplained sessions that start within two days of the one before."""
    ordered = sorted(foreign, key=lambda item: (item.first, item.id))
    part: list[Begun] = []
    for session in ordered:
        if part and session.first - part[-1].first > CHAIN:
            yield tuple(part)
            part = []
        part.append(session)
    if part:
        yield tuple(part)


def _takes(takeover: Takeover, cluster: Sequence[Begun]) -> bool:
    """Whether a step takes or holds something, tied to an unexplained session by its address or by its time.

    The last use of any session of the provider counts, so that declaring another of them never ties a step anew.
    """
    ids = {item.id for item in cluster}
    ends: dict[str, datetime] = {}
    for item in cluster:
        ends[item.provider] = max(item.last, ends.get(item.provider, item.last))
    return any(
        step.address is not None or step.session not in ids or step.time <= ends[step.provider] + NEAR
        for step in takeover.steps
        if step.action in TAKING
    )


def _takeover(account: _Account, cluster: tuple[Begun, ...]) -> Takeover:
    start, end = cluster[0].first - BEFORE, cluster[-1].first + AFTER
    opened: dict[str, dict[str, list[Begun]]] = defaultdict(lambda: defaultdict(list))
    for item in cluster:
        opened[item.provider][item.account].append(item)
    steps: dict[tuple[object, ...], Step] = {}
    for moment, event in account.between(start, end):
        if _by_machine(event) or _tells_of_an_act(account, event, moment):
            continue
        session = account.session_of.get(event.event_id) or _open_at(account, opened, event, moment)
        if event.action in (Action.LOGIN, Action.SESSION) and (session is None or moment < cluster[0].first):
            continue  # a login that belongs to no session, or the owner's before it all began, is no step
        step = _step(event, moment, session)
        # the same fact stands in several files of one export: keep the first, the others stay in the table
        named = step.text if step.action in _NAMED else ""
        steps.setdefault((step.provider, step.action, step.time, step.address, named), step)
    ordered = _without_echoes(
        sorted(steps.values(), key=lambda step: (step.time, step.provider, step.words, step.where.place))
    )
    alien = [step for step in ordered if step.role not in (Role.OWNER, Role.UNKNOWN)]
    regained = [step for step in ordered if step.role is Role.OWNER and step.time > cluster[0].first]
    providers = tuple(sorted({step.provider for step in alien}))
    return Takeover(
        steps=tuple(alien),
        regained=tuple(regained),
        undecided=tuple(step for step in ordered if step.role is Role.UNKNOWN),
        providers=providers,
        silent=_silences(account.spans, {step.provider for step in ordered}, start, end),
        foreign=tuple(session.id for session in cluster),
    )


def _tells_of_an_act(account: _Account, event: Event | Use, moment: datetime) -> bool:
    """Whether a message only tells of an act that has a row of its own, with an address, at its provider."""
    if event.provider not in MESSAGES or event.action is Action.CODE_SENT:
        return False
    rows = account.between(moment - DELIVERY, moment + ECHO)
    return any(
        (row.provider, row.action) == (provider_of(event), event.action) and row.address is not None for _, row in rows
    )


def _without_echoes(steps: Sequence[Step]) -> list[Step]:
    """Leave out what only repeats a step: a notice without an address within a minute of the act that has one."""
    acts: dict[tuple[str, Action], list[datetime]] = defaultdict(list)
    for step in steps:
        if step.address:
            acts[step.provider, step.action].append(step.time)

    def repeats(step: Step) -> bool:
        times = acts.get((step.provider, step.action), [])
        at = bisect_left(times, step.time - ECHO)
        return at < len(times) and times[at] <= step.time + ECHO

    return [step for step in steps if step.address or step.action in _NAMED or not repeats(step)]


def _step(event: Event | Use, moment: datetime, session: Begun | None) -> Step:
    message = event.provider in MESSAGES or event.action is Action.CODE_SENT  # sent to the owner, done by nobody
    return Step(
        time=moment,
        provider=provider_of(event),
        action=event.action,
        words=STEP_WORDS[event.action],
        session=session.id if session else "",
        role=session.role if session else None if message else Role.UNKNOWN,
        address=event.address if address_is_near(event, moment) else None,
        where=event.where,
        text=event.action_text,
        account=session.account if session else "",
    )


def _open_at(
    account: _Account, opened: Mapping[str, Mapping[str, Sequence[Begun]]], event: Event | Use, moment: datetime
) -> Begun | None:
    """Return the unexplained session that was last opened at the same account, unless the owner came back since.

    Rows without an address (a group deleted, an export ready) cannot be tied to a session directly; which session was
    open is what can be said.
    """
    if event.provider in MESSAGES:
        return None
    candidates = []
    for name, held in opened.get(event.provider, {}).items():
        at = bisect_right(held, moment, key=lambda item: item.first)
        if at and _one_account(name, event.account):
            candidates.append(held[at - 1])
    last = max(candidates, key=lambda item: (item.first, item.id), default=None)
    if last is None:
        return None
    back = account.last_comeback(event.provider, last.account, moment)
    return back[1] if back is not None and last.first < back[0] else last


def address_is_near(event: Event | Use, moment: datetime) -> bool:
    """Whether a row's address was in use about its time: a session states its last one, which may be years younger."""
    return event.kind is not Kind.SESSION or event.time_end is None or event.time_end - moment <= NEAR


def _one_account(one: str, other: str) -> bool:
    """Whether two rows of a provider may be about one account: two people's exports may lie side by side."""
    return one == other or not one or not other


def _by_machine(event: Event | Use) -> bool:
    """Whether the provider or a connected program did this by itself: no step of anybody, but what tells the owner."""
    if event.initiator is Initiator.PROVIDER:
        return event.provider not in MESSAGES and event.action not in _TOLD_BY_PROVIDER
    return event.initiator is Initiator.APP and event.action in _ENTRIES


_TOLD_BY_PROVIDER = frozenset({Action.CODE_SENT, Action.EXPORT_READY})
_ENTRIES = frozenset({Action.LOGIN, Action.SESSION})
_COMING_BACK = frozenset({Action.LOGIN, Action.PASSWORD_CHANGED, Action.RECOVERY_CHANGED, Action.SESSION_ENDED})


def _silences(
    spans: Mapping[str, tuple[datetime, datetime]], heard: Collection[str], start: datetime, end: datetime
) -> tuple[Silence, ...]:
    return tuple(
        Silence(provider=provider, covered=low <= start and high >= end)
        for provider, (low, high) in sorted(spans.items())
        if provider not in heard
    )
