"""Traps of TikTok's login history: position in a large file, translated text files, the rule about UTC."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import all_formats
from forensics.ingest.driver import statements
from tests.ingest import reading

LINES = ["Date: 2026-03-11 02:49:39 UTC", "IP: 192.0.2.1", "", " ", "Model: a:b", "x", "IP: "]
LOGIN = {"Date": "2026-03-11 02:49:39 UTC", "IP": "192.0.2.14"}


def test_logins_behind_the_first_64_kib_are_read() -> None:
    videos = [{"Date": "2026-01-01 00:00:00", "Link": f"https://video.example/{number}"} for number in range(3_000)]
    data = {
        "Activity": {
            "Favorite Effects": {"FavoriteEffectsList": videos},
            "Login History": {"LoginHistoryList": [LOGIN]},
        },
        "Profile": {"Profile Information": {"ProfileMap": {"userName": "u"}}},
    }
    encoded = json.dumps(data).encode()
    coverage, sink = reading.read_bytes(encoded, "user_data.json", told={"tiktok.account": "u"})
    assert coverage.format == "tiktok_login_history"
    assert [row["account"] for row in sink.rows if row["action"] == "login"] == ["u"]
    stated = statements(reading.evidence_of(encoded, "user_data.json"), all_formats()["tiktok_login_history"])
    assert [item.value for item in stated] == ["u"]


def test_a_truncated_file_keeps_what_stands_before_the_cut() -> None:
    data = json.dumps({"Your Activity": {"Login History": {"LoginHistoryList": [LOGIN, LOGIN]}}}).encode()[:-30]
    coverage, _ = reading.read_bytes(data, "user_data_tiktok.json")
    assert (coverage.events, coverage.rejections) == (1, 1)


def test_names_in_small_letters_are_the_same_names() -> None:
    """The export of 2024 turned names of other lists (``date``, ``link``) into small letters; logins may follow."""
    small = {"date": "2026-03-11 02:49:39 UTC", "ip": "192.0.2.14", "deviceModel": "x"}
    data = json.dumps({"Your Activity": {"Login History": {"LoginHistoryList": [small]}}}).encode()
    (row,) = reading.read_bytes(data, "user_data_tiktok.json")[1].rows
    assert (row["address"], row["zone_basis"], row["detail"]) == ("192.0.2.14", "explicit", '{"deviceModel":"x"}')


def test_a_video_behind_a_damaged_login_list_is_no_login() -> None:
    text = (
        '{"Activity": {"Login History": {"LoginHistoryList": [{"Date": "2026-03-11 02:49:39", "IP": "192.0.2.1"}, {"Da ]},'
        ' "Video Browsing History": {"VideoList": [{"Date": "2026-01-01 00:00:00", "Link": "https://video.example/1"}]}}}'
    )
    _, sink = reading.read_bytes(text.encode(), "user_data.json")
    assert [row["address"] for row in sink.rows] == ["192.0.2.1"]


def test_videos_and_messages_never_become_events() -> None:
    data = {
        "Activity": {
            "Video Browsing History": {"VideoList": [{"Date": "2026-01-01 00:00:00", "IP": "192.0.2.1"}]},
            "Like List": {"ItemFavoriteList": []},
        },
        "Direct Messages": {
            "Chat History": {"ChatHistory": {"x": [{"Date": "2026-01-01 00:00:00", "Content": "secret"}]}}
        },
    }
    coverage, sink = reading.read_bytes(json.dumps(data).encode(), "user_data.json")
    assert (coverage.format, sink.rows, sink.rejections) == ("tiktok_login_history", [], [])
    assert coverage.unused


def test_blocks_without_an_empty_line_between_are_told_apart() -> None:
    text = "Date: 2026-03-11 02:49:39\nIP: 192.0.2.1\nDate: 2026-03-12 02:49:39\nIP: 192.0.2.2\n"
    _, sink = reading.read_bytes(text.encode(), "Login History.txt")
    assert [(row["address"], row["zone_basis"], row["place"]) for row in sink.rows] == [
        ("192.0.2.1", "format_rule", "line:1"),
        ("192.0.2.2", "format_rule", "line:3"),
    ]


def test_a_first_record_without_an_address_hides_nothing() -> None:
    text = "Date: 2026-03-11 02:49:39\nIP: \n\nDate: 2026-03-10 02:49:39\nIP: 192.0.2.2\n"
    coverage, sink = reading.read_bytes(text.encode(), "Login History.txt")
    assert (coverage.format, coverage.events) == ("tiktok_login_history", 2)
    assert [row["address"] for row in sink.rows] == [None, "192.0.2.2"]


def test_names_may_be_in_any_language() -> None:
    text = "日期：2026-03-11 02:49:39 UTC\nIP 位址：2001:db8::7\n裝置型號：x\n"  # noqa: RUF001 - colons of the export
    coverage, sink = reading.read_bytes(text.encode(), "登入紀錄.txt")
    assert (coverage.format, sink.rows[0]["address"]) == ("tiktok_login_history", "2001:db8::7")


def test_other_blocks_of_names_and_values_are_not_claimed() -> None:
    for text in (
        "Date: 2026-03-11 02:49:39 UTC\nLink: https://video.example/1\n",
        "Received: from x (192.0.2.1)\nDate: Wed, 11 Mar 2020 04:58:07 +0400\nFrom: a@b.example\n",
        "IP: 192.0.2.1\nUser: x\n",
        "Date: 2026-03-11 02:49:39\nfree text with 192.0.2.1\n",
    ):
        assert "tiktok_login_history" not in reading.claimants(text.encode(), "x.txt")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_any_order_of_lines_is_accounted_for(found: list[str]) -> None:
    text = "\n".join(["Date: 2026-03-11 02:49:39 UTC", "IP: 192.0.2.9", "", *found])
    coverage, sink = reading.read_bytes(text.encode(), "Login History.txt")
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert sink.rows[0]["address"] == "192.0.2.9" or sink.rejections
