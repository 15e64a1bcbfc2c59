"""Differences between findings documents: none between equal ones, each told once, hostile documents included."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from forensics.pipeline import build
from forensics.pipeline.differences import UNEXPLAINED, Made, finding_differences, reasons
from tests.pipeline.march import ROOT

SPLIT = (
    [{"kind": "overlap", "statement": "", "challenge": True}],
    [{"kind": "overlap", "statement": "", "challenge": 1}],
)
VALUES = st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=3) | st.lists(st.integers(0, 2), max_size=2)
ROWS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["deletion", "overlap"]), "statement": st.text(max_size=2)},
    optional={"facts": st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), "challenge": VALUES},
)
MADE = Made(version="1", digest="d", libraries={"python": "3"}, parameters="p")
SHAPE = st.recursive(VALUES, lambda inner: st.dictionaries(st.sampled_from(["findings", "id", "members"]), inner))


def document(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"findings": [{**row, "id": f"F-{number}"} for number, row in enumerate(rows, 1)]}


def spelled(rows: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(row, sort_keys=True) for row in rows]


@example(*SPLIT)
@given(st.lists(ROWS, max_size=4), st.lists(ROWS, max_size=4))
def test_every_difference_is_told_once_and_no_other(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> None:
    found = finding_differences(document(left), document(right))
    assert (found == ()) == (spelled(left) == spelled(right))
    if sorted(spelled(left)) == sorted(spelled(right)):
        assert {item.change for item in found} <= {"renumbered"}
    told = [item for item in found if item.change != "renumbered"]
    gained = sum(item.change == "added" for item in told) - sum(item.change == "missing" for item in told)
    assert gained == len(right) - len(left)
    assert all(item.fields for item in told)
    assert all(one.sealed != one.replayed for item in told for one in item.fields)
    assert all(item.words() for item in found)


def test_of_long_values_the_part_that_differs_is_told() -> None:
    left, right = ([{"kind": "deletion", "statement": "x" * 5_000 + end + "y" * 900}] for end in "ab")
    ((told,),) = (item.fields for item in finding_differences(document(left), document(right)))
    assert "xa" in told.sealed
    assert "xb" in told.replayed
    assert len(told.sealed) < 310


@given(SHAPE, SHAPE)
def test_no_document_stops_the_comparison(left: object, right: object) -> None:
    finding_differences(left, right)
    assert reasons(MADE, MADE, (), (left, right))[-1] == UNEXPLAINED


def test_what_is_not_recorded_is_said_and_explains_nothing() -> None:
    then = Made(version="1", digest="", libraries={}, parameters="p")
    said = reasons(then, MADE, (), (None, None))
    assert said == ("the case does not record the digest of the tool and the versions of its libraries", UNEXPLAINED)
    newer = Made(version="2", digest="e", libraries={"python": "4"}, parameters="q")
    said = reasons(MADE, newer, ("a snapshot",), (None, None))
    assert [text.split(":")[0] for text in said] == [
        "a snapshot",
        "version",
        "parameters of the model",
        "library python",
    ]


def test_a_format_that_reads_otherwise_is_named() -> None:
    def ledger(name: str, events: int) -> dict[str, Any]:
        return {"members": [{"exhibit": "e", "member": "", "name": "n", "format": name, "events": events}]}

    said = reasons(MADE, MADE, (), (ledger("auth_log", 1), ledger("auth_log", 2)))
    assert said[0] == "reading: 1 files read otherwise by auth_log"
    assert (
        reasons(MADE, MADE, (), (ledger("auth_log", 1), ledger("", 0)))[0]
        == "reading: 1 files by no format, not by auth_log"
    )


def test_the_versions_of_all_libraries_that_shape_a_result_are_recorded() -> None:
    wanted = set(re.findall(r"^([a-z][a-z0-9-]+)", (ROOT / "requirements.in").read_text(), re.MULTILINE))
    assert wanted - {"python-socks", "rich", "typer"} <= set(build.LIBRARIES), "a new library: does it shape results?"
    assert {"python", "pyarrow", "tzdata"} <= set(build.libraries())
    assert re.fullmatch("[0-9a-f]{64}", build.digest())
