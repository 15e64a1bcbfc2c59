"""What tables an SQLite database has: names and columns, read from the statements that made them.

The first page lists every table with its ``CREATE TABLE`` statement (sqlite.org, "Database File Format", section 2.6). Only
real tables count: a view, an index, a trigger and a virtual table have no rows of their own, or none that may be trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw
from forensics.ingest.sqlite_pages import Pages, header_of
from forensics.ingest.sqlite_values import Value, values_of

_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))|"
    r"(?P<quoted>\"(?:[^\"]|\"\")*(?:\"|\Z)|'(?:[^']|'')*(?:'|\Z)|`(?:[^`]|``)*(?:`|\Z)|\[[^\]]*(?:\]|\Z))|"
    r"(?P<word>[\w$]+)|(?P<mark>.)",
    re.DOTALL,
)
"""What is not closed goes on to the end, so that no text is looked at twice."""
_LONGEST = 65_536
"""Characters of a statement that are looked at; SQLite itself takes a million, people write thousands."""
_CREATE = re.compile(r"\s*CREATE\s+TABLE\b", re.IGNORECASE)
_TABLE_RULES = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})
_COLUMN_RULES = frozenset(
    {"CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED"}
)
_NAME_AND_TYPE = 2
_PARTS = 5
"""Columns of the list of tables: type, name, table, first page, statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its name, its columns as written, which of them is the row's number ("" if none), its first page, its place."""

    name: str
    columns: tuple[str, ...]
    number: str
    root: int
    place: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns in lower case: SQL does not tell the cases apart."""
        return tuple(column.lower() for column in self.columns)


def tables(data: bytes) -> tuple[Table, ...]:
    """Return the tables that the first pages list; none if this is no database or its list is damaged."""
    header = header_of(data)
    found = listed(Pages(data=data, header=header)) if header else ()
    return tuple(table for table in found if isinstance(table, Table))


def listed(pages: Pages) -> Iterator[Table | Flaw]:
    """Yield the tables of the list, and what of the list cannot be read."""
    for cell in pages.cells(1, "bytes:0-100"):
        if isinstance(cell, Flaw):
            yield cell
            continue
        try:
            values = values_of(cell.record, pages.header.encoding)
        except FieldError as error:
            yield Flaw(place=cell.place, reason=f"the list of tables: {error}")
            continue
        table = _table(values, cell.place)
        if table:
            yield table


def _table(values: list[Value], place: str) -> Table | None:
    if len(values) != _PARTS or values[0] != "table":
        return None
    _, name, _, root, made = values
    if not isinstance(name, str) or not isinstance(root, int) or not isinstance(made, str) or not _CREATE.match(made):
        return None
    columns, number = columns_of(made)
    return Table(name=name, columns=columns, number=number, root=root, place=place)


def columns_of(made: str) -> tuple[tuple[str, ...], str]:
    """Return the stored columns of a ``CREATE TABLE`` statement, and the one that is the row's number ("" if none is)."""
    names: list[str] = []
    whole: set[str] = set()
    keys: list[str] = []
    for words, inner in _definitions(made[:_LONGEST]):
        upper = [word.upper() for word in words]
        keyed = any(pair == ("PRIMARY", "KEY") for pair in pairwise(upper))
        if upper[0] in _TABLE_RULES:
            keys += [_bare(inner[0])] if keyed and len(inner) == 1 else []
        elif "AS" not in upper or "STORED" in upper:  # a computed column is stored only if it says so
            names.append(_bare(words[0]))
            if upper[1:2] == ["INTEGER"] and (len(upper) == _NAME_AND_TYPE or upper[_NAME_AND_TYPE] in _COLUMN_RULES):
                whole.add(names[-1])
            keys += [names[-1]] if keyed and "DESC" not in upper else []
    numbers = {name.lower(): name for name in whole}
    return tuple(names), next((numbers[key.lower()] for key in keys if key.lower() in numbers), "")


def _definitions(made: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each definition between the first bracket and its partner: its words, and those in brackets of its own."""
    depth = 0
    words: list[str] = []
    inner: list[str] = []
    for match in _TOKEN.finditer(made):
        piece = match[0]
        if match["space"]:
            continue
        depth -= piece == ")"
        if words and (depth == 0 or (depth == 1 and piece == ",")):
            yield words, inner
            words, inner = [], []
        elif depth == 1 and piece not in "(),":
            words.append(piece)
        elif depth > 1 and piece not in "()":
            inner.append(piece)
        if depth <= 0 and piece == ")":
            return
        depth += piece == "("
    if words:
        yield words, inner


def _bare(name: str) -> str:
    quote = name[:1]
    if quote in ("'", '"', "`") and len(name) > 1:
        return name[1:-1].replace(quote * 2, quote)
    return name[1:-1] if quote == "[" else name
