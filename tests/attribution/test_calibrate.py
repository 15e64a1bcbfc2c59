"""Calibration: the table of a country, the bounds at every ratio, and a naive model that fails the same gate."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forensics.attribution import calibrate
from forensics.attribution.innocents import cut, linked
from forensics.attribution.parameters import default
from forensics.attribution.rings import Population, RecordSet
from forensics.attribution.strength import headline, link
from forensics.attribution.wording import UNWEIGHED
from tests.attribution.sets import AT, SMALL, member, seen, small_member, small_population

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

P = replace(default(), pi0=0.1)
OWN_AS, AROUND_AS, FAR_AS = 64500, 64501, 64502
NETWORK_SIZE, COUNTRY_SIZE = 7_424, 738_048
_START = int(ipaddress.ip_address("240.0.0.0"))


def country() -> list[tuple[int, int, int]]:
    """Return a country like the reference's: a network of 7,424 addresses in /24s carved out of the /20s of another.

    The addresses are reserved ones (240.0.0.0/4): the figures depend on sizes and nesting alone, and no real network is
    put beside an invented record.
    """
    ranges = []
    for number in range(NETWORK_SIZE // 256):
        base = _START + number * 4096
        ranges += [(base, base + 255, OWN_AS), (base + 256, base + 4095, AROUND_AS)]
    behind = _START + NETWORK_SIZE // 256 * 4096
    left = COUNTRY_SIZE - NETWORK_SIZE // 256 * 4096
    return [*ranges, (behind, behind + left - 1, FAR_AS)]


def twenty(*, assigned: bool) -> RecordSet:
    """Return twenty recorded addresses, each in another /24; ``assigned`` gives each a /29 of its own."""
    members = []
    for number in range(20):
        address = ipaddress.ip_address(_START + number * 4096 + 77)
        block = str(ipaddress.ip_network(f"{address}/29", strict=False)) if assigned else ""
        members.append(member(str(address), prefix="", asn=OWN_AS, assignment=block))
    return RecordSet(id="synthetic", members=tuple(members))


def population() -> Population:
    by_as: dict[int, int] = {}
    for first, last, asn in country():
        by_as[asn] = by_as.get(asn, 0) + last - first + 1
    return Population(country="QZ", addresses=COUNTRY_SIZE, by_as=by_as, source="synthetic")


def ratios_of(records: RecordSet) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return ratio (Hd1), ratio against the network (0: none) and size by cell."""
    cells = cut(country(), [records])
    found = list(linked(cells, records, population(), P, AT))
    first = np.array([float(item.derivation["LR middle"]) for item in found])
    second = np.array([float(item.derivation.get("LR network middle", 0)) for item in found])
    return first, second, np.array([cell.size for cell in cells])


@pytest.mark.parametrize("assigned", [False, True])
def test_the_table_of_the_reference(*, assigned: bool) -> None:
    """§4.11. Its rings were bit lengths, so two figures differ for a reason that is known.

    Ratio from 10: 0.0101 instead of 0.0072, because every address of the network shares one ring here, where there 28 % of
    it fell into a /20 ring that neighbours of another AS diluted. Ratio from 100 without assignment data: only the exact
    addresses, because no /29 is known.
    """
    ratio, network, sizes = ratios_of(twenty(assigned=assigned))
    innocents = calibrate.spread(ratio, sizes)
    assert innocents.total == COUNTRY_SIZE
    assert innocents.mean == pytest.approx(1, abs=1e-5)
    assert calibrate.violations(innocents) == []
    assert innocents.at_least(10) == pytest.approx(NETWORK_SIZE / COUNTRY_SIZE)
    assert innocents.at_least(100) == pytest.approx(2.1e-4 if assigned else 20 / COUNTRY_SIZE, rel=0.04)
    assert innocents.at_least(1000) == pytest.approx(2.7e-5, rel=0.01)
    assert innocents.at_least(1e4) == innocents.at_least(1e6) == 0
    within = calibrate.spread(network[ratio > 1], sizes[ratio > 1])
    assert within.total == NETWORK_SIZE
    assert within.mean <= 1 + calibrate.ROUNDING
    assert calibrate.violations(within) == []
    assert within.ratios.max() == pytest.approx(0.1 / (20 / NETWORK_SIZE), rel=1e-5)


def test_the_cost_is_that_of_the_reference() -> None:
    ratio, _, sizes = ratios_of(twenty(assigned=True))
    rings = [
        item.ring
        for item in linked(cut(country(), [twenty(assigned=True)]), twenty(assigned=True), population(), P, AT)
    ]
    steps = link(seen(str(ipaddress.ip_address(_START)), asn=OWN_AS), twenty(assigned=True), population(), P).derivation
    weights = np.zeros(len(sizes))
    for ring in set(rings):
        held = np.array([item == ring for item in rings])
        weights += np.where(held, sizes * float(steps[f"pi {ring}"]) / sizes[held].sum(), 0)
    same, unrelated = calibrate.spread(ratio, weights), calibrate.spread(ratio, sizes)
    assert calibrate.cllr(same, unrelated) == pytest.approx(0.670, abs=0.02)
    drawn_same = calibrate.spread(ratio, calibrate.drawn(weights, 100_000, (1, 1)))
    drawn_other = calibrate.spread(ratio, calibrate.drawn(sizes.astype(float), 100_000, (1, 2)))
    low, high = calibrate.cllr_interval(drawn_same, drawn_other, (1, 3))
    assert low < calibrate.cllr(drawn_same, drawn_other) < high
    points = calibrate.tippett(drawn_same, drawn_other)
    assert [one for one, _, _ in points] == sorted({one for one, _, _ in points})
    assert all(same >= other for _, same, other in points)
    assert points[0][1:] == (1.0, 1.0)


