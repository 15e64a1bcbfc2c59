"""What the build scripts do: flatten, lay over each other, write the same bytes twice."""

from __future__ import annotations

import hashlib
import importlib
import ipaddress
import random
import struct
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.enrichment.addresses import pack_v4, pack_v6
from forensics.enrichment.bundle_writer import Provenance, write_bundle
from forensics.enrichment.lookup import RangeTable, country_code
from forensics.enrichment.snapshots import SnapshotTable
from forensics.enrichment.trees import Facts, Leaves, overlay
from tests.enrichment.mmdb_file import Value, write

if TYPE_CHECKING:
    from pathlib import Path

LOW = (1 << 64) - 1


def row_of(table: RangeTable, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    packed = pack_v4([int(address)]) if address.version == 4 else pack_v6([int(address)])
    return int(table.find(packed)[0])


EPOCH = 1_584_403_200  # 2020-03-17
ASN: dict[str, Value] = {
    "192.0.2.0/25": {"autonomous_system_number": 64500, "autonomous_system_organization": "First [b]"},
    "192.0.2.128/25": {"autonomous_system_number": 64500, "autonomous_system_organization": "First [b]"},
    "198.51.100.0/24": {"autonomous_system_number": 64501, "autonomous_system_organization": "Second"},
    "198.51.100.64/26": {"autonomous_system_number": 64502, "autonomous_system_organization": "Third"},
    "255.255.255.255/32": {"autonomous_system_number": 64504, "autonomous_system_organization": "Last"},
    "2001:db8::/32": {"autonomous_system_number": 64500, "autonomous_system_organization": "First [b]"},
    "2001:db8:0:1::8/125": {"autonomous_system_number": 64503, "autonomous_system_organization": "Fourth"},
}
COUNTRY: dict[str, Value] = {
    "192.0.2.0/24": {"country_code": "QZ"},
    "198.51.100.0/25": {"country_code": "QX"},
    "203.0.113.0/24": {"country_code": "QZ"},
    "2001:db8:0:1::/64": {"country_code": "QZ"},
}


def built(folder: Path, bits: int) -> tuple[RangeTable, RangeTable, dict[int, str]]:
    pytest.importorskip("maxminddb", reason="the MMDB reader is a build-time input")
    pytest.importorskip("zstandard", reason="the block container's codec is a build-time input")
    script = importlib.import_module("tools.snapshot_inputs.iptoasn")
    flatten = importlib.import_module("forensics.enrichment.mmdb").flatten
    write(folder / "asn.mmdb", ASN, epoch=EPOCH, bits=bits)
    write(folder / "country.mmdb", COUNTRY, epoch=EPOCH, bits=bits)
    flat = flatten(folder / "asn.mmdb")
    assert flat.as_of == date(2020, 3, 17)
    made: tuple[RangeTable, RangeTable, dict[int, str]] = script.combine(flat, flatten(folder / "country.mmdb"))
    return made


@pytest.mark.parametrize("bits", [24, 28, 32])
def test_flattened_tables_equal_the_mmdb_reader(tmp_path: Path, bits: int) -> None:
    v4, v6, names = built(tmp_path, bits)
    reader = importlib.import_module("maxminddb")
    pick = random.Random(7)  # noqa: S311 - repeatable probes
    edges = [ipaddress.ip_network(text) for text in (*ASN, *COUNTRY)]
    asked = [
        int(net.network_address) + step
        for net in edges
        for step in (-1, 0, 1, net.num_addresses - 1, net.num_addresses)
    ]
    v4_asked = [number for number in asked if 0 <= number < 1 << 32] + [pick.getrandbits(32) for _ in range(500)]
    v6_asked = [number for number in asked if number >= 1 << 96] + [pick.getrandbits(128) | 1 << 127 for _ in range(50)]
    with reader.open_database(tmp_path / "asn.mmdb") as asn, reader.open_database(tmp_path / "country.mmdb") as country:
        for numbers, pack, held, kind in (
            (v4_asked, pack_v4, v4, ipaddress.IPv4Address),
            (v6_asked, pack_v6, v6, ipaddress.IPv6Address),
        ):
            for number, row in zip(numbers, held.find(pack(numbers)).tolist(), strict=True):
                system, state = asn.get(kind(number)) or {}, country.get(kind(number)) or {}
                told = (int(held.asn[row]), country_code(int(held.country[row]))) if row >= 0 else (0, "")
                assert told == (system.get("autonomous_system_number", 0), state.get("country_code", "")), kind(number)
    assert names[64500] == "First [b]"
    assert (
        len(v4) == 6
    )  # equal neighbours are one range: .0/24, .0/26, .64/26, .128/25, 203.0.113.0/24, the last address


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        v4, v6, names = built(tmp_path / name, 24)
        about = Provenance(
            id="test-2020-03-17",
            kind="ip_asn",
            as_of=date(2020, 3, 17),
            published=None,
            source="test",
            source_package="test",
            source_version="1",
            source_sha256="0" * 64,
            licence="CC0-1.0",
            attribution="none",
            redistributable=True,
        )
        write_bundle(tmp_path / name / "bundle", about, v4, v6, dict(reversed(names.items())))
        digests.append({path.name: path.read_bytes() for path in (tmp_path / name / "bundle").iterdir()})
    assert digests[0] == digests[1]
    assert set(digests[0]) == {"manifest.json", "names.parquet", "v4.parquet", "v6.parquet"}


def test_a_file_that_is_no_mmdb_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("maxminddb", reason="the MMDB reader is a build-time input")
    flatten = importlib.import_module("forensics.enrichment.mmdb").flatten
    (tmp_path / "x.mmdb").write_bytes(b"not a database")
    with pytest.raises(importlib.import_module("forensics.errors").DataError, match="cannot be read"):
        flatten(tmp_path / "x.mmdb")


def leaves(ranges: list[tuple[int, int]], bits: int) -> Leaves:
    sides = [np.array([(item[s] >> 64, item[s] & LOW) for item in ranges], np.uint64).reshape(-1, 2) for s in (0, 1)]
    return Leaves(bits=bits, start=sides[0], end=sides[1], value=np.arange(len(ranges)))


@pytest.mark.parametrize("bits", [32, 128])
def test_overlay_equals_asking_every_layer(bits: int) -> None:
    top = (1 << bits) - 1
    edge = st.sampled_from([0, 1, 255, 256, 1 << (bits // 2), (1 << (bits // 2)) - 1, top - 1, top])
    cuts = st.lists(st.one_of(edge, st.integers(0, top)), unique=True, max_size=16).map(sorted)
    ranges = cuts.map(lambda points: [tuple(pair) for pair in zip(*[iter(points)] * 2, strict=False)])

    @settings(max_examples=120, deadline=None)
    @given(ranges, ranges)
    def ask(systems: list[tuple[int, int]], states: list[tuple[int, int]]) -> None:
        asn = [row % 2 + 1 for row in range(len(systems))]
        codes = [0x515A if row % 2 else 0 for row in range(len(states))]
        none = np.zeros
        made = overlay(
            [
                (
                    leaves(systems, bits),
                    Facts(
                        asn=np.array(asn, np.uint32),
                        country=none(len(asn), np.uint16),
                        classes=none(len(asn), np.uint8),
                    ),
                ),
                (
                    leaves(states, bits),
                    Facts(
                        asn=none(len(codes), np.uint32),
                        country=np.array(codes, np.uint16),
                        classes=none(len(codes), np.uint8),
                    ),
                ),
            ]
        )
        made.check()
        asked = sorted({n for a, b in systems + states for n in (a - 1, a, b, b + 1) if 0 <= n <= top} | {0, top})
        for number, row in zip(asked, made.find((pack_v4 if bits == 32 else pack_v6)(asked)).tolist(), strict=True):
            wanted = (
                next((asn[at] for at, (a, b) in enumerate(systems) if a <= number <= b), 0),
                next((codes[at] for at, (a, b) in enumerate(states) if a <= number <= b), 0),
            )
            assert wanted == ((int(made.asn[row]), int(made.country[row])) if row >= 0 else (0, 0))

    ask()


def location_file(nodes: list[tuple[int, int, int]], networks: list[tuple[bytes, int, int]], created: int) -> bytes:
    """Write a location database: header of 4,256 bytes, then its sections."""
    pool = b"\0Sample Name\0"
    sections = [
        struct.pack(">II", 64500, 1),
        b"".join(struct.pack(">2sHIHH", code, 0, asn, flags, 0) for code, asn, flags in networks),
        b"".join(struct.pack(">III", *node) for node in nodes),
        b"",
        pool,
    ]
    at, places = 4256, []
    for section in sections:
        places += [at, len(section)]
        at += len(section)
    head = struct.pack(">8sQ3I10I", b"LOCDBXX\x01", created, 0, 0, 0, *places)
    return head.ljust(4256, b"\0") + b"".join(sections)


def test_a_location_database_gives_the_deepest_network_of_each_address() -> None:
    location_db = importlib.import_module("tools.location_db")
    none = 0xFFFFFFFF
    nodes: list[tuple[int, int, int]] = [(0, 0, none)]

    def put(bits: str, network: int) -> None:
        at = 0
        for bit in bits:
            zero, one, own = nodes[at]
            below = one if bit == "1" else zero
            if not below:
                below = len(nodes)
                nodes.append((0, 0, none))
                nodes[at] = (zero, below, own) if bit == "1" else (below, one, own)
            at = below
        nodes[at] = (*nodes[at][:2], network)

    mapped = "0" * 80 + "1" * 16
    put(mapped + f"{0xC0000200:032b}"[:24], 0)  # 192.0.2.0/24
    put(mapped + f"{0xC0000240:032b}"[:26], 1)  # 192.0.2.64/26 inside it
    put(mapped + f"{0xC0000201:032b}", 2)  # 192.0.2.1/32 inside it
    put(f"{0x20010DB8:032b}", 1)
    content = location_file(nodes, [(b"QZ", 64500, 0), (b"QX", 64501, 3), (b"\0\0", 64502, 4)], 1_667_001_690)
    held = location_db.read(content)
    script_placed = [
        (
            part,
            Facts(
                asn=held.facts.asn[part.value],
                country=held.facts.country[part.value],
                classes=held.facts.classes[part.value],
            ),
        )
        for part in (held.v4, held.v6)
    ]
    v4, v6 = (overlay([item], location_db.CLASS_SETS) for item in script_placed)
    told = []
    for last in (0, 1, 2, 63, 64, 127, 128, 255):
        row = row_of(v4, ipaddress.IPv4Address(0xC0000200 + last))
        told.append((int(v4.asn[row]), country_code(int(v4.country[row])), v4.class_sets[v4.classes[row]]))
    first, second, third = (64500, "QZ", ()), (64501, "QX", ("anonymous-proxy", "satellite")), (64502, "", ("anycast",))
    assert told == [first, third, first, first, second, second, first, first]
    assert row_of(v4, ipaddress.IPv4Address("192.0.3.0")) == -1
    assert int(v6.asn[row_of(v6, ipaddress.IPv6Address("2001:db8:ffff::1"))]) == 64501
    assert row_of(v6, ipaddress.IPv6Address("::ffff:192.0.2.1")) == -1  # IPv4 is in the IPv4 table only
    assert held.as_of == date(2022, 10, 29)
    assert held.names == {64500: "Sample Name"}
    with pytest.raises(ValueError, match="no location database"):
        location_db.read(b"X" + content[1:])


def test_the_committed_sample_snapshots_are_those_of_their_source(tmp_path: Path) -> None:
    script = importlib.import_module("tools.build_sample_snapshots")
    for day in script.DATES:
        made = script.build(day, tmp_path)
        fresh, held = (SnapshotTable(root / made.id, made) for root in (tmp_path, script.SOURCE))
        committed = SnapshotTable(
            held.folder,
            importlib.import_module("forensics.enrichment.bundle").read_manifest(held.folder / "manifest.json"),
        )
        assert committed.manifest.source_sha256 == made.source_sha256
        for family in (4, 6):
            one, two = fresh.ranges(family), committed.ranges(family)
            for left, right in zip(
                (*one.start, *one.end, one.asn, one.country), (*two.start, *two.end, two.asn, two.country), strict=True
            ):
                assert left.tolist() == right.tolist()
            assert [one.class_sets[n] for n in one.classes] == [two.class_sets[n] for n in two.classes]
        assert [fresh.as_name(asn) for asn in range(64496, 64512)] == [
            committed.as_name(asn) for asn in range(64496, 64512)
        ]


def test_build_inputs_are_pinned_by_digest(tmp_path: Path) -> None:
    script = importlib.import_module("tools.snapshot_inputs.packages")
    (tmp_path / script.SDK.file).write_bytes(b"something else")
    with pytest.raises(SystemExit, match=hashlib.sha256(b"something else").hexdigest()):
        script.fetch(script.SDK, tmp_path)


@pytest.mark.parametrize("bits", [24, 28, 32])
def test_every_bit_of_a_record_counts(bits: int) -> None:
    mmdb = importlib.import_module("forensics.enrichment.mmdb")
    for shift in range(1, bits):
        pair = (1 << shift | 1, (1 << bits) - 1 - (1 << shift))
        tree = mmdb._tree(mmdb_node(pair, bits), 1, bits)
        assert tree.edge_value.tolist() == [[number - 1 for number in pair]]


def mmdb_node(pair: tuple[int, int], bits: int) -> bytes:
    """Write one node by the letter of the specification, with text instead of shifts."""
    left, right = (f"{number:0{bits}b}" for number in pair)
    text = left + right if bits != 28 else left[4:] + left[:4] + right[:4] + right[4:]
    return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))
