"""A document laid out in C is the one that the standard library writes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from forensics.json_text import indented

TEXTS = st.text(st.characters(), max_size=8)  # half characters as well
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_the_text_is_that_of_the_standard_library(value: Any) -> None:
    assert indented(value) == json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def test_what_json_does_not_know_is_made_plain_in_both_ways() -> None:
    for odd in ("x", "\ud800"):
        value: dict[str, Any] = {"day": date(2020, 3, 1), "text": odd, "none": [], "nested": {}}
        assert indented(value, str) == json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)
