"""Files that survive a power cut: whole or absent, and never half-written.

A file is published by writing a temporary one, ``fsync``, renaming it over the name and ``fsync`` of the folder. A
failed ``fsync`` is never retried, because the kernel may have dropped the pages it complained about.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, BinaryIO

from forensics.chain_of_custody.acts import Output
from forensics.errors import CaseError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 1 << 20


def unpublished(target: Path) -> Path:
    """Return where a file is written before it is published; one that a crash left was never part of a case."""
    return target.with_name(f".{target.name}.tmp")


def is_unpublished(path: str) -> bool:
    """Whether a path of a case is that of a file that was never published."""
    name = path.rpartition("/")[2]
    return name.startswith(".") and name.endswith(".tmp")


def publish(folder: Path, path: str, data: bytes) -> Output:
    """Write ``data`` to ``folder/path``, replacing the file if there is one; ``StorageError`` leaves the old one."""
    target = folder / path
    fresh = unpublished(target)
    try:
        _make_folder(target.parent)
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise storage_error(error, path) from error
    return describe(path, data)


def _make_folder(folder: Path) -> None:
    """Make a folder if it is missing, and those above it, each durable in the one that holds it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir()
        sync_folder(folder.parent)


def describe(path: str, data: bytes) -> Output:
    """Return size and digest of bytes that are (or will be) the content of ``path``."""
    return Output(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def measure(folder: Path, path: str) -> Output:
    """Return size and digest of a file of the case as it is now, read in blocks of 1 MiB."""
    try:
        with (folder / path).open("rb") as file:
            size, digest = digest_stream(file)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise CaseError(message, where=path, hint="Check that it exists and may be read") from error
    return Output(path=path, bytes=size, sha256=digest)


def digest_stream(file: BinaryIO) -> tuple[int, str]:
    """Return the number of bytes in a stream and their SHA-256 in hex."""
    digest, size = hashlib.sha256(), 0
    while block := file.read(BLOCK):
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Make every name below a folder durable, and the folder's own; its files are theirs who wrote them."""
    inside = [path for path in folder.rglob("*") if path.is_dir()]
    for place in (*sorted(inside, reverse=True), folder, folder.parent):  # a folder sorts before what it holds
        sync_folder(place)


def lock(handle: int, where: str) -> None:
    """Take the exclusive lock on an open file, or say who holds it up.

    ``flock`` and not ``lockf``: a POSIX record lock is lost as soon as the process closes any other descriptor of the
    same file.
    """
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = "the case is in use by another process"
        raise CaseError(message, where=where, hint="Wait for it to end, then run the command again") from error
    except OSError as error:
        message = f"the case cannot be locked: {error.strerror}"
        raise CaseError(message, where=where, hint="Keep the case on a local disk while working on it") from error


def storage_error(error: OSError, where: str) -> StorageError:
    """Translate a failed write."""
    message = f"the file cannot be written: {error.strerror}"
    return StorageError(message, where=where, hint="What was sealed before stays valid; make room and run it again")
