"""Physical lines: what counts as overlong."""

from __future__ import annotations

import pytest

from forensics.ingest.text_lines import LINE_LIMIT, lines
from tests.ingest.reading import evidence_of


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize(("more", "overlong"), [(0, False), (1, True), (LINE_LIMIT + 5, True)])
def test_the_line_end_is_not_part_of_the_length(more: int, end: str, *, overlong: bool) -> None:
    data = ("x" * (LINE_LIMIT + more) + end).encode()
    (line,) = lines(evidence_of(data, "x.txt"))
    assert (line.length, line.overlong, len(line.text)) == (LINE_LIMIT + more, overlong, LINE_LIMIT)
