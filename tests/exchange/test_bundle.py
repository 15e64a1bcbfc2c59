"""Bundles are closed: what is not of their form cannot be in them; ids tell nothing and bind to the content."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.exchange.bundle import Bundle, Item
from forensics.exchange.exporter import exporters
from forensics.exchange.identifiers import Identifiers, new_secret

ITEM = Item(
    indicator="203.0.113.45",
    role="takeover_step",
    accounts=("mail", "social"),
    first=date(2020, 3, 1),
    last=date(2020, 3, 1),
    origin_as="AS64497",
    country="QZ",
    snapshot="sample-2019-12-01",
    as_of=date(2019, 12, 1),
)
BUNDLE = Bundle(
    items=(ITEM, replace(ITEM, indicator="2001:db8::/48", origin_as=None, country=None, snapshot="", as_of=None)),
    tlp="AMBER+STRICT",
    pap="AMBER",
    grain="month",
    released=date(2020, 3, 12),
    sample=True,
)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("indicator", "editor@mail.example"),
        ("indicator", "203.0.113.45/24"),
        ("indicator", "203.0.113.045"),
        ("role", "the minister's own machine"),
        ("accounts", ("google",)),
        ("origin_as", "AS64497 Sample"),
        ("origin_as", "AS64497\n"),
        ("country", "qz"),
        ("snapshot", "editor@mail.example"),
        ("devices", ("datr:Qx7k",)),
        ("shared_by", "ministry"),
        ("last", date(2020, 2, 1)),
    ],
)
def test_an_item_takes_nothing_from_outside_its_lists(member: str, value: object) -> None:
    with pytest.raises(ValueError, match="a bundle cannot hold this") as caught:
        replace(ITEM, **{member: value})  # type: ignore[arg-type]
    assert str(value) not in str(caught.value), "a message about what must not leave may leave, too"


def test_days_never_stand_in_a_bundle_of_months() -> None:
    with pytest.raises(ValueError, match="days in months"):
        replace(BUNDLE, items=(replace(ITEM, last=date(2020, 3, 11)),))
    assert replace(BUNDLE, grain="day", items=(replace(ITEM, last=date(2020, 3, 11)),)).items


def test_there_are_three_forms() -> None:
    assert list(exporters()) == ["misp", "registry", "stix"]


@pytest.mark.parametrize("form", ["misp", "registry", "stix"])
def test_only_the_ids_differ_between_two_bundles(form: str) -> None:
    exporter = exporters()[form]
    first, again, other = (
        exporter.write(BUNDLE, Identifiers(secret, BUNDLE.canonical()))
        for secret in (bytes(32), bytes(32), new_secret())
    )
    assert first == again
    assert first != other

    def neutral(data: bytes) -> list[str]:

        return sorted(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12}", "ID", data.decode()).splitlines())

    known = "939a9414-2ddd-4d32-a0cd-375ea402b003"
    assert neutral(first) == neutral(other)
    ids = {text for text in first.decode().replace('"', " ").replace("--", " ").split() if _is_uuid(text)} - {known}
    others = {text for text in other.decode().replace('"', " ").replace("--", " ").split() if _is_uuid(text)} - {known}
    assert not ids & {text for text in others if not text.startswith("60a3c5c5")}


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40), st.binary(max_size=40))
def test_ids_are_random_uuids_bound_to_secret_and_content(secret: bytes, content: bytes, other: bytes) -> None:
    made = [Identifiers(secret, content).uuid("event") for _ in range(2)]
    assert made[0] == made[1]
    assert uuid.UUID(made[0]).version == 4
    if other != content:
        assert Identifiers(secret, other).uuid("event") != made[0]
    ids = Identifiers(secret, content)
    assert len({ids.uuid("event"), ids.uuid("event"), ids.uuid("attribute")}) == 3
    assert ids.again().uuid("event") == made[0]
