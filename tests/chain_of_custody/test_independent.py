"""Implementations that are not ours agree: Go's sumdb libraries, and the few lines of shell in the format document."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from forensics.chain_of_custody import merkle
from forensics.chain_of_custody.log import Log
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import EDITOR, ROOT, SAMPLES, act

MODULES = Path("/usr/share/gocode")
GO = shutil.which("go")
LIBRARIES = MODULES / "src/golang.org/x/mod/sumdb/tlog"

go_only = pytest.mark.skipif(
    GO is None or not LIBRARIES.is_dir(),
    reason="needs Go and golang.org/x/mod (Debian: golang-go, golang-golang-x-mod-dev)",
)


@pytest.fixture(scope="module")
def gotlog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the Go program without any download."""
    folder = tmp_path_factory.mktemp("gotlog")
    environment = {
        "PATH": os.environ["PATH"],
        "GO111MODULE": "off",
        "GOPATH": str(MODULES),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "-p=2",
        "HOME": str(folder),
    }
    source = Path(__file__).with_name("gotlog") / "main.go"
    subprocess.run([str(GO), "build", "-o", folder / "gotlog", source], env=environment, check=True, timeout=300)
    return folder / "gotlog"


def compare(gotlog: Path, folder: Path) -> None:
    lines = (folder / "custody.jsonl").read_bytes().splitlines(keepends=True)
    leaves = [merkle.leaf_hash(line) for line in lines]
    size = len(leaves)
    expected = [f"root {at} {merkle.root(leaves[:at]).hex()}" for at in range(1, size + 1)]
    for at in range(size):
        inclusion = merkle.prove_inclusion(at, leaves)
        consistency = merkle.prove_consistency(at + 1, leaves)
        expected.append(" ".join([f"record {at}", *(node.hex() for node in inclusion)]))
        expected.append(" ".join([f"tree {at + 1}", *(node.hex() for node in consistency)]))
    expected.append(f"signed by {sealed_case.ORIGIN}")
    vkeys = [path.read_text().strip() for path in (folder / "keys").glob("*.pub")]
    done = subprocess.run(
        [gotlog, folder / "custody.jsonl", folder / "checkpoint", *vkeys], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == expected


@go_only
def test_go_agrees_on_the_frozen_case(gotlog: Path) -> None:
    compare(gotlog, SAMPLES / "good")


@go_only
def test_go_agrees_on_a_longer_log(gotlog: Path, tmp_path: Path) -> None:
    case = sealed_case.small(tmp_path / "case")
    with Log.open(case) as log:
        log.seal([act("note")] * 97, EDITOR)
    compare(gotlog, case)


@go_only
def test_go_refuses_a_changed_log(gotlog: Path) -> None:
    folder = SAMPLES / "must-fail" / "record-edited"
    vkeys = [path.read_text().strip() for path in (folder / "keys").glob("*.pub")]
    done = subprocess.run([gotlog, folder / "custody.jsonl", folder / "checkpoint", *vkeys], capture_output=True)  # noqa: PLW1510 - the status is the result
    assert done.returncode != 0


def shell_of_the_document() -> str:
    text = (ROOT / "docs" / "custody-format.md").read_text(encoding="utf-8")
    block = re.search(r"```sh\n(.*?)```", text, re.DOTALL)
    assert block is not None
    return block.group(1)


def by_hand(folder: Path) -> int:
    return subprocess.run(
        ["sh", "-c", shell_of_the_document()], cwd=folder, capture_output=True, check=False
    ).returncode


def test_the_shell_lines_of_the_format_document_check_a_case() -> None:
    assert by_hand(SAMPLES / "good") == 0
    found = {
        "byte-of-an-exhibit-changed",
        "record-edited",
        "records-swapped",
        "last-record-cut-off",
        "signed-by-stranger",
        "rewritten-and-signed-by-stranger",
        "checkpoint-with-leading-zero",
    }
    for name in found:
        assert by_hand(SAMPLES / "must-fail" / name) != 0, name
