"""The same questions for every importer: one claimant a shape, every entry accounted for, damage is told and never escapes."""

from __future__ import annotations

import json
import random
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import DataError
from forensics.registry import csv_columns
from forensics.registry.importer import Context, Refused, Stated, all_importers
from forensics.registry.importing import claimant
from forensics.registry.offered import Offered
from forensics.registry.states import STATES
from tests.registry.imported import current, imported, one, reasons, terms, written

STAMP = "2024-03-01T10:00:00.000Z"
INDICATOR = {"type": "indicator", "id": "indicator--1", "created": STAMP, "modified": STAMP, "pattern_type": "stix"}
EVENT = {
    "uuid": "5d0f3a4e-0000-4000-8000-000000000001",
    "info": "Phishing of a newsroom (fictional)",
    "publish_timestamp": "1714608000",
    "Orgc": {"name": "Example CERT (fictional)"},
    "Tag": [{"name": "tlp:green"}, {"name": 'misp-galaxy:threat-actor="Example Group"'}],
}
MAPPING: dict[str, Any] = {
    "schema": "forensics/csv-columns/1",
    "title": "A table (fictional)",
    "publisher": "A helpline (fictional)",
    "grade": "B2",
    "grade_reason": "reviewed by two analysts",
    "columns": {"value": "indicator", "first_seen": "first", "last_seen": "last", "report": "source"},
}
SHAPES: dict[str, tuple[str, Any]] = {
    "targetedthreats_csv": (
        "list.csv",
        '"type","ioc","family","country","reference"\n"ip_address","192.0.2.1","X","","https://lab.example/r"\n',
    ),
    "plain_list": ("list.txt", "# comment\n192[.]0.2.1\nlogin.example # why\nhxxp://a.example/b\n192.0.2.9:443\n"),
    "stix": (
        "b.json",
        {"type": "bundle", "id": "bundle--1", "objects": [{**INDICATOR, "pattern": "[ipv4-addr:value='192.0.2.1']"}]},
    ),
    "taxii": ("page.json", {"more": False, "objects": [{**INDICATOR, "pattern": "[domain-name:value='a.example']"}]}),
    "misp": ("e.json", {"Event": {**EVENT, "Attribute": [{"type": "ip-dst", "value": "192.0.2.1", "to_ids": True}]}}),
    "csv_mapping": (
        "t.csv",
        "indicator,first,last,source\nlogin.example,2024-05-01,2024-05-03,https://lab.example/r\n",
    ),
}
COLUMNS = csv_columns.parse(MAPPING, "m.toml")


def stix(tmp_path: Path, *objects: Any, **files: Any) -> Path:
    bundle = {"type": "bundle", "id": "bundle--1", "objects": list(objects)}
    return written(tmp_path, {"b.json": bundle, **files})


def misp(tmp_path: Path, *attributes: Any, **more: Any) -> Path:
    return written(tmp_path, {"e.json": {"Event": {**EVENT, "Attribute": list(attributes), **more}}})


