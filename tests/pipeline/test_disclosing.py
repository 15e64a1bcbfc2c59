"""One exhibit shown alone; and what this computer remembers of a log."""

from __future__ import annotations

import json
import shutil
import subprocess
from hashlib import sha256
from typing import TYPE_CHECKING

import jsonschema
import pytest

from forensics.chain_of_custody.checkpoint import unverified
from forensics.chain_of_custody.cosignature import witness_key
from forensics.chain_of_custody.keys import from_seed
from forensics.report import qr
from tests.chain_of_custody.sealed_case import ROOT
from tests.pipeline import attested_case
from tests.pipeline.attested_case import Terminal

if TYPE_CHECKING:
    from pathlib import Path

ZBAR = shutil.which("zbarimg")
LAWYER = witness_key(from_seed(bytes([2]) * 32, "lawyer.example"))


pytestmark = pytest.mark.usefixtures("home")


def vkey(case: Path) -> str:
    (found,) = (case / "keys").glob("*.pub")
    return found.read_text().strip()


def test_one_exhibit_is_shown_without_the_others(case: Path, key: Path, run: Terminal, tmp_path: Path) -> None:
    proof, exhibit = tmp_path / "logins.tlog-proof", tmp_path / "logins.csv"
    exhibit.write_bytes(attested_case.ROWS)
    run("custody", "proof", case, "logins.csv", "--out", proof, "--key", key)
    assert "Logged:" in run.out
    record = tmp_path / "logins.record"
    told = proof.read_bytes() + record.read_bytes()
    assert b"mail.eml" not in told
    assert sha256(attested_case.SECOND).hexdigest().encode() not in told
    words = ["custody", "proof", "verify", proof, "--record", record]
    run(*words, "--key", vkey(case), "--file", exhibit)
    assert "Holds:       record 1 of 3 in the log example.org/case/2026-001" in run.out
    assert "Same bytes:  logins.csv" in run.out
    assert "Not shown:" in run.out
    shown = json.loads(run(*words, "--key", vkey(case), "--json"))
    assert shown["files"][0]["sha256"] == sha256(attested_case.ROWS).hexdigest()
    jsonschema.validate(shown, json.loads((ROOT / "docs/schemas/proof.json").read_text()))
    exhibit.write_bytes(attested_case.ROWS + b"\n")
    run(*words, "--key", vkey(case), "--file", exhibit, status=4)
    run(*words, status=2)
    run("verify", case)


def test_a_proof_that_witnesses_have_seen(case: Path, key: Path, run: Terminal, tmp_path: Path) -> None:
    lawyer = attested_case.key_file(tmp_path / "lawyer.pem", 2, "lawyer.example")
    asked, answer, policy = tmp_path / "asked.txt", tmp_path / "answer.txt", tmp_path / "mine.policy"
    run("custody", "witness", "request", case, "--out", asked)
    state = ["--state", tmp_path / "state", "--log", vkey(case)]
    run("custody", "witness", "cosign", asked, "--key", lawyer, *state, "--out", answer)
    run("custody", "witness", "add", case, answer, "--key", key, "--witness", LAWYER.vkey)
    attested_case.note(case, key, "later")
    proof = tmp_path / "mail.tlog-proof"
    run("custody", "proof", case, sha256(attested_case.SECOND).hexdigest()[:12], "--out", proof, "--key", key)
    words = ["custody", "proof", "verify", proof, "--record", tmp_path / "mail.record"]
    policy.write_text(f"log {vkey(case)}\nwitness lawyer {LAWYER.vkey}\nquorum lawyer\n")
    assert "quorum" not in run(*words, "--key", vkey(case)).lower()
    assert "Not counted: 1 signatures" in run.out
    assert "Quorum:      lawyer is met" in run(*words, "--policy", policy)
    stranger = witness_key(from_seed(bytes([9]) * 32, "stranger.example"))
    policy.write_text(f"log {vkey(case)}\nwitness stranger {stranger.vkey}\nquorum stranger\n")
    run(*words, "--policy", policy, status=4)
    assert "quorum stranger" in run.err


