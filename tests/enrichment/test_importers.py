"""A user's own data: every form is recognised, read, and refused where it is damaged or hostile."""

from __future__ import annotations

import bz2
import gzip
import ipaddress
import lzma
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.enrichment import source_file
from forensics.enrichment.importer import CLASS_WORDS, MADE_KINDS, Importer, Options, all_importers, importer_of
from forensics.enrichment.source_file import SourceFile, day_in
from forensics.errors import DataError, UsageError
from tests.enrichment.importing import NOTHING, imported, reasons, said
from tests.enrichment.mmdb_file import Value, write

EPOCH = 1_584_403_200  # 2020-03-17

PFX2AS = (
    "192.0.2.0\t24\t64500\n192.0.2.128\t25\t64501_64502\n198.51.100.0\t24\t64503,64504\n"
    "203.0.113.0\t24\t64505_64506,64507_64508\n2001:db8::\t32\t64509\n0.0.0.0\t0\t64510\n"
)


def zstd(content: bytes) -> bytes:
    import pyarrow as pa

    packed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return packed


def test_importers_are_values_that_no_list_mentions() -> None:
    found = all_importers()
    assert list(found) == ["csv_ranges", "mmdb", "mrt", "passive_dns", "pfx2as", "tor_exits"]
    for name, item in found.items():
        assert isinstance(item, Importer)
        assert item.title
        assert set(item.kinds) <= set(MADE_KINDS), name


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstd])
def test_pfx2as_with_several_origins_and_sets(tmp_path: Path, pack: Any) -> None:
    made = imported(tmp_path, "routeviews-rv2-20200317-1200.pfx2as.gz", pack(PFX2AS.encode()), expected="pfx2as")
    assert (made.kind, made.as_of, made.named_day) == ("ip_asn", None, date(2020, 3, 17))
    assert said(made, "192.0.2.1") == (64500, "", (), ())
    assert said(made, "192.0.2.200") == (64501, "", (), ("AS64501", "AS64502"))
    assert said(made, "198.51.100.1") == (64503, "", (), ("{AS64503, AS64504}",))
    assert said(made, "203.0.113.1") == (64505, "", (), ("AS64505", "{AS64506, AS64507}", "AS64508"))
    assert said(made, "2001:db8::1")[0] == 64509
    assert said(made, "8.8.8.8") == NOTHING
    assert made.ledger.rows == 6
    assert sum(made.ledger.unused.values()) == 1
    assert made.names == {}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("192.0.2.0\t24", "2 fields"),
        ("192.0.2.0\t24\t64500\t1", "4 fields"),
        ("192.0.2.1\t24\t64500", "bits are set"),
        ("0300.0.2.0\t24\t64500", "not an IP address"),
        ("192.000.002.000\t24\t64500", "not an IP address"),
        ("192.0.2.0\t24\t4294967296", "not an AS number"),
        ("192.0.2.0\t24\t064500", "not an AS number"),
        ("192.0.2.0\t24\t64500_", "not an AS number"),
        ("192.0.2.0\t24\t64500,,1", "not an AS number"),
        ("192.0.2.0\t24\t٣٣", "not an AS number"),
        ("192.0.2.0\t129\t64500", "not the length"),
        ("\x1b[31m192.0.2.0\t24\t64500", "not an IP address"),
    ],
)
def test_a_line_that_is_no_route_is_rejected_with_its_place(tmp_path: Path, line: str, reason: str) -> None:
    made = imported(tmp_path, "a.pfx2as", f"{PFX2AS}{line}\n", expected="pfx2as")
    (told,) = reasons(made)
    assert told.startswith("line:7 ")
    assert reason in told


def test_old_files_do_not_say_which_origin_is_the_most_frequent(tmp_path: Path) -> None:
    old = imported(tmp_path, "routeviews-oix-20080101-1200.pfx2as", PFX2AS)
    new = imported(tmp_path, "routeviews-rv2-20200317-1200.pfx2as", PFX2AS)
    assert ["order of their numbers" in " ".join(made.ledger.warnings) for made in (old, new)] == [True, False]


