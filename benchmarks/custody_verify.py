"""Verification of a long log and of large evidence, against hashlib and ``sha256sum`` over the same bytes in one run.

    python benchmarks/custody_verify.py [FOLDER]

Prints seconds for a log of 100,000 records (reading, canonical form, chain, tree, rules), and the rate at which evidence
is read and hashed as a share of what ``hashlib`` does alone (one core), and against ``sha256sum``.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.chain_of_custody import Act, measure, verify_case

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(Path(__file__).parent))
from custody_append import KEY, TIME, note, opened  # type: ignore[import-not-found]

RECORDS, GROUP = 100_000, 1000
FILES, SIZE = 8, 128 << 20


def seconds(work: Callable[[], object]) -> float:
    """Return the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def long_log(folder: Path) -> None:
    """Print how long it takes to append and to verify the log."""
    with opened(folder) as log:
        start = time.perf_counter()
        for at in range(0, RECORDS, GROUP):
            log.append([note(number) for number in range(at, at + GROUP)])
        print(f"append {RECORDS:,} in groups of {GROUP}: {RECORDS / (time.perf_counter() - start):10,.0f} records/s")
        log.checkpoint(KEY)
    print(f"verify {RECORDS:,} records: {seconds(lambda: verify_case(folder)):16.2f} s")


def evidence(folder: Path) -> None:
    """Print rates over files that are in the page cache."""
    with opened(folder) as log:
        block, paths = os.urandom(1 << 20), [f"exhibits/{number}.img" for number in range(FILES)]
        (folder / "exhibits").mkdir()
        for path in paths:
            with (folder / path).open("wb") as file:
                for at in range(SIZE >> 20):
                    file.write(at.to_bytes(4, "big") + block[4:])
        out = [measure(folder, path) for path in paths]
        log.seal([Act(action="evidence.ingest", actor=KEY.actor, time=TIME, subject={}, out=out)], KEY)
    names = [str(folder / path) for path in paths]

    def alone() -> None:
        for name in names:
            with Path(name).open("rb") as file:
                hashlib.file_digest(file, "sha256")

    total = FILES * SIZE / 1e6
    one, ours = total / seconds(alone), total / seconds(lambda: verify_case(folder))
    theirs = total / seconds(lambda: subprocess.run(["sha256sum", *names], check=True, capture_output=True))
    print(f"evidence, {FILES} files of {SIZE >> 20} MiB, {os.cpu_count()} cores:")
    print(f"  hashlib, one core {one:8.0f} MB/s\n  verify            {ours:8.0f} MB/s = {ours / one:.2f} of hashlib")
    print(f"  sha256sum         {theirs:8.0f} MB/s; verify is {ours / theirs:.1f} times as fast")


def main() -> None:
    """Print both."""
    base = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        long_log(Path(folder) / "log")
        evidence(Path(folder) / "evidence")


if __name__ == "__main__":
    main()
