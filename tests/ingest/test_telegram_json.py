"""Telegram Desktop exports: sessions, login alerts, removals, and the almost-JSON of some versions."""

# ruff: noqa: RUF001 - the words of the notices are in many alphabets

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import json_rows, telegram_notices, telegram_repairs, telegram_times
from forensics.model import Action, Outcome, ZoneBasis
from tests.ingest import reading

FOLDER = reading.SAMPLES / "telegram_json"


def rows_of(folder: str) -> list[dict[str, Any]]:
    return reading.read_bytes((FOLDER / folder / "result.json").read_bytes(), "result.json")[1].rows


def read(document: Any) -> list[dict[str, Any]]:
    return reading.read_bytes(json.dumps(document).encode(), "result.json")[1].rows


def chat(*messages: dict[str, Any], **heading: Any) -> dict[str, Any]:
    return {"name": "x", "type": "personal_chat", "id": 1, **heading, "messages": list(messages)}


def by_place(rows: list[dict[str, Any]], place: str) -> dict[str, Any]:
    return next(row for row in rows if row["place"] == place)


def test_quoted_unix_times_give_the_interval_of_a_session() -> None:
    row = by_place(rows_of("DataExport_2022-07-02"), "/sessions/list/1")
    assert (row["kind"], row["action"], row["zone_basis"]) == ("session", "session", "epoch")
    assert row["time"] == datetime(2022, 6, 30, 16, 0, tzinfo=UTC)
    assert row["time_end"] == datetime(2022, 7, 1, 19, 58, tzinfo=UTC)
    assert json.loads(row["detail"])["exporter_offset"] == "+04:00"
    assert "last address" in json.loads(row["detail"])["address_note"]


@pytest.mark.parametrize("suffix", ["", "_unixtime"])
def test_exporters_of_phones_write_unix_times_under_either_name(suffix: str) -> None:
    """exteraGram, a client for Android, took the exporter over and writes no local time."""
    session = {f"last_active{suffix}": "1773197379", "last_ip": "203.0.113.45", f"created{suffix}": "1773190000"}
    (row,) = read({"sessions": {"about": "x", "list": [session]}, "about": "x"})
    assert (row["time"], row["time_end"], row["zone_basis"]) == (
        datetime.fromtimestamp(1_773_190_000, UTC),
        datetime.fromtimestamp(1_773_197_379, UTC),
        "epoch",
    )
    notice = {
        "id": 1,
        "type": "message",
        "date_unixtime": "1773197379",
        "from_id": "user777000",
        "text": "Login code: 12345",
    }
    assert [row["time"] for row in read(chat(notice))] == [datetime.fromtimestamp(1_773_197_379, UTC)]


def test_an_export_without_unix_times_states_no_instant_but_keeps_the_text() -> None:
    row = by_place(rows_of("DataExport_2020-03-11"), "/sessions/list/1")
    assert (row["time"], row["time_end"], row["zone_basis"]) == (None, None, "none")
    assert (row["time_text"], row["address"]) == ("2020-03-11T04:58:22", "203.0.113.45")
    assert "offset" in json.loads(row["detail"])["time_note"]


def test_a_login_alert_is_dated_by_the_utc_time_of_its_text_and_gives_the_address() -> None:
    row = by_place(rows_of("DataExport_2020-03-11"), "/chats/list/0/messages/1")
    assert (row["action"], row["outcome"], row["zone_basis"]) == ("login", "success", "explicit")
    assert row["time"] == datetime(2020, 3, 11, 0, 58, 22, tzinfo=UTC)
    assert (row["address"], row["stated_place"], row["account"]) == ("203.0.113.45", "Capital, Samplia", "+00000000000")
    assert json.loads(row["detail"])["exporter_offset"] == "+04:00"


def test_a_session_and_the_alert_about_it_name_the_same_device() -> None:
    spelled = telegram_notices.device_name("Telegram Desktop", "PC 64bit", "Desktop", "Windows 7")
    assert telegram_notices.device_name("Telegram Desktop, 1.9.14, PC 64bit, Desktop, Windows 7") == spelled
    assert spelled == "telegram:Telegram Desktop, PC 64bit, Desktop, Windows 7"


