"""Judge a sealed case once more, from the case alone: for what needs its tables, and where no sealed view can be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics import event_store
from forensics.enrichment.answers import AnswerBook
from forensics.model import Rejection
from forensics.pipeline import coverage_ledger
from forensics.pipeline.answer_books import FOLDER
from forensics.pipeline.judgement import Inputs, Judgement, judge
from forensics.pipeline.presenting import Tables, view
from forensics.pipeline.request import as_of_day
from forensics.pipeline.sealed_inputs import owner_of, registries_of, snapshots_of
from forensics.pipeline.sealed_log import LastAnalysis, last_analysis, sealed_checkpoint
from forensics.pipeline.writing import Page

if TYPE_CHECKING:
    import duckdb

    from forensics.case import CaseFolder
    from forensics.report.view import CaseView


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
