"""Addresses and days in, dated context out: which AS announced an address then, who held that AS, in which country.

No packet leaves: everything is answered from snapshots on disk and from an answer book. Which tables speak for a day is
``panel``'s matter, the rules for judging values are ``selection``'s; this module looks addresses up in bulk and puts
the answers together.
"""

from __future__ import annotations

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
from forensics.enrichment.questions import Kind, Question
from forensics.enrichment.selection import Sighting, one_sided
from forensics.enrichment.snapshots import answers_for
from forensics.enrichment.source import Answered
from forensics.enrichment.special_purpose import SpecialPurpose, special_purpose
from forensics.enrichment.statements import names_seen, said, special_claims
from forensics.model import AddressContext, Context, ContextStatus
from forensics.sentence import say

if TYPE_CHECKING:
    from forensics.enrichment.addresses import Address, Unwrapped
    from forensics.enrichment.question_kinds import Sorted
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.enrichment.source import Unanswered

_SPECIAL = Context(value=None, status=ContextStatus.SPECIAL)
_NOTHING = Context(value=None)


class Grouped(NamedTuple):
    """Contexts of many questions: those of a kind share one, which names no address and, where ``prefixes`` has it, no block.

    ``of`` is the number of each question's context.
    """

    contexts: list[AddressContext]
    of: list[int]
    prefixes: list[str]


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
    def note(self) -> str:
        """What sort of address the one that was looked up was taken out of."""
        if not self.kind:
            return ""
        return say("{address} is {kind}; looked up {inner}", address=self.text, kind=self.kind, inner=str(self.address))


PanelKey = tuple["date | None", bool, int]
"""Day of the event, whether the address is of special-purpose space, and its family: what decides which tables speak."""

MOST_HELD = 30_000
"""Answers that an inquiry remembers: many addresses share their network, and few days are asked for at a time."""


