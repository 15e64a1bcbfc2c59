"""MRT dumps: both forms, wide and narrow AS numbers, sets, ADD-PATH, damage; a foreign parser reads the same."""

from __future__ import annotations

import bz2
import gzip
import ipaddress
import re
import struct
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.enrichment.importer import Imported
from forensics.enrichment.mrt import Dump, origin_of
from forensics.errors import DataError
from tests.enrichment import mrt_file
from tests.enrichment.importing import NOTHING, imported, reasons, said
from tests.enrichment.mrt_file import as_path, attribute, attributes, old, peer_table, record, rib

NOON = 1_584_446_400  # 2020-03-17 12:00:00 UTC
PEERS = [("192.0.2.1", 64500), ("2001:db8::2", 64501), ("192.0.2.3", 65_550), ("192.0.2.4", 64503)]
SET = frozenset({64508, 64507})


def table() -> bytes:
    return b"".join(
        [
            peer_table(PEERS, NOON),
            rib("198.51.100.0/24", [(place, attributes([64500 + place, 64510])) for place in range(4)], NOON),
            rib(
                "198.51.100.128/25",
                [(0, attributes([64500, 64511])), (1, attributes([64512])), (2, attributes([64511]))],
                NOON,
            ),
            rib("203.0.113.0/24", [(0, attributes([64500, SET]))], NOON),
            rib("192.0.2.0/25", [(2, attributes([]))], NOON),
            rib("0.0.0.0/0", [(0, attributes([64500]))], NOON),
            rib("192.0.2.128/25", [(0, attributes([64500, 0]))], NOON),
            rib("2001:db8:1::/48", [(1, attributes([65_551], more=attribute(14, bytes(300), 0x80)))], NOON),
            rib("2001:db8:2::/47", [(1, attributes([64500])), (1, attributes([64502]))], NOON, addpath=True),
            record(13, 6, b"\0" * 20, NOON),
            record(13, 3, b"\0" * 20, NOON),
            record(16, 4, b"\0" * 20, NOON),
        ]
    )


def read(folder: Path, content: bytes, name: str = "rib.20200317.1200") -> Imported:
    return imported(folder, name, content, expected="mrt")


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_a_table_of_many_peers(tmp_path: Path, pack: Any) -> None:
    made = read(tmp_path, pack(table()))
    assert (made.kind, made.as_of, made.named_day) == ("ip_asn", date(2020, 3, 17), date(2020, 3, 17))
    assert said(made, "198.51.100.1") == (64510, "", (), ())
    assert said(made, "198.51.100.200") == (64511, "", (), ("AS64511", "AS64512"))
    assert said(made, "203.0.113.9") == (64507, "", (), ("{AS64507, AS64508}",))
    assert said(made, "192.0.2.1")[0] == 65_550  # an empty path: the peer announces it itself
    assert said(made, "192.0.2.200") == NOTHING
    assert said(made, "8.8.8.8") == NOTHING
    assert said(made, "2001:db8:1::1")[0] == 65_551
    assert said(made, "2001:db8:3::1")[3] == ("AS64500", "AS64502")
    assert made.v4 is not None
    assert made.v4.visibility is not None
    assert made.v4.visibility.tolist() == [25, 100, 50, 25]  # 192.0.2.0, 198.51.100.0, .128, 203.0.113.0
    assert made.ledger.rows == 12
    assert reasons(made) == []
    assert sorted(made.ledger.unused) == [
        "IPv4 multicast records",
        "RIB_GENERIC records",
        "default routes: they say nothing about who holds an address",
        "records of MRT type 16",
        "routes of AS 0, which routers treat as withdrawn (RFC 7607)",
    ]


