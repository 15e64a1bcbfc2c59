"""The timeline: the right window, honest gaps, every record drawn or counted, the same bytes each time."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.model import Action, Role
from forensics.report import render_html, timeline, timescale
from forensics.report.swimlane import FLAGS, stack
from forensics.report.view import CaseView, KeyStep, Lane, Mark
from tests.report import views

moments = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
spans = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2020, 3, 1, tzinfo=UTC) + timedelta(days=day, hours=hour)


def mark(
    start: datetime, role: Role = Role.UNEXPLAINED, action: Action = Action.LOGIN, end: datetime | None = None
) -> Mark:
    return Mark(start=start, end=end, role=role, action=action)


def test_the_window_is_the_densest_run_of_what_nothing_explains() -> None:
    busy = tuple(mark(at(10, hour)) for hour in range(6))
    lane = Lane(provider="P", account="a", marks=(mark(at(-300)), *busy, mark(at(8)), mark(at(200), Role.OWNER)))
    window = timescale.incident([lane], [])
    assert window is not None
    assert at(9, 20) < window[0] < at(10)
    assert at(10, 5) < window[1] < at(10, 7)
    stepped = timescale.incident([lane], [KeyStep(at=at(30, n), label="") for n in range(3)])
    assert stepped is not None
    assert stepped[0] > at(29)


def test_without_anything_unexplained_the_whole_period_is_shown() -> None:
    lane = Lane(provider="P", account="a", marks=(mark(at(0), Role.OWNER), mark(at(5), Role.OWNER)))
    assert timescale.incident([lane], []) == timescale.whole([lane], [])
    assert timescale.whole([], []) is None


def test_everything_outside_the_covered_spans_is_missing_and_nothing_else() -> None:
    window = (at(0), at(10))
    lane = Lane(
        provider="P",
        account="a",
        covered=((at(2), at(4)), (at(3), at(6)), (at(8), at(20))),
        no_data=((at(5), at(5, 12)),),
    )
    assert timescale.missing(lane, window) == [(at(0), at(2)), (at(5), at(5, 12)), (at(6), at(8))]
    assert timescale.missing(Lane(provider="P", account="a"), window) == []


@settings(max_examples=80, deadline=None)
@given(st.lists(spans, max_size=6), st.lists(spans, min_size=1, max_size=6), spans, moments)
def test_an_instant_is_missing_exactly_if_declared_or_not_covered(
    declared: list[tuple[datetime, datetime]],
    covered: list[tuple[datetime, datetime]],
    window: tuple[datetime, datetime],
    probe: datetime,
) -> None:
    lane = Lane(provider="P", account="a", covered=tuple(covered), no_data=tuple(declared))
    edges = {edge for span in (*declared, *covered, window) for edge in span}
    if probe in edges:
        return
    found = any(first < probe < last for first, last in timescale.missing(lane, window))
    inside = window[0] < probe < window[1]
    holds = any(a < probe < b for a, b in declared) or not any(a < probe < b for a, b in covered)
    assert found == (inside and holds)


@settings(max_examples=80, deadline=None)
@given(spans, st.integers(min_value=2, max_value=12))
def test_ticks_are_few_ordered_and_inside(window: tuple[datetime, datetime], most: int) -> None:
    found = timescale.ticks(window, most)
    assert found == sorted(set(found))
    assert len(found) <= most + 1
    assert all(window[0] <= moment <= window[1] for moment in found)


def test_ticks_are_round() -> None:
    hours = timescale.ticks((at(10, 0) + timedelta(minutes=20), at(10, 8)), 9)
    assert [f"{moment:%H:%M}" for moment in hours] == [f"0{n}:00" for n in range(1, 9)]
    years = timescale.ticks((datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)), 7)
    assert 1 <= len(years) <= 7
    assert {(moment.month, moment.day) for moment in years} == {(1, 1)}


def test_stacked_signs_keep_their_distance() -> None:
    assert stack([0, 5, 9, 24, 50], 24) == [0, 1, 2, 0, 0]


def _root(view: CaseView) -> ET.Element:
    return ET.fromstring(timeline.render(view))  # noqa: S314 - our own picture, which is the thing under test


def test_the_picture_is_well_formed_titled_and_deterministic() -> None:
    for view in (views.rich(), *(views.hostile(n) for n in range(4))):
        first = timeline.render(view)
        assert first == timeline.render(dataclasses.replace(view))
        root = _root(view)
        assert root.attrib["role"] == "img"
        assert root[0].tag.endswith("title")
        assert "style=" not in first
        assert "59 records" not in first
    assert timeline.render(views.empty()) == ""


def test_roles_differ_by_position_pattern_and_label() -> None:
    picture = timeline.render(views.rich())
    bars = re.findall(
        r'<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="14" class="fill-(\w+)" fill="([^"]+)"', picture
    )
    rows = {role: {float(y) for y, name, _ in bars if name == role} for role in ("owner", "unexplained")}
    assert rows["owner"]
    assert rows["unexplained"]
    assert not rows["owner"] & rows["unexplained"]
    assert {fill for _, name, fill in bars if name == "unexplained"} == {"url(#tl-unexplained)"}
    assert {fill for _, name, fill in bars if name == "owner"} == {"#1f5a96"}
    assert all(picture.count(f">{label}</text>") >= 4 for label in ("owner", "unexplained", "unknown"))


def test_flags_bands_zones_and_steps_are_drawn() -> None:
    view = views.rich()
    said = [element.text or "" for element in _root(view).iter() if element.tag.endswith("}text")]
    assert {"P", "E", "R", "2", "D×3"} <= set(said)  # noqa: RUF001 - as drawn
    assert "Baku UTC+04:00" in said
    assert "03-11 05:00" in said
    assert said.count("no data") == 2
    assert all(str(n) in said for n in range(1, len(view.key_steps) + 1))


def test_records_outside_the_window_are_counted() -> None:
    view = CaseView(
        case_id="c",
        lanes=(Lane(provider="P", account="a", marks=(mark(at(0)), mark(at(0, 1)), mark(at(-50), Role.OWNER))),),
    )
    assert timeline.outside(view) == 1
    assert timeline.outside(views.empty()) == 0


def test_a_flood_of_records_stays_a_small_picture_that_counts_them() -> None:
    picture = timeline.render(views.huge(20_000))
    assert len(picture) < 300_000
    counts = [int(found) for found in re.findall(r"<title>(\d+) ×", picture)]  # noqa: RUF001 - as drawn
    assert sum(counts) == 20_000


def test_the_first_and_last_years_that_exist_do_not_break_the_picture() -> None:
    ends = (mark(datetime.min.replace(tzinfo=UTC)), mark(datetime.max.replace(tzinfo=UTC)), mark(at(0)))
    view = CaseView(case_id="c", owner_zone="Asia/Tokyo", lanes=(Lane(provider="P", account="a", marks=ends),))
    assert _root(view) is not None
    wide = dataclasses.replace(view, incident=(ends[0].start, ends[1].start))
    assert _root(wide) is not None
    assert timeline.render(dataclasses.replace(view, incident=(at(1), at(1)))) == ""


def test_more_lanes_than_fit_are_left_to_the_tables() -> None:
    lanes = tuple(Lane(provider=f"P{n}", account="a", marks=(mark(at(0)),)) for n in range(30))
    picture = timeline.render(CaseView(case_id="c", lanes=lanes))
    assert ">P23<" in picture
    assert ">P24<" not in picture


def test_every_flag_has_its_words() -> None:
    assert set(FLAGS.values()) == set("PR2EDAM")


def test_only_the_first_steps_are_numbered_and_the_rest_is_counted() -> None:
    steps = tuple(
        KeyStep(at=at(1) + timedelta(minutes=n), label=f"step {n}", role=Role.UNEXPLAINED) for n in range(5000)
    )
    view = dataclasses.replace(views.rich(), key_steps=steps, incident=(at(0), at(9)))
    page = render_html(view).decode()
    assert timeline.render(view).count('class="step ') == timeline.STEPS
    assert f"Key steps without a number in the picture: {5000 - timeline.STEPS:,}." in page
    assert "Shown: 500 of 5,000. All are in the case folder: findings.json." in page
    assert len(page) < 1_000_000
