# ruff: noqa: RUF001
# Reason: the texts of other alphabets are the point of these tests.
"""Instagram login and account files: translated keys, three folders, and whose label records are whose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ingest.reading import Collected, claimants, read_bytes

WHEN = 1_583_889_607
CHROME = "Mozilla/5.0 (Windows NT 6.1; Win64; x64)"
APP = "Instagram 131.0.0.25.94 (iPhone11,8; iOS 13_3_1)"
COOKIE = "*" * 25 + "q7R"
LABELS = {
    "en": ("Cookie Name", "IP Address", "Language Code", "Time", "User Agent", "Port"),
    "de": ("Cookie-Name", "IP-Adresse", "Sprachcode", "Zeit", "User Agent", "Port"),
    "ko": ("쿠키 이름", "IP 주소", "언어 코드", "시간", "사용자 에이전트", "포트"),
    "az": ("Kuki adı", "IP ünvanı", "Dil kodu", "Vaxt", "İstifadəçi agenti", "Port"),
}


def mojibake(text: str) -> str:
    return text.encode().decode("latin-1")


def login(language: str, **changes: Any) -> dict[str, Any]:
    values = (COOKIE, "198.51.100.21", language, "", CHROME, "41877")
    entries = {
        mojibake(label): {"href": "", "value": value, "timestamp": 0 if value else WHEN}
        for label, value in zip(LABELS[language], values, strict=True)
    }
    return {"title": "2020-03-11T01:20:07+00:00", "media_map_data": {}, "string_map_data": entries, **changes}


def read(document: Any, name: str = "renamed.bin") -> Collected:
    coverage, sink = read_bytes(json.dumps(document).encode(), name)
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert coverage.format == "instagram_account"
    return sink


def one(document: Any, name: str = "renamed.bin") -> dict[str, Any]:
    sink = read(document, name)
    assert [len(sink.rows), len(sink.rejections)] == [1, 0]
    return sink.rows[0]


@pytest.mark.parametrize("language", sorted(LABELS))
def test_translated_keys_are_read_by_the_shape_of_their_values(language: str) -> None:
    row = one({"account_history_login_history": [login(language)]})
    assert (row["action"], row["address"], row["source_port"]) == ("login", "198.51.100.21", 41877)
    assert (row["user_agent"], row["device"]) == (CHROME, "ig-cookie:q7R")
    assert row["time"].isoformat() == "2020-03-11T01:20:07+00:00"


@pytest.mark.parametrize(
    "folder",
    [
        "the_editor_example_20210520/login_and_account_creation",
        "the_editor_example_20230310/security_and_login_information/login_and_account_creation",
        "instagram-the_editor_example-2025-03-01-Ab3dEf9h/security_and_login_information/login_and_profile_creation",
    ],
)
def test_all_folders_name_the_account(folder: str) -> None:
    row = one({"account_history_login_history": [login("en")]}, f"{folder}/login_activity.json")
    assert row["account"] == "the_editor_example"


def test_the_title_is_the_time_when_no_entry_has_one() -> None:
    record = {
        "title": "2020-03-11T05:20:07+04:00",
        "string_map_data": {"x": {"value": "198.51.100.21", "timestamp": 0}},
    }
    row = one({"account_history_login_history": [record]})
    assert (row["time"].isoformat(), row["zone_basis"]) == ("2020-03-11T01:20:07+00:00", "explicit")
    assert row["time_text"] == "2020-03-11T05:20:07+04:00"


def test_a_title_that_differs_from_the_entry_is_reported() -> None:
    row = one({"account_history_login_history": [login("en", title="2020-03-11T02:20:07+00:00")]})
    assert (row["time"].hour, json.loads(row["detail"])["title_time"]) == (1, "2020-03-11T02:20:07+00:00")


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("account_history_logout_history", "logout"),
        ("account_history_password_change_history", "password_changed"),
        ("account_history_account_privacy_history", "account_changed"),
        ("account_history_something_new", "other"),
    ],
)
def test_the_list_name_gives_the_meaning(key: str, action: str) -> None:
    assert one({key: [login("ko")]})["action"] == action


def test_entries_in_a_list_instead_of_a_map() -> None:
    record = {
        "title": "Account switched to Private",
        "string_list_data": [{"href": "", "value": "", "timestamp": WHEN}],
    }
    row = one({"account_history_account_privacy_history": [record]})
    assert (row["action_text"], row["time_text"]) == ("Account switched to Private", str(WHEN))


@pytest.mark.parametrize(
    ("values", "action"),
    [
        (("E-poçt", "editor@mail.example", "somebody@mail.example"), "recovery_changed"),
        (("전화번호", "+00 00 000 00 00", ""), "recovery_changed"),
        (("Username", "the_editor_example", "the.editor"), "account_changed"),
    ],
)
def test_profile_changes_are_state_changes(values: tuple[str, ...], action: str) -> None:
    entries = {f"label {index}": {"value": mojibake(value)} for index, value in enumerate(values)}
    record = {"title": "", "string_map_data": {**entries, "when": {"timestamp": WHEN}}}
    row = one({"profile_profile_change": [record]})
    assert (row["kind"], row["action"]) == ("state_change", action)


def test_devices_give_a_stable_device() -> None:
    record = {
        "Geräte-ID": {"value": "6F9619FF-8B86-4011-B42D-00CF4FC964FF"},
        "L": {"timestamp": WHEN},
        "U": {"value": APP},
    }
    row = one({"devices_devices": [{"string_map_data": record}]})
    assert (row["device"], row["user_agent"]) == ("ig-device:6f9619ff-8b86-4011-b42d-00cf4fc964ff", APP)


def test_account_information_is_one_row_per_time() -> None:
    entries = {
        "Last Login": {"timestamp": WHEN},
        "Letzte Abmeldung": {"timestamp": WHEN + 60},
        "A/B": {"timestamp": WHEN},
    }
    sink = read({"profile_account_insights": [{"string_map_data": {**entries, "Sync": {"value": "False"}}}]})
    assert [(row["action"], row["action_text"]) for row in sink.rows] == [
        ("login", "Last Login"),
        ("logout", "Letzte Abmeldung"),
        ("other", "A/B"),
    ]
    assert sink.rows[2]["place"] == "/profile_account_insights/0/string_map_data/A~1B"


def test_a_shortened_address_is_not_stated_as_an_address() -> None:
    device = {"device_type": "x", "last_connected_ip": "198.51.100.0", "last_active_time": WHEN}
    row = one({"ig_secret_conversations": {"armadillo_devices": [device]}})
    assert (row["address"], row["address_text"], row["address_form"]) == (None, "198.51.100.0", "masked")


def activity(*labels: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "timestamp": WHEN,
        "media": [],
        "label_values": [{"label": "IP", "value": "198.51.100.21"}, *labels],
        **more,
    }


@pytest.mark.parametrize(
    ("record", "name", "owner"),
    [
        (activity({"label": "UA", "value": APP}), "x.json", "instagram_account"),
        (activity({"label": "ID", "value": "android-0123456789abcdef"}, fbid="1"), "x.json", "instagram_account"),
        (activity({"label": "UA", "value": CHROME}), "instagram-x/a/b.json", "instagram_account"),
        (activity({"label": "UA", "value": CHROME}), "login_and_profile_creation/b.json", "instagram_account"),
        (activity({"label": "UA", "value": APP}), "facebook-x/a/b.json", "facebook_security"),
        (activity({"label": "UA", "value": CHROME}, fbid="1"), "x.json", "facebook_security"),
        (activity({"label": "C", "value": "Qx7k" + "*" * 20}), "x.json", "facebook_security"),
    ],
)
def test_label_records_belong_to_one_of_the_two(record: dict[str, Any], name: str, owner: str) -> None:
    for document in (record, [record], {"wrapper": [record]}):
        assert claimants(json.dumps(document).encode(), name) == (owner,)


def test_profile_activity_is_read_in_full() -> None:
    labels = (
        {"label": "Port number", "value": "41877"},
        {"label": "User Agent", "value": CHROME},
        {"label": "Device ID", "value": "0E984725-C51C-4BF4-9960-E1C80E27ABA0"},
        {"label": "Type", "value": "Login"},
        {"label": "Details", "dict": [{"label": "Location", "value": "Lower Town, QZ"}]},
    )
    row = one([activity(*labels)])
    assert (row["action"], row["source_port"], row["stated_place"]) == ("login", 41877, "Lower Town, QZ")
    assert row["device"] == "ig-device:0e984725-c51c-4bf4-9960-e1c80e27aba0"


def test_profile_facts_are_rows_of_their_own() -> None:
    labels = [{"label": "Last Login", "timestamp_value": WHEN}, {"label": "Last Logout", "timestamp_value": WHEN + 9}]
    document = {"label_values": [*labels, {"label": "Email", "value": "editor@mail.example"}]}
    sink = read(document, "instagram-x/personal_information/instagram_profile_information.json")
    assert [(row["action"], row["place"]) for row in sink.rows] == [
        ("login", "/label_values/0"),
        ("logout", "/label_values/1"),
    ]


def test_records_that_say_nothing_are_refused() -> None:
    sink = read({"account_history_login_history": [{}, {"string_map_data": {}}, 7, login("en")]})
    assert [len(sink.rows), len(sink.rejections)] == [1, 3]


def test_a_list_that_begins_behind_the_head_is_read() -> None:
    camera = {"string_map_data": {"Device ID": {"value": "android-0123456789abcdef", "timestamp": 0}}}
    sink = read({"account_history_login_history": [login("en")] * 200, "devices_camera": [camera]})
    assert (len(sink.rows), sink.rows[-1]["place"]) == (201, "/devices_camera/0")


def test_one_bad_labelled_time_costs_its_record_only() -> None:
    bad = {"label_values": [{"label": "a", "timestamp_value": -5}, {"label": "b", "value": "x"}]}
    good = {"label_values": [{"label": "IP", "value": "203.0.113.9"}, {"label": "Time", "timestamp_value": WHEN}]}
    _, sink = read_bytes(json.dumps([bad, good]).encode(), "login_and_profile_creation/profile_activity.json")
    assert [row["address"] for row in sink.rows] == ["203.0.113.9"]


@pytest.mark.parametrize("title", ["2020-03-11 01:20:07", "2020-13-41T01:20:07Z", "2020-03-11 my text"])
def test_a_title_without_a_whole_date_stays_a_text(title: str) -> None:
    row = one({"account_history_login_history": [login("en", title=title)]})
    assert (row["time_text"], row["action_text"]) == (str(WHEN), title)


def test_an_unset_last_activity_hides_no_other_time() -> None:
    record = {"last_active_time": 0, "timestamp": "2020-03-11T01:20:07+00:00", "ip_address": "203.0.113.9"}
    row = one({"ig_secret_conversations": {"armadillo_devices": [record]}})
    assert (row["time"].year, json.loads(row["detail"])["last_active_time"]) == (2020, 0)


def test_a_single_record_may_stand_bare_under_its_key() -> None:
    record = {
        "title": "",
        "string_map_data": {"Zeit": {"value": "", "timestamp": 1_583_887_950}, "IP": {"value": "203.0.113.45"}},
    }
    coverage, sink = read_bytes(json.dumps({"account_history_login_history": record}).encode(), "renamed.bin")
    assert (coverage.events, coverage.rejections) == (1, 0)
    assert (sink.rows[0]["action"], sink.rows[0]["address"]) == ("login", "203.0.113.45")


def test_the_old_history_keeps_logins_without_a_zone_and_an_empty_registration() -> None:
    """Histories of 2020 and before hold ``null`` for what Instagram did not keep; neither that nor a bare time loses a row."""
    record = {"cookie_name": COOKIE, "ip_address": "198.51.100.21", "language_code": "en", "user_agent": APP}
    registration = dict.fromkeys(("ip_address", "registration_time", "device_name"))
    document = {
        "login_history": [{**record, "timestamp": "2018-05-02T12:20:23", "device_id": None}],
        "registration_info": {"registration_username": "someone", **registration},
    }
    first, second = read(document, "account_history.json").rows
    assert (first["kind"], first["action"], first["address"]) == ("event", "login", "198.51.100.21")
    assert (first["time"], first["time_text"], first["zone_basis"]) == (None, "2018-05-02T12:20:23", "none")
    assert (second["kind"], second["account"], second["time"]) == ("inventory", "someone", None)
