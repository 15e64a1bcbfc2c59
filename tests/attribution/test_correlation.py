"""The pure parts of a comparison of cases: terms whose mean over unrelated cases is 1, clusters, order of steps."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution import tie_counter
from forensics.attribution.case_clusters import Edge, clusters
from forensics.attribution.device_term import FILE, Ratio, chance, device_term, terms, together, visible
from forensics.attribution.parameters import default
from forensics.attribution.step_order import STEPS, alike
from forensics.attribution.wording import forbidden

TERMS = terms()


@given(pairs=st.integers(1, 10_000), characters=st.integers(4, 40))
def test_the_mean_device_term_of_unrelated_cases_is_one(pairs: int, characters: int) -> None:
    coincidence = chance(f"datr:{'a' * characters}", TERMS)
    q = min(0.5, TERMS.shared[1] + min(1.0, pairs * coincidence))
    same, other = device_term(1, pairs, coincidence, TERMS), device_term(0, pairs, coincidence, TERMS)
    assert q * same.middle + (1 - q) * other.middle == pytest.approx(1, rel=1e-4)
    assert same.low <= same.middle <= same.high
    assert device_term(5, pairs, coincidence, TERMS) == same


def test_more_comparisons_and_fewer_characters_weaken_a_device() -> None:
    ratios = [device_term(1, pairs, chance("datr:abcd", TERMS), TERMS).middle for pairs in (1, 100, 10_000)]
    assert ratios == sorted(ratios, reverse=True)
    assert chance("datr:abcd**********", TERMS) > chance("imei:356938035643809", TERMS)
    assert visible("datr:Qx7k****") == "Qx7k"


def test_nested_groups_are_not_multiplied() -> None:
    address, device = Ratio(low=10, middle=100, high=1_000), Ratio(low=2, middle=50, high=400)
    assert together(address, device, TERMS, nested=True) == address
    apart = together(address, device, TERMS, nested=False)
    assert address.middle < apart.middle < address.middle * device.middle


@given(
    st.lists(
        st.tuples(st.sampled_from("ABCDEF"), st.sampled_from("ABCDEF"), st.sampled_from((100.0, 200.0, 300.0))).filter(
            lambda edge: edge[0] < edge[1]
        ),
        max_size=8,
    )
)
def test_clusters_do_not_depend_on_order_and_hold_each_case_once(drawn: list[tuple[str, str, float]]) -> None:
    edges = [
        Edge(one=one, other=other, lr_low=low) for (one, other), low in {item[:2]: item[2] for item in drawn}.items()
    ]
    found = clusters(edges)
    assert found == clusters(reversed(edges))
    held = [case for cluster in found for case in cluster.cases]
    assert sorted(held) == sorted({case for edge in edges for case in (edge.one, edge.other)})
    for cluster in found:
        assert cluster.weakest.lr_low == min(edge.lr_low for edge in cluster.edges)


def test_nothing_is_claimed_of_cases_that_are_three_edges_apart() -> None:
    chain = [Edge(one=one, other=other, lr_low=200.0) for one, other in ("AB", "BC", "CD")]
    for order in permutations(chain):
        (found,) = clusters(order)
        assert found.not_claimed == (("A", "D"),)
        assert found.splits == tuple(chain)
    (ring,) = clusters([*chain, Edge(one="A", other="D", lr_low=150.0)])
    assert (ring.splits, ring.not_claimed, ring.weakest.lr_low) == ((), (), 150.0)


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=8), st.lists(st.sampled_from(sorted(STEPS)), max_size=8))
def test_steps_in_common_are_in_both_orders_and_the_same_from_either_side(one: list[str], other: list[str]) -> None:
    found, back = alike(one, other), alike(other, one)
    assert (found and found.common) == (back and back.common)
    for side in (one, other):
        kinds = list(dict.fromkeys(side))
        places = [kinds.index(name) for name in found.common] if found else []
        assert places == sorted(places)


def test_no_counter_hypothesis_holds_a_forbidden_phrase() -> None:
    assert not forbidden(FILE.read_text())
    for sharing in default().classes:
        for number in (0, 1, 400):
            known = tie_counter.TieFacts(
                gap_days=number,
                sharing=sharing,
                sharing_basis="dated context",
                pairs=number,
                expected=number / 1e6,
                accounts_in_common=number,
                cases=2,
            )
            every = [
                *tie_counter.about_address(known),
                *tie_counter.about_device(known, visible=4),
                *tie_counter.about_steps(),
            ]
            for item in every:
                assert item.hypothesis
                assert item.result
                assert item.would_change
                assert not forbidden(f"{item.hypothesis} {item.result} {item.would_change}")
