"""``calibrate`` over the embedded snapshots and the sample country: gate, determinism, hard negatives, documented output."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from forensics.attribution.wording import forbidden
from forensics.enrichment import snapshots
from forensics.errors import DataError, UsageError
from forensics.pipeline import calibration_told, registries
from forensics.pipeline.calibrating import STRONGEST, Calibration, Wish, calibrate, calibrated, gate
from forensics.pipeline.calibration_space import network_number, space
from forensics.registry import files
from tests.pipeline import march

SCHEMA = json.loads((march.ROOT / "docs" / "schemas" / "calibration.json").read_text())
SAMPLES = march.ROOT / "samples"
SAMPLE = Wish(
    country="QZ",
    at=date(2020, 3, 11),
    registries=(str(SAMPLES / "registry"),),
    folders=(SAMPLES / "snapshots",),
    draws=50_000,
)


@pytest.fixture(name="sample", scope="module")
def _sample() -> Calibration:
    return calibrate(SAMPLE)


def test_the_sample_registry_holds_and_is_documented_json(sample: Calibration) -> None:
    told = calibration_told.as_json(sample)
    Draft202012Validator(SCHEMA).validate(told)
    assert told["holds"], told["broken"]
    assert gate(sample) == []
    for reading in told["readings"]:
        for people in reading["innocents"]:
            assert people["strong"]["reported_and_not_by_network"] == 0
            for rate in people["rates"]:
                assert rate["low"] <= rate["rate"] <= rate["high"]
                assert not people["bounded"] or rate["exact"] <= rate["bound"]


def test_the_mean_ratio_of_innocents_is_one_where_the_model_says_most(sample: Calibration) -> None:
    alone = [
        item
        for item in calibration_told.as_json(sample)["readings"]
        if item["sets"] == 1 and item["reading"] == STRONGEST
    ]
    assert alone
    means = {reading["set"]: reading["innocents"][0]["mean"]["exact"] for reading in alone}
    assert means["SR-1"] == pytest.approx(1, abs=1e-3)
    assert 0 < means["SR-2"] < 1  # one of its addresses lies abroad, where none of these innocents is
    for reading in alone:
        assert reading["cllr"]["low"] <= reading["cllr"]["value"] <= reading["cllr"]["high"]


def test_hard_negatives_are_told_with_the_weaker_alternative(sample: Calibration) -> None:
    """Neighbours on the recorded network score by the country alone what the network does not carry."""
    told = calibration_told.as_json(sample)
    networks = [
        people
        for reading in told["readings"]
        if reading["reading"] == STRONGEST
        for people in reading["innocents"]
        if people["name"].startswith("AS")
    ]
    assert any(item["strong"]["by_country_and_not_by_network"] > 0 for item in networks)
    assert all(item["mean_network"] is None or item["mean_network"]["exact"] <= 1.00001 for item in networks)


def test_the_same_seed_gives_the_same_bytes_in_any_order_of_registries() -> None:
    more = (str(SAMPLES / "registry"), str(files.PUBLISHED))
    runs = [
        json.dumps(calibration_told.as_json(calibrate(replace(SAMPLE, registries=names, draws=5_000))), sort_keys=True)
        for names in (more, more[::-1])
    ]
    assert runs[0] == runs[1]
    other = calibration_told.as_json(calibrate(replace(SAMPLE, seed=2, draws=5_000, registries=more)))
    assert json.dumps(other, sort_keys=True) != runs[0]


def test_a_real_country_by_the_published_registry() -> None:
    found = calibrate(Wish(country="AZ", draws=20_000))
    told = calibration_told.as_json(found)
    Draft202012Validator(SCHEMA).validate(told)
    assert told["holds"], told["broken"]
    assert {item["set"] for item in told["readings"]} >= {"amnesty-2017-false-friends", ""}
    as_recorded = [item for item in told["readings"] if item["reading"] != STRONGEST]
    assert all(rate["exact"] == 0 for item in as_recorded for rate in item["innocents"][0]["rates"])


def test_a_registry_without_addresses_in_the_country_says_so(tmp_path: Path) -> None:
    found = calibrate(Wish(country="IS", draws=1000))
    assert found.readings == ()
    lines = calibration_told.lines(found)
    assert lines[0].startswith("No registry used here has an active record with an address or a network in IS")
    Draft202012Validator(SCHEMA).validate(calibration_told.as_json(found))
    with pytest.raises(DataError, match="nothing to draw"):
        calibration_told.plot(found, tmp_path / "plot.svg")
    with pytest.raises(DataError, match="no snapshot knows"):
        calibrate(Wish(country="QX"))


def test_words_and_picture(sample: Calibration, tmp_path: Path) -> None:
    told = calibration_told.lines(sample)
    assert "All rules hold, by enumeration." in told
    assert forbidden("\n".join(told)) == ()
    calibration_told.plot(sample, tmp_path / "plot.svg")
    picture = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    root = ET.fromstring(picture)  # noqa: S314 - our own picture
    assert root.tag.endswith("svg")
    assert root.get("role") == "img"
    assert picture.count("<path") == 2


def test_assumptions_and_users_change_the_figures(tmp_path: Path) -> None:
    table = tmp_path / "users.csv"
    held = space(snapshots.load(*SAMPLE.folders), registries.load(SAMPLE.registries).used, "QZ", SAMPLE.at)
    lines = [f"AS{asn},{1 if place else 1_000_000}" for place, asn in enumerate(held.population.by_as)]
    table.write_text("network,users\n" + "\n".join(lines) + "\n", encoding="utf-8")
    wish = replace(SAMPLE, draws=2_000)
    plain, moved = calibrated(wish, held), calibrated(replace(wish, users=table), held)
    assert (plain.innocents[1].hits != moved.innocents[1].hits).any()
    rated = calibrated(replace(wish, settings=("pi0=0.2", "class=dedicated", "window=inside")), held)
    assert rated.readings[0].scored.ratio.max() > plain.readings[0].scored.ratio.max()
    assert gate(rated) == []
    for text in ("pi0=2", "pi0", "class=nobody", "window=always", "half_life=1"):
        with pytest.raises(UsageError):
            calibrated(replace(wish, settings=(text,)), held)
    table.write_text("AS64500,many\nAS64501,few\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no AS number and users"):
        calibrated(replace(wish, users=table), held)
    with pytest.raises(UsageError):
        calibrate(replace(wish, draws=0))
    with pytest.raises(UsageError):
        network_number("ASX")
    assert network_number("AS206977") == 206977
