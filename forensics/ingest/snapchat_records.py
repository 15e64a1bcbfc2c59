"""The files of Snapchat's "My Data" export: lists of records in JSON, and the same as tables in HTML.

JSON: one object with a list (or one object) per part, named in English with spaces (``Login History``). HTML: one heading
``<h3>`` per part and one table row per record, with the names in bold (``<b>IP: </b>192.0.2.1``), in columns, or, for the
two parts that hold one record, one row per name. Both give rows whose ``section`` is the part's name.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from forensics.ingest import html_records
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Row, Unused
from forensics.ingest.json_rows import escape, json_rows

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

    from forensics.ingest.html_records import Piece

PROVIDER = SERVICE = "snapchat"
ACCOUNT = "snapchat.account"
"""The fact that ``account.json`` states about its export: the user name."""

_HEADING = re.compile(r"<h[1-6]\b[^>]{0,200}>\s*(?:<(?!/)[^>]{0,200}>\s*){0,4}([^<]{1,80}?)\s*</", re.IGNORECASE)
_STARTS = re.compile(rb"<h[1-6]\b|<tr\b", re.IGNORECASE)
_NAME_IN_JSON = re.compile(r'"Username"\s*:\s*("(?:[^"\\]|\\.){1,200}")')
_NAME_IN_HTML = re.compile(r"Username\s*:?\s*</(?:t[hd]|b)>\s*(?:<t[hd]\b[^>]*>)?\s*([^<]{1,200}?)\s*<")
_PAIR = 2


def is_json(evidence: Evidence) -> bool:
    """Whether the member begins like JSON."""
    return evidence.text_head.lstrip()[:1] in ("{", "[")


def parts(evidence: Evidence) -> frozenset[str]:
    """Return the names of the parts that the head shows: keys of the outermost object, or headings of the page."""
    if is_json(evidence):
        return frozenset(_plain(key) for key in evidence.json_keys.get(1, ()))
    if "<" not in evidence.text_head[:400]:
        return frozenset()
    return frozenset(_plain(name) for name in _HEADING.findall(evidence.text_head))


def _plain(name: str) -> str:
    return " ".join(name.replace("\\/", "/").replace("&amp;", "&").split())


def account_of(evidence: Evidence) -> str:
    """Return the user name that the head of the file states, else the one that the export states, else ""."""
    match = _NAME_IN_JSON.search(evidence.text_head) if is_json(evidence) else None
    if match:
        return _decoded(match[1])
    match = _NAME_IN_HTML.search(evidence.text_head)
    if match and not is_json(evidence):
        return match[1]
    return evidence.told[ACCOUNT].value if ACCOUNT in evidence.told else ""


def _decoded(spelled: str) -> str:
    """Decode a JSON text; one that is damaged states nothing."""
    try:
        return str(json.loads(spelled, strict=False))
    except ValueError:
        return ""


def rows(evidence: Evidence, wanted: Sequence[str], single: AbstractSet[str]) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per record of the wanted parts; ``single`` names those that hold one record as a list of names."""
    shared = {"account": account_of(evidence)}
    if not is_json(evidence):
        yield from _html_rows(evidence, wanted, single, shared)
        return
    patterns = {_pattern(evidence, name, single): name for name in wanted}
    for row in json_rows(evidence, *patterns, shared=shared):
        yield dataclasses.replace(row, section=patterns.get(row.section, "")) if isinstance(row, Row) else row


def _pattern(evidence: Evidence, name: str, single: AbstractSet[str]) -> str:
    """A part that usually is a list may hold one bare object; the first bracket behind its name tells."""
    spelled = re.escape(json.dumps(name)).replace("/", r"\\?/")
    bare = name in single or re.search(spelled + r"\s*:\s*\{", evidence.text_head)
    return f"/{escape(name)}" if bare else f"/{escape(name)}/*"


def _html_rows(
    evidence: Evidence, wanted: Sequence[str], single: AbstractSet[str], shared: Mapping[str, Any]
) -> Iterator[Row | Flaw | Unused]:
    table = _Table()
    for piece in html_records.pieces(evidence, _STARTS):
        if not piece.is_record:
            continue
        if piece.data is None:
            yield Flaw(place=piece.place, reason="an HTML record that is too large", excerpt=piece.excerpt)
        elif re.match(rb"(?i)<h[1-6]", piece.data):
            yield from table.finish(evidence, shared)
            table = _Table(section=_heading(piece.data))
        elif table.section not in wanted:
            yield Unused(rule=f"HTML part {table.section[:60]!r} holds no account events")
        else:
            yield from table.take(evidence, piece, shared, single=table.section in single)
    yield from table.finish(evidence, shared)


def _heading(data: bytes) -> str:
    match = _HEADING.match(data.decode("utf-8", "backslashreplace"))
    return _plain(match[1]) if match else ""


@dataclasses.dataclass(slots=True, kw_only=True)
class _Table:
    """The table below one heading: its column names, and the record that a list of names builds up."""

    section: str = ""
    columns: tuple[str, ...] = ()
    record: dict[str, Any] = dataclasses.field(default_factory=dict)
    start: int = 0
    end: int = 0

    def take(
        self, evidence: Evidence, piece: Piece, shared: Mapping[str, Any], *, single: bool
    ) -> Iterator[Row | Flaw | Unused]:
        """Read one table row."""
        found, columns = _cells(piece, self.columns)
        if columns:
            self.columns = columns
        elif single and len(found) == 1 and not self.columns:
            self.start = self.start if self.record else piece.start
            self.end = piece.end
            self.record.update(found)
        elif found:
            yield self._row(evidence, piece.place, found, shared)
        else:
            yield Flaw(place=piece.place, reason="a table row without names and values", excerpt=piece.excerpt)

    def finish(self, evidence: Evidence, shared: Mapping[str, Any]) -> Iterator[Row]:
        """Give the record that was built up."""
        if self.record:
            yield self._row(evidence, f"bytes:{self.start}-{self.end}", self.record, shared)

    def _row(self, evidence: Evidence, place: str, found: Mapping[str, Any], shared: Mapping[str, Any]) -> Row:
        return Row(evidence=evidence, place=place, section=self.section, fields=found, shared=shared)


def _cells(piece: Piece, columns: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what a table row holds, or the column names when it is the table's head."""
    try:
        tree = html_records.parse(b"<table>" + (piece.data or b""))
    except FieldError:
        return {}, ()
    cells = [html_records.cell(node) for node in tree.css("th, td")]
    labelled = _labelled(tree)
    if labelled:
        return labelled, ()
    if columns and len(cells) == len(columns):
        return dict(zip(columns, cells, strict=True)), ()
    if len(cells) > _PAIR and len(tree.css("th")) == len(cells) and len(set(cells)) == len(cells):
        return {}, tuple(cells)
    return ({cells[0].rstrip(": "): cells[1]}, ()) if len(cells) == _PAIR and cells[0] else ({}, ())


def _labelled(tree: LexborHTMLParser) -> dict[str, Any]:
    """Read ``<b>Name: </b>value`` pairs."""
    found: dict[str, Any] = {}
    label = ""
    for node in tree.root.traverse(include_text=True) if tree.root else ():
        if node.tag in {"b", "strong"}:
            label = " ".join((node.text() or "").split()).rstrip(": ")
        elif node.tag == "-text" and label and node.parent is not None and node.parent.tag not in {"b", "strong"}:
            value = " ".join((node.text(deep=False) or "").split())
            found[label] = f"{found[label]} {value}".strip() if label in found else value
    return {name: value for name, value in found.items() if name}
