"""Snapshots on disk: complete manifests, digests that bite, licences named, nothing heavier loaded than needed."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from forensics.enrichment.addresses import pack_v4, pack_v6
from forensics.enrichment.bundle import bundle_digest
from forensics.enrichment.lookup import country_code
from forensics.enrichment.snapshots import EMBEDDED, SnapshotTable, load
from forensics.errors import DataError

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "snapshots"
SAMPLE = "sample-2020-09-01"


def ids(tables: tuple[SnapshotTable, ...]) -> list[str]:
    return [table.manifest.id for table in tables]


CLASS_DAYS = [
    "2017-12-29",
    "2018-11-14",
    "2019-03-09",
    "2019-07-24",
    "2019-08-09",
    "2019-12-12",
    "2020-02-10",
    "2020-10-24",
    "2021-01-15",
    "2024-04-22",
    "2024-06-15",
    "2024-12-03",
    "2025-12-23",
]
KINDS = {
    "cc-2019-12-24": ("ip_country", "CC-BY-SA-4.0"),
    "loc-2022-10-29": ("ip_asn", "CC-BY-SA-4.0"),
    "asn-2025-04-02": ("ip_asn", "CC-BY-4.0"),
    "registry-cc-2026-06-17": ("registry_country", "CC-BY-4.0"),
    "asn-2026-09-16": ("ip_asn", "PDDL-1.0"),
    **{f"class-{day}": ("net_class", "CC0-1.0") for day in CLASS_DAYS},
}


def test_the_embedded_snapshots_are_those_that_are_documented() -> None:
    tables = load()
    assert {table.manifest.id: (table.manifest.kind, table.manifest.licence) for table in tables} == KINDS
    days = [table.manifest.as_of for table in tables]
    assert days == sorted(days)


@pytest.mark.parametrize("table", load(), ids=lambda table: table.manifest.id)
def test_an_embedded_snapshot_is_whole_and_named_with_its_licence(table: SnapshotTable) -> None:
    licences = (EMBEDDED / "LICENCES.md").read_text(encoding="utf-8")
    manifest = table.manifest
    table.verify()
    assert str(manifest.as_of) in manifest.id
    assert not manifest.sample
    assert manifest.redistributable
    assert f"{manifest.id}`" in licences
    assert manifest.source_package in licences
    assert manifest.source_version in licences
    assert all((manifest.source, manifest.attribution, manifest.licence, len(manifest.source_sha256) == 64))
    assert (len(table.v4), len(table.v6)) == (manifest.rows_v4, manifest.rows_v6)
    assert manifest.snapshot.bundle_sha256 == manifest.bundle_sha256
    listing = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(table.folder.glob("*.parquet"))
    )
    assert hashlib.sha256(listing.encode()).hexdigest() == manifest.bundle_sha256
    share_alike = EMBEDDED / "cc-by-sa-4.0"
    assert (share_alike in table.folder.parents) == (manifest.licence == "CC-BY-SA-4.0")
    if share_alike in table.folder.parents:
        assert f"`{manifest.id}`" in (share_alike / "ATTRIBUTION.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", load(), ids=lambda table: table.manifest.id)
def test_a_kind_fills_its_own_columns_only(table: SnapshotTable) -> None:
    kind = table.manifest.kind
    for family in (4, 6):
        ranges = table.ranges(family)
        if not len(ranges):
            continue
        assert bool(ranges.asn.any()) == (kind == "ip_asn")
        assert bool(ranges.country.any()) == (kind != "net_class" and table.manifest.id != "asn-2025-04-02")
        assert any(ranges.class_sets) == (kind == "net_class" or table.manifest.id == "loc-2022-10-29")
    assert ("names.parquet" in table.manifest.files) == (kind == "ip_asn")
    assert (table.as_name(29049) is not None) == (kind == "ip_asn")


def test_everything_embedded_is_small_enough_for_a_wheel() -> None:
    sizes = [path.stat().st_size for path in EMBEDDED.rglob("*") if path.is_file()]
    assert max(sizes) < 4_000_000
    assert sum(sizes) <= 10_000_000


def said(snapshot: str, text: str) -> tuple[str, tuple[str, ...]]:
    """Return country and classes that one snapshot states of an address."""
    (table,) = (table for table in load() if table.manifest.id == snapshot)
    address = ipaddress.ip_address(text)
    ranges = table.ranges(address.version)
    pack = pack_v4 if address.version == 4 else pack_v6
    row = int(ranges.find(pack([int(address)]))[0])
    return ("", ()) if row < 0 else (country_code(int(ranges.country[row])), ranges.class_sets[ranges.classes[row]])


@pytest.mark.parametrize(
    ("snapshot", "address", "country"),
    [
        ("registry-cc-2026-06-17", "188.253.224.1", "AZ"),  # announced by nobody in the AS table of 2026
        ("cc-2019-12-24", "85.132.24.10", "AZ"),
        ("cc-2019-12-24", "2a02:2ba8::1", "GB"),
        ("cc-2019-12-24", "192.0.2.1", ""),
        ("registry-cc-2026-06-17", "10.0.0.1", ""),
    ],
)
def test_country_of_an_address_in_one_snapshot(snapshot: str, address: str, country: str) -> None:
    assert said(snapshot, address)[0] == country


@pytest.mark.parametrize(
    ("snapshot", "address", "classes"),
    [
        ("class-2018-11-14", "8.8.8.8", ("public_dns/misp-public-dns-v4",)),
        ("class-2019-07-24", "8.8.8.8", ()),
        ("class-2024-06-15", "8.8.8.8", ("public_dns/misp-public-dns-v4",)),
        ("class-2025-12-23", "8.8.8.8", ("hosting_or_vpn/misp-vpn-ipv4",)),  # the list of then is broad
        ("class-2019-07-24", "185.220.101.1", ()),
        ("loc-2022-10-29", "185.220.101.1", ("anonymous-proxy",)),
        ("class-2025-12-23", "185.220.101.1", ("hosting_or_vpn/misp-vpn-ipv4",)),
        ("class-2019-07-24", "85.132.24.10", ()),
    ],
)
def test_classes_of_an_address_in_one_snapshot(snapshot: str, address: str, classes: tuple[str, ...]) -> None:
    assert said(snapshot, address)[1] == classes


def test_a_class_snapshot_says_which_lists_it_speaks_for() -> None:
    words = {
        table.manifest.id: {word for family in (4, 6) for words in table.ranges(family).class_sets for word in words}
        for table in load()
        if table.manifest.kind == "net_class"
    }
    assert words["class-2020-02-10"] == {"hosting/misp-amazon-aws", "cdn/misp-cloudflare"}
    assert words["class-2019-07-24"] == {"hosting_or_vpn/misp-vpn-ipv4", "hosting_or_vpn/misp-vpn-ipv6"}
    stated = {word.split("/")[0] for found in words.values() for word in found}
    assert stated == {"hosting", "hosting_or_vpn", "cdn", "proxy", "public_dns", "mail_service"}


def test_loading_opens_no_table_and_imports_no_engine() -> None:
    code = (
        "import sys\nfrom forensics.enrichment import context, population, snapshots\n"
        "assert len(snapshots.load()) >= 6\n"
        "assert not {'numpy', 'pyarrow', 'maxminddb'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_no_socket_is_made() -> None:
    code = (
        "import sys\nfrom datetime import date\nfrom pathlib import Path\nseen = []\n"
        "sys.addaudithook(lambda event, args: seen.append(event) if event.startswith('socket.') else None)\n"
        "from forensics.enrichment import context, population, snapshots\n"
        "tables = snapshots.load(Path('samples/snapshots'))\n"
        "asked = [('85.132.24.10', date(2020, 3, 17)), ('2a02:2ba8::1', date(2026, 1, 1)), ('192.0.2.1', None)]\n"
        "assert context.contexts(asked, tables)[0].origin_as.value == 'AS29049'\n"
        "assert population.population(tables, date(2020, 3, 17), 'AZ').total\n"
        "assert seen == [], seen"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_further_folders_are_added_and_the_same_snapshot_counts_once(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / SAMPLE, tmp_path / "again")
    assert ids(load(SAMPLES, tmp_path, embedded=False)) == ["sample-2019-12-01", SAMPLE, "sample-2021-04-01"]
    assert len(load(SAMPLES)) == len(load()) + 3
    with pytest.raises(DataError, match="no folder"):
        load(tmp_path / "missing")


def test_two_different_snapshots_with_one_id_are_refused(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / SAMPLE, tmp_path / "again")
    edit(tmp_path / "again", attribution="another")
    with pytest.raises(DataError, match="two different"):
        load(SAMPLES, tmp_path, embedded=False)


def edit(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


@pytest.mark.parametrize("name", ["v4.parquet", "v6.parquet", "names.parquet"])
def test_a_changed_byte_in_any_table_is_noticed(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(SAMPLES / SAMPLE, tmp_path / "x")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    (table,) = load(tmp_path, embedded=False)
    with pytest.raises(DataError, match="damaged") as caught:
        _ = table.v4
    assert caught.value.where == f"{SAMPLE}/{name}"
    (folder / name).unlink()
    with pytest.raises(DataError, match="cannot be read"):
        table.verify()


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "forensics.snapshot/2"},
        {"kind": "ip_shoe_size"},
        {"as_of": "2020-13-01"},
        {"as_of": None},
        {"rows_v4": "41"},
        {"rows_v4": True},
        {"sample": 1},
        {"surprise": 1},
        {"bundle_sha256": "0" * 64},
        {"files": ["v4.parquet"]},
        {"files": {"../v4.parquet": "0" * 64}, "bundle_sha256": bundle_digest({"../v4.parquet": "0" * 64})},
    ],
)
def test_a_manifest_that_is_not_understood_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    folder = shutil.copytree(SAMPLES / SAMPLE, tmp_path / "x")
    edit(folder, **changes)
    with pytest.raises(DataError, match=r"manifest|bundle_sha256"):
        load(tmp_path, embedded=False)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 90_000, b" " * 200_000])
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(DataError, match="manifest"):
        load(tmp_path, embedded=False)


def test_a_table_with_another_number_of_rows_or_no_parquet_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(SAMPLES / SAMPLE, tmp_path / "x")
    edit(folder, rows_v4=7)
    with pytest.raises(DataError, match="rows"):
        _ = load(tmp_path, embedded=False)[0].v4
    (folder / "v4.parquet").write_bytes(b"PAR1 but not really PAR1")
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.parquet")}
    edit(folder, files=files, bundle_sha256=bundle_digest(files))
    with pytest.raises(DataError, match="no Parquet"):
        _ = load(tmp_path, embedded=False)[0].v4


def test_names_belong_to_their_snapshot() -> None:
    by_date = {table.manifest.as_of: table.as_name(64509) for table in load(SAMPLES, embedded=False)}
    assert by_date == {
        date(2019, 12, 1): "Sample Web Design Studio (fictional)",
        date(2020, 9, 1): "Sample Web Design Studio (fictional)",
        date(2021, 4, 1): "Sample Municipal Office (fictional)",
    }
    embedded = {table.manifest.id: table for table in load()}
    older, newer = embedded["loc-2022-10-29"], embedded["asn-2026-09-16"]
    assert older.as_name(206977) == "Sergio R. Hernandez Torres"
    assert newer.as_name(206977) == "AZSTATENET"
    assert older.as_name(4_294_967_295) is None


def test_the_page_about_snapshots_has_every_one_with_its_digest() -> None:
    page = (ROOT / "docs" / "snapshots.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([\w-]+)` \|.*\| `([0-9a-f]{64})` \|$", page, re.MULTILINE))
    assert told == {table.manifest.id: table.manifest.bundle_sha256 for table in load()}
