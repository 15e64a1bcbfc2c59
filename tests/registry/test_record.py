"""The record: what is accepted, what is refused and where the complaint points."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest

from forensics.errors import DataError
from forensics.registry.indicator import canonical_indicator
from forensics.registry.record import as_mapping, canonical_line, parse_record, written
from tests.registry.written import SOURCE, TABLE, record


def test_every_field_is_read() -> None:
    found = record(valid_from=date(2019, 2, 1), observed_at=[date(2019, 3, 4)])
    assert (found.id, found.network, found.valid_from, found.valid_until) == (
        "r-1",
        "203.0.113.45",
        date(2019, 2, 1),
        None,
    )
    assert found.observed_at == (date(2019, 3, 4),)
    assert found.sources[0].independence_group == "g-1"
    assert found.sources[0].retrieved_at is None
    assert found.superseded_at is None


@pytest.mark.parametrize("key", sorted(TABLE))
def test_a_missing_key_is_named(key: str) -> None:
    table = {name: value for name, value in TABLE.items() if name != key}
    with pytest.raises(DataError, match="missing") as caught:
        parse_record(table, "file.toml")
    assert caught.value.where == f"file.toml: {key}"


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(DataError, match="unknown key 'valid_untill'"):
        record(valid_untill=date(2020, 1, 1))
    with pytest.raises(DataError, match="unknown key 'confidence'") as caught:
        record(sources=[{**SOURCE, "confidence": 90}])
    assert caught.value.where == "test: sources[0]"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "ip"),
        ("state", "active"),
        ("sharing_class", "institutional"),
        ("grade", "B7"),
        ("grade", "B2 "),
        ("tlp", "WHITE"),
        ("pap", "AMBER+STRICT"),
        ("basis", []),
        ("basis", ["gut feeling"]),
        ("sources", []),
        ("sources", ["nowhere"]),
        ("sources", [SOURCE, SOURCE]),
        ("valid_from", ""),
        ("valid_from", "always"),
        ("valid_from", "2019-02-30"),
        ("valid_from", datetime(2019, 2, 1)),  # noqa: DTZ001 - a time where a day belongs
        ("recorded_at", "unknown"),
        ("observed_at", [date(2019, 3, 5), date(2019, 3, 4)]),
        ("observed_at", ["unknown"]),
        ("observed_at", date(2019, 3, 4)),
        ("unknown", "period"),
        ("role", "safe\u202etxt.exe"),
        ("role", "esc\x1b[2J"),
        ("role", "lone\udc80"),
        ("role", "x" * 5000),
        ("note", " "),
        ("id", "../r"),
    ],
)
def test_a_bad_value_is_refused_at_its_key(key: str, value: object) -> None:
    with pytest.raises(DataError) as caught:
        record(**{key: value})
    assert caught.value.where.startswith(f"test: {key}")


@pytest.mark.parametrize(
    ("kind", "network"),
    [
        ("address", "203.0.113.045"),
        ("address", "::ffff:203.0.113.45"),
        ("address", "2001:DB8::1"),
        ("address", "fe80::1%eth0"),
        ("address", "203.0.113.0/24"),
        ("prefix", "203.0.113.45/24"),
        ("asn", "64497"),
        ("asn", "AS4294967296"),
        ("domain", "Example.org"),
        ("domain", "localhost"),
        ("sha256", "0480196a…ecb6"),
        ("sha256", "0480196aecb6"),
        ("md5", "0627A4D3EC39386B8364E907423563D4"),
    ],
)
def test_only_the_canonical_spelling_is_accepted(kind: str, network: str) -> None:
    with pytest.raises(DataError) as caught:
        record(kind=kind, network=network)
    assert caught.value.where == "test: network"


def test_canonical_spellings() -> None:
    assert canonical_indicator("address", "::ffff:203.0.113.45") == "203.0.113.45"
    assert canonical_indicator("prefix", "2001:0db8::/32") == "2001:db8::/32"
    assert canonical_indicator("asn", "as64497") == "AS64497"


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": date(2020, 1, 1), "valid_until": date(2020, 1, 1)},
        {"superseded_at": date(2019, 5, 31)},
        {"unknown": []},
    ],
)
def test_a_record_that_contradicts_itself_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        record(**changes)


def test_link_b_names_a_source_of_the_record_and_takes_its_group() -> None:
    statement = {"entity": "Sample Ministry", "statement": "It was theirs.", "source": "s-1", "grade": "B2"}
    assert record(state="candidate", link_b=[statement]).link_b[0].independence_group == "g-1"
    with pytest.raises(DataError, match="none of"):
        record(link_b=[{**statement, "source": "s-2"}])
    with pytest.raises(DataError, match="differs"):
        record(link_b=[{**statement, "independence_group": "own"}])


def test_canonical_json_reads_back_to_the_same_record() -> None:
    found = record(valid_from=date(2019, 2, 1), role="rôle")
    line = canonical_line(as_mapping(found))
    assert parse_record(json.loads(line), "line") == found
    assert canonical_line(written(found)) != line  # keys that are optional and empty are left out of files
    assert parse_record(json.loads(canonical_line(written(found))), "line") == found
    assert line.startswith(b'{"basis":["victim_log"],"confirmed_by":"","description":"Fictional."')
    assert b'"valid_until":null' in line
    assert "rôle".encode() in line
