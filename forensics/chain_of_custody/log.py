"""The append-only file: open, append, sign; and what to do with what a crash left behind.

Order of writing: first the files that acts produce (the caller), then one ``write`` and one ``fsync`` for the lines of
a whole group, then the replaced checkpoint under ``checkpoints/``, then the new ``checkpoint``. The first record of a
group names the checkpoint that it supersedes, so that no earlier checkpoint can be removed unnoticed.

A crash leaves one of three states, and ``Log.open`` continues from each: a torn last line (kept as
``custody.jsonl.torn.OFFSET``), whole records that no checkpoint covers, or a temporary file. The first two are told by
a ``recovery`` record ahead of the next append. Damage in the part that *is* signed is never repaired: ``TamperError``.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import replace
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self

from forensics.chain_of_custody import acts, checkpoint, durable, people, reading
from forensics.chain_of_custody.acts import Act, Output, Record
from forensics.chain_of_custody.checkpoint import Checkpoint
from forensics.chain_of_custody.history import CHECKPOINT_NAME, EARLIER, LOG_NAME, Head, History
from forensics.errors import CaseError, StorageError, TamperError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from forensics.chain_of_custody.keys import Identity, VerifierKey
    from forensics.chain_of_custody.people import People, Signer

_TORN = re.compile(r"custody\.jsonl\.torn\.[0-9]+(-[0-9]+)?")


class Log:
    """A custody log that this process alone may append to. Use as a context manager, or ``close`` it."""

    def __init__(self, folder: Path, handle: int, history: History) -> None:
        """Not for callers: use ``create`` or ``open``."""
        self._folder = folder
        self._handle = handle
        self._history = history
        self._signed = 0
        self._note = b""
        self._recovery: Act | None = None
        self._usable = True

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make an empty log in an existing folder and lock it; ``CaseError`` if there is one already."""
        path = folder / LOG_NAME
        try:
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError as error:
            message = "the folder holds a case already"
            raise CaseError(message, where=folder.name, hint="Choose another folder") from error
        except OSError as error:
            raise durable.storage_error(error, LOG_NAME) from error
        log = cls(folder, handle, History())
        try:
            durable.lock(handle, folder.name)
            os.fsync(handle)
            durable.sync_folder(folder)
        except OSError as error:
            log.close()
            raise durable.storage_error(error, LOG_NAME) from error
        except CaseError:
            log.close()
            raise
        return log

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Lock and read a log. ``CaseError``: in use or not a case. ``TamperError``: its signed part is damaged."""
        try:
            handle = os.open(folder / LOG_NAME, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        except OSError as error:
            message = f"the custody log cannot be opened: {error.strerror}"
            raise CaseError(message, where=folder.name, hint="Check that this is a case folder") from error
        log = cls(folder, handle, History())
        try:
            durable.lock(handle, folder.name)
            log._resume()
        except OSError as error:
            log.close()
            raise durable.storage_error(error, LOG_NAME) from error
        except (CaseError, StorageError, TamperError):
            log.close()
            raise
        return log

    def __enter__(self) -> Self:
        """Return the log itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        self.close()

    def close(self) -> None:
        """Release the lock; closing twice does no harm."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        self._usable = False

    @property
    def size(self) -> int:
        """Records in the log."""
        return self._history.size

    @property
    def signed(self) -> int:
        """Records that the current checkpoint covers."""
        return self._signed

    @property
    def origin(self) -> str:
        """The origin that the first record states, or "" before it."""
        return self._history.origin

    @property
    def head(self) -> Head:
        """Root and last actor as of now."""
        return self._history.head

    @property
    def files(self) -> Mapping[str, Output]:
        """The sealed set: path → state, without the log and its current checkpoint."""
        return MappingProxyType(self._history.files)

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """Every key of the case in the order of its adding, revoked ones included."""
        return tuple(self._history.keys.values())

    @property
    def revoked(self) -> frozenset[str]:
        """Fingerprints of the keys that may no longer act."""
        return frozenset(self._history.revoked)

    @property
    def note(self) -> bytes:
        """The bytes of the current checkpoint; empty before the first."""
        return self._note

    @property
    def history(self) -> History:
        """What the records say so far; for reading only."""
        return self._history

    @property
    def recovery(self) -> Act | None:
        """What the next append will tell first, because a crash came before: tell the user too."""
        return self._recovery

    @property
    def people(self) -> People:
        """The examiners of the case as of now."""
        return self._history.people

    @property
    def set_back(self) -> tuple[int, ...]:
        """Numbers of the records whose time lies before that of the record before."""
        return tuple(self._history.set_back)

    def append(self, group: Sequence[Act], signer: Signer | None = None) -> range:
        """Write acts as one group, durable on return; the numbers of the records written (a recovery included).

        One ``write`` and one ``fsync`` for all. After any failure the file holds what it held before, and this object
        can no longer be used: open the log again. ``ValueError``: an act does not fit into a line (``split_act``).
        ``signer`` is the person who answers for the acts (not for a recovery); the signature covers their places.
        """
        self._require_usable()
        if not group:
            return range(self.size, self.size)
        self._usable = False
        first, lines = self.size, []
        for act in self._prepared(group):
            record = Record(seq=self.size, prev=self._history.prev, act=act)
            if signer is not None and act.action != "recovery":
                record = people.signed(record, signer)
            line = acts.encode_record(record)
            try:
                self._history.check_rules(record)
            except TamperError as error:
                message = f"the act {act.action} cannot be recorded: {error.what}"
                raise CaseError(message, where=self._folder.name, hint="Nothing was written") from error
            self._history.apply(record, line)
            self._history.apply_keys(record)
            lines.append(line)
        data = b"".join(lines)
        self._write(data, self._history.length - len(data))
        self._recovery = None
        self._usable = True
        return range(first, self.size)

    def checkpoint(self, key: Identity) -> Checkpoint:
        """Sign the log as it stands; the key must be the actor of the last record. The replaced one is kept."""
        self._require_usable()
        if key.actor != self._history.last_actor:  # an empty log has none
            message = "a checkpoint is signed by the actor of the last record"
            raise CaseError(message, where=self._folder.name, hint="Append an act with this key first")
        head = Checkpoint(origin=self.origin, size=self.size, root=self.head.root)
        if head.size > self._signed:
            self._usable = False
            note = checkpoint.sign_checkpoint(head, key)
            if self._note:
                durable.publish(self._folder, f"{EARLIER}{self._signed}", self._note)
            durable.publish(self._folder, CHECKPOINT_NAME, note)
            self._note, self._signed, self._usable = note, head.size, True
        return head

    def seal(self, group: Sequence[Act], key: Identity, signer: Signer | None = None) -> Checkpoint:
        """Append and sign: what a command does at its end."""
        self.append(group, signer)
        return self.checkpoint(key)

    def _require_usable(self) -> None:
        if not self._usable:
            message = "the log is closed, or an earlier write failed"
            raise CaseError(message, where=self._folder.name, hint="Run the command again")

    def _prepared(self, group: Sequence[Act]) -> Iterator[Act]:
        """Put the recovery record ahead (but never ahead of ``case.open``) and name the superseded checkpoint."""
        queue = list(group)
        if self._recovery is not None:
            told = replace(self._recovery, actor=queue[0].actor, time=queue[0].time)
            queue.insert(0 if self.size else 1, told)
        if self._note and self._signed == self.size:
            named = durable.describe(f"{EARLIER}{self._signed}", self._note)
            queue[0] = replace(queue[0], out=(*queue[0].out, named))
        yield from queue

    def _write(self, data: bytes, good: int) -> None:
        try:
            written = os.write(self._handle, data)
            if written == len(data):
                os.fsync(self._handle)
                return
        except OSError as error:
            self._undo(good)
            raise durable.storage_error(error, LOG_NAME) from error
        self._undo(good)
        message = f"only {written} of {len(data)} bytes could be written"
        raise StorageError(message, where=LOG_NAME, hint="What was sealed before stays valid; make room")

    def _undo(self, good: int) -> None:
        """Cut back to the last whole record. Should this fail too, the next ``open`` finds a torn tail."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, good)
            os.fsync(self._handle)

    def _resume(self) -> None:
        """Read everything, set aside what a crash left, and note what the next append has to tell."""
        self._remove_unpublished()
        claimed = self._claimed()
        self._history = History(watch=[claimed.size] if claimed else ())
        with os.fdopen(os.dup(self._handle), "rb") as file:
            torn = reading.read_through(file, self._history, claimed.size if claimed else 0)
            if torn is not None:
                file.seek(torn)
                self._set_aside(torn, file.read())
        if claimed is not None:
            self._check_signed()
        elif any(path.startswith(EARLIER) for path in self._history.files):
            message = "the log names earlier checkpoints but there is no current one"
            raise TamperError(message, where=CHECKPOINT_NAME, hint=reading.RESTORE)
        copies = [
            durable.measure(self._folder, name)
            for name in sorted(os.listdir(self._folder))  # noqa: PTH208 - names only
            if _TORN.fullmatch(name) and name not in self._history.files
        ]
        if copies or self.size > self._signed:
            self._recovery = Act(
                action="recovery",
                actor="key:" + "0" * 32,  # replaced by the actor of the next append
                time="1970-01-01T00:00:00Z",
                subject={"found": self.size, "signed": self._signed},
                out=copies,
            )

    def _remove_unpublished(self) -> None:
        for path in [durable.unpublished(self._folder / CHECKPOINT_NAME), *(self._folder / EARLIER).glob(".*.tmp")]:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()

    def _claimed(self) -> Checkpoint | None:
        """Return the head that the checkpoint file states; its signature is checked once the keys are known."""
        try:
            self._note = (self._folder / CHECKPOINT_NAME).read_bytes()
        except FileNotFoundError:
            return None
        try:
            return checkpoint.unverified(self._note)
        except TamperError as error:
            raise TamperError(error.what, where=CHECKPOINT_NAME, hint=reading.RESTORE) from error

    def _check_signed(self) -> None:
        try:
            head, signer = checkpoint.open_checkpoint(self._note, self.keys)
        except TamperError as error:
            raise TamperError(error.what, where=CHECKPOINT_NAME, hint=reading.RESTORE) from error
        if self._history.heads.get(head.size) != Head(root=head.root, actor=signer.actor):
            message = f"the first {head.size} records are not those that were signed"
            raise TamperError(message, where=LOG_NAME, hint=reading.RESTORE)
        self._signed = head.size

    def _set_aside(self, offset: int, tail: bytes) -> None:
        """Keep a torn tail under its offset before cutting it off; evidence of a crash is not thrown away."""
        name, number = f"{LOG_NAME}.torn.{offset}", 1
        while (self._folder / name).exists():
            number += 1
            name = f"{LOG_NAME}.torn.{offset}-{number}"
        durable.publish(self._folder, name, tail)
        os.ftruncate(self._handle, offset)
        os.fsync(self._handle)
