"""The page about importing data: its commands run and print what it says."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.doc_commands import run_page
from tests.enrichment.test_importers import TORDNSEL
from tests.pipeline.march import ROOT
from tests.pipeline.test_user_data import NAME, PFX2AS

PAGE = (ROOT / "docs" / "importing-data.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_print_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    (table,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "own-ranges.csv").write_text(table, encoding="utf-8")
    (tmp_path / NAME).write_bytes(gzip.compress(PFX2AS.encode()))
    (tmp_path / "2020-03-17-12-02-00").write_text(TORDNSEL, encoding="utf-8")
    run_page(PAGE, capsys, count=6, stopped=2)


def test_the_page_names_every_class_and_kind() -> None:
    from forensics.enrichment.importer import CLASS_WORDS, MADE_KINDS

    for word in CLASS_WORDS:
        assert word in PAGE
    for kind in MADE_KINDS:
        assert kind in PAGE or kind == "passive_dns"
