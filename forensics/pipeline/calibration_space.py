"""What a calibration draws from: the announced addresses of a country in one snapshot, and the sets that stand in it.

Addresses and records are both placed by that one snapshot, so the population, the networks and the rings agree. The
period of a record is told for the day asked about.
"""

from __future__ import annotations

import csv
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from forensics.attribution.innocents import Range
from forensics.attribution.parameters import Parameters
from forensics.attribution.rings import Member, Population, RecordSet
from forensics.enrichment.addresses import pack_v4, pack_v6
from forensics.enrichment.lookup import NO_ROW, V4, RangeTable, pack_country
from forensics.enrichment.population import population
from forensics.errors import DataError, UsageError
from forensics.pipeline.registries import weighed_sets
from forensics.pipeline.request import as_of_day
from forensics.registry.window import classify

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.registry.files import Registry

CHANGES = ("pi0", "class", "window")
MAX_SET = 20_000
_MAX_LINES = 200_000
_USERS = "Write lines such as AS64500,120000"
_USER_LINE = re.compile(r"\s*(?:AS)?([0-9]{1,10})\s*,\s*([0-9]{1,12})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The announced ranges of a country, its population, and the sets of which a record lies in or beside it.

    ``away`` counts sets and records that do not. ``members`` are by set, placed by the same snapshot.
    """

    population: Population
    snapshot: str
    as_of: date
    gap_days: int
    ranges: tuple[Range, ...]
    sets: tuple[RecordSet, ...]
    away: Mapping[str, int]


def space(tables: Sequence[SnapshotTable], used: Sequence[Registry], country: str, at: date | None) -> Space:
    """Return what to draw from; ``at`` ``None`` is the day of the newest snapshot of announced networks.

    Raises:
        DataError: no snapshot knows announced addresses of the country, or a set is too large.
    """
    day = at or max((table.manifest.as_of for table in tables if table.manifest.kind == "ip_asn"), default=None)
    people = None if day is None else population(tables, day, country)
    if day is None or people is None or people.as_of is None:
        raise DataError(
            f"no snapshot knows announced addresses of {country}", hint="Import a table with `forensics data import`"
        )
    table = next(item for item in tables if item.manifest.id == people.snapshot)
    held = Population(
        country=country,
        addresses=people.total,
        by_as=people.by_as,
        source=f"{people.snapshot}, as of {people.as_of}",
    )
    ranges = _ranges(table.v4, country)
    sets, away = _sets(used, table, held, ranges, day)
    return Space(
        population=held,
        snapshot=people.snapshot,
        as_of=people.as_of,
        gap_days=people.gap_days or 0,
        ranges=ranges,
        sets=sets,
        away=away,
    )


def strongest(records: RecordSet) -> RecordSet:
    """Return a set as if each record covered the day and had one customer: the most that the model can ever say."""
    return changed(records, {"class": "dedicated", "window": "inside"})


def changed(records: RecordSet, changes: Mapping[str, str]) -> RecordSet:
    """Return a set with the class or the period of all records replaced."""
    members = records.members
    if "class" in changes:
        members = tuple(replace(item, record=replace(item.record, sharing_class=changes["class"])) for item in members)
    if changes.get("window") == "inside":
        members = tuple(replace(item, window="inside", gap_days=0) for item in members)
    return replace(records, members=members)


def assumed(parameters: Parameters, settings: Sequence[str]) -> tuple[Parameters, dict[str, str]]:
    """Return the parameters and what else the user changes; each setting is ``KEY=VALUE``.

    Raises:
        UsageError: a setting has no meaning.
    """
    changes: dict[str, str] = {}
    for text in settings:
        key, _, value = text.partition("=")
        if key not in CHANGES or not value:
            raise UsageError(
                f"no such setting: {text[:60]!r}", where="--set", hint="pi0=0.1, class=cgnat, window=inside"
            )
        changes[key] = value
    if changes.get("class", "dedicated") not in parameters.classes:
        raise UsageError(
            f"no sharing class {changes['class'][:30]!r}", where="--set", hint=", ".join(sorted(parameters.classes))
        )
    if changes.get("window", "inside") != "inside":
        raise UsageError("a period can only be set to inside", where="--set", hint="--set window=inside")
    return (_with_rate(parameters, changes["pi0"]) if "pi0" in changes else parameters), changes


def day(text: str) -> date | None:
    """Return the day of ``--at``, ``None`` for ""; ``UsageError`` for what is no day."""
    found = as_of_day(text) if text else None
    if isinstance(found, str):
        raise UsageError(f"no date: {text[:30]!r}", where="--at", hint="Write YYYY-MM-DD")
    return found


def network_number(text: str) -> int:
    """Return the number of an AS written as ``AS206977`` or ``206977``; ``UsageError`` for anything else."""
    digits = text.strip().upper().removeprefix("AS")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 11):  # noqa: PLR2004 - 32 bits
        raise UsageError(f"no AS number: {text[:30]!r}", where="--network", hint="Write it like AS206977")
    return int(digits)


def users(path: Path) -> dict[int, int]:
    """Return users by AS from lines ``AS number,users``; a first line of names is skipped.

    Raises:
        UsageError: a line is something else.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(islice(csv.reader(stream), _MAX_LINES))
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError("the table of users cannot be read", where=path.name, hint=_USERS) from error
    found: dict[int, int] = {}
    for place, row in enumerate(rows, start=1):
        matched = _USER_LINE.fullmatch(",".join(row[:2]))
        if matched is None and place > 1:
            raise UsageError("a line is no AS number and users", where=f"{path.name}, line {place}", hint=_USERS)
        if matched is not None:
            found[int(matched[1])] = int(matched[2])
    return found


def _with_rate(parameters: Parameters, text: str) -> Parameters:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1:
        raise UsageError(f"no rate between 0 and 1: {text[:30]!r}", where="--set", hint="--set pi0=0.1")
    return replace(
        parameters,
        pi0=rate,
        pi0_low=min(rate, parameters.pi0_low),
        pi0_high=max(rate, parameters.pi0_high),
        pi0_provenance=f"set to {rate} by the user of `calibrate`",
    )


def _ranges(table: RangeTable, country: str) -> tuple[Range, ...]:
    """Return the announced IPv4 ranges of a country, in ascending order."""
    import numpy as np

    kept = np.flatnonzero((table.country == np.uint16(pack_country(country))) & (table.asn != 0))
    columns = (table.start[0][kept].tolist(), table.end[0][kept].tolist(), table.asn[kept].tolist())
    return tuple(zip(*columns, strict=True))


def _sets(
    used: Sequence[Registry], table: SnapshotTable, people: Population, ranges: Sequence[Range], day: date
) -> tuple[tuple[RecordSet, ...], dict[str, int]]:
    """Return the sets that can give any address of the country a ring nearer than the country, in order of name."""
    ordered = sorted(used, key=lambda item: (item.name, item.version, item.digest))
    found, away = [], {"sets": 0, "records": 0}
    for name, records in sorted(weighed_sets(ordered).items()):
        if len(records) > MAX_SET:
            raise DataError(f"the set {name} has {len(records):,} records, more than {MAX_SET:,}", hint="Split the set")
        members = []
        for record in records:
            standing = classify(record, day)
            asn = _announcer(table, record.network)
            members.append(Member(record=record, window=standing.window, gap_days=standing.gap_days, asn=asn))
        near = [item for item in members if people.by_as.get(item.asn or -1) or _inside(item, ranges)]
        if any(item.supports for item in near):
            found.append(RecordSet(id=name, members=tuple(members)))
        else:
            away["sets"] += 1
        away["records"] += len(members) - len(near)
    return tuple(found), away


def _announcer(table: SnapshotTable, network: str) -> int | None:
    """Return the AS that announces the first address of a network in a snapshot."""
    first = ipaddress.ip_network(network)[0]
    ranges = table.ranges(first.version)
    packed = pack_v4([int(first)]) if first.version == V4 else pack_v6([int(first)])
    row = int(ranges.find(packed)[0])
    return None if row == NO_ROW else int(ranges.asn[row]) or None


def _inside(item: Member, ranges: Sequence[Range]) -> bool:
    first = item.network
    return first.version == V4 and any(low <= int(first[0]) <= high for low, high, _ in ranges)
