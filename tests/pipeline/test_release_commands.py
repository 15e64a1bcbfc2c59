"""The commands of releases as a user types them: documented JSON, exit statuses, what is never printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from forensics import chain_of_custody as custody
from forensics import cli
from forensics.pipeline import held_releases
from tests.enrichment import loopback
from tests.pipeline import march

WORDS = {"role": "source", "basis": "victim_log", "grade": "B2", "note": "G", "citation": "C", "tlp": "CLEAR"}
GIVEN = [word for key, value in {**WORDS, "state": "indicator"}.items() for word in (f"--{key}", value)]
Run = Callable[..., tuple[int, str, str]]


def valid(name: str, value: Any) -> Any:
    """Check a document against its published schema and return it."""
    schema = json.loads((march.ROOT / "docs" / "schemas" / f"{name}.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(value)
    return value


@pytest.fixture(name="forensics")
def _forensics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561939200")
    (tmp_path / "home" / "keys").mkdir(parents=True)
    custody.save_unprotected_key(
        custody.from_seed(bytes(32), "me.example"), tmp_path / "home" / "keys" / "examiner.pem"
    )

    def run(*words: object) -> tuple[int, str, str]:
        status = cli.run([str(word) for word in words])
        return status, *capsys.readouterr()

    assert run("registry", "add", "203.0.113.45", *GIVEN)[0] == 0
    return run


def test_every_object_is_as_published(forensics: Run) -> None:
    def told(name: str, *words: str) -> Any:
        status, out, err = forensics(*words, "--json")
        assert status == 0, err
        return valid(name, json.loads(out))

    assert told("registry-released", "registry", "release", "ex", "--out", "rel")["new"] is True
    valid("registry-release", json.loads(Path("rel/manifest.json").read_text()))
    assert told("registry-verified", "registry", "verify", "rel")["relation"] == "first"
    assert told("registry-pulled", "registry", "pull", "rel")["changed"] is True
    valid("registry-held", json.loads((held_releases.folder() / "ex" / "state.json").read_text()))
    forensics("registry", "add", "203.0.113.46", *GIVEN)
    assert told("registry-released", "registry", "release", "ex", "--out", "two", "--after", "rel")["sequence"] == 2
    assert told("registry-diff", "registry", "diff", "rel", "two")["counts"]["added"] == 1
    assert told("private-set-made", "registry", "private-set", "ex", "--out", "set", "--key-file", "k")["networks"] == 1
    valid("private-set", json.loads(Path("set").read_text()))
    rows = told("private-test", "registry", "private-test", "set", "203.0.113.45", "2001:db8::1", "--key-file", "k")
    assert [row["held"] for row in rows["addresses"]] == [True, False]
    assert Path("k").stat().st_mode & 0o777 == 0o600
    assert "In use: ex release 1" in forensics("registry", "list")[2]
    assert forensics("registry", "private-test", "set", "203.0.113.0/24", "--key-file", "k")[0] == 2
    assert forensics("registry", "private-set", "ex", "--out", "set", "--key-file", "k")[0] == 2


def test_statuses_say_what_became_of_it(forensics: Run) -> None:
    forensics("registry", "release", "ex", "--out", "rel")
    assert forensics("registry", "verify", "none")[0] == 2
    assert forensics("registry", "pull", "none")[0] == 2
    Path("rel/records.jsonl").write_text("x")
    assert forensics("registry", "verify", "rel")[0] == 4
    status, out, err = forensics("registry", "pull", f"http://{loopback.HOST}:9/x")
    assert (status, out) == (6, "")
    assert "nothing was sent" in err
    assert "Learns: that this release is taken" in err
    assert forensics("registry", "pull", f"http://{loopback.HOST}:{loopback.free_port()}/x", "--yes")[0] == 7


def test_a_release_class_is_none_of_the_questions(forensics: Run) -> None:
    status, _, err = forensics("analyze", "x", "--online", "release")
    assert status == 2
    assert "no class of look-ups" in err
