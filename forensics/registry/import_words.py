"""What an imported record says, in words: its role, its description, what it leaves unknown, how it is marked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from forensics.model import Record, Source
from forensics.registry.import_sources import Lot, harmless
from forensics.registry.importer import Collection, Report, Stated
from forensics.registry.indicator import NETWORKS
from forensics.registry.record import TLP

_MORE: Final = " | (more is stated than fits here)"
_ROOM: Final = 3000
_NOUNS: Final = {"url": "web address", "email": "mail address", "md5": "file", "sha1": "file", "sha256": "file"}
_SILENT_TLP: Final = "AMBER"
NO_PERIOD: Final = "From when until when it was used: the collection gives no period."
PART_PERIOD: Final = "The whole period of use: only a part of it is stated."
STATED_PERIOD: Final = "Whether it was used before or after the stated period."
NO_DAY: Final = "When the report was published: the collection does not say."
NO_REPORT: Final = "Where the collection has it from: it names no report."
WHICH_REPORT: Final = "Which report it is from: the collection names several for the whole set."
WHO: Final = "Who held and used it on a given day, and whether it was static, shared or dynamically assigned."


@dataclass(slots=True)
class Draft:
    """A record in the making: what is stored (if anything), and the entries of the current file that belong to it.

    The ``sources`` of a new record are named when a second entry comes, or when it is put into words: most are never asked for.
    """

    kind: str
    network: str
    group: str
    stored: Record | None = None
    sources: list[Source] = field(default_factory=list)
    entries: list[Stated] = field(default_factory=list)
    changed: bool = False
    added: str = ""

    @property
    def families(self) -> list[str]:
        """Return the families that the entries name, each once."""
        return list(dict.fromkeys(f"family: {harmless(entry.family)}" for entry in self.entries if entry.family))

    @property
    def said(self) -> list[str]:
        """Return what else the entries say, each once."""
        return list(dict.fromkeys(harmless(text) for entry in self.entries for text in entry.said))

    @property
    def limits(self) -> list[str]:
        """Return what weakens the entries, as sentences."""
        texts = dict.fromkeys(text for entry in self.entries for text in entry.caveats)
        return [f"Stated as a limit: {harmless(text)}." for text in texts]


def groups_of(reports: Sequence[Report]) -> tuple[str, ...]:
    """Return the independence groups of some reports, each once."""
    if not reports:
        return ()
    if len(reports) == 1:
        return (reports[0].group,)
    return tuple(dict.fromkeys(report.group for report in reports))


@lru_cache(maxsize=256)
def note(collection: Collection) -> str:
    """Return the note of a new record: why its collection has its grade."""
    reason = harmless(collection.grade_reason)
    return f"Grade {collection.grade}: {reason}. Imported, not reviewed: it supports nothing until it is."


def says(record: Record, shown: str) -> bool:
    """Whether a record says a statement already, or has no room for another."""
    parts = record.description.split(" | ")
    return shown in parts or record.description.endswith(_MORE) or f"Stated as a limit: {shown}." in record.unknown


def role(draft: Draft) -> str:
    """Return the role: what was published, and as whose, as far as the entries name a family."""
    noun = _NOUNS.get(draft.kind, "network indicator")
    families = ", ".join(text.removeprefix("family: ") for text in draft.families)
    return harmless(f"{noun} published with the family {families}" if families else f"{noun} published in a list")


def described(draft: Draft, before: str) -> str:
    """Return the description ``before`` with what the entries say besides, as far as there is room."""
    parts = before.removesuffix(_MORE).split(" | ") if before else ["As the collection states it, unreviewed"]
    for text in (*draft.families, *draft.said):
        if text not in parts:
            parts.append(text)
    whole = " | ".join(parts)
    return whole if len(whole) <= _ROOM else f"{whole[:_ROOM].rpartition(' | ')[0]}{_MORE}"


def unknown(draft: Draft, stated: Stated, published: date | None) -> tuple[str, ...]:
    """Return what a new record leaves unknown, as sentences."""
    ends = (stated.valid_from, stated.valid_until)
    found = [NO_PERIOD if not any(ends) else STATED_PERIOD if all(ends) else PART_PERIOD]
    named = groups_of(stated.reports)
    if len(named) > 1:
        found.append(WHICH_REPORT)
    elif not named:
        found.append(NO_REPORT)
    if published is None:
        found.append(NO_DAY)
    if draft.kind in NETWORKS:
        found.append(WHO)
    return (*found, *draft.limits)


def strictest(marks: Sequence[str], scale: tuple[str, ...]) -> str:
    """Return the mark that comes last on a scale."""
    return marks[0] if len(marks) == 1 else max(marks, key=scale.index)


def seen(draft: Draft) -> tuple[date, ...]:
    """Return the days of observation, ascending."""
    return tuple(sorted({day for entry in draft.entries for day in entry.observed_at}))


def marking(draft: Draft, lot: Lot) -> str:
    """Return the strictest marking of the entries, of their collection and of the person who imports."""
    return strictest([*(entry.tlp or lot.tlp or _SILENT_TLP for entry in draft.entries), lot.tlp or "CLEAR"], TLP)
