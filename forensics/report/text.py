"""The findings as plain text for a terminal, a pipe or a screen reader.

Only characters that a terminal prints leave this module: every escape sequence, control and bidi mark of the evidence
is spelled out, because a user agent that clears the screen or rewrites a line would forge the result. Colour is the
console's business. With ``plain`` nothing outside ASCII is used for marks of our own.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from forensics.report.cards import brief
from forensics.report.neutral import readable
from forensics.report.passages import NEXT_STEPS, NOT_SHOWN
from forensics.report.phrases import place
from forensics.report.texts import TEXTS, text

if TYPE_CHECKING:
    from forensics.model import Finding
    from forensics.report.view import CaseView

BASIS = 2
"""Places named per finding; the report names 20, ``findings --explain`` all that are listed."""

NARROWEST = 30
_STATEMENT = 1200
_LABEL = 40
_ASCII = str.maketrans(
    {"\N{EN DASH}": "-", "—": "-", "“": '"', "”": '"', "\N{RIGHT SINGLE QUOTATION MARK}": "'", "…": "...", "·": "-"}
    | {"\N{MULTIPLICATION SIGN}": "x", "→": "->"}
)


def findings_text(view: CaseView, width: int, *, plain: bool) -> list[str]:
    """Return the lines, none longer than ``width`` (at least 30) and none ending in a space; no line holds a control.

    A view without findings gives a sentence that says so. Order and numbers are those of the view.
    """
    page = _Lines(max(width, NARROWEST), plain=plain)
    if view.sample:
        page.add(text("sample"))
    page.add(text("text.heading", case=view.reference or view.case_id))
    page.blank()
    if not view.findings:
        page.add(text("summary.none"))
    numbers = {row.exhibit.sha256: f"EX-{n}" for n, row in enumerate(view.exhibits, 1)}
    for finding in view.findings:
        _finding(page, finding, numbers)
    held = view.coverage
    counts = {name: f"{getattr(held, name):,}" for name in ("events", "rejections", "unused")}
    page.add(text("text.coverage", **counts))
    page.blank()
    page.add(text("summary.not_shown"))
    for line in NOT_SHOWN:
        page.item("-", line)
    page.blank()
    page.add(text("text.next"))
    for n, said in enumerate(view.next_steps or NEXT_STEPS, 1):
        page.item(f"{n}.", said)
    return page.lines


def _finding(page: _Lines, finding: Finding, numbers: dict[str, str]) -> None:
    """Add one finding: id and kind, statement, strength, the first places of its basis."""
    page.item(f"{finding.id}", TEXTS.get(f"kind.{finding.kind}", finding.kind))
    indent = "    "
    page.add(finding.statement, indent)
    strength = finding.strength
    page.add(text("text.strength", brief=brief(strength)) if strength else text("text.fact"), indent)
    spots = [f"{numbers.get(spot.exhibit, spot.exhibit[:12])} {place(spot)}".strip() for spot in finding.basis[:BASIS]]
    if len(finding.basis) > BASIS:
        spots.append(text("text.basis.more", n=f"{len(finding.basis) - BASIS:,}"))
    page.add(text("text.basis", basis="; ".join(spots)) if spots else text("finding.no_basis"), indent)
    page.blank()


class _Lines:
    """Lines under construction: everything that enters is neutralised and wrapped."""

    def __init__(self, width: int, *, plain: bool) -> None:
        self.lines: list[str] = []
        self._width = width
        self._plain = plain

    def add(self, said: str, indent: str = "") -> None:
        """Add a paragraph."""
        self._wrap(self._harmless(said), indent, indent)

    def item(self, label: str, said: str) -> None:
        """Add a paragraph that hangs behind a label."""
        label = self._harmless(label, _LABEL)
        indent = " " * min(len(label) + 1, 5)
        self._wrap(f"{label} {self._harmless(said)}", "", indent)

    def blank(self) -> None:
        """Add an empty line."""
        self.lines.append("")

    def _harmless(self, said: str, limit: int = _STATEMENT) -> str:
        """Return text that a terminal prints as it stands."""
        shown = readable(said, limit, ascii_marks=self._plain)
        return shown.translate(_ASCII) if self._plain else shown

    def _wrap(self, said: str, first: str, rest: str) -> None:
        """Break at spaces, and inside a word only where it is longer than a line."""
        wrapped = textwrap.wrap(said, self._width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
        self.lines += [line.rstrip() for line in wrapped] or [""]
