"""Slack's audit log: what actions mean, who is the actor, and what else has an action and an actor.

Records have the fields of Slack's reference "Audit Logs API methods & actions" and of the test records of
elastic/integrations (``packages/slack``).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ingest import reading

EDITOR = {"type": "user", "user": {"id": "W1", "name": "The Editor", "email": "editor@journal.example"}}
OTHER = {"type": "user", "user": {"id": "W2", "email": "other@journal.example"}}
SLACK = {"type": "user", "user": {"id": "USLACKSECURITY"}}


def _one(action: str, actor: Any = None, entity: Any = None, **context: Any) -> dict[str, Any]:
    record = {
        "id": "e",
        "date_create": 1773187925,
        "action": action,
        "actor": actor or EDITOR,
        "entity": entity or EDITOR,
        "context": {"ip_address": "203.0.113.45", **context},
    }
    coverage, sink = reading.read_bytes(json.dumps(record).encode(), "audit.json")
    assert (coverage.format, len(sink.rows)) == ("slack_audit_log", 1)
    return sink.rows[0]


@pytest.mark.parametrize(
    ("action", "meant"),
    [
        ("user_login", ("login", "success", "user")),
        ("user_login_failed", ("login_failed", "failure", "user")),
        ("anomaly", ("alert", "unknown", "provider")),
        ("user_logout_compromised", ("session_ended", "success", "provider")),
        ("user_password_reset_requested", ("other", "unknown", "user")),
        ("manual_export_started", ("export_requested", "success", "user")),
        ("scheduled_export_downloaded", ("export_downloaded", "success", "user")),
        ("file_download_blocked", ("activity", "unknown", "user")),
    ],
)
def test_actions(action: str, meant: tuple[str, str, str]) -> None:
    row = _one(action)
    assert (row["action"], row["outcome"], row["initiator"]) == meant
    assert (row["account"], row["address"]) == ("editor@journal.example", "203.0.113.45")


def test_what_slack_does_is_done_to_the_account_of_the_target() -> None:
    row = _one("user_password_reset_slack_security", SLACK, OTHER)
    assert (row["action"], row["account"], row["initiator"]) == (
        "password_changed",
        "other@journal.example",
        "provider",
    )


def test_an_app_acts_for_its_user_and_is_no_person() -> None:
    row = _one("file_downloaded", app={"id": "A1", "name": "archiver"})
    assert (row["account"], row["initiator"]) == ("editor@journal.example", "app")


def test_the_previous_address_of_an_anomaly_is_not_its_address() -> None:
    record = {
        "date_create": 1773187925, "action": "anomaly", "actor": EDITOR, "context": {"ip_address": "203.0.113.45"},
        "details": {"previous_ip_address": "192.0.2.14", "reason": ["asn"]},
    }  # fmt: skip
    _, sink = reading.read_bytes(json.dumps({"entries": [record]}).encode(), "audit.json")
    assert [row["address"] for row in sink.rows] == ["203.0.113.45"]
    assert "192.0.2.14" in sink.rows[0]["detail"]


@pytest.mark.parametrize(
    "record",
    [
        {"action": "user.login", "actor": "editor", "created_at": 1773187925000, "actor_ip": "203.0.113.45"},
        {"action": "user_login", "actor": "editor", "date_create": 1773187925},
        {"action": "user_login", "date_create": 1773187925, "context": {}},
    ],
)
def test_other_logs_with_actions_are_not_claimed(record: dict[str, Any]) -> None:
    assert "slack_audit_log" not in reading.claimants(json.dumps([record]).encode(), "audit.json")


def test_the_access_log_of_a_member_has_offsets_of_a_browser() -> None:
    """Slack's page makes the file in the browser: times of the browser's zone, its name in the browser's language."""
    data = (
        "Date Accessed,User Agent - Simple,User Agent - Full,IP Address,Number of Logins,Last Date Accessed\n"
        'Wed Mar 11 2026 04:12:05 GMT+0100 (Mitteleuropäische Normalzeit),Slack Web-App,"Mozilla/5.0",203.0.113.45,3,'
        "Wed Mar 11 2026 04:40:00 GMT+0100 (Mitteleuropäische Normalzeit)\n"
    )
    coverage, sink = reading.read_bytes(data.encode(), "slack-access-logs.csv")
    assert coverage.format == "slack_access_export"
    assert [(str(row["time"]), str(row["time_end"])) for row in sink.rows] == [
        ("2026-03-11 03:12:05+00:00", "2026-03-11 03:40:00+00:00")
    ]
