"""The flattened-range look-up is exact: asked beside a walk over all ranges with ``ipaddress``."""

from __future__ import annotations

import ipaddress
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.enrichment.addresses import pack_v4, pack_v6
from forensics.enrichment.lookup import NO_ROW, RangeTable, country_code, find_in_all, pack_country
from forensics.errors import DataError

LOW = (1 << 64) - 1
Range = tuple[int, int]


def table(
    family: int, ranges: list[Range], asn: list[int] | None = None, country: list[str] | None = None
) -> RangeTable:
    numbers = asn or list(range(1, len(ranges) + 1))
    codes = country or ["QZ"] * len(ranges)
    pack = pack_v4 if family == 4 else pack_v6
    sides = [pack([item[side] for item in ranges]) for side in (0, 1)]
    start, end = ((part,) if family == 4 else (part[:, 0].copy(), part[:, 1].copy()) for part in sides)
    return RangeTable(
        family=family,
        start=start,
        end=end,
        asn=np.array(numbers, np.uint32),
        country=np.array([pack_country(code) for code in codes], np.uint16),
        classes=np.zeros(len(ranges), np.uint8),
    )


def disjoint(bits: int) -> st.SearchStrategy[list[Range]]:
    """Disjoint ranges, some of one address, some next to each other, some sharing their upper half."""
    top = (1 << bits) - 1
    near = st.integers(0, 64)
    anchors = st.sampled_from([0, 1 << 8, 1 << (bits // 2), (1 << (bits // 2)) * 5, top - 64])
    point = st.one_of(st.integers(0, top), st.builds(lambda base, step: min(base + step, top), anchors, near))
    return st.lists(point, unique=True, max_size=40).map(
        lambda points: [tuple(pair) for pair in zip(*[iter(sorted(points))] * 2, strict=False)]
    )


def boundaries(ranges: list[Range], bits: int) -> list[int]:
    asked = {0, (1 << bits) - 1}
    for first, last in ranges:
        asked |= {first - 1, first, first + 1, (first + last) // 2, last - 1, last, last + 1}
    return sorted(number for number in asked if 0 <= number < 1 << bits)


@pytest.mark.parametrize("bits", [32, 128])
def test_looking_in_all_tables_at_once_equals_looking_in_each(bits: int) -> None:
    @settings(max_examples=150, deadline=None)
    @given(disjoint(bits), disjoint(bits), st.lists(st.integers(0, (1 << bits) - 1), max_size=60), st.randoms())
    def ask(one: list[Range], other: list[Range], more: list[int], dice: random.Random) -> None:
        family, pack = (4, pack_v4) if bits == 32 else (6, pack_v6)
        tables = [table(family, one), table(family, other), table(family, [])]
        asked = [*boundaries(one, bits), *boundaries(other, bits), *more, *more]
        dice.shuffle(asked)
        for numbers in (asked, asked[:3], []):
            packed = pack(numbers)
            for held, rows in zip(tables, find_in_all(tables, packed), strict=True):
                assert rows.tolist() == held.find(packed).tolist()

    ask()


@pytest.mark.parametrize("bits", [32, 128])
def test_find_equals_a_walk_over_all_ranges(bits: int) -> None:
    @settings(max_examples=150, deadline=None)
    @given(disjoint(bits), st.lists(st.integers(0, (1 << bits) - 1), max_size=20))
    def ask(ranges: list[Range], more: list[int]) -> None:
        held = table(4 if bits == 32 else 6, ranges)
        held.check()
        asked = boundaries(ranges, bits) + more
        found = held.find((pack_v4 if bits == 32 else pack_v6)(asked)).tolist()
        wanted = [next((row for row, (a, b) in enumerate(ranges) if a <= number <= b), NO_ROW) for number in asked]
        assert found == wanted

    ask()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5000), unique=True, min_size=2, max_size=300), st.integers(0, 5200))
def test_many_ranges_that_share_their_upper_half(points: list[int], asked: int) -> None:
    base = int(ipaddress.ip_address("2001:db8::")) >> 64 << 64
    ranges = [(base + point, base + point) for point in sorted(points)]
    found = int(table(6, ranges).find(pack_v6([base + asked]))[0])
    assert found == (sorted(points).index(asked) if asked in points else NO_ROW)


@settings(max_examples=100, deadline=None)
@given(disjoint(32))
def test_counts_equal_a_sum_over_all_ranges(ranges: list[Range]) -> None:
    asn = [row % 3 for row in range(len(ranges))]  # AS 0 is "not announced" and never counted
    country = ["QZ" if row % 2 else "QX" for row in range(len(ranges))]
    held = table(4, ranges, asn, country)

    wanted = {
        of: total
        for of in (1, 2)
        if (
            total := sum(
                b - a + 1 for (a, b), n, code in zip(ranges, asn, country, strict=True) if (n, code) == (of, "QZ")
            )
        )
    }
    assert held.announced_by("QZ") == wanted


@settings(max_examples=100, deadline=None)
@given(disjoint(32))
def test_the_prefix_around_an_address_is_the_largest_inside_its_range(ranges: list[Range]) -> None:
    held = table(4, ranges)
    for row, (first, last) in enumerate(ranges[:5]):
        for number in {first, (first + last) // 2, last}:
            address = ipaddress.IPv4Address(number)
            network = ipaddress.IPv4Network(held.prefix_around(row, address))
            assert address in network
            assert first <= int(network.network_address) <= int(network.broadcast_address) <= last
            wider = network.supernet() if network.prefixlen else None
            assert wider is None or int(wider.network_address) < first or int(wider.broadcast_address) > last


def test_a_count_of_ipv6_addresses_is_refused() -> None:
    with pytest.raises(ValueError, match="only IPv4"):
        table(6, [(1, 2)]).sizes()


@pytest.mark.parametrize(
    ("family", "ranges"),
    [
        (4, [(5, 4)]),
        (4, [(1, 5), (5, 9)]),
        (4, [(7, 9), (1, 2)]),
        (6, [((1 << 64) + 5, (1 << 64) + 4)]),
        (6, [(1, LOW), (LOW, LOW + 1)]),
        (6, [(1 << 70, 1 << 71), (1 << 69, (1 << 69) + 1)]),
    ],
)
def test_ranges_that_overlap_or_are_not_sorted_are_refused(family: int, ranges: list[Range]) -> None:
    with pytest.raises(DataError, match="table"):
        table(family, ranges).check()


def test_country_codes_survive_packing() -> None:
    assert [country_code(pack_country(code)) for code in ("AZ", "QZ", "A1", "")] == ["AZ", "QZ", "A1", ""]
