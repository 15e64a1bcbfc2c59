"""Physical lines of hostile text: bounded in memory, numbered, nothing swallowed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from forensics.ingest.evidence import Evidence

LINE_LIMIT = 1_048_576
"""Characters of one line that are kept; the rest of a longer line is counted, not stored."""


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
    encoding = "utf-16" if evidence.head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    with (
        evidence.open() as stream,
        io.TextIOWrapper(stream, encoding=encoding, errors="backslashreplace", newline="\n") as text,
    ):
        number = 0
        while found := text.readline(LINE_LIMIT + 1):
            number += 1
            length = len(found)
            rest = found
            while not rest.endswith("\n") and len(rest) > LINE_LIMIT and (rest := text.readline(LINE_LIMIT + 1)):
                length += len(rest)
            length -= rest.endswith("\n")
            yield Line(number=number, text=found[:LINE_LIMIT].rstrip("\n").removesuffix("\r"), length=length)
