# ruff: noqa: RUF001 - Russian, Ukrainian and Azerbaijani texts are what is tested
"""Times of mappings: spellings, counts, zones with their ground, and no instant where nobody says one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest import mapping_time
from forensics.ingest.evidence import Told
from forensics.ingest.fields import FieldError
from forensics.ingest.mapping import Source, TimeRule
from forensics.model import Moment, Precision, ZoneBasis
from tests.ingest.reading import evidence_of


def moment(
    text: str, *spellings: str, unit: int = 0, languages: tuple[str, ...] = (), zone: str = "", assumed: bool = False
) -> Moment:
    rule = TimeRule(
        source=Source(names=("t",)), spellings=spellings, unit=unit, languages=languages, zone=zone, ground="g",
        assumed=assumed,
    )  # fmt: skip
    return mapping_time.read(rule, text, text, evidence_of(b"", "x"))[0]


@pytest.mark.parametrize(
    ("text", "spelling", "expected"),
    [
        ("Sat Sep 05 08:12:14 UTC 2026", "%a %b %d %H:%M:%S %Z %Y", "2026-09-05T08:12:14+00:00"),
        ("2026-03-11T02:49:39.123456789Z", "iso", "2026-03-11T02:49:39.123456+00:00"),
        ("2026-03-11 02:49:39 UTC", "iso", "2026-03-11T02:49:39+00:00"),
        ("2026-03-11 02:49 +0400", "iso", "2026-03-10T22:49:00+00:00"),
        ("2026-03-11T02:49:39-04", "iso", "2026-03-11T06:49:39+00:00"),
        ("2026-03-11 02:49:39 +0000 UTC", "%Y-%m-%d %H:%M:%S %z %Z", "2026-03-11T02:49:39+00:00"),
        ("11.03.2026 04:12 UTC+4", "%d.%m.%Y %H:%M %z", "2026-03-11T00:12:00+00:00"),
        ("11.03.2026 04:12 GMT+03:30", "%d.%m.%Y %H:%M %z", "2026-03-11T00:42:00+00:00"),
        (
            "Wed Mar 11 2026 04:12:05 GMT+0400 (Азербайджан, стандартное время)",
            "%a %b %d %Y %H:%M:%S %z",
            "2026-03-11T00:12:05+00:00",
        ),
        ("11.03.2026 04:12 \u22124:00", "%d.%m.%Y %H:%M %z", "2026-03-11T08:12:00+00:00"),
        ("Mar 11, 2026, 12:05\u202fAM +00:00", "%b %d, %Y, %I:%M %p %z", "2026-03-11T00:05:00+00:00"),
        ("March 11, 2026 12:05 p.m. Z", "%B %d, %Y %I:%M %p %Z", "2026-03-11T12:05:00+00:00"),
        ("3/11/69 1:02 Z", "%m/%d/%y %H:%M %Z", "1969-03-11T01:02:00+00:00"),
        ("3/11/26 1:02 Z", "%m/%d/%y %H:%M %Z", "2026-03-11T01:02:00+00:00"),
        ("100% 2026-03-11 Z", "100%% %Y-%m-%d %Z", "2026-03-11T00:00:00+00:00"),
    ],
)
def test_spellings(text: str, spelling: str, expected: str) -> None:
    found = moment(text, spelling)
    assert found.utc is not None
    assert (found.utc.isoformat(), found.zone, found.text) == (expected, ZoneBasis.EXPLICIT, text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("11 марта 2026 г. 04:12", "ru"),
        ("11 Март 2026 г. 04:12", "ru"),
        ("11 мар. 2026 г. 04:12", "ru"),
        ("11 mart 2026 г. 04:12", "az"),
        ("11 березня 2026 г. 04:12", "uk"),
        ("11 März 2026 г. 04:12", "de"),
        ("11 Mar 2026 г. 04:12", "ru"),
    ],
)
def test_month_names_of_a_language_and_english(text: str, language: str) -> None:
    found = moment(text, "%d %B %Y г. %H:%M", languages=(language,), zone="UTC")
    assert found.utc == datetime(2026, 3, 11, 4, 12, tzinfo=UTC)


def test_precision_is_what_the_spelling_holds() -> None:
    spellings = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
    found = [moment(text, *spellings, zone="UTC") for text in ("2026-03-11 01:02:03", "2026-03-11 01:02", "2026-03-11")]
    assert [item.precision for item in found] == [Precision.SECOND, Precision.MINUTE, Precision.DAY]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-02-30 01:02:03 Z",
        "2026-13-01 01:02:03 Z",
        "2026-03-11 25:02:03 Z",
        "x" * 100_000,
        "2026-03-11",
    ],
)
def test_what_is_no_time_costs_the_row(text: str) -> None:
    with pytest.raises(FieldError):
        moment(text, "iso")


def test_a_half_day_has_no_hour_thirteen() -> None:
    with pytest.raises(FieldError):
        moment("3/11/2026 13:02 PM", "%m/%d/%Y %I:%M %p", zone="UTC")


@pytest.mark.parametrize(
    ("text", "unit"),
    [("1773197379", 1), ("1773197379123", 1_000), ("1773197379123456", 1_000_000), ("1773197379.5", 1)],
)
def test_counts(text: str, unit: int) -> None:
    found = moment(text, unit=unit)
    assert found.utc is not None
    assert (found.utc.replace(microsecond=0).isoformat(), found.zone) == ("2026-03-11T02:49:39+00:00", ZoneBasis.EPOCH)


@pytest.mark.parametrize("text", ["0", "-1", "1773197379000", "12 o'clock"])
def test_counts_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(FieldError):
        moment(text, unit=1)


def test_a_time_without_any_zone_has_no_instant_and_keeps_its_text() -> None:
    found = moment("2026-03-11 02:49:39", "iso")
    assert (found.utc, found.text, found.zone) == (None, "2026-03-11 02:49:39", ZoneBasis.NONE)


def test_an_abbreviation_is_no_offset() -> None:
    assert moment("2026-03-11 02:49:39 PDT", "iso").utc is None
    assert moment("2026-03-11 02:49:39 PDT", "iso", zone="UTC").utc is None


def test_a_written_zone_beats_the_rule_and_the_rule_beats_the_examiner() -> None:
    rule = TimeRule(source=Source(names=("t",)), spellings=("iso",), zone="Asia/Baku", ground="g")
    open_rule = TimeRule(source=Source(names=("t",)), spellings=("iso",), told=("x.zone",))
    told = {"assumed.zone": Told(value="Europe/Berlin", source="examiner")}
    member = replace(evidence_of(b"", "x"), told=told)
    stated = replace(member, told={**told, "x.zone": Told(value="Asia/Tbilisi", source="zone.json")})
    read = mapping_time.read
    explicit = read(rule, "2026-03-11 02:49:39Z", "2026-03-11 02:49:39Z", member)
    ruled = read(rule, "2026-03-11 02:49:39", "2026-03-11 02:49:39", member)
    examined = read(open_rule, "2026-03-11 02:49:39", "2026-03-11 02:49:39", member)
    exported = read(open_rule, "2026-03-11 02:49:39", "2026-03-11 02:49:39", stated)
    bases = [item[0].zone for item in (explicit, ruled, exported, examined)]
    assert bases == [ZoneBasis.EXPLICIT, ZoneBasis.FORMAT_RULE, ZoneBasis.EXPORT_SETTING, ZoneBasis.ASSUMED]
    assert exported[0].utc == datetime(2026, 3, 10, 22, 49, 39, tzinfo=UTC)
    assert ruled[0].utc == datetime(2026, 3, 10, 22, 49, 39, tzinfo=UTC)
    assert examined[0].utc == datetime(2026, 3, 11, 1, 49, 39, tzinfo=UTC)
    assert "Asia/Baku (g)" in ruled[1]
    assert "Europe/Berlin (examiner)" in examined[1]


def test_the_hour_that_occurred_twice_is_noted() -> None:
    rule = TimeRule(source=Source(names=("t",)), spellings=("iso",), zone="Europe/Berlin", ground="g")
    text = "2025-10-26 02:30:00"
    found, note = mapping_time.read(rule, text, text, evidence_of(b"", "x"))
    assert found.utc == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert "occurred twice" in note


def test_a_ground_that_nobody_documented_is_marked() -> None:
    assert moment("2026-03-11 02:49:39", "iso", zone="UTC", assumed=True).zone is ZoneBasis.ASSUMED


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2099, 1, 1)), st.integers(-14 * 4, 14 * 4))  # noqa: DTZ001 - wall-clock times
def test_what_is_written_is_read_back(wall: datetime, quarters: int) -> None:
    wall = wall.replace(microsecond=0)
    sign, minutes = "+" if quarters >= 0 else "-", abs(quarters) * 15
    zone = f"{sign}{minutes // 60:02}:{minutes % 60:02}"
    for spelling in ("%d.%m.%Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%A, %d %B %Y, %H:%M:%S"):
        found = moment(f"{wall.strftime(spelling)} {zone}", f"{spelling} %z")
        assert found.utc == (wall - timedelta(minutes=quarters * 15)).replace(tzinfo=UTC)


@given(st.text(max_size=60))
def test_hostile_texts_are_refused_or_undated_never_a_crash(text: str) -> None:
    with suppress(FieldError):
        moment(text, "iso", "%d %B %Y %H:%M %p", "%a %b %d %H:%M:%S %Z %Y", unit=1_000, languages=("ru",), zone="UTC")
