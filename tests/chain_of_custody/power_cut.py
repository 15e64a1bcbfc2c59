"""The power goes while a case is written on a real file system: ext4 on a loop device on a disk that remembers.

A run of seals is recorded write by write (``block_device``). Then the disk is rebuilt as of random moments: what came
before the last flush is there, every sector written since is there or not, as a coin falls. ext4 repairs itself when it
is mounted, the log is opened as the next command would, and everything that had been acknowledged has to be in it. The
negative control leaves ``fsync`` out and has to lose records.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

from forensics.chain_of_custody.log import Log
from tests.chain_of_custody import block_device, sealed_case
from tests.chain_of_custody.block_device import SECTOR, Disk
from tests.chain_of_custody.crash_tally import Tally
from tests.chain_of_custody.sealed_case import EDITOR, act

if TYPE_CHECKING:
    from pathlib import Path

SEALS = 30


def cut(scratch: Path, points: int, *, sync: bool = True) -> Tally:
    """Record a run and cut the power at random moments of it. ``OSError``: this computer cannot."""
    tally = Tally()
    with block_device.recorded(scratch) as disk:
        sealed_case.small(disk.folder / "case")
        os.sync()
        acknowledged = [(disk.moment, 3)]
        real = os.fsync
        os.fsync = real if sync else lambda _: None  # type: ignore[assignment] # a disk that lies
        try:
            with Log.open(disk.folder / "case") as log:
                for _ in range(SEALS):
                    log.append([act("note")] * 2)
                    acknowledged.append((disk.moment, log.size))
                    log.checkpoint(EDITOR)
        finally:
            os.fsync = real
        os.sync()
        end = disk.moment
    chance = random.Random(7)  # noqa: S311 - moments and coins, no secret
    start = acknowledged[0][0]
    for _ in range(points):
        moment = chance.randrange(start, end + 1)
        (scratch / "image").write_bytes(rebuilt(disk, moment, chance))
        size = max(size for at, size in acknowledged if at <= moment)
        try:
            with block_device.mounted(scratch / "image", scratch / "again"):
                tally.judge(scratch / "again" / "case", size)
        except OSError:  # ext4 itself is beyond repair
            tally.points += 1
            tally.torn += 1
    return tally


def rebuilt(disk: Disk, moment: int, chance: random.Random) -> bytes:
    """Return the disk as it may be if the power goes before event ``moment``."""
    content = bytearray(disk.before)
    flushed = max((number for number in range(moment) if disk.events[number] is None), default=0)
    for number, event in enumerate(disk.events[:moment]):
        if event is None:
            continue
        at, data = event
        if number < flushed:
            content[at : at + len(data)] = data
            continue
        for start in range(0, len(data), SECTOR):
            if chance.random() < 0.5:
                content[at + start : at + start + SECTOR] = data[start : start + SECTOR]
    return bytes(content)
