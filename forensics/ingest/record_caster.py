"""Many records of a JSON list at once, where they mean the same but for their time, address, port and device.

As ``line_caster`` for CSV rows. Records that are known by their bytes (``record_lines``), and whose sort is known
(``record_sorts``), are put into columns together (``record_columns``); the others become events one by one, and stand
between them in their place. Whatever is unusual goes through the format's ``event`` itself: no or odd time, an address
with a port or of an odd spelling, ``null`` or a number that is none. So the result is the same as without this module
(tests compare both), only sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from forensics.event_table import column_of, event_schema
from forensics.ingest.event_columns import spread, times
from forensics.ingest.numbered_places import numbered
from forensics.ingest.record_columns import FORMS, NUMBER_OF, Usual, columns, usual
from forensics.ingest.record_lines import Records
from forensics.ingest.record_sorts import KnownSorts, Read, Sort, Values
from forensics.ingest.text_cells import Identity, array_of, enum_of

if TYPE_CHECKING:
    from forensics.ingest.alike_records import AlikeRecords
    from forensics.ingest.byte_windows import Ints
    from forensics.ingest.evidence import Evidence
    from forensics.ingest.format import Row, Stretch
    from forensics.model import Event

MOST_LINES = 16_384
"""Spellings of whole records that are remembered."""


class _Alone(NamedTuple):
    """Records that became events one by one: by their places in the stretch what each is like, and its own columns.

    ``looked_at`` are all that were looked at, also those that are no events; ``odd`` those that are not like others.
    """

    looked_at: list[int]
    rows: list[int]
    events: list[Event]
    own: list[Read]
    seconds: list[int]
    odd: dict[int, Event]


class _Gathered(NamedTuple):
    """Records that are known by their bytes: their places in the stretch, what each is like (``number``), their columns."""

    rows: Ints
    stand: Sequence[Event]
    number: Ints
    seconds: Ints
    form: Ints
    texts: Mapping[str, pa.Array]


_NO_ROWS = np.zeros(0, np.int64)
_NOTHING = _Gathered(_NO_ROWS, (), _NO_ROWS, _NO_ROWS, _NO_ROWS, {})


class RecordCaster:
    """Turns stretches of one member's lists into columns."""

    def __init__(
        self,
        evidence: Evidence,
        alike: AlikeRecords,
        event: Callable[[Row], Event | None],
        tried: Callable[[Row], Event | None],
    ) -> None:
        """``event`` reads a row exactly, or accounts for it and returns ``None``; ``tried`` accounts for nothing."""
        self._event = event
        self._identity = Identity(evidence.exhibit, evidence.member)
        self._sorts = KnownSorts(alike, self._identity, tried)
        self._lines: dict[tuple[str, bytes], Sort] = {}  # by what stands around the own values, undecoded

    def batch(self, stretch: Stretch) -> pa.RecordBatch | None:
        """Return the events of a stretch in order, or ``None`` if there are none."""
        records = stretch.values
        if isinstance(records, Records):
            seen = usual(records, self._sorts.device)
            sorts = [self._lines.get((stretch.section, key)) for key in records.keys]
            alone = self._alone(stretch, self._left(stretch, records, seen, sorts))
            known = np.array([sort is not None for sort in sorts])
            together = seen.fits & (records.spelling >= 0) & known[records.spelling]
            together[alone.looked_at] = False
            return self._put_together(stretch, alone, self._gathered(records, seen, sorts, np.flatnonzero(together)))
        section = stretch.section
        found = ((at, *self._sorts.known(section, record)) for at, record in enumerate(records))
        return self._put_together(stretch, self._alone(stretch, found), _NOTHING)

    def _left(
        self, stretch: Stretch, records: Records, seen: Usual, sorts: list[Sort | None]
    ) -> Iterator[tuple[int, Sort | None, Values | None]]:
        """Yield what ``known`` says of each record that is not known by its bytes; ``sorts`` are learned meanwhile."""
        known = np.array([sort is not None for sort in sorts])
        for at in np.flatnonzero(~(seen.fits & (records.spelling >= 0) & known[records.spelling])).tolist():
            number = int(records.spelling[at]) if seen.fits[at] else -1
            if number >= 0 and sorts[number] is not None:
                continue
            sort, values = self._sorts.known(stretch.section, records[at])
            if number >= 0 and sort is not None and values is not None and values.texts == records.own(at):
                if len(self._lines) >= MOST_LINES:
                    self._lines.clear()
                sorts[number] = self._lines[stretch.section, records.keys[number]] = sort
            yield at, sort, values

    def _alone(self, stretch: Stretch, each: Iterable[tuple[int, Sort | None, Values | None]]) -> _Alone:
        """Make events of records one by one."""
        found = _Alone([], [], [], [], [], {})
        for at, known, values in each:
            found.looked_at.append(at)
            if known is not None and values is not None:
                event, own, second = known.event, self._sorts.read(known, values), values.seconds
            else:
                row = stretch.row(at)
                odd = self._event(row)
                if values is not None:
                    self._sorts.remember(stretch.section, values, row, odd)
                if odd is None:
                    continue
                event, own, second = odd, Read._make(getattr(odd, name) for name in Read._fields), 0
                found.odd[len(found.rows)] = odd
            found.rows.append(at)
            found.events.append(event)
            found.own.append(own)
            found.seconds.append(second)
        return found

    def _gathered(self, records: Records, seen: Usual, sorts: Sequence[Sort | None], rows: Ints) -> _Gathered:
        """Put records whose sort is known into columns."""
        if not len(rows):
            return _NOTHING
        given = records.spelling[rows]
        present = np.unique(given)
        used = [sort for sort in (sorts[number] for number in present.tolist()) if sort is not None]
        number = np.searchsorted(present, given)
        texts = columns(records, seen, rows, used, number)
        return _Gathered(rows, [sort.event for sort in used], number, seen.seconds[rows], seen.form[rows], texts)

    def _put_together(self, stretch: Stretch, alone: _Alone, many: _Gathered) -> pa.RecordBatch | None:
        """Return both kinds of events in the order of their records."""
        rows = np.concatenate([many.rows, np.array(alone.rows, np.int64)])
        if not len(rows):
            return None
        order = np.argsort(rows)
        samples = {id(event): event for event in (*many.stand, *alone.events)}
        place_of = {one: at for at, one in enumerate(samples)}
        stand = np.array([place_of[id(event)] for event in many.stand], np.int64)
        which = np.concatenate([stand[many.number], np.array([place_of[id(one)] for one in alone.events], np.int64)])
        kinds = {item.name: item.type for item in event_schema()}
        own = {}
        for name, values in zip(Read._fields, zip(*alone.own, strict=True), strict=False):
            own[name] = column_of([*values], kinds[name]) if name != "address_form" else values
        forms = np.concatenate([many.form, np.array([NUMBER_OF[one] for one in own.pop("address_form", ())], np.int64)])
        texts = {name: _in_order(name, many.texts, own, order) for name in {**many.texts, **own}}
        seconds = np.concatenate([many.seconds, np.array(alone.seconds, np.int64)])[order]
        back = np.argsort(order)
        odd = {int(back[len(many.rows) + at]): event for at, event in alone.odd.items()}
        places = numbered([f"{stretch.list}/"], [rows[order] + stretch.first])
        return spread(
            [*samples.values()],
            which[order],
            {
                **texts,
                "address_form": enum_of(forms[order], FORMS),
                "time": times(seconds * 1_000_000, odd),
                "place": places,
                "event_id": self._identity.column(places),
            },
        )


def _in_order(name: str, many: Mapping[str, pa.Array], alone: Mapping[str, pa.Array], order: Ints) -> pa.Array:
    """Return a column of both kinds of records in the order of their places."""
    if name not in alone:
        return many[name]
    if name not in many:
        return alone[name]
    return pa.concat_arrays([many[name], alone[name]]).take(array_of(order))
