"""Quirks of My Activity pages: the zone of the export's moment, the line of the time, the head of the page."""

# ruff: noqa: RUF001 - a date in Russian

from __future__ import annotations

import json
from typing import Any

import pytest

from forensics.ingest.takeout_archive import export_moment
from tests.ingest import reading

JUNE = "takeout-20210601T101500Z-001.zip"


def card(content: str, header: str = "Search", caption: str = "") -> str:
    """Write one card as Google does."""
    caption = caption or f"<b>Products:</b><br>&emsp;{header}<br>"
    return (
        f'<div class="outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp"><div class="mdl-grid"><div class="header-cell '
        f'mdl-cell"><p class="mdl-typography--title">{header}<br></p></div><div class="content-cell mdl-cell '
        f'mdl-typography--body-1">{content}</div><div class="content-cell mdl-typography--body-1 mdl-typography--text-right">'
        f'</div><div class="content-cell mdl-typography--caption">{caption}</div></div></div>'
    )


def page(*cards: str, style: str = "") -> bytes:
    """Write a page."""
    return f"<html><head><title>x</title><style>{style}</style></head><body>{''.join(cards)}</body></html>".encode()


def read(data: bytes, container: str = "", zone: str = "") -> list[dict[str, Any]]:
    """Read a page of an archive; ``zone`` is the examiner's."""
    told = {"container": container, **({"assumed.zone": zone} if zone else {})}
    return reading.read_bytes(data, "Takeout/My Activity/Search/MyActivity.html", told=told)[1].rows


def one(time: str, container: str = JUNE, zone: str = "") -> tuple[str, str, str]:
    """Return (instant, ground of the zone, rule) of one time."""
    row = read(page(card(f"Searched for x<br>{time}")), container, zone)[0]
    return str(row["time"]), row["zone_basis"], json.loads(row["detail"]).get("zone_rule", "")


def test_the_abbreviation_of_the_export_is_one_offset_for_rows_of_the_other_half_of_the_year() -> None:
    time, basis, rule = one("Jan 15, 2021, 6:54:12 PM CEST")
    assert (time, basis) == ("2021-01-15 16:54:12+00:00", "explicit")
    assert "2021-06-01T10:15:00Z" in rule
    assert "UTC+02:00 for all" in rule


def test_an_ambiguous_abbreviation_needs_the_examiner() -> None:
    assert one("Jan 15, 2021, 6:54:12 PM BST")[:2] == ("None", "none")
    time, basis, rule = one("Jan 15, 2021, 6:54:12 PM BST", zone="Europe/London")
    assert (time, basis) == ("2021-01-15 17:54:12+00:00", "assumed"), "BST all year, never GMT by the row's date"
    assert "examiner" in rule
    assert one("Jan 15, 2021, 6:54:12 PM BST", zone="Asia/Baku")[0] == "None"
    assert one("Jan 15, 2021, 6:54:12 PM XQZ", zone="Europe/London")[0] == "None"


@pytest.mark.parametrize(
    ("container", "time", "instant", "basis"),
    [
        ("takeout-20170302T101500Z-001.zip", "Jun 23, 2015, 2:43:45 PM", "2015-06-23 14:43:45+00:00", "format_rule"),
        ("renamed.zip", "Jun 23, 2015, 2:43:45 PM", "2015-06-23 14:43:45+00:00", "assumed"),
        (JUNE, "Jun 23, 2015, 2:43:45 PM", "None", "none"),
        ("renamed.zip", "Jun 23, 2020, 2:43:45 PM", "None", "none"),
        (JUNE, "Jun 23, 2015, 2:43:45\u202fPM UTC", "2015-06-23 14:43:45+00:00", "explicit"),
        (JUNE, "12.03.2021, 04:58:07 MEZ", "2021-03-12 03:58:07+00:00", "explicit"),
        (JUNE, "12 мар. 2021 г., 04:58:07 MSK", "2021-03-12 01:58:07+00:00", "explicit"),
    ],
)
def test_zones_by_era(container: str, time: str, instant: str, basis: str) -> None:
    assert one(time, container)[:2] == (instant, basis)


