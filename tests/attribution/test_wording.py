"""No text of the stage may turn a ratio into a verdict."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import forensics.attribution
from forensics.attribution.parameters import DEFAULT, default
from forensics.attribution.strength import link
from forensics.attribution.wording import forbidden
from tests.attribution.sets import example_population, example_set, seen

PACKAGE = Path(forensics.attribution.__file__).parent


@pytest.mark.parametrize(
    "text",
    [
        "This proves that they did it",
        "It is proven.",
        "a match to the\nMinistry of anything",
        "1 in 738,048 chance of innocence",
        "1 in N chance of innocence",
        "a STATE-SPONSORED attack",
        "state sponsored",
    ],
)
def test_forbidden_phrases_are_found(text: str) -> None:
    assert forbidden(text)


@pytest.mark.parametrize("text", ["proof", "approve", "improves", "provenance", "provides", "sponsored by the state"])
def test_other_words_are_not(text: str) -> None:
    assert forbidden(text) == ()


def texts(path: Path) -> list[str]:
    """Return all texts of a module that may be printed: every string but the docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    quiet = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet
    ]


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_no_text_of_the_stage_holds_a_forbidden_phrase(path: Path) -> None:
    if path.name != "wording.py":
        assert [text for text in texts(path) if forbidden(text)] == []


def test_no_produced_text_holds_a_forbidden_phrase() -> None:
    assert forbidden(DEFAULT.read_text(encoding="utf-8")) == ()
    for sharing in default().classes:
        for window, gap in (("inside", 0), ("after", -900), ("before", 3), ("unknown", -900), ("unknown", None)):
            for observed in (seen("10.0.0.1"), seen("10.0.0.9"), seen("240.2.0.1", asn=64508), seen("::1", asn=None)):
                found = link(observed, example_set(20, sharing, window, gap), example_population(7_424), default())
                said = [*found.assumptions, found.strength.words, found.strength.against]
                assert not any(forbidden(text) for text in said)
                assert all(text.strip() for text in said)
