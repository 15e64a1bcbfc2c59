"""The catalogues: up to date, and what each says is whole. A language is offered only when nothing is missing from it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from forensics.errors import DataError
from forensics.report.language import LOCALE, SHIPPED, speech_in
from forensics.report.language.catalogue import read
from tests.report import invented

CHECK = importlib.import_module("tools.check_catalogue")
LANGUAGES = sorted(path.name for path in LOCALE.iterdir() if path.is_dir())
ALLOWED_WHILE_WORKED_ON = ("missing", "missing, or not every plural form")


def path_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "forensics.po"


def test_the_catalogues_are_what_the_sources_say() -> None:
    """`python tools/build_catalogue.py` writes them."""
    found = invented.TOOL.files()
    assert [path for path, text in found.items() if path.read_text(encoding="utf-8") != text] == []
    assert {path.parts[-3] for path in found if path.suffix == ".po"} == set(LANGUAGES)
    assert found[LOCALE / "forensics.pot"].count("\nmsgid ") > 1_000, "the templates were found"


def test_every_language_that_is_offered_has_a_catalogue() -> None:
    assert SHIPPED[0] == "en"
    assert set(SHIPPED) - {"en"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_changes_what_is_said(language: str) -> None:
    """Of every language, finished or not: values, plural forms, spaces and characters; none is fuzzy."""
    found = list(CHECK.faults(path_of(language), language))
    wrong = [fault for fault in found if not fault.endswith(tuple(f": {kind}" for kind in ALLOWED_WHILE_WORKED_ON))]
    assert wrong == []


@pytest.mark.parametrize("language", SHIPPED[1:])
def test_nothing_is_missing_from_a_language_that_is_offered(language: str) -> None:
    assert list(CHECK.faults(path_of(language), language)) == []


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('msgid "{a} of {b}"\nmsgstr "{a}"', "values left out: ['b']"),
        ('msgid "{a}"\nmsgstr "{a} {c}"', "values that the template does not have: ['c']"),
        ('msgid "{a}"\nmsgstr "{a"', "braces"),
        ('msgid "a"\nmsgstr ""', "missing"),
        ('#, fuzzy\nmsgid "a"\nmsgstr "b"', "fuzzy"),
        ('msgid " a"\nmsgstr "b"', "other spaces"),
        ('msgid "a"\nmsgstr "b\u202e"', "invisible characters: ['U+202E']"),
        ('msgid "a"\nmsgstr "\u4e00"', "the fonts"),
        (
            'msgid "{n} a"\nmsgid_plural "{n} as"\nmsgstr[0] "{n}"\nmsgstr[1] "{n}"\nmsgstr[2] ""',
            "not every plural form",
        ),
        (
            'msgid "{n} a"\nmsgid_plural "{n} as"\nmsgstr[0] "b"\nmsgstr[1] "{n}"\nmsgstr[2] "{n}"',
            "values left out: ['n']",
        ),
    ],
)
def test_a_broken_catalogue_is_seen(tmp_path: Path, said: str, fault: str) -> None:
    path = tmp_path / "broken.po"
    path.write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n{said}\n', encoding="utf-8")
    found = list(CHECK.faults(path, "ru"))
    assert any(fault in line for line in found), found


def test_a_form_for_one_number_may_spell_it(tmp_path: Path) -> None:
    path = tmp_path / "dual.po"
    forms = "\n".join(f'msgstr[{n}] "{said}"' for n, said in enumerate(("0", "a", "b", "{n} c", "{n} d", "{n} e")))
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"'
    path.write_text(f'{head}\n\nmsgid "{{n}} a"\nmsgid_plural "{{n}} as"\n{forms}\n', encoding="utf-8")
    assert list(CHECK.faults(path, "ar")) == []


def test_a_catalogue_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="catalogue of 'fr'"):
        read(tmp_path / "absent.po", "fr")
    (tmp_path / "bad.po").write_bytes(b'msgid "\xff\xfe"\nmsgstr "a"\n')
    with pytest.raises(DataError, match="catalogue of 'fr'"):
        read(tmp_path / "bad.po", "fr")


def test_an_unfinished_catalogue_can_be_tried_but_is_not_offered() -> None:
    for language in LANGUAGES:
        assert speech_in(language).language == language
