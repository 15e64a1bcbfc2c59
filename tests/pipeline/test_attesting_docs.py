"""The page about witnesses and time: its examples run as printed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from forensics.chain_of_custody.cosignature import witness_key
from forensics.chain_of_custody.keys import from_seed
from tests.chain_of_custody.sealed_case import ROOT
from tests.doc_commands import run_page
from tests.pipeline import attested_case

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    key = attested_case.key_file(tmp_path / "examiner.pem", 1, "examiner")
    attested_case.key_file(tmp_path / "lawyer.pem", 2, "lawyer.example")
    case = attested_case.make(tmp_path / "case", key)
    (public,) = (case / "keys").glob("*.pub")
    shutil.copy(public, "case.pub")
    lawyer = witness_key(from_seed(bytes([2]) * 32, "lawyer.example"))
    (tmp_path / "witnesses.policy").write_text(f"witness lawyer {lawyer.vkey}\nquorum lawyer\n")
    (tmp_path / "log.policy").write_text(f"log {public.read_text()}quorum none\n")
    (tmp_path / "logins.csv").write_bytes(attested_case.ROWS)
    page = (ROOT / "docs" / "witnesses-and-time.md").read_text(encoding="utf-8")
    run_page(page, capsys, count=10, stopped=4)
