"""The tables of a case are spelled as Python's own encoder spells them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from forensics.pipeline.address_lines import spelled

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.text(st.characters(exclude_categories=()))),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), VALUES))
@example({"half": "\ud800", "control": "\x00\x1f\x7f\x85\u2028", "signs": '"\\/<>&'})
def test_lines_are_those_of_the_standard_encoder(row: dict[str, Any]) -> None:
    assert spelled(row) == json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )
