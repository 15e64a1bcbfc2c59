"""The typed, dated graph of one case: sessions, addresses in an interval, devices, networks, records, sources. Pure.

An address is a node for each stretch of days in which it was seen: after more than a week it may have been given to
somebody else (half-life of a dynamic line in parameters-v1.toml), and is another node.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from forensics.attribution.cluster import case_graph
from forensics.attribution.device_term import chance, device_term, terms, visible
from forensics.attribution.joint import alone_within
from forensics.attribution.parameters import SHARED_CLASSES, sharing_class
from forensics.model import CaseGraph, GraphEdge, GraphNode, Role
from forensics.sentence import dated, say, say_n
from forensics.spoken import said_ring

if TYPE_CHECKING:
    from forensics.model import AddressContext, Context, Link, Record, Session, Snapshot

APART = timedelta(days=7)
RESOLVERS = frozenset(
    {"1.0.0.1", "1.1.1.1", "8.8.4.4", "8.8.8.8", "9.9.9.9", "149.112.112.112", "208.67.220.220", "208.67.222.222"}
)
"""Public DNS resolvers, as their operators publish them; as a source of a session each would be a stranger's error."""
_INNER = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1/128",
         "fc00::/7", "fe80::/10"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the graph is made from. ``contexts`` are by address and day, ``snapshots`` give digests to what they say."""

    sessions: Sequence[Session]
    links: Sequence[Link] = ()
    records: Mapping[str, Record] = field(default_factory=dict)
    contexts: Mapping[tuple[str, date], AddressContext] = field(default_factory=dict)
    snapshots: Sequence[Snapshot] = ()


def graph(facts: Facts) -> CaseGraph:
    """Return the graph of a case with its clusters."""
    listed = {link.address for link in facts.links if link.record}
    chosen = [item for item in facts.sessions if item.role is Role.UNEXPLAINED or item.address in listed]
    placed = [item for item in chosen if item.address or _told_device(item)]
    nodes: dict[str, GraphNode] = {}
    edges: list[GraphEdge] = []
    for found, drawn in (*_addresses(placed, facts), *_devices(placed), *_records(placed, facts)):
        nodes.update((node.id, node) for node in found)
        edges += drawn
    seen = ((f"observation:{item.id}", _observation(item)) for item in placed)
    return case_graph([*dict(seen).values(), *nodes.values()], edges, len(chosen) - len(placed))


Part = tuple[list[GraphNode], list[GraphEdge]]


def stretches(moments: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Return the intervals in which an address was seen without a longer pause than ``APART``."""
    found: list[tuple[datetime, datetime]] = []
    for at in sorted(moments):
        if found and at - found[-1][1] <= APART:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found


def days(sessions: Iterable[Session]) -> list[tuple[str, date]]:
    """Return (address, day) of each stretch: for what contexts are needed."""
    return [(address, first.date()) for address, spans in _spans(sessions).items() for first, _ in spans]


def _spans(sessions: Iterable[Session]) -> dict[str, list[tuple[datetime, datetime]]]:
    moments: dict[str, list[datetime]] = defaultdict(list)
    for item in sessions:
        if item.address:
            moments[item.address].append(item.at)
    return {address: stretches(moments[address]) for address in sorted(moments)}


def _name(address: str, first: datetime) -> str:
    return f"address:{address}@{first:%Y-%m-%d}"


def _observation(item: Session) -> GraphNode:
    return GraphNode(
        id=f"observation:{item.id}",
        kind="observation",
        label=f"{item.provider} {item.account}",
        detail=item.client,
        first=min(item.first, item.at),
        last=max(item.last, item.at),
    )


def _cited(item: Session) -> str:
    place = item.places[0] if item.places else None
    return f"{place.exhibit[:12]} {place.member} {place.place}" if place else item.id


def _addresses(placed: Sequence[Session], facts: Facts) -> Iterator[Part]:
    for address, spans in _spans(placed).items():
        before: tuple[datetime, datetime] | None = None
        for first, last in spans:
            context = facts.contexts.get((address, first.date()))
            name = _name(address, first)
            edges = [
                GraphEdge(
                    one=f"observation:{item.id}",
                    other=name,
                    relation=say("seen at this address"),
                    first=item.at,
                    last=item.at,
                    attested=True,
                    citation=_cited(item),
                )
                for item in placed
                if item.address == address and first <= item.at <= last
            ]
            if before is not None:
                edges.append(_again(address, before, first))
            held = _hub(address, context)
            around, more = _networks(name, context, facts) if context else ([], [])
            node = GraphNode(id=name, kind="address", label=address, first=first, last=last, hub=held)
            yield [node, *around], [*edges, *more]
            before = (first, last)


def _again(address: str, before: tuple[datetime, datetime], first: datetime) -> GraphEdge:
    gap = (first - before[1]).days
    return GraphEdge(
        one=_name(address, before[0]),
        other=_name(address, first),
        relation=say_n("the same address {n} day later", "the same address {n} days later", gap),
        first=before[1],
        last=first,
        why=say("meanwhile it may have been given to somebody else"),
    )


