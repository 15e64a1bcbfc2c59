"""Many records of a JSON list at once, where they mean the same but for their time, address, port and device.

As ``line_caster`` for CSV rows. Which values a record has for itself alone is told by the format (``alike_records``); what is
left, spelled as JSON, is its *sort*. The third and every further record of a sort takes its columns from a stand-in:
the record of that sort with values that cannot be confused with any other, read by the format's ``event``. Where each
of them turns up in the event is where the own values of a record go. The second record of the sort is read by ``event``,
too, and compared with what the stand-in would have made of it: a sort for which they differ is read one by one.

Whatever is unusual goes through ``event`` itself: no or odd time, an address with a port or of an odd spelling, ``null``
or a number that is none. So the result is the same as without this module (tests compare both), only sooner.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from forensics.event_table import column_of, event_schema
from forensics.ingest import fields
from forensics.ingest.alike import plain_address
from forensics.ingest.alike_records import ADDRESS, DEVICE, PORT, SECONDS, SPELLED, TITLE, AlikeRecords, Own
from forensics.ingest.event_columns import spread, times
from forensics.ingest.record_lines import Records
from forensics.ingest.record_shapes import Shape, flat, shape_of
from forensics.ingest.text_cells import Identity
from forensics.model import AddressForm, Event, Precision, ZoneBasis

if TYPE_CHECKING:
    import pyarrow as pa

    from forensics.ingest.evidence import Evidence
    from forensics.ingest.format import Row, Stretch

MOST_SORTS = 4_096
"""Sorts of records that are remembered; where nearly every record is of its own sort, nothing is gained."""

MOST_LINES = 16_384
"""Spellings of whole records that are remembered."""

_STANDS_IN: Mapping[str, str] = {
    SECONDS: "1234567891",
    TITLE: "2009-02-13T23:31:31+00:00",
    ADDRESS: "203.0.113.213",
    PORT: "54321",
    DEVICE: "Zq7W8x6c4v2bN1m3",
}
_ANY = re.compile("|".join(map(re.escape, _STANDS_IN.values())))
_TIME = datetime.fromtimestamp(int(_STANDS_IN[SECONDS]), UTC)
_LAST_SECOND = 4_102_444_800
_ELSEWHERE = ("service", "account", "action_text", "user_agent", "stated_place")


_NUMBERS = frozenset({SECONDS, PORT})


class _Values(NamedTuple):
    """The own values of one record as texts by what they are, the time and the address also as read; and its sort."""

    sort: bytes
    texts: dict[str, str]
    seconds: int
    address: tuple[str, AddressForm]


class _Sort(NamedTuple):
    """How the records of a sort become events: the stand-in's event, its detail with holes, and what fills them."""

    event: Event
    detail: str
    holes: tuple[str, ...]
    port: bool
    device: bool


class _Read(NamedTuple):
    """The columns in which events of one sort differ, but for their ids, which follow from their places."""

    time_text: str
    address: str | None
    source_port: int | None
    address_text: str
    address_form: AddressForm
    device: str
    place: str
    detail: str


