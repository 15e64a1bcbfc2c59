"""Entra, Google Workspace and GitHub logs: result codes, time corner cases, blocked against succeeded, milliseconds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from forensics.ingest import entra_codes, github_actions, workspace_events
from forensics.model import Action, Outcome
from tests.ingest import reading

SIGNIN = {
    "id": "r1", "createdDateTime": "2024-03-09T02:11:05Z", "userPrincipalName": "reporter@newsroom.example",
    "appDisplayName": "Azure Portal", "ipAddress": "198.51.100.7", "clientAppUsed": "Browser",
    "status": {"errorCode": 0},
}  # fmt: skip


def rows_of(*records: Any) -> list[dict[str, Any]]:
    return reading.read_bytes("\n".join(json.dumps(record) for record in records).encode() + b"\n", "x")[1].rows


@pytest.mark.parametrize(
    ("code", "action", "outcome"),
    [
        (0, "login", "success"),
        (50074, "activity", "challenge"),
        (50076, "activity", "challenge"),
        (50079, "activity", "challenge"),
        (50072, "activity", "challenge"),
        (50158, "activity", "challenge"),
        (50125, "activity", "challenge"),
        (50140, "activity", "challenge"),
        (50126, "login_failed", "failure"),
        (500121, "login_failed", "failure"),
        (50053, "login_failed", "blocked"),
        (53003, "login_failed", "blocked"),
        (987654, "login_failed", "failure"),
    ],
)
def test_result_codes(code: int, action: str, outcome: str) -> None:
    row = rows_of({**SIGNIN, "status": {"errorCode": code}})[0]
    assert (row["action"], row["outcome"]) == (action, outcome)


@pytest.mark.parametrize(
    ("written", "microsecond", "basis"),
    [
        ("01/09/2007 09:41:00", 0, "format_rule"),
        ("1/9/2007 09:41:00", 0, "format_rule"),
        ("01/09/2007 09:41:00 AM", 0, "format_rule"),
        ("1/9/2007 10:41:00 AM +01:00", 0, "explicit"),
        ("2007-01-09T09:41:00", 0, "format_rule"),
        ("2007-01-09T09:41:00.22Z", 220_000, "explicit"),
        ("2007-01-09T09:41:00.6816663Z", 681_666, "explicit"),
        ("2007-01-09T09:41:00.535404056Z", 535_404, "explicit"),
        ("2007-01-09T09:41:00.992099+00:00", 992_099, "explicit"),
        ("2007-01-09T11:41:00+02:00", 0, "explicit"),
    ],
)
def test_time_corner_cases_of_diagnostic_settings(written: str, microsecond: int, basis: str) -> None:
    row = rows_of({"time": written, "category": "SignInLogs"})[0]
    assert row["time"] == datetime(2007, 1, 9, 9, 41, 0, microsecond, tzinfo=UTC)
    assert (row["zone_basis"], row["time_text"]) == (basis, written)


def test_the_sign_in_s_own_time_goes_before_the_envelope_s() -> None:
    envelope = {"time": "2024-03-09T02:19:00Z", "category": "SignInLogs", "properties": SIGNIN}
    assert rows_of(envelope)[0]["time"] == datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC)


def test_what_a_client_did_on_its_own_is_not_the_user() -> None:
    assert rows_of({**SIGNIN, "isInteractive": False})[0]["initiator"] == "app"
    assert rows_of({**SIGNIN, "isInteractive": True})[0]["initiator"] == "user"


def test_a_local_time_without_a_zone_is_undated_unless_the_examiner_says() -> None:
    header = "CreatedDateTime,UserPrincipalName,AppDisplayName,IPAddress,Status"
    data = f"{header}\n31.12.2025 07:22:01,reporter@newsroom.example,x,198.51.100.7,Success\n".encode()
    assert reading.read_bytes(data, "x.csv")[1].rows[0]["time"] is None
    row = reading.read_bytes(data, "x.csv", told={"assumed.zone": "Asia/Baku"})[1].rows[0]
    assert (row["time"], row["zone_basis"]) == (datetime(2025, 12, 31, 3, 22, 1, tzinfo=UTC), "assumed")


def test_a_log_of_both_kinds_loses_neither() -> None:
    audit = {
        "time": "2024-03-09T02:19:00Z", "category": "AuditLogs",
        "properties": {"activityDisplayName": "User registered security info", "activityDateTime": "2024-03-09T02:18:00Z",
                       "result": "success", "initiatedBy": {"user": {"userPrincipalName": "a@newsroom.example"}}},
    }  # fmt: skip
    signin = {"time": "2024-03-09T02:19:00Z", "category": "SignInLogs", "properties": SIGNIN}
    assert [row["action"] for row in rows_of(signin, audit)] == ["login", "two_factor_changed"]
    assert [row["action"] for row in rows_of(audit, signin)] == ["two_factor_changed", "login"]


def activity(name: str, application: str = "login", **parameters: Any) -> dict[str, Any]:
    listed = [{"name": key, "boolValue" if isinstance(v, bool) else "value": v} for key, v in parameters.items()]
    return {
        "id": {"time": "2024-03-09T03:30:00Z", "applicationName": application, "uniqueQualifier": "1"},
        "actor": {"email": "reporter@newsroom.example"},
        "ipAddress": "198.51.100.7",
        "events": [{"name": name, "type": "x", "parameters": listed}],
    }


@pytest.mark.parametrize(
    "name", ["suspicious_login", "suspicious_login_less_secure_app", "suspicious_programmatic_login"]
)
def test_suspicious_logins_were_blocked(name: str) -> None:
    row = rows_of(activity(name, login_timestamp="1709950265123456"))[0]
    assert (row["action"], row["outcome"]) == ("login_failed", "blocked")
    assert (row["time"], row["zone_basis"]) == (datetime(2024, 3, 9, 2, 11, 5, 123_456, tzinfo=UTC), "epoch")


def test_a_suspicious_login_that_succeeded_is_a_login() -> None:
    row = rows_of(activity("login_success", is_suspicious=True))[0]
    assert (row["action"], row["outcome"]) == ("login", "success")
    assert "suspicious" in json.loads(row["detail"])["meaning"]


def test_seconds_in_the_place_of_microseconds_are_not_believed() -> None:
    row = rows_of(activity("suspicious_login", login_timestamp="1709950265"))[0]
    assert row["time"] == datetime(2024, 3, 9, 3, 30, tzinfo=UTC)
    assert "microseconds" in json.loads(row["detail"])["time_note"]


def test_a_copy_that_failed_is_no_copy_and_a_drive_is_named() -> None:
    assert rows_of(activity("COMPLETED_USER_TAKEOUT", "takeout", TAKEOUT_STATUS="FAILED"))[0]["action"] == "activity"
    row = rows_of(activity("COMPLETED_USER_TAKEOUT", "takeout", TAKEOUT_STATUS="COMPLETED", TAKEOUT_DESTINATION="BOX"))[
        0
    ]
    assert row["action"] == "export_ready"
    assert "BOX" in json.loads(row["detail"])["meaning"]


def test_events_as_list_or_object_mean_the_same() -> None:
    listed = activity("password_edit", "user_accounts")
    split = {**listed, "events": listed["events"][0]}
    first, second = rows_of(listed)[0], rows_of(split)[0]
    assert (first["action"], first["place"]) == ("password_changed", "/events/0")
    assert second["action"] == first["action"]


def test_several_events_of_one_activity_are_several_rows() -> None:
    both = activity("2sv_disable", "user_accounts")
    both["events"].append({"name": "password_edit"})
    data = json.dumps({"items": [both]}).encode()
    assert [row["place"] for row in reading.read_bytes(data, "x")[1].rows] == ["/items/0/events/0", "/items/0/events/1"]


def test_an_entry_of_cloud_logging_says_what_the_activity_says() -> None:
    """The documentation of Cloud Logging shows the same login in another form: the fact and its key are the same."""
    told = activity("login_success", is_suspicious=True)
    told["networkInfo"] = {"ipAsn": [64496], "regionCode": "AZ", "subdivisionCode": "AZ-BA"}
    metadata = {
        "event": [
            {
                "eventName": "login_success",
                "eventType": "x",
                "parameter": [{"name": "is_suspicious", "type": "TYPE_BOOL", "boolValue": True}],
            }
        ],
        "activityId": {"uniqQualifier": told["id"]["uniqueQualifier"]},
    }
    entry = {
        "protoPayload": {
            "serviceName": "login.googleapis.com",
            "authenticationInfo": {"principalEmail": told["actor"]["email"]},
            "requestMetadata": {"callerIp": told["ipAddress"]},
            "metadata": metadata,
        },
        "timestamp": told["id"]["time"],
    }
    data = json.dumps({"entries": [entry]}).encode()
    logged, asked = reading.read_bytes(data, "x")[1].rows[0], rows_of(told)[0]
    for column in ("time", "service", "account", "action", "action_text", "outcome", "address"):
        assert logged[column] == asked[column]
    assert json.loads(logged["detail"])["same_key"] == json.loads(asked["detail"])["same_key"]
    assert asked["stated_place"] == "AZ-BA"


@pytest.mark.parametrize("wrap", [lambda alert: alert, lambda alert: [alert], lambda alert: {"alerts": [alert]}])
def test_an_alert_stands_at_the_time_of_the_login_that_it_warns_of(wrap: Any) -> None:
    """The Alert Center tells login and alert apart: ``createTime`` may be days later than ``loginDetails.loginTime``."""
    alert = {
        "alertId": "1",
        "createTime": "2024-03-12T10:00:00Z",
        "type": "Leaked password",
        "data": {
            "@type": "type.googleapis.com/google.apps.alertcenter.type.AccountWarning",
            "email": "reporter@newsroom.example",
            "loginDetails": {"loginTime": "2024-03-09T02:11:05.826274Z", "ipAddress": "198.51.100.7"},
        },
    }
    coverage, sink = reading.read_bytes(json.dumps(wrap(alert)).encode(), "x")
    (row,) = sink.rows
    assert (coverage.format, row["action"], row["outcome"]) == ("google_workspace_alerts", "alert", "unknown")
    assert row["time"] == datetime(2024, 3, 9, 2, 11, 5, 826_274, tzinfo=UTC)
    assert (row["account"], row["address"]) == ("reporter@newsroom.example", "198.51.100.7")


def test_short_names_mean_what_they_mean_in_one_application_only() -> None:
    assert workspace_events.meaning("drive", "delete", {}).action is Action.CONTENT_DELETED
    assert workspace_events.meaning("chat", "delete", {}).action is Action.ACTIVITY


@pytest.mark.parametrize("written", [1709950265000, 1709950265, "1709950265000", "2024-03-09T02:11:05Z"])
def test_github_times(written: object) -> None:
    known = {"action": "user.login", "actor": "x", "created_at": 1709950265000, "actor_ip": "198.51.100.7"}
    row = rows_of(known, {**known, "created_at": written})[1]
    assert row["time"] == datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC)


def test_tables_hold_no_contradiction() -> None:
    assert entra_codes.code_of("AADSTS50126").action is Action.LOGIN_FAILED
    assert entra_codes.code_of("").outcome is Outcome.UNKNOWN
    assert all(name == name.casefold() for name in (*github_actions.NAMES, *workspace_events.NAMES))


@pytest.mark.parametrize(
    ("name", "action", "outcome"),
    [
        ("org.sso_response", "activity", "unknown"),
        ("org.recovery_code_failed", "activity", "unknown"),
        ("org.oauth_app_access_requested", "activity", "unknown"),
        ("personal_access_token.request_denied", "activity", "unknown"),
        ("org.audit_log_export", "activity", "unknown"),
        ("org.update_member", "account_changed", "unknown"),
    ],
)
def test_a_wish_or_a_refusal_at_github_is_no_change(name: str, action: str, outcome: str) -> None:
    meant = github_actions.meaning(name)
    assert (meant.action, meant.outcome) == (action, outcome)


@pytest.mark.parametrize(
    ("token", "actor", "initiator"),
    [
        ("", "reporter", "user"),
        ("", "", "unknown"),
        ("Personal access token (classic)", "reporter", "unknown"),
        ("GitHub App server-to-server token", "reporter", "app"),
        ("", "deploy[bot]", "app"),
    ],
)
def test_who_acted_at_github(token: str, actor: str, initiator: str) -> None:
    found = {"action": "repo.create", "@timestamp": 1709950265000, "org": "o", "actor": actor}
    assert rows_of({**found, "programmatic_access_type": token})[0]["initiator"] == initiator


def test_a_short_name_without_an_application_means_nothing() -> None:
    assert workspace_events.meaning("", "Delete", {}).action is Action.ACTIVITY
    assert workspace_events.meaning("", "Export", {}).action is Action.ACTIVITY


def test_a_change_of_the_directory_that_timed_out_is_not_told_as_made() -> None:
    found = {
        "id": "a", "activityDateTime": "2024-03-09T02:11:05Z", "activityDisplayName": "Reset user password",
        "result": "timeout", "initiatedBy": {"user": {"userPrincipalName": "a@newsroom.example"}}, "targetResources": [],
    }  # fmt: skip
    row = rows_of(found)[0]
    assert (row["action"], row["outcome"]) == ("activity", "unknown")


@pytest.mark.parametrize("written", [1709950265, 1709950265000])
def test_a_count_is_told_seconds_from_milliseconds(written: int) -> None:
    assert rows_of({**SIGNIN, "createdDateTime": written})[0]["time"] == datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC)


SIGNIN_TABLE = (
    "Date (UTC);Request ID;Sign-in error code;IP address;Status;Username\r\n"
    "09.03.2024 02:11:05;r1;50126;198.51.100.7;Failure;reporter@newsroom.example\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("first", ["", "sep=;\r\n"])
def test_a_table_of_sign_ins_with_semicolons_is_read(first: str, encoding: str) -> None:
    coverage, sink = reading.read_bytes((first + SIGNIN_TABLE).encode(encoding), "x.csv")
    assert (coverage.format, coverage.events, coverage.rejections) == ("entra_signin_csv", 1, 0)
    assert sink.rows[0]["time"] == datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC)


def test_a_table_of_directory_changes_keeps_every_cell() -> None:
    header = "Date (UTC),Date,CorrelationId,Activity,Result,ActorType,Target1Type,Target2ModifiedProperty3NewValue,New"
    cells = "3/9/2024 2:11:05 AM,3/9/2024 5:11:05 AM,c1,Delete device,success,Other,Device,x,y"
    late = "3/19/2024 2:11:05 AM,,c2,Delete device,failure,,,,"
    rows = reading.read_bytes(f"{header}\n{cells}\n{late}\n".encode(), "x.csv")[1].rows
    assert [row["action"] for row in rows] == ["account_changed", "activity"]
    assert rows[0]["time"] == datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC)
    shown = f"{rows[0]['time_text']} {rows[0]['action_text']} {rows[0]['detail']}"
    assert all(cell in shown for cell in cells.split(","))


def test_what_github_itself_does_is_not_the_owner_s() -> None:
    found = {"action": "two_factor_authentication.disabled", "@timestamp": 1709950265000, "user": "reporter"}
    row = rows_of({**found, "actor": "github-staff"})[0]
    assert (row["account"], row["initiator"]) == ("reporter", "provider")
    assert json.loads(row["detail"])["actor"] == "github-staff"
