"""Fixed-width fields of many lines at once: characters become numbers by array operations, one column after another.

Each function also says for which lines its reading is sure; the others are read exactly elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensics.ingest import byte_windows
from forensics.ingest.byte_windows import Bytes, Flags, Ints, number, window
from forensics.ingest.weblog.clock import MONTHS

_SPACE, _DASH, _ZERO = 32, 45, 48
_MONTH_OF: NDArray[np.int32] = np.zeros(1 << 15, np.int32)
for _nth, _name in enumerate(MONTHS, start=1):
    _MONTH_OF[(ord(_name[0]) & 31) << 10 | (ord(_name[1]) & 31) << 5 | (ord(_name[2]) & 31)] = _nth
_TIME_SHAPE = b"00/Aaa/0000:00:00:00 +0000"


def is_dash(raw: Bytes, span: tuple[Ints, Ints]) -> Flags:
    """Whether a field is the log's sign for "nothing"."""
    return np.asarray((span[1] - span[0] == 1) & (raw[span[0]] == _DASH))


def times(chars: Bytes) -> tuple[Ints, Flags]:
    """Read ``dd/Mon/yyyy:hh:mm:ss +hhmm``: seconds since 1970 UTC, and whether it is a real time of 1970-2099."""
    good = np.ones(chars.shape[1], np.bool_)
    for i, shape in enumerate(_TIME_SHAPE):
        char = chars[i]
        if shape == _ZERO:
            good &= char - np.uint8(_ZERO) < 10  # noqa: PLR2004 - uint8 wraps below "0"
        elif shape == ord("+"):
            good &= (char == shape) | (char == _DASH)
        elif shape == ord("A"):
            good &= (char & 0xE0) == 0x40  # noqa: PLR2004 - upper-case letters
        elif shape == ord("a"):
            good &= (char & 0xE0) == 0x60  # noqa: PLR2004 - lower-case letters
        else:
            good &= char == shape
    letters = [chars[i].astype(np.int32) & 31 for i in (3, 4, 5)]
    month = _MONTH_OF[letters[0] << 10 | letters[1] << 5 | letters[2]]
    day, year = number(chars, 0), number(chars, 7, 4)
    hour, minute, second = number(chars, 12), number(chars, 15), number(chars, 18)
    off_hour, off_minute = number(chars, 22), number(chars, 24)
    count, real = byte_windows.days(year, month, day)
    good &= real & (year >= 1970) & (year < 2100)  # noqa: PLR2004 - further away is left to exact reading
    good &= (hour < 24) & (minute < 60) & (second < 60) & (off_hour < 24) & (off_minute < 60)  # noqa: PLR2004 - clock
    offset = (off_hour * 60 + off_minute) * 60
    clock = hour * 3600 + minute * 60 + second
    return count.astype(np.int64) * 86_400 + clock - np.where(chars[21] == _DASH, -offset, offset), good


def status(chars: Bytes) -> tuple[Ints, Flags]:
    """Read `` ddd ``."""
    digits = chars[1:4] - np.uint8(_ZERO)
    good = (digits < 10).all(axis=0) & (chars[0] == _SPACE)  # noqa: PLR2004 - uint8 wraps below "0"
    code = digits[0].astype(np.int64) * 100 + digits[1].astype(np.int64) * 10 + digits[2]
    return np.where(good, code, 0), good & (chars[4] == _SPACE)


def size(chars: Bytes, at: Ints) -> tuple[Ints, Flags, Flags]:
    """Read the byte count: (end, whether it is a number, whether it is an ordinary one or ``-``)."""
    digit = chars - np.uint8(_ZERO) < 10  # noqa: PLR2004 - uint8 wraps below "0"
    length = np.where(digit.all(axis=0), 0, np.argmin(digit, axis=0))
    dash = chars[0] == _DASH
    leading_zero = (chars[0] == _ZERO) & (length > 1)
    return at + np.where(dash, 1, length), ~dash, dash | ((length > 0) & ~leading_zero)


def protocol(raw: Bytes, opening: Ints, closing: Ints) -> Ints:
    """Return 10 * major + minor of `` HTTP/a.b`` at the end of a request, 100 + major of `` HTTP/a``, or -1."""
    chars = window(raw, np.maximum(closing - 9, 0), 9)
    digit = chars - np.uint8(_ZERO) < 10  # noqa: PLR2004 - uint8 wraps below "0"
    long = digit[6] & (chars[7] == ord(".")) & digit[8] & (closing - 9 > opening)
    short = digit[8] & (closing - 7 > opening)
    for i, char in enumerate(b" HTTP/"):
        long &= chars[i] == char
        short &= chars[i + 2] == char
    major = chars[6].astype(np.int64) - _ZERO
    minor = chars[8].astype(np.int64) - _ZERO
    return np.where(long, major * 10 + minor, np.where(short, 100 + minor, -1))
