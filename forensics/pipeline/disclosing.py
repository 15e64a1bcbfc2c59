"""``custody proof``: one exhibit's record shown to belong to a sealed case, without the rest of the case."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from forensics.case import CaseFolder
from forensics.chain_of_custody import Output, Record, measure, tlog_proof
from forensics.chain_of_custody.acts import decode_record
from forensics.chain_of_custody.attestations import COSIGNATURE, instant
from forensics.chain_of_custody.canonical import Value
from forensics.chain_of_custody.checkpoint import unverified
from forensics.chain_of_custody.keys import parse_vkey
from forensics.chain_of_custody.policy import Policy, parse_policy
from forensics.errors import CaseError, KeyMaterialError, StorageError, TamperError, UsageError
from forensics.pipeline import attesting
from forensics.pipeline.sealing import Sealer, signer
from forensics.pipeline.witnessing import Holder

_MAX_FILE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The record about an exhibit, its line, and all lines before and after it."""

    record: Record
    lines: tuple[bytes, ...]


def prove(folder: Path, exhibit: str, out: Path, holder: Holder) -> list[str]:
    """Write proof and record of an exhibit (SHA-256, its beginning, name or path), and log that they were made."""
    case = CaseFolder.open(folder)
    attesting.keep_outside(case, out)
    found = _find(case, exhibit)
    note = _note(case, found.record.seq)
    covered = found.lines[: unverified(note).size]
    proof = tlog_proof.format_proof(tlog_proof.make_proof(covered, found.record.seq, note))
    line = found.lines[found.record.seq]
    beside = out.with_name(f"{out.name.removesuffix('.tlog-proof')}.record")
    try:
        out.write_bytes(proof)
        beside.write_bytes(line)
    except OSError as error:
        raise StorageError(f"cannot write the proof ({error.strerror})", where=str(out)) from error
    told = [
        f"Proof:       {out}",
        f"Record:      {beside} (number {found.record.seq}: whoever gets it reads every word of this one line)",
        *(f"Names:       {item.path}" for item in _files(found.record)),
        f"Key:         {_signer_of(case)}",
    ]
    return [*told, _logged(case, found, proof, holder)]


def check(
    proof: Path, record: Path, key: str, policy: Path | None, exhibit: Path | None
) -> tuple[tlog_proof.Proven, list[str]]:
    """Check a proof without the case; return what it shows, in words too.

    Raises:
        TamperError: it does not hold, or the policy's quorum is not met.
    """
    wanted = parse_policy(_bytes(policy).decode("ascii", "replace")) if policy is not None else None
    logs = [parse_vkey(text) for text in ([key] if key else []) + list(wanted.logs if wanted else ())]
    if not logs:
        raise UsageError("no key of the case to check against", hint="Give --key VKEY, or a --policy with a log line")
    witnesses = tuple(wanted.witnesses.values()) if wanted else ()
    shown = tlog_proof.check_proof(tlog_proof.parse_proof(_bytes(proof)), _bytes(record), logs, witnesses)
    if wanted is not None and not wanted.met([item.key for item in shown.cosignatures]):
        raise TamperError(f"the quorum {wanted.quorum} of your policy is not met", where=str(proof))
    told = _told(shown, wanted)
    if exhibit is not None:
        told.append(_holds(shown.record, exhibit))
    return shown, told


def _told(shown: tlog_proof.Proven, wanted: Policy | None) -> list[str]:
    from datetime import UTC, datetime

    head, act = shown.head, shown.record.act
    return [
        f"Holds:       record {shown.record.seq} of {head.size} in the log {head.origin}, signed by {shown.signer.actor}",
        f"Record:      {act.action} at {act.time} by the examiner's clock",
        *(f"File:        {item.path} ({item.bytes} bytes, SHA-256 {item.sha256})" for item in _files(shown.record)),
        *(
            f"Seen:        by {item.key.name} at {instant(datetime.fromtimestamp(item.time, UTC))} by its clock"
            for item in shown.cosignatures
        ),
        *([f"Quorum:      {wanted.quorum} is met"] if wanted and wanted.asks else []),
        *([f"Not counted: {shown.unknown} signatures of keys that you did not name"] if shown.unknown else []),
        "Not shown:   that the record is true, that later records do not correct it, what the other records say",
        f"Size:Root:   {head.size}:{head.root.hex()}",
    ]


