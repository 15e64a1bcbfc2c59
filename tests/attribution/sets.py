"""Record sets and populations for the ring model: the reference's example, and a country small enough to enumerate."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from forensics.attribution.rings import Member, ObservedAddress, Population, RecordSet
from forensics.model import Record, Source

AT = datetime(2020, 3, 11, 0, 43, tzinfo=UTC)
STATE_AS, CITY_AS, HOUSE_AS = 64497, 64503, 64508
PREFIX = "203.0.113.0/24"


def source(group: str = "g-1", published: date | None = date(2019, 5, 2)) -> Source:
    return Source(
        id=f"s-{group}",
        publisher="Example Lab (fictional)",
        title="A report",
        citation="A report (fictional)",
        published=published,
        retrieved_at=None,
        sha256="",
        licence="Apache-2.0",
        grade="B2",
        independence_group=group,
    )


def record(network: str, **changes: Any) -> Record:
    facts: dict[str, Any] = {
        "id": f"r-{network}",
        "set": "SR-1",
        "kind": "address",
        "network": network,
        "role": "source of an attack",
        "description": "Fictional.",
        "basis": ("victim_log",),
        "valid_from": date(2019, 2, 1),
        "valid_until": date(2021, 1, 1),
        "observed_at": (),
        "published_at": date(2019, 5, 2),
        "recorded_at": date(2019, 6, 1),
        "superseded_at": None,
        "state": "indicator",
        "sharing_class": "dedicated",
        "grade": "B2",
        "sources": (source(),),
        "link_b": (),
        "tlp": "CLEAR",
        "pap": "GREEN",
        "licence": "Apache-2.0",
        "unknown": (),
    }
    return Record(**(facts | changes))


def member(network: str, window: str = "inside", gap: int | None = 0, prefix: str = PREFIX, **changes: Any) -> Member:
    facts: dict[str, Any] = {"asn": STATE_AS}
    facts |= {key: changes.pop(key) for key in ("asn", "assignment") if key in changes}
    return Member(record=record(network, **changes), window=window, gap_days=gap, prefix=prefix, **facts)


def example_set(size: int, sharing: str = "dedicated", window: str = "inside", gap: int | None = 0) -> RecordSet:
    """Return ``size`` addresses in one network that announces them as /24s, twenty of them; the first is 10.0.0.1."""
    start = int(ipaddress.ip_address("10.0.0.0"))
    members = []
    for number in range(size):
        address = ipaddress.ip_address(start + 256 * (number % 20) + 1 + number // 20)
        prefix = f"{ipaddress.ip_network(f'{address}/24', strict=False)}"
        if number == 0:
            members.append(member(str(address), window, gap, prefix=prefix, sharing_class=sharing))
        else:
            members.append(member(str(address), prefix=prefix))
    return RecordSet(id="E", members=tuple(members))


def example_population(inner: int) -> Population:
    """Return the announced addresses of the reference's example, ``inner`` of them in the network of the set."""
    return Population(
        country="QZ", addresses=738_048, by_as={STATE_AS: inner}, users=8_000_000, source="example of the reference"
    )


def seen(address: str, asn: int | None = STATE_AS, **changes: Any) -> ObservedAddress:
    facts: dict[str, Any] = {"at": AT, "country": "QZ", "asn": asn}
    return ObservedAddress(address=address, **(facts | changes))


# A country of 4 networks and 2,816 addresses that can be enumerated: (prefix, AS).
SMALL = (
    ("203.0.113.0/24", STATE_AS),
    ("240.0.0.0/23", STATE_AS),
    ("240.1.0.0/22", CITY_AS),
    ("240.2.0.0/22", HOUSE_AS),
)


def small_population() -> Population:
    by_as: dict[int, int] = {}
    for prefix, asn in SMALL:
        by_as[asn] = by_as.get(asn, 0) + ipaddress.ip_network(prefix).num_addresses
    return Population(country="QZ", addresses=sum(by_as.values()), by_as=by_as, source="enumerated")


def small_member(network: str, **changes: Any) -> Member:
    address = ipaddress.ip_network(network).network_address
    prefix, asn = next((text, asn) for text, asn in SMALL if address in ipaddress.ip_network(text))
    return member(network, prefix=prefix, asn=asn, **changes)


def everybody() -> Iterable[ObservedAddress]:
    """Yield every address of the small country, as an innocent source would be drawn."""
    for prefix, asn in SMALL:
        for address in ipaddress.ip_network(prefix):
            yield seen(str(address), asn=asn, prefix=prefix)
