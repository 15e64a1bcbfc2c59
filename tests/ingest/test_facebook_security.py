# ruff: noqa: RUF001
# Reason: the texts of other alphabets are the point of these tests.
"""Facebook security files: one test per quirk of the export that concerns them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ingest.reading import Collected, claimants, read_bytes

FOLDER = "facebook-editor.example-2021-05-20-Ab3dEf9h/security_and_login_information"
LOGIN = {"action": "Login", "timestamp": 1_583_887_950, "ip_address": "203.0.113.45", "datr_cookie": "Qx7k" + "*" * 20}


def mojibake(text: str) -> str:
    """Write a text as Meta does: each UTF-8 byte as one character."""
    return text.encode().decode("latin-1")


def read(document: Any, name: str = "renamed.bin") -> Collected:
    coverage, sink = read_bytes(json.dumps(document).encode(), name)
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert coverage.format == "facebook_security"
    return sink


def one(document: Any, name: str = "renamed.bin") -> dict[str, Any]:
    sink = read(document, name)
    assert [len(sink.rows), len(sink.rejections)] == [1, 0]
    return sink.rows[0]


def details(row: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(row["detail"]))


@pytest.mark.parametrize("key", ["account_activity", "account_activity_v2"])
def test_keys_of_both_eras_are_the_same_list(key: str) -> None:
    row = one({key: [LOGIN]})
    assert (row["action"], row["address"], row["device"], row["place"]) == (
        "login",
        "203.0.113.45",
        "datr:Qx7k",
        f"/{key}/0",
    )
    assert (row["zone_basis"], row["time"].isoformat()) == ("epoch", "2020-03-11T00:52:30+00:00")


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("LOGIN", "login"),
        ("password change", "password_changed"),
        ("Web Session Terminated", "session_ended"),
        ("Log Out", "logout"),
        (mojibake("Сеанс обновлён"), "session"),
        (mojibake("GİRİŞ"), "login"),
        (mojibake("Çıxış"), "logout"),
        ("Logged in from a balloon", "other"),
        ("Login was prevented", "other"),
    ],
)
def test_action_texts_are_read_exactly_and_never_guessed(text: str, action: str) -> None:
    assert one({"account_activity_v2": [{**LOGIN, "action": text}]})["action"] == action


def test_mojibake_is_repaired_and_the_text_of_the_file_is_kept() -> None:
    row = one({"account_activity_v2": [{**LOGIN, "city": mojibake("Gəncə")}]})
    assert row["stated_place"] == "Gəncə"
    assert details(row)["as_found"] == {"Gəncə": "G\\u00c9\\u0099nc\\u00c9\\u0099"}
    assert "read as UTF-8" in details(row)["repair"]


@pytest.mark.parametrize("city", ["Gəncə", "Café", "Plain"])
def test_correct_text_is_left_alone(city: str) -> None:
    row = one({"account_activity_v2": [{**LOGIN, "city": city}]})
    assert row["stated_place"] == city
    assert not {"repair", "as_found"} & set(details(row))


@pytest.mark.parametrize(
    ("address", "port", "expected"),
    [
        ("198.51.100.21", "22859", ("198.51.100.21", 22859)),
        ("198.51.100.21:22859", "", ("198.51.100.21", 22859)),
        ("198.51.100.21:22859", "1", ("198.51.100.21", 22859)),
        ("[2001:db8::1]:63629", "", ("2001:db8::1", 63629)),
        ("::ffff:198.51.100.21", "70000", ("198.51.100.21", None)),
        ("N/A", "443", (None, 443)),
    ],
)
def test_ports_come_from_the_field_or_from_the_address(address: str, port: str, expected: tuple[str, int]) -> None:
    row = one({"account_activity_v2": [{**LOGIN, "ip_address": address, "port": port}]})
    assert (row["address"], row["source_port"], row["address_text"]) == (*expected, address)


def test_an_inventory_of_addresses_has_no_time() -> None:
    rows = read({"used_ip_address": [{"ip": "192.0.2.14"}, {"ip": "2001:db8::22"}]}).rows
    assert [(row["kind"], row["time"], row["address"]) for row in rows] == [
        ("inventory", None, "192.0.2.14"),
        ("inventory", None, "2001:db8::22"),
    ]


def test_a_session_is_an_interval_and_says_that_its_address_is_the_last_one() -> None:
    session = {"created_timestamp": 1_583_887_950, "updated_timestamp": 1_583_894_460, "ip_address": "198.51.100.21"}
    row = one({"active_sessions_v2": [{**session, "datr_cookie": "Qx7kAbCdEfGhIjKlMnOpQrSt", "session_type": "web"}]})
    assert (row["kind"], row["device"]) == ("session", "datr:Qx7k")
    assert row["time_end"].isoformat() == "2020-03-11T02:41:00+00:00"
    assert "last used" in details(row)["note"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IP address: 203.0.113.45", ("203.0.113.45", None, None)),
        (mojibake("IP ünvanı: 2001:db8::22"), ("2001:db8::22", None, None)),
        ("Estimated location inferred from IP 40.4000, -49.8500", (None, None, "40.4000, -49.8500")),
        ("Cookie: Qx7k********************", (None, "datr:Qx7k", None)),
        ("Web browser", (None, None, None)),
    ],
)
def test_login_protection_names_hold_addresses_places_or_cookies(name: str, expected: tuple[str | None, ...]) -> None:
    row = one({"login_protection_data_v2": [{"name": name, "session": {"created_timestamp": 1_583_887_950}}]})
    assert (row["address"], row["device"] or None, row["stated_place"] or None) == expected


def test_changed_fields_make_a_state_change_in_every_language() -> None:
    extra = {"old_email": "editor@mail.example", "new_email": "somebody@mail.example", "old_name": "", "new_name": ""}
    record = {"event": mojibake("E-poçt ünvanı dəyişdi"), "session": {"created_timestamp": 1_583_887_950}}
    row = one({"admin_records_v2": [{**record, "extra_info": extra}]})
    assert (row["kind"], row["action"]) == ("state_change", "recovery_changed")
    assert details(row)["changes"] == {"email": ["editor@mail.example", "somebody@mail.example"]}


def test_fields_on_both_levels_of_a_record_keep_both() -> None:
    record = {"event": "Login", "timestamp": 1, "session": {"created_timestamp": 1_583_887_950, "timestamp": 2}}
    assert details(one({"admin_records_v2": [record]}))["session.timestamp"] == 2


@pytest.mark.parametrize("key", ["datr_stats", "datr_stats_v2", "datr_cookie_info"])
def test_cookie_maps_give_one_row_per_time(key: str) -> None:
    rows = read({key: {"Qx7k" + "*" * 20: [1_583_887_949, 1_583_893_240], "-b~/" + "*" * 20: []}}).rows
    assert [(row["device"] or None, row["kind"]) for row in rows] == [
        ("datr:Qx7k", "event"),
        ("datr:Qx7k", "event"),
        (None, "inventory"),
    ]
    assert rows[1]["place"] == f"/{key}/Qx7k{'*' * 20}/1"


def test_a_cookie_map_without_a_key_is_recognised() -> None:
    assert one({"Qx7k" + "*" * 20: [1_583_887_949]})["device"] == "datr:Qx7k"


def test_days_of_activity_claim_no_more_than_a_day() -> None:
    document = {"last_activity_v2": {"last_activity_time": {"Website": {"activity_by_day": [1_583_884_800]}}}}
    row = one(document)
    assert (row["precision"], details(row)["client"]) == ("day", "Website")


def test_zero_is_not_1970() -> None:
    device = {"name": "x", "created_timestamp": 1_583_887_950, "updated_timestamp": 0, "ip_address": "192.0.2.14"}
    row = one({"recognized_devices": [{**device, "user_agent": "Mozilla/5.0"}]})
    assert row["time_end"] is None
    assert details(row)["time_end_text"] == "0"


@pytest.mark.parametrize(
    "document",
    [
        {"active_sessions_v2": {"created_timestamp": 1_583_887_950, "ip_address": "192.0.2.14", "datr_cookie": "x"}},
        {"timestamp": 1_583_887_950, "label_values": [{"label": "IP", "value": "192.0.2.14"}], "fbid": "1"},
        [{"timestamp": 1_583_887_950, "label_values": [{"label": "IP", "value": "192.0.2.14"}], "fbid": "1"}],
        {"anything": [{"timestamp": 1_583_887_950, "label_values": [{"label": "IP", "value": "192.0.2.14"}]}]},
    ],
)
def test_a_single_record_may_stand_bare(document: Any) -> None:
    assert one(document)["address"] == "192.0.2.14"


def test_the_last_login_is_recognised_by_its_label_in_another_language() -> None:
    labels = [{"label": mojibake("Sonuncu giriş vaxtı"), "timestamp_value": 1_583_887_950}]
    row = one({"media": [], "label_values": labels})
    assert (row["action"], row["outcome"]) == ("login", "success")


def test_a_file_name_may_add_a_meaning_but_not_replace_a_listed_text() -> None:
    name = f"{FOLDER}/account_recoveries_without_password_changes.json"
    ip = {"label": "IP", "value": "203.0.113.45"}
    assert one([{"timestamp": 1_583_887_950, "label_values": [ip]}], name)["action"] == "login"
    typed = [ip, {"label": "Typ", "value": "Sitzung beendet"}]
    assert one([{"timestamp": 1_583_887_950, "label_values": typed}], name)["action"] == "session_ended"


def test_recovery_records_without_an_address_are_found_by_their_folder() -> None:
    record = [{"timestamp": 1_583_887_950, "label_values": [{"label": "x", "value": "y"}], "fbid": "1"}]
    row = one(record, f"{FOLDER}/your_recent_account_recovery_successes.json")
    assert (row["action"], row["account"]) == ("login", "editor.example")
    assert claimants(json.dumps(record).encode(), "facebook-x/likes_and_reactions.json") == ()


def test_the_account_is_a_hint_of_the_root_folder_and_says_so() -> None:
    row = one({"account_activity_v2": [LOGIN]}, f"{FOLDER}/account_activity.json")
    assert (row["account"], details(row)["account_basis"]) == (
        "editor.example",
        "name of the export's root folder or archive",
    )
    assert "account_basis" not in details(one({"account_activity_v2": [LOGIN]}))


def test_rows_that_say_nothing_are_refused_with_their_place() -> None:
    sink = read({"account_activity_v2": [LOGIN, {}, {"action": "Login"}, "text", {**LOGIN, "timestamp": -5}]})
    assert len(sink.rows) == 2
    assert [item.place for item in sink.rejections] == [f"/account_activity_v2/{index}" for index in (1, 3, 4)]


def test_a_truncated_file_keeps_what_stands_before_the_cut() -> None:
    data = json.dumps({"account_activity_v2": [LOGIN, LOGIN, LOGIN]}).encode()
    _, sink = read_bytes(data[:-60], "renamed.bin")
    assert [row["place"] for row in sink.rows] == ["/account_activity_v2/0", "/account_activity_v2/1"]
    assert len(sink.rejections) == 1


def test_deep_nesting_costs_the_row_not_the_run() -> None:
    deep: Any = "x"
    for _ in range(150):
        deep = [deep]
    sink = read({"account_activity_v2": [LOGIN, {**LOGIN, "extra": deep}]})
    assert [len(sink.rows), len(sink.rejections)] == [1, 1]


@pytest.mark.parametrize(
    "document",
    [
        {"devices": [{"name": "a", "kind": "b"}]},
        {"account_history_login_history": []},
        {"active_sessions": [{"name": "x"}]},
        [{"timestamp": 1, "label_values": [{"label": "Comment", "value": "text"}], "fbid": "1"}],
        {"messages": [{"sender_name": "x", "timestamp_ms": 1}]},
    ],
)
def test_other_documents_are_not_claimed(document: Any) -> None:
    assert "facebook_security" not in claimants(json.dumps(document).encode(), "renamed.bin")


def test_a_list_that_begins_behind_the_head_is_read() -> None:
    sink = read({"account_activity_v2": [LOGIN] * 600, "admin_records": [{"event": "Login", "timestamp": 1}]})
    assert (len(sink.rows), sink.rows[-1]["place"]) == (601, "/admin_records/0")


def test_a_record_recovered_behind_damage_belongs_to_the_list_named_before_it() -> None:
    lists = json.dumps({"account_activity": [LOGIN, LOGIN], "devices": [{"os": "iOS", "update_time": 1_583_887_950}]})
    _, sink = read_bytes(lists.replace("}, {", "]}, {", 1).encode(), "renamed.bin")
    assert [row["action"] for row in sink.rows] == ["login", "other"]


def test_an_unset_time_hides_no_real_one_and_stays_in_the_detail() -> None:
    row = one(
        {"devices": [{"os": "iOS", "update_time": 0, "creation_time": 1_583_887_950, "timestamp": 1_583_887_951}]}
    )
    assert (row["time_text"], details(row)["update_time"]) == ("1583887951", 0)
    assert details(row)["creation_time"] == 1_583_887_950


def test_a_cookie_time_with_a_decimal_point_is_a_time() -> None:
    assert one({"datr_stats": {"Qx7k****": [1_700_000_000.0]}})["time"].year == 2023


def test_the_stamp_of_a_label_record_stays_when_its_entries_date_the_event() -> None:
    entries = [
        {"label": "IP address", "value": "203.0.113.45"},
        {"label": "Created", "timestamp_value": 1_583_887_950},
        {"label": "Updated", "timestamp_value": 1_583_897_950},
    ]
    row = one([{"timestamp": 1_583_899_999, "label_values": entries}], f"{FOLDER}/recognized_devices.json")
    assert (row["time_text"], details(row)["timestamp"]) == ("1583887950", 1_583_899_999)


def test_a_registered_device_is_dated_by_its_last_login_and_not_by_its_record() -> None:
    entries = [{"label": "Cihaz", "value": "A515F"}, {"label": mojibake("Son giriş"), "timestamp_value": 1_583_894_460}]
    row = one({"timestamp": 1_583_887_918, "label_values": entries}, "facebook-a/x/y/your_devices.json")
    assert (row["action"], row["time"].isoformat()) == ("login", "2020-03-11T02:41:00+00:00")
    assert details(row)["timestamp"] == 1_583_887_918


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("registration_information", "registration of the account"),
        ("primary_location", "by its own inference"),
        ("primary_public_location", "by its own inference"),
        ("account_recoveries_without_password_changes", "without a change of password"),
    ],
)
def test_files_of_2023_say_what_they_record(name: str, note: str) -> None:
    folder = "facebook-a/security_and_login_information"
    row = one({"label_values": [{"label": "x", "vec": [{"value": "Lower Town"}]}]}, f"{folder}/{name}.json")
    assert note in details(row)["note"]


def test_the_zone_file_is_left_to_its_own_format() -> None:
    data = json.dumps({"label_values": [{"label": "Zeitzone", "value": "Europe/Berlin"}], "fbid": "1"}).encode()
    assert claimants(data, "x/logged_information/location/timezone.json") == ("facebook_zone",)
    assert claimants(data, "renamed.bin") == ("facebook_zone",)


def test_the_family_id_of_a_device_is_spelled_as_in_legal_returns() -> None:
    row = one(
        {"devices_v2": [{"type": "A515F", "os": "Android", "family_device_id": "6F9619FF-8B86-4D01-B42D-00CF4FC964FF"}]}
    )
    assert row["device"] == "meta-device:6f9619ff-8b86-4d01-b42d-00cf4fc964ff"


@pytest.mark.parametrize(
    ("status", "action", "outcome"),
    [("", "login", "success"), ("completed", "login", "success"), ("failed", "login_failed", "failure")],
)
def test_a_recovery_that_failed_is_no_login(status: str, action: str, outcome: str) -> None:
    record = {"timestamp": 1773190785, "ip_address": "203.0.113.5", "status": status}
    row = read({"account_recovery_successes_v2": [record]}).rows[0]
    assert (row["action"], row["outcome"]) == (action, outcome)
