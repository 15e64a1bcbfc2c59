"""Commitments: what is said about bytes outside the house without their digest.

The SHA-256 of a short or guessable file tells the file to whoever tries all candidates. A *salted leaf* is SHA-256 of
32 random bytes, the salt, and the SHA-256 of the file. It binds as firmly and tells nothing until the salt is shown.
Salt and digest are kept in a sealed file of the case, a canonical JSON line: whoever is shown it can check the leaf.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import cast

from forensics.chain_of_custody import canonical
from forensics.errors import TamperError

SALT_SIZE = 32
KIND = "custody-salted-leaf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens a leaf: salt and digest, both 32 bytes."""

    salt: bytes
    digest: bytes

    @property
    def leaf(self) -> str:
        """The salted leaf, 64 hex digits."""
        return hashlib.sha256(self.salt + self.digest).hexdigest()


def fresh(sha256: str) -> Opening:
    """Return a commitment to the bytes of this digest, under a new salt."""
    return Opening(salt=os.urandom(SALT_SIZE), digest=bytes.fromhex(sha256))


def write(opening: Opening) -> bytes:
    """Return the line that is kept in the case."""
    return canonical.encode(
        {"kind": KIND, "leaf": opening.leaf, "salt": opening.salt.hex(), "sha256": opening.digest.hex(), "v": 1}
    )


def read(line: bytes) -> Opening:
    """Undo ``write``; ``TamperError`` if the line is none, or the leaf is not that of salt and digest."""
    value = canonical.decode(line)
    try:
        members = cast("dict[str, str]", value)
        opening = Opening(salt=bytes.fromhex(members["salt"]), digest=bytes.fromhex(members["sha256"]))
        whole = len(opening.salt) == len(opening.digest) == SALT_SIZE
    except (TypeError, KeyError, ValueError) as error:
        message = "the line opens no salted leaf"
        raise TamperError(message) from error
    if not whole or write(opening) != line:
        message = "the leaf is not that of its salt and digest"
        raise TamperError(message)
    return opening
