"""What this computer has seen of every log: the largest head of each, so that an older or another history shows.

Nothing inside a folder can tell that the whole folder is an older, genuine state. The user's own folder can: it keeps one
small file per log (the text of the checkpoint), written when a case is sealed by hand or verified. A log is known by its
origin *and* by the key that opened it: a case made anew with another key is another log, and is told to be one.
Where ``SOURCE_DATE_EPOCH`` holds the clock, nothing is remembered: the name of a case is made of its time, and cases made
at one moment that never was may differ.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody import read_records
from forensics.chain_of_custody.checkpoint import format_checkpoint, parse_checkpoint, unverified
from forensics.chain_of_custody.keys import parse_vkey
from forensics.errors import CaseError, TamperError
from forensics.pipeline.own_folder import user_folder

if TYPE_CHECKING:
    from pathlib import Path

    from forensics.chain_of_custody import Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class LogName:
    """A log as a folder claims to hold it: origin, and id (hex) of the key that opened it."""

    origin: str
    key: str

    @property
    def place(self) -> Path:
        """Where its largest head is kept."""
        return user_folder() / "seen" / f"{_digest(self.origin)}-{self.key}"


def name_of(folder: Path) -> LogName | None:
    """Return which log a folder claims to hold; ``None`` where it holds none that can be read, or the clock is held."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        return None
    try:
        origin = unverified((folder / "checkpoint").read_bytes()).origin
        first = next(read_records(folder), None)
        vkey = str(first.act.subject.get("vkey", "")) if first else ""
        return LogName(origin=origin, key=parse_vkey(vkey).key_id.hex())
    except (OSError, CaseError, TamperError):
        return None


def recall(name: LogName) -> Checkpoint | None:
    """Return the largest head of a log that this computer has seen. A damaged note is as none: it is no evidence."""
    try:
        seen = parse_checkpoint(name.place.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TamperError):
        return None
    return seen if seen.origin == name.origin else None


def namesakes(name: LogName) -> bool:
    """Whether this computer has seen another log of the same origin, opened with another key."""
    found = (user_folder() / "seen").glob(f"{_digest(name.origin)}-*")
    return any(path.name != name.place.name and path.suffix != ".new" for path in found)


def remember(folder: Path, head: Checkpoint) -> None:
    """Keep a head that was sealed here, or that verified, unless a larger one is kept. Never fails: it is no duty."""
    name = name_of(folder)
    seen = recall(name) if name else None
    if name is None or (seen is not None and seen.size >= head.size):
        return
    fresh = name.place.with_suffix(".new")
    with contextlib.suppress(OSError):
        fresh.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(format_checkpoint(head), encoding="utf-8")
        fresh.replace(name.place)


def forget(name: LogName) -> None:
    """Drop what was seen of a log: for one that was put back on purpose."""
    name.place.unlink(missing_ok=True)


def _digest(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()
