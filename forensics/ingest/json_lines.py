r"""JSON logs of one object per line, read line by line: one damaged line costs one rejection.

Also read: a record separator (U+001E) before each object (RFC 7464), ``data: `` before it (server-sent events), a comma
behind it and a line with only ``[`` or ``]`` (an array with one object per line), and objects written over several
lines when the first line is ``{`` and the last ``}`` (``journalctl -o json-pretty``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.text_lines import Line, lines

MAX_OBJECT_LINES = 2_000
"""Lines that one object may span."""


def json_lines(evidence: Evidence, shared: Mapping[str, Any] | None = None) -> Iterator[Row | Flaw | Unused]:
    """Yield a row per object, place ``line:N``; a value that is no object is a ``Flaw``."""
    source = lines(evidence)
    for line in source:
        text = _bare(line.text)
        if text == "{":
            yield from _spread(evidence, source, line, shared or {})
        elif text in ("", "[", "]"):
            yield Unused(rule="line without an object")
        else:
            yield _read(evidence, line.number, text, shared or {}, overlong=line.overlong)


def _bare(text: str) -> str:
    return text.strip("\x1e \t").removeprefix("data: ").rstrip(", ")


def _spread(evidence: Evidence, source: Iterator[Line], first: Line, shared: Mapping[str, Any]) -> Iterator[Row | Flaw]:
    parts = ["{"]
    for line in source:
        parts.append(line.text)
        if line.text.startswith("}") or len(parts) > MAX_OBJECT_LINES:
            break
    yield _read(evidence, first.number, "\n".join(parts).rstrip(", "), shared)


def _read(
    evidence: Evidence, number: int, text: str, shared: Mapping[str, Any], *, overlong: bool = False
) -> Row | Flaw:
    value = None if overlong else _decoded(text)
    if not isinstance(value, dict):
        reason = "a line too long to be read" if overlong else "no JSON object"
        return Flaw(place=f"line:{number}", reason=reason, excerpt=text[:200])
    return Row(evidence=evidence, place=f"line:{number}", fields=value, shared=shared)


def object_of(text: str) -> dict[str, Any] | None:
    """Return the object that a text is; ``None`` if it is none."""
    value = _decoded(text)
    return value if isinstance(value, dict) else None


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def first_objects(evidence: Evidence, count: int = 5) -> list[Mapping[str, Any]]:
    """Return the first objects of the head, for recognition by their keys; a last line that the head cuts is left out."""
    found: list[Mapping[str, Any]] = []
    head = evidence.text_head
    if head.lstrip("\x1e [\r\n\t")[:1] != "{" and not head.startswith("data: "):
        return found
    for text in head.split("\n")[:200]:
        value = _decoded(_bare(text.rstrip("\r"))) if "{" in text else None
        if isinstance(value, dict):
            found.append(value)
        if len(found) >= count:
            break
    return found
