"""Mappings and rows for tests: a smallest mapping as text, and what it makes of bytes."""

from __future__ import annotations

import json
from typing import Any

from forensics.ingest.driver import read_member
from forensics.ingest.mapping_format import format_of
from forensics.ingest.mapping_reading import parse
from forensics.model import MemberCoverage
from tests.ingest.reading import Collected, evidence_of

DOCUMENTATION = """
[documentation]
what = "w"
obtain = "o"
time = "t"
versions = "v"
"""

CSV = f"""title = "Test"
provider = "test"
{DOCUMENTATION}
[source]
kind = "csv"
[[claims]]
columns = ["When", "IP"]
[time]
from = "When"
spellings = ["iso"]
zone = "explicit"
[event]
address = "IP"
[action]
from = "What"
default = "activity"
"""


def read(toml: str, data: str | bytes, told: dict[str, str] | None = None) -> tuple[MemberCoverage, Collected]:
    """Read bytes by a mapping alone."""
    from dataclasses import replace

    from forensics.ingest.evidence import Told

    raw = data.encode() if isinstance(data, str) else data
    said = {name: Told(value=value, source="examiner") for name, value in (told or {}).items()}
    sink = Collected()
    formats = {"test": format_of(parse(toml.encode(), "test", "test.toml"))}
    return read_member(replace(evidence_of(raw, "renamed.bin"), told=said), formats, sink), sink


def rows(toml: str, data: str | bytes, told: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the events of bytes, their detail decoded."""
    found = read(toml, data, told)[1].rows
    return [{**row, "detail": json.loads(row["detail"])} for row in found]
