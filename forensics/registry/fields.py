"""Typed getters over one table of a registry file: every complaint names the file and the key, nothing is repaired."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

UNKNOWN = "unknown"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# Direction controls can make a printed record read differently from its bytes (Unicode TR 36 section 2.5).
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MAX_TEXT = 4000


class Fields:
    """One table as read from TOML or JSON. Take every key you know, then call ``done``: what is left is an error."""

    __slots__ = ("_found", "_left", "where")

    def __init__(self, found: object, where: str) -> None:
        """Refuse anything that is no table with text keys."""
        if not isinstance(found, dict):
            raise fault(where, f"expected a table, found {_kind(found)}")
        self._found: Mapping[str, Any] = found
        self._left = set(found)
        self.where = where

    def take(self, key: str) -> object:
        """Return a required value as found."""
        if key not in self._found:
            raise fault(self.at(key), "the key is missing")
        self._left.discard(key)
        return self._found[key]

    def has(self, key: str) -> bool:
        """Whether a key is given with a value."""
        return self._found.get(key) is not None

    def at(self, key: str) -> str:
        """Return the place of a key for messages."""
        return f"{self.where}: {key}"

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text: required, unless a default is given."""
        if default is not None and key not in self._found:
            return default
        return clean(self.take(key), self.at(key))

    def one_of(self, key: str, allowed: Collection[str]) -> str:
        """Return a text out of a closed list."""
        value = self.text(key)
        if value not in allowed:
            raise fault(self.at(key), f"{value[:40]!r} is none of: {', '.join(sorted(allowed))}")
        return value

    def matching(self, key: str, pattern: re.Pattern[str], meaning: str) -> str:
        """Return a text that fully matches a pattern."""
        value = self.text(key)
        if not pattern.fullmatch(value):
            raise fault(self.at(key), f"{value[:80]!r} is not {meaning}")
        return value

    def flag(self, key: str) -> bool:
        """Return a required yes or no."""
        value = self.take(key)
        if not isinstance(value, bool):
            raise fault(self.at(key), f"expected true or false, found {_kind(value)}")
        return value

    def count(self, key: str, default: int) -> int:
        """Return a whole number from 1 on, small enough for every store."""
        if key not in self._found:
            return default
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**31:
            raise fault(self.at(key), f"expected a whole number from 1 on, found {str(value)[:40]!r}")
        return value

    def day(self, key: str) -> date:
        """Return a required day."""
        value = self.maybe_day(key)
        if value is None:
            raise fault(self.at(key), "a day is needed here, it cannot be unknown")
        return value

    def maybe_day(self, key: str, *, required: bool = True) -> date | None:
        """Return a day, or ``None`` for "unknown" (TOML) and null (JSON). Unknown has to be said, not left out."""
        if not required and key not in self._found:
            return None
        return _day(self.take(key), self.at(key))

    def items(self, key: str) -> list[object]:
        """Return a required list."""
        value = self.take(key)
        if not isinstance(value, list):
            raise fault(self.at(key), f"expected a list, found {_kind(value)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a required list of texts."""
        return tuple(clean(value, f"{self.at(key)}[{index}]") for index, value in enumerate(self.items(key)))

    def days(self, key: str) -> tuple[date, ...]:
        """Return a required list of days, ascending and without repetition."""
        held = [_day(value, f"{self.at(key)}[{index}]") for index, value in enumerate(self.items(key))]
        days = tuple(value for value in held if value is not None)
        if len(days) != len(held) or any(later <= earlier for earlier, later in pairwise(days)):
            raise fault(self.at(key), "expected days in ascending order, each once")
        return days

    def done(self) -> None:
        """Refuse keys that nobody took: a misspelt key must not lose a caveat."""
        if self._left:
            raise fault(self.where, f"unknown key {min(self._left)[:60]!r}")


def fault(where: str, what: str) -> DataError:
    """Return the error for a place in a registry file."""
    return DataError(what, where=where, hint="Correct the registry file")


def clean(value: object, where: str) -> str:
    """Return a text without control or direction characters and not absurdly long."""
    if not isinstance(value, str):
        raise fault(where, f"expected a text, found {_kind(value)}")
    if len(value) > MAX_TEXT:
        raise fault(where, f"the text is longer than {MAX_TEXT} characters")
    if value.isprintable():  # no control, format or surrogate character: nothing to look for
        return value
    bad = next((char for char in value if char in _BIDI or unicodedata.category(char) in ("Cc", "Cs")), None)
    if bad is not None:
        raise fault(where, f"the text holds the control character U+{ord(bad):04X}")
    return value


def _day(value: object, where: str) -> date | None:
    if value is None or value == UNKNOWN:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise fault(where, f"{value!r} is no day of the calendar") from error
    raise fault(where, f"expected a day (YYYY-MM-DD) or {UNKNOWN!r}, found {str(value)[:40]!r}")


def _kind(value: object) -> str:
    named = {"dict": "a table", "list": "a list", "str": "a text"}
    return named.get(type(value).__name__, type(value).__name__)
