"""In which words the PDF speaks: a translator, English unless another is given."""

from __future__ import annotations

from typing import Protocol

from forensics.report import texts


class Translator(Protocol):
    """Says our sentences and texts in one language; evidence never passes through it."""

    @property
    def language(self) -> str:
        """The language as BCP 47 names it, such as ``az``."""

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""

    def say(self, text: str) -> str:
        """Return a sentence of ours (``forensics.sentence``) in the language; any other text as it is."""

    def t(self, key: str, **values: object) -> str:
        """Return the text of a key of ``forensics.report.texts`` with its values put in."""


class English:
    """The texts as they are written."""

    language = texts.LANGUAGE
    direction = texts.DIRECTION

    def say(self, text: str) -> str:
        """Return the sentence itself."""
        return text

    def t(self, key: str, **values: object) -> str:
        """Return the English text."""
        return texts.text(key, **values)


ENGLISH = English()
