"""The form of a release: the same bytes from the same records, one meaning in both files, nothing leaves unasked."""

from __future__ import annotations

import ipaddress
import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import maxminddb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import DataError, TamperError
from forensics.model import Record
from forensics.registry import private_set, release
from forensics.registry.address_tree import described, written_tree
from forensics.registry.lookup import Index
from forensics.registry.publishable import CIRCLE, ONE_PERSON, UNJUDGED, publishable
from forensics.registry.record import canonical_line
from forensics.registry.release_diff import differences
from tests.registry.written import record, registry

DAY = date(2019, 6, 2)
HEAD: dict[str, Any] = {
    "name": "example", "version": "1", "published": DAY, "licence": "Apache-2.0", "maintainer": "Example (fictional)",
    "description": "Fictional.", "sample": True,
}  # fmt: skip
ACCUSED = {"entity": "Sample Ministry (fictional)", "recorded_by": "A. One"}
KEY = bytes(range(32))


def many(seed: int, count: int) -> list[Record]:
    """Return records of every kind of network, nested, some withdrawn, some superseded."""
    chance = random.Random(seed)  # noqa: S311 - made-up records
    made = []
    for number in range(count):
        v6 = chance.random() < 0.3
        width, base = (
            (128, int(ipaddress.ip_address("2001:db8::"))) if v6 else (32, int(ipaddress.ip_address("198.51.100.0")))
        )
        spread = 40 if v6 else 8
        shift = chance.randrange(spread + 1)
        first = base | chance.getrandbits(spread) >> shift << shift
        kind, network = "prefix", str(ipaddress.ip_network((first, width - shift)))
        if shift == 0:
            kind, network = "address", str(ipaddress.ip_address(first))
        elif chance.random() < 0.4 and shift > 1:
            kind, network = (
                "range",
                f"{ipaddress.ip_address(first + 1)}-{ipaddress.ip_address(first + (1 << shift) - 1)}",
            )
        state = chance.choice(["indicator", "candidate", "retracted"])
        reason = "a digit was wrong" if state == "retracted" else ""
        ended = date(2019, 7, 1) if chance.random() < 0.1 else None
        made.append(
            record(id=f"r-{number}", kind=kind, network=network, state=state, reason=reason, superseded_at=ended)
        )
    return made


def opened(tmp_path: Path, data: bytes) -> maxminddb.Reader:
    path = tmp_path / "addresses.mmdb"
    path.write_bytes(data)
    return maxminddb.open_database(path, maxminddb.MODE_MEMORY)


def told(reader: maxminddb.Reader, address: str) -> list[Any]:
    found = reader.get(address)
    return found["records"] if isinstance(found, dict) else []  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(8))
def test_a_reader_of_the_tree_gets_what_a_look_up_gives(tmp_path: Path, seed: int) -> None:
    records = many(seed, 120)
    index = Index([registry(*records)])
    chance = random.Random(seed)  # noqa: S311 - made-up records
    with opened(tmp_path, written_tree(records, name="example", published=DAY)) as reader:
        for _ in range(400):
            v6 = chance.random() < 0.3
            start, bits = ("2001:db8::", 40) if v6 else ("198.51.100.0", 9)
            address = str(ipaddress.ip_address(int(ipaddress.ip_address(start)) + chance.getrandbits(bits)))
            wanted = [
                described(match.record) for match in index.lookup(address).matches if match.ring in ("exact", "prefix")
            ]
            assert told(reader, address) == wanted, address
        metadata = reader.metadata()
    assert (metadata.database_type, metadata.ip_version) == ("forensics-registry-release", 6)
    assert metadata.build_epoch == 1559433600


def test_wide_blocks_do_not_spill_between_the_versions(tmp_path: Path) -> None:
    records = [
        record(id="all-6", kind="prefix", network="::/0"),
        record(id="old", kind="address", network="::c000:201"),
        record(id="all-4", kind="prefix", network="0.0.0.0/0"),
    ]
    with opened(tmp_path, written_tree(records, name="example", published=DAY)) as reader:
        assert [row["id"] for row in told(reader, "192.0.2.1")] == ["all-4"]
        assert [row["id"] for row in told(reader, "2001:db8::1")] == ["all-6"]


