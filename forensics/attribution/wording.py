"""Fixed wording: the propositions, and the phrases that no text of this tool may contain."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forensics.sentence import Sentence, say

PROPOSITION = (
    "The disputed sessions came from infrastructure under the same control, at that time, as the recorded incidents of"
    " the set."
)
ALTERNATIVE = "an unrelated source in the announced address space of {country}"
NOT_ADDRESSED = (
    "Not computed: who typed, who gave orders, and to whom the recorded infrastructure belonged (that is quoted and"
    " graded separately)."
)

SAME_NETWORK = say(
    "Another body on the same network explains the address nearly as well, so the words are those of the second"
    " alternative. Nearness cannot tell one user of a network from its neighbour; a register of assignments, a lease or an"
    " answer of the network can."
)
NOT_SHOWN = say(
    "Not shown, and not for an address to show: whether a State prohibited, failed to stop, ignored, encouraged, shaped,"
    " coordinated, ordered, executed or integrated what was done, or whether somebody acted against orders."
)
"""The vocabulary of State responsibility (Healey's spectrum, as in the MISP taxonomy), only ever as what is not shown."""


def network_named(network: str, size: int) -> Sentence:
    """Name the second alternative with the network and its size on the day."""
    return say("another user of the same network ({network}, {size} addresses)", network=network, size=size)


def network_unknown(record: str) -> Sentence:
    """Say that the second alternative could not be weighed."""
    return say(
        "Another user of the same network was not weighed, because no count of the network of {record} is at hand for that"
        " day; it may explain the address as well.",
        record=record,
    )


_ENGLISH = (
    re.compile(r"\bprov(?:es?|ed|en|ing)\b(?! nothing\b)", re.IGNORECASE),
    re.compile(r"\bmatch(?:es)? to the ministry\b", re.IGNORECASE),
    re.compile(r"\b1 in [\d,.\s]*(?:N\b|\d+)\s*chance of innocence\b", re.IGNORECASE),
    re.compile(r"\bchance of (?:innocence|guilt)\b", re.IGNORECASE),
    re.compile(r"\bstate[- ]sponsored\b", re.IGNORECASE),
    re.compile(r"\bthe attackers?\b", re.IGNORECASE),
)
FORBIDDEN: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "en": _ENGLISH,
}
"""By language: phrases that turn a ratio into a verdict. "State-sponsored" needs a cited statement, so no text of ours
has it. A new language of reports brings its own list here; a test asks for it."""


def forbidden(text: str, language: str = "en") -> tuple[str, ...]:
    """Return the forbidden phrases that occur in a text, in the order of the rules; white space counts as one space."""
    plain = " ".join(text.split())
    return tuple(found.group(0) for rule in FORBIDDEN[language] if (found := rule.search(plain)))
