"""What readers of the same files are known to get wrong, asked of ours. Each test is named after the tool and its defect.

The defects were reproduced on small inputs of ours, or are told in the tools' own issue trackers. Those of mail-parser and
eml_parser stand in ``test_mail_route``; plaso's sixty-four kilobytes of processor time per line in ``benchmarks/``.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ingest import reading
from tests.ingest.reading import claimants, read_bytes

COLUMNS = (
    "Gaia ID,Activity Timestamp,IP Address,Proxiedhost IP Address,Is Non-routable IP Address,Activity Country,"
    "Activity Region,Activity City,User Agent String,Product Name,Sub-Product Name,Activity Type,Gmail Access Channel"
)
FOLDERS = (
    "Takeout/Access Log Activity/Activities - A list of Google services accessed by.csv",
    "Takeout/Zugriffsprotokollaktivitäten/Aktivitäten – eine Liste der Google-Dienste, auf d.csv",  # noqa: RUF001
    "12345.GoogleAccount.AccessLogActivity_001/Access Log Activity/Activities - A list of Google services accessed by.csv",
)
LOGIN = {"action": "Login", "timestamp": 1583888287, "ip_address": "203.0.113.45"}


def activities(*times: str) -> bytes:
    rows = [f'1,"{time}",203.0.113.45,,,,,,Mozilla/5.0,Gmail,,Login,' for time in times]
    return "\n".join([COLUMNS, *rows, ""]).encode()


def events(data: bytes, name: str = "file", told: dict[str, str] | None = None) -> list[dict[str, Any]]:
    return read_bytes(data, name, told=told)[1].rows


def test_rleapp_leaves_times_of_two_spellings_as_text_that_sorts_wrongly() -> None:
    found = events(activities("Jun 15, 2026, 7:40:10 AM UTC", "2026-03-11 02:49:39 UTC"))
    assert sorted(row["time"] for row in found) == [
        datetime(2026, 3, 11, 2, 49, 39, tzinfo=UTC),
        datetime(2026, 6, 15, 7, 40, 10, tzinfo=UTC),
    ]


@pytest.mark.parametrize("name", FOLDERS)
def test_rleapp_reports_a_file_once_per_module_and_a_translated_folder_not_at_all(name: str) -> None:
    data = activities("2026-03-11 02:49:39 UTC")
    assert claimants(data, name) == ("google_access_log",)
    assert len(events(data, name)) == 1


@pytest.mark.parametrize(
    "folder",
    [
        "login_and_account_creation",
        "security_and_login_information/login_and_account_creation",
        "security_and_login_information/login_and_profile_creation",
    ],
)
@pytest.mark.parametrize(("address", "time"), [("IP Address", "Time"), ("IP-Adresse", "Zeit"), ("IP 주소", "시간")])
def test_rleapp_loses_instagram_logins_of_other_languages_and_newer_folders(
    folder: str, address: str, time: str
) -> None:
    entry = {
        "title": "2020-03-11T00:58:07+00:00",
        "media_map_data": {},
        "string_map_data": {address: {"value": "203.0.113.45"}, time: {"value": "", "timestamp": 1583888287}},
    }
    data = json.dumps({"account_history_login_history": [entry]}).encode()
    (row,) = events(data, f"instagram-editor-2025/{folder}/login_activity.json")
    assert (row["address"], row["action"]) == ("203.0.113.45", "login")
    assert row["time"] == datetime(2020, 3, 11, 0, 58, 7, tzinfo=UTC)


def test_facebook_readers_take_the_first_file_only() -> None:
    for name in ("account_activity_v2", "account_accesses_v2", "used_ip_address_v2"):
        assert events(json.dumps({name: [{**LOGIN, "ip": "203.0.113.45"}]}).encode()), name


def test_two_readers_replace_an_unreadable_time_by_now() -> None:
    coverage, sink = read_bytes(activities("yesterday", "2026-03-11 02:49:39 UTC"), FOLDERS[0])
    assert (coverage.events, coverage.rejections) == (1, 1)
    assert sink.rejections[0].place == "line:2"


def test_one_bad_record_ends_no_file() -> None:
    records = [LOGIN, {**LOGIN, "timestamp": "never"}, None, LOGIN]
    coverage, _ = read_bytes(json.dumps({"account_activity_v2": records}).encode(), "account_activity.json")
    assert (coverage.events, coverage.rejections) == (2, 2)


def test_a_single_record_is_not_expected_to_be_a_list() -> None:
    record = {
        "CreationTime": "2022-05-07T12:55:53",
        "Id": "1",
        "Operation": "UserLoggedIn",
        "RecordType": 15,
        "ClientIP": "203.0.113.45",
        "UserId": "editor@newsroom.example",
        "Workload": "AzureActiveDirectory",
    }
    for document in (record, [record], {"value": [record]}):
        (row,) = events(json.dumps(document).encode(), "audit.json")
        assert row["address"] == "203.0.113.45"
        assert row["time"] == datetime(2022, 5, 7, 12, 55, 53, tzinfo=UTC)


def test_timelinize_does_not_recognise_an_export_whose_html_was_chosen() -> None:
    for name in ("facebook_html", "instagram_html", "google_my_activity_html", "telegram_html"):
        assert [path for found, path in reading.specimens() if found == name]


def test_the_clock_of_the_copied_file_decides_nothing() -> None:
    """google_takeout_parser takes the export's moment from the file time, which copying changes."""
    _, path = next(
        item for item in reading.specimens() if item[0] == "google_my_activity_html" and "2021" in str(item[1])
    )
    told = reading.told_of(path)
    stamped = [row["time"] for row in events(path.read_bytes(), "a", told)]
    assert stamped == [row["time"] for row in events(path.read_bytes(), "b", told)]
    assert any(stamped)


def test_plaso_loses_lines_with_escaped_quotes() -> None:
    line = r'203.0.113.45 - - [11/Mar/2020:04:58:07 +0400] "GET / HTTP/1.1" 200 1 "-" "Mozilla \"quoted\" 5.0"'
    (row,) = events(f"{line}\n".encode(), "access.log")
    assert row["address"] == "203.0.113.45"


SYSLOG = "{} host sshd[1]: Accepted password for editor from 203.0.113.45 port 22 ssh2"


def test_plaso_guesses_the_year_of_a_log_that_spans_several() -> None:
    lines = [SYSLOG.format(day) for day in ("Dec 31 23:59:58", "Jan  1 00:00:02")]
    told = {"assumed.zone": "UTC", "assumed.year": "2020"}
    found = [row["time"] for row in events("\n".join([*lines, ""]).encode(), "auth.log", told)]
    assert found == [datetime(2019, 12, 31, 23, 59, 58, tzinfo=UTC), datetime(2020, 1, 1, 0, 0, 2, tzinfo=UTC)]
    assert [row["time"] for row in events("\n".join([*lines, ""]).encode(), "auth.log")] == [None, None]


def test_plaso_stops_at_a_leap_day_and_at_padded_days() -> None:
    lines = [SYSLOG.format(day) for day in ("Feb 29 04:58:07", "Mar  1 04:58:07", "Mar 1 04:58:08")]
    told = {"assumed.zone": "UTC", "assumed.year": "2020"}
    found = [row["time"] for row in events("\n".join([*lines, ""]).encode(), "auth.log", told)]
    assert [(moment.month, moment.day) for moment in found if moment] == [(2, 29), (3, 1), (3, 1)]
