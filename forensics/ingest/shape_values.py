"""What a value is, without telling it: the types that a shape shows.

Of values that look like times only the pattern is kept (``9999-99-99 99:99:99 UTC``); of everything else the type alone.
"""

from __future__ import annotations

import re

from forensics.ingest import fields

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