def test_long_values_are_encoded(tmp_path: Path) -> None:
    roles = ["x" * length for length in (28, 29, 284, 285, 3999)]
    records = [record(id=f"r-{at}", network=f"203.0.113.{at}", role=role) for at, role in enumerate(roles)]
    records += [record(id=f"s-{at}", network="203.0.113.200") for at in range(300)]
    with opened(tmp_path, written_tree(records, name="example", published=DAY)) as reader:
        assert [told(reader, f"203.0.113.{at}")[0]["role"] for at in range(5)] == roles
        assert len(told(reader, "203.0.113.200")) == 300


def test_an_empty_tree_is_a_file_too(tmp_path: Path) -> None:
    with opened(
        tmp_path, written_tree([record(kind="domain", network="c2.example")], name="e", published=DAY)
    ) as reader:
        assert reader.get("203.0.113.45") is None


def test_the_same_records_make_the_same_bytes() -> None:
    records = many(1, 60)
    shuffled = records[:]
    random.Random(3).shuffle(shuffled)  # noqa: S311 - made-up records
    one, other = (release.build(HEAD, items, tlp="CLEAR") for items in (records, shuffled))
    assert one == other
    assert release.parse_manifest(one[1][release.MANIFEST]) == one[0]


def test_the_digest_is_that_of_the_registry_that_a_case_names(tmp_path: Path) -> None:
    manifest, made = release.build(HEAD, [record()], tlp="CLEAR")
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    assert release.load(tmp_path).digest == manifest.records_digest
    assert release.read(tmp_path, manifest).registry.records == (record(),)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": "forensics/registry-release/2"}, "newer version"),
        ({"schema": "forensics/registry/2"}, "Name the folder"),
        ({"sequence": 3}, "a gap in the numbers"),
        ({"sequence": 0}, "from 1 to"),
        ({"sequence": True}, "from 1 to"),
        ({"sequence": 10**4000}, "from 1 to"),
        ({"name": "../x"}, "is not a name"),
        ({"tlp": "WHITE"}, "none of"),
        ({"extra": 1}, "unknown key"),
        ({"files": {}}, "missing"),
        ({"earlier": ["x"]}, "digests of manifests"),
        ({"description": "\u202eevil"}, "control character"),
    ],
)
def test_a_manifest_that_is_none_is_refused(change: dict[str, Any], words: str) -> None:
    manifest, _ = release.build(HEAD, [record()], tlp="CLEAR")
    with pytest.raises((DataError, TamperError), match=words):
        release.parse_manifest(canonical_line({**manifest.as_json(), **change}))


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda x: json.dumps(x).encode())
)
@settings(max_examples=200)
def test_hostile_manifests_end_in_a_clear_refusal(data: bytes) -> None:
    with pytest.raises((DataError, TamperError)):
        release.parse_manifest(data)


def test_a_deep_manifest_is_refused() -> None:
    with pytest.raises((DataError, TamperError)):
        release.parse_manifest(b"[" * 100_000)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"tlp": "GREEN"}, CIRCLE),
        ({"tlp": "RED"}, CIRCLE),
        ({"state": "observed"}, UNJUDGED),
        ({**ACCUSED, "state": "candidate"}, ONE_PERSON),
    ],
)
def test_what_may_not_leave_stays(changes: dict[str, Any], why: str) -> None:
    kept, stays = publishable([record(id="free"), record(**changes)], "CLEAR")
    assert [item.id for item in kept] == ["free"]
    assert stays == {why: 1}


def test_two_people_publish_an_accusation() -> None:
    confirmed = record(**ACCUSED, confirmed_by="B. Two")
    assert publishable([confirmed], "CLEAR") == ((confirmed,), {})


def test_a_mark_that_was_raised_takes_its_history_along_but_not_what_is_public() -> None:
    first = record(superseded_at=date(2019, 7, 1))
    second = record(version=2, recorded_at=date(2019, 7, 1), tlp="RED", note="Grade B2: names a victim.")
    assert publishable([first, second], "CLEAR") == ((), {CIRCLE: 1})
    kept, _ = publishable([first, second], "CLEAR", [record()])
    assert kept == (first,), "what was published ends for its readers, and nothing of the rest is told"
    late = replace(second, tlp="CLEAR")
    assert publishable([replace(first, tlp="RED"), late], "CLEAR")[0] == (late,)


