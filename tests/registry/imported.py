"""Imports for tests: files written to a folder, the real SQLite store, and terms under which documentation space passes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from forensics.model import Record
from forensics.pipeline.importing import offered
from forensics.pipeline.registry_store import adding_to
from forensics.registry import importing
from forensics.registry.csv_columns import CsvColumns
from forensics.registry.import_ledger import OUTCOMES, Ledger
from forensics.registry.importer import Terms
from forensics.registry.opening import open_store

DAY = date(2026, 11, 23)


def written(folder: Path, files: Mapping[str, Any]) -> Path:
    """Write files: text as it is, anything else as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def terms(*, columns: CsvColumns | None = None, tlp: str = "", source_date: date | None = None) -> Terms:
    """Return terms that take every address, so that documentation space can stand for real ones."""
    return Terms(retrieved_at=DAY, special=lambda _: "", tlp=tlp, source_date=source_date, columns=columns)


def imported(store: Path, *paths: Path, under: Terms | None = None, day: date = DAY) -> Ledger:
    """Import into a store and check that the ledger adds up."""
    files, beside = offered(paths)
    with adding_to(str(store)) as (shelf, _):
        ledger = importing.run(files, shelf, under or terms(), day, explained_by=beside)
    assert ledger.entries == sum(ledger.total(outcome) for outcome in OUTCOMES)
    assert ledger.entries == sum(sum(line.outcomes.values()) for line in ledger.files)
    assert ledger.total("refused") == sum(ledger.reasons.values())
    return ledger


def current(store: Path) -> list[Record]:
    """Return the current records of a store, as the rules for files read them."""
    opened = open_store(str(store))
    try:
        return [record for record in opened.registry().records if record.superseded_at is None]
    finally:
        opened.close()


def one(store: Path, network: str) -> Record:
    """Return the one current record of an indicator."""
    (found,) = [record for record in current(store) if record.network == network]
    return found


def reasons(ledger: Ledger) -> dict[str, int]:
    """Return refusals by reason."""
    return {reason: count for (_, reason), count in ledger.reasons.items()}