def test_every_importer_has_a_shape_here() -> None:
    assert set(all_importers()) == set(SHAPES)
    for importer in all_importers().values():
        assert importer.title


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_exactly_one_importer_claims_each_shape(name: str, tmp_path: Path) -> None:
    file, content = SHAPES[name]
    written(tmp_path, {file: content})
    under = terms(columns=COLUMNS if name == "csv_mapping" else None)
    assert claimant(Offered(tmp_path / file, file), all_importers(), under) == name
    store = tmp_path / "s.sqlite"
    ledger = imported(store, tmp_path / file, under=under)
    assert ledger.total("imported") >= 1
    assert ledger.total("refused") == 0
    assert {record.state for record in current(store)} <= {"candidate", "observed"} <= set(STATES)
    assert not any(record.link_b or record.entity for record in current(store))
    again = imported(store, tmp_path / file, under=under, day=date(2027, 1, 1))
    assert (again.total("imported"), again.total("updated"), again.new_versions) == (0, 0, 0)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_random_damage_is_told(name: str, tmp_path: Path) -> None:
    file, content = SHAPES[name]
    whole = (content if isinstance(content, str) else json.dumps(content)).encode()
    chance = random.Random(7)  # noqa: S311 - damage, no secret
    importer = all_importers()[name]
    under = terms(columns=COLUMNS)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.choice(b'"{}[],:\\\x00\xff\x80 1')
        (tmp_path / file).write_bytes(bytes(data[: chance.randint(1, len(data))]))
        offered = Offered(tmp_path / file, file)
        if importer.claims(offered, under):
            for entry in importer.read(offered, (), under).entries:
                assert isinstance(entry, Stated | Refused | Context)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from([STAMP, "[a:b='1']", "indicator", "5"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "id",
                    "pattern",
                    "pattern_type",
                    "created",
                    "valid_from",
                    "valid_until",
                    "object_refs",
                    "external_references",
                    "url",
                    "name",
                    "labels",
                    "revoked",
                    "relationship_type",
                    "source_ref",
                    "target_ref",
                    "object_marking_refs",
                    "published",
                    "value",
                    "to_ids",
                    "deleted",
                    "Tag",
                    "Attribute",
                    "Object",
                    "first_seen",
                    "last_seen",
                    "uuid",
                    "info",
                    "Orgc",
                    "warnings",
                    "Sighting",
                    "category",
                    "comment",
                    "publish_timestamp",
                    "more",
                    "objects",
                ]
            ),
            inner,
            max_size=8,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON, max_size=5), st.sampled_from(["stix", "taxii", "misp"]))
def test_any_json_in_the_right_wrapping_becomes_entries(items: list[Any], name: str) -> None:
    wrapped: Any = {
        "stix": {"type": "bundle", "id": "bundle--1", "objects": items},
        "taxii": {"more": True, "objects": items},
        "misp": {"Event": {**EVENT, "Attribute": items, "Object": items, "Tag": items}},
    }[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.json")
        path.write_text(json.dumps(wrapped))
        offered = Offered(path, "x.json")
        importer = all_importers()[name]
        assert importer.claims(offered, terms())
        found = list(importer.read(offered, (), terms()).entries)
        assert name == "misp" or len(found) >= len(items)
        assert all(isinstance(entry, Stated | Refused | Context) for entry in found)


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("deep.json", b"[" * 1_000_000, "not_readable"),
        ("deep.stix2", b'{"type":"bundle","objects":' + b"[" * 100_000, "not_readable"),
        ("digits.json", b'{"objects": [' + b"9" * 1_000_000 + b"]}", "not_readable"),
        ("empty.txt", b"", "not_recognised"),
        ("binary.bin", bytes(range(256)) * 100, "not_recognised"),
        ("prose.txt", b"This is a report about a newsroom.\nIt names nothing.\n", "not_recognised"),
    ],
)
def test_hostile_files_are_named_and_cost_nothing(name: str, data: bytes, status: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    ledger = imported(tmp_path.parent / f"{tmp_path.name}.sqlite", tmp_path)
    assert [(line.status, bool(line.why)) for line in ledger.files] == [(status, True)]
    assert ledger.entries == 0


def test_a_gigantic_line_costs_one_entry(tmp_path: Path) -> None:
    with (tmp_path / "list.txt").open("wb") as file:
        file.write(b"a.example\n")
        for _ in range(64):
            file.write(b"x" * 1024 * 1024)
        file.write(b"\nb.example\n\xff\xfe.example\n")
    ledger = imported(tmp_path / "s.sqlite", tmp_path / "list.txt")
    assert ledger.kinds["domain"]["imported"] == 2
    assert sorted(reasons(ledger)) == ["the line is longer than 65,536 bytes", "the line is not UTF-8 text"]


def test_an_index_of_a_billion_nodes_is_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)},*{chr(97 + n)}]\n" for n in range(20)
    )
    written(tmp_path, {"indicators.yaml": f"indicators:\n - name: x\n{bomb}", "list.txt": "a.example\n"})
    ledger = imported(tmp_path / "s.sqlite", tmp_path)
    (line,) = [line for line in ledger.files if line.name == "list.txt"]
    assert line.status == "not_readable"
    assert "aliases" in line.why


