"""The sample of a false alarm: her own VPN, a journey, a tablet, codes she asked for. No takeover is claimed."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from forensics.chain_of_custody import verify_case
from forensics.pipeline.outcome import Outcome
from tests.pipeline import told

EXPECTED = told.SAMPLES / "false-alarm" / "expected" / "findings.json"
HOTEL, VPN, TABLET, MOBILE = "240.40.77.9", "198.51.100.130", "192.0.2.140", "240.1.91.203"


@pytest.fixture(scope="module")
def alarm(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return told.sample("false-alarm", tmp_path_factory.mktemp("alarm"))


def findings(outcome: Outcome, kind: str = "") -> list[dict[str, Any]]:
    document = json.loads((outcome.case.path / "findings.json").read_text())
    return [item for item in document["findings"] if kind in ("", item["kind"])]


def sessions(outcome: Outcome, **wanted: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (outcome.case.path / "sessions.jsonl").read_text().splitlines()]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def test_findings_are_those_that_were_accepted(alarm: Outcome) -> None:
    written = (alarm.case.path / "findings.json").read_text()
    if os.environ.get("ACCEPT"):
        EXPECTED.parent.mkdir(exist_ok=True)
        EXPECTED.write_text(written)
    assert json.loads(EXPECTED.read_text()) == json.loads(written)
    assert verify_case(alarm.case.path).ok


def test_no_takeover_is_claimed(alarm: Outcome) -> None:
    assert findings(alarm, "takeover_sequence") == []
    assert "takeover" not in " ".join(item["statement"] for item in findings(alarm)).lower()
    assert all(row["verdict"] != "contradicts" for row in sessions(alarm))


def test_every_session_says_why_it_is_explained_or_is_not(alarm: Outcome) -> None:
    assert all(row["reasons"] and row["verdict"] == row["role"] for row in sessions(alarm))
    assert {row["role"] for row in sessions(alarm, address=VPN)} == {"owner"}
    assert {"the owner declares the address (exit of the newsroom's VPN)"} == {
        reason for row in sessions(alarm, address=VPN) for reason in row["reasons"]
    }
    (abroad, *_) = sessions(alarm, address=HOTEL, provider="facebook")
    assert (abroad["role"], abroad["reasons"]) == ("owner", ["the device datr:Ph8s was in use in a clean period"])
    assert {row["role"] for row in sessions(alarm, address=HOTEL, provider="google")} == {"unexplained"}
    assert {row["role"] for row in sessions(alarm, address=MOBILE)} == {"unknown"}
    page = (alarm.case.path / "report.html").read_text()
    for row in sessions(alarm):
        if row["role"] != "owner":
            assert row["id"] in page
            assert all(reason.replace("'", "&#39;") in page or reason in page for reason in row["reasons"])


def test_what_speaks_for_the_owner_stands_beside_the_unexplained_session(alarm: Outcome) -> None:
    (beside,) = [item for item in findings(alarm, "cross_provider") if item["facts"].get("aspect") == "own_device"]
    assert (beside["facts"]["address"], beside["facts"]["device"]) == (HOTEL, "datr:Ph8s")
    near, far = sessions(alarm, address=HOTEL, provider="google")
    assert beside["facts"]["sessions"] == [near["id"]], f"{far['first']} is more than a day from any use of the device"
    assert any("copied the identifier" in text for text in beside["alternatives"])


def test_two_devices_at_once_on_a_mobile_network_contradict_nothing(alarm: Outcome) -> None:
    (overlap,) = findings(alarm, "overlap")
    assert (overlap["facts"]["address"], overlap["facts"]["verdict"]) == (TABLET, "unexplained")
    assert overlap["facts"]["not_excluded"] == [f"{TABLET} is known as mobile: people appear there who are elsewhere."]
