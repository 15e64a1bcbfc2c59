"""Examiners of a case: whose keys count, since when, until when; and the signatures of people under acts.

The key of the log shows that the tool wrote a line. That a *person* stands behind an act is shown by that person's own
signature, ``sig``: an SSH signature in the namespace ``custody-act`` over the same line without ``sig``. It covers
number, ``prev``, time, reason and authority, so that it fits one place of one log only.

``examiner.add`` introduces a key: signed by an active examiner who vouches for it, or, while there is none, by the key
itself under a name never used before. It may commit to the next key (``next``: SHA-256 of its SSH form).
``examiner.rotate`` puts exactly that key in the place of the present one and is signed by it: a thief of the present
key cannot rotate. ``examiner.revoke`` takes a key out, with a reason and the time ``from`` which it is not to be relied
on; it is signed by any active examiner, or, where a key is lost, by nobody but the log. No act after it verifies.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from forensics.chain_of_custody import acts, ssh_keys, sshsig
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Callable

    from forensics.chain_of_custody.acts import Act, Record
    from forensics.chain_of_custody.ssh_keys import PersonKey

ALLOWED_SIGNERS = "keys/allowed_signers"
NAMESPACES = f"{sshsig.ACT},{sshsig.OFFER},{sshsig.RECEIPT}"
PERSONAL = frozenset({"transfer.offer", "transfer.accept", "disclosure.redact"})
"""Acts that only a person can answer for: unsigned they do not verify once the case has examiners."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_COMMITMENT = re.compile(r"[0-9a-f]{64}")


class Signer(Protocol):
    """Whoever can sign as a person: a key file, an agent, a token."""

    @property
    def key(self) -> PersonKey:
        """The public half."""

    def sign(self, message: bytes, namespace: str) -> bytes:
        """Return the SSH signature (binary) over ``message`` for one purpose."""


@dataclass(slots=True, kw_only=True)
class Examiner:
    """A key of the register. ``state`` is active, replaced or revoked; ``signed`` lists (number, time) of acts."""

    name: str
    key: PersonKey
    since: int
    next: str
    state: str = "active"
    relied_until: str = ""
    signed: list[tuple[int, str]] = field(default_factory=list)


class People:
    """The register after some records; ``keys`` is fingerprint → examiner, in the order of introduction."""

    def __init__(self) -> None:
        """Start before the first record."""
        self.keys: dict[str, Examiner] = {}

    def active(self, name: str) -> Examiner | None:
        """Return the active key of a name."""
        return next((one for one in self.keys.values() if one.name == name and one.state == "active"), None)

    def check(self, record: Record) -> None:
        """Refuse an act whose signature does not fit, or that lacks one it needs; ``TamperError`` says why."""
        act = record.act
        rule = _RULES.get(act.action)
        if rule is not None:
            rule(self, record)
        elif act.sig:
            self.require_active(_signed_by(record), act)
        elif act.action in PERSONAL and self.keys:
            message = f"the act {act.action} is not signed by an examiner"
            raise TamperError(message)

    def apply(self, record: Record) -> None:
        """Take over a record that was checked."""
        act, subject = record.act, record.act.subject
        if act.action in {"examiner.add", "examiner.rotate"}:
            name, key = str(subject["name"]), ssh_keys.parse_line(str(subject["key"]))
            before = self.active(name)
            if before is not None:
                before.state = "replaced"
            following = str(subject.get("next", ""))
            self.keys[key.fingerprint] = Examiner(name=name, key=key, since=record.seq, next=following)
        elif act.action == "examiner.revoke":
            revoked = self.keys[ssh_keys.parse_line(str(subject["key"])).fingerprint]
            revoked.state, revoked.relied_until = "revoked", str(subject["from"])
        if act.sig:
            self.keys[signer_of(act).fingerprint].signed.append((record.seq, act.time))

    def doubts(self) -> list[str]:
        """Say which acts were signed with a key after the time from which, as was told later, it is not relied on."""
        return [
            f"record {number} was signed by {one.name} at {time}, but the key was later revoked from {one.relied_until}"
            for one in self.keys.values()
            if one.relied_until
            for number, time in one.signed
            if time >= one.relied_until
        ]

    def told(self) -> str:
        """Say how many people signed how much, or nothing where there are no examiners."""
        if not self.keys:
            return ""
        acts_signed = sum(len(one.signed) for one in self.keys.values())
        names = len({one.name for one in self.keys.values()})
        return "; ".join([f"{names} examiners signed {acts_signed} records", *self.doubts()])

    def published(self) -> dict[str, bytes]:
        """Return path → content of the file by which ``ssh-keygen -Y verify`` knows the examiners."""
        lines = [_allowed(one.name, one.key) for one in self.keys.values()]
        return {ALLOWED_SIGNERS: b"".join(lines)} if lines else {}

    def published_with(self, name: str, key: PersonKey) -> bytes:
        """Return what the file will hold once a key was added."""
        return self.published().get(ALLOWED_SIGNERS, b"") + _allowed(name, key)

    def require_active(self, key: PersonKey, act: Act) -> None:
        """Refuse an act by a key that is not in the register now, or not that of the person it names."""
        known = self.keys.get(key.fingerprint)
        if known is None or known.state != "active":
            state = "no key of the case" if known is None else f"a key that was {known.state}"
            message = f"the act is signed with {state} ({key.fingerprint})"
            raise TamperError(message)
        if act.subject.get("by") != known.name:
            message = f"the act is signed by {known.name}, but it is told to be by {act.subject.get('by')!a}"
            raise TamperError(message)