@pytest.mark.parametrize(
    ("text", "action", "device", "place"),
    [
        ("New login. Dear X, on 11/03/2020 at 00:58:07 UTC.\n\nDevice: D\nLocation: P", Action.LOGIN, "D", "P"),
        ("Вход с нового устройства.\n\nУстройство: D\nМесто входа: P", Action.LOGIN, "D", "P"),
        ("Вхід з нового пристрою.\n\nПристрій: D\nМісцезнаходження: P", Action.LOGIN, "D", "P"),
        ("Yeni giriş.\n\nCihaz: D\nMəkan: P (IP = 192.0.2.1)", Action.LOGIN, "D", "P"),
        ("Neue Anmeldung.\n\nGerät: D\nStandort: P", Action.LOGIN, "D", "P"),
        ("Nuevo inicio de sesión.\n\nDispositivo: D\nUbicación: P", Action.LOGIN, "D", "P"),
        ("Nouvelle connexion.\n\nAppareil : D\nLieu : P", Action.LOGIN, "D", "P"),
        ("New login. Somewhere.", Action.ALERT, "", ""),
        ("Incomplete login attempt.\n\nDevice: D\nLocation: P", Action.LOGIN_FAILED, "D", "P"),
        ("Login code: 12345. Do not give this code to anyone.", Action.CODE_SENT, "", ""),
        ("Код для входа в Telegram: 51519. Не давайте код никому", Action.CODE_SENT, "", ""),
        ("Giriş kodu: 12345. Bu kodu heç kimə verməyin.", Action.CODE_SENT, "", ""),
        ("Anmeldecode: 12345. Gib diesen Code niemandem.", Action.CODE_SENT, "", ""),
        ("Telegram Premium is here.", Action.OTHER, "", ""),
    ],
)
def test_notices_are_read_in_several_languages(text: str, action: Action, device: str, place: str) -> None:
    notice = telegram_notices.read(text)
    assert (notice.action, notice.device, notice.place) == (action, device, place)


def test_the_label_that_is_known_shows_where_the_other_stands() -> None:
    """Persian alerts name the place by a word that is not listed; its address was lost with it."""
    text = (
        "ورود جدید. کاربر گرامی، ورودی به حساب شما در 11/03/2020 at 02:49:39 UTC شناسایی شد.\n\n"
        "دستگاه: Telegram Desktop, 1.9.14, PC 64bit\nموقعیت: Baku, Azerbaijan (IP = 192.0.2.44)"
    )
    found = telegram_notices.read(text)
    assert (found.action, found.place, found.address.address) == (Action.LOGIN, "Baku, Azerbaijan", "192.0.2.44")
    assert found.device == "Telegram Desktop, 1.9.14, PC 64bit"


@pytest.mark.parametrize(
    "words", ["Web login code. Dear X, we received a request", "Код для входа на сайт. Получен запрос"]
)
def test_codes_for_telegrams_site_are_codes(words: str) -> None:
    """They are of letters and digits (my.telegram.org gives keys for reading an account by program)."""
    found = telegram_notices.read(f"{words} (my.telegram.org):\nWzQ3x9Kd_aE\n\nDo not give this code to anyone.")
    assert found.action is Action.CODE_SENT


def test_an_unlisted_language_is_recognised_by_shape_as_an_alert_and_not_as_a_login() -> None:
    notice = telegram_notices.read("Qwerty 11/03/2020 asdf 00:58:07 UTC.\n\nAaa: device\nBbb: place (IP = 192.0.2.9)")
    assert (notice.action, notice.recognised_by, notice.outcome) == (Action.ALERT, "shape", Outcome.UNKNOWN)
    assert (notice.device, notice.place, notice.address.address) == ("device", "place", "192.0.2.9")


@pytest.mark.parametrize(("sender", "counts"), [("user777000", True), (777000, True), (4295744296, True), (5, False)])
def test_only_the_service_account_can_raise_an_alert(sender: str | int, *, counts: bool) -> None:
    message = {"id": 1, "type": "message", "date": "2020-03-11T00:00:00", "from": "Telegram", "from_id": sender}
    found = read(chat({**message, "text": "New login.\n\nDevice: D\nLocation: P"}))
    assert [row["action"] for row in found] == (["login"] if counts else [])


def test_removals_say_whether_the_owner_acted() -> None:
    acts = {row["place"]: row for row in rows_of("DataExport_2022-07-02") if row["service"] == "chat"}
    stranger, owner = acts["/left_chats/list/0/messages/0"], acts["/left_chats/list/0/messages/1"]
    assert (stranger["action"], stranger["initiator"]) == ("activity", "unknown")
    assert (owner["action"], owner["initiator"]) == ("content_deleted", "user")
    assert json.loads(stranger["detail"])["by_account_owner"] is False
    assert json.loads(owner["detail"])["chat_name"] == "Old editorial group"


def test_messages_between_people_are_counted_and_not_read() -> None:
    data = (FOLDER / "DataExport_2020-03-11" / "result.json").read_bytes()
    coverage, sink = reading.read_bytes(data, "result.json")
    assert coverage.unused["message between people"] == 2
    assert not [row for row in sink.rows if "square" in row["detail"]]


