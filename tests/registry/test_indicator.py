"""The spellings of indicators, ranges and the blocks they are made of."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import UsageError
from forensics.registry.indicator import Span, blocks, canonical_indicator, parents, parse_query, span

KEY = "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"
CERTIFICATE = "0480196a784ba66b586e716045ef117bc743d67bce33da1bda985124e2c4ecb6"


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("range", "192.0.2.5 - 192.0.2.20", "192.0.2.5-192.0.2.20"),
        ("range", "2001:DB8::1-2001:db8::ff", "2001:db8::1-2001:db8::ff"),
        ("tls_certificate", ":".join(CERTIFICATE[at : at + 2] for at in range(0, 64, 2)).upper(), CERTIFICATE),
        ("ssh_host_key", KEY, KEY),
        ("ssh_host_key", f"{KEY}=", KEY),
        ("mail_helo", "WIN-ABC.Example.", "win-abc.example"),
        ("mail_helo", "[192.0.2.1]", "[192.0.2.1]"),
        ("device_id", "iPhone 8 of the editor", "iPhone 8 of the editor"),
    ],
)
def test_one_spelling_each(kind: str, text: str, wanted: str) -> None:
    assert canonical_indicator(kind, text) == wanted
    assert canonical_indicator(kind, wanted) == wanted


@pytest.mark.parametrize(
    ("kind", "text", "match"),
    [
        ("range", "192.0.2.20-192.0.2.5", "ends before it begins"),
        ("range", "192.0.2.5-2001:db8::1", "two IP versions"),
        ("range", "192.0.2.0-192.0.2.255", "kind prefix, 192.0.2.0/24"),
        ("range", "192.0.2.7-192.0.2.7", "kind address"),
        ("range", "192.0.2.7", "."),
        ("range", "192.0.2.7-", "."),
        ("prefix", "192.0.2.7/24", "host bits"),
        ("prefix", "192.0.2.0/33", "."),
        ("tls_certificate", CERTIFICATE[:-2], "64 hex"),
        ("ssh_host_key", KEY[:-1], "43 characters"),
        ("ssh_host_key", KEY[:-1] + "1", "43 characters"),
        ("ssh_host_key", "MD5:00:11", "43 characters"),
        ("device_id", " x", "."),
        ("mail_helo", "a b", "."),
        ("mail_helo", "x" * 300, "."),
        ("nothing", "x", "no such kind"),
    ],
)
def test_what_is_not_of_its_kind_is_refused(kind: str, text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        canonical_indicator(kind, text)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("192.0.2.0-192.0.2.255", ("prefix", "192.0.2.0/24")),
        ("192.0.2.9-192.0.2.9", ("address", "192.0.2.9")),
        ("192.0.2.1-192.0.2.9", ("range", "192.0.2.1-192.0.2.9")),
        ("device_id=ABC 1", ("device_id", "ABC 1")),
        ("mail_helo=Win", ("mail_helo", "win")),
        ("range=192.0.2.0-192.0.2.1", ("prefix", "192.0.2.0/31")),
        (KEY, ("ssh_host_key", KEY)),
        (":".join(CERTIFICATE[at : at + 2] for at in range(0, 64, 2)), ("tls_certificate", CERTIFICATE)),
        ("my-host.example", ("domain", "my-host.example")),
    ],
)
def test_queries_find_their_kind(query: str, wanted: tuple[str, str]) -> None:
    assert parse_query(query) == wanted


@pytest.mark.parametrize("query", ["192.0.2.9-192.0.2.1", "range=192.0.2.9", "asn=64497", "md5=12", "device_id="])
def test_a_query_that_contradicts_itself_is_refused(query: str) -> None:
    with pytest.raises(UsageError):
        parse_query(query)


def test_parents_of_a_domain() -> None:
    assert parents("a.b.example.org") == ["b.example.org", "example.org"]
    assert parents("example.org") == []


@given(st.sampled_from((32, 128)), st.data())
def test_the_blocks_of_a_range_are_those_of_the_standard_library(bits: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, 2**bits - 1))
    last = data.draw(st.integers(first, 2**bits - 1) | st.integers(first, min(first + 600, 2**bits - 1)))
    make = ipaddress.IPv4Address if bits == 32 else ipaddress.IPv6Address
    wanted = [
        (int(one.network_address), one.prefixlen) for one in ipaddress.summarize_address_range(make(first), make(last))
    ]
    assert blocks(Span(4 if bits == 32 else 6, first, last)) == wanted


def test_the_span_of_a_network() -> None:
    assert span("192.0.2.0/30") == Span(4, 3221225984, 3221225987)
    assert span("192.0.2.0-192.0.2.2").size == 3
    assert span("0.0.0.0/0").holds(span("192.0.2.1"))
    assert not span("::/0").meets(span("192.0.2.1"))
