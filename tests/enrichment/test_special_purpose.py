"""The special-purpose table says what the IANA registries say, also where ``ipaddress`` differs."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment.addresses import Address, parse, parse_network, unwrap
from forensics.enrichment.special_purpose import TABLE, special_purpose
from forensics.errors import UsageError


@pytest.mark.parametrize(
    ("address", "prefix", "reachable"),
    [
        ("192.88.99.1", "192.88.99.0/24", None),
        ("192.88.99.2", "192.88.99.2/32", False),
        ("100.64.0.1", "100.64.0.0/10", False),
        ("100.127.255.255", "100.64.0.0/10", False),
        ("3fff::1", "3fff::/20", False),
        ("5f00::1", "5f00::/16", False),
        ("192.0.0.9", "192.0.0.9/32", True),
        ("192.0.0.11", "192.0.0.0/24", False),
        ("0.0.0.0", "0.0.0.0/32", False),  # noqa: S104 - an address to classify, nothing is bound
        ("0.0.0.1", "0.0.0.0/8", False),
        ("255.255.255.255", "255.255.255.255/32", False),
        ("240.0.0.1", "240.0.0.0/4", False),
        ("2001:20::1", "2001:20::/28", True),
        ("2001:1::3", "2001:1::3/128", True),
        ("2001:1::4", "2001::/23", False),
        ("100:0:0:1::5", "100:0:0:1::/64", False),
        ("fe80::1", "fe80::/10", False),
        ("2002:c000:201::", "2002::/16", None),
    ],
)
def test_the_narrowest_block_answers(address: str, prefix: str, reachable: bool | None) -> None:  # noqa: FBT001 - a table cell
    row = special_purpose(ipaddress.ip_address(address))
    assert row is not None
    assert (str(row.prefix), row.globally_reachable) == (prefix, reachable)


@pytest.mark.parametrize(
    "address",
    [
        "85.132.24.10",
        "100.63.255.255",
        "100.128.0.0",
        "192.0.1.1",
        "198.20.0.0",
        "2a02:2ba8::1",
        "2001:200::1",
        "223.255.255.255",
    ],
)
def test_ordinary_space_is_not_special(address: str) -> None:
    assert special_purpose(ipaddress.ip_address(address)) is None


def test_every_row_is_found_by_its_own_first_address_or_a_narrower_row() -> None:
    for row in TABLE:
        found = special_purpose(row.prefix.network_address)
        assert found is not None
        assert found.prefix.prefixlen >= row.prefix.prefixlen
        assert row.rfc.startswith("RFC ")
    assert len({row.prefix for row in TABLE}) == len(TABLE)


ENDS = st.sampled_from([row.prefix for row in TABLE]).flatmap(
    lambda net: st.sampled_from([net.network_address, net.broadcast_address])
)
NEAR = st.tuples(ENDS, st.integers(-1, 1)).map(
    lambda item: type(item[0])((int(item[0]) + item[1]) % (1 << item[0].max_prefixlen))
)


@given(NEAR | st.ip_addresses())
def test_the_table_read_row_by_row_says_the_same(address: Address) -> None:
    holding = [row for row in TABLE if row.prefix.version == address.version and address in row.prefix]
    assert special_purpose(address) == max(holding, key=lambda row: row.prefix.prefixlen, default=None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 192.0.2.1",
        "192.0.2.1 ",
        "192.0.2",
        "192.0.2.01",
        "0xc0.0.2.1",
        "0300.0.2.1",
        "192.0.2.1/32",
        "192.0.2.256",
        "3221225985",
        "fe80::1%eth0",
        "::ffff:192.0.2.01",
        "2001:db8:::1",
        "1::2::3",
        "١٩٢.0.2.1",
        "192.0.2.1\n",
        "host.example",
        "[2001:db8::1]",
        "\ud800",
    ],
)
def test_malformed_addresses_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not an IP address"):
        parse(text)
    if "/" not in text and text != "3221225985":
        with pytest.raises(UsageError, match="not an IP prefix"):
            parse_network(text)


@pytest.mark.parametrize(
    ("written", "inner"),
    [
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("64:ff9b::c633:6407", "198.51.100.7"),
        ("2002:c633:6407:1::1", "198.51.100.7"),
        ("2001:0:c000:201:8000:63bf:39cc:9bf8", "198.51.100.7"),
        ("64:ff9b:1::c633:6407", "64:ff9b:1::c633:6407"),
        ("2001:db8::1", "2001:db8::1"),
        ("198.51.100.7", "198.51.100.7"),
    ],
)
def test_embedded_ipv4_is_unwrapped(written: str, inner: str) -> None:
    found = unwrap(parse(written))
    assert found.address == ipaddress.ip_address(inner)
    assert bool(found.kind) == (found.address != ipaddress.ip_address(written))


def test_rows_have_the_months_of_the_registry() -> None:
    months = {str(row.prefix): (row.allocated, row.terminated) for row in TABLE}
    assert months["3fff::/20"] == ("2024-07", "")
    assert months["5f00::/16"] == ("2024-04", "")
    assert months["100:0:0:1::/64"] == ("2025-04", "")
    assert months["192.88.99.0/24"] == ("2001-06", "2015-03")
    assert months["2001:10::/28"] == ("2007-03", "2014-03")
    dated = {prefix for prefix, (allocated, _) in months.items() if allocated}
    assert set(months) - dated == {"224.0.0.0/4", "ff00::/8", "fec0::/10"}  # of other registries
    assert len(dated) == 51
