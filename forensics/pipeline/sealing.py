"""The custody acts of a case, in the words of the pipeline.

A ``Sealer`` holds the log and the examiner's key. Each method records one kind of act with the files it produced and
signs a checkpoint, so that an interruption at any point leaves a case that verifies up to there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from forensics import __version__
from forensics import chain_of_custody as custody
from forensics.case import CaseFolder
from forensics.chain_of_custody.acts import is_path
from forensics.chain_of_custody.canonical import Value
from forensics.chain_of_custody.keys import NAME
from forensics.errors import CaseError, KeyMaterialError, UsageError
from forensics.model import Exhibit
from forensics.pipeline.clock import stamp
from forensics.pipeline.own_folder import user_folder

if TYPE_CHECKING:
    from forensics.chain_of_custody import Checkpoint

GROUP = 256
SHOWN = 5
TOOL = {"name": "forensics", "version": __version__}


def default_key() -> Path:
    """Return the path of the examiner's key that is used when none is named."""
    return user_folder() / "keys" / "examiner.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who seals: the key, and whether it is kept anywhere (a one-time key is not)."""

    identity: custody.Identity
    one_time: bool


def signer(path: Path | None, passphrase: str | None) -> Signer:
    """Return the named key, else the examiner's default key, else a key made for this case and then thrown away."""
    chosen = path or default_key()
    if path is None and not chosen.exists():
        return Signer(identity=custody.new_identity("one-time"), one_time=True)
    secret = passphrase if passphrase is not None else os.environ.get("FORENSICS_PASSPHRASE")
    return Signer(identity=custody.load_key(chosen, secret), one_time=False)


def require_name(whole: str, what: str, given: str, *, hint: str) -> None:
    """Refuse what cannot stand in the name of a key (``whole``), before anything is made."""
    if not NAME.fullmatch(whole):
        raise UsageError(
            f"this {what} cannot stand in a key: {given[:80]!r}",
            hint=f"{hint}: letters, digits and ._~:/@- only, and not too long",
        )


def needs_passphrase(path: Path | None) -> bool:
    """Whether the key that would be used is encrypted and no passphrase is in the environment."""
    chosen = path or default_key()
    try:
        encrypted = b"ENCRYPTED" in chosen.read_bytes()[:65_536]
    except FileNotFoundError:
        if path is not None:
            raise KeyMaterialError("no such key file", where=str(path), hint="Make one: forensics keys new") from None
        return False
    except OSError as error:
        raise KeyMaterialError(f"the key cannot be read ({error.strerror})", where=str(chosen)) from error
    return encrypted and not os.environ.get("FORENSICS_PASSPHRASE")


