"""Fixed wording: the propositions, and the phrases that no text of this tool may contain."""

from __future__ import annotations

import re

from forensics.sentence import template

PROPOSITION = template(
    "The disputed sessions came from infrastructure under the same control, at that time, as the recorded incidents of"
    " the set."
)
ALTERNATIVE = template("an unrelated source in the announced address space of {country}")
NOT_ADDRESSED = template(
    "Not computed: who typed, who gave orders, and to whom the recorded infrastructure belonged (that is quoted and"
    " graded separately)."
)

FORBIDDEN: tuple[re.Pattern[str], ...] = (
    re.compile(r"\bprov(?:es?|ed|en|ing)\b(?! nothing\b)", re.IGNORECASE),
    re.compile(r"\bmatch(?:es)? to the ministry\b", re.IGNORECASE),
    re.compile(r"\b1 in [\d,.\s]*(?:N\b|\d+)\s*chance of innocence\b", re.IGNORECASE),
    re.compile(r"\bchance of (?:innocence|guilt)\b", re.IGNORECASE),
    re.compile(r"\bstate[- ]sponsored\b", re.IGNORECASE),
    re.compile(r"\bthe attackers?\b", re.IGNORECASE),
)
"""Phrases that turn a ratio into a verdict. "State-sponsored" needs a cited statement, so no text of ours has it."""


def forbidden(text: str) -> tuple[str, ...]:
    """Return the forbidden phrases that occur in a text, in the order of the rules; white space counts as one space."""
    plain = " ".join(text.split())
    return tuple(found.group(0) for rule in FORBIDDEN if (found := rule.search(plain)))
