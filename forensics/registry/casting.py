"""Records that say the same of different values: one of them is put into words, the others are cast from it.

A list of a hundred thousand addresses makes as many records, and they differ in three texts only: the id, the value and
the place in the file that the last source names. A ``Mould`` is one of these records, and its line in a store cut where
the three texts stand. A ``Cast`` is a mould and three texts of its own: its line is put together from the pieces, and its
record is made only for those who ask for it. Both are what they would be without a mould, byte for byte.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import NamedTuple

from forensics.model import Record
from forensics.registry.lines import text_writer, write_bytes
from forensics.registry.states import held_back


class Mould(NamedTuple):
    """A record, and the four pieces of its line around id, value and place.

    ``enters`` says whether a store takes it as it is, if its id is new: none of the three texts decides that.
    """

    record: Record
    pieces: tuple[bytes, bytes, bytes, bytes]
    enters: bool


class Cast(NamedTuple):
    """A record as a mould has it, but for its id, its value and the ``locator`` of its last source. A list has millions."""

    mould: Mould
    id: str
    network: str
    place: str

    @property
    def kind(self) -> str:
        """Return the kind of the record."""
        return self.mould.record.kind

    @property
    def version(self) -> int:
        """Return the number of the version."""
        return self.mould.record.version


Version = Record | Cast
"""A version of a record as a store takes it."""


def mould(record: Record) -> Mould:
    """Return the mould of a record."""
    mark = _mark(record)
    line = write_bytes(_changed(record, mark, mark, mark))
    before_id, before_network, before_place, rest = line.split(text_writer()(mark))
    pieces = (before_id, before_network, before_place, rest)
    return Mould(record, pieces, enters=record.version == 1 and not held_back(record))


def whole(version: Version) -> Record:
    """Return the record of a version."""
    if isinstance(version, Record):
        return version
    return _changed(version.mould.record, version.id, version.network, version.place)


def line_of(cast: Cast) -> bytes:
    """Return the line of a cast in a store, as ``write_bytes`` does for its record."""
    (_, pieces, _), name, network, place = cast
    before_id, before_network, before_place, rest = pieces
    write = text_writer()
    return b"".join((before_id, write(name), before_network, write(network), before_place, write(place), rest))


def _changed(record: Record, name: str, network: str, place: str) -> Record:
    *others, last = record.sources
    return replace(record, id=name, network=network, sources=(*others, replace(last, locator=place)))


def _mark(record: Record) -> str:
    """Return a text that stands nowhere in the line of a record."""
    line = write_bytes(record)
    return next(text for number in count() if (text := f"mark-{number}").encode() not in line)
