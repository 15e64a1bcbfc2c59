"""RIPEstat allocation-history: to which registry the block was allocated on the day of the event.

``data.results{"IANA": […], "RIPE NCC": [{resource, status, timelines[{starttime, endtime}]}]}``.

Proves: that a registry had allocated or assigned the block then. It names no holder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from forensics.enrichment import json_reply, reading, registration, ripestat
from forensics.enrichment.bootstrap import registry_of
from forensics.enrichment.reading import said
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, ReplyStatus, Source, Statement, Unanswered
from forensics.enrichment.validity import distance, overlaps
from forensics.sentence import dated, say

NAME = "ripestat_allocation_history"
_CALL = "allocation-history"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Allocation:
    """A period in which a registry listed a block."""

    registry: str
    first: str
    last: str
    resource: str
    status: str
    since: datetime
    until: datetime

    @property
    def shown(self) -> str:
        """Return the row in one line."""
        return " ".join(filter(None, (self.resource, self.status, f"({self.registry})")))


def queries(address: str, _: date | None) -> Sequence[Query]:
    """Ask about any address that a registry administers."""
    return () if registry_of(address) is None else (ripestat.question(NAME, _CALL, address, address),)


def _allocations(address: str, results: dict[str, object]) -> list[_Allocation]:
    """Return the periods of every listed block that holds the address."""
    found = []
    for registry, rows in results.items():
        for row in json_reply.objects(rows):
            resource = json_reply.text(row.get("resource"))
            first, last = registration.range_of(resource) if len(resource) <= reading.LONGEST else ("", "")
            if not reading.holds(first, last, address):
                continue
            for timeline in json_reply.objects(row.get("timelines")):
                since = reading.time_of(json_reply.text(timeline.get("starttime"))[:40])
                until = reading.time_of(json_reply.text(timeline.get("endtime"))[:40])
                if since is not None and until is not None and since <= until:
                    found.append(
                        _Allocation(
                            registry=reading.bounded(registry),
                            first=first,
                            last=last,
                            resource=resource,
                            status=reading.bounded(json_reply.text(row.get("status"))),
                            since=since,
                            until=until,
                        )
                    )
    return sorted(
        found, key=lambda item: (-(registration.prefix_length(item.first, item.last) or 0), item.registry, item.since)
    )


def read(address: str, day: date | None, replies: Sequence[Reply]) -> Answered | Unanswered:
    """Read the allocations of the day; without a day, all."""
    silence = reading.silent(NAME, address, replies)
    if silence is not None:
        return silence
    told = ripestat.envelope(replies[0])
    if isinstance(told, ripestat.Failure):
        return reading.unanswered(NAME, address, replies, told.reason, told.status)
    known = _allocations(address, json_reply.members(told.data.get("results")))
    if not known:
        reason = "no allocation of a block with the address in it is listed"
        return reading.unanswered(NAME, address, replies, reason, ReplyStatus.NOT_FOUND)
    second = timedelta(seconds=1)
    during = [item for item in known if day is None or overlaps(item.since, item.until + second, day)]
    chosen = during or [min(known, key=lambda item: distance(item.since.date(), item.until.date(), day or date.max))]
    absent = (
        ()
        if during
        else (
            say(
                "no allocation of the address is listed for {day}; the nearest is told with its period", day=dated(day)
            ),
        )
    )
    return reading.answered(
        Answered(
            source=NAME,
            subject=address,
            statements=tuple(statement for item in chosen for statement in _statements(item)),
            first=chosen[0].first,
            last=chosen[0].last,
            warnings=(*absent, *told.warnings),
        ),
        replies,
    )


def _statements(item: _Allocation) -> list[Statement]:
    return said("allocation", (item.shown,), since=item.since.date(), until=item.until.date())


SOURCE = Source(
    name=NAME,
    title="RIPEstat allocation history",
    lookup_class=LookupClass.HISTORY,
    learns="RIPE NCC: the address",
    terms="RIPEstat terms of service; free, to be named as the source",
    queries=queries,
    read=read,
)
