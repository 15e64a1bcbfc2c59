"""Build the fictional sample snapshots from ``samples/snapshots/networks.csv`` and ``holders.csv``.

    python tools/build_sample_snapshots.py [--out FOLDER]

A row is in every snapshot from ``from`` to ``until`` (both inclusive, empty: no limit).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import ipaddress
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the repository must be importable first

from forensics.enrichment.bundle_writer import Provenance, write_bundle  # noqa: E402
from forensics.enrichment.lookup import RangeTable, pack_country  # noqa: E402
from forensics.enrichment.trees import Facts, Leaves, overlay  # noqa: E402

if TYPE_CHECKING:
    from forensics.enrichment.bundle import Manifest

SOURCE = ROOT / "samples" / "snapshots"
DATES = (date(2019, 12, 1), date(2020, 9, 1), date(2021, 4, 1))
_LOW = (1 << 64) - 1


def rows_of(path: Path, day: date) -> list[dict[str, str]]:
    """Return the rows of a CSV file that hold on a day."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if (row["from"] or "0") <= str(day) <= (row["until"] or "9")]


def table(rows: list[dict[str, str]], version: int) -> RangeTable:
    """Return the range table of one IP version."""
    held = []
    for row in rows:
        network = ipaddress.ip_network(row["prefix"])
        if network.version == version:
            held.append((int(network.network_address), int(network.broadcast_address), row))
    held.sort(key=lambda item: item[0])
    sets = sorted({tuple(row["classes"].split()) for _, _, row in held} | {()})
    leaves = Leaves(
        bits=32 if version == 4 else 128,  # noqa: PLR2004 - IP version
        start=np.array([(first >> 64, first & _LOW) for first, _, _ in held], dtype=np.uint64),
        end=np.array([(last >> 64, last & _LOW) for _, last, _ in held], dtype=np.uint64),
        value=np.arange(len(held)),
    )
    facts = Facts(
        asn=np.array([int(row["asn"]) for _, _, row in held], np.uint32),
        country=np.array([pack_country(row["country"]) for _, _, row in held], np.uint16),
        classes=np.array([sets.index(tuple(row["classes"].split())) for _, _, row in held], np.uint8),
    )
    return overlay([(leaves, facts)], tuple(sets))


def build(day: date, out: Path) -> Manifest:
    """Build the sample snapshot of one day."""
    texts = [(SOURCE / name).read_bytes() for name in ("networks.csv", "holders.csv")]
    rows = rows_of(SOURCE / "networks.csv", day)
    names = {int(row["asn"]): row["name"] for row in rows_of(SOURCE / "holders.csv", day)}
    provenance = Provenance(
        id=f"sample-{day}",
        kind="ip_asn",
        as_of=day,
        published=None,
        source="fiction: samples/snapshots/networks.csv and holders.csv",
        source_package="samples/snapshots",
        source_version="1",
        source_sha256=hashlib.sha256(b"".join(texts)).hexdigest(),
        licence="CC0-1.0",
        attribution="fictional sample data of this project; no attribution required",
        redistributable=True,
        sample=True,
    )
    return write_bundle(out / provenance.id, provenance, table(rows, 4), table(rows, 6), names)


def main() -> None:
    """Build all three and say what was made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=SOURCE)
    out = parser.parse_args().out
    for day in DATES:
        made = build(day, out)
        print(made.id, made.bundle_sha256, f"{made.rows_v4} IPv4 and {made.rows_v6} IPv6 ranges")


if __name__ == "__main__":
    main()
