"""The registry: bulk matches beside pytricia, single look-ups and adding through SQLite, many through PostgreSQL, the command.

    python benchmarks/registry.py [--count N]

Input: N (default 1 M) invented records, seeded (62 % IPv4 addresses, 24 % nested IPv4 blocks of /22 to /30, the rest IPv6
blocks), and N random IPv4 addresses, a tenth of them on record. The peer holds the same IPv4 networks; it is asked for
its longest match only, ours for *every* enclosing record as of a day. Hits are compared. Best of three by wall clock. The
store part adds at most 100,000 records; the command, `registry import`, takes a plain list of as many addresses into a new
file, start of the program included. Parts whose peer or server is not installed say so.
"""

from __future__ import annotations

import argparse
import gc
import ipaddress
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from forensics.registry import bulk
from forensics.registry.opening import open_store
from tests.registry import servers
from tests.registry.written import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from forensics.model import Record

ROOT = Path(__file__).resolve().parent.parent
KNOWN_AT = date(2020, 1, 1)
STORED = 100_000


def best(work: Callable[[], object], rounds: int = 3) -> float:
    """Return the shortest run in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def say(**figures: object) -> None:
    """Print one line of figures."""
    print(json.dumps(figures), flush=True)


def networks(count: int, dice: random.Random) -> list[str]:
    """Return distinct networks, seeded."""
    found: dict[str, None] = {}
    blocks = [dice.randrange(1 << 24, 224 << 24)]
    while len(found) < count * 62 // 100:
        found[str(ipaddress.IPv4Address(dice.randrange(1 << 24, 224 << 24)))] = None
    while len(found) < count * 86 // 100:
        length = dice.randint(22, 30)
        base = dice.randrange(1 << 24, 224 << 24) if dice.random() < 0.5 else dice.choice(blocks)  # noqa: PLR2004
        first = base >> (32 - length) << (32 - length)
        blocks.append(first)
        found[f"{ipaddress.IPv4Address(first)}/{length}"] = None
    while len(found) < count:
        length = dice.choice((32, 48, 56, 64))
        first = (0x20010DB8 << 96 | dice.getrandbits(96)) >> (128 - length) << (128 - length)
        if length == 32:  # noqa: PLR2004
            first = dice.getrandbits(29) << 99
            length = 29
        found[f"{ipaddress.IPv6Address(first)}/{length}"] = None
    return list(found)


def records(texts: list[str]) -> list[Record]:
    """Return one record for each network."""
    model = record()
    kinds = {True: "prefix", False: "address"}
    return [
        replace(model, id=f"r-{number}", kind=kinds["/" in text], network=text) for number, text in enumerate(texts)
    ]


def in_bulk(texts: list[str], held: list[Record], asked: list[int]) -> None:
    """Match all addresses against all records, and the peer the same."""
    start = time.perf_counter()
    index = bulk.build(held)
    say(part="build", records=len(held), seconds=time.perf_counter() - start)
    numbers = np.array(asked, np.uint32)
    words = [str(ipaddress.IPv4Address(number)) for number in asked]
    with tempfile.TemporaryDirectory() as folder:
        bulk.keep(index, Path(folder), "0" * 64)
        opening = best(lambda: bulk.kept(Path(folder), "0" * 64))
        opened = bulk.kept(Path(folder), "0" * 64)
        if opened is None:
            raise RuntimeError(folder)
        found = opened.match(numbers, at=KNOWN_AT, known_at=KNOWN_AT)
        ours = best(lambda: opened.match(numbers, at=KNOWN_AT, known_at=KNOWN_AT))
        from_text = best(lambda: opened.match_text(words, at=KNOWN_AT, known_at=KNOWN_AT))
        say(part="kept index opens", ms=opening * 1000)
    hits = set(found.addresses.tolist())
    say(
        part="bulk",
        addresses=len(asked),
        hits=len(hits),
        pairs=len(found.records),
        seconds=ours,
        text_seconds=from_text,
    )
    try:
        import pytricia
    except ImportError:
        print("skipped: pytricia is not installed")
        return
    tree = pytricia.PyTricia(32)
    for text in texts:
        if ":" not in text:
            tree[text] = 1
    peer_hits = {place for place, number in enumerate(asked) if number in tree}
    integers, strings = (
        best(lambda: [number in tree for number in asked]),
        best(lambda: [word in tree for word in words]),
    )
    getting = best(lambda: [tree.get(number) for number in asked])
    say(
        part="beside pytricia", same_hits=peer_hits == hits, peer_seconds=integers, peer_get_seconds=getting,
        peer_text_seconds=strings, ratio=integers / ours, ratio_get=getting / ours, text_ratio=strings / from_text,
    )  # fmt: skip


def in_stores(held: list[Record], asked: list[str]) -> None:
    """Add to both stores and ask them."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(str(Path(folder) / "store.sqlite"))
        one_store("SQLite", store, held, asked)
    if servers.programs() is None:
        print("skipped: PostgreSQL is not installed")
        return
    with servers.postgres() as address:
        one_store("PostgreSQL", open_store(address), held, asked)


def one_store(name: str, store: Any, held: list[Record], asked: list[str]) -> None:
    """Add, ask one by one, ask a thousand together."""
    start = time.perf_counter()
    store.append(held)
    took = time.perf_counter() - start
    store.lookup(asked[0])
    some = asked[:1000]
    single = best(lambda: [store.lookup(text, at=KNOWN_AT, known_at=KNOWN_AT) for text in some]) / len(some)
    misses = [text for text in some if not store.lookup(text).matches]
    empty = best(lambda: [store.lookup(text) for text in misses]) / max(1, len(misses))
    together = best(lambda: store.lookup_many(some))
    say(
        part=name, added_per_second=len(held) / took, lookup_us=single * 1e6, lookup_without_match_us=empty * 1e6,
        thousand_together_ms=together * 1000, hits=len(some) - len(misses),
    )  # fmt: skip
    store.close()


def by_command(listed: list[int]) -> None:
    """Import a list as its user does, and say how long the program itself was at work besides how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        path, store = Path(folder, "list.txt"), Path(folder, "store.sqlite")
        path.write_text("".join(f"{ipaddress.IPv4Address(number)}\n" for number in listed), encoding="ascii")
        command = [
            sys.executable,
            "-m",
            "forensics",
            "registry",
            "import",
            str(path),
            "--registry",
            str(store),
            "--json",
        ]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        told = subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    entries = json.loads(told.stdout)["entries"]
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say(part="registry import", entries=entries, per_second=entries / took, per_processor_second=entries / worked)


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    count = parser.parse_args().count
    dice = random.Random(7)
    texts = networks(count, dice)
    held = records(texts)
    listed = [int(ipaddress.IPv4Address(text)) for text in texts[: count // 10]]
    asked = listed + [dice.randrange(1 << 24, 224 << 24) for _ in range(count - len(listed))]
    dice.shuffle(asked)
    in_bulk(texts, held, asked)
    gc.freeze()  # the million records of the part before are not what a look-up should be measured with
    in_stores(held[:: max(1, count // STORED)], [str(ipaddress.IPv4Address(number)) for number in asked[:2000]])
    by_command(sorted({dice.randrange(1 << 24, 224 << 24) for _ in range(min(count, STORED))}))


if __name__ == "__main__":
    main()
