"""VK's sessions pages: encodings, lines told by their shape, dates that cannot be read.

The layout is the one that vk2json reads out of the archive: application, user agent, address with country, date.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.driver import DEFECT
from tests.ingest import reading

AGENT = "User Agent: Mozilla/5.0 (X11)"


def _page(*lines: str) -> str:
    parts = "".join(f"<div>{line}</div>" for line in lines[1:])
    return f'<div class="wrap_page_content"><div class="item">\n<div class="item__main">{lines[0]}</div>{parts}</div></div>'


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8"])
def test_both_encodings_are_one_page(encoding: str) -> None:
    page = _page("Браузер", AGENT, "203.0.113.45 (Азербайджан)", "11 мар 2026 в 4:12:05").encode(encoding)
    coverage, sink = reading.read_bytes(page, "sessions0.html", told={"assumed.zone": "Asia/Baku"})
    assert coverage.format == "vk_sessions"
    assert [
        (row["time"], row["zone_basis"], row["address"], row["stated_place"], row["user_agent"]) for row in sink.rows
    ] == [(datetime(2026, 3, 11, 0, 12, 5, tzinfo=UTC), "assumed", "203.0.113.45", "Азербайджан", "Mozilla/5.0 (X11)")]


@pytest.mark.parametrize("date", ["вчера в 4:12", "11.13.2026", "", "когда-то"])
def test_a_date_that_cannot_be_read_costs_no_address(date: str) -> None:
    page = _page("VK", AGENT, "203.0.113.45 (Азербайджан)", date).encode()
    _, sink = reading.read_bytes(page, "x.html", told={"assumed.zone": "Asia/Baku"})
    assert [(row["address"], row["time"], row["time_text"]) for row in sink.rows] == [("203.0.113.45", None, date)]


def test_without_a_zone_no_instant_is_stated() -> None:
    page = _page("VK", AGENT, "203.0.113.45", "11 мар 2026 в 4:12:05").encode()
    _, sink = reading.read_bytes(page, "x.html")
    assert [(row["time"], row["time_text"]) for row in sink.rows] == [(None, "11 мар 2026 в 4:12:05")]


def test_other_pages_of_the_archive_are_not_claimed() -> None:
    page = _page("Полное имя", "Редактор", "11 мар 2026 в 4:12:05").encode()
    assert "vk_sessions" not in reading.claimants(page, "sessions0.html")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet='<>/div ="item_User Agent:192.0.2(я)', max_size=40), max_size=5))
def test_any_block_is_a_row_or_a_rejection(lines: list[str]) -> None:
    page = _page("VK", AGENT, *lines).encode()
    coverage, sink = reading.read_bytes(page, "x.html")
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert not [item for item in sink.rejections if DEFECT in item.reason]
