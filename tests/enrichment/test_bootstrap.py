"""The embedded bootstrap: one registry at most per address, as IANA lists them."""

from __future__ import annotations

import ipaddress
import json
from datetime import date
from importlib import resources
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment.bootstrap import FILE, REGISTRIES, base_url, published, registry_of, services
from forensics.enrichment.special_purpose import special_purpose
from forensics.errors import UsageError


@pytest.mark.parametrize(
    ("address", "registry"),
    [
        ("85.132.24.10", "ripencc"),
        ("8.8.8.8", "arin"),
        ("200.1.1.1", "lacnic"),
        ("41.0.0.1", "afrinic"),
        ("1.1.1.1", "apnic"),
        ("2a02:2ba8::1", "ripencc"),
        ("2001:4860::1", "arin"),
        ("2c0f:f248::1", "afrinic"),
        ("2800:3f0::1", "lacnic"),
        ("2400:cb00::1", "apnic"),
        ("203.0.113.5", "apnic"),  # documentation space may be rehearsed
        ("192.0.2.1", "arin"),
        ("10.0.0.1", None),
        ("100.64.0.1", None),
        ("192.168.1.1", None),
        ("127.0.0.1", None),
        ("240.0.0.1", None),
        ("2002:5584:180a::1", None),
        ("::ffff:8.8.8.8", None),
        ("3fff::1", None),  # in no block that a registry administers
        ("085.132.24.10", None),
        ("no address", None),
    ],
)
def test_registry_of_well_known_addresses(address: str, registry: str | None) -> None:
    assert registry_of(address) == registry


def test_no_two_rows_overlap() -> None:
    """So every address has at most one registry, whatever the order of look-up."""
    for version in (4, 6):
        rows = sorted((int(row.prefix[0]), int(row.prefix[-1])) for row in services() if row.prefix.version == version)
        assert len(rows) > 30
        assert all(left[1] < right[0] for left, right in pairwise(rows))


def test_every_ipv4_block_of_the_unicast_space_is_listed_once() -> None:
    firsts = sorted(int(str(row.prefix).split(".")[0]) for row in services() if row.prefix.version == 4)
    assert firsts == [octet for octet in range(1, 224) if octet not in {10, 127}]


@given(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address) | st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address))
def test_any_address_has_one_registry_or_none(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    registry = registry_of(address)
    listed = {row.registry for row in services() if row.prefix.version == address.version and address in row.prefix}
    row = special_purpose(address)
    if row is None:
        assert {registry} - {None} == listed
    elif not row.name.startswith("Documentation"):
        assert registry is None or row.globally_reachable


def test_file_says_where_it_is_from_and_when() -> None:
    document = json.loads(resources.files("forensics.enrichment").joinpath(FILE).read_text(encoding="utf-8"))
    assert "IANA" in document["source"]
    assert published() == {"ipv4": date(2019, 6, 7), "ipv6": date(2019, 11, 6)}
    assert set(REGISTRIES) == {row.registry for row in services()}


def test_base_urls_are_https_and_closed_by_a_slash() -> None:
    for registry in REGISTRIES:
        assert base_url(registry).startswith("https://rdap.")
        assert base_url(registry).endswith("/")
    with pytest.raises(UsageError, match="no registry is called 'jpnic'"):
        base_url("jpnic")
