"""The owner file: every key is optional, every mistake is named."""

from __future__ import annotations

from datetime import date

import pytest

from forensics import owner
from forensics.errors import DataError
from forensics.model import Owner, OwnerNetwork

WHOLE = b"""
[owner]
time_zone = "Asia/Baku"
clean_windows = [["2020-01-01", "2020-03-08"], [2020-04-01, 2020-04-02]]
addresses = ["192.0.2.14", { net = "2001:db8::/48", from = "2019-06-01", to = "2019-07-01", label = "office" }]
devices = ["datr:hP3d"]
notes = "none"
[owner.accounts]
google = "editor@mail.example"
facebook = ["a", "b"]
"""


def test_whole_file() -> None:
    assert owner.parse(WHOLE, "owner.toml") == Owner(
        time_zone="Asia/Baku",
        clean_windows=((date(2020, 1, 1), date(2020, 3, 8)), (date(2020, 4, 1), date(2020, 4, 2))),
        addresses=(
            OwnerNetwork(net="192.0.2.14/32"),
            OwnerNetwork(net="2001:db8::/48", first=date(2019, 6, 1), last=date(2019, 7, 1), label="office"),
        ),
        devices=("datr:hP3d",),
        accounts={"google": ("editor@mail.example",), "facebook": ("a", "b")},
        notes="none",
    )


def test_empty_file_declares_nothing() -> None:
    assert not owner.parse(b"", "owner.toml").declares_baseline


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[owner]\nadresses = []", "owner.adresses"),
        ("[other]\n", "other"),
        ("owner = 3", "owner: must be a table"),
        ("[owner]\naddresses = ['300.1.1.1']", "owner.addresses[0].net"),
        ("[owner]\naddresses = [{net='192.0.2.1', form='x'}]", "owner.addresses[0].form"),
        ("[owner]\naddresses = [3]", "owner.addresses[0]"),
        ("[owner]\nclean_windows = [['2020-02-30', '2020-03-01']]", "owner.clean_windows[0]"),
        ("[owner]\nclean_windows = [['2020-03-01', '2020-02-01']]", "ends before it starts"),
        ("[owner]\nclean_windows = [['2020-03-01']]", "must be [from, to]"),
        ("[owner]\ntime_zone = 'Mars/Olympus'", "owner.time_zone"),
        ("[owner]\ndevices = 'x'", "owner.devices: must be a list"),
        ("[owner]\naccounts = {google = 3}", "owner.accounts.google"),
        ("[owner", "not a TOML file"),
    ],
)
def test_mistakes_are_named(text: str, named: str) -> None:
    with pytest.raises(DataError) as caught:
        owner.parse(text.encode(), "owner.toml")
    assert named in str(caught.value)
    assert "owner.toml" in str(caught.value)
