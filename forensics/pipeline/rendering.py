"""Render the report of a case, now or again: the same bytes from the same case."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import event_store
from forensics.case import CaseFolder
from forensics.chain_of_custody import read_records
from forensics.enrichment import snapshots
from forensics.errors import CaseError, StorageError
from forensics.model import Exhibit, Rejection
from forensics.pipeline import reading, registries, sealing
from forensics.pipeline.judgement import Inputs, address_rows, judge
from forensics.pipeline.presenting import Sealed, Tables, view
from forensics.pipeline.request import as_of_day, read_owner
from forensics.pipeline.writing import Page

if TYPE_CHECKING:
    from forensics.report.view import CaseView


REPORT = "report.html"


def render(sealer: sealing.Sealer, shown: CaseView) -> None:
    """Render the report into the case and record it."""
    from forensics.report import render_html

    page = render_html(shown)
    sealer.case.write(REPORT, page)
    sealer.record("report.render", {"document": REPORT, "sha256": hashlib.sha256(page).hexdigest()}, [REPORT])


def view_again(case: CaseFolder) -> CaseView:
    """Build the view of an analysed case from the case alone."""
    sealed = _analysis_seal(case)
    coverage = reading.from_json(case.read_json(reading.COVERAGE))
    own = [path for path in (case.path / "snapshots",) if path.is_dir()]
    declared, _ = read_owner(case.path / "owner.toml" if (case.path / "owner.toml").exists() else None)
    inputs = Inputs(
        owner=declared,
        snapshots=snapshots.load(*own),
        registries=registries.load_sealed(case.path / "registry"),
        coverage=coverage,
        as_of=as_of_day(case.facts.parameters.get("as_of", "event")),
    )
    with event_store.workroom(case.path) as (connection, work):
        judged = judge(connection, inputs, work)
        page = Page(judged)
        for _ in page.rows(address_rows(judged, inputs)):
            pass
        rejections = tuple(
            Rejection(**row) for _, row in zip(range(100), event_store.rejected(connection), strict=False)
        )
    return view(
        case.facts,
        judged,
        inputs,
        Tables(
            addresses=page.chosen(inputs),
            addresses_total=page.count,
            exhibits=exhibits_of(case),
            rejections=rejections,
            covered=case.read_json(reading.COVERAGE)["map"],
        ),
        sealed,
    )


def exhibits_of(case: CaseFolder) -> tuple[Exhibit, ...]:
    """Return the exhibits of a case in the order of their intake, from the custody log."""
    found = []
    for record in read_records(case.path):
        if record.act.action == "evidence.ingest":
            subject = record.act.subject
            found.append(
                Exhibit(name=str(subject["name"]), size=int(str(subject["bytes"])), sha256=str(subject["sha256"]))
            )
    return tuple(found)


def _analysis_seal(case: CaseFolder) -> Sealed:
    """Find the checkpoint that sealed the analysis; later acts leave it under ``checkpoints/``."""
    from forensics.chain_of_custody.checkpoint import unverified

    seal = None
    for record in read_records(case.path):
        if record.act.action == "seal" and record.act.subject.get("of") == "analysis":
            seal = record
    if seal is None:
        raise CaseError(
            "this case holds no finished analysis", where=str(case.path), hint="Run `forensics analyze` again"
        )
    size = seal.seq + 1
    path = case.path / "checkpoints" / str(size)
    note = (path if path.exists() else case.path / "checkpoint").read_bytes()
    head = unverified(note)
    return Sealed(
        origin=head.origin,
        size=head.size,
        root=b64encode(head.root).decode(),
        note=note.decode("utf-8", "backslashreplace"),
        fingerprint=seal.act.actor,
        time=seal.act.time,
    )


def render_again(folder: Path, output: Path | None, key: Path | None, passphrase: str | None) -> Path:
    """Render the report of a case again, into the case (sealed) or to a file of its own."""
    from forensics.report import render_html

    case = CaseFolder.open(folder)
    shown = view_again(case)
    if output is not None:
        return _write_out(output, render_html(shown))
    with sealing.Sealer.reopen(case, sealing.signer(key, passphrase)) as sealer:
        render(sealer, shown)
    return case.path / REPORT


def _write_out(output: Path, page: bytes) -> Path:
    """Write the report to a file that is no part of the case."""
    try:
        output.write_bytes(page)
    except OSError as error:
        hint = "Give a file in a folder that exists and may be written"
        raise StorageError(f"cannot write the report ({error.strerror})", where=str(output), hint=hint) from error
    return output
