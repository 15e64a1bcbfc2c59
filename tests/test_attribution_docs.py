"""docs/attribution-model.md: its commands print what it says, and it names every ring, group and alternative."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics.attribution.groups import GROUPS
from forensics.attribution.rings import RINGS
from forensics.pipeline.outcome import Outcome
from tests.doc_commands import run_page
from tests.pipeline.march import ROOT

PAGE = (ROOT / "docs" / "attribution-model.md").read_text(encoding="utf-8")


def test_the_commands_print_what_the_page_says(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case-2020-03").symlink_to(outcome.case.path)
    monkeypatch.chdir(tmp_path)
    run_page(PAGE, capsys, count=5, stopped=2)


def test_the_page_names_every_ring_and_group() -> None:
    assert [name for name in RINGS if f"`{name}`" not in PAGE] == []
    assert [name for name in GROUPS if name not in PAGE] == []
