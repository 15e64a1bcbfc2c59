"""Addresses and days in, dated context out: which AS announced an address then, who held that AS, in which country.

No packet leaves: everything is answered from snapshots on disk and from an answer book. Which tables speak for a day is
``panel``'s matter, the rules for judging values are ``selection``'s; this module looks addresses up in bulk and puts
the answers together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from forensics.enrichment import classes, holders
from forensics.enrichment.addresses import pack_v4, pack_v6, parse, unwrap
from forensics.enrichment.drift import drift_note
from forensics.enrichment.lookup import NO_ROW, V4, country_code
from forensics.enrichment.panel import Panel, covers_family, panel
from forensics.enrichment.selection import Sighting, judge, judge_by_source, judge_name, nearest
from forensics.enrichment.snapshots import answers_for
from forensics.enrichment.source import Answered
from forensics.enrichment.special_purpose import AS_OF as SPECIAL_AS_OF
from forensics.enrichment.special_purpose import SpecialPurpose, special_purpose
from forensics.model import AddressContext, ClassClaim, Context, ContextStatus, Said

if TYPE_CHECKING:
    from forensics.enrichment.addresses import Address, Unwrapped
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.enrichment.source import Unanswered

_SPECIAL = Context(value=None, status=ContextStatus.SPECIAL)
_NOTHING = Context(value=None)


AnswersFor = Callable[[str, "date | None"], Sequence["Answered | Unanswered"]]
"""What the sources of an answer book say about an address, read as of an event's day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One question: the address as written, the address to look up, the event's day and the tables that speak for it."""

    text: str
    address: Address
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
        return f"{self.text} is {self.kind}; looked up {self.address}" if self.kind else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """What snapshots say about every address of the same rows on the same day.

    ``nearer`` is the snapshot whose range is told as the prefix.
    """

    origin_as: Context
    as_name: Context
    country: Context
    registry_country: Context
    same_holder: str
    drift: int | None
    claims: tuple[ClassClaim, ...]
    notes: tuple[str, ...]
    nearer: SnapshotTable | None


_Found = tuple[int, int, int, int]
"""What a table says of an address: its row or ``NO_ROW``, AS number, packed country, index of its classes."""
_NOT_FOUND: _Found = (NO_ROW, 0, 0, 0)

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
        self._panels: dict[tuple[date | None, bool, int], Panel] = {}
        self._dated: dict[tuple[Any, ...], _Dated] = {}
        self._sightings: dict[tuple[Any, ...], Sighting] = {}
        self._judged_countries: dict[tuple[Any, ...], tuple[Context, Context]] = {}
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
        named: set[str] = set()
        stale = 0
        for _, one, rows in self._looked_up(pairs):
            if one.day is not None and rows and not (one.special is not None and not _announced(rows)):
                asked, silent = self._spoken(one, rows, one.day)
                named |= asked
                stale += silent
        return named, stale

    def _spoken(self, one: _Asked, rows: tuple[_Found, ...], day: date) -> tuple[frozenset[str], bool]:
        """Return the ids of the snapshots that speak about an address, and whether its origin is stale."""
        key = (one.panel, tuple([(row != NO_ROW, asn) for row, asn, *_ in rows]))
        held = self._surveyed.get(key)
        if held is None:
            if len(self._surveyed) >= MOST_HELD:
                self._surveyed.clear()
            found = {table: row for table, row in zip(one.panel.tables, rows, strict=True) if row[0] != NO_ROW}
            chosen = _chosen(one.panel, one.address.version, lambda table: bool(found.get(table, _NOT_FOUND)[1]))
            told = [Sighting(snapshot=table.snapshot, asn=found.get(table, _NOT_FOUND)[1] or None) for table in chosen]
            ids = frozenset(table.manifest.id for table in (*found, *chosen))
            held = self._surveyed[key] = (ids, _origin(told, day).status is ContextStatus.STALE)
        return held

    def _looked_up(
        self, pairs: Sequence[tuple[str, date | None]]
    ) -> list[tuple[tuple[str, date | None], _Asked, tuple[_Found, ...]]]:
        """Return each distinct question with what every table of its panel holds, looked up in bulk."""
        asked = {pair: self._ask(*pair) for pair in dict.fromkeys(pairs)}
        rows = _rows(asked.values())
        return [
            (pair, one, tuple([rows[table].get(one.address, _NOT_FOUND) for table in one.panel.tables]))
            for pair, one in asked.items()
        ]

    def _ask(self, text: str, event: date | None) -> _Asked:
        """Work out what a question needs: the address to look up and the snapshots that speak for the day."""
        inner, special = _placed(text)
        key = (event, special is not None, inner.address.version)
        if key not in self._panels:
            self._panels[key] = self._panel(*key)
        return _Asked(
            text=text,
            address=inner.address,
            event=event,
            panel=self._panels[key],
            special=special,
            kind=inner.kind,
        )

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
        return panel(usable, target, version, single=event is not None and target != event)

    def _answer(self, one: _Asked, rows: tuple[_Found, ...]) -> AddressContext:
        """Judge what the snapshots say about one address."""
        if one.special is not None and not _announced(rows):
            return AddressContext(
                address=one.text,
                at=one.panel.target,
                origin_as=_SPECIAL,
                as_name=_SPECIAL,
                country=_SPECIAL,
                special=one.special.text,
                classes=one.special.classes,
                class_claims=_special_claims(one.special, one.day),
                notes=_worded([one.note]),
            )
        if one.day is None or not rows:
            reason = "no day of the event is known" if one.day is None else "no snapshot is at hand"
            bare = AddressContext(
                address=one.text,
                at=one.panel.target,
                origin_as=_NOTHING,
                as_name=_NOTHING,
                country=_NOTHING,
                notes=_worded([one.note, reason]),
            )
            return self._told(bare, one)
        shared = self._shared(one, rows, one.day)
        notes = shared.notes
        if one.kind or one.special is not None:
            said = f"{one.special.text}: answered by a fictional sample snapshot" if one.special is not None else ""
            notes = _worded([one.note, *notes, said])
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
        """Add what the answer book holds about the address; never about special-purpose space."""
        if self._answers is None or one.special is not None:
            return context
        held = self._answers(str(one.address), one.event)
        answered = [item for item in held if isinstance(item, Answered)]
        said = [_said(item) for item in answered]
        warnings = [warning for item in answered for warning in item.warnings]
        return replace(context, said=tuple(word for words in said for word in words), warnings=_worded(warnings))

    def _shared(self, one: _Asked, rows: tuple[_Found, ...], day: date) -> _Dated:
        """Return what holds for every address of these rows on this day."""
        values = tuple([(row != NO_ROW, asn, country, found) for row, asn, country, found in rows])
        key = (one.panel, values)  # the panel stands for the day, the family and the tables
        held = self._dated.get(key)
        if held is None:
            if len(self._dated) >= MOST_HELD:
                self._dated.clear()
            version = one.address.version
            sightings = {
                table: self._sighting(version, table, value)
                for table, value in zip(one.panel.tables, values, strict=True)
            }
            held = self._dated[key] = _judged(one, sightings, self._countries(one.panel, sightings, day), day)
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
            found = self._judged_countries[key] = _countries(asked, sightings, day)
        return found

    def _sighting(self, version: int, table: SnapshotTable, value: tuple[bool, int, int, int]) -> Sighting:
        """Turn what a table says into words; the block around an address is no matter of these alone."""
        key = (version, table, value)
        if key not in self._sightings:
            if len(self._sightings) >= MOST_HELD:
                self._sightings.clear()
            found, asn, country, words = value
            self._sightings[key] = Sighting(
                snapshot=table.snapshot,
                asn=asn or None,
                name=table.as_name(asn) if asn else None,
                country=country_code(country) or None,
                classes=table.ranges(version).class_sets[words] if found else (),
            )
        return self._sightings[key]


@lru_cache(maxsize=16_384)
def _placed(text: str) -> tuple[Unwrapped, SpecialPurpose | None]:
    """Read an address; it is asked about on many days."""
    inner = unwrap(parse(text))
    return inner, special_purpose(inner.address)


def _rows(asked: Iterable[_Asked]) -> dict[SnapshotTable, dict[Address, _Found]]:
    """Look every needed address up once per snapshot, in bulk; what a table does not hold is not in its answer."""
    wanted: dict[SnapshotTable, dict[Address, None]] = {}
    for one in asked:
        for table in one.panel.tables:
            wanted.setdefault(table, {})[one.address] = None
    return {table: _held(table, list(addresses)) for table, addresses in wanted.items()}


def _held(table: SnapshotTable, addresses: Sequence[Address]) -> dict[Address, _Found]:
    """Return what a table holds of these addresses."""
    found: dict[Address, _Found] = {}
    for family, pack in ((V4, pack_v4), (6, pack_v6)):
        asked = [address for address in addresses if address.version == family]
        if not asked:
            continue
        ranges = table.ranges(family)
        rows = ranges.find(pack([int(address) for address in asked]))
        hits = (rows != NO_ROW).nonzero()[0]
        kept = rows[hits]
        said = (column[kept].tolist() for column in (ranges.asn, ranges.country, ranges.classes))
        for place, *values in zip(hits.tolist(), kept.tolist(), *said, strict=True):
            found[asked[place]] = (values[0], values[1], values[2], values[3])
    return found


def _announced(rows: tuple[_Found, ...]) -> bool:
    """Whether any of the snapshots announces the address."""
    return any(asn for _, asn, _, _ in rows)


def _prefix(one: _Asked, rows: tuple[_Found, ...], table: SnapshotTable | None) -> str:
    """Return the block around the address in the snapshot whose origin is told."""
    row = rows[one.panel.tables.index(table)][0] if table is not None else NO_ROW
    return "" if table is None or row == NO_ROW else table.ranges(one.address.version).prefix_around(row, one.address)


def _origin(told: Sequence[Sighting], day: date) -> Context:
    return judge(told, day, lambda held: f"AS{held.asn}" if held.asn else None)


def _judged(
    one: _Asked, sightings: Mapping[SnapshotTable, Sighting], countries: tuple[Context, Context], day: date
) -> _Dated:
    """Judge what all tables of a panel say."""
    chosen = _chosen(one.panel, one.address.version, lambda table: bool(sightings[table].asn))
    told = [sightings[table] for table in chosen]
    origin = _origin(told, day)
    name = judge_name(told, day, origin)
    country, delegated = countries
    drift, drifted = drift_note(origin, day, country.value)
    changed = origin.status is ContextStatus.CHANGED_BETWEEN
    same = holders.same_holder(told) if changed else ""
    claims = _claims(one.panel, sightings, told, day)
    notes = [drifted, f"{same} held both networks: the number changed, the holder did not" if same else ""]
    notes += ["" if changed else holders.passed_on(told), _other_country(country), *classes.notes(claims)]
    if one.event is not None and one.panel.target != one.event:
        notes.append(f"looked at as of {one.panel.target} by choice; the event was on {one.event}")
    return _Dated(
        origin_as=origin,
        as_name=name,
        country=country,
        registry_country=delegated,
        same_holder=same,
        drift=drift,
        claims=tuple(claims),
        notes=_worded(notes),
        nearer=chosen[told.index(nearest(told, day))] if told else None,
    )


def _chosen(asked: Panel, version: int, speaks: Callable[[SnapshotTable], bool]) -> list[SnapshotTable]:
    """Return the table of origins before the day and the one after it: the nearest that can speak for the address."""
    found = []
    for side in (asked.before, asked.after):
        for table in side:
            if speaks(table) or covers_family(table, version):
                found.append(table)
                break
    return found


def _countries(panel: Panel, sightings: Mapping[SnapshotTable, Sighting], day: date) -> tuple[Context, Context]:
    """Return the country of use or announcement, and that of the delegation, which stands in where nothing else does."""

    def value(held: Sighting) -> str | None:
        return held.country

    def of(pairs: Sequence[Sequence[SnapshotTable]]) -> Context:
        return judge_by_source([[sightings[table] for table in pair] for pair in pairs], day, value)

    country, delegated = of(panel.countries), of([panel.delegated])
    if country.value is None and not country.other:
        country = replace(delegated, status=ContextStatus.UNROUTED)
    return country, delegated


def _other_country(country: Context) -> str:
    """Say where another source names another country than the value that stands."""
    if country.value is None:
        return ""
    others = sorted(
        {f"{item.value} ({item.snapshot})" for item in country.other if item.value not in (None, country.value)}
    )
    return f"another source names country {', '.join(others)}" if others else ""


def _claims(
    panel: Panel, sightings: Mapping[SnapshotTable, Sighting], told: Sequence[Sighting], day: date
) -> list[ClassClaim]:
    """Return every class that any list, flag or table of ours supports, in a fixed order."""
    listed = {held.snapshot.id: frozenset(held.classes) for held in sightings.values() if held.classes}
    issues = [(word, [table.snapshot for table in tables]) for word, tables in panel.lists]
    found = classes.operator_claims(told, day) + (classes.claims(issues, listed, day) if listed else [])
    return sorted(found, key=lambda item: (item.name, item.source, str(item.as_of))) or [classes.unknown(issues, day)]


def _special_claims(block: SpecialPurpose, day: date | None) -> tuple[ClassClaim, ...]:
    """Return what the IANA registry makes of an address: a class of ours, or just that it is no ordinary address."""
    return tuple(
        ClassClaim(
            name=name,
            source=f"IANA special-purpose registry: {block.text}",
            as_of=SPECIAL_AS_OF,
            gap_days=(SPECIAL_AS_OF - day).days if day else None,
        )
        for name in block.classes or ("special_purpose",)
    )


def _said(answer: Answered) -> list[Said]:
    """Return the statements of an answer with where and when they were obtained."""
    asked = answer.asked_at.date() if answer.asked_at else None
    digest = answer.replies[0] if answer.replies else ""
    return [
        Said(
            what=item.what,
            value=item.value,
            source=answer.source,
            asked=asked,
            since=item.since,
            until=item.until,
            note=item.note,
            answer=digest,
        )
        for item in answer.statements
    ]


def _worded(notes: Iterable[str]) -> tuple[str, ...]:
    """Return the notes that say something, each once, in order."""
    return tuple(dict.fromkeys(note for note in notes if note))
