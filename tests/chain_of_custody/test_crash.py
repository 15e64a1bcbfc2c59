"""Real crashes: killed processes, full disks. What was acknowledged is still there."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from forensics.chain_of_custody import reading
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.verify import verify_case
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import EDITOR, ROOT, act

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import sys
from pathlib import Path
from forensics.chain_of_custody.log import Log
from tests.chain_of_custody.sealed_case import EDITOR, act
with Log.open(Path(sys.argv[1])) as log:
    while True:
        log.append([act("note")] * 3)
        print(log.size, flush=True)
        log.checkpoint(EDITOR)
"""

# The limit acts like a disk that is full at that byte: the kernel writes what fits and refuses the rest.
FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.verify import verify_case
from forensics.errors import StorageError
from tests.chain_of_custody.sealed_case import EDITOR, act
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
case, refused, written = Path(sys.argv[1]), 0, 0
name = case / "custody.jsonl"
for extra in range(0, 1400, 13):
    good = name.read_bytes()
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(good) + extra, resource.RLIM_INFINITY))
    with Log.open(case) as log:
        try:
            log.append([act("note")] * 2)
            written += 1
        except StorageError as error:
            refused += 1
            assert error.hint, error
            assert name.read_bytes() == good
        else:
            assert name.read_bytes().startswith(good)
            log.checkpoint(EDITOR)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert verify_case(case).ok
print(refused, written)
"""


def test_twenty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    case = sealed_case.small(tmp_path / "case")
    chance = random.Random(20)  # noqa: S311 - moments to kill at, no secret
    recoveries = 0
    for _ in range(20):
        with subprocess.Popen([sys.executable, "-c", WRITER, case], cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            acknowledged = int(writer.stdout.readline())
            time.sleep(chance.uniform(0, 0.03))
            writer.send_signal(signal.SIGKILL)
            later = writer.stdout.read().split()
            acknowledged = int(later[-1]) if later else acknowledged
        with Log.open(case) as log:
            assert log.size >= acknowledged
            recoveries += log.recovery is not None
            log.seal([act("note")], EDITOR)
        assert verify_case(case).ok
    told = [record for record in reading.read_records(case) if record.act.action == "recovery"]
    assert len(told) == recoveries


def test_a_disk_full_at_any_byte_leaves_what_was_there(tmp_path: Path) -> None:
    case = sealed_case.small(tmp_path / "case")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, case], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    refused, written = map(int, done.stdout.split())
    assert refused > 30
    assert written > 10
