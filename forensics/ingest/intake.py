"""From the paths on the command line to input files: folders walked in a stable order, standard input spooled.

Links and special files are refused with a reason; names are relative to what the user gave, so that a case holds no
absolute path.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from forensics.errors import EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A regular file to take in: where it lies now, and the name it is known by in the case (``/`` between parts)."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedInput:
    """Something that was found but cannot be taken in."""

    name: str
    reason: str


def inputs(paths: Sequence[str], spool: Path) -> Iterator[Input | RefusedInput]:
    """Yield every file below ``paths``, sorted by name; ``-`` reads standard input into ``spool`` first.

    A path that does not exist raises ``EvidenceError`` before anything is read; one that cannot be listed is refused.
    """
    for given in paths:
        if given != "-" and not os.path.lexists(given):
            raise EvidenceError("no such file or folder", where=given, hint="Check the path; nothing was changed")
    for given in paths:
        if given == "-":
            spool.parent.mkdir(parents=True, exist_ok=True)
            with spool.open("wb") as target:
                shutil.copyfileobj(sys.stdin.buffer, target, 1 << 20)
            yield Input(path=spool, name="stdin")
        else:
            path = Path(given)
            yield from _below(path, path.name or path.resolve().name)


def _below(path: Path, name: str) -> Iterator[Input | RefusedInput]:
    entries: list[str] = []
    try:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            entries = sorted(entry.name for entry in path.iterdir())
        elif stat.S_ISLNK(mode) and path.is_file() and "/" not in name:
            yield Input(path=path, name=name)  # a link that the user names is the user's choice
            return
    except OSError as error:
        yield RefusedInput(
            name=name, reason=f"cannot be read ({error.strerror}): check its permissions and add it again"
        )
        return
    if stat.S_ISDIR(mode):
        for entry in entries:
            yield from _below(path / entry, f"{name}/{entry}")
    elif stat.S_ISREG(mode):
        if os.access(path, os.R_OK):
            yield Input(path=path, name=name)
        else:
            yield RefusedInput(
                name=name, reason="cannot be read (no permission): check its permissions and add it again"
            )
    elif stat.S_ISLNK(mode):
        yield RefusedInput(name=name, reason="symbolic link: not followed; add the file it points to")
    else:
        yield RefusedInput(name=name, reason="not a regular file (device, pipe or socket)")
