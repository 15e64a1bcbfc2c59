"""Kinds of forgery of one rich case: what an adversary does to a sealed folder, and what he needs for it.

``FORGERIES`` need no key of the case and are found by looking at the folder. ``OUTSIDE`` are made with the examiner's own
key or by putting a genuine older state back: nothing inside a folder shows them (reference: attack table of the design),
and each is found against something kept elsewhere, a printed head, a remembered head, or the quorum of witnesses.
"""

from __future__ import annotations

import base64
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from forensics.chain_of_custody import Act, Log, Opening, Output, cosignature, durable, from_seed, opening_act, policy
from forensics.chain_of_custody.people import ALLOWED_SIGNERS
from forensics.chain_of_custody.seal import write_keys, write_policy
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.people_case import DOE
from tests.chain_of_custody.sealed_case import EDITOR, ORIGIN, STRANGER, TIME, act, forge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forensics.chain_of_custody.canonical import Value

WITNESS = from_seed(bytes(range(96, 128)), "example.net/witness")
SEEN_AT = 1_767_225_600
FIRST, SECOND, REPORT = "exhibits/mail.eml", "exhibits/logins.csv", "report/report.html"


def make(folder: Path, *, kit: bool = True) -> Path:
    """Make a case with two exhibits, a report, an act that a person signed, and a witness who has seen a head."""
    folder.mkdir(parents=True)
    with Log.create(folder) as log:
        log.seal([sealed_case.opening(folder, kit=kit)], EDITOR)
        exhibits = [
            durable.publish(folder, FIRST, b"From: editor@example.org\n\nhello\n"),
            durable.publish(folder, SECOND, b"2020-03-17 192.0.2.7\n"),
        ]
        log.seal([act("evidence.ingest", out=exhibits)], EDITOR)
        allowed = durable.publish(folder, ALLOWED_SIGNERS, log.people.published_with("j.doe", DOE.key))
        log.append([_person("examiner.add", {"name": "j.doe", "key": DOE.key.line}, allowed)], DOE)
        log.seal([_person("finding.review", {"text": "as reported"})], EDITOR, DOE)
        report = durable.publish(folder, REPORT, b"<!DOCTYPE html><title>Report</title>\n")
        log.seal([act("report.render", out=[report])], EDITOR)
        _witnessed(folder, log)
    return folder


def _person(action: str, subject: dict[str, Value], *out: Output) -> Act:
    return Act(action=action, actor=EDITOR.actor, time=TIME, subject={**subject, "by": "j.doe"}, out=out)


def _witnessed(folder: Path, log: Log) -> None:
    """Take in the witness and its cosignature over the present head, as the commands do."""
    key = cosignature.witness_key(WITNESS)
    wanted = policy.Policy(logs=(), witnesses={"friend": key}, groups={}, quorum="friend")
    head = log.checkpoint(EDITOR)
    line = cosignature.cosign(head, WITNESS, SEEN_AT)
    out = [
        write_policy(folder, ORIGIN, log.keys, (), wanted),
        durable.publish(folder, f"witnesses/{key.key_id.hex()}.pub", f"{key.vkey}\n".encode()),
        durable.publish(folder, f"witnesses/{head.size}-{key.key_id.hex()}.cosig", line.encode()),
    ]
    log.seal([act("witness.receive", out=out)], EDITOR)