class Sealer:
    """The open log of a case and the key that signs it. Use as a context manager."""

    def __init__(self, case: CaseFolder, log: custody.Log, identity: custody.Identity) -> None:
        """Use ``open_case`` or ``reopen``."""
        self.case = case
        self.log = log
        self.identity = identity

    @classmethod
    def open_case(cls, case: CaseFolder, who: Signer) -> Sealer:
        """Start the log of a new case: kit, keys and ``case.toml`` are its first sealed files."""
        facts = case.facts
        identity = who.identity.named(facts.origin)
        log = custody.Log.create(case.path)
        opening = custody.Opening(
            key=identity.verifier,
            origin=facts.origin,
            time=stamp(),
            examiner=facts.examiner,
            authority=facts.authority,
        )
        out = [*custody.write_kit(case.path), *custody.write_keys(case.path, facts.origin, [opening.key])]
        out.append(custody.measure(case.path, "case.toml"))
        subject: dict[str, str | int] = {"reference": facts.reference, "key": "one-time" if who.one_time else "kept"}
        log.seal([custody.opening_act(opening, out, subject)], identity)
        return cls(case, log, identity)

    @classmethod
    def reopen(cls, case: CaseFolder, who: Signer) -> Sealer:
        """Continue the log of an existing case with a key that it knows."""
        log = custody.Log.open(case.path)
        if not log.origin:
            log.close()
            raise CaseError(
                "this case was never opened: its log is empty",
                where=str(case.path),
                hint="Run `forensics analyze` again",
            )
        identity = who.identity.named(log.origin)
        if identity.actor not in {key.actor for key in log.keys} - log.revoked:
            log.close()
            raise KeyMaterialError(
                "this key is not one of the case's keys",
                where=str(case.path),
                hint="Use the key that sealed it (--key FILE), or print without sealing (--output FILE)",
            )
        return cls(case, log, identity)

    def __enter__(self) -> Self:
        """Return the sealer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the log."""
        self.log.close()

    def record(
        self,
        action: str,
        subject: Mapping[str, Value],
        out: Sequence[str] = (),
        *,
        reason: str = "",
        sign: bool = True,
    ) -> Checkpoint | None:
        """Append one act (split where its files need it) and sign."""
        act = custody.Act(
            action=action,
            actor=self.identity.actor,
            time=stamp(),
            subject=dict(subject),
            reason=reason,
            authority=self.case.facts.authority,
            tool=TOOL,
            out=[custody.measure(self.case.path, path) for path in sorted(out)],
        )
        self.log.append(custody.split_act(act))
        return self.log.checkpoint(self.identity) if sign else None

    def ingest(self, exhibits: Sequence[Exhibit]) -> None:
        """Record what was received, one act per exhibit, in groups; equal bytes under two names are kept once."""
        known: set[str] = set()
        for start in range(0, len(exhibits), GROUP):
            group = [self._ingest(item, known) for item in exhibits[start : start + GROUP]]
            self.log.seal(group, self.identity)

    def _ingest(self, exhibit: Exhibit, known: set[str]) -> custody.Act:
        new = exhibit.sha256 not in known
        known.add(exhibit.sha256)
        output = custody.Output(path=f"exhibits/{exhibit.sha256}", bytes=exhibit.size, sha256=exhibit.sha256)
        return custody.Act(
            action="evidence.ingest",
            actor=self.identity.actor,
            time=stamp(),
            subject={"name": exhibit.name, "bytes": exhibit.size, "sha256": exhibit.sha256, "copy": "evidentiary"},
            authority=self.case.facts.authority,
            tool=TOOL,
            out=[output] if new else [],
        )

    def unsealed(self) -> list[str]:
        """Return the files of the folder that no act names yet; a name that cannot be sealed is a ``CaseError``."""
        found = [
            name
            for name in custody.unsealed(self.case.path, self.log.files)
            if not name.startswith("checkpoints/") and not custody.is_unpublished(name)
        ]
        odd = [name for name in found if not is_path(name)]
        if odd:
            more = f" and {len(odd) - SHOWN} more" if len(odd) > SHOWN else ""
            raise CaseError(
                f"the case folder holds files whose names cannot be sealed: {', '.join(odd[:SHOWN])}{more}",
                where=str(self.case.path),
                hint="Move them elsewhere and run again",
            )
        return found


def recover(folder: Path, key: Path | None, passphrase: str | None) -> list[str]:
    """Seal what a crash or a power cut left in a case; return what to tell the user.

    Half-written temporary files were never part of the case and are removed; whole files that no act names yet are
    sealed as they are and said to be left-overs. The log tells of the recovery itself.
    """
    case = CaseFolder.open(folder)
    with Sealer.reopen(case, signer(key, passphrase)) as sealer:
        case.clear_partial()
        left = sealer.unsealed()
        torn = sealer.log.recovery is not None
        sealer.record("note", {"text": "recovered after an interruption", "files": len(left)}, left)
    lines = [f"left over, now sealed: {name}" for name in left]
    return [*(["the log was torn or unsigned and has been continued"] if torn else []), *lines, f"recovered: {folder}"]
