"""The file store: two forms, one content; and what the bundled and sample registries hold."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from forensics.errors import DataError, StorageError
from forensics.registry.store import PUBLISHED, canonical, load, published, write
from tests.registry.written import TABLE, toml

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "registry"
MANIFEST: dict[str, Any] = {
    "schema": "forensics/registry/1",
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
    later = {**TABLE, "recorded_at": "2019-09-15", "state": "retracted"}
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
    assert {item.state for item in found.records} == {"active", "retracted", "disputed"}
    assert {item.sharing_class for item in found.records} >= {"dedicated", "vpn", "cgnat", "unknown"}


def test_a_republication_is_no_second_origin() -> None:
    for item in load(SAMPLE).records:
        if item.set == "SR-1":
            assert len({source.independence_group for source in item.sources}) == 1


def test_registry_files_are_plain_toml() -> None:
    for path in [*PUBLISHED.rglob("*.toml"), *SAMPLE.rglob("*.toml")]:
        assert tomllib.loads(path.read_text(encoding="utf-8"))
