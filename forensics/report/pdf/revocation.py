"""What the lists of revoked certificates in a signed report say of the certificates that it rests on. Nothing is fetched.

A copy for the archive holds lists (RFC 5280, section 5) and answers of responders (RFC 6960) in its document security store (ETSI
EN 319 142-1, section 5.4). The signature of the report does not cover them: each is believed only if the key of the certificate's
own issuer signed it, or that of a responder whom the issuer appointed.

 1. Is the word about this certificate: of its issuer, complete, and not of another kind of certificate? Else it is passed over.
 2. Does its signature hold? Else it is passed over.
 3. Is the certificate on it, and since when? A date of invalidity before that counts.
 4. Was it current at the moment in question: made before it and not run out, or made after it while the certificate was valid?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, CertificateRevocationList, ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore

from forensics.report.pdf.chains import loaded

MALFORMED = (
    ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)  # fmt: skip
"""What reading a list or a certificate of others raises; a list that cannot be read says nothing, and is counted."""

_DEEPEST = 8
"""Certificates of a way to a root; no real one is longer."""


class State(StrEnum):
    """What is known of a certificate at the moment in question."""

    NOT_LISTED = "not-listed"
    REVOKED = "revoked"
    LATER = "revoked-later"
    STALE = "stale"
    NO_LIST = "no-list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one list or answer says of one certificate, in its issuer's name; times are aware UTC.

    ``made`` and ``until`` bound the time for which it speaks (``until`` is ``None`` where none is stated); ``since`` is
    when the certificate was revoked, ``None`` where it is not on the list. ``digest`` is SHA-256 of the whole list.
    """

    kind: str
    by: str
    digest: str
    made: datetime
    until: datetime | None
    since: datetime | None = None
    reason: str = ""

    def current(self, at: datetime, expires: datetime) -> bool:
        """Whether the word speaks for a moment; a list need not name what had expired when it was made."""
        if self.made > at:
            return self.made <= expires
        return self.until is not None and at <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the store of a file holds; ``unread`` counts what is neither list nor answer nor certificate."""

    certificates: tuple[Certificate, ...]
    lists: tuple[CertificateRevocationList, ...]
    answers: tuple[tuple[ocsp.OCSPResponse, bytes], ...]
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A certificate that the file rests on: whose, the moment in question, and whether a stamp that is trusted proves it.

    ``trusted`` is whether the certificate leads to a root of the user (``None``: not known).
    """

    whose: str
    certificate: Certificate
    at: datetime
    proven: bool
    trusted: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a certificate stands, by the words in the file; ``depth`` is 0 for the one of the role, 1 for its issuer."""

    role: Role
    depth: int
    certificate: Certificate
    state: State
    word: Word | None = None


def held_in(reader: PdfFileReader) -> Held | None:
    """Return what the document security store holds, ``None`` where the file has none."""
    if "/DSS" not in reader.root:
        return None
    store = DocumentSecurityStore.read_dss(reader)
    unread = 0
    certificates: list[Certificate] = []
    lists: list[CertificateRevocationList] = []
    answers: list[tuple[ocsp.OCSPResponse, bytes]] = []
    for found in store.load_certs():
        try:
            certificates.append(loaded(found))
        except MALFORMED:
            unread += 1
    for reference in store.crls:
        try:
            lists.append(x509.load_der_x509_crl(reference.get_object().data))
        except MALFORMED:
            unread += 1
    for reference in store.ocsps:
        data = reference.get_object().data
        try:
            answers.append((ocsp.load_der_ocsp_response(data), data))
        except MALFORMED:
            unread += 1
    return Held(certificates=tuple(certificates), lists=tuple(lists), answers=tuple(answers), unread=unread)


def standings(held: Held, roles: Sequence[Role], others: Sequence[Certificate]) -> tuple[Standing, ...]:
    """Return where each certificate of each way stands, roots left out: nobody above them could revoke them.

    ``others`` are certificates at hand beside those of the store: the roots of the user, and those in the containers.
    """
    made: list[Standing] = []
    seen: set[tuple[bytes, datetime]] = set()
    for role in roles:
        for depth, (certificate, issuer) in enumerate(_way(role.certificate, (*others, *held.certificates))):
            key = (certificate.public_bytes(Encoding.DER), role.at)
            if key not in seen:
                seen.add(key)
                made.append(_standing(held, role, depth, certificate, issuer))
    return tuple(made)


def _way(certificate: Certificate, others: Sequence[Certificate]) -> Iterator[tuple[Certificate, Certificate | None]]:
    """Yield each certificate with its issuer, as far as issuers are at hand, up to the one that issued itself."""
    for _ in range(_DEEPEST):
        if certificate.subject == certificate.issuer:
            return
        issuer = next((item for item in others if _issued(certificate, item)), None)
        yield certificate, issuer
        if issuer is None:
            return
        certificate = issuer


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except MALFORMED:
        return False
    return True


def _standing(held: Held, role: Role, depth: int, certificate: Certificate, issuer: Certificate | None) -> Standing:
    """Judge a certificate: a word that it was revoked outweighs any that it was not; of the others the newest counts."""
    words = [] if issuer is None else list(_words(held, certificate, issuer))
    revoked = [word for word in words if word.since is not None]
    current = [word for word in words if word.current(role.at, certificate.not_valid_after_utc)]
    state, chosen = State.NO_LIST, None
    if revoked:
        chosen = min(revoked, key=lambda word: (word.since, word.made))
        later = role.proven and chosen.since is not None and chosen.since > role.at
        state = State.LATER if later else State.REVOKED
    elif words:
        chosen = max(current or words, key=lambda word: word.made)
        state = State.NOT_LISTED if current else State.STALE
    return Standing(role=role, depth=depth, certificate=certificate, state=state, word=chosen)


def _words(held: Held, certificate: Certificate, issuer: Certificate) -> Iterator[Word]:
    for item in held.lists:
        try:
            word = _listed(item, certificate, issuer)
        except MALFORMED:
            continue
        if word is not None:
            yield word
    for answer, data in held.answers:
        try:
            yield from _answered(answer, data, certificate, issuer)
        except MALFORMED:
            continue


def _listed(item: CertificateRevocationList, certificate: Certificate, issuer: Certificate) -> Word | None:
    """Steps 1 to 3 for a list (RFC 5280, section 6.3.3)."""
    if item.issuer != certificate.issuer or not _may_list(issuer) or not _speaks_of(item, certificate):
        return None
    public: Any = issuer.public_key()  # a key of a kind that signs no lists is a TypeError
    if not item.is_signature_valid(public):
        return None
    entry = item.get_revoked_certificate_by_serial_number(certificate.serial_number)
    return Word(
        kind="crl",
        by=item.issuer.rfc4514_string(),
        digest=sha256(item.public_bytes(Encoding.DER)).hexdigest(),
        made=item.last_update_utc,
        until=item.next_update_utc,
        since=None if entry is None else _since(entry),
        reason="" if entry is None else _reason(entry),
    )


def _may_list(issuer: Certificate) -> bool:
    """Whether the key of an issuer is for lists, if it says what it is for."""
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def _speaks_of(item: CertificateRevocationList, certificate: Certificate) -> bool:
    """Whether a list is complete for this kind of certificate: no difference to another list, no part, nobody else's."""
    for extension in item.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            authority = _is_authority(certificate)
            part = value.indirect_crl or value.only_contains_attribute_certs or value.only_some_reasons
            other = value.only_contains_ca_certs if not authority else value.only_contains_user_certs
            if part or other:
                return False
        elif extension.critical:
            return False
    return True


