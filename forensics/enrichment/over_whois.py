"""Ask by WHOIS (RFC 3912): one line out, text back until the server ends. Clear text: everybody on the path reads both.

Referrals in an answer are never followed: the server they name may be run by the holder of the range.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from forensics.enrichment.source import Query, Reply, ReplyStatus

if TYPE_CHECKING:
    from forensics.enrichment.gate import NetGate
    from forensics.enrichment.servers import Endpoint

MAX_BODY = 1_000_000
_LINE = re.compile(r"[ -~]{1,250}")
_HEAD = 4_096
_NOT_FOUND = re.compile(
    rb"^%ERROR:101\b|^%\s*No entries found|^No match found for|^% No match for", re.MULTILINE | re.IGNORECASE
)
_LIMITED = re.compile(rb"^%ERROR:(?:201|306)\b|^[%#].*(?:rate|query) limit exceeded", re.MULTILINE | re.IGNORECASE)
_REFUSED = re.compile(rb"^%ERROR:(?:2\d\d|3\d\d)\b|^[%#].*permanently denied", re.MULTILINE | re.IGNORECASE)
"""RIPE Database query reference, "Error messages"; APNIC and AFRINIC run the same or a like server. ARIN and LACNIC in words."""


def fetch(gate: NetGate, endpoint: Endpoint, query: Query, asked_at: datetime) -> Reply:
    """Ask and return whatever came: never raises for what a server or the path does."""
    body, error = b"", ""
    if not _LINE.fullmatch(query.request):
        error = "the request is no line of printable ASCII; nothing was sent"
    else:
        try:
            with gate.stream(query.lookup_class, endpoint.host, endpoint.port) as channel:
                channel.sendall(query.request.encode("ascii") + b"\r\n")
                body = channel.read_to_end(MAX_BODY)
        except (OSError, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"[:300]
    if len(body) > MAX_BODY:
        body, error = body[:MAX_BODY], f"the reply is larger than {MAX_BODY:,} bytes"
    elif not body and not error:
        error = "the server said nothing"
    status = ReplyStatus.FAILED if error else _status(body)
    return Reply(query=query, status=status, body=body, host=endpoint.text, asked_at=asked_at, error=error)


def _status(body: bytes) -> ReplyStatus:
    """Read the status from what the server itself says at the head; the text of objects is a stranger's."""
    head = b"\n".join(
        line for line in body[:_HEAD].splitlines() if line.startswith((b"%", b"#", b"No match found for"))
    )
    for pattern, status in (
        (_NOT_FOUND, ReplyStatus.NOT_FOUND),
        (_LIMITED, ReplyStatus.LIMITED),
        (_REFUSED, ReplyStatus.REFUSED),
    ):
        if pattern.search(head):
            return status
    return ReplyStatus.ANSWERED