def test_a_prefix_with_two_different_origins_has_none(tmp_path: Path) -> None:
    made = imported(tmp_path, "a.pfx2as", "192.0.2.0\t24\t64500\n198.51.100.0\t24\t64501\n192.0.2.0\t24\t64502\n")
    assert [told.split(" ", 1)[0] for told in reasons(made)] == ["line:3", "line:1"]
    assert said(made, "192.0.2.1") == NOTHING
    assert said(made, "198.51.100.1")[0] == 64501


NETS = st.tuples(st.integers(0, (1 << 32) - 1), st.integers(1, 32)).map(
    lambda pair: ipaddress.IPv4Network(pair, strict=False)
)


def test_an_imported_table_is_a_longest_prefix_match(tmp_path: Path) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.dictionaries(NETS, st.integers(1, 9), min_size=1, max_size=12))
    def holds(routes: dict[ipaddress.IPv4Network, int]) -> None:
        lines = "".join(f"{net.network_address}\t{net.prefixlen}\t{asn}\n" for net, asn in routes.items())
        table = "".join(f"{net},AS{asn}\n" for net, asn in routes.items())
        both = imported(tmp_path, "a", lines, expected="pfx2as"), imported(tmp_path, "b", table, expected="csv_ranges")
        for net in routes:
            for address in (net.network_address, net.broadcast_address):
                best = max((held for held in routes if address in held), key=lambda held: held.prefixlen)
                assert [said(made, str(address))[0] for made in both] == [routes[best]] * 2

    holds()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("192.0.2.0,192.0.2.255,64500,First\n198.51.100.0,198.51.100.127,64501,Second\n", ""),
        ('"192.0.2.0","192.0.2.255","64500","First"\n"198.51.100.0","198.51.100.127","64501","Second"\n', ""),
        ("3221225984,3221226239,64500,First\n3325256704,3325256831,64501,Second\n", ""),
        ("192.0.2.0\t192.0.2.255\t64500\tNone\tFirst\n198.51.100.0\t198.51.100.127\t64501\tNone\tSecond\n", ""),
        (
            "network,autonomous_system_number,autonomous_system_organization\n192.0.2.0/24,64500,First\n198.51.100.0/25,64501,Second\n",
            "",
        ),
        (
            "start_ip;end_ip;ASN;as_name;city\n192.0.2.0;192.0.2.255;AS64500;First;X\n198.51.100.0;198.51.100.127;AS64501;Second;Y\n",
            "",
        ),
        (
            "\ufeffStart IP,End-IP,AS,Org\r\n192.0.2.0,192.0.2.255,64500,First\r\n198.51.100.0,198.51.100.127,64501,Second\r\n",
            "ip_asn",
        ),
        ("# a list\n\n192.0.2.0/24,64500,First\n198.51.100.0/25,64501,Second\n", ""),
    ],
)
def test_tables_of_ranges_in_many_shapes(tmp_path: Path, content: str, kind: str) -> None:
    made = imported(tmp_path, "ranges.csv", content, kind, expected="csv_ranges")
    assert reasons(made) == []
    assert (made.kind, made.as_of, made.ledger.rows) == ("ip_asn", None, 2)
    assert said(made, "192.0.2.255")[0] == 64500
    assert said(made, "198.51.100.127")[0] == 64501
    assert said(made, "198.51.100.128") == NOTHING
    assert dict(made.names) == {64500: "First", 64501: "Second"}
    assert ("city" in "".join(made.ledger.warnings)) == ("city" in content)


def test_asn_and_country_in_one_table(tmp_path: Path) -> None:
    content = "192.0.2.0\t192.0.2.255\t64500\tAZ\tFIRST\n198.51.100.0\t198.51.100.255\t0\tNone\tNot routed\n"
    made = imported(tmp_path, "ip2asn.tsv", content + "2001:db8::\t2001:db8::ff\t64501\tNA\tSECOND\n")
    assert made.kind == "ip_asn"
    assert said(made, "192.0.2.1") == (64500, "AZ", (), ())
    assert said(made, "198.51.100.1") == NOTHING
    assert said(made, "2001:db8::1") == (64501, "NA", (), ())
    assert imported(tmp_path, "ip2asn.tsv", content, "ip_country").kind == "ip_country"


