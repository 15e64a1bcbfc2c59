# ruff: noqa: RUF001 - phrases of other languages
"""Phrases that turn a ratio into a verdict stand in no template, no sentence of ours, no catalogue and no page of the docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from forensics.attribution.wording import FORBIDDEN, forbidden
from tests.pipeline.march import ROOT

PACKAGE = ROOT / "forensics"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TEMPLATES = sorted(path for ending in ("*.j2", "*.typ") for path in PACKAGE.rglob(ending))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "samples").glob("*.md")])
READ_BY_READERS = ("attribution", "report")
"""Stages whose every text may reach a reader of a report; of the others, the sentences built with ``say``."""
RULES = "wording.py"
"""The one module that spells the phrases out."""
CATALOGUES = sorted({path.parts[-3] for path in PACKAGE.rglob("*/LC_MESSAGES/*.po")} | {"en"})

_SHOWN = re.compile(r"\bprov(?:es?|ed|en|ing)\b", re.IGNORECASE)
_WHO = re.compile(
    r"\b(?:ministry|government|police|guilt\w*|innocen\w*|responsib\w*|attribut\w*|behind the attacks?|who did)\b",
    re.IGNORECASE,
)
"""A page may say what a signature or an answer proves. It may not say so of anybody's deed."""

SAMPLES = {
    "en": ("This proves that they did it", "It is proven.", "a match to the\nMinistry of anything",
           "1 in 738,048 chance of innocence",
           "a STATE-SPONSORED attack", "state sponsored", "it was State-ordered",
           "state-rogue-conducted", "the attackers came back", "the probability that she did it"),
    "az": ("Bu, onların etdiyini sübut edir", "dövlət tərəfindən dəstəklənən hücum", "hücum edən şəxs", "günahsızlıq ehtimalı"),
    "fr": ("Cela prouve que", "une attaque parrainée par l’État", "l’attaquant est revenu", "chance d'innocence"),
    "es": ("Esto demuestra que fueron ellos", "lo cual prueba que", "un ataque patrocinado por el Estado", "el atacante volvió",
           "probabilidad de inocencia"),
    "ar": ("هذا يثبت أن الحساب", "هجوم برعاية الدولة", "عاد المهاجم", "احتمال البراءة"),
    "ru": ("Это доказывает", "спонсируемая государством атака", "злоумышленник вернулся", "вероятность невиновности"),
}  # fmt: skip
HARMLESS = {
    "en": ("proof", "approve", "improves", "provenance", "nothing proves who made it", "It does not prove who", "proves nothing"),
    "az": ("sübutlar", "dövlət reyestri", "hücum"),
    "fr": ("preuve", "approuvé par la cour", "l’État", "une attaque"),
    "es": ("la prueba que se aportó", "no demuestra quién", "el Estado", "un ataque"),
    "ar": ("لا يثبت أن شخصا فعل ذلك", "الدولة", "هجوم", "إثبات"),
    "ru": ("доказательства", "государство", "атака"),
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in SAMPLES.items() for text in texts])
def test_forbidden_phrases_are_found(language: str, text: str) -> None:
    assert forbidden(text, language)


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in HARMLESS.items() for text in texts])
def test_other_words_are_not(language: str, text: str) -> None:
    assert forbidden(text, language) == ()


@pytest.mark.parametrize("language", sorted({*CATALOGUES, *FORBIDDEN}))
def test_every_language_has_a_list_and_samples(language: str) -> None:
    assert FORBIDDEN[language], "a language of reports brings its list"
    assert SAMPLES[language]
    assert HARMLESS[language]


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield all texts of a module that may be printed: every string but the docstrings."""
    quiet = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet:
            yield node.value


def said(tree: ast.AST) -> Iterator[str]:
    """Yield the literals of ``say`` and ``say_n``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "say_n"):
            yield from (
                item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)
            )


def test_no_sentence_of_ours_holds_one() -> None:
    found = []
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = path.relative_to(PACKAGE).parts[0] in READ_BY_READERS and path.name != RULES
        found += [(path.name, text) for text in (texts(tree) if whole else said(tree)) if forbidden(text)]
    assert found == []
    assert sum(1 for path in SOURCES for _ in said(ast.parse(path.read_text(encoding="utf-8")))) > 50, (
        "sentences are found"
    )


def test_no_template_holds_one() -> None:
    assert TEMPLATES
    assert [(path.name, forbidden(path.read_text(encoding="utf-8"))) for path in TEMPLATES
            if forbidden(path.read_text(encoding="utf-8"))] == []  # fmt: skip


def test_no_catalogue_holds_one() -> None:
    """A translation is held to the list of its own language, whatever the English sentence says."""
    found = []
    for path in PACKAGE.rglob("*/LC_MESSAGES/*.po"):
        shown = re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\s*)+)', path.read_text(encoding="utf-8"), re.MULTILINE)
        language = path.parts[-3]
        found += [(language, text) for text in shown if forbidden(text.replace('"\n"', ""), language)]
    assert found == []
    assert forbidden("Bu, sübut edir", "az")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_says_one(path: Path) -> None:
    plain = " ".join(path.read_text(encoding="utf-8").split())
    strict = [phrase for phrase in forbidden(plain) if not _SHOWN.fullmatch(phrase)]
    assert strict == []
    sentences = re.split(r"(?<=[.!?|])\s", plain)
    assert [text for text in sentences if _SHOWN.search(text) and _WHO.search(text) and forbidden(text)] == []
