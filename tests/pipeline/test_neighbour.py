"""The hard negative: an innocent neighbour on the same State network gets no more than the second alternative allows."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from forensics.attribution.parameters import default
from forensics.attribution.strength import words
from forensics.attribution.wording import forbidden
from forensics.pipeline import explained_findings
from forensics.pipeline.outcome import Outcome
from tests import recompute_derivation as independent
from tests.pipeline import neighbour
from tests.test_cli import valid

EXPECTED = neighbour.SAMPLES / "neighbour" / "expected" / "registry_links.json"
STEPS = ["weak support", "moderate support", "moderately strong support", "strong support"]


@pytest.fixture(scope="module", name="neighbour_case")
def _neighbour_case(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return neighbour.run(tmp_path_factory.mktemp("neighbour"))


def links(outcome: Outcome) -> list[dict[str, Any]]:
    found = json.loads((outcome.case.path / "findings.json").read_text())["findings"]
    return [{**item, "id": "F-n"} for item in found if item["kind"] == "registry_link"]


def test_links_are_those_that_were_accepted(neighbour_case: Outcome) -> None:
    written = json.dumps(links(neighbour_case), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("ACCEPT"):
        EXPECTED.parent.mkdir(exist_ok=True)
        EXPECTED.write_text(written)
    assert json.loads(EXPECTED.read_text()) == json.loads(written)


def test_nothing_is_stronger_than_the_second_alternative_allows(neighbour_case: Outcome) -> None:
    held = [item["strength"] for item in links(neighbour_case) if item["strength"] is not None]
    assert held
    for strength in held:
        assert strength["lr_network"] is not None
        assert strength["lr_network"] < strength["lr"], "the neighbour is close for the country and not for its network"
        assert strength["words"] == words(strength["lr_network"], default())
        assert STEPS.index(strength["words"]) < STEPS.index(strength["words_country"])


def test_the_report_says_why(neighbour_case: Outcome) -> None:
    (near, away) = links(neighbour_case)
    assert (near["facts"]["address"], near["facts"]["ring"]) == ("203.0.113.200", "neighbourhood")
    page = (neighbour_case.case.path / "report.html").read_text()
    for text in (near["statement"], page):
        assert "Another body on the same network explains the address nearly as well" in text
        assert (
            "Against another user of the same network (AS64497, 7,424 addresses) the ratio is 1.7: weak support."
            in text
        )
        assert "Taken together: weak support." in text
    assert "Why these words" in page
    assert (away["facts"]["address"], away["strength"]) == ("240.10.230.77", None), "the same AS alone is no finding"


def test_nobody_is_named_beside_a_neighbour(neighbour_case: Outcome) -> None:
    for item in links(neighbour_case):
        assert item["facts"]["link_b"] == []
        assert "Ministry" not in item["statement"]
    assert "No organisational attribution offered" in links(neighbour_case)[0]["statement"]
    assert "Ministry" not in (neighbour_case.case.path / "findings.json").read_text()


def test_no_sentence_says_too_much(neighbour_case: Outcome) -> None:
    for item in neighbour_case.judged.findings:
        assert forbidden(" ".join((item.statement, item.challenge, *item.alternatives))) == ()


def test_its_derivation_is_recomputed_and_tells_how_often_chance_does_this(neighbour_case: Outcome) -> None:
    told = list(explained_findings.documents(neighbour_case.case.path))
    assert told
    for document in told:
        valid("derivation", document)
        found = independent.recomputed(document)
        assert [item for item in found if not independent.agrees(item[1], item[2])] == []
    near = told[0]["coincidence"]
    assert near["near"] == 1792
    assert near["near_chance"] == pytest.approx(1 - (1 - 1792 / 737_920) ** near["addresses"], rel=1e-5)
