"""How a record may change, and who has to stand behind an accusation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from forensics.errors import DataError
from forensics.registry.states import ALLOWED, STATES, accuses, admitted, check_change, two_people
from tests.registry.written import record

SAID = {"entity": "Sample Ministry (fictional)", "statement": "It was theirs.", "source": "s-1", "grade": "B2"}


@pytest.mark.parametrize("accusation", [{"entity": "Sample Ministry (fictional)"}, {"link_b": [SAID]}])
@pytest.mark.parametrize(
    "people",
    [
        {},
        {"recorded_by": "A. Curator"},
        {"confirmed_by": "A. Curator"},
        {"recorded_by": "A. Curator", "confirmed_by": "a.  CURATOR "},
        {"recorded_by": "\uff21. Curator", "confirmed_by": "A. Curator"},
    ],
)
def test_nobody_accuses_alone(accusation: dict[str, Any], people: dict[str, str]) -> None:
    with pytest.raises(DataError, match="two different people"):
        record(**accusation, **people)
    proposed = record(**accusation, **people, state="candidate")
    assert accuses(proposed)
    assert not two_people(proposed)


def test_two_people_accuse_together() -> None:
    held = record(link_b=[SAID], recorded_by="A. Curator", confirmed_by="B. Curator")
    assert admitted(held) == (held, "")


def test_a_record_that_accuses_nobody_needs_no_second_person() -> None:
    assert admitted(record()) == (record(), "")
    assert not accuses(record())


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_every_change_of_state_is_allowed_or_refused_by_the_table(before: str, after: str) -> None:
    first, second = record(state=before, reason="Fictional."), record(state=after, reason="Fictional.")
    if after in ALLOWED[before]:
        check_change(first, second)
    else:
        with pytest.raises(DataError):
            check_change(first, second)


def test_the_table_says_what_the_project_promises() -> None:
    assert ALLOWED["retracted"] == ()
    assert "indicator" not in ALLOWED["observed"]
    assert all("retracted" in later for state, later in ALLOWED.items() if state != "retracted")


@pytest.mark.parametrize(
    ("before", "after", "match"),
    [
        ({}, {"state": "candidate"}, "needs a reason"),
        ({"state": "disputed", "reason": "x"}, {"state": "indicator"}, "needs a reason"),
        ({}, {"network": "203.0.113.46"}, "Retract the record"),
        ({}, {"recorded_at": date(2019, 5, 31)}, "before the version"),
    ],
)
def test_a_version_that_does_not_follow_is_refused(before: dict[str, Any], after: dict[str, Any], match: str) -> None:
    with pytest.raises(DataError, match=match):
        check_change(record(**before), record(**after))


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "retracted"},
        {"state": "disputed", "reason": " "},
        {"replacement": "r-2"},
        {"state": "retracted", "reason": "x", "replacement": "r-1"},
        {"replacement": "../x"},
        {"version": 0},
        {"version": True},
        {"version": 2**40},
    ],
)
def test_a_withdrawal_says_why_and_replaces_something_else(changes: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        record(**changes)
