"""Addresses of one report become one origin; the shipped table is in canonical form and says its grounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.registry.files import published
from forensics.registry.report_urls import canonical, known, report


@pytest.mark.parametrize(
    "url",
    [
        "https://lab.example/2024/05/A-Report/",
        "http://www.lab.example/2024/05/a-report",
        "HTTPS://LAB.example:443/2024/05/a-report?utm_source=x#part",
        "https://lab.example/2024/05/a report",
        "https://lab.example/2024/05/%61-report?hl=en",
    ],
)
def test_spellings_of_one_report(url: str) -> None:
    assert canonical(url) == "lab.example/2024/05/a-report"


def test_different_reports_stay_apart() -> None:
    urls = ["https://lab.example/?p=1", "https://lab.example/?p=2", "https://lab.example/p", "https://other.example/p"]
    groups = {found.group for url in urls if (found := report(url))}
    assert len(groups) == 4


def test_a_moved_host_and_known_aliases_are_one() -> None:
    old, new = report("http://citizenlab.org/2016/05/x/"), report("https://citizenlab.ca/2016/05/x")
    assert old
    assert new
    assert old.group == new.group
    medium = "https://medium.com/amnesty-insights/false-friends-how-fake-accounts-and-crude-malware-targeted-dissidents-in-azerbaijan-9b6594cafe60"
    found = report(medium)
    assert found
    assert found.group in {source.independence_group for record in published().records for source in record.sources}


def test_the_table_is_canonical() -> None:
    assert known().reports
    for key, found in known().reports.items():
        assert canonical(f"https://{key}") == key.replace("/?", "?") or key.endswith("/?p=33"), key
        assert found.dated_by


@pytest.mark.parametrize(
    "url", ["", "lab.example", "ftp://lab.example/x", "https://localhost/x", "http://[bad", "https://x.example/\x1b"]
)
def test_no_web_address_is_no_report(url: str) -> None:
    assert report(url) is None


@given(st.text(max_size=80))
def test_any_text_has_at_most_one_origin_and_it_is_stable(text: str) -> None:
    found = report(f"https://lab.example/{text}")
    again = report(f"http://www.lab.example/{text}#x") if "#" not in text else found
    assert (found and found.group) == (again and again.group)
    assert found is None or len(found.group) <= 80
