"""Where a day stands against a record: unknown is never "inside"."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.registry.window import classify, sentence
from tests.registry.written import record

FROM, UNTIL = date(2019, 2, 1), date(2021, 1, 1)


@pytest.mark.parametrize(
    ("at", "window", "gap"),
    [
        (date(2019, 1, 31), "before", 1),
        (date(2019, 2, 1), "inside", 0),
        (date(2020, 3, 11), "inside", 0),
        (date(2020, 12, 31), "inside", 0),
        (date(2021, 1, 1), "after", -1),
        (date(2021, 3, 11), "after", -70),
    ],
)
def test_a_closed_period_is_half_open(at: date, window: str, gap: int) -> None:
    found = classify(record(valid_from=FROM, valid_until=UNTIL), at)
    assert (found.window, found.gap_days) == (window, gap)
    assert found.basis == "valid"


@pytest.mark.parametrize(
    ("at", "window", "gap", "basis"),
    [
        (date(2017, 3, 1), "unknown", 792, "published"),
        (date(2019, 5, 2), "unknown", 0, "published"),
        (date(2026, 1, 1), "unknown", -2436, "published"),
    ],
)
def test_publication_is_an_anchor_not_a_period(at: date, window: str, gap: int, basis: str) -> None:
    found = classify(record(), at)
    assert (found.window, found.gap_days, found.basis) == (window, gap, basis)


def test_an_observation_covers_its_own_day_only() -> None:
    seen = record(observed_at=[date(2019, 3, 4), date(2019, 3, 6)])
    assert classify(seen, date(2019, 3, 4)).window == "inside"
    between = classify(seen, date(2019, 3, 5))
    assert (between.window, between.gap_days, between.basis) == ("unknown", -1, "observed")
    assert classify(seen, date(2019, 5, 2)).basis == "observed"


def test_half_known_periods() -> None:
    begun = record(valid_from=FROM)
    assert classify(begun, date(2019, 1, 1)).window == "before"
    assert classify(begun, date(2020, 1, 1)).window == "unknown"
    ended = record(valid_until=UNTIL)
    assert classify(ended, date(2021, 1, 1)).window == "after"
    assert classify(ended, date(2020, 1, 1)).window == "unknown"


def test_no_date_at_all() -> None:
    bare = record(published_at="unknown")
    found = classify(bare, date(2020, 3, 11))
    assert (found.window, found.gap_days, found.basis) == ("unknown", None, "none")
    assert "no date at all" in sentence(bare, found, date(2020, 3, 11))
    assert classify(bare, None).window == "unknown"


@settings(max_examples=100, deadline=None)
@given(offset=st.integers(-9000, 9000))
def test_a_record_without_a_period_is_never_inside(offset: int) -> None:
    at = date(2019, 5, 2) + timedelta(days=offset)
    found = classify(record(), at)
    assert found.window == "unknown"
    assert found.gap_days == -offset
    assert f"nothing on record covers {at}" in sentence(record(), found, at)


@pytest.mark.parametrize("state", ["retracted", "disputed", "candidate"])
def test_the_sentence_says_that_a_state_takes_support_away(state: str) -> None:
    held = record(state=state, reason="Fictional.", valid_from=FROM, valid_until=UNTIL)
    said = sentence(held, classify(held, date(2020, 3, 11)), date(2020, 3, 11))
    assert state in said
    assert "supports nothing" in said
