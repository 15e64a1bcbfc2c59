"""What rules of procedure ask of a report that is filed, and where it stands in it: a table for whoever has to file it.

Sources: Criminal Procedure Rules 2020 (SI 2020/759), rule 19.4; Federal Rules of Evidence, rule 902(13) and (14). What only a
person can say, above all a declaration, is named as lacking: the program makes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from forensics.sentence import Sentence, verbatim

if TYPE_CHECKING:
    from forensics.report.profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand: ``sections`` of the report answer to it, ``person`` whether somebody has to add a word of their own."""

    rule: str
    asks: Sentence
    sections: tuple[str, ...] = ()
    person: bool = False


RULES: Final = (
    Rule(
        rule="CrimPR 19.4(a)",
        asks=verbatim("Qualifications, experience and accreditation of the expert"),
        person=True,
    ),
    Rule(
        rule="CrimPR 19.4(b)",
        asks=verbatim("Literature and other information that was relied on"),
        sections=("infrastructure", "sources"),
    ),
    Rule(
        rule="CrimPR 19.4(c)",
        asks=verbatim("Substance of the facts that the expert was given"),
        sections=("materials", "coverage"),
    ),
    Rule(
        rule="CrimPR 19.4(d)",
        asks=verbatim("Which facts are within the expert's own knowledge"),
        sections=("findings",),
        person=True,
    ),
    Rule(
        rule="CrimPR 19.4(e)",
        asks=verbatim("Who made examinations or tests that the expert relies on, and with what qualification"),
        sections=("reproduce",),
        person=True,
    ),
    Rule(
        rule="CrimPR 19.4(f)",
        asks=verbatim("The range of opinion, and reasons for the opinion given"),
        sections=("findings",),
        person=True,
    ),
    Rule(
        rule="CrimPR 19.4(g)",
        asks=verbatim("Qualifications to the opinion"),
        sections=("summary", "limits"),
    ),
    Rule(
        rule="CrimPR 19.4(h)",
        asks=verbatim("What the court needs to judge the reliability of the opinion"),
        sections=("findings", "coverage", "sources", "limits", "verify", "reproduce"),
    ),
    Rule(
        rule="CrimPR 19.4(i)",
        asks=verbatim("A summary of the conclusions"),
        sections=("summary",),
    ),
    Rule(
        rule="CrimPR 19.4(j)",
        asks=verbatim("A statement that the expert understands the duty to the court and has complied with it"),
        person=True,
    ),
    Rule(
        rule="CrimPR 19.4(k)",
        asks=verbatim("The declaration of truth of a witness statement"),
        person=True,
    ),
    Rule(
        rule="FRE 902(13)",
        asks=verbatim("Records of an electronic process: that the process gives an accurate result"),
        sections=("coverage", "sources", "custody", "reproduce"),
        person=True,
    ),
    Rule(
        rule="FRE 902(14)",
        asks=verbatim("Copied data: that a process of digital identification authenticates them"),
        sections=("materials", "custody", "verify"),
        person=True,
    ),
)
"""In the order of the rules. The range of opinion is that between the alternatives of a finding: a person says whose it is."""


def rules(profile: Profile) -> tuple[Rule, ...]:
    """Return the table of a profile that shows it; a test asks that every section named is one of the profile's."""
    return RULES if "rules" in profile.sections else ()
