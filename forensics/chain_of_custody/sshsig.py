"""Signatures of people over bytes, in the form of ``ssh-keygen -Y sign`` (OpenSSH, PROTOCOL.sshsig), one spelling each.

A *namespace* says what a signature is for, so that one over an act is never good for a receipt. Prehashing is always
SHA-512. What is signed starts with ``SSHSIG``, which neither a checkpoint nor any file of ours starts with: one key
may sign all of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from forensics.chain_of_custody import ssh_keys
from forensics.chain_of_custody.ssh_keys import PersonKey
from forensics.errors import TamperError

MAGIC = b"SSHSIG"
VERSION = (1).to_bytes(4, "big")
HASH = b"sha512"
WIDTH = 70
"""Characters of a line of armour: what ``ssh-keygen`` writes."""

BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
ACT, OFFER, RECEIPT = "custody-act", "custody-offer", "custody-receipt"
"""Namespaces: an act of the log, an offer to hand a case over, a receipt for one."""


def to_sign(message: bytes, namespace: str) -> bytes:
    """Return the bytes that a key signs instead of ``message``."""
    return MAGIC + ssh_keys.text(namespace.encode(), b"", HASH, hashlib.sha512(message).digest())


def assemble(key: PersonKey, namespace: str, signature: bytes) -> bytes:
    """Return the SSH signature (binary) that states key and namespace beside the signature over ``to_sign``."""
    return MAGIC + VERSION + ssh_keys.text(key.blob, namespace.encode(), b"", HASH, signature)


def open_signature(blob: bytes, message: bytes, namespace: str) -> PersonKey:
    """Return the key that signed ``message`` for this purpose; ``TamperError`` says why it did not."""
    if not blob.startswith(MAGIC + VERSION):
        what = "no SSH signature of version 1"
        raise TamperError(what)
    public, stated, reserved, prehash, signature = ssh_keys.texts(blob[len(MAGIC + VERSION) :], 5)
    if (stated, reserved, prehash) != (namespace.encode(), b"", HASH):
        what = f"the signature is for another purpose ({stated[:40]!a}, not {namespace}) or not over SHA-512"
        raise TamperError(what)
    key = ssh_keys.parse_blob(public)
    if not key.verify(signature, to_sign(message, namespace)):
        what = f"the signature of {key.fingerprint} does not fit: what was signed was changed"
        raise TamperError(what)
    return key


def from_base64(encoded: str) -> bytes:
    """Decode base64 in its one spelling."""
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        message = "the signature is not base64"
        raise TamperError(message) from error
    if base64.b64encode(blob).decode() != encoded:
        message = "the signature is not canonical base64"
        raise TamperError(message)
    return blob


def armour(blob: bytes) -> str:
    """Return the text form, as ``ssh-keygen`` writes it into a ``.sig`` file."""
    body = base64.b64encode(blob).decode()
    lines = [body[start : start + WIDTH] for start in range(0, len(body), WIDTH)]
    return "\n".join([BEGIN, *lines, END, ""])


def unarmour(armoured: str) -> bytes:
    """Undo ``armour``; every other spelling is a ``TamperError``."""
    blob = from_base64("".join(armoured.split("\n")[1:-2]))
    if armour(blob) != armoured:
        message = "the signature block is not in the form that ssh-keygen writes"
        raise TamperError(message)
    return blob