def test_the_examiners_zone_settles_a_late_export_without_zone() -> None:
    assert one("Jun 23, 2020, 2:43:45 PM", zone="Asia/Baku")[:2] == ("2020-06-23 10:43:45+00:00", "assumed")


def test_the_stamp_counts_in_the_archive_or_in_the_folder_it_was_unpacked_into() -> None:
    def moment(name: str, container: str = "") -> str:
        return str(export_moment(reading.evidence_of(b"", name, container=container))[0])

    assert moment("x", "takeout-20210601T101500Z-1-001.zip") == "2021-06-01 10:15:00+00:00"
    assert moment("takeout-20210601T101500Z-001/Takeout/x.html") == "2021-06-01 10:15:00+00:00"
    assert moment("x", "takeout-20219901T101500Z-001.zip") == "None"
    assert moment("x", "mytakeout-2021.zip") == "None"


def test_the_time_is_a_line_of_its_own_and_answers_behind_it_do_not_count() -> None:
    content = (
        "Prompted one<br>Jun 1, 2021, 9:00:00 AM UTC<br><p>Answer: Jan 1, 2000, 1:00:00 AM UTC</p><ul><li>two</li></ul>"
    )
    row = read(page(card(content)))[0]
    assert str(row["time"]) == "2021-06-01 09:00:00+00:00"
    assert row["action_text"] == "Prompted one"
    kept = [item["text"] for item in json.loads(row["detail"])["text"]]
    assert kept == ["Answer: Jan 1, 2000, 1:00:00 AM UTC", "two"]


def test_a_title_that_looks_like_a_time_stays_the_title() -> None:
    row = read(page(card("Jan 1, 2000, 1:00 AM UTC<br>Jun 1, 2021, 9:00:00 AM UTC")))[0]
    assert (row["action_text"], row["time"].year) == ("Jan 1, 2000, 1:00 AM UTC", 2021)


def test_a_style_sheet_longer_than_the_head_hides_no_page() -> None:
    style = ".mdl-typography--title{font-size:20px}.mdl-grid{display:flex}" + ".mdl-x{color:red}" * 6_000
    data = page(card("Searched for x<br>Jun 1, 2021, 9:00:00 AM UTC"), style=style)
    assert len(data) > 100_000
    assert reading.claimants(data, "x") == ("google_my_activity_html",)
    assert len(read(data)) == 1


def test_other_pages_are_not_claimed() -> None:
    assert reading.claimants(page("<p>nothing</p>"), "MyActivity.html") == ()
    assert reading.claimants(b'{"a": "<div class=\\"outer-cell\\"><div class=\\"content-cell\\">"}', "x") == ()


def test_a_bottomless_card_costs_itself_only() -> None:
    deep = card("<b>" * 600 + "x<br>Jun 1, 2021, 9:00:00 AM UTC")
    good = card("Searched for x<br>Jun 1, 2021, 9:00:00 AM UTC")
    coverage, sink = reading.read_bytes(page(good, deep, good), "x")
    assert (coverage.events, coverage.rejections) == (2, 1)
    assert "nested" in sink.rejections[0].reason


def test_a_folder_called_takeout_at_the_top_is_no_product() -> None:
    data = page(card("Searched for x<br>Jun 1, 2021, 9:00:00 AM UTC"))
    for name in ("case/Takeout/MyActivity.html", "Takeout/MyActivity.html"):
        assert reading.read_bytes(data, name)[1].rows[0]["action"] == "activity"
    inside = reading.read_bytes(
        page(card("Archive created<br>Jun 1, 2021, 9:00 AM UTC", header=" ", caption="-")), "Takeout/A/Takeout/x"
    )
    assert inside[1].rows[0]["action"] == "export_requested"
