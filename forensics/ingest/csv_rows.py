"""CSV rows of hostile exports: header by name, embedded newlines, and no good row lost to a bad neighbour.

Library readers let one unclosed quote swallow everything up to the next quote or to the end of the file. Here a record
may span lines only if it closes within a bounded number of them; otherwise its first line alone is refused and
reading resumes at the next line. Cells are split by the standard library's ``csv`` in strict mode.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.text_lines import LINE_LIMIT, Line, lines

MAX_RECORD_LINES = 50
"""Lines that one quoted record may span."""


def csv_rows(
    evidence: Evidence,
    is_header: Callable[[tuple[str, ...]], bool],
    *,
    section: str = "",
    delimiter: str = ",",
    spare: int = 0,
) -> Iterator[Row | Flaw | Unused]:
    """Yield one ``Row`` per record, fields by header name, place ``line:N`` (the record's first line).

    ``is_header`` recognises the header cells (stripped); lines before it are ``Unused`` preamble, the header itself
    and empty lines are no rows. A repeated header, known by a name it shares with the first, is ``Unused``. A record
    with more or fewer cells than the header is a ``Flaw``: a shifted column would put a true value under a wrong name.
    ``spare`` is the number of last columns whose cells a provider is known to leave out.
    """
    header: tuple[str, ...] | None = None
    known = frozenset[str]()
    for number, cells, reason, excerpt in _records(evidence, delimiter):
        place = f"line:{number}"
        stripped = tuple(cell.strip() for cell in cells)
        if reason:
            yield Flaw(place=place, reason=reason, excerpt=excerpt)
        elif not any(stripped):
            continue
        elif (header is None or not known.isdisjoint(stripped)) and is_header(stripped):
            if header is not None:
                yield Unused(rule="repeated header line")
            header, known = _distinct(stripped), frozenset(stripped) - {""}
        elif header is None:
            yield Unused(rule="preamble before the header line")
        elif not len(header) - spare <= len(cells) <= len(header):
            yield Flaw(place=place, reason=f"{len(cells)} cells under a header of {len(header)}", excerpt=excerpt)
        else:
            yield Row(evidence=evidence, place=place, section=section, fields=dict(zip(header, cells, strict=False)))


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Number repeated column names (``IP``, ``IP#2``), so that no cell overwrites another."""
    seen: dict[str, int] = {}
    numbered = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        numbered.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(numbered)


def _records(evidence: Evidence, delimiter: str) -> Iterator[tuple[int, list[str], str, str]]:
    """Yield (first line number, cells, reason of refusal or "", excerpt)."""
    csv.field_size_limit(LINE_LIMIT * 2)
    waiting: deque[Line] = deque()
    source = lines(evidence)
    while True:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            return
        if line.overlong:
            yield line.number, [], f"line of {line.length:,} characters", line.text[:200]
            continue
        taken: list[Line] = []
        joined, cells, reason = line.text, *_split(line.text, delimiter)
        while reason == _OPEN and len(taken) < MAX_RECORD_LINES and len(joined) < LINE_LIMIT:
            following = waiting.popleft() if waiting else next(source, None)
            if following is None:
                break
            taken.append(following)
            joined = f"{joined}\n{following.text}"
            if '"' in following.text:  # without a quote the record stays open: no need to split again
                cells, reason = _split(joined, delimiter)
        if reason == _OPEN:  # give the lines back: each may be a good record of its own
            waiting.extendleft(reversed(taken))
        yield line.number, cells, reason, line.text[:200]


_OPEN = "a quoted cell is not closed"


def _split(text: str, delimiter: str) -> tuple[list[str], str]:
    """Split one record; the reason is "" when it is complete."""
    if '"' not in text:
        return text.split(delimiter), ""
    try:
        rows = list(csv.reader([text + "\n"], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return [], _OPEN if "end of data" in str(error) else f"not CSV: {error}"
    return (rows[0] if rows else []), ""
