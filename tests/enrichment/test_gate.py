"""The gate: closed by default, open for agreed classes and hosts only, and its way out is never another than the one told."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import pytest

from forensics.enrichment import over_https, servers
from forensics.enrichment.gate import NetGate, read_proxy
from forensics.enrichment.servers import Endpoint
from forensics.enrichment.source import LookupClass, Query, ReplyStatus, Transport
from forensics.errors import DataError, NetworkError, PolicyError, UsageError
from tests.enrichment import loopback, tiny
from tests.enrichment.loopback import HOST

VENDOR = LookupClass.VENDOR


def https(port: int, host: str = HOST, scheme: str = "http") -> Endpoint:
    return Endpoint(key=tiny.KEY, scheme=scheme, host=host, port=port, redirects=frozenset({(host, port)}))


def test_a_new_gate_is_closed() -> None:
    with loopback.registry({}) as server:
        for tls in (False, True):
            with pytest.raises(PolicyError, match="are closed; nothing was sent"):
                NetGate().stream(VENDOR, HOST, server.port, tls=tls)
        with pytest.raises(PolicyError, match="are closed"):
            NetGate().datagram(VENDOR, HOST, server.port)
    assert server.log == []


@pytest.mark.parametrize("opened", [LookupClass.RDAP, LookupClass.PTR])
def test_another_class_stays_closed(opened: LookupClass) -> None:
    with pytest.raises(PolicyError, match="class vendor are closed"):
        NetGate([opened], [(HOST, 9)]).stream(VENDOR, HOST, 9)


def test_a_host_outside_the_plan_is_not_even_resolved(escapes: list[str]) -> None:
    with pytest.raises(PolicyError, match="not in the plan"):
        NetGate([VENDOR], [(HOST, 9)]).stream(VENDOR, "registry.example", 443, tls=True)
    assert escapes == []


def test_a_connection_outside_loopback_fails_the_suite(escapes: list[str]) -> None:
    way = NetGate([VENDOR], [("192.0.2.1", 443), ("registry.example", 443)])
    for host in ("192.0.2.1", "registry.example"):
        with pytest.raises(BaseException, match=r"outside loopback|not allowed|blocked"):
            way.stream(VENDOR, host, 443)
    with pytest.raises(BaseException, match="outside loopback"), socket.socket(type=socket.SOCK_DGRAM) as made:
        made.sendto(b"", ("192.0.2.1", 53))
    assert len(escapes) >= 2
    escapes.clear()


def test_tls_is_checked_against_the_given_authority(tmp_path: Path) -> None:
    root, certificate, key = loopback.authority(tmp_path, HOST)
    query = tiny.question("192.0.2.1", "/ip/192.0.2.1")
    with loopback.registry({"/ip/192.0.2.1": (200, {}, b"{}")}, (certificate, key)) as server:
        endpoint, hosts = https(server.port, scheme="https"), [(HOST, server.port)]
        known = over_https.fetch(NetGate([VENDOR], hosts, ca_file=root), endpoint, query, tiny.NOON)
        assert (known.status, known.body) == (ReplyStatus.ANSWERED, b"{}")
        strange = over_https.fetch(NetGate([VENDOR], hosts), endpoint, query, tiny.NOON)
        assert (strange.status, strange.body) == (ReplyStatus.FAILED, b"")
        assert "CERTIFICATE_VERIFY_FAILED" in strange.error
    assert server.log == ["/ip/192.0.2.1"], "the request is sent only after the certificate was checked"
    assert server.headers[0].keys() == {"host", "accept", "accept-encoding", "user-agent", "connection"}
    with pytest.raises(DataError, match="ca_file"):
        NetGate([VENDOR], hosts, ca_file=tmp_path / "none.pem").stream(VENDOR, HOST, server.port, tls=True)


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    root, certificate, key = loopback.authority(tmp_path, "other.example")
    query = tiny.question("192.0.2.1", "/")
    with loopback.registry({}, (certificate, key)) as server:
        way = NetGate([VENDOR], [(HOST, server.port)], ca_file=root)
        reply = over_https.fetch(way, https(server.port, scheme="https"), query, tiny.NOON)
    assert reply.status is ReplyStatus.FAILED
    assert server.log == []


def test_through_a_proxy_names_arrive_unresolved(tmp_path: Path, escapes: list[str]) -> None:
    root, certificate, key = loopback.authority(tmp_path, "registry.example")
    query = tiny.question("192.0.2.1", "/ip/192.0.2.1")
    with (
        loopback.registry({"/ip/192.0.2.1": (200, {}, b"{}")}, (certificate, key)) as server,
        loopback.socks({"registry.example": server.port}) as proxy,
    ):
        way = NetGate([VENDOR], [("registry.example", 443)], read_proxy(f"socks5h://{HOST}:{proxy.port}"), ca_file=root)
        reply = over_https.fetch(way, https(443, "registry.example", "https"), query, tiny.NOON)
        assert reply.status is ReplyStatus.ANSWERED, reply.error
        assert way.exit == f"socks5h://{HOST}:{proxy.port}"
        with pytest.raises(PolicyError, match="datagrams do not pass"):
            way.datagram(VENDOR, "registry.example", 443)
    assert proxy.log == ["3 registry.example 443"]
    assert server.headers[0]["host"] == "registry.example"
    assert escapes == [], "nothing was resolved here"


def test_what_a_proxy_refuses_is_a_failed_reply() -> None:
    with loopback.socks({}) as proxy:
        way = NetGate([VENDOR], [("registry.example", 443)], read_proxy(f"socks5h://{HOST}:{proxy.port}"))
        query = tiny.question("192.0.2.1", "/")
        reply = over_https.fetch(way, https(443, "registry.example", "https"), query, tiny.NOON)
    assert (reply.status, "proxy did not connect us" in reply.error) == (ReplyStatus.FAILED, True)


def test_a_dead_proxy_is_an_error_and_nothing_goes_past_it() -> None:
    with loopback.registry({}) as server:
        dead = read_proxy(f"socks5h://{HOST}:{loopback.free_port()}")
        way = NetGate([VENDOR], [(HOST, server.port)], dead)
        with pytest.raises(NetworkError, match="proxy cannot be reached"):
            over_https.fetch(way, https(server.port), tiny.question("192.0.2.1", "/"), tiny.NOON)
    assert server.log == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("socks5://127.0.0.1:9050", "names would be resolved on this machine"),
        ("http://127.0.0.1:8080", "no SOCKS5 proxy"),
        ("127.0.0.1:9050", "no "),
        ("socks5h://127.0.0.1", "no proxy"),
        ("socks5h://127.0.0.1:99999", "no proxy"),
        ("socks5h://127.0.0.1:1/path", "no proxy"),
    ],
)
def test_other_proxies_are_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_proxy(text)


def test_credentials_of_a_proxy_are_never_told() -> None:
    proxy = read_proxy("socks5h://someone:p%40ss@127.0.0.1:9050")
    assert proxy is not None
    assert (proxy.user, proxy.password, proxy.text) == ("someone", "p@ss", "socks5h://127.0.0.1:9050")
    assert read_proxy(" ") is None


def test_a_steady_drip_ends_by_the_deadline() -> None:
    def drip(handler: object) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")  # type: ignore[attr-defined]
        with contextlib.suppress(OSError):  # until the other side hangs up
            for _ in range(10_000):
                handler.wfile.write(b" ")  # type: ignore[attr-defined]
                time.sleep(0.01)

    terms = over_https.Terms(seconds=0.3)
    with loopback.registry({"/": drip}) as server:
        way = NetGate([VENDOR], [(HOST, server.port)])
        reply = over_https.fetch(way, https(server.port), tiny.question("192.0.2.1", "/"), tiny.NOON, terms)
    assert (reply.status, reply.error) == (ReplyStatus.FAILED, "the reply took too long")


def test_the_servers_of_the_table_are_the_registries_and_nobody_else() -> None:
    known = servers.Servers()
    hosts = {
        known.endpoint(key, Transport.WHOIS if key.startswith("whois") else Transport.HTTPS).host
        for key in servers.DEFAULTS
    }
    ends = (".ripe.net", ".arin.net", ".apnic.net", ".lacnic.net", ".afrinic.net")
    assert len(hosts) == 11
    assert all(host.endswith(ends) for host in hosts)


def question_of(transport: Transport, request: str, lookup_class: LookupClass = VENDOR) -> Query:
    from dataclasses import replace

    return replace(tiny.question("192.0.2.1", request), transport=transport, lookup_class=lookup_class)
