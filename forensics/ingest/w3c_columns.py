"""Columns of W3C extended logs: a row is cut by its ``#Fields`` line, or refused, but never shifted.

IIS writes what the client asked for as it came, so a request may hold raw spaces (SQL injection does). Such a row has
too many words. It is mended only if there is exactly one text field whose growing makes every other field fit its type;
a border between path and query is of no consequence and is named in the repair. Anything else is refused with its place,
because a shifted column would put one visitor's address under another's request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from forensics.ingest import fields

_MARK = re.compile(r"#Fields:[ \t]*(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"-|\d{1,20}")
_MAX_SURPLUS = 2_000
_TYPES: Mapping[str, re.Pattern[str]] = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?"),
    "cs-method": re.compile(r"-|(?:\[\d{1,10}\])?[A-Za-z][A-Za-z_-]{0,30}"),  # FTP of IIS 5 and 6: [12]USER
    "s-port": _NUMBER,
    "c-port": _NUMBER,
    "sc-status": re.compile(r"-|\d{1,3}"),
    "sc-substatus": _NUMBER,
    "sc-win32-status": _NUMBER,
    "sc-bytes": _NUMBER,
    "cs-bytes": _NUMBER,
    "time-taken": re.compile(r"-|\d{1,20}(?:\.\d+)?"),
    "cs-version": re.compile(r"-|HTTP/\d(?:\.\d)?"),
}
_ADDRESSES = frozenset({"c-ip", "s-ip"})
_GROWING = ("cs-uri-stem", "cs-uri-query", "cs(user-agent)", "cs(referer)", "cs(cookie)", "cs-username")
REJOINED = "raw spaces in {} re-joined"
BORDER = "raw spaces in the request re-joined; where the path ends is not certain"


@dataclass(frozen=True, kw_only=True)
class Columns:
    """A ``#Fields`` line: the names as written."""

    names: tuple[str, ...]

    @cached_property
    def lower(self) -> tuple[str, ...]:
        """The names in lower case."""
        return tuple(name.lower() for name in self.names)

    @cached_property
    def typed(self) -> tuple[tuple[int, Callable[[str], object]], ...]:
        """Which cells have a type, and what says whether one fits it."""
        kinds: dict[str, Callable[[str], object]] = {
            **{name: kind.fullmatch for name, kind in _TYPES.items()},
            **dict.fromkeys(_ADDRESSES, _is_address),
        }
        return tuple((at, kinds[name]) for at, name in enumerate(self.lower) if name in kinds)


def columns_of(line: str) -> Columns | None:
    """Read a ``#Fields:`` line; ``None`` if the line is none or names nothing."""
    match = _MARK.match(line)
    names = tuple(match[1].split()) if match else ()
    return Columns(names=names) if names else None


def cells_of(line: str, columns: Columns) -> tuple[dict[str, str] | None, str]:
    """Cut a row: (cells by name in lower case or ``None``, repair or reason of refusal)."""
    words = line.split("\t") if "\t" in line else line.split(" ")
    names = columns.lower
    while len(words) > len(names) and not words[-1]:
        words.pop()  # trailing blanks
    if len(words) == len(names):
        if not _fits(columns, words):
            return None, "the cells do not fit the types of their columns"
        return dict(zip(names, words, strict=True)), ""
    if len(words) < len(names) or len(words) - len(names) > _MAX_SURPLUS:
        return None, f"{len(words)} cells under a header of {len(names)}"
    return _mended(columns, words)


def _mended(columns: Columns, words: list[str]) -> tuple[dict[str, str] | None, str]:
    """Give the surplus words to the one text field that makes all others fit."""
    names = columns.lower
    surplus = len(words) - len(names)
    found: dict[str, list[str]] = {}
    for at, name in enumerate(names):
        if name in _GROWING:
            cells = [*words[:at], " ".join(words[at : at + surplus + 1]), *words[at + surplus + 1 :]]
            if _fits(columns, cells):
                found[name] = cells
    if len(found) == 1:
        name, cells = next(iter(found.items()))
        return dict(zip(names, cells, strict=True)), REJOINED.format(name)
    if set(found) == {"cs-uri-stem", "cs-uri-query"}:
        return dict(zip(names, found["cs-uri-query"], strict=True)), BORDER
    which = ", ".join(found) or "no field"
    return None, f"{surplus} cells too many, and it is not certain where they belong ({which})"


def _fits(columns: Columns, cells: list[str]) -> bool:
    return all(fits(cells[at]) for at, fits in columns.typed)


@lru_cache(maxsize=16_384)  # a log names few addresses many times
def _is_address(cell: str) -> bool:
    return cell == "-" or fields.parse_ip(cell) is not None
