"""Places written as digits for a whole column are what an f-string gives."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest.numbered_places import numbered
from forensics.ingest.text_cells import Identity

STARTS = st.sampled_from([0, 1, 9, 10, 99, 9_990, 9_999, 10_000, 99_999_990, 2**31 - 3, 10**12]) | st.integers(0, 2**52)


@given(STARTS, st.lists(st.integers(0, 40), min_size=1, max_size=30), st.sampled_from(["line:", "bytes:", "/räume/0/"]))
def test_a_column_of_places_is_each_place(start: int, steps: list[int], text: str) -> None:
    first = start + np.cumsum(np.array(steps, np.int64))
    last = first + 180
    both = numbered([text, "-"], [first, last])
    assert both.to_pylist() == [f"{text}{a}-{b}" for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    assert both.type == pa.string()
    assert numbered([text], [first]).to_pylist() == [f"{text}{number}" for number in first.tolist()]
    identity = Identity("0" * 64, "member.csv")
    assert identity.column(both).to_pylist() == [identity.of(place) for place in both.to_pylist()]


def test_no_rows_have_no_places() -> None:
    assert numbered(["line:"], [np.zeros(0, np.int64)]).to_pylist() == []
