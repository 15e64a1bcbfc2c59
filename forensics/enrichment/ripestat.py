"""The envelope of RIPEstat's data calls: ``GET /data/<call>/data.json?resource=…``.

``{"status": "ok", "status_code": 200, "data_call_status": "supported", "messages": [[level, text]], "data": {…},
…}``. Times are ISO 8601 without a zone and mean UTC. A query never names the event's day: RIPE NCC learns the
address, not when something happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from forensics.enrichment.json_reply import document, members, text
from forensics.enrichment.reading import bounded
from forensics.enrichment.source import LookupClass, Query, Reply, ReplyStatus, Transport
from forensics.sentence import dated, say, say_n


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A good reply: its data, and what the service adds that limits them."""

    data: dict[str, Any]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a reply holds no data."""

    status: ReplyStatus
    reason: str


def question(source: str, call: str, address: str, resource: str, *, version: str = "") -> Query:
    """Return a query of one data call about a resource."""
    parameters = f"resource={quote(resource, safe='')}" + (f"&version={quote(version, safe='')}" if version else "")
    return Query(
        source=source,
        lookup_class=LookupClass.HISTORY,
        transport=Transport.HTTPS,
        server="ripestat",
        request=f"/data/{call}/data.json?{parameters}",
        subject=address,
        learns="RIPE NCC: the address"
        if resource.partition("/")[0] == address
        else "RIPE NCC: the range that holds the address",
    )


def envelope(reply: Reply) -> Told | Failure:
    """Return the data of a reply, or why there are none."""
    if reply.status is not ReplyStatus.ANSWERED:
        return Failure(status=reply.status, reason=reply.error or f"no answer ({reply.status})")
    found = document(reply.body)
    if isinstance(found, str):
        return Failure(status=ReplyStatus.FAILED, reason=found)
    messages = _messages(found.get("messages"))
    state, call = text(found.get("status")), text(found.get("data_call_status"))
    if state != "ok" or call.startswith(("maintenance", "development")) or not isinstance(found.get("data"), dict):
        errors = "; ".join(words for _, words in messages) or f"status {bounded(state)!r}, data call {bounded(call)!r}"
        return Failure(status=ReplyStatus.FAILED, reason=f"RIPEstat gives no data: {errors}")
    limits = [say("RIPEstat: {said}", said=words) for level, words in messages if level != "info"]
    if call != "supported":
        limits.append(say("RIPEstat says of this data call: {said}", said=bounded(call) or say("nothing")))
    return Told(data=members(found.get("data")), warnings=tuple(limits))


def _messages(value: Any) -> list[tuple[str, str]]:
    """Return (level, text) of every message."""
    pairs = [item for item in value if isinstance(item, list) and len(item) > 1] if isinstance(value, list) else []
    return [(text(item[0]).lower(), bounded(text(item[1]))) for item in pairs]


def nearest(day: date, found: list[tuple[int, str]]) -> str:
    """Return the nearest of (days away, words) to the day, for a sentence."""
    away, words = min(found)
    return say_n(
        "the nearest to {day} is {found}, {n} day away",
        "the nearest to {day} is {found}, {n} days away",
        away,
        day=dated(day),
        found=words,
    )
