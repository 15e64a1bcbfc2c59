# ruff: noqa: RUF001
# Reason: the tables hold words of other alphabets on purpose.
"""The security page of Facebook archives before 2018: any language, a zone beside each time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest import facebook_2018_page
from tests.ingest.reading import Collected, claimants, evidence_of, read_bytes

NAV = '<div class="nav"><ul><li><a href="../index.htm">P</a></li></ul></div>'


def page(*sections: tuple[str, str], nav: str = NAV) -> str:
    body = "".join(f"<h2>{heading}</h2><ul>{items}</ul>" for heading, items in sections)
    return f'<html><head><title>x</title></head><body>{nav}<div class="contents"><h1>x</h1>{body}</div></body></html>'


def item(title: str, *lines: str) -> str:
    return f'<li>{title}<p class="meta">{"<br />".join(lines)}</p></li>'


def read(text: str, **told: str) -> Collected:
    coverage, sink = read_bytes(
        text.encode(), "renamed.bin", told={key.replace("_", "."): value for key, value in told.items()}
    )
    assert coverage.format == "facebook_html_2018"
    return sink


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("Thursday, June 16, 2016 at 2:30am UTC+08", "2016-06-15T18:30:00+00:00"),
        ("2016. június 16., 9:44 UTC+02", "2016-06-16T07:44:00+00:00"),
        ("2013. július 16., 21:18 PDT", "2013-07-17T04:18:00+00:00"),
        ("Donnerstag, 16. Juni 2016 um 09:44 UTC+02", "2016-06-16T07:44:00+00:00"),
        ("16 июня 2016 г. в 9:44 UTC+03", "2016-06-16T06:44:00+00:00"),
        ("Monday, 2 January 2006 at 15:04 UTC-07", "2006-01-02T22:04:00+00:00"),
    ],
)
def test_times_of_every_language_carry_their_zone(written: str, utc: str) -> None:
    row = read(page(("Account Activity", item("Login", written, "IP Address: 203.0.113.45")))).rows[0]
    assert (row["time"].isoformat(), row["zone_basis"], row["precision"]) == (utc, "explicit", "minute")


def test_an_ambiguous_abbreviation_needs_the_examiner() -> None:
    text = page(("Account Activity", item("Login", "Monday, July 4, 2016 at 1:00pm CST", "IP Address: 192.0.2.16")))
    assert read(text).rows[0]["time"] is None
    assert read(text, assumed_zone="Asia/Shanghai").rows[0]["time"].isoformat() == "2016-07-04T05:00:00+00:00"


def test_an_unlisted_heading_claims_no_more_than_the_values_say() -> None:
    session = item("Windows", "A: 16 June 2016 at 09:44 UTC+02", "B: 17 June 2016 at 09:44 UTC+02", "C: 203.0.113.45")
    rows = read(page(("Εντελώς άλλο", session + item("Κάτι", "16 June 2016 at 09:44 UTC+02", "D: 203.0.113.46")))).rows
    assert [(row["kind"], row["action"], row["address"]) for row in rows] == [
        ("session", "session", "203.0.113.45"),
        ("event", "other", "203.0.113.46"),
    ]


def test_addresses_with_many_colons_are_not_split_as_labels() -> None:
    rows = read(page(("IP Addresses", "<li>2001:db8::22</li>" + item("x", "IP Address: 2001:db8::23")))).rows
    assert [row["address"] for row in rows] == ["2001:db8::22", "2001:db8::23"]


def test_the_pages_menu_and_headings_are_no_records() -> None:
    coverage, _ = read_bytes(page(("IP Addresses", item("x", "IP: 192.0.2.1"))).encode(), "x.htm")
    assert coverage.unused == {"heading": 2, "navigation of the page": 1}


def test_a_web_page_with_addresses_in_lists_is_not_claimed() -> None:
    text = page(("Hosts", item("x", "IP: 192.0.2.1")), nav='<ul><li><a href="/index.html">x</a></li></ul>')
    assert claimants(text.encode(), "html/security.htm") == ()


@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_lines_become_items_without_a_loss(lines: list[str]) -> None:
    safe = [line.replace("<", " ").replace("&", " ").replace("\r", " ") for line in lines]
    data = page(("H", item("title", *safe))).encode("utf-8", "surrogatepass")
    found: list[Any] = [each for each in facebook_2018_page.items(evidence_of(data, "x")) if not isinstance(each, str)]
    kept = json.dumps(
        [found[0].block.title, list(found[0].block.stamps), [[p.label, p.value] for p in found[0].block.pairs]]
    )
    for word in " ".join(safe).split():
        if word.isascii() and word.isalnum():
            assert word in kept
