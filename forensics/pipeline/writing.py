"""Judge a case and write what came of it into the case: findings, sessions, addresses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from forensics import __version__, event_store
from forensics.case import CaseFolder
from forensics.enrichment.context import contexts
from forensics.errors import StorageError
from forensics.model import AddressContext
from forensics.pipeline import coverage_ledger
from forensics.pipeline.context_rows import context_columns
from forensics.pipeline.judgement import (
    Dated,
    Enricher,
    Inputs,
    Judgement,
    address_rows,
    bare_rows,
    finding_row,
    judge,
)
from forensics.pipeline.presenting import MAX_ADDRESSES, MAX_OTHERS
from forensics.pipeline.session_lines import COLUMNS, session_lines
from forensics.pipeline.suspects import candidates
from forensics.sentence import plain

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

    def rows(self, found: Iterable[Dated]) -> Iterator[dict[str, Any]]:
        """Pass rows on, completed with what the registries list."""
        for row, day in found:
            row["registry"] = self.judged.linked.listed(row["address"])
            self.count += 1
            told = row["role"] != "unknown" or row["registry"]
            kept, room = (self._chosen, MAX_ADDRESSES) if told else (self._others, MAX_OTHERS)
            if len(kept) < room:
                kept.append((row, day))
            yield row

    def look_through(self) -> None:
        """Choose where nothing is written: then only the addresses of the page are looked up, by ``chosen``."""
        for batch in self.judged.store.address_batches():
            for _ in self.rows(bare_rows(batch)):
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
        _write_lines(case, ADDRESSES, map(line, page.rows(address_rows(judged, inputs))))
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


def line(row: dict[str, Any]) -> bytes:
    """Spell a row as one line."""
    return spelled(row) + b"\n"


def spelled(row: dict[str, Any]) -> bytes:
    """Spell a row as JSON; half characters, which only the slow encoder takes, as their escapes."""
    try:
        return _encode(row)
    except UnicodeEncodeError:
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


_encode = msgspec.json.Encoder(enc_hook=plain).encode


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
