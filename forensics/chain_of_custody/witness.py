"""The witness protocol (C2SP tlog-witness) without a network: a request is bytes, an answer is a status and bytes.

A witness remembers, per origin, the last head that it cosigned, and cosigns a newer one only with a proof that nothing
before was changed. Its memory is a folder, one folder per log inside, named by SHA-256 of the origin: ``keys`` (vkeys of
the log that it accepts), ``checkpoint`` (the last cosigned note) and ``evidence/`` (notes that the log signed and that
do not fit what the witness saw before). Check and memory are one step under a lock; memory is durable before an answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody import checkpoint, cosignature, durable, keys, merkle, reading
from forensics.chain_of_custody.history import LOG_NAME
from forensics.errors import CaseError, KeyMaterialError, StorageError, TamperError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from forensics.chain_of_custody.checkpoint import Checkpoint

MAX_PROOF = 63
MAX_REQUEST = 131_072
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 200, 400, 403, 404, 409, 422
_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a witness is asked: the size that it saw last, a consistency proof from there, and the new checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status as over HTTP, body and its type. ``reason`` says it in words; ``evidence`` names a note that was kept."""

    status: int
    body: bytes
    media_type: str = TEXT_TYPE
    reason: str = ""
    evidence: str = ""


def format_request(request: Request) -> bytes:
    """Return the body of ``add-checkpoint``."""
    lines = [f"old {request.old}\n", *(f"{b64encode(node).decode()}\n" for node in request.proof), "\n"]
    return "".join(lines).encode() + request.note


def parse_request(body: bytes) -> Request:
    """Undo ``format_request``; ``TamperError`` says why a body is no request."""
    head, gap, note = body.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    found = _OLD.fullmatch(lines[0])
    if len(body) > MAX_REQUEST or not gap or not found or len(lines) > MAX_PROOF + 1:
        message = "the request is not an old size, at most 63 hashes, an empty line and a checkpoint"
        raise TamperError(message)
    proof = tuple(checkpoint.canonical_base64(line, "a hash of the proof") for line in lines[1:])
    if any(len(node) != merkle.HASH_SIZE for node in proof):
        message = "a hash of the proof is not 32 bytes long"
        raise TamperError(message)
    return Request(old=int(found[1]), proof=proof, note=note)


def make_request(folder: Path, old: int) -> bytes:
    """Return the request for the current checkpoint of a case, with the proof from its first ``old`` records."""
    try:
        note = (folder / "checkpoint").read_bytes()
        size = checkpoint.unverified(note).size
        with (folder / LOG_NAME).open("rb") as file:
            leaves = [merkle.leaf_hash(line) for _, line in zip(range(size), reading.lines(file), strict=False)]
    except OSError as error:
        message = f"the case cannot be read: {error.strerror}"
        raise CaseError(message, where=folder.name, hint="Check that this is a case folder") from error
    if old > len(leaves):
        message = f"the witness has seen {old} records of this log, and the case holds {len(leaves)}"
        hint = "This folder is an older state of the case, or another history of it: compare with other copies"
        raise TamperError(message, where=folder.name, hint=hint)
    return format_request(Request(old=old, proof=tuple(merkle.prove_consistency(old, leaves)), note=note))


