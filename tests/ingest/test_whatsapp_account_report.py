"""Traps of the WhatsApp account report: other people's data, lists, damage."""

from __future__ import annotations

import json

from tests.ingest import reading


def test_contacts_and_groups_are_counted_and_never_read() -> None:
    data = {
        "wa_contacts": ["+994000000001", "+994000000002"],
        "wa_groups": [{"name": "secret group", "last_seen_ip": "192.0.2.1"}],
        "wa_registration_info": {"platform": "Android", "registration_timestamp": 1583895487},
    }
    coverage, sink = reading.read_bytes(json.dumps(data).encode(), "report.json")
    assert coverage.format == "whatsapp_account_report"
    assert [row["action"] for row in sink.rows] == ["device_added"]
    assert sum(coverage.unused.values()) == 3
    assert "secret" not in str(sink.rows)


def test_parts_of_any_shape_are_accounted_for() -> None:
    values: tuple[object, ...] = (5, "x", None, True, [], {}, [[]], {"a": [1, 2]}, {"a": {"b": 1}})
    for value in values:
        for name in ("wa_contacts", "wa_registration_info", "wa_new_part"):
            coverage, _ = reading.read_bytes(json.dumps({name: value}).encode(), "r.json")
            assert coverage.format == "whatsapp_account_report"
            assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())


def test_objects_saved_from_a_damaged_file_are_not_taken_for_the_owner() -> None:
    text = '{"wa_contacts": [{"phone_number": "+994000000001", "last_seen": "2020-01-01"}, {"a": }, {"a": "+99'
    _, sink = reading.read_bytes(text.encode(), "contacts.json")
    assert not sink.rows


def test_a_registration_of_zero_is_not_a_time() -> None:
    _, sink = reading.read_bytes(b'{"wa_registration_info": {"registration_timestamp": 0, "platform": "x"}}', "r.json")
    assert [(row["kind"], row["time"]) for row in sink.rows] == [("inventory", None)]


def test_json_of_others_is_not_claimed() -> None:
    for text in ('{"wa_x": 1, "other": 2}', '{"registration_timestamp": 1}', "[]", "{}"):
        assert "whatsapp_account_report" not in reading.claimants(text.encode(), "registration_information.json")