def test_numbers_beyond_32_bits_make_a_table_of_ipv6(tmp_path: Path) -> None:
    first = int(ipaddress.IPv6Address("2001:db8::"))
    made = imported(tmp_path, "v6-num.csv", f"281470681743360,281470681743615,64500\n{first},{first + 255},64501\n")
    assert said(made, "2001:db8::ff")[0] == 64501
    assert made.v4 is not None
    assert len(made.v4) == 0
    over = imported(tmp_path, "v6-num.csv", f"{first},{first + 255},64501\n{first + 300},{1 << 128},64500\n")
    assert "no range of addresses" in reasons(over)[0]


def test_a_country_alone_needs_the_word_of_the_user(tmp_path: Path) -> None:
    content = "192.0.2.0,192.0.2.255,AZ\n2001:db8::,2001:db8::1,GB\n"
    with pytest.raises(UsageError, match="registration"):
        imported(tmp_path, "asn-country.csv", content)
    made = imported(tmp_path, "asn-country.csv", content, "registry_country")
    assert (made.kind, said(made, "192.0.2.1")[1], said(made, "2001:db8::1")[1]) == ("registry_country", "AZ", "GB")
    with pytest.raises(UsageError, match="gives no ip_asn"):
        imported(tmp_path, "asn-country.csv", content, "ip_asn")


def test_classes_carry_the_list_that_says_so(tmp_path: Path) -> None:
    content = "cidr,class\n192.0.2.0/24,vpn hosting\n198.51.100.0/24,Tor_Exit\n203.0.113.0/24,castle\n"
    made = imported(tmp_path, "My List (2020).csv", content)
    assert made.kind == "net_class"
    assert said(made, "192.0.2.9")[2] == ("hosting/my-list-2020", "vpn/my-list-2020")
    assert said(made, "198.51.100.9")[2] == ("tor_exit/my-list-2020",)
    assert "'castle' is none of" in reasons(made)[0]
    assert {"vpn", "hosting", "tor_exit", "mobile"} <= CLASS_WORDS


def test_overlapping_ranges_are_rejected_and_nested_prefixes_resolved(tmp_path: Path) -> None:
    made = imported(
        tmp_path, "a.csv", "192.0.2.0,192.0.2.99,64500\n192.0.2.90,192.0.2.120,64501\n198.51.100.0,198.51.100.9,64502\n"
    )
    assert reasons(made) == ["line:2 overlaps line:1", "line:1 overlaps line:2"]
    assert said(made, "192.0.2.1") == NOTHING
    assert said(made, "198.51.100.1")[0] == 64502
    made = imported(tmp_path, "b.csv", "192.0.2.0/24,64500\n192.0.2.128/25,64501\n192.0.2.128/26,\n")
    assert reasons(made) == []
    assert [said(made, f"192.0.2.{last}")[0] for last in (1, 128, 192)] == [64500, 0, 64501]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("192.0.2.9,192.0.2.1,64500", "no range"),
        ("192.0.2.0,2001:db8::,64500", "no range"),
        ("192.0.2.0,192.0.2.010,64500", "not an IP address"),
        ("192.0.2.0,192.0.2.1,nobody", "not an AS number"),
        ("192.0.2.0", "not an IP address"),
        ('"192.0.2.0,192.0.2.1,64500', "not a row of CSV"),
        ("192.0.2.0,192.0.2.1,64500," + "x" * 2000, "a name of 2000"),
    ],
)
def test_a_row_that_is_no_range_is_rejected(tmp_path: Path, row: str, reason: str) -> None:
    made = imported(tmp_path, "a.csv", f"start,end,asn,name\n198.51.100.0,198.51.100.255,64501,Good\n{row}\n")
    (told,) = reasons(made)
    assert told.startswith("line:3 ")
    assert reason in told
    assert said(made, "198.51.100.1")[0] == 64501


def test_two_columns_with_one_meaning_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two columns say the asn"):
        imported(tmp_path, "a.csv", "cidr,asn,as_number\n192.0.2.0/24,64500,64501\n")


