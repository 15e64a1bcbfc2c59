"""Judge a case and write what came of it into the case: findings, sessions, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics import __version__, event_store
from forensics.case import CaseFolder
from forensics.enrichment.context import contexts
from forensics.errors import StorageError
from forensics.model import AddressContext
from forensics.pipeline import coverage_ledger
from forensics.pipeline.address_lines import AddressBatch, Dated, addresses_of
from forensics.pipeline.context_rows import context_columns
from forensics.pipeline.judgement import Enricher, Inputs, Judgement, finding_row, judge
from forensics.pipeline.presenting import MAX_ADDRESSES, MAX_OTHERS
from forensics.pipeline.session_lines import COLUMNS, session_lines
from forensics.pipeline.suspects import candidates

FINDINGS, SESSIONS, ADDRESSES = "findings.json", "sessions.jsonl", "addresses.jsonl"
WRITTEN = (FINDINGS, SESSIONS, ADDRESSES)
"""What a judgement writes, and writes again when the case learned more."""

Shown = tuple[dict[str, Any], AddressContext, AddressContext]


class Page:
    """Chooses the address rows of a report while all of them stream by: role first, then what is on record, then few."""

    def __init__(self, judged: Judgement) -> None:
        """Start an empty page."""
        self.judged = judged
        self.candidates = candidates(judged.store, judged.known)
        self.count = 0
        self._chosen: list[Dated] = []
        self._others: list[Dated] = []

    def batches(self) -> Iterator[AddressBatch]:
        """Yield all addresses of the case in order of first use, and choose among them while they pass."""
        for batch in self.judged.store.address_batches():
            passing = AddressBatch(batch, self.judged.linked.listed_all(addresses_of(batch)))
            self.count += len(passing)
            for place, (role, words) in enumerate(zip(passing.roles, passing.listed, strict=True)):
                told = role != "unknown" or words
                kept, room = (self._chosen, MAX_ADDRESSES) if told else (self._others, MAX_OTHERS)
                if len(kept) < room:
                    kept.append(passing.row(place))
            yield passing

    def lines(self, inputs: Inputs) -> Iterator[bytes]:
        """Yield the documented line of every address, with the columns of its context then."""
        enricher = Enricher(inputs)
        for batch in self.batches():
            yield from batch.lines(enricher.grouped(list(zip(batch.addresses, batch.days, strict=True))))

    def look_through(self) -> None:
        """Choose where nothing is written: then only the addresses of the page are looked up, by ``chosen``."""
        for _ in self.batches():
            pass

    def chosen(self, inputs: Inputs) -> tuple[Shown, ...]:
        """Return the rows of the report in order of first use, each with what the newest data says, as a warning."""
        kept = sorted([*self._chosen, *self._others], key=lambda item: (item[0]["first"] or "9", item[0]["address"]))
        then = Enricher(inputs).contexts([(row["address"], day) for row, day in kept])
        latest = contexts([(row["address"], None) for row, _ in kept], inputs.snapshots, "latest")
        return tuple(
            ({**row, **context_columns(context)}, context, today)
            for (row, _), context, today in zip(kept, then, latest, strict=True)
        )


def judged_case(case: CaseFolder, inputs: Inputs, version: str = __version__) -> tuple[Judgement, Page]:
    """Judge and write findings, sessions and addresses; ``version`` is what the findings say of the tool."""
    with event_store.workroom(case.path) as (connection, work):
        judged = judge(connection, inputs, work)
        page = Page(judged)
        _write_lines(case, SESSIONS, session_lines(judged.store.batches(COLUMNS, of="told_sessions")))
        _write_lines(case, ADDRESSES, page.lines(inputs))
        for name in (SESSIONS, ADDRESSES):  # together, so that a case that is judged again is between two for no time
            (case.path / f".{name}.tmp").rename(case.path / name)
        case.write_json(FINDINGS, findings_document(judged, inputs, version))
    return judged, page


def _write_lines(case: CaseFolder, name: str, pieces: Iterator[bytes]) -> None:
    """Write whole lines."""
    partial = case.path / f".{name}.tmp"
    try:
        with partial.open("wb") as stream:
            stream.writelines(pieces)
    except OSError as error:
        raise StorageError(f"cannot write the case ({error.strerror})", where=name, hint="Free some space") from error


def findings_document(judged: Judgement, inputs: Inputs, version: str) -> dict[str, Any]:
    """Return the document of ``findings.json``."""
    return {
        "schema": "forensics/findings/1",
        "tool": {"name": "forensics", "version": version},
        "parameters": judged.linked.parameters,
        "as_of": str(inputs.as_of),
        "snapshots": [
            {"id": item.id, "as_of": str(item.as_of), "bundle_sha256": item.bundle_sha256} for item in judged.snapshots
        ],
        "registries": [
            {"name": item.name, "version": item.version, "digest": item.digest} for item in inputs.registries.used
        ],
        **(
            {"answers": {"replies": len(inputs.answers), "digest": inputs.answers.digest}}
            if len(inputs.answers)
            else {}
        ),
        "coverage": coverage_ledger.totals(inputs.coverage),
        "findings": [finding_row(item) for item in judged.findings],
    }
