"""Whether a time stamp was signed by an authority whose root certificate the caller gives (RFC 3161, RFC 5652).

Certificates are judged as of the time in the token: that they expire later changes nothing. Whether one was revoked is
not asked, because that needs a network; ``openssl ts -verify`` with a revocation list says it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.chain_of_custody import timestamp_token
from forensics.errors import KeyMaterialError, TamperError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

MAX_CERTIFICATES = 16


def read_roots(pem: bytes, where: str) -> list[Certificate]:
    """Return the certificates of a PEM file: a root of the authority, and those between it and the signer if needed."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        message = "there is no certificate in PEM form in this file"
        raise KeyMaterialError(
            message, where=where, hint="Give the root certificate that the authority publishes"
        ) from error
    if len(found) > MAX_CERTIFICATES:
        message = f"there are more than {MAX_CERTIFICATES} certificates in this file"
        raise KeyMaterialError(message, where=where, hint="Give those of the one authority only")
    return found


def check_response(
    data: bytes, stamped: bytes, roots: Sequence[Certificate], nonce: int | None = None
) -> timestamp_token.Token:
    """Return what a response says if all of it holds: imprint, signature, chain, purpose, and the nonce if one is given.

    Raises:
        TamperError: it cannot be read, is over other bytes, answers another request, or is not signed as it should be.
    """
    token = timestamp_token.read_response(data)
    if not token.covers(stamped):
        message = "the time stamp is over other bytes than this checkpoint"
        raise TamperError(message)
    return _checked(data, token, roots, nonce)


def check_reply(query: bytes, digest: bytes, data: bytes, roots: Sequence[Certificate]) -> timestamp_token.Token:
    """Return what a response says to a query of ours over a digest alone (SHA-256), if all of it holds.

    Raises:
        TamperError: as ``check_response``.
    """
    token = timestamp_token.read_response(data)
    if (token.hash, token.imprint) != ("sha256", digest):
        message = "the time stamp is over another digest than the one that was sent"
        raise TamperError(message)
    return _checked(data, token, roots, timestamp_token.nonce_of_request(query))


def _checked(
    data: bytes, token: timestamp_token.Token, roots: Sequence[Certificate], nonce: int | None
) -> timestamp_token.Token:
    if nonce is not None and token.nonce != nonce:
        message = "the time stamp answers another request (its nonce differs)"
        raise TamperError(message)
    _check_signature(_decoded(data), token, roots)
    return token


def _decoded(data: bytes) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response

    try:
        return decode_timestamp_response(data)
    except ValueError:
        pass
    try:
        return decode_timestamp_response(timestamp_token.in_order(data))
    except ValueError as error:
        message = (
            f"the time stamp is not in the form that is read here ({str(error)[:200]!a}); "
            "`openssl ts -verify` may read it: docs/witnesses-and-time.md"
        )
        raise TamperError(message) from error


def _check_signature(response: TimeStampResponse, token: timestamp_token.Token, roots: Sequence[Certificate]) -> None:
    from rfc3161_client import VerificationError, VerifierBuilder

    builder = VerifierBuilder(roots=list(roots))
    try:
        builder.build().verify(response, token.imprint)
    except (VerificationError, ValueError) as error:
        message = f"the time stamp's signature does not hold under the given root: {str(error)[:300]}"
        raise TamperError(message) from error
    if response.tst_info.gen_time != token.time or response.tst_info.message_imprint.message != token.imprint:
        message = "the time stamp is read in two ways"
        raise TamperError(message)
