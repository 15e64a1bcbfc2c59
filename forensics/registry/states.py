"""How a record may change, and who has to stand behind an accusation.

``observed`` (seen in a case, nobody judged it) → ``candidate`` (proposed) → ``indicator`` (reviewed; the only state that
supports anything). ``disputed`` and ``retracted`` take support away and say why; a retraction is final, what is learnt
later becomes a new record. Every change is a new version: nothing is overwritten.

Two-person rule: a record that names an entity, or quotes a statement about one, accuses somebody. It may be an indicator
only when two different people are named in it: who recorded it and who confirmed it against the sources. Anyone may
withdraw an accusation alone.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from forensics.errors import DataError

if TYPE_CHECKING:
    from forensics.model import Record

OBSERVED, CANDIDATE, INDICATOR, DISPUTED, RETRACTED = "observed", "candidate", "indicator", "disputed", "retracted"
STATES = (OBSERVED, CANDIDATE, INDICATOR, DISPUTED, RETRACTED)
WITHDRAWN = (DISPUTED, RETRACTED)
ALLOWED = {
    OBSERVED: (OBSERVED, CANDIDATE, DISPUTED, RETRACTED),
    CANDIDATE: (CANDIDATE, INDICATOR, DISPUTED, RETRACTED),
    INDICATOR: (INDICATOR, CANDIDATE, DISPUTED, RETRACTED),
    DISPUTED: (DISPUTED, CANDIDATE, INDICATOR, RETRACTED),
    RETRACTED: (),
}
"""From a state, the states that the next version may have. The same state means a correction."""

_NEEDS_REASON = {(INDICATOR, CANDIDATE), (DISPUTED, CANDIDATE), (DISPUTED, INDICATOR)}


def accuses(record: Record) -> bool:
    """Whether the record names an entity or quotes a statement about one."""
    return bool(record.entity or record.link_b)


def two_people(record: Record) -> bool:
    """Whether two different people are named, however their names are spaced or capitalised."""
    first, second = _person(record.recorded_by), _person(record.confirmed_by)
    return bool(first and second and first != second)


def held_back(record: Record) -> str:
    """Say why the record may not be an indicator, or ""."""
    if record.state != INDICATOR or not accuses(record) or two_people(record):
        return ""
    return (
        f"record {record.id} names or quotes who stands behind {record.network}, so that it may become an indicator only"
        " when recorded_by and confirmed_by name two different people; it stays a candidate"
    )


def admitted(record: Record) -> tuple[Record, str]:
    """Return the record as it may enter a store, and what was changed in words ("" for nothing)."""
    why = held_back(record)
    return (replace(record, state=CANDIDATE), why) if why else (record, "")


def check_change(before: Record | None, after: Record) -> None:
    """Refuse a version that may not follow the one before.

    Raises:
        DataError: the change of state is not allowed, its reason is missing, or it is dated before the version it follows.
    """
    if before is None:
        return
    where = f"record {after.id}"
    if before.state == RETRACTED:
        hint = "Add a new record with an id of its own; `replacement` of the old one may not be changed either"
        raise DataError("the record is retracted, and a retraction is final", where=where, hint=hint)
    if after.state not in ALLOWED[before.state]:
        allowed = ", ".join(ALLOWED[before.state])
        raise DataError(
            f"a record cannot go from {before.state} to {after.state}", where=where, hint=f"Allowed now: {allowed}"
        )
    if (before.state, after.state) in _NEEDS_REASON and not after.reason:
        raise DataError(
            f"going from {before.state} to {after.state} needs a reason", where=where, hint="Write it as `reason`"
        )
    if after.kind != before.kind or after.network != before.network:
        raise DataError(
            f"a version speaks of {after.network}, the record is about {before.network}",
            where=where,
            hint="Retract the record and add a new one that names it",
        )
    if after.recorded_at < before.recorded_at:
        raise DataError(
            f"recorded_at {after.recorded_at} is before the version it follows ({before.recorded_at})",
            where=where,
            hint="Record time only goes forward",
        )


def _person(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