def concerns(act: Act) -> bool:
    """Whether the register has a say about an act: one about a person, or that a person signed or has to sign."""
    return bool(act.sig) or act.action in _RULES or act.action in PERSONAL


def signed(record: Record, signer: Signer) -> Record:
    """Return the record with the person's signature."""
    blob = signer.sign(message(record), sshsig.ACT)
    return replace(record, act=replace(record.act, sig=base64.b64encode(blob).decode()))


def message(record: Record) -> bytes:
    """Return what a person signs: the line, its line feed included, without ``sig``."""
    return acts.encode_record(replace(record, act=replace(record.act, sig="")))


def signer_of(act: Act) -> PersonKey:
    """Return the key that a signature states. The signature is *not* checked here."""
    blob = sshsig.from_base64(act.sig)
    return ssh_keys.parse_blob(ssh_keys.texts(blob[len(sshsig.MAGIC + sshsig.VERSION) :], 5)[0])


def _allowed(name: str, key: PersonKey) -> bytes:
    """Return a line of ``allowed_signers`` (ssh-keygen(1))."""
    return f'{name} namespaces="{NAMESPACES}" {key.line}\n'.encode()


def _signed_by(record: Record) -> PersonKey:
    if not record.act.sig:
        what = f"the act {record.act.action} is not signed by an examiner"
        raise TamperError(what)
    return sshsig.open_signature(sshsig.from_base64(record.act.sig), message(record), sshsig.ACT)


def _subject(act: Act, *, extra: frozenset[str]) -> tuple[str, PersonKey]:
    """Return name and key of an act about an examiner; its subject holds the known texts only."""
    subject = act.subject
    if not {"name", "key"} <= set(subject) <= {"name", "key", "by", *extra}:
        what = f"the subject of {act.action} holds other members than it should"
        raise TamperError(what)
    if not all(isinstance(value, str) for value in subject.values()) or not NAME.fullmatch(str(subject["name"])):
        what = f"the subject of {act.action} names nobody (letters, digits and . _ @ - only)"
        raise TamperError(what)
    if not _COMMITMENT.fullmatch(str(subject.get("next", "0" * 64))):
        what = "the commitment to the next key is not 64 lower-case hex digits"
        raise TamperError(what)
    return str(subject["name"]), ssh_keys.parse_line(str(subject["key"]))


def _adds(people: People, record: Record) -> None:
    act = record.act
    name, key = _subject(act, extra=frozenset({"next", "role"}))
    by = _signed_by(record)
    if key.fingerprint in people.keys or people.active(name) is not None:
        what = f"{name} or this key is in the case already"
        raise TamperError(what)
    if any(one.state == "active" for one in people.keys.values()):
        people.require_active(by, act)
        return
    used = any(one.name == name for one in people.keys.values())
    if by != key or act.subject.get("by") != name or used:
        what = f"nobody vouches for {name}: while no examiner is active, a key signs for itself, under a new name"
        raise TamperError(what)


def _rotates(people: People, record: Record) -> None:
    act = record.act
    name, key = _subject(act, extra=frozenset({"next"}))
    by, before = _signed_by(record), people.active(name)
    if before is None or before.next != key.commitment or key.fingerprint in people.keys:
        what = f"{name} has not committed to this key"
        raise TamperError(what)
    if by != key or act.subject.get("by") != name:
        what = "a rotation is signed by the new key"
        raise TamperError(what)


def _revokes(people: People, record: Record) -> None:
    act = record.act
    name, key = _subject(act, extra=frozenset({"from"}))
    known = people.keys.get(key.fingerprint)
    if known is None or known.name != name or known.state == "revoked":
        what = f"the revoked key is no key of {name}"
        raise TamperError(what)
    if not act.reason or not acts.is_time(str(act.subject.get("from"))):
        what = "a revocation states a reason and the time from which the key is not relied on"
        raise TamperError(what)
    if act.sig:
        people.require_active(_signed_by(record), act)


_RULES: dict[str, Callable[[People, Record], None]] = {
    "examiner.add": _adds,
    "examiner.rotate": _rotates,
    "examiner.revoke": _revokes,
}
