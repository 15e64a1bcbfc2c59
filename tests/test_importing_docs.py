"""docs/importing-indicators.md: its files are written, its commands run, and what it says they print is printed, in order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.pipeline.march import ROOT

PAGE = (ROOT / "docs" / "importing-indicators.md").read_text()


def test_the_commands_of_the_page_run(tmp_path: Path) -> None:
    files = re.findall(r"<!-- file:(\S+) -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert [name for name, _ in files] == ["list.txt", "ours.csv", "ours.toml"]
    for name, content in files:
        (tmp_path / name).write_text(content)
    commands = [
        command
        for block in re.findall(r"<!-- transcript -->\n```console\n(.*?)```", PAGE, re.DOTALL)
        for command in re.findall(r"\$ forensics (.*?)\n((?:[^$].*\n)*)", block)
    ]
    assert len(commands) == 6
    environment = {**os.environ, "FORENSICS_HOME": str(tmp_path / "home"), "SOURCE_DATE_EPOCH": "1795392000"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    for command, expected in commands:
        words = [sys.executable, "-m", "forensics", *shlex.split(command)]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        position = 0
        for line in expected.splitlines():
            position = done.stdout.find(line.strip(), position)
            assert position >= 0, f"{line!r} is not printed by {command!r}:\n{done.stdout}"


def test_every_importer_and_option_is_told() -> None:
    from forensics.cli.known import import_
    from forensics.registry.importer import all_importers

    for name in ("registry", "mapping", "source_date", "licence", "tlp", "dry_run"):
        assert name in import_.__annotations__
        assert f"--{name.replace('_', '-')}" in PAGE
    for word in ("Targeted Threats", "STIX 2.1 bundle", "TAXII 2.1 envelope", "MISP event", "plain list"):
        assert word in PAGE
    assert len(all_importers()) == len(re.findall(r"^\| ", PAGE, re.MULTILINE)) - 1