TORDNSEL = """@type tordnsel 1.0
Downloaded 2020-03-17 12:02:00
ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E
Published 2020-03-16 23:03:38
LastStatus 2020-03-17 11:03:03
ExitAddress 192.0.2.1 2020-03-17 11:06:42
ExitAddress 2001:db8::1 2020-03-16 11:06:42
ExitNode 0091174DE56EA7B54B1B8BFD5CBA38A5A9E36D98
Published 2020-03-17 06:03:38
LastStatus 2020-03-17 11:03:03
ExitAddress 198.51.100.7 2020-03-17 06:11:42
"""


def test_exit_lists_of_tor(tmp_path: Path) -> None:
    made = imported(tmp_path, "2020-03-17-12-02-00", TORDNSEL, expected="tor_exits")
    assert (made.kind, made.as_of, reasons(made)) == ("net_class", date(2020, 3, 17), [])
    for address in ("192.0.2.1", "2001:db8::1", "198.51.100.7"):
        assert said(made, address) == (0, "", ("tor_exit/tordnsel-exit-list",), ())
    assert said(made, "192.0.2.2") == NOTHING
    bulk = imported(tmp_path, "torbulkexitlist", "192.0.2.1\n192.0.2.2\n198.51.100.7\n", expected="tor_exits")
    assert (bulk.as_of, said(bulk, "192.0.2.2")[2]) == (None, ("tor_exit/tor-bulk-exit-list",))
    bad = imported(
        tmp_path, "x", TORDNSEL + "ExitAddress 010.0.0.1 2020-03-17 06:11:42\nExitAddress 192.0.2.9 soon\nWhat\n"
    )
    assert [told.split(" ", 1)[0] for told in reasons(bad)] == ["line:12", "line:13", "line:14"]
    old = imported(tmp_path, "x", TORDNSEL + "ExitAddress 192.0.2.9 2020-01-01 00:00:00\n")
    assert "tests of other days" in old.ledger.warnings[0]
    with pytest.raises(DataError, match="several exit lists"):
        imported(tmp_path, "x", TORDNSEL + "Downloaded 2020-03-18 12:02:00\n")


