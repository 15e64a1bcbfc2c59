"""The clock is a parameter: ``SOURCE_DATE_EPOCH`` fixes it, so that a whole case can be made again byte by byte."""

from __future__ import annotations

import os
import time
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


class Pace:
    """The time that online look-ups are dated and paced by."""

    def now(self) -> datetime:
        """Return ``now``."""
        return now()

    def elapsed(self) -> float:
        """Return seconds that only ever grow, whatever is done to the clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            time.sleep(seconds)
