"""HTTPS, WHOIS and DNS against real servers on loopback: every outcome is a reply, and nothing goes off the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest

from forensics.enrichment import over_https, over_whois
from forensics.enrichment.gate import NetGate, read_proxy
from forensics.enrichment.servers import Endpoint
from forensics.enrichment.source import LookupClass, Query, Reply, ReplyStatus, Transport
from forensics.enrichment.transports import fetch
from tests.enrichment import loopback, tiny
from tests.enrichment.loopback import HOST

VENDOR = LookupClass.VENDOR
BIG = b"x" * (over_https.MAX_BODY + 10)


def ask(port: int, request: str, transport: Transport = Transport.HTTPS, **more: object) -> Reply:
    scheme = {Transport.HTTPS: "http", Transport.WHOIS: "whois", Transport.DNS: "dns"}[transport]
    endpoint = Endpoint(key=tiny.KEY, scheme=scheme, host=HOST, port=port, redirects=frozenset({(HOST, port)}))
    query: Query = replace(tiny.question("192.0.2.1", request), transport=transport)
    gate = NetGate([VENDOR], [(HOST, port)], **more)  # type: ignore[arg-type]
    return fetch(gate, endpoint, query, tiny.NOON)


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (200, {"Content-Type": "application/rdap+json"}, b'{"handle":"X"}', ReplyStatus.ANSWERED),
        (404, {}, b'{"errorCode":404}', ReplyStatus.NOT_FOUND),
        (429, {"Retry-After": "7"}, b"slow down", ReplyStatus.LIMITED),
        (503, {"Retry-After": "7"}, b"", ReplyStatus.LIMITED),
        (503, {}, b"", ReplyStatus.FAILED),
        (403, {}, b"blocked", ReplyStatus.REFUSED),
        (500, {}, b"<html>", ReplyStatus.FAILED),
        (400, {}, b"", ReplyStatus.FAILED),
        (200, {"Content-Length": "100"}, b"short", ReplyStatus.FAILED),
        (200, {}, BIG, ReplyStatus.FAILED),
        (
            200,
            {"Transfer-Encoding": "chunked", "Content-Length": "0"},
            b"5\r\nabcde\r\nff\r\nshort",
            ReplyStatus.FAILED,
        ),
    ],
)
def test_what_a_registry_says(status: int, headers: dict[str, str], body: bytes, expected: ReplyStatus) -> None:
    with loopback.registry({"/ip/192.0.2.1": (status, headers, body)}) as server:
        reply = ask(server.port, "/ip/192.0.2.1")
    assert (reply.status, reply.http_status) == (expected, status), reply.error
    assert server.log == ["/ip/192.0.2.1"]
    assert reply.body[:5] in body
    assert len(reply.body) <= over_https.MAX_BODY
    assert reply.sha256 == hashlib.sha256(reply.body).hexdigest()
    assert (reply.host, reply.asked_at) == (f"{HOST}:{server.port}", tiny.NOON)
    assert all(name == name.lower() for name, _ in reply.headers)
    assert bool(reply.error) == (expected not in (ReplyStatus.ANSWERED, ReplyStatus.NOT_FOUND))


def test_nothing_listens() -> None:
    for transport in (Transport.HTTPS, Transport.WHOIS):
        reply = ask(loopback.free_port(), "/x", transport)
        assert (reply.status, "refused" in reply.error) == (ReplyStatus.FAILED, True)


def test_requests_that_are_none_send_nothing() -> None:
    with loopback.registry({}) as server, loopback.whois({}) as lines:
        for request in ("ip/1", "/a b", "/a\r\nHost: x", "/é", ""):
            assert "nothing was sent" in ask(server.port, request).error
        for request in ("", "a\r\nb", "é", "x" * 251):
            assert "nothing was sent" in ask(lines.port, request, Transport.WHOIS).error
    for request in ("PTR", "ANY example.", "AXFR example.", "TXT " + "a" * 64 + ".example."):
        assert "nothing was sent" in ask(9, request, Transport.DNS).error
    assert server.log == lines.log == []


def test_redirects_stay_inside_the_registry() -> None:
    with loopback.registry({}) as outside:
        routes = {
            "/near": (302, {"Location": "/here"}, b""),
            "/here": (200, {}, b"{}"),
            "/far": (307, {"Location": f"http://{HOST}:{outside.port}/ip/192.0.2.1"}, b""),
            "/name": (301, {"Location": "https://adversary.example/ip/192.0.2.1"}, b""),
            "/user": (301, {"Location": "http://me@127.0.0.1/ip"}, b""),
            "/odd": (301, {"Location": "http://[::1"}, b""),
            "/none": (301, {}, b""),
            "/loop": (302, {"Location": "/loop"}, b""),
        }
        with loopback.registry(routes) as server:
            assert ask(server.port, "/near").body == b"{}"
            for path in ("/far", "/name", "/user", "/odd", "/none"):
                reply = ask(server.port, path)
                assert (reply.status, "not followed" in reply.error) == (ReplyStatus.REFUSED, True), path
            assert ask(server.port, "/loop").error == "redirected more than twice"
    assert outside.log == []
    assert server.log == ["/near", "/here", "/far", "/name", "/user", "/odd", "/none", "/loop", "/loop", "/loop"]


def test_a_redirect_to_another_server_of_the_registry_is_followed_if_set() -> None:
    with loopback.registry({"/b": (200, {}, b"there")}) as other:
        to = f"http://{HOST}:{other.port}/b"
        with loopback.registry({"/a": (302, {"Location": to}, b"")}) as server:
            ports = (server.port, other.port)
            endpoint = Endpoint(
                key=tiny.KEY, scheme="http", host=HOST, port=ports[0], redirects=frozenset((HOST, p) for p in ports)
            )
            gate = NetGate([VENDOR], [(HOST, port) for port in ports])
            reply = fetch(gate, endpoint, tiny.question("192.0.2.1", "/a"), tiny.NOON)
    assert (reply.body, reply.host) == (b"there", f"{HOST}:{other.port}")


def test_many_headers_are_bounded() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(200)
        for number in range(80):
            handler.send_header(f"X-{number}", "v" * 1_000)
        handler.end_headers()

    with loopback.registry({"/": answer}) as server:
        reply = ask(server.port, "/")
    assert sum(len(name) + len(value) for name, value in reply.headers) <= over_https.MAX_KEPT_HEADERS


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"% Information\n\ninetnum: 192.0.2.0 - 192.0.2.255\n", ReplyStatus.ANSWERED),
        (b"%ERROR:101: no entries found\n%\n% No entries found in source RIPE.\n", ReplyStatus.NOT_FOUND),
        (b"#\n\nNo match found for n + 192.0.2.1.\n", ReplyStatus.NOT_FOUND),
        (b"%ERROR:201: access denied for 192.0.2.9\n", ReplyStatus.LIMITED),
        (b"% Query rate limit exceeded. Reduced information.\n", ReplyStatus.LIMITED),
        (b"%ERROR:306: connections exceeded\n", ReplyStatus.LIMITED),
        (b"%ERROR:203: address passing not allowed\n", ReplyStatus.REFUSED),
        (b"% Your access has been permanently denied\n", ReplyStatus.REFUSED),
        (b"", ReplyStatus.FAILED),
        (
            b"inetnum: 192.0.2.0 - 192.0.2.255\nremarks: query limit exceeded\nremarks: %ERROR:101:\n",
            ReplyStatus.ANSWERED,
        ),
        (b"y" * (over_whois.MAX_BODY + 1), ReplyStatus.FAILED),
    ],
)
def test_what_whois_says(body: bytes, expected: ReplyStatus) -> None:
    with loopback.whois({"-r 192.0.2.1": body}) as server:
        reply = ask(server.port, "-r 192.0.2.1", Transport.WHOIS)
    assert (reply.status, server.log) == (expected, ["-r 192.0.2.1"])
    assert reply.body == body[: over_whois.MAX_BODY]


@pytest.fixture(scope="module", name="resolver")
def _resolver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    long = " ".join(f'"{"z" * 200}"' for _ in range(20))
    zones = {
        "2.0.192.in-addr.arpa": "10 PTR host.example.\n10 PTR other.example.\n",
        "origin.example": f'10.2.0.192 TXT "64496 | 192.0.2.0/24 | ZZ | example | 2005-01-25"\nlong TXT {long}\n',
    }
    with loopback.nsd(tmp_path_factory.mktemp("nsd"), zones) as port:
        yield port


def records(reply: Reply) -> list[str]:
    import dns.message

    return sorted(str(item) for found in dns.message.from_wire(reply.body).answer for item in found)


def test_dns_outcomes(resolver: int) -> None:
    reply = ask(resolver, "PTR 10.2.0.192.in-addr.arpa.", Transport.DNS)
    assert (reply.status, records(reply)) == (ReplyStatus.ANSWERED, ["host.example.", "other.example."])
    reply = ask(resolver, "TXT 10.2.0.192.origin.example.", Transport.DNS)
    assert records(reply) == ['"64496 | 192.0.2.0/24 | ZZ | example | 2005-01-25"']
    for request, status in (
        ("PTR 11.2.0.192.in-addr.arpa.", ReplyStatus.NOT_FOUND),  # NXDOMAIN
        ("TXT 10.2.0.192.in-addr.arpa.", ReplyStatus.NOT_FOUND),  # no such data
        ("PTR 10.100.51.198.in-addr.arpa.", ReplyStatus.REFUSED),  # not a zone of this server
    ):
        reply = ask(resolver, request, Transport.DNS)
        assert (reply.status, len(reply.body) > 12) == (status, True), request


def test_a_cut_answer_is_asked_again_by_tcp(resolver: int) -> None:
    reply = ask(resolver, "TXT long.origin.example.", Transport.DNS)
    assert reply.status is ReplyStatus.ANSWERED
    assert len(reply.body) > 1_232


def test_dns_through_a_proxy_goes_by_tcp(resolver: int) -> None:
    with loopback.socks({HOST: resolver}) as proxy:
        way = read_proxy(f"socks5h://{HOST}:{proxy.port}")
        reply = ask(resolver, "PTR 10.2.0.192.in-addr.arpa.", Transport.DNS, proxy=way)
    assert reply.status is ReplyStatus.ANSWERED
    assert proxy.log == [f"1 {HOST} {resolver}"]


def test_no_client_subnet_leaves() -> None:
    from forensics.enrichment import over_dns

    assert over_dns._message("PTR 10.2.0.192.in-addr.arpa.").options == ()


def test_an_absent_resolver_is_a_failed_reply() -> None:
    reply = ask(loopback.free_port(), "PTR 10.2.0.192.in-addr.arpa.", Transport.DNS)
    assert (reply.status, reply.body) == (ReplyStatus.FAILED, b"")
