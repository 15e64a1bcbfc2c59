"""What every way of speaking offers, and the plainest one: English, which leaves everything as it is."""

from __future__ import annotations

from typing import Final, Protocol

from forensics.report import texts


class Speech(Protocol):
    """Says our sentences in a language; evidence passes through it unchanged."""

    def __hash__(self) -> int:
        """By identity: what is kept for a language is kept once."""

    @property
    def language(self) -> str:
        """The language as BCP 47 names it, such as ``az``; of two, the first."""

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""

    @property
    def sides(self) -> tuple[Speech, ...]:
        """The languages, one by one, in the order of a ``Pair``."""

    @property
    def option(self) -> str:
        """What asks for this speech on the command line, after a space; "" for English."""

    def say(self, text: str) -> str:
        """Return a sentence, a number or a time of ours (``forensics.sentence``) in the language.

        Any other text is a quotation and comes back as it is. What comes back still has to be made harmless where it is
        shown; it may be a ``Spoken`` (``forensics.report.neutral``), or a ``Pair`` of two languages.
        """


class English:
    """The texts as they are written."""

    language: Final = texts.LANGUAGE
    direction: Final = texts.DIRECTION
    option: Final = ""

    @property
    def sides(self) -> tuple[Speech, ...]:
        """English alone."""
        return (self,)

    def say(self, text: str) -> str:
        """Return the text itself."""
        return text


ENGLISH: Final = English()