_OWN_COLUMNS = _Read._fields


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
        self._alike = alike
        self._event = event
        self._tried = tried
        self._identity = Identity(evidence.exhibit, evidence.member)
        self._owns: dict[tuple[Any, ...], tuple[Own, ...]] = {}
        self._sorts: dict[tuple[str, bytes], _Sort | int] = {}  # or how often the sort was seen; below zero: never
        self._lines: dict[tuple[str, bytes], _Sort] = {}  # by what stands around the own values, undecoded
        self._device = lru_cache(maxsize=MOST_SORTS)(alike.device)
        self._shapes: dict[tuple[Any, ...], Shape | None] = {}
        self._encode = msgspec.json.Encoder().encode

    def batch(self, stretch: Stretch) -> pa.RecordBatch | None:
        """Return the events of a stretch in order, or ``None`` if there are none."""
        kinds: dict[int, int] = {}  # identity of an event that stands for its sort -> its row among ``samples``
        samples: list[Event] = []
        sort_of: list[int] = []
        read: list[_Read] = []
        seconds: list[int] = []
        odd: dict[int, Event] = {}
        start = f"{stretch.list}/"
        for index, (known, values) in enumerate(self._each(stretch)):
            if known is not None and values is not None:
                event = known.event
                read.append(self._read(known, values, f"{start}{stretch.first + index}"))
                seconds.append(values.seconds)
            else:
                row = stretch.row(index)
                found = self._event(row)
                if values is not None:
                    self._remember(stretch, values, row, found)
                if found is None:
                    continue
                event = odd[len(read)] = found
                read.append(_Read._make(getattr(event, name) for name in _OWN_COLUMNS))
                seconds.append(0)
            number = kinds.get(id(event))
            if number is None:
                number = kinds[id(event)] = len(samples)
                samples.append(event)
            sort_of.append(number)
        if not read:
            return None
        columns = {name: list(column) for name, column in zip(_OWN_COLUMNS, zip(*read, strict=True), strict=True)}
        kinds_of = {item.name: item.type for item in event_schema()}
        own = {name: column_of(values, kinds_of[name]) for name, values in columns.items()}
        own["time"] = times(np.array(seconds, dtype=np.int64) * 1_000_000, odd)
        own["event_id"] = self._identity.column(own["place"])
        return spread(samples, np.array(sort_of, np.int64), own)

    def _each(self, stretch: Stretch) -> Iterator[tuple[_Sort | None, _Values | None]]:
        """Yield what ``_known`` says of each record; those that are known by their bytes are not decoded."""
        values, section = stretch.values, stretch.section
        if not isinstance(values, Records):
            yield from (self._known(section, record) for record in values)
            return
        sorts = [self._lines.get((section, key)) for key in values.keys]
        for index, (number, own) in enumerate(zip(values.spelling, values.own, strict=True)):
            sort = sorts[number] if own else None
            usual = self._usual(b"", own) if sort is not None else None
            if usual is not None:
                yield sort, usual
                continue
            known, read = self._known(section, values[index])
            if own and sort is None and known is not None and read is not None and read.texts == own:
                if len(self._lines) >= MOST_LINES:
                    self._lines.clear()
                sorts[number] = self._lines[section, values.keys[number]] = known
            yield known, read

    def _known(self, section: str, record: Any) -> tuple[_Sort | None, _Values | None]:
        """Return the sort of a record, if it is known, and its own values, if they are usual."""
        found = flat(record, self._alike.inside) if type(record) is dict else None
        if found is None:
            values = self._values(record)
            return self._sort_of(section, values), values
        names, flat_values = found
        key = (section, names, tuple(map(type, flat_values)))
        shape = self._shapes.get(key)
        rest: Any = None
        if shape is not None:
            for place in shape.nested:
                if flat_values[place]:
                    shape = None
                    break
                flat_values[place] = None
        if shape is not None:
            rest = shape.rest(flat_values)
            sort = shape.sorts.get(rest)
            quick = self._quick(shape, flat_values) if sort is not None else None
            if quick is not None:
                return sort, quick
        values = self._values(record)
        known = self._sort_of(section, values)
        if known is not None:
            self._keep_shape(key, record, flat_values, known, rest)
        return known, values

    def _sort_of(self, section: str, values: _Values | None) -> _Sort | None:
        known = self._sorts.get((section, values.sort)) if values is not None else None
        return known if isinstance(known, _Sort) else None

    def _keep_shape(
        self, key: tuple[Any, ...], record: dict[str, Any], values: Sequence[Any], known: _Sort, rest: Any
    ) -> None:
        """Remember that what is left of a record means a sort that is known."""
        if key not in self._shapes:
            if len(self._shapes) >= MOST_SORTS:
                self._shapes.clear()
            self._shapes[key] = shape_of(record, self._alike.inside, self._alike.own(record), values)
        shape = self._shapes[key]
        if shape is not None and rest is not None:
            shape.sorts[rest] = known

    def _quick(self, shape: Shape, values: Sequence[Any]) -> _Values | None:
        """Return the own values of a flat record; ``None`` where one is not plainly usual."""
        texts: dict[str, str] = {}
        for what, place in shape.own.items():
            text = str(values[place]) if what == TITLE else _written(what, values[place])
            if text is None:
                return None
            texts[what] = text
        return self._usual(b"", texts)

    def _usual(self, sort: bytes, texts: dict[str, str]) -> _Values | None:
        """Return own values, if they are what they seem to be."""
        seconds, address = int(texts.get(SECONDS, "0")), _plain(texts.get(ADDRESS, ""))
        if not 0 < seconds < _LAST_SECOND or address is None:
            return None
        if (TITLE in texts and texts[TITLE] != _iso(seconds)) or (DEVICE in texts and not self._device(texts[DEVICE])):
            return None
        return _Values(sort, texts, seconds, address)

    def _values(self, record: Any) -> _Values | None:
        """Return the own values of a record and its sort; ``None`` if there is anything unusual about them."""
        if type(record) is not dict:
            return None
        inner = record.get(self._alike.inside)
        names = (*record, 0, *inner) if type(inner) is dict else tuple(record)
        owns = self._owns.get(names)
        if owns is None:
            if len(self._owns) >= MOST_SORTS:
                self._owns.clear()
            owns = self._owns[names] = self._alike.own(record)
        texts: dict[str, str] = {}
        held: list[tuple[dict[str, Any], str, Any]] = []
        for what, path in owns:
            holder: Any = record
            for name in path[:-1]:
                holder = holder.get(name) if type(holder) is dict else None
            value = holder.get(path[-1]) if type(holder) is dict else None
            text = _written(what, value)
            if text is None:
                return None
            texts[what] = text
            held.append((holder, path[-1], value))
        if self._usual(b"", texts) is None:
            return None
        sort = self._sort(record, held, owns)
        return None if sort is None else self._usual(sort, texts)

    def _sort(
        self, record: dict[str, Any], held: list[tuple[dict[str, Any], str, Any]], owns: tuple[Own, ...]
    ) -> bytes | None:
        """Spell a record with its own values replaced, and leave it as it was."""
        try:
            for (holder, name, value), own in zip(held, owns, strict=True):
                stands_in = _STANDS_IN[own.what]
                holder[name] = int(stands_in) if type(value) is int else stands_in
            sort = self._encode(record)
        except (ValueError, OverflowError, RecursionError):  # half a character, a number beyond 64 bits
            return None
        finally:
            for holder, name, value in held:
                holder[name] = value
        return None if b"null" in sort else sort  # what is no number is spelled so, too

    def _read(self, sort: _Sort, values: _Values, place: str) -> _Read:
        texts, (address, form) = values.texts, values.address
        return _Read(
            texts[SECONDS],
            address,
            int(texts[PORT]) if sort.port else sort.event.source_port,
            texts[ADDRESS],
            form,
            self._device(texts[DEVICE]) if sort.device else sort.event.device,
            place,
            sort.detail % tuple([texts[name] for name in sort.holes]) if sort.holes else sort.event.detail,
        )

    # --- learning a sort ----------------------------------------------------------------------------------------------

    def _remember(self, stretch: Stretch, values: _Values, row: Row, event: Event | None) -> None:
        """Learn a sort from its second record; a sort that comes once costs nothing more."""
        if len(self._sorts) >= MOST_SORTS:
            self._sorts.clear()
            self._shapes.clear()
        key = (stretch.section, values.sort)
        seen = self._sorts.get(key, 0)
        if event is None or seen == -1:
            self._sorts[key] = -1
        elif seen == 0:
            self._sorts[key] = 1
        else:
            sort = self._learned(values, row)
            fits = sort is not None and self._whole(sort, values, row.place) == event
            self._sorts[key] = sort if sort is not None and fits else -1

    def _learned(self, values: _Values, row: Row) -> _Sort | None:
        """Read the stand-in of a sort and find out where its values turn up; ``None`` if that is not plain."""
        spelled = values.sort.decode()
        if sorted(_ANY.findall(spelled)) != sorted(_STANDS_IN[what] for what in values.texts):
            return None  # another value of the record looks like one of the stand-in
        event = self._tried(dataclasses.replace(row, fields=msgspec.json.decode(values.sort)))
        if event is None or not self._is_plain(event, values.texts):
            return None
        parts = _ANY.split(event.detail)
        what = {text: name for name, text in _STANDS_IN.items()}
        holes = tuple(what[text] for text in _ANY.findall(event.detail))
        return _Sort(
            event=event,
            detail="%s".join(part.replace("%", "%%") for part in parts),
            holes=holes,
            port=event.source_port == int(_STANDS_IN[PORT]),
            device=DEVICE in values.texts,
        )

    def _is_plain(self, event: Event, texts: Mapping[str, str]) -> bool:
        """Whether the stand-in's values stand where they belong, and nowhere else but in the detail."""
        device = self._device(_STANDS_IN[DEVICE]) if DEVICE in texts else event.device
        where = (event.time, event.time_end, event.zone_basis, event.precision, event.time_text)
        seen = (event.address, event.address_text, event.address_form, event.device)
        wanted = (_STANDS_IN[ADDRESS], _STANDS_IN[ADDRESS], AddressForm.V4, device)
        others = "\n".join(getattr(event, name) for name in _ELSEWHERE)
        found = set(_ANY.findall(event.detail))
        return (
            where == (_TIME, None, ZoneBasis.EPOCH, Precision.SECOND, _STANDS_IN[SECONDS])
            and seen == wanted
            and not _ANY.search(others if DEVICE in texts else f"{others}\n{event.device}")
            and found <= {_STANDS_IN[what] for what in texts}
        )

    def _whole(self, sort: _Sort, values: _Values, place: str) -> Event:
        """Return the event that a record of a sort becomes."""
        time = fields.EPOCH_START + timedelta(seconds=values.seconds)
        own = self._read(sort, values, place)._asdict()
        return dataclasses.replace(sort.event, time=time, event_id=self._identity.of(place), **own)


def _written(what: str, value: Any) -> str | None:
    """Return an own value as text if it has the usual type and spelling of its kind."""
    kind = type(value)
    if kind is str:
        text: str = value
    elif kind is int and what in _NUMBERS:
        text = str(value)
    else:
        return None
    return text if SPELLED[what].fullmatch(text) else None


@lru_cache(maxsize=16_384)
def _plain(written: str) -> tuple[str, AddressForm] | None:
    """Return an address and its form, if the text is an address and nothing else."""
    address, port, text, form = plain_address(written)
    usual = address is not None and port is None and text == written and form in {AddressForm.V4, AddressForm.V6}
    return (address, form) if usual and address is not None else None


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
