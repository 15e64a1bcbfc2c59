"""Patterns name values on their own, or are refused with a reason; nothing is taken out of a conjunction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.registry import stix_patterns as patterns
from forensics.registry.stix_patterns import named


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("[ipv4-addr:value='192.0.2.1']", ["192.0.2.1"]),
        (" [ ipv4-addr:value = '192.0.2.1' ] ", ["192.0.2.1"]),
        ("[domain-name:value='a.example' OR domain-name:value='b.example']", ["a.example", "b.example"]),
        ("[domain-name:value='a.example'] OR [ipv4-addr:value='192.0.2.1']", ["a.example", "192.0.2.1"]),
        ("([a:b='1'] OR [a:b='2']) OR [a:b='3']", ["1", "2", "3"]),
        ("[a:b IN ('1', '2')]", ["1", "2"]),
        ("[file:hashes.'SHA-256'='aa' AND file:hashes.MD5='bb']", ["aa", "bb"]),
        (r"[process:name='it\'s \\ here']", ["it's \\ here"]),
        ("[network-traffic:dst_ref.value='192.0.2.1' AND network-traffic:dst_port=443]", ["192.0.2.1"]),
        ("[ipv4-addr:value ISSUBSET '192.0.2.0/24']", ["192.0.2.0/24"]),
    ],
)
def test_values_that_stand_alone(pattern: str, values: list[str]) -> None:
    assert [item.value for item in named(pattern)] == values


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[domain-name:value='a.example' AND ipv4-addr:value='192.0.2.1']", patterns.TOGETHER),
        ("[a:b='1'] AND [a:b='2']", patterns.TOGETHER),
        ("[a:b='1'] FOLLOWEDBY [a:b='2']", patterns.TOGETHER),
        ("[a:b='1' OR a:b='2' AND c:d='3']", patterns.TOGETHER),
        ("[a:b='1' AND (c:d='2' OR c:d='3')]", patterns.TOGETHER),
        ("[a:b != '1']", patterns.NEGATED),
        ("[NOT a:b = '1']", patterns.NEGATED),
        ("[a:b NOT = '1']", patterns.NEGATED),
        ("[a:b = '1'] REPEATS 5 TIMES", patterns.QUALIFIED),
        ("[a:b = '1'] WITHIN 60 SECONDS", patterns.QUALIFIED),
        ("[a:b LIKE 'x%']", "the pattern compares with LIKE, which names no single value"),
        ("[a:b = '1'", patterns.MALFORMED),
        ("a:b = '1'", patterns.MALFORMED),
        ("", patterns.MALFORMED),
        ("[a:b = '1'] [a:b = '2']", patterns.MALFORMED),
        ("(" * 100_000, patterns.TOO_DEEP),
        ("(" * 40 + "[a:b='1']", patterns.TOO_DEEP),
        ("[" + " OR ".join(["a:b='1'"] * 3000) + "]", patterns.TOO_DEEP),
    ],
)
def test_refusals_have_a_reason(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match="^" + reason.replace("(", r"\(").replace(")", r"\)")):
        named(pattern)


def test_a_condition_that_narrows_is_kept() -> None:
    (found,) = named("[network-traffic:dst_ref.value='192.0.2.1' AND network-traffic:dst_port=443]")
    assert found.together == ("network-traffic:dst_port = 443",)


@given(st.text(alphabet="[]()='\\ ab:.,ORANDINT0 9\n", max_size=80))
def test_any_text_is_values_or_a_reason(text: str) -> None:
    try:
        found = named(text)
    except ValueError:
        return
    assert found


@given(st.text(max_size=50))
def test_any_text_survives_quoting(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    (found,) = named(f"[a:b = '{quoted}']")
    assert found.value == value
