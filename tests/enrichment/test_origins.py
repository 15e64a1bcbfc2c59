"""Origins asked by themselves, and of the same addresses on many days, are those of whole contexts."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment.context import Inquiry
from forensics.enrichment.origins import Origins
from forensics.enrichment.snapshots import load

TABLES = load(Path(__file__).resolve().parents[2] / "samples" / "snapshots")
INQUIRY = Inquiry(TABLES)
ADDRESSES = (
    *(
        "85.132.24.10",
        "85.132.78.1",
        "8.8.8.8",
        "2001:4860:4860::8888",
        "10.0.0.1",
        "::",
        "::ffff:203.0.113.9",
        "240.60.0.1",
    ),
    *(
        "192.0.2.1",
        "192.0.2.130",
        "192.0.2.200",
        "198.51.100.130",
        "203.0.113.7",
        "2001:db8:9000::1",
        "2001:db8:f000::1",
    ),
)
DAYS = st.integers(0, 3_000).map(lambda step: date(2018, 6, 1) + timedelta(days=step))
PLACES = st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=8)


def whole(address: str, day: date) -> str | None:
    return INQUIRY.contexts([(address, day)])[0].origin_as.value


@given(pairs=st.lists(st.tuples(st.sampled_from(ADDRESSES), DAYS), max_size=8))
def test_an_origin_is_that_of_the_whole_context(pairs: list[tuple[str, date | None]]) -> None:
    assert INQUIRY.origins(pairs) == [INQUIRY.contexts([pair])[0].origin_as.value for pair in pairs]
    assert INQUIRY.origins([(address, None) for address, _ in pairs]) == [None] * len(pairs)


@given(addresses=PLACES, days=st.lists(DAYS, min_size=1, max_size=6))
def test_days_of_one_version_have_the_same_origins_and_they_are_those_of_contexts(
    addresses: list[str], days: list[date]
) -> None:
    origins = Origins(addresses, TABLES)
    for day in days:
        found = [f"AS{number}" if number else None for number in origins.on(origins.version(day))]
        assert found == [whole(address, day) for address in addresses]