class Witness:
    """A witness's memory and key. Several processes and threads may answer from one folder at the same time."""

    def __init__(self, state: Path, identity: keys.Identity) -> None:
        """Use the folder ``state``; it is made when something is first kept."""
        self._state = state
        self._identity = identity

    @property
    def key(self) -> cosignature.WitnessKey:
        """The key by which others know this witness."""
        return cosignature.witness_key(self._identity)

    def trust(self, key: keys.VerifierKey) -> None:
        """Accept checkpoints of the log ``key.name`` signed by this key from now on."""
        with self._locked():
            known = self._known(key.name)
            if key not in known:
                lines = "".join(f"{item.vkey}\n" for item in (*known, key))
                self._publish(f"{_place(key.name)}/keys", lines.encode())

    def last(self, place: str) -> bytes | None:
        """Return the last cosigned note of the log whose origin has this SHA-256 in hex."""
        if not re.fullmatch(r"[0-9a-f]{64}", place):
            return None
        with contextlib.suppress(FileNotFoundError):
            return (self._state / place / "checkpoint").read_bytes()
        return None

    def answer(self, body: bytes, now: int) -> Answer:
        """Answer ``add-checkpoint`` at a time (POSIX seconds). Only a defect of our own memory raises."""
        try:
            request = parse_request(body)
            head = checkpoint.unverified(request.note)
        except TamperError as error:
            return _refuse(BAD_REQUEST, error.what)
        known = self._known(head.origin)
        if not known:
            return _refuse(NOT_FOUND, f"the log {head.origin[:80]!a} is not known to this witness")
        if not _signed(request.note, known):
            return _refuse(FORBIDDEN, "no good signature of a key that this witness accepts for the log")
        if request.old > head.size:
            return _refuse(BAD_REQUEST, "the old size is larger than that of the checkpoint")
        with self._locked():
            return self._decide(request, head, now)

    def _decide(self, request: Request, head: Checkpoint, now: int) -> Answer:
        seen = self._seen(head.origin)
        if request.old != (seen.size if seen else 0):
            size = seen.size if seen else 0
            what = f"this witness has seen {size} records of the log, not {request.old}"
            return Answer(status=CONFLICT, body=f"{size}\n".encode(), media_type=SIZE_TYPE, reason=what)
        what = _misfit(request, head, seen)
        if what:
            name = f"{_place(head.origin)}/evidence/{head.size}-{hashlib.sha256(request.note).hexdigest()[:16]}"
            self._publish(name, request.note)
            return Answer(status=UNPROCESSABLE, body=f"{what}\n".encode(), reason=what, evidence=name)
        line = cosignature.cosign(head, self._identity, now)
        note = checkpoint.format_checkpoint(head).encode() + b"\n" + _log_lines(request.note, self._known(head.origin))
        self._publish(f"{_place(head.origin)}/checkpoint", note + line.encode())
        return Answer(status=OK, body=line.encode(), reason=f"{head.size} records of {head.origin}")

    def _seen(self, origin: str) -> Checkpoint | None:
        note = self.last(_place(origin))
        if note is None:
            return None
        try:
            return checkpoint.unverified(note)
        except TamperError as error:
            hint = "Restore it from a backup; without its memory a witness must not sign"
            raise TamperError(error.what, where="the witness's memory", hint=hint) from error

    def _known(self, origin: str) -> tuple[keys.VerifierKey, ...]:
        try:
            text = (self._state / _place(origin) / "keys").read_text(encoding="ascii")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            message = "the witness's list of keys cannot be read"
            raise KeyMaterialError(message, where=_place(origin), hint="Restore it from a backup") from error
        return tuple(keys.parse_vkey(line) for line in text.splitlines())

    def _publish(self, path: str, data: bytes) -> None:
        durable.publish(self._state, path, data)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one request at a time compare and remember, whichever process or thread it comes by."""
        import fcntl

        try:
            self._state.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            message = f"the witness's memory cannot be written: {error.strerror}"
            raise StorageError(message, where=self._state.name, hint="Nothing was cosigned") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _place(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()


def _refuse(status: int, what: str) -> Answer:
    return Answer(status=status, body=f"{what}\n".encode(), reason=what)


def _misfit(request: Request, head: Checkpoint, seen: Checkpoint | None) -> str:
    """Say why a signed head cannot follow what was seen, or nothing."""
    if seen is None or seen.size == 0:
        return "a proof from the empty log is empty" if request.proof else ""
    if head.size == seen.size and head.root != seen.root:
        return f"another root for the same {head.size} records: the log has two histories"
    if merkle.check_consistency(seen.size, head.size, seen.root, head.root, request.proof):
        return ""
    return f"the proof does not show that the first {seen.size} records are unchanged"


def _signed(note: bytes, known: Sequence[keys.VerifierKey]) -> bool:
    """Whether a known key signed and none of the known signatures fails; lines of unknown keys do not count."""
    try:
        return bool(_log_lines(note, known))
    except TamperError:
        return False


def _log_lines(note: bytes, known: Sequence[keys.VerifierKey]) -> bytes:
    """Return the signature lines of known keys, each checked."""
    text, lines = checkpoint.split_note(note)
    kept = ""
    for line in lines:
        name, raw = checkpoint.signature_line(line, "a signature line")
        key = next((key for key in known if key.name == name and key.key_id == raw[:4]), None)
        if key is None:
            continue
        if not key.verify(raw[4:], text.encode()):
            message = "a signature line does not fit the text"
            raise TamperError(message)
        kept += f"{line}\n"
    return kept.encode()
