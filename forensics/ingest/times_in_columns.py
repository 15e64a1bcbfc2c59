"""The commonest spelling of a time, read for a whole column at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensics.ingest.byte_windows import Bytes, Flags, Ints

WRITTEN = "0000-00-00 00:00:00 UTC"
"""How it is spelled, each digit as 0."""


def microseconds(chars: Bytes) -> tuple[Ints, Flags]:
    """Read times spelled ``2020-03-11 00:43:10 UTC``: microseconds since 1970, and which of them are such times.

    ``chars`` has one row per character of ``WRITTEN`` and one column per time.
    """
    import numpy as np

    from forensics.ingest.byte_windows import days, number

    good = np.ones(chars.shape[1], np.bool_)
    for char, sign in zip(chars, WRITTEN, strict=True):
        good &= (char - np.uint8(48) < 10) if sign == "0" else (char == ord(sign))  # noqa: PLR2004 - wraps below "0"
    day, real = days(number(chars, 0, 4), number(chars, 5), number(chars, 8))
    hour, minute, second = number(chars, 11), number(chars, 14), number(chars, 17)
    good &= real & (hour <= 23) & (minute <= 59) & (second <= 59)  # noqa: PLR2004 - clock
    clock = hour * 3_600 + minute * 60 + second
    return (day.astype(np.int64) * 86_400 + clock) * 1_000_000, good
