"""The clock is a parameter: ``SOURCE_DATE_EPOCH`` fixes it, so that a whole case can be made again byte by byte."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from forensics.errors import UsageError

_STANDING: ContextVar[datetime | None] = ContextVar("standing", default=None)


@contextmanager
def standing(moment: datetime) -> Iterator[None]:
    """Let the clock stand at a moment: several acts of one step bear one time, and a replay bears that of its case."""
    before = _STANDING.set(moment)
    try:
        yield
    finally:
        _STANDING.reset(before)


def now() -> datetime:
    """Return the current UTC time in whole seconds, or the one that ``SOURCE_DATE_EPOCH`` states."""
    stands = _STANDING.get()
    if stands is not None:
        return stands
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not fixed:
        return datetime.now(UTC).replace(microsecond=0)
    if not fixed.isdigit() or len(fixed) > 11:  # noqa: PLR2004 - beyond any calendar
        raise UsageError(f"SOURCE_DATE_EPOCH is no count of seconds: {fixed!r}", hint="Unset it or give Unix seconds")
    return datetime.fromtimestamp(int(fixed), UTC)


def stamp() -> str:
    """Return ``now`` as custody records write it."""
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")
