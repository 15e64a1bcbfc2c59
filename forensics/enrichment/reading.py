"""What all readings of replies share: bounded text, days, digests, and the two kinds of result.

Everything in a reply is a stranger's. Text is kept as it is (escaping belongs to whoever shows it) but cut at
``LONGEST`` characters, and never more than ``MOST`` statements are made of one answer; both are said. The raw reply
keeps the rest.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256

from forensics.enrichment import addresses
from forensics.enrichment.addresses import Address
from forensics.enrichment.source import Answered, Reply, ReplyStatus, Statement, Unanswered
from forensics.errors import UsageError
from forensics.sentence import dated, say, say_n

LONGEST = 500
MOST = 200
LESS_SPECIFIC = "less specific: not the announcement that traffic to the address followed"
BIGGEST = 4 << 20  # bytes of one reply that are read; RDAP and WHOIS answers are a few kilobytes
_YEARS = range(1980, 2101)  # a registry date outside is a typing error
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)", re.ASCII)


def bounded(value: object) -> str:
    """Return text without its outer blanks, cut at ``LONGEST`` characters; anything but text is empty."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… (cut, {len(text)} characters)"


def _bounded(text: str) -> str:
    """Return a warning that is short enough; one of ours stays the sentence that it is."""
    cut = bounded(text)
    return text if cut == text else cut


def day_of(value: object) -> date | None:
    """Read the UTC day of ``2005-01-25``, ``20050125`` or an RFC 3339 time; ``None`` if it is none of them.

    A time with an offset is turned to UTC first; one without is UTC already (RIPEstat, RIPE database).
    """
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    when = time_of(value)
    return when.date() if when is not None else None


def time_of(value: str) -> datetime | None:
    """Read a time as in ``day_of``; a bare day is its midnight. Aware, UTC."""
    text = value.strip()
    found = _DAY.match(text)
    if found is None:
        return None
    try:
        if len(text) <= len("2005-01-25"):
            when = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
        else:
            when = datetime.fromisoformat(text)
            when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return when if when.year in _YEARS else None


def address_of(text: object) -> Address | None:
    """Read an address that a reply mentions; registries pad IPv4 octets with zeros, which is no octal here."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    bare = text.strip()
    if bare.count(".") == 3 and re.fullmatch(r"[\d.]+", bare, re.ASCII):  # noqa: PLR2004 - an IPv4 address has three dots
        bare = ".".join(octet.lstrip("0") or "0" for octet in bare.split("."))
    try:
        return addresses.parse(bare)
    except UsageError:
        return None


def holds(first: str, last: str, subject: str) -> bool:
    """Say whether the range from ``first`` to ``last`` holds the address."""
    low, high, asked = address_of(first), address_of(last), address_of(subject)
    if low is None or high is None or asked is None or not low.version == high.version == asked.version:
        return False
    return int(low) <= int(asked) <= int(high)


def network_of(text: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Read a prefix that a reply mentions."""
    if not isinstance(text, str) or len(text) > LONGEST or "%" in text:
        return None
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def said(what: str, values: Iterable[str], **limits: date | str | None) -> list[Statement]:
    """Return one statement per value that is not empty, each value once."""
    since, until, note = limits.get("since"), limits.get("until"), limits.get("note") or ""
    return [
        Statement(
            what=what,
            value=value,
            since=since if isinstance(since, date) else None,
            until=until if isinstance(until, date) else None,
            note=str(note),
        )
        for value in dict.fromkeys(bounded(value) for value in values)
        if value
    ]


def digests(replies: Sequence[Reply]) -> tuple[str, ...]:
    """Return the SHA-256 of every body, in the order of asking, each once."""
    found = [reply.sha256 or sha256(reply.body).hexdigest() for reply in replies if reply.body or reply.sha256]
    return tuple(dict.fromkeys(found))


def asked_at(replies: Sequence[Reply]) -> datetime | None:
    """Return when the last question was asked."""
    return max((reply.asked_at for reply in replies), default=None)


def answered(answer: Answered, replies: Sequence[Reply]) -> Answered | Unanswered:
    """Complete an answer with what it rests on, and bound it. One that states nothing is none."""
    if not answer.statements:
        return unanswered(answer.source, answer.subject, replies, "the reply states nothing about the address")
    statements, warnings = answer.statements, tuple(dict.fromkeys(_bounded(text) for text in answer.warnings if text))
    if len(statements) > MOST:
        left = len(statements) - MOST
        warnings += (
            say_n(
                "{n} further statement is left to the raw reply",
                "{n} further statements are left to the raw reply",
                left,
            ),
        )
    return replace(
        answer, statements=statements[:MOST], warnings=warnings, replies=digests(replies), asked_at=asked_at(replies)
    )


def unanswered(
    source: str, subject: str, replies: Sequence[Reply], reason: str, status: ReplyStatus = ReplyStatus.FAILED
) -> Unanswered:
    """Return why a source says nothing."""
    return Unanswered(
        source=source,
        subject=subject,
        status=status,
        reason=bounded(reason),
        replies=digests(replies),
        asked_at=asked_at(replies),
    )


def silent(source: str, subject: str, replies: Sequence[Reply]) -> Unanswered | None:
    """Return why no reply is an answer, or ``None`` if one of them is.

    The first question decides: what follows only adds to it.
    """
    if not replies:
        return unanswered(source, subject, replies, "nothing was asked")
    first = replies[0]
    if first.status is ReplyStatus.ANSWERED:
        return None
    reason = first.error or {
        ReplyStatus.NOT_FOUND: "the server holds nothing about the address",
        ReplyStatus.LIMITED: "the server's limit is reached; ask later",
        ReplyStatus.REFUSED: "the query was refused",
    }.get(first.status, "no readable reply came")
    return unanswered(source, subject, replies, reason, first.status)


def of_the_day_of_asking(day: date | None, replies: Sequence[Reply], what: str) -> tuple[str, ...]:
    """Return the warning that a live table says nothing about another day."""
    asked = asked_at(replies)
    if day is None or asked is None or asked.astimezone(UTC).date() == day:
        return ()
    return (
        say(
            "{what} is that of {then}, not valid for {day}, the day of the event",
            what=what,
            then=str(asked.astimezone(UTC).date()),
            day=dated(day),
        ),
    )
