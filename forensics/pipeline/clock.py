"""The clock is a parameter: ``SOURCE_DATE_EPOCH`` fixes it, so that a whole case can be made again byte by byte."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from forensics.errors import UsageError


def now() -> datetime:
    """Return the current UTC time in whole seconds, or the one that ``SOURCE_DATE_EPOCH`` states."""
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
