"""The numbered steps by which anyone checks a sealed case; ``kit/verify.py`` takes the same steps without our package.

 1. The folder holds plain files and folders only (no symbolic link, device, pipe or socket).
 2. Every line of ``custody.jsonl`` is one record in its canonical spelling.
 3. Records are numbered from 0, and each names the SHA-256 of the line before.
 4. Every actor is an active key of the case; ``keys/`` and ``trust.policy`` say exactly what the log says.
 5. ``checkpoint`` is signed by the actor of the last record that it covers.
 6. Its size and Merkle root are those of this log: nothing changed, nothing cut off, nothing appended since.
 7. Every replaced checkpoint is still there, signed by the actor of its last record, with the root the log had then.
 8. Every sealed file has the size and SHA-256 that the last record about it states.
 9. Nothing else is in the folder, no empty folders either.
10. Only if asked: the log agrees with a head or a key that the caller knows from elsewhere (a printed report).

What the steps do *not* show: that what the records say is true, who holds a key, or that a genuine older state of the
whole folder was not put back. The last is what step 10 is for. No input makes ``verify_case`` raise: every defect is a
failed step that names the place.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from forensics.chain_of_custody import acts, attestations, checkpoint, durable, keys, policy, reading, stretches
from forensics.chain_of_custody.folder import Listing, digests, list_folder, open_plain
from forensics.chain_of_custody.history import CHECKPOINT_NAME, EARLIER, LOG_NAME, Head, History
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from forensics.chain_of_custody.checkpoint import Checkpoint

TITLES = {
    1: "the folder holds plain files and folders only",
    2: "every line of the log is one canonical record",
    3: "the records are numbered and chained",
    4: "actors and key files agree with the log",
    5: "the checkpoint is signed by the last actor",
    6: "the checkpoint covers exactly this log",
    7: "every earlier checkpoint is there and genuine",
    8: "every sealed file is unchanged",
    9: "nothing else is in the folder",
    10: "the log agrees with what the caller knows",
    **attestations.TITLES,
}
ALWAYS = 9
"""Steps up to this one are always taken."""

POLICY = "trust.policy"
SHOWN = 5
"""Places named per step; the rest is counted."""

CRASHED = "if a command was interrupted, run it again: it recovers the log and signs it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One numbered check: what holds, whether it does, and what was seen or where it fails."""

    n: int
    title: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All steps, the checkpoint if its signature is good, and when records were written as far as tokens show it."""

    ok: bool
    steps: tuple[Step, ...]
    checkpoint: Checkpoint | None
    intervals: tuple[attestations.Interval, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the caller knows from outside the folder: a head that the log once had (or has), and the signing key.

    ``key`` is a verifier key or a ``key:`` fingerprint; only the public key counts, not the name it goes by. ``policy``
    is a C2SP tlog-policy of the caller's own. ``seen`` is the head that this computer saw last, ``namesake`` whether it saw
    another log of the same name, which is told and fails nothing.
    """

    size: int | None = None
    root: str = ""
    key: str = ""
    policy: str = ""
    seen: Checkpoint | None = None
    namesake: bool = False


class _Steps:
    """Defects by step; the first few are kept in words, all are counted."""

    def __init__(self) -> None:
        self.defects: dict[int, list[str]] = {n: [] for n in TITLES}
        self.seen: dict[int, str] = {}

    def fail(self, n: int, what: str, where: str = "") -> None:
        self.defects[n].append(f"{_visible(where)}: {what}" if where else what)

    def report(self, head: Checkpoint | None, more: Collection[int], found: attestations.Attested) -> Report:
        shown = [n for n in TITLES if n <= ALWAYS or n in more]
        steps = tuple(Step(n=n, title=TITLES[n], ok=not self.defects[n], detail=self._detail(n)) for n in shown)
        intervals = () if self.defects[attestations.STAMPED] else found.intervals()
        return Report(ok=all(step.ok for step in steps), steps=steps, checkpoint=head, intervals=intervals)

    def _detail(self, n: int) -> str:
        found = self.defects[n]
        if not found:
            return self.seen.get(n, "")
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        return "; ".join(found[:SHOWN]) + more


def verify_case(folder: Path, expected: Expected | None = None, *, processes: int = 1) -> Report:
    """Take all steps on a case folder, whatever it holds. Reads files in blocks, writes nothing, needs no network.

    A long log may be judged by several ``processes``; the report is the same (``stretches``).
    """
    steps = _Steps()
    listing = list_folder(folder)
    for where, what in listing.defects:
        steps.fail(1, what, where)
    steps.seen[1] = f"{len(listing.files)} files in {len(listing.folders)} folders"
    watch = (expected.size, expected.seen.size if expected.seen else None) if expected else ()
    history = History(watch=watch)
    whole = _read_log(folder, history, steps, processes)
    head = _check_checkpoint(folder, history, steps)
    if not whole:
        for n in (4, 7, 8, 9):
            steps.fail(n, "not checked to the end, because the log cannot be read to its end (step 2)")
    _check_keys(folder, history, steps)
    _check_earlier(folder, history, steps)
    _check_files(folder, listing, history, steps)
    _check_extra(listing, history, steps)
    found = _check_attestations(folder, history, steps)
    if expected is not None:
        _check_expected(history, head, expected, steps)
        _check_own(history, found, expected, steps)
    return steps.report(head, found.shown if expected is None else {10, *found.shown}, found)


