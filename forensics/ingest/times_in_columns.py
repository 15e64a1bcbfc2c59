"""The commonest spelling of a time, read for a whole column at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WRITTEN = "0000-00-00 00:00:00 UTC"
_DIGITS = [place for place, sign in enumerate(_WRITTEN) if sign == "0"]
_SIGNS = [place for place, sign in enumerate(_WRITTEN) if sign != "0"]
NOT_A_TIME = -(1 << 62)


def microseconds(written: Sequence[str]) -> NDArray[np.int64]:
    """Return microseconds since 1970 of times spelled ``2020-03-11 00:43:10 UTC``; a large negative number for others."""
    import numpy as np

    lengths = np.fromiter(map(len, written), dtype=np.int64, count=len(written))
    signs = np.array(written, dtype=f"U{len(_WRITTEN)}").view(np.uint32).reshape(len(written), len(_WRITTEN))
    digits = signs[:, _DIGITS].astype(np.int64) - ord("0")
    wanted = np.array([ord(_WRITTEN[place]) for place in _SIGNS], dtype=np.uint32)
    good = (lengths == len(_WRITTEN)) & (signs[:, _SIGNS] == wanted).all(axis=1)
    good &= ((digits >= 0) & (digits <= 9)).all(axis=1)  # noqa: PLR2004 - a digit
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    month, day, hour, minute, second = (digits[:, at] * 10 + digits[:, at + 1] for at in (4, 6, 8, 10, 12))
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)  # noqa: PLR2004 - calendar
    good &= (hour <= 23) & (minute <= 59) & (second <= 59)  # noqa: PLR2004 - clock
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    good &= days < (months + 1).astype("datetime64[D]").astype(np.int64)
    seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
    return np.where(good, seconds * 1_000_000, NOT_A_TIME)
