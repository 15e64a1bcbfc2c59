"""The facts as an application form asks for them: numbered lines that stand without any other document.

The form of the European Court of Human Rights wants a concise statement of the facts on its own pages (Rules of Court, rule
47 § 1 (e) and § 2 (a)); a document that is annexed does not take its place. So each line is the first sentence of a finding,
with its strength where it has one, and can be copied into the form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.report.texts import plural, text
from forensics.sentence import Sentence, paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forensics.report.cards import Card
    from forensics.report.view import CaseView

SENTENCE, STRENGTH = 480, 280
"""Characters of a finding on one page, and of its strength: ten of both fit on A4."""


def facts(view: CaseView, told: Sequence[Card]) -> tuple[str, ...]:
    """Return the lines: what was examined and how times are written, a line for each finding told, what none of it says."""
    return tuple(_lines(view, told))


def _lines(view: CaseView, told: Sequence[Card]) -> Iterator[str]:
    if view.exhibits:
        yield paragraph([plural("facts.files", len(view.exhibits)), text("page.of")])
    for card in told:
        strength = (text("text.strength", brief=card.brief), ".") if card.brief else ()
        weighed = paragraph(strength, "")
        caution = text("strength.not_posterior") if card.brief else ""
        yield paragraph([first(card.finding.statement), weighed, caution, f"[{card.finding.id}]"])
    if not told:
        yield text("summary.none")
    yield text("facts.close")


def first(statement: str) -> str:
    """Return the first sentence of a statement, whole."""
    while isinstance(statement, Sentence) and statement.parts:
        statement = statement.parts[0]
    return statement
