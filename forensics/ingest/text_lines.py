"""Physical lines of hostile text: bounded in memory, numbered, nothing swallowed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from forensics.ingest.evidence import Evidence

LINE_LIMIT = 1_048_576
"""Characters of one line that are kept; the rest of a longer line is counted, not stored."""


CHUNK = 262_144
"""Characters that are read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A physical line: its number from 1, its text without the line end, and how many characters it had."""

    number: int
    text: str
    length: int

    @property
    def overlong(self) -> bool:
        """Whether ``text`` holds only the beginning."""
        return self.length > LINE_LIMIT


def lines(evidence: Evidence) -> Iterator[Line]:
    """Yield every line of a text member. Only LF ends a line: a lone CR inside a field is evidence, not a line end."""
    number = 0
    for found in chunks(evidence):
        for item in found:
            number += 1
            if isinstance(item, str):
                yield Line(number=number, text=item, length=len(item))
            else:
                yield Line(number=number, text=item.text, length=item.length)


@dataclass(frozen=True, slots=True)
class Long:
    """A line longer than ``LINE_LIMIT``: its beginning, and how many characters it had."""

    text: str
    length: int


def chunks(evidence: Evidence) -> Iterator[list[str | Long]]:
    """Yield the same lines in bounded lists, as mere text where they are of ordinary length."""
    encoding = "utf-16" if evidence.head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    with (
        evidence.open() as stream,
        io.TextIOWrapper(stream, encoding=encoding, errors="backslashreplace", newline="\n") as text,
    ):
        begun = ""
        while chunk := text.read(CHUNK):
            read = f"{begun}{chunk}"
            found = read.split("\n")
            begun = found.pop()
            if found:
                usual = "\r" not in read and max(map(len, found)) <= LINE_LIMIT
                yield list(found) if usual else [*map(_line, found)]
            if len(begun) > LINE_LIMIT + 1:
                long, begun = _rest(text, begun)
                yield [long]
        if begun:
            yield [*map(_line, begun.removesuffix("\n").split("\n"))]


def _rest(text: io.TextIOWrapper, begun: str) -> tuple[Long, str]:
    """Read to the end of a line that is too long; return it and what was read behind its end."""
    length, behind = len(begun), ""
    while chunk := text.read(CHUNK):
        line, end, behind = chunk.partition("\n")
        length += len(line)
        if end:
            break
    return Long(begun[:LINE_LIMIT].removesuffix("\r"), length), behind


def _line(line: str) -> str | Long:
    if len(line) > LINE_LIMIT:
        return Long(line[:LINE_LIMIT].removesuffix("\r"), len(line))
    return line.removesuffix("\r")