def test_the_older_form_and_narrow_numbers(tmp_path: Path) -> None:
    wider = as_path([65_550, 65_551], 4, code=17)
    content = b"".join(
        [
            old("198.51.100.0/24", ("192.0.2.1", 64500), attributes([64500, 64510], 2), NOON),
            old("198.51.100.0/24", ("192.0.2.2", 64501), attributes([64501, 23456, 23456], 2, wider), NOON),
            old("198.51.100.0/24", ("192.0.2.3", 64502), attributes([64502, 23456], 2, wider), NOON),
            old("203.0.113.0/24", ("192.0.2.1", 64500), attributes([], 2), NOON),
            old("2001:db8::/32", ("2001:db8::1", 64500), attributes([64500, 64510], 2), NOON),
        ]
    )
    made = read(tmp_path, content)
    assert said(made, "198.51.100.1")[3] == ("AS65551", "AS64510")
    assert said(made, "203.0.113.1")[0] == 64500
    assert said(made, "2001:db8::1")[0] == 64510
    assert made.v4 is not None
    assert made.v4.visibility is not None
    assert made.v4.visibility.tolist() == [66, 33]


def test_four_byte_path_is_used_only_where_the_two_byte_one_needs_it() -> None:
    longer = attributes([64500, 23456], 2, as_path([64501, 65_550, 65_551], 4, code=17))
    assert origin_of(longer, 2) == "23456"  # AS4_PATH longer than AS_PATH is ignored, RFC 6793 §4.2.3
    plain = attributes([64500, 64501], 2, as_path([65_551], 4, code=17))
    assert origin_of(plain, 2) == "64501"
    confederation = attribute(
        2, bytes([2, 1]) + (64500).to_bytes(4, "big") + bytes([3, 1]) + (64999).to_bytes(4, "big")
    )
    assert origin_of(confederation, 4) == "64500"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (rib("198.51.100.0/24", [(9, attributes([64500]))], NOON), "peer 9 is not in the table"),
        (rib("198.51.100.0/24", [(0, attribute(1, b"\0"))], NOON), "without AS_PATH"),
        (rib("198.51.100.0/24", [(0, attributes([1 + n])) for n in range(501)], NOON), "more origins than any prefix"),
        (rib("198.51.100.0/24", [(0, attribute(2, bytes([2, 9, 0, 0])))], NOON), "segment ends behind"),
        (rib("198.51.100.0/24", [(0, bytes([0x40, 2, 90]))], NOON), "attribute ends behind"),
        (record(13, 2, struct.pack(">IB", 1, 33) + bytes(7), NOON), "no prefix length"),
        (record(13, 2, struct.pack(">IB", 1, 8) + b"\x0a" + b"\xff\xff", NOON), "record of type 13/2"),
        (record(13, 2, struct.pack(">IB", 1, 4) + b"\x0a" + b"\0\0", NOON), "bits are set behind"),
        (record(13, 2, struct.pack(">IB", 1, 8) + b"\x0a" + b"\0\0x", NOON), "bytes behind the last route"),
        (record(12, 1, bytes(22), NOON), "AS_PATH|record of type 12/1"),
        (record(12, 1, bytes(10), NOON), "record of type 12/1"),
        (record(13, 1, bytes(6) + b"\xff\xff", NOON), "record of type 13/1"),
        (record(13, 2, b"", NOON), "record of type 13/2"),
    ],
)
def test_a_damaged_record_is_told_with_its_place(tmp_path: Path, body: bytes, reason: str) -> None:
    good = rib("203.0.113.0/24", [(0, attributes([64500, 64510]))], NOON)
    start = peer_table(PEERS, NOON)
    made = read(tmp_path, start + good + body)
    assert said(made, "203.0.113.1")[0] == 64510
    (rejected,) = made.ledger.rejected
    assert rejected.place == f"byte:{len(start + good)}"
    assert re.search(reason, rejected.reason), rejected


@pytest.mark.parametrize("cut", [1, 11, 13, 40])
def test_a_dump_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    with pytest.raises(DataError, match="cut off"):
        read(tmp_path, table()[:-cut])
    with pytest.raises(DataError, match="cut off"):
        read(tmp_path, gzip.compress(table())[:-cut])


