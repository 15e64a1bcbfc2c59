"""One holder under two AS numbers, one AS number under two holders: from names and from rows with a ground."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment import snapshots
from forensics.enrichment.context import contexts
from forensics.enrichment.holders import REASSIGNED, SIBLINGS, is_handle, passed_on, plain, same_holder
from forensics.enrichment.selection import Sighting
from forensics.model import ContextStatus, Snapshot


def seen(day: date, asn: int | None, name: str, source: str = "one") -> Sighting:
    snapshot = Snapshot(
        id=f"s-{day}", kind="ip_asn", as_of=day, source=source, source_sha256="", bundle_sha256="",
        licence="", attribution="", rows_v4=0, rows_v6=0,
    )  # fmt: skip
    return Sighting(snapshot=snapshot, asn=asn, name=name)


EARLY, LATE = date(2020, 1, 1), date(2026, 1, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AG Telecom LTD.", "AG Telecom MMC"),
        ('"AZERONLINE LTD" JOINT ENTERPRISE', "Azeronline Joint Enterprise"),
        ("Müller GmbH", "MULLER gmbh"),
        ("A.B.C. Net s.r.o.", "ABC NET"),
    ],
)
def test_legal_forms_case_and_marks_do_not_make_another_holder(one: str, other: str) -> None:
    assert plain(one) == plain(other) != frozenset()
    assert same_holder([seen(EARLY, 1, one), seen(LATE, 2, other)]) == other


def test_a_handle_of_another_source_proves_nothing() -> None:
    assert is_handle("DT-CGW")
    assert not is_handle("Delta Telecom Ltd")
    assert same_holder([seen(EARLY, 1, "UNINET"), seen(LATE, 2, "UNINET", "two")]) == ""
    assert same_holder([seen(EARLY, 1, "UNINET"), seen(LATE, 2, "UNINET")]) == "UNINET"
    assert passed_on([seen(EARLY, 1, "Baktelekom"), seen(LATE, 1, "BAKINTER-AS Bakinternet ISP", "two")]) == ""


def test_one_number_with_two_names_of_one_source_is_told() -> None:
    assert "changed its holder or its name" in passed_on([seen(EARLY, 7, "First Net"), seen(LATE, 7, "Second Cable")])
    assert passed_on([seen(EARLY, 7, "First Net"), seen(LATE, 7, "First Net LLC")]) == ""
    assert passed_on([seen(EARLY, 7, "First Net"), seen(LATE, 8, "Second Cable")]) == ""


@given(st.text(max_size=40), st.text(max_size=40))
def test_comparing_hostile_names_is_total_and_symmetric(one: str, other: str) -> None:
    pair = [seen(EARLY, 1, one), seen(LATE, 2, other)]
    back = [seen(EARLY, 1, other), seen(LATE, 2, one)]
    assert bool(same_holder(pair)) == bool(same_holder(back))
    assert same_holder(pair) in ("", other)


def test_the_rows_are_told_by_the_real_tables() -> None:
    tables = snapshots.load()
    for address in ("85.132.78.1", "94.20.20.20"):
        told = contexts([(address, date(2025, 12, 1))], tables)[0]
        assert told.origin_as.status is ContextStatus.CHANGED_BETWEEN
        assert told.same_holder == "Delta Telecom Ltd"
        assert any("the number changed, the holder did not" in note for note in told.notes)
    # the show-case: from a company to a State body, which are not one holder
    told = contexts([("85.132.24.10", date(2025, 1, 1))], tables)[0]
    assert (told.origin_as.status, told.same_holder) == (ContextStatus.CHANGED_BETWEEN, "")


def test_every_row_has_a_ground_and_ordered_days() -> None:
    assert all(row.ground and len(row.numbers) > 1 for row in SIBLINGS)
    assert all(row.ground and row.before_as_of < row.after_as_of for row in REASSIGNED)


def test_a_number_known_to_have_been_reassigned_is_told() -> None:
    pair = [seen(date(2022, 10, 29), 206977, "Sergio R. Hernandez Torres"), seen(LATE, 206977, "AZSTATENET", "two")]
    assert "AS206977 went from" in passed_on(pair)
    assert passed_on([seen(date(2025, 6, 1), 206977, "AZSTATENET"), pair[1]]) == ""