def test_generation_is_no_period_and_a_stated_one_is(tmp_path: Path) -> None:
    made = {**INDICATOR, "pattern": "[domain-name:value='a.example']", "valid_from": STAMP}
    used = {**INDICATOR, "id": "indicator--2", "pattern": "[domain-name:value='b.example']"}
    used |= {"valid_from": "2023-01-05T00:00:00Z", "valid_until": "2023-02-01T12:00:00Z"}
    back = {
        **used,
        "id": "indicator--3",
        "pattern": "[domain-name:value='c.example']",
        "valid_until": "2022-01-01T00:00:00Z",
    }
    store = tmp_path / "s.sqlite"
    imported(store, stix(tmp_path, made, used, back) / "b.json")
    assert one(store, "a.example").valid_from is None
    assert (one(store, "b.example").valid_from, one(store, "b.example").valid_until) == (
        date(2023, 1, 5),
        date(2023, 2, 2),
    )
    assert one(store, "c.example").valid_from is None
    assert "ends before it begins" in one(store, "c.example").description


def test_the_objects_around_an_indicator_are_context_and_no_accusation(tmp_path: Path) -> None:
    red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
    objects = [
        {**INDICATOR, "pattern": "[ipv4-addr:value='192.0.2.1']", "object_marking_refs": [red]},
        {"type": "malware", "id": "malware--1", "name": "ExampleRAT"},
        {"type": "threat-actor", "id": "threat-actor--1", "name": "Ministry of Examples"},
        {
            "type": "relationship",
            "id": "r--1",
            "relationship_type": "indicates",
            "source_ref": "indicator--1",
            "target_ref": "malware--1",
        },
        {
            "type": "relationship",
            "id": "r--2",
            "relationship_type": "indicates",
            "source_ref": "indicator--1",
            "target_ref": "threat-actor--1",
        },
        {
            "type": "report",
            "id": "report--1",
            "name": "A report",
            "published": "2024-02-20T00:00:00Z",
            "object_refs": ["indicator--1"],
            "external_references": [{"source_name": "Lab", "url": "https://lab.example/report"}],
        },
    ]
    store = tmp_path / "s.sqlite"
    ledger = imported(store, stix(tmp_path, *objects) / "b.json")
    found = one(store, "192.0.2.1")
    assert found.role.endswith("family ExampleRAT")
    assert "indicates, says the bundle: threat-actor Ministry of Examples" in found.description
    assert (found.link_b, found.entity, found.tlp, found.published_at) == ((), "", "RED", date(2024, 2, 20))
    assert ledger.context == {"malware": 1, "threat-actor": 1, "relationship": 2, "report": 1}


def test_what_is_revoked_or_counts_only_together_is_refused(tmp_path: Path) -> None:
    objects = [
        {**INDICATOR, "pattern": "[ipv4-addr:value='192.0.2.1']", "revoked": True},
        {**INDICATOR, "pattern": "[ipv4-addr:value='192.0.2.1' AND domain-name:value='a.example']"},
        {**INDICATOR, "pattern": "rule x {}", "pattern_type": "yara"},
        {**INDICATOR, "pattern": "[app:id='com.example']"},
        "no object",
    ]
    ledger = imported(tmp_path / "s.sqlite", stix(tmp_path, *objects) / "b.json")
    assert ledger.total("refused") == 5
    assert len(reasons(ledger)) == 5
    assert ledger.kinds["app:id"]["refused"] == 1


