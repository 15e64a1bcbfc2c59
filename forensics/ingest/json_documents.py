r"""JSON logs in whatever wrapping they come: an array, a list inside an object, one bare record, one record per line.

The same audit record reaches an examiner as an API page (``{"value": [...]}``), as the result of a shell pipeline (one
object per line, or several objects one after the other), as a single record, or as UTF-16 because a Windows shell wrote
it. Log shippers put the record under a name of their own or into a text (``event.original``). This module finds the
records and says where they stand; what they mean is the business of a format.

Places: an RFC 6901 pointer inside an array or an object, ``line:N`` in a file of lines (with a pointer behind it where a
line holds more than one record), ``document:N`` from the second of several objects that follow each other.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, BinaryIO

from forensics.ingest.evidence import Evidence, decode
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.ingest.text_lines import lines

LISTS = ("value", "Value", "records", "Records", "items", "events", "logs", "results", "data")
"""Names under which exports keep their list of records."""

_SAMPLES = 20
_HITS = "hits"
_NESTED_LISTS = 3
_FIRST_LINES = 10
_DECODER: json.JSONDecoder


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Keep both of two members with one name: the second is numbered (``a#2``)."""
    found: dict[str, Any] = dict(pairs)
    if len(found) == len(pairs):
        return found
    found = {}
    numbers: dict[str, int] = {}
    for key, value in pairs:
        number = numbers.get(key, 1)
        name = key
        while name in found:
            number += 1
            name = f"{key}#{number}"
        found[name], numbers[key] = value, number
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs)


def value_of(text: str) -> Any:
    """Decode one JSON text; ``None`` if it is none (or is ``null``)."""
    try:
        return _DECODER.decode(text.strip().lstrip("\x1e\ufeff"))
    except (ValueError, RecursionError):
        return None


def complete_members(text: str) -> dict[str, Any]:
    """Return the members of a cut-off JSON object that are complete, e.g. where a spreadsheet cut a cell."""
    found: list[tuple[str, Any]] = []
    position = text.find("{") + 1
    while position > 0:
        match = re.compile(r'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*').match(text, position)
        if not match:
            break
        try:
            value, position = _DECODER.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            break
        if position == len(text):  # a number at the very end may have been longer
            break
        found.append((str(value_of(match[1])), value))
    return _pairs(found)


def in_utf8(evidence: Evidence) -> Evidence:
    """Return the member itself, or its UTF-8 view where a byte order mark says UTF-16."""
    if not evidence.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return evidence

    def opened() -> BinaryIO:
        with evidence.open() as stream:
            return io.BytesIO(decode(stream.read()).encode("utf-8"))

    return replace(evidence, head=evidence.text_head.encode("utf-8"), open=opened)


def samples(evidence: Evidence, *lists: str) -> Iterator[Mapping[str, Any]]:
    """Yield the first records that the head shows, for recognition; a cut-off last one with its complete members."""
    text = evidence.text_head.lstrip()
    if text.startswith(("{", "[")):
        yield from _samples(text, _first_record(evidence, text, lists or LISTS))


@lru_cache(maxsize=4)  # several formats ask the same of a member
def _samples(text: str, position: int) -> tuple[Mapping[str, Any], ...]:
    return tuple(_samples_from(text, position))


def _samples_from(text: str, position: int) -> Iterator[Mapping[str, Any]]:
    nested = 0
    for _ in range(_SAMPLES):
        match = re.compile(r"[\s,\x1e]*").match(text, position)
        position = match.end() if match else position
        if text[position : position + 1] == "[" and nested < _NESTED_LISTS:
            position, nested = position + 1, nested + 1
            continue
        if text[position : position + 1] != "{":
            return
        try:
            found, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield complete_members(text[position:])
            return
        yield found


def _first_record(evidence: Evidence, text: str, lists: tuple[str, ...]) -> int:
    for _, start in _list_starts(evidence, text, lists):
        return start
    return 0


