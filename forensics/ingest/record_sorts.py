"""What is known of the records of a JSON list: of which sort one is, and what a sort becomes.

Which values a record has for itself alone is told by the format (``alike_records``); what is left, spelled as JSON, is its
*sort*. The third and every further record of a sort takes its columns from a stand-in: the record of that sort with
values that cannot be confused with any other, read by the format's ``event``. Where each of them turns up in the event
is where the own values of a record go. The second record of the sort is read by ``event``, too, and compared with what
the stand-in would have made of it: a sort for which they differ is read one by one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from forensics.ingest import fields
from forensics.ingest.alike import plain_address
from forensics.ingest.alike_records import ADDRESS, DEVICE, PORT, SECONDS, SPELLED, TITLE, AlikeRecords, Own
from forensics.ingest.record_shapes import Shape, flat, shape_of
from forensics.model import AddressForm, Event, Precision, ZoneBasis

if TYPE_CHECKING:
    from forensics.ingest.format import Row
    from forensics.ingest.text_cells import Identity

MOST_SORTS = 4_096
"""Sorts of records that are remembered; where nearly every record is of its own sort, nothing is gained."""

LAST_SECOND = 4_102_444_800
"""2100-01-01, as ``fields.epoch``."""

_STANDS_IN: Mapping[str, str] = {
    SECONDS: "1234567891",
    TITLE: "2009-02-13T23:31:31+00:00",
    ADDRESS: "203.0.113.213",
    PORT: "54321",
    DEVICE: "Zq7W8x6c4v2bN1m3",
}
_ANY = re.compile("|".join(map(re.escape, _STANDS_IN.values())))
_TIME = datetime.fromtimestamp(int(_STANDS_IN[SECONDS]), UTC)
_ELSEWHERE = ("service", "account", "action_text", "user_agent", "stated_place")
_NUMBERS = frozenset({SECONDS, PORT})


class Values(NamedTuple):
    """The own values of one record as texts by what they are, the time and the address also as read; and its sort."""

    sort: bytes
    texts: dict[str, str]
    seconds: int
    address: tuple[str, AddressForm]


class Sort(NamedTuple):
    """How the records of a sort become events: the stand-in's event, the text of its detail around its holes, what fills them."""

    event: Event
    parts: tuple[str, ...]
    holes: tuple[str, ...]
    port: bool
    device: bool

    def detail(self, texts: Mapping[str, str]) -> str:
        """Return the detail of a record with these own values."""
        first, *rest = self.parts
        return "".join((first, *(texts[name] + part for name, part in zip(self.holes, rest, strict=True))))


class Read(NamedTuple):
    """The columns in which events of one sort differ, but for what follows from their places."""

    time_text: str
    address: str | None
    source_port: int | None
    address_text: str
    address_form: AddressForm
    device: str
    detail: str