def edit(path: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Return a forgery that rewrites a file."""

    def forgery(folder: Path) -> None:
        before = (folder / path).read_bytes()
        after = change(before)
        assert after != before
        (folder / path).write_bytes(after)

    return forgery


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    """Return a change of a log, line by line."""
    return lambda content: b"".join(change(content.splitlines(keepends=True)))


def flip(content: bytes) -> bytes:
    """Change one bit in the middle."""
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def swap_exhibits(folder: Path) -> None:
    """Give each exhibit the other's name."""
    first, second = (folder / FIRST).read_bytes(), (folder / SECOND).read_bytes()
    (folder / FIRST).write_bytes(second)
    (folder / SECOND).write_bytes(first)


def rechained(folder: Path) -> None:
    """Leave a record out and chain the rest anew, with the genuine checkpoint."""
    note = (folder / "checkpoint").read_bytes()
    forge(folder, lambda all_lines: [*all_lines[:-2], all_lines[-1]])
    (folder / "checkpoint").write_bytes(note)


def rolled_back_checkpoint(folder: Path) -> None:
    """Put a genuine older checkpoint in the place of the last."""
    older = max((folder / "checkpoints").iterdir(), key=lambda path: int(path.name))
    shutil.copy(older, folder / "checkpoint")


def spaced_base64(content: bytes) -> bytes:
    """Change bits of the root's base64 that stand for nothing."""
    found = content.split(b"\n")
    found[2] = found[2][:-2] + bytes([found[2][-2] + 1]) + b"="
    assert base64.b64decode(found[2]) == base64.b64decode(content.split(b"\n")[2])
    return b"\n".join(found)


def forged_person(content: bytes) -> bytes:
    """Put another signature under the act of a person, of the right form."""
    return re.sub(rb'("sig":"[^"]*)....(..")', rb"\1AAAA\2", content)


def cosignature_of(folder: Path) -> Path:
    """Return the one cosignature."""
    return next((folder / "witnesses").glob("*.cosig"))


FORGERIES: dict[str, Callable[[Path], object]] = {
    "a byte of an exhibit changed": edit(FIRST, flip),
    "an extra file": lambda folder: (folder / "exhibits/more.eml").write_bytes(b"more\n"),
    "an exhibit missing": lambda folder: (folder / SECOND).unlink(),
    "the log cut off": edit("custody.jsonl", lines(lambda all_lines: all_lines[:-2])),
    "lines reordered": edit("custody.jsonl", lines(lambda all_lines: [*all_lines[:2], *all_lines[:1:-1]])),
    "a record left out and the rest chained anew": rechained,
    "rewritten and signed with another key": lambda folder: forge(folder, lambda all_lines: all_lines[:3], by=STRANGER),
    "an older checkpoint put back": rolled_back_checkpoint,
    "a key twice in a record": edit("custody.jsonl", lambda log: log.replace(b'"n":1', b'"n":1,"n":1', 1)),
    "base64 that is not canonical": edit("checkpoint", spaced_base64),
    "exhibits swapped": swap_exhibits,
    "the report changed": edit(REPORT, lambda html: html.replace(b"Report", b"Rapport")),
    "the signature of a person forged": edit("custody.jsonl", forged_person),
    "a cosignature removed": lambda folder: cosignature_of(folder).unlink(),
    "a cosignature changed": lambda folder: edit(str(cosignature_of(folder).relative_to(folder)), flip)(folder),
    "the quorum lowered": edit("trust.policy", lambda text: text.replace(b"quorum friend", b"quorum none")),
    "a program of the kit changed": edit("verify/verify.py", lambda code: code + b"\n"),
}
"""Name → what is done to a copy of the case; no key is needed for any."""


def rolled_back(folder: Path) -> None:
    """Put the state after four records back, with the genuine checkpoint of then."""
    _cut(folder, 4)


def _cut(folder: Path, size: int) -> None:
    """Put the folder back into the state that it had at so many records."""
    sealed = (folder / "custody.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "custody.jsonl").write_bytes(b"".join(sealed[:size]))
    shutil.copy(folder / f"checkpoints/{size}", folder / "checkpoint")
    shutil.rmtree(folder / "witnesses")
    for path in (folder / "checkpoints").iterdir():
        if int(path.name) >= size:
            path.unlink()
    if size < 5:
        shutil.rmtree((folder / REPORT).parent)
    logs = [line for line in (folder / "trust.policy").read_text().splitlines() if line.startswith("log ")]
    (folder / "trust.policy").write_text("\n".join([*logs, policy.NO_WITNESS]))


def another_history(folder: Path) -> None:
    """Go back and seal another report with the same key."""
    _cut(folder, 4)
    with Log.open(folder) as log:
        report = durable.publish(folder, REPORT, b"<!DOCTYPE html><title>Another report</title>\n")
        log.seal([act("report.render", out=[report]), act("note"), act("note")], EDITOR)


def swapped_and_signed(folder: Path) -> None:
    """Swap two records, chain and sign anew."""
    _cut(folder, 5)
    with Log.open(folder) as log:
        log.seal([act("note"), act("note"), replace(act("note"), reason="second")], EDITOR)
    forge(folder, lambda sealed: [*sealed[:-2], sealed[-1], sealed[-2]])


def made_anew(folder: Path) -> None:
    """Make a case of the same name with another key."""
    shutil.rmtree(folder)
    folder.mkdir()
    with Log.create(folder) as log:
        mine = Opening(key=STRANGER.verifier, origin=ORIGIN, time=TIME)
        log.seal([opening_act(mine, write_keys(folder, ORIGIN, [STRANGER.verifier]))], STRANGER.named(ORIGIN))


OUTSIDE: dict[str, Callable[[Path], object]] = {
    "the whole folder rolled back to a genuine older state": rolled_back,
    "another history signed with the examiner's key": another_history,
    "records swapped, chained and signed anew with the examiner's key": swapped_and_signed,
    "the case made anew with another key": made_anew,
}
"""Name → forgeries that verify, and are seen only with what is kept outside the folder."""
