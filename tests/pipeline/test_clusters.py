"""``forensics clusters``: documented JSON, words, GEXF that networkx reads, the picture in the report."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from jsonschema import Draft202012Validator

from forensics import cli
from forensics.attribution.wording import forbidden
from forensics.pipeline import clusters_told
from tests.pipeline import march

if TYPE_CHECKING:
    from pathlib import Path

    from forensics.model import CaseGraph
    from forensics.pipeline.outcome import Outcome

SCHEMA = json.loads((march.ROOT / "docs" / "schemas" / "clusters.json").read_text())


@pytest.fixture(name="found", scope="module")
def _found(outcome: Outcome) -> CaseGraph:
    return clusters_told.of_case(outcome.case.path)


def test_the_sample_case_joins_sessions_by_their_addresses_and_nothing_else(found: CaseGraph) -> None:
    told = clusters_told.as_json(found)
    Draft202012Validator(SCHEMA).validate(told)
    assert [len(item["nodes"]) for item in told["clusters"]] == [3, 4]
    assert all(item["weakest"] is None and item["splits"] for item in told["clusters"])
    (link,) = [item for item in told["edges"] if item["relation"].startswith("Link A")]
    assert link["lr_low"] < 100
    assert not link["joins"], "the other user of the same network explains it nearly as well"
    quoted = [item for item in told["edges"] if item["quoted"]]
    assert len(quoted) == 2
    assert all(not item["joins"] and item["lr_low"] is None for item in quoted)
    assert all(len(item["snapshot"]) == 64 for item in told["edges"] if item["to"].startswith(("prefix:", "as:")))
    networks = [item for item in told["nodes"] if item["kind"] == "as"]
    assert {item["label"] for item in networks} == {"AS64497", "AS64505"}


def test_words(found: CaseGraph) -> None:
    told = "\n".join(clusters_told.lines(found))
    assert forbidden(told) == ()
    assert "would split it" in told
    assert "each is a row of evidence" in told


def test_gexf_is_read_by_others_and_holds_no_clock(found: CaseGraph) -> None:
    text = clusters_told.gexf(found)
    assert text == clusters_told.gexf(found)
    assert "lastmodified" not in text
    read = nx.read_gexf(io.BytesIO(text.encode()))
    assert read.number_of_nodes() == len(found.nodes)
    assert read.number_of_edges() == len(found.edges)
    joining = [data for _, _, data in read.edges(data=True) if data["joins"]]
    assert len(joining) == 5


def test_the_command(outcome: Outcome, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = march.contents(outcome.case.path)
    for name in clusters_told.FORMATS:
        target = tmp_path / f"case.{name}"
        assert cli.run(["clusters", str(outcome.case.path), "--format", name]) == 0
        printed = capsys.readouterr().out
        assert cli.run(["clusters", str(outcome.case.path), "--format", name, "--output", str(target)]) == 0
        capsys.readouterr()
        if name == "json":
            assert json.loads(target.read_text()) == json.loads(printed)
        else:
            assert target.read_text() == printed
    assert cli.run(["clusters", str(outcome.case.path), "--format", "dot"]) == 2
    assert cli.run(["clusters", str(outcome.case.path), "--output", str(tmp_path / "no" / "file")]) != 0
    assert march.contents(outcome.case.path) == before


def test_the_report_holds_the_picture(outcome: Outcome) -> None:
    page = (outcome.case.path / "report.html").read_text(encoding="utf-8")
    assert page.count('class="graph"') == 1
    assert "What hangs together, and by what" in page