class KnownSorts:
    """Sorts of one member's records, learned from the records."""

    def __init__(self, alike: AlikeRecords, identity: Identity, tried: Callable[[Row], Event | None]) -> None:
        """``tried`` reads a row that stands in no evidence, and accounts for nothing."""
        self._alike = alike
        self._identity = identity
        self._tried = tried
        self._owns: dict[tuple[Any, ...], tuple[Own, ...]] = {}
        self._sorts: dict[tuple[str, bytes], Sort | int] = {}  # or how often the sort was seen; below zero: never
        self._shapes: dict[tuple[Any, ...], Shape | None] = {}
        self._encode = msgspec.json.Encoder().encode
        self.device = lru_cache(maxsize=MOST_SORTS)(alike.device)

    def known(self, section: str, record: Any) -> tuple[Sort | None, Values | None]:
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

    def _sort_of(self, section: str, values: Values | None) -> Sort | None:
        known = self._sorts.get((section, values.sort)) if values is not None else None
        return known if isinstance(known, Sort) else None

    def _keep_shape(
        self, key: tuple[Any, ...], record: dict[str, Any], values: Sequence[Any], known: Sort, rest: Any
    ) -> None:
        """Remember that what is left of a record means a sort that is known."""
        if key not in self._shapes:
            if len(self._shapes) >= MOST_SORTS:
                self._shapes.clear()
            self._shapes[key] = shape_of(record, self._alike.inside, self._alike.own(record), values)
        shape = self._shapes[key]
        if shape is not None and rest is not None:
            shape.sorts[rest] = known

    def _quick(self, shape: Shape, values: Sequence[Any]) -> Values | None:
        """Return the own values of a flat record; ``None`` where one is not plainly usual."""
        texts: dict[str, str] = {}
        for what, place in shape.own.items():
            text = str(values[place]) if what == TITLE else _written(what, values[place])
            if text is None:
                return None
            texts[what] = text
        return self._usual(b"", texts)

    def _usual(self, sort: bytes, texts: dict[str, str]) -> Values | None:
        """Return own values, if they are what they seem to be."""
        seconds, address = int(texts.get(SECONDS, "0")), plain(texts.get(ADDRESS, ""))
        if not 0 < seconds < LAST_SECOND or address is None:
            return None
        if (TITLE in texts and texts[TITLE] != _iso(seconds)) or (DEVICE in texts and not self.device(texts[DEVICE])):
            return None
        return Values(sort, texts, seconds, address)

    def _values(self, record: Any) -> Values | None:
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

    def read(self, sort: Sort, values: Values) -> Read:
        """Return the columns of a record of a sort."""
        texts, (address, form) = values.texts, values.address
        return Read(
            texts[SECONDS],
            address,
            int(texts[PORT]) if sort.port else sort.event.source_port,
            texts[ADDRESS],
            form,
            self.device(texts[DEVICE]) if sort.device else sort.event.device,
            sort.detail(texts) if sort.holes else sort.event.detail,
        )

    # --- learning a sort ----------------------------------------------------------------------------------------------

    def remember(self, section: str, values: Values, row: Row, event: Event | None) -> None:
        """Learn a sort from its second record; a sort that comes once costs nothing more."""
        if len(self._sorts) >= MOST_SORTS:
            self._sorts.clear()
            self._shapes.clear()
        key = (section, values.sort)
        seen = self._sorts.get(key, 0)
        if event is None or seen == -1:
            self._sorts[key] = -1
        elif seen == 0:
            self._sorts[key] = 1
        else:
            sort = self._learned(values, row)
            fits = sort is not None and self._whole(sort, values, row.place) == event
            self._sorts[key] = sort if sort is not None and fits else -1

    def _learned(self, values: Values, row: Row) -> Sort | None:
        """Read the stand-in of a sort and find out where its values turn up; ``None`` if that is not plain."""
        spelled = values.sort.decode()
        if sorted(_ANY.findall(spelled)) != sorted(_STANDS_IN[what] for what in values.texts):
            return None  # another value of the record looks like one of the stand-in
        event = self._tried(dataclasses.replace(row, fields=msgspec.json.decode(values.sort)))
        if event is None or not self._is_plain(event, values.texts):
            return None
        what = {text: name for name, text in _STANDS_IN.items()}
        holes = tuple(what[text] for text in _ANY.findall(event.detail))
        return Sort(
            event=event,
            parts=tuple(_ANY.split(event.detail)),
            holes=holes,
            port=event.source_port == int(_STANDS_IN[PORT]),
            device=DEVICE in values.texts,
        )

    def _is_plain(self, event: Event, texts: Mapping[str, str]) -> bool:
        """Whether the stand-in's values stand where they belong, and nowhere else but in the detail."""
        device = self.device(_STANDS_IN[DEVICE]) if DEVICE in texts else event.device
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

    def _whole(self, sort: Sort, values: Values, place: str) -> Event:
        """Return the event that a record of a sort becomes."""
        time = fields.EPOCH_START + timedelta(seconds=values.seconds)
        own = self.read(sort, values)._asdict()
        return dataclasses.replace(sort.event, time=time, event_id=self._identity.of(place), place=place, **own)


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
def plain(written: str) -> tuple[str, AddressForm] | None:
    """Return an address and its form, if the text is an address and nothing else."""
    address, port, text, form = plain_address(written)
    usual_one = address is not None and port is None and text == written and form in {AddressForm.V4, AddressForm.V6}
    return (address, form) if usual_one and address is not None else None


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
