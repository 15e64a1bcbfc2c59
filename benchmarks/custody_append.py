"""Appends per second of the custody log, beside a bare write and fsync of the same bytes, in turns on the same disk.

    python benchmarks/custody_append.py [FOLDER]

For groups of 1, 64 and 1,000 records: durable appends (``Log.append``), the same with a signed checkpoint after every
group (``Log.seal``); after each group a bare loop writes and synchronises the same lines. Medians are told, so that
whatever else the machine does at the time is shared by both. ``times bare`` is what encoding, chaining, hashing and (for
``seal``) signing cost on this disk; absolute figures say more about the disk than about us. Processor time is ours and
the kernel's for us. FOLDER chooses the disk; without it a temporary folder is used.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from forensics.chain_of_custody import Act, Log, Opening, from_seed, opening_act, write_keys

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = from_seed(bytes(range(32)), "example.org/benchmark")
TIME = "2026-01-01T00:00:00Z"
GROUPS = ((1, 1000), (64, 200), (1000, 30))
"""Records per group, and groups per measurement."""


def note(number: int) -> Act:
    """Return an act of about the size that an ingested file needs."""
    name = f"export/part-{number:06}.json"
    return Act(
        action="evidence.ingest",
        actor=KEY.actor,
        time=TIME,
        subject={"name": name, "sha256": "0" * 64, "bytes": number},
    )


def opened(folder: Path) -> Log:
    """Return a fresh log with its first record."""
    folder.mkdir()
    log = Log.create(folder)
    opening = Opening(key=KEY.verifier, origin="example.org/case/benchmark", time=TIME)
    log.seal([opening_act(opening, write_keys(folder, opening.origin, [KEY.verifier]))], KEY)
    return log


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds, and seconds of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def bare(handle: int, data: bytes) -> None:
    """Write and synchronise, nothing else."""
    os.write(handle, data)
    os.fsync(handle)


def in_turns(folder: Path, kind: str, group: int, groups: int) -> tuple[float, ...]:
    """Return medians for one group: seconds and processor seconds of ours, the same of the bare loop, bytes a record."""
    acts = [note(number) for number in range(group)]
    ours, theirs, size = [], [], 0
    place = folder / f"{kind}-{group}"
    with opened(place) as log, (place / "custody.jsonl").open("rb") as lines, (folder / "bare").open("ab") as other:
        lines.seek(0, os.SEEK_END)
        for _ in range(groups):
            ours.append(timed(partial(log.append, acts) if kind == "append" else partial(log.seal, acts, KEY)))
            data = lines.read()
            size += len(data)
            theirs.append(timed(partial(bare, other.fileno(), data)))
    columns = [median(column) for found in (ours, theirs) for column in zip(*found, strict=True)]
    return (*columns, size / (group * groups))


def measure(folder: Path, kind: str, group: int, groups: int) -> None:
    """Print one line of the table."""
    ours, spent, theirs, spent_bare, size = in_turns(folder, kind, group, groups)
    print(
        f"{kind:6}  {group:5}  {group / ours:10,.0f}  {group / theirs:10,.0f}  {ours / theirs:10.2f}  "
        f"{spent / group * 1e6:8.1f}  {spent_bare / group * 1e6:8.1f}  {size:5.0f}"
    )


def main() -> None:
    """Print the table."""
    base = sys.argv[1] if len(sys.argv) > 1 else None
    print("                                            seconds   processor us/record")
    print("        group   records/s      bare/s  times bare      ours      bare  bytes")
    with tempfile.TemporaryDirectory(dir=base) as folder:
        for kind in ("append", "seal"):
            for group, groups in GROUPS:
                measure(Path(folder), kind, group, groups)


if __name__ == "__main__":
    main()
