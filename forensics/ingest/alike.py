"""Many rows of a CSV file at once, where they mean the same but for their time and address.

Logs repeat themselves: of thousands of rows only time and address differ. A format that says so (``Alike``) has one row
of each sort read by its ``event``; the others of that sort take its columns and their own time and address, read in
bulk. Only the commonest spelling of a time is read here; a row with any other, or with anything else unusual, goes
through ``event`` itself. So the result is the same as without this module (tests compare both), only sooner.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

from forensics.event_table import column_of, event_schema, to_batch
from forensics.ingest import fields
from forensics.model import AddressForm, Event, Precision, ZoneBasis

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from forensics.ingest.evidence import Evidence

MOST_SORTS = 4_096
"""Sorts of rows that are remembered; where nearly every row is of its own sort, nothing is gained."""

_WRITTEN = "0000-00-00 00:00:00 UTC"
_DIGITS = [place for place, sign in enumerate(_WRITTEN) if sign == "0"]
_SIGNS = [place for place, sign in enumerate(_WRITTEN) if sign != "0"]
_NOT_A_TIME = -(1 << 62)


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
    """Consecutive records of one line each, all with as many cells as the header; ``first`` is the first line's number."""

    first: int
    header: tuple[str, ...]
    records: Sequence[Sequence[str]]


class Caster:
    """Turns the blocks of one member into columns."""

    def __init__(self, evidence: Evidence, alike: Alike, event: Callable[[Block, int], Event | None]) -> None:
        """``event`` reads one record of a block exactly, or accounts for it otherwise and returns ``None``."""
        self._alike = alike
        self._event = event
        self._identity = Identity(evidence)
        self._sorts: dict[tuple[Any, ...], Event] = {}

    def batch(self, block: Block) -> pa.RecordBatch | None:
        """Return the events of a block in order, or ``None`` if there are none."""
        places = self._alike.places(block.header)
        if places is None:
            events = [event for at in range(len(block.records)) if (event := self._event(block, at)) is not None]
            return to_batch(events, event_schema()) if events else None
        columns = list(zip(*block.records, strict=True))
        times, written = columns[places[0]], columns[places[1]]
        rest = [column for place, column in enumerate(columns) if place not in places]
        moments = microseconds(times)
        kinds: dict[int, int] = {}  # identity of an event that stands for its sort -> its row among ``samples``
        samples: list[Event] = []
        kept: list[int] = []
        sort_of: list[int] = []
        odd: dict[int, Event] = {}
        keys = zip(*rest, strict=True) if rest else repeat(())
        for index, (moment, address, key) in enumerate(zip(moments.tolist(), written, keys, strict=False)):
            usual = moment != _NOT_A_TIME and not (address and address.isspace())
            sort = (key, not address)
            event = self._sorts.get(sort) if usual else None
            if event is None:
                event = self._event(block, index)
                if event is None:
                    continue
                odd[len(kept)] = event
                if usual:
                    self._remember(sort, event, times[index], address)
            if id(event) not in kinds:
                kinds[id(event)] = len(samples)
                samples.append(event)
            kept.append(index)
            sort_of.append(kinds[id(event)])
        return self._columns(block, kept, (samples, sort_of), odd, (moments, times, written)) if kept else None

    def _remember(self, sort: tuple[Any, ...], event: Event, time: str, address: str) -> None:
        """Let an event stand for its sort of rows, if the format kept its promise for this one."""
        if len(self._sorts) >= MOST_SORTS:
            self._sorts.clear()
        usual = event.zone_basis is ZoneBasis.EXPLICIT and event.precision is Precision.SECOND
        if usual and (event.time_text, event.address_text) == (time, address):
            self._sorts[sort] = event

    def _columns(
        self,
        block: Block,
        kept: list[int],
        sorts: tuple[list[Event], list[int]],
        odd: dict[int, Event],
        own: tuple[NDArray[np.int64], Sequence[str], Sequence[str]],
    ) -> pa.RecordBatch:
        """Put the batch together: shared columns by sort, own columns by row; odd rows bring all of theirs."""
        moments, times, written = own
        seen = [*map(plain_address, [written[index] for index in kept])]
        places = [f"line:{block.first + index}" for index in kept]
        values: dict[str, list[Any]] = {
            "event_id": [*map(self._identity.of, places)],
            "time_text": [times[index] for index in kept],
            **dict(
                zip(
                    ("address", "source_port", "address_text", "address_form"),
                    map(list, zip(*seen, strict=True)),
                    strict=True,
                )
            ),
            "place": places,
        }
        return assembled(sorts, values, moments[kept], odd)


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


def assembled(
    sorts: tuple[list[Event], list[int]],
    values: dict[str, list[Any]],
    instants: NDArray[np.int64],
    odd: Mapping[int, Event],
) -> pa.RecordBatch:
    """Put a batch together: shared columns by sort, own columns (``values``, ``instants``) by row.

    ``sorts`` are the events that stand for their sorts and, for each row, which of them; rows that are ``odd`` bring all
    columns of theirs.
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
    arrays["time"] = pa.array(instants, type=pa.int64(), mask=missing).cast(schema.field("time").type)
    return pa.RecordBatch.from_arrays([arrays[name] for name in schema.names], schema=schema)


def plain_address(written: str) -> tuple[str | None, int | None, str, AddressForm]:
    """Return what ``fields.address`` says; a plain IPv4 address, which is its own canonical form, without asking it."""
    try:
        plain = socket.inet_ntop(socket.AF_INET, socket.inet_pton(socket.AF_INET, written)) == written
    except (OSError, ValueError):
        plain = False
    if plain:
        return written, None, written, AddressForm.V4
    found = fields.address(written)
    return found.address, found.port, found.text, found.form


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
    return np.where(good, seconds * 1_000_000, _NOT_A_TIME)
