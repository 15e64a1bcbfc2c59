"""The traps of real exports, numbered as in the project's checklist of formats: one test (or more) for each.

Traps that need a whole file of tests are named at the end, where a test checks that those tests exist.
"""

from __future__ import annotations

import ast
import json
import unicodedata
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forensics.ingest import archive, fields, local_time
from forensics.ingest.mail_dates import mail_date
from forensics.model import AddressForm, ZoneBasis
from tests.ingest.reading import claimants, read_bytes
from tests.pipeline.march import ROOT

LOGIN = {"action": "Login", "timestamp": 1583888287, "ip_address": "203.0.113.45", "user_agent": "Mozilla/5.0"}
MOMENT = datetime(2020, 3, 11, 0, 58, 7, tzinfo=UTC)


def events(document: Any, name: str = "file", told: dict[str, str] | None = None) -> list[dict[str, Any]]:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_bytes(data, name, told=told)[1].rows


# 1. spellings and units of times


@pytest.mark.parametrize(
    "written", ["2020-03-11 00:58:07 UTC", "2020-03-11 00:58:07 Z", "2020-03-11T00:58:07Z", "2020-03-11T04:58:07+04:00"]
)
def test_1_suffixes_name_the_zone(written: str) -> None:
    assert fields.instant(written).utc == MOMENT


def test_1_minus_zero_is_utc_in_mail() -> None:
    assert mail_date("Wed, 11 Mar 2020 00:58:07 -0000")[0].utc == MOMENT


def test_1_workspace_counts_microseconds_github_and_messages_milliseconds() -> None:
    assert fields.epoch({"t": "1583888287000000"}, "t", unit=1_000_000).utc == MOMENT
    (row,) = events(
        [{"@timestamp": 1583888287000, "action": "user.login", "actor": "editor", "actor_ip": "203.0.113.45"}]
    )
    assert (row["provider"], row["time"]) == ("github", MOMENT)


# 2. zones that stand elsewhere


def test_2_a_wall_clock_without_a_zone_states_no_instant_until_one_is_known() -> None:
    wall = datetime(2020, 3, 11, 4, 58, 7)  # noqa: DTZ001 - that is the trap
    assert local_time.instant(wall, "x", None).utc is None
    zone = local_time.Zone(
        zone=local_time.named("Asia/Baku") or UTC, name="Asia/Baku", basis=ZoneBasis.EXPORT_SETTING, source="x"
    )
    assert local_time.instant(wall, "x", zone).utc == MOMENT


# 3. translated names, and names in other bytes


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    "name",
    ["where_you're_logged_in.json", "where_you_re_logged_in.json", "Zugriffsprotokollaktivitäten\u00a0–\u202fx.json"],  # noqa: RUF001
)
def test_3_names_in_any_form_are_only_names(name: str, form: Any) -> None:
    document = {"active_sessions": [{**LOGIN, "created_timestamp": 1583888287, "device": "x", "location": "y"}]}
    assert claimants(json.dumps(document).encode(), unicodedata.normalize(form, name)) == ("facebook_security",)


# 4. one record, a list, a wrapper, lines; marks and prefixes before the JSON


def test_4_a_mark_before_the_json_and_a_script_around_it() -> None:
    assert len(events(b"\xef\xbb\xbf" + json.dumps({"account_activity_v2": [LOGIN]}).encode())) == 1
    audit = [{"ipAudit": {"accountId": "1", "createdAt": "2020-03-11T00:58:07.000Z", "loginIp": "203.0.113.45"}}]
    (row,) = events(b"window.YTD.ip_audit.part0 = " + json.dumps(audit).encode(), "data/ip-audit.js")
    assert (row["address"], row["time"]) == ("203.0.113.45", MOMENT)


def test_4_one_audit_record_bare_in_a_list_and_in_lines() -> None:
    record = {
        "CreationTime": "2020-03-11T00:58:07",
        "Id": "1",
        "Operation": "UserLoggedIn",
        "RecordType": 15,
        "Workload": "AzureActiveDirectory",
        "UserId": "e@newsroom.example",
        "ClientIP": "203.0.113.45",
    }
    lines = "\n".join([json.dumps(record)] * 2).encode()
    assert [len(events(form)) for form in (record, [record], {"items": [record]}, lines)] == [1, 1, 1, 2]


