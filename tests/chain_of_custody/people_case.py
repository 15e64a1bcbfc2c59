"""Cases with examiners, made record by record with fixed keys: what must verify, and every way in which it must not.

``python -m tests.chain_of_custody.people_case FOLDER`` makes the frozen vectors of ``samples/custody/people``. Signatures
with P-256 hold a random number, so made anew they differ and verify all the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from forensics.chain_of_custody import checkpoint, durable, keys, merkle, people, signers, sshsig
from forensics.chain_of_custody.acts import NO_LINE, Act, Record, encode_record
from forensics.chain_of_custody.ssh_keys import P256, PersonKey
from forensics.errors import TamperError
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, ORIGIN, STRANGER, TIME

if TYPE_CHECKING:
    from forensics.chain_of_custody.canonical import Value
    from forensics.chain_of_custody.people import Signer


def p256(secret: int) -> signers.FileSigner:
    """Return the P-256 signer of a small secret number: a published test key."""
    private = ec.derive_private_key(secret, ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return signers.FileSigner(key=PersonKey(kind=P256, point=point), _private=private)


DOE = signers.of_identity(EDITOR)
DOE_NEXT = signers.of_identity(COLLEAGUE)
SECOND = p256(20_260_101)
OTHER = signers.of_identity(STRANGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A record to write: what it says, who signs it for a person, and what is done to it after signing."""

    action: str
    subject: dict[str, Value]
    signer: Signer | None = None
    reason: str = "because"
    namespace: str = sshsig.ACT
    spoil: Callable[[Act], Act] = field(default=lambda act: act)


def added(name: str, key: PersonKey, by: str, signer: Signer | None, **more: Value) -> Line:
    """Return the introduction of an examiner."""
    return Line(action="examiner.add", subject={"name": name, "key": key.line, "by": by, **more}, signer=signer)


def rotated(name: str, key: PersonKey, by: str, signer: Signer | None, **more: Value) -> Line:
    """Return a rotation."""
    return Line(action="examiner.rotate", subject={"name": name, "key": key.line, "by": by, **more}, signer=signer)


def revoked(name: str, key: PersonKey, signer: Signer | None, reason: str = "lost", **more: Value) -> Line:
    """Return a revocation by ``j.doe``."""
    subject: dict[str, Value] = {"name": name, "key": key.line, "from": TIME, **more}
    if signer is not None:
        subject["by"] = "j.doe"
    return Line(action="examiner.revoke", subject=subject, signer=signer, reason=reason)


def noted(by: str, signer: Signer | None, action: str = "note") -> Line:
    """Return an act of a person."""
    return Line(action=action, subject={"by": by, "text": 'ə "\\ \u2028'}, signer=signer)


FIRST = added("j.doe", DOE.key, "j.doe", DOE, next=DOE_NEXT.key.commitment)
VOUCHED = added("a.second", SECOND.key, "j.doe", DOE, role="second examiner")
ROTATED = rotated("j.doe", DOE_NEXT.key, "j.doe", DOE_NEXT)
GONE = revoked("a.second", SECOND.key, DOE_NEXT)
GOOD: tuple[Line, ...] = (
    noted("nobody in particular", None, "transfer.offer"),  # before there are examiners, nothing has to be signed
    FIRST,
    VOUCHED,
    noted("a.second", SECOND),
    ROTATED,
    noted("j.doe", DOE_NEXT, "transfer.offer"),
    noted("j.doe", DOE_NEXT, "disclosure.redact"),
    GONE,
    noted("the tool", None),
)


def built(folder: Path, lines: Sequence[Line], allowed: bytes | None = None) -> Path:
    """Write a case whose records nobody checks; ``allowed_signers`` holds the keys of all introductions, or this."""
    folder.mkdir(parents=True, exist_ok=True)
    register = people.People()
    for line in lines:
        if line.action in {"examiner.add", "examiner.rotate"}:
            try:
                record = Record(seq=0, prev=NO_LINE, act=_act(line))
                register.apply(record)
            except (TamperError, KeyError):
                continue
    content = register.published().get(people.ALLOWED_SIGNERS) if allowed is None else allowed
    out = [] if not content else [durable.publish(folder, people.ALLOWED_SIGNERS, content)]
    opening = sealed_case.opening(folder)
    previous, edge, written = NO_LINE, merkle.Edge(), list[bytes]()
    whole = [replace(opening, out=[*opening.out, *out]), *(_act(line) for line in lines)]
    for number, act in enumerate(whole):
        record = Record(seq=number, prev=previous, act=act)
        if number and (signer := lines[number - 1].signer) is not None:
            blob = signer.sign(people.message(record), lines[number - 1].namespace)
            record = replace(record, act=replace(act, sig=base64.b64encode(blob).decode()))
        if number:
            record = replace(record, act=lines[number - 1].spoil(record.act))
        written.append(encode_record(record))
        previous = hashlib.sha256(written[-1]).hexdigest()
        edge.push(merkle.leaf_hash(written[-1]))
    (folder / "custody.jsonl").write_bytes(b"".join(written))
    resigned(folder, edge)
    return folder