def _read_log(folder: Path, history: History, steps: _Steps, processes: int) -> bool:
    """Steps 2, 3 and the first half of 4, in one pass; whether every line was a record."""
    try:
        with open_plain(folder, LOG_NAME) as file, closing(stretches.runs(file, processes)) as runs:
            for run in runs:
                if not _read_lines(file, run.start, history, steps):
                    return False
                history.take(run)
            if not _read_lines(file, sys.maxsize, history, steps):
                return False
    except OSError as error:
        steps.fail(2, f"cannot be read: {error.strerror}", LOG_NAME)
        return False
    if not history.size:
        steps.fail(2, "there is no record", LOG_NAME)
        return False
    steps.seen[2] = steps.seen[3] = f"{history.size} records, {history.length} bytes"
    if history.set_back:
        places = ", ".join(str(number) for number in history.set_back[:SHOWN])
        steps.seen[3] += f"; the clock was set back {len(history.set_back)} times, at record {places}"
    return True


def _read_lines(file: BinaryIO, until: int, history: History, steps: _Steps) -> bool:
    """Read on, line by line, to the byte ``until`` at least; whether every line was a record."""
    if history.length >= until:
        return True
    file.seek(history.length)
    for line in reading.lines(file):
        try:
            record = acts.decode_record(line)
        except TamperError as error:
            steps.fail(2, error.what, _place(history))
            return False
        _check_record(record, line, history, steps)
        if history.length >= until:
            break
    return True


def _place(history: History) -> str:
    """Name the line that follows what was read."""
    return f"{LOG_NAME} line {history.size + 1} (byte {history.length})"


def _check_record(record: acts.Record, line: bytes, history: History, steps: _Steps) -> None:
    try:
        history.check_chain(record)
    except TamperError as error:
        steps.fail(3, error.what, _place(history))
    try:
        history.check_rules(record)
    except TamperError as error:
        steps.fail(4, error.what, _place(history))
        history.apply(record, line)
        return
    history.apply(record, line)
    history.apply_keys(record)


def _check_checkpoint(folder: Path, history: History, steps: _Steps) -> Checkpoint | None:
    """Steps 5 and 6."""
    try:
        head, signer = checkpoint.open_checkpoint(_small(folder, CHECKPOINT_NAME), tuple(history.keys.values()))
    except TamperError as error:
        steps.fail(5, error.what, CHECKPOINT_NAME)
        steps.fail(6, "not checked, because the checkpoint is not signed (step 5)")
        return None
    if signer.actor != history.last_actor:
        steps.fail(5, f"signed by {signer.actor}, but the last record is by {history.last_actor}", CHECKPOINT_NAME)
    if head.size != history.size:
        what = f"covers {head.size} records, but the log holds {history.size}"
        steps.fail(6, f"{what}; {CRASHED}" if head.size < history.size else what, CHECKPOINT_NAME)
    elif head.root != history.head.root:
        steps.fail(6, "the root is not that of the log: a record was changed", CHECKPOINT_NAME)
    steps.seen[5] = f"{head.origin}, by {signer.actor}"
    steps.seen[6] = f"size {head.size}, root {head.root.hex()}"
    return head


def _check_keys(folder: Path, history: History, steps: _Steps) -> None:
    """The second half of step 4: the public files say exactly what the log says."""
    published = keys.published(tuple(history.keys.values()), tuple(history.revoked), "") | history.people.published()
    for path, content in published.items():
        try:
            found = _small(folder, path)
            if not (_is_policy(found, content) if path == POLICY else found == content):
                steps.fail(4, "does not say what the log says", path)
        except TamperError as error:
            steps.fail(4, error.what, path)
    steps.seen[4] = f"{len(history.keys)} keys, {len(history.revoked)} revoked"
    if history.people.keys:
        steps.seen[4] += f"; {history.people.told()}"


def _is_policy(found: bytes, logs: bytes) -> bool:
    """Whether a policy names the active keys first and then, in the one spelling, witnesses and a quorum."""
    if not found.startswith(logs) or not found.isascii():
        return False
    tail = found[len(logs) :].decode("ascii")
    return not policy.parse_policy(tail, strict=True).logs


def _check_attestations(folder: Path, history: History, steps: _Steps) -> attestations.Attested:
    """Steps 11 and 12, where the log names time stamps or cosignatures."""
    found = attestations.check(lambda path: _small(folder, path), history)
    for n, defects in found.defects.items():
        for where, what in defects:
            steps.fail(n, what, where)
    steps.seen.update(found.details())
    return found


