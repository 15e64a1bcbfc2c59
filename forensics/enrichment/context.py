"""Addresses and days in, dated context out: which AS announced an address then, who held that AS, in which country.

No packet leaves: everything is answered from snapshots on disk. The rules for choosing and judging values are in
``selection``; this module looks addresses up in bulk and puts the answers together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from forensics.enrichment.addresses import pack_v4, pack_v6, parse, unwrap
from forensics.enrichment.lookup import NO_ROW, V4, country_code
from forensics.enrichment.operators import OPERATORS
from forensics.enrichment.selection import Sighting, around, drift_note, judge, judge_name, nearest
from forensics.enrichment.snapshots import answers_for
from forensics.enrichment.special_purpose import SpecialPurpose, special_purpose
from forensics.model import AddressContext, Context, ContextStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forensics.enrichment.addresses import Address, Unwrapped
    from forensics.enrichment.snapshots import SnapshotTable

_SPECIAL = Context(value=None, status=ContextStatus.SPECIAL)
_NOTHING = Context(value=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One question: the address as written, the address to look up, the event's day and the day to look at."""

    text: str
    address: Address
    event: date | None
    target: date | None
    special: SpecialPurpose | None
    kind: str
    tables: tuple[SnapshotTable, ...]

    @property
    def day(self) -> date | None:
        """The day from which gaps are counted: the event's if there is one."""
        return self.event or self.target

    @property
    def note(self) -> str:
        """What sort of address the one that was looked up was taken out of."""
        return f"{self.text} is {self.kind}; looked up {self.address}" if self.kind else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """What snapshots say about every address of the same rows on the same day; ``row`` is the nearer snapshot's."""

    origin_as: Context
    as_name: Context
    country: Context
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    nearer: int


_Found = tuple[int, int, int, int]
"""What a table says of an address: its row or ``NO_ROW``, AS number, packed country, index of its classes."""
_NOT_FOUND: _Found = (NO_ROW, 0, 0, 0)

MOST_HELD = 30_000
"""Answers that an inquiry remembers: many addresses share their network, and few days are asked for at a time."""


def contexts(
    pairs: Sequence[tuple[str, date | None]],
    snapshots: Sequence[SnapshotTable],
    as_of: Literal["event", "latest"] | date = "event",
) -> list[AddressContext]:
    """Return the context of each (address, day of the event), in the order asked (see ``Inquiry``)."""
    return Inquiry(snapshots, as_of).contexts(pairs)


