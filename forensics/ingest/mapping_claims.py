"""Recognise the files that a mapping describes, by their heads alone.

Columns of a CSV header are compared without regard to case and spacing; keys of JSON records exactly. A table is known
by its header and first row, JSON by its first records, a log by its first lines.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from forensics.ingest import mapping_patterns
from forensics.ingest.evidence import HEAD, Evidence, decode
from forensics.ingest.json_walk import Run, walk
from forensics.ingest.mapping import Claim, ExportMapping, SourceKind
from forensics.ingest.mapping_encoding import views

HEADER_WITHIN = 40
"""Records at the beginning of a CSV file among which its header must stand."""

HEAD_LINES = 200
"""Lines of a head that are looked at: a preamble may hold long quoted texts."""

LOG_LINES = 20
"""Lines of a log by which it is known."""

RECORDS = 5
"""Records at the beginning of a JSON file that may show its keys: the first may be damaged."""

SHARE = 2
"""One in so many of the first lines of a log must match its pattern: logs hold other lines too."""


@lru_cache(maxsize=8_192)  # the names of a table's columns and its few texts are compared for every row
def folded(name: str) -> str:
    """Return a column's name as it is compared: case and spacing aside, no byte order mark."""
    return " ".join(name.replace("\ufeff", "").casefold().split())


def claims(mapping: ExportMapping, evidence: Evidence) -> bool:
    """Whether the mapping describes this member."""
    return view_of(mapping, evidence) is not None


def view_of(mapping: ExportMapping, evidence: Evidence) -> tuple[str, Evidence] | None:
    """Return the encoding ("" for Unicode) and the member in it by which the mapping knows it, or ``None``."""
    return next((found for found in views(evidence, mapping.cutting.encodings) if _claims(mapping, found[1])), None)


def _claims(mapping: ExportMapping, evidence: Evidence) -> bool:
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


def fits(claim: Claim, cells: tuple[str, ...]) -> bool:
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


@lru_cache(maxsize=4)  # every mapping asks the same of a member
def _flat(head: bytes) -> str:
    """Return the first lines of a head as one folded text."""
    return folded.__wrapped__("\n".join(decode(head).split("\n", HEAD_LINES)[:HEAD_LINES]))


def _claims_csv(mapping: ExportMapping, evidence: Evidence) -> bool:
    if evidence.is_json:
        return False
    text = _flat(evidence.head)  # the quick question before the head is split into cells
    if not any(all(folded(name) in text for name in claim.names) for claim in mapping.claims):
        return False
    return any(has_header(mapping, evidence, delimiter) for delimiter in mapping.cutting.delimiters)


def has_header(mapping: ExportMapping, evidence: Evidence, delimiter: str) -> bool:
    """Whether the head holds a header of the mapping when it is split so."""
    lines = first_lines(evidence, HEAD_LINES)
    if _claims_table(mapping, _records(lines, delimiter)):
        return True
    quoted = any('"' in line for line in lines)  # an open quote in the preamble must not hide the header
    return quoted and _claims_table(mapping, [line.split(delimiter) for line in lines[:HEADER_WITHIN]])


def _claims_table(mapping: ExportMapping, records: list[list[str]]) -> bool:
    for at, cells in enumerate(records):
        names = tuple(cell.strip() for cell in cells)
        fitting = [claim for claim in mapping.claims if fits(claim, names)]
        if fitting:
            first = next((row for row in records[at + 1 :] if any(row)), None)
            return any(first is None or _looks(claim, names, first) for claim in fitting)
    return False


def _records(lines: list[str], delimiter: str) -> list[list[str]]:
    """Return the first records of a table; what is no CSV is split by itself."""
    try:
        return list(islice(csv.reader((f"{line}\n" for line in lines), delimiter=delimiter), HEADER_WITHIN))
    except csv.Error:
        return [line.split(delimiter) for line in lines[:HEADER_WITHIN]]


def _claims_json(mapping: ExportMapping, evidence: Evidence) -> bool:
    body = evidence.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body.startswith((b"{", b"[")):
        return False
    if not any(_keys_occur(claim, evidence) for claim in mapping.claims):
        return False
    return any(_claims_record(mapping, record) for record in _first(body, pointers_of(mapping, evidence)))


def _first(body: bytes, pointers: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the objects among the first elements that the pointers name."""
    return (value for value in islice(_elements(body, pointers), RECORDS) if isinstance(value, dict))


def _elements(body: bytes, pointers: tuple[str, ...]) -> Iterator[Any]:
    for item in walk(io.BytesIO(body), pointers):
        if isinstance(item, Run):
            yield from item.values
        elif item.section is not None:
            yield _object(item.data)


def pointers_of(mapping: ExportMapping, evidence: Evidence) -> tuple[str, ...]:
    """Return the pointers that apply: those that begin with ``*`` are for a list, where others are for an object."""
    for_lists = tuple(pointer for pointer in mapping.cutting.pointers if pointer.startswith("/*"))
    others = tuple(pointer for pointer in mapping.cutting.pointers if pointer not in for_lists)
    return (for_lists or others) if is_list(evidence) else (others or for_lists)


def _keys_occur(claim: Claim, evidence: Evidence) -> bool:
    """Whether the head holds these keys at all; the quick question before the head is walked."""
    return evidence.json_names.issuperset(name for name in claim.names if not name.startswith("/"))


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


def is_list(evidence: Evidence) -> bool:
    """Whether a JSON member is a list."""
    return evidence.head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


def _claims_jsonl(mapping: ExportMapping, evidence: Evidence) -> bool:
    if not any(_keys_occur(claim, evidence) for claim in mapping.claims):
        return False
    if is_list(evidence):
        return any(_claims_record(mapping, record) for record in _first(evidence.head, ("/*",)))
    if not evidence.text_head.lstrip().startswith("{"):
        return False
    found = [_object(line.encode("utf-8", "backslashreplace")) for line in first_lines(evidence, RECORDS)]
    return any(_claims_record(mapping, record) for record in found if record is not None)


def first_lines(evidence: Evidence, count: int) -> list[str]:
    """Return the lines that are not empty among the first ``count``; the last of a cut head is left out."""
    found = evidence.text_head.split("\n", count)
    if len(found) > count or len(evidence.head) >= HEAD:
        found.pop()
    return [line.removesuffix("\r") for line in found if line.strip()]


def _claims_lines(mapping: ExportMapping, evidence: Evidence) -> bool:
    if evidence.is_json and b"\n" in evidence.head.strip():  # several lines that are one value are no log
        return False
    found = first_lines(evidence, LOG_LINES)
    first = [claim.first_line for claim in mapping.claims if claim.first_line]
    if not found or (first and not any(mapping_patterns.search(pattern, found[0]) for pattern in first)):
        return False
    matched = sum(groups is not None for groups in mapping_patterns.extract(mapping.cutting.lines, found))
    return bool(first) or matched * SHARE >= len(found)


class TwiceError(ValueError):
    """A name stands twice in one object."""


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its pairs; decoders would lose the first of two equal names in silence."""
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name stands twice in one object"
        raise TwiceError(message)
    return found


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(decode(data), object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
