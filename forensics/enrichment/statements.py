"""What is said about an address beside the tables of ranges: special-purpose space, recorded answers, names seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from forensics.enrichment.special_purpose import AS_OF, SpecialPurpose
from forensics.model import ClassClaim, Said
from forensics.sentence import say

if TYPE_CHECKING:
    from forensics.enrichment.passive_dns import NameSeen
    from forensics.enrichment.source import Answered

NAME_SEEN = "name_seen"
MOST_NAMES = 20
"""Names of one address that are told: a shared host has thousands."""


@lru_cache(maxsize=4_096)
def special_claims(block: SpecialPurpose, day: date | None) -> tuple[ClassClaim, ...]:
    """Return what the IANA registry makes of an address: a class of ours, or just that it is no ordinary address."""
    return tuple(
        ClassClaim(
            name=name,
            source=say("IANA special-purpose registry: {block}", block=block.text),
            as_of=AS_OF,
            gap_days=(AS_OF - day).days if day else None,
        )
        for name in block.classes or ("special_purpose",)
    )


def said(answer: Answered, title: str) -> list[Said]:
    """Return the statements of an answer with where and when they were obtained; ``title`` is that of its source."""
    asked = answer.asked_at.date() if answer.asked_at else None
    digest = answer.replies[0] if answer.replies else ""
    return [
        Said(
            what=item.what,
            value=item.value,
            source=title,
            asked=asked,
            since=item.since,
            until=item.until,
            note=item.note,
            answer=digest,
        )
        for item in answer.statements
    ]


def names_seen(found: Iterable[NameSeen]) -> list[Said]:
    """Return the names that an address was seen with around the day, by passive DNS of the user's own."""
    listed = [
        Said(
            what=NAME_SEEN,
            value=item.name,
            source=item.snapshot,
            since=item.first.date(),
            until=item.last.date(),
            note=say("{record}, seen by a sensor in this interval", record=item.rrtype) if item.rrtype else "",
        )
        for item in found
    ]
    return listed[:MOST_NAMES]
