"""The terminal: every finding, its strength, its places, and nothing that a terminal would obey."""

from __future__ import annotations

import dataclasses

import pytest

from forensics.report import findings_text
from tests.conftest import Tally
from tests.report import views


def test_the_findings_are_told_in_order_with_strength_and_next_steps() -> None:
    lines = findings_text(views.rich(), 90)
    text = " ".join(line.strip() for line in lines)
    places = [lines.index(next(line for line in lines if line.startswith(f"F-{n} "))) for n in range(1, 8)]
    assert places == sorted(places)
    assert lines[0].startswith("Fictional sample.")
    assert "Strength: strong support: likelihood ratio 1,200 (range 470 to 2,200)" in text
    assert "Basis: EX-5 line:884; EX-5 line:886; and 2 more listed" in text
    assert "Rows read as events: 441,939; not understood: 5; not used by a stated rule: 42,211." in text
    assert "What this does not show" in lines
    assert lines[lines.index("Next steps") + 1].startswith("1. ")
    own = findings_text(dataclasses.replace(views.rich(), next_steps=("Ring the helpline.",)), 90)
    assert own[-1] == "1. Ring the helpline."


@pytest.mark.parametrize("width", [10, 30, 72, 200])
@pytest.mark.parametrize("plain", [False, True])
def test_no_hostile_line_is_too_long_or_obeyed_by_a_terminal(width: int, tally: Tally, *, plain: bool) -> None:
    lines = 0
    for n in range(len(views.HOSTILE)):
        for line in findings_text(views.hostile(n), width, plain=plain):
            assert line.isprintable()
            assert len(line) <= max(width, 30)
            assert line == line.rstrip()
            assert "https://" not in line
            lines += 1
    form = f"hostile strings in a terminal of {width}{', plain' if plain else ''}"
    tally(form, strings=len(views.HOSTILE), lines=lines)


def test_plain_marks_of_ours_are_ascii() -> None:
    assert all(line.isascii() for line in findings_text(views.rich(), 80, plain=True))
    assert any(
        "<U+202E>gnp.exe" in line for n in range(16) for line in findings_text(views.hostile(n), 200, plain=True)
    )


def test_a_case_without_findings_says_so() -> None:
    text = " ".join(findings_text(views.logs_only(), 80))
    assert "The evidence gave no finding." in text
    assert "F-1" not in text
