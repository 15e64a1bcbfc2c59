"""People's private keys in files: PKCS#8 (ours or another tool's) and OpenSSH, Ed25519 or P-256.

An *encrypted* OpenSSH key is not opened here: its key derivation (bcrypt) is in no library that we ship, and OpenSSH is
on every computer where such a key is. ``ssh-keygen -Y sign`` opens it and signs; the passphrase reaches it through
``SSH_ASKPASS``, never through the command line, and the private key never through us.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.chain_of_custody import keyfile, ssh_keys, sshsig
from forensics.chain_of_custody.ssh_keys import PersonKey
from forensics.errors import KeyMaterialError, TamperError

if TYPE_CHECKING:
    from forensics.chain_of_custody.keys import Identity

_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----\n"
_MAGIC = b"openssh-key-v1\0"
_ASK = '#!/bin/sh\nprintf "%s\\n" "$FORENSICS_SAID"\n'
PATIENCE = 120
"""Seconds that a person has to touch a token or to answer an agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSigner:
    """A private key in memory; it never appears in ``repr``."""

    key: PersonKey
    _private: Any = field(repr=False, compare=False)

    def sign(self, message: bytes, namespace: str) -> bytes:
        """Return the SSH signature over ``message``."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        data = sshsig.to_sign(message, namespace)
        if self.key.kind == ssh_keys.ED25519:
            inner = self._private.sign(data)
        else:
            r, s = decode_dss_signature(self._private.sign(data, ec.ECDSA(SHA256())))
            inner = ssh_keys.text(ssh_keys.number(r), ssh_keys.number(s))
        return sshsig.assemble(self.key, namespace, ssh_keys.text(self.key.kind.encode(), inner))


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedSigner:
    """An encrypted OpenSSH key file, its passphrase, and the program that opens it."""

    key: PersonKey
    path: Path
    passphrase: str = field(repr=False, compare=False)

    def sign(self, message: bytes, namespace: str) -> bytes:
        """Return what ``ssh-keygen -Y sign`` makes of the message."""
        program = shutil.which("ssh-keygen")
        if program is None:
            what = "an encrypted OpenSSH key is opened by ssh-keygen, which is not installed"
            raise KeyMaterialError(what, where=self.path.name, hint="Install OpenSSH, or use another key")
        with tempfile.TemporaryDirectory() as folder:
            ask = Path(folder) / "ask"
            ask.write_text(_ASK, encoding="ascii")
            ask.chmod(0o700)
            done = subprocess.run(  # noqa: S603 - a fixed program, its arguments in a list
                [program, "-Y", "sign", "-f", str(self.path.absolute()), "-n", namespace],
                input=message,
                capture_output=True,
                check=False,
                timeout=PATIENCE,
                env={"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", "FORENSICS_SAID": self.passphrase},
            )
        if done.returncode:
            what = "the key cannot be opened: wrong passphrase, or not a usable OpenSSH key"
            raise KeyMaterialError(what, where=self.path.name, hint="Check the passphrase and the file")
        return sshsig.unarmour(done.stdout.decode("latin-1"))


def of_identity(identity: Identity) -> FileSigner:
    """Return the person whose key also signs logs."""
    key = PersonKey(kind=ssh_keys.ED25519, point=identity.verifier.public)
    return FileSigner(key=key, _private=identity.private)


def open_file(path: Path, passphrase: str | None = None) -> FileSigner | LockedSigner:
    """Open a private key file; ``KeyMaterialError`` says what is wrong with it."""
    data = keyfile.read(path)
    if data.startswith(_OPENSSH):
        return _open_ssh(path, data, passphrase)
    return _signer(keyfile.load_private(path, data, passphrase), path)


def is_locked(path: Path) -> bool:
    """Say whether a key file needs a passphrase."""
    data = keyfile.read(path)
    if data.startswith(_OPENSSH):
        return _outside(path, data)[0] != b"none"
    return b"ENCRYPTED" in data


def _open_ssh(path: Path, data: bytes, passphrase: str | None) -> FileSigner | LockedSigner:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    cipher, public = _outside(path, data)
    if cipher != b"none":
        if passphrase is None:
            what = "the key is protected and no passphrase was given"
            raise KeyMaterialError(what, where=path.name, hint="Give its passphrase, or load it: ssh-add, --sign agent")
        return LockedSigner(key=public, path=path, passphrase=passphrase)
    try:
        return _signer(load_ssh_private_key(data, None), path)
    except (ValueError, UnsupportedAlgorithm) as error:
        what = "the OpenSSH key is damaged"
        raise KeyMaterialError(what, where=path.name, hint="Restore the file from its backup") from error


def _outside(path: Path, data: bytes) -> tuple[bytes, PersonKey]:
    """Return cipher and public key of an OpenSSH key file: both stand in it in clear (OpenSSH, PROTOCOL.key)."""
    try:
        body = sshsig.from_base64(b"".join(data.split(b"\n")[1:-2]).decode("ascii", "replace"))
        cipher, rest = ssh_keys.first(body.removeprefix(_MAGIC))
        _, rest = ssh_keys.first(rest)  # how the passphrase becomes a key
        _, rest = ssh_keys.first(rest)  # and its options
        public, _ = ssh_keys.first(rest[4:])  # after the number of keys
        return cipher, ssh_keys.parse_blob(public)
    except TamperError as error:
        what = f"not an Ed25519 or P-256 key of OpenSSH: {error.what}"
        raise KeyMaterialError(what, where=path.name, hint="Make one: ssh-keygen -t ed25519") from error


def _signer(private: Any, path: Path) -> FileSigner:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = private.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return FileSigner(key=PersonKey(kind=ssh_keys.ED25519, point=public.public_bytes_raw()), _private=private)
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return FileSigner(key=PersonKey(kind=ssh_keys.P256, point=point), _private=private)
    what = "the key is neither Ed25519 nor P-256"
    raise KeyMaterialError(what, where=path.name, hint="Make one: forensics keys new, or ssh-keygen -t ed25519")
