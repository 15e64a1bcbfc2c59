"""Times of account exports: read as far as they state a zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest import apple_csv, stated_times
from forensics.ingest.fields import FieldError
from forensics.model import Precision, ZoneBasis

INSTANT = datetime(2021, 8, 19, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "basis"),
    [
        ("Wed Aug 19 12:00:00 UTC 2021", ZoneBasis.EXPLICIT),
        ("Thu Aug 19 16:00:00 +0400 2021", ZoneBasis.EXPLICIT),
        ("2021-08-19 12:00:00 UTC", ZoneBasis.EXPLICIT),
        ("2021-08-19T12:00:00.000Z", ZoneBasis.EXPLICIT),
        ("2021-08-19T16:00:00+04:00", ZoneBasis.EXPLICIT),
        ("1629374400", ZoneBasis.EPOCH),
        ("1629374400000", ZoneBasis.EPOCH),
    ],
)
def test_a_stated_zone_gives_the_instant(written: str, basis: ZoneBasis) -> None:
    moment = stated_times.read(written)
    assert (moment.utc, moment.zone, moment.text) == (INSTANT, basis, written)


@pytest.mark.parametrize("written", ["2021-08-19 12:00:00", "Thu Aug 19 12:00:00 2021", "2021-08-19", "2021.08.19"])
def test_without_a_zone_only_the_text_is_kept(written: str) -> None:
    moment = stated_times.read(written)
    assert (moment.utc, moment.zone, moment.text) == (None, ZoneBasis.NONE, written)
    assert stated_times.note(moment)


def test_a_rule_of_the_format_is_named() -> None:
    assert stated_times.read("2021-08-19 12:00:00", bare_zone=ZoneBasis.FORMAT_RULE).zone is ZoneBasis.FORMAT_RULE
    day = stated_times.read("2021-08-19", bare_zone=ZoneBasis.FORMAT_RULE)
    assert (day.utc, day.precision) == (datetime(2021, 8, 19, tzinfo=UTC), Precision.DAY)


@pytest.mark.parametrize(
    "written", ["Wed Foo 19 12:00:00 UTC 2021", "Wed Aug 32 12:00:00 UTC 2021", "soon", "0", "12345"]
)
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(FieldError):
        stated_times.read(written)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)))  # noqa: DTZ001 - as written
def test_the_spelling_of_unix_date_goes_round(wall: datetime) -> None:
    wall = wall.replace(microsecond=0)
    assert stated_times.read(wall.strftime("%a %b %d %H:%M:%S UTC %Y")).utc == wall.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2021-08-19 12:00:00", INSTANT),
        ("08-19-2021 12:00:00", INSTANT),
        ("19-08-2021 12:00:00", None),
        ("19.08.2021 12:00", None),
        ("2021-08-19T12:00:00Z", INSTANT),
    ],
)
def test_apple_times_are_utc_by_rule_or_text_only(written: str, utc: datetime | None) -> None:
    moment = apple_csv.time(written)
    assert (moment.utc, moment.text) == (utc, written)
    assert bool(apple_csv.time_note(moment)) == (moment.zone is not ZoneBasis.EXPLICIT)
