"""What every section is written from, and the few turns of phrase that several of them need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forensics.report.pdf import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.report.page import Page
    from forensics.report.pdf.blocks import Block, Cell, Run
    from forensics.report.pdf.profiles import Profile
    from forensics.report.pdf.speech import Translator
    from forensics.report.view import CaseView


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file of the case that is attached to the PDF; without ``data`` it is too large and only named.

    ``relation`` is the AFRelationship (ISO 32000-2, 7.11.3): ``data`` what the report shows, ``supplement`` more,
    ``source`` what it was made from.
    """

    name: str
    sha256: str
    size: int
    media_type: str
    relation: str
    text_key: str
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document in the making: its source, its words, and the pictures drawn on the way (name → SVG)."""

    view: CaseView
    page: Page
    speech: Translator
    profile: Profile
    enclosures: tuple[Enclosure, ...] = ()
    pictures: dict[str, str] = field(default_factory=dict)

    def t(self, key: str, **values: object) -> str:
        """Return a text of the catalogue."""
        return self.speech.t(key, **values)

    def heads(self, *keys: str) -> list[str]:
        """Return the heads of columns."""
        return [self.t(f"col.{key}") for key in keys]

    def said(self, text: object, style: str = "") -> Run:
        """Return a sentence of ours, in the language of the document, as a run."""
        return blocks.run(self.speech.say(text) if isinstance(text, str) else text, style, limit=blocks.LONG)

    def role(self, name: str) -> Run:
        """Return the mark of a role: sign, colour and word say the same."""
        return [name, self.t(f"role.{name}")] if name else ["", ""]

    def more(self, shown: int, total: int, where: str) -> list[Block]:
        """Say how much of a table is printed, if that is not all."""
        if total <= shown:
            return []
        return [blocks.says(self.t("more", shown=f"{shown:,}", total=f"{total:,}", where=where), "more")]

    def pair_rows(self, rows: Sequence[tuple[str, str]]) -> list[tuple[str, Cell]]:
        """Return names and values as cells."""
        return [(name, [blocks.run(value, limit=1200)]) for name, value in rows]
