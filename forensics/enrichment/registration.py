"""One registered range of addresses as any registry tells it, and the statements that it supports.

RDAP (RFC 9083), RPSL (RFC 2622), ARIN's and LACNIC's WHOIS and old versions of RIPE objects all end here, so that the
same fact is told in the same words, with the same warnings, whoever told it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forensics.enrichment.reading import address_of, answered, holds, said, unanswered
from forensics.enrichment.source import Answered, Reply, ReplyStatus, Statement, Unanswered
from forensics.sentence import dated, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registered range. Empty means not said. ``since`` and ``until`` bound an old version's validity."""

    first: str = ""
    last: str = ""
    handle: str = ""
    holder: str = ""
    holder_id: str = ""
    net_name: str = ""
    status: tuple[str, ...] = ()
    parent: str = ""
    country: str = ""
    maintainers: tuple[str, ...] = ()
    abuse: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    registered: date | None = None
    last_changed: date | None = None
    routes: tuple[tuple[str, str], ...] = ()  # registered route objects: (prefix, AS number)
    warnings: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


_COUNTRY_NOTE = "the holder's own word, not a location"
_ROUTE_NOTE = "registered by its holder, not seen in routing"
_ASSIGNED = re.compile(r"\b(ASSIGNED|ASSIGNMENT|REASSIGNED|REASSIGNMENT)\b")
_DIVISIBLE = re.compile(
    r"\b(ALLOCATED|ALLOCATION|SUB-ALLOCATED|REALLOCATED|REALLOCATION|LEGACY|AGGREGATED|LIR-PARTITIONED)\b"
)
_LEAF_LENGTH = {4: 24, 6: 64}
_OWN_BLOCK = {4: 7, 6: 12}  # this short, it is IANA's or a registry's own block
_PLACEHOLDER_NAME = re.compile(
    r"(NON-RIPE-NCC-MANAGED|IANA-(BLK|NETBLOCK|BLOCK|RESERVED)|ERX-NETBLOCK|STUB-)", re.IGNORECASE
)
_ELSEWHERE = re.compile(
    r"(transferred to|(allocated|delegated|assigned|maintained) (to|by) (ripe|apnic|lacnic|afrinic|arin)"
    r"|not registered in the arin)",
    re.IGNORECASE,
)


def statements(record: Registration) -> tuple[Statement, ...]:
    """Return what the record says, most important first."""
    when = {"since": record.since, "until": record.until}
    listed = [
        said("address_holder", (record.holder or record.net_name,), note=_holder_note(record), **when),
        said("address_holder_id", (record.holder_id,), **when),
        said("net_name", (record.net_name,), **when),
        said("net_status", record.status, **when),
        said("net_parent", (record.parent,), **when),
        said("net_country", (record.country,), note=_COUNTRY_NOTE, **when),
        said("maintainer", record.maintainers, **when),
        said("abuse_contact", record.abuse, **when),
        said("registered", (_iso(record.registered),)),
        said("last_changed", (_iso(record.last_changed),)),
        *(_route(prefix, number, record) for prefix, number in record.routes),
        said("contact", record.contacts, **when),
        said("net_remark", record.remarks, **when),
    ]
    return tuple(statement for group in listed for statement in group)


def _holder_note(record: Registration) -> str:
    """Return what the name of the holder is, and as of when; an old version's organisation is dated by who read it."""
    if record.holder:
        return "" if record.since is not None else "the organisation's name as of the day of asking"
    missing = (
        f"the name of {record.holder_id} was not obtained" if record.holder_id else "the record names no organisation"
    )
    return f"{missing}: this is the name of its range"


