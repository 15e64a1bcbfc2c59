"""Registries of known infrastructure: which are at hand, and what they answer. Whole releases, matched on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.enrichment import snapshots as snapshot_tables
from forensics.enrichment.context import contexts
from forensics.pipeline.registry_store import users_store
from forensics.registry import files, opening
from forensics.registry.lookup import Index
from forensics.registry.matching import Lookup, OriginAs, as_json
from forensics.registry.record import as_mapping

if TYPE_CHECKING:
    from forensics.registry.files import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """The registry releases at hand and an index over all of them."""

    used: tuple[Registry, ...]
    index: Index


def load(folders: Sequence[Path]) -> Registries:
    """Return the bundled published registry and the given ones."""
    found = (files.published(), *(opening.load(str(folder)) for folder in folders))
    return Registries(used=found, index=Index(found))


def at_hand(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return the registries that a question is asked of: the user's own store, where there is one, and the given ones."""
    own = users_store()
    return (*((own,) if own.is_file() and own not in folders else ()), *folders)


def load_sealed(folder: Path) -> Registries:
    """Return the registry releases that lie in a case."""
    found = tuple(files.load(path) for path in sorted(folder.glob("*.jsonl")))
    ordered = tuple(sorted(found, key=lambda item: (item.sample, item.name)))
    return Registries(used=ordered, index=Index(ordered))


def lookup(
    query: str, at: date | None, known_at: date | None, registries: Sequence[Path], folders: Sequence[Path]
) -> dict[str, Any]:
    """Return the documented answer of ``registry lookup``. No packet leaves."""
    loaded = load(at_hand(registries))
    origin = _origin(query, at, folders)
    answer = as_json(loaded.index.lookup(query, at=at, known_at=known_at, origin=origin))
    if known_at is not None:
        answer["says"] += _since(loaded.index.lookup(query, at=at, origin=origin), answer["matches"], known_at)
    answer["registries"] = [
        {"name": item.name, "version": item.version, "digest": item.digest, "records": len(item.records)}
        for item in loaded.used
    ]
    return answer


def _since(now: Lookup, then: Sequence[Mapping[str, Any]], known_at: date) -> str:
    """Say which records a day of knowledge hides, and both of their days: publication, and entry into the registry.

    A registry answers by its own record time, because only that can be proven; what was public earlier is said beside it.
    """
    shown = {(match["registry"]["digest"], match["record"]["id"]) for match in then}
    hidden = [match.record for match in now.matches if (match.registry.digest, match.record.id) not in shown]
    if not hidden:
        return ""
    days = [record.published_at for record in hidden if record.published_at]
    first = f"published {min(days)} at the earliest" if days else "without a day of publication"
    entered = min(record.recorded_at for record in hidden)
    public = [day for day in days if day <= known_at]
    already = "; published by then, but not in this registry" if public else "; not published by then" if days else ""
    return f"; on record since {entered}, so not known to this registry on {known_at}: {first}{already}"


def _origin(query: str, at: date | None, folders: Sequence[Path]) -> OriginAs | None:
    """Return the AS that announced a queried address on the day, so that records of the AS itself are found, too."""
    try:
        address = str(ipaddress.ip_address(query.strip()))
    except ValueError:
        return None
    (found,) = contexts([(address, at)], snapshot_tables.load(*folders), "event" if at else "latest")
    value = found.origin_as.value
    return OriginAs(asn=int(value[2:])) if value else None


def told(answer: Mapping[str, Any]) -> list[str]:
    """Say an answer in words."""
    lines = [answer["says"]]
    for match in answer["matches"]:
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
        lines += [f"    unknown: {item}" for item in record["unknown"]]
    return lines


def listing(registries: Sequence[Path], *, brief: bool) -> tuple[Sequence[str], list[dict[str, Any]]]:
    """Return every record of the registries at hand."""
    columns = ("registry", "id", "kind", "network", "state", "grade", "published_at", "role")
    rows = []
    for registry in load(at_hand(registries)).used:
        for record in registry.records:
            whole = as_mapping(record)
            rows.append({"registry": registry.name, **({key: whole[key] for key in columns[1:]} if brief else whole)})
    return columns if brief else tuple(rows[0]) if rows else columns, rows
