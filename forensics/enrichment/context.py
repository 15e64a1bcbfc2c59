"""Addresses and days in, dated context out: which AS announced an address then, who held that AS, in which country.

No packet leaves: everything is answered from snapshots on disk. The rules for choosing and judging values are in
``selection``; this module looks addresses up in bulk and puts the answers together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from forensics.enrichment.addresses import pack_v4, pack_v6, parse, unwrap
from forensics.enrichment.lookup import NO_ROW, V4, country_code
from forensics.enrichment.operators import OPERATORS
from forensics.enrichment.selection import Sighting, around, drift_note, judge, judge_name, nearest
from forensics.enrichment.snapshots import answers_for
from forensics.enrichment.special_purpose import SpecialPurpose, special_purpose
from forensics.model import AddressContext, Context, ContextStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forensics.enrichment.addresses import Address
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
    note: str
    tables: tuple[SnapshotTable, ...]

    @property
    def day(self) -> date | None:
        """The day from which gaps are counted: the event's if there is one."""
        return self.event or self.target


def contexts(
    pairs: Sequence[tuple[str, date | None]],
    snapshots: Sequence[SnapshotTable],
    as_of: Literal["event", "latest"] | date = "event",
) -> list[AddressContext]:
    """Return the context of each (address, day of the event), in the order asked.

    ``as_of`` "event" looks at the event's day; a date looks at that day instead; "latest" at the newest snapshot.
    Without an event's day, "event" cannot be answered and the status is ``unknown``.

    Raises:
        UsageError: a text is no address.
        DataError: a snapshot is damaged.
    """
    asked = {pair: _ask(*pair, snapshots, as_of) for pair in dict.fromkeys(pairs)}
    seen = _look_up(asked.values())
    answers = {
        pair: _answer(one, [seen[table.manifest.id, one.address] for table in one.tables])
        for pair, one in asked.items()
    }
    return [answers[pair] for pair in pairs]


def _ask(
    text: str, event: date | None, snapshots: Sequence[SnapshotTable], as_of: Literal["event", "latest"] | date
) -> _Asked:
    """Work out what a question needs: the address to look up and at most two snapshots."""
    inner = unwrap(parse(text))
    special = special_purpose(inner.address)
    usable = [table for table in snapshots if answers_for(table.manifest, special_space=special is not None)]
    dates = [table.manifest.as_of for table in usable]
    days = {"event": event, "latest": max(dates, default=None)}
    target = as_of if isinstance(as_of, date) else days[as_of]
    chosen: tuple[int, ...] = ()
    if target is not None:
        chosen = around(target, dates, single=event is not None and target != event)
    return _Asked(
        text=text,
        address=inner.address,
        event=event,
        target=target,
        special=special,
        note=f"{text} is {inner.kind}; looked up {inner.address}" if inner.kind else "",
        tables=tuple(usable[place] for place in chosen),
    )


def _look_up(asked: Iterable[_Asked]) -> dict[tuple[str, Address], Sighting]:
    """Look every needed address up once per snapshot, in bulk."""
    wanted: dict[SnapshotTable, dict[Address, None]] = defaultdict(dict)
    for one in asked:
        for table in one.tables:
            wanted[table][one.address] = None
    found = {}
    for table, addresses in wanted.items():
        for family, pack in ((V4, pack_v4), (6, pack_v6)):
            held = [address for address in addresses if address.version == family]
            if held:
                rows = table.ranges(family).find(pack([int(address) for address in held])).tolist()
                for address, row in zip(held, rows, strict=True):
                    found[table.manifest.id, address] = _sighting(table, address, row)
    return found


def _sighting(table: SnapshotTable, address: Address, row: int) -> Sighting:
    """Turn a row of a table into words."""
    if row == NO_ROW:
        return Sighting(snapshot=table.snapshot)
    ranges = table.ranges(address.version)
    asn = int(ranges.asn[row]) or None
    return Sighting(
        snapshot=table.snapshot,
        asn=asn,
        name=table.as_name(asn) if asn else None,
        country=country_code(int(ranges.country[row])) or None,
        classes=ranges.class_sets[int(ranges.classes[row])],
        prefix=ranges.prefix_around(row, address),
    )


def _answer(one: _Asked, sightings: Sequence[Sighting]) -> AddressContext:
    """Judge what the snapshots say about one address."""
    special = one.special
    announced = any(held.asn is not None for held in sightings)
    if special is not None and not announced:
        return AddressContext(
            address=one.text,
            at=one.target,
            origin_as=_SPECIAL,
            as_name=_SPECIAL,
            country=_SPECIAL,
            special=special.text,
            classes=special.classes,
            notes=_worded([one.note]),
        )
    if one.day is None or not sightings:
        reason = "no day of the event is known" if one.day is None else "no snapshot is at hand"
        return AddressContext(
            address=one.text,
            at=one.target,
            origin_as=_NOTHING,
            as_name=_NOTHING,
            country=_NOTHING,
            notes=_worded([one.note, reason]),
        )
    return _dated(one, sightings, one.day)


def _dated(one: _Asked, sightings: Sequence[Sighting], day: date) -> AddressContext:
    """Put the context of an address together from one or two sightings."""
    origin = judge(sightings, day, lambda held: f"AS{held.asn}" if held.asn else None)
    chosen = nearest(sightings, day)
    classes, class_notes = _classes(sightings)
    notes = [one.note, drift_note(origin), *class_notes]
    if one.event is not None and one.target != one.event:
        notes.append(f"looked at as of {one.target} by choice; the event was on {one.event}")
    if one.special is not None:
        notes.append(f"{one.special.text}: answered by a fictional sample snapshot")
    return AddressContext(
        address=one.text,
        at=one.target,
        origin_as=origin,
        as_name=judge_name(sightings, day, origin),
        country=judge(sightings, day, lambda held: held.country),
        prefix=chosen.prefix,
        classes=classes,
        notes=_worded(notes),
    )


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