def test_a_record_larger_than_any_and_a_file_of_updates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="damaged at byte"):
        read(tmp_path, table() + struct.pack(">IHHI", NOON, 13, 2, 0xFFFFFFF0))
    with pytest.raises(DataError, match="no table"):
        read(tmp_path, record(16, 4, b"\0" * 20, NOON), "updates.20200317.1200")


def test_every_flipped_byte_is_read_or_told(tmp_path: Path) -> None:
    whole = table()
    path = tmp_path / "rib"
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with path.open("rb") as stream:
            dump = Dump()
            try:
                for _ in dump.read(stream, "rib"):
                    pass
            except DataError:
                continue
            assert dump.damages == len(dump.damaged)


def _oracle(path: Path) -> dict[str, Counter[str]]:
    """Return prefix → number of peers by origin, as mrtparse reads the dump."""
    mrtparse = pytest.importorskip("mrtparse", reason="a foreign parser to compare with")
    found: dict[str, Counter[str]] = {}
    for item in mrtparse.Reader(str(path)):
        (subtype,) = item.data["subtype"].values()
        if not subtype.startswith("RIB_IPV"):
            continue
        seen: dict[str, set[int]] = {}
        for entry in item.data["rib_entries"]:
            (path_of,) = [one["value"] for one in entry["path_attributes"] if 2 in one["type"]]
            last = path_of[-1]
            (segment,) = last["type"].values()
            numbers = last["value"] if segment == "AS_SET" else last["value"][-1:]
            seen.setdefault(",".join(sorted(numbers, key=int)), set()).add(entry["peer_index"])
        counts = found.setdefault(f"{ipaddress.ip_address(item.data['prefix'])}/{item.data['length']}", Counter())
        counts.update({origin: len(peers) for origin, peers in seen.items()})
    return found


_HOPS = st.lists(st.integers(1, 4_294_967_295), min_size=1, max_size=5)
_TAIL = st.one_of(st.just(()), st.frozensets(st.integers(1, 70_000), min_size=2, max_size=4).map(lambda held: (held,)))
_ROUTES = st.lists(
    st.tuples(st.integers(0, 3), st.tuples(_HOPS, _TAIL).map(lambda pair: [*pair[0], *pair[1]])), min_size=1, max_size=6
)
_NETS = st.one_of(
    st.tuples(st.integers(0, (1 << 32) - 1), st.integers(1, 32)).map(
        lambda pair: ipaddress.IPv4Network(pair, strict=False)
    ),
    st.tuples(st.integers(0, (1 << 128) - 1), st.integers(1, 128)).map(
        lambda pair: ipaddress.IPv6Network(pair, strict=False)
    ),
)


def test_origins_are_those_that_a_foreign_parser_reads(tmp_path: Path) -> None:
    path = tmp_path / "rib"

    @settings(max_examples=60, deadline=None)
    @given(st.dictionaries(_NETS, st.tuples(st.booleans(), _ROUTES), min_size=1, max_size=5))
    def same(routes: dict[Any, tuple[bool, Any]]) -> None:
        content = mrt_file.peer_table(PEERS, NOON)
        for net, (addpath, held) in routes.items():
            blocks = [(peer, attributes(hops)) for peer, hops in held]
            content += rib(str(net), blocks, NOON, addpath=addpath)
        path.write_bytes(content)
        expected = _oracle(path)
        dump = Dump()
        with path.open("rb") as stream:
            found = {}
            for item in dump.read(stream, "rib"):
                first = (ipaddress.IPv4Address if item.family == 4 else ipaddress.IPv6Address)(item.number)
                found[f"{first}/{item.length}"] = {origin: len(peers) for origin, peers in item.origins.items()}
        assert dump.damaged == []
        assert found == {prefix: dict(counts) for prefix, counts in expected.items()}

    same()
