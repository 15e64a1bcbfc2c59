"""What the custody log tells about the last analysis of a case: its inputs, what it made, and what came after it.

Acts after the last analysis change nothing of it: an exhibit that was added since is no input, a note changes no byte.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forensics.chain_of_custody import Output, Record, read_records
from forensics.errors import CaseError
from forensics.model import Exhibit

DKIM_KEYS = "dkim-keys.txt"
"""The file of signers' keys as supplied, in the case."""
KEYS_SUPPLIED = "public keys of mail signers, supplied"
MAPPING_IN_USE = "mapping in use"
SNAPSHOTS_AT_HAND = "snapshots at hand"
EVIDENTIARY = "evidentiary"
"""What an act of intake says of bytes that lie in the case."""
_CUSTODY = ("checkpoints/", "custody.jsonl.torn.")
"""Files of the log itself, which acts of any kind name."""
_ANALYSIS, _SEAL, _RENDER, _INTAKE = "analysis.run", "seal", "report.render", "evidence.ingest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What a report tells of the custody log: the checkpoint of the analysis, and who signed it."""

    origin: str
    size: int
    root: str
    note: str
    fingerprint: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A report as its last act of rendering left it: file name, SHA-256, the version that rendered it, its profile."""

    name: str
    sha256: str
    version: str
    profile: str = ""


@dataclass(slots=True, kw_only=True)
class LastAnalysis:
    """The last analysis of a case as its log tells it.

    ``inputs`` is the sealed set of files as of the analysis, ``outputs`` what the analysis itself made, ``files`` the
    sealed set as it is now. ``snapshots`` (id → digest) is ``None`` where the log does not say which were at hand.
    """

    seq: int
    time: str = ""
    version: str = ""
    subject: Mapping[str, Any] = field(default_factory=dict)
    seal: Record | None = None
    exhibits: list[Exhibit] = field(default_factory=list)
    by_reference: list[str] = field(default_factory=list)
    mappings: dict[str, None] = field(default_factory=dict)
    snapshots: dict[str, str] | None = field(default_factory=dict)
    key_file: str | None = None
    inputs: dict[str, Output] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    files: dict[str, Output] = field(default_factory=dict)
    since: list[str] = field(default_factory=list)


def last_analysis(folder: Path) -> LastAnalysis:
    """Read the log for the last analysis.

    Raises:
        CaseError: there is none, or it was not finished.
    """
    starts = [record.seq for record in _acts(folder, _ANALYSIS) if record.act.subject.get("part", 1) == 1]
    if not starts:
        raise _unfinished(folder)
    found = LastAnalysis(seq=starts[-1])
    for record in read_records(folder):
        if record.seq < found.seq:
            _before(found, record)
        elif record.act.action == _ANALYSIS:
            _analysed(found, record)
        else:
            _after(found, record)
        for output in record.act.out:
            found.files[output.path] = output
        for path in record.act.gone:
            found.files.pop(path, None)
    if found.seal is None:
        raise _unfinished(folder)
    return found


def sealed_checkpoint(folder: Path, analysis: LastAnalysis) -> Sealed:
    """Return the checkpoint that sealed the analysis; later acts leave it under ``checkpoints/``."""
    from forensics.chain_of_custody.checkpoint import unverified

    if analysis.seal is None:
        raise _unfinished(folder)
    size = analysis.seal.seq + 1
    path = folder / "checkpoints" / str(size)
    note = (path if path.exists() else folder / "checkpoint").read_bytes()
    head = unverified(note)
    return Sealed(
        origin=head.origin,
        size=head.size,
        root=b64encode(head.root).decode(),
        note=note.decode("utf-8", "backslashreplace"),
        fingerprint=analysis.seal.act.actor,
        time=analysis.seal.act.time,
    )


def _acts(folder: Path, action: str) -> Iterator[Record]:
    return (record for record in read_records(folder) if record.act.action == action)


def _unfinished(folder: Path) -> CaseError:
    hint = "There is nothing to repeat or to compare with: run `forensics analyze` again"
    return CaseError("this case holds no finished analysis", where=str(folder), hint=hint)


def _before(found: LastAnalysis, record: Record) -> None:
    """Take over what an act before the analysis gave to it."""
    act, subject = record.act, record.act.subject
    if act.action == _INTAKE:
        name, size, digest = (subject.get(key) for key in ("name", "bytes", "sha256"))
        if not (isinstance(name, str) and isinstance(size, int) and isinstance(digest, str)):
            raise CaseError(
                f"act {record.seq} does not say which exhibit was taken in", hint="Was it made by this tool?"
            )
        found.exhibits.append(Exhibit(name=name, size=size, sha256=digest))
        if subject.get("copy", EVIDENTIARY) != EVIDENTIARY:
            found.by_reference.append(name)
    elif act.action == "note":
        _noted(found, subject, act.out)
    elif act.action == _ANALYSIS:  # the tables of events stay those of the first analysis when a case is judged again
        found.outputs.update({output.path: output for output in act.out if not output.path.startswith(_CUSTODY)})
    for output in act.out:
        found.inputs[output.path] = output
    for path in act.gone:
        found.inputs.pop(path, None)


def _noted(found: LastAnalysis, subject: Mapping[str, Any], out: Iterable[Output]) -> None:
    if subject.get("text") == MAPPING_IN_USE:
        found.mappings.update(dict.fromkeys(output.path for output in out if output.path.startswith("mappings/")))
    elif subject.get("text") == KEYS_SUPPLIED:
        found.key_file = str(subject["name"]) if "name" in subject else None
    elif subject.get("text") == SNAPSHOTS_AT_HAND and "snapshots" in subject:
        if subject.get("group", 1) == 1:
            found.snapshots = {}
        try:
            named = json.loads(str(subject["snapshots"]))
        except ValueError:  # versions before 0.1.0 cut long lists
            named = None
        if found.snapshots is not None and isinstance(named, dict):
            found.snapshots.update({str(key): str(value) for key, value in named.items()})
        else:
            found.snapshots = None


def _analysed(found: LastAnalysis, record: Record) -> None:
    """Take over what the analysis says of itself; its files may stand in several records."""
    found.subject, found.time = record.act.subject, record.act.time
    found.version = record.act.tool.get("version", "")
    made = (output for output in record.act.out if not output.path.startswith(_CUSTODY))
    found.outputs.update({output.path: output for output in made})


def _after(found: LastAnalysis, record: Record) -> None:
    """Take over the seal and the reports; tell what else was done since."""
    act = record.act
    if act.action == _SEAL and act.subject.get("of") == "analysis":
        found.seal = record
    elif act.action == _RENDER:
        name = str(act.subject.get("document", ""))
        digest = str(act.subject.get("sha256", ""))
        found.documents[name] = Document(
            name=name,
            sha256=digest,
            version=act.tool.get("version", ""),
            profile=str(act.subject.get("profile", "")),
        )
    elif act.action not in (_SEAL, "recovery"):
        about = act.subject.get("name") or act.subject.get("text") or ""
        found.since.append(f"act {record.seq}: {act.action} {about}".strip()[:300])