class Inquiry:
    """Answers about addresses and days; what several addresses share is worked out once and remembered for a while."""

    def __init__(self, snapshots: Sequence[SnapshotTable], as_of: Literal["event", "latest"] | date = "event") -> None:
        """``as_of`` "event" looks at the event's day; a date looks at that day instead; "latest" at the newest snapshot.

        Without an event's day, "event" cannot be answered and the status is ``unknown``.
        """
        self._as_of = as_of
        self._usable = {
            special: [table for table in snapshots if answers_for(table.manifest, special_space=special)]
            for special in (False, True)
        }
        self._around: dict[tuple[date | None, bool], tuple[date | None, tuple[SnapshotTable, ...]]] = {}
        self._dated: dict[tuple[Any, ...], _Dated] = {}
        self._sightings: dict[tuple[Any, ...], Sighting] = {}
        self._stale: dict[tuple[Any, ...], bool] = {}

    def contexts(self, pairs: Sequence[tuple[str, date | None]]) -> list[AddressContext]:
        """Return the context of each (address, day of the event), in the order asked.

        Raises:
            UsageError: a text is no address.
            DataError: a snapshot is damaged.
        """
        answers = {pair: self._answer(one, rows) for pair, one, rows in self._looked_up(pairs)}
        return [answers[pair] for pair in pairs]

    def survey(self, pairs: Sequence[tuple[str, date | None]]) -> tuple[set[str], int]:
        """Return the ids of the snapshots that the answers would rest on, and how many origins would be stale."""
        named: set[str] = set()
        stale = 0
        for _, one, rows in self._looked_up(pairs):
            if one.day is None or not rows or (one.special is not None and not _announced(rows)):
                continue
            if named.issuperset([table.snapshot.id for table in one.tables]):
                stale += self._is_stale(one, rows, one.day)
                continue
            dated = self._shared(one, rows, one.day)
            stale += dated.origin_as.status is ContextStatus.STALE
            for value in (dated.origin_as, dated.as_name, dated.country):
                named.update(context.snapshot for context in (value, *value.other))
        return named, stale

    def _is_stale(self, one: _Asked, rows: tuple[_Found, ...], day: date) -> bool:
        """Whether the origin of an address would be stale; nothing else about the address matters for that."""
        key = (one.tables, tuple([row[1] for row in rows]), day)
        held = self._stale.get(key)
        if held is None:
            if len(self._stale) >= MOST_HELD:
                self._stale.clear()
            sightings = [
                Sighting(snapshot=table.snapshot, asn=asn or None)
                for table, (_, asn, *_) in zip(one.tables, rows, strict=True)
            ]
            held = self._stale[key] = _origin(sightings, day).status is ContextStatus.STALE
        return held

    def _looked_up(
        self, pairs: Sequence[tuple[str, date | None]]
    ) -> list[tuple[tuple[str, date | None], _Asked, tuple[_Found, ...]]]:
        """Return each distinct question with the row of every table that it needs, looked up in bulk."""
        asked = {pair: self._ask(*pair) for pair in dict.fromkeys(pairs)}
        rows = _rows(asked.values())
        return [(pair, one, tuple(rows[table][one.address] for table in one.tables)) for pair, one in asked.items()]

    def _ask(self, text: str, event: date | None) -> _Asked:
        """Work out what a question needs: the address to look up and at most two snapshots."""
        inner, special = _placed(text)
        key = (event, special is not None)
        if key not in self._around:
            self._around[key] = self._tables(*key)
        target, tables = self._around[key]
        return _Asked(
            text=text,
            address=inner.address,
            event=event,
            target=target,
            special=special,
            kind=inner.kind,
            tables=tables,
        )

    def _tables(self, event: date | None, special: bool) -> tuple[date | None, tuple[SnapshotTable, ...]]:  # noqa: FBT001 - a key
        """Return the day to look at and the snapshots that speak for it."""
        usable = self._usable[special]
        dates = [table.manifest.as_of for table in usable]
        days = {"event": event, "latest": max(dates, default=None)}
        target = self._as_of if isinstance(self._as_of, date) else days[self._as_of]
        chosen: tuple[int, ...] = ()
        if target is not None:
            chosen = around(target, dates, single=event is not None and target != event)
        return target, tuple(usable[place] for place in chosen)

    def _answer(self, one: _Asked, rows: tuple[_Found, ...]) -> AddressContext:
        """Judge what the snapshots say about one address."""
        if one.special is not None and not _announced(rows):
            return AddressContext(
                address=one.text,
                at=one.target,
                origin_as=_SPECIAL,
                as_name=_SPECIAL,
                country=_SPECIAL,
                special=one.special.text,
                classes=one.special.classes,
                notes=_worded([one.note]),
            )
        if one.day is None or not rows:
            reason = "no day of the event is known" if one.day is None else "no snapshot is at hand"
            return AddressContext(
                address=one.text,
                at=one.target,
                origin_as=_NOTHING,
                as_name=_NOTHING,
                country=_NOTHING,
                notes=_worded([one.note, reason]),
            )
        shared = self._shared(one, rows, one.day)
        notes = shared.notes
        if one.kind or one.special is not None:
            said = f"{one.special.text}: answered by a fictional sample snapshot" if one.special is not None else ""
            notes = _worded([one.note, *notes, said])
        return AddressContext(
            address=one.text,
            at=one.target,
            origin_as=shared.origin_as,
            as_name=shared.as_name,
            country=shared.country,
            prefix=_prefix(one.tables[shared.nearer], one.address, rows[shared.nearer]),
            classes=shared.classes,
            notes=notes,
        )

    def _shared(self, one: _Asked, rows: tuple[_Found, ...], day: date) -> _Dated:
        """Return what holds for every address of these rows on this day."""
        values = tuple(
            (table, row != NO_ROW, asn, country, classes)
            for table, (row, asn, country, classes) in zip(one.tables, rows, strict=True)
        )
        key = (values, one.address.version, day, one.event, one.target)
        held = self._dated.get(key)
        if held is None:
            if len(self._dated) >= MOST_HELD:
                self._dated.clear()
            held = self._dated[key] = _judged(
                one, [self._sighting(one.address.version, value) for value in values], day
            )
        return held

    def _sighting(self, version: int, value: tuple[SnapshotTable, bool, int, int, int]) -> Sighting:
        """Turn what a table says into words; the block around an address is no matter of these alone."""
        key = (version, value)
        if key not in self._sightings:
            if len(self._sightings) >= MOST_HELD:
                self._sightings.clear()
            table, found, asn, country, classes = value
            self._sightings[key] = Sighting(
                snapshot=table.snapshot,
                asn=asn or None,
                name=table.as_name(asn) if asn else None,
                country=country_code(country) or None,
                classes=table.ranges(version).class_sets[classes] if found else (),
            )
        return self._sightings[key]


