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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence, decode
from forensics.ingest.shape_words import is_field_name
from forensics.ingest.text_lines import lines

WHOLE_LIMIT = 64 * 1024 * 1024
"""Bytes of a JSON file that are looked at; of a larger one the shape tells the beginning only."""
ROW_LIMIT = 100_000
MANY = 12
"""Withheld names in one object beyond which they are told as one map."""

_TYPES = (
    ("uuid", re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
    ("number", re.compile(r"[+-]?\d+[.,]\d+")),
    ("mail address", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")),
    ("link", re.compile(r"[a-z]+://\S+")),
    ("browser or application", re.compile(r"(?:Mozilla|Opera|Dalvik|Instagram|okhttp|curl)[/ ].*")),
    ("hex text", re.compile(r"[0-9a-fA-F]{16,}")),
)
_PLAIN = frozenset({"", "true", "false", "yes", "no", "null", "none", "n/a", "-"})
_TIME = re.compile(r"(?=(?:\D*\d){4})(?=(?:[^-:/.,]*[-:/.,]){2})[\w\s:/.,+\-()\u200e\u202f\u00a0]{6,48}")
_JS = re.compile(r"\s*[\w.]+\s*=\s*")


@dataclass(slots=True)
class Node:
    """What stands at one place of the shape: types with counts, fields by name, and what lists hold."""

    types: Counter[str] = field(default_factory=Counter)
    members: dict[str, Node] = field(default_factory=dict)
    items: Node | None = None


class Namer:
    """Decides which names are shown, and numbers those that are withheld."""

    def __init__(self, revealed: Iterable[str] = ()) -> None:
        """``revealed`` are names that the user has looked at and lets pass."""
        self._revealed = frozenset(revealed)
        self.withheld: dict[str, str] = {}

    def passes(self, name: str) -> bool:
        """Whether a name may be shown."""
        return name in self._revealed or is_field_name(name)

    def shown(self, name: str) -> str:
        """Return the name, or its number among the withheld ones."""
        if self.passes(name):
            return name
        return self.withheld.setdefault(name, f"<withheld {len(self.withheld) + 1}>")


def value_type(text: str) -> str:
    """Return what a text is, without telling it."""
    found = text.strip()
    if found.lower() in _PLAIN:
        return "yes or no, or none" if found else "empty"
    if re.fullmatch(r"[+-]?\d+", found):
        return f"integer of {min(len(found.lstrip('+-')), 25)} digits"
    seen = fields.address(found)
    if seen.address is not None:
        return f"address {seen.form}{' with port' if seen.port is not None else ''}"
    for name, pattern in _TYPES:
        if pattern.fullmatch(found):
            return name
    if _TIME.fullmatch(found):
        return "like a time: " + re.sub(r"[^\W\d_]+", _letters, re.sub(r"\d", "9", found.translate(_DIGITS)))
    return "text"


_DIGITS = {code: ord("9") for code in range(0x660, 0x66A)} | {code: ord("9") for code in range(0x6F0, 0x6FA)}


def _letters(match: re.Match[str]) -> str:
    """Return UTC and GMT as they are, A for each letter of ``T``, ``Z``, ``AM``, ``Aaa`` for a longer word (a month)."""
    word = match[0]
    if word in {"UTC", "GMT"}:
        return word
    return "A" * len(word) if len(word) <= 2 else "Aaa"  # noqa: PLR2004 - T, Z, AM


def of(evidence: Evidence, namer: Namer) -> dict[str, Any]:
    """Return the shape of one member as a JSON object: ``kind``, ``size`` and what the kind has."""
    text = evidence.text_head
    facts: dict[str, Any] = {"name": _file_name(evidence, namer), "size": evidence.size}
    start = text.lstrip()[:1]
    if b"\x00" in evidence.head[:4096] and not evidence.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return {**facts, "kind": "binary", "signature": evidence.head[:4].hex()}
    if start in ("{", "[") or re.match(r"\s*window\.[\w.]+\s*=\s*[\[{]", text):
        return {**facts, **_json(evidence, namer)}
    if start == "<":
        return {**facts, "kind": "markup", "elements": _markup(text, namer), "told": "the first 64 KiB"}
    return {**facts, **_delimited(evidence, namer)}


def _file_name(evidence: Evidence, namer: Namer) -> str:
    parts = evidence.name.split("/")
    stem, dot, suffix = parts[-1].rpartition(".")
    shown = [namer.shown(part) for part in (*parts[:-1], stem or suffix)]
    return "/".join(shown) + (f".{suffix}" if dot and stem and len(suffix) <= 5 and suffix.isalpha() else "")  # noqa: PLR2004


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


def _markup(text: str, namer: Namer) -> dict[str, int]:
    """Count elements with their classes; a class that occurs once may be an id and is left out."""
    tags = re.findall(r"<([A-Za-z][\w:.-]{0,40})((?:\s[^<>]*)?)>", text)
    classes = [tuple(re.findall(r"[\w-]+", (re.findall(r'class="([^"]*)"', rest) or [""])[0])[:6]) for _, rest in tags]
    often = Counter(name for found in classes for name in found)
    counted: Counter[str] = Counter()
    for (tag, _), found in zip(tags, classes, strict=True):
        shown = [name for name in found if often[name] > 2 and not re.search(r"\d{5}", name) and len(name) <= 40]  # noqa: PLR2004
        usual = tag if tag.islower() and len(tag) <= 10 else namer.shown(tag)  # noqa: PLR2004 - HTML's own elements
        counted[".".join([usual, *(name if _is_style(name) else namer.shown(name) for name in shown)])] += 1
    return dict(counted.most_common(60))


def _is_style(name: str) -> bool:
    """Whether a class is one of the generated or library names that exports use for layout."""
    return bool(re.fullmatch(r"_[a-z0-9]{2,4}(?:-[a-z0-9]{1,4})?|mdl-[a-z0-9-]+|pam|uiBoxWhite|noborder", name))


def _delimited(evidence: Evidence, namer: Namer) -> dict[str, Any]:
    sample = [_line(line.text) for line in islice(lines(evidence), 50)]
    for delimiter in (",", ";", "\t", "|"):
        cells = [row for row in csv.reader(sample, delimiter=delimiter) if row]
        width = max((len(row) for row in cells[:20]), default=0)
        if width > 1 and sum(len(row) == width for row in cells) > len(cells) * 0.7:
            return _table(evidence, namer, delimiter, width)
    return _plain_lines(evidence)


def _line(text: str) -> str:
    """Return a line as the CSV reader takes it: no lone carriage return, no cell beyond its limit."""
    return text[:100_000].replace("\r", " ")


def _table(evidence: Evidence, namer: Namer, delimiter: str, width: int) -> dict[str, Any]:
    header: list[str] | None = None
    columns: list[Counter[str]] = []
    other = rows = 0
    for row in csv.reader((_line(line.text) for line in islice(lines(evidence), ROW_LIMIT)), delimiter=delimiter):
        if len(row) != width:
            other += bool(row)
        elif header is None:
            header = [namer.shown(cell.strip()) for cell in row]
            columns = [Counter() for _ in row]
        else:
            rows += 1
            for counted, cell in zip(columns, row, strict=True):
                counted[value_type(cell)] += 1
    named = [
        {"column": name, "is": dict(counted.most_common(6))}
        for name, counted in zip(header or [], columns, strict=True)
    ]
    return {"kind": "table", "delimiter": delimiter, "rows": rows, "lines of another width": other, "columns": named}


def _plain_lines(evidence: Evidence) -> dict[str, Any]:
    counted: Counter[str] = Counter()
    total = 0
    for line in islice(lines(evidence), ROW_LIMIT):
        total += 1
        counted[" ".join(_token(word) for word in line.text.split()[:12])] += 1
    return {"kind": "lines", "lines": total, "most frequent": dict(counted.most_common(20))}


def _token(word: str) -> str:
    bare = word.strip("[](){}<>\"',;:=")
    if bare.islower() and is_field_name(bare) and not any(c.isdigit() for c in bare):
        return bare
    kind = value_type(bare) if bare else "mark"
    return f"<{kind}>"


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
