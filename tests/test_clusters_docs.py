"""docs/clusters.md: its commands print what it says, and it names every kind of node."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forensics.pipeline.outcome import Outcome
from tests.doc_commands import run_page
from tests.pipeline.march import ROOT

PAGE = (ROOT / "docs" / "clusters.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "clusters.json").read_text())


def test_the_commands_print_what_the_page_says(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case-2020-03").symlink_to(outcome.case.path)
    monkeypatch.chdir(tmp_path)
    run_page(PAGE, capsys, count=2, stopped=2)


def test_the_page_names_every_kind_of_node() -> None:
    kinds = SCHEMA["properties"]["nodes"]["items"]["properties"]["kind"]["enum"]
    assert [name for name in kinds if f"`{name}`" not in PAGE] == []