def _is_authority(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _since(entry: x509.RevokedCertificate) -> datetime:
    """Return since when an entry says that a certificate is not to be relied on."""
    try:
        invalid = entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc
    except x509.ExtensionNotFound:
        return entry.revocation_date_utc
    return min(entry.revocation_date_utc, invalid)


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except x509.ExtensionNotFound:
        return ""


def _answered(answer: ocsp.OCSPResponse, data: bytes, certificate: Certificate, issuer: Certificate) -> Iterator[Word]:
    """Steps 1 to 3 for an answer (RFC 6960, section 3.2); one that does not know the certificate says nothing."""
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return
    signer = next((item for item in _responders(answer, issuer) if _signed(answer, item)), None)
    if signer is None:
        return
    for one in answer.responses:
        asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, one.hash_algorithm).build()
        same = (one.serial_number, one.issuer_name_hash, one.issuer_key_hash) == (
            asked.serial_number, asked.issuer_name_hash, asked.issuer_key_hash,
        )  # fmt: skip
        if same and one.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN:
            yield Word(
                kind="ocsp",
                by=signer.subject.rfc4514_string(),
                digest=sha256(data).hexdigest(),
                made=one.this_update_utc,
                until=one.next_update_utc,
                since=one.revocation_time_utc,
                reason=one.revocation_reason.value if one.revocation_reason else "",
            )


def _responders(answer: ocsp.OCSPResponse, issuer: Certificate) -> Iterator[Certificate]:
    """Yield who may answer: the issuer, and whom it gave a certificate for that (RFC 6960, section 4.2.2.2)."""
    yield issuer
    for item in answer.certificates:
        try:
            uses = item.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            continue
        if ExtendedKeyUsageOID.OCSP_SIGNING in uses and _issued(item, issuer):
            yield item


def _signed(answer: ocsp.OCSPResponse, signer: Certificate) -> bool:
    public, digest = signer.public_key(), answer.signature_hash_algorithm
    if digest is None:
        return False
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(digest))
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), digest)
        else:
            return False
    except InvalidSignature:
        return False
    return True
