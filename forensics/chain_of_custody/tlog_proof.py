"""One record shown to belong to a sealed case, without the others (C2SP tlog-proof).

A proof holds the number of the record, the hashes of its neighbours in the tree and a checkpoint, cosigned or not. The
hashes say nothing about the other records but how many there are. Whoever has the record's line, the proof and the
case's key checks it without the case.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody import acts, checkpoint, cosignature, merkle
from forensics.chain_of_custody.acts import Record
from forensics.chain_of_custody.checkpoint import Checkpoint
from forensics.chain_of_custody.cosignature import Cosignature, WitnessKey
from forensics.chain_of_custody.keys import VerifierKey
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF = 262_144
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """``note`` is the checkpoint verbatim, with cosignature lines after its own."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a proof shows: this record stands at its place in a log with this head, signed and seen by these."""

    record: Record
    head: Checkpoint
    signer: VerifierKey
    cosignatures: tuple[Cosignature, ...]
    unknown: int


def format_proof(proof: Proof) -> bytes:
    """Return the bytes of a ``.tlog-proof`` file."""
    lines = [HEADER, f"index {proof.index}", *(base64.b64encode(node).decode() for node in proof.hashes), "", ""]
    return "\n".join(lines).encode() + proof.note


def parse_proof(data: bytes) -> Proof:
    """Undo ``format_proof``; ``TamperError`` for everything else. Extra data is refused: nothing authenticates it."""
    head, gap, note = data.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    if len(data) > MAX_PROOF or not gap or lines[0] != HEADER or not 2 <= len(lines) <= _MAX_HASHES + 2:  # noqa: PLR2004 - header, index
        message = f"this is no proof: it does not start with {HEADER}, or has no checkpoint"
        raise TamperError(message)
    index = _INDEX.fullmatch(lines[1])
    if not index:
        message = "the second line of the proof is not the number of a record"
        raise TamperError(message)
    hashes = tuple(checkpoint.canonical_base64(line, "a hash of the proof") for line in lines[2:])
    return Proof(index=int(index[1]), hashes=hashes, note=note)


def make_proof(lines: Sequence[bytes], index: int, note: bytes) -> Proof:
    """Return the proof of line ``index`` among the ``lines`` (with line feeds) that the checkpoint covers."""
    leaves = [merkle.leaf_hash(line) for line in lines]
    return Proof(index=index, hashes=tuple(merkle.prove_inclusion(index, leaves)), note=note)


def check_proof(proof: Proof, line: bytes, logs: Sequence[VerifierKey], witnesses: Sequence[WitnessKey] = ()) -> Proven:
    """Check a proof against a record's line; lines of witnesses that the caller does not know do not count."""
    text, signatures = checkpoint.split_note(proof.note)
    head = checkpoint.parse_checkpoint(text)
    signer: VerifierKey | None = None
    seen: list[Cosignature] = []
    unknown = 0
    for number, signature in enumerate(signatures, 1):
        name, raw = checkpoint.signature_line(signature, f"signature line {number}")
        log = next((key for key in logs if key.name == name and key.key_id == raw[:4]), None)
        if log is not None:
            if not log.verify(raw[4:], text.encode()) or log.name != head.origin:
                message = f"signature line {number} does not fit the checkpoint"
                raise TamperError(message)
            signer = log
        elif any(key.name == name and key.key_id == raw[:4] for key in witnesses):
            seen.append(cosignature.open_cosignature(f"{signature}\n", head, witnesses))
        else:
            unknown += 1
    if signer is None:
        message = "the checkpoint of the proof is not signed by a key that you gave"
        raise TamperError(message)
    record = acts.decode_record(line)
    if record.seq != proof.index:
        message = f"the record is number {record.seq}, the proof is about number {proof.index}"
        raise TamperError(message)
    if not merkle.check_inclusion(proof.index, head.size, merkle.leaf_hash(line), head.root, proof.hashes):
        message = "the record does not belong to the log of this checkpoint, or the proof was changed"
        raise TamperError(message)
    return Proven(record=record, head=head, signer=signer, cosignatures=tuple(seen), unknown=unknown)
