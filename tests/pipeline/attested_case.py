"""A small sealed case whose key is kept, and the programs that look at it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

from forensics import cli
from forensics.case import CaseFacts, CaseFolder
from forensics.chain_of_custody import load_key, publish, save_unprotected_key
from forensics.chain_of_custody.canonical import Value
from forensics.chain_of_custody.keys import from_seed
from forensics.pipeline.sealing import Sealer, Signer
from tests.chain_of_custody.sealed_case import KIT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ROWS = b"time,address\n2020-03-17,192.0.2.7\n"
SECOND = b"From: editor@example.org\n\nhello\n"


def key_file(path: Path, number: int, name: str) -> Path:
    """Write a key made from a number."""
    save_unprotected_key(from_seed(bytes([number]) * 32, name), path)
    return path


def make(folder: Path, key: Path, *, pap: str = "AMBER") -> Path:
    """Make a case of two exhibits."""
    facts = CaseFacts(id="2026-001", organisation="example.org", opened="2026-01-01T00:00:00Z", pap=pap)
    case = CaseFolder.create(folder, facts)
    with Sealer.open_case(case, Signer(identity=load_key(key), one_time=False)) as sealer:
        for name, data in {"logins.csv": ROWS, "mail.eml": SECOND}.items():
            digest = hashlib.sha256(data).hexdigest()
            publish(folder, f"exhibits/{digest}", data)
            subject: dict[str, Value] = {"name": name, "bytes": len(data), "sha256": digest, "copy": "evidentiary"}
            sealer.record("evidence.ingest", subject, [f"exhibits/{digest}"])
    return folder


def note(folder: Path, key: Path, text: str) -> None:
    """Append a record."""
    case = CaseFolder.open(folder)
    with Sealer.reopen(case, Signer(identity=load_key(key), one_time=False)) as sealer:
        sealer.record("note", {"text": text})


class Terminal:
    """Runs ``forensics`` in this process; the last call's output is kept."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Take over what the process prints."""
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *words: object, status: int = 0) -> str:
        """Run a command that has to end with a status; return what it printed."""
        self._capsys.readouterr()
        ended = cli.run([str(word) for word in words])
        self.out, self.err = self._capsys.readouterr()
        assert ended == status, (words, self.out, self.err)
        return self.out


def verdicts(folder: Path) -> tuple[int, int]:
    """Return how verify.sh and verify.py of the kit end."""
    ends = []
    programs: list[list[str]] = [["sh", str(KIT / "verify.sh")], [sys.executable, "-I", str(KIT / "verify.py")]]
    for words in programs:
        done = subprocess.run([*words, str(folder)], capture_output=True, text=True, check=False)
        assert not done.stderr, done.stderr
        ends.append(done.returncode)
    return ends[0], ends[1]
