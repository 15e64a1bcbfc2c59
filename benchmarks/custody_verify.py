"""Verification of a long log and of large evidence, against hashlib and ``sha256sum`` over the same bytes in one run.

    python benchmarks/custody_verify.py [FOLDER]

Prints wall and processor seconds for a log of 100,000 records (reading, canonical form, chain, tree, rules), read by one
process and by all, and the rate at which evidence in the page cache is read and hashed: as a share of what ``hashlib``
does alone, on one core and with a thread per core, and against ``sha256sum``; for large files, one file, and small ones.
Hashing is done in turns, and the best of each is told. ``sha256sum`` is that of the machine: linked with libcrypto
(coreutils 9.2 on, if so built) it uses the processor's SHA instructions as hashlib does, else its own C code.
"""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.custody_append import KEY, TIME, note, opened
from forensics.chain_of_custody import Act, measure, split_act, verify_case

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RECORDS, GROUP = 100_000, 1000
CORES = os.cpu_count() or 1
EVIDENCE = ((8, 128 << 20), (1, 1 << 30), (20_000, 32 << 10))
"""Files, and bytes of each."""


def seconds(works: Sequence[Callable[[], object]], rounds: int = 5) -> list[tuple[float, float]]:
    """Do each in turns; (wall, processor) seconds of the best round of each. Processes they started count too."""
    best = [(float("inf"), float("inf"))] * len(works)
    for _ in range(rounds):
        for number, work in enumerate(works):
            wall, processor = time.perf_counter(), _processor()
            work()
            best[number] = min(best[number], (time.perf_counter() - wall, _processor() - processor))
    return best


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in used)


def checked(folder: Path, processes: int = CORES) -> None:
    """Verify, or stop the benchmark."""
    if not verify_case(folder, processes=processes).ok:
        sys.exit("the case does not verify")


def long_log(folder: Path) -> None:
    """Print how long it takes to append and to verify the log."""
    with opened(folder) as log:
        wall, processor = time.perf_counter(), time.process_time()
        for at in range(0, RECORDS, GROUP):
            log.append([note(number) for number in range(at, at + GROUP)])
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(f"append {RECORDS:,} in groups of {GROUP}: {RECORDS / wall:10,.0f} records/s")
        print(f"{'':26}per processor second: {RECORDS / processor:10,.0f}")
        log.checkpoint(KEY)
    one, all_ = seconds([partial(checked, folder, 1), partial(checked, folder)])
    print(f"verify {RECORDS:,} records, one process:   {one[0]:6.2f} s, processor {one[1]:.2f} s")
    print(f"verify {RECORDS:,} records, {CORES} processes:   {all_[0]:6.2f} s, processor {all_[1]:.2f} s")


def made(folder: Path, files: int, size: int) -> list[str]:
    """Make a case with evidence of different files; return their names."""
    with opened(folder) as log:
        block, paths = os.urandom(1 << 20), [f"exhibits/{number}.img" for number in range(files)]
        (folder / "exhibits").mkdir()
        for path in paths:
            with (folder / path).open("wb") as file:
                for at in range(0, size, len(block)):
                    file.write((hash(path) % 2**32 + at).to_bytes(8, "big") + block[8 : min(len(block), size)])
        out = [measure(folder, path) for path in paths]
        log.seal(split_act(Act(action="evidence.ingest", actor=KEY.actor, time=TIME, subject={}, out=out)), KEY)
    return [str(folder / path) for path in paths]


def digest(name: str) -> None:
    """Hash a file."""
    with Path(name).open("rb") as file:
        hashlib.file_digest(file, "sha256")


def one_by_one(names: Sequence[str]) -> None:
    """Hash files as hashlib does it."""
    for name in names:
        digest(name)


def threads(names: Sequence[str]) -> None:
    """Hash files as hashlib does it, a thread per core."""
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(digest, names))


def sha256sum(listing: Path) -> None:
    """Hash files as everybody does it."""
    with listing.open("rb") as names:
        subprocess.run(["xargs", "-0", "sha256sum"], stdin=names, check=True, capture_output=True)


def evidence(folder: Path, files: int, size: int) -> None:
    """Print rates over files that are in the page cache."""
    names = made(folder, files, size)
    listing = folder.with_suffix(".names")
    listing.write_bytes(b"\0".join(os.fsencode(name) for name in names))
    works: list[Callable[[], None]] = [
        partial(one_by_one, names),
        partial(threads, names),
        partial(checked, folder),
        partial(sha256sum, listing),
    ]
    found = seconds(works, 3)
    one, all_, ours, theirs = (files * size / 1e6 / wall for wall, _ in found)
    print(f"evidence, {files:,} files of {size >> 10:,} KiB, {CORES} cores (MB/s, and MB per processor second):")
    spent = [files * size / 1e6 / processor for _, processor in found]
    print(f"  hashlib, one core    {one:6.0f}  {spent[0]:6.0f}")
    print(f"  hashlib, all cores   {all_:6.0f}  {spent[1]:6.0f}")
    print(f"  verify               {ours:6.0f}  {spent[2]:6.0f}   {ours / one:.2f} and {ours / all_:.2f} of hashlib")
    print(f"  sha256sum            {theirs:6.0f}  {spent[3]:6.0f}   verify is {ours / theirs:.1f} times as fast")


def main() -> None:
    """Print both."""
    base = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        long_log(Path(folder) / "log")
    for files, size in EVIDENCE:
        with tempfile.TemporaryDirectory(dir=base) as folder:
            evidence(Path(folder) / "case", files, size)


if __name__ == "__main__":
    main()
