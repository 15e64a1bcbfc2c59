"""Read back from a case everything that its last analysis rested on; nothing is taken from anywhere else.

The one exception are snapshots that come with the tool: the case holds their digests, and they are found by digest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import event_store
from forensics.enrichment import snapshots
from forensics.errors import CaseError
from forensics.model import Owner
from forensics.pipeline import registries
from forensics.pipeline.request import ASSUMED, as_of_day, read_owner
from forensics.pipeline.sealed_log import DKIM_KEYS, LastAnalysis

if TYPE_CHECKING:
    from forensics.case import CaseFolder
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.ingest.intake import RefusedInput
    from forensics.pipeline.derivation import Sources

ANSWERS = "answers/"
_GIVEN = ("case.toml", "owner.toml", DKIM_KEYS)
_FOLDERS = ("exhibits/", "mappings/", "registry/", "snapshots/", ANSWERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedInputs:
    """The sources of the last analysis, and what of them could not be had."""

    sources: Sources
    lacking: tuple[str, ...]


def sealed_inputs(case: CaseFolder, analysis: LastAnalysis, more: Sequence[Path]) -> SealedInputs:
    """Return the sources of the last analysis; ``more`` are folders with snapshots that this version lacks.

    Raises:
        CaseError: an input is not in the case any more, or is not the one that was analysed.
    """
    from forensics.ingest import mapping_format
    from forensics.pipeline import reading
    from forensics.pipeline.derivation import (
        Sources,  # what reads evidence: a report asks for less and does not need it
    )

    _require_unchanged(case, analysis)
    tables, missing = snapshots_of(case, analysis, more)
    told, unknown = _keys(case, analysis)
    parameters = case.facts.parameters
    sources = Sources(
        taken=reading.Taken(exhibits=tuple(analysis.exhibits), refused=_refused(case)),
        told={**{key: parameters[key] for key in ASSUMED if key in parameters}, **told},
        mappings=mapping_format.given(tuple(case.path / name for name in analysis.mappings)),
        owner=owner_of(case, analysis),
        snapshots=tables,
        registries=registries_of(case, analysis),
        as_of=as_of_day(str(analysis.subject.get("as_of", parameters.get("as_of", "event")))),
    )
    return SealedInputs(sources=sources, lacking=(*missing, *unknown))


def _require_unchanged(case: CaseFolder, analysis: LastAnalysis) -> None:
    """Refuse where a file that the analysis read has been replaced or taken away since, or was never copied."""
    if analysis.by_reference:
        name = analysis.by_reference[0]
        raise _not_held(case, f"exhibit {name!r} is not in the case (taken by reference)", "Put a copy into a new case")
    for path, output in sorted(analysis.inputs.items()):
        if path not in _GIVEN and not path.startswith(_FOLDERS):
            continue
        if path not in analysis.files or not (case.path / path).is_file():
            names = [item.name for item in analysis.exhibits if path.endswith(item.sha256)]
            raise _not_held(case, f"{names[0] if names else path} is no longer in the case", "Restore it from a copy")
        if analysis.files[path] != output:
            raise _not_held(case, f"{path} was replaced after the last analysis", "Analyse anew, then replay")
    for item in analysis.exhibits:
        if f"exhibits/{item.sha256}" not in analysis.inputs:
            raise _not_held(case, f"exhibit {item.name!r} is not in the case", "Restore it from a copy")


def _not_held(case: CaseFolder, what: str, hint: str) -> CaseError:
    return CaseError(f"{what}: the analysis cannot be repeated", where=str(case.path), hint=hint)


def _refused(case: CaseFolder) -> tuple[RefusedInput, ...]:
    """Return what could not be taken in: it is not in the case, so its sealed rejections are all there is of it."""
    from forensics.ingest.intake import RefusedInput
    from forensics.pipeline import reading

    with event_store.connect(case.path) as connection:
        found = connection.execute(
            "select member, reason from rejections where exhibit = ?", [reading.NOT_TAKEN_IN]
        ).fetchall()
    return tuple(RefusedInput(name=name, reason=reason) for name, reason in found)


def owner_of(case: CaseFolder, analysis: LastAnalysis) -> Owner:
    """Return what the owner declared for the last analysis."""
    if "owner.toml" not in analysis.inputs:
        return Owner()
    declared, _ = read_owner(case.path / "owner.toml")
    return declared


def registries_of(case: CaseFolder, analysis: LastAnalysis) -> registries.Registries:
    """Return the registry releases that the last analysis used, in its order."""
    named = analysis.subject.get("registries", [])
    digests = [str(item) for item in named] if isinstance(named, list) else []
    for digest in digests:
        if f"registry/{digest}.jsonl" not in analysis.inputs:
            raise _not_held(
                case, f"the registry release {digest[:16]}… is not in the case", "Analyse anew, then replay"
            )
    return registries.load_sealed(case.path / "registry", digests)


def _keys(case: CaseFolder, analysis: LastAnalysis) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return what the formats are told of signers' keys; events name the file as the user called it."""
    if DKIM_KEYS not in analysis.inputs:
        return {}, ()
    lacking = () if analysis.key_file else (f"the case does not say what the file in {DKIM_KEYS} was called",)
    from forensics.ingest import mail_dkim_keys

    data = (case.path / DKIM_KEYS).read_bytes()
    return {mail_dkim_keys.TOLD: mail_dkim_keys.parse(data, analysis.key_file or DKIM_KEYS)}, lacking


def snapshots_of(
    case: CaseFolder, analysis: LastAnalysis, more: Sequence[Path] = ()
) -> tuple[tuple[SnapshotTable, ...], tuple[str, ...]]:
    """Return the snapshots that were at hand, in the usual order, and in words those that cannot be found."""
    if analysis.snapshots is None:
        raise _not_held(case, "the log does not say which snapshots were at hand", "Analyse anew, then replay")
    found: dict[tuple[str, str], SnapshotTable] = {}
    sealed = case.path / "snapshots"
    for tables in (
        snapshots.load(sealed, embedded=False) if sealed.is_dir() else (),
        snapshots.load(*more, embedded=False),
        snapshots.load(),
    ):
        for table in tables:
            found.setdefault((table.manifest.id, table.manifest.bundle_sha256), table)
    wanted = sorted(analysis.snapshots.items())
    held = [found[pair] for pair in wanted if pair in found]
    lacking = tuple(
        f"snapshot {name} (digest {digest[:16]}…) was at hand and does not come with this version: --snapshot DIR gives it"
        for name, digest in wanted
        if (name, digest) not in found
    )
    return tuple(sorted(held, key=lambda table: (table.manifest.as_of, table.manifest.id))), lacking
