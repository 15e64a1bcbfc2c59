"""Files encrypted with age while they are written, and opened only as a whole: bundles of any size.

``encryption`` encrypts what fits into memory for recipients. A bundle streams: what makes it writes into a pipe, age
reads from it. age authenticates blocks of 64 KiB one by one, so a decrypted file gets its name only after the last.
With a passphrase the library offers no stream: such bundles are held in memory and bounded.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from io import RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast

from forensics.errors import EvidenceError, ForensicsError, KeyMaterialError, StorageError, TamperError, UsageError
from forensics.exchange import encryption
from forensics.exchange.encryption import Recipient

MAX_IN_MEMORY = 1 << 29
"""Bytes of a bundle for a passphrase."""

_PASSPHRASE = b"\n-> scrypt "
_HEADER = 256
_SSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"


def encrypt_for(
    write: Callable[[BinaryIO], None], target: Path, recipients: Sequence[Recipient], passphrase: str = ""
) -> tuple[int, str]:
    """Encrypt what ``write`` writes into a new file; its size and SHA-256. Nothing is left behind by a failure."""
    pyrage = encryption.age()
    partial = target.with_name(f".{target.name}.partial")
    if target.exists():
        raise UsageError("a file of this name is already there and is never replaced", hint=f"Move it: {target.name}")
    try:
        with partial.open("xb") as file:
            if passphrase:
                file.write(pyrage.passphrase.encrypt(_whole(write), passphrase))
            else:
                _piped(write, file, [encryption.recipient_of(one) for one in recipients])
            file.flush()
            os.fsync(file.fileno())
        with partial.open("rb") as file:
            digest = hashlib.file_digest(cast("Any", file), "sha256").hexdigest()
        size = partial.stat().st_size
        partial.rename(target)
    except (OSError, pyrage.EncryptError) as error:
        what = f"the bundle cannot be written ({error})"
        raise StorageError(what, where=target.name, hint="Make room, or write elsewhere") from error
    finally:
        partial.unlink(missing_ok=True)
    return size, digest


def decrypt_to(source: Path, target: Path, identities: Sequence[Any], passphrase: str = "") -> None:
    """Decrypt a file into a new one, which is there only if the last block was authentic."""
    pyrage = encryption.age()
    partial = target.with_name(f".{target.name}.partial")
    try:
        with source.open("rb") as file, partial.open("xb") as plain:
            if wants_passphrase(source):
                plain.write(pyrage.passphrase.decrypt(_bounded(file), passphrase))
            else:
                pyrage.decrypt_io(file, plain, list(identities))
            plain.flush()
            os.fsync(plain.fileno())
        partial.rename(target)
    except pyrage.DecryptError as error:
        what = f"the bundle cannot be opened: {error}"
        hint = "Use the key or passphrase that it was made for; if it is the right one, the bundle is damaged"
        raise KeyMaterialError(what, where=source.name, hint=hint) from error
    except OSError as error:
        # age reports a damaged block in the middle of a stream as an error of reading
        what = f"the bundle is damaged or cannot be read ({error})"
        raise TamperError(what, where=source.name, hint="Ask the giver for the bundle once more") from error
    finally:
        partial.unlink(missing_ok=True)


def wants_passphrase(source: Path) -> bool:
    """Say whether a bundle is opened with a passphrase."""
    try:
        with source.open("rb") as file:
            return _PASSPHRASE in file.read(_HEADER)
    except OSError as error:
        raise EvidenceError(f"the bundle cannot be read ({error.strerror})", where=str(source)) from error


def identities_of(path: Path) -> list[Any]:
    """Return the private keys of a file: age identities one a line, or one SSH key that is not encrypted."""
    pyrage = encryption.age()
    try:
        data = path.read_bytes()
        if data.startswith(_SSH):
            return [pyrage.ssh.Identity.from_buffer(data)]
        lines = [line.strip() for line in data.decode("ascii").splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except OSError as error:
        raise KeyMaterialError(f"the file cannot be read ({error.strerror})", where=str(path)) from error
    except (UnicodeDecodeError, pyrage.IdentityError) as error:
        what = "no identity of age, and no SSH key that age can use without a passphrase"
        raise KeyMaterialError(what, where=path.name, hint="Give the file with AGE-SECRET-KEY-1…") from error
    if not found:
        raise KeyMaterialError("the file holds no identity", where=path.name, hint="Give the one age-keygen made")
    return found


def _piped(write: Callable[[BinaryIO], None], target: BinaryIO, recipients: list[Any]) -> None:
    """Let one thread write into a pipe and age read from it; an error of the writer is the one that is raised."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writing, "wb") as stream:
                write(stream)
        except (OSError, ForensicsError) as error:
            failed.append(error)

    writer = threading.Thread(target=run, name="bundle")
    writer.start()
    try:
        with os.fdopen(reading, "rb") as stream:
            encryption.age().encrypt_io(stream, target, recipients)
    finally:
        writer.join()
    if failed:
        raise failed[0]


class _Held(RawIOBase):
    """What is written, up to a bound. A ``BytesIO`` would take ``writelines`` past our ``write``."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: Any, /) -> int:
        if len(self.data) + len(data) > MAX_IN_MEMORY:
            raise UsageError("the case is too large for a passphrase", hint="Name a recipient: --recipient age1…")
        self.data += data
        return len(data)


def _whole(write: Callable[[BinaryIO], None]) -> bytes:
    held = _Held()
    write(cast("BinaryIO", held))
    return bytes(held.data)


def _bounded(file: BinaryIO) -> bytes:
    data = file.read(MAX_IN_MEMORY * 2)
    if len(data) == MAX_IN_MEMORY * 2:
        raise EvidenceError(
            "the bundle is too large for a passphrase", hint="Open it with age, then unpack it with tar"
        )
    return data
