"""What a log says when it is read from its first line to its last: chain, tree, keys and the sealed set of files.

Checks come in two sorts, so that a verifier can report them apart: ``check_chain`` (number and digest of the line
before) and ``check_rules`` (who may act, which keys exist, which files are named). ``apply`` takes a line over.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody import merkle, people
from forensics.chain_of_custody.acts import NO_LINE, Act, Output, Record
from forensics.chain_of_custody.keys import VerifierKey, parse_vkey
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from forensics.chain_of_custody.run import Run

LOG_NAME = "custody.jsonl"
CHECKPOINT_NAME = "checkpoint"
EARLIER = "checkpoints/"
TIMES, WITNESSES = "timestamps/", "witnesses/"
"""Where tokens of time-stamping authorities and cosignatures lie; such a file is named once and stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The log as it stood at some size: its root, and the actor of its last record, who has to sign it."""

    root: bytes
    actor: str


class History:
    """The state of a log after some lines. ``files`` is path → last named state: the sealed set.

    ``set_back`` lists the records whose time lies before that of the record before: told, never refused.
    """

    def __init__(self, watch: Collection[int | None] = ()) -> None:
        """Start before the first line. ``watch`` are sizes whose heads are kept besides those of named checkpoints."""
        self.length = 0
        self.prev = NO_LINE
        self.origin = ""
        self.last_actor = ""
        self.keys: dict[str, VerifierKey] = {}
        self.revoked: set[str] = set()
        self.files: dict[str, Output] = {}
        self.heads: dict[int, Head] = {}
        self.received: dict[str, int] = {}
        self.people = people.People()
        self.set_back: list[int] = []
        self._time = ""
        self._edge = merkle.Edge()
        self._watch = watch

    @property
    def size(self) -> int:
        """Records so far."""
        return self._edge.size

    @property
    def head(self) -> Head:
        """The log as it stands now."""
        return Head(root=self._edge.root(), actor=self.last_actor)

    def check_chain(self, record: Record) -> None:
        """Refuse a record that does not follow the last line."""
        if record.seq != self._edge.size:
            message = f"the record is numbered {record.seq}, not {self.size}"
            raise TamperError(message)
        if record.prev != self.prev:
            message = "prev is not the SHA-256 of the line before"
            raise TamperError(message)

    def check_rules(self, record: Record) -> None:
        """Refuse a record by an unknown actor, about an unknown key, or naming files that no record may name."""
        act, first = record.act, self._edge.size == 0
        if (act.action == "case.open") != first:
            message = "the first record, and only the first, opens the case"
            raise TamperError(message)
        rule = _RULES.get(act.action)
        if rule is not None:
            rule(self, act)
        if not first and (act.actor not in self.keys or act.actor in self.revoked):
            message = f"the actor {act.actor} is no active key of the case"
            raise TamperError(message)
        self.people.check(record)
        for output in act.out:
            earlier = output.path == f"{EARLIER}{self.size}" and self.size > 0
            if output.path in {LOG_NAME, CHECKPOINT_NAME} or (output.path.startswith(EARLIER) and not earlier):
                message = f"the path {output.path} cannot be sealed by this record"
                raise TamperError(message)
            if output.path in self.received:
                message = f"the path {output.path} is named a second time"
                raise TamperError(message)
        for path in act.gone:
            if path not in self.files or path.startswith((EARLIER, TIMES, WITNESSES)):
                message = f"the path {path} is not sealed and cannot be removed"
                raise TamperError(message)

    def apply(self, record: Record, line: bytes) -> None:
        """Take over a record. One that breaks the rules changes chain, tree and files, but no keys."""
        act = record.act
        if act.out or act.gone:
            self._apply_files(act)
        if act.time < self._time:  # both are UTC in one spelling
            self.set_back.append(record.seq)
        self._time = act.time
        self.last_actor = act.actor
        self.length += len(line)
        self.prev = hashlib.sha256(line).hexdigest()
        self._edge.push(merkle.leaf_hash(line))
        if self._edge.size in self._watch:
            self.heads[self.size] = self.head

    def _apply_files(self, act: Act) -> None:
        """Take over which files a record names, ahead of its line: a checkpoint that it names is that of the lines before."""
        for output in act.out:
            if output.path == f"{EARLIER}{self.size}":
                self.heads[self.size] = self.head
            self.files[output.path] = output
            if output.path.startswith((TIMES, WITNESSES)):
                self.received.setdefault(output.path, self.size)
        for path in act.gone:
            self.files.pop(path, None)

    def take(self, run: Run) -> bool:
        """Take over a run of plain lines if it follows the last line and its actor may act; else do nothing."""
        if (run.start, run.seq, run.prev) != (self.length, self.size, self.prev):
            return False
        if run.actor not in self.keys or run.actor in self.revoked:
            return False
        if run.time < self._time:
            self.set_back.append(run.seq)
        self.set_back += run.set_back
        self._time, self.last_actor, self.length, self.prev = run.until, run.actor, run.end, run.last
        self.files.update((output.path, output) for output in run.out)
        for leaf in run.leaves:
            self._edge.push(leaf)
            if self._edge.size in self._watch:
                self.heads[self.size] = self.head
        return True

    def apply_keys(self, record: Record) -> None:
        """Take over what a record that keeps the rules says about keys."""
        act = record.act
        if act.action in {"case.open", "key.add"}:
            key = _key_of(act)
            self.origin = self.origin or key.name
            self.keys[key.actor] = key
        elif act.action == "key.revoke":
            self.revoked.add(_key_of(act).actor)
        self.people.apply(record)


def is_plain(act: Act) -> bool:
    """Whether all that ``check_rules`` asks of an act, at any place but the first, is an actor who may act.

    And all that ``apply`` and ``apply_keys`` do with it, beside chain and tree, is to take over the files in ``out``.
    """
    return (
        act.action not in _RULES
        and not people.concerns(act)
        and not act.gone
        and not any(
            output.path in {LOG_NAME, CHECKPOINT_NAME} or output.path.startswith((EARLIER, TIMES, WITNESSES))
            for output in act.out
        )
    )


def _key_of(act: Act) -> VerifierKey:
    """Return the key that a record introduces or revokes.

    Such a subject is flat (text and integers only), so that a shell finds ``"vkey":"…"`` exactly once in the line.
    """
    if not all(isinstance(value, str | int) for value in act.subject.values()):
        message = f"the subject of {act.action} holds more than text and integers"
        raise TamperError(message)
    return parse_vkey(str(act.subject.get("vkey", "")))


def _opens(act: Act) -> None:
    key = _key_of(act)
    if act.subject.get("origin") != key.name:
        message = "the first key is not named by the origin of the case"
        raise TamperError(message)
    if act.actor != key.actor:
        message = "the case is not opened by its first key"
        raise TamperError(message)


def _adds_key(history: History, act: Act) -> None:
    key = _key_of(act)
    if key.name != history.origin:
        message = "the added key is not named by the origin of the case"
        raise TamperError(message)
    if any(key.key_id == known.key_id for known in history.keys.values()):  # the same key has the same id
        message = "the added key, or one with its id, is in the case already"
        raise TamperError(message)


def _revokes_key(history: History, act: Act) -> None:
    key = _key_of(act)
    if key.actor not in history.keys or key.actor in history.revoked:
        message = "the revoked key is no active key of the case"
        raise TamperError(message)
    if key.actor == act.actor:
        message = "a key is revoked by another key of the case, not by itself"
        raise TamperError(message)


_RULES: dict[str, Callable[[History, Act], None]] = {
    "case.open": lambda _, act: _opens(act),
    "key.add": _adds_key,
    "key.revoke": _revokes_key,
}
