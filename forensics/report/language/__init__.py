"""In which language a report speaks: our sentences from a catalogue, what they quote as it was found.

``speech_of(name)`` gives the ``Speech`` of one language, or of two side by side ("az,en"). Everything that a document
shows passes ``Speech.say`` where it leaves for the page: the one door. English needs no catalogue, because a sentence
is its English text.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from forensics.errors import UsageError
from forensics.report.language.both import Both
from forensics.report.language.speech import ENGLISH, Speech

SHIPPED: Final = ("en", "fr", "az", "ru", "es", "ar")
"""Languages whose catalogue is complete: the only ones that are offered. Tests ask of each that no string is missing."""

LOCALE: Final = Path(__file__).parent.parent / "locale"


def spoken(language: str, bilingual: str) -> Speech:
    """Return the speech that two options ask for: one language, or two side by side.

    Raises:
        UsageError: both are given, one is not offered, or ``bilingual`` does not name two.
    """
    if bilingual and (language or "," not in bilingual):
        raise UsageError("two languages stand side by side", where="--bilingual", hint="For example --bilingual az,en")
    return speech_of(bilingual or language)


def speech_of(named: str) -> Speech:
    """Return the speech of ``fr``, or of ``az,en`` side by side; "" is English.

    Raises:
        UsageError: a language that is not offered, or not two different ones.
    """
    names = [name.strip().lower() for name in named.split(",")] if named else ["en"]
    unknown = [name for name in names if name not in SHIPPED]
    if unknown:
        hint = f"There are: {', '.join(SHIPPED)}"
        raise UsageError(f"no report is written in {unknown[0][:40]!r}", where="--lang", hint=hint)
    if len(names) == 1:
        return speech_in(names[0])
    if len(set(names)) != 2 or len(names) != 2:  # noqa: PLR2004 - side by side
        raise UsageError("two different languages stand side by side", where="--bilingual", hint="For example az,en")
    return Both(speech_in(names[0]), speech_in(names[1]))


@cache
def speech_in(name: str) -> Speech:
    """Return the speech of one language by the name of its catalogue, finished or not."""
    if name == "en":
        return ENGLISH
    from forensics.report.language.catalogue import read
    from forensics.report.language.translator import Translator

    return Translator(read(LOCALE / name / "LC_MESSAGES" / "forensics.po", name))
