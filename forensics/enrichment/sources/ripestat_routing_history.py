"""RIPEstat routing-history: which AS announced a prefix with the address in it on the day of the event.

``data.by_origin[{origin, prefixes[{prefix, timelines[{starttime, endtime, full_peers_seeing}]}]}]``, seen by the
collectors of RIPE's Routing Information Service since August 2000 in steps of eight hours.

Proves: that the AS announced the prefix in that period, as seen by so many full-feed peers. Not who used the address,
and not that the AS held it: a hijack looks the same. Only the most specific prefix of the day counts for delivery;
several origins of it are all told.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from forensics.enrichment import addresses, json_reply, reading, ripestat
from forensics.enrichment.bootstrap import registry_of
from forensics.enrichment.reading import LESS_SPECIFIC, said
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, ReplyStatus, Source, Statement, Unanswered
from forensics.enrichment.validity import distance, overlaps
from forensics.sentence import dated, say

NAME = "ripestat_routing_history"
_CALL = "routing-history"
_GRANULARITY = timedelta(hours=8)
_NUMBER = re.compile(r"(?:AS)?(\d{1,10})", re.ASCII)
_USUAL = {4: 24, 6: 48}  # the longest prefixes that are commonly announced


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A period in which an AS was seen to announce a prefix."""

    number: str
    prefix: ipaddress.IPv4Network | ipaddress.IPv6Network
    since: datetime
    until: datetime
    peers: float

    def away(self, day: date) -> int:
        """Return how many days the period lies from the day."""
        return distance(self.since.date(), self.until.date(), day)


def queries(address: str, _: date | None) -> Sequence[Query]:
    """Ask about any address of public space; the service sees the routing of all regions."""
    return () if registry_of(address) is None else (ripestat.question(NAME, _CALL, address, address),)


def follow(address: str, _: date | None, replies: Sequence[Reply]) -> Sequence[Query]:
    """Ask about the usual prefix where the answer about the single address names none: the call may match exactly."""
    if len(replies) != 1 or replies[0].status is not ReplyStatus.ANSWERED or _seen(address, replies):
        return ()
    if isinstance(ripestat.envelope(replies[0]), ripestat.Failure):
        return ()
    length = _USUAL[addresses.parse(address).version]
    return (ripestat.question(NAME, _CALL, address, str(ipaddress.ip_network(f"{address}/{length}", strict=False))),)


def _seen(address: str, replies: Sequence[Reply]) -> list[_Seen]:
    """Return every period of every prefix that holds the address."""
    found: list[_Seen] = []
    for told in map(ripestat.envelope, replies):
        if isinstance(told, ripestat.Failure):
            continue
        for origin in json_reply.objects(told.data.get("by_origin")):
            number = _NUMBER.fullmatch(json_reply.text(origin.get("origin")).strip())
            for item in json_reply.objects(origin.get("prefixes")) if number else ():
                prefix = reading.network_of(item.get("prefix"))
                if number and prefix and reading.holds(str(prefix[0]), str(prefix[-1]), address):
                    found += _periods(f"AS{number[1]}", prefix, json_reply.objects(item.get("timelines")))
    return found


def _periods(
    number: str, prefix: ipaddress.IPv4Network | ipaddress.IPv6Network, timelines: list[dict[str, Any]]
) -> list[_Seen]:
    """Return the readable periods of one prefix by one origin."""
    found = []
    for timeline in timelines:
        since = reading.time_of(json_reply.text(timeline.get("starttime"))[:40])
        until = reading.time_of(json_reply.text(timeline.get("endtime"))[:40])
        if since is None or until is None or until < since:
            continue
        peers = timeline.get("full_peers_seeing")
        whole = isinstance(peers, int | float) and not isinstance(peers, bool) and 0 <= peers < 1 << 32
        seen = float(peers) if isinstance(peers, int | float) and whole else 0.0
        found.append(_Seen(number=number, prefix=prefix, since=since, until=until, peers=seen))
    return found


def read(address: str, day: date | None, replies: Sequence[Reply]) -> Answered | Unanswered:
    """Read who announced the address on the day; without a day, who announced it last."""
    told = [ripestat.envelope(reply) for reply in replies]
    good = [item for item in told if isinstance(item, ripestat.Told)]
    silence = reading.silent(NAME, address, replies)
    if silence is not None:
        return silence
    if isinstance(told[0], ripestat.Failure):
        return reading.unanswered(NAME, address, replies, told[0].reason, told[0].status)
    seen = _seen(address, replies)
    if not seen:
        reason = "no announcement of a prefix with the address in it has been seen"
        return reading.unanswered(NAME, address, replies, reason, ReplyStatus.NOT_FOUND)
    wanted = day or max(item.until for item in seen).date()
    during = [item for item in seen if overlaps(item.since, item.until + timedelta(seconds=1), wanted)]
    limits = tuple(words for item in good for words in item.warnings)
    chosen = during or _nearest(seen, wanted)
    warnings = (*_warnings(during, seen, wanted), *_undated(day, wanted), *limits)
    effective = _effective(during)
    best = max(effective or chosen, key=lambda item: item.prefix.prefixlen).prefix
    return reading.answered(
        Answered(
            source=NAME,
            subject=address,
            statements=tuple(_statements(chosen, effective, wanted)),
            first=str(best[0]),
            last=str(best[-1]),
            warnings=warnings,
        ),
        replies,
    )


