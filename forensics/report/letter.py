"""The contract of a letter: a frozen value in a module of its own, which turns leads into documents for one kind of reader.

Each kind says in ``tells`` what its reader learns, because sending a letter is a look-up by post: a network that is
asked about an address knows that somebody looks at it. A letter to a network never holds a name, an account or a file
name of the case; a test plants canaries in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from forensics.plugins import discover
from forensics.report import phrases
from forensics.report.document import Blank, Block, Document, Heading, Literal, Paragraph
from forensics.report.lead import Lead
from forensics.report.texts import text
from forensics.sentence import say

if TYPE_CHECKING:
    from forensics.report.view import CaseView


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A time-stamp response that the case holds: its file, its SHA-256, the time it states and its serial number."""

    file: str
    sha256: str
    time: str
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterCase:
    """What letters are written from. ``checkpoint_sha256`` is that of the signed text which tokens are made over."""

    view: CaseView
    leads: tuple[Lead, ...]
    tokens: tuple[Token, ...] = ()
    checkpoint_sha256: str = ""

    @property
    def zone(self) -> ZoneInfo | None:
        """The owner's zone, if one is declared."""
        return phrases.zone_of(self.view.owner_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One kind of letter: its title, what its reader learns by it, and what writes the documents."""

    title: str
    tells: str
    write: Callable[[LetterCase], tuple[Document, ...]]


def letters() -> Mapping[str, Letter]:
    """Return every kind of letter by the name of its module."""
    return discover("forensics.report.letters", "LETTER", Letter)


def marks(case: LetterCase, *, inside: bool) -> tuple[str, ...]:
    """Return what stands above a title; the case's marking only on a document that stays with its readers."""
    found: list[str] = [text("sample")] if case.view.sample else []
    if inside and case.view.tlp:
        found.append(f"TLP:{case.view.tlp.removeprefix('TLP:')}")
    return tuple(found)


def opening(to: str, known_to: str, reference: str) -> tuple[Block, ...]:
    """Return the fields above a letter: reader, sender, date and reference. The sender fills in the rest."""
    return (
        Blank(label=to, known=known_to),
        Blank(label=say("From (name, office, how to reach you)")),
        Blank(label=say("Date")),
        Blank(label=say("Reference"), known=reference),
    )


def caution(tells: str) -> Paragraph:
    """Return the note to the sender that says who learns what."""
    return Paragraph(text=say("Note to the sender; remove it before sending. {tells}", tells=tells), aside=True)


def sealed(case: LetterCase) -> tuple[Block, ...]:
    """Return the checkpoint to which everything said can be held; it tells nothing of the case's contents."""
    if case.view.checkpoint is None:
        return ()
    return (
        Heading(text=say("What fixes these statements")),
        Paragraph(
            text=say(
                "The records are sealed in a custody log. Its checkpoint, at the time of the analysis, is the following text."
                " It reveals nothing of their contents, and anything changed since would not fit it."
            )
        ),
        Literal(text=case.view.checkpoint.text),
    )


def closing() -> tuple[Block, ...]:
    """Return the fields below a letter. Nothing is signed in advance."""
    return (Blank(label=say("Name and signature")),)
