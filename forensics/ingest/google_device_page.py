"""A device's page as label → value: lines between ``<br>``, and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.html_lines import lines_of
from forensics.ingest.html_records import RECORD_LIMIT, parse

REGISTERED = ("Registration Time", "Time of Registration")
CONNECTED = ("Time of Last Data Connection", "Last Data Connection")
ADDRESS = ("IP address from Last Data Connection", "IP Address from Last Data Connection")


def page_lines(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the whole page as one row; a repeated label keeps all its values; ``lines`` are those without a label."""
    with evidence.open() as stream:
        data = stream.read(RECORD_LIMIT + 1)
    place = f"bytes:0-{len(data)}"
    if len(data) > RECORD_LIMIT:
        yield Flaw(place=place, reason=f"a device's page of more than {RECORD_LIMIT:,} bytes")
        return
    try:
        found = _labelled(data)
    except FieldError as error:
        yield Flaw(place=place, reason=str(error))
        return
    if found:
        yield Row(evidence=evidence, place=place, fields=found)
    else:
        yield Flaw(place=place, reason="a device's page without any line")


def _labelled(data: bytes) -> dict[str, Any]:
    page = parse(data)
    body = page.body
    if body is None:
        return {}
    tables = [
        [[" ".join(lines_of(part)) for part in row.css("th, td")] for row in table.css("tr")]
        for table in page.css("table")
    ]
    for node in page.css("script, style, table, title"):
        node.remove()
    found: dict[str, Any] = {}
    lines: list[str] = []
    for line in lines_of(body):
        label, colon, value = line.partition(":")
        if not colon or not label.strip():
            lines.append(line)
        elif value.strip() and label.strip() in found:
            found[label.strip()] = f"{found[label.strip()]}; {value.strip()}"
        else:
            found.setdefault(label.strip(), value.strip())
    return {**found, **({"tables": tables} if tables else {}), **({"lines": lines} if lines else {})} if found else {}
