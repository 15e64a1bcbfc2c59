"""``trust.policy`` (C2SP tlog-policy): which witnesses count, and how many of them have to have seen a head.

The log lines are those of the case's keys and come first (``keys.published``). What follows, the *tail*, is read here
in one spelling: single spaces, no comments, at most 32 witnesses and 32 groups, one quorum line at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody.cosignature import WitnessKey, parse_witness_key
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_LINES = 32
NO_WITNESS = "quorum none\n"
_WORD = re.compile(r"[!-~]+")
MAX_WORD = 200
_KEYWORDS = {"any", "all"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """``logs`` are vkeys as written; ``witnesses`` name → key; ``groups`` name → (k, members); ``quorum`` a name."""

    logs: tuple[str, ...]
    witnesses: dict[str, WitnessKey]
    groups: dict[str, tuple[int, tuple[str, ...]]]
    quorum: str

    @property
    def asks(self) -> bool:
        """Whether any cosignature is asked for."""
        return self.quorum != "none"

    def met(self, cosigners: Collection[WitnessKey]) -> bool:
        """Say whether these witnesses are enough. Keys count, not the names that they go by."""
        seen = {name for name, key in self.witnesses.items() if key in cosigners}
        for name, (needed, members) in self.groups.items():  # a group names only what stands before it
            if sum(member in seen for member in members) >= needed:
                seen.add(name)
        return not self.asks or self.quorum in seen


def parse_policy(text: str, *, strict: bool = False) -> Policy:
    """Read a policy; ``TamperError`` names the line. ``strict`` asks for the one spelling of a sealed file."""
    logs: list[str] = []
    witnesses: dict[str, WitnessKey] = {}
    groups: dict[str, tuple[int, tuple[str, ...]]] = {}
    quorum = ""
    if not text.endswith("\n"):
        message = "the policy does not end with a line feed"
        raise TamperError(message)
    for number, line in enumerate(text[:-1].split("\n"), 1):
        words = re.split(r"[ \t]+", line.strip(" \t"))
        if not strict and (not words[0] or words[0].startswith("#")):
            continue
        try:
            if strict and " ".join(words) != line:
                _refuse("it is not written with single spaces")
            if quorum and (strict or words[0] == "quorum"):
                _refuse("something follows the quorum")
            if not all(map(_WORD.fullmatch, words)) or any(len(word) > MAX_WORD for word in _short(words)):
                _refuse("it holds more than words of printable ASCII")
            quorum = _take(words, logs, witnesses, groups) or quorum
        except TamperError as error:
            message = f"line {number} of the policy: {error.what}"
            raise TamperError(message) from error
    if not quorum:
        message = "the policy has no quorum line"
        raise TamperError(message)
    return Policy(logs=tuple(logs), witnesses=witnesses, groups=groups, quorum=quorum)


def _short(words: list[str]) -> list[str]:
    """Return the words that are bounded: all but the key of a log or a witness (ML-DSA-44 has 1,312 bytes)."""
    at = {"log": 1, "witness": 2}.get(words[0], len(words))
    return words[:at] + words[at + 1 :]


def canonical_tail(policy: Policy) -> str:
    """Return witnesses, groups and quorum as they stand in a sealed ``trust.policy``. Addresses are left out."""
    lines = [f"witness {name} {key.vkey}\n" for name, key in policy.witnesses.items()]
    lines += [f"group {name} {needed} {' '.join(members)}\n" for name, (needed, members) in policy.groups.items()]
    return "".join([*lines, f"quorum {policy.quorum}\n"])


def _take(
    words: list[str],
    logs: list[str],
    witnesses: dict[str, WitnessKey],
    groups: dict[str, tuple[int, tuple[str, ...]]],
) -> str:
    """Take one line in; return the name that a quorum line holds."""
    kind, given = words[0], words[1:]
    known = {**witnesses, **groups}
    if kind == "log" and len(given) in {1, 2}:
        logs.append(given[0])
    elif kind == "witness" and len(given) in {2, 3}:
        key = parse_witness_key(given[1])
        _require_new(given[0], known)
        if any(key.public == other.public for other in witnesses.values()) or len(witnesses) >= MAX_LINES:
            _refuse("the witness stands twice, or there are too many")
        witnesses[given[0]] = key
    elif kind == "group" and len(given) > 2:  # noqa: PLR2004 - name, number, members
        _require_new(given[0], known)
        groups[given[0]] = _group(given[1], given[2:], known, [item for _, held in groups.values() for item in held])
    elif kind == "quorum" and len(given) == 1:
        if given[0] != "none" and given[0] not in known:
            _refuse("the quorum is not defined before")
        return given[0]
    else:
        _refuse("it is no log, witness, group or quorum")
    return ""


def _group(
    count: str, members: list[str], known: Collection[str], taken: Collection[str]
) -> tuple[int, tuple[str, ...]]:
    number = {"any": "1", "all": str(len(members))}.get(count, count)
    if not re.fullmatch(r"[1-9][0-9]?", number) or int(number) > len(members):
        _refuse("the number of a group is any, all, or between 1 and the number of its members")
    if len({*members, *taken}) != len(members) + len(taken) or not set(members) <= set(known):
        _refuse("a member is not defined before, or is a member twice")
    if len(taken) + len(members) > 2 * MAX_LINES:
        _refuse("there are too many members")
    return int(number), tuple(members)


def _require_new(name: str, known: Collection[str]) -> None:
    if name in known or name == "none" or name in _KEYWORDS:
        _refuse("the name is taken")


def _refuse(what: str) -> None:
    raise TamperError(what)
