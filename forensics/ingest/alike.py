"""Many rows of a CSV file at once, where they mean the same but for their time and address.

Logs repeat themselves: of thousands of rows only time and address differ. A format that says so (``Alike``) has one row
of each sort read by its ``event``; the others of that sort take its columns and their own time and address, read in
bulk. Only the commonest spelling of a time is read here; a row with any other, or with anything else unusual, goes
through ``event`` itself. So the result is the same as without this module (tests compare both), only sooner.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from forensics.event_table import column_of, event_schema, to_batch
from forensics.ingest import fields
from forensics.ingest.alike_lines import KnownLines, Lines
from forensics.ingest.times_in_columns import NOT_A_TIME, microseconds
from forensics.model import AddressForm, Event, Precision, ZoneBasis

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from forensics.ingest.evidence import Evidence

MOST_SORTS = 4_096
"""Sorts of rows that are remembered; where nearly every row is of its own sort, nothing is gained."""

MOST_ADDRESSES = 65_536
"""Spellings of addresses that are remembered for one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """The columns in which rows of one sort may differ, by name as ``plain`` reduces it.

    The format promises: the cell of ``time`` becomes ``when`` by ``fields.instant`` and nothing else, the cell of
    ``address`` becomes ``address`` by ``fields.address`` and nothing else, and no other column depends on them unless
    they are empty.
    """

    time: str
    address: str
    plain: Callable[[str], str]

    def places(self, header: Sequence[str]) -> tuple[int, int] | None:
        """Return where both columns stand, if each is there exactly once."""
        names = [self.plain(name) for name in header]
        if names.count(self.time) != 1 or names.count(self.address) != 1:
            return None
        return names.index(self.time), names.index(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Consecutive records of one line each (``texts``), all with as many cells as the header; ``first`` numbers the first."""

    first: int
    header: tuple[str, ...]
    records: Sequence[Sequence[str]]
    texts: Sequence[str]

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.records)


class Caster:
    """Turns the blocks of one member into columns."""

    def __init__(
        self,
        evidence: Evidence,
        alike: Alike,
        event: Callable[[Block | Lines, int], Event | None],
        known: Callable[[], KnownLines | None],
    ) -> None:
        """``event`` reads one record of a block exactly, or accounts for it otherwise and returns ``None``."""
        self._alike = alike
        self._event = event
        self._known = known
        self._identity = Identity(evidence)
        self._header: tuple[str, ...] = ()
        self._sorts: dict[tuple[Any, ...], Event] = {}
        self._addresses: dict[str, tuple[str | None, int | None, str, AddressForm]] = {}

    def batch(self, block: Block | Lines) -> pa.RecordBatch | None:
        """Return the events of a block in order, or ``None`` if there are none."""
        places = self._alike.places(block.header)
        if block.header != self._header:  # the same cells mean something else under another header
            self._sorts.clear()
            self._header = block.header
        if places is None:
            events = [event for at in range(len(block)) if (event := self._event(block, at)) is not None]
            return to_batch(events, event_schema()) if events else None
        if isinstance(block, Lines):
            return self._cast(block, _own_of(block, places))
        columns = list(zip(*block.records, strict=True))
        times, written = columns[places[0]], columns[places[1]]
        rest = [column for place, column in enumerate(columns) if place not in places]
        keys = zip(*rest, strict=True) if rest else repeat(())
        events_of = (None,) * len(block)
        return self._cast(block, _Own(times, written, microseconds(times), keys, events_of))

    def _cast(self, block: Block | Lines, own: _Own) -> pa.RecordBatch | None:
        """Find the sort of each row that is not known by its line yet, and put the columns together."""
        kinds: dict[int, int] = {}  # identity of an event that stands for its sort -> its row among ``samples``
        samples: list[Event] = []
        kept: list[int] = []
        sort_of: list[int] = []
        odd: dict[int, Event] = {}
        rows = zip(own.events, own.moments.tolist(), own.addresses, own.keys, strict=False)
        for index, (stands, moment, address, key) in enumerate(rows):
            event = stands
            if event is None:
                usual = moment != NOT_A_TIME and not (address and address.isspace())
                sort = (key, not address)
                event = self._sorts.get(sort) if usual else None
                if event is None:
                    event = self._event(block, index)
                    if event is None:
                        continue
                    odd[len(kept)] = event
                    if usual:
                        self._remember(sort, event, own.times[index], address)
                if usual and self._sorts.get(sort) is event:
                    self._learn(block.texts[index], own.times[index], address, event)
            number = kinds.get(id(event))
            if number is None:
                number = kinds[id(event)] = len(samples)
                samples.append(event)
            kept.append(index)
            sort_of.append(number)
        return self._columns(block, kept, (samples, sort_of), odd, own) if kept else None

    def _learn(self, text: str, time: str, address: str, event: Event) -> None:
        known = self._known()
        if known is not None:
            known.learn(text, time, address, event)

    def _remember(self, sort: tuple[Any, ...], event: Event, time: str, address: str) -> None:
        """Let an event stand for its sort of rows, if the format kept its promise for this one."""
        if len(self._sorts) >= MOST_SORTS:
            self._sorts.clear()
        usual = event.zone_basis is ZoneBasis.EXPLICIT and event.precision is Precision.SECOND
        if usual and (event.time_text, event.address_text) == (time, address):
            self._sorts[sort] = event

    def _columns(
        self,
        block: Block | Lines,
        kept: list[int],
        sorts: tuple[list[Event], list[int]],
        odd: dict[int, Event],
        own: _Own,
    ) -> pa.RecordBatch:
        """Put the batch together: shared columns by sort, own columns by row; odd rows bring all of theirs."""
        whole = len(kept) == len(block)
        written = own.addresses if whole else [own.addresses[index] for index in kept]
        seen = self._seen(written)
        places = [f"line:{block.first + index}" for index in kept]
        values: dict[str, list[Any]] = {
            "time_text": list(own.times) if whole else [own.times[index] for index in kept],
            **dict(
                zip(
                    ("address", "source_port", "address_text", "address_form"),
                    map(list, zip(*seen, strict=True)),
                    strict=True,
                )
            ),
            "place": places,
        }
        ids = {"event_id": self._identity.column(places)}
        return assembled(sorts, values, own.moments if whole else own.moments[kept], odd, ids)

    def _seen(self, written: Sequence[str]) -> list[tuple[str | None, int | None, str, AddressForm]]:
        """Read addresses, each spelling once."""
        held = self._addresses
        if len(held) > MOST_ADDRESSES:
            held.clear()
        held.update((text, plain_address(text)) for text in set(written).difference(held))
        return [held[text] for text in written]


class _Own(NamedTuple):
    """What rows have for themselves, in columns; ``keys`` is the rest of each, ``events`` stand for known lines."""

    times: Sequence[str]
    addresses: Sequence[str]
    moments: NDArray[np.int64]
    keys: Iterable[tuple[str, ...]]
    events: Sequence[Event | None]


def _own_of(lines: Lines, places: tuple[int, int]) -> _Own:
    """Complete what lines have for themselves by the cells of those that are not known."""
    if not lines.cells:
        return _Own(lines.times, lines.addresses, lines.moments, repeat(()), lines.events)
    times, addresses, moments = list(lines.times), list(lines.addresses), lines.moments.copy()
    keys: list[tuple[str, ...]] = [()] * len(lines)
    for at, cells in lines.cells.items():
        times[at], addresses[at] = cells[places[0]], cells[places[1]]
        keys[at] = tuple([cell for place, cell in enumerate(cells) if place not in places])
    moments[list(lines.cells)] = microseconds([times[at] for at in lines.cells])
    return _Own(times, addresses, moments, keys, lines.events)


class Identity:
    """Gives ``model.event_id`` of the rows of one member."""

    def __init__(self, evidence: Evidence) -> None:
        """What stands before the place is digested once."""
        start = f"{evidence.exhibit}\n{evidence.member}\n".encode("utf-8", "surrogateescape")
        self._digest = hashlib.sha256(start)

    def of(self, place: str) -> str:
        """Return the id of the row at a place."""
        digest = self._digest.copy()
        digest.update(place.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:32]

    def column(self, places: Sequence[str]) -> pa.Array:
        """Return the ids of the rows at many places."""
        import numpy as np
        import pyarrow as pa

        start, found = self._digest, []
        for place in places:
            digest = start.copy()
            digest.update(place.encode("utf-8", "surrogateescape"))
            found.append(digest.digest()[:16])
        offsets = np.arange(0, 32 * len(places) + 1, 32, dtype=np.int32)
        written = pa.py_buffer(b"".join(found).hex().encode())
        return pa.StringArray.from_buffers(len(places), pa.py_buffer(offsets), written)


def assembled(
    sorts: tuple[list[Event], list[int]],
    values: dict[str, list[Any]],
    instants: NDArray[np.int64],
    odd: Mapping[int, Event],
    ready: Mapping[str, pa.Array] | None = None,
) -> pa.RecordBatch:
    """Put a batch together: shared columns by sort, own columns (``values``, ``instants``) by row.

    ``sorts`` are the events that stand for their sorts and, for each row, which of them; rows that are ``odd`` bring all
    columns of theirs but those that are ``ready``.
    """
    import pyarrow as pa

    samples, sort_of = sorts
    batch = to_batch(samples, event_schema()).take(pa.array(sort_of, type=pa.int32()))
    undated = []
    for at, event in odd.items():
        for name, column in values.items():
            column[at] = getattr(event, name)
        if event.time is None:
            undated.append(at)
        else:
            instants[at] = (event.time - fields.EPOCH_START) // fields.MICROSECOND
    missing = None
    if undated:
        import numpy as np

        missing = np.zeros(len(sort_of), dtype=bool)
        missing[undated] = True
    schema = event_schema()
    arrays = {
        item.name: column_of(values[item.name], item.type) if item.name in values else batch.column(item.name)
        for item in schema
    }
    arrays.update(ready or {})
    arrays["time"] = pa.array(instants, type=pa.int64(), mask=missing).cast(schema.field("time").type)
    return pa.RecordBatch.from_arrays([arrays[name] for name in schema.names], schema=schema)


def plain_address(written: str) -> tuple[str | None, int | None, str, AddressForm]:
    """Return what ``fields.address`` says; a plain address in its canonical form without asking it."""
    family, form = (socket.AF_INET6, AddressForm.V6) if ":" in written else (socket.AF_INET, AddressForm.V4)
    try:
        plain = socket.inet_ntop(family, socket.inet_pton(family, written)) == written
    except (OSError, ValueError):
        plain = False
    if plain and (form is AddressForm.V4 or "." not in written):  # a dotted end is that of a v4-mapped address
        return written, None, written, form
    found = fields.address(written)
    return found.address, found.port, found.text, found.form
