"""Link A for a case: unexplained addresses against the registries, by the ring model, as of each address's own day.

The pipeline counts (how many addresses a country, an AS, a block announces in the snapshot of the day) and the
attribution stage weighs; neither knows the other's files.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.attribution import parameters as ring_parameters
from forensics.attribution import rings
from forensics.attribution.counter import Circumstances, counter_hypotheses
from forensics.attribution.sessions import Baseline
from forensics.attribution.strength import capped, printed_scale, rounded, words
from forensics.enrichment import snapshots as snapshot_tables
from forensics.enrichment.context import contexts
from forensics.enrichment.population import population
from forensics.errors import UsageError
from forensics.model import AddressContext, Link, Record, Role, Session, Strength
from forensics.registry import lookup as registry_lookup
from forensics.registry import store
from forensics.registry.record import as_mapping
from forensics.registry.window import classify

if TYPE_CHECKING:
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.registry.store import Registry

SUPPORTING = "active"
MAX_SET = 20_000
CLASS_OF = {"anonymous-proxy": "proxy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """The registry releases at hand and an index over all of them."""

    used: tuple[Registry, ...]
    index: registry_lookup.Index


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Links of all unexplained addresses, the words that go with them, and the records that they name."""

    links: tuple[Link, ...]
    words: Mapping[tuple[str, str], tuple[str, ...]]
    records: Mapping[str, Record]
    parameters: str
    scale: tuple[tuple[str, str], ...]
    scale_citation: str
    index: registry_lookup.Index

    def listed(self, address: str) -> str:
        """Say in a few words what the registries hold about an address itself, or ""."""
        found = [item for item in self.index.lookup(address).matches if item.ring in ("exact", "prefix")]
        return "; ".join(f"{item.record.id} ({item.record.state}): {item.record.role}" for item in found[:3])


def load(folders: Sequence[Path]) -> Registries:
    """Return the bundled published registry and the given ones."""
    found = (store.published(), *(store.load(folder) for folder in folders))
    return Registries(used=found, index=registry_lookup.Index(found))


def load_sealed(folder: Path) -> Registries:
    """Return the registry releases that lie in a case."""
    found = tuple(store.load(path) for path in sorted(folder.glob("*.jsonl")))
    return Registries(used=found, index=registry_lookup.Index(found))


def link_all(
    found: Sequence[Session],
    known: Baseline,
    context_of: Mapping[tuple[str, date], AddressContext],
    registries: Registries,
    snapshots: Sequence[SnapshotTable],
) -> Linked:
    """Weigh every unexplained address against every set of records. Without a baseline only exact hits are reported."""
    linker = _Linker(found, context_of, registries, snapshots)
    links: list[Link] = []
    said: dict[tuple[str, str], tuple[str, ...]] = {}
    records: dict[str, Record] = {}
    for address, at in linker.first_use.items():
        link, record, texts = linker.link(address, at)
        if record is None and not known.exists:
            continue
        if record is not None:
            records[record.id] = record
        links.append(link)
        said[address, link.record] = texts
    parameters = ring_parameters.load()
    return Linked(
        links=tuple(links),
        words=said,
        records=records,
        parameters=parameters.version,
        scale=printed_scale(parameters),
        scale_citation=parameters.scale_citation,
        index=registries.index,
    )


