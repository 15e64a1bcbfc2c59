"""How long taking in a user's own data takes: made-up tables of real size, seeded.

    python benchmarks/imports.py [--lines 1000000] [--routes 3000000] [--networks 200000]

A pfx2as table of ``--lines`` prefixes, 2 % of them with two origins; an MRT dump with ``--routes`` routes of 30 peers
(a whole dump of RouteViews has some thirty million); an MMDB file of ``--networks`` networks. Reading, checking and
flattening are timed, without writing the snapshot. Wall clock, one run.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import random
import resource
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from forensics.enrichment.importer import Options, importer_of
from forensics.enrichment.mmdb import flatten
from forensics.enrichment.source_file import SourceFile
from tests.enrichment import mmdb_file, mrt_file

NOON = 1_584_446_400
PEERS = [(f"192.0.2.{number}", 64500 + number) for number in range(1, 31)]
TWO_ORIGINS = 0.02  # share of prefixes
LENGTHS = [16, 19, 20, 21, 22, 22, 23, 23, *[24] * 12]


def pfx2as(path: Path, lines: int, dice: random.Random) -> None:
    """Write a table whose lengths are distributed about as in the real one."""
    seen: set[tuple[int, int]] = set()
    while len(seen) < lines:
        length = dice.choice(LENGTHS)
        seen.add((dice.getrandbits(length) << (32 - length), length))
    with path.open("w", encoding="ascii") as table:
        for number, length in sorted(seen):
            origin = str(dice.randrange(1, 75_000))
            origin += f"_{dice.randrange(1, 75_000)}" if dice.random() < TWO_ORIGINS else ""
            table.write(f"{ipaddress.IPv4Address(number)}\t{length}\t{origin}\n")


def dump(path: Path, routes: int) -> None:
    """Write a dump in which a dozen neighbouring prefixes share their paths, as in a real one."""
    with path.open("wb") as stream:
        stream.write(mrt_file.peer_table(PEERS, NOON))
        blocks: list[bytes] = []
        for number in range(routes // len(PEERS)):
            if number % 12 == 0:
                blocks = [mrt_file.attributes([system, 3356, 1299, 1000 + number // 12]) for _, system in PEERS]
            first = (16 << 24) + (number << 8)
            body = struct.pack(">IB", number, 24) + first.to_bytes(4, "big")[:3] + struct.pack(">H", len(PEERS))
            body += b"".join(struct.pack(">HIH", place, NOON, len(block)) + block for place, block in enumerate(blocks))
            stream.write(mrt_file.record(13, 2, body, NOON))


def mmdb(path: Path, networks: int) -> None:
    """Write an MMDB file of an AS table's size."""
    found: dict[str, mmdb_file.Value] = {
        f"{ipaddress.IPv4Address((1 << 24) + (number << 8))}/24": {"autonomous_system_number": 1 + number // 7}
        for number in range(networks)
    }
    mmdb_file.write(path, found, epoch=NOON, bits=28, version=4)


def timed(path: Path) -> dict[str, float]:
    """Read a file as ``data import`` does."""
    start = time.perf_counter()
    source = SourceFile(path)
    made = importer_of(source)[1].read(source, Options())
    spent = time.perf_counter() - start
    assert made.v4 is not None  # noqa: S101 - a benchmark of nothing would be fast
    return {"seconds": round(spent, 2), "rows": made.ledger.rows, "ranges": len(made.v4)}


def tell(what: str, **figures: float) -> None:
    """Print the figures of one part as a line of JSON; the peak of memory is that of the process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"import": what, **figures, "peak_memory_mb": peak}), flush=True)


def main() -> None:
    """Print the figures, a line of JSON for each part."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=1_000_000)
    arguments.add_argument("--routes", type=int, default=3_000_000)
    arguments.add_argument("--networks", type=int, default=200_000)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, rib, base = (Path(folder) / name for name in ("table.pfx2as", "rib", "asn.mmdb"))
        pfx2as(table, asked.lines, random.Random(3))
        tell("pfx2as", **timed(table))
        dump(rib, asked.routes)
        tell("mrt", **timed(rib), routes=asked.routes)
        mmdb(base, asked.networks)
        start = time.perf_counter()
        flat = flatten(base)
        tell("mmdb, flattening alone", seconds=round(time.perf_counter() - start, 2), ranges=len(flat.v4))
        tell("mmdb", **timed(base))


if __name__ == "__main__":
    main()
