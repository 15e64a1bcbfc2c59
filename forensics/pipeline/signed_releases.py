"""Whose signature a release bears: C2SP signed notes under keys that the user named."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import chain_of_custody as custody
from forensics.chain_of_custody.checkpoint import open_note, sign_note
from forensics.errors import KeyMaterialError, TamperError
from forensics.pipeline import sealing
from forensics.registry import release as releases

if TYPE_CHECKING:
    from forensics.chain_of_custody import Identity, VerifierKey
    from forensics.registry.release import Manifest, Release

_LINE = re.compile(r"^\u2014 (\S{1,200}) (\S{1,400})$", re.MULTILINE)
_ASK = "Ask its publisher for the verifier key by another way (`forensics keys show`) and name the file with --trust"


def signed(manifest: Manifest, identity: Identity) -> bytes:
    """Return the bytes of ``manifest.sig``."""
    return sign_note(manifest.note_text(), [identity])


def named_keys(paths: Sequence[Path]) -> tuple[VerifierKey, ...]:
    """Return the public keys of key files (``.pub``, or a private key file, whose first line states its public half)."""
    return tuple(custody.load_public_key(path) for path in paths)


def own_keys() -> tuple[VerifierKey, ...]:
    """Return the public half of this user's own key, if there is one that states it."""
    path = sealing.default_key()
    if not path.is_file():
        return ()
    try:
        return (custody.load_public_key(path),)
    except KeyMaterialError:  # made by another tool: it names no publisher, and is not what was asked about
        return ()


def check_signature(
    manifest: bytes, note: bytes, known: Iterable[VerifierKey], where: str
) -> tuple[Manifest, VerifierKey]:
    """Return the manifest and its signer.

    Raises:
        TamperError: the signature is of an unknown key, or fits another manifest.
        DataError: what is signed is no manifest that this version reads.
    """
    keys = tuple(dict.fromkeys(known))
    _require_known(note, keys, where)
    try:
        text, signers = open_note(note, keys)
    except TamperError as error:
        raise TamperError(error.what, where=f"{where}: {releases.SIGNATURE}", hint=_ASK) from error
    found = releases.parse_manifest(manifest, f"{where}: {releases.MANIFEST}")
    if len(signers) != 1 or text != found.note_text():
        what = "the signature is not of this manifest" if len(signers) == 1 else "a release bears one signature"
        raise TamperError(what, where=where, hint="Take the release again from its publisher; nothing of it was used")
    return found, signers[0]


def check_folder(folder: Path, known: Iterable[VerifierKey], where: str) -> tuple[Release, VerifierKey]:
    """Check a release folder whole, the signature first."""
    manifest, signer = check_signature(*signed_files(folder), known, where)
    return releases.read(folder, manifest), signer


def signed_files(folder: Path) -> tuple[bytes, bytes]:
    """Return the bytes of manifest and signature."""
    return (
        releases.read_file(folder / releases.MANIFEST, releases.MAX_MANIFEST),
        releases.read_file(folder / releases.SIGNATURE, releases.MAX_SIGNATURE),
    )


def _require_known(note: bytes, keys: Sequence[VerifierKey], where: str) -> None:
    """Say plainly whose signature it claims to be where none of the keys is known."""
    claimed = []
    for name, encoded in _LINE.findall(note.decode("utf-8", "replace")):
        try:
            key_id = base64.b64decode(encoded, validate=True)[:4]
        except (ValueError, binascii.Error):
            continue
        if any(key.name == name and key.key_id == key_id for key in keys):
            return
        claimed.append(f"{name[:80]!a} (id {key_id.hex()})")
    if claimed:
        raise TamperError(f"signature of an unknown key: {', '.join(claimed[:4])}", where=where, hint=_ASK)
