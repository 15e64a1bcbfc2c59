"""The cases that are compared: opened and verified first, or made for the comparison from a folder with evidence.

A case is named by a pseudonym: a keyed digest whose key is the digest of its own table of sessions. The same case has the
same pseudonym in every run, and only somebody who holds the case can tell which case a pseudonym stands for.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics import chain_of_custody as custody
from forensics.case import CASE_FILE, CaseFolder
from forensics.errors import CaseError, PolicyError, TamperError, UsageError
from forensics.pipeline.request import Request
from forensics.pipeline.sealed_inputs import owner_of, registries_of, snapshots_of
from forensics.pipeline.sealed_log import last_analysis

if TYPE_CHECKING:
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.model import Owner
    from forensics.pipeline.registries import Registries

SESSIONS, FINDINGS = "sessions.jsonl", "findings.json"
_PURPOSE = b"forensics/correlation/1: pseudonym of a case"
_DIGITS = 12
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedCase:
    """A case as far as a comparison needs it.

    ``steps`` are the actions of its longest takeover sequence in order, ``made_here`` tells that it was analysed for this
    comparison only, ``name`` is what the user calls it.
    """

    id: str
    name: str
    title: str
    path: Path
    verified: bool
    made_here: bool
    tlp: str
    owner: Owner
    registries: Registries
    snapshots: tuple[SnapshotTable, ...]
    lacking: tuple[str, ...]
    steps: tuple[str, ...]


def opened(paths: Sequence[Path], work: Path, *, unverified: bool) -> tuple[ComparedCase, ...]:
    """Return the cases in the order of their pseudonyms, so that the order of arguments is no matter.

    Raises:
        UsageError: fewer than two cases, or one twice.
        TamperError: a case does not verify, and ``unverified`` was not asked for.
        PolicyError: a case has no baseline, so that its owner cannot be told from anybody else.
    """
    if len(paths) < _FEWEST:
        raise UsageError("a comparison needs at least two cases", hint="Give two or more case folders")
    held = [_opened(path, work / str(number), unverified=unverified) for number, path in enumerate(paths)]
    held.sort(key=lambda case: case.id)
    for one, other in pairwise(held):
        if one.id == other.id:
            raise UsageError(f"{one.name} and {other.name} hold the same sessions", hint="Give every case once")
    return tuple(held)


def _opened(path: Path, work: Path, *, unverified: bool) -> ComparedCase:
    if (path / CASE_FILE).is_file() or (path / "custody.jsonl").is_file():
        return _case(path, path, unverified=unverified, made_here=False)
    if (path / "evidence").is_dir() and (path / "owner.toml").is_file():
        return _case(path, _analysed(path, work), unverified=unverified, made_here=True)
    raise CaseError(
        "neither a case nor a folder with evidence/ and owner.toml",
        where=str(path),
        hint="Give folders that `forensics analyze` printed",
    )


def _analysed(path: Path, work: Path) -> Path:
    """Analyse a folder with evidence into a case that lasts as long as the comparison, with what lies beside the folder."""
    from forensics.pipeline.analyze import analyze

    beside = path.resolve().parent
    analyze(
        Request(
            paths=(str(path / "evidence"),),
            case=work,
            owner=path / "owner.toml",
            registries=(beside / "registry",) if (beside / "registry" / "registry.toml").is_file() else (),
            snapshots=(beside / "snapshots",) if (beside / "snapshots").is_dir() else (),
        )
    )
    return work


def _case(path: Path, folder: Path, *, unverified: bool, made_here: bool) -> ComparedCase:
    verified = custody.verify_case(folder).ok
    if not verified and not unverified:
        raise TamperError(
            "the case does not verify",
            where=str(path),
            hint="`forensics verify` says why; --unverified compares it all the same and marks it",
        )
    case = CaseFolder.open(folder)
    analysis = last_analysis(folder)
    declared = owner_of(case, analysis)
    if not declared.declares_baseline:
        raise PolicyError(
            "the owner of this case declares nothing, so their own addresses cannot be kept out of a comparison",
            where=str(path),
            hint="Analyse with --owner first",
        )
    tables, lacking = snapshots_of(case, analysis)
    return ComparedCase(
        id=_pseudonym(folder),
        name=str(path),
        title=case.facts.title,
        path=folder,
        verified=verified,
        made_here=made_here,
        tlp=case.facts.tlp,
        owner=declared,
        registries=registries_of(case, analysis),
        snapshots=tables,
        lacking=lacking,
        steps=_steps(case.read_json(FINDINGS)),
    )


def _pseudonym(folder: Path) -> str:
    try:
        with (folder / SESSIONS).open("rb") as held:
            key = hashlib.file_digest(held, "sha256").digest()
    except OSError as error:
        raise CaseError(f"{SESSIONS} is missing", where=str(folder), hint="Run `forensics verify`") from error
    return f"C-{hmac.new(key, _PURPOSE, hashlib.sha256).hexdigest()[:_DIGITS]}"


def _steps(document: Any) -> tuple[str, ...]:
    """Return the actions of the longest takeover sequence; of several, the earliest."""
    found = [item["facts"]["steps"] for item in document["findings"] if item["kind"] == "takeover_sequence"]
    return tuple(str(step["action"]) for step in max(found, key=len, default=()))
