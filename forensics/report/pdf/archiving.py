"""A copy of a signed PDF for the archive, PAdES B-LTA: what its certificates rest on, and a time stamp over all of it.

Certificates expire, and who issued them forgets them. The copy holds the chains and the lists of revoked certificates as of
now (document security store, ETSI EN 319 142-1, section 5.4), and a time stamp over everything; nothing is fetched.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, CertificateRevocationList
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from forensics.errors import UsageError
from forensics.report.pdf.chains import as_read, path_of
from forensics.report.pdf.container import signing_certificate, token_of
from forensics.report.pdf.signing import ARCHIVE_FIELD, DIGEST, Appending, Ask, Stamper, unsignable

_RESERVED = 2 * 24_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the chains rest on: roots that the user names, and lists of revoked certificates. ``at`` is now."""

    roots: Sequence[Certificate]
    lists: Sequence[CertificateRevocationList]
    at: datetime


def archived(signed: bytes, material: Material, ask: Ask) -> bytes:
    """Return the copy for the archive of a B-T file.

    Raises:
        UsageError: a chain does not end in a named root, or no list says of one of its certificates that it was not
            revoked. The message names the certificate.
    """
    (signature,) = PdfFileReader(io.BytesIO(signed)).embedded_regular_signatures
    token = token_of(cms.ContentInfo.load(signature.pkcs7_content))
    if token is None:
        raise UsageError(
            "a copy for the archive needs a time stamp", where="--lta", hint="Name an authority: --tsa URL"
        )
    context = ValidationContext(
        trust_roots=[as_read(item) for item in material.roots],
        crls=[item.public_bytes(Encoding.DER) for item in material.lists],
        moment=material.at,
        revocation_mode="require",
    )
    others = list(signature.other_embedded_certs)
    inside = [choice.chosen for choice in token["content"]["certificates"]]
    signer = _path(signature.signer_cert, others, context, stamps=False)
    authority = _path(signing_certificate(token["content"]), inside, context, stamps=True)
    writer = Appending(signed)
    DocumentSecurityStore.supply_dss_in_writer(
        writer, None, certs=[*others, *inside], paths=[signer, authority], validation_context=context
    )
    stamping = PdfTimeStamper(
        Stamper(ask), field_name=ARCHIVE_FIELD, readable_field_name="Time stamp of the archive copy"
    )
    try:
        done: io.BytesIO = stamping.timestamp_pdf(writer, DIGEST, bytes_reserved=_RESERVED)
    except (PdfError, SigningError) as error:
        raise unsignable(error) from error
    return done.getvalue()


def _path(
    certificate: x509.Certificate, others: Sequence[x509.Certificate], context: ValidationContext, *, stamps: bool
) -> ValidationPath:
    try:
        return path_of(certificate, others, context, stamps=stamps)
    except (PathError, ValidationError) as error:
        whose = "the time-stamping authority's certificate" if stamps else "your certificate"
        raise UsageError(
            f"the copy for the archive cannot be made: {whose} cannot be shown to hold ({str(error)[:300]})",
            where="--lta",
            hint="Name the root (--trust, --ca) and current lists of revoked certificates (--crl FILE) of every issuer",
        ) from error
