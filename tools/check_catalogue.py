"""Tell what is wrong with a catalogue, message by message: ``python tools/check_catalogue.py az``. Exit 1 if anything is.

A translation keeps every value of its template and invents none, has each plural form that its language needs, begins and
ends with the same spaces, holds no invisible character, and only characters that the fonts of the PDF can show. Nothing
is missing and nothing is fuzzy.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from forensics.report.language import LOCALE
from forensics.report.pdf.printable import printable

_COUNTS = range(200)


def faults(path: Path, language: str) -> Iterator[str]:
    """Yield a line for each fault of a catalogue, with the beginning of its template."""
    with path.open("rb") as stream:
        held = read_po(stream, locale=language, abort_invalid=True)
    for message in held:
        if message.id:
            yield from (f"{_key(message)[:70]!r}: {fault}" for fault in _faults(message, language))


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def _faults(message: Message, language: str) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    said = message.string
    if isinstance(message.id, str):
        if not isinstance(said, str) or not said:
            yield "missing"
            return
        yield from _form(said, message.id, _names(message.id), set())
        return
    one, many = message.id
    forms = tuple(said) if isinstance(said, (list, tuple)) else ()
    if len(forms) != get_plural(language).num_plurals or not all(forms):
        yield "missing, or not every plural form"
        return
    wanted = _names(one) | _names(many)
    lone = _forms_of_one_number(language)
    for number, form in enumerate(forms):
        yield from _form(form, many, wanted, {"n"} if number in lone else set())


def _form(said: str, template: str, wanted: set[str], optional: set[str]) -> Iterator[str]:
    try:
        names = _names(said)
    except ValueError as error:
        yield f"braces: {error}"
        return
    if names - wanted:
        yield f"values that the template does not have: {sorted(names - wanted)}"
    if wanted - names - optional:
        yield f"values left out: {sorted(wanted - names - optional)}"
    if (said[0].isspace(), said[-1].isspace()) != (template[0].isspace(), template[-1].isspace()):
        yield "other spaces at its ends"
    hidden = {
        f"U+{ord(mark):04X}" for mark in said if unicodedata.category(mark) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    }
    if hidden:
        yield f"invisible characters: {sorted(hidden)}"
    elif printable(said) != said:
        yield "a character that the fonts of the PDF do not have"


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _forms_of_one_number(language: str) -> set[int]:
    """Return the plural forms that stand for a single number, where it may be a word ("one day")."""
    from gettext import c2py

    rule = c2py(get_plural(language).plural_expr)
    counts: dict[int, int] = {}
    for number in _COUNTS:
        counts[rule(number)] = counts.get(rule(number), 0) + 1
    return {form for form, count in counts.items() if count == 1}


def main(languages: list[str]) -> int:
    """Print the faults of catalogues."""
    found = 0
    for language in languages:
        for fault in faults(LOCALE / language / "LC_MESSAGES" / "forensics.po", language):
            print(f"{language}: {fault}")
            found += 1
    print(f"faults: {found}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
