"""The rings and their ratios: one ring an address, sums of 1, and the bounds that follow from them, by enumeration."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.attribution.parameters import default
from forensics.attribution.ratios import chance_of_a_hit, decay, decayed, table
from forensics.attribution.rings import COUNTED, Member, RecordSet, count, distinct, lines, ring_of
from forensics.attribution.strength import link
from tests.attribution.plain_link import exact_share
from tests.attribution.sets import (
    CITY_AS,
    HOUSE_AS,
    STATE_AS,
    everybody,
    member,
    seen,
    small_member,
    small_population,
)

P = default()
POPULATION = small_population()
SET = [small_member(f"203.0.113.{host}") for host in (40, 45, 61)] + [
    small_member("240.1.0.9"),
    small_member("240.1.3.9"),
]


@pytest.mark.parametrize(
    ("address", "asn", "country", "ring"),
    [
        ("203.0.113.45", STATE_AS, "QZ", "exact"),
        ("203.0.113.45", None, "", "exact"),
        ("203.0.113.46", STATE_AS, "QZ", "assignment"),
        ("203.0.113.200", STATE_AS, "QZ", "neighbourhood"),
        ("203.0.113.200", None, "QZ", "country"),
        ("203.0.113.200", CITY_AS, "QZ", "country"),
        ("240.0.1.1", STATE_AS, "QZ", "origin_as"),
        ("240.2.0.1", HOUSE_AS, "QZ", "country"),
        ("198.51.100.130", 64510, "QX", "elsewhere"),
        ("2001:db8::1", None, "QZ", "country"),
    ],
)
def test_an_address_falls_in_the_innermost_ring(address: str, asn: int | None, country: str, ring: str) -> None:
    held = [member("203.0.113.45", assignment="203.0.113.32/27")]
    assert ring_of(seen(address, asn=asn, country=country), held, POPULATION)[0] == ring


def test_ipv6_compares_lans_and_sites() -> None:
    held = [member("2001:db8:1:2::7", prefix="2001:db8::/32")]
    found = [
        ring_of(seen(text), held, POPULATION)[0] for text in ("2001:db8:1:2::9", "2001:db8:1:3::9", "2001:db8:2::9")
    ]
    assert found == ["exact", "neighbourhood", "origin_as"]
    assert lines(held[0]) == 1
    assert count(held, POPULATION).rings["neighbourhood"] == 255


def test_counts_are_those_of_the_enumeration() -> None:
    counted = count(SET, POPULATION)
    found = Counter(ring_of(observed, SET, POPULATION)[0] for observed in everybody())
    assert {ring: number for ring, number in counted.rings.items() if number} == dict(found)
    assert counted.total == POPULATION.addresses == 2816


def ratios_of(members: list[Member], pi0: float) -> list[float]:
    counts = count(members, POPULATION)
    found = table(counts, exact_share(distinct(members), {}, POPULATION.addresses), pi0, P)
    return [found.ratio[ring_of(observed, members, POPULATION)[0]] for observed in everybody()]


@pytest.mark.parametrize("pi0", P.quantiles)
def test_the_mean_ratio_of_innocents_is_one_and_turings_bound_holds(pi0: float) -> None:
    found = sorted(ratios_of(SET, pi0), reverse=True)
    assert math.isclose(math.fsum(found) / len(found), 1, rel_tol=1e-12)
    for place, value in enumerate(found, start=1):
        assert place / len(found) <= 1 / value + 1e-12


hosts = st.lists(st.integers(0, 255), min_size=1, max_size=8, unique=True)


@settings(max_examples=15, deadline=None)
@given(state=hosts, city=hosts, pi0=st.sampled_from(P.quantiles))
def test_the_bounds_hold_for_any_set(state: list[int], city: list[int], pi0: float) -> None:
    members = [small_member(f"203.0.113.{host}") for host in state] + [small_member(f"240.1.1.{host}") for host in city]
    counts = count(members, POPULATION)
    found = table(counts, exact_share(members, {}, POPULATION.addresses), pi0, P)
    assert math.isclose(sum(found.q.values()), 1, rel_tol=1e-12)
    assert math.isclose(sum(found.pi.values()), 1, rel_tol=1e-12)
    outward = [found.ratio[ring] for ring in COUNTED]
    assert outward == sorted(outward, reverse=True)
    mean = math.fsum(found.q[ring] * found.ratio[ring] for ring in found.q)
    assert mean <= 1 + 1e-12


def test_rings_without_data_merge_outward() -> None:
    bare = [member("203.0.113.45", prefix="", asn=None)]
    counts = count(bare, POPULATION)
    assert {ring: number for ring, number in counts.rings.items() if number} == {"exact": 1, "country": 2815}
    found = table(counts, 1 / 2816, P.pi0, P)
    assert math.isclose(found.pi["country"], 1 - P.pi0)
    assert found.ratio["origin_as"] == found.ratio["neighbourhood"] == found.ratio["country"] < 1


def test_a_shared_exit_is_not_lifted_by_its_network() -> None:
    counts = count(SET, POPULATION)
    found = table(counts, 0.5, P.pi0, P)
    assert found.ratio["exact"] == pytest.approx(P.pi0 / 0.5)
    assert max(found.ratio.values()) == found.ratio["exact"]


@pytest.mark.parametrize(
    ("observed", "recorded", "chance"),
    [
        (2, 1, 2.7e-6),
        (2, 50, 1.4e-4),
        (2, 200, 5.4e-4),
        (2, 1000, 2.7e-3),
        (2, 256 * 1, 0.0007),
        (2, 256 * 50, 0.034),
        (2, 256 * 200, 0.13),
        (2, 256 * 1000, 0.57),
        (100, 256 * 200, 0.999),
    ],
)
def test_coincidence_is_that_of_the_reference(observed: int, recorded: int, chance: float) -> None:
    assert chance_of_a_hit(observed, recorded, 738_048) == pytest.approx(chance, rel=0.035)


def test_age_moves_a_ratio_to_one_and_never_softens_what_speaks_against() -> None:
    values = [decayed(2731, decay(gap, 90)) for gap in (0, 1, 30, 90, 365, 3650, 10**6, None)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 2731
    assert values[-1] == 1
    assert values[3] == pytest.approx(1 + 2730 / 2)
    assert decayed(0.44, decay(10_000, 90)) == 0.44


def test_links_of_a_whole_country_keep_the_bound() -> None:
    records = RecordSet(id="S", members=tuple(SET))
    found = sorted((link(observed, records, POPULATION, P).strength.lr for observed in everybody()), reverse=True)
    assert math.fsum(found) / len(found) == pytest.approx(1, rel=1e-5)
    assert all(place / len(found) <= 1 / value + 1e-5 for place, value in enumerate(found, start=1))
