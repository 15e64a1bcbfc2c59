"""Languages that nobody speaks: every template with its letters exchanged for those of another script.

What such a document still says in Latin letters passed no door, so it is a quotation or a leak. The catalogues are files
that the tool writes and the program reads, like those of real languages.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path

from babel.messages.plurals import get_plural

from forensics.report.language.catalogue import read
from forensics.report.language.translator import Translator

_KEPT = re.compile(r"(\{\w*\}|\{\{|\}\})|([A-Za-z]+)")
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهو"
GEORGIAN, ARABIC = "ka", "ar"

TOOL = importlib.import_module("tools.build_catalogue")


def georgian(text: str) -> str:
    """Exchange Latin letters for Georgian ones; values and figures stay."""
    return _KEPT.sub(lambda found: found[1] or "".join(chr(0x10D0 + ord(c.lower()) - 97) for c in found[2]), text)


def arabic(text: str) -> str:
    """Exchange Latin letters for Arabic ones."""
    return _KEPT.sub(lambda found: found[1] or "".join(_ARABIC[ord(c.lower()) - 97] for c in found[2]), text)


TURNS: dict[str, Callable[[str], str]] = {GEORGIAN: georgian, ARABIC: arabic}


def write(folder: Path, language: str) -> Path:
    """Write the catalogue of an invented language into a folder of catalogues, where the program looks for it."""
    turn = TURNS[language]
    made = TOOL.merged(TOOL.catalogue(), language, "")
    forms = get_plural(language).num_plurals
    for message in made:
        if isinstance(message.id, str):
            message.string = turn(message.id)
        elif message.id:
            one, many = message.id
            message.string = tuple(turn(one if "{n}" in one and number == 0 else many) for number in range(forms))
    path = folder / language / "LC_MESSAGES" / "forensics.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TOOL.written(made, language), encoding="utf-8")
    return path


def speech(folder: Path, language: str) -> Translator:
    """Return an invented language, read from its file."""
    return Translator(read(write(folder, language), language))
