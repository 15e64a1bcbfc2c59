"""What really lies in a folder: names, kinds and digests, without following any link."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from forensics.chain_of_custody import durable

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
    handle = os.open(f"{root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, "not a plain file")
    return os.fdopen(handle, "rb")


def digests(root: Path, paths: Sequence[str]) -> dict[str, tuple[int, str] | OSError]:
    """Return size and SHA-256 of files, or why one cannot be read.

    Large blocks are hashed outside the interpreter's lock, so a thread per core takes the next file as soon as it is free.
    """
    from concurrent.futures import ThreadPoolExecutor

    waiting, found = iter(paths), dict[str, tuple[int, str] | OSError]()

    def work(_: int) -> None:
        for path in waiting:
            try:
                with open_plain(root, path) as file:
                    found[path] = durable.digest_stream(file)
            except OSError as error:
                found[path] = error

    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(work, range(cores)))
    return found
