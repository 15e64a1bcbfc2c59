"""Which of the records near a query speak of it, how, and in what order: one meaning for every store. Pure.

A store hands in candidates; it may hand in too many and each several times, never too few. What is said about them, and
the order, is decided here, so that a folder, an SQLite file and a PostgreSQL database give the same answer.

==================  ==================================================================================================
``exact``           the same indicator
``prefix``          the record is a block or range that covers the query; the narrowest first
``parent``          the record is a domain above the queried one; the nearest first
``overlap``         the record and the queried range share addresses, neither covers the other
``contained``       the record lies inside the queried block or range
``neighbourhood``   the record lies in the same /24 (v6: /48) and nothing closer holds; only when neighbours are asked for
``origin_as``       only the AS that dated context gives is shared
==================  ==================================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from forensics.registry.indicator import NETWORKS, Span, parents, parse_query, same_text, span
from forensics.registry.record import as_mapping
from forensics.registry.window import Standing, classify, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forensics.model import Record

SCHEMA = "forensics/registry-lookup/1"
RINGS = ("exact", "prefix", "parent", "overlap", "contained", "neighbourhood", "origin_as")
_NEIGHBOURHOOD = {4: 8, 6: 80}
"""Host bits of a neighbourhood: /24 and /48, as in the ring model."""


class Named(Protocol):
    """What a match says about the registry that holds its record."""

    @property
    def name(self) -> str:
        """Name."""

    @property
    def version(self) -> str:
        """Version."""

    @property
    def digest(self) -> str:
        """SHA-256 of the release, or of the chain of versions of a live store."""

    @property
    def sample(self) -> bool:
        """Whether it is fiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginAs:
    """The AS that dated context gives for the query, and the prefixes it announced then. Handed in, never looked up."""

    asn: int
    announced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One record that speaks of the query; ``ring`` is one of ``RINGS``."""

    registry: Named
    record: Record
    ring: str
    standing: Standing
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """The answer to one query; no match is an answer too, and ``says`` puts it in one plain sentence."""

    query: str
    kind: str
    at: date | None
    known_at: date | None
    matches: tuple[Match, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed query: what is asked for (``span`` only for networks), and what counts as near."""

    kind: str
    text: str
    span: Span | None
    around: Span | None
    origin: OriginAs | None

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The (kind, text) of every record that is no network and speaks of the query."""
        asked = [] if self.span else same_text(self.kind, self.text)
        if self.kind == "domain":
            asked += [("domain", above) for above in parents(self.text)]
        if self.origin and self._shares_as:
            asked.append(("asn", f"AS{self.origin.asn}"))
        return asked

    @property
    def spans(self) -> list[Span]:
        """Every stretch of addresses whose records may speak of the query: those that meet it."""
        found = [self.around or self.span] if self.span else []
        if self.origin and self._shares_as:
            found += [span(prefix) for prefix in self.origin.announced]
        return found

    @property
    def _shares_as(self) -> bool:
        return self.origin is not None and (self.span is not None or self.text == f"AS{self.origin.asn}")

    @property
    def alone(self) -> Span | None:
        """The one address that is asked for, where nothing around it and no AS is asked as well."""
        asked = self.span
        return asked if asked and asked.first == asked.last and not self.around and not self.origin else None

    def ring(self, record: Record) -> tuple[int, int, int, int] | None:
        """Return the place of a record among the matches, the nearest ring first, or ``None``: it says nothing."""
        if record.network == self.text and record.kind == self.kind:
            return (0, 0, 0, 0)  # each indicator has one spelling
        if record.kind in NETWORKS:
            return self._network_ring(span(record.network))
        if not self.span and (record.kind, record.network) in same_text(self.kind, self.text):
            return (0, 0, 0, 0)
        if record.kind == "domain" and self.kind == "domain" and record.network in parents(self.text):
            return (2, -len(record.network), 0, 0)
        if self._shares_as and self.origin and (record.kind, record.network) == ("asn", f"AS{self.origin.asn}"):
            return (6, 0, 0, 0)
        return None

    def _network_ring(self, held: Span) -> tuple[int, int, int, int] | None:
        asked = self.span
        if asked is not None:
            if held == asked:
                return (0, 0, 0, 0)
            if held.holds(asked):
                return (1, held.size, held.first, 0)
            ring = 3 if held.meets(asked) else 0
            if asked.holds(held):
                ring = 4
            elif not ring and self.around is not None and held.meets(self.around):
                ring = 5
            if ring:
                return (ring, held.version, held.first, -held.size)
        if self._shares_as and self.origin and any(span(item).holds(held) for item in self.origin.announced):
            return (6, held.version, held.first, -held.size)
        return None


def question(query: str, *, origin: OriginAs | None = None, neighbours: bool = False) -> Question:
    """Parse a query: an address, prefix, range, ``ASnnn``, domain, URL, mail address, fingerprint, digest or KIND=TEXT.

    Raises:
        UsageError: the query is none of these.
    """
    kind, text = parse_query(query)
    asked = span(text) if kind in NETWORKS else None
    return Question(kind, text, asked, _around(asked) if asked and neighbours else None, origin)


def answer(
    asked: Question, held: Iterable[tuple[Named, Record]], *, at: date | None = None, known_at: date | None = None
) -> Lookup:
    """Return what the candidates say about a query. Of equal ones, the earlier registry and then the id come first."""
    places: dict[int, int] = {}
    ranked: dict[tuple[int, str, int], tuple[tuple[int, int, int, int], Named, Record]] = {}
    for registry, record in held:
        order = places.setdefault(id(registry), len(places))
        ring = asked.ring(record) if known(record, known_at) else None
        if ring is not None:
            ranked[order, record.id, record.version] = ring, registry, record
    chosen = sorted(ranked.items(), key=lambda item: (item[1][0], item[0]))
    matches = tuple(_match(RINGS[ring[0]], registry, record, at) for _, (ring, registry, record) in chosen)
    return Lookup(
        query=asked.text,
        kind=asked.kind,
        at=at,
        known_at=known_at,
        matches=matches,
        says=_says(asked.text, at, matches),
    )


def known(record: Record, known_at: date | None) -> bool:
    """Whether a version was what the registry said on a day (``None``: is now)."""
    if known_at is None:
        return record.superseded_at is None
    return record.recorded_at <= known_at and (record.superseded_at is None or known_at < record.superseded_at)


def as_json(found: Lookup) -> dict[str, Any]:
    """Return the documented output of ``registry lookup --json``."""
    return {
        "schema": SCHEMA,
        "query": found.query,
        "kind": found.kind,
        "at": found.at.isoformat() if found.at else None,
        "known_at": found.known_at.isoformat() if found.known_at else None,
        "says": found.says,
        "matches": [_match_json(match) for match in found.matches],
    }


def _match_json(match: Match) -> dict[str, Any]:
    record = as_mapping(match.record)
    sources, statements, grade = record.pop("sources"), record.pop("link_b"), record.pop("grade")
    standing, registry = match.standing, match.registry
    return {
        "record": record,
        "registry": {
            "name": registry.name,
            "version": registry.version,
            "digest": registry.digest,
            "sample": registry.sample,
        },
        "ring": match.ring,
        "window": standing.window,
        "gap_days": standing.gap_days,
        "gap_basis": standing.basis,
        "nearest": standing.nearest.isoformat() if standing.nearest else None,
        "says": match.says,
        "sources": sources,
        "independent_groups": len({source["independence_group"] for source in sources}),
        "grade": grade,
        "link_b": statements,
    }


def _match(ring: str, registry: Named, record: Record, at: date | None) -> Match:
    standing = classify(record, at)
    return Match(registry=registry, record=record, ring=ring, standing=standing, says=sentence(record, standing, at))


def _says(query: str, at: date | None, matches: Sequence[Match]) -> str:
    if not matches:
        return f"nothing on record lists {query}; absence from a registry says little"
    exact = [match for match in matches if match.ring == "exact"]
    if not exact:
        return f"nothing on record lists {query} itself; records around it: {len(matches)}"
    if at is None:
        return f"{query} is on record (records: {len(exact)}); no day was asked for, so nothing is said about any day"
    inside = [match for match in exact if match.standing.window == "inside" and match.record.state == "indicator"]
    if inside:
        return f"{query} is on record for {at}: {inside[0].says}"
    return f"{query} is on record, but {exact[0].says}"


def _around(asked: Span) -> Span:
    mask = (1 << _NEIGHBOURHOOD[asked.version]) - 1
    return Span(asked.version, asked.first & ~mask, asked.last | mask)
