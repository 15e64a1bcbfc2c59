"""What a format's documentation says, by section: the same text serves the reader of the code and the user.

The docstring of a format has paragraphs that begin with ``What it is:``, ``How to obtain:``, ``Time:``, ``Versions:``
and, where the provider documents how far back its data reaches, ``Retention:``. A section ends where the next begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADS = ("What it is", "How to obtain", "Time", "Versions", "Retention")
_SECTION = re.compile(rf"^({'|'.join(_HEADS)}):[ \t]*", re.MULTILINE)
_MARKS = re.compile(r"``([^`]*)``")
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z0-9\"'(<])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Documentation:
    """The sections of a format's documentation as plain text; "" where a section is absent."""

    what: str
    obtain: str
    zone_rule: str
    versions: str
    retention: str

    @property
    def eras(self) -> tuple[str, ...]:
        """The versions seen, a statement each."""
        return tuple(part.strip().rstrip(";") for part in _SENTENCE.split(self.versions) if part.strip())


def sections(text: str) -> Documentation:
    """Read the sections of a documentation text."""
    found: dict[str, str] = {}
    heads = list(_SECTION.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)]
        paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", body)]
        found[head[1]] = _MARKS.sub(r"\1", "\n".join(part for part in paragraphs if part))
    return Documentation(
        what=found.get("What it is", ""),
        obtain=found.get("How to obtain", ""),
        zone_rule=found.get("Time", ""),
        versions=found.get("Versions", ""),
        retention=found.get("Retention", ""),
    )
