"""Hostile files in one folder with a good one: bounded memory, clear rejections, and the good one is read whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.march import ROOT

LOGIN = {"action": "Login", "timestamp": 1583888287, "ip_address": "203.0.113.45", "user_agent": "Mozilla/5.0"}
MEMORY = 1_000_000  # kilobytes


def many_members(folder: Path) -> None:
    with zipfile.ZipFile(folder / "many.zip", "w") as archive:
        for number in range(100_000):
            archive.writestr(f"d/{number}.json", b"{}")


def nested(folder: Path) -> None:
    inner = b"x"
    for depth in range(12):
        path = folder / "nested.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{depth}.zip", inner)
        inner = path.read_bytes()


def bomb(folder: Path) -> None:
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("zeros.json", b"0" * 700_000_000)


def deep_json(folder: Path) -> None:
    for opening in ("[", '{"a":'):
        text = f'{{"account_activity_v2": [{json.dumps(LOGIN)}, {opening * 1_000_000}'
        (folder / f"deep{len(opening)}.json").write_text(text)


def huge_numbers(folder: Path) -> None:
    rows = [
        json.dumps({**LOGIN, "timestamp": "X"}).replace('"X"', number)
        for number in ("9" * 10_000, "1e999", "-0.0", "1E-9999")
    ]
    (folder / "huge.json").write_text(f'{{"account_activity_v2": [{", ".join([*rows, json.dumps(LOGIN)])}]}}')


def entities(folder: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    body = '<sms address="Facebook" date="1583887315640" type="1" body="&l11;"/>'
    document = f'<?xml version="1.0"?><!DOCTYPE smses [<!ENTITY l0 "ha">{laughs}]><smses count="1">{body}</smses>'
    (folder / "laughs.xml").write_text(document)


def million_nodes(folder: Path) -> None:
    for name, node in (
        ("flat", "<td class='_a6_q'>x</td>"),
        ("deep", "<div class='_a6-g'>"),
        ("outer", "<div class='outer-cell mdl-cell'>"),
    ):
        (folder / f"{name}.html").write_text(f"<html><body>{node * 1_000_000}")


def control_names(folder: Path) -> None:
    with zipfile.ZipFile(folder / "names.zip", "w") as archive:
        for name in (
            "a\x1b[31mred.json",
            "b\u202egnp.json",
            "c\x07\r\nfake line.json",
            "../../climb.json",
            "/abs.json",
        ):
            archive.writestr(name, b"{}")


def long_lines(folder: Path) -> None:
    (folder / "line.csv").write_bytes(b"a,b\n" + b'"' * 40_000_000)
    (folder / "line.log").write_bytes(b"A" * 40_000_000)


HOSTILE = [
    many_members, nested, bomb, deep_json, huge_numbers, entities, million_nodes, control_names, long_lines,
]  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_files_cost_themselves_only(tmp_path: Path, make: Callable[[Path], None]) -> None:
    evidence, case = tmp_path / "evidence", tmp_path / "case"
    evidence.mkdir()
    make(evidence)
    (evidence / "zz-good.json").write_text(json.dumps({"account_activity_v2": [LOGIN] * 3}))
    done, kilobytes = run(tmp_path, "analyze", str(evidence), "--case", str(case), "--json")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert not [c for c in done.stdout + done.stderr if ord(c) < 32 and c != "\n"]
    assert kilobytes < MEMORY
    ledger = json.loads((case / "coverage.json").read_text())
    totals = ledger["totals"]
    assert totals["rows"] == totals["events"] + totals["rejections"] + totals["unused"]
    (good,) = [member for member in ledger["members"] if member["name"].endswith("zz-good.json")]
    assert (good["events"], good["rejections"]) == (3, 0)
    assert run(tmp_path, "verify", str(case))[0].returncode == 0


REPORT = """
import atexit, re, sys
from pathlib import Path
target = Path(sys.argv.pop(1))
peak = lambda: re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
atexit.register(lambda: target.write_text(peak()))
from forensics.cli import main
main()
"""
"""A process tells its own peak: what its parent measures includes the parent's memory at the fork."""


def run(folder: Path, *words: str) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run the program in a process of its own; return what it said and its peak memory in kilobytes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FORENSICS_HOME": str(folder / "home")}
    command = [sys.executable, "-c", REPORT, str(folder / "peak"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return done, int((folder / "peak").read_text())
