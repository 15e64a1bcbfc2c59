"""Each kind of fact is bracketed by its own snapshots; a table that covers a part says nothing by its silence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forensics.enrichment import panel, snapshots
from forensics.enrichment.context import contexts
from forensics.enrichment.snapshots import SnapshotTable
from forensics.model import AddressContext, ContextStatus
from tests.enrichment.bundles import bundle

MARCH = date(2020, 3, 17)
HOME = "85.132.24.10"


def told(tables: list[SnapshotTable], day: date = MARCH, address: str = HOME) -> AddressContext:
    return contexts([(address, day)], sorted(tables, key=lambda table: table.manifest.as_of))[0]


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a table of a few rows count as one of the whole Internet."""
    monkeypatch.setattr(panel, "WHOLE_V4", 1)


def test_a_table_of_the_very_day_is_near_with_no_gap(tmp_path: Path) -> None:
    day = bundle(tmp_path, "of-the-day", MARCH, [("85.132.0.0/17", 29049, "", ())])
    found = told([*snapshots.load(), day])
    assert (found.origin_as.value, found.origin_as.status, found.origin_as.gap_days) == (
        "AS29049",
        ContextStatus.NEAR,
        0,
    )
    assert found.origin_as.snapshot == "of-the-day"


def test_an_excerpt_does_not_take_an_address_off_the_net_by_its_silence(tmp_path: Path) -> None:
    excerpt = bundle(tmp_path, "excerpt", date(2023, 1, 1), [("198.18.5.0/24", 64500, "", ())])
    alone = told(list(snapshots.load()), date(2022, 12, 1))
    beside = told([*snapshots.load(), excerpt], date(2022, 12, 1))
    assert beside == alone
    assert told([excerpt]).origin_as.status is ContextStatus.UNKNOWN


@pytest.mark.usefixtures("whole")
def test_a_whole_table_that_is_silent_says_unannounced(tmp_path: Path) -> None:
    first = bundle(tmp_path, "first", date(2020, 1, 1), [("85.132.24.0/24", 29049, "", ())])
    second = bundle(tmp_path, "second", date(2020, 9, 1), [("5.0.0.0/8", 64500, "", ())])
    found = told([first, second])
    assert found.origin_as.status is ContextStatus.CHANGED_BETWEEN
    assert [item.value for item in found.origin_as.other] == ["AS29049", None]


def test_country_follows_the_source_nearest_to_the_day(tmp_path: Path) -> None:
    made = [
        bundle(tmp_path, "geo", date(2019, 12, 24), [("85.132.24.0/24", 0, "AZ", ())], kind="ip_country", source="geo"),
        bundle(tmp_path, "late", date(2022, 10, 29), [("85.132.24.0/24", 29049, "GE", ())], source="routes"),
    ]
    found = told(made)
    assert (found.country.value, found.country.status, found.country.gap_days) == ("AZ", ContextStatus.NEAR, -84)
    assert [(item.value, item.gap_days) for item in found.country.other] == [("GE", 956)]
    assert "another source names country GE (late)" in found.notes
    assert found.origin_as.snapshot == "late"


def test_two_sources_that_agree_on_both_sides_bracket_a_country_that_is_far(tmp_path: Path) -> None:
    made = [
        bundle(tmp_path, "geo", date(2018, 1, 1), [("85.132.24.0/24", 0, "AZ", ())], kind="ip_country", source="geo"),
        bundle(tmp_path, "late", date(2022, 10, 29), [("85.132.24.0/24", 29049, "AZ", ())], source="routes"),
    ]
    assert told(made).country.status is ContextStatus.BRACKETED
    same_side = [made[0], bundle(tmp_path, "old", date(2017, 1, 1), [("85.132.24.0/24", 1, "AZ", ())], source="routes")]
    assert told(same_side).country.status is ContextStatus.STALE


