"""The sources that are text or other people's trees: dated by what they state, cut where they contradict themselves."""

from __future__ import annotations

import importlib
import ipaddress
import json
import tarfile
import zipfile
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.enrichment.addresses import pack_v4, pack_v6
from forensics.enrichment.lookup import country_code
from tests.enrichment.mmdb_file import Value, write
from tools.snapshot_inputs import ip_location_db, rows, warning_lists
from tools.snapshot_inputs.packages import Package

TOP = (1 << 32) - 1
PLACES = st.one_of(st.integers(0, 40), st.integers(TOP - 3, TOP))
RANGES = st.lists(st.tuples(PLACES, PLACES).map(sorted).map(tuple), max_size=8)
CITIES: dict[str, Value] = {
    "192.0.2.0/24": {"country": {"iso_code": "QX"}, "registered_country": {"iso_code": "QZ"}},
    "192.0.2.64/26": {"registered_country": {"iso_code": "QZ"}},
    "198.51.100.0/25": {"country": {"iso_code": "QX"}, "city": {"names": {"en": "Nowhere"}}},
    "198.51.100.128/25": {"country": {"iso_code": "QX"}},
    "2001:db8::/33": {"country": {"iso_code": "QZ"}},
}


@settings(deadline=None)
@given(st.lists(st.tuples(PLACES, PLACES, st.integers(1, 3)), max_size=6))
def test_overlaps_are_cut_and_nothing_is_invented(claims: list[tuple[int, int, int]]) -> None:
    given_rows = [(min(a, b), max(a, b), fact) for a, b, fact in claims]
    kept, _ = rows.without_overlap(given_rows)
    assert all(before[1] < after[0] for before, after in pairwise(kept))
    for place in {edge + step for row in given_rows for edge in row[:2] for step in (-1, 0, 1)}:
        holding = [row for row in given_rows if row[0] <= place <= row[1]]
        told = {fact for a, b, fact in holding if all(c <= a and b <= d for c, d, _ in holding)}
        assert [fact for a, b, fact in kept if a <= place <= b] == (list(told) if len(told) == 1 else [])


def test_a_narrower_row_holds_and_a_partial_overlap_is_left_out() -> None:
    assert rows.without_overlap([(0, 99, "wide"), (10, 19, "narrow")]) == (
        [(0, 9, "wide"), (10, 19, "narrow"), (20, 99, "wide")],
        2,
    )
    assert rows.without_overlap([(0, 49, "left"), (40, 99, "right")]) == ([(0, 39, "left"), (50, 99, "right")], 2)
    assert rows.without_overlap([(0, 9, "one"), (10, 19, "two")]) == ([(0, 9, "one"), (10, 19, "two")], 0)


@settings(deadline=None)
@given(RANGES, RANGES)
def test_every_address_carries_the_words_of_all_lists_that_hold_it(
    aws: list[tuple[int, int]], vpn: list[tuple[int, int]]
) -> None:
    blocks = {
        name: [
            str(net)
            for a, b in ranges
            for net in ipaddress.summarize_address_range(*map(ipaddress.IPv4Address, (a, b)))
        ]
        for name, ranges in (("amazon-aws", aws), ("vpn-ipv4", vpn))
    }
    lists = {name: warning_lists.bounds(entries, 4)[0] for name, entries in blocks.items()}
    made = warning_lists.labelled(lists, 4)
    edges = {edge + step for pair in aws + vpn for edge in pair for step in (-1, 0, 1)}
    asked = sorted(edge for edge in edges if 0 <= edge <= TOP)
    for place, row in zip(asked, made.find(pack_v4(asked)).tolist(), strict=True):
        wanted = [
            word
            for word, ranges in (("hosting/misp-amazon-aws", aws), ("hosting_or_vpn/misp-vpn-ipv4", vpn))
            if any(a <= place <= b for a, b in ranges)
        ]
        assert list(made.class_sets[made.classes[row]] if row >= 0 else ()) == wanted


def test_entries_that_are_no_block_are_left_out_and_counted() -> None:
    held = ["192.0.2.0/24", "192.0.2.7", "192.0.2.1/24", "resolver.example", "", "2001:db8::/32", "192.0.3.0/24"]
    assert warning_lists.bounds(held, 4) == ([(0xC0000200, 0xC00003FF)], 3)
    assert warning_lists.bounds(held, 6) == ([(0x20010DB8 << 96, (0x20010DB9 << 96) - 1)], 3)


