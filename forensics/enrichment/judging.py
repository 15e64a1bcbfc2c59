"""From what the tables of a panel say about an address to one dated context: pure rules, no table is opened here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from forensics.enrichment import classes, holders
from forensics.enrichment.drift import drift_note
from forensics.enrichment.panel import Panel, covers_family
from forensics.enrichment.selection import Sighting, judge, judge_by_source, judge_name, nearest
from forensics.model import ClassClaim, Context, ContextStatus
from forensics.sentence import say

if TYPE_CHECKING:
    from datetime import date

    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.model import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
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


def origin_of(told: Sequence[Sighting], day: date) -> Context:
    """Return the AS that announced the address, as the tables before and after the day support it."""
    return judge(told, day, lambda held: f"AS{held.asn}" if held.asn else None)


def judged(
    asked: Panel,
    day: date,
    sightings: Mapping[SnapshotTable, Sighting],
    countries: tuple[Context, Context],
    name_near: Callable[[int, date], Context],
) -> Dated:
    """Judge what all tables of a panel say as of a day.

    ``name_near`` gives the name of an AS out of any snapshot, for tables of origins that hold no names.
    """
    chosen = chosen_of(asked, lambda table: bool(sightings[table].asn))
    told = [sightings[table] for table in chosen]
    origin = origin_of(told, day)
    name = judge_name(told, day, origin)
    if origin.value and name.value is None and not name.other:
        name = name_near(int(origin.value[2:]), day)
    country, delegated = countries
    drift, drifted = drift_note(origin, day, country.value)
    changed = origin.status is ContextStatus.CHANGED_BETWEEN
    same = holders.same_holder(told) if changed else ""
    claims = _claims(asked, sightings, told, day)
    notes = [
        drifted,
        say("{holder} held both networks: the number changed, the holder did not", holder=same) if same else "",
    ]
    notes += [
        "" if changed else holders.passed_on(told),
        *_several(told),
        _other_country(country),
    ]
    if asked.event is not None and asked.target != asked.event:
        notes.append(
            say(
                "looked at as of {target} by choice; the event was on {event}",
                target=str(asked.target),
                event=str(asked.event),
            )
        )
    return Dated(
        origin_as=origin,
        as_name=name,
        country=country,
        registry_country=delegated,
        same_holder=same,
        drift=drift,
        claims=tuple(claims),
        notes=worded(notes),
        nearer=chosen[told.index(nearest(told, day))] if told else None,
    )


def chosen_of(asked: Panel, speaks: Callable[[SnapshotTable], bool]) -> list[SnapshotTable]:
    """Return the table of origins before the day and the one after it: the nearest that can speak for the address."""
    found = []
    for side in (asked.before, asked.after):
        for table in side:
            if speaks(table) or covers_family(table, asked.version):
                found.append(table)
                break
    return found


def countries_of(panel: Panel, sightings: Mapping[SnapshotTable, Sighting], day: date) -> tuple[Context, Context]:
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
    return say("another source names country {countries}", countries=", ".join(others)) if others else ""


def _several(told: Sequence[Sighting]) -> list[str]:
    """Say where a snapshot shows an address announced by several networks at once; the value is the first of them."""
    return [
        say("{snapshot} shows several origins: {origins}", snapshot=held.snapshot.id, origins=", ".join(held.origins))
        for held in told
        if held.origins
    ]


def _claims(
    panel: Panel, sightings: Mapping[SnapshotTable, Sighting], told: Sequence[Sighting], day: date
) -> list[ClassClaim]:
    """Return every class that any list, flag or table of ours supports, in a fixed order."""
    listed = {held.snapshot.id: frozenset(held.classes) for held in sightings.values() if held.classes}
    found = classes.operator_claims(told, day) + (classes.claims(_issues(panel), listed, day) if listed else [])
    return sorted(found, key=lambda item: (item.name, item.source, str(item.as_of))) or [_unknown(panel, day)]


@lru_cache(maxsize=4_096)
def _issues(panel: Panel) -> list[tuple[str, list[Snapshot]]]:
    """Return the lists of a panel with their issues; the same for every address."""
    return [(word, [table.snapshot for table in tables]) for word, tables in panel.lists]


@lru_cache(maxsize=4_096)
def _unknown(panel: Panel, day: date) -> ClassClaim:
    return classes.unknown(_issues(panel), day)


def worded(notes: Iterable[str]) -> tuple[str, ...]:
    """Return the notes that say something, each once, in order."""
    return tuple(dict.fromkeys(note for note in notes if note))
