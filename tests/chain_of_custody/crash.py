"""Crashes by the hundred: ``make crash`` prints crash points, acknowledged records lost, and torn logs.

    python -m tests.chain_of_custody.crash [--points N]

Six rigs, each with records that were acknowledged before the crash and have to be there after it:

- ``kill``: a writer is killed (SIGKILL) at a random moment;
- ``limit``: the file may not grow beyond a byte limit (RLIMIT_FSIZE), one limit after the other;
- ``full disk``: a tmpfs of 256 KiB runs full (needs root and the right to mount);
- ``fsync``: the kernel refuses the n-th ``fsync``, for every n (a shim in the process: the call itself is real);
- ``power cut``: every order of writes that a disk may have kept. A shim records each write, rename and fsync of a
  real run; then the folder is rebuilt as of any moment with what was synchronised for certain and, at random, whole or
  torn pieces of what was not. A model of a disk in the process, which asks for no privilege;
- ``block device``: the same on ext4 over a loop device over a disk under FUSE (``power_cut``), where the file system
  itself is cut; skipped, and said to be, where there is no root, FUSE or loop device.

The negative controls of the last two leave ``fsync`` out and have to lose records.
"""

# ruff: noqa: T201 - a program that prints its table

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.chain_of_custody.log import Log
from forensics.errors import StorageError
from tests.chain_of_custody import block_device, power_cut, sealed_case
from tests.chain_of_custody.crash_tally import Tally
from tests.chain_of_custody.sealed_case import EDITOR, act

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOM = "256k"


# --- a disk in the process: what was written, and what of it is certain --------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Disk:
    """A record of what a process did to a folder: ('write', path, offset, bytes), ('rename', a, b), ('sync', path)."""

    root: Path
    sync: bool = True
    events: list[tuple[object, ...]] = field(default_factory=list)
    acknowledged: list[tuple[int, int]] = field(default_factory=list)

    def watch(self) -> Callable[[], None]:
        """Replace the calls that ``Log`` and ``durable`` make; returns what puts them back."""
        real = {name: getattr(os, name) for name in ("write", "fsync", "ftruncate", "rename", "replace")}

        def name_of(handle: int) -> str:
            return os.path.relpath(Path(f"/proc/self/fd/{handle}").readlink(), self.root)

        def write(handle: int, data: bytes) -> int:
            at = os.fstat(handle).st_size
            done: int = real["write"](handle, data)
            self.events.append(("write", name_of(handle), at, bytes(data[:done])))
            return done

        def fsync(handle: int) -> None:
            path = name_of(handle)
            inside = Path(f"/proc/self/fd/{handle}")
            if not inside.is_dir() and path not in self.logged():  # a temporary file is written by the file object
                self.events.append(("write", path, 0, inside.read_bytes()))
            real["fsync"](handle)
            if self.sync:
                self.events.append(("sync", path))

        def ftruncate(handle: int, length: int) -> None:
            real["ftruncate"](handle, length)
            self.events.append(("cut", name_of(handle), length))

        def replace(source: Path, target: Path) -> None:
            real["replace"](source, target)
            self.events.append(("rename", os.path.relpath(source, self.root), os.path.relpath(target, self.root)))

        os.write, os.fsync, os.ftruncate, os.replace = write, fsync, ftruncate, replace  # type: ignore[assignment]

        def restore() -> None:
            for name, call in real.items():
                setattr(os, name, call)

        return restore

    def logged(self) -> set[str]:
        """Return the files whose writes are seen one by one."""
        return {"custody.jsonl"}

    def after(self, moment: int, target: Path, chance: random.Random) -> None:
        """Rebuild the folder as a disk may hold it if the power goes before event ``moment``."""
        certain = self._certain(moment)
        files: dict[str, bytearray] = {}
        for number, event in enumerate(self.events[:moment]):
            if number not in certain and chance.random() < 0.5:
                continue
            if event[0] == "write":
                _, path, at, data = event
                assert isinstance(path, str)
                assert isinstance(at, int)
                assert isinstance(data, bytes)
                kept = data if number in certain else data[: chance.randrange(len(data) + 1)]
                content = files.setdefault(path, bytearray())
                content.extend(b"\0" * (at - len(content)))
                content[at : at + len(kept)] = kept
            elif event[0] == "cut":
                del files.setdefault(str(event[1]), bytearray())[int(str(event[2])) :]
            elif event[0] == "rename" and event[1] in files:
                files[str(event[2])] = files.pop(str(event[1]))
        for path, content in files.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(content)

    def _certain(self, moment: int) -> set[int]:
        """Numbers of the events that a later fsync made certain: of the file, or of the folder that a name is in."""
        certain = set(range(self.acknowledged[0][0]))  # the opened case is on the disk
        for number, event in enumerate(self.events[:moment]):
            if event[0] != "sync":
                continue
            for earlier, other in enumerate(self.events[:number]):
                folder = str(Path(str(other[2])).parent) if other[0] == "rename" else ""
                if event[1] == (folder or other[1]):
                    certain.add(earlier)
        return certain