CITY: dict[str, Value] = {
    "192.0.2.0/24": {"country": {"iso_code": "AZ"}, "registered_country": {"iso_code": "GB"}, "city": {"x": "Baku"}},
    "2001:db8::/32": {"country": {"iso_code": "GB"}, "registered_country": {"iso_code": "GB"}},
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_mmdb_files_of_several_vendors(tmp_path: Path, pack: Any) -> None:
    def read(networks: dict[str, Value], kind: str = "") -> Any:
        write(tmp_path / "plain", networks, epoch=EPOCH)
        made = imported(tmp_path, "any.mmdb.gz", pack((tmp_path / "plain").read_bytes()), kind, expected="mmdb")
        assert made.as_of == date(2020, 3, 17)
        return made

    asn = read({"192.0.2.0/24": {"autonomous_system_number": 64500, "autonomous_system_organization": "First [b]"}})
    assert (asn.kind, said(asn, "192.0.2.1"), dict(asn.names)) == ("ip_asn", (64500, "", (), ()), {64500: "First [b]"})
    both = read({"192.0.2.0/24": {"asn": "AS64500", "as_name": "First", "country": "AZ", "is_hosting": "true"}})
    assert (both.kind, said(both, "192.0.2.1")) == ("ip_asn", (64500, "AZ", ("hosting/test",), ()))
    city = read(CITY)
    assert (city.kind, said(city, "192.0.2.1")[1], city.ledger.warnings != []) == ("ip_country", "AZ", True)
    assert said(read(CITY, "registry_country"), "192.0.2.1")[1] == "GB"
    with pytest.raises(UsageError, match="registration"):
        read({"192.0.2.0/24": {"country_code": "AZ"}})
    assert said(read({"192.0.2.0/24": {"country_code": "AZ"}}, "registry_country"), "192.0.2.1")[1] == "AZ"
    flags = read(
        {
            "192.0.2.0/24": {"is_anonymous": 1, "is_anonymous_vpn": 1, "is_tor_exit_node": 1},
            "198.51.100.0/24": {"is_anonymous": 0},
        }
    )
    assert (flags.kind, said(flags, "192.0.2.1")[2]) == ("net_class", ("tor_exit/test", "vpn/test"))
    assert said(flags, "198.51.100.1") == NOTHING
    with pytest.raises(DataError, match="no AS, no country"):
        read({"192.0.2.0/24": {"city": {"name": "Baku"}}})
    legacy = read({"192.0.2.0/24": {"country": {"iso_code": "AZ"}, "traits": {"is_anonymous_proxy": 1}}})
    assert (legacy.kind, said(legacy, "192.0.2.1")) == ("ip_country", (0, "AZ", (), ()))
    assert "--kind net_class" in legacy.ledger.warnings[0]
    bad = read({"192.0.2.0/24": {"asn": "AS99999999999"}, "198.51.100.0/24": {"asn": "AS64500"}})
    assert "no AS number" in reasons(bad)[0]


def test_a_tree_that_shares_its_nodes_is_refused(tmp_path: Path) -> None:
    """32 nodes, both sides of each leading to the next one, would be four thousand million ranges."""
    write(tmp_path / "plain", {"0.0.0.0/1": {"asn": 64500}}, epoch=EPOCH, version=4)
    content = (tmp_path / "plain").read_bytes()
    nodes = 40
    tree = b"".join(min(place + 1, nodes + 16).to_bytes(3, "big") * 2 for place in range(nodes - 1))
    tree += (nodes + 16).to_bytes(3, "big") * 2
    about = content[6:].replace(
        b"node_count" + bytes([6 << 5 | 4]) + (1).to_bytes(4, "big"),
        b"node_count" + bytes([6 << 5 | 4]) + nodes.to_bytes(4, "big"),
    )
    assert about != content[6:]
    with pytest.raises(DataError, match="more paths than a tree has"):
        imported(tmp_path, "bomb.mmdb", tree + about)


@pytest.mark.parametrize("cut", [10, 200, 260])
def test_a_damaged_mmdb_is_refused(tmp_path: Path, cut: int) -> None:
    write(tmp_path / "plain", CITY, epoch=EPOCH)
    content = (tmp_path / "plain").read_bytes()
    with pytest.raises(DataError):
        imported(tmp_path, "x.mmdb", content[:-cut])
    with pytest.raises(DataError):
        imported(tmp_path, "x.mmdb", content[cut:])


def read(path: Path) -> None:
    _, importer = importer_of(SourceFile(path))
    importer.read(SourceFile(path), Options())


def drain(path: Path) -> None:
    with SourceFile(path).opened() as stream:
        while stream.read(1 << 20):
            pass


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_truncated_compression_and_bombs_are_refused(
    tmp_path: Path, pack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = pack(b"".join(b"192.0.%d.%d\t32\t64500\n" % (place // 256, place % 256) for place in range(9000)))
    path = tmp_path / "a.pfx2as.gz"
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"cut off|not recognised"):
        read(path)
    path.write_bytes(pack(b"192.0.2.0\t24\t64500\n" * (1 << 20)))
    monkeypatch.setattr(source_file, "FREE", 1 << 20)
    tracemalloc.start()
    with pytest.raises(DataError, match="times its size"):
        drain(path)
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"hello\n", b"{}\n", b"[" * 5000, b"\xff\xfe" * 50, b"a,b,c\n1,2,3\n", b"\x1f\x8b"]
)
def test_what_is_no_data_about_addresses_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError):
        imported(tmp_path, "x", content)


def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="longer than"):
        imported(tmp_path, "x", PFX2AS + "1" * 2_000_000)
    with pytest.raises(DataError, match="cannot be read"):
        SourceFile(tmp_path / "missing")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("routeviews-rv2-20200317-1200.pfx2as.gz", date(2020, 3, 17)),
        ("2020-03-17-12-02-00", date(2020, 3, 17)),
        ("build-20201399-20200317.csv", date(2020, 3, 17)),
        ("v1234567890", None),
        ("plain.csv", None),
    ],
)
def test_the_day_in_a_file_name(name: str, day: date | None) -> None:
    assert day_in(name) == day
