"""Cosignatures of witnesses (C2SP tlog-cosignature): what a witness signs, and how its line reads.

A witness states "as of this time I have seen this head and no other history of this log". Its line is a note signature
line whose bytes are key id (4), time (8, big-endian, POSIX seconds) and signature. Type ``04`` is Ed25519 over
``cosignature/v1``, the time and the checkpoint's text; type ``06`` is ML-DSA-44 over a binary form of the same facts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody import checkpoint, keys
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    from forensics.chain_of_custody.checkpoint import Checkpoint

ED25519 = 4
ML_DSA_44 = 6
SIZES = {ED25519: (32, 64), ML_DSA_44: (1312, 2420)}
"""Type byte → bytes of a public key and of a signature (C2SP tlog-cosignature; FIPS 204, table 2)."""

MAX_TIME = 253_402_300_799
"""The last second of the year 9999: no witness has a later clock, and no calendar shows one."""

_PREFIX = "cosignature/v1\n"
_SUBTREE = b"subtree/v1\n\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessKey:
    """A witness's verifier key: name, type byte and public key."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        """Refuse names, types and lengths that no cosignature has."""
        if not keys.NAME.fullmatch(self.name) or self.kind not in SIZES or len(self.public) != SIZES[self.kind][0]:
            message = "not a named key for cosignatures"
            raise ValueError(message)
        if self.kind == ED25519:
            keys.VerifierKey(name=self.name, public=self.public)  # refuses points with which a signature proves nothing

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature line names this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The C2SP text form."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    def verify(self, signature: bytes, head: Checkpoint, time: int) -> bool:
        """Say whether this is the key's signature over a head at a time."""
        if self.kind == ED25519:
            return keys.VerifierKey(name=self.name, public=self.public).verify(signature, ed25519_message(head, time))
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        try:
            MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, ml_dsa_message(self.name, head, time))
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """One line that was checked: by whom, at which time (POSIX seconds, the witness's clock), and its exact text."""

    key: WitnessKey
    time: int
    line: str


def witness_key(identity: keys.Identity) -> WitnessKey:
    """Return the verifier key under which an identity cosigns; its type byte tells it from the key of a log."""
    return WitnessKey(name=identity.name, kind=ED25519, public=identity.verifier.public)


def parse_witness_key(text: str) -> WitnessKey:
    """Return the key of a C2SP vkey for cosignatures; every other text is a ``TamperError``."""
    try:
        name, _, encoded = text.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        key = WitnessKey(name=name, kind=raw[0] if raw else 0, public=raw[1:])
    except (ValueError, binascii.Error) as error:
        message = f"{text[:120]!a} is no verifier key of a witness: {error}"
        raise TamperError(message) from error
    if key.vkey != text:
        message = f"{text[:120]!a} is not the canonical form of a witness's verifier key"
        raise TamperError(message)
    return key


def ed25519_message(head: Checkpoint, time: int) -> bytes:
    """Return what an Ed25519 witness signs (C2SP tlog-cosignature)."""
    return f"{_PREFIX}time {time}\n{checkpoint.format_checkpoint(head)}".encode()


def ml_dsa_message(name: str, head: Checkpoint, time: int) -> bytes:
    """Return what an ML-DSA-44 witness signs: the tree from 0 to the size (C2SP tlog-cosignature)."""
    parts = [_SUBTREE, _short(name), time.to_bytes(8, "big"), _short(head.origin), (0).to_bytes(8, "big")]
    return b"".join([*parts, head.size.to_bytes(8, "big"), head.root])


def cosign(head: Checkpoint, identity: keys.Identity, time: int) -> str:
    """Return the signature line of an Ed25519 witness, its line feed included."""
    key = witness_key(identity)
    return _line(key, time, identity.sign(ed25519_message(head, time)))


def cosign_ml_dsa(head: Checkpoint, name: str, private: MLDSA44PrivateKey, time: int) -> str:
    """Return the signature line of an ML-DSA-44 witness, its line feed included."""
    key = WitnessKey(name=name, kind=ML_DSA_44, public=private.public_key().public_bytes_raw())
    return _line(key, time, private.sign(ml_dsa_message(name, head, time)))


def open_cosignature(line: str, head: Checkpoint, known: Iterable[WitnessKey]) -> Cosignature:
    """Check one line (line feed included) over a head; ``TamperError`` says what does not hold."""
    name, raw = checkpoint.signature_line(line.removesuffix("\n"), "the cosignature")
    if not line.endswith("\n"):  # one inside is no letter of base64
        message = "a cosignature is one line, ended by a line feed"
        raise TamperError(message)
    key = next((key for key in known if key.name == name and key.key_id == raw[:4]), None)
    if key is None:
        message = f"the cosignature is of a witness that is not known ({name[:80]!a}, key id {raw[:4].hex()})"
        raise TamperError(message)
    time = int.from_bytes(raw[4:12], "big")
    if len(raw) != 12 + SIZES[key.kind][1] or time > MAX_TIME or not key.verify(raw[12:], head, time):
        message = f"the cosignature of {name} does not fit these {head.size} records"
        raise TamperError(message)
    return Cosignature(key=key, time=time, line=line)


def _line(key: WitnessKey, time: int, signature: bytes) -> str:
    raw = key.key_id + time.to_bytes(8, "big") + signature
    return f"\u2014 {key.name} {base64.b64encode(raw).decode()}\n"


def _short(text: str) -> bytes:
    raw = text.encode()
    return bytes([len(raw)]) + raw
