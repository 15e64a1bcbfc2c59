"""JSON documents as this tool writes them: keys sorted, two spaces, Unicode as it is.

The standard library lays a document out in Python, item by item. Here it writes one line, in C, and the line is laid out
in C as well: the same text, as the tests hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def indented(value: Any, plain: Callable[[Any], Any] | None = None) -> str:
    """Return a value as a JSON document; ``plain`` turns what JSON does not know into what it knows."""
    import msgspec

    line = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain)
    try:
        return msgspec.json.format(line, indent=2)
    except (
        msgspec.DecodeError,
        UnicodeEncodeError,
        RecursionError,
    ):  # NaN, half characters, deep nesting: only the slow way takes them
        return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=plain)
