"""``registry-cc-2026-06-17`` and ``asn-2025-04-02``, out of tables of the ip-location-db project.

The first is the country to which a registry delegated each block, announced or not. The second is the origin AS and its
name, of IPv4 only. For IPv6 its producer lays the registries' AS data over DB-IP, without observed routes, and where the
snapshots of 2022 and 2026 name the same AS it names another for every tenth range (IPv4: every fiftieth): left out.

Source: the CSV tables of the ip-location-db project as packaged for npm. They carry no date inside; the day is part of
the version that the project itself gives them (2.3.YYYYMMDDHH). Every current package of the project warns of faulty
rows, so codes, order and overlap are checked, and overlaps are counted and cut (``rows.without_overlap``).
"""

from __future__ import annotations

import csv
import io
import ipaddress
import re
import tarfile
from datetime import date
from typing import TYPE_CHECKING

from forensics.enrichment.bundle_writer import Provenance, write_bundle
from forensics.enrichment.lookup import V4, V6, RangeTable, pack_country
from tools.snapshot_inputs.packages import DELEGATED, ROUTED_2025, Package, fetch
from tools.snapshot_inputs.rows import table, without_overlap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forensics.enrichment.bundle import Manifest

_DAY = re.compile(r"\d+\.\d+\.(\d{4})(\d\d)(\d\d)\d\d")
_COUNTRY = re.compile(r"[A-Z]{2}")


def data_day(package: Package) -> date:
    """Return the day in a version of the project."""
    found = _DAY.fullmatch(package.version)
    if found is None:
        message = f"{package.name} {package.version} states no day"
        raise SystemExit(message)
    return date(*map(int, found.groups()))


def rows(archive: Path, name: str) -> Iterator[list[str]]:
    """Yield the rows of one table of a package."""
    with tarfile.open(archive) as packed:
        held = packed.extractfile(f"package/{name}")
        if held is None:
            message = f"{archive.name} holds no {name}"
            raise SystemExit(message)
        yield from csv.reader(io.TextIOWrapper(held, encoding="utf-8", newline=""))


def countries(archive: Path, family: int) -> RangeTable:
    """Return the delegated country per range of one family, and say what was left out."""
    found = []
    for first, last, code in rows(archive, f"asn-country-ipv{family}.csv"):
        if _COUNTRY.fullmatch(code) is None:
            message = f"no country code in {archive.name}: {code!r}"
            raise SystemExit(message)
        found.append((int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last)), pack_country(code)))
    kept, doubted = without_overlap(found)
    print(f"asn-country IPv{family}: {len(found)} rows, {doubted} of them overlap another")
    return table(family, [row[:2] for row in kept], country=[row[2] for row in kept])


def build_delegated(inputs: Path, out: Path) -> Manifest:
    """Build ``registry-cc-2026-06-17``."""
    archive = fetch(DELEGATED, inputs)
    as_of = data_day(DELEGATED)
    provenance = Provenance(
        id=f"registry-cc-{as_of}",
        kind="registry_country",
        as_of=as_of,
        published=None,
        source="statistics of delegated resources of the five registries (NRO), as packaged by ip-location-db",
        source_package=DELEGATED.name,
        source_version=DELEGATED.version,
        source_sha256=DELEGATED.sha256,
        licence="CC-BY-4.0",
        attribution="Number Resource Organization (NRO), nro.net, CC BY 4.0; by way of the ip-location-db project; "
        "joined to ranges",
        redistributable=True,
    )
    v4, v6 = (countries(archive, family) for family in (V4, V6))
    return write_bundle(out / provenance.id, provenance, v4, v6, None, small=True)


def systems(archive: Path, family: int) -> tuple[RangeTable, dict[int, str]]:
    """Return the origin AS per range of one family and the names of all AS, and say what overlaps there were."""
    found: list[tuple[int, int, int]] = []
    names: dict[int, str] = {}
    for first, last, number, name in rows(archive, f"asn-ipv{family}.csv"):
        names[int(number)] = min(names.get(int(number), name), name)
        found.append((int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last)), int(number)))
    kept, doubted = without_overlap(found)
    print(f"asn IPv{family}: {len(found)} rows, {doubted} of them overlap another")
    return table(family, [row[:2] for row in kept], asn=[row[2] for row in kept]), names


def build_routed(inputs: Path, out: Path) -> Manifest:
    """Build ``asn-2025-04-02``."""
    archive = fetch(ROUTED_2025, inputs)
    as_of = data_day(ROUTED_2025)
    provenance = Provenance(
        id=f"asn-{as_of}",
        kind="ip_asn",
        as_of=as_of,
        published=None,
        source="RouteViews, AS data of the registries, DB-IP; merged by ip-location-db; IPv4 only",
        source_package=ROUTED_2025.name,
        source_version=ROUTED_2025.version,
        source_sha256=ROUTED_2025.sha256,
        licence="CC-BY-4.0",
        attribution="RouteViews (routeviews.org), IP Geolocation by DB-IP (https://db-ip.com), Number Resource "
        "Organization (nro.net), all CC BY 4.0; by way of the ip-location-db project; joined to ranges",
        redistributable=True,
    )
    v4, names = systems(archive, V4)
    return write_bundle(out / provenance.id, provenance, v4, table(V6, []), names, small=True)
