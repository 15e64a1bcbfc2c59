"""Records that are told by their bytes are those that decoding the list gives, whatever stands in them."""

from __future__ import annotations

import io
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import all_formats, json_walk
from forensics.ingest.alike_records import AlikeRecords
from forensics.ingest.json_rows import decode
from forensics.ingest.record_lines import RecordLines, Records
from tests.ingest.test_alike_records import FACEBOOK, RECORDS, USUAL, _same

ALIKE = all_formats()[FACEBOOK].alike
assert isinstance(ALIKE, AlikeRecords)
OWN = ALIKE.own
PATTERNS = ("/account_activity/*",)


def document(records: list[Any], indent: int) -> bytes:
    return json.dumps({"account_activity": records}, indent=indent).encode()


def told(data: bytes, own: Any) -> tuple[list[Any], int]:
    """Return what a walk finds, element by element, and how many of them were told by their bytes."""
    found: list[Any] = []
    by_bytes = 0
    for item in json_walk.walk(io.BytesIO(data), PATTERNS, own):
        if isinstance(item, json_walk.Run):
            by_bytes += len(item.values) * isinstance(item.values, Records)
            found += [(f"{item.list}/{item.first + n}", repr(value)) for n, value in enumerate(item.values)]
        elif item.reason:
            found.append((item.place, item.reason, item.data))
        else:
            found.append((item.place, repr(decode(item.data)) if item.section else None))
    return found, by_bytes


@pytest.fixture(autouse=True, scope="module")
def _small() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_walk, "CHUNK", 3_000)
        yield


ONE = {
    "action": "Login",
    "timestamp": 1_700_000_000,
    "ip_address": "192.0.2.1",
    "user_agent": "x",
    "more": {"a": [1], "b": {}},
}
HURT = st.tuples(
    st.integers(0, 1 << 20), st.binary(max_size=3) | st.sampled_from([b'"', b"\\", b"\n", b"{", b"}", b"},\n{\n"])
)


@settings(max_examples=300, deadline=None)
@given(st.lists(USUAL | RECORDS, min_size=1, max_size=8), st.sampled_from([0, 1, 4]), st.lists(HURT, max_size=4))
def test_bytes_say_what_decoding_says(records: list[Any], indent: int, hurts: list[tuple[int, bytes]]) -> None:
    data = document([record for record in records for _ in range(5)], indent)
    for place, hurt in hurts:
        at = place % len(data)
        data = data[:at] + hurt + data[at + len(hurt) // 2 :]
    assert told(data, OWN)[0] == told(data, None)[0]


@settings(max_examples=100, deadline=None)
@given(st.lists(USUAL | RECORDS, min_size=1, max_size=12))
def test_events_are_those_of_each_record_by_itself(records: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forensics.ingest.json_rows.ALIKE_LIMIT", 0)
        _same(FACEBOOK, document([record for record in records for _ in range(6)], 2).decode())


def test_records_that_are_alike_are_told_by_their_bytes() -> None:
    records = [{**ONE, "timestamp": 1_700_000_000 + n, "ip_address": f"10.0.{n >> 8}.{n & 255}"} for n in range(500)]
    found, by_bytes = told(document(records, 2), OWN)
    assert [value for _, value in found] == [repr(record) for record in records]
    assert by_bytes > 480


@pytest.mark.parametrize(
    "odd",
    [
        b'{\n"action": "a",\n"timestamp": 1700000000,\n"ip_address": "192.0.2.1", "ip_address": "192.0.2.2"\n}',
        b'{\n"action": "a",\n"timestamp": 1700000000,\n"ip_address": "192.0.2.\\u0031"\n}',
        b'{\n"action": "a",\n"timestamp": 01700000000,\n"ip_address": "192.0.2.1"\n}',
        b'{\n"action": "a",\n"timestamp": 17e8,\n"ip_address": "192.0.2.1"\n}',
        b'{\n"action": "a",\n"timestam1700000000p": ,\n"ip_address": "192.0.2.1"\n}',
        b'{\n"action": "a",\n"timestamp": 1700000000,\n"ip_address": "192.0.2.1", "x": "1"\n}',
        b'{\n"action": "a",\n"timestamp": 1700000000,\n"ip_address": "192\n.0.2.1"\n}',
        b'{\n"action": "\xff",\n"timestamp": 1700000000,\n"ip_address": "192.0.2.1"\n}',
    ],
)
def test_a_record_that_only_looks_alike_is_decoded(odd: bytes) -> None:
    usual = b'{\n"action": "a",\n"timestamp": 1700000000,\n"ip_address": "192.0.2.1"\n}'
    data = b'{"account_activity": [\n' + b",\n".join([usual] * 60 + [odd] + [usual] * 60) + b"\n]}"
    assert told(data, OWN)[0] == told(data, None)[0]
    assert told(data, OWN)[1] > 60


def test_a_spelling_that_is_cut_elsewhere_is_another() -> None:
    """Bytes around own values may be the same in sum, and stand in another name."""
    usual = b'{\n"action": "a",\n"timestamp": 12,\n"ip_address": "1.2.3.4"\n}'
    lines = RecordLines(OWN, lambda _: True)
    first = lines.cut(b"\n" + b",\n".join([usual] * 9) + b",")
    assert first is not None
    moved = usual.replace(b'"timestamp": 12', b'"timest12amp": ')
    again = lines.cut(b"\n" + b",\n".join([usual] * 5 + [moved] + [usual] * 5) + b",")
    assert again is not None
    assert (len(again), again.all) == (5, False)
    assert [*again] == [msgspec.json.decode(usual)] * 5
