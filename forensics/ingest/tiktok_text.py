"""The login history of TikTok's TXT export: blocks of ``Name: value`` lines with an empty line between.

The names are in the language of the export (``Date: …``, ``Datum: …``), so a block is known by its values: one is a time
``YYYY-MM-DD HH:MM:SS`` and one is an address. No other part of the export has both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.text_lines import Line, lines

MAX_BLOCK = 40
"""Lines that one record may have."""

_PAIR = re.compile(r"\s*([^:\s][^:]{0,60}?)\s*[:：]\s?(.*)")  # noqa: RUF001 - the colon of Chinese and Japanese exports
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:\s*(?:UTC|Z))?")
_NEEDED = 2


def pair(text: str) -> tuple[str, str] | None:
    """Split ``Name: value``; ``None`` where the line is none."""
    match = _PAIR.fullmatch(text)
    return (match[1], match[2].strip()) if match else None


def is_time(value: str) -> bool:
    """Whether a value is spelled as this export writes times."""
    return _TIME.fullmatch(value.strip()) is not None


def is_block(texts: list[str]) -> bool:
    """Whether lines are one login: pairs only, with a time and an address among the values."""
    pairs = [pair(text) for text in texts]
    values = [found[1] for found in pairs if found]
    return (
        _NEEDED <= len(values) == len(pairs)
        and any(is_time(value) for value in values)
        and any(fields.parse_ip(fields.split_port(value)[0]) for value in values)
    )


def is_login_history(head: str) -> bool:
    """Whether a file begins with a record that has a time, and one of its first records is a login."""
    records: list[list[str]] = []
    for line in head.lstrip("\ufeff \t\r\n").split("\n")[: MAX_BLOCK * 5]:
        named = pair(line.strip())
        opening = pair(records[-1][0]) if records and records[-1] else None
        if not records or not line.strip() or (named and opening and named[0] == opening[0]):
            records.append([])
        if line.strip():
            records[-1].append(line.strip())
    filled = [record for record in records if record]
    timed = filled and any(found and is_time(found[1]) for found in map(pair, filled[0]))
    return bool(timed) and any(is_block(record) for record in filled)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per block; the place is ``line:N`` of its first line."""
    block: list[Line] = []
    for line in lines(evidence):
        if line.overlong:
            yield Flaw(
                place=f"line:{line.number}", reason=f"line of {line.length:,} characters", excerpt=line.text[:200]
            )
        elif line.text.strip() and len(block) < MAX_BLOCK and not _begins_next(block, line):
            block.append(line)
        else:
            yield from _row(evidence, block)
            block = [line] if line.text.strip() else []
    yield from _row(evidence, block)


def _begins_next(block: list[Line], line: Line) -> bool:
    """Whether a line begins the next record although no empty line stands between: its name is the first one's."""
    first, this = (pair(block[0].text), pair(line.text)) if block else (None, None)
    return first is not None and this is not None and first[0] == this[0]


def _row(evidence: Evidence, block: list[Line]) -> Iterator[Row | Flaw]:
    if not block:
        return
    place = f"line:{block[0].number}"
    found: dict[str, str] = {}
    for line in block:
        named = pair(line.text)
        if named is None or named[0] in found:
            reason = "a name stands twice in one record" if named else "a line without a name"
            yield Flaw(place=place, reason=f"{reason} (line {line.number})", excerpt=line.text[:200])
            return
        found[named[0]] = named[1]
    yield Row(evidence=evidence, place=place, section="text", fields=found)
