"""Run the console examples of a page: each prints the lines below it, in their order."""

from __future__ import annotations

import re
import shlex

import pytest

from forensics import cli


def run_page(page: str, capsys: pytest.CaptureFixture[str], *, count: int, stopped: int) -> None:
    """Run every ``$ forensics`` line; ``# stops`` marks one that ends with the status ``stopped``, ``…`` what is left out."""
    blocks = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    commands = [part for block in blocks for part in block.split("$ forensics ")[1:]]
    assert len(commands) == count
    for part in commands:
        command, *expected = part.splitlines()
        status = cli.run(shlex.split(command, comments=True))
        assert status == (stopped if "# stops" in command else 0), command
        told = capsys.readouterr()
        printed, position = told.out + told.err, 0
        for line in expected:
            wanted = line.removesuffix("…").rstrip()
            position = printed.find(wanted, position)
            assert position >= 0, f"{wanted!r} is not printed by: forensics {command}"
