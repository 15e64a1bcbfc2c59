"""The project keeps its own promises: locks without addresses, small rooms, no drawers, published schema equals the code."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from forensics.event_table import event_schema
from forensics.model import Event
from tests.pipeline.march import ROOT

SOURCES = sorted((ROOT / "forensics").rglob("*.py"))
TALKERS = {"socket", "ssl", "urllib", "http", "ftplib", "smtplib", "requests", "httpx", "aiohttp", "asyncio"}
SILENT = re.compile(r"socket\.(AF_INET6?|inet_pton|inet_ntop)|urllib\.parse(\.\w+)?")
"""What may be used of the modules that can talk: parsers of addresses and of URLs."""


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
        module = {
            "dkimpy": "dkim",
            "pyyaml": "yaml",
            "dnspython": r"dns(\.\w+)*",
            "python-socks": "python_socks",
            "rfc3161-client": "rfc3161_client",
        }.get(name, name)
        assert name == "tzdata" or re.search(rf"^\s*(import|from) {module}\b", code, re.MULTILINE), name


def test_rooms_stay_small_and_no_drawers() -> None:
    long = {path.name: size for path in SOURCES if (size := len(path.read_text().splitlines())) > 420}
    assert long == {"verify.py": long.get("verify.py", 0)}, "only the kit's single-file verifier may be long"
    assert not [
        path for path in SOURCES if path.stem in {"utils", "util", "helpers", "common", "misc", "base", "manager"}
    ]


def swallows(source: str) -> list[int]:
    """Return the lines of handlers that catch everything and do not end by raising."""
    handlers = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ExceptHandler)]
    return [
        handler.lineno
        for handler in handlers
        if (handler.type is None or re.search(r"\b(Base)?Exception\b", ast.unparse(handler.type)))
        and not isinstance(handler.body[-1], ast.Raise)
    ]


def test_no_broad_except() -> None:
    """Only the driver may: whatever one member does, the run goes on, and the ledger tells it."""
    for path in SOURCES:
        assert swallows(path.read_text()) == [] or path.name == "driver.py", path


@pytest.mark.parametrize("caught", ["", " Exception", " Exception as error", " (OSError, builtins.BaseException)"])
def test_broad_excepts_are_found_unless_they_raise(caught: str) -> None:
    assert swallows(f"try:\n    f()\nexcept{caught}:\n    pass\n") == [3]
    assert swallows(f"try:\n    f()\nexcept{caught}:\n    g()\n    raise\n") == []
    assert swallows("try:\n    f()\nexcept ExceptionGroup:\n    pass\n") == []


def test_event_schema_is_generated_from_the_row_type() -> None:
    names = [field.name for field in dataclasses.fields(Event)]
    assert list(event_schema().names) == names
    published = json.loads((ROOT / "docs" / "schemas" / "event.json").read_text())
    assert list(published["properties"]) == ["schema", *names, "same_as"]


def test_columns_are_those_of_the_design() -> None:
    design = """event_id kind time time_end time_text zone_basis precision provider service account action action_text outcome
    initiator address source_port address_text address_form user_agent device stated_place exhibit member place detail"""
    assert [field.name for field in dataclasses.fields(Event)] == design.split()


def test_only_the_gate_opens_a_socket() -> None:
    """``over_https`` speaks HTTP over a connection of the gate: it uses what writes and reads messages, not what connects."""
    speaks = {"over_https.py": {"http.client.HTTPConnection", "http.client.HTTPException", "http.client.HTTPResponse",
                                "http.client.IncompleteRead", "http.client"},
              "ssh_agent.py": {"socket.socket", "socket.AF_UNIX"}}  # fmt: skip
    for path in SOURCES:
        if path.name != "gate.py":
            assert talks(path.read_text()) <= speaks.get(path.name, set()), path
    gate = (ROOT / "forensics" / "enrichment" / "gate.py").read_text()
    assert "socket.create_connection" in talks(gate)
    agent = (ROOT / "forensics" / "chain_of_custody" / "ssh_agent.py").read_text()
    assert agent.count("socket.socket(") == agent.count("socket.socket(socket.AF_UNIX)") == 1
    whole = "\n".join(path.read_text() for path in SOURCES)
    assert not re.search(r"\bdns\.(query|asyncquery|asyncresolver)\b|\bResolver\(\)\.(?!nameservers)", whole)
    assert len(re.findall(r"import python_socks|from python_socks", whole)) == 2, "the gate's own two lines"
    assert "auto_open = 0" in (ROOT / "forensics/enrichment/over_https.py").read_text()


def test_only_the_server_listens_and_it_never_connects() -> None:
    """One module hands connections to uvicorn; nothing else of ``serve`` knows a network, and no client library is used."""
    for path in SOURCES:
        text = path.read_text()
        starts = bool(re.search(r"^\s*(import|from) uvicorn\b", text, re.MULTILINE))
        assert starts == (path.parts[-2:] in (("serve", "running.py"), ("pipeline", "serving.py"))), path
        assert "uvicorn.Server(" not in text or path.name == "running.py"
        assert not re.search(r"^\s*(import|from) (anyio|starlette\.testclient)\b", text, re.MULTILINE), path


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            "import socket\nsocket.inet_pton(socket.AF_INET, x)\nsocket.create_connection(y)",
            {"socket.create_connection"},
        ),
        ("import socket as s\ngetattr(s, name)", {"socket"}),
        ("from socket import inet_pton, socket", {"socket.socket"}),
        ("from urllib.parse import urlsplit\nimport urllib.request", {"urllib.request"}),
        ("import urllib.parse\nurllib.parse.quote(x)\nurllib.request.urlopen(x)", {"urllib.request"}),
        ("from urllib import parse, request", {"urllib.request"}),
        ("def f():\n    import asyncio", {"asyncio"}),
    ],
)
def test_what_talks_is_found_beside_what_parses(source: str, found: set[str]) -> None:
    assert talks(source) == found


def talks(source: str) -> set[str]:
    """Return the names of networking modules that a source uses, except those that only parse."""
    nodes = list(ast.walk(ast.parse(source)))
    bound: dict[str, str] = {}
    used: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            named = [alias for alias in node.names if alias.name.split(".")[0] in TALKERS]
            bound |= {alias.asname or alias.name.split(".")[0]: alias.name.split(".")[0] for alias in named}
            used |= {alias.name for alias in named if alias.name != "socket"}
        elif isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in TALKERS and not node.level:
            used |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in used | _uses(nodes, bound) if not SILENT.fullmatch(name)}


def _uses(nodes: list[ast.AST], bound: dict[str, str]) -> set[str]:
    """Return ``module.name`` for every attribute taken of a bound module, and ``module`` where it is handed on whole."""
    taken = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    inside = {id(node.value) for node in taken}
    whole = {bound.get(node.id, "") for node in nodes if isinstance(node, ast.Name) and id(node) not in inside}
    parts = {f"{bound.get(node.value.id, '')}.{node.attr}" for node in taken if isinstance(node.value, ast.Name)}
    return {name for name in whole | parts if name and not name.startswith(".")}


def test_tracked_files_name_no_machine() -> None:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs a git checkout")
    hosts = re.compile(rb"py[p]i\.or[g]|pytho[n]hosted|/(wor[k]|far[m])/")
    names = [name for name in done.stdout.decode().split("\0") if name]
    assert names
    for name in names:
        path = ROOT / name
        if path.is_file():
            assert not hosts.search(path.read_bytes()), name
            assert path.stat().st_size < 4_000_000, name


def test_licences_are_named() -> None:
    assert (ROOT / "LICENSE").read_text().lstrip().startswith("Apache License")
    for folder in ("forensics/enrichment/data", "forensics/registry/data"):
        assert (ROOT / folder / "LICENCES.md").stat().st_size > 200
    assert Path(ROOT / "forensics/enrichment/data/LICENCES.md").read_text().count("PDDL") >= 1


@pytest.mark.parametrize(
    ("accept", "status", "said"), [("", 2, "nothing may be skipped here"), ("1", 4, "exclude each other")]
)
def test_a_strict_run_skips_no_module_and_rewrites_nothing(tmp_path: Path, accept: str, status: int, said: str) -> None:
    (tmp_path / "test_absent.py").write_text("import pytest\npytest.importorskip('no_such_module')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    order = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(
        [*order, "-c", str(tmp_path / "pytest.ini"), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "FORENSICS_NO_SKIP": "1", "ACCEPT": accept},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True), done.stdout + done.stderr