@lru_cache(maxsize=16_384)
def _placed(text: str) -> tuple[Unwrapped, SpecialPurpose | None]:
    """Read an address; it is asked about on many days."""
    inner = unwrap(parse(text))
    return inner, special_purpose(inner.address)


def _rows(asked: Iterable[_Asked]) -> dict[SnapshotTable, dict[Address, _Found]]:
    """Look every needed address up once per snapshot, in bulk."""
    wanted: dict[SnapshotTable, dict[Address, _Found]] = defaultdict(dict)
    for one in asked:
        for table in one.tables:
            wanted[table][one.address] = _NOT_FOUND
    for table, addresses in wanted.items():
        for family, pack in ((V4, pack_v4), (6, pack_v6)):
            held = [address for address in addresses if address.version == family]
            if not held:
                continue
            ranges = table.ranges(family)
            rows = ranges.find(pack([int(address) for address in held]))
            said = (column[rows].tolist() for column in (ranges.asn, ranges.country, ranges.classes))
            for address, *found in zip(held, rows.tolist(), *said, strict=True) if len(ranges) else ():
                if found[0] != NO_ROW:
                    addresses[address] = (found[0], found[1], found[2], found[3])
    return wanted


def _announced(rows: tuple[_Found, ...]) -> bool:
    """Whether any of the snapshots announces the address."""
    return any(asn for _, asn, _, _ in rows)


def _prefix(table: SnapshotTable, address: Address, found: _Found) -> str:
    return "" if found[0] == NO_ROW else table.ranges(address.version).prefix_around(found[0], address)


def _judged(one: _Asked, sightings: Sequence[Sighting], day: date) -> _Dated:
    """Judge one or two sightings."""
    origin = _origin(sightings, day)
    classes, class_notes = _classes(sightings)
    notes = [drift_note(origin), *class_notes]
    if one.event is not None and one.target != one.event:
        notes.append(f"looked at as of {one.target} by choice; the event was on {one.event}")
    return _Dated(
        origin_as=origin,
        as_name=judge_name(sightings, day, origin),
        country=judge(sightings, day, lambda held: held.country),
        classes=classes,
        notes=_worded(notes),
        nearer=sightings.index(nearest(sightings, day)),
    )


def _origin(sightings: Sequence[Sighting], day: date) -> Context:
    return judge(sightings, day, lambda held: f"AS{held.asn}" if held.asn else None)


def _classes(sightings: Sequence[Sighting]) -> tuple[tuple[str, ...], list[str]]:
    """Return every class that any of the sightings supports, and notes on those that not all of them support.

    A class weakens what an address can prove, so one witness is enough to raise it; the note keeps it attackable.
    """
    witnesses: dict[str, list[str]] = defaultdict(list)
    notes = []
    for held in sightings:
        stated = set(held.classes)
        operator = OPERATORS.get(held.asn or 0)
        if operator is not None:
            stated |= set(operator.classes)
            kind = "/".join(operator.classes)
            notes.append(f"AS{operator.asn} {operator.holder}: {kind} network, as of {operator.as_of}")
        for name in stated:
            witnesses[name].append(f"{held.snapshot.id} ({held.snapshot.as_of})")
    for name, sources in sorted(witnesses.items()):
        if len(sources) < len(sightings):
            notes.append(f"class {name} only according to {', '.join(sources)}")
    return tuple(sorted(witnesses)), notes


def _worded(notes: Iterable[str]) -> tuple[str, ...]:
    """Return the notes that say something, each once, in order."""
    return tuple(dict.fromkeys(note for note in notes if note))
