"""Lines of a CSV file that are known by what stands around their time and address, before they are split into cells.

Of a hundred lines of a log ninety differ from an earlier one in time and address only. A line is cut at its first
delimiters, as far as these two columns go; if what stands before, between and behind them is letter by letter that of a
line that was read exactly, its cells are the same, too. So the cut is enough where time and address are spelled in the
commonest way, without anything that CSV or a header could take for something else; every other line is split as ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from forensics.ingest.times_in_columns import NOT_A_TIME, microseconds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from forensics.model import Event

MOST_LINES = 16_384
"""Spellings of lines that are remembered."""

_PLAIN = re.compile(r"[0-9A-Fa-f.:]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Consecutive lines, each a whole record; ``events`` stand for the sorts of those that are known.

    ``cells`` holds the records of the others by their index; ``first`` is the first line's number.
    """

    first: int
    header: tuple[str, ...]
    texts: Sequence[str]
    times: Sequence[str]
    addresses: Sequence[str]
    moments: NDArray[np.int64]
    events: Sequence[Event | None]
    cells: Mapping[int, Sequence[str]]

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.texts)

    def part(self, start: int, end: int, cells: Mapping[int, Sequence[str]]) -> Lines:
        """Return some of the lines; ``cells`` by their index in the part."""
        return Lines(
            first=self.first + start,
            header=self.header,
            texts=self.texts[start:end],
            times=self.times[start:end],
            addresses=self.addresses[start:end],
            moments=self.moments[start:end],
            events=self.events[start:end],
            cells=cells,
        )


class KnownLines:
    """Remembers lines of one file: what stands around time and address, and the event that stands for the sort."""

    def __init__(self, header: Sequence[str], delimiter: str, places: tuple[int, int]) -> None:
        """``places`` are those of the time and the address among the cells."""
        self._delimiter = delimiter
        self._time, self._address = places
        self._cut = max(places) + 1
        self._parts = min(self._cut + 1, len(header))
        self._rest = itemgetter(*(place for place in range(self._parts) if place not in places))
        self._known: tuple[dict[Any, Event], dict[Any, Event]] = ({}, {})  # without and with an address
        confusing = microseconds(header) != NOT_A_TIME
        self._usable = (
            len(header) > len(places)
            and not confusing.any()
            and not any(name and _PLAIN.fullmatch(name) for name in header)
        )

    def look(self, first: int, header: tuple[str, ...], texts: Sequence[str]) -> Lines | None:
        """Return lines with what is known of them; ``None`` where too few are for it to be worth while."""
        if not any(self._known) or not texts:
            return None
        at, to = self._time, self._address
        split = [text.split(self._delimiter, self._cut) for text in texts]
        whole = [parts if len(parts) == self._parts else [""] * self._parts for parts in split]
        times, addresses = [parts[at] for parts in whole], [parts[to] for parts in whole]
        moments = microseconds(times)
        bare, given = (known.get for known in self._known)
        rest, plain = self._rest, _PLAIN.fullmatch
        events = [
            (given if address else bare)(rest(parts)) if fits and plain(address) else None
            for parts, fits, address in zip(whole, (moments != NOT_A_TIME).tolist(), addresses, strict=True)
        ]
        if events.count(None) * 2 > len(events):
            return None
        return Lines(
            first=first,
            header=header,
            texts=texts,
            times=times,
            addresses=addresses,
            moments=moments,
            events=events,
            cells={},
        )

    def learn(self, text: str, time: str, address: str, event: Event) -> None:
        """Let an event stand for all lines that are spelled like this one, if its time and address stand there plainly."""
        parts = text.split(self._delimiter, self._cut)
        if (
            not self._usable
            or len(parts) != self._parts
            or (parts[self._time], parts[self._address]) != (time, address)
        ):
            return
        if _PLAIN.fullmatch(address) and not any('"' in part for part in parts[: self._cut]):
            known = self._known[bool(address)]
            if len(known) >= MOST_LINES:
                known.clear()
            known[self._rest(parts)] = event
