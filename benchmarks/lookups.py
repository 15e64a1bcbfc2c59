"""Look-ups per second of the embedded snapshots, beside the C reader of ``maxminddb`` in the same run.

    python benchmarks/lookups.py [--mmdb FILE] [--count N]

Input: N (default 1 M) random addresses per family, seeded and in no order; IPv4 from 1.0.0.0 to 223.255.255.255, IPv6
inside announced space. Peer: the reader of ``maxminddb`` over the newest AS table, written as an MMDB file by
``asn_mmdb`` (or over ``--mmdb``, the source file of that snapshot); it answers every tenth address from text prepared
beforehand, its natural input, and its answers are compared with ours. Ours: addresses in packed form, because contexts
are asked so; sorting them is part of the time. ``pack_texts_per_second`` is what reading text strictly costs us.
Lines: one snapshot; all embedded snapshots together (every one is asked about every address); flattening the MMDB file
into ranges (CPU seconds); memory of a process with all snapshots open, and of one that has only imported the package
(read where Linux tells it).
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import asn_mmdb
from forensics.enrichment.addresses import pack_v4, pack_v6, parse
from forensics.enrichment.lookup import V4, RangeTable, find_in_all
from forensics.enrichment.mmdb import flatten
from forensics.enrichment.snapshots import load

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PEER_SHARE = 10  # the peer answers every tenth address
MEMORY = """
import re, sys
from pathlib import Path
from forensics.enrichment import snapshots
tables = snapshots.load()
if sys.argv[1] == "open":
    for table in tables:
        table.open()
heavy = sorted({"numpy", "pyarrow", "maxminddb"} & set(sys.modules))
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024, *heavy)
"""


def best(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the shortest of three runs in seconds."""
    times = []
    for _ in range(3):
        start = clock()
        work()
        times.append(clock() - start)
    return min(times)


def addresses(table: RangeTable, count: int, dice: random.Random) -> list[int]:
    """Return random addresses of the table's family."""
    if table.family == V4:
        return [dice.randrange(1 << 24, 224 << 24) for _ in range(count)]
    return [dice.randint(*table.bounds(dice.randrange(len(table)))) for _ in range(count)]


def measure(table: RangeTable, count: int, mmdb: Path) -> dict[str, object]:
    """Measure one family of the newest table and of all, and compare every answer of the peer."""
    import maxminddb

    asked = addresses(table, count, random.Random(table.family))
    pack = pack_v4 if table.family == V4 else pack_v6
    packed = pack(asked)
    kind = ipaddress.IPv4Address if table.family == V4 else ipaddress.IPv6Address
    texts = [str(kind(number)) for number in asked[::PEER_SHARE]]
    everything = [snapshot.ranges(table.family) for snapshot in load()]
    with maxminddb.open_database(mmdb) as reader:
        theirs = len(texts) / best(lambda: [reader.get(text) for text in texts])
        said: list[Any] = [reader.get(text) for text in texts]
    one = count / best(lambda: find_in_all([table], packed))
    together = count / best(lambda: find_in_all(everything, packed))
    rows = find_in_all([table], packed)[0][::PEER_SHARE].tolist()
    ours = [int(table.asn[row]) if row >= 0 else 0 for row in rows]
    wrong = sum(
        item != (found["autonomous_system_number"] if found else 0) for item, found in zip(ours, said, strict=True)
    )
    return {
        "family": table.family,
        "ranges": len(table),
        "peer": f"maxminddb {maxminddb.__version__}, C reader",
        "peer_lookups_per_second": round(theirs),
        "lookups_per_second": round(one),
        "ratio": round(one / theirs, 1),
        "snapshots": len(everything),
        "together_per_second": round(together),
        "together_ratio": round(together / theirs, 1),
        "disagreements": wrong,
        "pack_texts_per_second": round(len(texts) / best(lambda: pack([int(parse(text)) for text in texts]))),
    }


def memory(what: str) -> dict[str, object]:
    """Return the peak memory of a fresh process that opens all snapshots, or only imports them."""
    command = [sys.executable, "-c", MEMORY, what]
    words = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return {"memory": what, "peak_megabytes": int(words[0]), "heavy_modules": " ".join(words[1:]) or "none"}


def main() -> None:
    """Print JSON lines; end with an error where the peer answers otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mmdb", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    chosen = parser.parse_args()
    newest = [table for table in load() if table.manifest.kind == "ip_asn"][-1]
    start = time.perf_counter()
    newest.open()
    print(json.dumps({"snapshot": newest.manifest.id, "load_seconds": round(time.perf_counter() - start, 3)}))
    with tempfile.TemporaryDirectory() as scratch:
        mmdb = chosen.mmdb or Path(scratch) / "asn.mmdb"
        tables = (newest.v4, newest.v6) if chosen.mmdb else asn_mmdb.write(mmdb, newest)
        seconds = best(lambda: flatten(mmdb), time.process_time)
        print(json.dumps({"flatten": f"{mmdb.stat().st_size / 1e6:.1f} MB", "cpu_seconds": round(seconds, 2)}))
        found = [measure(table, chosen.count, mmdb) for table in tables]
    told = [memory("import"), memory("open")] if Path("/proc/self/status").exists() else []
    for line in (*found, *told):
        print(json.dumps(line))
    if any(line["disagreements"] for line in found):
        sys.exit("the peer disagrees: see disagreements above")


if __name__ == "__main__":
    main()
