"""Render the report of a case, now or again: the same bytes from the same case."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import event_store
from forensics.case import CaseFolder
from forensics.enrichment.answers import AnswerBook
from forensics.errors import StorageError
from forensics.model import Rejection
from forensics.pipeline import coverage_ledger, sealing
from forensics.pipeline.answer_books import FOLDER
from forensics.pipeline.documents import in_other_languages, name_of, speech_named
from forensics.pipeline.enclosing import tables
from forensics.pipeline.judgement import Inputs, Judgement, judge
from forensics.pipeline.presenting import Tables, view
from forensics.pipeline.request import as_of_day
from forensics.pipeline.sealed_inputs import owner_of, registries_of, snapshots_of
from forensics.pipeline.sealed_log import LastAnalysis, last_analysis, sealed_checkpoint
from forensics.pipeline.writing import Page
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.profiles import WHOLE, Profile, profile_of

if TYPE_CHECKING:
    import duckdb

    from forensics.report.view import CaseView


REPORT, FORM = "report.html", "html"


def render(sealer: sealing.Sealer, shown: CaseView) -> None:
    """Render the report into the case and record it; those in other languages that the case holds, as well."""
    render_in(sealer, shown, ENGLISH)
    for name in in_other_languages(sealer.log.files, FORM):
        render_in(sealer, shown, speech_named(name))


def render_in(sealer: sealing.Sealer, shown: CaseView, speech: Speech, profile: Profile = WHOLE) -> Path:
    """Render the report in one language into the case and record it, with its profile if it has one."""
    page, name = page_of(shown, sealer.case.path, profile, speech), name_of(FORM, speech)
    sealer.case.write(name, page)
    held = {"profile": profile.name} if profile.name else {}
    digest = hashlib.sha256(page).hexdigest()
    sealer.record("report.render", {"document": name, "sha256": digest, **held}, [name])
    return sealer.case.path / name


def page_of(view: CaseView, folder: Path, profile: Profile = WHOLE, speech: Speech = ENGLISH) -> bytes:
    """Return the page of a view; where its profile lists them, with the tables of a folder named by their digests."""
    from forensics.report import render_html

    return render_html(view, speech, profile, tables(folder) if "attached" in profile.sections else ())


def inputs_of(case: CaseFolder, analysis: LastAnalysis) -> Inputs:
    """Return what the judgement of an analysed case rests on, from the case alone."""
    tables, _ = snapshots_of(case, analysis)
    return Inputs(
        owner=owner_of(case, analysis),
        snapshots=tables,
        registries=registries_of(case, analysis),
        coverage=coverage_ledger.from_json(case.read_json(coverage_ledger.COVERAGE)),
        as_of=as_of_day(case.facts.parameters.get("as_of", "event")),
        answers=AnswerBook.load(case.path / FOLDER),
        covered=tuple(case.read_json(coverage_ledger.COVERAGE)["map"]),
    )


def first_rejections(connection: duckdb.DuckDBPyConnection) -> tuple[Rejection, ...]:
    """Return the rejections that a report may list."""
    return tuple(Rejection(**row) for _, row in zip(range(100), event_store.rejected(connection), strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A sealed case judged once more: its tables, what came of them, and what a report of it shows."""

    connection: duckdb.DuckDBPyConnection
    inputs: Inputs
    judged: Judgement
    shown: CaseView


@contextmanager
def judged_again(case: CaseFolder) -> Iterator[Again]:
    """Judge an analysed case from the case alone, for as long as the tables are needed."""
    analysis = last_analysis(case.path)
    sealed = sealed_checkpoint(case.path, analysis)
    inputs = inputs_of(case, analysis)
    with event_store.workroom(case.path) as (connection, work):
        judged = judge(connection, inputs, work)
        page = Page(judged)
        page.look_through()
        tables = Tables(
            addresses=page.chosen(inputs),
            addresses_total=page.count,
            exhibits=tuple(analysis.exhibits),
            rejections=first_rejections(connection),
            covered=case.read_json(coverage_ledger.COVERAGE)["map"],
        )
        shown = view(case.facts, judged, inputs, tables, sealed)
        yield Again(connection=connection, inputs=inputs, judged=judged, shown=shown)


def view_again(case: CaseFolder) -> CaseView:
    """Build the view of an analysed case from the case alone."""
    with judged_again(case) as again:
        return again.shown


def render_again(
    folder: Path,
    output: Path | None,
    profile: str,
    key: Path | None,
    passphrase: str | None,
    speech: Speech = ENGLISH,
) -> Path:
    """Render the report of a case again, into the case (sealed) or to a file of its own."""
    chosen = profile_of(profile, FORM)
    case = CaseFolder.open(folder)
    shown = view_again(case)
    if output is not None:
        return write_out(output, page_of(shown, case.path, chosen, speech))
    with sealing.Sealer.reopen(case, sealing.signer(key, passphrase)) as sealer:
        return render_in(sealer, shown, speech, chosen)


def write_out(output: Path, page: bytes) -> Path:
    """Write the report to a file that is no part of the case."""
    try:
        output.write_bytes(page)
    except OSError as error:
        hint = "Give a file in a folder that exists and may be written"
        raise StorageError(f"cannot write the report ({error.strerror})", where=str(output), hint=hint) from error
    return output
