"""Lines that are read in columns: addresses of every spelling, hostile bytes, broken streams, and a defect of ours."""

from __future__ import annotations

import dataclasses
import io
import zlib
from collections.abc import Sequence
from functools import partial
from typing import Any, BinaryIO

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forensics.ingest import all_formats, csv_rows, fields, text_lines
from forensics.ingest.byte_windows import is_v4, is_v6
from forensics.ingest.driver import read_member
from forensics.ingest.line_caster import LineCaster
from forensics.ingest.text_cells import ROOM, Cells
from forensics.model import AddressForm
from tests.ingest.reading import Collected, evidence_of
from tests.ingest.test_alike import HEADER, NAME, both

AGENTS = [
    b"curl", b'"Mozilla/5.0 (KHTML, like Gecko)"', "Браузер".encode(), "Brauzer \u0130\u018f".encode(),
    b"Brauzer \xfdlk", b"nul\0", b"\xed\xa0\x80", b'"two\nlines"', b'open "quote"', b'"open', b"x\r", b"\xe2\x80\xaf",
]  # fmt: skip
TIMES = [b"2020-03-11 00:43:10 UTC"] * 6 + [
    b"2020-02-30 00:00:00 UTC", b"Mar 11, 2020", "Mar 11, 2020, 12:43:10\u202fAM UTC".encode(), b"", b"2020-03-11 00:43:10",
    b'"2020-03-11 00:43:10 UTC"', b"2020-03-11 00:43:1\xff UTC", b"2020-03-11 00:43:10 UTC\0",
]  # fmt: skip
ADDRESSES = [b"192.0.2.1", b"198.51.100.255", b"2001:db8::1", b"2001:db8:1:2:3:4:5:6"] * 2 + [
    b"2001:DB8::1", b"2001:db8:0:0::1", b"::ffff:192.0.2.1", b"192.0.2.01", b"192.0.2.256", b"192.0.2.1:443", b"", b" ",
    b"1::", b"a:80", b"IP Address", b'"192.0.2.1"', b"192.0.2.1\xff", b"\xd9\xa1.0.2.1",
]  # fmt: skip
ROWS = st.tuples(
    st.sampled_from(TIMES),
    st.sampled_from(ADDRESSES),
    st.sampled_from(AGENTS),
    st.sampled_from([b"Login", b"", b"login "]),
).map(lambda cells: b"1,%b,%b,,,QZ,,Capital,%b,Gmail,,%b," % cells)
LINES = st.one_of(ROWS, ROWS, ROWS, st.sampled_from([b"", b",,", HEADER.encode(), b'"', b"\xff\xfe", b"\xef\xbb\xbf"]))


PLAIN, SPANNING = (
    b"1,2020-03-11 00:43:10 UTC,192.0.2.1,,,QZ,,Capital,%b,Gmail,,Login," % agent for agent in (AGENTS[0], AGENTS[7])
)


@settings(max_examples=250, deadline=None)
@example([PLAIN, SPANNING, PLAIN, PLAIN, SPANNING], False, b"\n", 50)  # noqa: FBT003 - drawn below
@given(
    st.lists(LINES, max_size=40), st.booleans(), st.sampled_from([b"\n", b"\r\n"]), st.sampled_from([50, 333, 1 << 20])
)
def test_hostile_bytes_are_read_as_row_by_row(rows: list[bytes], bom: bool, end: bytes, size: int) -> None:  # noqa: FBT001 - drawn
    data = b"\xef\xbb\xbf" * bom + end.join([HEADER.encode(), *rows])
    with pytest.MonkeyPatch.context() as patch:
        whole = both(data)
        patch.setattr(csv_rows, "pieces", partial(text_lines.pieces, size=size))
        parts = both(data)
    assert whole[0] == whole[1]
    assert parts == whole


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, max_size=30))
def test_utf16_says_the_same(rows: list[bytes]) -> None:
    text = b"\n".join([HEADER.encode(), *rows]).decode("utf-8", "backslashreplace")
    narrow, wide = both(text.encode())[0], both(text.encode("utf-16"))
    assert wide[0] == wide[1]
    assert [_own(row) for row in wide[0][1]] == [_own(row) for row in narrow[1]]


def _own(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"exhibit", "event_id"}}


