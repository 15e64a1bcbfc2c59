r"""DNS replies as wire messages (RFC 1035), read with dnspython: what the question's name and type lead to.

A message is only used if it answers the very question that was asked. Names come back in their presentation form, in
which dnspython writes every byte that is no printable ASCII as ``\DDD`` (RFC 1035 §5.1): a hostile name cannot break
out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.enrichment import addresses
from forensics.enrichment.reading import bounded
from forensics.enrichment.source import LookupClass, Query, Reply, ReplyStatus, Transport
from forensics.errors import UsageError

if TYPE_CHECKING:
    from dns.message import Message

MOST_RECORDS = 64
_HOST = re.compile(r"(?=.{4,254}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.){2,}")
_NOT_IN_DNS = (".local.", ".onion.", ".internal.", ".invalid.", ".localhost.", ".test.", ".arpa.", ".alt.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer:
    """What a reply says: values, sorted, or why there are none."""

    status: ReplyStatus
    values: tuple[str, ...] = ()
    reason: str = ""
    left: int = 0  # records beyond MOST_RECORDS


def question(source: str, lookup_class: LookupClass, address: str, request: str, learns: str) -> Query:
    """Return a DNS query; ``request`` is "TYPE name."."""
    return Query(
        source=source,
        lookup_class=lookup_class,
        transport=Transport.DNS,
        server="dns",
        request=request,
        subject=address,
        learns=learns,
    )


def reversed_name(address: str) -> str:
    """Return the name below ``in-addr.arpa`` or ``ip6.arpa`` (RFC 1035 §3.5, RFC 3596 §2.5); "" for no address."""
    try:
        return f"{addresses.parse(address).reverse_pointer}."
    except UsageError:
        return ""


def is_host_name(name: str) -> bool:
    """Say whether a name can be asked for in the public DNS without surprise (RFC 1123 §2.1, RFC 6761)."""
    return _HOST.fullmatch(name) is not None and not name.lower().endswith(_NOT_IN_DNS)


def read(reply: Reply) -> DnsAnswer:
    """Return the values that the reply gives to its question, sorted: TXT strings joined, names, addresses."""
    if reply.status not in {ReplyStatus.ANSWERED, ReplyStatus.NOT_FOUND} or not reply.body:
        status = ReplyStatus.FAILED if reply.status is ReplyStatus.ANSWERED else reply.status
        return DnsAnswer(status=status, reason=reply.error or f"the name server gave no answer ({status})")
    return _message(reply)


def _message(reply: Reply) -> DnsAnswer:
    """Read the wire message."""
    import dns.exception
    import dns.message
    import dns.rcode

    try:
        message = dns.message.from_wire(reply.body, ignore_trailing=True)
        if not _answers(message, reply.query.request):
            return DnsAnswer(status=ReplyStatus.FAILED, reason="the message does not answer the question asked")
        if message.rcode() == dns.rcode.NXDOMAIN:
            return DnsAnswer(status=ReplyStatus.NOT_FOUND, reason="the name does not exist (NXDOMAIN)")
        if message.rcode() != dns.rcode.NOERROR:
            refused = message.rcode() == dns.rcode.REFUSED
            status = ReplyStatus.REFUSED if refused else ReplyStatus.FAILED
            return DnsAnswer(status=status, reason=f"the name server answered {dns.rcode.to_text(message.rcode())}")
        return _values(message)
    except (dns.exception.DNSException, ValueError, IndexError, KeyError) as error:
        return DnsAnswer(status=ReplyStatus.FAILED, reason=f"the reply is no DNS message ({type(error).__name__})")


def _answers(message: Message, request: str) -> bool:
    """Say whether the message is a whole response to the question."""
    import dns.flags
    import dns.name
    import dns.rdataclass
    import dns.rdatatype

    kind, _, name = request.partition(" ")
    if not message.flags & dns.flags.QR or message.flags & dns.flags.TC or len(message.question) != 1:
        return False
    asked = message.question[0]
    wanted = (dns.name.from_text(name), dns.rdatatype.from_text(kind), dns.rdataclass.IN)
    return (asked.name, asked.rdtype, asked.rdclass) == wanted


def _values(message: Message) -> DnsAnswer:
    """Follow aliases (RFC 2317 delegates reverse names by CNAME) and return what stands at their end."""
    import dns.message

    if not isinstance(message, dns.message.QueryMessage):
        return DnsAnswer(status=ReplyStatus.FAILED, reason="the message is no answer to a query")
    records = message.resolve_chaining().answer
    if not records:
        return DnsAnswer(status=ReplyStatus.NOT_FOUND, reason="the name has no record of this type")
    listed = sorted(_text(record) for record in records)  # servers rotate them
    return DnsAnswer(
        status=ReplyStatus.ANSWERED, values=tuple(listed[:MOST_RECORDS]), left=max(0, len(listed) - MOST_RECORDS)
    )


def _text(record: object) -> str:
    """Return a record's value: a TXT record's strings joined (RFC 7208 §3.3), everything else as it is presented."""
    strings = getattr(record, "strings", None)
    if strings is None:
        return bounded(str(record))
    return bounded(b"".join(strings).decode("utf-8", "backslashreplace"))
