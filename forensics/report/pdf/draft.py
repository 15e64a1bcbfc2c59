"""What every section is written from, and the few turns of phrase that several of them need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forensics.report import passages
from forensics.report.language.speech import ENGLISH
from forensics.report.neutral import CELL
from forensics.report.pdf import blocks
from forensics.report.texts import text
from forensics.sentence import Sentence, Value, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.report.enclosure import Enclosure
    from forensics.report.language.speech import Speech
    from forensics.report.page import Page
    from forensics.report.pdf.blocks import Block, Cell, Run, Setter
    from forensics.report.profiles import Profile
    from forensics.report.view import CaseView


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document in the making: its source, its words, and the pictures drawn on the way (name → SVG)."""

    view: CaseView
    page: Page
    speech: Speech
    put: Setter
    enclosures: tuple[Enclosure, ...] = ()
    pictures: dict[str, str] = field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        """What the document holds."""
        return self.page.profile

    @property
    def notes(self) -> tuple[str, ...]:
        """What a document in another language says of its languages."""
        return () if self.speech is ENGLISH else passages.notes(both=len(self.speech.sides) > 1)

    def t(self, key: str, **values: Value) -> Sentence:
        """Return fixed words."""
        return text(key, **values)

    def labelled(self, key: str, value: object) -> Sentence:
        """Return a value behind the words that name it."""
        return say("{name}: {value}", name=text(key), value=value if isinstance(value, str) else str(value))

    def heads(self, *keys: str) -> list[str]:
        """Return the heads of columns."""
        return [text(f"col.{key}") for key in keys]

    def run(self, words: object, style: str = "", anchor: str = "", limit: int = CELL) -> Run:
        """Return one run of text in one style; ``anchor`` makes it a link inside the document."""
        return self.put.run(words, style, anchor, limit)

    def said(self, words: object, style: str = "") -> Run:
        """Return a sentence of ours as a run."""
        return self.put.run(words, style, limit=blocks.LONG)

    def role(self, name: str) -> Run:
        """Return the mark of a role: sign, colour and word say the same."""
        return self.put.run(text(f"role.{name}"), name) if name else ["", ""]

    def more(self, told: str) -> list[Block]:
        """Say how much of a table is printed, if that is not all."""
        return [self.put.says(told, "more")] if told else []

    def pair_rows(self, rows: Sequence[tuple[str, str]]) -> list[tuple[str, Cell]]:
        """Return names and values as cells."""
        return [(name, [self.put.run(value, limit=1200)]) for name, value in rows]
