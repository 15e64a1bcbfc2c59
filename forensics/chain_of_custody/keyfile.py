"""Private keys on disk: PKCS#8 PEM, encrypted with a passphrase unless the caller says in words that it is not.

Encryption is PBES2 (RFC 8018) with scrypt (RFC 7914) and AES-256-CBC, written here because the library's own PKCS#8
writer offers no choice and takes 2,048 rounds of PBKDF2, which a stolen laptop does not withstand. Reading is the
library's, and ``openssl pkey`` reads the same files. The line before the PEM block (RFC 7468, section 5.2 allows text
there) is the verifier key, so that a key can be shown without its passphrase; it is checked against the key on loading.
"""

from __future__ import annotations

import base64
import contextlib
import os
from typing import TYPE_CHECKING, Any

from forensics.chain_of_custody import durable, keys, ssh_keys
from forensics.errors import KeyMaterialError, TamperError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_FILE = 65_536
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 5  # 16 MiB and about 0.2 s; OpenSSL refuses parameters above 32 MiB
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_SCRYPT = bytes.fromhex("2b06010401da47040b")
_AES256_CBC = bytes.fromhex("60864801650304012a")
_SEQUENCE, _INTEGER, _OCTETS, _OBJECT = 0x30, 0x02, 0x04, 0x06


def save_key(identity: keys.Identity, path: Path, passphrase: str) -> None:
    """Write the key to a new file of mode 0600, encrypted. An existing file is never replaced."""
    if not passphrase:
        message = "the passphrase is empty"
        raise KeyMaterialError(message, where=path.name, hint="Give one, or ask for an unprotected key in words")
    _write(identity, path, _encrypted(identity.private, passphrase))


def save_unprotected_key(identity: keys.Identity, path: Path) -> None:
    """Write the key to a new file of mode 0600 *without* encryption: whoever reads the file can sign."""
    from cryptography.hazmat.primitives import serialization

    pem = identity.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(identity, path, pem)


def load_key(path: Path, passphrase: str | None = None, *, name: str = "") -> keys.Identity:
    """Read a private key. ``name`` is needed only for a PEM file that another tool made."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    data = read(path)
    private = load_private(path, data, passphrase)
    if not isinstance(private, Ed25519PrivateKey):
        message = "the key is not an Ed25519 key"
        raise KeyMaterialError(message, where=path.name, hint="Make one with `forensics keys new`")
    stated = _stated(data, path)
    if stated is not None and stated.public != private.public_key().public_bytes_raw():
        message = "the verifier key on the first line does not belong to the private key"
        raise KeyMaterialError(message, where=path.name, hint="Restore the file from its backup")
    public = keys.VerifierKey(name="unnamed", public=private.public_key().public_bytes_raw())
    chosen = name or (stated.name if stated is not None else public.actor)
    return keys.Identity(name=chosen, _private=private)


def load_private(path: Path, data: bytes, passphrase: str | None) -> Any:
    """Open the PKCS#8 PEM block of a key file, of whatever kind the key is; ``KeyMaterialError`` says why not."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    secret = None if passphrase is None else passphrase.encode("utf-8", "surrogateescape")
    if b"ENCRYPTED" not in data:
        secret = None  # an unprotected key opens without the passphrase that happened to be given
    try:
        return load_pem_private_key(data, secret)
    except TypeError as error:
        message = "the key is protected and no passphrase was given"
        raise KeyMaterialError(message, where=path.name, hint="Give its passphrase") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        message = "the key cannot be opened: wrong passphrase, or not a PKCS#8 private key"
        raise KeyMaterialError(message, where=path.name, hint="Check the passphrase and the file") from error


def load_public_key(path: Path) -> keys.VerifierKey:
    """Read the public half of a key file (or of a ``.pub`` file) without a passphrase."""
    key = _stated(read(path), path)
    if key is None:
        message = "the file states no verifier key"
        raise KeyMaterialError(message, where=path.name, hint="Make the key with `forensics keys new`")
    return key


def _stated(data: bytes, path: Path) -> keys.VerifierKey | None:
    """Return the verifier key of the first line, if there is one before the PEM block."""
    first = data.partition(b"\n")[0].decode("ascii", "replace").strip()
    if not first or first.startswith("-----"):
        return None
    try:
        return keys.parse_vkey(first)
    except TamperError as error:
        raise KeyMaterialError(error.what, where=path.name, hint="Restore the file from its backup") from error


def read(path: Path) -> bytes:
    """Return the bytes of a key file; one that is too large to be a key is refused."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        message = f"the key file cannot be read: {error.strerror}"
        raise KeyMaterialError(message, where=path.name, hint="Check the path and its permissions") from error
    if len(data) > MAX_FILE:
        message = "the file is too large to be a key"
        raise KeyMaterialError(message, where=path.name, hint="Check the path")
    return data


def _write(identity: keys.Identity, path: Path, pem: bytes) -> None:
    """Create the file whole or not at all: a temporary file of mode 0600, then a link that refuses an existing name."""
    data = identity.verifier.vkey.encode() + b"\n" + pem
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.link(fresh, path)
            durable.sync_folder(path.parent)
        finally:
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
    except FileExistsError as error:
        message = "a file of this name is already there and is never replaced"
        raise KeyMaterialError(message, where=path.name, hint="Choose another name") from error
    except OSError as error:
        message = f"the key file cannot be written: {error.strerror}"
        raise KeyMaterialError(message, where=path.name, hint="Check the folder and its permissions") from error


def _encrypted(private: Ed25519PrivateKey, passphrase: str) -> bytes:
    """Return EncryptedPrivateKeyInfo (RFC 5208, section 6) as PEM."""
    from cryptography.hazmat.primitives import padding, serialization
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    plain = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    salt, iv = os.urandom(16), os.urandom(16)
    derived = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
    key = derived.derive(passphrase.encode("utf-8", "surrogateescape"))
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    secret = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    costs = b"".join(_der(_INTEGER, ssh_keys.number(n)) for n in (SCRYPT_N, SCRYPT_R, SCRYPT_P))
    derivation = _der(_SEQUENCE, _der(_OBJECT, _SCRYPT), _der(_SEQUENCE, _der(_OCTETS, salt), costs))
    cipher = _der(_SEQUENCE, _der(_OBJECT, _AES256_CBC), _der(_OCTETS, iv))
    scheme = _der(_SEQUENCE, _der(_OBJECT, _PBES2), _der(_SEQUENCE, derivation, cipher))
    body = base64.b64encode(_der(_SEQUENCE, scheme, _der(_OCTETS, secret))).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join(
        ["-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, "-----END ENCRYPTED PRIVATE KEY-----\n"]
    ).encode()


def _der(tag: int, *parts: bytes) -> bytes:
    """Return one DER element of at most 255 bytes (X.690, section 8.1.3): all that a key needs."""
    body = b"".join(parts)
    length = bytes([len(body)]) if len(body) < 0x80 else bytes([0x81, len(body)])  # noqa: PLR2004 - X.690 8.1.3.4
    return bytes([tag]) + length + body
