"""Many lines of text held as they stand in a file: where each begins and ends, and any of them as text."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensics.ingest.byte_windows import Bytes, Ints

PAD = 64
"""Zero bytes behind the text, so that fixed windows never leave it."""

_LF, _CR = 10, 13


class LineBlock:
    """Whole lines of valid UTF-8, the last of which may lack its LF, and where a delimiter stands in them."""

    def __init__(self, data: bytes, delimiter: str) -> None:
        """``data`` is not empty, ``delimiter`` is one ASCII character."""
        self.data = data
        self._delimiter = ord(delimiter)

    @cached_property
    def raw(self) -> Bytes:
        """The bytes, with zeros behind them."""
        import numpy as np

        return np.frombuffer(self.data + bytes(PAD), np.uint8)

    @cached_property
    def _marks(self) -> tuple[Ints, Ints]:
        """Where line ends and delimiters stand, and which of these are line ends; the last line has one, if behind it."""
        import numpy as np

        body = self.raw[: len(self.data)]
        marks = np.flatnonzero((body == _LF) | (body == self._delimiter))
        ends = np.flatnonzero(body[marks] == _LF)
        if not self.data.endswith(b"\n"):
            marks, ends = np.append(marks, len(body)), np.append(ends, len(marks))
        return marks, ends

    @cached_property
    def bounds(self) -> tuple[Ints, Ints]:
        """Where every line begins, and where it ends without CR LF."""
        import numpy as np

        marks, which = self._marks
        ends = marks[which]
        start = np.concatenate([[0], ends[:-1] + 1])
        return start, ends - ((self.raw[ends - 1] == _CR) & (ends > start))

    @property
    def delimiters(self) -> tuple[Ints, Ints, Ints]:
        """How many delimiters every line has, which of the third is its first, and where delimiters (and line ends) stand."""
        import numpy as np

        marks, ends = self._marks
        first = np.concatenate([[0], ends[:-1] + 1])
        return ends - first, first, marks

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.bounds[0])

    def line(self, at: int) -> str:
        """Return one line as text."""
        start, end = self.bounds
        return self.data[start[at] : end[at]].decode()
