"""Public keys of people, in the form of OpenSSH: Ed25519 and ECDSA P-256, each in one spelling.

People sign with what they have: a key file, an agent, a smart card. OpenSSH's form of a public key (RFC 4253, section
6.6; RFC 8709; RFC 5656) is the one that every computer can check with ``ssh-keygen``. These keys sign single acts and
hand-overs; the log itself is signed by ``keys``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from forensics.chain_of_custody.keys import SIGNATURE_SIZE, VerifierKey
from forensics.errors import TamperError

ED25519 = "ssh-ed25519"
P256 = "ecdsa-sha2-nistp256"
CURVE = b"nistp256"

P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The curve of SEC 2, section 2.4.2 (secp256r1)."""

_POINT_SIZE = 65
_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKey:
    """A public key: ``kind`` as OpenSSH names it; 32 bytes for Ed25519, an uncompressed point (65 bytes) for P-256."""

    kind: str
    point: bytes

    def __post_init__(self) -> None:
        """Refuse keys with which a signature proves nothing, with ``ValueError``."""
        if self.kind == ED25519:
            _ed25519(self.point)
        elif self.kind != P256 or not _on_p256(self.point):
            message = "not a usable Ed25519 or P-256 public key"
            raise ValueError(message)

    @property
    def blob(self) -> bytes:
        """The key in SSH's binary form."""
        if self.kind == ED25519:
            return text(self.kind.encode(), self.point)
        return text(self.kind.encode(), CURVE, self.point)

    @property
    def line(self) -> str:
        """The key as a ``.pub`` file and ``allowed_signers`` hold it, without a comment."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """What ``ssh-keygen -l`` prints: ``SHA256:`` and base64 without padding."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().removesuffix("=")

    @property
    def commitment(self) -> str:
        """SHA-256 of the binary form in hex: what is told of a key before it is used."""
        return hashlib.sha256(self.blob).hexdigest()

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Say whether an SSH signature (``kind`` and the signature proper) is this key's over ``message``."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec, utils
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            kind, inner = texts(signature, 2)
            if kind != self.kind.encode():
                return False
            if self.kind == ED25519:
                return len(inner) == SIGNATURE_SIZE and _ed25519(self.point).verify(inner, message)
            r, s = (parse_number(part) for part in texts(inner, 2))
            public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.point)
            public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        except (InvalidSignature, TamperError):
            return False
        return True


def parse_blob(blob: bytes) -> PersonKey:
    """Return the key of SSH's binary form; another kind, or another spelling, is a ``TamperError``."""
    try:
        kind, rest = first(blob)
        if kind not in {ED25519.encode(), P256.encode()}:
            message = "the public key is neither Ed25519 nor P-256"
            raise TamperError(message)
        if kind == P256.encode():
            curve, rest = first(rest)
            if curve != CURVE:
                message = "the key is of another curve than P-256"
                raise TamperError(message)
        (point,) = texts(rest, 1)
        return PersonKey(kind=kind.decode("ascii"), point=point)
    except ValueError as error:
        message = f"no public key of a person: {error}"
        raise TamperError(message) from error


def parse_line(line: str) -> PersonKey:
    """Undo ``PersonKey.line``; any other text is a ``TamperError``."""
    kind, _, encoded = line.partition(" ")
    try:
        key = parse_blob(base64.b64decode(encoded, validate=True))
    except (ValueError, binascii.Error) as error:
        message = f"{line[:80]!a} is no public key of OpenSSH"
        raise TamperError(message) from error
    if key.line != line:
        message = f"{kind[:40]!a}: the public key is not in its one spelling"
        raise TamperError(message)
    return key


def text(*parts: bytes) -> bytes:
    """Return SSH strings: each a length of four bytes and its content (RFC 4251, section 5)."""
    return b"".join(len(part).to_bytes(_LENGTH, "big") + part for part in parts)


def texts(data: bytes, count: int) -> list[bytes]:
    """Undo ``text``: exactly ``count`` strings and nothing after them, else ``TamperError``."""
    found: list[bytes] = []
    for _ in range(count):
        part, data = first(data)
        found.append(part)
    if data:
        message = "bytes are left over after an SSH structure"
        raise TamperError(message)
    return found


def number(value: int) -> bytes:
    """Return the content of an SSH ``mpint`` of a positive number (RFC 4251, section 5)."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def parse_number(content: bytes) -> int:
    """Undo ``number`` for a number of a P-256 signature: from 1 to below the order; else ``TamperError``."""
    value = int.from_bytes(content, "big")
    if number(value) != content or not 0 < value < P256_ORDER:
        message = "a number of the signature is out of range or not in its one spelling"
        raise TamperError(message)
    return value


def first(data: bytes) -> tuple[bytes, bytes]:
    """Return the first SSH string of some bytes, and the rest."""
    size = int.from_bytes(data[:_LENGTH], "big")
    if len(data) < _LENGTH + size:
        message = "an SSH structure is cut short"
        raise TamperError(message)
    return data[_LENGTH : _LENGTH + size], data[_LENGTH + size :]


def _ed25519(point: bytes) -> VerifierKey:
    """Return the bare key, with its checks: size, canonical encoding, order of the point."""
    return VerifierKey(name="person", public=point)


def _on_p256(point: bytes) -> bool:
    if len(point) != _POINT_SIZE or point[0] != 4:  # noqa: PLR2004 - 04: uncompressed (SEC 1, section 2.3.3)
        return False
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    inside = x < P256_PRIME and y < P256_PRIME
    return inside and (y * y - (x * x * x - 3 * x + P256_B)) % P256_PRIME == 0
