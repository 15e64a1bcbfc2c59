"""``registry private-set`` and ``private-test``: export a release as keyed digests, and test addresses against it offline."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forensics.errors import DataError, StorageError, UsageError
from forensics.pipeline import held_releases
from forensics.registry import private_set
from forensics.registry import release as releases

SCHEMA = "forensics/private-set-made/1"
TESTED_SCHEMA = "forensics/private-test/1"
_MAX_KEY = 1024


def export(named: str, out: Path, key_file: Path) -> dict[str, Any]:
    """Write the private set of a release (a folder, or the name of one in use); a missing key file is made.

    Raises:
        UsageError: there is no such release, or the file is there already.
    """
    folder = Path(named)
    if not releases.is_release(folder):
        have = held_releases.held(named) if releases.NAME.fullmatch(named) else None
        if have is None or not have.current:
            hint = "Name the folder of a release, or one that was pulled"
            raise UsageError("there is no such release", where=named[:80], hint=hint)
        folder = have.path
    if out.exists():
        raise UsageError("a file of this name is already there", where=str(out), hint="Choose another name")
    manifest = releases.parse_manifest(
        releases.read_file(folder / releases.MANIFEST, releases.MAX_MANIFEST), str(folder)
    )
    registry = releases.load(folder)
    made = not key_file.exists()
    key = _new_key(key_file) if made else _key(key_file)
    data, networks = private_set.build(manifest.name, manifest.sequence, registry.digest, registry.records, key)
    _write(out, data, 0o644)
    return {
        "schema": SCHEMA,
        "file": str(out),
        "key_file": str(key_file),
        "key_made": made,
        "release": manifest.name,
        "sequence": manifest.sequence,
        "networks": networks,
        "bytes": len(data),
    }


def test(path: Path, key_file: Path, addresses: Sequence[str]) -> dict[str, Any]:
    """Say which addresses are held by a private set. Nothing is sent, nothing is kept.

    Raises:
        TamperError: the key does not fit, or the set was changed.
    """
    held = private_set.parse(_read(path, private_set.MAX_BYTES), _key(key_file), str(path))
    key = _key(key_file)
    rows = []
    for address in addresses:
        found = held.test(address, key)
        rows.append({"address": address, "held": bool(found), "blocks": list(found)})
    return {"schema": TESTED_SCHEMA, "release": held.release, "sequence": held.sequence, "addresses": rows}


def exported_text(answer: Mapping[str, Any]) -> list[str]:
    """Say what was exported, and what it does not hide."""
    made = " (new)" if answer["key_made"] else ""
    return [
        f"{answer['file']}: {answer['networks']:,} networks of {answer['release']} release {answer['sequence']}",
        f"Key: {answer['key_file']}{made}. Send it by another way than the set.",
        "Whoever has both can try all 2^32 IPv4 addresses and so read the list: give them to nobody who may not see it.",
    ]


def tested_text(answer: Mapping[str, Any]) -> list[str]:
    """Say which addresses are held."""
    lines = []
    for row in answer["addresses"]:
        around = next(iter(row["blocks"]), "")
        lines.append(f"{row['address']}: {f'held (block {around})' if row['held'] else 'not held'}")
    return lines


def _new_key(path: Path) -> bytes:
    key = secrets.token_bytes(private_set.KEY_BYTES)
    _write(path, f"{key.hex()}\n".encode(), 0o600)
    return key


def _key(path: Path) -> bytes:
    return private_set.read_key(_read(path, _MAX_KEY), str(path))


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})", where=str(path), hint="Check the path") from error
    if len(data) > most:
        raise DataError("the file is too large", where=str(path), hint="Check the path")
    return data


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a new file; one that is there is never replaced."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
    except OSError as error:
        raise StorageError(
            f"cannot be written ({error.strerror})", where=str(path), hint="Choose another name"
        ) from error
