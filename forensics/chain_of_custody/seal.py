"""What makes a folder a case that strangers can check: its keys, its policy, its kit, and the acts that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody import durable, keys, policy
from forensics.chain_of_custody.acts import Act, Output
from forensics.chain_of_custody.keys import VerifierKey
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from forensics.chain_of_custody.canonical import Value

KIT = ("README.txt", "verify.html", "verify.py", "verify.sh")
KIT_FOLDER = "verify"
POLICY = "trust.policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the first record says besides its files: who opens the case, when, under which origin."""

    key: VerifierKey
    origin: str
    time: str
    examiner: str = ""
    authority: str = ""


def write_kit(folder: Path) -> tuple[Output, ...]:
    """Copy the verification kit to ``folder/verify``; the entries for the record's ``out``."""
    return tuple(durable.publish(folder, output.path, data) for output, data in map(kit_file, KIT))


def kit_file(name: str) -> tuple[Output, bytes]:
    """Return a program or page of the kit as it goes into a case, and its bytes."""
    from importlib.resources import files

    data = (files(__package__) / "kit" / name).read_bytes()
    return durable.describe(f"{KIT_FOLDER}/{name}", data), data


def write_keys(
    folder: Path, origin: str, known: Sequence[VerifierKey], revoked: Sequence[str] = ()
) -> tuple[Output, ...]:
    """Write ``keys/`` and ``trust.policy`` for a case's keys under its origin; the entries for ``out``.

    ``known`` are all keys in the order of their adding (``Log.keys`` and a new one); ``revoked`` are fingerprints.
    Witnesses and quorum that ``trust.policy`` names already stay as they are.
    """
    named = [VerifierKey(name=origin, public=key.public) for key in known]
    content = keys.published(named, revoked, _tail(folder))
    return tuple(durable.publish(folder, path, data) for path, data in content.items())


def write_policy(
    folder: Path, origin: str, known: Sequence[VerifierKey], revoked: Sequence[str], wanted: policy.Policy
) -> Output:
    """Write ``trust.policy`` anew with the witnesses, groups and quorum of ``wanted``; the entry for ``out``."""
    named = [VerifierKey(name=origin, public=key.public) for key in known]
    content = keys.published(named, revoked, policy.canonical_tail(wanted))
    return durable.publish(folder, POLICY, content[POLICY])


def _tail(folder: Path) -> str:
    """Return the witnesses and the quorum that the case's policy names so far; nothing that is damaged is taken over."""
    try:
        return policy.canonical_tail(policy.parse_policy((folder / POLICY).read_text(encoding="ascii"), strict=True))
    except (FileNotFoundError, UnicodeDecodeError, TamperError):
        return policy.NO_WITNESS


def opening_act(opening: Opening, out: Sequence[Output], subject: Mapping[str, str | int] | None = None) -> Act:
    """Return the act ``case.open``: it introduces the origin and the first key. ``subject`` adds flat members."""
    key = VerifierKey(name=opening.origin, public=opening.key.public)
    members: dict[str, Value] = {**(subject or {}), "origin": opening.origin, "vkey": key.vkey}
    if opening.examiner:
        members["examiner"] = opening.examiner
    return Act(
        action="case.open",
        actor=key.actor,
        time=opening.time,
        subject=members,
        authority=opening.authority,
        out=out,
    )


def key_act(action: str, key: VerifierKey, by: Opening, out: Sequence[Output]) -> Act:
    """Return ``key.add`` or ``key.revoke`` for a key, by an active key of the case (``by.key``)."""
    named = VerifierKey(name=by.origin, public=key.public)
    members: dict[str, Value] = {"vkey": named.vkey}
    if by.examiner:
        members["examiner"] = by.examiner
    return Act(action=action, actor=by.key.actor, time=by.time, subject=members, authority=by.authority, out=out)
