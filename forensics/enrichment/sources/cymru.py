"""Team Cymru's table over DNS: which AS announces the prefix today, and that AS's name.

``TXT 10.24.132.85.origin.asn.cymru.com`` → ``29049 | 85.132.24.0/24 | AZ | ripencc | 2005-01-25``; several AS numbers
in the first field mean several origins, several records several prefixes. ``TXT AS29049.asn.cymru.com`` → ``29049 |
AZ | ripencc | 2003-06-19 | NAME``.

Proves: who announced the prefix when the table was last refreshed (every four hours). Nothing about another day. The
country is the registry's for the block, no location. Our resolver, Team Cymru and everyone on the path learn the
address (DNS is clear text).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

from forensics.enrichment import addresses, dns_answers, reading
from forensics.enrichment.bootstrap import registry_of
from forensics.enrichment.reading import LESS_SPECIFIC, said
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, ReplyStatus, Source, Statement, Unanswered
from forensics.sentence import say

NAME = "cymru"
_MOST_ORIGINS = 8
_LEARNS = "our resolver, Team Cymru and everyone on the path"
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_ORIGIN_FIELDS = 5
_NAME_FIELDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """A record of the origin table."""

    numbers: tuple[str, ...]
    prefix: ipaddress.IPv4Network | ipaddress.IPv6Network
    country: str
    registry: str
    allocated: str


def queries(address: str, _: date | None) -> Sequence[Query]:
    """Ask for the origin of an address that a registry administers."""
    if registry_of(address) is None:
        return ()
    zone = "origin6" if addresses.parse(address).version == 6 else "origin"  # noqa: PLR2004 - the version of IP
    labels = dns_answers.reversed_name(address).removesuffix("ip6.arpa.").removesuffix("in-addr.arpa.")
    request = f"TXT {labels}{zone}.asn.cymru.com."
    return (dns_answers.question(NAME, LookupClass.ASN, address, request, f"{_LEARNS}: the address"),)


def follow(address: str, _: date | None, replies: Sequence[Reply]) -> Sequence[Query]:
    """Ask for the names of the origins."""
    if len(replies) != 1:
        return ()
    numbers = [number for origin in _origins(address, replies[0]) for number in origin.numbers]
    return [
        dns_answers.question(
            NAME, LookupClass.ASN, address, f"TXT AS{number}.asn.cymru.com.", f"{_LEARNS}: the AS number"
        )
        for number in tuple(dict.fromkeys(numbers))[:_MOST_ORIGINS]
    ]


def _fields(text: str) -> list[str]:
    return [field.strip() for field in text.split("|")]


def _origins(address: str, reply: Reply) -> tuple[_Origin, ...]:
    """Return the records whose prefix holds the address, the most specific prefix first."""
    found = []
    for value in dns_answers.read(reply).values:
        fields = _fields(value)
        prefix = reading.network_of(fields[1]) if len(fields) >= _ORIGIN_FIELDS else None
        numbers = tuple(dict.fromkeys(_NUMBER.findall(fields[0])))
        if prefix is not None and numbers and reading.holds(str(prefix[0]), str(prefix[-1]), address):
            found.append(
                _Origin(numbers=numbers, prefix=prefix, country=fields[2], registry=fields[3], allocated=fields[4])
            )
    return tuple(sorted(found, key=lambda origin: -origin.prefix.prefixlen))


def read(address: str, day: date | None, replies: Sequence[Reply]) -> Answered | Unanswered:
    """Read origins and names; they hold for the day of asking only."""
    silence = reading.silent(NAME, address, replies)
    if silence is not None:
        return silence
    first = dns_answers.read(replies[0])
    origins = _origins(address, replies[0])
    if first.status is not ReplyStatus.ANSWERED or not origins:
        reason, status = first.reason or "no record of the reply names an origin of the address", first.status
        failed = ReplyStatus.FAILED if status is ReplyStatus.ANSWERED else status
        return reading.unanswered(NAME, address, replies, reason, failed)
    asked = replies[0].asked_at.astimezone(UTC).date()
    prefix = origins[0].prefix
    return reading.answered(
        Answered(
            source=NAME,
            subject=address,
            statements=(*_announced(origins, asked), *_named(replies[1:], asked)),
            first=str(prefix[0]),
            last=str(prefix[-1]),
            warnings=(*_warnings(origins), *reading.of_the_day_of_asking(day, replies, say("the announcing AS"))),
        ),
        replies,
    )


def _announced(origins: Sequence[_Origin], asked: date) -> tuple[Statement, ...]:
    """Return what the origin records say; only the most specific prefix decides who announces the address."""
    when = {"since": asked, "until": asked}
    found: list[Statement] = []
    for origin in origins:
        by = ", ".join(f"AS{number}" for number in origin.numbers)
        if origin.prefix == origins[0].prefix:
            found += said(
                "announcing_as", (f"AS{number}" for number in origin.numbers), note=str(origin.prefix), **when
            )
            found += said("announced_prefix", (str(origin.prefix),), note=f"by {by}", **when)
        else:
            found += said("announced_prefix", (str(origin.prefix),), note=f"by {by}; {LESS_SPECIFIC}", **when)
        found += said(
            "net_country", (origin.country,), note="the registry's country of the block, not a location", **when
        )
        found += said("allocation", (" ".join(filter(None, (origin.registry, origin.allocated))),))
    return tuple(dict.fromkeys(found))


def _named(replies: Sequence[Reply], asked: date) -> tuple[Statement, ...]:
    """Return holder and registration of each AS whose name was asked for."""
    found: list[Statement] = []
    for reply in replies:
        for value in dns_answers.read(reply).values:
            number, *rest = _fields(value)
            if (
                len(rest) < _NAME_FIELDS - 1
                or _NUMBER.fullmatch(number) is None
                or f" AS{number}." not in reply.query.request
            ):
                continue
            found += said("as_holder", (f"AS{number} {' | '.join(rest[3:])}",), since=asked, until=asked)
            found += said("as_registered", (f"AS{number} {rest[1]} {rest[2]}",))
    return tuple(found)


def _warnings(origins: Sequence[_Origin]) -> tuple[str, ...]:
    """Return what makes the origin ambiguous."""
    numbers = [number for origin in origins if origin.prefix == origins[0].prefix for number in origin.numbers]
    listed = ", ".join(f"AS{number}" for number in dict.fromkeys(numbers))
    return (
        (say("several AS announce {prefix} at once: {networks}", prefix=str(origins[0].prefix), networks=listed),)
        if "," in listed
        else ()
    )


SOURCE = Source(
    name=NAME,
    title="Team Cymru IP to ASN mapping (DNS)",
    lookup_class=LookupClass.ASN,
    learns="our resolver, Team Cymru and everyone on the path: the address",
    terms="Free for lookups by DNS; Team Cymru asks not to send many single queries",
    queries=queries,
    read=read,
    follow=follow,
)
