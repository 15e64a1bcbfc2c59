"""Lines of a CSV file become events: many at once where they are known, one by one where they are not.

Where the next line stands in no known sort, the reader's own record is taken, whatever it is and however many lines it
spans; what became of it stands between the others in its place. So the order, the places, the rejections and the counts
are those of reading row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa

from forensics.ingest.event_columns import spread, times
from forensics.ingest.numbered_places import numbered
from forensics.ingest.seen_addresses import FORMS, NONE
from forensics.ingest.text_cells import Identity, array_of, enum_of
from forensics.model import Event, Precision, ZoneBasis

if TYPE_CHECKING:
    from forensics.ingest.alike_lines import KnownLines, Looked
    from forensics.ingest.byte_windows import Ints
    from forensics.ingest.evidence import Evidence
    from forensics.ingest.format import Flaw, Row, Unused
    from forensics.ingest.line_block import LineBlock

MOST_LOOKS = 4
"""How often one block is looked at: each header in it asks for another look."""

_ODD = -1


class Table(Protocol):
    """The records of a CSV file, one after another, and the lines among which the next of them stands."""

    known: KnownLines | None
    """What is known of the lines under the present header; another header, another memory."""

    @property
    def number(self) -> int:
        """How many lines are done with."""

    def more(self) -> bool:
        """Whether there is any line left."""

    def here(self) -> tuple[LineBlock, int, int] | None:
        """The lines among which the next record begins: block, index of its first line, number of the block's first."""

    def skip(self, lines: int) -> None:
        """Take lines that were looked at."""

    def record(self) -> Sequence[Row | Flaw | Unused]:
        """Take the next record, however many lines it spans."""

    def row(self, text: str, number: int, header: tuple[str, ...]) -> Row:
        """Return a line that is known to be a record under a header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Rows to be put into columns: lines of a block that are known, and between them events that were read exactly.

    ``rows`` are their lines, ``sorts`` what stands for each, by its number in ``stand``; of a row in ``odd`` (by its
    place among the rows) it is the event itself. ``first`` is the number of the block's first line.
    """

    block: LineBlock
    looked: Looked
    header: tuple[str, ...]
    first: int
    rows: Ints
    sorts: Ints
    odd: Mapping[int, Event]
    stand: Sequence[Event]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)


class LineCaster:
    """Turns the lines of one member into events, as many together as can be."""

    def __init__(
        self, evidence: Evidence, table: Table, account: Callable[[Row | Flaw | Unused], Event | None]
    ) -> None:
        """``account`` reads one row exactly, or accounts for it otherwise and returns ``None``."""
        self._identity = Identity(evidence.exhibit, evidence.member)
        self._table = table
        self._account = account
        self._looks: tuple[LineBlock | None, int] = (None, 0)

    def events(self) -> Iterator[Event | Gathered]:
        """Yield all events in order."""
        table = self._table
        while table.more():
            here, known = table.here(), table.known
            if here is not None and known is not None and known.usable and self._may_look(here[0]):
                yield self._gathered(known, *here)
            else:
                yield from filter(None, map(self._account, table.record()))

    def _may_look(self, block: LineBlock) -> bool:
        seen, looks = self._looks
        self._looks = (block, looks + 1 if block is seen else 1)
        return self._looks[1] <= MOST_LOOKS

    def _gathered(self, known: KnownLines, block: LineBlock, at: int, first: int) -> Gathered:
        """Take lines up to the end of the block, or to another header."""
        looked = known.look(block)
        numbers = known.numbers(looked)
        given = looked.given.astype(np.int64)
        sorts = np.where(looked.fits, np.array(numbers, np.int64)[given, looked.spelling], _ODD)
        taken = sorts != _ODD
        taken[:at] = False
        odd: dict[int, Event] = {}
        end, done = len(block), at
        for line in (np.flatnonzero(sorts[at:] == _ODD) + at).tolist():
            if line < done:
                continue
            spelling, has = int(looked.spelling[line]), int(given[line])
            if looked.fits[line] and numbers[has][spelling] != _ODD:  # learned meanwhile
                sorts[line], taken[line] = numbers[has][spelling], True
                continue
            self._table.skip(line - done)
            before = self._table.number
            event = next(filter(None, map(self._account, self._table.record())), None)
            spanned = self._table.number - before  # it may go on in the next block
            done = min(line + spanned, end)
            taken[line + 1 : done] = False
            if event is not None:
                odd[line], taken[line] = event, True
                if looked.fits[line] and spanned == 1 and _is_usual(event):
                    numbers[has][spelling] = known.learn(looked.keys[spelling], block.line(line), event)
            if self._table.known is not known:
                end = done
                break
        else:
            self._table.skip(end - done)
        taken[end:] = False
        rows = np.flatnonzero(taken)
        places = np.searchsorted(rows, np.array(list(odd), np.int64)).tolist()
        return Gathered(
            block=block,
            looked=looked,
            header=known.header,
            first=first,
            rows=rows,
            sorts=sorts[rows],
            odd=dict(zip(places, odd.values(), strict=True)),
            stand=known.stand,
        )

    def row(self, found: Gathered, at: int) -> Event | None:
        """Read one row by itself."""
        if at in found.odd:
            return found.odd[at]
        line = int(found.rows[at])
        return self._account(self._table.row(found.block.line(line), found.first + line, found.header))

    def batch(self, found: Gathered) -> pa.RecordBatch | None:
        """Put rows into columns: shared columns by sort, own columns by row; odd rows bring all of theirs."""
        if not len(found):
            return None
        used = np.flatnonzero(np.bincount(found.sorts[found.sorts != _ODD], minlength=1))
        samples = [*(found.stand[number] for number in used.tolist() if number < len(found.stand)), *found.odd.values()]
        place_of = np.zeros(len(found.stand) + 1, np.int64)
        place_of[used] = np.arange(len(used))
        which = place_of[found.sorts]
        which[list(found.odd)] = np.arange(len(samples) - len(found.odd), len(samples))
        return spread(samples, which, self._own(found))

    def _own(self, found: Gathered) -> dict[str, pa.Array]:
        looked, rows, cells = found.looked, found.rows, found.looked.cells
        time = looked.time[rows]
        address, text, form, port = looked.seen.columns(rows, looked.address[rows], cells)
        for at, event in found.odd.items():
            time[at], text[at] = cells.add(event.time_text), cells.add(event.address_text)
            address[at] = NONE if event.address is None else cells.add(event.address)
            form[at] = FORMS.index(event.address_form)
            port[at] = NONE if event.source_port is None else event.source_port
        if port.max() > np.iinfo(np.uint16).max:
            message = "a port beyond 16 bits"
            raise OverflowError(message)
        array = cells.array()
        places = numbered(["line:"], [rows + found.first])
        return {
            "time": times(looked.moment[rows], found.odd),
            "time_text": array.take(array_of(time)),
            "address": array.take(array_of(address, valid=address != NONE)),
            "address_text": array.take(array_of(text)),
            "address_form": enum_of(form, FORMS),
            "source_port": array_of(np.maximum(port, 0).astype(np.uint16), valid=port != NONE),
            "place": places,
            "event_id": self._identity.column(places),
        }


def _is_usual(event: Event) -> bool:
    return event.zone_basis is ZoneBasis.EXPLICIT and event.precision is Precision.SECOND
