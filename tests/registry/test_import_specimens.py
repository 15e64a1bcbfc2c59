"""Published collections as they are: every address with its report's day, nothing twice, one origin a report."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from forensics.cli import app
from tests.pipeline.march import ROOT
from tests.registry.imported import current, imported, one, terms

FOLDER = Path(os.environ.get("FORENSICS_SPECIMENS", ROOT.parent / "shared" / "specimens")) / "indicators"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="specimen folder is absent (FORENSICS_SPECIMENS)")
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "registry_import.json").read_text())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795392000")
    return tmp_path / "home"


def run(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_address_of_targeted_threats_is_imported_once() -> None:
    answer = json.loads(run("registry", "import", str(FOLDER / "targetedthreats"), "--json"))
    jsonschema.validate(answer, SCHEMA)
    assert answer["kinds"]["address"] == {
        "entries": 236,
        "imported": 236,
        "updated": 0,
        "already_known": 0,
        "refused": 0,
    }
    assert answer["kinds"]["domain"]["entries"] == 3012
    assert [(item["kind"], item["count"], item["examples"][0]["place"]) for item in answer["reasons"]] == [
        ("domain", 1, "line 610"),
        ("domain", 1, "line 413"),
    ]
    assert answer["without_day_of_publication"]["address"] == 1, "syrianmalware.com is a site without a day"
    again = json.loads(run("registry", "import", str(FOLDER / "targetedthreats"), "--json"))
    assert (again["imported"], again["updated"], again["records"]) == (0, 0, {"new": 0, "new_versions": 0})
    assert again["already_known"] == answer["imported"]


def test_a_look_up_tells_both_days_and_hides_what_was_not_recorded() -> None:
    run("registry", "import", str(FOLDER / "targetedthreats"))
    answer = json.loads(run("registry", "lookup", "85.132.78.0/24", "--at", "2017-06-01", "--json"))
    found = [match for match in answer["matches"] if match["record"]["state"] == "candidate"]
    assert [(item["record"]["network"], item["record"]["published_at"]) for item in found] == [
        ("85.132.78.164", "2017-03-10")
    ]
    assert found[0]["window"] == "unknown"
    assert {source["independence_group"] for match in answer["matches"] for source in match["sources"]} == {
        "amnesty-2017-false-friends"
    }
    then = json.loads(run("registry", "lookup", "85.132.78.164", "--known-at", "2016-01-01", "--json"))
    assert then["matches"] == []
    assert "published 2017-03-10" in then["says"]
    assert "not known to this registry on 2016-01-01" in then["says"]
    assert "not published by then" in then["says"]


def test_the_days_are_those_of_the_reports_and_no_period_is_made_up(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    imported(store, FOLDER / "targetedthreats")
    records = [record for record in current(store) if record.kind == "address"]
    assert len({record.network for record in records}) == 229
    assert all(
        record.valid_from is None and record.valid_until is None and not record.observed_at for record in records
    )
    assert {record.state for record in current(store)} == {"candidate"}
    assert {record.licence for record in records} == {"CC-BY-SA-4.0"}
    assert one(store, "109.235.193.83").published_at == date(2014, 2, 17)
    assert one(store, "58.64.178.77").published_at == date(2014, 10, 9), "named by its short address"
    assert one(store, "91.92.136.134").published_at == date(2017, 10, 27), (
        "the collection wrote 'Middle East' into the address"
    )
    assert not any(record.link_b or record.entity for record in records)
    twice = one(store, "61.178.77.98")
    assert "CCTV0, Gh0st" in twice.role
    assert twice.sources[1].locator == "line 114, line 115"


def test_lists_of_mvt_name_their_reports_through_the_index(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    ledger = imported(store, FOLDER / "mvt")
    assert {line.name: line.status for line in ledger.files} == {
        "2024-12-25_eaglemsgspy/ip-addresses.txt": "read",
        "LICENSE": "terms",
        "ResidentBat/ip-addresses.txt": "read",
        "indicators.yaml": "companion",
    }
    resident = one(store, "62.109.26.144")
    assert resident.sources[0].publisher == "Reporters Without Borders, RESIDENT.NGO"
    assert resident.published_at is None
    assert any("names several" in said for said in resident.unknown)
    eagle = one(store, "61.136.71.171")
    assert (eagle.sources[0].independence_group, eagle.grade, eagle.tlp) == ("origin-not-named", "F6", "AMBER")
    assert {record.licence for record in current(store)} == {"MIT"}


def test_a_report_that_two_collections_repeat_stays_one_origin(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    imported(store, FOLDER / "targetedthreats")
    before = {source.independence_group for record in current(store) for source in record.sources}
    report = "https://www.amnesty.org/en/latest/research/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/"
    pegasus = next(
        record.network
        for record in current(store)
        if record.kind == "domain" and record.sources[0].citation.endswith(report)
    )
    copy = tmp_path / "mvt" / "2021-07-18_nso"
    copy.mkdir(parents=True)
    (tmp_path / "mvt" / "indicators.yaml").write_bytes((FOLDER / "mvt" / "indicators.yaml").read_bytes())
    pattern = f"[domain-name:value='{pegasus}']"
    stamp = "2021-07-18T12:00:00.000Z"
    marks = {"created": stamp, "modified": stamp, "valid_from": stamp}
    indicator = {"type": "indicator", "id": "indicator--1", "pattern": pattern, "pattern_type": "stix", **marks}
    (copy / "pegasus.stix2").write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": [indicator]}))
    ledger = imported(store, tmp_path / "mvt")
    assert (ledger.total("updated"), ledger.new_records, ledger.new_versions) == (1, 0, 1)
    record = one(store, pegasus)
    assert len(record.sources) == 3
    assert len({source.independence_group for source in record.sources}) == 1
    assert record.valid_from is None
    assert {source.independence_group for held in current(store) for source in held.sources} == before
    assert imported(store, tmp_path / "mvt").total("already_known") == 1


def test_a_dry_run_writes_nothing_and_counts_the_same(home: Path) -> None:
    answer = json.loads(run("registry", "import", str(FOLDER), "--dry-run", "--json"))
    assert not home.exists()
    done = json.loads(run("registry", "import", str(FOLDER), "--json"))
    assert {**answer, "dry_run": False, "says": ""} == {**done, "says": ""}


def test_only_what_the_tables_of_special_blocks_hold_is_refused_among_real_addresses(tmp_path: Path) -> None:
    assert imported(tmp_path / "s.sqlite", FOLDER, under=terms()).kinds["address"]["imported"] == 273
