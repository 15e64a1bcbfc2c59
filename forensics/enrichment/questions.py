"""A question about an address: the address and the day of the event; and what the questions of one kind share.

Sorting them is the matter of ``question_kinds``, answering them that of ``context``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from forensics.enrichment.holdings import Found
    from forensics.enrichment.panel import Panel
    from forensics.enrichment.special_purpose import SpecialPurpose

Question = tuple[str, "date | None"]
"""An address, and the day of the event."""
PanelOf = Callable[["date | None", bool, int], "Panel"]
"""Gives the tables that speak for a day, in documentation space or outside it, and a family."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """What all questions of a kind share; the row numbers in ``rows`` are 0, as they differ."""

    panel: Panel
    event: date | None
    special: SpecialPurpose | None
    rows: tuple[Found, ...]
