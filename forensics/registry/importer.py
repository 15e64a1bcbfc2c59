"""The contract of an importer: a file of a collection in; what it states, refuses and only mentions out.

An importer is a frozen value ``IMPORTER`` in a module of ``forensics/registry/importers``. It says by shape whether a
file is its own (exactly one importer may claim a file), which files beside it explain it (an index, a list of reports),
and reads it into ``Stated`` entries and ``Refused`` ones. It neither grades nor merges nor stores: an entry is what the
collection *says*. It never sees a store and never a clock, and no socket is opened.

``Stated.reports`` names where the collection has an entry from: one report; several, of which the collection does not
say which; or none. That is what independence is counted by, so an importer never makes one up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from forensics.plugins import discover

if TYPE_CHECKING:
    from forensics.registry.csv_columns import CsvColumns
    from forensics.registry.offered import Offered

PACKAGE, CONSTANT, GROUP = "forensics.registry.importers", "IMPORTER", "forensics.importers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An originating publication. ``group`` is its independence group; ``published`` is its own day, or unknown."""

    group: str
    url: str = ""
    title: str = ""
    publisher: str = ""
    published: date | None = None
    dated_by: str = ""


class Stated(NamedTuple):
    """One indicator as a collection states it. A tuple, because a list has millions.

    ``label`` is the collection's word for its type, ``kind`` ours ("" where the registry keeps no such kind), ``value``
    the text as found. ``said`` are statements of the collection, quoted into the description; ``caveats`` weaken it.
    Days are half-open like those of a record. ``to_detect`` is false where the publisher gives it as context only.
    """

    place: str
    label: str
    kind: str
    value: str
    reports: tuple[Report, ...] = ()
    family: str = ""
    said: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    observed_at: tuple[date, ...] = ()
    to_detect: bool = True
    tlp: str = ""
    pap: str = ""
    caveats: tuple[str, ...] = ()

    @property
    def rest(self) -> tuple[object, ...]:
        """Return everything after ``value``: entries of one kind in which it is the same say the same."""
        return self[4:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An entry that is not taken. ``reason`` is the same text for the same cause, so that it can be counted."""

    place: str
    label: str
    reason: str
    value: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Something of the file that is no indicator and was read to understand those that are."""

    label: str


Entry = Stated | Refused | Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Who gathered the entries of a file. ``grade`` is Admiralty, with its reason; ``key`` tells collections apart.

    ``tlp`` is what holds where an entry states none. ``licence`` says so when it is not known.
    """

    key: str
    publisher: str
    title: str
    grade: str
    grade_reason: str
    licence: str = ""
    tlp: str = ""
    basis: str = "published_list"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the person who imports says, and what the clock and the tables of special-purpose blocks say.

    ``special`` returns why an address or prefix (canonical text) cannot be an indicator, or "".
    """

    retrieved_at: date
    special: Callable[[str], str]
    source_date: date | None = None
    licence: str = ""
    tlp: str = ""
    columns: CsvColumns | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an importer made of a file: who gathered it, and its entries (read once, in the order of the file)."""

    collection: Collection
    entries: Iterator[Entry]


def nothing_beside(_: Offered) -> bool:
    """Say that no other file explains the files of an importer."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """A way to read one shape of collection.

    ``claims`` and ``accompanies`` look at the shape of a file and raise nothing. ``read`` is given the file, those files
    beside it (in its folder or one above, the nearest first) that accompany it, and the terms. ``told`` marks the one
    that reads what the user described: a description goes before a shape.
    """

    title: str
    claims: Callable[[Offered, Terms], bool]
    read: Callable[[Offered, Sequence[Offered], Terms], Reading]
    accompanies: Callable[[Offered], bool] = field(default=nothing_beside)
    told: bool = False


def all_importers() -> Mapping[str, Importer]:
    """Return every importer by name."""
    return discover(PACKAGE, CONSTANT, Importer, GROUP)