def test_one_source_that_changes_its_mind_names_no_country(tmp_path: Path) -> None:
    made = [
        bundle(tmp_path, name, day, [("85.132.24.0/24", 0, code, ())], kind="ip_country", source="geo")
        for name, day, code in (("a", date(2019, 1, 1), "AZ"), ("b", date(2021, 1, 1), "GE"))
    ]
    found = told(made).country
    assert (found.value, found.status) == (None, ContextStatus.CHANGED_BETWEEN)
    assert [item.value for item in found.other] == ["AZ", "GE"]


def test_the_delegation_stands_in_where_nobody_announces(tmp_path: Path) -> None:
    delegated = bundle(
        tmp_path,
        "delegated",
        date(2020, 6, 17),
        [("85.132.0.0/16", 0, "AZ", ())],
        kind="registry_country",
        source="nro",
    )
    found = told([delegated])
    assert (found.country.value, found.country.status, found.country.snapshot) == (
        "AZ",
        ContextStatus.UNROUTED,
        "delegated",
    )
    assert (found.registry_country.value, found.registry_country.gap_days) == ("AZ", 92)
    assert found.origin_as.value is None


def test_a_class_list_speaks_for_itself_with_both_its_issues(tmp_path: Path) -> None:
    rows = [("85.132.24.0/24", 0, "", ("hosting/cloud-list", "vpn/vpn-list"))]
    made = [
        bundle(tmp_path, "lists-2019", date(2019, 7, 24), [("9.0.0.0/8", 0, "", ("vpn/vpn-list",))], kind="net_class"),
        bundle(tmp_path, "lists-2021", date(2021, 1, 15), rows, kind="net_class"),
    ]
    found = told(made)
    assert found.classes == ("hosting", "vpn")
    claims = {claim.name: claim for claim in found.class_claims}
    assert (claims["vpn"].source, claims["vpn"].as_of, claims["vpn"].unsaid) == (
        "vpn-list", date(2021, 1, 15), date(2019, 7, 24)
    )  # fmt: skip
    assert claims["hosting"].unsaid is None  # that list has one issue only
    assert told(made, date(2018, 1, 1)).classes == ("hosting",)  # the vpn list of 2019 is nearer, and does not list it


def test_no_list_gives_the_class_unknown_with_its_date(tmp_path: Path) -> None:
    made = [bundle(tmp_path, "lists", date(2019, 7, 24), [("9.0.0.0/8", 0, "", ("vpn/vpn-list",))], kind="net_class")]
    found = told(made)
    assert found.classes == ()
    (claim,) = found.class_claims
    assert (claim.name, claim.as_of, claim.gap_days) == ("unknown", date(2019, 7, 24), -237)
    assert "none of 1 lists" in claim.source


def test_another_day_by_choice_asks_one_snapshot_of_each_kind(tmp_path: Path) -> None:
    made = [
        bundle(tmp_path, f"lists-{day.year}", day, [("85.132.24.0/24", 0, "", ("vpn/vpn-list",))], kind="net_class")
        for day in (date(2019, 7, 24), date(2021, 1, 15))
    ]
    tables = sorted([*snapshots.load(), *made], key=lambda table: table.manifest.as_of)
    found = contexts([(HOME, MARCH)], tables, date(2026, 10, 1))[0]
    assert (found.origin_as.value, found.origin_as.other) == ("AS206977", ())
    assert [claim.snapshot for claim in found.class_claims] == ["lists-2021"]


def test_ipv6_is_not_judged_by_a_table_without_ipv6(tmp_path: Path) -> None:
    rows = [(f"{first}.{second}.0.0/16", 64500, "", ()) for first in range(1, 5) for second in range(5)]
    v4_only = bundle(tmp_path, "v4-only", MARCH, rows)
    found = told([*snapshots.load(), v4_only], address="2a02:2ba8::1")
    assert (found.origin_as.value, found.origin_as.snapshot) == ("AS14717", "loc-2022-10-29")
