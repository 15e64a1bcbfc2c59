"""Cut the files that a mapping describes into rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from forensics.ingest import mapping_patterns
from forensics.ingest.csv_rows import csv_rows
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.ingest.mapping import ExportMapping, SourceKind
from forensics.ingest.mapping_claims import TwiceError, fits, has_header, is_list, pointers_of, unique, view_of
from forensics.ingest.text_lines import Line, lines

BATCH = 512


def rows(mapping: ExportMapping, evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows of a member that the mapping claims."""
    encoding, view = view_of(mapping, evidence) or ("", evidence)
    for row in _rows(mapping, view):
        yield replace(row, repair=f"read as {encoding}") if encoding and isinstance(row, Row) else row


def _rows(mapping: ExportMapping, evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    cutting = mapping.cutting
    match cutting.kind:
        case SourceKind.CSV:
            delimiter = next((item for item in cutting.delimiters if has_header(mapping, evidence, item)), ",")
            return csv_rows(
                evidence,
                lambda cells: any(fits(claim, cells) for claim in mapping.claims),
                delimiter=delimiter,
                spare=cutting.spare,
            )
        case SourceKind.JSON:
            return json_rows(evidence, *pointers_of(mapping, evidence))
        case SourceKind.JSONL:
            return json_rows(evidence, "/*") if is_list(evidence) else _jsonl_rows(evidence)
        case SourceKind.LINES:
            return _line_rows(mapping, evidence)


def _jsonl_rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    for line in lines(evidence):
        place = f"line:{line.number}"
        if not line.text.strip() and not line.overlong:
            continue
        reason, value = _decoded(line)
        if reason:
            yield Flaw(place=place, reason=reason, excerpt=line.text[:200])
        else:
            yield Row(evidence=evidence, place=place, fields=value)


def _decoded(line: Line) -> tuple[str, dict[str, Any]]:
    if line.overlong:
        return f"line of {line.length:,} characters", {}
    try:
        value = json.loads(line.text.removeprefix("\ufeff"), object_pairs_hook=unique)
    except TwiceError as error:
        return str(error), {}
    except (ValueError, RecursionError):
        return "not valid JSON", {}
    return ("", value) if isinstance(value, dict) else ("a JSON value that is no object", {})


def _line_rows(mapping: ExportMapping, evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    source = (line for line in lines(evidence) if line.text.strip() or line.overlong)
    while batch := list(islice(source, BATCH)):
        groups = mapping_patterns.extract(mapping.cutting.lines, ["" if line.overlong else line.text for line in batch])
        for line, found in zip(batch, groups, strict=True):
            place = f"line:{line.number}"
            if line.overlong:
                yield Flaw(place=place, reason=f"line of {line.length:,} characters", excerpt=line.text[:200])
            elif found is None:
                yield Flaw(place=place, reason="no pattern of the mapping matches the line", excerpt=line.text[:200])
            else:
                named = {name: text for name, text in found.items() if text}
                yield Row(evidence=evidence, place=place, fields=named, shared={"line": line.text})
