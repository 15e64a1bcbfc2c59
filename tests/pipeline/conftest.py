"""A small sealed case whose key is kept, for the tests of witnesses, time stamps and disclosure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline import attested_case
from tests.pipeline.attested_case import Terminal


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(name="key")
def _key(tmp_path: Path) -> Path:
    return attested_case.key_file(tmp_path / "examiner.pem", 1, "examiner")


@pytest.fixture(name="case")
def _case(tmp_path: Path, key: Path) -> Path:
    return attested_case.make(tmp_path / "case", key)


@pytest.fixture(name="run")
def _run(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)
