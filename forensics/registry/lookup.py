"""Look-up: which records speak of an address, a prefix, an AS or another indicator, as of a day.

Two clocks. ``at`` is the day of the event and only decides the *window* (inside, before, after, unknown); it never
hides a record. ``known_at`` is the day of knowledge: records that were not yet, or no longer, recorded then are not
shown.

Ranges are sorted once; a query is a bisection and a walk up the covering prefixes: O(log n + depth + matches).
"""

from __future__ import annotations

import ipaddress
import socket
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from forensics.errors import UsageError
from forensics.registry.record import as_mapping, canonical_indicator
from forensics.registry.window import Standing, classify, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from forensics.model import Record
    from forensics.registry.store import Registry

SCHEMA = "forensics/registry-lookup/1"
_NETWORKS = ("address", "prefix")


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginAs:
    """The AS that dated context gives for the query, and the prefixes it announced then. Handed in, never looked up."""

    asn: int
    announced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One record that speaks of the query.

    ``ring`` is ``exact`` (the same indicator), ``prefix`` (the record is a block that covers the query), ``contained``
    (the record lies inside the queried block) or ``origin_as`` (only the AS is shared).
    """

    registry: Registry
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranges:
    """Laminar ranges of one IP version, by start and then the wider first; ``parent`` is the next wider one, or -1."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    parents: tuple[int, ...]
    held: tuple[tuple[tuple[Registry, Record], ...], ...]

    def covering(self, start: int, end: int) -> Iterable[int]:
        """Yield the ranges that contain [start, end], the narrowest first."""
        index = bisect_right(self.starts, start) - 1
        while index >= 0:
            if self.ends[index] >= end:
                yield index
            index = self.parents[index]

    def inside(self, start: int, end: int) -> Iterable[int]:
        """Yield the ranges that lie inside [start, end]."""
        for index in range(bisect_left(self.starts, start), bisect_right(self.starts, end)):
            if self.ends[index] <= end:
                yield index


class Index:
    """All records of some registries, ready for look-ups."""

    def __init__(self, registries: Sequence[Registry]) -> None:
        """Sort the records once; the order of the registries is the order of equal matches."""
        networks: dict[tuple[int, int, int], list[tuple[Registry, Record]]] = defaultdict(list)
        self._others: dict[tuple[str, str], list[tuple[Registry, Record]]] = defaultdict(list)
        for registry in registries:
            for record in registry.records:
                if record.kind in _NETWORKS:
                    networks[_span(record.network)].append((registry, record))
                else:
                    self._others[record.kind, record.network].append((registry, record))
        self._ranges = {version: _ranges(networks, version) for version in (4, 6)}

    def lookup(
        self, query: str, *, at: date | None = None, known_at: date | None = None, origin: OriginAs | None = None
    ) -> Lookup:
        """Return every record that speaks of ``query``, the nearest ring first.

        ``query`` is an address, a prefix, ``ASnnn``, a domain, a URL, a mail address or a full digest.

        Raises:
            UsageError: the query is none of these.
        """
        kind, text = parse_query(query)
        matches: dict[tuple[str, str, date], Match] = {}
        for ring, registry, record in self._found(kind, text, origin):
            key = (registry.digest, record.id, record.recorded_at)
            if key not in matches and _known(record, known_at):
                standing = classify(record, at)
                said = sentence(record, standing, at)
                matches[key] = Match(registry=registry, record=record, ring=ring, standing=standing, says=said)
        kept = tuple(matches.values())
        return Lookup(query=text, kind=kind, at=at, known_at=known_at, matches=kept, says=_says(text, at, kept))

    def touches(self, address: str) -> bool:
        """Whether a record names the address, the /64 of an IPv6 address, or a block around it; superseded ones count not.

        The same as asking ``lookup`` for matches, for millions of addresses.
        """
        if ":" in address:
            version, start = 6, int(ipaddress.ip_address(address)) >> 64 << 64
            end = start | (1 << 64) - 1
        else:
            version = 4
            start = end = int.from_bytes(socket.inet_pton(socket.AF_INET, address))
        ranges = self._ranges[version]
        near = chain(ranges.covering(start, end), ranges.inside(start, end) if start != end else ())
        return any(_known(record, None) for index in near for _, record in ranges.held[index])

    def _found(self, kind: str, text: str, origin: OriginAs | None) -> Iterable[tuple[str, Registry, Record]]:
        if kind in _NETWORKS:
            yield from self._near(text)
        else:
            for registry, record in self._others.get((kind, text), ()):
                yield ("exact", registry, record)
        if origin is not None and (kind in _NETWORKS or text == f"AS{origin.asn}"):
            yield from self._same_as(origin)

    def _near(self, text: str) -> Iterable[tuple[str, Registry, Record]]:
        version, start, end = _span(text)
        ranges = self._ranges[version]
        for index in ranges.covering(start, end):
            same = (ranges.starts[index], ranges.ends[index]) == (start, end)
            for registry, record in ranges.held[index]:
                yield ("exact" if same else "prefix", registry, record)
        if start != end:
            for index in ranges.inside(start, end):
                for registry, record in ranges.held[index]:
                    yield ("contained", registry, record)

    def _same_as(self, origin: OriginAs) -> Iterable[tuple[str, Registry, Record]]:
        for registry, record in self._others.get(("asn", f"AS{origin.asn}"), ()):
            yield ("origin_as", registry, record)
        for prefix in origin.announced:
            version, start, end = _span(prefix)
            for index in self._ranges[version].inside(start, end):
                for registry, record in self._ranges[version].held[index]:
                    yield ("origin_as", registry, record)