def _effective(during: list[_Seen]) -> list[_Seen]:
    """Return the announcements that traffic to the address can have followed: those of the most specific prefix.

    Where that was seen by fewer than half as many peers as a less specific one, most networks followed the latter: both count.
    """
    lengths = sorted({item.prefix.prefixlen for item in during}, reverse=True)
    found: list[_Seen] = []
    for length in lengths:
        found += [item for item in during if item.prefix.prefixlen == length]
        rest = max((item.peers for item in during if item.prefix.prefixlen < length), default=0.0)
        if max(item.peers for item in found) * 2 >= rest:
            break
    return found


def _undated(day: date | None, wanted: date) -> tuple[str, ...]:
    return (
        ()
        if day is not None
        else (say("no day of an event was given: this is the last announcement seen, of {day}", day=str(wanted)),)
    )


def _nearest(seen: list[_Seen], day: date) -> list[_Seen]:
    """Return the last period before the day and the first after it, of any prefix."""
    before = [item for item in seen if item.until.date() < day]
    after = [item for item in seen if item.since.date() > day]
    last = max((item.until for item in before), default=None)
    first = min((item.since for item in after), default=None)
    return [item for item in before if item.until == last] + [item for item in after if item.since == first]


def _statements(chosen: list[_Seen], effective: list[_Seen], day: date) -> list[Statement]:
    """Return AS and prefix of each period, the most specific prefix first.

    Only what traffic of the day can have followed is an announcing AS; everything else is told as an announced prefix.
    """
    found: list[Statement] = []
    for item in sorted(chosen, key=lambda item: (-item.prefix.prefixlen, item.number, item.since)):
        when = {"since": item.since.date(), "until": item.until.date()}
        seen = f"seen by {item.peers:g} full-feed peers"
        if item in effective:
            found += said("announcing_as", (item.number,), note=f"{item.prefix}, {seen}", **when)
            limit = ""
        else:
            limit = f"; {LESS_SPECIFIC}" if effective else f"; not on {day}, but {item.away(day)} days away"
        found += said("announced_prefix", (str(item.prefix),), note=f"by {item.number}, {seen}{limit}", **when)
    return found


def _warnings(during: list[_Seen], seen: list[_Seen], day: date) -> tuple[str, ...]:
    """Return what keeps the answer from being the one AS of the day."""
    if not during:
        listed = [(item.away(day), f"{item.number} ({item.since.date()} to {item.until.date()})") for item in seen]
        return (
            say(
                "no announcement of the address was seen on {day}; {nearest}",
                day=dated(day),
                nearest=ripestat.nearest(day, listed),
            ),
        )
    effective = _effective(during)
    best = effective[0].prefix
    numbers = sorted({item.number for item in effective})
    found = []
    if len(numbers) > 1:
        found.append(
            say("on {day} several AS announced the address: {networks}", day=dated(day), networks=", ".join(numbers))
        )
    if any(item.prefix != best for item in effective):
        found.append(
            say("{prefix} was seen by few peers; most networks followed a less specific announcement", prefix=str(best))
        )
    if not any(_whole_day(item, day) for item in effective):
        hours = int(_GRANULARITY.total_seconds() // 3600)
        found.append(
            say(
                "no announcement of {prefix} covers the whole of {day} (seen in steps of {hours} hours)",
                prefix=str(best),
                day=dated(day),
                hours=f"{hours}",
            )
        )
    return tuple(found)


def _whole_day(item: _Seen, day: date) -> bool:
    """Say whether the period covers the day up to the steps in which announcements are seen."""
    begin = datetime.combine(day, time.min, tzinfo=UTC)
    return item.since <= begin and (item.until + _GRANULARITY).date() > day


SOURCE = Source(
    name=NAME,
    title="RIPEstat routing history",
    lookup_class=LookupClass.HISTORY,
    learns="RIPE NCC: the address",
    terms="RIPEstat terms of service; free, to be named as the source",
    queries=queries,
    read=read,
    follow=follow,
)
