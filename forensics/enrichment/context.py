"""Addresses and days in, dated context out: which AS announced an address then, who held that AS, in which country.

No packet leaves: everything is answered from snapshots on disk and from an answer book. Which tables speak for a day is
``panel``'s matter, the rules for judging values are ``selection``'s; this module looks addresses up in bulk and puts
the answers together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from forensics.enrichment import classes, passive_dns
from forensics.enrichment.addresses import parse, unwrap
from forensics.enrichment.holdings import NOT_FOUND, Found, holdings, key_of
from forensics.enrichment.judging import Dated, chosen_of, countries_of, judged, origin_of, worded
from forensics.enrichment.lookup import NO_ROW, country_code
from forensics.enrichment.panel import Panel, panel
from forensics.enrichment.selection import Sighting, one_sided
from forensics.enrichment.snapshots import answers_for
from forensics.enrichment.source import Answered
from forensics.enrichment.special_purpose import SpecialPurpose, special_purpose
from forensics.enrichment.statements import names_seen, said, special_claims
from forensics.model import AddressContext, Context, ContextStatus
from forensics.sentence import say

if TYPE_CHECKING:
    from forensics.enrichment.addresses import Address, Unwrapped
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.enrichment.source import Unanswered

_SPECIAL = Context(value=None, status=ContextStatus.SPECIAL)
_NOTHING = Context(value=None)


AnswersFor = Callable[[str, "date | None"], Sequence["Answered | Unanswered"]]
"""What the sources of an answer book say about an address, read as of an event's day."""


class _Asked(NamedTuple):
    """One question: the address as written, the address to look up, the event's day and the tables that speak for it."""

    text: str
    address: Address
    key: int
    event: date | None
    panel: Panel
    special: SpecialPurpose | None
    kind: str

    @property
    def day(self) -> date | None:
        """The day from which gaps are counted: the event's if there is one."""
        return self.event or self.panel.target

    @property
    def note(self) -> str:
        """What sort of address the one that was looked up was taken out of."""
        if not self.kind:
            return ""
        return say("{address} is {kind}; looked up {inner}", address=self.text, kind=self.kind, inner=str(self.address))


PanelKey = tuple["date | None", bool, int]
"""Day of the event, whether the address is of special-purpose space, and its family: what decides which tables speak."""

MOST_KNOWN = 200_000
"""Addresses of which an inquiry remembers what kind of rows the tables hold."""
MOST_HELD = 30_000
"""Answers that an inquiry remembers: many addresses share their network, and few days are asked for at a time."""


def contexts(
    pairs: Sequence[tuple[str, date | None]],
    snapshots: Sequence[SnapshotTable],
    as_of: Literal["event", "latest"] | date = "event",
    answers: AnswersFor | None = None,
) -> list[AddressContext]:
    """Return the context of each (address, day of the event), in the order asked (see ``Inquiry``)."""
    return Inquiry(snapshots, as_of, answers).contexts(pairs)


