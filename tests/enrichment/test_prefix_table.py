"""Prefixes inside each other: the table answers as a naive longest-prefix match over the same prefixes does."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.enrichment import prefix_table
from forensics.enrichment.addresses import pack_v4, pack_v6
from forensics.enrichment.importer import Ledger, RowError
from forensics.enrichment.routes import Routes
from forensics.enrichment.twins import Places, apart, once

Net = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(bits: int) -> st.SearchStrategy[Net]:
    """Prefixes that often lie inside each other, touch each other, and reach both ends of the address space."""
    kind = ipaddress.IPv4Network if bits == 32 else ipaddress.IPv6Network
    base = st.sampled_from([0, (1 << bits) - 1, 0x0A << (bits - 8), 0x0A0B << (bits - 16), 1 << (bits // 2)])
    number = st.one_of(base, st.integers(0, (1 << bits) - 1), base.map(lambda value: value ^ 0xFF))
    return st.tuples(number, st.integers(0, bits)).map(lambda pair: kind(pair, strict=False))


@pytest.mark.parametrize("bits", [32, 128])
def test_the_table_is_a_longest_prefix_match(bits: int) -> None:
    @settings(max_examples=150, deadline=None)
    @given(st.dictionaries(networks(bits), st.integers(1, 3), max_size=14))
    def holds(routes: dict[Net, int]) -> None:
        made = Routes(Ledger())
        for net, asn in routes.items():
            made.add(net.version, int(net.network_address), net.prefixlen, (str(asn),), 1)
        table = made.tables()[0 if bits == 32 else 1]
        ends = [int(end) for net in routes for end in (net.network_address, net.broadcast_address)]
        asked = sorted({number for end in ends for number in (end - 1, end, end + 1) if 0 <= number < 1 << bits})
        rows = table.find(pack_v4(asked) if bits == 32 else pack_v6(asked)).tolist()
        for number, row in zip(asked, rows, strict=True):
            address = type(next(iter(routes)).network_address)(number)
            covering = [net for net in routes if address in net]
            best = max(covering, key=lambda net: net.prefixlen, default=None)
            assert (int(table.asn[row]) if row >= 0 else 0) == (0 if best is None else routes[best]), (address, routes)

    holds()


def test_the_longest_nesting_and_the_whole_space() -> None:
    made = Routes(Ledger())
    for length in range(33):
        made.add(4, 0, length, (str(length + 1),), length)
    v4, v6 = made.tables()
    assert v4.asn.tolist() == list(range(33, 0, -1))
    assert v4.bounds(0) == (0, 0)
    assert v4.bounds(32) == (1 << 31, (1 << 32) - 1)
    assert len(v6) == 0


@pytest.mark.parametrize(
    ("text", "length", "reason"),
    [
        ("192.0.2.1", "24", "bits are set"),
        ("192.0.2.0", "33", "length"),
        ("192.0.2.0", "-1", "length"),
        ("192.0.2.0", "", "length"),
        ("192.0.2.0", "²4", "length"),
        ("0300.0.2.0", "24", "not an IP address"),
        ("192.0.02.0", "24", "not an IP address"),
        ("192.0.2", "24", "not an IP address"),
        ("0xc0.0.2.0", "24", "not an IP address"),
        ("192.0.2.0\0", "24", "not an IP address"),
        ("2001:db8::%eth0", "64", "not an IP address"),
        ("2001:db8::1", "64", "bits are set"),
    ],
)
def test_what_is_no_prefix_is_refused(text: str, length: str, reason: str) -> None:
    with pytest.raises(RowError, match=reason):
        prefix_table.prefix(text, length)


def test_contradictions_are_told_and_repetitions_counted() -> None:
    ledger = Ledger()
    keys = np.array([[1, 0], [2, 0], [1, 0], [3, 0], [3, 0], [3, 0]])
    facts = np.array([[7], [7], [7], [1], [2], [1]])
    assert once(keys, facts, Places([11, 12, 13, 14, 15, 16]), ledger).tolist() == [0, 1]
    assert sorted(item.place for item in ledger.rejected) == ["line:14", "line:15"]
    assert ledger.unused == {"rows that repeat another one": 1}


def test_ranges_that_overlap_are_rejected_on_both_sides() -> None:
    ledger = Ledger()
    first, last = np.array([0, 10, 15, 30, 12]), np.array([5, 20, 16, 40, 13])
    assert sorted(apart(first, last, Places([1, 2, 3, 4, 5]), ledger).tolist()) == [0, 3]
    assert sorted(item.place for item in ledger.rejected) == ["line:2", "line:3", "line:5"]
    assert len(apart(np.zeros(0, np.int64), np.zeros(0, np.int64), Places([]), ledger)) == 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=12))
def test_kept_ranges_are_exactly_those_that_touch_no_other(pairs: list[tuple[int, int]]) -> None:
    ranges = [(start, start + size) for start, size in pairs]
    kept = apart(
        np.array([start for start, _ in ranges], np.int64),
        np.array([end for _, end in ranges], np.int64),
        Places(list(range(len(ranges)))),
        Ledger(),
    )
    alone = [
        place
        for place, (start, end) in enumerate(ranges)
        if all(end < other or start > last for at, (other, last) in enumerate(ranges) if at != place)
    ]
    assert set(alone) == set(kept.tolist())
