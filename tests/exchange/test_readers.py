"""What leaves is read by the readers of others: our registry, python-stix2 and PyMISP."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path

from forensics.exchange.exporter import exporters
from forensics.exchange.exporters.stix import TLP_IDS
from forensics.exchange.identifiers import Identifiers
from forensics.registry import files
from tests.exchange.test_bundle import BUNDLE, ITEM

NOTED = replace(BUNDLE, note="Bitte nach beiden suchen, çox sağ olun.")


def written(form: str) -> bytes:
    return exporters()[form].write(NOTED, Identifiers(bytes(32), NOTED.canonical()))


def test_a_registry_reads_candidates_that_support_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shared.jsonl"
    path.write_bytes(written("registry"))
    registry = files.load(path)
    assert files.canonical(registry) == path.read_bytes()
    assert {record.network for record in registry.records} == {"203.0.113.45", "2001:db8::/48"}
    for record in registry.records:
        assert (record.state, record.grade, record.entity, record.link_b) == ("candidate", "F6", "", ())
        assert (record.valid_from, record.valid_until, record.observed_at) == (None, None, ())
        assert record.tlp == "AMBER+STRICT"
        assert "Seen in 2020-03 (UTC)" in record.description
        assert NOTED.note in record.note
    assert registry.sample
    days = replace(NOTED, grain="day", items=(replace(ITEM, first=date(2020, 3, 11), last=date(2020, 3, 11)),))
    path.write_bytes(exporters()["registry"].write(days, Identifiers(bytes(32), b"")))
    assert files.load(path).records[0].observed_at == (date(2020, 3, 11),)


def test_stix2_reads_indicators_with_tlp_2() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import stix2

        bundle = stix2.parse(written("stix").decode(), version="2.1")
    marking, *indicators = bundle.objects
    assert marking.id == TLP_IDS["AMBER+STRICT"]
    assert [one.pattern for one in indicators] == [
        "[ipv4-addr:value = '203.0.113.45']",
        "[ipv6-addr:value ISSUBSET '2001:db8::/48']",
    ]
    for one in indicators:
        assert one.valid_from.isoformat() == "2020-03-01T00:00:00+00:00"
        assert one.object_marking_refs == [marking.id]
        assert "created_by_ref" not in one
        assert NOTED.note in one.description


def test_pymisp_reads_an_event_that_blocks_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pymisp

        event = pymisp.MISPEvent(strict_validation=False)
        event.from_json(written("misp").decode())
    assert [(one.type, one.value, one.to_ids) for one in event.attributes] == [
        ("ip-src", "203.0.113.45", False),
        ("ip-src", "2001:db8::/48", False),
        ("comment", NOTED.note, False),
    ]
    assert {tag.name for tag in event.tags} == {"tlp:amber+strict", "PAP:AMBER"}
    assert event.attributes[0].first_seen.isoformat() == "2020-03-01T00:00:00+00:00"
    assert event.attributes[0].last_seen.isoformat() == "2020-03-31T23:59:59+00:00"
    assert event.distribution == 0
    assert "Orgc" not in event.to_dict()