class Inquiry:
    """Answers about addresses and days; what several addresses share is worked out once and remembered for a while."""

    def __init__(
        self,
        snapshots: Sequence[SnapshotTable],
        as_of: Literal["event", "latest"] | date = "event",
        answers: AnswersFor | None = None,
    ) -> None:
        """``as_of`` "event" looks at the event's day; a date looks at that day instead; "latest" at the newest snapshot.

        Without an event's day, "event" cannot be answered and the status is ``unknown``.
        """
        self._as_of = as_of
        self._answers = answers
        self._usable = {
            special: [table for table in snapshots if answers_for(table.manifest, special_space=special)]
            for special in (False, True)
        }
        self._passive = [table for table in snapshots if table.manifest.kind == passive_dns.KIND]
        self._panels: dict[tuple[date | None, bool, int], Panel] = {}
        self._dated: dict[tuple[Any, ...], Dated] = {}
        self._sightings: dict[tuple[Any, ...], Sighting] = {}
        self._silent = {table: Sighting(snapshot=table.snapshot) for held in self._usable.values() for table in held}
        self._judged_countries: dict[tuple[Any, ...], tuple[Context, Context]] = {}
        self._kind_of: dict[tuple[tuple[SnapshotTable, ...], str], int] = {}
        self._kind_numbers: dict[tuple[tuple[SnapshotTable, ...], tuple[Found, ...]], int] = {}
        self._kinds: list[tuple[Found, ...]] = []
        self._surveyed: dict[tuple[Any, ...], tuple[frozenset[str], bool]] = {}

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
        distinct = list(dict.fromkeys(pairs))
        keys = self.alike(distinct)
        examples = dict(zip(keys, distinct, strict=True))
        named: set[str] = set()
        stale = 0
        for key, number in Counter(keys).items():
            one, rows = self._ask(*examples[key]), self._kinds[key[1]]
            if one.day is not None and rows and not (one.special is not None and not _announced(rows)):
                asked, silent = self._spoken(one, rows, one.day)
                named |= asked
                stale += silent * number
        return named, stale

    def origins(self, pairs: Sequence[tuple[str, date | None]]) -> list[str | None]:
        """Return the origin AS of each (address, day of the event), in the order asked: the value that ``contexts`` gives."""
        keys = self.alike(pairs)
        examples = dict(zip(keys, pairs, strict=True))
        told = {key: self._origin(self._ask(*pair), self._kinds[key[1]]) for key, pair in examples.items()}
        return [told[key] for key in keys]

    def _origin(self, one: _Asked, rows: tuple[Found, ...]) -> str | None:
        if one.day is None or not rows or (one.special is not None and not _announced(rows)):
            return None
        return self._shared(one, rows, one.day).origin_as.value

    def alike(self, pairs: Sequence[tuple[str, date | None]]) -> list[tuple[Panel, int]]:
        """Return a key for each question: where it is the same, so are the origin AS and the snapshots that speak of it.

        For a while the number stays the same on all days on which the same tables speak.
        """
        if len(self._kind_of) > MOST_KNOWN or len(self._kinds) > MOST_HELD:
            self._kind_of.clear()
            self._kind_numbers.clear()
            self._kinds.clear()
        panels = [self._panel_of(_panel_key(text, day)) for text, day in pairs]
        asked = [(panel.tables, text) for panel, (text, _) in zip(panels, pairs, strict=True)]
        missing = {key: pair for key, pair in zip(asked, pairs, strict=True) if key not in self._kind_of}
        found = {pair: rows for pair, _, rows in self._looked_up(list(missing.values()))}
        for key, pair in missing.items():
            rows = tuple([NOT_FOUND if row[0] == NO_ROW else _SOME_ROW + row[1:] for row in found[pair]])
            number = self._kind_numbers.setdefault((key[0], rows), len(self._kinds))
            if number == len(self._kinds):
                self._kinds.append(rows)
            self._kind_of[key] = number
        return [(panel, self._kind_of[key]) for panel, key in zip(panels, asked, strict=True)]

    def speaking(self, day: date) -> tuple[tuple[SnapshotTable, ...], ...]:
        """Return the tables that speak for a day, by family, in documentation space and outside it."""
        keys = [(day, special, version) for special in (False, True) for version in (4, 6)]
        return tuple(self._panel_of(key).tables for key in keys)

    def _spoken(self, one: _Asked, rows: tuple[Found, ...], day: date) -> tuple[frozenset[str], bool]:
        """Return the ids of the snapshots that speak about an address, and whether its origin is stale."""
        key = (one.panel, tuple([(row != NO_ROW, asn) for row, asn, *_ in rows]))
        held = self._surveyed.get(key)
        if held is None:
            if len(self._surveyed) >= MOST_HELD:
                self._surveyed.clear()
            found = {table: row for table, row in zip(one.panel.tables, rows, strict=True) if row[0] != NO_ROW}
            chosen = chosen_of(one.panel, lambda table: bool(found.get(table, NOT_FOUND)[1]))
            told = [Sighting(snapshot=table.snapshot, asn=found.get(table, NOT_FOUND)[1] or None) for table in chosen]
            ids = frozenset(table.manifest.id for table in (*found, *chosen))
            held = self._surveyed[key] = (ids, origin_of(told, day).status is ContextStatus.STALE)
        return held

    def _looked_up(
        self, pairs: Sequence[tuple[str, date | None]]
    ) -> list[tuple[tuple[str, date | None], _Asked, tuple[Found, ...]]]:
        """Return each distinct question with what every table of its panel holds, looked up in bulk."""
        asked = {pair: self._ask(*pair) for pair in dict.fromkeys(pairs)}
        wanted: dict[SnapshotTable, list[int]] = {}
        for one in asked.values():
            for table in one.panel.tables:
                wanted.setdefault(table, []).append(one.key)
        rows = holdings(wanted)
        return [
            (pair, one, tuple([rows[table].get(one.key, NOT_FOUND) for table in one.panel.tables]))
            for pair, one in asked.items()
        ]

    def _ask(self, text: str, event: date | None) -> _Asked:
        """Work out what a question needs: the address to look up and the snapshots that speak for the day."""
        inner, special, key, version = _placed(text)
        speaking = self._panel_of((event, special is not None, version))
        return _Asked(text, inner.address, key, event, speaking, special, inner.kind)

    def _panel_of(self, key: PanelKey) -> Panel:
        held = self._panels.get(key)
        if held is None:
            held = self._panels[key] = self._panel(*key)
        return held

    def _panel(self, event: date | None, special: bool, version: int) -> Panel:  # noqa: FBT001 - a key
        """Return the snapshots that speak for the day to look at."""
        usable = self._usable[special]
        if isinstance(self._as_of, date):
            target: date | None = self._as_of
        else:
            newest = max((table.manifest.as_of for table in usable if table.manifest.kind == "ip_asn"), default=None)
            target = event if self._as_of == "event" else newest
        if target is None:
            return Panel(target=None)
        return panel(usable, target, event, version)

    def _answer(self, one: _Asked, rows: tuple[Found, ...]) -> AddressContext:
        """Judge what the snapshots say about one address."""
        if one.special is not None and not _announced(rows):
            placed = AddressContext(
                address=one.text,
                at=one.panel.target,
                origin_as=_SPECIAL,
                as_name=_SPECIAL,
                country=_SPECIAL,
                special=one.special.text,
                classes=one.special.classes,
                class_claims=special_claims(one.special, one.day),
                notes=worded([one.note]),
            )
            return self._told(placed, one)
        if one.day is None or not rows:
            reason = say("no day of the event is known") if one.day is None else say("no snapshot is at hand")
            bare = AddressContext(
                address=one.text,
                at=one.panel.target,
                origin_as=_NOTHING,
                as_name=_NOTHING,
                country=_NOTHING,
                notes=worded([one.note, reason]),
            )
            return self._told(bare, one)
        shared = self._shared(one, rows, one.day)
        notes = shared.notes
        if one.kind or one.special is not None:
            fiction = (
                say("{block}: answered by a fictional sample snapshot", block=one.special.text)
                if one.special is not None
                else ""
            )
            notes = worded([one.note, *notes, fiction])
        found = AddressContext(
            address=one.text,
            at=one.panel.target,
            origin_as=shared.origin_as,
            as_name=shared.as_name,
            country=shared.country,
            registry_country=shared.registry_country,
            same_holder=shared.same_holder,
            drift=shared.drift,
            prefix=_prefix(one, rows, shared.nearer),
            classes=tuple(sorted({claim.name for claim in shared.claims} - {classes.UNKNOWN})),
            class_claims=shared.claims,
            notes=notes,
        )
        return self._told(found, one)

    def _told(self, context: AddressContext, one: _Asked) -> AddressContext:
        """Add what the answer book and the user's passive DNS hold about the address."""
        held = self._answers(str(one.address), one.event) if self._answers else ()
        answered = [item for item in held if isinstance(item, Answered)]
        words = [word for item in answered for word in said(item, _title(item.source))] + names_seen(self._names(one))
        warnings = [warning for item in answered for warning in item.warnings]
        return replace(context, said=tuple(words), warnings=worded(warnings)) if words or warnings else context

    def _names(self, one: _Asked) -> list[passive_dns.NameSeen]:
        """Return the names that the user's passive DNS saw with an address around the day."""
        if not self._passive:
            return []
        return passive_dns.seen([str(one.address)], one.event, self._passive)[str(one.address)]

    def _shared(self, one: _Asked, rows: tuple[Found, ...], day: date) -> Dated:
        """Return what holds for every address of these rows on this day."""
        values = tuple([(place, *row[1:]) for place, row in enumerate(rows) if row[0] != NO_ROW])
        key = (one.panel, values)  # the panel stands for the day, the family and the tables
        held = self._dated.get(key)
        if held is None:
            if len(self._dated) >= MOST_HELD:
                self._dated.clear()
            sightings = {table: self._silent[table] for table in one.panel.tables}
            for place, *value in values:
                table = one.panel.tables[place]
                sightings[table] = self._sighting(one.address.version, table, tuple(value))
            held = self._dated[key] = judged(
                one.panel, day, sightings, self._countries(one.panel, sightings, day), self._name_near
            )
        return held

    def _countries(
        self, asked: Panel, sightings: Mapping[SnapshotTable, Sighting], day: date
    ) -> tuple[Context, Context]:
        """Return country and registry country; few combinations occur, whatever the networks are."""
        key = (asked, tuple([held.country for held in sightings.values()]))
        found = self._judged_countries.get(key)
        if found is None:
            if len(self._judged_countries) >= MOST_HELD:
                self._judged_countries.clear()
            found = self._judged_countries[key] = countries_of(asked, sightings, day)
        return found

    def _name_near(self, asn: int, day: date) -> Context:
        """Return the name of an AS in the snapshot nearest to the day that has one, as that snapshot alone supports it."""
        usable = [table for table in self._usable[False] if table.manifest.kind == "ip_asn"]
        for table in sorted(usable, key=lambda table: abs((table.manifest.as_of - day).days)):
            name = table.as_name(asn)
            if name:
                return one_sided(Sighting(snapshot=table.snapshot, asn=asn), day, name)
        return Context(value=None)

    def _sighting(self, version: int, table: SnapshotTable, value: tuple[int, ...]) -> Sighting:
        """Turn what a table says into words; the block around an address is no matter of these alone."""
        key = (version, table, value)
        if key not in self._sightings:
            if len(self._sightings) >= MOST_HELD:
                self._sightings.clear()
            asn, country, words, several = value
            self._sightings[key] = Sighting(
                snapshot=table.snapshot,
                asn=asn or None,
                name=table.as_name(asn) if asn else None,
                country=country_code(country) or None,
                classes=table.ranges(version).class_sets[words],
                origins=table.ranges(version).origin_words(several) if several else (),
            )
        return self._sightings[key]


