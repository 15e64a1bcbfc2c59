"""The file store: two forms, one content; and what the bundled and sample registries hold."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forensics.errors import DataError, StorageError
from forensics.registry.files import FIRST_SCHEMA, PUBLISHED, _beyond_doubt, canonical, load, published, write
from forensics.registry.record import SCHEMA
from tests.registry.written import TABLE, toml

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "registry"
MANIFEST: dict[str, Any] = {
    "schema": "forensics/registry/2",
    "name": "test",
    "version": "1",
    "published": "2019-06-01",
    "licence": "Apache-2.0",
    "maintainer": "tests",
    "description": "Fictional.",
    "sample": True,
}


def folder(at: Path, *records: dict[str, Any], manifest: dict[str, Any] | None = None) -> Path:
    (at / "records").mkdir(parents=True)
    (at / "registry.toml").write_text(toml(manifest or MANIFEST), encoding="utf-8")
    text = "\n".join(f"[[record]]\n{toml(item)}" for item in records)
    (at / "records" / "all.toml").write_text(text, encoding="utf-8")
    return at


@pytest.mark.parametrize("path", [PUBLISHED, SAMPLE])
def test_folder_and_file_are_the_same_registry(path: Path, tmp_path: Path) -> None:
    first = load(path)
    written = write(first, tmp_path / "registry")
    assert written.name == f"{first.digest}.jsonl"
    assert hashlib.sha256(written.read_bytes()).hexdigest() == first.digest
    assert load(written) == first
    assert canonical(load(written)) == written.read_bytes()
    assert write(first, tmp_path / "registry") == written
    assert [item.name for item in (tmp_path / "registry").iterdir()] == [written.name]


@pytest.mark.parametrize(
    ("changes", "quick"),
    [({}, True), ({"role": "a line\u00a0of text"}, False), ({"valid_from": date(2019, 1, 1)}, True)],
)
def test_a_file_of_sound_records_is_read_at_once_and_any_other_key_by_key(
    changes: dict[str, Any], *, quick: bool, tmp_path: Path
) -> None:
    first = load(folder(tmp_path / "x", {**TABLE, **changes}, {**TABLE, "id": "b", "network": "203.0.113.46"}))
    written = write(first, tmp_path)
    assert first.schema == SCHEMA
    assert (_beyond_doubt(written.read_bytes(), written) is not None) is quick
    assert load(written) == first
    for damaged in (written.read_bytes() + b"\n", written.read_bytes().replace(b'"id":"b"', b'"id":"b","x":1')):
        assert _beyond_doubt(damaged, written) is None


def test_the_digest_does_not_depend_on_files_and_order(tmp_path: Path) -> None:
    one, two = {**TABLE, "id": "a"}, {**TABLE, "id": "b", "network": "203.0.113.46"}
    ahead, back = load(folder(tmp_path / "x", one, two)), load(folder(tmp_path / "y", two, one))
    assert ahead.digest == back.digest
    changed = load(folder(tmp_path / "z", one, {**two, "grade": "B3"}))
    assert changed.digest != ahead.digest


def test_every_changed_byte_of_a_release_is_noticed(tmp_path: Path) -> None:
    path = write(load(folder(tmp_path / "x", TABLE)), tmp_path / "out")
    data = path.read_bytes()
    for place in range(0, len(data), 7):
        damaged = tmp_path / "damaged.jsonl"
        damaged.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        try:
            assert load(damaged).digest != path.stem, place
        except DataError:
            continue
    for spelling in (data + b"\n", data[:-1], b" " + data, data.replace(b'":"', b'": "', 1)):
        damaged = tmp_path / "damaged.jsonl"
        damaged.write_bytes(spelling)
        with pytest.raises(DataError):
            load(damaged)


def test_versions_of_a_record_may_not_overlap(tmp_path: Path) -> None:
    later = {**TABLE, "recorded_at": "2019-09-15", "state": "retracted", "reason": "A digit was wrong."}
    with pytest.raises(DataError, match="two versions"):
        load(folder(tmp_path / "x", TABLE, later))
    load(folder(tmp_path / "y", {**TABLE, "superseded_at": "2019-09-15"}, later))
    with pytest.raises(DataError, match="two versions"):
        load(folder(tmp_path / "z", {**TABLE, "superseded_at": "2019-09-16"}, later))


def test_shared_keys_are_given_once(tmp_path: Path) -> None:
    at = folder(tmp_path / "x")
    shared = {key: value for key, value in TABLE.items() if key not in ("id", "network")}
    text = f'[shared]\n{toml(shared)}\n[[record]]\nid = "a"\nnetwork = "203.0.113.1"\n[[record]]\nid = "b"\n'
    (at / "records" / "all.toml").write_text(text + 'network = "203.0.113.2"\ngrade = "C3"\n', encoding="utf-8")
    assert [(item.id, item.grade) for item in load(at).records] == [("a", "B2"), ("b", "C3")]


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("registry.toml", "name = ", "registry.toml"),
        ("registry.toml", toml({**MANIFEST, "about": "x"}), "x/registry.toml"),
        ("registry.toml", toml({**MANIFEST, "schema": "2"}), "x/registry.toml: schema"),
        ("registry.toml", toml({**MANIFEST, "sample": "no"}), "x/registry.toml: sample"),
        ("records/all.toml", "", "x/records/all.toml: record"),
        ("records/all.toml", "record = 1", "x/records/all.toml: record"),
        ("records/all.toml", "a = " + "[" * 5000, "all.toml"),
        ("records/all.toml", "[[record]]\nid = 'r'\n", "x/records/all.toml: record r: kind"),
        ("records/all.toml", "\x00", "all.toml"),
        ("sources.toml", "[[source]]\nid = 'a'\n", "x/sources.toml: source[0]: publisher"),
    ],
)
def test_a_damaged_folder_names_the_place(name: str, text: str, where: str, tmp_path: Path) -> None:
    at = folder(tmp_path / "x", TABLE)
    (at / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load(at)
    assert caught.value.where == where


def test_a_missing_or_hostile_file_is_an_error_of_ours(tmp_path: Path) -> None:
    for data in (None, b"", b"\xff", b"[]\n", b"[" * 100_000):
        path = tmp_path / "some.jsonl"
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(DataError):
            load(path)
    with pytest.raises(StorageError):
        write(published(), tmp_path / "some.jsonl")


def test_the_published_registry_holds_all_that_was_found_and_nothing_invented() -> None:
    found = published()
    assert Counter(item.kind for item in found.records) == {"address": 2, "domain": 7, "md5": 1, "sha256": 3}
    assert not found.sample
    for item in found.records:
        assert (item.valid_from, item.valid_until, item.observed_at) == (None, None, ())
        assert item.sharing_class == "unknown"
        assert item.unknown
        assert f"Grade {item.grade}" in item.note
        assert item.licence
        assert all(source.citation and source.grade for source in item.sources)
        # No source held here ties an indicator to an organisation, so none may reach the grade that names one.
        assert not any(re.fullmatch("[A-C][1-3]", said.grade) for said in item.link_b)
    text = canonical(found).decode()
    assert "Ministry" not in text
    assert "…" not in text


def test_the_published_registry_is_licensed() -> None:
    licences = (PUBLISHED.parent / "LICENCES.md").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in licences
    assert "Claudio Guarnieri" in licences
    for item in published().records:
        if item.kind == "address":
            assert item.licence == "CC-BY-SA-4.0"


def test_the_sample_registry_is_fiction_in_reserved_space() -> None:
    found = load(SAMPLE)
    assert found.sample
    allowed = [
        ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4")
    ]
    for item in found.records:
        assert any(ipaddress.ip_address(item.network) in network for network in allowed)
        assert "fictional" in item.description
        assert all("fictional" in source.publisher for source in item.sources)
    first = [item for item in found.records if item.set == "SR-1"]
    assert len({item.network for item in first}) == 20
    assert "203.0.113.46" not in {item.network for item in found.records}
    assert {item.state for item in found.records} == {"indicator", "retracted", "disputed"}
    assert {item.sharing_class for item in found.records} >= {"dedicated", "vpn", "cgnat", "unknown"}


def test_a_republication_is_no_second_origin() -> None:
    for item in load(SAMPLE).records:
        if item.set == "SR-1":
            assert len({source.independence_group for source in item.sources}) == 1


def test_registry_files_are_plain_toml() -> None:
    for path in [*PUBLISHED.rglob("*.toml"), *SAMPLE.rglob("*.toml")]:
        assert tomllib.loads(path.read_text(encoding="utf-8"))


def test_a_registry_of_schema_1_keeps_its_bytes_and_its_digest(tmp_path: Path) -> None:
    """The digests are those that cases sealed before schema 2 name."""
    held = load(folder(tmp_path / "x", {**TABLE, "state": "active"}, manifest={**MANIFEST, "schema": FIRST_SCHEMA}))
    assert held.records[0].state == "indicator"
    assert b'"state":"active"' in canonical(held)
    assert b'"recorded_by"' not in canonical(held)
    assert load(write(held, tmp_path)) == held
    assert published().digest == "8979a5f2f6d79c091dc5846b366e21b068f3c362d4b94bcf5c770d2e0608669d"
    assert load(SAMPLE).digest == "b737704a704332c243985669a7f92d64de5402f41ee3587f2638f1be1b67471d"
    retracted = next(item for item in load(SAMPLE).records if item.state == "retracted")
    assert retracted.reason == retracted.note
    assert retracted.version == 2


def test_schema_1_knows_no_word_of_schema_2(tmp_path: Path) -> None:
    changes: list[dict[str, Any]] = [{"state": "indicator"}, {"entity": "x"}, {"kind": "range"}, {"version": 1}]
    for number, change in enumerate(changes):
        table = {**TABLE, "state": "active", **change}
        with pytest.raises(DataError):
            load(folder(tmp_path / str(number), table, manifest={**MANIFEST, "schema": FIRST_SCHEMA}))


def test_several_versions_of_one_day_keep_their_order(tmp_path: Path) -> None:
    day = TABLE["recorded_at"]
    wrong = {**TABLE, "superseded_at": day, "version": 1}
    less = {**TABLE, "superseded_at": day, "version": 2, "grade": "C3"}
    gone = {**TABLE, "state": "retracted", "reason": "Another address was meant.", "version": 3}
    held = load(folder(tmp_path / "x", gone, wrong, less))
    assert [(item.version, item.grade, item.state) for item in held.records] == [
        (1, "B2", "indicator"),
        (2, "C3", "indicator"),
        (3, "B2", "retracted"),
    ]
    assert load(write(held, tmp_path)) == held
    with pytest.raises(DataError, match="the number 2"):
        load(folder(tmp_path / "y", wrong, less, {**gone, "version": 2}))
