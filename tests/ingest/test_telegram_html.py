"""Telegram's HTML export: what it shows of sessions and notices, and what it cannot show."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest import telegram_pages
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Stated
from forensics.ingest.formats import telegram_html
from tests.ingest.reading import SAMPLES, Collected, evidence_of, read_bytes

HEAD = '<!DOCTYPE html>\n<html>\n <head>\n<title>Exported Data</title>\n </head>\n <body>\n  <div class="page_wrap">\n'
ALERT = "New login. Dear Editor, we detected a login into your account from a new device on 11/03/2020 at 00:58:07 UTC."
FULL = f"{ALERT}<br><br>Device: Telegram Desktop, 1.9.14, PC 64bit, Desktop, Windows 7<br>Location: Baku (IP = 203.0.113.45)"


def chat(name: str, *messages: str) -> str:
    header = f'<div class="page_header"><div class="content"><div class="text bold">\n{name}\n</div></div></div>'
    history = f'<div class="page_body chat_page"><div class="history">{"".join(messages)}</div></div>'
    return f"{HEAD}{header}{history}</div></body></html>"


def message(text: str, title: str, sender: str = "Telegram", kind: str = "default clearfix") -> str:
    name = f'<div class="from_name">\n{sender} \n</div>' if sender else ""
    date = f'<div class="pull_right date details" title="{title}">\n04:58\n</div>'
    body = f'<div class="body">{date}{name}<div class="text">\n{text}\n</div></div>'
    return f'<div class="message {kind}" id="message1">{body}</div>'


def read(text: str, **told: str) -> Collected:
    coverage, sink = read_bytes(
        text.encode(), "x/messages.html", told={key.replace("_", "."): value for key, value in told.items()}
    )
    assert coverage.format == "telegram_html"
    return sink


def details(row: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(row["detail"]))


def test_an_alert_is_dated_by_the_utc_time_in_its_text_and_says_how_its_sender_is_known() -> None:
    row = read(chat("Telegram", message(FULL, "11.03.2020 04:58:10"))).rows[0]
    assert (row["action"], row["time"].isoformat(), row["address"]) == (
        "login",
        "2020-03-11T00:58:07+00:00",
        "203.0.113.45",
    )
    assert "displayed name only" in details(row)["sender_basis"]


def test_a_code_has_the_offset_of_its_title_or_no_instant() -> None:
    code = "Login code: 12345. Do not give this code to anyone"
    new, old = (
        read(chat("Telegram", message(code, f"11.03.2020 04:57:30{zone}"))).rows[0] for zone in (" UTC+04:00", "")
    )
    assert (new["time"].isoformat(), new["zone_basis"]) == ("2020-03-11T00:57:30+00:00", "explicit")
    assert (old["time"], old["time_text"]) == (None, "11.03.2020 04:57:30")
    assumed = read(chat("Telegram", message(code, "11.03.2020 04:57:30")), assumed_zone="Asia/Baku").rows[0]
    assert (assumed["time"].isoformat(), assumed["zone_basis"]) == ("2020-03-11T00:57:30+00:00", "assumed")


def test_joined_messages_have_the_sender_of_the_one_before() -> None:
    first, joined = (
        message("Hello", "11.03.2020 04:57:30"),
        message(FULL, "11.03.2020 04:58:10", "", "default clearfix joined"),
    )
    assert [row["action"] for row in read(chat("Telegram", first, joined)).rows] == ["other", "login"]
    assert read(chat("Telegram", message("Hello", "11.03.2020 04:57:30", "Somebody"), joined)).rows == []


@pytest.mark.parametrize(
    ("name", "sender"), [("8 Mart", "Telegram"), ("Telegram", "Somebody"), ("Telegram News", "Telegram News")]
)
def test_an_alert_written_by_people_is_none(name: str, sender: str) -> None:
    assert read(chat(name, message(FULL, "11.03.2020 04:58:10", sender))).rows == []


def test_a_forwarded_alert_is_none() -> None:
    quoted = f'<div class="forwarded body"><div class="from_name">Telegram</div><div class="text">{FULL}</div></div>'
    plain = message("x", "11.03.2020 04:58:10").replace('<div class="text">\nx\n</div>', quoted)
    assert read(chat("Telegram", plain)).rows == []


def test_a_name_that_imitates_a_service_line_removes_nothing() -> None:
    line = '<div class="message service" id="message2"><div class="body details">\n{}\n</div></div>'
    said = ("History cleared joined group by link from X", "X joined group by link from removed group photo")
    assert read(chat("8 Mart", *(line.format(text) for text in said))).rows == []
    assert read(chat("8 Mart", line.format("History cleared"))).rows[0]["action"] == "content_deleted"


def test_the_summary_tells_whose_account_it_is() -> None:
    path = SAMPLES / "telegram_html" / "DataExport_11_03_2020" / "export_results.html"
    evidence = evidence_of(path.read_bytes(), "DataExport_11_03_2020/export_results.html")
    assert list(telegram_html.states(evidence)) == [Stated(name="telegram.account", value="+000 00 000 00 00")]


def test_a_very_deep_message_is_a_rejection() -> None:
    sink = read(chat("Telegram", message("<b>" * 5_000, "11.03.2020 04:58:10"), message(FULL, "11.03.2020 04:58:10")))
    assert [len(sink.rows), len(sink.rejections)] == [1, 1]


@given(st.text(max_size=40))
def test_no_text_is_read_as_a_time_by_accident(text: str) -> None:
    try:
        moment, _ = telegram_pages.moment(text, None)
    except FieldError:
        return
    assert not text.strip() or moment.text == text.strip()


@given(st.datetimes().map(lambda wall: wall.replace(microsecond=0)), st.integers(-14 * 4, 14 * 4))
def test_times_with_an_offset_come_back_exactly(wall: Any, quarters: int) -> None:
    if not 2 <= wall.year <= 9998:
        return
    hours, minutes = divmod(abs(quarters) * 15, 60)
    text = f"{wall:%d.%m.}{wall.year:04d} {wall:%H:%M:%S} UTC{'-' if quarters < 0 else '+'}{hours:02d}:{minutes:02d}"
    moment, _ = telegram_pages.moment(text, None)
    assert moment.utc is not None
    assert (wall - moment.utc.replace(tzinfo=None)).total_seconds() == quarters * 900
