"""Quirks of My Activity: topic by product, titles only as hints, languages, shapes, damage."""

# ruff: noqa: RUF001 - titles of other languages use their own letters

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.google_titles import account_action, export_action, topic
from forensics.model import Action
from tests.ingest import reading


def record(header: str, title: str, link: str = "", **more: Any) -> dict[str, Any]:
    """Write one record."""
    return {
        "header": header,
        "title": title,
        "titleUrl": link,
        "time": "2020-03-11T01:05:12.481Z",
        "products": [header],
        **more,
    }


def read_one(value: Any, name: str = "renamed.bin") -> dict[str, Any]:
    """Read one record through the driver."""
    coverage, sink = reading.read_bytes(json.dumps([value], ensure_ascii=False).encode(), name)
    assert (coverage.events, coverage.rejections) == (1, 0)
    return sink.rows[0]


@pytest.mark.parametrize(
    ("title", "action"),
    [
        ("Created a Google Takeout archive", Action.EXPORT_REQUESTED),
        ("Scheduled an export", Action.EXPORT_REQUESTED),
        ("Your archive is ready to download", Action.EXPORT_READY),
        ("Downloaded an archive", Action.EXPORT_DOWNLOADED),
        ("Archiv erstellt", Action.EXPORT_REQUESTED),
        ("Archiv heruntergeladen", Action.EXPORT_DOWNLOADED),
        ("Archive créée", Action.EXPORT_REQUESTED),
        ("Votre archive est prête", Action.EXPORT_READY),
        ("Архив создан", Action.EXPORT_REQUESTED),
        ("Архив готов к скачиванию", Action.EXPORT_READY),
        ("Архив скачан", Action.EXPORT_DOWNLOADED),
        ("Arxiv yaradıldı", Action.EXPORT_REQUESTED),
        ("Arxiv endirildi", Action.EXPORT_DOWNLOADED),
        ("Arşiv hazır", Action.EXPORT_READY),
        ("Archivo creado", Action.EXPORT_REQUESTED),
        ("Visited Google Takeout", Action.ACTIVITY),
        ("Cancelled an archive", Action.ACTIVITY),
        ("Deleted an archive that was created", Action.ACTIVITY),
        ("Archiv gelöscht", Action.ACTIVITY),
        ("アーカイブ", Action.ACTIVITY),
        ("Odwiedzono Google Takeout", Action.ACTIVITY),
        ("", Action.ACTIVITY),
    ],
)
def test_records_of_the_export_tool(title: str, action: Action) -> None:
    assert export_action(title)[0] is action


def test_an_unknown_title_of_the_export_tool_is_no_request_and_says_so() -> None:
    row = read_one(record("Takeout", "XYZ 42"))
    assert row["action"] == "activity"
    assert json.loads(row["detail"])["title_hint"] == "title not recognised"


@pytest.mark.parametrize(
    ("title", "action"),
    [
        ("Changed password", Action.PASSWORD_CHANGED),
        ("Recovery email updated", Action.RECOVERY_CHANGED),
        ("Turned off 2-Step Verification", Action.TWO_FACTOR_CHANGED),
        ("Added a passkey", Action.TWO_FACTOR_CHANGED),
        ("Changed your name", Action.ACCOUNT_CHANGED),
        ("Passwort geändert", Action.PASSWORD_CHANGED),
        ("Telefonnummer zur Kontowiederherstellung entfernt", Action.RECOVERY_CHANGED),
        ("Codes de secours ajoutés", Action.TWO_FACTOR_CHANGED),
        ("Пароль изменён", Action.PASSWORD_CHANGED),
        ("Parol dəyişdirildi", Action.PASSWORD_CHANGED),
        ("İki addımlı doğrulama söndürüldü", Action.TWO_FACTOR_CHANGED),
        ("Şifre değiştirildi", Action.PASSWORD_CHANGED),
        ("Visited Change your password", Action.ACTIVITY),
        ("Attempted to change the password", Action.ACTIVITY),
        ("Password", Action.ACTIVITY),
        ("", Action.ACTIVITY),
    ],
)
def test_records_of_the_account(title: str, action: Action) -> None:
    assert account_action(title)[0] is action


def test_a_sentence_alone_never_makes_an_export_or_a_password_change() -> None:
    for title in ("Created a Google Takeout archive", "Changed password"):
        assert read_one(record("Search", title, "https://www.google.com/search?q=x"))["action"] == "activity"


def test_a_browser_visit_to_the_export_page_is_no_export() -> None:
    assert read_one(record("Chrome", "Google Takeout", "https://takeout.google.com/"))["action"] == "activity"
    assert topic(("Unknown name",), "", "https://takeout.google.com/settings") == ("takeout", "link")
    assert topic(("Unknown name",), "", "https://takeout.google.com.example/") == ("", "")
    assert topic(("Unknown name",), "", "https://takeout.google.com@evil.example/") == ("", "")


def test_the_folder_says_the_product_but_the_top_folder_does_not() -> None:
    nameless = {"header": "", "title": "XYZ", "time": "2020-03-11T01:05:12Z", "products": []}
    inside = read_one(nameless, "Takeout/Meine Aktivitäten/Datenexport/MeineAktivitäten.json")
    assert inside["action"] == "activity"
    assert json.loads(inside["detail"])["topic"] == "takeout (by folder)"
    assert read_one(nameless, "Takeout/MyActivity.json")["action"] == "activity"


def test_names_compare_in_any_unicode_form_and_spacing() -> None:
    name = unicodedata.normalize("NFD", "Обліковий\u00a0запис Google")
    assert topic((name,), "", "") == ("account", "product")


def test_everything_else_of_a_record_stays_in_detail() -> None:
    more: dict[str, Any] = {
        "subtitles": [{"name": "a"}],
        "locationInfos": [{"name": "here", "url": "u"}],
        "activityControls": ["c"],
    }
    detail = json.loads(read_one(record("Maps", "Viewed area", **more))["detail"])
    assert {key: detail[key] for key in more} == more
    assert "title_hint" not in detail


def test_a_bare_record_a_bom_and_a_cut_file_are_read() -> None:
    bare = json.dumps(record("Takeout", "Created")).encode()
    assert reading.read_bytes(b"\xef\xbb\xbf" + bare, "x")[1].rows[0]["place"] == ""
    cut = json.dumps([record("Takeout", "Created"), record("Takeout", "Created")]).encode()[:-9]
    coverage, _ = reading.read_bytes(cut, "x")
    assert (coverage.events, coverage.rejections) == (1, 1)


def test_bottomless_nesting_costs_the_row_never_the_run() -> None:
    deep = "[" * 900 + "]" * 900
    data = f'[{{"header":"Search","title":"x","time":"2020-03-10T19:00:00Z","products":["Search"],"details":{deep}}}]'
    coverage, _ = reading.read_bytes(data.encode(), "x")
    assert (coverage.rows, coverage.rejections) == (1, 1)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=40))
def test_outside_the_two_topics_no_title_means_more_than_activity(title: str, header: str, link: str) -> None:
    found, _ = topic((header,), "", link)
    row = read_one(record(header, title or "x", link))
    assert found or row["action"] == "activity"
