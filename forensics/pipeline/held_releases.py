"""The releases in the user's folder: which are in use, under whose keys, and what may follow them.

``releases/NAME/`` holds a folder per release and ``state.json``: the keys trusted for the name, the release in use, and
every pull with its time, rollbacks included. A release is used only once it lies there whole and the state names it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics import chain_of_custody as custody
from forensics.chain_of_custody import parse_vkey
from forensics.chain_of_custody.durable import sync_folder
from forensics.errors import DataError, StorageError, TamperError
from forensics.pipeline.own_folder import user_folder
from forensics.registry.release import MANIFEST, MAX_MANIFEST, NAME, Manifest, parse_manifest, read_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.chain_of_custody import VerifierKey

SCHEMA = "forensics/held-releases/1"
STATE = "state.json"
_MAX_STATE = 16_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of one publisher's releases. ``pulls`` are the rows of the state; the last one is that in use."""

    name: str
    folder: Path
    keys: tuple[VerifierKey, ...] = ()
    current: str = ""
    pulls: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def path(self) -> Path:
        """The folder of the release in use."""
        return self.folder / self.current

    def manifest(self) -> Manifest:
        """Return the manifest of the release in use."""
        return parse_manifest(read_file(self.path / MANIFEST, MAX_MANIFEST), str(self.path))

    def sequence_of(self, records_digest: str) -> int | None:
        """Return the number of the release with these records, if it was ever pulled."""
        return next((int(row["sequence"]) for row in reversed(self.pulls) if row["records"] == records_digest), None)


def folder() -> Path:
    """Return where pulled releases lie."""
    return user_folder() / "releases"


def held(name: str) -> Held:
    """Return what is held under a name; nothing is a value, too.

    Raises:
        DataError: the state cannot be read.
    """
    place = folder() / name
    path = place / STATE
    if not path.exists():
        return Held(name=name, folder=place)
    try:
        found = json.loads(read_file(path, _MAX_STATE))
        if found["schema"] != SCHEMA:
            raise DataError(
                "the state of pulled releases is of a newer schema", where=str(path), hint="Use a newer version"
            )
        keys = tuple(parse_vkey(text) for text in found["keys"])
        current = str(found["current"])
        rows = [(row["sequence"], row["manifest"], row["records"]) for row in found["pulls"]]
        if not NAME.fullmatch(current) or not rows or any(type(row[0]) is not int or row[0] < 1 for row in rows):
            raise ValueError(current)  # noqa: TRY301 - told below
    except (ValueError, KeyError, TypeError, RecursionError, TamperError) as error:
        hint = "Move the folder away and pull the release again, with --trust"
        raise DataError("the state of pulled releases is damaged", where=str(path), hint=hint) from error
    return Held(name=name, folder=place, keys=keys, current=current, pulls=tuple(found["pulls"]))


def all_held() -> tuple[Held, ...]:
    """Return every name with a release in use, in the order of the names."""
    place = folder()
    if not place.is_dir():
        return ()
    names = sorted(item.name for item in place.iterdir() if (item / STATE).is_file())
    return tuple(held(name) for name in names)


def in_use() -> tuple[str, ...]:
    """Return the folders of the releases in use, to be named like any registry."""
    return tuple(str(item.path) for item in all_held())


def relation(have: Held, new: Manifest) -> str:
    """Say how a release stands to the one in use: "first", "same", "follows", or in a sentence why it does not follow."""
    if not have.current:
        return "first"
    digest, number = str(have.pulls[-1]["manifest"]), int(have.pulls[-1]["sequence"])
    if digest == new.digest:
        return "same"
    if new.sequence < number:
        return f"release {new.sequence} is older than release {number} in use (rollback)"
    if new.sequence == number:
        return f"another release {new.sequence} is in use: the publisher signed two of one number"
    if new.earlier[number - 1] != digest:
        return f"release {new.sequence} does not follow from release {number} in use: its history names another"
    return "follows"


def place(have: Held, arrived: Path, new: Manifest, row: Mapping[str, Any], keys: Sequence[VerifierKey]) -> Held:
    """Put a checked folder in place and make it the one in use.

    Raises:
        StorageError: it cannot be written; what was in use stays.
    """
    name = f"{new.sequence:06d}-{new.digest[:16]}"
    target = have.folder / name
    kept = tuple(dict.fromkeys([*have.keys, *keys]))
    document = {
        "schema": SCHEMA,
        "keys": [key.vkey for key in kept],
        "current": name,
        "pulls": [*have.pulls, dict(row)],
    }
    try:
        if target.exists():
            shutil.rmtree(target)
        arrived.rename(target)
        sync_folder(have.folder)
        custody.publish(have.folder, STATE, (json.dumps(document, indent=1, sort_keys=True) + "\n").encode())
    except OSError as error:
        raise StorageError(f"the release cannot be put in place ({error.strerror})", where=str(have.folder)) from error
    return held(have.name)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Hold the releases of a name while one of them is put in place: a second process is told to wait.

    Raises:
        StorageError: another process is at it, or the folder cannot be locked.
    """
    import fcntl

    try:
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = (folder() / f".{name}.lock").open("ab")
    except OSError as error:
        raise StorageError(f"no folder for the release ({error.strerror})", where=str(folder())) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            hint = "Wait for it to end, then run the command again"
            raise StorageError("another process is pulling a release of this name", where=name, hint=hint) from error
        yield


def workplace(have: Held) -> Path:
    """Make an empty folder beside the releases of a name for what arrives."""
    try:
        have.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = have.folder / f".arriving-{os.getpid()}"
        if path.exists():
            shutil.rmtree(path)
        path.mkdir()
    except OSError as error:
        raise StorageError(f"no folder for the release ({error.strerror})", where=str(have.folder)) from error
    return path
