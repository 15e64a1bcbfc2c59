"""Certificates as pyHanko reads them, and the way from one to a root that the user trusts. Nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InvalidCertificateError
from pyhanko_certvalidator.path import ValidationPath

SIGNS = frozenset({"digital_signature", "non_repudiation"})
"""Uses of a key, one of which a certificate that signs documents names if it names any (RFC 5280, section 4.2.1.3)."""

_Result = TypeVar("_Result")


def as_read(certificate: Certificate) -> x509.Certificate:
    """Return a certificate in the form that pyHanko takes."""
    found: x509.Certificate = x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    return found


def at_once(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Run what is written to wait for answers and has nothing to wait for: without an event loop nothing can be fetched."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: _Result = done.value
        return result
    coroutine.close()
    message = "a check of certificates waited for something from outside"
    raise AssertionError(message)


def path_of(
    certificate: x509.Certificate, others: Iterable[x509.Certificate], context: ValidationContext, *, stamps: bool
) -> ValidationPath:
    """Return the way from a certificate to a root of the context; ``stamps`` asks for one that may stamp time.

    Raises:
        PathError, ValidationError: there is none; pyHanko's.
    """
    purposes = {"time_stamping"} if stamps else None
    usage = certificate.key_usage_value
    if not stamps and usage is not None and not usage.native & SIGNS:
        message = "the certificate is not for signatures"
        raise InvalidCertificateError(message)
    validator: Any = CertificateValidator(certificate, others, context)  # pyHanko's method states no types
    found: ValidationPath = at_once(validator.async_validate_usage(set(), purposes))
    return found