class _Placed(NamedTuple):
    """An address as read: what is looked up for it, its special purpose, its key and its family."""

    inner: Unwrapped
    special: SpecialPurpose | None
    key: int
    version: int


@lru_cache(maxsize=131_072)
def _placed(text: str) -> _Placed:
    """Read an address; it is asked about on many days."""
    inner = unwrap(parse(text))
    return _Placed(inner, special_purpose(inner.address), key_of(inner.address), inner.address.version)


_SOME_ROW = (0,)
"""Which row of a table speaks matters only to who tells the block around an address."""


def _panel_key(text: str, event: date | None) -> PanelKey:
    _, special, _, version = _placed(text)
    return event, special is not None, version


def _title(source: str) -> str:
    """Return what a source is called in reports."""
    from forensics.enrichment.answers import known_sources  # loads every source; few inquiries have answers

    known = known_sources().get(source)
    return known.title if known is not None else source


def _announced(rows: tuple[Found, ...]) -> bool:
    """Whether any of the snapshots announces the address."""
    return any(asn for _, asn, *_ in rows)


def _prefix(one: _Asked, rows: tuple[Found, ...], table: SnapshotTable | None) -> str:
    """Return the block around the address in the snapshot whose origin is told."""
    row = rows[one.panel.tables.index(table)][0] if table is not None else NO_ROW
    return "" if table is None or row == NO_ROW else table.ranges(one.address.version).prefix_around(row, one.address)
