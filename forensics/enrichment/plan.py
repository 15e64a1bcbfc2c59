"""The plan of an online look-up: printed before any packet leaves, agreed to, sealed.

It says how many questions go to whom, what each learns, by which way out, about which addresses; and which addresses are
not asked about, and why. It is a pure function of the addresses, the answer book and the server settings.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from forensics.enrichment.answers import AnswerBook
from forensics.enrichment.gate import DIRECT, way_out
from forensics.enrichment.records import key_of
from forensics.enrichment.servers import Endpoint, Servers
from forensics.enrichment.source import LookupClass, Query, ReplyStatus, Source, Transport, Unanswered
from forensics.enrichment.special_purpose import special_purpose
from forensics.errors import PolicyError

FOLLOW_UPS = 8
"""Questions at most that the answers about one address may make one source ask on."""

SHOWN = 8
LOCAL_ONLY = ("Documentation", "Reserved")
"""Special-purpose blocks that a server on this machine may be asked about: for samples and rehearsals."""

OWNER = "the owner's own address"
SPECIAL = "special-purpose: no registry knows a holder"
OVER = "over the limit of addresses (--online-limit)"
NOBODY = "no opened source answers for this address"
HELD = "answered already in the book"
NO_SUSPICION = "no owner was declared (--owner), so no address is under suspicion"
UNSET = "no server is set for the question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address to ask about, and the days as of which it is told."""

    address: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedServer:
    """What one server is asked. ``first`` questions are certain, ``most`` counts what their answers may lead to."""

    endpoint: Endpoint
    lookup_class: LookupClass
    transport: Transport
    learns: str
    terms: str
    first: int
    most: int
    if_unanswered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupPlan:
    """What would be sent. ``left_out`` is (address, reason) of all that is not asked, ``unset`` (server, why it has none)."""

    classes: tuple[LookupClass, ...]
    exit: str
    servers: tuple[PlannedServer, ...]
    targets: tuple[Target, ...]
    left_out: tuple[tuple[str, str], ...]
    further: int = 0
    baseline: bool = True
    unset: tuple[tuple[str, str], ...] = ()

    @property
    def first(self) -> int:
        """How many questions are certain."""
        return sum(item.first for item in self.servers if not item.if_unanswered)

    @property
    def most(self) -> int:
        """How many questions are sent at most; the asker stops there."""
        return sum(item.most for item in self.servers)

    @property
    def hosts(self) -> frozenset[tuple[str, int]]:
        """Every (host, port) that the gate may open to, redirects inside a registry included."""
        found = {(item.endpoint.host, item.endpoint.port) for item in self.servers}
        return frozenset(found.union(*(item.endpoint.redirects for item in self.servers)))

    @property
    def digest(self) -> str:
        """The digest of the plan as it is sealed."""
        return hashlib.sha256(self.as_bytes()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return the documented object of a plan."""
        return {
            "schema": "forensics/lookup-plan/1",
            "classes": [str(item) for item in self.classes],
            "exit": self.exit,
            "queries": {"first": self.first, "most": self.most},
            "servers": [
                {
                    "server": item.endpoint.key,
                    "host": item.endpoint.text,
                    "class": str(item.lookup_class),
                    "transport": str(item.transport),
                    "learns": item.learns,
                    "terms": item.terms,
                    "first": item.first,
                    "most": item.most,
                    "if_unanswered": item.if_unanswered,
                    "may_redirect_to": sorted(
                        f"{host}:{port}"
                        for host, port in item.endpoint.redirects - {(item.endpoint.host, item.endpoint.port)}
                    ),
                }
                for item in self.servers
            ],
            "addresses": [{"address": item.address, "days": [str(day) for day in item.days]} for item in self.targets],
            "not_asked": [{"address": address, "reason": reason} for address, reason in self.left_out],
            "not_asked_further": self.further,
            "baseline": self.baseline,
            "without_server": [{"server": key, "reason": reason} for key, reason in self.unset],
        }

    def as_bytes(self) -> bytes:
        """Return the plan as it is sealed: one line of JSON, keys sorted."""
        return (json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()

    def lines(self) -> Iterator[str]:
        """Yield the plan in plain words."""
        if not self.servers:
            yield "Nothing to ask online: no packet would leave."
        else:
            yield f"Plan of online look-ups ({', '.join(self.classes)}). Nothing has been sent yet."
            more = f" (at most {self.most:,} with what answers lead to)" if self.most > self.first else ""
            yield f"{_count(self.first, 'question')}{more} about {_count(len(self.targets), 'address')}: {self._named()}"
            yield "An answer about a whole range serves its other addresses, so there may be fewer."
        for item in self.servers:
            certain = (
                "only where another source gave no answer" if item.if_unanswered else _count(item.first, "question")
            )
            yield f"- {item.endpoint.text} ({item.lookup_class}, {_ways(item)}): {certain}, at most {item.most:,}."
            yield f"  Learns: {item.learns}." + (f" Terms: {item.terms}." if item.terms else "")
        if self.servers:
            yield way_out(self.exit)
        if not self.baseline and self.targets:
            yield "No owner was declared (--owner): these addresses may include the owner's own."
        yield from self._not_asked()

    def _named(self) -> str:
        shown = ", ".join(item.address for item in self.targets[:SHOWN])
        return shown + (f" and {len(self.targets) - SHOWN:,} more" if len(self.targets) > SHOWN else "")

    def _not_asked(self) -> Iterator[str]:
        reasons: dict[str, int] = {}
        for _, reason in self.left_out:
            reasons[reason] = reasons.get(reason, 0) + 1
        if self.further:
            reasons[OVER] = reasons.get(OVER, 0) + self.further
        for reason, number in sorted(reasons.items()):
            yield f"Not asked about {number:,} more: {reason}."
        for key, reason in self.unset:
            yield f"Not asked: {key}, {reason}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 'es' if what.endswith('s') else 's'}"


def _ways(item: PlannedServer) -> str:
    clear = {Transport.HTTPS: "encrypted", Transport.WHOIS: "clear text", Transport.DNS: "clear text"}
    way = clear[item.transport] if item.endpoint.scheme != "http" else "on this machine"
    return f"{item.transport}, {way}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Which addresses a case would ask about, in order of importance; ``own`` are kept back whatever they are.

    ``further`` counts those beyond the list, ``baseline`` says whether an owner was declared at all.
    """

    targets: Sequence[Target]
    own: Collection[str] = ()
    further: int = 0
    baseline: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user opened: classes, way out in words (``DIRECT`` or a proxy), servers, and how many addresses."""

    classes: frozenset[LookupClass]
    servers: Servers
    exit: str = DIRECT
    limit: int = 200


def make(candidates: Candidates, book: AnswerBook, wishes: Wishes) -> LookupPlan:
    """Return the plan. Without an owner no address is under suspicion, so none is asked about in reverse."""
    closed = frozenset() if candidates.baseline else wishes.classes & {LookupClass.PTR}
    draft = _Draft(book, replace(wishes, classes=wishes.classes - closed))
    draft.unset |= dict.fromkeys(map(str, closed), NO_SUSPICION)
    targets: list[Target] = []
    left: list[tuple[str, str]] = []
    for target in candidates.targets:
        reason = _kept_back(target, candidates)
        if not reason and len(targets) >= wishes.limit:
            reason = OVER
        reason = reason or draft.add(target)
        if reason:
            left.append((target.address, reason))
        else:
            targets.append(target)
    return LookupPlan(
        classes=tuple(sorted(draft.wishes.classes)),
        exit=wishes.exit,
        servers=tuple(count.planned(key) for key, count in sorted(draft.counts.items())),
        targets=tuple(targets),
        left_out=tuple(left),
        further=candidates.further,
        baseline=candidates.baseline,
        unset=tuple(sorted(draft.unset.items())),
    )


def may_ask(address: str, endpoint: Endpoint) -> bool:
    """Whether a server may be asked about an address: special-purpose space is nobody's business outside this machine."""
    row = special_purpose(ipaddress.ip_address(address))
    return row is None or (endpoint.local and row.name.startswith(LOCAL_ONLY))


def opened(book: AnswerBook, classes: Collection[LookupClass]) -> tuple[Source, ...]:
    """Return the sources of the opened classes; those that stand in for another come last."""
    found = [source for source in book.sources.values() if source.lookup_class in classes]
    return tuple(sorted(found, key=lambda source: (bool(source.fallback_for), source.name)))


def follows_up(source: Source) -> bool:
    """Whether answers may make a source ask on."""
    return source.follow is not Source.__dataclass_fields__["follow"].default


def unanswered(book: AnswerBook, source: Source, address: str, day: date | None) -> tuple[Query, ...]:
    """Return what a source still has to ask now: nothing where it, a leaf, or the source it stands in for answers already."""
    if source.fallback_for and not _wanting(book, source, address, day):
        return ()
    own = book.closure(source, address, day)
    again = tuple(record.reply.query for record in own.replies if not record.settled)
    if own.missing or again:
        return () if book.leaf(source, address, day) else (*own.missing, *again)
    return ()


def _wanting(book: AnswerBook, source: Source, address: str, day: date | None) -> bool:
    """Whether the source that this one stands in for gave no answer, unless because its server wants no questions now."""
    stood_for = book.sources.get(source.fallback_for)
    said = book.said(stood_for, address, day) if stood_for else None
    if isinstance(said, Unanswered):
        return said.status not in (ReplyStatus.LIMITED, ReplyStatus.REFUSED)
    return said is None


def _kept_back(target: Target, candidates: Candidates) -> str:
    if target.address in candidates.own:
        return OWNER
    row = special_purpose(ipaddress.ip_address(target.address))
    return SPECIAL if row is not None and not row.name.startswith(LOCAL_ONLY) else ""


@dataclass(slots=True)
class _Draft:
    """Gathers the questions of a plan, each once."""

    book: AnswerBook
    wishes: Wishes
    counts: dict[tuple[str, LookupClass, Transport], _Count] = field(default_factory=dict)
    unset: dict[str, str] = field(default_factory=dict)
    _seen: set[tuple[str, str, str, str]] = field(default_factory=set)
    _endpoints: dict[tuple[str, Transport], Endpoint | None] = field(default_factory=dict)

    def add(self, target: Target) -> str:
        """Take in the questions about an address; return why there are none, or an empty text."""
        reasons: set[str] = set()
        for source in opened(self.book, self.wishes.classes):
            for day in target.days:
                for query in unanswered(self.book, source, target.address, day):
                    reasons.add(self._count(source, query, target.address))
        if "" in reasons:
            return ""
        held = any(
            self.book.said(source, target.address, day) is not None
            for source in opened(self.book, self.wishes.classes)
            for day in target.days
        )
        return min(reasons, default=HELD if held else NOBODY)

    def _count(self, source: Source, query: Query, address: str) -> str:
        """Count one question; return why it cannot be asked, or an empty text."""
        endpoint = self._endpoint(query)
        if endpoint is None:
            return UNSET
        if not may_ask(address, endpoint):
            return SPECIAL
        if key_of(query) not in self._seen:
            self._seen.add(key_of(query))
            key = (query.server, query.lookup_class, query.transport)
            self.counts.setdefault(key, _Count(endpoint)).add(source, query)
        return ""

    def _endpoint(self, query: Query) -> Endpoint | None:
        key = (query.server, query.transport)
        if key not in self._endpoints:
            try:
                self._endpoints[key] = self.wishes.servers.endpoint(*key, proxied=self.wishes.exit != DIRECT)
            except PolicyError as error:
                self._endpoints[key] = None
                self.unset[query.server] = f"{error.what}. {error.hint}"
        return self._endpoints[key]


@dataclass(slots=True)
class _Count:
    """Counts the questions to one server while the plan is made."""

    endpoint: Endpoint
    first: int = 0
    most: int = 0
    certain: bool = False
    learns: dict[str, None] = field(default_factory=dict)
    terms: dict[str, None] = field(default_factory=dict)

    def add(self, source: Source, query: Query) -> None:
        self.first += 1
        self.most += 1 + (FOLLOW_UPS if follows_up(source) else 0)
        self.certain = self.certain or not source.fallback_for
        self.learns[query.learns or source.learns] = None
        self.terms[source.terms] = None

    def planned(self, key: tuple[str, LookupClass, Transport]) -> PlannedServer:
        _, lookup_class, transport = key
        return PlannedServer(
            endpoint=self.endpoint,
            lookup_class=lookup_class,
            transport=transport,
            learns="; ".join(item for item in list(self.learns)[:SHOWN] if item),
            terms="; ".join(item for item in self.terms if item),
            first=self.first,
            most=self.most,
            if_unanswered=not self.certain,
        )
