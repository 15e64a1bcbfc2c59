"""What leaves the house in part: redacted copies beside their originals, and salted leaves in the place of digests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forensics import chain_of_custody as custody
from forensics.chain_of_custody import salted
from forensics.chain_of_custody.canonical import Value
from forensics.errors import CaseError, EvidenceError, UsageError
from forensics.pipeline.by_person import ByPerson, Desk, at_desk

REDACTED, LEAVES, EXHIBITS = "redacted", "leaves", "exhibits/"
HEAD = "head"
_SHORTEST = 8


def redact(folder: Path, exhibit: str, copy: Path, by: ByPerson) -> list[str]:
    """Take a redacted copy of an exhibit into the case; the record holds the copy's digest and a leaf of the original's."""
    if not by.why:
        raise UsageError("a redaction needs its reason", hint="Say what was blackened and why: --why '…'")
    with at_desk(folder, by) as desk:
        sha256 = _exhibit(desk, exhibit)
        data = _read(copy)
        kept = custody.describe(f"{REDACTED}/{custody.describe('x', data).sha256}", data)
        if kept.sha256 == sha256:
            raise UsageError("the copy is the original: nothing was redacted", hint="Give the redacted file")
        opening = salted.fresh(sha256)
        leaf = f"{LEAVES}/{opening.leaf}.json"
        subject: dict[str, Value] = {
            "original": {"leaf": opening.leaf},
            "copy": {"path": kept.path, "bytes": kept.bytes, "sha256": kept.sha256},
        }
        if desk.name():
            subject["by"] = desk.name()
        told = desk.record("disclosure.redact", subject, {kept.path: data, leaf: salted.write(opening)})
    return [
        f"original: {sha256}",
        f"leaf:     {opening.leaf} (opened by {leaf})",
        f"copy:     {kept.path} ({kept.bytes} bytes)",
        *told,
    ]


def commit(folder: Path, wanted: Sequence[str], by: ByPerson) -> list[str]:
    """Make salted leaves of exhibits, or of the head of the log (``head``); one line each: what it is, and the leaf."""
    with at_desk(folder, by) as desk:
        path, made = desk.sealer.case.path, list[tuple[str, salted.Opening]]()
        for name in wanted:
            sha256 = custody.measure(path, "checkpoint").sha256 if name == HEAD else _exhibit(desk, name)
            told_as = f"{HEAD} (checkpoints/{desk.sealer.log.signed})" if name == HEAD else name
            made.append((told_as, salted.fresh(sha256)))
        files = {f"{LEAVES}/{one.leaf}.json": salted.write(one) for _, one in made}
        subject: dict[str, Value] = {"text": "salted leaves", "leaves": [one.leaf for _, one in made]}
        if desk.name():
            subject["by"] = desk.name()
        told = desk.record("note", subject, files)
    return [*(f"{one.leaf}  {name}" for name, one in made), *told]


def open_leaf(opening: Path, file: Path | None) -> list[str]:
    """Check an opened leaf, and that it is that of a file."""
    try:
        line = opening.read_bytes()[:4096]
        shown = salted.read(line)
        sha256 = custody.measure(file.parent, file.name).sha256 if file is not None else shown.digest.hex()
    except OSError as error:
        raise EvidenceError(f"the file cannot be read ({error.strerror})", where=str(opening)) from error
    if sha256 != shown.digest.hex():
        raise CaseError("the leaf is not that of this file", where=str(file), hint="Give the original, unchanged")
    return [f"leaf:    {shown.leaf}", f"SHA-256: {sha256}"]


def _exhibit(desk: Desk, wanted: str) -> str:
    """Return the digest of the one exhibit that a digest, its beginning, or a name as received means."""
    digests = {path.removeprefix(EXHIBITS) for path in desk.sealer.log.files if path.startswith(EXHIBITS)}
    found = {one for one in digests if len(wanted) >= _SHORTEST and one.startswith(wanted)}
    for record in custody.read_records(desk.sealer.case.path):
        subject = record.act.subject
        if record.act.action == "evidence.ingest" and subject.get("name") == wanted:
            found.add(str(subject.get("sha256")))
    if len(found) != 1:
        raise CaseError(
            f"{len(found)} exhibits are meant by {wanted[:80]!r}",
            where=str(desk.sealer.case.path),
            hint="Give the SHA-256, or its first eight digits: forensics case show CASE",
        )
    return found.pop()


def _read(copy: Path) -> bytes:
    try:
        return copy.read_bytes()
    except OSError as error:
        raise EvidenceError(f"the copy cannot be read ({error.strerror})", where=str(copy)) from error
