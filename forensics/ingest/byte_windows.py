"""Fixed-width fields at many places of a text at once: one contiguous row of bytes per character.

Each function also says for which places its reading is sure; the others are read exactly elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

_ZERO, _LETTER = 48, 97
_DOTS = 3
_FEBRUARY = 2
_DAYS_BEFORE = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], np.int32)
_DAYS_IN = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int32)
_TO_1970 = 719_163  # days from 0001-01-01 to 1970-01-01, plus one


def window(raw: Bytes, at: Ints, width: int) -> Bytes:
    """Return ``width`` bytes from each position, transposed: one contiguous row per character."""
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(raw, width)[at].T)


def begins(raw: Bytes, at: Ints, text: bytes) -> Flags:
    """Whether a text stands at each position."""
    found = np.ones(len(at), np.bool_)
    for i, char in enumerate(text):
        found &= raw[at + i] == char
    return found


def number(chars: Bytes, at: int, digits: int = 2) -> NDArray[np.int32]:
    """Read a number of so many digits at a column."""
    value: NDArray[np.int32] = chars[at].astype(np.int32) - _ZERO
    for i in range(at + 1, at + digits):
        value = value * 10 + (chars[i].astype(np.int32) - _ZERO)
    return value


def days(year: NDArray[np.int32], month: NDArray[np.int32], day: NDArray[np.int32]) -> tuple[NDArray[np.int32], Flags]:
    """Return days since 1970-01-01, and whether there is such a day in the calendar of the years 1 to 9999.

    ``month`` is never below 0.
    """
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    good = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1)  # noqa: PLR2004 - calendar
    month = np.where(good, month, 0)
    good &= day <= _DAYS_IN[month] + (leap & (month == _FEBRUARY))
    past = year - 1
    count = past * 365 + past // 4 - past // 100 + past // 400 - _TO_1970
    count += _DAYS_BEFORE[month] + (leap & (month > _FEBRUARY)) + day
    return count, good


def is_v4(raw: Bytes, start: Ints, end: Ints) -> Flags:
    """Whether an address is written in strict dotted decimal."""
    length = np.minimum(end - start, 16).astype(np.uint8)  # ordinary ones are shorter
    chars = window(raw, start, 16)
    inside = np.arange(16, dtype=np.uint8)[:, None] < length
    value = chars - np.uint8(_ZERO)  # wraps below "0"
    digit = (value < 10) & inside  # noqa: PLR2004 - a digit
    dot = (chars == ord(".")) & inside
    bad = inside & ~(digit | dot)
    bad[0] |= dot[0]
    bad[1:] |= dot[1:] & dot[:-1]
    zero = (value[:-1] == 0) & digit[1:]  # a zero before a digit is none at the beginning of an octet
    bad[0] |= zero[0]
    bad[1:-1] |= zero[1:] & dot[:-2]
    three = digit[:-2] & digit[1:-1] & digit[2:]
    hundreds, tens, ones = value[:-2], value[1:-1], value[2:]
    over = (hundreds > 2) | (hundreds == 2) & ((tens > 5) | (tens == 5) & (ones > 5))  # noqa: PLR2004 - 255
    bad[2:] |= three & over
    bad[3:] |= three[1:] & digit[:-3]
    usual = (length >= 7) & (length <= 15) & (raw[end - 1] != ord("."))  # noqa: PLR2004 - 0.0.0.0 to 255.255.255.255
    return np.asarray(usual & ~bad.any(axis=0) & (dot.sum(axis=0, dtype=np.uint8) == _DOTS))


def is_v6(raw: Bytes, start: Ints, end: Ints) -> Flags:
    """Whether an address is IPv6 in its canonical spelling (RFC 5952), of one of the two plainest kinds.

    That is: eight groups without two zeros in a row, or up to six groups, none of them zero, and "::" between two.
    """
    length = np.minimum(end - start, 40).astype(np.uint8)
    chars = window(raw, start, 40)
    inside = np.arange(40, dtype=np.uint8)[:, None] < length
    digit = ((chars - np.uint8(_ZERO) < 10) | (chars - np.uint8(_LETTER) < 6)) & inside  # noqa: PLR2004 - 0-9 and a-f
    colon = (chars == ord(":")) & inside
    first = digit.copy()
    first[1:] &= colon[:-1]
    zero = first & (chars == _ZERO)
    bad = inside & ~(digit | colon)
    bad[:-1] |= zero[:-1] & digit[1:]
    bad[4:] |= digit[4:] & digit[3:-1] & digit[2:-2] & digit[1:-3] & digit[:-4]
    bad[0] |= colon[0]
    bad[2:] |= zero[2:] & zero[:-2]
    colons, gaps = colon.sum(axis=0, dtype=np.uint8), (colon[1:] & colon[:-1]).sum(axis=0, dtype=np.uint8)
    whole = (gaps == 0) & (colons == 7)  # noqa: PLR2004 - eight groups
    short = (gaps == 1) & (colons <= 6) & ~zero.any(axis=0)  # noqa: PLR2004 - six groups and a gap
    usual = (length > 0) & (length < 40) & (raw[end - 1] != ord(":"))  # noqa: PLR2004 - the longest has 39 characters
    return np.asarray(usual & (whole | short) & ~bad.any(axis=0))
