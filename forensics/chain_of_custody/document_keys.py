"""Keys that sign documents: P-256 or RSA with an X.509 certificate, from PKCS#12, from PEM, or on a PKCS#11 token.

A custody log is signed by a bare key, because whoever checks it knows the key. A document is signed for readers whose
programs know certificates: ISO 32000-2, section 12.8, and ETSI EN 319 142-1 (PAdES). Ed25519 is refused here, because
programs that show PDF files take such a signature for damage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from forensics.chain_of_custody import document_token, keyfile
from forensics.chain_of_custody.pkcs11_token import SCHEME, shown
from forensics.errors import KeyMaterialError

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import Certificate

MIN_RSA = 2048
"""Bits of an RSA key; NIST SP 800-131A allows no shorter one for signatures."""

_PKCS12 = 0x30  # a PKCS#12 file is one DER sequence (RFC 7292, section 4)
_MAX_CERTIFICATES = 16
_KINDS = "Programs that show PDF files check these; an Ed25519 key signs the log, not documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKey:
    """A certificate, those that lead from it to its issuer, and what signs for it; the key never appears in ``repr``."""

    certificate: Certificate
    chain: tuple[Certificate, ...] = ()
    where: str = ""
    _sign: Callable[[bytes], bytes] = field(repr=False, compare=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the certificate's DER bytes, in hex: what ``openssl x509 -fingerprint -sha256`` prints."""
        from cryptography.hazmat.primitives.hashes import SHA256

        return self.certificate.fingerprint(SHA256()).hex()

    def sign(self, data: bytes) -> bytes:
        """Return the signature over ``data`` with SHA-256: RSA PKCS#1 v1.5, or ECDSA as DER.

        Raises:
            KeyMaterialError: the certificate belongs to another key, or the token refuses.
        """
        made = self._sign(data)
        if not _holds(self.certificate, made, data):
            raise _foreign(self.where)
        return made


def open_document_key(name: str, secret: str | None, certificates: Path | None = None) -> DocumentKey:
    """Open a key: ``pkcs11:…``, a PKCS#12 file, or a PEM file; ``certificates`` is a PEM file, the signer's first.

    Raises:
        KeyMaterialError: it cannot be read, the passphrase is wrong, the kind of key is none of ours, or there is no
            certificate of it.
    """
    named = [] if certificates is None else _certificates(keyfile.read(certificates), certificates.name)
    if name.startswith(SCHEME):
        held = document_token.certificates(name, secret or "")
        chosen, where = named or held, shown(name)
        return _key(chosen, lambda data: document_token.sign(name, secret or "", data), where)
    path = Path(name)
    data = keyfile.read(path)
    if data[:1] == bytes([_PKCS12]):
        private, held = _pkcs12(data, secret, path.name)
    else:
        private = keyfile.load_private(path, data, secret)
        held = _certificates(data, path.name, none_too=True)
    sign = _signer(private, path.name)
    return _key(_own_first(named or held, private, path.name), sign, path.name)


def is_locked(name: str) -> bool:
    """Say whether a key file needs a passphrase."""
    data = keyfile.read(Path(name))
    if data[:1] != bytes([_PKCS12]):
        return b"ENCRYPTED" in data
    try:
        _pkcs12(data, None, name)
    except KeyMaterialError:
        return True
    return False


def require_usable(key: DocumentKey, at: datetime) -> None:
    """Refuse a certificate with which a signature made at ``at`` would be worth nothing to a reader."""
    from cryptography import x509

    found = key.certificate
    first, last = found.not_valid_before_utc, found.not_valid_after_utc
    if at < first:
        what = f"the certificate is not valid yet: it begins at {first:%Y-%m-%d %H:%M:%S} UTC"
        raise KeyMaterialError(what, where=key.where, hint="Wait, correct this computer's clock, or use another one")
    if at > last:
        what = f"the certificate has expired: it ended at {last:%Y-%m-%d %H:%M:%S} UTC"
        raise KeyMaterialError(what, where=key.where, hint="Renew it; the unsigned report is as it was")
    try:
        usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.digital_signature and not usage.content_commitment:
        what = "the certificate is not for signatures (its key usage names neither of the two that are)"
        raise KeyMaterialError(what, where=key.where, hint="Ask its issuer for one that may sign documents")


def _key(certificates: list[Certificate], sign: Callable[[bytes], bytes], where: str) -> DocumentKey:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if not certificates:
        hint = "Give it: --cert FILE.pem, the signer's certificate first"
        raise KeyMaterialError("there is no certificate of this key", where=where, hint=hint)
    public = certificates[0].public_key()
    ours = isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)
    if not ours and not (isinstance(public, rsa.RSAPublicKey) and public.key_size >= MIN_RSA):
        raise KeyMaterialError(f"the key is neither P-256 nor RSA of {MIN_RSA} bits or more", where=where, hint=_KINDS)
    return DocumentKey(certificate=certificates[0], chain=_chain(certificates), where=where, _sign=sign)


def _chain(certificates: list[Certificate]) -> tuple[Certificate, ...]:
    """Return those that lead from the first certificate to its root, in their order; others have no place in a signature."""
    found, left = [certificates[0]], certificates[1:]
    while issuer := next((item for item in left if _issued(found[-1], item)), None):
        left.remove(issuer)
        found.append(issuer)
    return tuple(found[1:])


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _own_first(certificates: list[Certificate], private: Any, where: str) -> list[Certificate]:
    """Put the key's own certificate in front of those that lead to its issuer."""
    own = private.public_key()
    found = sorted(certificates, key=lambda item: item.public_key() != own)
    if found and found[0].public_key() != own:
        raise _foreign(where)
    return found


def _foreign(where: str) -> KeyMaterialError:
    hint = "Name the certificate of this key: --cert FILE.pem"
    return KeyMaterialError("the certificate does not belong to this key", where=where, hint=hint)


def _signer(private: Any, where: str) -> Callable[[bytes], bytes]:
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(private, rsa.RSAPrivateKey):
        return lambda data: private.sign(data, padding.PKCS1v15(), SHA256())
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return lambda data: private.sign(data, ec.ECDSA(SHA256()))
    raise KeyMaterialError("the key is neither P-256 nor RSA", where=where, hint=_KINDS)


def _pkcs12(data: bytes, secret: str | None, where: str) -> tuple[Any, list[Certificate]]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

    try:
        held = load_pkcs12(data, None if secret is None else secret.encode("utf-8", "surrogateescape"))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: of a passphrase that is not UTF-8
        what = "the key cannot be opened: wrong passphrase, or not a PKCS#12 file"
        raise KeyMaterialError(what, where=where, hint="Check the passphrase and the file") from error
    if held.key is None:
        raise KeyMaterialError("the file holds no private key", where=where, hint="Export it together with its key")
    own = [] if held.cert is None else [held.cert.certificate]
    return held.key, own + [item.certificate for item in held.additional_certs]


def _certificates(data: bytes, where: str, *, none_too: bool = False) -> list[Certificate]:
    from cryptography import x509

    if none_too and b"-----BEGIN CERTIFICATE-----" not in data:
        return []
    try:
        found = x509.load_pem_x509_certificates(data)
    except ValueError as error:
        what = "there is no certificate in PEM form in this file"
        raise KeyMaterialError(what, where=where, hint="Give the certificate of the key") from error
    return found[:_MAX_CERTIFICATES]


def _holds(certificate: Certificate, signature: bytes, data: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    public = certificate.public_key()
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, data, padding.PKCS1v15(), SHA256())
        else:
            cast("ec.EllipticCurvePublicKey", public).verify(signature, data, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
