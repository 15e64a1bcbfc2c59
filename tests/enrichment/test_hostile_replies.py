"""Servers are strangers: whatever bytes they send, a reply comes back, bounded, and nothing is raised."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from dataclasses import replace

import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment import over_dns, over_https, over_whois
from forensics.enrichment.gate import NetGate
from forensics.enrichment.servers import Endpoint
from forensics.enrichment.source import LookupClass, Reply, ReplyStatus, Transport
from forensics.enrichment.transports import fetch
from tests.enrichment import loopback, tiny
from tests.enrichment.loopback import HOST

OK = b"HTTP/1.1 200 OK\r\n"


class Parrot:
    """A TCP server that reads a request and says what it was told to say."""

    port = 0
    words = b""


@pytest.fixture(scope="module", name="parrot")
def _parrot() -> Iterator[Parrot]:
    told = Parrot()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(4096)
            self.request.sendall(told.words)

    with loopback.serving(Handler) as port:
        told.port = port
        yield told


def ask(parrot: Parrot, transport: Transport, words: bytes) -> Reply:
    parrot.words = words
    scheme = {Transport.HTTPS: "http", Transport.WHOIS: "whois", Transport.DNS: "dns"}[transport]
    where = (HOST, parrot.port)
    endpoint = Endpoint(key=tiny.KEY, scheme=scheme, host=HOST, port=parrot.port, redirects=frozenset({where}))
    request = "PTR 1.2.0.192.in-addr.arpa." if transport is Transport.DNS else "/ip/192.0.2.1"
    query = replace(tiny.question("192.0.2.1", request), transport=transport)
    return fetch(NetGate([LookupClass.VENDOR], [where]), endpoint, query, tiny.NOON)


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"\x00" * 100,
        b"HTTP/9.9 abc\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"H" * 200_000,
        OK + b"X: y\r\n" * 300 + b"\r\n",
        OK + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
        OK + b"Content-Length: 99999999999999999999\r\n\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe//\x00\r\n\r\n",
    ],
)
def test_hostile_http_is_no_answer(parrot: Parrot, words: bytes) -> None:
    reply = ask(parrot, Transport.HTTPS, words)
    assert reply.status in (ReplyStatus.FAILED, ReplyStatus.REFUSED)
    assert reply.error
    assert len(reply.error) < 500


@given(st.binary(max_size=400), st.sampled_from([b"", OK, OK + b"\r\n"]))
def test_any_bytes_make_a_bounded_reply(parrot: Parrot, tail: bytes, head: bytes) -> None:
    for transport, most in ((Transport.HTTPS, over_https.MAX_BODY), (Transport.WHOIS, over_whois.MAX_BODY)):
        reply = ask(parrot, transport, head + tail)
        assert len(reply.body) <= most
        assert sum(len(name) + len(value) for name, value in reply.headers) <= over_https.MAX_KEPT_HEADERS


@given(st.binary(max_size=600))
def test_any_datagram_is_ours_or_passed_over(wire: bytes) -> None:
    message = over_dns._message("PTR 1.2.0.192.in-addr.arpa.")
    if over_dns._ours(message, wire):
        over_dns._status(message, wire)


@given(st.integers(0, 60), st.integers(0, 255))
def test_an_answer_with_another_byte_is_ours_or_passed_over(place: int, value: int) -> None:
    message = over_dns._message("PTR 1.2.0.192.in-addr.arpa.")
    answer = dns.message.make_response(message)
    answer.answer.append(dns.rrset.from_text(message.question[0].name, 60, "IN", "PTR", "host.example."))
    wire = bytearray(answer.to_wire())
    wire[place % len(wire)] = value
    if over_dns._ours(message, bytes(wire)):
        assert over_dns._status(message, bytes(wire))[0] in set(ReplyStatus)


def test_an_answer_to_another_question_is_passed_over() -> None:
    message = over_dns._message("PTR 1.2.0.192.in-addr.arpa.")
    other = dns.message.make_response(over_dns._message("PTR 2.2.0.192.in-addr.arpa."))
    other.id = message.id
    assert not over_dns._ours(message, other.to_wire())
    assert not over_dns._ours(message, message.to_wire())
