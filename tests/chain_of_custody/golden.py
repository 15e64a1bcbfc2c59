"""The frozen vectors of ``samples/custody/v1``: one case that verifies, and cases that must not, named by defect.

``python -m tests.chain_of_custody.golden FOLDER`` makes them; ``FOLDER`` is frozen once released, because what verified
once has to verify forever. A change of the format makes a ``v2`` beside it.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.chain_of_custody import canonical, durable
from forensics.chain_of_custody.acts import NO_LINE, Record, encode_record
from forensics.chain_of_custody.log import Log
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, STRANGER, act, forge

if TYPE_CHECKING:
    from collections.abc import Callable


def plain(folder: Path) -> None:
    """Make a case with one checkpoint and no kit: the ground for forgeries."""
    folder.mkdir(parents=True)
    with Log.create(folder) as log:
        exhibit = durable.publish(folder, "exhibits/mail.eml", b"From: editor@example.org\n\nhello\n")
        log.seal([sealed_case.opening(folder), act("evidence.ingest", out=[exhibit]), act("note")], EDITOR)


def replaced(folder: Path, path: str, old: bytes, new: bytes) -> None:
    """Replace bytes that stand in a file."""
    content = (folder / path).read_bytes()
    assert old in content
    (folder / path).write_bytes(content.replace(old, new, 1))


def line_of(value: bytes) -> Callable[[list[bytes]], list[bytes]]:
    """Return a forgery that puts a line in the place of the last."""
    return lambda lines: [*lines[:-1], value]


def last_as(**changes: canonical.Value) -> Callable[[list[bytes]], list[bytes]]:
    """Return a forgery that changes members of the last line."""

    def change(lines: list[bytes]) -> list[bytes]:
        value = canonical.decode(lines[-1])
        assert isinstance(value, dict)
        return [*lines[:-1], canonical.encode({**value, **changes})]

    return change


def earlier(folder: Path) -> None:
    """Turn the case into one with an earlier checkpoint."""
    with Log.open(folder) as log:
        log.seal([act("note")], EDITOR)


def cut_off(folder: Path) -> None:
    """Cut the last record off."""
    lines = (folder / "custody.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "custody.jsonl").write_bytes(b"".join(lines[:-1]))


def without_earlier(folder: Path) -> None:
    """Remove an earlier checkpoint."""
    earlier(folder)
    shutil.rmtree(folder / "checkpoints")


def foreign_earlier(folder: Path) -> None:
    """Put the current checkpoint in the place of an earlier one."""
    earlier(folder)
    shutil.copy(folder / "checkpoint", folder / "checkpoints" / "3")


def unchained(folder: Path) -> None:
    """Swap two records without changing what they say of each other."""
    lines = (folder / "custody.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "custody.jsonl").write_bytes(b"".join([lines[0], lines[2], lines[1]]))


def resigned_without_chain(folder: Path) -> None:
    """Number a record wrongly and sign the result."""
    record = Record(seq=7, prev=NO_LINE, act=act("note"))
    lines = (folder / "custody.jsonl").read_bytes().splitlines(keepends=True)
    forge(folder, lambda _: lines)
    (folder / "custody.jsonl").write_bytes(b"".join([*lines[:2], encode_record(record)]))


DUPLICATE = b'{"action":"note","action":"note","v":1}\n'
ESCAPE: list[canonical.Value] = [{"bytes": 1, "path": "../../outside", "sha256": "0" * 64}]
RESERVED: list[canonical.Value] = [{"bytes": 1, "path": "checkpoint", "sha256": "0" * 64}]
EXTENSION = b"\nextension\n"

MUST_FAIL: dict[str, tuple[int, Callable[[Path], object]]] = {
    "byte-of-an-exhibit-changed": (8, lambda f: replaced(f, "exhibits/mail.eml", b"hello", b"hallo")),
    "exhibit-cut-short": (8, lambda f: replaced(f, "exhibits/mail.eml", b"hello\n", b"hello")),
    "exhibit-removed": (8, lambda f: (f / "exhibits/mail.eml").unlink()),
    "file-added": (9, lambda f: (f / "exhibits/planted.eml").write_bytes(b"planted\n")),
    "record-edited": (6, lambda f: replaced(f, "custody.jsonl", b'"n":1', b'"n":2')),
    "records-swapped": (3, unchained),
    "record-numbered-wrongly": (3, resigned_without_chain),
    "last-record-cut-off": (6, cut_off),
    "line-feed-missing": (2, lambda f: replaced(f, "custody.jsonl", b'"v":1}\n', b'"v":1}')),
    "carriage-return": (2, lambda f: replaced(f, "custody.jsonl", b'"v":1}\n', b'"v":1}\r\n')),
    "duplicate-key-signed": (2, lambda f: forge(f, line_of(DUPLICATE))),
    "unknown-action-signed": (2, lambda f: forge(f, last_as(action="case.burn"))),
    "path-outside-signed": (2, lambda f: forge(f, last_as(out=ESCAPE))),
    "reserved-path-signed": (4, lambda f: forge(f, last_as(out=RESERVED))),
    "stranger-acts-signed": (4, lambda f: forge(f, last_as(actor=COLLEAGUE.actor))),
    "signed-by-stranger": (5, lambda f: forge(f, lambda lines: lines, STRANGER)),
    "rewritten-and-signed-by-stranger": (5, lambda f: forge(f, lambda lines: [lines[0], lines[2]], STRANGER)),
    "checkpoint-with-extension": (5, lambda f: replaced(f, "checkpoint", b"\n\n", b"\n" + EXTENSION)),
    "checkpoint-with-leading-zero": (5, lambda f: replaced(f, "checkpoint", b"\n3\n", b"\n03\n")),
    "checkpoint-removed": (5, lambda f: (f / "checkpoint").unlink()),
    "earlier-checkpoint-removed": (7, without_earlier),
    "earlier-checkpoint-replaced": (7, foreign_earlier),
    "policy-lists-nobody": (4, lambda f: (f / "trust.policy").write_bytes(b"quorum none\n")),
    "log-removed": (2, lambda f: (f / "custody.jsonl").unlink()),
}
"""Name → number of a step that must fail, and the damage done to a case with one checkpoint."""


def main(target: Path) -> None:
    """Write all vectors into an empty folder."""
    sealed_case.rich(target / "good")
    for name, (_, harm) in MUST_FAIL.items():
        folder = target / "must-fail" / name
        plain(folder)
        harm(folder)
    steps = {name: step for name, (step, _) in sorted(MUST_FAIL.items())}
    (target / "must-fail.json").write_text(json.dumps(steps, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