def test_almost_json_is_repaired_record_by_record_and_each_repair_is_named() -> None:
    first, second = rows_of("ChatExport_2022-08-25")
    repairs = [json.loads(row["detail"])["repair"] for row in (first, second)]
    assert repairs == [telegram_repairs.BOTH.name, telegram_repairs.CONTROL.name]
    assert json.loads(first["detail"])["actor"] == "a stranger \x01"


def test_a_repair_never_touches_an_escaped_backslash() -> None:
    assert telegram_repairs.escape_control(rb'"\\x41 \x0C \\\x0D"') == rb'"\\x41 \u000C \\\u000D"'
    assert telegram_repairs.quote_paths(b'"document_id": null,\n') == b'"document_id": null,\n'


def test_a_whole_chat_recovered_behind_damage_gives_its_messages() -> None:
    alert = {"id": 2, "type": "message", "date": "2020-03-11T00:00:00", "from_id": "user777000", "text": "New login."}
    document = {"about": "x", "chats": {"about": "x", "list": [chat({"id": 1, "type": "message"}), chat(alert)]}}
    text = json.dumps(document, indent=1)
    cut = text.index('"id": 1,')
    rows = reading.read_bytes((text[:cut] + "]" + text[cut:]).encode(), "result.json")[1].rows
    assert [(row["action"], row["place"].endswith("/messages/0")) for row in rows] == [("alert", True)]


def test_a_large_export_is_walked_and_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows_of("DataExport_2022-07-02")
    monkeypatch.setattr(json_rows, "WHOLE_LIMIT", 0)
    assert rows_of("DataExport_2022-07-02") == whole


def test_session_only_and_chat_only_exports_are_recognised() -> None:
    sessions = {"about": "x", "sessions": {"about": "x", "list": [{"last_ip": "192.0.2.1", "created": "y"}]}}
    assert reading.claimants(json.dumps(sessions).encode(), "a.bin") == ("telegram_json",)
    saved = {"type": "saved_messages", "id": 1, "messages": [{"id": 1, "type": "message", "date": "x"}]}
    assert reading.claimants(json.dumps(saved).encode(), "a.bin") == ("telegram_json",)
    other = {"type": "invoice", "id": 1, "messages": [{"id": 1, "date": "x"}]}
    assert reading.claimants(json.dumps(other).encode(), "result.json") == ()


@given(
    st.datetimes(datetime(2014, 1, 1), datetime(2026, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),  # noqa: DTZ001 - made aware below
    st.integers(-48, 56),
)
@settings(max_examples=60, deadline=None)
def test_the_exporters_offset_is_found_from_a_pair(wall: datetime, quarters: int) -> None:
    seconds = int(wall.replace(tzinfo=UTC).timestamp()) - quarters * 900
    moment = telegram_times.stated({"date": wall.isoformat(), "date_unixtime": str(seconds)}, "date")
    hours, rest = divmod(abs(quarters) * 15, 60)
    expected = f"{'-' if quarters < 0 else '+'}{hours:02d}:{rest:02d}"
    assert telegram_times.implied_offset(wall.isoformat(), moment.utc) == expected
    assert moment.zone is ZoneBasis.EPOCH


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_as_the_client_writes_it_comes_back(text: str) -> None:
    written = "".join(f"\\x{ord(c):02X}" if ord(c) < 32 else json.dumps(c)[1:-1] for c in text)
    repaired = telegram_repairs.escape_control(f'"{written}"'.encode())
    assert json.loads(repaired) == text


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_a_notice_never_raises_and_never_invents_an_address(text: str) -> None:
    notice = telegram_notices.read(text)
    assert notice.address.address is None or notice.address.text in text


def test_a_device_alone_is_no_login_alert() -> None:
    assert telegram_notices.read("New login.\n\nDevice: Web").action is Action.ALERT
    assert telegram_notices.read("New login on 11/03/2020 at 00:58:07 UTC.\n\nDevice: Web").action is Action.LOGIN


@pytest.mark.parametrize(
    "words",
    [
        "Hesabınıza yeni giriş cəhdi 11/03/2020 at 00:58:07 UTC.",
        "New login attempt. Dear Ed, someone tried to log in on 11/03/2020 at 00:58:07 UTC.",
        "Nuevo intento de inicio de sesión: nuevo inicio de sesión 11/03/2020 00:58:07 UTC",
    ],
)
def test_an_attempt_is_not_told_as_a_login(words: str) -> None:
    notice = telegram_notices.read(
        f"{words}\n\nDevice: Web, Firefox\nLocation: Baku, Azerbaijan\n\nIf it was an attempt…"
    )
    assert (notice.action, notice.outcome, notice.place) == (Action.ALERT, Outcome.UNKNOWN, "Baku, Azerbaijan")
    again = telegram_notices.read(
        "New login. We detected a login\n\nDevice: Web\nLocation: Baku\n\nIf it was an attempt…"
    )
    assert again.action is Action.LOGIN