class _Linker:
    """Counting and matching for one case; sets and populations are prepared once per day."""

    def __init__(
        self,
        found: Sequence[Session],
        context_of: Mapping[tuple[str, date], AddressContext],
        registries: Registries,
        snapshots: Sequence[SnapshotTable],
    ) -> None:
        self.sessions = [item for item in found if item.role is Role.UNEXPLAINED and item.address]
        self.context_of = context_of
        self.index = registries.index
        self.snapshots = snapshots
        self.parameters = ring_parameters.load()
        self.first_use: dict[str, datetime] = {}
        for session in sorted(self.sessions, key=lambda item: (item.first, item.address or "")):
            self.first_use.setdefault(session.address or "", session.first)
        self.sets: dict[str, list[Record]] = defaultdict(list)
        for registry in registries.used:
            for record in registry.records:
                if record.kind == "address" and record.state == SUPPORTING and record.superseded_at is None:
                    self.sets[record.set].append(record)
        self.recorded = sum(len(items) for items in self.sets.values())
        self._places = cache(self._place_set)
        self._population = cache(lambda day, country: population(self.snapshots, day, country))

    def _place_set(self, name: str, day: date) -> tuple[tuple[Record, AddressContext], ...]:
        """Return the records of a set with their own context on the day."""
        records = self.sets[name][:MAX_SET]
        return tuple(zip(records, contexts([(item.network, day) for item in records], self.snapshots), strict=True))

    def link(self, address: str, at: datetime) -> tuple[Link, Record | None, tuple[str, ...]]:
        """Return the strongest link of an address over all sets, or the link that says it is on no record."""
        context = self.context_of.get((address, at.date()))
        best: tuple[tuple[int, str], str, Record] | None = None
        for name in sorted(self.sets):
            ring, record = self._nearest(address, context, name, at.date())
            if record is not None:
                candidate = ((rings.RINGS.index(ring), record.id), ring, record)
                best = min(best, candidate, key=lambda item: item[0]) if best else candidate
        if best is None:
            return self._unlisted(address, at, context), None, ()
        return self._weigh(address, at, context, best[1], best[2])

    def _nearest(
        self, address: str, context: AddressContext | None, name: str, day: date
    ) -> tuple[str, Record | None]:
        """Return the innermost ring of a set that holds the address, and the record it is nearest to."""
        target = ipaddress.ip_address(address)
        network = context.origin_as.value if context else None
        found: tuple[int, str, Record] | None = None
        for record, placed in self._places(name, day):
            other = ipaddress.ip_network(record.network).network_address
            same_as = network is not None and placed.origin_as.value == network
            if other == target:
                ring = "exact"
            elif same_as and target.version == other.version and _block(target) == _block(other):
                ring = "same_24"
            elif same_as:
                ring = "same_as"
            else:
                continue
            candidate = (rings.RINGS.index(ring), record.id, record)
            found = min(found, candidate, key=lambda item: item[:2]) if found else candidate
        return (rings.RINGS[found[0]], found[2]) if found else ("elsewhere", None)

    def _counts(self, name: str, day: date, country: str | None) -> rings.Counts | None:
        """Count the rings around a set in the population of a country, in the snapshot of the day."""
        if country is None:
            return None
        people = self._population(day, country)
        own = [(record, placed) for record, placed in self._places(name, day) if placed.country.value == country]
        if not people.total or not own:
            return None
        networks = {_asn(placed.origin_as.value) for _, placed in own if placed.origin_as.value}
        blocks = {_block(ipaddress.ip_network(record.network).network_address) for record, _ in own}
        in_networks = sum(people.network_size(number) for number in networks)
        return rings.Counts(
            exact=len(own),
            same_24=min(256 * len(blocks), in_networks) if in_networks else None,
            same_range=None,
            same_as=in_networks or None,
            country=people.total,
        )

    def _network_counts(self, name: str, day: date, context: AddressContext | None) -> rings.Counts | None:
        """Count the same inside the network of the address only (Hd2)."""
        if context is None or context.origin_as.value is None or context.country.value is None:
            return None
        size = self._population(day, context.country.value).network_size(_asn(context.origin_as.value))
        own = [item for item, placed in self._places(name, day) if placed.origin_as.value == context.origin_as.value]
        if not size or not own:
            return None
        return rings.Counts(exact=len(own), same_24=None, same_range=None, same_as=None, country=size)

    def _weigh(
        self, address: str, at: datetime, context: AddressContext | None, ring: str, record: Record
    ) -> tuple[Link, Record, tuple[str, ...]]:
        day = at.date()
        standing = classify(record, day)
        counts = self._counts(record.set, day, context.country.value if context else None)
        sharing = _sharing(record, context)
        misses = self._linked_misses(address, record.set)
        question = rings.Question(
            ring=ring if counts else rings.OUTSIDE,
            counts=counts or rings.Counts(exact=0, same_24=None, same_range=None, same_as=None, country=1),
            network=self._network_counts(record.set, day, context),
            gap_days=0 if standing.window == "inside" else standing.gap_days,
            window_known=standing.window != "unknown",
            sharing=sharing,
            linked_misses=misses,
        )
        found = rings.answer(question, self.parameters)
        chance = rings.coincidence(len(self.first_use), self.recorded, question.counts.country) if counts else 0.0
        known = Circumstances(
            context=context,
            record=record,
            window=standing.window,
            gap_days=standing.gap_days,
            sharing=sharing,
            source_ports=self._has_ports(address),
            addresses_compared=len(self.first_use),
            records_compared=self.recorded,
            coincidence=chance,
        )
        numbers = dict(found.numbers) | {"coincidence_expected": chance, "record": record.id, "set": record.set}
        link = Link(
            address=address,
            at=at,
            ring=ring,
            record=record.id,
            window=standing.window,
            gap_days=standing.gap_days,
            strength=self._strength(found, context),
            assumptions=found.assumptions,
            derivation={key: rounded(item) if isinstance(item, float) else item for key, item in numbers.items()},
        )
        return link, record, counter_hypotheses(known)

    def _strength(self, found: rings.Answer, context: AddressContext | None) -> Strength:
        country = context.country.value if context and context.country.value else "the country"
        low, high = capped(found.low, self.parameters), capped(found.high, self.parameters)
        ratio = capped(found.ratio, self.parameters)
        said, least = words(ratio, self.parameters), words(low, self.parameters)
        return Strength(
            lr_low=rounded(low),
            lr=rounded(ratio),
            lr_high=rounded(high),
            words=said if said == least else f"{said} (at the low end: {least})",
            against=f"an unrelated source in the address space of {country}",
            lr_network=None if found.network is None else rounded(capped(found.network, self.parameters)),
            words_network="" if found.network is None else words(capped(found.network, self.parameters), self.parameters),
        )

    def _linked_misses(self, address: str, name: str) -> int:
        """Count the further addresses that share a device with this one and are not in the set."""
        devices = {item.device for item in self.sessions if item.address == address and item.device}
        linked = {item.address for item in self.sessions if item.device in devices and item.address != address}
        return len(linked - {record.network for record in self.sets[name]})

    def _has_ports(self, address: str) -> bool:
        return any(
            event.source_port is not None for item in self.sessions if item.address == address for event in item.events
        )

    def _unlisted(self, address: str, at: datetime, context: AddressContext | None) -> Link:
        neutral = words(1.0, self.parameters)
        country = context.country.value if context and context.country.value else "the country"
        return Link(
            address=address,
            at=at,
            ring="elsewhere",
            record="",
            window="",
            gap_days=None,
            strength=Strength(
                lr_low=1.0,
                lr=1.0,
                lr_high=1.0,
                words=neutral,
                against=f"an unrelated source in the address space of {country}",
            ),
            assumptions=("compared with every active record of every registry used",),
            derivation={"records_compared": float(self.recorded)},
        )