def contexts(
    pairs: Sequence[Question],
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
        self._surveyed: dict[tuple[Any, ...], tuple[frozenset[str], bool]] = {}

    def contexts(self, pairs: Sequence[Question]) -> list[AddressContext]:
        """Return the context of each (address, day of the event), in the order asked.

        Raises:
            UsageError: a text is no address.
            DataError: a snapshot is damaged.
        """
        answers = {pair: self._answer(one, rows) for pair, one, rows in self._looked_up(pairs)}
        return [answers[pair] for pair in pairs]

    def grouped(self, pairs: Sequence[Question]) -> Grouped:
        """Return the contexts of many questions, each kind once; of one that is told of itself, like ``contexts``."""
        own: Sequence[int] = range(len(pairs))
        if self._answers is not None or self._passive:
            return Grouped(self.contexts(pairs), [*own], [""] * len(pairs))
        asked = self.sort(pairs)
        told = [self._of_kind(kind) for kind in asked.kinds]
        of, prefixes = asked.of.tolist(), []
        for place, number in enumerate(of):
            nearer = told[number][1]
            prefixes.append(asked.block(place, nearer) if nearer is not None else "")
        found = [context for context, _ in told]
        own = asked.embedded.nonzero()[0].tolist()
        for place, context in zip(own, self.contexts([pairs[place] for place in own]), strict=True):
            of[place], prefixes[place] = len(found), ""
            found.append(context)
        return Grouped(found, of, prefixes)

    def survey(self, pairs: Sequence[Question]) -> tuple[set[str], int]:
        """Return the ids of the snapshots that the answers would rest on, and how many origins would be stale."""
        asked = self.sort(list(dict.fromkeys(pairs)))
        named: set[str] = set()
        stale = 0
        for kind, number in zip(asked.kinds, asked.counts(), strict=True):
            day = _day(kind.event, kind.panel)
            if day is not None and not _unasked(kind):
                spoken, silent = self._spoken(kind, day)
                named |= spoken
                stale += silent * number
        return named, stale

    def origins(self, pairs: Sequence[Question]) -> list[str | None]:
        """Return the origin AS of each (address, day of the event), in the order asked: the value that ``contexts`` gives."""
        asked = self.sort(pairs)
        told = [self._origin(kind) for kind in asked.kinds]
        return [told[number] for number in asked.of.tolist()]

    def _origin(self, kind: Kind) -> str | None:
        day = _day(kind.event, kind.panel)
        return None if day is None or _unasked(kind) else self._shared(kind.panel, kind.rows, day).origin_as.value

    def sort(self, pairs: Sequence[Question]) -> Sorted:
        """Sort questions by what decides their answers."""
        from forensics.enrichment.question_kinds import sort  # NumPy, which a report without questions needs not

        return sort(pairs, lambda *key: self._panel_of(key))

    def speaking(self, day: date) -> tuple[tuple[SnapshotTable, ...], ...]:
        """Return the tables that speak for a day, by family, in documentation space and outside it."""
        keys = [(day, special, version) for special in (False, True) for version in (4, 6)]
        return tuple(self._panel_of(key).tables for key in keys)

    def _spoken(self, kind: Kind, day: date) -> tuple[frozenset[str], bool]:
        """Return the ids of the snapshots that speak about addresses of a kind, and whether their origin is stale."""
        asked = kind.panel
        key = (asked, tuple([(row != NO_ROW, asn) for row, asn, *_ in kind.rows]))
        held = self._surveyed.get(key)
        if held is None:
            if len(self._surveyed) >= MOST_HELD:
                self._surveyed.clear()
            found = {table: row for table, row in zip(asked.tables, kind.rows, strict=True) if row[0] != NO_ROW}
            chosen = chosen_of(asked, lambda table: bool(found.get(table, NOT_FOUND)[1]))
            told = [Sighting(snapshot=table.snapshot, asn=found.get(table, NOT_FOUND)[1] or None) for table in chosen]
            ids = frozenset(table.manifest.id for table in (*found, *chosen))
            held = self._surveyed[key] = (ids, origin_of(told, day).status is ContextStatus.STALE)
        return held

    def _looked_up(self, pairs: Sequence[Question]) -> list[tuple[tuple[str, date | None], _Asked, tuple[Found, ...]]]:
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
        kind = Kind(panel=one.panel, event=one.event, special=one.special, rows=rows)
        shared, nearer = self._of_kind(kind, one.note)
        return self._told(replace(shared, address=one.text, prefix=_prefix(one, rows, nearer)), one)

    def _of_kind(self, kind: Kind, note: str = "") -> tuple[AddressContext, SnapshotTable | None]:
        """Return the context of questions of a kind, without address and block, and the table that tells the block."""
        day = _day(kind.event, kind.panel)
        if kind.special is not None and not _announced(kind.rows):
            placed = AddressContext(
                address="",
                at=kind.panel.target,
                origin_as=_SPECIAL,
                as_name=_SPECIAL,
                country=_SPECIAL,
                special=kind.special.text,
                classes=kind.special.classes,
                class_claims=special_claims(kind.special, day),
                notes=worded([note]),
            )
            return placed, None
        if day is None or not kind.rows:
            reason = say("no day of the event is known") if day is None else say("no snapshot is at hand")
            bare = AddressContext(
                address="",
                at=kind.panel.target,
                origin_as=_NOTHING,
                as_name=_NOTHING,
                country=_NOTHING,
                notes=worded([note, reason]),
            )
            return bare, None
        shared = self._shared(kind.panel, kind.rows, day)
        fiction = (
            say("{block}: answered by a fictional sample snapshot", block=kind.special.text) if kind.special else ""
        )
        found = AddressContext(
            address="",
            at=kind.panel.target,
            origin_as=shared.origin_as,
            as_name=shared.as_name,
            country=shared.country,
            registry_country=shared.registry_country,
            same_holder=shared.same_holder,
            drift=shared.drift,
            classes=tuple(sorted({claim.name for claim in shared.claims} - {classes.UNKNOWN})),
            class_claims=shared.claims,
            notes=worded([note, *shared.notes, fiction]) if note or fiction else shared.notes,
        )
        return found, shared.nearer

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

    def _shared(self, asked: Panel, rows: tuple[Found, ...], day: date) -> Dated:
        """Return what holds for every address of these rows on this day."""
        values = tuple([(place, *row[1:]) for place, row in enumerate(rows) if row[0] != NO_ROW])
        key = (asked, values)  # the panel stands for the day, the family and the tables
        held = self._dated.get(key)
        if held is None:
            if len(self._dated) >= MOST_HELD:
                self._dated.clear()
            sightings = {table: self._silent[table] for table in asked.tables}
            for place, *value in values:
                table = asked.tables[place]
                sightings[table] = self._sighting(asked.version, table, tuple(value))
            countries = self._countries(asked, sightings, day)
            held = self._dated[key] = judged(asked, day, sightings, countries, self._name_near)
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


def _day(event: date | None, asked: Panel) -> date | None:
    """Return the day from which gaps are counted: the event's if there is one."""
    return event or asked.target


def _title(source: str) -> str:
    """Return what a source is called in reports."""
    from forensics.enrichment.answers import known_sources  # loads every source; few inquiries have answers

    known = known_sources().get(source)
    return known.title if known is not None else source


def _unasked(kind: Kind) -> bool:
    """Whether no table says anything of a kind: special space that nobody announces, or no table at hand."""
    return not kind.rows or (kind.special is not None and not _announced(kind.rows))


def _announced(rows: tuple[Found, ...]) -> bool:
    """Whether any of the snapshots announces the address."""
    return any(asn for _, asn, *_ in rows)


def _prefix(one: _Asked, rows: tuple[Found, ...], table: SnapshotTable | None) -> str:
    """Return the block around the address in the snapshot whose origin is told."""
    row = rows[one.panel.tables.index(table)][0] if table is not None else NO_ROW
    return "" if table is None or row == NO_ROW else table.ranges(one.address.version).prefix_around(row, one.address)
