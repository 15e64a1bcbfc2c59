"""Signing documents with a key on a PKCS#11 token: its certificates, and SHA-256 signatures by P-256 or RSA."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

from forensics.chain_of_custody.pkcs11_token import session

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_HALF = 32


def certificates(uri: str, pin: str) -> list[Certificate]:
    """Return the certificates that bear the label of the key; ``KeyMaterialError`` where the token cannot be used."""
    from cryptography import x509

    with session(uri, pin) as (pkcs11, opened, label):
        wanted = {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.LABEL: label,
        }
        held = [bytes(item[pkcs11.Attribute.VALUE]) for item in opened.get_objects(wanted)]
    found = []
    for der in held:
        with contextlib.suppress(ValueError):  # of another kind than X.509: nothing that a document could carry
            found.append(x509.load_der_x509_certificate(der))
    return found


def sign(uri: str, pin: str, data: bytes) -> bytes:
    """Return the signature of the key that a URI names: RSA PKCS#1 v1.5, or ECDSA as DER."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    with session(uri, pin) as (pkcs11, opened, label):
        private = opened.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)
        if private.key_type == pkcs11.KeyType.RSA:
            return bytes(private.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))
        raw = bytes(private.sign(hashlib.sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA))
    return encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))
