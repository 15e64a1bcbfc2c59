"""Every reason that the session table can hold becomes a sentence again, whatever stands in its values."""

from __future__ import annotations

from string import Formatter

from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution.session_reasons import REASONS, reason_told
from forensics.sentence import Sentence


@given(st.sampled_from(REASONS), st.text(min_size=1))
def test_every_reason_is_recalled(template: str, value: str) -> None:
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    text = template.format(**dict.fromkeys(names, value))
    told = reason_told(text)
    assert told == text
    assert isinstance(told, Sentence)
    assert told.template == template