# 5. Meta's bytes as characters: all of a text or nothing


def test_5_bytes_as_characters_are_repaired_in_values_and_labels_all_or_nothing() -> None:
    assert fields.repair_mojibake("\u00c9\u0099") == "ə"
    for right in ("Größe", "ə\u00c9\u0099", "caf\u00e9"):
        assert fields.repair_mojibake(right) == right


# 6. addresses as providers write them


@pytest.mark.parametrize(
    ("written", "address", "port", "form"),
    [
        ("203.0.113.45", "203.0.113.45", None, AddressForm.V4),
        ("203.0.113.45:22859", "203.0.113.45", 22859, AddressForm.V4),
        ("[203.0.113.45]", "203.0.113.45", None, AddressForm.V4),
        ("::ffff:203.0.113.45", "203.0.113.45", None, AddressForm.V4_MAPPED),
        ("[::ffff:203.0.113.45]:123", "203.0.113.45", 123, AddressForm.V4_MAPPED),
        ("2001:db8::1", "2001:db8::1", None, AddressForm.V6),
        ("[2001:db8::1]:63629", "2001:db8::1", 63629, AddressForm.V6),
        ("fe80::1%4", "fe80::1", None, AddressForm.V6),
        ("203.0.113.45/32", "203.0.113.45", None, AddressForm.V4),
        ("2001:db8::1/128", "2001:db8::1", None, AddressForm.V6),
        ("203.0.113.0/24", None, None, AddressForm.MASKED),
        ("203.0.113.45/33", None, None, AddressForm.HOSTNAME),
        ("100.64.0.7", "100.64.0.7", None, AddressForm.V4),
        ("N/A", None, None, AddressForm.NONE),
        ("", None, None, AddressForm.NONE),
        ("localhost", None, None, AddressForm.HOSTNAME),
        ("host:123", None, 123, AddressForm.HOSTNAME),
        ("15.1.225.42.7", None, None, AddressForm.HOSTNAME),
        ("203.0.113.***", None, None, AddressForm.MASKED),
    ],
)
def test_6_every_spelling_of_an_address(written: str, address: str | None, port: int | None, form: AddressForm) -> None:
    seen = fields.address(written)
    assert (seen.address, seen.port, seen.form) == (address, port, form)


# 7. years, leap days and the hour that occurs twice


def test_7_the_hour_that_occurs_twice_is_told() -> None:
    zone = local_time.Zone(
        zone=local_time.named("Europe/Berlin") or UTC, name="Europe/Berlin", basis=ZoneBasis.ASSUMED, source="examiner"
    )
    twice, never = datetime(2020, 10, 25, 2, 30), datetime(2020, 3, 29, 2, 30)  # noqa: DTZ001 - wall clocks
    assert "occurred twice" in local_time.note(twice, zone)
    assert local_time.instant(twice, "x", zone).utc == datetime(2020, 10, 25, 0, 30, tzinfo=UTC)
    assert "did not exist" in local_time.note(never, zone)


# 8. archives: see ``test_archive`` and ``tests/pipeline/test_hostile``


def test_8_parts_of_one_archive_are_read_together_and_metadata_is_counted(tmp_path: Path) -> None:
    found: list[str] = []
    for part, member in (("001", "Takeout/a.json"), ("002", "Takeout/b.json")):
        path = tmp_path / f"takeout-20200312T094455Z-{part}.zip"
        with zipfile.ZipFile(path, "w") as made:
            made.writestr(member, b"{}")
            made.writestr(f"__MACOSX/{member}", b"x")
        found += [type(item).__name__ for item in archive.members(path, name=path.name, exhibit="0" * 64)]
    assert found == ["Evidence", "Skipped"] * 2


# 9. CSV: marks, preambles, line breaks, other columns, other encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_9_marks_preambles_line_breaks_and_more_columns(encoding: str) -> None:
    lines = [
        "Notes:",
        '"This file"',
        "",
        "Login Date,IP Address,User Agent,Login Type,New Column",
        '2020-03-11 00:58:07 UTC,203.0.113.45,"Mozilla\nin two lines",LOGIN,=cmd',
        "",
    ]
    text = "\n".join(lines)
    (row,) = events(text.encode(encoding), "Logins.csv")
    assert (row["provider"], row["address"], row["time"]) == ("linkedin", "203.0.113.45", MOMENT)
    assert json.loads(row["detail"])["New Column"] == "=cmd"