SPELLED = st.one_of(
    st.ip_addresses().map(str),
    st.lists(st.integers(0, 300).map(str), min_size=3, max_size=5).map(".".join),
    st.text("0125.9", max_size=17),
    st.lists(st.sampled_from(["0", "1", "ab", "", "ffff", "00", "12345", "fe80", "A"]), max_size=9).map(":".join),
    st.lists(st.sampled_from(["0", "0", "1", "beef"]), min_size=8, max_size=8).map(":".join),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SPELLED, min_size=1, max_size=20))
def test_an_address_that_is_plain_in_bulk_is_plain_to_the_exact_reader(spelled: Sequence[str]) -> None:
    start = np.cumsum([0, *(len(text) + 1 for text in spelled[:-1])])
    end = start + [len(text) for text in spelled]
    raw = np.frombuffer("\n".join(spelled).encode() + bytes(64), np.uint8)
    for plain, form in ((is_v4, AddressForm.V4), (is_v6, AddressForm.V6)):
        for text, found in zip(spelled, plain(raw, start, end).tolist(), strict=True):
            seen = fields.address(text)
            exact = (seen.address, seen.port, seen.text, seen.form) == (text, None, text, form)
            assert exact if found else (form is AddressForm.V6 or not exact)


def test_usual_addresses_are_plain_in_bulk() -> None:
    usual = ["2001:db8::1", "2001:db8:1:2:3:4:5:6", "fe80::1", "2a02:0:1:2:3:4:5:6"]
    raw = np.frombuffer(" ".join(usual).encode() + bytes(64), np.uint8)
    start = np.cumsum([0, *(len(text) + 1 for text in usual[:-1])])
    assert is_v6(raw, start, start + [len(text) for text in usual]).all()


class _Breaking(io.BytesIO):
    """A stream that breaks where its bytes end."""

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        if not found:
            raise zlib.error("cut short")
        return found


@pytest.mark.parametrize("tail", ["", '1,2020-03-11 00:43:10 UTC,192.0.2.1,,,,,,"open'])
def test_what_stands_before_a_break_is_read(tail: str) -> None:
    rows = [f"1,2020-03-11 00:43:{n:02} UTC,192.0.2.{n},,,,,,,Gmail,,Login," for n in range(20)]
    data = "\n".join([HEADER, *rows, tail]).encode()

    def opened() -> BinaryIO:
        return _Breaking(data)

    for formats in (all_formats(), {NAME: dataclasses.replace(all_formats()[NAME], alike=None)}):
        sink = Collected()
        coverage = read_member(dataclasses.replace(evidence_of(data, "x.csv"), open=opened), formats, sink, (NAME,))
        assert coverage.events == len(sink.rows) == 20
        reasons = [rejection.reason for rejection in sink.rejections]
        read = 20 + bool(tail)
        assert reasons == ["a quoted cell is not closed"] * bool(tail) + [
            f"damaged after {read} rows: error: cut short"
        ]


def test_a_defect_over_many_lines_has_them_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"1,2020-03-11 00:43:{n:02} UTC,192.0.2.{n},,,,,,,Gmail,,Login," for n in range(20)]
    rows[7], rows[9] = rows[7].replace("UTC", "ZZZ"), rows[9].replace("Gmail", '"Gm\nail"')
    data = "\n".join([HEADER, *rows]).encode()
    right = both(data)[1]

    def broken(*_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(LineCaster, "batch", broken)
    sink = Collected()
    with pytest.warns(RuntimeWarning, match="one by one"):
        coverage = read_member(evidence_of(data, "x.csv"), all_formats(), sink, (NAME,))
    assert (coverage, sink.rows, sink.rejections) == right


@given(st.binary(max_size=50), st.lists(st.text(max_size=20), max_size=20), st.integers(0, 3))
def test_texts_that_a_chunk_does_not_hold_stand_behind_it(chunk: bytes, texts: list[str], long: int) -> None:
    """However many they are: the room behind a chunk grows, and arrays that were made before keep what they held."""
    texts = [*texts, *("x" * (ROOM // 2 - number) for number in range(long))]
    cells = Cells(chunk, np.array([[0, 0]]))
    before = cells.array()
    numbers = [cells.add(text) for text in texts]
    array = cells.array()
    assert [array[number].as_py() for number in numbers] == [
        text.encode("utf-8", "backslashreplace").decode() for text in texts
    ]
    assert cells.raw[: len(chunk)].tobytes() == chunk
    assert len(cells.raw) - cells.ends[-1] >= ROOM // 2
    assert before[cells.empty].as_py() == ""
