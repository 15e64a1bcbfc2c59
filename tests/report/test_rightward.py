"""Texts of pictures from right to left, for an engine that draws from left to right."""

from __future__ import annotations

import pytest

from forensics.report.language.translator import END, ISOLATE
from forensics.report.pdf.rightward import drawn, reordered


def quoted(text: str) -> str:
    return f"{ISOLATE}{text}{END}"


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("سجل (CSV)", "(CSV) سجل"),
        ("Facebook (JSON)", "(JSON) Facebook"),
        ("SMS Backup & Restore (XML)", "(XML) SMS Backup & Restore"),
        (f"حساب {quoted('a (b)')}: 3", "3 :a (b) حساب"),
    ],
)
def test_runs_are_seen_in_reverse_and_brackets_face_the_other_way(said: str, seen: str) -> None:
    assert reordered(quoted(said)) == seen


def test_every_arabic_word_names_its_font_and_nothing_else_does() -> None:
    picture = drawn("<svg><title>لا بيانات</title><text x='1'>لا بيانات</text><text>no data &lt;</text></svg>")
    word = '<tspan font-family="Noto Sans Arabic">{}</tspan>'
    text = f"<text x='1'>{word.format('لا')} {word.format('بيانات')}</text>"
    assert picture == f"<svg><title>لا بيانات</title>{text}<text>no data &lt;</text></svg>"


@pytest.mark.parametrize(
    ("word", "drawn_as"),
    [
        ("الأمان", "ا\ufef7مان"),  # noqa: RUF001 - Arabic letters
        ("للأمان", "\ufedf\ufef8مان"),  # noqa: RUF001 - Arabic letters
        ("لإ", "\ufef9"),
        ("بلآ", "\ufe91\ufef6"),
        ("بيلأ", "\ufe91\ufef4\ufef8"),
        ("ولإ", "و\ufef9"),
        ("لا", "لا"),
    ],
)
def test_lam_with_an_alef_that_carries_a_sign_is_one_character(word: str, drawn_as: str) -> None:
    """What reaches it stands in its initial or medial form: a presentation form joins nothing by itself (ArabicShaping)."""
    assert f">{drawn_as}</tspan>" in drawn(f"<text>{word}</text>")
