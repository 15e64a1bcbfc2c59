"""Patterns that a mapping file may bring: RE2, so that no pattern and no line can make a search take for ever.

RE2 matches in time linear in the text; it has no back-references and no look-around, and refuses repetitions that
would need much memory. Arrow brings it. Evidence and mapping are both foreign here: neither may choose the running time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

MAX_PATTERN = 2_000
"""Characters of one pattern; a longer one is no description of a line."""


def complaint(pattern: str, *, named: bool = False) -> str:
    """Return why a pattern is not accepted, or ""; with ``named`` it must have named groups and no others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(pattern) > MAX_PATTERN:
        return f"longer than {MAX_PATTERN:,} characters"
    try:
        if named:
            found = pc.extract_regex(pa.array([""], pa.string()), pattern=whole(pattern))
            return "" if found.type.num_fields else "has no named group (?P<name>…)"
        pc.match_substring_regex(pa.array([""], pa.string()), pattern)
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        return f"{str(error).removeprefix('Invalid regular expression: ')[:200]} (RE2 syntax: no look-around, no \\1)"
    return ""


def whole(pattern: str) -> str:
    """Return the pattern so that it must match a whole line."""
    return f"^(?:{pattern})$"


@lru_cache(maxsize=4_096)  # an export has few different texts
def search(pattern: str, text: str) -> bool:
    """Whether the pattern occurs in the text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.match_substring_regex(pa.array([_storable(text)], pa.string()), pattern)
    return bool(found[0].as_py())


def extract(patterns: Sequence[str], texts: Sequence[str]) -> list[dict[str, str] | None]:
    """Return for each text the named groups of the first pattern that matches it whole, or ``None``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: list[dict[str, str] | None] = [None] * len(texts)
    column = pa.array([_storable(text) for text in texts], pa.string())
    for pattern in patterns:
        groups = pc.extract_regex(column, pattern=whole(pattern)).to_pylist()
        found = [old if old is not None else new for old, new in zip(found, groups, strict=True)]
    return found


def _storable(text: str) -> str:
    """Spell out what UTF-8 cannot hold (lone surrogates of JSON)."""
    return text.encode("utf-8", "backslashreplace").decode()