def _block(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    """Return the /24 (IPv4) or /48 (IPv6) that an address lies in, as a number."""
    return int(address) >> (8 if address.version == 4 else 80)  # noqa: PLR2004 - IP version


def _asn(text: str | None) -> int:
    return int(text[2:]) if text else 0


def _sharing(record: Record, context: AddressContext | None) -> str:
    """Return the class to weigh: a shared class from any witness wins, because it can only weaken."""
    seen = [CLASS_OF.get(name, name) for name in (context.classes if context else ())]
    shared = [name for name in seen if name in rings.SHARED]
    if shared:
        return shared[0]
    if record.sharing_class == "unknown" and "hosting" in seen:
        return "hosting"
    return record.sharing_class


def lookup(
    query: str, at: date | None, known_at: date | None, registries: Sequence[Path], folders: Sequence[Path]
) -> dict[str, Any]:
    """Return the documented answer of ``registry lookup``: whole registries, matched here; no packet."""
    loaded = load(registries)
    answer = registry_lookup.as_json(loaded.index.lookup(query, at=at, known_at=known_at, origin=_origin(query, at, folders)))
    answer["registries"] = [
        {"name": item.name, "version": item.version, "digest": item.digest, "records": len(item.records)}
        for item in loaded.used
    ]
    return answer


def _origin(query: str, at: date | None, folders: Sequence[Path]) -> registry_lookup.OriginAs | None:
    """Return the AS that announced a queried address on the day, so that records of the AS itself are found."""
    try:
        address = str(ipaddress.ip_address(query.strip()))
    except ValueError:
        return None
    try:
        (found,) = contexts([(address, at)], snapshot_tables.load(*folders), "event" if at else "latest")
    except UsageError:
        return None
    value = found.origin_as.value
    return registry_lookup.OriginAs(asn=_asn(value)) if value else None


def told(answer: Mapping[str, Any]) -> list[str]:
    """Say an answer in words."""
    lines = [answer["says"]]
    for match in answer["matches"]:
        record = match["record"]
        lines += [
            "",
            f"{record['id']}  {record['network']}  [{match['ring']}; window {match['window']}; grade {match['grade']};"
            f" {record['state']}; licence {record['licence']}]",
            f"    {record['role']}",
            f"    {match['says']}",
        ]
        lines += [f"    source ({item['grade']}): {item['citation']}" for item in match["sources"]]
        lines += [f"    stated (not computed, {item['grade']}): {item['statement']}" for item in match["link_b"]]
        lines += [f"    unknown: {item}" for item in record["unknown"]]
    return lines


def listing(registries: Sequence[Path], *, brief: bool) -> tuple[Sequence[str], list[dict[str, Any]]]:
    """Return every record of the registries at hand."""
    columns = ("registry", "id", "kind", "network", "state", "grade", "published_at", "role")
    rows = []
    for registry in load(registries).used:
        for record in registry.records:
            whole = as_mapping(record)
            rows.append({"registry": registry.name, **(whole if not brief else {key: whole[key] for key in columns[1:]})})
    return columns if brief else tuple(rows[0]) if rows else columns, rows
