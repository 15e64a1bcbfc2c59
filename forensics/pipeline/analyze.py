"""The main job: evidence in, a sealed case with findings and a report out.

Order of acts: open the case · take in and hash every exhibit · read them · load registries and the owner's word ·
judge · write findings and tables · seal the analysis · render the report with that seal's checkpoint · seal again.
Whatever stops it, what was recorded so far is signed and the case verifies up to there.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from forensics.case import CaseFacts, CaseFolder
from forensics.enrichment import snapshots
from forensics.enrichment.bundle import MANIFEST_NAME
from forensics.errors import CaseError, EvidenceError, ForensicsError
from forensics.ingest import mapping_format
from forensics.model import Owner
from forensics.pipeline import coverage_map, reading, registries, sealing
from forensics.pipeline.clock import now, stamp
from forensics.pipeline.judgement import Inputs, Judgement
from forensics.pipeline.memory import rare_searches
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.presenting import Sealed, Tables, view
from forensics.pipeline.rendering import render
from forensics.pipeline.request import Request, as_of_day, free_name, read_dkim_keys, read_owner
from forensics.pipeline.writing import judged_case
from forensics.registry import files

DKIM_KEYS = "dkim-keys.txt"
"""The key file as supplied, in the case."""


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
    for path in request.paths:
        if path != "-" and not Path(path).exists():
            raise EvidenceError("no such file or folder", where=path, hint="Check the path; nothing was made")
    facts = _facts(request)
    sealing.require_name(facts.origin, "organisation", facts.organisation, hint="Give its domain, such as example.org")
    case = CaseFolder.create(request.case or free_name(f"forensics-case-{now():%Y-%m-%d}"), facts)
    with sealing.Sealer.open_case(case, who) as sealer, _left_valid(sealer):
        taken = reading.take_in(case, request.paths)
        sealer.ingest(taken.exhibits)
        own = {item.format_name: mapping_format.format_of(item.mapping) for item in mappings}
        _declare_mappings(sealer, mappings)
        coverage, rejections = reading.read_all(case, taken, {**request.examiner, **told}, own)
        coverage_map.complete(case, coverage, own)
        _declare(sealer, declared, owner_file, loaded, tables)
        if key_file is not None:
            case.write(DKIM_KEYS, key_file)
            sealer.record("note", {"text": "public keys of mail signers, supplied"}, [DKIM_KEYS], sign=False)
        inputs = Inputs(owner=declared, snapshots=tables, registries=loaded, coverage=coverage, as_of=as_of)
        judged, page = judged_case(case, inputs)
        sealed = _seal_analysis(sealer, judged, inputs)
        shown = view(
            case.facts,
            judged,
            inputs,
            Tables(
                addresses=page.chosen(inputs),
                addresses_total=page.count,
                exhibits=taken.exhibits,
                rejections=rejections,
                covered=case.read_json(reading.COVERAGE)["map"],
            ),
            sealed,
        )
        render(sealer, shown)
    reading.require_recognised(coverage)
    return Outcome(
        case=case,
        exhibits=taken.exhibits,
        inputs=inputs,
        judged=judged,
        view=shown,
        rejections=rejections,
        one_time_key=who.one_time,
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


@contextmanager
def _left_valid(sealer: sealing.Sealer) -> Iterator[None]:
    """Sign what there is when the work is interrupted or fails, so that the case verifies up to there."""
    try:
        yield
    except BaseException as error:
        # A full disk, a stray file: what was signed before stands, and the first error is the one to tell.
        with suppress(ForensicsError, OSError, ValueError):
            sealer.case.clear_partial()
            text = "the analysis was not completed"
            sealer.record("note", {"text": text}, sealer.unsealed(), reason=_reason(error))
        raise


def _reason(error: BaseException) -> str:
    """Say why the work stopped, for the log."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted by the user"
    told = str(error) if isinstance(error, ForensicsError) else f"{type(error).__name__}: {error}"
    return told[:500].encode("utf-8", "backslashreplace").decode()


def _declare(
    sealer: sealing.Sealer,
    declared: Owner,
    owner_file: bytes | None,
    loaded: registries.Registries,
    tables: Sequence[snapshots.SnapshotTable],
) -> None:
    """Copy the owner file, the registries used and the user's own snapshots into the case, and record them."""
    case = sealer.case
    if owner_file is not None:
        case.write("owner.toml", owner_file)
        sealer.record("owner.declare", {"declared": declared.declares_baseline}, ["owner.toml"], sign=False)
    for item in loaded.used:
        written = files.write(item, case.path / "registry").relative_to(case.path).as_posix()
        subject: dict[str, Any] = {
            "name": item.name,
            "version": item.version,
            "digest": item.digest,
            "records": len(item.records),
        }
        sealer.record("registry.load", subject, [written], sign=False)
    for table in tables:
        if table.folder.is_relative_to(snapshots.EMBEDDED):
            continue
        for name in (MANIFEST_NAME, *table.manifest.files):
            case.write(f"snapshots/{_slug(table.manifest.id)}/{name}", (table.folder / name).read_bytes())
    named = {table.manifest.id: table.manifest.bundle_sha256 for table in tables}
    sealer.record(
        "note",
        {"text": "snapshots at hand", "snapshots": json.dumps(named, sort_keys=True)[:30_000]},
        [name for name in case.files() if name.startswith("snapshots/")],
    )


def _declare_mappings(sealer: sealing.Sealer, mappings: Sequence[mapping_format.GivenMapping]) -> None:
    """Copy the user's mappings into the case before anything is read by them, and record them."""
    for item in mappings:
        name = f"mappings/{item.name}.toml"
        sealer.case.write(name, item.data)
        subject = {
            "text": "mapping in use",
            "name": item.format_name,
            "digest": hashlib.sha256(item.data).hexdigest(),
            "provider": item.mapping.provider[:200],
        }
        sealer.record("note", subject, [name], sign=False)


def _slug(name: str) -> str:
    kept = "".join(character if character.isalnum() and character.isascii() else "-" for character in name)
    return kept.strip("-") or "folder"


def _seal_analysis(sealer: sealing.Sealer, judged: Judgement, inputs: Inputs) -> Sealed:
    """Record the analysis with everything it produced, and return the checkpoint that reports print."""
    digest = hashlib.sha256((sealer.case.path / "findings.json").read_bytes()).hexdigest()
    subject: dict[str, Any] = {
        "findings": digest,
        "events": inputs.coverage.events,
        "parameters": judged.linked.parameters,
        "as_of": str(inputs.as_of),
        "snapshots": [item.bundle_sha256 for item in judged.snapshots],
        "registries": [item.digest for item in inputs.registries.used],
    }
    sealer.record("analysis.run", subject, sealer.unsealed(), sign=False)
    head = sealer.record("seal", {"of": "analysis", "findings": digest})
    if head is None:
        raise CaseError("the analysis was not sealed", where=str(sealer.case.path))
    return Sealed(
        origin=head.origin,
        size=head.size,
        root=b64encode(head.root).decode(),
        note=(sealer.case.path / "checkpoint").read_text(encoding="utf-8"),
        fingerprint=sealer.identity.actor,
        time=stamp(),
    )
