"""The few blocks that a document is made of, as JSON values that the template sets. No markup, only data.

A ``Run`` is ``[style, text]``, ``[style, text, anchor]`` or, in two languages, ``[style, first, anchor, second]``; a cell
or paragraph is a list of runs. Styles: ``""`` plain, ``b`` bold, ``s`` small, ``c`` code, ``w`` warning, ``br`` new line,
``li`` item, ``owner`` ``unexplained`` ``unknown`` the marks of roles. All text is said in the language of the document and
made ``printable`` by a ``Setter``, so that no caller can forget it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.report.language.both import Pair
from forensics.report.language.translator import END, ISOLATE
from forensics.report.neutral import CELL, Spoken, visible
from forensics.report.pdf.printable import LONG as LONG  # noqa: PLC0414 - offered to the sections
from forensics.report.pdf.printable import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forensics.report.language.speech import Speech

LINE = 100
"""Characters on a line across a whole table, about."""
KEPT = 30
"""Lines of a row that is not broken between pages; a page has about 70."""

Run = list[str]
Cell = list[Run]
Block = dict[str, Any]


def newline() -> Run:
    """Return the end of a line inside a cell."""
    return ["br", ""]


def lines(*parts: Run | None) -> Cell:
    """Return runs one below the other; absent and empty ones are left out."""
    cell: Cell = []
    for part in parts:
        if part is not None and part[1]:
            cell += [newline(), part] if cell else [part]
    return cell


def para(*runs: Run, style: str = "") -> Block:
    """Return a paragraph; ``style``: "", ``lead``, ``note``, ``warning``, ``more``."""
    return {"t": "p", "style": style, "runs": list(runs)}


def height(row: Sequence[Cell], widths: Sequence[float]) -> float:
    """Estimate how many lines a row takes: short ones stay on one page, long ones may be broken."""
    whole = sum(widths)
    return max(
        (
            sum(len(part[1]) + len("".join(part[3:])) for part in cell) * whole / (LINE * share) + len(cell)
            for cell, share in zip(row, widths, strict=True)
        ),
        default=0,
    )


@dataclass(frozen=True, slots=True)
class Setter:
    """Sets text as blocks in the language of the document: the one door by which words enter the PDF."""

    speech: Speech

    def shown(self, text: object, limit: int = CELL) -> str:
        """Return text for a place that holds one string: said, clipped, defanged, printable, breakable."""
        said = self._said(text)
        if isinstance(said, Pair):
            return f"{shown(said.first, LONG)} / {shown(said.second, LONG)}"
        return shown(said, limit if said is text else LONG)

    def told(self, text: object) -> str:
        """Return a sentence for a place that holds one string; only absurd lengths are cut."""
        return self.shown(text, LONG)

    def run(self, text: object, style: str = "", anchor: str = "", limit: int = CELL) -> Run:
        """Return one run of text in one style; ``anchor`` makes it a link inside the document."""
        said = self._said(text)
        if isinstance(said, Pair):
            return [style, shown(said.first, LONG), anchor, shown(said.second, LONG)]
        made = [style, shown(said, limit if said is text else LONG)]
        return [*made, anchor] if anchor else made

    def _said(self, text: object) -> str:
        """Return text in the language; a quotation in a text that runs from right to left is isolated."""
        if not isinstance(text, str):
            return str(text)
        said = self.speech.say(text)
        if said is text and text and self.speech.direction == "rtl" and not isinstance(text, Spoken):
            return Spoken(f"{ISOLATE}{visible(text)}{END}")
        return said

    def items(self, texts: Iterable[object]) -> Cell:
        """Return a list inside a cell."""
        return [self.run(text, "li", limit=LONG) for text in texts]

    def heading(self, key: str, text: str, level: int = 1) -> Block:
        """Return a heading with its anchor."""
        return {"t": "h", "id": key, "level": level, "x": self.shown(text)}

    def says(self, text: object, style: str = "") -> Block:
        """Return a paragraph of one sentence."""
        return para(self.run(text, limit=LONG), style=style)

    def listed(self, texts: Iterable[object], *, ordered: bool = False) -> Block:
        """Return a list."""
        return {"t": "list", "ordered": ordered, "items": [[self.run(text, limit=LONG)] for text in texts]}

    def table(
        self,
        caption: str,
        heads: Sequence[str],
        widths: Sequence[float],
        rows: Sequence[Sequence[Cell]],
        numbers: Sequence[int] = (),
    ) -> Block:
        """Return a table whose head repeats on every page; ``widths`` are shares, ``numbers`` the columns set to the right."""
        return {
            "t": "table",
            "caption": self.shown(caption),
            "heads": [self.shown(head) for head in heads],
            "widths": list(widths),
            "numbers": list(numbers),
            "rows": list(rows),
            "keep": [height(row, widths) <= KEPT for row in rows],
        }

    def pairs(self, rows: Iterable[tuple[str, Cell]], caption: str = "") -> Block:
        """Return a table of names and values."""
        return {
            "t": "pairs",
            "caption": self.shown(caption),
            "rows": [[self.shown(name), value] for name, value in rows],
        }

    def shell(self, texts: Iterable[str], caption: str) -> Block:
        """Return lines to type or to compare, as they are."""
        return {"t": "pre", "caption": self.shown(caption), "lines": [self.told(text) for text in texts]}

    def picture(self, name: str, alternative: str, width: float = 100.0) -> Block:
        """Return a picture by its file name; ``alternative`` is for a reader who does not see it, ``width`` in percent."""
        return {"t": "svg", "file": name, "alt": self.told(alternative), "width": width}