def test_a_list_is_dated_by_what_it_states(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.whl", "w") as wheel:
        wheel.writestr("p/data/lists/vpn-ipv4/list.json", json.dumps({"version": 20190724, "list": [" 192.0.2.0/24 "]}))
    with zipfile.ZipFile(tmp_path / "w.whl") as wheel:
        assert warning_lists.read_list(wheel, "vpn-ipv4", date(2019, 7, 24)) == ["192.0.2.0/24"]
        with pytest.raises(SystemExit, match="states version 20190724, not 2020-02-10"):
            warning_lists.read_list(wheel, "vpn-ipv4", date(2020, 2, 10))


def package(version: str) -> Package:
    return Package(name="x", version=version, file="x.tgz", sha256="", fetch=())


def test_the_day_of_a_table_is_in_its_producers_version() -> None:
    assert ip_location_db.data_day(package("2.3.2026061719")) == date(2026, 6, 17)
    with pytest.raises(SystemExit, match="states no day"):
        ip_location_db.data_day(package("2.3.7"))


def archive(folder: Path, members: dict[str, str]) -> Path:
    with tarfile.open(folder / "x.tgz", "w:gz") as packed:
        for name, text in members.items():
            (folder / name).write_text(text, encoding="utf-8")
            packed.add(folder / name, f"package/{name}")
    return folder / "x.tgz"


def test_delegated_countries_and_announcing_systems_are_read_from_their_tables(tmp_path: Path) -> None:
    packed = archive(
        tmp_path,
        {
            "asn-country-ipv4.csv": "192.0.2.0,192.0.2.127,QZ\n192.0.2.128,192.0.2.255,QZ\n198.51.100.0,198.51.100.255,QX\n",
            "asn-country-ipv6.csv": "2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,Q1\n",
            "asn-ipv4.csv": '192.0.2.0,192.0.2.255,64500,"First, Ltd"\n192.0.2.64,192.0.2.127,64501,Second\n',
        },
    )
    states = ip_location_db.countries(packed, 4)
    assert [(states.bounds(row), country_code(int(states.country[row]))) for row in range(len(states))] == [
        ((0xC0000200, 0xC00002FF), "QZ"),
        ((0xC6336400, 0xC63364FF), "QX"),
    ]
    with pytest.raises(SystemExit, match="no country code"):
        ip_location_db.countries(packed, 6)
    made, names = ip_location_db.systems(packed, 4)
    assert made.asn.tolist() == [64500, 64501, 64500]
    assert names == {64500: "First, Ltd", 64501: "Second"}


@pytest.mark.parametrize("bits", [24, 28, 32])
def test_countries_equal_the_field_country_of_the_mmdb_reader(tmp_path: Path, bits: int) -> None:
    reader = pytest.importorskip("maxminddb", reason="the MMDB reader is a build-time input")
    pytest.importorskip("zstandard", reason="the block container's codec is a build-time input")
    geolite, iptoasn, mmdb, trees = (
        importlib.import_module(name)
        for name in (
            "tools.snapshot_inputs.geolite",
            "tools.snapshot_inputs.iptoasn",
            "forensics.enrichment.mmdb",
            "forensics.enrichment.trees",
        )
    )
    write(tmp_path / "city.mmdb", CITIES, epoch=1_577_145_600, bits=bits)
    flat = mmdb.flatten(tmp_path / "city.mmdb")
    assert flat.as_of == date(2019, 12, 24)
    known = geolite.facts(flat)
    v4, v6 = (trees.overlay([iptoasn.placed(leaves, known)]) for leaves in (flat.v4, flat.v6))
    assert (len(v4), len(v6)) == (3, 1)  # two cities of one country are one range; no country is no range

    with reader.open_database(tmp_path / "city.mmdb") as database:

        @settings(max_examples=60, deadline=None)
        @given(st.integers(0xC0000100, 0xC0000400) | st.integers(0xC6336300, 0xC6336600), st.integers(0, (1 << 97) - 1))
        def ask(number: int, low: int) -> None:
            high = (0x20010DB8 << 96) - (1 << 96) + low
            for address, table, packed in (
                (ipaddress.IPv4Address(number), v4, pack_v4([number])),
                (ipaddress.IPv6Address(high), v6, pack_v6([high])),
            ):
                row = int(table.find(packed)[0])
                told = country_code(int(table.country[row])) if row >= 0 else ""
                found = database.get(address) or {}
                assert told == found.get("country", {}).get("iso_code", ""), address

        ask()
