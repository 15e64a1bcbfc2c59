"""What the documents of a case are called: ``report.html``, and ``report.fr.html`` or ``report.az-en.pdf`` in other languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forensics.report.language import speech_of
from forensics.report.repeating import name_of as name_of  # noqa: PLC0414 - offered with what reads such names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forensics.report.language.speech import Speech

_NAME = re.compile(r"report(?:\.(?P<languages>[a-z]{2}(?:-[a-z]{2})?))?\.(?P<form>html|pdf|json)")


def form_of(name: str) -> str:
    """Return ``html``, ``pdf`` or ``json`` of a report's name, "" for another file."""
    found = _NAME.fullmatch(name)
    return found["form"] if found else ""


def speech_named(name: str) -> Speech:
    """Return the speech of a report by its name in the case."""
    found = _NAME.fullmatch(name)
    return speech_of((found["languages"] or "").replace("-", ",") if found else "")


def in_other_languages(names: Iterable[str], form: str) -> list[str]:
    """Return which files of a case are reports in other languages, in a fixed order."""
    return sorted(name for name in names if form_of(name) == form and name != f"report.{form}")
