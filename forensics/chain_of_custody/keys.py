"""Ed25519 identities: make, save and load private keys; name, publish and check public ones.

A *verifier key* is C2SP signed-note's public form, ``name+keyid+base64(01 || public key)``, where the key id is the
first four bytes of SHA-256 over name, line feed, type byte ``01`` and public key. A *fingerprint* ``key:`` + 32 hex
digits (the first half of SHA-256 over the 32-byte public key) does not depend on a name; it is the ``actor`` of log
records. One identity per examiner signs in every case, under the case's origin as key name, because C2SP tlog-policy
requires that the key name of a log is its origin.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = 1
"""The type byte of an Ed25519 note key (C2SP signed-note, section "Signature types")."""

PUBLIC_SIZE = 32
SIGNATURE_SIZE = 64
NAME = re.compile(r"[A-Za-z0-9._~:/@-]{1,200}")
"""Key names and origins: stricter than C2SP, so that a name is the same text in a note, in JSON and in a shell."""

FIELD_PRIME = 2**255 - 19
CURVE_D = -121665 * pow(121666, -1, FIELD_PRIME) % FIELD_PRIME
SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")  # RFC 8410, section 4

WEAK_POINTS = frozenset(
    bytes.fromhex(text)
    for text in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)
"""Encodings of the points of order 1, 2, 4 and 8: under such a key one signature fits many messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A named public key: everything that a verifier needs."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Refuse names that C2SP or we do not allow, and keys with which a signature proves nothing."""
        if not NAME.fullmatch(self.name):
            message = f"{self.name!a} is no key name (letters, digits and ._~:/@- only, at most 200)"
            raise ValueError(message)
        if len(self.public) != PUBLIC_SIZE or self.public in WEAK_POINTS:
            message = "not a usable Ed25519 public key"
            raise ValueError(message)
        if not _is_point(int.from_bytes(self.public, "little") & (2**255 - 1)):
            message = "the Ed25519 public key is no point, or not in its canonical encoding"
            raise ValueError(message)

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a note's signature line names this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The C2SP text form."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([ED25519]) + self.public).decode()}"

    @property
    def actor(self) -> str:
        """The fingerprint that log records carry; independent of the name."""
        return "key:" + hashlib.sha256(self.public).hexdigest()[:32]

    @property
    def pem(self) -> str:
        """SubjectPublicKeyInfo as PEM (RFC 8410), for ``openssl pkeyutl -pubin``."""
        body = base64.b64encode(SPKI_PREFIX + self.public).decode()
        return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Say whether ``signature`` (64 bytes) is this key's Ed25519 signature over ``message`` (RFC 8032)."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def _is_point(y: int) -> bool:
    """Say whether a canonical ``y`` has an ``x`` on the curve (RFC 8032, section 5.1.3; Euler's criterion)."""
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, FIELD_PRIME)
    return y < FIELD_PRIME and pow(square, (FIELD_PRIME - 1) // 2, FIELD_PRIME) in {0, 1}


def parse_vkey(text: str) -> VerifierKey:
    """Return the key of a C2SP vkey; any other spelling of the same key is a ``TamperError``."""
    parts = text.split("+", 2)  # base64 may hold "+", names may not
    try:
        name, _, encoded = parts
        raw = base64.b64decode(encoded, validate=True)
        key = VerifierKey(name=name, public=raw[1:])
    except (ValueError, binascii.Error) as error:
        message = f"{text[:120]!a} is no Ed25519 verifier key: {error}"
        raise TamperError(message) from error
    if key.vkey != text:  # type byte, key id, padding and letter case are all compared here
        message = f"{text[:120]!a} is not the canonical form of an Ed25519 verifier key"
        raise TamperError(message)
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A private key with a name. The private half never appears in ``repr``, comparison or any file but its own."""

    name: str
    _private: Ed25519PrivateKey = field(repr=False, compare=False)
    verifier: VerifierKey = field(init=False)

    def __post_init__(self) -> None:
        """Derive the public half once."""
        public = self._private.public_key().public_bytes_raw()
        object.__setattr__(self, "verifier", VerifierKey(name=self.name, public=public))

    @property
    def actor(self) -> str:
        """The fingerprint that log records carry."""
        return self.verifier.actor

    @property
    def private(self) -> Ed25519PrivateKey:
        """The private key itself, for storing it (``keyfile``)."""
        return self._private

    def named(self, name: str) -> Identity:
        """Return the same key under another name (the origin of a case)."""
        return Identity(name=name, _private=self._private)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature over ``message``; deterministic (RFC 8032)."""
        return self._private.sign(message)


def new_identity(name: str) -> Identity:
    """Make a fresh identity from the system's random generator."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Identity(name=name, _private=Ed25519PrivateKey.generate())


def from_seed(seed: bytes, name: str) -> Identity:
    """Return the identity of a 32-byte seed (RFC 8032, section 5.1.5). For tests and samples: seeds are secrets."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Identity(name=name, _private=Ed25519PrivateKey.from_private_bytes(seed))


def published(
    keys: Sequence[VerifierKey], revoked: Sequence[str] = (), tail: str = "quorum none\n"
) -> dict[str, bytes]:
    """Return path → exact content of ``keys/`` and ``trust.policy`` for a case's keys in the order of their adding.

    ``revoked`` holds fingerprints: such a key stays in ``keys/`` (it signed earlier checkpoints) but leaves the
    policy. The policy is C2SP tlog-policy: one ``log`` line per key that may sign, then ``tail``: witnesses, groups and
    the quorum (``policy``).
    """
    files: dict[str, bytes] = {}
    for key in keys:
        files[f"keys/{key.key_id.hex()}.pub"] = f"{key.vkey}\n".encode()
        files[f"keys/{key.key_id.hex()}.pem"] = key.pem.encode()
    active = [f"log {key.vkey}\n" for key in keys if key.actor not in revoked]
    files["trust.policy"] = "".join([*active, tail]).encode()
    return files
