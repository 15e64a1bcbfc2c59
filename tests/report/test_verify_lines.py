"""The shell lines that the report prints are run on a real sealed case, word for word."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forensics.chain_of_custody import Log, durable
from forensics.report.page import build
from forensics.report.view import CaseView, Checkpoint
from tests.chain_of_custody import sealed_case


@pytest.mark.skipif(
    not all(map(shutil.which, ("openssl", "sha256sum", "sh"))), reason="needs sh, sha256sum and openssl"
)
def test_the_printed_lines_verify_the_case_and_see_the_printed_checkpoint(tmp_path: Path) -> None:
    folder = sealed_case.small(tmp_path / "CASE-FOLDER", kit=True)
    note = (folder / "checkpoint").read_text(encoding="utf-8")
    origin, size, root = note.split("\n")[:3]
    with Log.open(folder) as log:  # the report itself is an act after the seal whose checkpoint it prints
        report = durable.publish(folder, "report.html", b"<!doctype html>")
        log.seal([sealed_case.act("report.render", out=[report])], sealed_case.EDITOR)
    view = CaseView(case_id="c", checkpoint=Checkpoint(origin=origin, size=int(size), root=root, note=note))
    lines = build(view).verify_lines
    key = next((folder / "keys").glob("*.pem")).stem
    script = "\n".join(lines).replace("keys/ID.pem", f"keys/{key}.pem").replace("python3", sys.executable)
    done = subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("The case verifies.") == 2
    assert note in done.stdout
    assert "Signature Verified Successfully" in done.stdout
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["CASE-FOLDER", "signature", "text"]
