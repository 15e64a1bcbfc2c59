"""Sign a PDF that is already made: PAdES (ETSI EN 319 142-1) B-B, B-T and B-LTA, by pyHanko. Pure: no key file, no network.

The signature is appended (ISO 32000-2, section 7.5.6): the signed file begins with the bytes of the unsigned one. It is a
certification that allows no change. No date of this computer's time zone enters, and title, dates and producer stay those
of the report, so that what PDF/A asks of them still holds.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from asn1crypto import tsp
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_byterange import BuildProps
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from forensics.errors import DataError
from forensics.report.pdf.chains import as_read

FIELD = "Signature"
ARCHIVE_FIELD = "Archive_time_stamp"
PROGRAM = "forensics"
DIGEST = "sha256"
_ROOM = 4_096  # bytes of a container beside certificates and time stamp
_STAMP_ROOM = 16_384  # a token with the certificates of its authority: 2 to 8 kB at those that were looked at

Ask = Callable[[bytes, bytes], bytes]
"""A time-stamp request (RFC 3161, DER) and the SHA-256 digest in it → the whole response, already checked."""

logging.getLogger("pyhanko").addHandler(logging.NullHandler())  # what fails is said by us, once
logging.getLogger("pyhanko_certvalidator").addHandler(logging.NullHandler())


class Key(Protocol):
    """What signs: a certificate, those that lead to its issuer, and signatures over SHA-256."""

    @property
    def certificate(self) -> Certificate:
        """The signer's certificate."""

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """Those between it and its issuer, the issuer's own included if it is at hand."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature: RSA PKCS#1 v1.5, or ECDSA as DER."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who signs what as which version of the program, and when by the computer's own clock."""

    pdf: bytes
    key: Key
    at: datetime
    version: str


class Stamper(TimeStamper):
    """Has digests stamped by whoever the caller asks; it opens no connection of its own."""

    def __init__(self, ask: Ask) -> None:
        """Take the caller's way to an authority."""
        super().__init__()  # type: ignore[no-untyped-call] # pyHanko's states no types
        self._ask = ask

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the response to a request."""
        return tsp.TimeStampResp.load(self._ask(req.dump(), req["message_imprint"]["hashed_message"].native))


class Appending(IncrementalPdfFileWriter):
    """Appends to a PDF and leaves title, dates and producer alone: pyHanko would write the local time and its zone."""

    def __init__(self, pdf: bytes) -> None:
        """Start behind the last line of the file, which typst ends without a line feed (ISO 19005-3, section 6.1.3)."""
        super().__init__(io.BytesIO(pdf if pdf.endswith(b"\n") else pdf + b"\n"))

    def _update_meta(self) -> None:
        return


class _Signer(signers.Signer):
    def __init__(self, key: Key) -> None:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call] # pyHanko's states no types
        for item in key.chain:
            store.register(as_read(item))
        super().__init__(signing_cert=as_read(key.certificate), cert_registry=store)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - pyHanko's
        if dry_run or digest_algorithm != DIGEST:
            message = f"a signature over {digest_algorithm} was asked for"
            raise SigningError(message)
        return self._key.sign(data)


class _Session(signers.PdfSigner):
    """A signing whose date is the caller's, in UTC, instead of this computer's local time."""

    at: datetime

    def init_signing_session(
        self,
        pdf_out: BasePdfFileWriter,
        existing_fields_only: bool = False,  # noqa: FBT001, FBT002 - pyHanko's
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session


def sign(act: Act, ask: Ask | None = None) -> bytes:
    """Return the signed file: B-T where an authority can be asked, else B-B.

    Raises:
        DataError: the file cannot be signed (it is damaged, or the reply of the authority is beyond all measure).
    """
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
        app_build_props=BuildProps(name=PROGRAM, revision=act.version),
    )
    field = fields.SigFieldSpec(FIELD, readable_field_name="Signature of this report")
    session = _Session(meta, _Signer(act.key), timestamper=None if ask is None else Stamper(ask), new_field_spec=field)
    session.at = act.at
    room = _room([act.key.certificate, *act.key.chain]) + (0 if ask is None else _STAMP_ROOM)
    try:
        done: io.BytesIO = session.sign_pdf(Appending(act.pdf), bytes_reserved=2 * room)
    except (PdfError, SigningError) as error:
        raise unsignable(error) from error
    return done.getvalue()


def unsignable(error: Exception) -> DataError:
    """Return what to tell where pyHanko cannot write a signature."""
    what = f"the PDF cannot be signed ({str(error)[:200]})"
    return DataError(what, where="report.pdf", hint="The unsigned report is as it was")


def _room(certificates: Sequence[Certificate]) -> int:
    return _ROOM + sum(len(item.public_bytes(Encoding.DER)) for item in certificates)
