"""The shape of an SQLite database: its tables, their columns, and what types of values stand there."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Row
from forensics.ingest.shape_values import value_type
from forensics.ingest.shape_words import Namer
from forensics.ingest.sqlite_rows import sqlite_rows
from forensics.ingest.sqlite_schema import Table


def sqlite_shape(evidence: Evidence, namer: Namer, limit: int) -> dict[str, Any]:
    """Return what tables a database has; ``limit`` records are looked at. One whose head is damaged raises ``FieldError``."""
    held: list[Table] = []
    counted: dict[str, dict[str, Counter[str]]] = {}
    rows: Counter[str] = Counter()
    unread = 0

    def wanted(table: Table) -> bool:
        held.append(table)
        return True

    for found in islice(sqlite_rows(evidence, wanted), limit):
        if isinstance(found, Row):
            rows[found.section] += 1
            columns = counted.setdefault(found.section, {})
            for key, value in found.fields.items():
                columns.setdefault(key, Counter())[_type(value)] += 1
        else:
            unread += 1
    return {
        "kind": "SQLite database",
        "looked at": f"the first {limit:,} records",
        "places not read": unread,
        "tables": {
            namer.shown(table.name): {
                "rows": rows[table.name],
                "columns": [
                    {
                        "column": namer.shown(column),
                        "is": dict(counted.get(table.name, {}).get(column.lower(), Counter()).most_common(6)),
                    }
                    for column in table.columns
                ],
            }
            for table in held
        },
    }


def _type(value: object) -> str:
    return "nothing" if value is None else value_type(str(value))
