"""Ask a resolver (RFC 1035): UDP, then TCP where the answer was cut; behind a proxy TCP at once. The raw message is kept.

No EDNS client subnet is ever sent (RFC 7871): it would tell every server on the way in which network we sit.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from forensics.enrichment.source import Query, Reply, ReplyStatus

if TYPE_CHECKING:
    import dns.message

    from forensics.enrichment.gate import NetGate
    from forensics.enrichment.servers import Endpoint

UDP_TRIES = 2
MAX_MESSAGE = 65_535
_TYPES = frozenset({"PTR", "TXT", "A", "AAAA"})


def fetch(gate: NetGate, endpoint: Endpoint, query: Query, asked_at: datetime) -> Reply:
    """Ask and return whatever came: never raises for what a server or the path does."""
    import dns.exception

    def reply(status: ReplyStatus, body: bytes, error: str) -> Reply:
        return Reply(query=query, status=status, body=body, host=endpoint.text, asked_at=asked_at, error=error)

    try:
        message = _message(query.request)
    except (dns.exception.DNSException, ValueError) as failure:
        return reply(ReplyStatus.FAILED, b"", f"the request is no DNS question; nothing was sent: {failure}"[:300])
    try:
        wire = _exchange(gate, endpoint, query, message)
    except (OSError, ValueError, dns.exception.DNSException) as failure:
        return reply(ReplyStatus.FAILED, b"", f"{type(failure).__name__}: {failure}"[:300])
    status, error = _status(message, wire)
    return reply(status, wire, error)


def _message(request: str) -> dns.message.Message:
    """Build the question of ``TYPE name``; recursion desired, room for 1,232 bytes by UDP."""
    import dns.message
    import dns.name

    kind, _, name = request.partition(" ")
    if kind not in _TYPES or not name.rstrip("."):
        message = f"{request[:40]!a}"
        raise ValueError(message)
    return dns.message.make_query(dns.name.from_text(name), kind, use_edns=0, payload=1232)


def _exchange(gate: NetGate, endpoint: Endpoint, query: Query, message: dns.message.Message) -> bytes:
    """Return the wire message that answers ours."""
    import dns.flags

    if gate.proxy is None:
        for attempt in range(UDP_TRIES):
            try:
                wire = _by_udp(gate, endpoint, query, message)
            except TimeoutError:
                if attempt == UDP_TRIES - 1:
                    raise
                continue
            if not int.from_bytes(wire[2:4], "big") & dns.flags.TC:
                return wire
            break
    with gate.stream(query.lookup_class, endpoint.host, endpoint.port) as channel:
        out = message.to_wire()
        channel.sendall(len(out).to_bytes(2, "big") + out)
        with channel.makefile() as arriving:
            size = int.from_bytes(_exactly(arriving.read(2), 2), "big")
            wire = _exactly(arriving.read(size), size)
    if not _ours(message, wire):
        raise ConnectionError("the answer is to another question")
    return wire


def _by_udp(gate: NetGate, endpoint: Endpoint, query: Query, message: dns.message.Message) -> bytes:
    """Send once and wait for the datagram that answers; forged and stray ones are passed over until the time is up."""
    with gate.datagram(query.lookup_class, endpoint.host, endpoint.port) as channel:
        channel.sendall(message.to_wire())
        while not _ours(message, wire := channel.recv(MAX_MESSAGE)):
            pass
    return wire


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise ConnectionError("the answer ended early")
    return data


def _ours(message: dns.message.Message, wire: bytes) -> bool:
    """Whether a wire message can be read and answers our question: same number, same question."""
    import dns.exception
    import dns.message

    try:
        return message.is_response(dns.message.from_wire(wire, raise_on_truncation=False, ignore_trailing=True))
    except (dns.exception.DNSException, ValueError, IndexError):
        return False


def _status(message: dns.message.Message, wire: bytes) -> tuple[ReplyStatus, str]:
    """Say what an answer is: RFC 1035, section 4.1.1 (RCODE), and RFC 2308 for "no such data"."""
    import dns.message
    import dns.rcode

    answer = dns.message.from_wire(wire, ignore_trailing=True)
    code = answer.rcode()
    if code == dns.rcode.NXDOMAIN:
        return ReplyStatus.NOT_FOUND, ""
    if code == dns.rcode.NOERROR:
        wanted = message.question[0].rdtype
        held = any(item.rdtype == wanted for item in answer.answer)
        return (ReplyStatus.ANSWERED if held else ReplyStatus.NOT_FOUND), ""
    status = ReplyStatus.REFUSED if code == dns.rcode.REFUSED else ReplyStatus.FAILED
    return status, f"the resolver says {dns.rcode.to_text(code)}"
