"""What-if: each assumption by its key, and clear refusals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution.parameters import default
from forensics.attribution.strength import link
from forensics.attribution.whatif import keys, suppose
from forensics.errors import UsageError
from tests.attribution.sets import example_population, example_set, seen

P = default()
HIT = seen("10.0.0.1")


def ratio(*settings: str, sharing: str = "dedicated", window: str = "inside", gap: int = 0) -> float:
    held = example_set(20, sharing, window, gap)
    return link(HIT, held, example_population(7_424), suppose(P, settings).parameters).strength.lr


def test_each_kind_of_assumption_moves_the_ratio_as_it_should() -> None:
    assert ratio("pi0=0.037") == pytest.approx(ratio() / 2, rel=1e-4)
    assert ratio("half_life.dedicated=10", window="after", gap=-400) < ratio(window="after", gap=-400)
    assert ratio("behind.cgnat=20000", sharing="cgnat") < ratio(sharing="cgnat")
    assert ratio("exits=5", sharing="vpn") < ratio(sharing="vpn")
    assert ratio("exits_share=0.01", sharing="vpn") > ratio(sharing="vpn")
    assert ratio("class=vpn") == ratio(sharing="vpn")
    assert ratio("class=unknown") == ratio(sharing="unknown")
    assert ratio("cap=100") == 100


def test_the_interval_of_one_rate_is_no_interval() -> None:
    found = link(HIT, example_set(20), example_population(7_424), suppose(P, ["pi0=0.05"]).parameters).strength
    assert found.lr_low == found.lr == found.lr_high


def test_changes_are_named_with_the_value_before() -> None:
    found = suppose(P, ["pi0=0.027", "half_life.vpn=2", "population=700,000", "users=8_000_000", "class=tor"])
    assert [(item.key, item.before, item.after) for item in found.changes] == [
        ("pi0", "0.074", "0.027"),
        ("half_life.vpn", "0.0416667", "2"),
        ("population", "that of the dated snapshot", "700,000"),
        ("users", "that of the dated snapshot", "8,000,000"),
        ("class", "that of the record and of dated context", "tor"),
    ]
    assert (found.population, found.users) == (700_000, 8_000_000)
    assert suppose(P, []).parameters == P, "nothing supposed, nothing changed"


@pytest.mark.parametrize("key", keys(P))
def test_every_key_is_accepted_somewhere(key: str) -> None:
    value = {"class": "vpn", "cap": "500", "pi0.low": "0.01", "pi0.mean": "0.08", "pi0.high": "0.2"}.get(key, "0.5")
    value = "12" if key in ("population", "users", "exits", "behind.cgnat", "behind.mobile") else value
    value = f"{P.scatter[key.partition('.')[2]]}" if key.startswith("scatter") else value
    assert [item.key for item in suppose(P, [f"{key}={value}"]).changes] == [key]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("pi1=0.5", "is no assumption of the model"),
        ("pi0", "not KEY=VALUE"),
        ("pi0=0", "no positive number"),
        ("pi0=nan", "no positive number"),
        ("pi0=-1", "no positive number"),
        ("pi0=1", "between 0 and 1"),
        ("pi0.low=0.9", "between 0 and 1"),
        ("scatter.country=0.5", "sum to"),
        ("cap=1", "cap"),
        ("exits_share=2", "share"),
        ("class=rumour", "no sharing class"),
        ("population=1.5", "no whole number"),
        ("half_life.dedicated=1e400", "no positive number"),
        ("half_life.dedicated=" + "9" * 100, "no positive number"),
    ],
)
def test_what_is_refused(setting: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        suppose(P, [setting])


def test_an_unknown_key_names_all_keys() -> None:
    with pytest.raises(UsageError) as refused:
        suppose(P, ["\x1b[2J=1"])
    assert all(key in str(refused.value) for key in ("pi0.low", "half_life.dedicated", "population", "class"))


@given(value=st.floats(min_value=0.001, max_value=0.9))
def test_any_rate_gives_the_ratio_in_proportion(value: float) -> None:
    found = suppose(P, [f"pi0={value!r}", "cap=1e11"]).parameters
    alone = link(HIT, example_set(20), example_population(7_424), found).derivation
    assert float(alone["LR middle"]) == pytest.approx(value / (20 / 738_048), rel=1e-5)
