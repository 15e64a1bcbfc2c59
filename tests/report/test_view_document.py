"""The document of a view tells every value that a view can hold, and gives it back as it was, class and all."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics import model
from forensics.errors import DataError
from forensics.model import Act, Action, Finding, Place
from forensics.report import lead, render_html, view
from forensics.report.view import CaseView, Habit
from forensics.report.view_document import SCHEMA, VALUES, WORDS, read, written
from forensics.sentence import Figure, Recorded, Sentence, paragraph, say, say_n, stamp, verbatim
from tests.report.views import empty, hostile, huge, logs_only, rich

ROOT = Path(__file__).resolve().parents[2]
TEXTS = st.text(st.characters(codec=None, categories=None), max_size=12)
PLAIN = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.dates(), st.sampled_from(Action)
)
DATED = st.datetimes(timezones=st.just(UTC)) | st.datetimes()
OURS = st.one_of(
    TEXTS.map(Figure),
    TEXTS.map(Recorded),
    TEXTS.map(verbatim),
    st.builds(stamp, st.dates() | st.datetimes(timezones=st.just(UTC)), st.sampled_from(["", "UTC"])),
    st.builds(lambda n, name: say("{n} rows of {name}", n=n, name=name), st.integers(), TEXTS),
    st.builds(lambda n: say_n("{n} row", "{n} rows", n), st.integers(0, 9)),
)
TOLD = st.builds(paragraph, st.lists(OURS | TEXTS, max_size=3), st.just(" ") | st.builds(say, st.just(" and ")))
ONE = st.one_of(PLAIN, DATED, OURS, TOLD)


def held(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return lists, tuples and tables of some values, beside the values themselves."""
    some = st.lists(inner, max_size=3)
    return inner | some | some.map(tuple) | st.dictionaries(TEXTS | st.tuples(st.integers()), inner, max_size=3)


FACTS = held(held(ONE))


def about(facts: Mapping[str, object]) -> CaseView:
    finding = Finding(
        id="F1", kind="k", statement="s", strength=None, basis=(Place(exhibit="e"),), alternatives=(), challenge="c", facts=facts
    )  # fmt: skip
    return CaseView(case_id="x", findings=(finding,))


def classes(value: Any) -> Iterator[object]:
    """Yield the class of every value inside, in order: equality alone takes a sentence for the text that it is."""
    yield type(value)
    if isinstance(value, Sentence):
        yield from classes([value.template, value.many, value.number, dict(value.values), value.parts, value.between])
    elif isinstance(value, tuple | list):
        for item in value:
            yield from classes(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from classes((key, item))
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from classes(getattr(value, field.name))


@pytest.mark.parametrize("shown", [empty(), logs_only(), rich(), huge(50), *(hostile(which) for which in range(19))])
def test_a_view_comes_back_as_it_was(shown: CaseView) -> None:
    again = read(written(shown))
    assert again == shown
    assert written(again) == written(shown)
    assert render_html(again) == render_html(shown)


@given(st.dictionaries(TEXTS, FACTS, max_size=4))
def test_whatever_a_finding_holds_comes_back_as_it_was(facts: dict[str, object]) -> None:
    again = read(written(about(facts))).findings[0].facts
    assert again == facts
    assert list(classes(again)) == list(classes(facts))


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), 0.1, 1e300, -0.0])
def test_every_number_is_told_by_standard_json(number: float) -> None:
    """JSON has no infinite numbers (RFC 8259 section 6); a reader that is strict must take the document."""
    data = written(about({"lr": number}))
    json.loads(data, parse_constant=pytest.fail)
    assert repr(read(data).findings[0].facts["lr"]) == repr(number)


def test_the_document_is_ascii_whatever_the_evidence_says() -> None:
    assert written(hostile()).isascii()


def test_every_class_that_a_view_may_hold_is_known() -> None:
    """Follows the annotations from ``CaseView`` on, so that a new field cannot be forgotten."""
    names = {**vars(model), **vars(lead), **vars(view), "datetime": datetime, "date": date, "Mapping": Mapping}
    left: list[type[Any]] = [CaseView]
    seen = set[type[Any]]()
    while left:
        kind = left.pop()
        for hint in typing.get_type_hints(kind, names).values():
            for found in leaves(hint):
                if found not in seen and (dataclasses.is_dataclass(found) or issubclass(found, StrEnum)):
                    seen.add(found)
                    left += [found] if dataclasses.is_dataclass(found) else []
                elif found is Act:
                    seen.add(found)
    assert seen - {Act} == {*VALUES, *WORDS} - {CaseView}
    schema = json.loads((ROOT / "docs" / "schemas" / "report.json").read_text())["$defs"]
    assert schema["ours"]["properties"]["is"]["enum"] == sorted(kind.__name__ for kind in VALUES)
    assert schema["word"]["properties"]["is"]["enum"] == sorted(kind.__name__ for kind in WORDS)
    names_of_all = [kind.__name__ for kind in VALUES] + [kind.__name__ for kind in WORDS]
    assert len(set(names_of_all)) == len(names_of_all)


def leaves(hint: Any) -> Iterator[type[Any]]:
    inner = typing.get_args(hint)
    if inner:
        for one in inner:
            yield from leaves(one)
    elif isinstance(hint, type):
        yield hint


def test_what_the_document_cannot_tell_is_refused_when_it_is_written() -> None:
    with pytest.raises(TypeError, match="a set"):
        written(about({"x": {1, 2}}))


def test_a_habit_keeps_its_hours() -> None:
    habit = Habit(provider="P", account="a", role=model.Role.OWNER, cells={(0, 23): 4})
    assert read(written(CaseView(case_id="x", habits=(habit,)))).habits[0].cells == {(0, 23): 4}


GOOD = written(rich())


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_damaged_document_is_another_view_or_refused(place: int, byte: int) -> None:
    damaged = GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]
    try:
        found = read(damaged)
    except DataError:
        return
    assert isinstance(found, CaseView)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schema":"forensics/report/2","view":null}',
        json.dumps({"schema": SCHEMA, "view": "text"}).encode(),
        json.dumps({"schema": SCHEMA, "view": {"is": "Place", "exhibit": "e"}}).encode(),
        json.dumps({"schema": SCHEMA, "view": {"is": "system", "of": "true"}}).encode(),
        json.dumps({"schema": SCHEMA, "view": {"is": "CaseView", "case_id": "x", "more": 1}}).encode(),
        b'{"schema":"forensics/report/1","view":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_document_of_a_report_is_refused(document: bytes) -> None:
    with pytest.raises(DataError):
        read(document)
