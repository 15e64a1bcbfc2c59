"""Online look-ups of a case: plan, consent, questions, every reply sealed before the next question.

The case is complete and sealed before anything is asked. A refused plan is sealed, too: it shows that nothing was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forensics.attribution.material import count
from forensics.enrichment import gate, plan, policy, servers
from forensics.enrichment.answers import AnswerBook, files_of
from forensics.enrichment.asking import Asker, Tally
from forensics.enrichment.plan import Candidates, LookupPlan
from forensics.enrichment.records import Record
from forensics.enrichment.servers import Endpoint
from forensics.enrichment.source import LookupClass, Query, Reply
from forensics.errors import NetworkError, PolicyError, UsageError
from forensics.pipeline.answer_books import FOLDER, write_new
from forensics.pipeline.clock import Pace
from forensics.pipeline.sealing import Sealer

DEFAULT_LIMIT = 200
MAX_LIMIT = 5_000

Consent = Callable[[LookupPlan], str]
"""Shows a plan to whoever decides; returns how they agreed, or an empty text if they did not."""


def nobody_agrees(_: LookupPlan) -> str:
    """Agree to nothing: what happens in a script without ``--yes``."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """What the user opened: the classes, who agrees to the plan, the way out, the servers."""

    classes: frozenset[LookupClass]
    consent: Consent = nobody_agrees
    understood: bool = False
    proxy: gate.Proxy | None = None
    servers: servers.Servers = field(default_factory=servers.Servers)
    limit: int = DEFAULT_LIMIT
    told: Callable[[int, int], None] = lambda *_: None

    def check(self, pap: str) -> None:
        """Refuse what the case's PAP does not allow, before anything is made; ``PolicyError``."""
        policy.permit(self.classes, pap, understood=self.understood)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What became of a wish to look up: the plan, how it was agreed to, what was sent and what came."""

    plan: LookupPlan
    consent: str
    tally: Tally
    shown: bool = False
    failure: NetworkError | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the documented object."""
        return {
            "schema": "forensics/looked-up/1",
            "plan": self.plan.as_json(),
            "consent": self.consent or None,
            "sent": self.tally.sent,
            "replies": dict(self.tally.replies),
            "unsent": dict(self.tally.unsent),
            "failure": str(self.failure) if self.failure else None,
        }

    def lines(self) -> list[str]:
        """Say what was done, in plain words; the plan first where nothing was agreed to."""
        if not self.plan.servers:
            return list(self.plan.lines())
        if not self.consent:
            return [
                *([] if self.shown else self.plan.lines()),
                "Nothing was sent. The case is complete without look-ups.",
            ]
        replies = ", ".join(f"{number:,} {status}" for status, number in self.tally.replies.items()) or "no reply"
        told = [f"Online look-ups: {count(self.tally.sent, 'question')} sent ({self.plan.exit}): {replies}."]
        return [*told, *(f"Not sent: {number:,}, {reason}." for reason, number in self.tally.unsent.items())]

    def check(self, where: str, *, one_time_key: bool = False) -> None:
        """Raise ``PolicyError`` where nobody agreed, ``NetworkError`` where not one reply could be had."""
        again = f"forensics case look-up {where}"
        if self.plan.servers and not self.consent:
            names = " ".join(f"--online {item}" for item in self.plan.classes)
            raise PolicyError(
                "online look-ups need your consent; nothing was sent and the case is complete without them",
                where=where,
                hint="Read the plan, then run the same with --yes and another --case"
                if one_time_key
                else f"Read the plan, then: {again} {names} --yes",
            )
        if self.failure is not None:
            raise self.failure
        if self.plan.servers and not self.tally.answered:
            raise NetworkError(
                "not one answer could be had; the case is complete without look-ups",
                where=where,
                hint="`forensics custody log` shows what each server said; try again later"
                + ("" if one_time_key else f": {again}"),
            )


