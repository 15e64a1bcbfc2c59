"""What the signature in a PDF shows, read from the file and from roots that the user trusts; nothing is asked of anybody.

pyHanko decides what the signature covers, whether it holds, and what was appended (ISO 32000-2, section 12.8); ``container``
looks at what no signature covers. Certificates are judged as of the time that a time stamp proves, else as of now.
"""

from __future__ import annotations

import io
import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import Certificate, InvalidVersion
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathError, ValidationError

from forensics.report.pdf.attachments import attached
from forensics.report.pdf.chains import SIGNS, as_read, at_once, loaded, path_of
from forensics.report.pdf.container import odd_signature, odd_token, opened, signing_certificate, token_of
from forensics.report.pdf.revocation import Held, Role, Standing, held_in, standings
from forensics.report.pdf.signing import PROGRAM

UNREADABLE = (
    PdfError, PathError, ValidationError, UnsupportedAlgorithm, InvalidSignature, InvalidVersion, OSError, zlib.error,
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RuntimeError,
)  # fmt: skip
"""What pyHanko and asn1crypto raise over a damaged file: none of it is a fault of ours, all of it is told."""

_SIGNS = KeyUsageConstraints(key_usage=set(SIGNS), match_all_key_usages=False)
_TEXT = 300

logging.getLogger("pyhanko").addHandler(logging.NullHandler())  # what fails is said by us, once
logging.getLogger("pyhanko_certvalidator").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom a certificate names, by whom, and for when; ``fingerprint`` is SHA-256 over its DER bytes."""

    subject: str
    issuer: str
    fingerprint: str
    first: datetime
    last: datetime
    self_issued: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A time stamp: when, by whom, whether its signature holds over these bytes.

    ``accuracy`` is how far off the time may be by the authority's own words (zero: not stated). ``trusted`` is ``None``
    where the roots at hand say nothing about the authority.
    """

    time: datetime
    accuracy: timedelta
    by: Named
    holds: bool
    trusted: bool | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The signature of a report.

    ``whole``: it covers the file from the first to the last byte but its own container. ``archive``: what was appended
    is material for the archive only. ``claimed`` is the date that the signer's computer wrote. ``odd`` says what in the
    container no signature covers and differs from what this program (``ours``) writes.
    """

    signer: Named
    intact: bool
    holds: bool
    whole: bool
    archive: bool
    certified: bool
    ours: bool
    odd: tuple[str, ...]
    claimed: datetime | None
    stamp: Stamp | None
    trusted: bool | None
    why: str = ""

    @property
    def sound(self) -> bool:
        """Whether it holds over exactly what it was made over, and its container is what it should be."""
        return self.intact and self.holds and not self.odd and (self.stamp is None or self.stamp.holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a file shows: its signature, time stamps of the archive, files attached; ``defect`` where it cannot be read.

    ``standings`` are what the lists of revoked certificates in it say; ``unread`` counts lists that cannot be read.
    """

    signatures: int = 0
    signature: Signature | None = None
    archives: tuple[Stamp, ...] = ()
    standings: tuple[Standing, ...] = ()
    unread: int = 0
    attached: dict[str, bytes] = field(default_factory=dict)
    defect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The roots that the user trusts, and what time it is."""

    roots: Sequence[Certificate]
    now: datetime

    def context(self, moment: datetime, inside: Sequence[x509.Certificate] = ()) -> ValidationContext:
        """Return what pyHanko judges certificates by, as of a moment."""
        return ValidationContext(
            trust_roots=[as_read(item) for item in self.roots], other_certs=inside, moment=moment, allow_fetching=False
        )


def check(pdf: bytes, trust: Trust) -> Checked:
    """Check a file; nothing that it holds makes this raise."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        held = list(reader.embedded_regular_signatures)
        files = dict(attached(reader))
        if not held:
            return Checked(attached=files)
        stamped = list(reader.embedded_timestamp_signatures)
        archives = tuple(_archive(item, pdf, trust, last=item is stamped[-1]) for item in stamped)
        signature = _signature(held[0], pdf, trust, archives)
        store = held_in(reader)
        return Checked(
            signatures=len(held),
            signature=signature,
            archives=archives,
            standings=()
            if store is None
            else _standings(store, trust, pdf, (held[0], signature), list(zip(stamped, archives, strict=True))),
            unread=0 if store is None else store.unread,
            attached=files,
        )
    except UNREADABLE as error:
        return Checked(defect=f"the file or its signature cannot be read: {str(error)[:200] or type(error).__name__}")


def _signature(item: EmbeddedPdfSignature, pdf: bytes, trust: Trust, archives: Sequence[Stamp]) -> Signature:
    der, odd = opened(_gap(item, pdf))
    token = token_of(cms.ContentInfo.load(der))
    stamp = None if token is None else _read_token(token)
    proven = stamp.time if stamp else trust.now
    status = at_once(
        async_validate_pdf_signature(item, trust.context(proven), trust.context(proven), key_usage_settings=_SIGNS)
    )
    stamped = None
    if stamp is not None:
        validity = status.timestamp_validity
        holds = bool(validity is not None and validity.intact and validity.valid)
        stamped = _stamp(stamp, trust, holds=holds)
    proven = stamped.time if stamped is not None and stamped.holds and stamped.trusted else trust.now
    trusted, why = _judged(item.signer_cert, item.other_embedded_certs, trust, proven, stamps=False)
    ours = _made_by_us(item)
    return Signature(
        signer=_named(item.signer_cert),
        intact=bool(status.intact),
        holds=bool(status.valid),
        whole=_is_whole(item, pdf),
        archive=bool(archives)
        and bool(status.docmdp_ok)
        and status.modification_level == ModificationLevel.LTA_UPDATES,
        certified=item.docmdp_level is not None and item.docmdp_level.value == 1,
        ours=ours,
        odd=tuple([*odd, *odd_signature(der)] if ours else ()),
        claimed=item.self_reported_timestamp,
        stamp=stamped,
        trusted=trusted,
        why=why,
    )


