"""docs/registry-releases.md tells what the commands do: its console blocks run in their order, in one folder."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.pipeline.march import ROOT, key_file

PAGE = (ROOT / "docs" / "registry-releases.md").read_text()


def test_the_commands_of_the_page_run(tmp_path: Path) -> None:
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    home = tmp_path / "home"
    (home / "keys").mkdir(parents=True)
    shutil.copy(key_file(tmp_path), home / "keys" / "examiner.pem")
    environment = dict(os.environ, FORENSICS_HOME=str(home), PYTHONPATH=str(ROOT), SOURCE_DATE_EPOCH="1561939200")
    for command, expected in re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", "".join(blocks), re.MULTILINE):
        words = shlex.split(command)
        if words[0] == "forensics":
            words = [sys.executable, "-m", *words]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        position = 0
        for part in (piece for line in expected.splitlines() for piece in line.split("…") if piece.strip()):
            position = done.stdout.find(part.strip(), position)
            assert position >= 0, f"{part!r} is not printed (in this order) by: {command}\n{done.stdout}"


def test_the_page_says_what_a_private_set_does_not_hide() -> None:
    assert "2^32" in PAGE
    assert "Whoever has set and key can read the list" in PAGE
