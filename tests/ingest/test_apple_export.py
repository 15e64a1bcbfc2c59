"""Traps of Apple's privacy export: notes around the tables, repeated headers, neighbours that are not its tables."""

from __future__ import annotations

import pytest

from forensics.ingest import all_formats
from forensics.ingest.driver import statements
from tests.ingest import reading

SIGNON = "Application,Logged In Date,IP Address\n"


def test_the_apple_id_is_told_to_the_other_tables() -> None:
    data = b"Apple ID,Last Update Date\neditor@journal.example,2026-03-11 02:52:10\n"
    stated = statements(reading.evidence_of(data, "a.csv"), all_formats()["apple_account"])
    assert [item.value for item in stated] == ["editor@journal.example"]


def test_the_latest_sign_on_says_that_it_is_only_that() -> None:
    _, sink = reading.read_bytes(f"{SIGNON}iCloud,2026-03-11 02:49:39,192.0.2.1\n".encode(), "x.csv")
    assert (sink.rows[0]["action"], sink.rows[0]["zone_basis"]) == ("login", "format_rule")
    assert "only the latest" in sink.rows[0]["detail"]
    assert "unverified" in sink.rows[0]["detail"]


@pytest.mark.parametrize(
    ("status", "action", "outcome"),
    [
        ("Successful", "login", "success"),
        ("Unsuccessful", "login_failed", "failure"),
        ("Failed", "login_failed", "failure"),
        ("", "login", "unknown"),
    ],
)
def test_a_log_of_sign_ons_says_how_each_ended_and_calls_none_the_latest(
    status: str, action: str, outcome: str
) -> None:
    header = "Apple ID Number,Application,IP Address,Logged-In Date,Sign-On Status\n"
    _, sink = reading.read_bytes(
        f"{header}1,iTunes,192.0.2.1,2018-03-11 02:49:39,{status}\n".encode(), "DS Signons.csv"
    )
    assert [(row["action"], row["outcome"], row["address"]) for row in sink.rows] == [(action, outcome, "192.0.2.1")]
    assert "only the latest" not in sink.rows[0]["detail"]


def test_notes_are_left_out_but_a_damaged_row_is_not() -> None:
    text = f"About this table, and more\n\n{SIGNON}{SIGNON}iCloud,2026-03-11 02:49:39,192.0.2.1\nEnd of table\n192.0.2.77\n"
    coverage, sink = reading.read_bytes(text.encode(), "x.csv")
    assert (coverage.events, coverage.rejections) == (1, 1)
    assert sink.rejections[0].excerpt == "192.0.2.77"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    coverage, sink = reading.read_bytes(f"{SIGNON}Poçt,2026-03-11 02:49:39,192.0.2.1\n".encode(encoding), "x.csv")
    assert (coverage.format, sink.rows[0]["action_text"]) == ("apple_signon", "Poçt")


def test_a_heartbeat_is_the_end_of_a_session_with_its_own_address() -> None:
    text = (
        "Device Name,Device Added Date,Device Serial Number,Device Last Heartbeat Timestamp,Device Last Heartbeat IP\n"
        "Mac,2020-01-05 10:00:00,SERIAL1,2026-03-11 02:49:39,[2001:db8::7]:443\n"
    )
    _, sink = reading.read_bytes(text.encode(), "x.csv")
    row = sink.rows[0]
    assert (row["kind"], str(row["time"])[:10], str(row["time_end"])[:10]) == ("session", "2020-01-05", "2026-03-11")
    assert (row["address"], row["source_port"], row["device"]) == ("2001:db8::7", 443, "apple-serial:SERIAL1")
    assert "not of the day the device was added" in row["detail"]


@pytest.mark.parametrize(
    "header",
    [
        "Request Time,Status,URL,IP Address",
        "Request Time,Status Code,Method,URL",
        "Date,Application,IP",
        "Device Name,Model,Last Seen",
        "Last Update Date,Title",
        "Login Date,IP Address,User Agent,Login Type",
    ],
)
def test_other_tables_are_not_claimed(header: str) -> None:
    assert not [
        name for name in reading.claimants(f"{header}\n1,2,3,4\n".encode(), "x.csv") if name.startswith("apple")
    ]


@pytest.mark.parametrize(
    ("status", "action", "outcome"),
    [
        ("Completed", "account_changed", "success"),
        ("In Progress", "other", "unknown"),
        ("Cancelled", "other", "failure"),
    ],
)
def test_a_deletion_that_is_asked_for_is_not_done(status: str, action: str, outcome: str) -> None:
    table = f"Request Time,Request Type,Request Status\n2026-03-11 02:49:39,Account deletion,{status}\n"
    row = reading.read_bytes(table.encode(), "requests.csv")[1].rows[0]
    assert (row["action"], row["outcome"], row["action_text"]) == (action, outcome, "Account deletion")
