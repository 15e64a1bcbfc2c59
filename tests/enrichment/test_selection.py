"""The rules by which dated values are chosen and judged."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment.selection import Sighting, around, judge, judge_name
from forensics.model import ContextStatus, Snapshot

MARCH = date(2020, 3, 17)


def sighting(day: date, asn: int | None, name: str | None = None, source: str = "one") -> Sighting:
    snapshot = Snapshot(
        id=f"s-{day}", kind="ip_asn", as_of=day, source=source, source_sha256="", bundle_sha256="",
        licence="", attribution="", rows_v4=0, rows_v6=0,
    )  # fmt: skip
    return Sighting(snapshot=snapshot, asn=asn, name=name)


days = st.dates(date(2015, 1, 1), date(2025, 1, 1))


@given(days, st.lists(days, max_size=6, unique=True))
def test_selection_takes_the_neighbours_of_the_day(day: date, dates: list[date]) -> None:
    held = sorted(dates)
    chosen = [held[place] for place in around(day, held, single=False)]
    assert chosen == [*[item for item in held if item <= day][-1:], *[item for item in held if item > day][:1]]
    single = [held[place] for place in around(day, held, single=True)]
    assert single == sorted(held, key=lambda item: (abs((item - day).days), item))[:1]


@given(days, st.integers(0, 400), st.integers(1, 400), st.sampled_from([None, 1, 2]), st.sampled_from([None, 1, 2]))
def test_the_rules_of_judging(day: date, back: int, ahead: int, first: int | None, second: int | None) -> None:
    before, after = sighting(day - timedelta(days=back), first), sighting(day + timedelta(days=ahead), second)
    both = judge([before, after], day, lambda held: f"AS{held.asn}" if held.asn else None)
    if back == 0 and first is not None and first == second:
        assert (both.status, both.gap_days, len(both.other)) == (ContextStatus.NEAR, 0, 1)
    elif first == second:
        assert both.status is (ContextStatus.BRACKETED if first else ContextStatus.UNROUTED)
        assert both.gap_days == (-back if back <= ahead else ahead)
        assert len(both.other) == 1
    elif back == 0:
        assert (both.gap_days, both.other) == (0, ())
        assert both.status is (ContextStatus.NEAR if first else ContextStatus.UNROUTED)
    else:
        assert (both.value, both.status, both.gap_days) == (None, ContextStatus.CHANGED_BETWEEN, None)
        assert [held.gap_days for held in both.other] == [-back, ahead]
    alone = judge([before], day, lambda held: f"AS{held.asn}" if held.asn else None)
    side = ContextStatus.NEAR if back <= 90 else ContextStatus.STALE
    assert alone.status is (side if first else ContextStatus.UNROUTED)


def test_names_are_compared_within_one_source_only() -> None:
    day = date(2020, 6, 1)
    one, two = sighting(date(2020, 1, 1), 1, "A"), sighting(date(2021, 1, 1), 1, "B")
    origin = judge([one, two], day, lambda held: f"AS{held.asn}")
    assert origin.status is ContextStatus.BRACKETED
    assert judge_name([one, two], day, origin).status is ContextStatus.CHANGED_BETWEEN
    foreign = sighting(date(2021, 1, 1), 1, "B", source="two")
    name = judge_name([one, foreign], day, origin)
    assert (name.value, name.status, [held.value for held in name.other]) == ("A", ContextStatus.STALE, ["B"])


@pytest.mark.parametrize(("gap", "status"), [(90, ContextStatus.NEAR), (91, ContextStatus.STALE)])
def test_ninety_days_is_still_near(gap: int, status: ContextStatus) -> None:
    for sign in (-1, 1):
        told = judge([sighting(MARCH + timedelta(days=sign * gap), 1)], MARCH, lambda held: f"AS{held.asn}")
        assert (told.value, told.status, told.gap_days) == ("AS1", status, sign * gap)