_Found = tuple[EmbeddedPdfSignature, Stamp]


def _standings(
    store: Held, trust: Trust, pdf: bytes, signed: tuple[EmbeddedPdfSignature, Signature], archives: Sequence[_Found]
) -> tuple[Standing, ...]:
    """Say what the lists in the file say of the signer at the stamped time, and of each authority when it stamped."""
    item, found = signed
    stamp = found.stamp if found.stamp is not None and found.stamp.holds else None
    roles = [
        Role(
            whose="signer",
            certificate=loaded(item.signer_cert),
            at=trust.now if stamp is None else stamp.time,
            proven=stamp is not None and stamp.trusted is True,
            trusted=found.trusted,
        )
    ]
    others = list(item.other_embedded_certs)
    token = token_of(cms.ContentInfo.load(opened(_gap(item, pdf))[0]))
    tokens = [] if token is None or found.stamp is None else [("time stamp", token, found.stamp)]
    for archive, made in archives:
        tokens.append(("archive time stamp", cms.ContentInfo.load(opened(_gap(archive, pdf))[0]), made))
    for whose, container, made in tokens:
        read = _read_token(container)
        others += read.inside
        proven = made.holds and made.trusted is True
        roles.append(Role(whose=whose, certificate=loaded(read.own), at=read.time, proven=proven, trusted=made.trusted))
    return standings(store, roles, [*trust.roots, *map(loaded, others)])


def _archive(item: EmbeddedPdfSignature, pdf: bytes, trust: Trust, *, last: bool) -> Stamp:
    """Check a time stamp over the whole document as it was then (ISO 32000-2, section 12.8.5); the last one ends the file."""
    der, odd = opened(_gap(item, pdf))
    token = cms.ContentInfo.load(der)
    read = _read_token(token)
    status = at_once(async_validate_pdf_timestamp(item, trust.context(read.time)))
    coverage: Any = item.coverage  # pyHanko states the type that it has before the check
    covers = _is_whole(item, pdf) if last else coverage >= SignatureCoverageLevel.ENTIRE_REVISION
    holds = bool(status.intact and status.valid and covers and not odd and not odd_token(token))
    return _stamp(read, trust, holds=holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """What a token says (RFC 3161, section 2.4.2): when, the certificate of its signer, and the others in it."""

    time: datetime
    accuracy: timedelta
    own: x509.Certificate
    inside: list[x509.Certificate]


def _read_token(token: cms.ContentInfo) -> _Token:
    signed = token["content"]
    info = signed["encap_content_info"]["content"].parsed
    parts = info["accuracy"].native or {}
    return _Token(
        time=info["gen_time"].native,
        accuracy=timedelta(
            seconds=parts.get("seconds") or 0,
            milliseconds=parts.get("millis") or 0,
            microseconds=parts.get("micros") or 0,
        ),
        own=signing_certificate(signed),
        inside=[choice.chosen for choice in signed["certificates"]],
    )


def _stamp(token: _Token, trust: Trust, *, holds: bool) -> Stamp:
    trusted, why = _judged(token.own, token.inside, trust, token.time, stamps=True)
    named = _named(token.own)
    return Stamp(time=token.time, accuracy=token.accuracy, by=named, holds=holds, trusted=trusted, why=why)


def _judged(
    certificate: x509.Certificate, others: Sequence[x509.Certificate], trust: Trust, at: datetime, *, stamps: bool
) -> tuple[bool | None, str]:
    """Say whether a certificate leads to a root of the user's as of a moment, and why not.

    An authority that no root at hand leads to is not known (``None``): who names the root of a signer need not have that of
    the authority. A signer whom no root at hand leads to is not the one that the user means (``False``).
    """
    if not trust.roots:
        return None, ""
    try:
        path_of(certificate, others, trust.context(at), stamps=stamps)
    except (PathError, ValidationError) as error:
        unknown = stamps and isinstance(error, PathBuildingError)
        return (None if unknown else False), str(error)[:300]
    return True, ""


def _named(certificate: x509.Certificate) -> Named:
    read = loaded(certificate)
    return Named(
        subject=read.subject.rfc4514_string()[:_TEXT],
        issuer=read.issuer.rfc4514_string()[:_TEXT],
        fingerprint=certificate.sha256.hex(),
        first=read.not_valid_before_utc,
        last=read.not_valid_after_utc,
        self_issued=read.subject == read.issuer,
    )


def _gap(item: EmbeddedPdfSignature, pdf: bytes) -> bytes:
    """Return the bytes between the two ranges that a signature covers."""
    start, first, second, _ = (int(number) for number in item.byte_range)
    if start != 0 or not 0 < first < second <= len(pdf):
        message = "the signature does not cover the file from its first byte on"
        raise ValueError(message)
    return pdf[first:second]


def _is_whole(item: EmbeddedPdfSignature, pdf: bytes) -> bool:
    ends = int(item.byte_range[2]) + int(item.byte_range[3])
    coverage: Any = item.coverage  # pyHanko states the type that it has before the check
    return coverage is SignatureCoverageLevel.ENTIRE_FILE and ends == len(pdf)


def _made_by_us(item: EmbeddedPdfSignature) -> bool:
    """Whether the signed part of the signature names this program (ISO 32000-2, table 255: Prop_Build)."""
    try:
        return bool(item.sig_object["/Prop_Build"]["/App"]["/Name"] == f"/{PROGRAM}")
    except (LookupError, TypeError):
        return False