def test_misp_observations_marks_and_doubts(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    ledger = imported(
        store,
        misp(
            tmp_path,
            {"type": "ip-src", "value": "192.0.2.1", "to_ids": True, "first_seen": "2024-01-02T23:00:00+00:00",
             "last_seen": "2024-01-09T01:00:00+00:00", "Tag": [{"name": "tlp:amber"}]},
            {"type": "ip-dst|port", "value": "192.0.2.2|8443", "to_ids": False, "first_seen": "2024-01-02T23:00:00+00:00"},
            {"type": "domain|ip", "value": "a.example|192.0.2.3", "to_ids": True, "warnings": [{"name": "Top sites"}]},
            {"type": "sha256", "value": "a" * 64, "to_ids": True, "Sighting": [{"type": "1"}]},
            {"type": "ip-src", "value": "192.0.2.5", "deleted": True},
            {"type": "email-dst", "value": "victim@mail.example", "to_ids": True},
            {"type": "comment", "value": "words"},
        ) / "e.json",
    )  # fmt: skip
    seen = one(store, "192.0.2.1")
    assert (seen.valid_from, seen.valid_until, seen.tlp) == (date(2024, 1, 2), date(2024, 1, 10), "AMBER")
    assert seen.published_at == date(2024, 5, 2)
    assert seen.sources[0].independence_group == f"misp-{EVENT['uuid']}"
    assert "tagged, says the event: threat-actor Example Group" in seen.description
    context = one(store, "192.0.2.2")
    assert (context.state, context.observed_at, context.valid_from) == ("observed", (date(2024, 1, 2),), None)
    assert "Stated as a limit: listed with port 8443 only." in context.unknown
    assert any("warning list Top sites" in said for said in one(store, "a.example").unknown)
    assert any("false positive" in said for said in one(store, "a" * 64).unknown)
    assert ledger.kinds["email-dst"]["refused"] == 1
    assert ledger.context == {"comment": 1}
    assert not any("victim" in record.network for record in current(store))


def test_a_feed_is_read_beside_its_manifest(tmp_path: Path) -> None:
    folder = misp(tmp_path, {"type": "domain", "value": "a.example", "to_ids": True})
    written(folder, {"manifest.json": {EVENT["uuid"]: {"info": "x"}}, "hashes.csv": f"{'0' * 32},{EVENT['uuid']}\n"})
    ledger = imported(tmp_path.parent / f"{tmp_path.name}.sqlite", folder)
    assert {line.name: line.status for line in ledger.files} == {
        "e.json": "read", "hashes.csv": "companion", "manifest.json": "companion",
    }  # fmt: skip
    written(folder, {"manifest.json": {"00000000-0000-4000-8000-000000000000": {}}})
    again = imported(tmp_path.parent / f"{tmp_path.name}.sqlite", folder)
    assert "manifest does not list" in again.files[0].notes[0]


def test_pages_of_a_collection_are_read_together(tmp_path: Path) -> None:
    indicator = {**INDICATOR, "pattern": "[domain-name:value='a.example']"}
    tie = {
        "type": "relationship",
        "id": "r--1",
        "relationship_type": "indicates",
        "source_ref": "indicator--1",
        "target_ref": "malware--1",
    }
    pages = [
        {"more": True, "next": "2", "objects": [indicator, tie]},
        {"more": True, "objects": [indicator, {"type": "malware", "id": "malware--1", "name": "ExampleRAT"}]},
    ]
    written(tmp_path, {"pages.json": pages})
    store = tmp_path / "s.sqlite"
    ledger = imported(store, tmp_path / "pages.json")
    assert ledger.entries == 1
    assert one(store, "a.example").role.endswith("ExampleRAT")
    assert "more objects than this file" in ledger.files[0].notes[0]


def test_a_list_without_a_report_is_no_second_origin_whichever_comes_first(tmp_path: Path) -> None:
    named = '"type","ioc","family","country","reference"\n"domain","a.example","X","","https://lab.example/r"\n'
    written(tmp_path, {"one.txt": "a.example\n", "two.txt": "a.example\n", "three.csv": named})
    for order in (("one.txt", "three.csv", "two.txt"), ("three.csv", "two.txt", "one.txt")):
        store = tmp_path / f"{order[0]}.sqlite"
        for file in order:
            imported(store, tmp_path / file)
        found = one(store, "a.example")
        assert len({source.independence_group for source in found.sources}) == 1
        assert found.sources[0].independence_group.startswith("lab-example-r")
        assert len(found.sources) == 4
        assert found.version == 3


def test_two_reports_are_two_origins(tmp_path: Path) -> None:
    rows = "".join(f'"domain","a.example","X","","https://lab.example/{number}"\n' for number in (1, 2))
    written(tmp_path, {"l.csv": f'"type","ioc","family","country","reference"\n{rows}'})
    imported(tmp_path / "s.sqlite", tmp_path / "l.csv")
    assert len({record.sources[0].independence_group for record in current(tmp_path / "s.sqlite")}) == 2


@pytest.mark.parametrize("reports", ["12", "21", "1-", "-1", "1-2"])
def test_a_record_without_a_report_is_taken_over_once(reports: str, tmp_path: Path) -> None:
    rows = "".join(
        f'"domain","a.example","X","","{f"https://lab.example/{each}" if each != "-" else ""}"\n' for each in reports
    )
    written(tmp_path, {"loose.txt": "a.example\n", "l.csv": f'"type","ioc","family","country","reference"\n{rows}'})
    imported(tmp_path / "s.sqlite", tmp_path / "loose.txt")
    imported(tmp_path / "s.sqlite", tmp_path / "l.csv")
    groups = {record.sources[0].independence_group for record in current(tmp_path / "s.sqlite")}
    assert len(groups) == len(current(tmp_path / "s.sqlite")) == len(set(reports) - {"-"})
    assert all(group.startswith("lab-example-") for group in groups)


def test_rows_that_cannot_be_read_cost_only_themselves(tmp_path: Path) -> None:
    rows = [
        '"domain","a.example","X","","u"',
        '"domain","b.example,"X","",""',
        '"domain","c.example"',
        '"domain","d.example","","",""',
    ]
    written(tmp_path, {"l.csv": "\n".join(['"type","ioc","family","country","reference"', *rows])})
    ledger = imported(tmp_path / "s.sqlite", tmp_path / "l.csv")
    assert {record.network for record in current(tmp_path / "s.sqlite")} == {"a.example", "d.example"}
    assert ledger.total("refused") == 2


def test_a_marking_of_the_person_never_loosens_that_of_the_data(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    imported(
        store,
        misp(tmp_path, {"type": "domain", "value": "a.example", "to_ids": True}) / "e.json",
        under=terms(tlp="CLEAR"),
    )
    assert one(store, "a.example").tlp == "GREEN"
    imported(store, tmp_path / "e.json", under=terms(tlp="RED"))
    assert one(store, "a.example").tlp == "GREEN", "nothing new is said, so nothing is added"
    other = tmp_path / "t.sqlite"
    imported(other, tmp_path / "e.json", under=terms(tlp="RED"))
    assert one(other, "a.example").tlp == "RED"


def test_what_the_user_described_goes_before_its_shape(tmp_path: Path) -> None:
    written(tmp_path, {"a.csv": "indicator,first,last,source\nevil.example\nother.example\nthird.example\n"})
    offered = Offered(tmp_path / "a.csv", "a.csv")
    assert claimant(offered, all_importers(), terms()) == "plain_list"
    assert claimant(offered, all_importers(), terms(columns=COLUMNS)) == "csv_mapping"


def test_a_row_of_a_table_is_no_prefix(tmp_path: Path) -> None:
    written(tmp_path, {"a.csv": "ip;report\n" + "203.0.113.45;https://lab.example/report\n" * 5})
    assert claimant(Offered(tmp_path / "a.csv", "a.csv"), all_importers(), terms()) == ""


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"schema": "x"}, "schema"),
        ({"grade": "Z9"}, "grade"),
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"columns": {"valu": "x"}}, "value"),
        ({"delimiter": ";;"}, "one character"),
        ({"types": {"ip": "address"}}, "column `type`"),
        ({"columns": {"value": "a", "type": "b"}, "types": {"ip": "adress"}}, "adress"),
    ],
)
def test_mappings_complain_about_the_key(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        csv_columns.parse({**MAPPING, **change}, "m.toml")


def test_days_of_a_table_that_are_not_understood_refuse_their_row(tmp_path: Path) -> None:
    rows = [
        "a.example,2024-05-01,2024-05-03,",
        "b.example,1.5.2024,,",
        "c.example,2024-05-03,2024-05-01,",
        "d.example,,,lab",
    ]
    written(tmp_path, {"t.csv": "\n".join(["indicator,first,last,source", *rows])})
    ledger = imported(tmp_path / "s.sqlite", tmp_path / "t.csv", under=terms(columns=COLUMNS))
    found = one(tmp_path / "s.sqlite", "a.example")
    assert (found.valid_from, found.valid_until, found.grade) == (date(2024, 5, 1), date(2024, 5, 4), "B2")
    assert (ledger.total("imported"), len(reasons(ledger))) == (1, 3)
