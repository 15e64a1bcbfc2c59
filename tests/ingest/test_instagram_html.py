"""Instagram's HTML pages: the same events as their JSON twins to the minute, and the clock that is not Facebook's."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.reading import SAMPLES, Collected, claimants, read_bytes

TWINS = Path(__file__).parent / "data" / "instagram_twins"
ROOTS = {
    "en": "instagram-the_editor_example-2026-08-20-Ab3dEf9h",
    "de": "instagram-redaktion_example-2026-08-20-Cd4eFg1j",
    "az": "instagram-redaktor_example-2026-08-20-Ef5gHi2k",
}
SAME = (
    "kind",
    "action",
    "outcome",
    "initiator",
    "account",
    "address",
    "source_port",
    "user_agent",
    "device",
    "provider",
)
PAIRS = [
    pytest.param(
        path.relative_to(TWINS).parts[0], path.relative_to(TWINS).parts[1:], id="/".join(path.relative_to(TWINS).parts)
    )
    for path in sorted(TWINS.rglob("*.json"))
]
FOLDER = "security_and_login_information/login_and_profile_creation"
# pairs of what a page shows and the epoch of the JSON, from d3i-infra/dd-education test_meta_html_timestamps.py
PUBLISHED = [
    ("Aug 09, 2026 9:49 am", 1786297781),
    ("Apr 05, 2024 3:43 pm", 1712360599),
    ("Mar 11, 2026 2:49 am", 1773226198),
    ("Dec 29, 2025 1:46 pm", 1767044795),
    ("Aug 16, 2026 5:52 am", 1786888345),
]


def page(*blocks: str, title: str = "Login activity") -> str:
    return f"<html><head><style>._a6-g{{}}</style><title>{title}</title></head><body>{''.join(blocks)}</body></html>"


def block(*pairs: tuple[str, str], title: str = "") -> str:
    rows = "".join(f'<tr><td class="_a6_q">{a}</td><td class="_a6_r">{b}</td></tr>' for a, b in pairs)
    return f'<div class="_a6-g"><h2>{title}</h2><table>{rows}</table><div class="_a6-o"></div></div>'


def read(text: str, name: str = f"instagram-x/{FOLDER}/login_activity.html", **told: str) -> Collected:
    coverage, sink = read_bytes(text.encode(), name, told={key.replace("_", "."): value for key, value in told.items()})
    assert coverage.format == "instagram_html"
    return sink


def details(row: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(row["detail"]))


@pytest.mark.parametrize(("language", "parts"), PAIRS)
def test_html_says_what_its_json_twin_says_to_the_minute(language: str, parts: tuple[str, ...]) -> None:
    path = "/".join(parts).removesuffix(".json")
    root = ROOTS[language]
    html = (SAMPLES / "instagram_html" / root / f"{path}.html").read_bytes()
    _, shown = read_bytes(html, f"{root}/{path}.html")
    _, exact = read_bytes((TWINS / language / f"{path}.json").read_bytes(), f"{root}/{path}.json")
    assert not shown.rejections
    assert [{key: row[key] for key in SAME} for row in shown.rows] == [
        {key: row[key] for key in SAME} for row in exact.rows
    ]
    for here, there in zip(shown.rows, exact.rows, strict=True):
        assert timedelta(0) <= there["time"] - here["time"] < timedelta(minutes=1)


@pytest.mark.parametrize(("shown", "epoch"), PUBLISHED)
def test_the_clock_stands_eight_hours_behind_all_year(shown: str, epoch: int) -> None:
    row = read(page(block(("IP Address", "203.0.113.45"), ("Time", shown)))).rows[0]
    assert 0 <= epoch - row["time"].timestamp() < 60
    assert (row["zone_basis"], row["precision"]) == ("format_rule", "minute")
    assert "eight hours behind UTC" in details(row)["time_note"]


def test_facebooks_zone_does_not_move_instagrams_clock() -> None:
    row = read(page(block(("IP Address", "203.0.113.45"), ("Time", PUBLISHED[0][0]))), facebook_zone="Asia/Baku").rows[
        0
    ]
    assert (row["zone_basis"], row["time"].isoformat()) == ("format_rule", "2026-08-09T17:49:00+00:00")


def test_a_title_with_its_offset_wins_and_a_contradiction_is_said() -> None:
    pair = ("IP Address", "203.0.113.45"), ("Time", "Aug 09, 2026 9:49 am")
    agreed = read(page(block(*pair, title="2026-08-09T17:49:41+00:00"))).rows[0]
    assert (agreed["time"].isoformat(), agreed["zone_basis"]) == ("2026-08-09T17:49:41+00:00", "explicit")
    assert "time_conflict" not in details(agreed)
    other = read(page(block(*pair, title="2026-08-09T18:49:41+00:00"))).rows[0]
    assert details(other)["time_conflict"]


def test_seconds_are_not_instagrams_clock() -> None:
    row = read(page(block(("IP Address", "203.0.113.45"), ("Time", "Aug 09, 2026 9:49:41 am")))).rows[0]
    assert (row["time"], row["time_text"]) == (None, "Aug 09, 2026 9:49:41 am")
    assert "seconds" in details(row)["time_note"]


def test_a_client_alone_names_the_platform_but_no_clock() -> None:
    pairs = ("IP Address", "203.0.113.45"), ("Time", "Aug 09, 2026 9:49 am"), ("User Agent", "Instagram 130.0 Android")
    row = read(page(block(*pairs)), "renamed.bin").rows[0]
    assert (row["provider"], row["time"], row["action"]) == ("instagram", None, "login")


def test_a_page_of_unknown_kind_claims_no_login() -> None:
    pairs = ("IP Address", "203.0.113.45"), ("Time", "Aug 09, 2026 9:49 am")
    row = read(page(block(*pairs), title="Something new"), f"instagram-x/{FOLDER}/something_new.html").rows[0]
    assert (row["action"], row["address"]) == ("other", "203.0.113.45")


def test_pages_about_other_things_are_left_alone() -> None:
    likes = page(block(("URL", "https://www.instagram.com/p/a/"), ("Time", "Aug 09, 2026 9:49 am")), title="Likes")
    assert claimants(likes.encode(), "instagram-x/your_instagram_activity/likes/liked_posts.html") == ()