def test_the_naive_nested_product_fails_the_gate() -> None:
    """The negative control: exact x /29 x /24 x /20 x AS, each scored as if it were independent of the others."""
    addresses = np.concatenate([np.arange(first, last + 1) for first, last, _ in country()])
    asns = np.concatenate([np.full(last - first + 1, asn) for first, last, asn in country()])
    recorded = np.array([int(item.network[0]) for item in twenty(assigned=True).members])
    same = list(P.scatter.values())
    cumulative = P.pi0
    product = np.ones(len(addresses))
    masks = [np.isin(addresses >> bits, recorded >> bits) for bits in (0, 3, 8, 12)] + [asns == OWN_AS]
    for level, inside in enumerate(masks):
        cumulative += (1 - P.pi0) * same[level - 1] if level else 0
        chance = inside.mean()
        product *= np.where(inside, cumulative / chance, (1 - cumulative) / (1 - chance))
    found = calibrate.spread(product, np.ones(len(product)))
    assert found.mean > 1e5  # 5.2e9 in the reference, whose recorded addresses lie closer together
    assert found.at_least(1e6) == 160 / COUNTRY_SIZE  # 217 times the bound
    broken = calibrate.violations(found)
    assert any(text.startswith("mean ratio of innocents") for text in broken)
    assert any(text.startswith("share ") for text in broken)


def test_draws_agree_with_the_enumeration_and_with_themselves() -> None:
    ratio, _, sizes = ratios_of(twenty(assigned=False))
    weights = sizes.astype(float)
    hits = calibrate.drawn(weights, 1_000_000, (7, 1))
    assert hits.sum() == 1_000_000
    assert (hits == calibrate.drawn(weights, 1_000_000, (7, 1))).all()
    assert (hits != calibrate.drawn(weights, 1_000_000, (8, 1))).any()
    drawn, exact = calibrate.spread(ratio, hits), calibrate.spread(ratio, sizes)
    assert abs(drawn.mean - exact.mean) < 5 * drawn.standard_error
    for threshold in calibrate.THRESHOLDS:
        low, high = calibrate.interval(drawn.number_at_least(threshold), 1_000_000)
        assert low <= drawn.at_least(threshold) <= high
        assert low - 1e-5 <= exact.at_least(threshold) <= high + 1e-5


def test_cells_say_what_each_address_is_told() -> None:
    """Every address of a small country, asked one by one, against the cells; windows and classes of all sorts."""
    members = (
        small_member("203.0.113.40"),
        small_member("203.0.113.41", window="after", gap=-30, sharing_class="broadband"),
        small_member("203.0.113.200", window="unknown", gap=None, sharing_class="unknown"),
        small_member("240.1.0.9", window="before", gap=400, sharing_class="vpn"),
        small_member("240.1.3.9", state="retracted"),
    )
    records = RecordSet(id="S", members=members)
    ranges = [(int(block[0]), int(block[-1]), asn) for text, asn in SMALL for block in (ipaddress.ip_network(text),)]
    cells = cut(reversed(ranges), [records])
    found = list(linked(cells, records, small_population(), P, AT))
    assert sum(cell.size for cell in cells) == 2816
    for cell, told in zip(cells, found, strict=True):
        for number in {cell.first, cell.first + cell.size // 2, cell.first + cell.size - 1}:
            observed = seen(str(ipaddress.ip_address(number)), asn=cell.asn)
            alone = link(observed, records, small_population(), P)
            assert (alone.ring, alone.record, alone.strength) == (told.ring, told.record, told.strength)


@pytest.mark.parametrize(("hits", "number"), [(0, 1000), (3, 1000), (500, 1000), (1000, 1000)])
def test_the_interval_holds_the_rate(hits: int, number: int) -> None:
    low, high = calibrate.interval(hits, number)
    assert 0 <= low <= hits / number <= high <= 1
    if hits in {0, number}:
        assert high - low == pytest.approx(3.84 / (number + 3.84), rel=0.01)


def test_the_weaker_alternative_is_reported() -> None:
    records, people = twenty(assigned=False), population()
    hit = link(seen(str(records.members[0].network[0]), asn=OWN_AS), records, people, P)
    assert hit.strength.words_country.startswith("strong support")
    assert hit.strength.words.startswith("moderate support")
    assert headline(hit.strength) == hit.strength.lr_network
    miss = link(seen("255.0.0.1", asn=FAR_AS), records, people, P)
    assert headline(miss.strength) == miss.strength.lr < 1
    bare = RecordSet(id="bare", members=(member("203.0.113.45", asn=None, prefix=""),))
    alone = link(seen("203.0.113.45", asn=None), bare, people, P).strength
    assert alone.words_country.startswith("very strong support") or alone.words_country.startswith("strong support")
    assert alone.words.startswith("moderately strong support")
    assert headline(alone) == 1000
    assert alone.why.endswith(UNWEIGHED)


def test_the_best_of_several_sets_is_bounded_by_their_number() -> None:
    two: Sequence[float] = (0.5, 1.9, 40.0)
    found = calibrate.spread(np.array(two), np.array([0.50, 0.48, 0.02]))
    assert calibrate.violations(found) != []
    assert calibrate.violations(found, 2) == []
    assert math.isclose(found.mean, 1.962)
