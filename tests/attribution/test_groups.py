"""Groups of evidence: one term each, never twice; none where there is no data."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution.device_term import Ratio, terms
from forensics.attribution.group_features import terms_of
from forensics.attribution.group_terms import numbers
from forensics.attribution.group_values import Held, same_device
from forensics.attribution.groups import GROUPS, Term, combined, with_groups
from forensics.attribution.parameters import default
from forensics.attribution.strength import link
from forensics.model import Record
from forensics.sentence import say
from tests.attribution.sets import example_population, example_set, record, seen

P, NUMBERS, RULES = default(), terms(), numbers()
LINK = link(seen("10.0.0.1"), example_set(20), example_population(7_424), P)
RATIOS = st.floats(min_value=1e-4, max_value=1e4).map(
    lambda middle: Ratio(low=middle / 2, middle=middle, high=middle * 2)
)


def term(group: str, ratio: Ratio | None, weight: float = 0.5) -> Term:
    return Term(group=group, ratio=ratio, weight=weight, why=say("made up"))


def device(text: str) -> Record:
    return replace(record("10.0.0.1"), id=f"d-{text}", kind="device_id", network=text)


def held(*records: Record, devices: tuple[str, ...] = (), names: tuple[str, ...] = (), window: str = "inside") -> Held:
    return Held(devices=devices, names=names, records=tuple((item, window) for item in records))


def of(group: str, found: Held) -> Term:
    return next(item for item in terms_of(found, NUMBERS, RULES) if item.group == group)


@given(first=RATIOS, others=st.lists(RATIOS, max_size=5))
def test_a_group_never_counts_twice(first: Ratio, others: list[Ratio]) -> None:
    address = term("address", Ratio(low=10, middle=20, high=30), 1.0)
    found = combined([address, term("client", first), *(term("client", item) for item in others)])
    each = [combined([address, term("client", item)]) for item in (first, *others)]
    assert found in each


@given(ratio=RATIOS, share=st.floats(min_value=0.01, max_value=1))
def test_a_dependent_feature_changes_nothing(ratio: Ratio, share: float) -> None:
    weaker = Ratio(low=ratio.low**share, middle=ratio.middle**share, high=ratio.high**share)
    alone = combined([term("client", ratio)])
    assert combined([term("client", ratio), term("client", weaker)]) == alone
    assert combined([term("client", ratio), term("client", ratio), term("naming", None)]) == alone


@given(ratio=RATIOS, weight=st.floats(min_value=0.001, max_value=1))
def test_no_weight_lets_a_group_say_more_than_it_does(ratio: Ratio, weight: float) -> None:
    found = combined([term("client", ratio, weight)])
    assert found is not None
    assert abs(math.log(found.middle)) <= abs(math.log(ratio.middle)) + 1e-5


@pytest.mark.parametrize("weight", [0.0, -0.5, 1.01, math.nan, math.inf])
def test_a_weight_above_one_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="no weight"):
        term("client", None, weight)


def test_without_data_every_group_says_so_and_nothing_changes() -> None:
    found, told = with_groups(LINK, terms_of(Held(), NUMBERS, RULES), "QZ", P)
    assert found == LINK
    assert tuple(item.group for item in told) == GROUPS
    assert all(item.ratio is None and item.why.startswith("not evaluated: no data") for item in told[1:])


def test_a_device_on_record_adds_one_weighted_term() -> None:
    client = of("client", held(device("datr:Qx7kAAAA"), devices=("datr:Qx7k",)))
    assert client.ratio is not None
    assert client.weight == 0.5
    assert "datr:Qx7kAAAA" in client.why
    found, _ = with_groups(LINK, [client], "QZ", replace(P, cap=1e9))
    assert found.strength.lr == pytest.approx(LINK.strength.lr * client.ratio.middle**0.5, rel=1e-4)
    assert found.strength.lr_network == pytest.approx(
        (LINK.strength.lr_network or 0) * client.ratio.middle**0.5, rel=1e-4
    )
    assert found.derivation["LR of all groups"] == found.strength.lr


def test_a_device_that_is_not_on_record_counts_against() -> None:
    client = of("client", held(device("datr:ZZZZ"), devices=("datr:Qx7k",)))
    assert client.ratio is not None
    assert client.ratio.high < 1
    found, _ = with_groups(LINK, [client], "QZ", P)
    assert found.strength.lr < LINK.strength.lr


@pytest.mark.parametrize("window", ["before", "after", "unknown"])
def test_a_device_outside_its_period_says_nothing(window: str) -> None:
    assert of("client", held(device("datr:Qx7k"), devices=("datr:Qx7k",), window=window)).ratio is None


def test_the_cap_holds_for_all_groups_together() -> None:
    strong = term("client", Ratio(low=1e6, middle=1e6, high=1e6), 1.0)
    found, _ = with_groups(LINK, [strong], "QZ", P)
    assert found.strength.lr == found.strength.lr_high == P.cap
    assert found.strength.words.endswith("at least")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("datr:Qx7k", "datr:Qx7kAbCd", True),
        ("datr:Qx7k****", "datr:Qx7kAbCd", True),
        ("datr:Qx7k", "datr:Qx8k", False),
        ("datr:Qx7k", "ig-device:Qx7k", None),
        ("datr:Qx", "datr:Qx7k", None),
        ("datr:", "datr:", None),
    ],
)
def test_devices_are_compared_by_what_both_show(one: str, other: str, *, same: bool | None) -> None:
    assert same_device(one, other, 4) is same
    assert same_device(other, one, 4) is same


def test_names_and_fingerprints_never_give_a_number() -> None:
    helo = replace(record("10.0.0.1"), id="h-1", kind="mail_helo", network="mail.state.example")
    named = of("naming", held(helo, names=("mail.state.example",)))
    assert named.ratio is None
    assert "group of the address" in named.why
    assert "no mail" in of("naming", held(helo, names=("other.example",))).why
    key = replace(record("10.0.0.1"), id="k-1", kind="ssh_host_key", network="SHA256:" + "A" * 43)
    assert of("server fingerprint", held(key)).ratio is None
    assert "evidence holds none" in of("server fingerprint", held(key)).why
