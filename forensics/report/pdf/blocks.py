"""The few blocks that a document is made of, as JSON values that the template sets. No markup, only data.

A ``Run`` is ``[style, text]`` or ``[style, text, anchor]``; a cell or paragraph is a list of runs. Styles: ``""`` plain,
``b`` bold, ``s`` small, ``c`` code, ``w`` warning, ``br`` new line, ``li`` item, ``owner`` ``unexplained`` ``unknown``
the marks of roles. All text passes ``printable`` here, so that no caller can forget it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forensics.report.pdf.printable import LONG as LONG  # noqa: PLC0414 - offered to the sections
from forensics.report.pdf.printable import shown as shown  # noqa: PLC0414 - offered to the sections
from forensics.report.pdf.printable import told as told  # noqa: PLC0414 - offered to the sections

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LINE = 100
"""Characters on a line across a whole table, about."""
KEPT = 30
"""Lines of a row that is not broken between pages; a page has about 70."""

Run = list[str]
Cell = list[Run]
Block = dict[str, Any]


def run(text: object, style: str = "", anchor: str = "", limit: int = 400) -> Run:
    """Return one run of text in one style; ``anchor`` makes it a link inside the document."""
    made = [style, shown(text, limit)]
    return [*made, anchor] if anchor else made


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


def items(texts: Iterable[object]) -> Cell:
    """Return a list inside a cell."""
    return [["li", told(text)] for text in texts]


def heading(key: str, text: str, level: int = 1) -> Block:
    """Return a heading with its anchor."""
    return {"t": "h", "id": key, "level": level, "x": shown(text)}


def para(*runs: Run, style: str = "") -> Block:
    """Return a paragraph; ``style``: "", ``lead``, ``note``, ``warning``, ``more``."""
    return {"t": "p", "style": style, "runs": list(runs)}


def says(text: object, style: str = "") -> Block:
    """Return a paragraph of one sentence."""
    return para(run(text, limit=LONG), style=style)


def listed(texts: Iterable[object], *, ordered: bool = False) -> Block:
    """Return a list."""
    return {"t": "list", "ordered": ordered, "items": [[run(text, limit=LONG)] for text in texts]}


def table(
    caption: str,
    heads: Sequence[str],
    widths: Sequence[float],
    rows: Sequence[Sequence[Cell]],
    numbers: Sequence[int] = (),
) -> Block:
    """Return a table whose head repeats on every page; ``widths`` are shares, ``numbers`` the columns set to the right."""
    return {
        "t": "table",
        "caption": shown(caption),
        "heads": [shown(head) for head in heads],
        "widths": list(widths),
        "numbers": list(numbers),
        "rows": list(rows),
        "keep": [_height(row, widths) <= KEPT for row in rows],
    }


def _height(row: Sequence[Cell], widths: Sequence[float]) -> float:
    """Estimate how many lines a row takes: short ones stay on one page, long ones may be broken."""
    whole = sum(widths)
    return max(
        (
            sum(len(part[1]) for part in cell) * whole / (LINE * share) + len(cell)
            for cell, share in zip(row, widths, strict=True)
        ),
        default=0,
    )


def pairs(rows: Iterable[tuple[str, Cell]], caption: str = "") -> Block:
    """Return a table of names and values."""
    return {"t": "pairs", "caption": shown(caption), "rows": [[shown(name), value] for name, value in rows]}


def shell(texts: Iterable[str], caption: str) -> Block:
    """Return lines to type or to compare, as they are."""
    return {"t": "pre", "caption": shown(caption), "lines": [told(text) for text in texts]}


def picture(name: str, alternative: str, width: float = 100.0) -> Block:
    """Return a picture by its file name; ``alternative`` is for a reader who does not see it, ``width`` in percent."""
    return {"t": "svg", "file": name, "alt": told(alternative), "width": width}
