"""The commands of docs/serving.md do what the page says."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import subprocess
from pathlib import Path

from tests.pipeline.march import ROOT
from tests.serve.asking import run, served

PAGE = (ROOT / "docs" / "serving.md").read_text()


def blocks(mark: str) -> list[str]:
    """Return the commands of the marked blocks."""
    found = re.findall(rf"<!-- {mark} -->\n```console\n(.*?)```", PAGE, re.DOTALL)
    return [line.removeprefix("$ ") for block in found for line in block.splitlines()]


def test_the_commands_run(tmp_path: Path) -> None:
    commands = blocks("run")
    assert len(commands) == 3
    for command in commands:
        done = run(tmp_path, *shlex.split(command)[1:])
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "feed" / "misp" / "manifest.json").is_file()


def test_the_server_answers_as_told(tmp_path: Path) -> None:
    commands = blocks("run:server")
    assert len(commands) == 5
    with served(tmp_path) as running:
        answers = []
        for command in commands:
            words = shlex.split(command.replace("http://127.0.0.1:8765", running.url))
            words.insert(1, "--globoff")
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            answers.append(json.loads(done.stdout))
    looked_up, collections, description, discovery, objects = answers
    assert looked_up["answers"][0]["matches"]
    assert [one["tlp"] for one in collections["collections"]] == ["CLEAR"]
    assert description["openapi"] == "3.1.0"
    assert discovery["default"].endswith("/taxii2/registry/")
    assert {item["type"] for item in objects["objects"]} == {"infrastructure"}


def test_the_bounds_are_those_of_the_code() -> None:
    from forensics.cli.serve import serve
    from forensics.serve import answering, bodies, definitions, taxii

    assert f"| {definitions.MAX_QUERIES:,}; {bodies.MAX_BODY // 2**20} MiB |" in PAGE
    assert f"| {answering.MAX_MATCHES:,}; more is refused" in PAGE
    assert f"| {taxii._PAGE} objects, at most {taxii._MAX_PAGE:,}" in PAGE
    assert f"({inspect.signature(serve).parameters['rate'].default:,}); then" in PAGE
