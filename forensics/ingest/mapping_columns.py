"""What of a file a mapping understands: which of its columns fill what, which are only kept, which are missing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from forensics.ingest import mapping_rows
from forensics.ingest.evidence import DAMAGE, Evidence
from forensics.ingest.format import FieldError, Row
from forensics.ingest.mapping import ExportMapping, SourceKind, TimeRule, roles
from forensics.ingest.mapping_claims import folded, look_up

ROWS = 500
"""Rows whose names are looked at: later rows of JSON may have further keys, which are kept too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """``columns`` name → the roles that it fills (empty: kept in the detail); ``missing`` role → names not in the file."""

    columns: dict[str, tuple[str, ...]]
    missing: dict[str, tuple[str, ...]]


def understood(mapping: ExportMapping, evidence: Evidence) -> Understood:
    """Look at the first rows of a member; one that breaks off tells what it has."""
    names: dict[str, None] = {}
    rows: list[Row] = []
    found = (row for row in mapping_rows.rows(mapping, evidence) if isinstance(row, Row))
    try:
        for row in islice(found, ROWS):
            rows.append(row)
            names |= dict.fromkeys(row.fields)
    except (FieldError, *DAMAGE):
        pass
    wanted = roles(mapping)
    same = folded if mapping.cutting.kind is SourceKind.CSV else str
    columns = {
        name: tuple(role for role, given in wanted.items() if same(name) in {same(item) for item in given})
        for name in names
    }
    for role, given in wanted.items():
        for pointer in given:
            if pointer.startswith("/") and any(look_up(row.fields, pointer)[0] for row in rows):
                columns[pointer] = (*columns.get(pointer, ()), role)
    present = {same(name) for name in columns}
    missing = {role: given for role, given in wanted.items() if rows and not present & {same(item) for item in given}}
    return Understood(columns=columns, missing=missing)


def zone_words(rule: TimeRule | None) -> str:
    """Say a zone rule in words."""
    if rule is None:
        return "the mapping names no time"
    if rule.unit and not rule.spellings:
        return "counts since 1970 are UTC"
    beside = "a zone written beside a time holds"
    if rule.zone:
        return f"{beside}; else {rule.zone}{' (assumed)' if rule.assumed else ''}: {rule.ground}"
    stated = f"; else what the export states ({', '.join(rule.told)})" if rule.told else ""
    return f"{beside}{stated}; else the examiner's zone, and without one no instant is given"
