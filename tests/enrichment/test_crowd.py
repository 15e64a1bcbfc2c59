"""Many addresses at once are read, placed, sorted and answered exactly as one by one."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment.addresses import parse, unwrap
from forensics.enrichment.context import Grouped, Inquiry
from forensics.enrichment.crowd import NOT_SPECIAL, crowd
from forensics.enrichment.snapshots import load
from forensics.enrichment.special_purpose import TABLE, special_purpose
from forensics.errors import UsageError
from forensics.model import AddressContext

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "snapshots"
EDGES = [
    str(ipaddress.ip_address(min(max(int(edge) + step, 0), (1 << edge.max_prefixlen) - 1)))
    if edge.version == 4
    else str(ipaddress.IPv6Address(min(max(int(edge) + step, 0), (1 << 128) - 1)))
    for row in TABLE
    for edge in (row.prefix.network_address, row.prefix.broadcast_address)
    for step in (-1, 0, 1)
]
EMBEDDED = ("::ffff:8.8.8.8", "64:ff9b::c000:201", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1")
SPELLED = ("2001:DB8::1", "2001:0db8:0:0::1", "::1.2.3.4", "85.132.24.10", "2a02:2ba8::1")
TEXTS = (
    st.sampled_from((*EDGES, *EMBEDDED, *SPELLED))
    | st.integers(0, 2**32 - 1).map(lambda number: str(ipaddress.IPv4Address(number)))
    | st.integers(0, 2**128 - 1).map(lambda number: str(ipaddress.IPv6Address(number)))
)
DAYS = st.none() | st.dates(date(2009, 1, 1), date(2026, 12, 31))


@given(st.lists(TEXTS, max_size=12))
def test_a_crowd_is_its_addresses_one_by_one(texts: list[str]) -> None:
    found = crowd(texts)
    for place, text in enumerate(texts):
        inner = unwrap(parse(text))
        assert found.address(place) == inner.address
        assert found.embedded[place] == bool(inner.kind)
        special, row = special_purpose(inner.address), int(found.special[place])
        assert special is (None if row == NOT_SPECIAL else TABLE[row])


@pytest.mark.parametrize(
    "odd", ["1.2.3", "01.2.3.4", "1.2.3.4/32", "fe80::1%en0", "1.2.3.4%x", "", "::g", " ::1", "\ud800", "1\0.2.3.4"]
)
def test_one_odd_address_in_a_crowd_is_named(odd: str) -> None:
    with pytest.raises(UsageError, match="not an IP address"):
        crowd(["192.0.2.1", odd, "2001:db8::1"])


def spread(grouped: Grouped, addresses: list[str]) -> list[AddressContext]:
    """Return what a group says of each address, as a context of its own."""
    return [
        replace(grouped.contexts[of], address=address, prefix=prefix or grouped.contexts[of].prefix)
        for address, of, prefix in zip(addresses, grouped.of, grouped.prefixes, strict=True)
    ]


@given(st.lists(st.tuples(TEXTS, DAYS), max_size=12), st.sampled_from(["event", "latest", date(2020, 3, 17)]))
def test_contexts_of_a_group_are_those_of_each(pairs: list[tuple[str, date | None]], as_of: str | date) -> None:
    inquiry = Inquiry(BOTH, as_of)  # type: ignore[arg-type] # a word of a closed list
    assert spread(inquiry.grouped(pairs), [text for text, _ in pairs]) == inquiry.contexts(pairs)
    nothing = Inquiry((), as_of)  # type: ignore[arg-type] # as above
    assert spread(nothing.grouped(pairs), [text for text, _ in pairs]) == nothing.contexts(pairs)


def test_a_group_holds_few_contexts() -> None:
    day = date(2020, 3, 17)
    pairs = [(str(ipaddress.IPv4Address("85.132.24.0") + step), day) for step in range(200)]
    grouped = Inquiry(BOTH).grouped(pairs)
    assert len(grouped.contexts) < 20
    assert grouped.contexts[grouped.of[10]].origin_as.value == "AS29049"
    assert all(prefix and "/" in prefix for prefix in grouped.prefixes)


BOTH = (*load(), *load(SAMPLES))
