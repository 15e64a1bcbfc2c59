"""From what is sealed to what it shows: the one order of steps, taken by ``analyze`` and again by ``replay``.

Everything written here is a function of ``Sources`` and of the exhibits in the case folder: no clock, no key, no
network. What has to happen between reading and judging (recording, looking up) is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forensics import __version__
from forensics.ingest import mapping_format
from forensics.pipeline import coverage_ledger, coverage_map, reading
from forensics.pipeline.answer_books import book_of
from forensics.pipeline.judgement import Inputs, Judgement
from forensics.pipeline.presenting import Tables, view
from forensics.pipeline.sealed_log import Sealed
from forensics.pipeline.writing import Page, judged_case

if TYPE_CHECKING:
    from forensics.case import CaseFolder
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.model import Owner, Rejection
    from forensics.pipeline.linking import AsOf
    from forensics.pipeline.registries import Registries
    from forensics.report.view import CaseView


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All that an analysis rests on beside the bytes of the exhibits, each in the order in which it was given.

    ``told`` is what the formats are told: the examiner's assumptions and supplied keys of mail signers.
    """

    taken: reading.Taken
    told: Mapping[str, str]
    mappings: tuple[mapping_format.GivenMapping, ...]
    owner: Owner
    snapshots: tuple[SnapshotTable, ...]
    registries: Registries
    as_of: AsOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What came of an analysis, as far as it is kept in memory; the tables lie in the case folder."""

    taken: reading.Taken
    inputs: Inputs
    judged: Judgement
    page: Page
    rejections: tuple[Rejection, ...]

    def view(self, case: CaseFolder, sealed: Sealed, version: str = __version__) -> CaseView:
        """Return what a report of the case prints, with the seal of its analysis."""
        tables = Tables(
            addresses=self.page.chosen(self.inputs),
            addresses_total=self.page.count,
            exhibits=self.taken.exhibits,
            rejections=self.rejections,
            covered=case.read_json(coverage_ledger.COVERAGE)["map"],
        )
        return view(case.facts, self.judged, self.inputs, tables, sealed, version)


def derive(case: CaseFolder, sources: Sources, between: Callable[[], None], version: str = __version__) -> Derived:
    """Read all exhibits, link and count, judge, and write every table into the case folder.

    ``between`` is called when the events are there and nothing has been judged yet.
    """
    own = {item.format_name: mapping_format.format_of(item.mapping) for item in sources.mappings}
    coverage, rejections = reading.read_all(case, sources.taken, sources.told, own)
    coverage_map.complete(case, coverage, own)
    between()
    inputs = Inputs(
        owner=sources.owner,
        snapshots=sources.snapshots,
        registries=sources.registries,
        coverage=coverage,
        as_of=sources.as_of,
        answers=book_of(case),
        covered=tuple(case.read_json(coverage_ledger.COVERAGE)["map"]),
    )
    judged, page = judged_case(case, inputs, version)
    return Derived(taken=sources.taken, inputs=inputs, judged=judged, page=page, rejections=rejections)


def judged_again(case: CaseFolder, derived: Derived) -> Derived:
    """Judge the same events with the answers that the case has come to hold, and write the tables anew."""
    inputs = replace(derived.inputs, answers=book_of(case))
    judged, page = judged_case(case, inputs)
    return replace(derived, inputs=inputs, judged=judged, page=page)