def test_a_retraction_travels_whatever_else() -> None:
    first = record(superseded_at=date(2019, 7, 1))
    second = record(version=2, recorded_at=date(2019, 7, 1), state="retracted", reason="a digit was wrong")
    kept, stays = publishable([first, second], "CLEAR", [record()])
    assert (kept, stays) == ((first, second), {})


def test_nothing_published_is_removed_or_changed_in_place() -> None:
    with pytest.raises(DataError, match="not in the registry any more"):
        publishable([record(id="other")], "CLEAR", [record()])
    with pytest.raises(DataError, match="with another content"):
        publishable([record(role="another")], "CLEAR", [record()])


def test_differences_are_told_by_record() -> None:
    kept = record(id="kept", network="203.0.113.1")
    ended = record(superseded_at=date(2019, 7, 1))
    gone = record(id="gone", network="203.0.113.2")
    wrong = record(version=2, recorded_at=date(2019, 7, 1), state="retracted", reason="wrong", replacement="new")
    better = replace(kept, version=2, role="sender")
    new = record(id="new", network="203.0.113.4")
    found = differences([record(), kept, gone], [ended, wrong, replace(kept, superseded_at=DAY), better, new])
    assert [(item.id, item.change) for item in found] == [
        ("gone", "gone"), ("kept", "changed"), ("new", "added"), ("r-1", "retracted"),
    ]  # fmt: skip
    assert found[1].fields == {"role": ("source of an attack", "sender")}
    assert (found[3].reason, found[3].replacement) == ("wrong", "new")
    assert differences([record()], [record()]) == ()
    assert [item.change for item in differences([record()], [ended])] == ["withdrawn"]


@pytest.mark.parametrize("seed", range(4))
def test_a_private_set_holds_what_indicators_cover(seed: int) -> None:
    records = many(seed, 60)
    index = Index([registry(*(item for item in records if item.state == "indicator"))])
    data, _ = private_set.build("example", 1, "0" * 64, records, KEY)
    held = private_set.parse(data, KEY, "set")
    chance = random.Random(seed)  # noqa: S311 - made-up records
    for _ in range(150):
        start, bits = ("2001:db8::", 40) if chance.random() < 0.3 else ("198.51.100.0", 9)
        address = str(ipaddress.ip_address(int(ipaddress.ip_address(start)) + chance.getrandbits(bits)))
        matches = index.lookup(address).matches
        assert bool(held.test(address, KEY)) == any(match.ring in ("exact", "prefix") for match in matches), address


def test_a_private_set_says_neither_networks_nor_their_number() -> None:
    data, networks = private_set.build("example", 1, "0" * 64, [record()], KEY)
    assert (networks, b"203.0.113" in data) == (1, False)
    more, _ = private_set.build(
        "example", 1, "0" * 64, [record(id=f"r-{at}", network=f"203.0.113.{at}") for at in range(9)], KEY
    )
    assert len(json.loads(data)["digests"]) == len(json.loads(more)["digests"]) == 16
    assert private_set.build("example", 1, "0" * 64, [record()], KEY)[0] == data


def test_a_changed_set_or_another_key_is_refused() -> None:
    data, _ = private_set.build("example", 1, "0" * 64, [record()], KEY)
    with pytest.raises(TamperError, match="does not fit"):
        private_set.parse(data, bytes(32), "set")
    for place in range(0, len(data), 7):
        for bit in (0, 5):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises((TamperError, DataError)):
                private_set.parse(bytes(changed), KEY, "set")


@given(
    st.dictionaries(
        st.sampled_from(["schema", "mac", "digests", "step", "x"]),
        st.sampled_from([private_set.SCHEMA, "\ud800", 4, None, ["0" * 64], [[]], 1e400, {"a": "\udfff"}]),
    )
)
@settings(max_examples=200)
def test_hostile_sets_end_in_a_clear_refusal(found: dict[str, Any]) -> None:
    for data in (json.dumps(found).encode(), json.dumps(found).encode()[:-1], b"[" * 50_000):
        with pytest.raises((DataError, TamperError)):
            private_set.parse(data, KEY, "set")


@pytest.mark.parametrize("data", [b"", b"00", b"g" * 64, b"0" * 63 + b"\xff", b"0" * 66])
def test_what_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="no key"):
        private_set.read_key(data, "key")