@pytest.mark.parametrize("wanted", ["nothing.csv", "exhibits/none", "ffffffff", ""])
def test_what_is_no_exhibit(case: Path, key: Path, run: Terminal, tmp_path: Path, wanted: str) -> None:
    run("custody", "proof", "make", case, wanted, "--out", tmp_path / "x.tlog-proof", "--key", key, status=2)
    assert "no exhibit" in run.err
    assert not (tmp_path / "x.tlog-proof").exists()


def test_a_proof_without_the_key_of_the_case_is_made_and_not_logged(case: Path, run: Terminal, tmp_path: Path) -> None:
    run("custody", "proof", case, "mail.eml", "--out", tmp_path / "m.tlog-proof")
    assert "Not logged:" in run.out
    run("verify", case)


def test_this_computer_notices_an_older_state_and_another_history(
    case: Path, key: Path, run: Terminal, home: Path, tmp_path: Path
) -> None:
    older = shutil.copytree(case, tmp_path / "older")
    attested_case.note(case, key, "something that somebody would rather not have")
    run("verify", older)
    assert len(list((home / "seen").iterdir())) == 1
    run("verify", case)  # it goes on from what was seen
    run("verify", older, status=4)
    assert "has seen 4 records of this log, and the folder holds 3: it is an older state" in run.out
    attested_case.note(older, key, "another history")
    run("verify", older, status=4)
    assert "the first 4 records are not those that this computer has seen: the log has two histories" in run.out
    attested_case.note(older, key, "that grows longer")
    run("verify", older, status=4)
    assert "two histories" in run.out
    result = json.loads(run("verify", case, "--json"))
    assert [step["detail"] for step in result["steps"] if step["n"] == 10] == ["as expected"]
    run("verify", older, "--forget")
    run("verify", case, status=4)
    (seen,) = (home / "seen").iterdir()
    seen.write_bytes(b"\xff damaged")
    run("verify", case)


def test_nothing_is_remembered_where_the_clock_is_held(
    case: Path, key: Path, run: Terminal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = shutil.copytree(case, tmp_path / "older")
    attested_case.note(case, key, "later")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1583971200")
    run("verify", case)
    run("verify", older)
    assert not (home / "seen").exists()


def test_a_case_made_anew_under_its_name_is_told(case: Path, run: Terminal, tmp_path: Path) -> None:
    other = attested_case.make(tmp_path / "anew", attested_case.key_file(tmp_path / "other.pem", 7, "other"))
    run("verify", case)
    assert "another log of this name" not in run.out
    run("verify", other)
    assert "this computer has seen another log of this name, opened with another key" in run.out


def test_a_receipt_prints_size_and_root(case: Path, run: Terminal) -> None:
    head = unverified((case / "checkpoint").read_bytes())
    told = run("custody", "receipt", case)
    assert f"Size:Root:   3:{head.root.hex()}\n" in told
    assert told.count("██") > 100
    run("verify", case, "--expect-root", f"3:{head.root.hex()}")
    run("custody", "receipt", case, "--svg", case / "x.svg", status=2)
    (case / "planted").write_bytes(b"")
    run("custody", "receipt", case, status=4)


@pytest.mark.skipif(ZBAR is None or shutil.which("rsvg-convert") is None, reason="needs zbarimg and rsvg-convert")
def test_a_camera_reads_the_receipt(case: Path, run: Terminal, tmp_path: Path) -> None:
    picture, pixels = tmp_path / "receipt.svg", tmp_path / "receipt.png"
    run("custody", "receipt", case, "--svg", picture)
    subprocess.run(["rsvg-convert", "-o", pixels, picture], check=True)
    done = subprocess.run([str(ZBAR), "--quiet", "--raw", pixels], capture_output=True, check=True)
    text = done.stdout.decode().rstrip("\n") + "\n"
    head = unverified((case / "checkpoint").read_bytes())
    assert text == qr.head_text(head.origin, head.size, head.root)
    assert (case / "checkpoint").read_text(encoding="utf-8").startswith(text)
