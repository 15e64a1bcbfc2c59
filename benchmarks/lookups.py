"""Look-ups per second of the flattened-range table, beside a named peer in the same run.

    python benchmarks/lookups.py [--mmdb FILE] [--count N]

Table: the newest embedded snapshot. Input: N (default 1 M) random addresses, seeded; IPv4 from 1.0.0.0 to
223.255.255.255, IPv6 inside announced space. Peer: the reader of ``maxminddb`` over ``--mmdb`` (the source file of that
snapshot) where given, else Python's ``bisect`` over the same ranges. The peer answers a sample of the same addresses,
and its answers are compared. Best of three by wall clock; text is not parsed on our side, because contexts are asked in
packed form; the peer takes text, its natural input, prepared beforehand. ``pack_texts_per_second`` is what reading text
strictly costs us.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import random
import sys
import time
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from forensics.enrichment.addresses import pack_v4, pack_v6, parse
from forensics.enrichment.lookup import V4
from forensics.enrichment.snapshots import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from forensics.enrichment.lookup import RangeTable

PEER_SHARE = 10  # the peer answers every tenth address


def best(work: Callable[[], object]) -> float:
    """Return the shortest of three runs in seconds."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def family_of(table: RangeTable) -> type[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return the address type of a table."""
    return ipaddress.IPv4Address if table.family == V4 else ipaddress.IPv6Address


def addresses(table: RangeTable, count: int, dice: random.Random) -> list[int]:
    """Return random addresses of the table's family."""
    if table.family == V4:
        return [dice.randrange(1 << 24, 224 << 24) for _ in range(count)]
    return [dice.randint(*table.bounds(dice.randrange(len(table)))) for _ in range(count)]


def peer_of(table: RangeTable, mmdb: Path | None) -> tuple[str, Callable[[list[Any]], list[int]]]:
    """Return the peer's name and a function from addresses, prepared as it wants them, to AS numbers (0: none)."""
    if mmdb is not None:
        import maxminddb

        reader = maxminddb.open_database(mmdb)

        def by_reader(asked: list[Any]) -> list[int]:
            found: list[Any] = [reader.get(text) for text in asked]
            return [item["autonomous_system_number"] if item else 0 for item in found]

        return f"maxminddb {maxminddb.__version__}, C reader", by_reader
    bounds = [table.bounds(row) for row in range(len(table))]
    starts, ends, numbers = [first for first, _ in bounds], [last for _, last in bounds], table.asn.tolist()

    def by_bisect(asked: list[Any]) -> list[int]:
        rows = ((number, bisect_right(starts, number) - 1) for number in asked)
        return [numbers[row] if row >= 0 and ends[row] >= number else 0 for number, row in rows]

    return "Python bisect", by_bisect


def measure(table: RangeTable, count: int, mmdb: Path | None) -> dict[str, object]:
    """Measure one family and compare every answer of the peer."""
    asked = addresses(table, count, random.Random(table.family))
    pack = pack_v4 if table.family == V4 else pack_v6
    packed = pack(asked)
    name, peer = peer_of(table, mmdb)
    sample = asked[::PEER_SHARE]
    texts = [str(family_of(table)(number)) for number in sample]
    prepared = sample if mmdb is None else texts
    ours = count / best(lambda: table.find(packed))
    theirs = len(sample) / best(lambda: peer(prepared))
    rows = table.find(pack(sample)).tolist()
    wrong = sum(
        (int(table.asn[row]) if row >= 0 else 0) != said for row, said in zip(rows, peer(prepared), strict=True)
    )
    packing = len(texts) / best(lambda: pack([int(parse(text)) for text in texts]))
    return {
        "family": table.family,
        "ranges": len(table),
        "lookups_per_second": round(ours),
        "peer": name,
        "peer_lookups_per_second": round(theirs),
        "ratio": round(ours / theirs, 1),
        "disagreements": wrong,
        "pack_texts_per_second": round(packing),
    }


def main() -> None:
    """Print one JSON line per family; end with an error where the peer answers otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mmdb", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    chosen = parser.parse_args()
    newest = load()[-1]
    start = time.perf_counter()
    tables = (newest.v4, newest.v6)
    print(json.dumps({"snapshot": newest.manifest.id, "load_seconds": round(time.perf_counter() - start, 3)}))
    found = [measure(table, chosen.count, chosen.mmdb) for table in tables]
    for line in found:
        print(json.dumps(line))
    if any(line["disagreements"] for line in found):
        sys.exit("the peer disagrees: see disagreements above")


if __name__ == "__main__":
    main()
