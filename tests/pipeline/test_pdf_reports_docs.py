"""The page about PDF reports: its examples run as printed, ours and those of foreign programs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from forensics.pipeline.outcome import Outcome
from tests.chain_of_custody import local_tsa
from tests.doc_commands import run_page
from tests.pipeline import march
from tests.pipeline.document_pki import Office
from tests.pipeline.resealing import copied
from tests.pipeline.signed_case import PACKAGES

pytest.importorskip("pyhanko", reason="needs pyHanko")


def test_the_examples_run(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for program in ("pdfsig", "qpdf", "pdfdetach", "openssl", "bash"):
        if not shutil.which(program):
            pytest.skip(f"needs {program} (Debian: {PACKAGES})")
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    case = copied(outcome.case.path, tmp_path / "case")
    shutil.copy(march.key_file(tmp_path), "examiner.pem")
    office, tsa = Office(tmp_path), local_tsa.make(tmp_path / "authority")
    office.person("doe")
    shutil.copy(office.root, "ca.pem")
    shutil.copy(tsa.root, "tsa.pem")
    page = (march.ROOT / "docs" / "pdf-reports.md").read_text(encoding="utf-8")
    sign, check = page.split("## Check a signed report")
    with local_tsa.serving(tsa.reply) as url:
        run_page(sign.replace("https://tsa.example.org", url), capsys, count=1, stopped=4)
    (signed,) = (case / "signed").glob("*.pdf")
    shutil.copy(signed, "SIGNED.pdf")
    Path("CHANGED.pdf").write_bytes(signed.read_bytes() + b"\n% appended\n")
    run_page(check, capsys, count=2, stopped=4)
    (script,) = re.findall(r"```sh\n(.*?)```", check, re.DOTALL)
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for said in ("Signature is Valid", "Total document signed", "No syntax or stream encoding errors", "findings.json"):
        assert said in done.stdout
    assert "CMS Verification successful" in done.stderr
