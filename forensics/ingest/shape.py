"""The anonymised shape of a file: names of fields, types and counts, never a value.

What is unknown to us can be told to us without telling whose it is. Every value is reduced to a type; of values that
look like times only the pattern is kept (``9999-99-99 99:99:99 UTC``). A field name stays only where it is made of usual
field words (``shape_words``): maps keyed by names, numbers or cookies would otherwise show data as keys.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence, decode
from forensics.ingest.shape_markup import elements
from forensics.ingest.shape_sqlite import sqlite_shape
from forensics.ingest.shape_values import value_type
from forensics.ingest.shape_words import Namer, is_field_name
from forensics.ingest.sqlite_pages import MAGIC, header_of
from forensics.ingest.text_lines import lines

WHOLE_LIMIT = 64 * 1024 * 1024
"""Bytes of a JSON file that are looked at; of a larger one the shape tells the beginning only."""
ROW_LIMIT = 100_000
HEADER_WITHIN = 40
"""Records of a table among which its header is looked for."""
MANY = 12
"""Withheld names in one object beyond which they are told as one map."""

_ENDINGS = """
    bak bin bz2 cfg conf csv dat db eml gz htm html ics ini js json jsonl log mbox md msg ndjson ods old pdf plist pst sql
    sqlite tar toml tsv txt vcf xls xlsx xml xz yaml yml zip zst
