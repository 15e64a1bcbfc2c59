"""The page about detectors: its examples run, and it names every kind that a detector tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics.attribution.detector import detectors
from tests.doc_commands import run_page
from tests.pipeline.march import ROOT

PAGE = (ROOT / "docs" / "detectors.md").read_text()


def test_examples_print_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    run_page(PAGE, capsys, count=4, stopped=2)


def test_every_kind_is_told() -> None:
    for detector in detectors():
        for kind in detector.kinds:
            assert f"`{kind}`" in PAGE, detector.title
