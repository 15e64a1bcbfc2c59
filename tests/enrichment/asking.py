"""Ask a source as the gate would, but out of a specimen: every question must be one that the specimen answers.

A specimen is a folder ``samples/answers/<source>/<case>/``: ``case.json`` holds the address, the event's day, when it was
asked and, for each request, the file with the reply (``.dns``: a message in dnspython's presentation, sent as wire) or only
a status; ``answer.json`` is the accepted reading.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rrset

from forensics.enrichment.source import Answered, Query, Reply, ReplyStatus, Source, Unanswered
from forensics.plugins import discover

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "answers"
ASKED_AT = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
ROUNDS = 5


def sources() -> dict[str, Source]:
    """Return every source."""
    return discover("forensics.enrichment.sources", "SOURCE", Source, "forensics.sources")


def reply_to(
    query: Query,
    body: bytes,
    status: ReplyStatus = ReplyStatus.ANSWERED,
    asked_at: datetime = ASKED_AT,
    error: str = "",
) -> Reply:
    """Return a reply as a transport makes it."""
    digest = sha256(body).hexdigest() if body else ""
    return Reply(query=query, status=status, body=body, asked_at=asked_at, sha256=digest, error=error)


def wire(request: str, *records: tuple[str, str, str], rcode: int = 0) -> bytes:
    """Return the wire message that answers "TYPE name" with records (owner or "", type, value)."""
    kind, _, name = request.partition(" ")
    message = dns.message.make_response(dns.message.make_query(name, kind, id=1))
    message.set_rcode(dns.rcode.Rcode(rcode))
    for owner, record_type, value in records:
        message.answer.append(dns.rrset.from_text(owner or name, 300, "IN", record_type, value))
    return message.to_wire()


def ask(
    source: Source, address: str, day: date | None, book: Mapping[str, Reply | bytes]
) -> tuple[Answered | Unanswered, list[Reply]]:
    """Ask until the source has no more questions; return what it reads and all replies."""
    replies: list[Reply] = []
    waiting: Sequence[Query] = source.queries(address, day)
    for _ in range(ROUNDS):
        if not waiting:
            break
        for query in waiting:
            found = book[query.request]
            replies.append(reply_to(query, found) if isinstance(found, bytes) else _about(query, found))
        waiting = source.follow(address, day, replies)
    assert not waiting, f"{source.name} still asks after {ROUNDS} rounds: {[query.request for query in waiting]}"
    return source.read(address, day, replies), replies


def _about(query: Query, reply: Reply) -> Reply:
    """Return a reply that was made for another instance of the same question."""
    return reply_to(query, reply.body, reply.status, reply.asked_at, reply.error)


def specimens() -> list[tuple[str, Path]]:
    """Return (source, folder) of every specimen."""
    return [(folder.parent.name, folder) for folder in sorted(SAMPLES.glob("*/*")) if (folder / "case.json").is_file()]


def load(folder: Path, name: str) -> bytes:
    """Return the bytes of a recorded reply."""
    path = folder / name
    return (
        dns.message.from_text(path.read_text(encoding="utf-8")).to_wire()
        if path.suffix == ".dns"
        else path.read_bytes()
    )


def recorded(folder: Path) -> list[bytes]:
    """Return the bytes of every recorded reply of a specimen, in the order of asking."""
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    return [load(folder, told["file"]) for told in case["replies"].values() if "file" in told]


def replayed(source: Source, folder: Path) -> tuple[Answered | Unanswered, list[Reply]]:
    """Ask the source's questions of a specimen."""
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    asked_at = datetime.fromisoformat(case["asked_at"])
    book: dict[str, Reply | bytes] = {}
    stand_in = Query(
        source="", lookup_class=source.lookup_class, transport=next(iter(source.queries(case["address"], None))).transport,
        server="", request="", subject="", learns="",
    )  # fmt: skip
    for request, told in case["replies"].items():
        body = load(folder, told["file"]) if "file" in told else b""
        status = ReplyStatus(told.get("status", "answered"))
        book[request] = reply_to(stand_in, body, status, asked_at, told.get("error", ""))
    day = date.fromisoformat(case["day"]) if case["day"] else None
    return ask(source, case["address"], day, book)


def plain(answer: Answered | Unanswered) -> dict[str, Any]:
    """Return an answer as JSON values, without what is empty."""
    shown = {"kind": type(answer).__name__, **asdict(answer)}
    shown.pop("replies")
    if "statements" in shown:
        shown["statements"] = [{key: value for key, value in row.items() if value} for row in shown["statements"]]
    result: dict[str, Any] = json.loads(json.dumps({key: value for key, value in shown.items() if value}, default=str))
    return result
