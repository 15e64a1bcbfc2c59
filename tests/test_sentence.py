"""A sentence is its English text, and remembers how it was made."""

from __future__ import annotations

import copy
import pickle

import pytest

from forensics.sentence import Sentence, paragraph, say, say_n


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
