"""The same events in two sources calibrate their clocks; a coincidence does not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from forensics import event_parts, event_store
from forensics.attribution.clock_findings import clocks, offset
from forensics.attribution.clock_pair import ClockPair
from forensics.attribution.foreign import Foreign
from forensics.attribution.material import Material
from forensics.event_table import event_schema, to_batch
from forensics.model import Coverage, Event, Finding, Place, Precision, ZoneBasis
from forensics.pipeline.clocks import clock_pairs
from tests.pipeline.test_same_facts import MOMENT, event

TIMES = [MOMENT + timedelta(hours=hours, minutes=minutes) for hours, minutes in ((0, 0), (5, 7), (31, 22), (50, 41))]


def pairs(folder: Path, *events: Event) -> tuple[ClockPair, ...]:
    writer = event_parts.PartWriter(folder)
    writer.events(to_batch(events, event_schema()))
    writer.close()
    with event_store.connect(folder) as connection:
        return clock_pairs(connection)


def findings(*found: ClockPair) -> list[Finding]:
    tuples: dict[str, Any] = dict.fromkeys(("events", "takeovers", "links", "mails"), ())
    maps: dict[str, Any] = {key: {} for key in ("contexts", "link_words", "records")}
    rest: dict[str, Any] = {"coverage": Coverage(files=0, members=()), "baseline_exists": False, "foreign": Foreign()}
    return list(clocks(Material(**tuples, **maps, **rest, clocks=found)))


def json_file() -> list[Event]:
    return [event("json", str(n), time=moment) for n, moment in enumerate(TIMES)]


def html_file(shift: timedelta, **more: Any) -> list[Event]:
    shown = {"precision": Precision.MINUTE, "zone_basis": ZoneBasis.FORMAT_RULE, **more}
    return [event("html", str(n), time=(moment + shift).replace(second=0), **shown) for n, moment in enumerate(TIMES)]


@pytest.mark.parametrize("hours", [-8, -3.5, 4, 5.75, 12])
def test_a_constant_offset_is_found(tmp_path: Path, hours: float) -> None:
    found = pairs(tmp_path, *json_file(), *html_file(timedelta(hours=hours)))
    assert [offset(pair) for pair in found] == [-hours * 60]
    (finding,) = findings(*found)
    assert finding.kind == "clock_conflict"
    assert finding.facts["rows"] == len(TIMES)


def test_agreeing_clocks_are_no_conflict(tmp_path: Path) -> None:
    found = pairs(tmp_path, *json_file(), *html_file(timedelta(0)))
    assert [offset(pair) for pair in found] == [0]
    assert findings(*found) == []


def test_one_row_calibrates_nothing(tmp_path: Path) -> None:
    found = pairs(tmp_path, *json_file()[:1], *html_file(timedelta(hours=-8))[:1])
    assert [offset(pair) for pair in found] == [None]


def test_wall_clock_texts_reveal_their_zone(tmp_path: Path) -> None:
    texts = [
        event(
            "html",
            str(n),
            time=None,
            zone_basis=ZoneBasis.NONE,
            detail=f'{{"wall_time":"{(moment + timedelta(hours=4)).replace(tzinfo=None).isoformat()}"}}',
        )
        for n, moment in enumerate(TIMES)
    ]
    (pair,) = pairs(tmp_path, *json_file(), *texts)
    assert offset(pair) == -240
    (finding,) = findings(pair)
    assert "UTC+04:00" in finding.statement


@pytest.mark.parametrize("rows", [{0: 5, 60: 5}, {60: 3, 120: 2}, {60: 1}, {}])
def test_coincidences_are_not_taken_for_an_offset(rows: dict[int, int]) -> None:
    place = Place(exhibit="e" * 64)
    pair = ClockPair(provider="x", source=place, surer=place, ground="format_rule", rows=rows)
    assert offset(pair) in (None, 0)
    assert findings(pair) == []
