"""Carry out a plan: one question at a time, paced, in shuffled order, and every reply handed over before the next.

The order is shuffled by a seed (the case's id), so that no server sees the addresses in the order of the case and the same case
asks in the same order again. A server that says "later" is waited for once and briefly, then left alone for the rest of the
run; one that fails three times in a row likewise. Nothing beyond the agreed plan is sent, whatever an answer asks for.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from forensics.enrichment import plan as plans
from forensics.enrichment.answers import AnswerBook
from forensics.enrichment.gate import NetGate
from forensics.enrichment.plan import LookupPlan, Wishes
from forensics.enrichment.records import Record, key_of
from forensics.enrichment.servers import Endpoint
from forensics.enrichment.source import Query, Reply, ReplyStatus, Source
from forensics.enrichment.transports import fetch
from forensics.errors import NetworkError, PolicyError

LONGEST_WAIT = 60
"""Seconds of ``Retry-After`` that are waited for."""

FAILURES = 3


class Clock(Protocol):
    """Time as a parameter: ``now`` dates replies, ``elapsed`` (seconds from anywhere) and ``sleep`` pace questions."""

    def now(self) -> datetime:
        """Return the time, UTC."""

    def elapsed(self) -> float:
        """Return seconds that only ever grow."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Keeper(Protocol):
    """Who records: the question before it is sent, the reply before the next question."""

    def asks(self, query: Query, endpoint: Endpoint) -> None:
        """Record that a question is about to be sent."""

    def keeps(self, reply: Reply) -> Record:
        """Store a reply durably and return its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of a plan: replies by status, and questions not sent, by reason."""

    replies: dict[str, int]
    unsent: dict[str, int]

    @property
    def answered(self) -> int:
        """Replies that say something, "not found" included."""
        return sum(self.replies.get(str(item), 0) for item in (ReplyStatus.ANSWERED, ReplyStatus.NOT_FOUND))

    @property
    def sent(self) -> int:
        """Questions sent."""
        return sum(self.replies.values())


@dataclass(slots=True)
class Asker:
    """One run of a plan."""

    plan: LookupPlan
    wishes: Wishes
    book: AnswerBook
    gate: NetGate
    clock: Clock
    keeper: Keeper
    sent: int = 0
    _last: dict[str, float] = field(default_factory=dict)
    _closed: dict[str, str] = field(default_factory=dict)
    _failures: Counter[str] = field(default_factory=Counter)
    _asked: set[tuple[str, str, str, str]] = field(default_factory=set)
    _replies: Counter[str] = field(default_factory=Counter)
    _unsent: Counter[str] = field(default_factory=Counter)

    def run(self, seed: str, told: Callable[[int, int], None] = lambda *_: None) -> Tally:
        """Ask about every address of the plan; ``told`` hears (done, all). ``NetworkError``: the proxy is gone."""
        order = sorted(self.plan.targets, key=lambda target: target.address)
        random.Random(seed).shuffle(order)  # noqa: S311 - an order that can be repeated, no secret
        for done, target in enumerate(order):
            told(done, len(order))
            for source in plans.opened(self.book, self.plan.classes):
                for day in target.days:
                    self._about(source, target.address, day)
        told(len(order), len(order))
        return self.tally

    @property
    def tally(self) -> Tally:
        """What came of it so far."""
        return Tally(replies=dict(sorted(self._replies.items())), unsent=dict(sorted(self._unsent.items())))

    def _about(self, source: Source, address: str, day: date) -> None:
        """Ask what one source has to ask about one address, and what its answers lead to."""
        left = 1 + plans.FOLLOW_UPS
        while left > 0:
            fresh = [
                query for query in plans.unanswered(self.book, source, address, day) if key_of(query) not in self._asked
            ]
            if not fresh:
                return
            for query in fresh:
                self._asked.add(key_of(query))
                self._ask(source, query, address)
                left -= 1

    def _ask(self, source: Source, query: Query, address: str) -> None:
        """Send one question if the plan covers it, and keep what came."""
        endpoint, reason = self._covered(source, query, address)
        if endpoint is None:
            self._unsent[reason] += 1
            return
        reply = self._send(source, query, endpoint)
        if reply.status is ReplyStatus.LIMITED:
            wait = self._retry_after(reply)
            if wait is not None and self.sent < self.plan.most:
                self.clock.sleep(wait)
                reply = self._send(source, query, endpoint)
        if reply.status is ReplyStatus.LIMITED:
            self._closed[endpoint.text] = f"{endpoint.text} asked us to wait"
        self._failures[endpoint.text] = self._failures[endpoint.text] + 1 if reply.status is ReplyStatus.FAILED else 0
        if self._failures[endpoint.text] >= FAILURES:
            self._closed[endpoint.text] = f"{endpoint.text} failed {FAILURES} times in a row"

    def _covered(self, source: Source, query: Query, address: str) -> tuple[Endpoint | None, str]:
        """Return the server of a question that may be sent now, or why it may not."""
        if query.lookup_class is not source.lookup_class or query.lookup_class not in self.plan.classes:
            return None, "of a class that is not open"
        try:
            endpoint = self.wishes.servers.endpoint(query.server, query.transport, proxied=self.gate.proxy is not None)
            self.gate.require(query.lookup_class, endpoint.host, endpoint.port)
        except PolicyError:
            return None, "to a server that is not in the plan"
        if not plans.may_ask(address, endpoint):
            return None, "about special-purpose space"
        if endpoint.text in self._closed:
            return None, self._closed[endpoint.text]
        if self.sent >= self.plan.most:
            return None, "beyond the number that was agreed to"
        return endpoint, ""

    def _send(self, source: Source, query: Query, endpoint: Endpoint) -> Reply:
        """Wait for the server's turn, ask, and hand the reply over."""
        last = self._last.get(endpoint.text)
        if last is not None:
            self.clock.sleep(max(0.0, last + source.pause - self.clock.elapsed()))
        self.keeper.asks(query, endpoint)
        self.sent += 1
        asked_at = self.clock.now()
        try:
            reply = fetch(self.gate, endpoint, query, asked_at)
        except NetworkError as error:
            self._keep(Reply(query=query, status=ReplyStatus.FAILED, asked_at=asked_at, error=error.what))
            raise
        self._last[endpoint.text] = self.clock.elapsed()
        self._keep(reply)
        return reply

    def _keep(self, reply: Reply) -> None:
        self.book.add(self.keeper.keeps(reply))
        self._replies[str(reply.status)] += 1

    def _retry_after(self, reply: Reply) -> float | None:
        """Return the seconds that a server asks to wait (RFC 9110, section 10.2.3), if they are few."""
        text = dict(reply.headers).get("retry-after", "").strip()
        if text.isdecimal() and text.isascii():
            seconds = float(text[:9])
        else:
            try:
                until = parsedate_to_datetime(text)
            except ValueError:
                return None
            seconds = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - self.clock.now()).total_seconds()
        return max(seconds, 0.0) if seconds <= LONGEST_WAIT else None
