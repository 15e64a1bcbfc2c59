"""The terms of the other groups: what they compare, what they never do, and what holds whatever is compared."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution import groups
from forensics.attribution.device_term import terms
from forensics.attribution.group_features import terms_of, told_on_record
from forensics.attribution.group_terms import FILE, Compared, compared, counted_share, numbers
from forensics.attribution.group_values import Held, browser, values
from forensics.attribution.groups import Term, with_groups
from forensics.attribution.parameters import default
from forensics.attribution.strength import link
from forensics.attribution.wording import forbidden
from forensics.model import Record
from tests.attribution.held import CHROME, FIREFOX, KEY, OTHER_KEY, held_values, on_record
from tests.attribution.sets import example_population, example_set, seen, source

P, DEVICES, RULES = default(), terms(), numbers()
CAPS = {"server fingerprint": RULES.fingerprint.cap, "naming": RULES.naming.cap, "client": RULES.device_cap}


def inside(*records: Record) -> tuple[tuple[Record, str], ...]:
    return tuple((item, "inside") for item in records)


def group(name: str, held: Held) -> Term:
    return next(item for item in terms_of(held, DEVICES, RULES) if item.group == name)


@given(held=held_values())
def test_no_term_is_above_its_cap_and_no_match_in_words_counts(held: Held) -> None:
    for term in terms_of(held, DEVICES, RULES):
        assert forbidden(term.why) == ()
        assert 0 < term.weight < 1
        if term.ratio is None:
            assert term.compared is None
            assert term.why.startswith(("not evaluated", "not counted")) or "Not counted" in term.why
            continue
        assert term.compared is not None
        assert term.source.count("SHA-256") >= 1
        assert "pi: " in term.source
        assert term.compared.q[2] < term.compared.pi[0], "chance is rarer than a return"
        assert term.ratio.low <= term.ratio.middle <= term.ratio.high <= CAPS[term.group]
        assert (term.ratio.low > 1) == term.compared.matched
        assert term.compared.matched or term.ratio.high <= 1


@given(held=held_values(), data=st.data())
def test_the_order_of_what_is_held_says_nothing(held: Held, data: st.DataObject) -> None:
    def mixed(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(data.draw(st.permutations(values)))

    records = mixed(held.records)
    other_order = replace(
        held,
        devices=mixed(held.devices),
        agents=mixed(held.agents),
        names=mixed(held.names),
        confirmed=mixed(held.confirmed),
        records=records,
    )
    one, other = (
        [(item.ratio, item.compared, item.within) for item in terms_of(found, DEVICES, RULES)]
        for found in (held, other_order)
    )
    assert one == other
    again = replace(held, records=records)
    assert terms_of(again, DEVICES, RULES) == terms_of(held, DEVICES, RULES)


@given(held=held_values().filter(lambda item: item.records), data=st.data())
def test_a_republication_changes_nothing(held: Held, data: st.DataObject) -> None:
    first, _ = data.draw(st.sampled_from(held.records))
    same = [item.published_at for item, _ in held.records]
    later = date(2020, 1, 1) if None not in same else None
    copy = replace(
        first, id=f"s-{first.id}", published_at=later, sharing_class=data.draw(st.sampled_from(("dedicated", "vpn")))
    )
    told = data.draw(st.sampled_from(("inside", "unknown")))
    more = replace(held, records=(*held.records, (copy, told)))
    assert terms_of(more, DEVICES, RULES) == terms_of(held, DEVICES, RULES)


RATES = st.tuples(*[st.floats(1e-6, 0.999)] * 3).map(lambda found: tuple(sorted(found)))


@given(pi=RATES, q=RATES, cap=st.floats(1.5, 1e4), weight=st.floats(0.01, 1))
def test_the_mean_ratio_of_unrelated_sources_is_at_most_one(
    pi: tuple[float, float, float], q: tuple[float, float, float], cap: float, weight: float
) -> None:
    hit, miss = (compared(pi, q, cap, matched=matched) for matched in (True, False))
    if hit is None or miss is None:
        assert hit is miss
        assert q[2] >= pi[0] * (1 - 1e-5)
        return
    for rate in pi:
        for share in hit.q:
            mean = share * hit.at(rate, share) + (1 - share) * miss.at(rate, share)
            assert mean <= 1 + 1e-9
            assert share * hit.at(rate, share) ** weight + (1 - share) * miss.at(rate, share) ** weight <= 1 + 1e-9
            assert mean == pytest.approx(1) or rate / share > cap
            # one that is rarer than the rate that was used meets even less
            rarer = share / 2
            assert rarer * hit.at(rate, share) + (1 - rarer) * miss.at(rate, share) <= 1 + 1e-9


def poisson_at_most(seen: int, mean: float) -> float:
    return math.fsum(math.exp(-mean + number * math.log(mean) - math.lgamma(number + 1)) for number in range(seen + 1))


@pytest.mark.parametrize("seen", [0, 1, 2, 3, 5, 8, 13, 40, 200, 5_000])
def test_a_counted_share_is_an_upper_bound(seen: int) -> None:
    bound = counted_share(seen, 99_999) * 100_000
    assert poisson_at_most(seen, bound) <= 0.05
    assert counted_share(50, 10) == 1


@given(count=st.integers(1, 6), showing=st.integers(0, 30))
def test_a_larger_registry_never_makes_a_match_weigh_more(count: int, showing: int) -> None:
    texts = [f"Mozilla/5.0 (device {number})" for number in range(count)]
    records = [on_record("device_id", text) for text in texts]
    known = Held(agents=(texts[0],), records=inside(*records), others=20_000, showing={texts[-1]: showing})
    more = replace(known, records=inside(*records, on_record("device_id", "Mozilla/5.0 (one more)")))
    one, other = (group("client", held).ratio for held in (known, more))
    assert other is None or (one is not None and other.middle <= one.middle)


def test_a_key_of_one_machine_weighs_and_not_within_its_network() -> None:
    held = Held(devices=(f"ssh-key:{KEY}",), records=inside(on_record("ssh_host_key", KEY)))
    term = group("server fingerprint", held)
    assert term.ratio is not None
    assert (term.ratio.low, term.ratio.middle, term.ratio.high) == (1.08, 74.0, 100.0)
    before = link(seen("10.0.0.9"), example_set(20), example_population(7_424), P)
    after, _ = with_groups(before, [term], "QZ", P)
    assert after.strength.lr == pytest.approx(before.strength.lr * 74**0.5, rel=1e-4)
    assert after.strength.lr_network == before.strength.lr_network
    assert after.strength.words == before.strength.words, "the weaker alternative leads, and it is not moved"


@pytest.mark.parametrize(
    ("changes", "window", "said"),
    [
        ({"sharing_class": "unknown"}, "inside", "no record says that only one machine"),
        ({}, "after", "outside its period"),
    ],
)
def test_a_key_that_cannot_be_weighed_is_told(changes: dict[str, object], window: str, said: str) -> None:
    held = Held(devices=(f"ssh-key:{KEY}",), records=((on_record("ssh_host_key", KEY, **changes), window),))
    term = group("server fingerprint", held)
    assert term.ratio is None
    assert KEY in term.why
    assert said in term.why


def test_a_key_from_the_report_that_lists_the_address_is_the_same_fact() -> None:
    held = Held(devices=(f"ssh-key:{KEY}",), records=inside(on_record("ssh_host_key", KEY)), reports=frozenset({"g-1"}))
    assert group("server fingerprint", held).ratio is None
    assert "the same fact again" in group("server fingerprint", held).why


def test_a_key_counts_in_one_group_only() -> None:
    records = inside(on_record("ssh_host_key", KEY), on_record("device_id", f"ssh-key:{KEY}"))
    told = terms_of(Held(devices=(f"ssh-key:{KEY}",), records=records), DEVICES, RULES)
    assert [item.group for item in told if item.ratio is not None] == ["client"]


def test_another_key_counts_against() -> None:
    held = Held(devices=(f"ssh-key:{OTHER_KEY}",), records=inside(on_record("ssh_host_key", KEY)))
    term = group("server fingerprint", held)
    assert term.ratio is not None
    assert term.ratio.high < 1
    assert term.within, "it counts against both alternatives"


def test_a_dated_name_weighs_by_the_hosts_of_its_zone() -> None:
    held = Held(
        confirmed=("vpn.state.example",), records=inside(on_record("domain", "state.example")), hosts=3, size=7_424
    )
    term = group("naming", held)
    assert term.ratio is not None
    assert term.compared is not None
    assert term.compared.q[1] == pytest.approx(0.001 + 3 / 7_424, rel=1e-5)
    assert term.ratio.middle == pytest.approx(0.074 / (0.001 + 3 / 7_424), rel=1e-5)
    against = group("naming", replace(held, confirmed=("state.example.net",)))
    assert against.ratio is not None
    assert against.ratio.high < 1
    assert group("naming", replace(held, hosts=200)).ratio is None, "too many hosts: a match would say nothing"
    at_the_address = group("naming", replace(held, reports=frozenset({"g-1"})))
    assert at_the_address.ratio is None
    assert "restates" in at_the_address.why


def test_a_name_without_a_day_is_told_only() -> None:
    records = inside(on_record("domain", "state.example"), on_record("mail_helo", "win-1"))
    told = group("naming", Held(names=("win-1",), reverse=("h.state.example",), records=records, size=7_424))
    assert told.ratio is None
    assert "own claim" in told.why
    assert "asked for on another day" in told.why


def test_a_client_text_needs_a_population() -> None:
    held = Held(agents=(FIREFOX,), records=inside(on_record("device_id", FIREFOX)), others=99)
    assert group("client", held).ratio is None
    assert "too few for a population" in group("client", held).why
    counted = group("client", replace(held, others=20_000, showing={FIREFOX: 7}))
    assert counted.ratio is not None
    assert counted.ratio.high == RULES.agent.cap
    assert not counted.within
    assert "7 of 20,000 other addresses" in counted.why
    common = group("client", replace(held, others=200, showing={FIREFOX: 50}))
    assert common.ratio is None
    assert FIREFOX in common.why
    missed = group("client", replace(held, agents=(CHROME,), others=20_000))
    assert missed.ratio is not None
    assert missed.ratio.high < 1


def test_a_device_goes_before_the_text_whatever_both_show() -> None:
    records = inside(on_record("device_id", FIREFOX), on_record("device_id", "datr:Qx7kAAAA"))
    term = group("client", Held(agents=(FIREFOX,), devices=("datr:ZZZZ",), records=records, others=20_000))
    assert term.ratio is not None
    assert term.ratio.high < 1, "a text that matches does not make up for a device that does not"


def test_programs_that_read_sites_are_no_browsers() -> None:
    assert browser(FIREFOX)
    assert not browser("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)")
    assert not browser("curl/7.68.0")


def test_what_is_on_record_without_an_address_is_told() -> None:
    records = inside(
        on_record("ssh_host_key", KEY), on_record("domain", "state.example"), on_record("device_id", FIREFOX)
    )
    held = Held(devices=(f"ssh-key:{KEY}",), agents=(FIREFOX,), confirmed=("a.state.example",), records=records)
    told = [*told_on_record(held, DEVICES.least_characters)]
    assert len(told) == 3
    assert all("told and not weighed" in sentence for sentence in told)


def test_a_value_on_two_records_is_one_value() -> None:
    records = (
        on_record("domain", "a.example", id="z"),
        on_record("domain", "a.example", id="y", sources=(source("h"),)),
    )
    (value,) = values(inside(*records), "domain")
    assert value.record == "y"
    assert value.reports == {"g-1", "h"}


def test_every_number_says_where_it_is_from() -> None:
    assert forbidden(FILE.read_text(encoding="utf-8")) == ()
    for rule in (RULES.fingerprint, RULES.naming, RULES.agent):
        assert len(rule.provenance) > 40
        assert rule.cap <= 100
    assert RULES.same == (P.pi0_low, P.pi0, P.pi0_high), "the file says that it stands in for it"
    assert RULES.weight == 0.5
    assert {item.group for item in terms_of(Held(), DEVICES, RULES)} == set(groups.GROUPS[1:])


def test_no_comparison_without_room_between_chance_and_return() -> None:
    assert compared((0.1, 0.2, 0.3), (0.01, 0.02, 0.1), 10, matched=True) is None
    assert isinstance(compared((0.1, 0.2, 0.3), (0.01, 0.02, 0.09), 10, matched=True), Compared)
