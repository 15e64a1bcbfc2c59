"""One act ↔ one line of ``custody.jsonl``: what a record holds, and nothing about files or order.

``Act`` is what a caller states; ``Record`` adds its number and the digest of the line before. ``encode_record`` and
``decode_record`` undo each other: what decodes encodes to the same bytes again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from forensics.chain_of_custody import canonical
from forensics.chain_of_custody.canonical import Value
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = 1
NO_LINE = "0" * 64
"""``prev`` of record 0."""

ACTIONS = frozenset(
    {
        "case.open",
        "case.close",
        "key.add",
        "key.revoke",
        "examiner.add",
        "examiner.rotate",
        "examiner.revoke",
        "owner.declare",
        "evidence.ingest",
        "evidence.verify",
        "evidence.access",
        "working_copy.create",
        "lookup.plan",
        "lookup.query",
        "lookup.answer",
        "lookup.import",
        "registry.load",
        "analysis.run",
        "finding.review",
        "report.render",
        "report.sign",
        "export.create",
        "share.release",
        "disclosure.redact",
        "transfer.offer",
        "transfer.accept",
        "timestamp.receive",
        "witness.receive",
        "proof.create",
        "note",
        "recovery",
        "seal",
    }
)
"""The closed list of actions; a new one is a new version of the format."""

PATH = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._+=@,~-]{0,198}[A-Za-z0-9_+=@,~-])?")
"""One part of a path in a case folder: the same text in JSON, in a shell and on every file system."""

MAX_PATH = 1_000
_ACTOR = re.compile(r"key:[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_TOOL = frozenset({"name", "version", "digest"})
SIGNATURE = re.compile(r"U1NIU0lH[A-Za-z0-9+/]{1,1000}={0,2}")
"""Outer form of ``sig``: base64 of an SSH signature, which starts with the letters SSHSIG."""

_SIGNED_ROOM = 512  # what the signature of a person adds
_ROOM = 512  # what a line needs beyond the act itself: seq, prev and the name of the checkpoint that it supersedes


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Output:
    """A file of the case folder as an act left it: path (``/`` between parts), size in bytes, SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        """Refuse paths that do not stay inside the folder or are not the same everywhere."""
        if not is_path(self.path):
            raise ValueError(f"{self.path[:200]!a} is no path of a case folder")
        if not 0 <= self.bytes <= canonical.MAX_INTEGER:
            raise ValueError(f"{self.path}: the size is out of range")
        if not _DIGEST.fullmatch(self.sha256):
            raise ValueError(f"{self.path}: the digest is not 64 lower-case hex digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What was done: by whom, when (UTC, whole seconds), to what, under which authority, with which files as result.

    ``out`` names files produced or replaced, ``gone`` files removed; both are sorted in the record. ``tool`` holds any
    of ``name``, ``version``, ``digest``. ``sig`` is the signature of a person over the line without it (``people``).
    Empty optional members do not appear in the record.
    """

    action: str
    actor: str
    time: str
    subject: Mapping[str, Value]
    reason: str = ""
    authority: str = ""
    tool: Mapping[str, str] = field(default_factory=dict)
    out: Sequence[Output] = ()
    gone: Sequence[str] = ()
    sig: str = ""

    def __post_init__(self) -> None:
        """Refuse what no verifier would accept, with ``ValueError``."""
        if self.action not in ACTIONS:
            raise ValueError(f"{self.action[:80]!a} is not an action of the closed list")
        if not _ACTOR.fullmatch(self.actor):
            raise ValueError(f"{self.actor[:80]!a} is no key fingerprint")
        if not is_time(self.time):
            raise ValueError(f"{self.time[:80]!a} is not a time YYYY-MM-DDThh:mm:ssZ")
        if self.tool and not (self.tool.keys() <= _TOOL and all(self.tool.values())):
            raise ValueError("tool holds name, version and digest only")
        if self.sig and not SIGNATURE.fullmatch(self.sig):
            raise ValueError("sig is not the base64 of an SSH signature")
        if self.out or self.gone:
            self._require_paths()

    def _require_paths(self) -> None:
        for path in self.gone:
            if not is_path(path):
                raise ValueError(f"{path[:200]!a} is no path of a case folder")
        paths = [output.path for output in self.out] + list(self.gone)
        if len(paths) != len(set(paths)):
            raise ValueError("a path stands twice in one act")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An act in its place: number (from 0) and SHA-256 of the previous line, its line feed included."""

    seq: int
    prev: str
    act: Act


def is_path(text: str) -> bool:
    """Say whether a text is a relative path that can be sealed."""
    return len(text) <= MAX_PATH and all(PATH.fullmatch(part) for part in text.split("/"))


def encode_record(record: Record) -> bytes:
    """Return the line of a record. ``ValueError`` if it would be too long: ``split_act`` first."""
    return canonical.encode(_members(record))


def _members(record: Record) -> dict[str, Value]:
    """Return the object that a record is written as."""
    act = record.act
    members: dict[str, Value] = {
        "v": VERSION,
        "seq": record.seq,
        "prev": record.prev,
        "time": act.time,
        "actor": act.actor,
        "action": act.action,
        "subject": dict(act.subject),
    }
    if act.reason:
        members["reason"] = act.reason
    if act.authority:
        members["authority"] = act.authority
    if act.tool:
        members["tool"] = dict(act.tool)
    if act.sig:
        members["sig"] = act.sig
    if act.out:
        members["out"] = [_entry(output) for output in sorted(act.out)]
    if act.gone:
        members["gone"] = list[Value](sorted(act.gone))
    return members


def decode_record(line: bytes) -> Record:
    """Undo ``encode_record``; a line that is no record in its one spelling is a ``TamperError`` that says why."""
    value = canonical.decode(line)
    if not isinstance(value, dict):
        message = "the line is not an object"
        raise TamperError(message)
    version = value.get("v")
    if version != VERSION or version is True:
        message = f"the record is not of version {VERSION}"
        if isinstance(version, int) and version > VERSION:
            message = (
                f"the record is of version {version}: a newer program sealed this, and only a newer one can check it"
            )
        raise TamperError(message)
    try:
        record = _record(value)
        same = _members(record) == value  # every kind was checked: no true stands for 1
    except ValueError as error:
        message = f"the record is malformed: {error}"
        raise TamperError(message) from error
    if not same:  # a member we do not know, an empty optional one, an unsorted list
        message = "the record holds unknown, empty or unsorted members"
        raise TamperError(message)
    return record


def split_act(act: Act, *, signed: bool = False) -> tuple[Act, ...]:
    """Return acts that each fit into a line and together name the same files; one act if it fits as it is.

    The parts repeat the act with ``part`` and ``parts`` added to the subject; ``signed`` leaves room for the signature
    of a person. ``ValueError`` if even an act without files is too long: put the payload into a file and seal that.
    """
    frame = replace(act, subject={**act.subject, "part": 10**9, "parts": 10**9}, out=(), gone=())
    spare = _ROOM + _SIGNED_ROOM * signed
    room = canonical.MAX_LINE - spare - len(encode_record(Record(seq=0, prev=NO_LINE, act=frame)))
    groups: list[tuple[list[Output], list[str]]] = [([], [])]
    left = room
    items: list[Output | str] = [*sorted(act.out), *sorted(act.gone)]
    for item in items:
        size = len(canonical.encode(_entry(item) if isinstance(item, Output) else item))
        if size > left:
            groups.append(([], []))
            left = room
        left -= size
        if isinstance(item, Output):
            groups[-1][0].append(item)
        else:
            groups[-1][1].append(item)
    if room < 0:
        message = "the act does not fit into a line even without its files"
        raise ValueError(message)
    if len(groups) == 1:
        return (act,)
    return tuple(
        replace(act, subject={**act.subject, "part": number, "parts": len(groups)}, out=out, gone=gone)
        for number, (out, gone) in enumerate(groups, 1)
    )


def _entry(output: Output) -> dict[str, Value]:
    return {"path": output.path, "bytes": output.bytes, "sha256": output.sha256}


def _record(value: dict[str, Value]) -> Record:
    subject, tool = value.get("subject"), value.get("tool", {})
    if not isinstance(subject, dict):
        raise ValueError("subject is not an object")  # noqa: TRY004 - one exception for whatever is no record
    if not isinstance(tool, dict):
        raise ValueError("tool is not an object")  # noqa: TRY004 - as above
    act = Act(
        action=_text(value.get("action"), "action"),
        actor=_text(value.get("actor"), "actor"),
        time=_text(value.get("time"), "time"),
        subject=subject,
        reason=_text(value["reason"], "reason") if "reason" in value else "",
        authority=_text(value["authority"], "authority") if "authority" in value else "",
        tool={key: _text(text, key) for key, text in tool.items()},
        out=tuple([_output(entry) for entry in _list(value, "out")]) if "out" in value else (),
        gone=tuple([_text(path, "gone") for path in _list(value, "gone")]) if "gone" in value else (),
        sig=_text(value["sig"], "sig") if "sig" in value else "",
    )
    prev = _text(value.get("prev"), "prev")
    if not _DIGEST.fullmatch(prev):
        raise ValueError("prev is not 64 lower-case hex digits")
    return Record(seq=_count(value, "seq"), prev=prev, act=act)


def _output(entry: Value) -> Output:
    if not isinstance(entry, dict):
        raise ValueError("an entry of out is not an object")  # noqa: TRY004 - as above
    return Output(
        path=_text(entry.get("path"), "path"),
        bytes=_count(entry, "bytes"),
        sha256=_text(entry.get("sha256"), "sha256"),
    )


def _text(value: Value, key: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{key} is not text")  # noqa: TRY004 - as above
    return value


def _count(members: Mapping[str, Value], key: str) -> int:
    value = members.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{key} is not a count")
    return value


def _list(members: Mapping[str, Value], key: str) -> list[Value]:
    value = members[key]
    if not isinstance(value, list):
        raise ValueError(f"{key} is not a list")  # noqa: TRY004 - as above
    return value


@lru_cache(maxsize=256)
def is_time(text: str) -> bool:
    """Say whether a text is a real moment as records write it. Records of one command share their second."""
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
