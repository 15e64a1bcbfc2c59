"""``analyze --mapping`` seals what it read by; ``--explain`` shows it and makes nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from forensics.cli import run
from forensics.errors import UsageError
from forensics.pipeline.analyze import analyze
from forensics.pipeline.explaining import explain
from forensics.pipeline.request import Request
from tests.ingest.mapped import CSV
from tests.pipeline.march import ROOT

LINKEDIN = ROOT / "samples/formats/linkedin_logins/Complete_LinkedInDataExport/Logins.csv"
TABLE = "When,IP,What,Note\n2026-03-11T02:49:39Z,192.0.2.1,\x1b[31mowned\u202e,keep\nyesterday,192.0.2.2,x,y\n"


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "table.csv").write_text(TABLE)
    (tmp_path / "in" / "notes.txt").write_text("nothing here\n")
    (tmp_path / "mine.toml").write_text(CSV)
    return tmp_path


def test_the_mapping_is_sealed_into_the_case_and_named_in_the_log(given: Path) -> None:
    outcome = analyze(Request(paths=("in",), mappings=(given / "mine.toml",), case=given / "case"))
    held = given / "case" / "mappings" / "mine.toml"
    assert held.read_bytes() == (given / "mine.toml").read_bytes()
    log = (given / "case" / "custody.jsonl").read_text()
    assert hashlib.sha256(held.read_bytes()).hexdigest() in log
    assert log.index("mapping in use") < log.index("analysis.run")
    lines = {item.name: item.format for item in outcome.inputs.coverage.members}
    assert lines == {"in/table.csv": "mapping:mine", "in/notes.txt": ""}
    assert any("mapping:mine" in row.format for row in outcome.view.exhibits)
    assert run(["verify", str(given / "case")]) == 0
    held.write_bytes(held.read_bytes() + b"#")
    assert run(["verify", str(given / "case")]) == 4


def test_a_user_s_mapping_goes_before_the_formats_that_come_with_the_tool(given: Path) -> None:
    (given / "li.toml").write_text(
        CSV.replace('["When", "IP"]', '["Login Date"]')
        .replace('from = "When"\nspellings = ["iso"]', 'from = "Login Date"\nspellings = ["%a %b %d %H:%M:%S %Z %Y"]')
        .replace('address = "IP"', 'address = "IP Address"')
    )
    (found,) = explain(Request(paths=(str(LINKEDIN),), mappings=(given / "li.toml",))).files
    assert (found.format, found.instead) == ("mapping:li", ("linkedin_logins",))
    (found,) = explain(Request(paths=(str(LINKEDIN),))).files
    assert (found.format, found.instead) == ("linkedin_logins", ())
    assert found.columns is not None
    assert found.columns.columns["IP Address"] == ("address",)


def test_explaining_makes_nothing_and_hides_nothing(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(given.rglob("*"))
    assert run(["analyze", "in", "--mapping", "mine.toml", "--explain"]) == 0
    assert sorted(given.rglob("*")) == before
    printed = capsys.readouterr().out
    for said in (
        "When → time",
        "kept in the detail: Note",
        "zone rule: a zone written beside a time holds",
        "⟨U+001B⟩[31mowned⟨U+202E⟩: 1 → activity",
        "line:2 | 2026-03-11T02:49:39+00:00",
        "1: not a time in a spelling of the mapping: 'yesterday'",
        "unrecognised: no format recognises it",
        "1 of 2 files are read",
    ):
        assert said in printed, said
    assert "\x1b" not in printed
    assert "\u202e" not in printed


@pytest.mark.usefixtures("given")
def test_explaining_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", "in", "--mapping", "mine.toml", "--explain", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "forensics/explanation/1"
    notes, table = told["files"]
    assert (notes["status"], table["status"]) == ("unrecognised", "read")
    assert table["counts"] == {"rows": 2, "events": 1, "rejections": 1, "unused": 0}
    assert table["actions"][0]["action"] == "activity"
    assert table["first_events"][0]["detail"] == {"Note": "keep"}


def test_explaining_reads_archives_and_builtin_formats_and_lists_what_it_refuses(given: Path) -> None:
    import zipfile

    with zipfile.ZipFile(given / "in" / "export.zip", "w") as archive:
        archive.writestr("Logins.csv", LINKEDIN.read_bytes())
        archive.writestr("../climbs.csv", "a,b\n")
        archive.writestr("folder/", "")
    (given / "in" / "link").symlink_to(given / "mine.toml")
    files = explain(Request(paths=("in", str(ROOT / "samples/formats/telegram_json")))).files
    status = {(item.member or item.name): item.status for item in files}
    assert status["Logins.csv"] == "read"
    assert status["in/link"] == "refused"
    assert status["folder/"] == "not used"
    assert "refused" in {item.status for item in files if "climbs" in item.name or "climbs" in item.member}
    telegram = next(item for item in files if item.format == "telegram_json")
    assert telegram.zone
    assert telegram.actions
    assert telegram.names


def test_explaining_with_a_case_is_a_contradiction(given: Path) -> None:
    with pytest.raises(UsageError, match="makes no case"):
        explain(Request(paths=("in",), case=given / "case"))


def test_a_wrong_mapping_stops_before_anything_is_made(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (given / "wrong.toml").write_text(CSV.replace('address = "IP"', 'adress = "IP"'))
    before = sorted(given.rglob("*"))
    assert run(["analyze", "in", "--mapping", "wrong.toml", "--case", "case"]) == 3
    assert "wrong.toml line 19: event.adress: unknown" in capsys.readouterr().err
    assert sorted(given.rglob("*")) == before


def test_the_command_line_of_a_request_names_its_mappings() -> None:
    assert "--mapping mine.toml" in Request(paths=("in",), mappings=(Path("mine.toml"),)).command_line()
