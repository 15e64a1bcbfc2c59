"""Legal returns of Meta: page breaks, ports, the order of fields, and that nothing is paired with another's time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest.reading import Collected, claimants, read_bytes

SPACER = '<div class="p"></div>'
OPEN, CLOSE = '<div class="t o"><div class="t i"><div class="m"><div>', "</div></div></div></div>"


def field(label: str, value: str) -> str:
    return f'<div class="t o"><div class="t i">{label}<div class="m"><div>{value}</div></div></div></div>'


def broken(number: int) -> str:
    return f'<div id="page_{number}" class="pageBreak">Meta Platforms Business Record Page {number}</div>'


def section(name: str, *parts: str) -> str:
    return f'<div id="property-{name}" class="content-pane">{"".join(parts)}</div>'


def page(*sections: str, title: str = "Meta Platforms Business Record") -> str:
    return f"<html><head><title>{title}</title></head><body>{''.join(sections)}</body></html>"


def read(text: str) -> Collected:
    coverage, sink = read_bytes(text.encode(), "return/records.html")
    assert coverage.format == "meta_legal_return"
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    return sink


def pairs(sink: Collected) -> list[tuple[Any, Any, str]]:
    return [
        (row["address"], row["source_port"], row["time"].strftime("%d %H:%M:%S") if row["time"] else "")
        for row in sink.rows
    ]


def test_a_value_on_the_next_page_belongs_to_the_label_before_the_break() -> None:
    orphan = '<div class="t o"><div class="t i">{}<div class="m"><div></div></div></div></div>'
    found = read(
        page(
            section(
                "ip_addresses",
                orphan.format("IP Address"), broken(2), OPEN, field("", "198.51.100.1:1000"),
                field("Time", "2026-03-26 12:19:10 UTC"),
                field("IP Address", "[2001:db8::9]:3003"), orphan.format("Time"), CLOSE, broken(3), OPEN,
                field("", "2026-03-18 15:45:52 UTC"), field("IP Address", "203.0.113.5"),
                field("Time", "2026-03-10 08:24:09 UTC"), CLOSE,
            )
        )
    )  # fmt: skip
    assert pairs(found) == [
        ("198.51.100.1", 1000, "26 12:19:10"),
        ("2001:db8::9", 3003, "18 15:45:52"),
        ("203.0.113.5", None, "10 08:24:09"),
    ]


@given(st.integers(1, len("2026-03-26 12:19:10 UTC") - 1), st.integers(1, len("198.51.100.10:22859") - 1))
def test_a_value_cut_anywhere_is_whole_again(time_cut: int, address_cut: int) -> None:
    time, address = "2026-03-26 12:19:10 UTC", "198.51.100.10:22859"
    found = read(
        page(
            section(
                "ip_addresses",
                field("IP Address", address[:address_cut]), broken(2), field("", address[address_cut:]),
                field("Time", time[:time_cut]), broken(3), field("", time[time_cut:]),
            )
        )
    )  # fmt: skip
    assert pairs(found) == [("198.51.100.10", 22859, "26 12:19:10")]
    assert "page break" in json.loads(found.rows[0]["detail"])["note"]


def test_whatsapp_lists_the_time_first() -> None:
    found = read(
        page(
            section("request_parameters", field("Service", "WhatsApp"), field("Account Identifier", "+00000000000")),
            section(
                "ip_addresses",
                field("Time", "2026-03-26 12:19:10 UTC"), field("IP Address", "198.51.100.1"),
                field("Time", "2026-03-25 09:44:44 UTC"), field("IP Address", "203.0.113.7:12538"),
            ),
            title="WhatsApp Business Record",
        )
    )  # fmt: skip
    rows = [row for row in found.rows if row["service"] == "ip_addresses"]
    assert [(row["provider"], row["account"], row["address"], row["source_port"]) for row in rows] == [
        ("whatsapp", "+00000000000", "198.51.100.1", None),
        ("whatsapp", "+00000000000", "203.0.113.7", 12538),
    ]


def test_a_spacer_keeps_half_records_apart() -> None:
    parts = (field("IP Address", "192.0.2.7"), SPACER, field("Time", "2026-03-05 10:00:00 UTC"), SPACER)
    assert pairs(read(page(section("ip_addresses", *parts)))) == [("192.0.2.7", None, ""), (None, None, "05 10:00:00")]


def test_the_address_of_a_connection_is_not_that_of_its_beginning() -> None:
    parts = (
        field("Service start", "2020-02-02 02:02:02 UTC"),
        field("Last seen", "2026-03-26 23:00:00 UTC"),
        field("Last IP", "192.0.2.7"),
    )
    assert read(page(section("connection_info", *parts))).rows[0]["time"].year == 2026
    without = field("Service start", "2020-02-02 02:02:02 UTC"), field("Last IP", "192.0.2.7")
    row = read(page(section("connection_info", *without))).rows[0]
    assert (row["time"], row["kind"], row["address"]) == (None, "inventory", "192.0.2.7")


def test_a_statement_of_absence_is_counted_by_section() -> None:
    coverage, _ = read_bytes(
        page(section("logins", field("Logins", "No responsive records located"))).encode(), "records.html"
    )
    assert coverage.unused == {"the provider states that it has no records: logins": 1}


def test_an_address_in_a_message_is_no_access() -> None:
    parts = field("Author", "x"), field("Body", "192.0.2.1"), field("Sent", "2026-03-05 10:00:00 UTC")
    assert read(page(section("unified_messages", *parts))).rows == []


def test_a_time_that_is_none_costs_its_record_only() -> None:
    parts = [
        field("IP Address", "192.0.2.7") + field("Time", time) for time in ("yesterday", "2026-03-05 10:00:00 UTC")
    ]
    sink = read(page(section("ip_addresses", *parts)))
    assert [len(sink.rows), len(sink.rejections)] == [1, 1]


def test_pages_that_only_speak_of_returns_are_not_claimed() -> None:
    text = "<html><head><title>How to read a record</title></head><body>property-ip_addresses</body></html>"
    assert claimants(text.encode(), "records.html") == ()


def test_the_address_in_a_message_log_is_the_senders() -> None:
    parts = (
        field("Timestamp", "2026-03-05 10:00:00 UTC"),
        field("Sender", "10000000000"),
        field("Recipients", "10000000001"),
        field("Sender Ip", "192.0.2.1"),
        field("Sender Port", "50123"),
    )
    head = section("request_parameters", field("Service", "WhatsApp"), field("Account Identifier", "10000000001"))
    row = next(row for row in read(page(head, section("message_log", *parts))).rows if row["service"] == "message_log")
    assert (row["account"], row["address"], row["source_port"], row["action"]) == (
        "10000000000",
        "192.0.2.1",
        50123,
        "activity",
    )
    assert "sender" in json.loads(row["detail"])["note"]


def test_an_upload_names_its_address() -> None:
    parts = field("Id", "1"), field("Uploaded", "2026-03-05 10:00:00 UTC"), field("Upload Ip", "192.0.2.1")
    row = read(page(section("photos", *parts))).rows[0]
    assert (row["address"], row["time"].day, row["action"], row["service"]) == ("192.0.2.1", 5, "activity", "photos")


@pytest.mark.parametrize(
    ("identifier", "account"),
    [
        ("https://www.facebook.com/editor.example", "editor.example"),
        ("https://www.facebook.com/profile.php?id=100000000000001", "100000000000001"),
        ("https://www.instagram.com/editor_example/", "editor_example"),
        ("https://www.threads.net/@editor_example", "editor_example"),
        ("https://www.facebook.com/groups/1/", "https://www.facebook.com/groups/1/"),
        ("editor_example", "editor_example"),
    ],
)
def test_the_account_is_a_name_or_a_number_and_not_a_page(identifier: str, account: str) -> None:
    parameters = section("request_parameters", field("Service", "Facebook"), field("Account Identifier", identifier))
    used = section("ip_addresses", field("IP Address", "192.0.2.7"), field("Time", "2026-03-05 10:00:00 UTC"))
    rows = read(page(parameters, used)).rows
    assert {row["account"] for row in rows} == {account}
    assert all(identifier in row["detail"] for row in rows)
