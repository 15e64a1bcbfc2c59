"""Reverse DNS of an address (RFC 1035 §3.5), confirmed by asking for the address of each name.

Proves: what the holder of the range, or whoever runs its reverse zone, *wrote* there, on the day of asking. A name
that leads back to the address is at least agreed on by both zones; one that does not proves nothing at all.

The most dangerous look-up: the name server of the range, perhaps the adversary's own, sees the full address and when
it was asked; the forward question goes to a name that the holder chose freely.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date

from forensics.enrichment import addresses, dns_answers, reading
from forensics.enrichment.bootstrap import registry_of
from forensics.enrichment.reading import said
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, ReplyStatus, Source, Statement, Unanswered
from forensics.sentence import say, say_n

NAME = "ptr"
_MOST_NAMES = 5  # names that are asked for; all are told
_LEARNS = "the holder of the range, perhaps the adversary, our resolver and everyone on the path"


def queries(address: str, _: date | None) -> Sequence[Query]:
    """Ask for the names of an address of public space."""
    if registry_of(address) is None:
        return ()
    request = f"PTR {dns_answers.reversed_name(address)}"
    return (dns_answers.question(NAME, LookupClass.PTR, address, request, f"{_LEARNS}: the address"),)


def _forward(address: str, name: str) -> str:
    """Return the question whose answer confirms a name."""
    return f"{'A' if addresses.parse(address).version == 4 else 'AAAA'} {name}"  # noqa: PLR2004 - the version of IP


def follow(address: str, _: date | None, replies: Sequence[Reply]) -> Sequence[Query]:
    """Ask where the names lead, if they can be names of hosts."""
    if len(replies) != 1:
        return ()
    names = [name for name in dict.fromkeys(dns_answers.read(replies[0]).values) if dns_answers.is_host_name(name)]
    learns = "whoever runs the name that the range's holder chose, our resolver and everyone on the path: the name"
    return [
        dns_answers.question(NAME, LookupClass.PTR, address, _forward(address, name), learns)
        for name in names[:_MOST_NAMES]
    ]


def read(address: str, day: date | None, replies: Sequence[Reply]) -> Answered | Unanswered:
    """Read the names and which of them lead back."""
    silence = reading.silent(NAME, address, replies)
    if silence is not None:
        return silence
    found = dns_answers.read(replies[0])
    if found.status is not ReplyStatus.ANSWERED:
        return reading.unanswered(NAME, address, replies, found.reason, found.status)
    asked = replies[0].asked_at.astimezone(UTC).date()
    names = tuple(dict.fromkeys(found.values))
    statements = [statement for name in names for statement in _statements(address, name, asked, replies[1:])]
    left = _left(found.left)
    return reading.answered(
        Answered(
            source=NAME,
            subject=address,
            statements=tuple(statements),
            first=address,
            last=address,
            leaf=True,
            warnings=(*left, *reading.of_the_day_of_asking(day, replies, say("the reverse name"))),
        ),
        replies,
    )


def _left(number: int) -> tuple[str, ...]:
    """Say how many names of a reply are not told."""
    if not number:
        return ()
    return (say_n("{n} further name is left to the raw reply", "{n} further names are left to the raw reply", number),)


def _statements(address: str, name: str, asked: date, replies: Sequence[Reply]) -> list[Statement]:
    """Return the name, and that it is confirmed or why not."""
    reply = next((found for found in replies if found.query.request == _forward(address, name)), None)
    shown, when = name.removesuffix("."), {"since": asked, "until": asked}
    if reply is None:
        why = (
            "not confirmed: not asked" if dns_answers.is_host_name(name) else "not confirmed: no name of a public host"
        )
        return said("reverse_name", (shown,), note=why, **when)
    answer = dns_answers.read(reply)
    if any(reading.address_of(value) == reading.address_of(address) for value in answer.values):
        return [*said("reverse_name", (shown,), **when), *said("reverse_name_confirmed", (shown,), **when)]
    why = "it leads to another address" if answer.values else answer.reason
    return said("reverse_name", (shown,), note=f"not confirmed: {why}", **when)


SOURCE = Source(
    name=NAME,
    title="Reverse DNS, confirmed forward",
    lookup_class=LookupClass.PTR,
    learns="the holder of the range, perhaps the adversary: the address and when it was asked about",
    terms="Public DNS",
    queries=queries,
    read=read,
    follow=follow,
)
