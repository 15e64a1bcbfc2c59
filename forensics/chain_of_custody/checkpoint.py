"""Checkpoints: C2SP tlog-checkpoint texts inside C2SP signed notes, in one strict spelling.

A checkpoint's text is three lines, each ended by a line feed: origin, size in decimal, base64 of the root. A note is a
text, an empty line, and signature lines ``— NAME BASE64`` where the base64 holds the 4-byte key id and the signature.

Stricter than C2SP where a sealed folder needs it: no extension lines, no sizes with leading zeros, base64 in its one
canonical spelling, and signature lines of unknown keys are *refused* (C2SP: ignored), since an ignored line is a place
where bytes can change unnoticed. A checkpoint of a case carries exactly one signature line for the same reason: of two,
the last could be cut off. Cosignatures of others are files of their own, sealed by the record that receives them.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody import keys, merkle
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_NOTE = 65_536
MAX_SIGNATURES = 16
MAX_SIZE = 2**53 - 1
_DASH = "\u2014 "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of a log: whose log, how many records, and the Merkle root over their lines (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Refuse what has no text form."""
        if not keys.NAME.fullmatch(self.origin):
            message = f"{self.origin[:80]!a} is no origin"
            raise ValueError(message)
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != merkle.HASH_SIZE:
            message = "the size or the root is out of range"
            raise ValueError(message)


def format_checkpoint(head: Checkpoint) -> str:
    """Return the three lines of a checkpoint."""
    return f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Undo ``format_checkpoint``; every other text is a ``TamperError`` that says why."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:  # noqa: PLR2004 - three lines and nothing after the last line feed
        message = "the checkpoint does not consist of origin, size and root, one line each"
        raise TamperError(message)
    if not _SIZE.fullmatch(lines[1]):
        message = "the checkpoint's size is not a decimal number without leading zeros"
        raise TamperError(message)
    try:
        head = Checkpoint(origin=lines[0], size=int(lines[1]), root=canonical_base64(lines[2], "the checkpoint's root"))
    except ValueError as error:
        message = f"the checkpoint is malformed: {error}"
        raise TamperError(message) from error
    return head


def sign_note(text: str, identities: Sequence[keys.Identity]) -> bytes:
    """Return the note of ``text`` (which ends with a line feed) with one signature line per identity."""
    if not text.endswith("\n") or _CONTROL.search(text):
        message = "a note's text ends with a line feed and holds no other control character"
        raise ValueError(message)
    lines = [
        f"{_DASH}{identity.name} {base64.b64encode(identity.verifier.key_id + identity.sign(text.encode())).decode()}\n"
        for identity in identities
    ]
    return f"{text}\n{''.join(lines)}".encode()


def open_note(note: bytes, known: Sequence[keys.VerifierKey]) -> tuple[str, tuple[keys.VerifierKey, ...]]:
    """Undo ``sign_note``: the text and its signers, returned if every line is of a known key and fits."""
    text, lines = split_note(note)
    signers: list[keys.VerifierKey] = []
    for number, line in enumerate(lines, 1):
        where = f"signature line {number}"
        name, signature = signature_line(line, where)
        key = next((key for key in known if key.name == name and key.key_id == signature[:4]), None)
        if key is None:
            message = f"{where} is of a key that the log does not know ({name[:80]!a}, id {signature[:4].hex()})"
            raise TamperError(message)
        if key in signers:
            message = f"{where} repeats a key"
            raise TamperError(message)
        if len(signature) != 4 + keys.SIGNATURE_SIZE or not key.verify(signature[4:], text.encode()):
            message = f"{where} does not fit the text: the note was changed or not signed by {name}"
            raise TamperError(message)
        signers.append(key)
    return text, tuple(signers)


def sign_checkpoint(head: Checkpoint, identity: keys.Identity) -> bytes:
    """Return the exact bytes of a ``checkpoint`` file; the identity signs under the origin as its name."""
    return sign_note(format_checkpoint(head), [identity.named(head.origin)])


def open_checkpoint(note: bytes, known: Sequence[keys.VerifierKey]) -> tuple[Checkpoint, keys.VerifierKey]:
    """Undo ``sign_checkpoint``: the verified head and its one signer, or a ``TamperError`` that says why not."""
    text, signers = open_note(note, known)
    if len(signers) != 1:
        message = f"the checkpoint has {len(signers)} signature lines, not one"
        raise TamperError(message)
    head = parse_checkpoint(text)
    if head.origin != signers[0].name:
        message = "the checkpoint's origin is not the name of the key that signed it"
        raise TamperError(message)
    return head, signers[0]


def unverified(note: bytes) -> Checkpoint:
    """Return what a checkpoint *claims*. Only for finding one's place in a log that is checked against it later."""
    return parse_checkpoint(split_note(note)[0])


def split_note(note: bytes) -> tuple[str, list[str]]:
    """Split text and signature lines at the last empty line (C2SP signed-note, section "Format")."""
    if len(note) > MAX_NOTE:
        message = f"the note is longer than {MAX_NOTE} bytes"
        raise TamperError(message)
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"the note is not UTF-8 at byte {error.start}"
        raise TamperError(message) from error
    control = _CONTROL.search(whole)
    if control:
        message = f"the note holds a control character at character {control.start()}"
        raise TamperError(message)
    text, gap, signatures = whole.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        message = "the note has no empty line followed by complete signature lines"
        raise TamperError(message)
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        message = f"the note has more than {MAX_SIGNATURES} signature lines"
        raise TamperError(message)
    return text + "\n", lines


def signature_line(line: str, where: str) -> tuple[str, bytes]:
    """Return name and signature bytes (key id first) of one signature line; ``TamperError`` for any other spelling."""
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2:  # noqa: PLR2004 - name and signature
        message = f"{where} is not an em dash, a name and base64"
        raise TamperError(message)
    return parts[0], canonical_base64(parts[1], where)


def canonical_base64(text: str, where: str) -> bytes:
    """Decode and compare: padding bits and letters outside the alphabet have one spelling only."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        message = f"{where} is not base64"
        raise TamperError(message) from error
    if base64.b64encode(raw).decode() != text:
        message = f"{where} is not canonical base64"
        raise TamperError(message)
    return raw