def _hub(address: str, context: AddressContext | None) -> str:
    """Return why an address may not join, "" if it may."""
    number = ipaddress.ip_address(address)
    if any(number.version == block.version and number in block for block in _INNER):
        return say("an address that exists in many networks at once")
    if address in RESOLVERS:
        return say("a public DNS resolver")
    shared = sharing_class(context.classes) if context else ""
    return say("known as {shared}: many people share it", shared=shared) if shared in SHARED_CLASSES else ""


def _networks(name: str, context: AddressContext, facts: Facts) -> Part:
    """Return the range and the AS that announced an address, as of the day."""
    value, prefix = context.origin_as.value, context.prefix
    if not value:
        return [], []
    digests = {item.id: item.bundle_sha256 or item.source_sha256 for item in facts.snapshots}
    network = GraphNode(id=f"as:{value}", kind="as", label=value, detail=context.as_name.value or "")
    if not prefix:
        return [network], [_context(name, network.id, context.origin_as, digests)]
    around = GraphNode(id=f"prefix:{prefix}", kind="prefix", label=prefix)
    return [around, network], [
        _context(name, around.id, context.origin_as, digests),
        _context(around.id, network.id, context.origin_as, digests),
    ]


def _context(one: str, other: str, said: Context, digests: Mapping[str, str]) -> GraphEdge:
    at = datetime(said.as_of.year, said.as_of.month, said.as_of.day, tzinfo=UTC) if said.as_of else None
    return GraphEdge(
        one=one,
        other=other,
        relation=say("announced in {snapshot}, as of {day}", snapshot=said.snapshot, day=dated(said.as_of)),
        first=at,
        last=at,
        citation=said.snapshot,
        snapshot=digests.get(said.snapshot, ""),
    )


def _told_device(item: Session) -> str:
    """Return the identifier of a session's device where enough of it shows, "" otherwise.

    What holds a space describes a device ("Telegram Desktop, PC 64bit") and may be said of many.
    """
    shown = visible(item.device)
    return item.device if len(shown) >= terms().least_characters and " " not in shown else ""


def _devices(placed: Sequence[Session]) -> Iterator[Part]:
    by_device: dict[str, list[Session]] = defaultdict(list)
    for item in placed:
        if _told_device(item):
            by_device[item.device].append(item)
    for device, held in sorted(by_device.items()):
        worth = device_term(1, 1, chance(device, terms()), terms())
        name = f"device:{device}"
        yield (
            [GraphNode(id=name, kind="device", label=device)],
            [
                GraphEdge(
                    one=f"observation:{item.id}",
                    other=name,
                    relation=say("shows this device identifier"),
                    first=item.first,
                    last=item.last,
                    lr_low=worth.low,
                    lr_high=worth.high,
                    citation=_cited(item),
                )
                for item in held
            ],
        )


def _records(placed: Sequence[Session], facts: Facts) -> Iterator[Part]:
    spans = _spans(placed)
    for link in facts.links:
        record = facts.records.get(link.record)
        span = next((item for item in spans.get(link.address, ()) if item[0] <= link.at <= item[1]), None)
        if record is None or span is None:
            continue
        node = GraphNode(
            id=f"record:{record.id}",
            kind="record",
            label=record.id,
            detail=record.role,
            hub=say("recorded as {shared}: many people share it", shared=record.sharing_class)
            if record.sharing_class in SHARED_CLASSES
            else "",
        )
        edges = [_linked(link, record, _name(link.address, span[0]))]
        around = [node]
        for part in (*_sources(record), *_quoted(record)):
            around += part[0]
            edges += part[1]
        yield around, edges


def _linked(link: Link, record: Record, name: str) -> GraphEdge:
    """Return Link A as an edge; its range is that of the weaker alternative."""
    held, inside = link.strength, link.window == "inside"
    network = alone_within(link)
    return GraphEdge(
        one=name,
        other=f"record:{record.id}",
        relation=say("Link A, ring {ring}: {words}", ring=said_ring(link.ring), words=held.words),
        first=_midnight(record.valid_from) or (link.at if inside else None),
        last=_midnight(record.valid_until) or (link.at if inside else None),
        lr_low=held.lr_low if network is None else min(held.lr_low, *network.lowest),
        lr_high=held.lr_high if network is None else min(held.lr_high, max(network.highest)),
        citation=record.sources[0].citation if record.sources else "",
        why="" if inside else say("the record's period does not hold the event: {window}", window=link.window),
    )


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None


def _sources(record: Record) -> Iterator[Part]:
    for source in record.sources:
        node = GraphNode(id=f"source:{source.id}", kind="source", label=source.publisher, detail=source.title)
        edge = GraphEdge(
            one=f"record:{record.id}",
            other=node.id,
            relation=say("published, grade {grade}", grade=source.grade),
            first=_midnight(source.published),
            last=_midnight(source.published),
            citation=source.citation,
            snapshot=source.sha256,
        )
        yield [node], [edge]


def _quoted(record: Record) -> Iterator[Part]:
    for said in record.link_b:
        node = GraphNode(id=f"entity:{said.entity}", kind="entity", label=said.entity)
        edge = GraphEdge(
            one=f"record:{record.id}",
            other=node.id,
            relation=say("Link B, quoted, grade {grade}: “{text}”", grade=said.grade, text=said.statement),
            quoted=True,
            citation=said.source,
        )
        yield [node], [edge]
