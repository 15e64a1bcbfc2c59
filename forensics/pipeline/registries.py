"""Registries of known infrastructure: which are at hand, and what they answer. Whole releases, matched on this machine."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.enrichment import snapshots as snapshot_tables
from forensics.enrichment.context import contexts
from forensics.pipeline import held_releases
from forensics.pipeline.own_folder import own_store
from forensics.registry import files, opening
from forensics.registry.lookup import Index
from forensics.registry.matching import Lookup, OriginAs, answer, as_json, question
from forensics.registry.record import as_mapping
from forensics.registry.states import INDICATOR, WITHDRAWN

if TYPE_CHECKING:
    from forensics.model import Record
    from forensics.registry.files import Registry
    from forensics.registry.matching import Named, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """The registry releases at hand and an index over all of them."""

    used: tuple[Registry, ...]
    index: Index


def load(named: Sequence[str | Path]) -> Registries:
    """Return the bundled published registry and the given ones, stores read whole."""
    found = (files.published(), *(opening.load(str(name)) for name in named))
    return Registries(used=found, index=Index(found))


def chosen(named: Sequence[str]) -> tuple[str, ...]:
    """Return the registries that the user names; where they name none, the pulled releases in use and their own store."""
    own = own_store()
    kept = own.is_file() and own.stat().st_size > 0  # an addition that was refused may leave an empty file
    return tuple(named) or (*held_releases.in_use(), *((str(own),) if kept else ()))


def load_sealed(folder: Path, digests: Sequence[str]) -> Registries:
    """Return the registry releases that lie in a case and that an analysis used, in its order."""
    found = tuple(files.load(folder / f"{digest}.jsonl") for digest in digests)
    return Registries(used=found, index=Index(found))


def weighed_sets(used: Sequence[Registry]) -> dict[str, list[Record]]:
    """Return the current records of addresses by set, for the ring model.

    Of one record (id and network) that several registries hold, the highest version counts, of equal versions the withdrawn
    one: a retraction in a release takes support from an older copy elsewhere, and a copy adds no second member. Sets
    that only share a name stay apart: two publishers did not gather them as one.
    """
    first = _current(used, ("address",))
    places: dict[str, set[int]] = defaultdict(set)
    for _, place, record in first.values():
        places[record.set].add(place)
    found: dict[str, list[Record]] = defaultdict(list)
    for _, place, record in first.values():
        shared = len(places[record.set]) > 1
        found[f"{record.set} ({used[place].name} {used[place].version})" if shared else record.set].append(record)
    return found


def other_records(used: Sequence[Registry], kinds: Sequence[str]) -> dict[tuple[str, str], list[Record]]:
    """Return, for each address record (id and network), the indicators of other kinds in its set of its registry."""
    by_set: dict[tuple[int, str], list[Record]] = defaultdict(list)
    for _, place, record in _current(used, kinds).values():
        if record.state == INDICATOR:
            by_set[place, record.set].append(record)
    found = {}
    for key, (_, place, record) in _current(used, ("address",)).items() if by_set else ():
        if held := by_set.get((place, record.set)):
            found[key] = held
    return found


def _current(
    used: Sequence[Registry], kinds: Sequence[str]
) -> dict[tuple[str, str], tuple[tuple[int, bool], int, Record]]:
    """Return the record that counts of each id and network: (rank, place of its registry, record)."""
    first: dict[tuple[str, str], tuple[tuple[int, bool], int, Record]] = {}
    for place, registry in enumerate(used):
        for record in registry.records:
            if record.kind not in kinds or record.superseded_at is not None:
                continue
            rank = (record.version, record.state in WITHDRAWN)
            held = first.get((record.id, record.network))
            if held is None or rank > held[0]:
                first[record.id, record.network] = (rank, place, record)
    return first


def lookup(
    query: str,
    at: date | None,
    known_at: date | None,
    registries: Sequence[str],
    folders: Sequence[Path],
    *,
    neighbours: bool = False,
) -> dict[str, Any]:
    """Return the documented answer of ``registry lookup``. No packet leaves, unless the user names a PostgreSQL server."""
    asked = question(query, origin=_origin(query, at, folders), neighbours=neighbours)
    held: list[tuple[Named, Record]] = []
    used: list[dict[str, Any]] = []
    for name in (str(files.PUBLISHED), *registries):
        registry, records, count = _asked_of(name, asked)
        held += [(registry, record) for record in records]
        used.append({"name": registry.name, "version": registry.version, "digest": registry.digest, "records": count})
    found = answer(asked, held, at=at, known_at=known_at)
    shown = as_json(found)
    if known_at is not None:
        shown["says"] += _since(answer(asked, held, at=at), found, known_at)
    return {**shown, "registries": used}


def _since(now: Lookup, then: Lookup, known_at: date) -> str:
    """Say which records a day of knowledge hides, and both of their days: publication, and entry into the registry.

    A registry answers by its own record time, because only that can be proven; what was public earlier is said beside it.
    """
    shown = {(match.registry.digest, match.record.id) for match in then.matches}
    hidden = [match.record for match in now.matches if (match.registry.digest, match.record.id) not in shown]
    if not hidden:
        return ""
    days = [record.published_at for record in hidden if record.published_at]
    first = f"published {min(days)} at the earliest" if days else "without a day of publication"
    entered = min(record.recorded_at for record in hidden)
    public = [day for day in days if day <= known_at]
    already = "; published by then, but not in this registry" if public else "; not published by then" if days else ""
    return f"; on record since {entered}, so not known to this registry on {known_at}: {first}{already}"


def _asked_of(name: str, asked: Question) -> tuple[Named, list[Record], int]:
    """Return a registry, its records that may speak of the question, and how many it holds."""
    if opening.is_database(name):
        store = opening.open_store(name)
        try:
            live, records = store.near(asked)
        finally:
            store.close()
        return live, records, live.records
    registry = opening.load(name)
    return registry, [record for _, record in Index([registry]).near(asked)], len(registry.records)


def _origin(query: str, at: date | None, folders: Sequence[Path]) -> OriginAs | None:
    """Return the AS that announced a queried address on the day, so that records of the AS itself are found, too."""
    try:
        address = str(ipaddress.ip_address(query.strip()))
    except ValueError:
        return None
    (found,) = contexts([(address, at)], snapshot_tables.load(*folders), "event" if at else "latest")
    value = found.origin_as.value
    return OriginAs(asn=int(value[2:])) if value else None


def told(found: Mapping[str, Any]) -> list[str]:
    """Say an answer in words."""
    lines = [found["says"]]
    for match in found["matches"]:
        record = match["record"]
        lines += [
            "",
            (
                f"{record['id']}  {record['network']}  [{match['ring']}; window {match['window']}; grade {match['grade']};"
                f" {record['state']}; licence {record['licence']}]"
            ),
            f"    {record['role']}",
            f"    {match['says']}",
        ]
        since = record["recorded_at"]
        lines.append(f"    published {record['published_at'] or 'on an unknown day'}, in this registry since {since}")
        lines += [f"    source ({item['grade']}): {item['citation']}" for item in match["sources"]]
        lines += [f"    stated, not computed ({item['grade']}): {item['statement']}" for item in match["link_b"]]
        lines += [f"    {key}: {record[key]}" for key in ("entity", "reason", "replacement", "reply") if record[key]]
        lines += [f"    unknown: {item}" for item in record["unknown"]]
    return lines


def listing(registries: Sequence[str], *, brief: bool) -> tuple[Sequence[str], list[dict[str, Any]]]:
    """Return every record of the registries at hand."""
    columns = ("registry", "id", "kind", "network", "state", "grade", "published_at", "role")
    rows = []
    for registry in load(registries).used:
        for record in registry.records:
            whole = as_mapping(record)
            rows.append({"registry": registry.name, **({key: whole[key] for key in columns[1:]} if brief else whole)})
    return columns if brief else tuple(rows[0]) if rows else columns, rows