class _Seal:
    """Records each question before it is sent and seals each reply before the next question."""

    def __init__(self, sealer: Sealer, agreed: LookupPlan) -> None:
        self._sealer = sealer
        self._plan = agreed

    def asks(self, query: Query, endpoint: Endpoint) -> None:
        """Record a question that is about to be sent."""
        subject = {**_question(query), "host": endpoint.text, "exit": self._plan.exit, "plan": self._plan.digest}
        self._sealer.record("lookup.query", subject, sign=False)

    def keeps(self, reply: Reply) -> Record:
        """Write the reply and seal it."""
        record, files = files_of(reply, self._plan.exit)
        names = write_new(self._sealer, files)
        subject: dict[str, Any] = {
            **_question(reply.query),
            "host": reply.host,
            "asked_at": reply.asked_at.isoformat(),
            "status": str(reply.status),
            "sha256": reply.sha256,
            "bytes": len(reply.body),
            "record": record.name,
        }
        if reply.http_status is not None:
            subject["http_status"] = reply.http_status
        if reply.error:
            subject["error"] = reply.error
        self._sealer.record("lookup.answer", subject, names)
        return record


def _question(query: Query) -> dict[str, Any]:
    return {
        "class": str(query.lookup_class),
        "source": query.source,
        "transport": str(query.transport),
        "server": query.server,
        "request": query.request,
        "about": query.subject,
    }


def look_up(sealer: Sealer, candidates: Candidates, wanted: Online) -> Looked:
    """Plan, ask for consent, ask the servers, seal. What was sealed stays whatever stops it."""
    case = sealer.case
    wanted.check(case.facts.pap)
    book = AnswerBook.load(case.path / FOLDER)
    wishes = plan.Wishes(
        classes=wanted.classes,
        servers=wanted.servers,
        exit=wanted.proxy.text if wanted.proxy else gate.DIRECT,
        limit=wanted.limit,
    )
    made = plan.make(candidates, book, wishes)
    consent = wanted.consent(made) if made.servers else ""
    _record(sealer, made, consent)
    nothing = Tally(replies={}, unsent={})
    if not consent:
        return Looked(plan=made, consent="", tally=nothing, shown=wanted.consent is not nobody_agrees)
    way = gate.NetGate(made.classes, made.hosts, wanted.proxy, wanted.servers.ca_file)
    asker = Asker(plan=made, wishes=wishes, book=book, gate=way, clock=Pace(), keeper=_Seal(sealer, made))
    try:
        tally, failure = asker.run(case.facts.id, wanted.told), None
    except NetworkError as error:
        tally, failure = asker.tally, error
    return Looked(plan=made, consent=consent, tally=tally, failure=failure)


def _record(sealer: Sealer, made: LookupPlan, consent: str) -> None:
    """Seal the plan and what was decided about it."""
    names = write_new(sealer, [(f"plans/{made.digest}.json", made.as_bytes())])
    subject: dict[str, Any] = {
        "plan": made.digest,
        "consent": bool(consent),
        "how": consent or ("nothing to ask" if not made.servers else "nobody agreed"),
        "classes": [str(item) for item in made.classes],
        "exit": made.exit,
        "queries": made.most,
        "addresses": len(made.targets),
    }
    sealer.record("lookup.plan", subject, names)


def wish(  # noqa: PLR0913 - the options of a command
    names: Sequence[str],
    *,
    consent: Consent,
    understood: bool = False,
    proxy: str = "",
    settings: Path | None = None,
    limit: int = DEFAULT_LIMIT,
    told: Callable[[int, int], None] = lambda *_: None,
) -> Online | None:
    """Read the options of a command; ``None`` where no class was opened. ``UsageError``: not understood."""
    classes = policy.classes(names)
    if not classes:
        return None
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"no limit: {limit}", where="--online-limit", hint=f"Write a number from 1 to {MAX_LIMIT:,}")
    return Online(
        classes=classes,
        consent=consent,
        understood=understood,
        proxy=gate.read_proxy(proxy),
        servers=servers.load(settings),
        limit=limit,
        told=told,
    )
