# ruff: noqa: RUF001 - Azerbaijani names are part of the sample
"""The March case end to end: what must be found, that it is the same every time, and that every byte is sealed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forensics.chain_of_custody import verify_case
from forensics.model import FINDING_KINDS
from forensics.pipeline import queries
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.rendering import render_again
from tests.pipeline import march

EXPECTED = march.ROOT / "samples" / "march" / "expected" / "findings.json"


def found(outcome: Outcome, kind: str) -> list[dict[str, Any]]:
    document = json.loads((outcome.case.path / "findings.json").read_text())
    return [item for item in document["findings"] if item["kind"] == kind]


def test_findings_are_those_that_were_accepted(outcome: Outcome) -> None:
    written = (outcome.case.path / "findings.json").read_text()
    if os.environ.get("ACCEPT"):
        EXPECTED.write_text(written)
    assert json.loads(EXPECTED.read_text()) == json.loads(written)


def test_two_foreign_addresses_and_nobody_elses(outcome: Outcome) -> None:
    assert [item["facts"]["address"] for item in found(outcome, "unexplained_session")] == [
        "203.0.113.45",
        "198.51.100.21",
    ]


def test_sequence_over_four_providers_in_order(outcome: Outcome) -> None:
    (sequence,) = found(outcome, "takeover_sequence")
    assert sequence["facts"]["providers"] == ["facebook", "google", "instagram", "telegram"]
    times = [step["time"] for step in sequence["facts"]["steps"]]
    assert times == sorted(times)
    actions = [step["action"] for step in sequence["facts"]["steps"]]
    wanted = [
        "code_sent",
        "login",
        "password_changed",
        "session_ended",
        "export_requested",
        "export_downloaded",
        "group_deleted",
    ]
    assert [action for action in dict.fromkeys(actions) if action in wanted] == wanted
    assert sequence["facts"]["regained"][0]["time"].startswith("2020-03-11T07:32:44")


def test_exports_and_three_deleted_groups(outcome: Outcome) -> None:
    assert [item["facts"]["provider"] for item in found(outcome, "data_export")] == ["facebook", "google"]
    (deletion,) = found(outcome, "deletion")
    assert deletion["facts"]["groups"] == 3
    assert all(
        name in deletion["statement"] for name in ("Feminist kitabxana", "Qadınlar üçün hüquqi yardım", "Açıq dərslər")
    )


def test_one_address_is_on_record_inside_its_window_and_one_is_not(outcome: Outcome) -> None:
    known, unknown = found(outcome, "registry_link")
    assert (known["facts"]["address"], known["facts"]["ring"], known["facts"]["window"]) == (
        "203.0.113.45",
        "exact",
        "inside",
    )
    strength = known["strength"]
    assert 100 < strength["lr_low"] < strength["lr"] < strength["lr_high"] < 10_000
    assert strength["words_country"].startswith("strong support")
    assert strength["words"] == strength["words_network"] == "moderate support", "the weaker alternative leads"
    assert strength["lr_network"] < strength["lr"]
    assert known["facts"]["link_b"], "Link B is quoted beside it"
    assert len(known["alternatives"]) >= 9
    assert unknown["facts"]["address"] == "198.51.100.21"
    assert unknown["strength"] is None
    assert "not on record" in unknown["statement"]


def test_the_address_that_matches_nothing_weakens_the_one_that_does(outcome: Outcome) -> None:
    (known, _) = found(outcome, "registry_link")
    derivation = known["facts"]["derivation"]
    assert derivation["LR of 198.51.100.21, in the product"] < 1
    assert known["strength"]["lr"] < derivation["LR middle"]


def test_code_sms_phishing_mail_and_cross_provider_are_told(outcome: Outcome) -> None:
    assert found(outcome, "sms_code")[0]["facts"]["services"] == ["facebook", "google", "instagram", "telegram"]
    assert len(found(outcome, "phishing")) == 1
    providers = [item["facts"].get("providers") for item in found(outcome, "cross_provider")]
    assert ["facebook", "google", "telegram", "weblog"] in providers
    assert [item["facts"]["device"] for item in found(outcome, "cross_provider") if "device" in item["facts"]] == [
        "datr:Qx7k"
    ]


def test_every_finding_can_be_attacked(outcome: Outcome) -> None:
    for item in outcome.judged.findings:
        assert item.kind in FINDING_KINDS
        assert item.challenge
        assert item.basis
        assert item.alternatives or item.kind == "coverage_gap"


def test_every_place_of_a_basis_exists(outcome: Outcome) -> None:
    columns, rows = queries.timeline(outcome.case.path, brief=False)
    places = {(row["exhibit"], row["member"], row["place"]) for row in rows}
    assert "place" in columns
    for item in outcome.judged.findings:
        if item.kind != "coverage_gap":
            assert {(at.exhibit, at.member, at.place) for at in item.basis} <= places


def test_coverage_adds_up(outcome: Outcome) -> None:
    coverage = outcome.inputs.coverage
    assert coverage.rows == coverage.events + coverage.rejections + coverage.unused
    for member in coverage.members:
        assert member.rows == member.events + member.rejections + sum(member.unused.values()), member.name


def test_private_messages_stay_out_of_the_tables(outcome: Outcome) -> None:
    _, rows = queries.timeline(outcome.case.path, brief=False)
    text = json.dumps(list(rows))
    assert "See you tomorrow" not in text
    assert "On our way to the square" not in text


def test_context_is_as_of_the_event(outcome: Outcome) -> None:
    _, rows = queries.addresses(outcome.case.path, brief=False)
    (row,) = [row for row in rows if row["address"] == "203.0.113.45"]
    assert (row["origin_as"], row["status"], row["role"], row["at"]) == (
        "AS64497",
        "bracketed",
        "unexplained",
        "2020-03-11",
    )
    assert row["first"].startswith("2019-03-04"), "seen a year before in a web log; told as of its use of the accounts"


def test_same_evidence_key_and_clock_give_the_same_folder(outcome: Outcome, tmp_path: Path) -> None:
    again = march.run(tmp_path, pdf=True)
    assert march.contents(again.case.path) == march.contents(outcome.case.path)


def test_findings_do_not_depend_on_the_clock_or_the_hash_seed(outcome: Outcome, tmp_path: Path) -> None:
    environment = dict(os.environ, SOURCE_DATE_EPOCH="1900000000", PYTHONHASHSEED="7", FORENSICS_HOME=str(tmp_path))
    command = [sys.executable, "-m", "forensics", "-q", "demo", "--case", str(tmp_path / "other")]
    subprocess.run(command, check=True, env=environment, cwd=march.ROOT, capture_output=True)
    for name in ("findings.json", "sessions.jsonl", "addresses.jsonl", "coverage.json"):
        assert (tmp_path / "other" / name).read_bytes() == (outcome.case.path / name).read_bytes(), name
    parts = [
        sorted(path.name for path in (root / "events").iterdir()) for root in (tmp_path / "other", outcome.case.path)
    ]
    assert parts[0] == parts[1]


def test_report_renders_to_the_same_bytes_again(outcome: Outcome, tmp_path: Path) -> None:
    written = render_again(outcome.case.path, tmp_path / "again.html", "", None, None)
    assert written.read_bytes() == (outcome.case.path / "report.html").read_bytes()


def test_report_prints_the_checkpoint_of_the_analysis(outcome: Outcome) -> None:
    page = (outcome.case.path / "report.html").read_text()
    notes = [path.read_text().split("\n") for path in (outcome.case.path / "checkpoints").iterdir()]
    assert any(note[2] in page for note in notes)


def test_case_verifies_with_and_without_our_code(outcome: Outcome, tmp_path: Path) -> None:
    assert verify_case(outcome.case.path).ok
    copy = tmp_path / "moved"
    shutil.copytree(outcome.case.path, copy)
    for command in (["sh", "verify/verify.sh"], [sys.executable, "-I", "verify/verify.py"]):
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_one_flipped_bit_in_any_file_is_noticed(outcome: Outcome, tmp_path: Path) -> None:
    copy = tmp_path / "case"
    shutil.copytree(outcome.case.path, copy)
    for name, data in march.contents(copy).items():
        path = copy / name
        path.chmod(0o644)
        position = len(data) // 2
        path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        report = verify_case(copy)
        assert not report.ok, name
        path.write_bytes(data)
    assert verify_case(copy).ok


def test_removed_and_added_files_are_noticed(outcome: Outcome, tmp_path: Path) -> None:
    copy = tmp_path / "case"
    shutil.copytree(outcome.case.path, copy)
    for name, data in march.contents(copy).items():
        (copy / name).chmod(0o644)
        (copy / name).unlink()
        assert not verify_case(copy).ok, name
        (copy / name).write_bytes(data)
    (copy / "extra.txt").write_text("x")
    assert "extra.txt" in " ".join(step.detail for step in verify_case(copy).steps if not step.ok)


def test_no_absolute_path_of_this_machine_in_the_case(outcome: Outcome) -> None:
    for name, data in march.contents(outcome.case.path).items():
        assert str(march.ROOT).encode() not in data, name
        assert str(outcome.case.path.parent).encode() not in data, name


@pytest.mark.parametrize("word", ["proves", "intruder", "attacker", "state-sponsored"])
def test_no_finding_overstates(outcome: Outcome, word: str) -> None:
    for item in outcome.judged.findings:
        assert word not in " ".join([item.statement, *item.alternatives, item.challenge]).lower()
