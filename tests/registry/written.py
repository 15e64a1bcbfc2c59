"""Records and registries written for tests: one good table, and variations of it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from forensics.model import Record
from forensics.registry.files import Registry
from forensics.registry.record import parse_record

SOURCE: dict[str, Any] = {
    "id": "s-1",
    "publisher": "Example Lab (fictional)",
    "title": "A report",
    "citation": "Example Lab (fictional), A report, 2 May 2019",
    "published": date(2019, 5, 2),
    "retrieved_at": "unknown",
    "sha256": "",
    "licence": "Apache-2.0",
    "grade": "B2",
    "independence_group": "g-1",
}

TABLE: dict[str, Any] = {
    "id": "r-1",
    "set": "set-1",
    "kind": "address",
    "network": "203.0.113.45",
    "role": "source of an attack",
    "description": "Fictional.",
    "basis": ["victim_log"],
    "valid_from": "unknown",
    "valid_until": "unknown",
    "observed_at": [],
    "published_at": date(2019, 5, 2),
    "recorded_at": date(2019, 6, 1),
    "state": "indicator",
    "sharing_class": "unknown",
    "grade": "B2",
    "sources": [SOURCE],
    "link_b": [],
    "tlp": "CLEAR",
    "pap": "GREEN",
    "licence": "Apache-2.0",
    "unknown": ["The period of use."],
    "note": "Grade B2: fictional.",
}


def record(**changes: object) -> Record:
    """Return the good record with changes."""
    return parse_record({**TABLE, **changes}, "test")


def registry(*records: Record) -> Registry:
    """Return a registry of records without a file."""
    return Registry(
        name="test",
        version="1",
        published=date(2019, 6, 1),
        licence="Apache-2.0",
        maintainer="tests",
        description="Fictional.",
        sample=True,
        digest="0" * 64,
        records=records,
        folder=Path("test"),
    )


def toml(table: dict[str, Any]) -> str:
    """Write a flat table whose lists may hold tables as TOML inline values."""
    return "\n".join(f"{key} = {_value(found)}" for key, found in table.items()) + "\n"


def _value(found: object) -> str:
    if isinstance(found, dict):
        return "{" + ", ".join(f"{key} = {_value(item)}" for key, item in found.items()) + "}"
    if isinstance(found, list):
        return "[" + ", ".join(_value(item) for item in found) + "]"
    if isinstance(found, bool | date):
        return str(found).lower()
    return json.dumps(found, ensure_ascii=False)
