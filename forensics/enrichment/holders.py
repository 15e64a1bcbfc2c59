"""Who stands behind an AS number: one holder under two numbers, and one number under two holders.

Two tables may give an address two origins although nothing but the number changed, and may give it the same origin
although the number went to somebody else. Names decide where both tables write the holder's full name; where a table
writes handles ("DT-CGW"), only the rows below do, each with its ground.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from forensics.sentence import dated, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.enrichment.selection import Sighting

_WORD = re.compile(r"[^\W_]+")
_FORMS = frozenset(
    _WORD.findall(
        "ab ag ao as asc bv cjsc co company corp corporation doo eood gmbh inc jointstock jsc jv kft limited llc llp ltd"
        " mchj mmc nv oao ojsc ooo oy pjsc plc pte pty pvt qsc sa sarl sas sia sl spa sro srl tov ug uab zao zrt"
    )
)
_HANDLE = re.compile(r"[A-Z0-9_.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Siblings:
    """AS numbers of one holder. ``since`` is the first day on which the dated tables support it for all of them."""

    holder: str
    numbers: frozenset[int]
    since: date
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassigned:
    """An AS number that went from one holder to another between two dated tables."""

    asn: int
    before: str
    before_as_of: date
    after: str
    after_as_of: date
    ground: str


SIBLINGS = (
    Siblings(
        holder="Delta Telecom Ltd",
        numbers=frozenset({29049, 215148}),
        since=date(2022, 10, 29),
        ground="AS tables name Delta Telecom Ltd for AS29049 (2020 to 2026) and for AS215148 (2025 and 2026)",
    ),
    Siblings(
        holder="Aztelekom LLC",
        numbers=frozenset({8814, 34170}),
        since=date(2022, 10, 29),
        ground="AS tables name Aztelekom LLC for AS8814 and for AS34170 (2022 and 2026)",
    ),
)
REASSIGNED = (
    Reassigned(
        asn=206977,
        before="Sergio R. Hernandez Torres",
        before_as_of=date(2022, 10, 29),
        after="State Service of Special Communication and Information Security (AZSTATENET)",
        after_as_of=date(2025, 4, 2),
        ground="AS tables of 2022-10-29 and of 2025-04-02",
    ),
)


@lru_cache(maxsize=16_384)
def plain(name: str) -> frozenset[str]:
    """Return the telling words of a holder's name, without legal forms, case, accents and punctuation."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    words = _WORD.findall("".join(mark for mark in folded if not unicodedata.combining(mark)).replace(".", ""))
    return frozenset(word for word in words if word not in _FORMS)


def is_handle(name: str) -> bool:
    """Whether a table wrote a registry handle such as ``DT-CGW`` instead of a name."""
    return bool(_HANDLE.fullmatch(name))


def same_holder(sightings: Sequence[Sighting]) -> str:
    """Return the name of the one holder behind two different origins, or "" where that is not known."""
    if len(sightings) != 2:  # noqa: PLR2004 - before and after
        return ""
    before, after = sightings
    if before.asn is None or after.asn is None or before.asn == after.asn:
        return ""
    for held in SIBLINGS:
        if {before.asn, after.asn} <= held.numbers and after.snapshot.as_of >= held.since:
            return held.holder
    if _comparable(before, after) and plain(before.name or "") == plain(after.name or ""):
        return after.name or ""
    return ""


def passed_on(sightings: Sequence[Sighting]) -> str:
    """Return a sentence where one AS number stands for two holders on the two sides of a day, or ""."""
    if len(sightings) != 2:  # noqa: PLR2004 - before and after
        return ""
    before, after = sightings
    if before.asn is None or before.asn != after.asn:
        return ""
    for held in REASSIGNED:
        if (
            held.asn == before.asn
            and before.snapshot.as_of <= held.before_as_of
            and after.snapshot.as_of >= held.after_as_of
        ):
            return say(
                "{network} went from {before} to {after} between {first} and {last}",
                network=f"AS{held.asn}",
                before=held.before,
                after=held.after,
                first=dated(held.before_as_of),
                last=dated(held.after_as_of),
            )
    if before.snapshot.source == after.snapshot.source and _named(before, after) and _differ(before, after):
        return say(
            "{network} changed its holder or its name between {first} and {last}: {before}, then {after}",
            network=f"AS{before.asn}",
            first=dated(before.snapshot.as_of),
            last=dated(after.snapshot.as_of),
            before=str(before.name),
            after=str(after.name),
        )
    return ""


def _comparable(before: Sighting, after: Sighting) -> bool:
    """Whether equal names mean one holder: both tables wrote full names, or one source wrote both."""
    if not _named(before, after):
        return False
    if before.snapshot.source == after.snapshot.source:
        return True
    return not is_handle(before.name or "") and not is_handle(after.name or "")


def _named(before: Sighting, after: Sighting) -> bool:
    return bool(plain(before.name or "")) and bool(plain(after.name or ""))


def _differ(before: Sighting, after: Sighting) -> bool:
    """Whether two names of one source share no telling word; two sources spell one holder in too many ways for that."""
    return not plain(before.name or "") & plain(after.name or "")
