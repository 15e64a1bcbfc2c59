"""What really lies in a folder: names and kinds, without following any link."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Relative paths (``/`` between parts) of plain files and of folders; and (path, defect) of everything else."""

    files: frozenset[str]
    folders: frozenset[str]
    defects: tuple[tuple[str, str], ...]


def list_folder(root: Path) -> Listing:
    """Walk a folder without recursion and without raising: what cannot be read is a defect."""
    files: set[str] = set()
    folders: set[str] = set()
    defects: list[tuple[str, str]] = []
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            with os.scandir(root / inside if inside else root) as entries:
                for entry in entries:
                    path = f"{inside}/{entry.name}" if inside else entry.name
                    if entry.is_symlink():
                        defects.append((path, "is a symbolic link"))
                    elif entry.is_dir(follow_symlinks=False):
                        folders.add(path)
                        waiting.append(path)
                    elif entry.is_file(follow_symlinks=False):
                        files.add(path)
                    else:
                        defects.append((path, "is neither a file nor a folder"))
        except OSError as error:
            defects.append((inside or ".", f"cannot be listed: {error.strerror}"))
    return Listing(files=frozenset(files), folders=frozenset(folders), defects=tuple(sorted(defects)))


def unsealed(root: Path, sealed: Collection[str]) -> tuple[str, ...]:
    """Return the files of a case folder that no record names: what an interrupted command left behind.

    ``sealed`` is ``Log.files``. The log and its checkpoint are never among them.
    """
    return tuple(sorted(list_folder(root).files - set(sealed) - {"custody.jsonl", "checkpoint"}))


def open_plain(root: Path, path: str) -> BinaryIO:
    """Open a plain file for reading; ``OSError`` for links, devices and pipes (which are never waited for)."""
    handle = os.open(root / path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, "not a plain file")
    return os.fdopen(handle, "rb")
