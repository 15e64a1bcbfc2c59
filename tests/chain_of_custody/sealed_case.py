"""Small sealed cases made with fixed keys and times, and ways to forge and damage them."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.chain_of_custody import checkpoint, durable, keys, merkle
from forensics.chain_of_custody.acts import Act, Output, Record, decode_record, encode_record
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.seal import Opening, key_act, opening_act, write_keys, write_kit
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples" / "custody" / "v1"
KIT = ROOT / "forensics" / "chain_of_custody" / "kit"

ORIGIN = "example.org/case/2026-001"
TIME = "2026-01-01T00:00:00Z"
EDITOR = keys.from_seed(bytes(range(32)), "example.org/examiner")
COLLEAGUE = keys.from_seed(bytes(range(32, 64)), "example.net/second-examiner")
STRANGER = keys.from_seed(bytes(range(64, 96)), "example.com/stranger")
OPENING = Opening(key=EDITOR.verifier, origin=ORIGIN, time=TIME, examiner="the first examiner")


def act(action: str, *, by: keys.Identity = EDITOR, out: Sequence[Output] = (), gone: Sequence[str] = ()) -> Act:
    """Return a plain act with a subject that holds awkward text."""
    return Act(action=action, actor=by.actor, time=TIME, subject={"text": 'ə "\\ \u2028', "n": 1}, out=out, gone=gone)


def opening(folder: Path, *, kit: bool = False) -> Act:
    """Write keys (and kit) and return the act that opens the case."""
    out = [*write_keys(folder, ORIGIN, [EDITOR.verifier]), *(write_kit(folder) if kit else ())]
    return opening_act(OPENING, out)


def small(folder: Path, *, kit: bool = False) -> Path:
    """Make a case of three records and two checkpoints."""
    folder.mkdir(parents=True, exist_ok=True)
    with Log.create(folder) as log:
        log.seal([opening(folder, kit=kit)], EDITOR)
        exhibit = durable.publish(folder, "exhibits/mail.eml", b"From: editor@example.org\n\nhello\n")
        empty = durable.publish(folder, "exhibits/empty", b"")
        log.seal([act("evidence.ingest", out=[exhibit, empty]), act("note")], EDITOR)
    return folder


def rich(folder: Path) -> Path:
    """Make a case with two examiners, a replaced file, a removed file and a recovery after a crash."""
    folder.mkdir(parents=True, exist_ok=True)
    with Log.create(folder) as log:
        log.seal([opening(folder, kit=True)], EDITOR)
        draft = durable.publish(folder, "exports/draft.txt", b"draft\n")
        exhibit = durable.publish(folder, "exhibits/mail.eml", b"From: editor@example.org\n\nhello\n")
        log.seal([act("evidence.ingest", out=[exhibit]), act("export.create", out=[draft])], EDITOR)
        changed = write_keys(folder, ORIGIN, [EDITOR.verifier, COLLEAGUE.verifier])
        log.seal([key_act("key.add", COLLEAGUE.verifier, OPENING, changed)], EDITOR)
        findings = durable.publish(folder, "findings.json", b"[]\n")
        log.seal([act("transfer.accept", by=COLLEAGUE), act("analysis.run", by=COLLEAGUE, out=[findings])], COLLEAGUE)
    with (folder / "custody.jsonl").open("ab") as file:
        file.write(b'{"action":"note","actor":"key:5647')  # the power went
    with Log.open(folder) as log:
        (folder / "exports/draft.txt").unlink()
        (folder / "exports").rmdir()
        findings = durable.publish(folder, "findings.json", b"[1]\n")
        log.seal([act("analysis.run", out=[findings], gone=["exports/draft.txt"])], EDITOR)
    return folder


def forge(folder: Path, change: Callable[[list[bytes]], list[bytes]], by: keys.Identity = EDITOR) -> None:
    """Change the lines of a case with one checkpoint, re-chain them and sign them again with a genuine key."""
    lines = change((folder / "custody.jsonl").read_bytes().splitlines(keepends=True))
    previous, edge, chained = "0" * 64, merkle.Edge(), []
    for number, line in enumerate(lines):
        forged = line
        with contextlib.suppress(TamperError):  # whatever is no record stays as it was written
            forged = encode_record(Record(seq=number, prev=previous, act=decode_record(line).act))
        previous = hashlib.sha256(forged).hexdigest()
        edge.push(merkle.leaf_hash(forged))
        chained.append(forged)
    (folder / "custody.jsonl").write_bytes(b"".join(chained))
    head = checkpoint.Checkpoint(origin=ORIGIN, size=len(chained), root=edge.root())
    (folder / "checkpoint").write_bytes(checkpoint.sign_checkpoint(head, by))


def append_unchecked(folder: Path, wanted: Act, by: keys.Identity = EDITOR) -> None:
    """Append a record that no writer of ours would write, and sign the log."""
    lines = (folder / "custody.jsonl").read_bytes().splitlines(keepends=True)
    note, size = (folder / "checkpoint").read_bytes(), len(lines)
    named = durable.publish(folder, f"checkpoints/{size}", note)
    previous = hashlib.sha256(lines[-1]).hexdigest()
    made = Act(action=wanted.action, actor=wanted.actor, time=wanted.time, subject=wanted.subject,
               out=[*wanted.out, named], gone=wanted.gone)  # fmt: skip
    lines.append(encode_record(Record(seq=size, prev=previous, act=made)))
    (folder / "custody.jsonl").write_bytes(b"".join(lines))
    root = merkle.root([merkle.leaf_hash(line) for line in lines])
    head = checkpoint.Checkpoint(origin=ORIGIN, size=len(lines), root=root)
    (folder / "checkpoint").write_bytes(checkpoint.sign_checkpoint(head, by))


def copy(source: Path, target: Path) -> Path:
    """Copy a case, links as links."""
    return shutil.copytree(source, target, symlinks=True)


def kit_module(path: Path = KIT / "verify.py") -> ModuleType:
    """Load the standalone verifier by its path, as if it were nobody's."""
    spec = importlib.util.spec_from_file_location("standalone_verify", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def failed_by_kit(module: ModuleType, folder: Path) -> list[int]:
    """Return the numbers of the steps that the standalone verifier finds failing."""
    return [n for n, _, ok, _ in module.Case(str(folder)).steps() if not ok]
