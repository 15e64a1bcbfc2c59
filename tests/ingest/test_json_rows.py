"""JSON rows: pointers, flat walking, damage that costs what it hit and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import json_rows as reader
from forensics.ingest import json_walk
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.json_rows import Repair, json_rows
from tests.ingest.reading import evidence_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), max_size=5)


def read(
    data: bytes, *patterns: str, walk: bool = False, repairs: tuple[Repair, ...] = ()
) -> list[Row | Flaw | Unused]:
    with pytest.MonkeyPatch.context() as patch:
        if walk:
            patch.setattr(reader, "WHOLE_LIMIT", -1)
        return list(json_rows(evidence_of(data, "x.json"), *patterns, repairs=repairs))


def places(rows: list[Row | Flaw | Unused]) -> list[tuple[str, Any]]:
    return [(row.place, dict(row.fields)) for row in rows if isinstance(row, Row)]


def told(rows: list[Row | Flaw | Unused]) -> list[Any]:
    return [(row.place, row.section, row.fields) if isinstance(row, Row) else row for row in rows]


@settings(max_examples=60)
@given(RECORDS, VALUES, st.sampled_from([None, 2]), st.booleans())
def test_walking_gives_what_decoding_gives(
    records: list[dict[str, Any]],
    other: Any,
    indent: int | None,
    escaped: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    document = {"list": records, "other": other, "nested": {"a/b": [{"deep": records}]}}
    data = json.dumps(document, indent=indent, ensure_ascii=escaped).encode()
    patterns = ("/list/*", "/nested/a~1b/*/deep/*")
    assert sorted(places(read(data, *patterns)), key=str) == sorted(places(read(data, *patterns, walk=True)), key=str)


@settings(max_examples=150)
@given(RECORDS, st.data(), st.sampled_from([16, 64, 1 << 20]), st.sampled_from([None, 1]))
def test_stretches_give_what_single_elements_give(
    records: list[dict[str, Any]], data: st.DataObject, chunk: int, indent: int | None
) -> None:
    text = json.dumps({"list": records, "more": [{"in": records}, 3]}, indent=indent).encode()
    for _ in range(data.draw(st.integers(0, 3))):  # damage: cuts, stray signs, doubled commas, names that come twice
        at = data.draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + data.draw(st.sampled_from([b"", b"}", b",", b'"', b"\\", b"]", b'{"a":1,"a":2},', b"\xff", b" "]))
            + text[at:]
        )
    patterns = ("/list/*", "/more/*/in/*")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_walk, "CHUNK", chunk)
        together = told(read(text, *patterns, walk=True))
        patch.setattr(json_walk._Walker, "_stride", lambda _: iter(()))
        alone = told(read(text, *patterns, walk=True))
    if any(isinstance(row, Flaw) for row in alone):  # where a window begins decides how much is shown and recovered
        together, alone = (
            [row for row in rows if isinstance(row, tuple) and row[0].startswith("/")] for rows in (together, alone)
        )
    assert together == alone


def test_elements_that_nest_too_deep_are_not_taken_in_a_stretch() -> None:
    deep = "[" * 300 + "]" * 300
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_walk, "CHUNK", 16)
        rows = read(f'{{"list": [{{"a": 1}}, {{"a": {deep}}}, {{"a": 2}}, {{"a": 3}}]}}'.encode(), "/list/*", walk=True)
    assert places(rows)[0] == ("/list/0", {"a": 1})
    assert any(isinstance(row, Flaw) and "nested deeper" in row.reason for row in rows)


@settings(max_examples=60)
@given(RECORDS.filter(bool), st.data())
def test_a_cut_costs_at_most_the_record_it_hit(records: list[dict[str, Any]], data: st.DataObject) -> None:
    text = json.dumps({"list": records}).encode()
    cut = data.draw(st.integers(0, len(text) - 1))
    rows = read(text[:cut], "/list/*")
    whole = places(read(text, "/list/*"))
    pointed = [item for item in places(rows) if not item[0].startswith("bytes:")]
    assert pointed == whole[: len(pointed)], "what is recovered from the damaged stretch has byte places"
    assert not text[:cut].startswith(b"{") or any(isinstance(row, Flaw) for row in rows)


def test_one_broken_record_leaves_its_neighbours() -> None:
    data = b'{"list":[{"a":1},{"a":tru},{"a":3}],"more":[1]}'
    rows = read(data, "/list/*")
    assert places(rows) == [("/list/0", {"a": 1}), ("/list/2", {"a": 3})]
    (flaw,) = [row for row in rows if isinstance(row, Flaw)]
    assert (flaw.place, flaw.reason) == ("/list/1", "not valid JSON")
    assert [row.rule for row in rows if isinstance(row, Unused)] == ["JSON part 'more' holds no account events"]


def test_missing_comma_does_not_give_two_records_one_place() -> None:
    rows = read(b'{"list":[{"a":1} {"a":2}]}', "/list/*")
    assert [place for place, _ in places(rows)] == ["/list/0", "/list/1"]


def test_repairs_are_tried_in_order_and_named() -> None:
    repair = Repair(name="hex escapes", apply=lambda data: data.replace(b"\\x0b", b"\\u000b"))
    rows = read(b'{"list":[{"a":"x\\x0by"},{"a":"z"}]}', "/list/*", repairs=(repair,))
    assert [(row.repair, row.fields["a"]) for row in rows if isinstance(row, Row)] == [
        ("hex escapes", "x\x0by"),
        ("", "z"),
    ]


def test_whole_document_as_one_row_and_bom() -> None:
    (row,) = read(b'\xef\xbb\xbf{"a": 1}', "")
    assert isinstance(row, Row)
    assert (row.place, dict(row.fields)) == ("", {"a": 1})


@pytest.mark.parametrize(
    "data", [b"[" * 5000, b'{"a":' * 5000, b'["' + b"x" * 100_000, b"{}}", b"[1,2", b'{"list":[{]}']
)
def test_hostile_nesting_and_brackets_end_as_flaws(data: bytes) -> None:
    rows = read(data, "/list/*", "/*")
    assert any(isinstance(row, Flaw) for row in rows)


def test_a_part_that_stands_twice_is_read_twice_under_distinct_places() -> None:
    rows = read(b'{"list":[{"a":1}],"list":[{"a":2}]}', "/list/*")
    assert places(rows) == [("/list/0", {"a": 1}), ("/list#2/0", {"a": 2})]


def test_a_list_that_stands_twice_further_down_is_read_twice_too() -> None:
    data = b'{"chats":{"list":[{"a":1}],"list":[{"a":2}]},"other":1}'
    assert [fields for _, fields in places(read(data, "/chats/list/*"))] == [{"a": 1}, {"a": 2}]


def test_equal_names_in_different_objects_are_no_repeat() -> None:
    patterns = ("/chats/list/*", "/id")
    nested = b'\xef\xbb\xbf{"id":1,"chats":{"list":[{"id":2},{"id":3,"chats":4}]},"other":[1]}'
    assert sorted(places(read(nested, *patterns))) == sorted(places(read(nested, *patterns, walk=True)))


def test_documents_one_after_the_other_share_no_place() -> None:
    """Damage can close a list early; what follows stands at the top again, where a pointer was given already."""
    evidence = evidence_of(b'{"a": {"n": 1}}, {"a": {"n": 2}} {"a": {"n": 3}}', "x.json")
    found = [row for row in json_rows(evidence, "/*") if isinstance(row, Row)]
    assert [row.fields["n"] for row in found] == [1, 2, 3]
    assert [row.place for row in found] == ["/a", "bytes:23-31", "bytes:39-47"]
