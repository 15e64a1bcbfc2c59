"""Link A: the reference's worked example, what each premise does to the figure, and what may never raise it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.attribution.alternatives import QUANTILES
from forensics.attribution.link_b import offered
from forensics.attribution.parameters import DEFAULT, default, read, sharing_class
from forensics.attribution.rings import ObservedAddress, Population, RecordSet
from forensics.attribution.strength import link, words
from forensics.errors import DataError
from forensics.model import Link, LinkB
from tests.attribution.sets import (
    HOUSE_AS,
    STATE_AS,
    example_population,
    example_set,
    member,
    record,
    seen,
    small_member,
    small_population,
    source,
)

P = default()
# The reference prints 0.44 for the second address but not the size of the inner rings it used; 16,914 addresses give
# its figure (0.469 / (1 - 16,914 / 738,048) = 0.480), 7,424 (AZSTATENET) give 0.439.
POPULATION = example_population(16_914)
HIT, MISS = seen("10.0.0.1"), seen("240.2.0.1", asn=HOUSE_AS)


def two(records: RecordSet, population: Population = POPULATION) -> dict[str, float]:
    """Return the product of a hit and a non-match by quantile of the re-use rate."""
    hit, miss = (link(item, records, population, P).derivation for item in (HIT, MISS))
    return {name: float(hit[f"LR highest, pi0 {name}"]) * float(miss[f"LR highest, pi0 {name}"]) for name in QUANTILES}


def test_an_exact_hit_has_the_reference_ratios() -> None:
    found = link(HIT, example_set(20), POPULATION, P)
    assert [round(float(found.derivation[f"LR highest, pi0 {name}"])) for name in QUANTILES] == [996, 2731, 5277]
    assert (found.ring, found.record, found.window) == ("exact", "r-10.0.0.1", "inside")
    assert found.strength.lr_low < found.strength.lr < found.strength.lr_high
    assert found.strength.words_country == "strong support (low end: moderately strong support)"


def test_the_worked_example() -> None:
    twenty = two(example_set(20))
    assert twenty["low"] == pytest.approx(465, rel=0.002)
    assert twenty["mean"] == pytest.approx(1215, rel=0.002)
    assert twenty["high"] == pytest.approx(2170, rel=0.002)
    assert two(example_set(200))["mean"] == pytest.approx(122, rel=0.006)
    assert two(example_set(1))["mean"] == pytest.approx(24_293, rel=0.002)
    assert link(HIT, example_set(1), POPULATION, P).strength.lr == 10_000
    assert words(24_293, P) == "strong support, at least"


@pytest.mark.parametrize(("sharing", "mean"), [("dedicated", 722), ("broadband", 0.44)])
def test_the_worked_example_three_years_later(sharing: str, mean: float) -> None:
    assert two(example_set(20, sharing, "after", -1096))["mean"] == pytest.approx(mean, rel=0.02)


def test_sharing_is_that_of_the_reference() -> None:
    population = example_population(7_424)
    unknown = link(HIT, example_set(20, "unknown"), population, P).derivation
    miss = float(link(MISS, example_set(20), population, P).derivation["LR middle"])
    for name, wanted in (
        ("shared by 200", 640),
        ("shared by 2,000", 120),
        ("shared by 20,000", 13),
        ("one of 50 exits", 3.3),
    ):
        assert float(unknown[f"LR, {name}, pi0 mean"]) * miss == pytest.approx(wanted, rel=0.025), name


def test_another_user_of_the_same_network_is_a_moderate_alternative() -> None:
    found = link(HIT, example_set(20), example_population(7_424), P).strength
    assert found.lr_network == pytest.approx(27.47, rel=1e-3)
    assert found.words_network == "moderate support"
    near = link(seen("10.0.0.77"), example_set(20), example_population(7_424), P).strength
    assert near.lr_network is not None
    assert near.lr_network < 27
    assert link(MISS, example_set(20), POPULATION, P).strength.lr_network is None


def test_a_non_match_is_a_link_that_counts_against() -> None:
    found = link(MISS, example_set(20), POPULATION, P)
    assert (found.ring, found.record, found.window, found.gap_days) == ("country", "", "", None)
    assert found.strength.lr < 1
    assert "for the alternative" in found.strength.words
    abroad = link(seen("198.51.100.130", asn=64510, country="QX"), example_set(20), POPULATION, P)
    assert (abroad.ring, abroad.strength.lr) == ("elsewhere", found.strength.lr)


def test_an_unknown_period_is_never_always() -> None:
    for gap in (0, 1, -400, -3219, None):
        for sharing in ("unknown", "dedicated", "vpn"):
            found = link(HIT, example_set(20, sharing, "unknown", gap), POPULATION, P).strength
            inside = link(HIT, example_set(20, sharing), POPULATION, P).strength
            assert found.lr_low <= 1
            assert found.lr_high <= inside.lr_high
    nothing = link(HIT, example_set(20, "unknown", "unknown", None), POPULATION, P).strength
    assert (nothing.lr_low, nothing.lr, nothing.lr_high) == (1, 1, 1)
    assert nothing.words == "no support either way"


def test_leaving_the_window_moves_to_one() -> None:
    for sharing in P.classes:
        sets = [example_set(20, sharing), *(example_set(20, sharing, "after", -gap) for gap in (1, 30, 900, 10**5))]
        middle = [link(HIT, held, POPULATION, P).strength.lr for held in sets]
        assert middle == sorted(middle, reverse=True)
        assert math.isclose(middle[-1], 1, abs_tol=1e-3)


@pytest.mark.parametrize("sharing", ["mobile", "cgnat", "vpn", "proxy", "tor"])
@pytest.mark.parametrize(("window", "gap"), [("inside", 0), ("after", -5), ("unknown", -5)])
def test_flagging_a_shared_address_never_raises(sharing: str, window: str, gap: int) -> None:
    flagged = link(HIT, example_set(20, sharing, window, gap), POPULATION, P).strength
    observed = link(
        replace(HIT, sharing_class=sharing), example_set(20, "dedicated", window, gap), POPULATION, P
    ).strength
    for before in ("dedicated", "unknown"):
        plain = link(HIT, example_set(20, before, window, gap), POPULATION, P).strength
        for lower in (flagged, observed):
            assert lower.lr <= plain.lr
            assert lower.lr_high <= plain.lr_high
    plain = link(HIT, example_set(20, "dedicated", window, gap), POPULATION, P).strength
    assert flagged.lr_low <= plain.lr_low
    assert (plain.lr_network or 0) >= (flagged.lr_network or 0)


def test_retracted_and_disputed_records_never_support() -> None:
    members = list(example_set(20).members)
    for state in ("retracted", "disputed", "candidate"):
        members[0] = replace(members[0], record=replace(members[0].record, state=state))
        found = link(HIT, RecordSet(id="E", members=tuple(members)), POPULATION, P)
        assert found.record != "r-10.0.0.1"
        assert found.ring == "origin_as"
        assert any(f"r-10.0.0.1 ({state})" in text for text in found.assumptions)
    gone = RecordSet(id="E", members=(members[0],))
    assert link(HIT, gone, POPULATION, P).strength.words == "not evaluated"


def test_a_republication_changes_nothing() -> None:
    held = example_set(20, "unknown", "unknown", -900)
    copy = record(
        "10.0.0.1",
        id="a-copy",
        sharing_class="unknown",
        published_at=date(2020, 3, 1),
        sources=(source("g-1", date(2020, 3, 1)),),
    )
    again = replace(held.members[0], record=copy, gap_days=-10)
    with_copy = RecordSet(id="E", members=(*held.members, again))
    assert link(HIT, with_copy, POPULATION, P).strength == link(HIT, held, POPULATION, P).strength
    assert link(HIT, with_copy, POPULATION, P).record == "r-10.0.0.1"


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(20)))
def test_order_does_not_matter(order: list[int]) -> None:
    held = example_set(20, "unknown")
    shuffled = RecordSet(id="E", members=tuple(held.members[place] for place in order))
    for observed in (HIT, MISS, seen("10.0.3.200"), seen("10.0.30.1")):
        first, second = link(observed, held, POPULATION, P), link(observed, shuffled, POPULATION, P)
        assert first == second
        assert list(first.derivation.items()) == list(second.derivation.items())


def test_a_larger_set_weighs_each_match_less() -> None:
    found = [link(HIT, example_set(size), POPULATION, P).derivation["LR middle"] for size in (1, 2, 20, 200)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 4


def test_without_a_population_nothing_is_computed() -> None:
    found = link(HIT, example_set(20), Population(country="", addresses=0), P)
    assert (found.strength.lr_low, found.strength.lr, found.strength.lr_high) == (1, 1, 1)
    assert found.strength.words == "not evaluated"
    assert (found.ring, found.record) == ("exact", "r-10.0.0.1")


def test_the_derivation_is_enough_to_compute_by_hand() -> None:
    """Recompute the middle figure from the printed numbers alone."""
    found = link(HIT, example_set(20, "dedicated", "after", -1461), POPULATION, P)
    steps = {key: value for key, value in found.derivation.items() if isinstance(value, float)}
    share = steps["recorded addresses"] / steps["population addresses"]
    assert steps["q exact"] == pytest.approx(share, rel=1e-5)
    again = 1 + 2 ** (-abs(steps["gap days"]) / 1461) * (steps["pi0 mean"] / share - 1)
    assert found.strength.lr == pytest.approx(again, rel=1e-5)
    assert found.derivation["rings weighed together"] == "neighbourhood + origin_as"
    for rings in (("exact",), ("country",), ("neighbourhood", "origin_as")):
        ratio = sum(steps[f"pi {ring}"] for ring in rings) / sum(steps[f"q {ring}"] for ring in rings)
        assert [steps[f"ratio {ring}"] for ring in rings] == pytest.approx([ratio] * len(rings), rel=1e-4)
    assert all(value == float(f"{value:.6g}") for value in steps.values() if value not in (738_048, 16_914))


def test_the_words_follow_the_printed_scale() -> None:
    said = {value: words(value, P) for value in (1.0, 1.5, 10, 10.1, 100, 1000, 1001, 9999, 10_000, 1e9, 0.44, 0.001)}
    assert said == {
        1.0: "no support either way",
        1.5: "weak support",
        10: "weak support",
        10.1: "moderate support",
        100: "moderate support",
        1000: "moderately strong support",
        1001: "strong support",
        9999: "strong support",
        10_000: "strong support, at least",
        1e9: "strong support, at least",
        0.44: "weak support for the alternative",
        0.001: "moderately strong support for the alternative",
    }


def test_link_b_is_gated_by_grade_class_and_state() -> None:
    good = LinkB(entity="Sample Ministry", statement="Theirs.", source="s-g-1", grade="B2", independence_group="g-1")
    again = replace(good, source="s-2", grade="C2")
    held = record("203.0.113.45", link_b=(again, good))
    assert (offered(held).groups, offered(held).statements) == (1, (good,))
    for blocked in (
        offered(replace(held, link_b=(replace(good, grade="C4"), replace(good, grade="D1")))),
        offered(replace(held, sharing_class="vpn")),
        offered(held, classes=("hosting", "tor")),
        offered(held, classes=("anonymous-proxy", "satellite")),
        offered(replace(held, state="retracted")),
        offered(replace(held, link_b=())),
    ):
        assert (blocked.statements, blocked.groups) == ((), 0)
        assert blocked.says.startswith("No organisational attribution offered")


def test_a_service_suppresses_organisations_in_the_assumptions() -> None:
    found = link(HIT, example_set(20, "vpn"), POPULATION, P)
    assert any("no statement about an organisation is offered" in text for text in found.assumptions)


def test_foreign_records_and_bare_addresses_do_not_break_the_model() -> None:
    away = RecordSet(id="E", members=(member("198.51.100.9", asn=None, prefix=""), small_member("203.0.113.45")))
    found: list[Link] = [
        link(item, away, small_population(), P)
        for item in (
            ObservedAddress(address="198.51.100.9", at=HIT.at),
            seen("198.51.100.10", asn=None),
            seen("2001:db8::1", asn=STATE_AS),
            seen("203.0.113.45"),
        )
    ]
    assert [item.ring for item in found] == ["exact", "country", "origin_as", "exact"]
    assert all(math.isfinite(item.strength.lr) and item.strength.lr > 0 for item in found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mean = 0.074", "mean = 0.5"),
        ("country = 0.469", "country = 0.47"),
        ("half_life_days = 7.0", "half_life_days = 0.0"),
        ('dedicated = ["dedicated"]', 'dedicated = ["never heard of"]'),
        ("cap = 10000.0", "cap = 1"),
        ("above = [1.0, 10.0", "above = [10.0, 1.0"),
        ("[scatter]", "[scattered]"),
        ('version = "1"', "version = "),
    ],
)
def test_a_damaged_parameter_file_is_refused(old: str, new: str, tmp_path: Path) -> None:
    text = DEFAULT.read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "changed.toml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError):
        read(changed)


@pytest.mark.parametrize("sharing", ["vpn", "proxy", "tor"])
@pytest.mark.parametrize("count", [99, 100, 101, 400])
def test_a_set_of_many_shared_exits_weighs_little_and_divides_by_nothing(sharing: str, count: int) -> None:
    exits = tuple(
        replace(
            member(f"10.0.{number // 200}.{number % 200 + 1}"),
            record=record(f"10.0.{number // 200}.{number % 200 + 1}", sharing_class=sharing),
        )
        for number in range(count)
    )
    found = link(HIT, RecordSet(id="exits", members=exits), POPULATION, P)
    assert math.isfinite(found.strength.lr)
    assert found.strength.lr <= 1


@pytest.mark.parametrize(
    ("classes", "wanted"),
    [
        (("anonymous-proxy",), "proxy"),
        (("cgnat", "tor"), "tor"),
        (("mobile", "vpn"), "vpn"),
        (("anycast",), ""),
        ((), ""),
    ],
)
def test_the_sharing_class_that_weighs_most_against_an_address_counts(classes: tuple[str, ...], wanted: str) -> None:
    assert sharing_class(classes) == wanted


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 60),
    window=st.sampled_from(("inside", "before", "after", "unknown")),
    gap=st.one_of(st.none(), st.integers(-4000, 4000)),
)
def test_an_unknown_class_is_a_range_over_all_classes_and_never_its_top(
    size: int, window: str, gap: int | None
) -> None:
    gap = 0 if window == "inside" else -1 if gap is None and window != "unknown" else gap
    whole = {
        name: link(HIT, example_set(size, name, window, gap), POPULATION, P)
        for name in P.classes
        if window != "unknown" or name != "unknown"
    }
    unknown = link(HIT, example_set(size, "unknown", window, gap), POPULATION, P)
    for name, held in whole.items():
        assert unknown.strength.lr_low <= held.strength.lr_low, name
        assert unknown.strength.lr_high >= held.strength.lr_high, name
    highest = float(unknown.derivation["LR highest, pi0 mean"])
    middle = float(unknown.derivation["LR middle"])
    assert middle <= highest
    if window == "inside":
        assert middle < highest, "the top alone is never the figure"
        assert unknown.strength.lr < unknown.strength.lr_high
        assert "low end" in unknown.strength.words_country or unknown.strength.lr_low == unknown.strength.lr
    named = {key.split(", ")[1] for key in unknown.derivation if key.startswith("q exact, ")}
    assert named == {item.name for item in P.scenarios.values()}, "every way of holding the address is printed"


@settings(max_examples=80, deadline=None)
@given(
    size=st.integers(1, 40),
    inner=st.integers(200, 60_000),
    sharing=st.sampled_from(sorted(P.classes)),
    window=st.sampled_from(("inside", "after", "unknown")),
    address=st.sampled_from(("10.0.0.1", "10.0.0.77", "10.0.200.9")),
)
def test_the_headline_is_the_weaker_of_both_alternatives(
    size: int, inner: int, sharing: str, window: str, address: str
) -> None:
    gap = 0 if window == "inside" else -200
    found = link(seen(address), example_set(size, sharing, window, gap), example_population(inner), P)
    held, notes = found.strength, found.derivation
    assert held.lr_network is not None
    weaker = min(("LR", "LR network"), key=lambda name: float(notes[f"{name} middle"]))
    ends = [float(notes[f"{weaker} lowest, pi0 {name}"]) for name in QUANTILES]
    middle = float(notes[f"{weaker} middle"])
    said, low = words(middle, P), words(min(*ends, middle), P)
    assert held.words == (said if said == low else f"{said} (low end: {low})")
    assert held.against_network == f"another user of the same network (AS64497, {inner:,} addresses)"
    assert (weaker == "LR" or held.lr <= 1) == (held.why == "") or held.lr == held.lr_network


def test_a_network_of_unknown_size_is_said_to_be_unweighed() -> None:
    people = Population(country="QZ", addresses=738_048, by_as={}, source="made up")
    found = link(HIT, example_set(20), people, P).strength
    assert found.lr_network is None
    assert "was not weighed" in found.why
    assert link(MISS, example_set(20), people, P).strength.why == ""


def test_a_neighbour_is_never_named() -> None:
    good = LinkB(entity="Sample Ministry", statement="Theirs.", source="s-g-1", grade="A1", independence_group="g-1")
    held = record("203.0.113.45", link_b=(good,))
    assert [offered(held, ring=ring).groups for ring in ("exact", "assignment")] == [1, 1]
    for ring in ("neighbourhood", "prefix", "origin_as", "country", "elsewhere"):
        assert offered(held, ring=ring).groups == 0
        assert "nearness" in offered(held, ring=ring).says
