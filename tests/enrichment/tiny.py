"""A small source of our own, so that gate, book and plan are tested apart from the sources that the tool brings.

It asks ``/ip/ADDRESS`` of the server ``sample.registry``; the reply is ``{"holder", "first", "last", "leaf", "next"}``, where
``next`` names a further path to ask.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from forensics.enrichment.answers import files_of
from forensics.enrichment.records import Record
from forensics.enrichment.source import (
    Answered,
    LookupClass,
    Query,
    Reply,
    ReplyStatus,
    Source,
    Statement,
    Transport,
    Unanswered,
)

KEY = "sample.registry"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def question(address: str, path: str) -> Query:
    """Return a question about an address."""
    return Query(
        source="tiny",
        lookup_class=LookupClass.VENDOR,
        transport=Transport.HTTPS,
        server=KEY,
        request=path,
        subject=address,
        learns="the sample registry: the address",
    )


def _queries(address: str, _: date | None) -> Sequence[Query]:
    return (question(address, f"/ip/{address}"),)


def _follow(address: str, _: date | None, replies: Sequence[Reply]) -> Sequence[Query]:
    paths = [json.loads(reply.body).get("next", "") for reply in replies if reply.status is ReplyStatus.ANSWERED]
    return [question(address, path) for path in paths if path]


def _read(address: str, _: date | None, replies: Sequence[Reply]) -> Answered | Unanswered:
    first = replies[0]
    digests = tuple(reply.sha256 for reply in replies)
    if first.status is not ReplyStatus.ANSWERED:
        return Unanswered(source="tiny", subject=address, status=first.status, reason=first.error, replies=digests)
    told = [json.loads(reply.body) for reply in replies if reply.status is ReplyStatus.ANSWERED]
    return Answered(
        source="tiny",
        subject=address,
        statements=tuple(Statement(what="address_holder", value=item["holder"]) for item in told),
        first=told[0].get("first", address),
        last=told[0].get("last", address),
        leaf=told[0].get("leaf", False),
        replies=digests,
        asked_at=first.asked_at,
    )


SOURCE = Source(
    name="tiny",
    title="A registry of samples",
    lookup_class=LookupClass.VENDOR,
    learns="the sample registry: the address",
    terms="None",
    queries=_queries,
    read=_read,
    follow=_follow,
    pause=0.0,
)
SOURCES: Mapping[str, Source] = {"tiny": SOURCE}
STEADY: Mapping[str, Source] = {
    "tiny": Source(**{name: getattr(SOURCE, name) for name in Source.__slots__ if name != "follow"})
}
"""Without further questions."""


def body(holder: str, **more: object) -> bytes:
    """Return a reply's bytes."""
    return json.dumps({"holder": holder, **more}).encode()


@dataclass
class Hand:
    """A clock that moves only when told to, and remembers what was waited for."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Return noon."""
        return NOON

    def elapsed(self) -> float:
        """Return what was slept."""
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        """Remember."""
        if seconds > 0:
            self.slept.append(seconds)


@dataclass
class Desk:
    """Keeps replies in a folder, as a case does, without the custody log."""

    folder: object
    asked: list[str] = field(default_factory=list)
    kept: list[Record] = field(default_factory=list)

    def asks(self, query: Query, _: object) -> None:
        """Remember a question."""
        self.asked.append(query.request)

    def keeps(self, reply: Reply) -> Record:
        """Write a reply."""
        from pathlib import Path

        record, files = files_of(reply, "direct")
        for name, data in files:
            path = Path(str(self.folder)) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.kept.append(record)
        return record