def power_cuts(scratch: Path, points: int, *, sync: bool = True) -> Tally:
    """Cut the power at random moments of a run of thirty seals."""
    chance, tally = random.Random(5), Tally()  # noqa: S311 - moments, no secret
    case = scratch / "case"
    case.mkdir()
    disk = Disk(root=case, sync=sync)
    restore = disk.watch()
    try:
        with Log.create(case) as log:
            log.seal([sealed_case.opening(case)], EDITOR)
            disk.acknowledged.append((len(disk.events), log.size))
            for _ in range(30):
                log.append([act("note")] * 2)
                disk.acknowledged.append((len(disk.events), log.size))
                log.checkpoint(EDITOR)
    finally:
        restore()
    start = disk.acknowledged[0][0]
    for number in range(points):
        moment = chance.randrange(start, len(disk.events) + 1)
        size = max(size for at, size in disk.acknowledged if at <= moment)
        target = scratch / f"disk{number}"
        target.mkdir()
        disk.after(moment, target, chance)
        if (target / "custody.jsonl").exists() and (target / "checkpoint").exists():
            tally.judge(target, size)
        else:
            tally.points += 1
            tally.lost += 1
        shutil.rmtree(target)
    return tally


# --- processes, limits, disks --------------------------------------------------------------------------------------------


def kills(scratch: Path, points: int) -> Tally:
    """Kill a writer at random moments."""
    from tests.chain_of_custody.test_crash import WRITER

    case, tally, chance = sealed_case.small(scratch / "case"), Tally(), random.Random(6)  # noqa: S311 - moments
    for _ in range(points):
        with subprocess.Popen([sys.executable, "-c", WRITER, case], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            first = int(writer.stdout.readline())
            try:
                writer.wait(chance.uniform(0, 0.03))
            except subprocess.TimeoutExpired:
                writer.kill()
            said = [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
            tally.judge(case, int(said[-1]) if said else first)
    return tally


def limits(scratch: Path) -> Tally:
    """Sweep a limit of the file's length in a process of its own."""
    from tests.chain_of_custody.test_crash import FULL_DISK

    case = sealed_case.small(scratch / "case")
    done = subprocess.run([sys.executable, "-c", FULL_DISK, case], capture_output=True, text=True, check=False)
    refused, written = map(int, done.stdout.split()) if not done.returncode else (0, 0)
    tally = Tally(points=refused + written - 1, lost=done.returncode != 0)
    tally.judge(case, 3 + 2 * written)
    return tally


def full_disk(scratch: Path) -> Tally | None:
    """Fill a small disk; ``None`` where it cannot be mounted."""
    room = scratch / "room"
    room.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(room)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        return None
    tally = Tally()
    try:
        case, acknowledged = sealed_case.small(room / "case"), 3
        try:
            with Log.open(case) as log:
                while True:
                    log.append([act("note")] * 3)
                    acknowledged = log.size
                    log.checkpoint(EDITOR)
        except StorageError:
            pass
        kept = shutil.copytree(case, scratch / "kept")
        tally.judge(kept, acknowledged)
    finally:
        subprocess.run(["umount", str(room)], check=True)
    return tally


def failed_fsyncs(scratch: Path) -> Tally:
    """Let the n-th fsync fail, for every n of three seals: the writer has to stop, and nothing acknowledged is lost."""
    tally, real = Tally(), os.fsync
    for number in range(1000):
        case, acknowledged, left = sealed_case.small(scratch / str(number)), 3, number

        def fsync(handle: int) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(5, "Input/output error")
            real(handle)

        os.fsync = fsync  # type: ignore[assignment]
        stopped = False
        try:
            with Log.open(case) as log:
                for _ in range(3):
                    log.append([act("note")])
                    acknowledged = log.size
                    log.checkpoint(EDITOR)
        except StorageError:
            stopped = True
        finally:
            os.fsync = real
        if not stopped:
            return tally
        tally.judge(case, acknowledged)
    return tally


def rigs(points: int) -> Iterator[tuple[str, Tally | str]]:
    """Run all; a text says why one was skipped."""
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        for name in ("kill", "limit", "disk", "fsync", "cut", "control", "block", "block-control"):
            (folder / name).mkdir()
        yield "kill -9", kills(folder / "kill", points)
        yield "length limit", limits(folder / "limit")
        yield "full disk", full_disk(folder / "disk") or "skipped: needs root and the right to mount a tmpfs"
        yield "fsync fails", failed_fsyncs(folder / "fsync")
        yield "power cut", power_cuts(folder / "cut", points * 5)
        yield "  without fsync", power_cuts(folder / "control", points, sync=False)
        missing = block_device.why_not()
        for name, sync in (("block device", True), ("  without fsync", False)):
            scratch = folder / ("block" if sync else "block-control")
            yield (
                name,
                f"skipped: {missing}" if missing else power_cut.cut(scratch, points * (5 if sync else 1), sync=sync),
            )


def main() -> int:
    """Print the table; 0 if nothing was lost but in the negative control, which has to lose."""
    parser = argparse.ArgumentParser(description="Crash the custody log in every way.")
    parser.add_argument("--points", type=int, default=60, help="kills, and a fifth of the power cuts")
    options = parser.parse_args()
    print(f"{'rig':18} {'points':>7} {'lost':>6} {'torn':>6}")
    good, recorded = True, 0
    for name, told in rigs(options.points):
        if isinstance(told, str):
            print(f"{name:18} {told}")
            continue
        print(f"{name:18} {told.points:7} {told.lost:6} {told.torn:6}", flush=True)
        control = name.startswith(" ")
        good = good and (told.lost > 0 if control else told.lost == told.torn == 0)
        recorded += told.points
    print(f"{recorded} crash points; {'as it has to be' if good else 'NOT as it has to be'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
