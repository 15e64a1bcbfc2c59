"""Look-up: against a linear scan, and the documented answers of the bundled and the sample registry."""

from __future__ import annotations

import ipaddress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import UsageError
from forensics.registry.files import load, published
from forensics.registry.indicator import parse_query
from forensics.registry.lookup import Index
from forensics.registry.matching import OriginAs, as_json
from tests.registry.written import record, registry

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "registry"
BUNDLED, FICTIONAL = published(), load(SAMPLE)
INDEX = Index((BUNDLED, FICTIONAL))


def answer(query: str, at: date | None = None, known_at: date | None = None) -> dict[str, Any]:
    return as_json(INDEX.lookup(query, at=at, known_at=known_at))


def test_the_amnesty_record_before_its_publication() -> None:
    found = answer("85.132.78.164", date(2017, 3, 1))
    (match,) = found["matches"]
    assert (found["query"], found["at"], found["known_at"]) == ("85.132.78.164", "2017-03-01", None)
    assert (match["ring"], match["window"], match["gap_days"], match["gap_basis"]) == (
        "exact",
        "unknown",
        9,
        "published",
    )
    assert match["record"]["published_at"] == "2017-03-10"
    assert match["record"]["valid_from"] is None
    assert "Amnesty International" in match["sources"][0]["citation"]
    assert match["independent_groups"] == 1
    (said,) = match["link_b"]
    assert said["entity"] == "none named by the source"
    assert "could not trace" in said["statement"]


def test_the_amnesty_record_nine_years_later() -> None:
    (match,) = answer("85.132.78.164", date(2026, 1, 1))["matches"]
    assert (
        match["says"] == "nothing on record covers 2026-01-01; the record was published 2017-03-10, 3,219 days before"
    )
    assert (match["window"], match["gap_days"]) == ("unknown", -3219)


def test_the_reused_address_and_its_look_alike() -> None:
    (match,) = answer("203.0.113.45", date(2020, 3, 11))["matches"]
    assert (match["record"]["set"], match["window"]) == ("SR-1", "inside")
    assert match["independent_groups"] == 1
    assert len(match["sources"]) == 2
    (later,) = answer("203.0.113.45", date(2021, 3, 11))["matches"]
    assert (later["window"], later["gap_days"]) == ("after", -70)
    neighbour = answer("203.0.113.46", date(2020, 3, 11))
    assert neighbour["matches"] == []
    assert neighbour["says"] == "nothing on record lists 203.0.113.46; absence from a registry says little"


def test_known_at_shows_what_was_on_record_then() -> None:
    states = [
        [match["record"]["state"] for match in answer("203.0.113.77", date(2019, 3, 4), known)["matches"]]
        for known in (date(2019, 5, 31), date(2019, 6, 1), date(2019, 9, 14), date(2019, 9, 15), None)
    ]
    assert states == [[], ["indicator"], ["indicator"], ["retracted"], ["retracted"]]
    assert "supports nothing" in answer("203.0.113.77", date(2019, 3, 4))["says"]


@pytest.mark.parametrize(
    ("query", "rings"),
    [
        ("avvpassport.info", ["exact"]),
        ("AVVPASSPORT.info.", ["exact"]),
        ("0480196a784ba66b586e716045ef117bc743d67bce33da1bda985124e2c4ecb6", ["exact"]),
        ("0627a4d3ec39386b8364e907423563d4", ["exact"]),
        ("85.132.78.0/24", ["contained"]),
        ("85.132.78.164/32", ["exact"]),
        ("::ffff:85.132.78.164", ["exact"]),
        ("www.avvpassport.info", ["parent"]),
        ("AS64500", []),
    ],
)
def test_kinds_of_queries(query: str, rings: list[str]) -> None:
    assert [match["ring"] for match in answer(query)["matches"]] == rings


@pytest.mark.parametrize("query", ["", "nothing", "203.0.113.45/24", "0480196a…ecb6", "a b.example", "1.2.3"])
def test_a_query_that_names_nothing_is_refused(query: str) -> None:
    with pytest.raises(UsageError):
        parse_query(query)


