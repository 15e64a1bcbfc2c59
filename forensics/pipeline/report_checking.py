"""``verify REPORT.pdf``: check the signature in a report, and if asked, whether its case agrees.

``report_steps`` holds the numbered steps. Nothing is asked of anybody, and no input but a file that cannot be opened makes
this raise: every defect is a failed step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics import chain_of_custody as custody
from forensics.chain_of_custody import keyfile
from forensics.chain_of_custody.attestations import instant
from forensics.chain_of_custody.checkpoint import Checkpoint, unverified
from forensics.chain_of_custody.timestamp_chain import read_roots
from forensics.errors import CaseError, EvidenceError, ForensicsError, MissingExtraError, TamperError
from forensics.pipeline.clock import now
from forensics.pipeline.enclosing import CHECKPOINT
from forensics.pipeline.report_steps import Step, not_proven, steps_of, viewers

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from forensics.report.pdf.checking import Checked, Signature, Stamp

MAX_PDF = 256 << 20
_HOW = "pip install 'forensics[pdf]'; pdfsig and openssl cms check a signature, too: docs/pdf-reports.md"


def verify_pdf(path: Path, trust: tuple[Path, ...] = (), case: Path | None = None) -> dict[str, Any]:
    """Return the documented result of checking a signed report (docs/schemas/pdf-verification.json).

    Raises:
        EvidenceError: the file cannot be read at all.
    """
    roots = [item for name in trust for item in read_roots(keyfile.read(name), str(name))]
    return examined(path.name, _read(path), roots, case)


def examined(name: str, data: bytes, roots: Sequence[Certificate] = (), case: Path | None = None) -> dict[str, Any]:
    """Return the documented result for the bytes of a file; nothing that they hold makes this raise."""
    seen = _checked(data, roots)
    from forensics.pipeline import report_revocation

    head = _checkpoint(seen)
    steps = steps_of(seen, head)
    if case is not None:
        steps.append(_against(case, data, seen, head))
    steps += report_revocation.steps_of_lists(seen)
    signature = seen.signature
    return {
        "schema": "forensics/pdf-verification/1",
        "ok": all(step.ok is not False for step in steps),
        "file": {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()},
        "steps": [{"n": step.n, "title": step.title, "ok": step.ok, "detail": step.detail} for step in steps],
        "signer": None if signature is None else _signer(signature),
        "time": None if signature is None or signature.stamp is None else _time(signature.stamp),
        "checkpoint": None if head is None else {"origin": head.origin, "size": head.size, "root": head.root.hex()},
        "viewers": [] if signature is None else viewers(seen, signature),
        "revocation": report_revocation.as_rows(seen),
        "not_proven": [*not_proven(seen), *report_revocation.not_proven_of_lists(seen)],
    }


def lines(result: Mapping[str, Any]) -> list[str]:
    """Say a result in words."""
    marks = {True: "ok  ", False: "FAIL", None: "--  "}
    told = [f"{marks[step['ok']]} {step['n']:>2}  {step['title']}: {step['detail']}" for step in result["steps"]]
    for title, key in (("Viewers will show", "viewers"), ("Not proven by this file", "not_proven")):
        if result[key]:
            told += ["", f"{title}:", *(f"- {text}" for text in result[key])]
    return [*told, "", verdict(result)]


def verdict(result: Mapping[str, Any]) -> str:
    """Say the result in one line; it claims no identity and no time that was not checked."""
    if not result["ok"]:
        return "DOES NOT VERIFY"
    signer, time = result["signer"], result["time"]
    named = "leads to a root that you trust" if signer["trusted"] else "identity not checked"
    proven = f"existed at {time['time']}" if time and time["trusted"] else "time not proven"
    return f"VERIFIED {signer['subject']} ({named}), {proven}"


def _checked(data: bytes, roots: Sequence[Certificate]) -> Checked:
    from importlib.util import find_spec

    if find_spec("pyhanko") is None:
        raise MissingExtraError("reading the signature of a PDF needs pyHanko, which is not installed", hint=_HOW)
    from forensics.report.pdf import checking

    return checking.check(data, checking.Trust(roots=roots, now=now()))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PDF + 1)
    except OSError as error:
        raise EvidenceError(f"the file cannot be read ({error.strerror})", where=str(path)) from error
    if len(data) > MAX_PDF:
        raise EvidenceError(f"the file is larger than {MAX_PDF >> 20} MiB", where=str(path))
    return data


def _checkpoint(seen: Checked) -> Checkpoint | None:
    try:
        return unverified(seen.attached[CHECKPOINT]) if CHECKPOINT in seen.attached else None
    except TamperError:
        return None


def _against(folder: Path, data: bytes, seen: Checked, head: Checkpoint | None) -> Step:
    """Step 10: the log of the case names these bytes, had this head, and sealed what is attached."""
    if head is None:
        return Step(n=10, ok=False, detail="there is no checkpoint in the report to compare")
    try:
        checked = custody.verify_case(folder, custody.Expected(size=head.size, root=head.root.hex()))
        failed = [step for step in checked.steps if not step.ok]
        if failed:
            return Step(n=10, ok=False, detail=f"step {failed[0].n} of the case fails: {failed[0].detail}")
        records = list(custody.read_records(folder))
    except (ForensicsError, OSError) as error:
        raise CaseError(f"the case cannot be read ({error})", where=str(folder)) from error
    digest = hashlib.sha256(data).hexdigest()
    named = [(item.seq, output) for item in records for output in item.act.out if output.sha256 == digest]
    sealed = {output.sha256 for item in records for output in item.act.out}
    strange = [
        name
        for name, held in seen.attached.items()
        if name != CHECKPOINT and hashlib.sha256(held).hexdigest() not in sealed
    ]
    if strange:
        return Step(n=10, ok=False, detail=f"attached, but never sealed in this case: {', '.join(sorted(strange)[:5])}")
    if not named:
        return Step(n=10, ok=False, detail="no act of this case names this file: it was changed, or signed elsewhere")
    others = len(seen.attached) - 1
    told = f"act {named[0][0]} names this very file ({named[0][1].path}); the checkpoint is a head of its log"
    return Step(n=10, ok=True, detail=f"{told}; {others} attached tables are those that it sealed")


def _signer(found: Signature) -> dict[str, Any]:
    who = found.signer
    return {
        "subject": who.subject,
        "issuer": who.issuer,
        "sha256": who.fingerprint,
        "valid_from": instant(who.first),
        "valid_to": instant(who.last),
        "self_issued": who.self_issued,
        "trusted": found.trusted,
        "claimed_time": instant(found.claimed) if found.claimed else None,
    }


def _time(stamp: Stamp) -> dict[str, Any]:
    return {
        "time": instant(stamp.time),
        "accuracy_us": int(stamp.accuracy.total_seconds() * 1_000_000),
        "authority": stamp.by.subject,
        "sha256": stamp.by.fingerprint,
        "holds": stamp.holds,
        "trusted": stamp.trusted,
    }