def resigned(folder: Path, edge: merkle.Edge, by: keys.Identity = EDITOR) -> None:
    """Sign the head of a log."""
    head = checkpoint.Checkpoint(origin=ORIGIN, size=edge.size, root=edge.root())
    (folder / "checkpoint").write_bytes(checkpoint.sign_checkpoint(head, by))


def _act(line: Line) -> Act:
    return Act(action=line.action, actor=EDITOR.actor, time=TIME, subject=line.subject, reason=line.reason)


def spoiled(line: Line, spoil: Callable[[Act], Act]) -> Line:
    """Return a line that is changed after it was signed."""
    return replace(line, spoil=spoil)


def key_line(blob: bytes, kind: str = P256) -> str:
    """Return a public key line that nobody checked."""
    return f"{kind} {base64.b64encode(blob).decode()}"


OFF_CURVE = key_line(SECOND.key.blob[:-1] + bytes([SECOND.key.blob[-1] ^ 1]))
WEAK = key_line(DOE.key.blob[:-32] + bytes(31) + b"\x80", "ssh-ed25519")
RSA = "ssh-rsa " + base64.b64encode(b"\0\0\0\7ssh-rsa\0\0\0\1\3\0\0\0\1\5").decode()
TWO = (FIRST, VOUCHED)


def with_key(line: str) -> Line:
    """Return an introduction with any text as the key."""
    subject: dict[str, Value] = {"name": "b.third", "key": line, "by": "j.doe"}
    return Line(action="examiner.add", subject=subject, signer=DOE)


MUST_FAIL: dict[str, tuple[str, tuple[Line, ...]]] = {
    "offer-unsigned": ("not signed by an examiner", (*TWO, noted("j.doe", None, "transfer.offer"))),
    "acceptance-unsigned": ("not signed by an examiner", (*TWO, noted("j.doe", None, "transfer.accept"))),
    "redaction-unsigned": ("not signed by an examiner", (*TWO, noted("j.doe", None, "disclosure.redact"))),
    "signed-by-stranger": ("no key of the case", (*TWO, noted("j.doe", OTHER))),
    "signed-before-anybody-is-known": ("no key of the case", (noted("j.doe", DOE),)),
    "signed-after-revocation": ("a key that was revoked", (*GOOD, noted("a.second", SECOND))),
    "signed-with-replaced-key": ("a key that was replaced", (*GOOD, noted("j.doe", DOE))),
    "signed-for-somebody-else": ("told to be by", (*TWO, noted("a.second", DOE))),
    "signed-for-nobody": ("told to be by", (*TWO, Line(action="note", subject={}, signer=DOE))),
    "changed-after-signing": (
        "does not fit",
        (*TWO, spoiled(noted("j.doe", DOE), lambda act: replace(act, reason="another"))),
    ),
    "signature-flipped": (
        "does not fit",
        (*TWO, spoiled(noted("a.second", SECOND), lambda act: replace(act, sig=act.sig[:-6] + "AAAA" + act.sig[-2:]))),
    ),
    "signed-for-another-purpose": (
        "for another purpose",
        (*TWO, replace(noted("j.doe", DOE), namespace=sshsig.RECEIPT)),
    ),
    "signature-of-another-form": (
        "cut short",
        (*TWO, spoiled(noted("j.doe", DOE), lambda act: replace(act, sig=act.sig[:24]))),
    ),
    "first-unsigned": ("not signed by an examiner", (replace(FIRST, signer=None),)),
    "first-signed-by-another": ("nobody vouches", (replace(FIRST, signer=OTHER),)),
    "first-told-to-be-by-another": ("nobody vouches", (added("j.doe", DOE.key, "a.second", DOE),)),
    "second-vouches-for-itself": ("no key of the case", (FIRST, added("a.second", SECOND.key, "a.second", SECOND))),
    "name-taken": ("is in the case already", (*TWO, added("j.doe", OTHER.key, "j.doe", DOE))),
    "key-taken": ("is in the case already", (*TWO, added("b.third", SECOND.key, "j.doe", DOE))),
    "name-used-before": (
        "nobody vouches",
        (FIRST, revoked("j.doe", DOE.key, None), added("j.doe", OTHER.key, "j.doe", OTHER)),
    ),
    "name-of-nobody": ("names nobody", (added("*", DOE.key, "*", DOE),)),
    "subject-with-more": ("holds other members", (added("j.doe", DOE.key, "j.doe", DOE, more="x"),)),
    "subject-with-number": ("names nobody", (added("j.doe", DOE.key, "j.doe", DOE, role=1),)),
    "commitment-malformed": ("64 lower-case", (added("j.doe", DOE.key, "j.doe", DOE, next="A" * 64),)),
    "key-off-the-curve": ("not a usable", (*TWO, with_key(OFF_CURVE))),
    "key-of-small-order": ("Ed25519 public key", (*TWO, with_key(WEAK))),
    "key-of-another-kind": ("neither Ed25519 nor P-256", (*TWO, with_key(RSA))),
    "key-with-comment": ("no public key", (*TWO, with_key(f"{OTHER.key.line} comment"))),
    "rotated-to-another-key": ("has not committed", (*TWO, rotated("j.doe", OTHER.key, "j.doe", OTHER))),
    "rotated-without-commitment": ("has not committed", (*TWO, rotated("a.second", OTHER.key, "a.second", OTHER))),
    "rotated-by-the-old-key": ("signed by the new key", (*TWO, rotated("j.doe", DOE_NEXT.key, "j.doe", DOE))),
    "rotated-unsigned": ("not signed by an examiner", (*TWO, replace(ROTATED, signer=None))),
    "revoked-without-reason": ("states a reason", (*TWO, revoked("a.second", SECOND.key, DOE, reason=""))),
    "revoked-from-never": ("states a reason", (*TWO, replace(GONE, subject={**GONE.subject, "from": ""}, signer=DOE))),
    "revoked-twice": ("is no key of", (*GOOD, revoked("a.second", SECOND.key, DOE_NEXT))),
    "revoked-under-another-name": ("is no key of", (*TWO, revoked("j.doe", SECOND.key, DOE))),
    "revoked-by-stranger": ("no key of the case", (*TWO, revoked("a.second", SECOND.key, OTHER))),
}
"""Name → what our verifier says of it (at step 4), and the records after the opening."""

