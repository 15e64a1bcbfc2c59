"""The order in which to read sessions: its figures are those of the published formula, counted by another script."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution.client_parts import client_parts
from forensics.attribution.triage import WEIGHTS, Triage, features
from tests import freeman_ratio

NETWORKS = {"192.0.2.1": "AS1", "192.0.2.2": "AS1", "198.51.100.1": "AS2", "203.0.113.1": "AS3", "203.0.113.2": "AS1"}
COUNTRIES = {"AS1": "QZ", "AS2": "QZ", "AS3": "QX"}
CLIENTS = {
    "f1": ("Firefox 1", "Linux", "desktop"),
    "f2": ("Firefox 2", "Linux", "desktop"),
    "f3": ("Firefox 1", "Windows", "desktop"),
    "m1": ("Safari 1", "iOS", "mobile"),
}


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"user": draw(st.sampled_from(("own", "own", "b", "c")))}
    if draw(st.booleans()):
        address = draw(st.sampled_from(sorted(NETWORKS)))
        found["address"] = [address, NETWORKS[address], COUNTRIES[NETWORKS[address]]]
    if draw(st.booleans()):
        client = draw(st.sampled_from(sorted(CLIENTS)))
        found["client"] = [client, *CLIENTS[client]]
    return found


@given(held=st.lists(rows(), min_size=1, max_size=30), asked=rows())
def test_the_ratio_is_that_of_the_published_formula(held: list[dict[str, Any]], asked: dict[str, Any]) -> None:
    own = [row for row in held if row["user"] == "own"]
    users = len({row["user"] for row in held} | {"own"})
    triage = Triage()
    for row in held:
        triage.add({name: tuple(row[name]) for name in WEIGHTS if name in row}, own=row["user"] == "own")
    found = triage.score({name: tuple(asked[name]) for name in WEIGHTS if name in asked}, users)
    if not own:
        assert found is None
        return
    if any(name in asked and not any(name in row for row in held) for name in WEIGHTS):
        return  # a feature that no row shows has no share to compare
    assert found is not None
    assert found.ratio == pytest.approx(freeman_ratio.freeman_ratio(asked, own, held, users), rel=1e-5)
    for factor in found.factors:
        shown = {tuple(row[factor.feature]) for row in own if factor.feature in row}
        new = [all(row[level] != value for row in shown) for level, value in enumerate(factor.values)]
        assert len(factor.never) == sum(new)


def test_a_feature_that_no_row_shows_moves_nothing_but_its_constant() -> None:
    triage = Triage()
    triage.add({"address": ("192.0.2.1", "AS1", "QZ")}, own=True)
    found = triage.score({"client": ("f1", *CLIENTS["f1"])}, 1)
    assert found is not None
    assert found.ratio == 4
    assert found.factors[0].never == ("text", "browser", "system", "device")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.1 Safari/537.36",
            ("Chrome 79.0.1", "Windows 6.1", "desktop"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/79.0 Safari/537.36 Edg/79.0.309",
            ("Edge 79.0.309", "Windows 10.0", "desktop"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 13_3 like Mac OS X) AppleWebKit/605 Version/13.0.4 Mobile/15E148 Safari/604.1",
            ("Safari 13.0.4", "iOS 13_3", "mobile"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 9; SM-A515F) AppleWebKit/537.36 SamsungBrowser/10.1 Chrome/71.0 Mobile Safari/537",
            ("Samsung Internet 10.1", "Android 9", "mobile"),
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:73.0) Gecko/20100101 Firefox/73.0", ("Firefox 73.0", "Linux", "desktop")),
        ("Chrome on Windows", ("Chrome", "Windows", "desktop")),
        ("whatever", ("whatever", "whatever", "whatever")),
    ],
)
def test_a_client_text_is_taken_apart(text: str, parts: tuple[str, str, str]) -> None:
    assert client_parts(text) == parts
    assert features(None, None, None, text) == {"client": (text, *parts)}


def test_two_unknown_networks_are_not_one() -> None:
    one, other = (features(address, None, None, "")["address"] for address in ("192.0.2.1", "192.0.2.2"))
    assert not set(one) & set(other)
