"""The guide for mappings is run as it is written."""

from __future__ import annotations

import re
from pathlib import Path

from forensics.cli import run
from forensics.ingest.driver import read_member
from forensics.ingest.mapping_format import format_of, given
from tests.ingest.reading import Collected, evidence_of
from tests.pipeline.march import ROOT

GUIDE = (ROOT / "docs" / "adding-a-mapping.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    (found,) = re.findall(rf"<!-- example:{name} -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def test_the_guide_s_mapping_reads_the_guide_s_table(tmp_path: Path) -> None:
    (tmp_path / "example_webmail.toml").write_text(example("mapping"), encoding="utf-8")
    (mapping,) = given((tmp_path / "example_webmail.toml",))
    made = format_of(mapping.mapping)
    assert all(f"{section}:" in made.documentation for section in ("What it is", "How to obtain", "Time", "Versions"))
    sink = Collected()
    coverage = read_member(evidence_of(example("table").encode(), "renamed.bin"), {"example": made}, sink)
    assert (coverage.rows, coverage.events, coverage.rejections) == (6, 4, 1)
    assert [row["action"] for row in sink.rows] == ["login", "login_failed", "login", "password_changed"]
    assert sink.rows[1]["time"].isoformat() == "2026-03-11T00:12:00+00:00"
    assert (sink.rows[1]["zone_basis"], sink.rows[1]["source_port"]) == ("format_rule", 50312)
    assert '"Qeyd":"yeni cihaz"' in sink.rows[2]["detail"]


def test_the_guide_s_explanation_is_what_is_printed(tmp_path: Path, capsys: object) -> None:
    (tmp_path / "example_webmail.toml").write_text(example("mapping"), encoding="utf-8")
    (tmp_path / "history.csv").write_text(example("table"), encoding="utf-8")
    words = ["analyze", str(tmp_path / "history.csv"), "--mapping", str(tmp_path / "example_webmail.toml"), "--explain"]
    assert run(words) == 0
    printed = capsys.readouterr().out  # type: ignore[attr-defined]
    assert printed.startswith(example("explained"))
    assert "dünən" in printed


def test_every_key_of_the_border_is_in_the_guide() -> None:
    source = (ROOT / "forensics" / "ingest" / "mapping_reading.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'\.(?:text|need|texts|flag|choice|table|tables|number|texts_by_name)\("(\w+)"', source))
    assert len(keys) > 25
    assert not [key for key in keys if not re.search(rf"\b{key}\b", GUIDE)]
