"""Lines of a CSV file that are known by what stands around their time and address, before they are split into cells.

Of a hundred lines of a log ninety differ from an earlier one in time and address only. A line is cut at its first
delimiters, as far as these two columns go; if what stands before, between and behind them is byte by byte that of a
line that was read exactly, its cells are the same, too. So the cut is enough where time and address are spelled in the
commonest way, without anything that CSV or a header could take for something else; every other line is split as ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.ingest.times_in_columns import WRITTEN, microseconds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from forensics.ingest.byte_windows import Flags, Ints
    from forensics.ingest.line_block import LineBlock
    from forensics.ingest.seen_addresses import Seen, SeenAddresses
    from forensics.ingest.text_cells import Cells
    from forensics.model import Event

MOST_LINES = 16_384
"""Spellings of lines that are remembered."""

_PLAIN = re.compile(r"[0-9A-Fa-f.:]*")
_TIME = re.compile(re.escape(WRITTEN).replace("0", "[0-9]"))
_PIECES = 6  # of a line: before, time, between, address, behind, its end; or with time and address in turn
_UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is seen of the lines of a block, one element each.

    ``fits``: cut as it should be, with a plain time (``moment``, µs since 1970) and nothing strange for an address;
    ``seen`` is the address; ``time`` and ``address`` number these cells among ``cells``; ``given``: there is one. ``spelling``
    numbers what stands around both; ``keys`` are the spellings.
    """

    cells: Cells
    fits: Flags
    moment: Ints
    time: Ints
    address: Ints
    given: Flags
    seen: Seen
    spelling: NDArray[np.int32]
    keys: Sequence[bytes]


class KnownLines:
    """Remembers lines of one file: what stands around time and address, and the event that stands for the sort."""

    def __init__(self, header: tuple[str, ...], delimiter: str, places: tuple[int, int]) -> None:
        """``places`` are those of the time and the address among the cells."""
        self.header = header
        self._delimiter = delimiter
        self._time, self._address = places
        self._cut = max(places) + 1
        self._parts = min(self._cut + 1, len(header))
        self._known: dict[tuple[bytes, bool], int] = {}
        self._addresses: SeenAddresses | None = None
        self.stand: list[Event] = []
        self.usable = len(header) > len(places) and not any(
            name and (_PLAIN.fullmatch(name) or _TIME.fullmatch(name)) for name in header
        )

    def look(self, block: LineBlock) -> Looked:
        """Cut the lines of a block; nothing is said of lines that are not whole records."""
        import numpy as np

        from forensics.ingest.byte_windows import window
        from forensics.ingest.seen_addresses import SeenAddresses
        from forensics.ingest.text_cells import Cells, joined

        if self._addresses is None:
            self._addresses = SeenAddresses()
        fits, spans = self._spans(block)
        (time_at, time_end), (at, end) = spans
        moment, good = microseconds(window(block.raw, time_at, len(WRITTEN)))
        fits &= good & (time_end - time_at == len(WRITTEN))
        seen = self._addresses.look(block, at, end, fits)
        fits &= seen.usable
        lower, upper = spans if self._time < self._address else spans[::-1]
        start, stop = block.bounds
        cells = Cells(block.data, np.stack([start, *lower, *upper, stop], axis=1))
        base = np.arange(len(start)) * _PIECES
        numbers = np.stack([base, base + 2, base + 4], axis=1)
        spelled = joined(cells.array(), numbers).dictionary_encode()
        first, second = base + 1, base + 3
        return Looked(
            cells=cells,
            fits=fits,
            moment=moment,
            time=first if self._time < self._address else second,
            address=second if self._time < self._address else first,
            given=end > at,
            seen=seen,
            spelling=spelled.indices.to_numpy(),
            keys=spelled.dictionary.cast("binary").to_pylist(),
        )

    def _spans(self, block: LineBlock) -> tuple[Flags, tuple[tuple[Ints, Ints], tuple[Ints, Ints]]]:
        """Return which lines can be cut, and the spans of time and address (of the others: empty)."""
        import numpy as np

        start, end = block.bounds
        count, first, found = block.delimiters
        fits = count >= self._cut if self._parts > self._cut else count == self._cut - 1
        found = np.append(found, np.zeros(self._cut, np.int64))

        def span(place: int) -> tuple[Ints, Ints]:
            begin = found[first + place - 1] + 1 if place else start
            stop = found[first + place] if place + 1 < self._parts else end
            return np.where(fits, begin, start), np.where(fits, stop, start)

        return fits, (span(self._time), span(self._address))

    def numbers(self, looked: Looked) -> list[list[int]]:
        """Return, for every spelling, which of ``stand`` stands for it without and with an address; -1 for none."""
        if len(self._known) >= MOST_LINES:
            self._known.clear()
            self.stand = []
        get = self._known.get
        return [[get((key, given), _UNKNOWN) for key in looked.keys] for given in (False, True)]

    def learn(self, key: bytes, text: str, event: Event) -> int:
        """Let an event stand for all lines that are spelled like this one; -1 if it cannot.

        It can, if its time and address stand there plainly, and nothing before them is quoted.
        """
        parts = text.split(self._delimiter, self._cut)
        if not self.usable or len(parts) != self._parts or any('"' in part for part in parts[: self._cut]):
            return _UNKNOWN
        written = parts[self._time], parts[self._address]
        if written != (event.time_text, event.address_text):
            return _UNKNOWN
        self.stand.append(event)
        number = self._known[key, bool(written[1])] = len(self.stand) - 1
        return number
