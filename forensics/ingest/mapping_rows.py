"""Recognise and cut the files that a mapping describes.

Columns of a CSV header are compared without regard to case and spacing; keys of JSON records exactly. A file is known
by its head alone: its header and first row, its first records, or its first lines.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from forensics.ingest import mapping_patterns
from forensics.ingest.csv_rows import csv_rows
from forensics.ingest.evidence import HEAD, Evidence, decode
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.ingest.json_walk import walk
from forensics.ingest.mapping import Claim, ExportMapping, SourceKind
from forensics.ingest.text_lines import Line, lines

HEADER_WITHIN = 40
"""Records at the beginning of a CSV file among which its header must stand."""

RECORDS = 5
"""Records at the beginning of a JSON file that may show its keys: the first may be damaged."""

SHARE = 2
"""One in so many of the first lines of a log must match its pattern: logs hold other lines too."""

BATCH = 512


def folded(name: str) -> str:
    """Return a column's name as it is compared: case and spacing aside, no byte order mark."""
    return " ".join(name.replace("\ufeff", "").casefold().split())


def claims(mapping: ExportMapping, evidence: Evidence) -> bool:
    """Whether the mapping describes this member."""
    if b"\x00" in evidence.head and not evidence.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    match mapping.cutting.kind:
        case SourceKind.CSV:
            return _claims_csv(mapping, evidence)
        case SourceKind.JSON:
            return _claims_json(mapping, evidence)
        case SourceKind.JSONL:
            return _claims_jsonl(mapping, evidence)
        case SourceKind.LINES:
            return _claims_lines(mapping, evidence)


