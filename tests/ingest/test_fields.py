"""Short ways through the getters give what the long ways give."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from forensics.ingest import fields
from forensics.ingest.fields import FieldError
from forensics.model import Moment


def read(value: Any) -> Moment | str:
    try:
        return fields.epoch({"t": value}, "t")
    except FieldError as error:
        return str(error)


@given(st.integers() | st.integers(-10, 5_000_000_000))
@example(0)
@example(4_102_444_799)
@example(4_102_444_800)
def test_a_number_and_its_text_are_the_same_time(count: int) -> None:
    assert read(count) == read(str(count))


@given(st.text(max_size=3) | st.sampled_from(["\u00a0", "\u2003\t", "\x1c", "\u200b"]))
def test_blank_texts_are_no_values(text: str) -> None:
    assert fields.text({"a": text, "b": "other"}, "a", "b") == (text if text.strip() else "other")
