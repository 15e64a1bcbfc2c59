"""What this computer has seen of every log: the largest head per origin, so that an older or another history shows.

Nothing inside a folder can tell that the whole folder is an older, genuine state. The user's own folder can: it keeps one
small file per log (``seen/SHA-256 of the origin``: the checkpoint as it was), written when a case is sealed or verified.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

from forensics.chain_of_custody.checkpoint import format_checkpoint, parse_checkpoint
from forensics.errors import TamperError
from forensics.pipeline.sealing import user_folder

if TYPE_CHECKING:
    from pathlib import Path

    from forensics.chain_of_custody import Checkpoint


def recall(origin: str) -> Checkpoint | None:
    """Return the largest head of a log that this computer has seen. A damaged note is as none: it is no evidence."""
    try:
        seen = parse_checkpoint(_place(origin).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TamperError):
        return None
    return seen if seen.origin == origin else None


def remember(head: Checkpoint) -> None:
    """Keep a head that was sealed here, or that verified, unless a larger one is kept. Never fails: it is no duty."""
    seen = recall(head.origin)
    if seen is not None and seen.size >= head.size:
        return
    place = _place(head.origin)
    fresh = place.with_suffix(".new")
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(format_checkpoint(head), encoding="utf-8")
        fresh.replace(place)


def forget(origin: str) -> None:
    """Drop what was seen of a log: for a case that was made anew under its old name."""
    _place(origin).unlink(missing_ok=True)


def _place(origin: str) -> Path:
    return user_folder() / "seen" / hashlib.sha256(origin.encode()).hexdigest()
