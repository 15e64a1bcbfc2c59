"""The sample of a server's logs: what is a flood, what are many readers at once, who guessed, who scanned."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from forensics.pipeline.outcome import Outcome
from tests.pipeline import told

EXPECTED = told.SAMPLES / "servers" / "expected" / "findings.json"
EDITOR, GUESSER = "192.0.2.61", "198.51.100.140"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return told.sample("servers", tmp_path_factory.mktemp("servers"))


def findings(outcome: Outcome, kind: str) -> list[dict[str, Any]]:
    document = json.loads((outcome.case.path / "findings.json").read_text())
    return [item for item in document["findings"] if kind in ("", item["kind"])]


def test_findings_are_those_that_were_accepted(servers: Outcome) -> None:
    written = (servers.case.path / "findings.json").read_text()
    if os.environ.get("ACCEPT"):
        EXPECTED.parent.mkdir(exist_ok=True)
        EXPECTED.write_text(written)
    assert json.loads(EXPECTED.read_text()) == json.loads(written)


def test_a_newspapers_success_is_not_called_an_attack(servers: Outcome) -> None:
    (crowd,) = findings(servers, "burst")
    assert crowd["facts"]["signs"] == []
    assert crowd["facts"]["addresses"] > 900
    assert "this is not called an attack" in crowd["statement"]
    assert not re.search("flood|hostile|denial", crowd["statement"])


def test_a_flood_is_told_by_its_signs(servers: Outcome) -> None:
    (flood,) = findings(servers, "flood")
    assert flood["facts"]["signs"] == ["one_client", "other_query_each_time"]
    assert flood["facts"]["first"] == "2020-06-02T18:40:00+00:00"
    assert flood["facts"]["minutes"] == 15
    assert len(flood["alternatives"]) == 3


def test_guessing_and_what_it_opened(servers: Outcome) -> None:
    told_ = findings(servers, "brute_force")
    assert [item["facts"]["pattern"] for item in told_] == [
        "guessing_then_accepted",
        "guessing_then_accepted",
        "guessing",
        "guessing",
        "stuffing",
    ]
    assert [item["facts"]["refused"] for item in told_] == [40, 60, 40, 60, 72]
    assert told_[0]["facts"]["accepted"] == "2020-06-02T02:19:31.500000+00:00"
    assert told_[4]["facts"]["accounts"] == 36
    assert EDITOR not in json.dumps(told_)


def test_a_scanner_is_no_flood_and_no_guesser(servers: Outcome) -> None:
    (scan,) = findings(servers, "scan")
    assert [item["address"] for item in scan["facts"]["addresses"]] == ["198.51.100.150"]


def test_logs_alone_make_no_takeover_and_no_contradiction(servers: Outcome) -> None:
    assert findings(servers, "takeover_sequence") == findings(servers, "overlap") == []
    rows = [json.loads(line) for line in (servers.case.path / "sessions.jsonl").read_text().splitlines()]
    assert {(row["address"], row["verdict"]) for row in rows} == {(EDITOR, "owner"), (GUESSER, "unexplained")}
