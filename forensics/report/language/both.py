"""Two languages side by side: whoever decides and whoever is concerned read the same sentence in the same row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensics.report.language.speech import Speech


class Pair(str):
    """A text in two languages; as one text, in a title or an attribute, the second follows a stroke."""

    __slots__ = ("first", "second")

    first: str
    second: str


class Both:
    """Says everything twice, unless both languages say it alike; ``first`` is the language of the document."""

    def __init__(self, first: Speech, second: Speech) -> None:
        """Take the two languages."""
        self.first, self.second = first, second
        self.option = f" --bilingual {first.language},{second.language}"
        self.language, self.direction, self.sides = first.language, first.direction, (first, second)

    def say(self, text: str) -> str:
        """Return a ``Pair``; a quotation, or what both say alike, comes back as one text."""
        first, second = self.first.say(text), self.second.say(text)
        if first == second or first == text == second:
            return first
        made = Pair(f"{first} / {second}")
        made.first, made.second = first, second
        return made


def first_of(text: str) -> str:
    """Return a text in the language of the document, for a place with room for one."""
    return text.first if isinstance(text, Pair) else text
