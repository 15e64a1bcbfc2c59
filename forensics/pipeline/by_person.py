"""Acts that a person answers for: who (``--by``), why (``--why``), under what authority (``--authority``), with which key.

Two keys take part. The *log key* (``--key``) signs the checkpoint, as for every command. The *person's key* (``--sign``:
a file, ``agent``, ``agent:SHA256:…`` or ``pkcs11:…``) signs the act itself. Without ``--sign`` the log key serves as
the person's, if it is registered as an examiner's; otherwise the act stands unsigned, and is told so.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forensics import chain_of_custody as custody
from forensics.case import CaseFolder
from forensics.chain_of_custody import pkcs11_token, seal, signers, ssh_agent
from forensics.chain_of_custody.canonical import Value
from forensics.chain_of_custody.people import Signer
from forensics.errors import CaseError, ForensicsError, KeyMaterialError, UsageError
from forensics.pipeline import sealing
from forensics.pipeline.clock import stamp

AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByPerson:
    """What the options say about who acts. ``passphrase`` is of the log key, ``secret`` of the person's key."""

    key: Path | None = None
    passphrase: str | None = None
    sign: str = ""
    secret: str | None = None
    name: str = ""
    why: str = ""
    authority: str = ""


def signer_of(sign: str, secret: str | None) -> Signer:
    """Open a person's key: an agent's, a token's, or a file's."""
    if sign == AGENT or sign.startswith(f"{AGENT}:"):
        return ssh_agent.open_agent(sign.removeprefix(AGENT).removeprefix(":"))
    if sign.startswith(pkcs11_token.SCHEME):
        return pkcs11_token.open_token(sign, secret or os.environ.get("FORENSICS_PIN", ""))
    return signers.open_file(Path(sign), secret if secret is not None else os.environ.get("FORENSICS_PASSPHRASE"))


def secret_wanted(sign: str) -> str:
    """Say what has to be asked for before a key can be used: a passphrase, a PIN, or nothing (empty)."""
    if not sign or sign == AGENT or sign.startswith(f"{AGENT}:"):
        return ""
    if sign.startswith(pkcs11_token.SCHEME):
        return "" if os.environ.get("FORENSICS_PIN") else "PIN"
    locked = signers.is_locked(Path(sign)) and not os.environ.get("FORENSICS_PASSPHRASE")
    return "Passphrase" if locked else ""


class Desk:
    """An open case and the person who acts on it."""

    def __init__(self, sealer: sealing.Sealer, by: ByPerson, signer: Signer | None) -> None:
        """Use ``at_desk``."""
        self.sealer = sealer
        self.by = by
        self.signer = signer

    @property
    def people(self) -> custody.People:
        """The examiners of the case."""
        return self.sealer.log.people

    def require_examiner(self) -> Signer:
        """Return the person's key, or refuse: this act has to be signed by a registered examiner."""
        if self.signer is None:
            raise KeyMaterialError(
                "this act is signed by an examiner of the case, and there is no key of one at hand",
                where=str(self.sealer.case.path),
                hint="Register: forensics custody examiner add CASE --name NAME; or name your key: --sign KEY",
            )
        return self.signer

    def name(self) -> str:
        """Return who acts: the examiner whose key signs, else ``--by``, else the examiner of ``case.toml``."""
        if self.signer is None:
            return self.by.name or self.sealer.case.facts.examiner
        known = self.people.keys[self.signer.key.fingerprint].name
        if self.by.name not in {"", known}:
            raise UsageError(
                f"the key is {known}'s, not {self.by.name!r}'s", hint="Leave --by out, or use the other key"
            )
        return known

    def record(
        self,
        action: str,
        subject: Mapping[str, Value],
        files: Mapping[str, bytes] | None = None,
        *,
        signer: Signer | None = None,
    ) -> list[str]:
        """Write the files of an act, append it signed by ``signer`` or the person at the desk, seal; what to tell besides.

        If the act cannot be appended (an agent refused, a rule forbids it), the files are as they were before.
        """
        sealer, by = self.sealer, signer or self.signer
        log, path = sealer.log, sealer.case.path
        written = {**(files or {}), **({} if by is None else self._kit())}
        before = {name: (path / name).read_bytes() if name in log.files else None for name in written}
        earlier = len(log.set_back)
        try:
            out = [custody.publish(path, name, data) for name, data in sorted(written.items())]
            log.append(custody.split_act(self._act(action, subject, out), signed=by is not None), by)
        except ValueError as error:
            _restored(path, before)
            raise CaseError("the act is too long for a line of the log", hint="Put the text into a file") from error
        except ForensicsError:
            _restored(path, before)
            raise
        log.checkpoint(sealer.identity)
        told = [] if by is not None else ["unsigned: no examiner's key was used, the log key alone stands for the act"]
        if len(log.set_back) > earlier:
            told.append(f"the clock was set back: record {log.set_back[-1]} is dated before the one before; both stand")
        return told

    def _act(self, action: str, subject: Mapping[str, Value], out: Sequence[custody.Output]) -> custody.Act:
        return custody.Act(
            action=action,
            actor=self.sealer.identity.actor,
            time=stamp(),
            subject=dict(subject),
            reason=self.by.why,
            authority=self.by.authority or self.sealer.case.facts.authority,
            tool=sealing.TOOL,
            out=out,
        )

    def _kit(self) -> dict[str, bytes]:
        """Return the kit where the case holds an older one: that knows no signatures of people."""
        sealed = self.sealer.log.files
        new = [seal.kit_file(name) for name in seal.KIT]
        same = all(sealed.get(item.path) == item for item, _ in new)
        return {} if same else {item.path: data for item, data in new}


def _restored(path: Path, before: Mapping[str, bytes | None]) -> None:
    """Put files back as they were; a folder that this leaves empty is removed, because none may lie in a case."""
    for name, data in before.items():
        if data is not None:
            custody.publish(path, name, data)
            continue
        (path / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (path / name).parent.rmdir()


@contextlib.contextmanager
def at_desk(folder: Path, by: ByPerson, *, fresh: Signer | None = None) -> Iterator[Desk]:
    """Open a case to act on it in person. A key that is no examiner's, or a revoked one, is refused before any write.

    ``fresh`` is a key that this very act introduces.
    """
    case = CaseFolder.open(folder)
    with sealing.Sealer.reopen(case, sealing.signer(by.key, by.passphrase)) as sealer:
        named = bool(by.sign) and fresh is None
        signer: Signer = signer_of(by.sign, by.secret) if named else signers.of_identity(sealer.identity)
        known = sealer.log.people.keys.get(signer.key.fingerprint)
        active = known is not None and known.state == "active"
        if named and not active:
            state = "is no examiner's of this case" if known is None else f"was {known.state}"
            raise KeyMaterialError(
                f"the key {signer.key.fingerprint} {state}",
                where=str(folder),
                hint="See: forensics custody examiner list CASE; register it: forensics custody examiner add",
            )
        yield Desk(sealer, by, signer if active else None)


def note(folder: Path, text: str, by: ByPerson) -> list[str]:
    """Put a person's remark into the log."""
    if not text.strip():
        raise UsageError("the note is empty", hint="Write what you want to have on record")
    with at_desk(folder, by) as desk:
        subject: dict[str, Value] = {"text": text}
        if desk.name():
            subject["by"] = desk.name()
        told = desk.record("note", subject)
        return [f"noted: record {desk.sealer.log.size - 1}", *told]
