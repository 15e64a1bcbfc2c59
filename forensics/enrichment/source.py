"""The contract of an online source: which questions it asks whom about an address, and what an answer proves.

A source is a frozen value in a module of its own below ``sources/`` (``SOURCE = Source(...)``; third parties add theirs
through the entry-point group ``forensics.sources``). It is pure: it never opens a socket. It names the queries, the gate
(``gate.py``) sends them if the user opened their class and the case's PAP allows it, the answer book (``answers.py``)
keeps every raw reply, and the source reads replies back, from the network or from the book alike.

==========  =========================================================  ====================================================
class       who learns what                                            sources
==========  =========================================================  ====================================================
rdap        the regional registry: the address (WHOIS: and the path)   RDAP (RFC 9082, 9083), WHOIS (RFC 3912)
history     RIPE NCC: the address or its range                         RIPEstat data calls, ``--list-versions``
asn         our resolver, Team Cymru and the path: the address         origin by DNS
ptr         the holder of the range, perhaps the adversary             reverse DNS
vendor      a company, tied to an account                              third-party plug-ins only
==========  =========================================================  ====================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class LookupClass(StrEnum):
    """A class of look-ups that a user opens as a whole, by who learns what."""

    RDAP = "rdap"
    HISTORY = "history"
    ASN = "asn"
    PTR = "ptr"
    VENDOR = "vendor"
    RELEASE = (
        "release"  # a whole release of a registry, pulled by name: no question about an address (``registry pull``)
    )
    TIMESTAMP = "timestamp"  # the digest of a checkpoint, to a time-stamping authority (``custody timestamp``)
    WITNESS = "witness"  # a checkpoint, to a witness of the case (``custody witness ask``)


class Transport(StrEnum):
    """How a query travels."""

    HTTPS = "https"  # ``request`` is path and query, such as "/ip/192.0.2.1"
    WHOIS = "whois"  # ``request`` is the line without CRLF; clear text, port 43
    DNS = "dns"  # ``request`` is "TYPE name", such as "PTR 1.2.0.192.in-addr.arpa."


class ReplyStatus(StrEnum):
    """What came of a query. All of them are results and are kept."""

    ANSWERED = "answered"
    NOT_FOUND = "not-found"  # HTTP 404, NXDOMAIN, no match: the server says that it holds nothing
    LIMITED = "limited"  # HTTP 429 or a registry's limit: ask later
    REFUSED = "refused"  # the server or our policy refuses: redirect off the registry, REFUSED, 403
    FAILED = "failed"  # no or no readable reply: timeout, connection, TLS, wrong content


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question to one server.

    ``server`` is a key of the server settings (such as ``rdap.ripencc``, ``whois.ripencc``, ``ripestat``, ``dns``), so
    that tests and air-gapped mirrors point it elsewhere; the gate turns it into a host. ``learns`` is what the server
    gets to know, in words, for the plan. ``subject`` is the address that the question is about.
    """

    source: str
    lookup_class: LookupClass
    transport: Transport
    server: str
    request: str
    subject: str
    learns: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a server said, byte by byte, or why it said nothing.

    ``host`` is the server that was really asked; ``headers`` are those of HTTP, lower-case; ``asked_at`` is aware, UTC.
    A DNS reply's ``body`` is the wire message (RFC 1035).
    """

    query: Query
    status: ReplyStatus
    body: bytes = b""
    host: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    http_status: int | None = None
    asked_at: datetime
    sha256: str = ""  # of ``body``
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that an answer says. Text is a stranger's: escape it.

    ``what`` is one of ``STATEMENTS``. ``since`` and ``until`` bound the time for which the answer itself says it holds
    (``None``: not said). ``note`` is what limits it ("the record was last changed after the event").
    """

    what: str
    value: str
    since: date | None = None
    until: date | None = None
    note: str = ""


STATEMENTS = (
    "address_holder",  # who holds the range: organisation or netname of the most specific registered object
    "address_holder_id",
    "net_name",
    "net_status",  # ALLOCATED PA, ASSIGNED PA, ASSIGNED PI, LEGACY …
    "net_parent",
    "net_country",  # the holder's own word, not a location
    "net_remark",
    "maintainer",
    "abuse_contact",
    "contact",  # "role: name <mail>" of any other entity
    "registered",
    "last_changed",
    "announcing_as",  # BGP: who announced the prefix
    "announced_prefix",
    "as_holder",
    "as_registered",
    "allocation",
    "reverse_name",
    "reverse_name_confirmed",  # the name leads back to the address
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a source says about an address, read from its replies.

    ``first`` and ``last`` are the range that the answer speaks about, ``leaf`` whether nothing more specific can be
    registered inside, so that the answer may serve other addresses of the range. ``warnings`` go into findings.
    """

    source: str
    subject: str
    statements: tuple[Statement, ...]
    first: str = ""
    last: str = ""
    leaf: bool = False
    warnings: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()  # SHA-256 of the bodies that it rests on
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """Why a source says nothing about an address: kept and told, never mistaken for an answer."""

    source: str
    subject: str
    status: ReplyStatus
    reason: str
    replies: tuple[str, ...] = ()
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An online source.

    ``queries`` gives the first questions about an address for an event's day (none: this source cannot answer for it,
    such as a registry of another region). ``follow`` gives the questions that replies so far make necessary (the AS
    name after the origin, the forward look-up after a reverse name); it is called until it gives none. ``read`` turns
    all replies about one address into what they prove as of the event's day. ``pause`` is the least number of seconds
    between two queries to one server.
    """

    name: str
    title: str
    lookup_class: LookupClass
    learns: str
    terms: str
    queries: Callable[[str, date | None], Sequence[Query]]
    read: Callable[[str, date | None, Sequence[Reply]], Answered | Unanswered]
    follow: Callable[[str, date | None, Sequence[Reply]], Sequence[Query]] = field(default=lambda *_: ())
    pause: float = 1.0
    fallback_for: str = ""  # asked only where the source of this name gave no answer