def _holds(record: Record, exhibit: Path) -> str:
    """Compare a file with the record; ``TamperError`` where the record does not name these bytes."""
    with_digest = measure(exhibit.parent, exhibit.name)
    stated = {item.sha256 for item in record.act.out} | {str(record.act.subject.get("sha256", ""))}
    if with_digest.sha256 not in stated:
        hint = "It is another file, or it was changed"
        raise TamperError("the record does not name these bytes", where=str(exhibit), hint=hint)
    return f"Same bytes:  {exhibit.name} is what the record names (SHA-256 {with_digest.sha256})"


def _files(record: Record) -> list[Output]:
    """Return the files that a record names, without the checkpoint that it superseded."""
    return [item for item in record.act.out if not item.path.startswith("checkpoints/")]


def _find(case: CaseFolder, exhibit: str) -> Found:
    """Return the record that took the exhibit in; ``UsageError`` where none or several fit."""
    try:
        lines = tuple((case.path / "custody.jsonl").read_bytes().splitlines(keepends=True))
    except OSError as error:
        raise CaseError(f"the custody log cannot be read ({error.strerror})", where=str(case.path)) from error
    wanted = exhibit.removeprefix("exhibits/").lower()
    found: dict[str, Record] = {}
    for line in lines:
        record = decode_record(line)
        subject = record.act.subject
        digest = str(subject.get("sha256", ""))
        if record.act.action == "evidence.ingest":
            if exhibit == subject.get("name") or (len(wanted) >= 8 and digest.startswith(wanted)):  # noqa: PLR2004 - of 64 digits
                found.setdefault(digest, record)
        elif any(exhibit == item.path for item in record.act.out):
            found[exhibit] = record
    if len(found) != 1:
        what = "no exhibit" if not found else f"{len(found)} exhibits"
        hint = "Give its SHA-256 (at least 8 digits), its name as taken in, or the path of a file of the case"
        raise UsageError(f"{what} of this case fits {exhibit[:120]!r}", where=str(case.path), hint=hint)
    return Found(record=next(iter(found.values())), lines=lines)


def _note(case: CaseFolder, seq: int) -> bytes:
    """Return the checkpoint for the proof: the last that a witness has seen and that covers the record, else the current.

    Cosignature lines follow the log's own, so that the result is one C2SP note.
    """
    cosigned: dict[int, list[bytes]] = {}
    for path in sorted((case.path / "witnesses").glob("*.cosig")):
        named = COSIGNATURE.fullmatch(f"witnesses/{path.name}")
        if named and int(named[1]) > seq:
            cosigned.setdefault(int(named[1]), []).append(path.read_bytes())
    if not cosigned:
        return (case.path / "checkpoint").read_bytes()
    size = max(cosigned, key=lambda size: (len(cosigned[size]), size))
    return b"".join([(case.path / "checkpoints" / str(size)).read_bytes(), *cosigned[size]])


def _logged(case: CaseFolder, found: Found, proof: bytes, holder: Holder) -> str:
    """Record that a proof was made; a case whose key is gone says that it could not be."""
    subject: dict[str, Value] = {
        "record": found.record.seq,
        "sha256": hashlib.sha256(proof).hexdigest(),
        "bytes": len(proof),
    }
    try:
        with Sealer.reopen(case, signer(holder.key, holder.passphrase)) as sealer:
            sealer.record("proof.create", subject)
    except KeyMaterialError as error:
        return f"Not logged:  {error.what}"
    return "Logged:      that this proof was made"


def _signer_of(case: CaseFolder) -> str:
    policy = parse_policy((case.path / "trust.policy").read_text(encoding="ascii"))
    return ", ".join(policy.logs)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"cannot read the file ({error.strerror})", where=str(path)) from error
    if len(data) > _MAX_FILE:
        raise UsageError("the file is too large to be a proof or a record", where=str(path))
    return data


def as_json(shown: tlog_proof.Proven) -> dict[str, object]:
    """Return the documented object of a checked proof."""
    act, head = shown.record.act, shown.head
    return {
        "schema": "forensics/proof/1",
        "record": shown.record.seq,
        "action": act.action,
        "time": act.time,
        "files": [{"path": item.path, "bytes": item.bytes, "sha256": item.sha256} for item in _files(shown.record)],
        "checkpoint": {"origin": head.origin, "size": head.size, "root": head.root.hex()},
        "signer": shown.signer.actor,
        "witnesses": [{"name": item.key.name, "time": item.time} for item in shown.cosignatures],
        "unknown_signatures": shown.unknown,
    }
