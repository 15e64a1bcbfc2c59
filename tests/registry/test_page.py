"""docs/registry.md: its commands print what it says, its records are accepted, its table of states is the program's."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from forensics.registry.states import ALLOWED
from tests.registry.servers import postgres, programs

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")
SCHEMAS = ROOT / "docs" / "schemas"


def run(arguments: list[str], home: Path, status: int = 0) -> str:
    """Run the program with a home of its own and return what it prints."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "FORENSICS_DATA": str(home),
        "FORENSICS_HOME": str(home / "none"),
    }
    words = [sys.executable, "-m", "forensics", *arguments]
    done = subprocess.run(words, cwd=home, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def test_the_commands_print_what_the_page_says(tmp_path: Path) -> None:
    (block,) = re.findall(r"<!-- example:commands -->\n```console\n(.*?)```", PAGE, re.DOTALL)
    parts = re.findall(r"^\$ forensics (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE)
    assert len(parts) == 7
    for command, expected in parts:
        printed = run(shlex.split(command), tmp_path)
        for line in expected.splitlines():
            assert line.removesuffix("…") in printed, command


def test_the_records_of_the_page_are_accepted(tmp_path: Path) -> None:
    (text,) = re.findall(r"<!-- example:records -->\n```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "records.toml").write_text(text, encoding="utf-8")
    added = json.loads(run(["registry", "add", "records.toml", "--json"], tmp_path))
    schema = json.loads((SCHEMAS / "registry_change.json").read_text())
    jsonschema.validate(added, schema)
    assert (added["added"], added["held"]) == (2, [])
    found = json.loads(run(["registry", "lookup", "198.51.100.40", "--at", "2019-03-04", "--json"], tmp_path))
    jsonschema.validate(found, json.loads((SCHEMAS / "registry_lookup.json").read_text()))
    (match,) = found["matches"]
    assert (match["ring"], match["window"], match["record"]["state"]) == ("prefix", "inside", "indicator")
    assert [item["name"] for item in found["registries"]] == ["Published indicators: Azerbaijan", "Local registry"]
    (tmp_path / "records.toml").write_text(text.replace("confirmed_by", "reason"), encoding="utf-8")
    other = str(tmp_path / "other.sqlite")
    held = json.loads(run(["registry", "add", "records.toml", "--registry", other, "--json"], tmp_path))["held"]
    assert "two different people" in held[0]
    assert "two different people" in run(
        ["registry", "confirm", "lab-2019-prefix", "--by", "A. Curator (fictional)", "--registry", other], tmp_path, 3
    )
    changed = json.loads(
        run(["registry", "dispute", "lab-2019-range", "--reason", "x", "--reply", "y", "--json"], tmp_path)
    )
    jsonschema.validate(changed, schema)
    assert (changed["record"]["state"], changed["record"]["reply"], changed["record"]["version"]) == (
        "disputed",
        "y",
        2,
    )


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("[[record]]\nid = 'x'\n", 3, "record x: kind"),
        ("record = 3", 3, "record"),
        ("record = [", 3, "not a TOML file"),
        ("[[record]]\nkind = 'prefix'\nid = 'x'\nsources = []", 3, "at least one source"),
    ],
)
def test_bad_records_are_named_and_make_no_store(text: str, status: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    assert said in run(["registry", "add", "bad.toml"], tmp_path, status)
    assert not (tmp_path / "registry.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["add", "203.0.113.1/24", "--role", "r"], 2, "--basis"),
        (["lookup", "203.0.113.9-203.0.113.1"], 2, "ends before it begins"),
        (["lookup", "203.0.113.9", "--registry", "none.sqlite"], 3, "no such registry"),
        (["retract", "nobody", "--reason", "x"], 3, "no such registry"),
        (["retract", "nobody", "--reason", "x", "--registry", "a.sqlite", "--registry", "b.sqlite"], 2, "several"),
        (["add", "x.toml", "--registry", "folder"], 3, "cannot be read"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], status: int, said: str, tmp_path: Path) -> None:
    assert said in run(["registry", *arguments], tmp_path, status)


def test_a_window_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    words = ["registry", "add", "203.0.113.1", "--role", "r", "--basis", "victim_log", "--grade", "B2", "--note", "n"]
    words += ["--citation", "c", "--valid-from", "2020-02-01", "--valid-until", "2020-01-01"]
    assert "valid_until is not after valid_from" in run(words, tmp_path, 3)


def test_the_table_of_states_is_the_programs() -> None:
    rows = dict(re.findall(r"^\| (observed|candidate|indicator|disputed|retracted) \| (.*) \|$", PAGE, re.MULTILINE))
    for state, allowed in ALLOWED.items():
        told = re.findall(r"\b(observed|candidate|indicator|disputed|retracted)\b", rows[state])
        assert told == [name for name in allowed if name != state]


@pytest.mark.skipif(programs() is None, reason="needs PostgreSQL (Debian: postgresql)")
def test_an_analysis_takes_a_store_whole(tmp_path: Path) -> None:
    """The store's canonical file lies in the case, and its records are matched."""
    (text,) = re.findall(r"<!-- example:records -->\n```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "records.toml").write_text(text, encoding="utf-8")
    with postgres() as address:
        digests = []
        for number, named in enumerate((str(tmp_path / "store.sqlite"), address)):
            run(["registry", "add", "records.toml", "--registry", named], tmp_path)
            case = tmp_path / f"case-{number}"
            run(
                ["analyze", str(ROOT / "samples" / "march" / "evidence"), "--registry", named, "--case", str(case)],
                tmp_path,
            )
            files = sorted(path for path in (case / "registry").iterdir() if b"Local registry" in path.read_bytes())
            assert len(files) == 1
            digests.append(files[0].name)
            assert "forensics@" not in (case / "custody.jsonl").read_text(encoding="utf-8")
        assert digests[0] == digests[1]
