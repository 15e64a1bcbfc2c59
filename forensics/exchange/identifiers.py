"""Ids that tell nothing: random per bundle, bound to its content.

An id derived from a value gives the value away: anybody derives the ids of all 2³² IPv4 addresses (STIX's own
``UUIDv5`` ids of addresses do that). Ids here come from a secret of 32 random bytes that is thrown away, mixed with the
content: the same secret and content give the same bytes again, so that what was reviewed is what leaves; the same
secret with any other content gives other ids, so that two bundles never share one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import uuid
from collections import Counter

SECRET_BYTES = 32


def new_secret() -> bytes:
    """Return a fresh secret of the operating system's generator."""
    return os.urandom(SECRET_BYTES)


class Identifiers:
    """Hands out the ids of one bundle, in the order in which they are asked for."""

    def __init__(self, secret: bytes, content: bytes) -> None:
        """Bind a secret of ``SECRET_BYTES`` to the content of a bundle."""
        if len(secret) != SECRET_BYTES:
            message = f"a secret has {SECRET_BYTES} bytes"
            raise ValueError(message)
        self._key = hmac.digest(secret, hashlib.sha256(content).digest(), "sha256")
        self._given: Counter[str] = Counter()

    def again(self) -> Identifiers:
        """Return the same ids from the start."""
        same = object.__new__(Identifiers)
        same._key = self._key
        same._given = Counter()
        return same

    def _bytes(self, purpose: str) -> bytes:
        self._given[purpose] += 1
        return hmac.digest(self._key, f"{purpose}\0{self._given[purpose]}".encode(), "sha256")

    def uuid(self, purpose: str) -> str:
        """Return a version 4 UUID (RFC 9562 section 5.4)."""
        return str(uuid.UUID(bytes=self._bytes(purpose)[:16], version=4))

    def short(self, purpose: str) -> str:
        """Return twelve hex digits."""
        return self._bytes(purpose)[:6].hex()
