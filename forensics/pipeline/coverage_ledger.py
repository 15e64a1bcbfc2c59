"""The ledger of what was read, as the file of a case that tells it: written by an analysis, read by whatever comes after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forensics.model import Coverage, MemberCoverage

COVERAGE = "coverage.json"
COVERAGE_SCHEMA = "forensics/coverage/1"


def as_json(coverage: Coverage) -> dict[str, Any]:
    """Return the ledger as the documented JSON object."""
    return {
        "schema": COVERAGE_SCHEMA,
        "totals": totals(coverage),
        "members": [_member(item) for item in coverage.members],
    }


def totals(coverage: Coverage) -> dict[str, int]:
    """Return the sums; ``rows = events + rejections + unused``."""
    return {
        "files": coverage.files,
        "members": len(coverage.members),
        "rows": coverage.rows,
        "events": coverage.events,
        "rejections": coverage.rejections,
        "unused": coverage.unused,
    }


def _member(item: MemberCoverage) -> dict[str, Any]:
    return {
        "exhibit": item.exhibit,
        "name": item.name,
        "member": item.member,
        "size": item.size,
        "format": item.format,
        "status": item.status,
        "rows": item.rows,
        "events": item.events,
        "rejections": item.rejections,
        "unused": dict(item.unused),
    }


def from_json(document: Mapping[str, Any]) -> Coverage:
    """Read the ledger of a case back."""
    members = tuple(MemberCoverage(**item) for item in document["members"])
    return Coverage(files=document["totals"]["files"], members=members)
