"""A sentence is its English text, and remembers how it was made."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.sentence import Sentence, paragraph, plain, recalled, say, say_n, verbatim


def test_a_sentence_is_its_text_and_keeps_template_and_values() -> None:
    made = say("{rows} rows of {file}", rows=12_345, file="a{b}.csv")
    assert made == "12,345 rows of a{b}.csv"
    assert (made.template, dict(made.values)) == ("{rows} rows of {file}", {"rows": 12_345, "file": "a{b}.csv"})


@pytest.mark.parametrize(("n", "text"), [(0, "0 rows"), (1, "1 row"), (2_000, "2,000 rows")])
def test_number_chooses_the_template(n: int, text: str) -> None:
    made = say_n("{n} row", "{n} rows", n)
    assert (made, made.template, made.many, made.number) == (text, "{n} row", "{n} rows", n)


def test_a_paragraph_keeps_its_parts() -> None:
    inner = say("From {day}.", day="2020-03-11")
    made = paragraph(["", inner, "quoted"])
    assert made == "From 2020-03-11. quoted"
    assert made.parts == (inner, "quoted")
    assert isinstance(made.parts[0], Sentence)


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("{rows} rows")


def test_copies_keep_everything() -> None:
    made = say_n("{n} row of {file}", "{n} rows of {file}", 3, file=say("file {name}", name="x"))
    for again in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301 - our own value
        assert again == made
        assert (again.template, again.many, again.number) == (made.template, made.many, made.number)
        assert isinstance(again.values["file"], Sentence)


_KNOWN = ("the device {device} was in use", "the address ({label})", "the address", "{n} of {m}")


@pytest.mark.parametrize(
    ("text", "template", "values"),
    [
        ("the device datr:AB** was in use", _KNOWN[0], {"device": "datr:AB**"}),
        ("the address (home (old))", _KNOWN[1], {"label": "home (old)"}),
        ("the address", _KNOWN[2], {}),
        ("the device x was in use\nthe device y was in use", _KNOWN[0], {"device": "x was in use\nthe device y"}),
        ("the device {n} was in use", _KNOWN[0], {"device": "{n}"}),
    ],
)
def test_a_text_that_travelled_as_plain_text_is_recalled(text: str, template: str, values: dict[str, str]) -> None:
    made = recalled(text, _KNOWN)
    assert isinstance(made, Sentence)
    assert (made, made.template, dict(made.values)) == (text, template, values)


@given(st.text())
def test_recalling_never_changes_a_word(text: str) -> None:
    assert recalled(text, _KNOWN) == text


def test_what_no_template_makes_stays_a_quotation() -> None:
    assert not isinstance(recalled("somebody else's words", _KNOWN), Sentence)


def test_a_whole_text_keeps_its_braces() -> None:
    made = verbatim("kept {for} ever")
    assert (made, made.template.format()) == ("kept {for} ever", "kept {for} ever")


def test_only_sentences_are_made_plain() -> None:
    assert type(plain(say("one"))) is str
    with pytest.raises(TypeError, match="cannot write a set"):
        plain({1})
