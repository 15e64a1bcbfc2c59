"""How much of the table changes in a gap, against the intervals that were measured."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment.drift import WORLD, drift, drift_note
from forensics.model import Context, ContextStatus

days = st.dates(date(2005, 1, 1), date(2035, 1, 1))


@pytest.mark.parametrize(
    ("first", "last", "world", "azerbaijan"),
    [
        (date(2020, 9, 21), date(2022, 10, 29), 7.7, 7.4),
        (date(2022, 10, 29), date(2025, 4, 2), 7.6, 19.8),
        (date(2025, 4, 2), date(2026, 6, 17), 4.2, 11.2),
        (date(2020, 9, 21), date(2026, 9, 16), 16.6, 30.7),
    ],
)
def test_the_rates_reproduce_what_was_measured(first: date, last: date, world: float, azerbaijan: float) -> None:
    assert drift(first, last, WORLD) == pytest.approx(world, abs=4.5)
    assert drift(first, last, "AZ") == pytest.approx(azerbaijan, rel=0.35)


@given(days, days, st.sampled_from([WORLD, "AZ", "DE"]))
def test_drift_is_symmetric_bounded_and_grows(first: date, last: date, country: str) -> None:
    share = drift(first, last, country)
    assert share == drift(last, first, country)
    assert 0 <= share <= 100
    assert drift(min(first, last), max(first, last) + timedelta(days=400), country) >= share


def test_only_a_stale_origin_has_a_drift() -> None:
    near = Context(value="AS1", as_of=date(2020, 4, 1), gap_days=15, status=ContextStatus.NEAR)
    assert drift_note(near, date(2020, 3, 17), "AZ") == (None, "")
    stale = Context(value="AS1", as_of=date(2022, 10, 29), gap_days=956, status=ContextStatus.STALE)
    share, text = drift_note(stale, date(2020, 3, 17), "DE")
    assert (share, text) == (9, "AS1: in a gap of 956 days about 9 % of routed addresses change their AS")
    assert drift_note(stale, date(2020, 3, 17), "AZ")[1].endswith("(addresses in AZ: about 9 %)")
