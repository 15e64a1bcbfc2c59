"""JSON of a stranger: bounded before it is read, and only taken apart where the type is the expected one."""

from __future__ import annotations

import json
import re
from typing import Any

from forensics.enrichment.reading import BIGGEST

DEEPEST = 40
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.|\\\Z)*+"?', re.DOTALL)  # takes an unclosed one whole: linear whatever comes


def document(body: bytes) -> dict[str, Any] | str:
    """Return the JSON object of a reply, or what is wrong with it."""
    if len(body) > BIGGEST:
        return f"the reply is too big to be read ({len(body)} bytes)"
    if _deep(body):
        return f"the reply is nested deeper than {DEEPEST} levels"
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        return "the reply is no JSON"
    return found if isinstance(found, dict) else "the reply is no JSON object"


def _no_number(name: str) -> None:
    """Refuse NaN and Infinity, which are no JSON (RFC 8259 §6)."""
    raise ValueError(name)


def _deep(body: bytes) -> bool:
    """Say whether brackets outside strings nest too deeply; a broken text may be judged either way."""
    depth = 0
    for mark in re.findall(rb"[\[{\]}]", _STRINGS.sub(b"", body)):
        depth += 1 if mark in b"[{" else -1
        if depth > DEEPEST:
            return True
    return False


def text(value: Any) -> str:
    """Return a string, or a number as one; anything else is empty."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64 else ""


def texts(value: Any) -> tuple[str, ...]:
    """Return the strings of a list, or of a single string."""
    listed = value if isinstance(value, list) else [value]
    return tuple(found for found in map(text, listed) if found)


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def members(value: Any) -> dict[str, Any]:
    """Return an object, or an empty one."""
    return value if isinstance(value, dict) else {}