"""
_SUFFIXES = frozenset(_ENDINGS.split())
_SIGNATURES = {
    b"SQLite format 3\x00": "SQLite database, its head damaged",
    b"\x37\x7f\x06\x82": "SQLite write-ahead log: the newest records of the database beside it",
    b"\x37\x7f\x06\x83": "SQLite write-ahead log: the newest records of the database beside it",
    b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7": "SQLite rollback journal: older pages of the database beside it",
    b"bplist00": "Apple property list",
    b"\xd0\xcf\x11\xe0": "OLE compound file",
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"PK\x03\x04": "ZIP",
    b"\x1f\x8b": "gzip",
    b"ElfFile\x00": "Windows event log",
    b"regf": "Windows registry hive",
    b"LPKSHHRH": "systemd journal",
    b"!BDN": "Outlook data file",
    b"PAR1": "Parquet",
}
_USUAL = re.compile(r"[a-z]+(?:[_-][a-z]+)*")
_JS = re.compile(r"\s*[\w.]+\s*=\s*")


@dataclass(slots=True)
class Node:
    """What stands at one place of the shape: types with counts, fields by name, and what lists hold."""

    types: Counter[str] = field(default_factory=Counter)
    members: dict[str, Node] = field(default_factory=dict)
    items: Node | None = None


def of(evidence: Evidence, namer: Namer) -> dict[str, Any]:
    """Return the shape of one member as a JSON object: ``kind``, ``size`` and what the kind has."""
    text = evidence.text_head
    facts: dict[str, Any] = {"name": _file_name(evidence, namer), "size": evidence.size}
    start = text.lstrip()[:1]
    if evidence.head.startswith(MAGIC) and header_of(evidence.head) is not None:
        return {**facts, **sqlite_shape(evidence, namer, ROW_LIMIT)}
    if b"\x00" in evidence.head[:4096] and not evidence.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return {**facts, "kind": "binary", "signature": _signature(evidence.head)}
    if start in ("{", "[") or re.match(r"\s*window\.[\w.]+\s*=\s*[\[{]", text):
        return {**facts, **_json(evidence, namer)}
    if start == "<":
        return {**facts, "kind": "markup", "elements": elements(text, namer), "told": "the first 64 KiB"}
    return {**facts, **_delimited(evidence, namer)}


def _file_name(evidence: Evidence, namer: Namer) -> str:
    parts = evidence.name.split("/")
    stem, _, suffix = parts[-1].rpartition(".")
    known = suffix.lower() in _SUFFIXES and bool(stem)
    shown = [namer.shown(part) for part in (*parts[:-1], stem if known else parts[-1])]
    return "/".join(shown) + (f".{suffix.lower()}" if known else "")


def _signature(head: bytes) -> str:
    """Name a known kind of file; the first bytes of another may be text."""
    return next((name for start, name in _SIGNATURES.items() if head.startswith(start)), "not known")


def _json(evidence: Evidence, namer: Namer) -> dict[str, Any]:
    with evidence.open() as stream:
        text = decode(stream.read(WHOLE_LIMIT))
    text = _JS.sub("", text, count=1) if text.lstrip().startswith("window") else text
    node = Node()
    decoder = json.JSONDecoder()
    documents, position = 0, 0
    while documents < ROW_LIMIT and (found := re.compile(r"\S").search(text, position)):
        try:
            value, position = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            break
        documents += 1
        _merge(node, value, namer)
    if not documents:
        return {"kind": "JSON, not readable", "keys by depth": _keys(evidence, namer)}
    rest = bool(text[position:].strip()) or evidence.size > WHOLE_LIMIT
    told = "its beginning; the rest is not JSON or too large" if rest else "all of it"
    return {
        "kind": "JSON" if documents == 1 else "JSON Lines",
        "documents": documents,
        "told": told,
        "shape": _plain(node),
    }


def _keys(evidence: Evidence, namer: Namer) -> dict[str, list[str]]:
    return {str(level): sorted({namer.shown(key) for key in keys}) for level, keys in evidence.json_keys.items()}


def _merge(node: Node, value: Any, namer: Namer, depth: int = 0) -> None:
    if depth > fields.MAX_DEPTH:
        node.types["nested too deeply"] += 1
    elif isinstance(value, Mapping):
        node.types["object"] += 1
        many = sum(not namer.passes(key) for key in value) > MANY
        for key, inner in value.items():
            name = "<many withheld names>" if many and not namer.passes(key) else namer.shown(key)
            _merge(node.members.setdefault(name, Node()), inner, namer, depth + 1)
    elif isinstance(value, list):
        node.types["list"] += 1
        node.items = node.items or Node()
        for inner in value:
            _merge(node.items, inner, namer, depth + 1)
    elif isinstance(value, bool) or value is None:
        node.types["yes or no" if value is not None else "null"] += 1
    elif isinstance(value, int | float):
        node.types[f"number, {value_type(repr(value))}"] += 1
    else:
        node.types[value_type(str(value))] += 1


def _plain(node: Node) -> dict[str, Any]:
    kinds = dict(node.types.most_common(8))
    found: dict[str, Any] = {"is": kinds}
    if node.members:
        found["fields"] = {name: _plain(inner) for name, inner in node.members.items()}
    if node.items is not None:
        found["each"] = _plain(node.items)
    return found


def _delimited(evidence: Evidence, namer: Namer) -> dict[str, Any]:
    sample = [_line(line.text) for line in islice(lines(evidence), 50)]
    for delimiter in (",", ";", "\t", "|"):
        cells = [row for row in csv.reader(sample, delimiter=delimiter) if row]
        width = Counter(len(row) for row in cells).most_common(1)[0][0] if cells else 0
        if width > 1 and sum(len(row) == width for row in cells) > len(cells) * 0.6:
            return _table(evidence, namer, delimiter, width)
    return _plain_lines(evidence)


def _line(text: str) -> str:
    """Return a line as the CSV reader takes it: no lone carriage return, no cell beyond its limit."""
    return text[:100_000].replace("\r", " ")


def _is_header(row: list[str]) -> bool:
    """Whether a row holds nothing but texts, and more than one: a row of data has a time, an address, a number."""
    found = [value_type(cell) for cell in row if cell.strip()]
    return len(found) > 1 and all(kind == "text" for kind in found)


def _table(evidence: Evidence, namer: Namer, delimiter: str, width: int) -> dict[str, Any]:
    columns: list[Counter[str]] = [Counter() for _ in range(width)]
    other = rows = 0
    header: list[str] = []
    read = csv.reader((_line(line.text) for line in islice(lines(evidence), ROW_LIMIT)), delimiter=delimiter)
    found = filter(None, read)
    for row in _behind_header(found, width, namer, header):
        other += len(row) != width
        rows += len(row) == width
        for counted, cell in zip(columns, row if len(row) == width else (), strict=False):
            counted[value_type(cell)] += 1
    names = [namer.shown(cell.strip()) for cell in header] or [f"column {at} (no header)" for at in range(1, width + 1)]
    named = [{"column": name, "is": dict(counted.most_common(6))} for name, counted in zip(names, columns, strict=True)]
    return {"kind": "table", "delimiter": delimiter, "rows": rows, "lines of another width": other, "columns": named}


def _behind_header(found: Iterator[list[str]], width: int, namer: Namer, header: list[str]) -> Iterator[list[str]]:
    """Put the header into ``header``, yield what is none: of the texts before the first data the best known one is it."""
    before: list[list[str]] = []
    for row in found:
        before.append(row)
        if (len(row) == width and not _is_header(row) and sum(map(bool, row)) > 1) or len(before) >= HEADER_WITHIN:
            break
    fitting = [row for row in before if len(row) == width and _is_header(row)]
    if fitting:
        header += max(fitting, key=lambda row: sum(namer.passes(cell.strip()) for cell in row))
    yield from (row for row in before if row != header)
    yield from found


def _plain_lines(evidence: Evidence) -> dict[str, Any]:
    counted: Counter[str] = Counter()
    total = 0
    for line in islice(lines(evidence), ROW_LIMIT):
        total += 1
        counted[" ".join(_token(word) for word in line.text.split()[:12])] += 1
    return {"kind": "lines", "lines": total, "most frequent": dict(counted.most_common(20))}


def _token(word: str) -> str:
    """Return a word that is one of field names, ``name=<type>``, or a type."""
    key, equals, value = word.partition("=")
    if equals and _USUAL.fullmatch(key) and is_field_name(key):
        return f"{key}={_typed(value)}"
    bare = word.strip("[](){}<>\"',;:=")
    return bare if _USUAL.fullmatch(bare) and is_field_name(bare) else _typed(word)


def _typed(word: str) -> str:
    bare = word.strip("[](){}<>\"',;:=")
    return f"<{value_type(bare) if bare else 'mark'}>"


def told(found: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """Say a shape as indented lines."""
    pad = "  " * indent
    for key, value in found.items():
        if isinstance(value, Mapping) and key == "is":
            continue
        if isinstance(value, Mapping):
            kinds = value.get("is")
            said = (
                ", ".join(f"{name}: {count:,}" for name, count in kinds.items()) if isinstance(kinds, Mapping) else ""
            )
            yield f"{pad}{key}: {said}".rstrip()
            yield from told(value, indent + 1)
        elif isinstance(value, list):
            yield f"{pad}{key}:"
            for item in value:
                if isinstance(item, Mapping) and "column" in item:
                    yield f"{pad}  {item['column']}: " + ", ".join(f"{name}: {n:,}" for name, n in item["is"].items())
                else:
                    yield f"{pad}  {item}"
        else:
            yield f"{pad}{key}: {value}"