def _route(prefix: str, number: str, record: Registration) -> list[Statement]:
    """Return a registered route: who may announce the prefix."""
    return [
        *said(
            "announced_prefix", (prefix,), since=record.since, until=record.until, note=f"for {number}: {_ROUTE_NOTE}"
        ),
        *said("announcing_as", (number,), since=record.since, until=record.until, note=f"for {prefix}: {_ROUTE_NOTE}"),
    ]


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def dated_warnings(record: Registration, day: date | None) -> tuple[str, ...]:
    """Return what the record's own dates take away from it for an event of ``day``."""
    if day is None or record.since is not None:
        return ()
    if record.registered is not None and record.registered > day:
        return (
            say(
                "the record was registered on {then}, after the event of {day}: it does not show who held the range then",
                then=str(record.registered),
                day=dated(day),
            ),
        )
    if record.last_changed is None:
        return (
            say(
                "the record does not say when it was last changed; the event was on {day}: it may not show who held the range"
                " then",
                day=dated(day),
            ),
        )
    if record.last_changed > day:
        return (
            say(
                "the record was last changed on {then}, after the event of {day}: it may not show who held the range then",
                then=str(record.last_changed),
                day=dated(day),
            ),
        )
    return ()


def prefix_length(first: str, last: str) -> int | None:
    """Return the length of the shortest prefix that covers the range; ``None`` if it is no range."""
    low, high = address_of(first), address_of(last)
    if low is None or high is None or low.version != high.version or int(low) > int(high):
        return None
    return low.max_prefixlen - (int(low) ^ int(high)).bit_length()


def leaf(record: Registration) -> bool:
    """Say whether nothing more specific can be registered inside the range.

    An assigned range is a leaf. Of the others only short ranges (IPv4 /24, IPv6 /64) whose status does not say that
    they may be divided: registries allocate /24s, too, and customers are registered inside.
    """
    text = " ".join(record.status).upper().replace("ALLOCATED-ASSIGNED", "ASSIGNED")  # given to one holder whole
    length, low = prefix_length(record.first, record.last), address_of(record.first)
    if length is None or low is None or _DIVISIBLE.search(text):
        return False
    return bool(_ASSIGNED.search(text)) or length >= _LEAF_LENGTH[low.version]


def placeholder(record: Registration) -> str:
    """Return why the record names no holder although it covers the address, or ""."""
    length, low = prefix_length(record.first, record.last), address_of(record.first)
    if _PLACEHOLDER_NAME.match(record.net_name):
        return say("{name} is no holder but a mark that another registry keeps the record", name=record.net_name)
    for status in record.status:
        if _ELSEWHERE.search(status):
            return say("another registry keeps the record ({status})", status=status)
    if length is not None and low is not None and length <= _OWN_BLOCK[low.version]:
        return say("the record covers a /{length}, a block of a registry and not of a holder", length=str(length))
    return ""


def answer(
    source: str, subject: str, day: date | None, record: Registration, replies: Sequence[Reply]
) -> Answered | Unanswered:
    """Turn a record into an answer, unless it does not speak about the address or names no holder."""
    if not holds(record.first, record.last, subject):
        reason = f"the reply speaks about {record.first or '?'} - {record.last or '?'}, which does not hold the address"
        return unanswered(source, subject, replies, reason)
    reason = placeholder(record)
    if reason:
        return unanswered(source, subject, replies, reason, ReplyStatus.NOT_FOUND)
    return answered(
        Answered(
            source=source,
            subject=subject,
            statements=statements(record),
            first=record.first,
            last=record.last,
            leaf=leaf(record),
            warnings=(*dated_warnings(record, day), *record.warnings),
        ),
        replies,
    )


def range_of(text: str) -> tuple[str, str]:
    """Read ``192.0.2.0 - 192.0.2.255``, ``2001:db8::/32`` or LACNIC's shortened ``200.1.123/24``; ("", "") if none."""
    if "-" in text:
        first, _, last = text.partition("-")
        low, high = address_of(first), address_of(last)
        return (str(low), str(high)) if low is not None and high is not None else ("", "")
    bare, slash, length = text.strip().partition("/")
    if slash and ":" not in bare:
        octets = bare.split(".")
        bare = ".".join([*octets, *["0"] * (4 - len(octets))])
    try:
        network = ipaddress.ip_network(f"{bare}{slash}{length}", strict=False)
    except ValueError:
        return "", ""
    return str(network[0]), str(network[-1])
