"""A reason that was kept as text in the event table is a sentence again, the grounds inside it included."""

from __future__ import annotations

import pytest

from forensics.ingest.phishing_reasons import DKIM_ELSEWHERE, FAILS, LINKS, reason_told
from forensics.sentence import Sentence


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("it links to accounts-security[.]example, not to google", LINKS),
        ("authentication fails: mx.example says dmarc=fail for accounts.example", FAILS),
        ("authentication fails: words of a newer version", FAILS),
    ],
)
def test_reasons_are_recalled(text: str, template: str) -> None:
    told = reason_told(text)
    assert told == text
    assert isinstance(told, Sentence)
    assert told.template == template


def test_the_ground_of_a_failure_is_recalled_too() -> None:
    ground = DKIM_ELSEWHERE.format(server="mx.example", others="a.example", sender="b.example")
    told = reason_told(FAILS.format(reason=ground))
    assert isinstance(told, Sentence)
    inner = told.values["reason"]
    assert isinstance(inner, Sentence)
    assert inner.template == DKIM_ELSEWHERE