def rows(mapping: ExportMapping, evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows of a member that the mapping claims."""
    cutting = mapping.cutting
    match cutting.kind:
        case SourceKind.CSV:
            delimiter = next((item for item in cutting.delimiters if _has_header(mapping, evidence, item)), ",")
            return csv_rows(
                evidence,
                lambda cells: any(_fits(claim, cells) for claim in mapping.claims),
                delimiter=delimiter,
                spare=cutting.spare,
            )
        case SourceKind.JSON:
            return json_rows(evidence, *_pointers(mapping, evidence))
        case SourceKind.JSONL:
            return json_rows(evidence, "/*") if _is_list(evidence) else _jsonl_rows(evidence)
        case SourceKind.LINES:
            return _line_rows(mapping, evidence)


def _fits(claim: Claim, cells: tuple[str, ...]) -> bool:
    """Whether these names are a claim's."""
    found = {folded(cell) for cell in cells} - {""}
    wanted = {folded(name) for name in claim.names}
    if not wanted <= found or found & {folded(name) for name in claim.without}:
        return False
    return not claim.only or found == wanted


def _looks(claim: Claim, names: tuple[str, ...], cells: list[str]) -> bool:
    """Whether the first row looks as the claim says; a file without a row does."""
    row = {folded(name): cell.strip() for name, cell in zip(names, cells, strict=False)}
    return all(mapping_patterns.search(pattern, row.get(folded(name), "")) for name, pattern in claim.looks.items())


def _claims_csv(mapping: ExportMapping, evidence: Evidence) -> bool:
    return any(_has_header(mapping, evidence, delimiter) for delimiter in mapping.cutting.delimiters)


def _has_header(mapping: ExportMapping, evidence: Evidence, delimiter: str) -> bool:
    alone = ([line.split(delimiter) for line in _first_lines(evidence, HEADER_WITHIN)],)
    tables = (_head_records(evidence, delimiter), *(alone if '"' in evidence.text_head else ()))
    return any(_claims_table(mapping, records) for records in tables)


def _claims_table(mapping: ExportMapping, records: list[list[str]]) -> bool:
    for at, cells in enumerate(records):
        names = tuple(cell.strip() for cell in cells)
        fitting = [claim for claim in mapping.claims if _fits(claim, names)]
        if fitting:
            first = next((row for row in records[at + 1 :] if any(row)), None)
            return any(first is None or _looks(claim, names, first) for claim in fitting)
    return False


def _head_records(evidence: Evidence, delimiter: str) -> list[list[str]]:
    """Return the first records of a table, the last of a cut head left out; what is no CSV yields nothing."""
    text = evidence.text_head
    if len(evidence.head) >= HEAD:
        text = text.rpartition("\n")[0]
    stream = io.StringIO(text, newline="")
    try:
        return list(islice(csv.reader((line for line in stream if line.strip()), delimiter=delimiter), HEADER_WITHIN))
    except csv.Error:
        return [line.split(delimiter) for line in text.splitlines()[:HEADER_WITHIN]]


def _claims_json(mapping: ExportMapping, evidence: Evidence) -> bool:
    body = evidence.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body.startswith((b"{", b"[")):
        return False
    if not any(_keys_occur(claim, evidence) for claim in mapping.claims):
        return False
    items = (item for item in walk(io.BytesIO(body), _pointers(mapping, evidence)) if item.section is not None)
    found = (_object(item.data) for item in islice(items, RECORDS))
    return any(_claims_record(mapping, record) for record in found if record is not None)


def _pointers(mapping: ExportMapping, evidence: Evidence) -> tuple[str, ...]:
    """Return the pointers that apply: those that begin with ``*`` are for a list, where others are for an object."""
    for_lists = tuple(pointer for pointer in mapping.cutting.pointers if pointer.startswith("/*"))
    others = tuple(pointer for pointer in mapping.cutting.pointers if pointer not in for_lists)
    return (for_lists or others) if _is_list(evidence) else (others or for_lists)


def _keys_occur(claim: Claim, evidence: Evidence) -> bool:
    """Whether the head holds these keys at all; the quick question before the head is walked."""
    seen = frozenset().union(*evidence.json_keys.values())
    plain = {name for name in claim.names if not name.startswith("/")}
    return plain <= seen or any("\\" in key for key in seen)


def _claims_record(mapping: ExportMapping, record: dict[str, Any]) -> bool:
    return any(_fits_record(claim, record) for claim in mapping.claims)


def _fits_record(claim: Claim, record: dict[str, Any]) -> bool:
    """Whether a record has a claim's keys; a key with ``/`` is a pointer into the record."""
    if not all(look_up(record, name)[0] for name in claim.names):
        return False
    if any(look_up(record, name)[0] for name in claim.without) or (claim.only and set(record) != set(claim.names)):
        return False
    texts = ((pattern, look_up(record, name)[1]) for name, pattern in claim.looks.items())
    return all(mapping_patterns.search(pattern, value if isinstance(value, str) else "") for pattern, value in texts)


def look_up(record: Any, name: str) -> tuple[bool, Any]:
    """Return whether a record has a key (or, with a leading ``/``, something at a pointer), and the value."""
    if not name.startswith("/"):
        return (name in record, record[name]) if isinstance(record, dict) and name in record else (False, None)
    value = record
    for part in name.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return False, None
    return True, value


def _is_list(evidence: Evidence) -> bool:
    return evidence.head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


def _claims_jsonl(mapping: ExportMapping, evidence: Evidence) -> bool:
    if _is_list(evidence):
        items = (item for item in walk(io.BytesIO(evidence.head), ("/*",)) if item.section is not None)
        found = [_object(item.data) for item in islice(items, RECORDS)]
    else:
        if not evidence.text_head.lstrip().startswith("{"):
            return False
        found = [_object(line.encode("utf-8", "backslashreplace")) for line in _first_lines(evidence, RECORDS)]
    return any(_claims_record(mapping, record) for record in found if record is not None)


def _first_lines(evidence: Evidence, count: int) -> list[str]:
    """Return the first lines that are not empty; the last of a cut head is left out."""
    text = evidence.text_head
    if len(evidence.head) >= HEAD:
        text = text.rpartition("\n")[0]
    return [line.removesuffix("\r") for line in text.split("\n") if line.strip()][:count]


def _claims_lines(mapping: ExportMapping, evidence: Evidence) -> bool:
    found = _first_lines(evidence, 20)
    first = [claim.first_line for claim in mapping.claims if claim.first_line]
    if not found or (first and not any(mapping_patterns.search(pattern, found[0]) for pattern in first)):
        return False
    matched = sum(groups is not None for groups in mapping_patterns.extract(mapping.cutting.lines, found))
    return bool(first) or matched * SHARE >= len(found)


class _TwiceError(ValueError):
    """A name stands twice in one object."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name stands twice in one object"
        raise _TwiceError(message)
    return found


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(decode(data), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


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
        value = json.loads(line.text.removeprefix("\ufeff"), object_pairs_hook=_unique)
    except _TwiceError as error:
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
