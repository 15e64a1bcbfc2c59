"""The border: a mapping file (TOML) in, a frozen ``ExportMapping`` out; every complaint names the key and its line.

An unknown key is an error, because a misspelt ``adress`` that is silently ignored would lose the addresses of a whole
export. ``docs/adding-a-mapping.md`` shows every key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from forensics.errors import DataError

E = TypeVar("E", bound=StrEnum)

_HEADER = re.compile(r"\s*\[(\[)?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*=""")
Path = tuple[str | int, ...]


def table_of(data: bytes, where: str) -> Table:
    """Parse the bytes of a mapping file into its outermost table."""
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        document = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"not a TOML file: {error}", where=where, hint="See docs/adding-a-mapping.md") from error
    return Table(document, (), where, lines_of(text))


def lines_of(text: str) -> dict[Path, int]:
    """Return key path → line number of every table header and plain key; multi-line texts are read over."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    closing = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        header, key = _HEADER.fullmatch(line), _KEY.match(line)
        if header:
            table = tuple(part.strip(" \t\"'") for part in header[2].split("."))
            if header[1]:
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.setdefault(table, number)
        elif key:
            found.setdefault((*table, key[1] or key[2] or key[3]), number)
            closing = _left_open(line[key.end() :])
    return found


def _left_open(value: str) -> str:
    """Return the quotes that must close a multi-line text which begins in a value, or ""."""
    return next((quotes for quotes in ('"""', "'''") if value.count(quotes) == 1), "")


class Table:
    """A table of the file while it is read: each getter takes one key, ``done`` refuses what nobody took."""

    def __init__(self, data: dict[str, Any], path: Path, where: str, lines: dict[Path, int]) -> None:
        """Keep where the table stands, for complaints."""
        self.data = data
        self.path = path
        self.where = where
        self.lines = lines
        self.asked: list[str] = []

    def wrong(self, key: str | int, why: str, *, hint: str = "Correct the mapping and run again") -> NoReturn:
        """Complain about a key, with the line on which it (or the table around it) stands."""
        path = (*self.path, key) if key != "" else self.path
        line = next((self.lines[path[:size]] for size in range(len(path), -1, -1) if path[:size] in self.lines), 1)
        raise DataError(f"{_dotted(path)}: {why}", where=f"{self.where} line {line}", hint=hint)

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.data:
            if key not in self.asked:
                self.wrong(key, f"unknown; known here are {', '.join(sorted(set(self.asked)))}")

    def raw(self, key: str) -> Any:
        """Return what a key holds, or ``None``."""
        self.asked.append(key)
        return self.data.get(key)

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self.wrong(key, "must be a text in quotes")
        return value

    def need(self, key: str, what: str) -> str:
        """Return a text that must be there; ``what`` says what it is for."""
        value = self.text(key).strip()
        if not value:
            self.wrong(key, f"missing or empty: {what}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a text or a list of texts."""
        value = self.raw(key)
        if value is None:
            return ()
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            self.wrong(key, "must be a text or a list of texts")
        return tuple(listed)

    def number(self, key: str, most: int) -> int:
        """Return a whole number from 0 to ``most``; absent is 0."""
        value = self.raw(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most):
            self.wrong(key, f"must be a whole number from 0 to {most}")
        return int(value or 0)

    def flag(self, key: str) -> bool:
        """Return a truth value; absent is false."""
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(key, "must be true or false")
        return bool(value)

    def choice(self, key: str, kind: type[E]) -> E | None:
        """Return a word of a closed list, or ``None`` when the key is absent."""
        word = self.text(key)
        if not word:
            return None
        if word not in list(kind):
            self.wrong(key, f"{word!r} is none of {', '.join(kind)}")
        return kind(word)

    def table(self, key: str) -> Table | None:
        """Return an inner table, or ``None``."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, f"must be a table, [{key}]")
        return Table(value, (*self.path, key), self.where, self.lines)

    def tables(self, key: str) -> Sequence[Table]:
        """Return the tables of a list (``[[key]]``)."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.wrong(key, f"must be a list of tables, [[{key}]]")
        return [Table(item, (*self.path, key, at), self.where, self.lines) for at, item in enumerate(value)]

    def texts_by_name(self, key: str) -> dict[str, str]:
        """Return a table whose values are all texts."""
        inner = self.table(key)
        return {} if inner is None else {name: inner.text(name) for name in inner.data}


def _dotted(path: Path) -> str:
    """Write a path as ``action.rules[2].is``."""
    made = ""
    for part in path:
        made += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if made else part
    return made or "the file"
