"""docs/calibration.md: its commands print what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doc_commands import run_page
from tests.pipeline.march import ROOT

PAGE = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")


def test_the_commands_print_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    run_page(PAGE, capsys, count=2, stopped=2)
    assert (tmp_path / "tippett.svg").read_text(encoding="utf-8").startswith("<svg")