# 10. two readers of one file: see ``test_formats`` (exactly one format claims), ``tests/pipeline/test_same_facts``
# 11. user agents that are none


def test_11_an_application_is_no_browser_and_both_are_kept() -> None:
    agent = "App : GMAIL_APP. App Version : 6.0.260302. Os : IOS_OS. Os Version : 26.3. Device Type : MOBILE."
    header = "Gaia ID,Activity Timestamp,IP Address,User Agent String,Product Name,Sub-Product Name,Activity Type"
    (row,) = events(f"{header}\n1,2020-03-11 00:58:07 UTC,203.0.113.45,{agent},Gmail,,Login\n".encode())
    assert row["user_agent"] == agent
    assert "GMAIL_APP" in row["detail"]


# 13. unknown files and markers of absence


def test_13_what_nobody_knows_is_unrecognised_never_guessed() -> None:
    coverage, _ = read_bytes(b'{"something": [{"nobody": "knows"}]}', "account_activity.json")
    assert (coverage.status, coverage.rows) == ("unrecognised", 1)


ELSEWHERE = {
    2: [
        "ingest/test_instagram_html.py",
        "ingest/test_facebook_html.py",
        "ingest/test_google_my_activity_html.py",
        "ingest/test_telegram_json.py",
    ],
    3: ["pipeline/test_localised.py::test_one_account_in_three_languages_gives_the_same_events"],
    4: [
        "ingest/test_telegram_json.py::test_a_repair_never_touches_an_escaped_backslash",
        "ingest/test_sms_backup.py::test_surrogate_halves_are_joined_and_the_repair_is_named",
    ],
    5: ["ingest/test_facebook_security.py::test_mojibake_is_repaired_and_the_text_of_the_file_is_kept"],
    7: [
        "ingest/test_syslog_years.py",
        "ingest/test_peer_defects.py::test_plaso_guesses_the_year_of_a_log_that_spans_several",
    ],
    8: [
        "ingest/test_archive.py::test_climbing_and_absolute_names_are_refused_and_the_rest_is_read",
        "ingest/test_archive.py::test_duplicate_names_are_both_read",
        "ingest/test_archive.py::test_encrypted_member_is_refused",
        "ingest/test_archive.py::test_zip_bomb_is_refused_without_unpacking",
        "ingest/test_archive.py::test_nested_archives_are_opened_to_a_limit",
        "ingest/test_archive.py::test_member_whose_local_name_is_not_utf8_costs_itself_only",
        "pipeline/test_hostile.py::test_hostile_files_cost_themselves_only",
    ],
    9: ["test_cli.py::test_csv_output_disarms_formulas"],
    10: [
        "ingest/test_formats.py::test_specimen_is_claimed_by_exactly_its_format",
        "pipeline/test_same_facts.py::test_overlapping_files_match_the_nth_with_the_nth",
    ],
    12: [
        "report/test_html.py::test_hostile_texts_become_no_markup",
        "report/test_browser.py::test_an_injected_script_style_or_image_does_nothing",
    ],
    13: ["test_cli.py::test_coverage_map_adds_up_and_shows_what_the_provider_does_not_have"],
    14: [
        "test_project.py::test_only_the_gate_opens_a_socket",
        "enrichment/test_snapshots.py::test_no_socket_is_made",
    ],
}


@pytest.mark.parametrize("item", ELSEWHERE)
def test_traps_with_tests_of_their_own(item: int) -> None:
    for place in ELSEWHERE[item]:
        name, _, wanted = place.partition("::")
        tree = ast.parse((ROOT / "tests" / name).read_text(encoding="utf-8"))
        found = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        }
        assert wanted in found if wanted else found, place


def test_every_member_of_the_checklist_is_asked() -> None:
    here = {int(name.split("_")[1]) for name in globals() if name.startswith("test_") and name.split("_")[1].isdigit()}
    assert here | set(ELSEWHERE) == set(range(1, 15))
