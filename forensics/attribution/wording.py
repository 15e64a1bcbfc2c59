# ruff: noqa: RUF001 - phrases of other languages
"""Fixed wording: the propositions, and the phrases that no text of this tool may contain."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forensics.sentence import Sentence, say, template

PROPOSITION = template(
    "The disputed sessions came from infrastructure under the same control, at that time, as the recorded incidents of"
    " the set."
)
ALTERNATIVE = template("an unrelated source in the announced address space of {country}")
NOT_ADDRESSED = template(
    "Not computed: who typed, who gave orders, and to whom the recorded infrastructure belonged (that is quoted and"
    " graded separately)."
)

SAME_NETWORK = say(
    "Another body on the same network explains the address nearly as well, so the words are those of the second"
    " alternative. Nearness cannot tell one user of a network from its neighbour; a register of assignments, a lease or an"
    " answer of the network can."
)
UNWEIGHED = say("Therefore nothing from “strong support” upward is said.")
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


def _rules(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


FORBIDDEN: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "en": _rules(
        r"(?<!nothing )(?<!not )(?<!cannot )\bprov(?:es?|ed|en|ing)\b(?! nothing\b)(?! by nothing\b)(?! no\b)",
        r"\bmatch(?:es|ed)? (?:to|with) the ministry\b",
        r"\b1 in [\d,.\s]*(?:N\b|\d+)\s*chance of innocence\b",
        r"\bchance of (?:innocence|guilt)\b",
        r"\bprobabil\w+ (?:of (?:innocence|guilt)|that (?:he|she|they|the \w+) did)\b",
        r"\bstate[- ](?:sponsored|backed|directed)\b",
        r"\bstate-(?:prohibited|ignored|encouraged|shaped|coordinated|ordered|executed|integrated)\b",
        r"\bstate-rogue\b",
        r"\bthe attackers?\b",
    ),
    "az": _rules(
        r"\bsübut (?:ed\w+|olun\w+)\b",
        r"\bnazirli\w+ (?:ilə )?uyğun\w*\b",
        r"\b(?:günahsızlıq|günahkarlıq) (?:ehtimalı|şansı)\b",
        r"\bdövlət\w* (?:tərəfindən )?(?:maliyyələşdir\w+|dəstəklə\w+)\b",
        r"\bhücum ?edən\w*\b",
    ),
    "fr": _rules(
        r"\bprouv(?:e|ent|é|ée|és|ées|er)\b",
        r"\bcorrespond\w* (?:au|avec le) ministère\b",
        r"\bchances? (?:d['’]innocence|de culpabilité)\b",
        r"\b(?:parrainée?s?|soutenue?s?|commanditée?s?) par l['’]état\b",
        r"\bl['’](?:attaquant|assaillant)e?s?\b|\bles (?:attaquant|assaillant)e?s\b",
    ),
    "ru": _rules(
        r"\bдоказ(?:ыва\w+|ан\w*)\b",
        r"\bсовпад\w+ с министерством\b",
        r"\b(?:вероятност|шанс)\w* (?:невиновности|виновности|вины)\b",
        r"\b(?:спонсируем|поддерживаем)\w+ государством\b",
        r"\b(?:атакующ|злоумышленник)\w*\b",
    ),
    "es": _rules(
        r"(?<!no )(?<!nada )\b(?:demuestr\w+|demostrad\w+)\b",
        r"(?<!la )(?<!una )(?<!no )\bprueban? que\b",
        r"\bcoincid\w+ con el ministerio\b",
        r"\b(?:probabilidad|posibilidad)(?:es)? de (?:inocencia|culpabilidad)\b",
        r"\b(?:patrocinad|respaldad|dirigid)[oa]s? por (?:el|un) estado\b",
        r"\b(?:el|la|los|las) atacantes?\b",
    ),
    "ar": _rules(
        r"(?<!لا )(?<!لم )(?<!ما )\b(?:يثبت|تثبت|أثبتت?|يبرهن|تبرهن)\s+(?:أن|ان)",
        r"\b(?:تطابق|يطابق|مطابق\w*)\s+(?:مع\s+)?(?:ال|لل)وزارة\b",
        r"\b(?:احتمال|فرصة)\s+(?:البراءة|الذنب|الإدانة)\b",
        r"\b(?:برعاية|بدعم|مدعوم\w*\s+من|ترعا\w+)\s+(?:من\s+)?الدولة\b",
        r"\bالمهاجم\w*\b",
    ),
}
"""By language: phrases that turn a ratio into a verdict. "State-sponsored" needs a cited statement, so no text of ours
has it. Nothing is said to be shown beyond doubt; that something shows nothing may be said. A language that reports are
written in brings its own list here, and a test asks for it."""


def forbidden(text: str, language: str = "en") -> tuple[str, ...]:
    """Return the forbidden phrases that occur in a text, in the order of the rules; white space counts as one space."""
    plain = " ".join(text.split())
    return tuple(found.group(0) for rule in FORBIDDEN[language] if (found := rule.search(plain)))
