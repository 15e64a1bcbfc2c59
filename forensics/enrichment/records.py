"""One recorded reply as a line of canonical JSON, and back: what the answer book is made of.

::

    {"asked_at":"2026-11-23T10:00:00Z","body":"<sha256 or empty>","class":"rdap","error":"","exit":"direct",
     "headers":[["content-type","application/rdap+json"]],"host":"rdap.db.ripe.net:443","http_status":200,"learns":"…",
     "request":"/ip/192.0.2.1","schema":"forensics/reply/1","server":"rdap.ripencc","source":"rdap","status":"answered",
     "subject":"192.0.2.1","transport":"https"}

Keys sorted, no spaces, UTF-8, one line feed at the end. The SHA-256 of the line is the name of the record.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from forensics.enrichment.source import LookupClass, Query, Reply, ReplyStatus, Transport
from forensics.errors import DataError

SCHEMA = "forensics/reply/1"
MAX_RECORD = 65_535
_TEXTS = ("source", "server", "request", "subject", "learns", "host", "error", "exit", "body")
_KEYS = {*_TEXTS, "schema", "class", "transport", "status", "http_status", "headers", "asked_at"}
_DIGEST = re.compile(r"[0-9a-f]{64}|")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A reply without its body (``reply.sha256`` names it), the way out that was used, and the record's own digest."""

    reply: Reply
    exit: str
    name: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two questions the same one."""
        return key_of(self.reply.query)

    @property
    def settled(self) -> bool:
        """Whether asking again would say no more: the server answered, or said that it holds nothing."""
        return self.reply.status in (ReplyStatus.ANSWERED, ReplyStatus.NOT_FOUND)


def key_of(query: Query) -> tuple[str, str, str, str]:
    """Return what makes two questions the same one: source, transport, server, request."""
    return query.source, str(query.transport), query.server, query.request


def encode(reply: Reply, way_out: str) -> bytes:
    """Return the line of a reply."""
    query = reply.query
    row = {
        "schema": SCHEMA,
        "source": query.source,
        "class": str(query.lookup_class),
        "transport": str(query.transport),
        "server": query.server,
        "request": query.request,
        "subject": query.subject,
        "learns": query.learns,
        "host": reply.host,
        "exit": way_out,
        "status": str(reply.status),
        "http_status": reply.http_status,
        "headers": [list(pair) for pair in reply.headers],
        "asked_at": reply.asked_at.astimezone(UTC).strftime(_TIME),
        "body": reply.sha256 if reply.body else "",
        "error": reply.error,
    }
    return _spelled(row)


def decode(line: bytes, where: str) -> Record:
    """Undo ``encode``; anything but one canonical line is a ``DataError``."""
    try:
        if len(line) > MAX_RECORD:
            message = "too long"
            raise ValueError(message)  # noqa: TRY301 - told with the place below
        row = json.loads(line.decode("utf-8"))
        reply = _reply(row)
        if _spelled(row) != line:
            message = "not in its one spelling"
            raise ValueError(message)  # noqa: TRY301
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        hint = "Take the answers from where they were sealed"
        raise DataError(f"a recorded answer is damaged ({error})", where=where, hint=hint) from error
    return Record(reply=reply, exit=row["exit"], name=hashlib.sha256(line).hexdigest())


def _spelled(row: Mapping[str, Any]) -> bytes:
    text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def _reply(row: Any) -> Reply:
    """Read a row strictly: every key, every type."""
    if not isinstance(row, dict) or set(row) != _KEYS or row["schema"] != SCHEMA:
        message = "not a reply"
        raise ValueError(message)
    if not all(isinstance(row[name], str) for name in _TEXTS) or not _DIGEST.fullmatch(row["body"]):
        message = "a member is not text"
        raise ValueError(message)
    code = row["http_status"]
    if not (code is None or (type(code) is int and 100 <= code <= 999)):  # noqa: PLR2004 - RFC 9110, section 15
        message = "http_status"
        raise ValueError(message)
    query = Query(
        source=row["source"],
        lookup_class=LookupClass(row["class"]),
        transport=Transport(row["transport"]),
        server=row["server"],
        request=row["request"],
        subject=row["subject"],
        learns=row["learns"],
    )
    return Reply(
        query=query,
        status=ReplyStatus(row["status"]),
        host=row["host"],
        headers=tuple((str(name), str(value)) for name, value in row["headers"]),
        http_status=code,
        asked_at=datetime.strptime(row["asked_at"], _TIME).replace(tzinfo=UTC),
        sha256=row["body"],
        error=row["error"],
    )