def _check_own(history: History, found: attestations.Attested, expected: Expected, steps: _Steps) -> None:
    """The rest of step 10: the caller's own policy, and what this computer saw of the log before."""
    if expected.policy:
        try:
            wanted = policy.parse_policy(expected.policy)
            if wanted.logs and not {parsed.public for parsed in map(keys.parse_vkey, wanted.logs)} & _active(history):
                steps.fail(10, "no active key of the case is a log of it", "your policy")
            if wanted.asks and not found.met(wanted):
                steps.fail(10, f"its quorum {wanted.quorum} has not cosigned any head of this log", "your policy")
        except TamperError as error:
            steps.fail(10, error.what, "your policy")
    if expected.namesake:
        steps.seen[10] += (
            "; but this computer has seen another log of this name, opened with another key: compare the key"
        )
    seen = expected.seen
    if seen is None:
        return
    held = history.head if seen.size == history.size else history.heads.get(seen.size)
    if seen.size > history.size:
        what = f"this computer has seen {seen.size} records of this log, and the folder holds {history.size}"
        steps.fail(10, f"{what}: it is an older state of the case", LOG_NAME)
    elif held is None or held.root != seen.root:
        what = f"the first {seen.size} records are not those that this computer has seen"
        steps.fail(10, f"{what}: the log has two histories", LOG_NAME)


def _active(history: History) -> set[bytes]:
    return {key.public for actor, key in history.keys.items() if actor not in history.revoked}


def _check_earlier(folder: Path, history: History, steps: _Steps) -> None:
    """Step 7."""
    sizes = sorted(int(path.removeprefix(EARLIER)) for path in history.files if _is_earlier(path))
    for size in sizes:
        path = f"{EARLIER}{size}"
        try:
            head, signer = checkpoint.open_checkpoint(_small(folder, path), tuple(history.keys.values()))
        except TamperError as error:
            steps.fail(7, error.what, path)
            continue
        if head.size != size or history.heads.get(size) != Head(root=head.root, actor=signer.actor):
            steps.fail(7, f"is not the head that the log had at {size} records", path)
    steps.seen[7] = f"{len(sizes)} earlier checkpoints"


def _check_files(folder: Path, listing: Listing, history: History, steps: _Steps) -> None:
    """Step 8."""
    total, read = 0, digests(folder, sorted(history.files.keys() & listing.files))
    for path, sealed in sorted(history.files.items()):
        found = read.get(path)
        if found is None:
            steps.fail(8, "is missing", path)
        elif isinstance(found, OSError):
            steps.fail(8, f"cannot be read: {found.strerror}", path)
        else:
            total += found[0]
            if found[0] != sealed.bytes:
                steps.fail(8, f"has {found[0]} bytes, not {sealed.bytes}", path)
            elif found[1] != sealed.sha256:
                steps.fail(8, f"has SHA-256 {found[1]}, not {sealed.sha256}", path)
    steps.seen[8] = f"{len(history.files)} files, {total} bytes"


def _check_extra(listing: Listing, history: History, steps: _Steps) -> None:
    """Step 9."""
    sealed = {LOG_NAME, CHECKPOINT_NAME, *history.files}
    folders = {path[:end] for path in sealed for end, letter in enumerate(path) if letter == "/"}
    for path in sorted(listing.files - sealed):
        steps.fail(9, f"is not sealed; {CRASHED}" if durable.is_unpublished(path) else "is not sealed", path)
    for path in sorted(listing.folders - folders):
        steps.fail(9, "is a folder without sealed files", path)


def _check_expected(history: History, head: Checkpoint | None, expected: Expected, steps: _Steps) -> None:
    """Step 10: rollback and replacement of the whole folder are seen only by someone who remembers a head or a key."""
    if expected.size is not None:
        held = history.heads.get(expected.size) if expected.size != history.size else history.head
        if held is None:
            steps.fail(10, f"the log holds {history.size} records and had no head at {expected.size}", LOG_NAME)
        elif held.root.hex() != expected.root.lower():
            steps.fail(10, f"the root at {expected.size} records is {held.root.hex()}", LOG_NAME)
    if expected.key:
        try:
            actor = expected.key if expected.key.startswith("key:") else keys.parse_vkey(expected.key).actor
        except TamperError as error:
            steps.fail(10, error.what, "the expected key")
            return
        if head is None:
            steps.fail(10, "not compared with the key, because it is not signed (step 5)", CHECKPOINT_NAME)
        elif actor != history.last_actor:
            steps.fail(10, f"signed by {history.last_actor or 'nobody'}, not by {actor}", CHECKPOINT_NAME)
    steps.seen[10] = "as expected"


def _small(folder: Path, path: str) -> bytes:
    """Read a file that is small in every genuine case; ``TamperError`` if it is not there or too large."""
    try:
        with open_plain(folder, path) as file:
            data = file.read(checkpoint.MAX_NOTE + 1)
    except OSError as error:
        message = f"cannot be read: {os.strerror(error.errno or 0)}"
        raise TamperError(message) from error
    return data


def _is_earlier(path: str) -> bool:
    return path.startswith(EARLIER) and path.removeprefix(EARLIER).isdecimal()


def _visible(text: str) -> str:
    """Show a hostile file name without letting it speak to the terminal."""
    return text if text.isascii() and text.isprintable() else ascii(text)
