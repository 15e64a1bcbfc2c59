"""Encryption for named recipients with age (age-encryption.org/v1), through ``pyrage``: the extra ``exchange``.

age hides the content from everybody but the recipients. It does not prove who sent it, and it does not hide how long it
is. Recipients are X25519 keys (``age1…``) and SSH keys (``ssh-ed25519``, ``ssh-rsa``); plugins and passphrases are not
supported, because a passphrase names nobody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forensics.errors import UsageError

_SSH = ("ssh-ed25519", "ssh-rsa")
_HINT = "Write age1…, an SSH public key (ssh-ed25519 …), or a file that holds one a line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A public key and how it is named: an age key by itself, an SSH key by its SHA-256 fingerprint."""

    key: str
    fingerprint: str


def is_key(text: str) -> bool:
    """Whether a text is written like a recipient, rather than like a file name."""
    return text.startswith(("age1", *(f"{kind} " for kind in _SSH)))


def parse_recipients(lines: Sequence[str]) -> tuple[Recipient, ...]:
    """Return the recipients of lines; empty lines and ``#`` comments are passed over, duplicates are one.

    Raises:
        UsageError: a line is no public key.
    """
    found: dict[str, Recipient] = {}
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        made = _ssh(text) if text.startswith(_SSH) else Recipient(key=text, fingerprint=text)
        recipient_of(made)
        found.setdefault(made.fingerprint, made)
    return tuple(found[name] for name in sorted(found))


def encrypt(data: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Return the age file of some bytes."""
    return bytes(age().encrypt(data, [recipient_of(one) for one in recipients]))


def _ssh(text: str) -> Recipient:
    kind, _, rest = text.partition(" ")
    blob = rest.split(" ")[0]
    try:
        digest = hashlib.sha256(base64.b64decode(blob, validate=True)).digest()
    except binascii.Error as error:
        raise _no_key(text) from error
    named = base64.b64encode(digest).decode().rstrip("=")
    return Recipient(key=f"{kind} {blob}", fingerprint=f"SHA256:{named}")


def recipient_of(recipient: Recipient) -> Any:
    """Return what the library makes of a recipient."""
    pyrage = age()
    made = pyrage.ssh.Recipient if recipient.key.startswith(_SSH) else pyrage.x25519.Recipient
    try:
        return made.from_str(recipient.key)
    except pyrage.RecipientError as error:
        raise _no_key(recipient.key) from error


def _no_key(text: str) -> UsageError:
    if text.startswith("AGE-SECRET-KEY-"):
        return UsageError("this is a secret key, not a recipient", hint="Ask the recipient for the line age1…")
    return UsageError(f"no public key to encrypt for: {text[:40]!r}", hint=_HINT)


def age() -> Any:
    """Return ``pyrage``; a clear refusal where the extra is not installed."""
    try:
        import pyrage
    except ImportError as error:
        hint = "Install the extra: pip install 'forensics[exchange]'; or hand it over by another way with --plain-text"
        raise UsageError("encrypting needs the package pyrage, which is not installed", hint=hint) from error
    return pyrage