MUST_FAIL_TOO: dict[str, tuple[str, tuple[Line, ...]]] = {
    "name-with-more": ("names nobody", (added("j.doe x", DOE.key, "j.doe x", DOE),)),
    "name-of-101": ("names nobody", (added("n" * 101, DOE.key, "n" * 101, DOE),)),
    "name-that-starts-with-a-dot": ("names nobody", (added(".doe", DOE.key, ".doe", DOE),)),
    "commitment-too-long": ("64 lower-case", (added("j.doe", DOE.key, "j.doe", DOE, next="a" * 65),)),
    "first-told-to-be-by-nobody": (
        "nobody vouches",
        (Line(action="examiner.add", subject={"name": "j.doe", "key": DOE.key.line}, signer=DOE),),
    ),
    "rotated-to-a-key-of-another": (
        "has not committed",
        (
            added("j.doe", DOE.key, "j.doe", DOE, next=SECOND.key.commitment),
            VOUCHED,
            rotated("j.doe", SECOND.key, "j.doe", SECOND),
        ),
    ),
    "rotated-by-nobody-known": ("has not committed", (*TWO, rotated("b.third", OTHER.key, "b.third", OTHER))),
    "rotated-told-to-be-by-another": (
        "signed by the new key",
        (*TWO, rotated("j.doe", DOE_NEXT.key, "a.second", DOE_NEXT)),
    ),
    "revoked-a-key-that-is-not-there": ("is no key of", (*TWO, revoked("b.third", OTHER.key, DOE))),
    "revoked-from-no-time": (
        "states a reason",
        (
            *TWO,
            Line(
                action="examiner.revoke",
                subject={"name": "a.second", "key": SECOND.key.line, "by": "j.doe"},
                signer=DOE,
            ),
        ),
    ),
    "redaction-signed-by-a-stranger": ("no key of the case", (*TWO, noted("j.doe", OTHER, "disclosure.redact"))),
}
"""As ``MUST_FAIL``; made anew in every test."""


def main(target: Path) -> None:
    """Write all vectors into an empty folder."""
    built(target / "good", GOOD)
    for name, (_, lines) in MUST_FAIL.items():
        built(target / "must-fail" / name, lines)
    reasons = {name: said for name, (said, _) in sorted(MUST_FAIL.items())}
    (target / "must-fail.json").write_text(json.dumps(reasons, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