def parse_query(query: str) -> tuple[str, str]:
    """Return (kind, canonical text) of what the user asks for.

    Raises:
        UsageError: it is nothing that a registry holds.
    """
    text = query.strip()
    for kind in ("address", "prefix", "asn", "md5", "sha1", "sha256"):
        try:
            return kind, canonical_indicator(kind, text)
        except ValueError:
            continue
    spaced = any(char.isspace() for char in text)
    if not spaced and ("://" in text or text.count("@") == 1):
        return ("url" if "://" in text else "email"), text
    try:
        return "domain", canonical_indicator("domain", text.rstrip("."))
    except ValueError as error:
        message = f"not an address, prefix, AS number, domain or full digest: {text[:80]!r}"
        raise UsageError(message, hint="For example 203.0.113.45, 203.0.113.0/24 or AS64497") from error


def as_json(found: Lookup) -> dict[str, Any]:
    """Return the documented output of ``registry lookup --json``."""
    return {
        "schema": SCHEMA,
        "query": found.query,
        "kind": found.kind,
        "at": found.at.isoformat() if found.at else None,
        "known_at": found.known_at.isoformat() if found.known_at else None,
        "says": found.says,
        "matches": [_match(match) for match in found.matches],
    }


def _match(match: Match) -> dict[str, Any]:
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


def _says(query: str, at: date | None, matches: Sequence[Match]) -> str:
    if not matches:
        return f"nothing on record lists {query}; absence from a registry says little"
    exact = [match for match in matches if match.ring == "exact"]
    if not exact:
        return f"nothing on record lists {query} itself; records around it: {len(matches)}"
    if at is None:
        return f"{query} is on record (records: {len(exact)}); no day was asked for, so nothing is said about any day"
    inside = [match for match in exact if match.standing.window == "inside" and match.record.state == "active"]
    if inside:
        return f"{query} is on record for {at}: {inside[0].says}"
    return f"{query} is on record, but {exact[0].says}"


def _known(record: Record, known_at: date | None) -> bool:
    if known_at is None:
        return record.superseded_at is None
    return record.recorded_at <= known_at and (record.superseded_at is None or known_at < record.superseded_at)


def _span(text: str) -> tuple[int, int, int]:
    """Return IP version, first and last address as integers."""
    network = ipaddress.ip_network(text)
    return network.version, int(network.network_address), int(network.broadcast_address)


def _ranges(networks: Mapping[tuple[int, int, int], Sequence[tuple[Registry, Record]]], version: int) -> _Ranges:
    ordered = sorted((start, -end) for known, start, end in networks if known == version)
    starts, ends = tuple(start for start, _ in ordered), tuple(-end for _, end in ordered)
    parents: list[int] = []
    open_ranges: list[int] = []
    for index, start in enumerate(starts):
        while open_ranges and ends[open_ranges[-1]] < start:
            open_ranges.pop()
        parents.append(open_ranges[-1] if open_ranges else -1)
        open_ranges.append(index)
    held = tuple(tuple(networks[version, start, end]) for start, end in zip(starts, ends, strict=True))
    return _Ranges(starts=starts, ends=ends, parents=tuple(parents), held=held)
