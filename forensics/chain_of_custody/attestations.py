"""What others than the examiner say about a case: tokens of time-stamping authorities and cosignatures of witnesses.

``timestamps/N-D.tsr`` is a whole RFC 3161 response over the bytes of the checkpoint of N records, ``timestamps/D.pem``
certificates that responses are checked against, ``witnesses/N-ID.cosig`` the cosignature line of the witness with the
key id ID over that checkpoint, ``witnesses/ID.pub`` the witness's vkey; D are the first eight hex digits of the file's
own SHA-256. Each is named by one record and stays for good.

A token bounds time from both sides. Whatever its checkpoint covers existed before it. The record that names the token,
and every record after it, was written after it, because nobody knew the token's digest earlier.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forensics.chain_of_custody import cosignature
from forensics.chain_of_custody.checkpoint import Checkpoint
from forensics.chain_of_custody.history import EARLIER, TIMES, WITNESSES
from forensics.chain_of_custody.policy import Policy, parse_policy
from forensics.errors import KeyMaterialError, TamperError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate

    from forensics.chain_of_custody.cosignature import Cosignature, WitnessKey
    from forensics.chain_of_custody.history import History
    from forensics.chain_of_custody.timestamp_token import Token

STAMPED, COSIGNED = 11, 12
"""Numbers of the two steps, here and in the kit."""

TITLES = {
    STAMPED: "the time stamps are over checkpoints of this log",
    COSIGNED: "the cosignatures are over checkpoints of this log",
}
TOKEN = re.compile(r"timestamps/([1-9][0-9]{0,14})-([0-9a-f]{8})\.tsr")
ROOTS = re.compile(r"timestamps/([0-9a-f]{8})\.pem")
COSIGNATURE = re.compile(r"witnesses/([1-9][0-9]{0,14})-([0-9a-f]{8})\.cosig")
WITNESS_KEY = re.compile(r"witnesses/([0-9a-f]{8})\.pub")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Between which moments the records ``first`` to ``last`` (numbers as ``seq``) were written; ``None``: not bounded."""

    first: int
    last: int
    after: datetime | None
    before: datetime | None


@dataclass(slots=True, kw_only=True)
class Attested:
    """What was found. ``tokens`` are (records covered, number of the record that names it, token)."""

    defects: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: {n: [] for n in TITLES})
    tokens: list[tuple[int, int, Token]] = field(default_factory=list)
    cosignatures: list[tuple[int, Cosignature]] = field(default_factory=list)
    policy: Policy | None = None
    shown: frozenset[int] = frozenset()
    size: int = 0

    def cosigners(self, size: int) -> frozenset[WitnessKey]:
        """Return the witnesses that have seen at least the first ``size`` records."""
        return frozenset(made.key for covered, made in self.cosignatures if covered >= size)

    def met(self, wanted: Policy) -> int:
        """Return how many records a policy's quorum covers: the largest number that enough witnesses have seen."""
        sizes = sorted({size for size, _ in self.cosignatures}, reverse=True)
        return next((size for size in sizes if wanted.met(self.cosigners(size))), 0)

    def intervals(self) -> tuple[Interval, ...]:
        """Return what the tokens show about the time of every record; nothing where there is no token."""
        if not self.tokens:
            return ()
        edges = sorted({0, *(n for n, _, _ in self.tokens), *(seq for _, seq, _ in self.tokens)})  # all below the size
        found = []
        for first, end in zip(edges, [*edges[1:], self.size], strict=True):
            after = max((token.after for _, seq, token in self.tokens if seq <= first), default=None)
            before = min((token.before for n, _, token in self.tokens if n >= end), default=None)
            found.append(Interval(first=first, last=end - 1, after=after, before=before))
        return tuple(found)

    def details(self) -> dict[int, str]:
        """Return what the two steps have seen, in words."""
        return {STAMPED: self._times(), COSIGNED: self._witnessed()}

    def _times(self) -> str:
        told = [told_interval(item) for item in self.intervals()]
        counted = f"{len(self.tokens)} token{'' if len(self.tokens) == 1 else 's'}"
        return "; ".join([counted, *told, "whether a certificate was revoked is not checked"])

    def _witnessed(self) -> str:
        told = [
            f"{made.key.name} saw {size} records at {instant(datetime.fromtimestamp(made.time, UTC))} by its own clock"
            for size, made in self.cosignatures
        ]
        if self.policy is None or not self.policy.asks:
            return "; ".join([*told, "the policy asks for no witness"])
        covered = self.met(self.policy)
        name = self.policy.quorum
        tail = f"quorum {name}: met for {covered} of {self.size} records" if covered else f"quorum {name}: not met"
        return "; ".join([*told, tail])


