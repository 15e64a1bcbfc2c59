"""Docs fail the build: transcripts run, every command and exit status is told, links resolve, the tutorial works."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from forensics import cli, errors
from forensics.ingest.format import Format
from forensics.pipeline import describing
from tests.pipeline.march import ROOT

README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "samples").glob("*.md")])


def commands() -> list[tuple[str, ...]]:
    """Return every command of the program, groups included."""
    import typer.main

    def below(group: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        inner = getattr(group, "commands", {})
        if not inner:
            return [path]
        return [found for name in inner for found in below(inner[name], (*path, name))]

    return below(typer.main.get_command(cli.app), ())


def test_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_readme_transcripts_run(tmp_path: Path) -> None:
    blocks = re.findall(r"<!-- transcript:\w+ -->\n```console\n\$ forensics (.*?)\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 3
    environment = dict(os.environ, FORENSICS_HOME=str(tmp_path / "home"))
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    for command, expected in blocks:
        words = [sys.executable, "-m", "forensics", *shlex.split(command)]
        environment["PYTHONPATH"] = str(ROOT)
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        position = 0
        for line in expected.splitlines():
            wanted = line.removesuffix("…").strip()
            position = done.stdout.find(wanted, position)
            assert position >= 0, f"{wanted!r} is not printed (in this order) by: forensics {command}"


def test_every_command_is_in_the_reference() -> None:
    reference = (ROOT / "docs" / "cli.md").read_text()
    for command in commands():
        assert f"## forensics {' '.join(command)}\n" in reference, command


def test_reference_is_what_the_program_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERMINAL_WIDTH", "100")
    parts = ["# Command line", "", "Generated from the program; `ACCEPT=1 make test` rewrites it.", ""]
    for command in sorted(commands()):
        cli.run([*command, "--help"])
        text = capsys.readouterr().out.strip()
        parts += [f"## forensics {' '.join(command)}", "", "```text", text, "```", ""]
    whole = "\n".join(parts)
    page = ROOT / "docs" / "cli.md"
    if os.environ.get("ACCEPT"):
        page.write_text(whole)
    assert page.read_text() == whole


def test_page_of_formats_is_what_the_program_reads() -> None:
    rows = list(describing.formats(brief=False)[1])
    parts = [
        "# Formats that are read",
        "",
        "Generated from the program; `ACCEPT=1 make test` rewrites it. `forensics formats --format json`",
    ]
    parts += ["tells also how to obtain each, which clock its times follow, and how far back it reaches.", ""]
    parts += ["| provider | format | what |", "|---|---|---|"]
    parts += [
        f"| {row['provider']} | `{row['name']}` | {row['title']} |"
        for row in sorted(rows, key=lambda r: (r["provider"], r["name"]))
    ]
    whole = "\n".join([*parts, "", f"{len(rows)} formats.", ""])
    page = ROOT / "docs" / "formats.md"
    if os.environ.get("ACCEPT"):
        page.write_text(whole, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == whole
    assert len(rows) >= 45


def test_every_exit_status_is_documented() -> None:
    statuses = {
        value.exit_status
        for value in vars(errors).values()
        if isinstance(value, type) and hasattr(value, "exit_status")
    }
    for status in sorted(statuses | {0, 130}):
        for text in (README, cli.EPILOG, errors.__doc__ or ""):
            assert re.search(rf"\b{status}\b", text), status


def test_links_resolve() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_architecture_names_every_module_at_the_top() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for path in (ROOT / "forensics").iterdir():
        if path.name.startswith("_") or path.name == "py.typed":
            continue
        assert (f"{path.name}/" if path.is_dir() else path.stem) in text, path.name


def test_the_tutorial_format_works() -> None:
    text = (ROOT / "docs" / "adding-a-format.md").read_text()
    (module,) = re.findall(r"<!-- example:module -->\n```python\n(.*?)```", text, re.DOTALL)
    (specimen,) = re.findall(r"<!-- example:specimen -->\n```csv\n(.*?)```", text, re.DOTALL)
    scope: dict[str, object] = {"__name__": "example_mail"}
    exec(compile(ast.parse(module), "adding-a-format.md", "exec"), scope)  # noqa: S102 - our own documentation
    made = scope["FORMAT"]
    assert isinstance(made, Format)
    assert all(f"{section}:" in module for section in ("What it is", "How to obtain", "Time", "Versions"))

    from forensics.ingest.driver import read_member
    from tests.ingest.reading import Collected, evidence_of

    sink = Collected()
    coverage = read_member(evidence_of(specimen.encode(), "renamed.bin"), {"example_mail": made}, sink)
    assert (coverage.rows, coverage.events, coverage.rejections) == (3, 2, 1)
    assert [row["action"] for row in sink.rows] == ["login", "login_failed"]
    assert sink.rows[1]["source_port"] == 50312
    assert sink.rejections[0].place == "line:4"
    assert "without a zone" in sink.rejections[0].reason
