"""Digests of many texts at once are those of each, whatever the column looks like."""

from __future__ import annotations

import hashlib

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from forensics.digests import Digests, hexadecimal

TEXTS = st.lists(st.text(max_size=150), max_size=40)


@given(st.binary(max_size=200), TEXTS, st.integers(0, 10), st.integers(1, 3))
def test_a_column_of_digests_is_what_hashlib_gives(beginning: bytes, texts: list[str], cut: int, step: int) -> None:
    digests = Digests(beginning)
    column = pa.array(texts, pa.string()).slice(min(cut, len(texts)))
    wanted = [hashlib.sha256(beginning + text.encode()).digest() for text in texts[cut:][::step]]
    assert [row.tobytes() for row in digests.column(column, step)] == wanted
    assert [digests.of(text.encode()) for text in texts[cut:][::step]] == wanted
    assert hexadecimal(digests.column(column, step)).to_pylist() == [digest.hex() for digest in wanted]


def test_columns_of_other_lengths_share_nothing_but_the_beginning() -> None:
    digests = Digests(b"exhibit\n")
    for count in (1, 511, 512, 513, 5_000, 512, 0, 2):
        texts = [f"bytes:{number}-{number * number}" for number in range(count)]
        wanted = [hashlib.sha256(b"exhibit\n" + text.encode()).digest() for text in texts]
        assert [row.tobytes() for row in digests.column(pa.array(texts, pa.string()))] == wanted
