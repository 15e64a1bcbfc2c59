"""CSV one row a line: a stray quote costs one row, not the rest of the file (a reader of many lines would swallow it)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from forensics.registry.offered import Offered

UNQUOTED = "the row's quotes do not close on its line"
NOT_CSV = "the row is not CSV"


def header(offered: Offered, delimiter: str = ",") -> tuple[str, ...]:
    """Return the names of the first line, or none if it is not CSV."""
    if not offered.first_lines:
        return ()
    names, why = cells(offered.first_lines[0], delimiter)
    return () if why else tuple(name.strip() for name in names)


def cells(line: str, delimiter: str = ",") -> tuple[Sequence[str], str]:
    """Return the cells of a line and "", or none and why not (RFC 4180 section 2 without line breaks in cells)."""
    if '"' not in line and "\x00" not in line:
        return line.split(delimiter), ""
    try:
        return next(csv.reader((line,), delimiter=delimiter, strict=True)), ""
    except csv.Error as error:
        return (), UNQUOTED if "end of data" in str(error) else NOT_CSV


def rows(offered: Offered, delimiter: str = ",") -> Iterator[tuple[int, Sequence[str], str]]:
    """Yield line number, cells and "" for every line after the first, or why its cells cannot be read."""
    for number, line, why in offered.lines():
        if number == 1 or (not why and not line.strip()):
            continue
        if why:
            yield number, (), why
        else:
            yield number, *cells(line, delimiter)
