"""What a collection says about its licence: read from the README or LICENSE beside it, or said to be unknown.

A repository often has one licence for its code and another for its data; only a sentence about the data, the list or
the indicators decides between several. Nothing is assumed from where a file came.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from forensics.registry.offered import Offered

UNKNOWN = "not stated by the collection"
_NAMED = (
    (
        re.compile(r"CC[ -]BY[ -]NC[ -]SA(?:[ -]4\.0)?|Attribution-NonCommercial-ShareAlike 4", re.IGNORECASE),
        "CC-BY-NC-SA-4.0",
    ),
    (re.compile(r"CC[ -]BY[ -]NC(?:[ -]4\.0)?(?![ -]?SA)", re.IGNORECASE), "CC-BY-NC-4.0"),
    (re.compile(r"CC[ -]BY[ -]SA(?:[ -]4\.0)?|Attribution-ShareAlike 4", re.IGNORECASE), "CC-BY-SA-4.0"),
    (re.compile(r"CC[ -]BY(?:[ -]4\.0)?(?![ -]?(?:NC|SA|ND))|Attribution 4\.0", re.IGNORECASE), "CC-BY-4.0"),
    (re.compile(r"\bCC0\b|Creative Commons Zero", re.IGNORECASE), "CC0-1.0"),
    (re.compile(r"\bMIT License\b"), "MIT"),
    (re.compile(r"\bApache License\b|\bApache-2\.0\b"), "Apache-2.0"),
    (re.compile(r"\bBSD[ -][23]-Clause\b", re.IGNORECASE), "BSD"),
)
_OF_DATA = re.compile(r"\b(?:indicator|list|data|dataset|IOC)s?\b", re.IGNORECASE)
_LICENSED = re.compile(r"licen[cs]e", re.IGNORECASE)


def states_terms(offered: Offered) -> bool:
    """Whether a file is a README or a licence by its name."""
    return offered.base.partition(".")[0] in ("readme", "license", "licence", "copying")


def licence(beside: Sequence[Offered]) -> tuple[str, str]:
    """Return the licence that the nearest such file states for its data, and which file says so ("" for unknown)."""
    for offered in beside:
        if not states_terms(offered):
            continue
        lines = [line for line in offered.first_lines if line.strip()]
        about_data = _found([line for line in lines if _OF_DATA.search(line) and _LICENSED.search(line)])
        every = _found(lines)
        if len(about_data) == 1 or len(every) == 1:
            return (about_data if len(about_data) == 1 else every)[0], offered.name
    return UNKNOWN, ""


def _found(lines: Sequence[str]) -> list[str]:
    """Return the licences that lines name, each once."""
    text = "\n".join(lines)
    return [name for pattern, name in _NAMED if pattern.search(text)]
