"""Appends per second of the custody log, against a bare write and fsync of the same bytes in the same run.

    python benchmarks/custody_append.py [FOLDER]

For groups of 1, 64 and 1,000 records: durable appends (``Log.append``), the same with a signed checkpoint after every
group (``Log.seal``), and a loop that only writes and synchronises the same lines. The ratio is what encoding, chaining,
hashing and (for ``seal``) signing cost on this disk; absolute figures say more about the disk than about us.
FOLDER chooses the disk; without it a temporary folder is used.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.chain_of_custody import Act, Log, Opening, from_seed, opening_act, write_keys

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = from_seed(bytes(range(32)), "example.org/benchmark")
TIME = "2026-01-01T00:00:00Z"
GROUPS = ((1, 200), (64, 100), (1000, 20))
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


def timed(work: Callable[[], None], records: int) -> float:
    """Return records per second."""
    start = time.perf_counter()
    work()
    return records / (time.perf_counter() - start)


def bare(path: Path, chunks: list[bytes]) -> None:
    """Write and synchronise, nothing else."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for chunk in chunks:
        os.write(handle, chunk)
        os.fsync(handle)
    os.close(handle)


def measure(folder: Path, group: int, groups: int) -> None:
    """Print one line of the table."""
    acts = [note(number) for number in range(group)]
    rates, before = [], 0
    for kind in ("append", "seal"):
        with opened(folder / f"{kind}-{group}") as log:
            before = (folder / f"{kind}-{group}" / "custody.jsonl").stat().st_size

            def work(log: Log = log, kind: str = kind) -> None:
                for _ in range(groups):
                    if kind == "seal":
                        log.seal(acts, KEY)
                    else:
                        log.append(acts)

            rates.append(timed(work, group * groups))
    content = (folder / f"append-{group}" / "custody.jsonl").read_bytes()[before:]
    lines = content.splitlines(keepends=True)
    chunks = [b"".join(lines[at : at + group]) for at in range(0, len(lines), group)]
    floor = timed(lambda: bare(folder / f"bare-{group}", chunks), group * groups)
    append, seal = rates
    print(
        f"{group:5}  {append:10,.0f}  {seal:10,.0f}  {floor:10,.0f}  "
        f"{append / floor:6.2f}  {seal / floor:6.2f}  {len(content) / len(lines):5.0f}"
    )


def main() -> None:
    """Print the table."""
    base = sys.argv[1] if len(sys.argv) > 1 else None
    print("group    append/s      seal/s      bare/s   ratio    seal  bytes")
    with tempfile.TemporaryDirectory(dir=base) as folder:
        for group, groups in GROUPS:
            measure(Path(folder), group, groups)


if __name__ == "__main__":
    main()
