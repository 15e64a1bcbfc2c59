"""The quick check of typed records says yes only where the rules for a stranger's file would give the same record back."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import DataError
from forensics.model import LinkB, Record
from forensics.registry.lines import write_canonical
from forensics.registry.record import canonical_line, is_sound, parse_record, written
from tests.registry.written import record

HOSTILE: tuple[Any, ...] = (
    "", " ", "x", "x\u202e", "a\nb", "\x00", "x" * 5_000, "A1", "Z9", "RED", "retracted", "disputed", "candidate", "cgnat",
    "203.0.113.45", "203.0.113.045", "2001:DB8::1", "AS1", "r-1", "../r", None, (), ("x",), ("victim_log",), ("x\u202e",),
    (date(2020, 1, 2), date(2020, 1, 1)), (date(2020, 1, 1), date(2020, 1, 2)), date(2020, 1, 1), date(1999, 1, 1), 0, 1, 2**31,
)  # fmt: skip
NAMES = [item.name for item in fields(Record)]
TEXTS, DAYS = {"valid_from", "valid_until", "published_at", "superseded_at"}, {"observed_at"}


def typed(name: str, value: Any) -> bool:
    """Whether the store's decoder would let this value through: only such records reach the check."""
    if name in TEXTS:
        return value is None or isinstance(value, date)
    if name == "recorded_at":
        return isinstance(value, date)
    if name == "version":
        return isinstance(value, int)
    if name in {"sources", "link_b"}:
        return bool(value == ())
    if name in DAYS | {"basis", "unknown"}:
        wanted = date if name in DAYS else str
        return isinstance(value, tuple) and all(isinstance(item, wanted) for item in value)
    return isinstance(value, str)


def verdict(one: Record) -> bool:
    try:
        return parse_record(written(one), "test") == one
    except DataError:
        return False


def test_a_good_record_is_sound() -> None:
    assert is_sound(record())


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_looked_at(name: str) -> None:
    for value in HOSTILE:
        if typed(name, value):
            one = replace(record(), **{name: value})
            assert verdict(one) or not is_sound(one), (name, value)


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(HOSTILE)), min_size=1, max_size=4))
def test_yes_means_yes(changes: list[tuple[str, Any]]) -> None:
    one = replace(record(), **{name: value for name, value in changes if typed(name, value)})
    assert verdict(one) or not is_sound(one)


@given(
    changes=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(HOSTILE) | st.text(max_size=3)), max_size=8),
    stated=st.booleans(),
)
def test_a_line_written_at_once_is_the_canonical_line(changes: list[tuple[str, Any]], *, stated: bool) -> None:
    one = replace(record(), **{name: value for name, value in changes if typed(name, value)})
    if stated:
        said = LinkB(entity="", statement="y", source="s-1", grade="B2", independence_group="g-1")
        one = replace(one, link_b=(said,))
    assert write_canonical(one) == canonical_line(written(one))


@given(st.sampled_from([item.name for item in fields(record().sources[0])]), st.sampled_from(HOSTILE))
def test_sources_are_looked_at(name: str, value: Any) -> None:
    days = name in {"published", "retrieved_at"}
    if (days and (value is None or isinstance(value, date))) or (not days and isinstance(value, str)):
        changes: dict[str, Any] = {name: value}
        one = replace(record(), sources=(replace(record().sources[0], **changes),))
        assert verdict(one) or not is_sound(one)


def test_two_sources_of_one_id_and_a_statement_go_the_long_way() -> None:
    source = record().sources[0]
    assert not is_sound(replace(record(), sources=(source, source)))
    said = LinkB(entity="x", statement="y", source="s-1", grade="B2", independence_group="g-1")
    assert not is_sound(replace(record(), link_b=(said,)))
