"""Long lines made of a format's own pieces: what random bytes do not find, a pattern that takes more than linear time.

    python fuzz/lengths.py NAME SECONDS FOLDER

A pattern with two ways through the same letters needs thousands of *these* letters in *this* place of a line. So a piece
of a specimen is repeated at a place of a specimen, and the file is read by the format, or shown to all of them. An escape
is a reading of more than ``LIMIT`` processor seconds (a line of that length takes milliseconds); its input is written
into FOLDER, and where the time went is printed.
"""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from forensics.ingest import all_formats
from forensics.ingest.driver import read_member, recognise
from tests.ingest.reading import Collected, evidence_of, specimens

if TYPE_CHECKING:
    from forensics.ingest.format import Format

LIMIT = 10.0
LENGTH = 30_000
COMMON = [b" ", b"\t", b"\n", b"0", b"a", b"A", b"-", b".", b",", b":", b";", b"=", b'"', b"'", b"\\", b"/", b"(", b")"]
COMMON += [b"<", b">", b"[", b"]", b"{", b"}", b"&lt;", b"\xc3\xa9", b"\xff", b"> ", b"a.", b"1 ", b'\\"', b"<br>"]
MOST = 1 << 16
"""Bytes of a specimen that are used: its beginning says what it is."""


def hostile(dice: random.Random, content: bytes) -> bytes:
    """Return a specimen with a piece repeated at a place of one of its lines, sometimes with another end behind it."""
    place = dice.randrange(len(content) + 1)
    begin = dice.randrange(len(content))
    own = content[begin : begin + dice.randrange(1, 9)]
    piece = dice.choice([own, own, dice.choice(COMMON)])
    behind = dice.choice([b"", b"", b"x", b"\n", b"!", b"\0"])
    return content[:place] + piece * (LENGTH // len(piece)) + behind + content[place:]


def read(name: str, chosen: Format, content: bytes, *, whole: bool) -> None:
    """Read by one format whatever the file is, or ask all formats for the file (``whole``)."""
    evidence = evidence_of(content, "member.bin")
    if whole:
        recognise(evidence, all_formats())
    else:
        read_member(evidence, {name: replace(chosen, claims=lambda _: True)}, Collected(), (name,))


def search(name: str, seconds: float, folder: Path) -> int:
    """Read hostile lengths for so long; return how many were read. One that does not end ends the process."""
    chosen = all_formats()[name]
    seeds = [path.read_bytes()[:MOST] for owner, path in specimens() if owner == name]
    seeds = [content for content in seeds if content]
    dice, count, end = random.Random(name), 0, time.monotonic() + seconds  # noqa: S311 - the same each time
    while seeds and time.monotonic() < end:
        content = hostile(dice, dice.choice(seeds))
        signal.signal(signal.SIGPROF, partial(too_long, content, folder / f"{name}-{count}", count))
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        read(name, chosen, content, whole=not count % 4)
        signal.setitimer(signal.ITIMER_PROF, 0)
        count += 1
    return count


def too_long(content: bytes, target: Path, count: int, *_: object) -> None:
    """Keep the input, say where the time went, and end: what reads it may not come back."""
    target.write_bytes(content)
    faulthandler.dump_traceback()
    print(f"{count} readings; the next took more than {LIMIT} s", flush=True)
    os._exit(1)


if __name__ == "__main__":
    print(f"{search(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]))} readings")
