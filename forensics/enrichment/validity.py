"""Which of several dated versions or periods held on a day: shared by histories of objects and of announcements.

A day is a UTC day. A version that was replaced on the day itself held for part of it, and so did its successor: both
are returned, and the reader says so. Nothing is chosen for the event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of an object: from ``since`` until the next one replaced it (``None``: it has not been replaced)."""

    number: str
    since: datetime
    until: datetime | None = None
    deleted: bool = False


def in_sequence(rows: Sequence[tuple[str, datetime, bool]]) -> tuple[Version, ...]:
    """Return versions from (number, time, deletion), each ending where the next begins."""
    ordered = sorted(rows, key=lambda row: row[1])
    ends: list[datetime | None] = [row[1] for row in ordered[1:]]
    return tuple(
        Version(number=number, since=since, until=until, deleted=deleted)
        for (number, since, deleted), until in zip(ordered, [*ends, None], strict=False)
    )


def overlaps(since: datetime, until: datetime | None, day: date) -> bool:
    """Say whether the time from ``since`` to just before ``until`` (aware, UTC) has a part in the day."""
    return since.date() <= day and (until is None or until > datetime.combine(day, time.min, tzinfo=UTC))


def valid_on(versions: Sequence[Version], day: date) -> tuple[Version, ...]:
    """Return the versions that held on the day or on part of it."""
    return tuple(version for version in versions if not version.deleted and overlaps(version.since, version.until, day))


def distance(since: date, until: date, day: date) -> int:
    """Return how many days the period lies from the day; 0 if it holds it."""
    return max((since - day).days, (day - until).days, 0)
