"""The project keeps its own promises: locks without addresses, small rooms, no drawers, published schema equals the code."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from pathlib import Path

import pytest

from forensics.event_table import event_schema
from forensics.model import Event
from tests.pipeline.march import ROOT

SOURCES = sorted((ROOT / "forensics").rglob("*.py"))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements.in", "requirements-dev.in"])
def test_locks_hold_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"https?://|--(index|extra-index|find-links|trusted)", text)
    if not name.endswith(".in"):
        pinned = re.findall(r"^[\w.\[\]-]+==", text, re.MULTILINE)
        assert len(pinned) > 5
        assert all(re.search(re.escape(pin) + r"\S+ \\\n\s+--hash=sha256:", text) for pin in pinned)


def test_every_dependency_is_locked_and_used() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    names = re.findall(r'^    "([a-z0-9-]+)>=', project.split("dependencies = [")[1].split("]")[0], re.MULTILINE)
    locked = (ROOT / "requirements.txt").read_text()
    code = "\n".join(path.read_text() for path in SOURCES)
    assert names
    for name in names:
        assert f"\n{name}==" in f"\n{locked}", name
        assert name == "tzdata" or re.search(rf"^\s*(import|from) {name}\b", code, re.MULTILINE), name


def test_rooms_stay_small_and_no_drawers() -> None:
    long = {path.name: size for path in SOURCES if (size := len(path.read_text().splitlines())) > 420}
    assert long == {"verify.py": long.get("verify.py", 0)}, "only the kit's single-file verifier may be long"
    assert not [
        path for path in SOURCES if path.stem in {"utils", "util", "helpers", "common", "misc", "base", "manager"}
    ]


def test_no_broad_except() -> None:
    for path in SOURCES:
        assert not re.search(r"except( Exception| BaseException)?:", path.read_text()), path


def test_event_schema_is_generated_from_the_row_type() -> None:
    names = [field.name for field in dataclasses.fields(Event)]
    assert list(event_schema().names) == names
    published = json.loads((ROOT / "docs" / "schemas" / "event.json").read_text())
    assert list(published["properties"]) == ["schema", *names]


def test_columns_are_those_of_the_design() -> None:
    design = """event_id kind time time_end time_text zone_basis precision provider service account action action_text outcome
    initiator address source_port address_text address_form user_agent device stated_place exhibit member place detail"""
    assert [field.name for field in dataclasses.fields(Event)] == design.split()


def test_nothing_in_the_package_opens_a_socket() -> None:
    talkers = re.compile(
        r"^\s*(import|from) (socket|ssl|urllib|http|ftplib|smtplib|requests|httpx|asyncio)\b", re.MULTILINE
    )
    found = {path.relative_to(ROOT).as_posix() for path in SOURCES if talkers.search(path.read_text())}
    parsers_only = {path for path in found if re.search(r"\binet_(pton|ntop)\b", (ROOT / path).read_text())}
    urls_only = {path for path in found - parsers_only if "urllib.parse" in (ROOT / path).read_text()}
    assert found - parsers_only - urls_only == set()


def test_tracked_files_name_no_machine() -> None:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout: FORENSICS_SPECIMENS-like optional check")
    hosts = re.compile(rb"py[p]i\.or[g]|pytho[n]hosted|/(wor[k]|far[m])/")
    for name in filter(None, done.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            assert not hosts.search(path.read_bytes()), name
            assert path.stat().st_size < 4_000_000, name


def test_licences_are_named() -> None:
    assert (ROOT / "LICENSE").read_text().lstrip().startswith("Apache License")
    for folder in ("forensics/enrichment/data", "forensics/registry/data"):
        assert (ROOT / folder / "LICENCES.md").stat().st_size > 200
    assert Path(ROOT / "forensics/enrichment/data/LICENCES.md").read_text().count("PDDL") >= 1