def _list_starts(evidence: Evidence, text: str, lists: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Yield (pattern, offset of the value) of the lists that stand at the top of an object."""
    if not text.startswith("{"):
        return
    hits = re.match(r'\{.{0,400}?"hits"\s*:\s*\{.{0,400}?"hits"\s*:\s*(?=\[)', text, re.DOTALL)
    if hits:
        yield f"/{_HITS}/{_HITS}/*", hits.end()
        return
    top = in_utf8(evidence).json_keys.get(1, frozenset())
    for key in lists:
        if key not in top:
            continue
        match = re.search(rf'"{re.escape(key)}"\s*:\s*(?=([\[{{]))', text)
        if match:
            yield (f"/{key}/*" if match[1] == "[" else f"/{key}"), match.end()


def documents(evidence: Evidence, *lists: str) -> Iterator[Row | Flaw | Unused]:
    """Yield every record of the member as a row; ``lists`` are the names under which this format keeps its records."""
    evidence = in_utf8(evidence)
    text = evidence.text_head.lstrip()
    patterns = tuple(pattern for pattern, _ in _list_starts(evidence, text, lists or LISTS))
    if text.startswith("[") and not _is_lines(text):
        yield from _opened(json_rows(evidence, "/*"))
    elif _is_lines(text):
        yield from _lines(evidence)
    elif patterns:
        yield from json_rows(evidence, *patterns)
    else:
        yield from _numbered(json_rows(evidence, ""))


def _is_lines(text: str) -> bool:
    """Whether the file holds one JSON value per line: two of its first lines are whole ones, or the first of two is."""
    if text.startswith("["):
        first, _, rest = text.partition("\n")
        return isinstance(value_of(first.strip()), list) and rest.lstrip().startswith(("{", "["))
    whole = 0
    for line in text.split("\n", _FIRST_LINES)[:_FIRST_LINES]:
        whole += line.startswith("{") and isinstance(value_of(line.strip().rstrip(",")), dict)
    first, _, rest = text.partition("\n")
    return whole > 1 or (isinstance(value_of(first.strip().rstrip(",")), dict) and rest.lstrip().startswith("{"))


def _opened(rows: Iterator[Row | Flaw | Unused]) -> Iterator[Row | Flaw | Unused]:
    """Open arrays inside the array: pages of an API that were put one behind the other."""
    for row in rows:
        inner = row.fields.get("value") if isinstance(row, Row) and set(row.fields) == {"value"} else None
        if isinstance(row, Row) and isinstance(inner, list):
            yield from _each(row, inner, row.place)
        else:
            yield row


def _each(row: Row, values: list[Any], place: str) -> Iterator[Row]:
    for index, value in enumerate(values):
        found = value if isinstance(value, dict) else {"value": value}
        yield replace(row, place=f"{place}/{index}", fields=found)


def _numbered(rows: Iterator[Row | Flaw | Unused]) -> Iterator[Row | Flaw | Unused]:
    number = 0
    for row in rows:
        if isinstance(row, Row) and not row.place:
            number += 1
            yield row if number == 1 else replace(row, place=f"document:{number}")
        else:
            yield row


def _lines(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    for line in lines(evidence):
        place = f"line:{line.number}"
        written = line.text.strip().rstrip(",")
        if not written:
            continue
        value = None if line.overlong else value_of(written)
        empty = Row(evidence=evidence, place=place, fields={})
        if isinstance(value, dict):
            yield replace(empty, fields=value)
        elif isinstance(value, list):
            yield from _each(empty, value, place)
        else:
            reason = f"line of {line.length:,} characters" if line.overlong else "not a JSON object"
            yield Flaw(place=place, reason=reason, excerpt=line.text[:200])


def unwrapped(found: Mapping[str, Any], *names: str) -> Iterator[Mapping[str, Any]]:
    """Yield a record and the records inside it that a log shipper wrapped, outermost first.

    ``names`` are further names (``o365.audit``: member ``audit`` of ``o365``) beside the common ones. A text that is a
    JSON object counts as one. The original text of a shipper goes before what it made of it.
    """
    yield found
    for name in ("event.original", *names, "_source", "json", "message", "_raw"):
        value: Any = found.get(name)
        if value is None and "." in name:
            head, _, tail = name.partition(".")
            outer = found.get(head)
            value = outer.get(tail) if isinstance(outer, Mapping) else None
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = value_of(value)
        if isinstance(value, Mapping):
            yield from unwrapped(value, *names)


def around(found: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return what stands around a wrapped record: the row without the record and a shipper's copies of it."""
    parts = {name.partition(".")[0].casefold() for name in names}
    kept = {key: value for key, value in found.items() if key.casefold() not in parts and not _is_copy(key, value)}
    event = kept.get("event")
    if isinstance(event, Mapping):
        kept["event"] = {key: value for key, value in event.items() if key != "original"}
    source = kept.get("_source")
    if isinstance(source, Mapping):
        kept["_source"] = around(source, *names)
    return kept


def _is_copy(key: str, value: Any) -> bool:
    text = isinstance(value, str) and value.lstrip().startswith("{")
    return key in {"json", "message", "_raw"} and (text or isinstance(value, Mapping))