def test_the_rings_of_a_network() -> None:
    held = Index(
        [
            registry(
                record(id="a", network="203.0.113.45"),
                record(id="b", kind="prefix", network="203.0.113.0/24"),
                record(id="c", kind="prefix", network="203.0.113.32/27"),
                record(id="d", kind="asn", network="AS64497"),
                record(id="e", network="240.0.0.1"),
            )
        ]
    )
    origin = OriginAs(asn=64497, announced=("203.0.113.0/24", "240.0.0.0/16"))

    def rings(query: str, given: OriginAs | None = None) -> list[tuple[str, str]]:
        return [(match.record.id, match.ring) for match in held.lookup(query, origin=given).matches]

    assert rings("203.0.113.45") == [("a", "exact"), ("c", "prefix"), ("b", "prefix")]
    assert rings("203.0.113.46") == [("c", "prefix"), ("b", "prefix")]
    assert rings("203.0.113.200") == [("b", "prefix")]
    assert rings("203.0.113.32/27") == [("c", "exact"), ("b", "prefix"), ("a", "contained")]
    assert rings("203.0.113.45", origin) == [
        ("a", "exact"),
        ("c", "prefix"),
        ("b", "prefix"),
        ("d", "origin_as"),
        ("e", "origin_as"),
    ]
    assert rings("AS64497") == [("d", "exact")]
    assert rings("AS64497", origin) == [
        ("d", "exact"),
        ("b", "origin_as"),
        ("c", "origin_as"),
        ("a", "origin_as"),
        ("e", "origin_as"),
    ]
    assert rings("example.org", origin) == []


NETWORKS = st.builds(
    lambda bits, length: ipaddress.ip_network((0xCB007100 | bits, length), strict=False),
    st.integers(0, 255),
    st.integers(23, 32),
)


@settings(max_examples=150, deadline=None)
@given(networks=st.lists(NETWORKS, min_size=1, max_size=12), query=NETWORKS)
def test_the_index_finds_what_a_scan_finds(networks: list[ipaddress.IPv4Network], query: ipaddress.IPv4Network) -> None:
    records = [record(id=f"r-{number}", kind="prefix", network=str(network)) for number, network in enumerate(networks)]
    found = {match.record.id: match.ring for match in Index([registry(*records)]).lookup(str(query)).matches}
    wanted = {}
    for number, network in enumerate(networks):
        if network == query:
            wanted[f"r-{number}"] = "exact"
        elif query.subnet_of(network):
            wanted[f"r-{number}"] = "prefix"
        elif network.subnet_of(query):
            wanted[f"r-{number}"] = "contained"
    assert found == wanted


def test_ip_versions_do_not_mix() -> None:
    held = Index([registry(record(id="six", kind="prefix", network="::/0"), record(id="four", network="0.0.0.1"))])
    assert [match.record.id for match in held.lookup("0.0.0.1").matches] == ["four"]
    assert [match.record.id for match in held.lookup("::1").matches] == ["six"]


def test_the_order_of_records_does_not_matter() -> None:
    records = [record(id=f"r-{number}", network=f"203.0.113.{number}") for number in range(40, 50)]
    ahead, back = Index([registry(*records)]), Index([registry(*reversed(records))])
    assert as_json(ahead.lookup("203.0.113.0/24")) == as_json(back.lookup("203.0.113.0/24"))


RECORDED = [item.network for one in (BUNDLED, FICTIONAL) for item in one.records if item.kind in ("address", "prefix")]


@given(st.sampled_from(RECORDED), st.integers(-3, 3) | st.integers(0, 2**64))
def test_touching_is_having_a_match_nearby(text: str, step: int) -> None:
    network = ipaddress.ip_network(text)
    number = min(max(int(network.network_address) + step, 0), 2**network.max_prefixlen - 1)
    address = ipaddress.IPv4Address(number) if network.version == 4 else ipaddress.IPv6Address(number)
    asked = str(address) if network.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))
    found = any(match["ring"] in ("exact", "prefix", "contained") for match in answer(asked)["matches"])
    assert INDEX.touches(str(address)) == found
    assert INDEX.touching(["192.168.7.9", str(address), "fd00::9"]) == ({1} if found else set())
