"""The main job: evidence in, a sealed case with findings and a report out.

Order of acts: open the case · take in and hash every exhibit · read them · load registries and the owner's word ·
judge · write findings and tables · seal the analysis · render the report with that seal's checkpoint · seal again · where
the user opened online look-ups, plan, ask, seal each answer, and judge once more with them.
Whatever stops it, what was recorded so far is signed and the case verifies up to there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forensics.case import CaseFacts, CaseFolder, spelled_name
from forensics.enrichment import snapshots
from forensics.enrichment.bundle import MANIFEST_NAME
from forensics.errors import EvidenceError
from forensics.ingest import mapping_format
from forensics.pipeline import answer_books, online, reading, registries, sealing
from forensics.pipeline.clock import now, stamp
from forensics.pipeline.concluding import conclude
from forensics.pipeline.derivation import Sources, derive, judged_again
from forensics.pipeline.interruption import left_valid
from forensics.pipeline.memory import rare_searches
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.printing import print_with
from forensics.pipeline.request import Request, as_of_day, free_name, read_dkim_keys, read_owner
from forensics.pipeline.sealed_log import DKIM_KEYS, KEYS_SUPPLIED, MAPPING_IN_USE, SNAPSHOTS_AT_HAND
from forensics.registry import files

SNAPSHOTS_PER_RECORD = 200
"""So many names of snapshots, and their digests, fit into one record of the log."""


@rare_searches()
def analyze(request: Request) -> Outcome:
    """Run the whole pipeline into a new case."""
    as_of = as_of_day(request.as_of)
    declared, owner_file = read_owner(request.owner)
    told, key_file = read_dkim_keys(request.dkim_keys)
    mappings = mapping_format.given(request.mappings)
    who = sealing.signer(request.key, request.passphrase)
    loaded = registries.load(request.registries)
    tables = snapshots.load(*request.snapshots)
    books = answer_books.given(request.answers)
    for path in request.paths:
        if path != "-" and not Path(path).exists():
            raise EvidenceError("no such file or folder", where=path, hint="Check the path; nothing was made")
    facts = _facts(request)
    if request.online is not None:
        request.online.check(facts.pap)
    sealing.require_name(facts.origin, "organisation", facts.organisation, hint="Give its domain, such as example.org")
    case = CaseFolder.create(request.case or free_name(f"forensics-case-{now():%Y-%m-%d}"), facts)
    with sealing.Sealer.open_case(case, who) as sealer, left_valid(sealer):
        taken = reading.take_in(case, request.paths)
        sealer.ingest(taken.exhibits)
        _declare_mappings(sealer, mappings)
        sources = Sources(
            taken=taken,
            told={**request.examiner, **told},
            mappings=mappings,
            owner=declared,
            snapshots=tables,
            registries=loaded,
            as_of=as_of,
        )

        def declared_before_judging() -> None:
            _declare(sealer, sources, owner_file)
            _declare_keys(sealer, request.dkim_keys, key_file)
            answer_books.take_in(sealer, books)

        derived = derive(case, sources, declared_before_judging)
        shown = conclude(sealer, derived)
        looked = online.look_up(sealer, derived.page.candidates, request.online) if request.online else None
        if looked is not None and looked.tally.sent:
            derived = judged_again(case, derived)
            shown = conclude(sealer, derived)
        no_pdf = print_with(sealer, shown, wanted=request.pdf)
    reading.require_recognised(derived.inputs.coverage)
    return Outcome(
        case=case,
        exhibits=taken.exhibits,
        inputs=derived.inputs,
        judged=derived.judged,
        view=shown,
        rejections=derived.rejections,
        one_time_key=who.one_time,
        online=looked,
        no_pdf=no_pdf,
    )


def _facts(request: Request) -> CaseFacts:
    """Return the facts of a new case. Its id is a digest of when it was opened and of what was asked, by name only."""
    moment = stamp()
    names = sorted(Path(path).name for path in request.paths)
    seed = json.dumps([moment, names, dict(sorted(request.stated.items()))]).encode()
    stated = {key: value for key, value in request.stated.items() if value}
    return CaseFacts(
        id=hashlib.sha256(seed).hexdigest()[:16],
        opened=moment,
        sample=request.sample,
        parameters={"as_of": request.as_of, **request.examiner},
        **stated,
    )


def _declare(sealer: sealing.Sealer, sources: Sources, owner_file: bytes | None) -> None:
    """Copy the owner file, the registries used and the user's own snapshots into the case, and record them."""
    case = sealer.case
    if owner_file is not None:
        case.write("owner.toml", owner_file)
        sealer.record("owner.declare", {"declared": sources.owner.declares_baseline}, ["owner.toml"], sign=False)
    for item in sources.registries.used:
        written = files.write(item, case.path / "registry").relative_to(case.path).as_posix()
        subject: dict[str, Any] = {
            "name": item.name,
            "version": item.version,
            "digest": item.digest,
            "records": len(item.records),
        }
        sealer.record("registry.load", subject, [written], sign=False)
    for table in sources.snapshots:
        if table.folder.is_relative_to(snapshots.EMBEDDED):
            continue
        for name in (MANIFEST_NAME, *table.manifest.files):
            case.write(f"snapshots/{_slug(table.manifest.id)}/{name}", (table.folder / name).read_bytes())
    own = [name for name in case.files() if name.startswith("snapshots/")]
    held = sources.snapshots
    groups = [held[start : start + SNAPSHOTS_PER_RECORD] for start in range(0, len(held), SNAPSHOTS_PER_RECORD)] or [()]
    for number, group in enumerate(groups, 1):
        named = {table.manifest.id: table.manifest.bundle_sha256 for table in group}
        told: dict[str, Any] = {"text": SNAPSHOTS_AT_HAND, "snapshots": json.dumps(named, sort_keys=True)}
        told |= {"group": number, "groups": len(groups)} if len(groups) > 1 else {}
        last = number == len(groups)
        sealer.record("note", told, own if last else (), sign=last)


def _declare_keys(sealer: sealing.Sealer, path: Path | None, data: bytes | None) -> None:
    """Copy the supplied keys of mail signers into the case; the events name the file as the user called it."""
    if path is not None and data is not None:
        sealer.case.write(DKIM_KEYS, data)
        sealer.record("note", {"text": KEYS_SUPPLIED, "name": spelled_name(path.name)}, [DKIM_KEYS], sign=False)


def _declare_mappings(sealer: sealing.Sealer, mappings: Sequence[mapping_format.GivenMapping]) -> None:
    """Copy the user's mappings into the case before anything is read by them, and record them."""
    for item in mappings:
        name = f"mappings/{item.name}.toml"
        sealer.case.write(name, item.data)
        subject = {
            "text": MAPPING_IN_USE,
            "name": item.format_name,
            "digest": hashlib.sha256(item.data).hexdigest(),
            "provider": item.mapping.provider[:200],
        }
        sealer.record("note", subject, [name], sign=False)


def _slug(name: str) -> str:
    kept = "".join(character if character.isalnum() and character.isascii() else "-" for character in name)
    return kept.strip("-") or "folder"