def told_interval(item: Interval) -> str:
    """Say an interval, and never more than it shows."""
    which = f"record {item.first}" if item.first == item.last else f"records {item.first} to {item.last}"
    bounds = [
        *([f"after {instant(item.after)}"] if item.after else []),
        *([f"before {instant(item.before)}"] if item.before else []),
    ]
    return f"{which}: written {' and '.join(bounds)}" if bounds else f"{which}: no time stamp"


def instant(moment: datetime) -> str:
    """Return a moment in UTC; a fraction of a second only where there is one."""
    return moment.isoformat().replace("+00:00", "Z")


def check(read: Callable[[str], bytes], history: History) -> Attested:
    """Check every token and cosignature that the log names. ``read`` returns a file or raises ``TamperError``."""
    found = Attested(size=history.size)
    found.shown = frozenset(
        n
        for n, start in ((STAMPED, TIMES), (COSIGNED, WITNESSES))
        if any(path.startswith(start) for path in history.files)
    )
    with contextlib.suppress(TamperError, UnicodeDecodeError):  # step 4 says what is wrong with it
        found.policy = parse_policy(read("trust.policy").decode("ascii"), strict=True)
    sealed = _Sealed(read, history)
    roots = _roots(sealed, found) if STAMPED in found.shown else []
    there = history.received.keys() & history.files.keys()
    for path in sorted(there, key=lambda path: (history.received[path], path)):
        step = STAMPED if path.startswith(TIMES) else COSIGNED
        try:
            if step == STAMPED:
                _take_token(path, sealed, roots, found)
            else:
                _take_cosignature(path, sealed, found)
        except TamperError as error:
            found.defects[step].append((path, error.what))
    return found


class _Sealed:
    """The case as far as attestations need it."""

    def __init__(self, read: Callable[[str], bytes], history: History) -> None:
        self._read = read
        self.history = history

    def read(self, path: str) -> bytes:
        """Return a sealed file; only if it is what was sealed, so that every verifier judges the same bytes."""
        data = self._read(path)
        if hashlib.sha256(data).hexdigest() != self.digest(path):
            message = "is not the file that was sealed"
            raise TamperError(message)
        return data

    def digest(self, path: str) -> str:
        return self.history.files[path].sha256


def _roots(sealed: _Sealed, found: Attested) -> list[Certificate]:
    from forensics.chain_of_custody.timestamp_chain import read_roots

    roots: list[Certificate] = []
    for path in filter(ROOTS.fullmatch, sealed.history.files):
        try:
            roots += [item for item in read_roots(sealed.read(path), path) if item not in roots]
        except (TamperError, KeyMaterialError) as error:
            found.defects[STAMPED].append((path, error.what))
    return roots


def _take_token(path: str, sealed: _Sealed, roots: list[Certificate], found: Attested) -> None:
    from forensics.chain_of_custody.timestamp_chain import check_response

    named = ROOTS.fullmatch(path)
    if named:
        _require(sealed.digest(path).startswith(named[1]), "is not named by its own digest")
        return
    named = TOKEN.fullmatch(path)
    if not named:
        message = "is no time stamp and no certificate"
        raise TamperError(message)
    size = int(named[1])
    _require(sealed.digest(path).startswith(named[2]), "is not named by its own digest")
    data, stamped = sealed.read(path), f"{EARLIER}{size}"
    _require(size <= sealed.history.received[path] and stamped in sealed.history.files, "no checkpoint of this size")
    _require(bool(roots), "there is no certificate in timestamps/ to check it against")
    token = check_response(data, sealed.read(stamped), roots)
    found.tokens.append((size, sealed.history.received[path], token))


def _take_cosignature(path: str, sealed: _Sealed, found: Attested) -> None:
    named = WITNESS_KEY.fullmatch(path)
    if named:
        _require(_witness(sealed, path).key_id.hex() == named[1], "is not the key of this id")
        return
    named = COSIGNATURE.fullmatch(path)
    if not named:
        message = "is no cosignature and no key of a witness"
        raise TamperError(message)
    size, history = int(named[1]), sealed.history
    key = _witness(sealed, f"{WITNESSES}{named[2]}.pub")
    data = sealed.read(path)
    seen = history.heads.get(size)
    if seen is None or size > history.received[path] or f"{EARLIER}{size}" not in history.files:
        message = "no checkpoint of this size"
        raise TamperError(message)
    _require(bool(history.origin), "the log states no origin that it could be over")
    head = Checkpoint(origin=history.origin, size=size, root=seen.root)
    made = cosignature.open_cosignature(_text(data), head, [key])
    _require(made.key.key_id.hex() == named[2], "is of another witness than its name says")
    found.cosignatures.append((size, made))


def _witness(sealed: _Sealed, path: str) -> WitnessKey:
    _require(path in sealed.history.files, "there is no key of this witness")
    text = _text(sealed.read(path))
    _require(text.endswith("\n"), "does not end with a line feed")
    return cosignature.parse_witness_key(text[:-1])


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "is not UTF-8"
        raise TamperError(message) from error


def _require(condition: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise TamperError(what)
