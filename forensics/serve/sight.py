"""What a client may see: the records of its marking and below, cut out before any route looks at them.

A client sees a version when its own marking and that of every later version of the same id allow it. So a record that
was marked higher later vanishes with its past, and one that was released later does not show the past in which it was
not. What remains has its own digest, count and state name, because those of the whole would tell that there is more; the
id of a replacement that the client may not see is left out.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forensics.registry import files
from forensics.registry.lookup import Index
from forensics.registry.matching import Lookup, OriginAs
from forensics.registry.record import TLP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from forensics.model import Record
    from forensics.registry.files import Registry

    Origins = Callable[[Sequence[str], date | None], list[OriginAs | None]]
    """The AS that dated context gives for each query on a day; ``None`` for what is no address."""

NAMESPACE = uuid.UUID("5d2f0a52-6a0c-5f7c-9a0e-7a8f5b1d3c41")
"""Namespace of every deterministic id that this package makes (RFC 9562 section 5.5)."""
_RANK = {tlp: rank for rank, tlp in enumerate(TLP)}
_LIVE = "live."


def allowed(tlp: str, ceiling: str) -> bool:
    """Whether a record of a marking may be shown up to a ceiling; a marking we do not know is shown to nobody."""
    return _RANK.get(tlp, len(_RANK)) <= _RANK[ceiling]


def markings(ceiling: str) -> tuple[str, ...]:
    """Return the markings up to a ceiling, the widest audience first."""
    return TLP[: _RANK[ceiling] + 1]


def key_of(record_id: str) -> str:
    """Return the public key of a record: no address stands in it, although an id may hold one."""
    return str(uuid.uuid5(NAMESPACE, f"record:{record_id}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What all queries of one request share: the day of the event, the day of knowledge, whether neighbours count."""

    at: date | None = None
    known_at: date | None = None
    neighbours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Some registries as a client of one marking sees them; a registry without a visible record is not among them."""

    tlp: str
    registries: tuple[Registry, ...]
    index: Index
    by_key: dict[str, tuple[tuple[Registry, Record], ...]]

    def look_up(self, query: str, origin: OriginAs | None, asked: Asked) -> Lookup:
        """Return the answer to one query.

        Raises:
            UsageError: the query is nothing that a registry holds.
        """
        return self.index.lookup(
            query, at=asked.at, known_at=asked.known_at, origin=origin, neighbours=asked.neighbours
        )


def sight_of(registries: Iterable[Registry], ceiling: str) -> Sight:
    """Return what is visible of some registries."""
    seen = tuple(found for registry in registries if (found := _seen(registry, ceiling)) is not None)
    by_key: dict[str, list[tuple[Registry, Record]]] = {}
    for registry in seen:
        for record in registry.records:
            by_key.setdefault(key_of(record.id), []).append((registry, record))
    return Sight(
        tlp=ceiling,
        registries=seen,
        index=Index(seen),
        by_key={key: tuple(held) for key, held in by_key.items()},
    )


def _seen(registry: Registry, ceiling: str) -> Registry | None:
    records = _visible(registry.records, ceiling)
    if not records:
        return None
    ids = {record.id for record in records}
    cleared = tuple(replace(one, replacement="") if one.replacement not in ids else one for one in records)
    if cleared == registry.records:
        return registry
    head = _head(registry)
    if registry.version.startswith(_LIVE):
        head |= {"version": f"{_LIVE}{len(cleared)}", "published": max(record.recorded_at for record in cleared)}
    return files.assembled(head, cleared, registry.folder)


def _visible(records: Sequence[Record], ceiling: str) -> list[Record]:
    """Return the records (ascending versions of each id together) whose own and later markings allow it."""
    kept: list[Record] = []
    closed: str | None = None
    for record in reversed(records):
        if record.id == closed:
            continue
        if allowed(record.tlp, ceiling):
            kept.append(record)
        else:
            closed = record.id
    kept.reverse()
    return kept


def _head(registry: Registry) -> dict[str, object]:
    names = ("name", "version", "published", "licence", "maintainer", "description", "sample", "schema")
    return {name: getattr(registry, name) for name in names}
