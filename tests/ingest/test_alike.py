"""Rows that are read together come out as if each had been read by itself, whatever stands between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forensics.event_table import event_schema
from forensics.ingest import all_formats, csv_rows, fields, text_lines
from forensics.ingest.alike import plain_address
from forensics.ingest.driver import read_member
from forensics.ingest.fields import FieldError, instant
from forensics.ingest.times_in_columns import WRITTEN, microseconds
from forensics.model import Precision, ZoneBasis
from tests.ingest.reading import Collected, evidence_of

HEADER = (
    "Gaia ID,Activity Timestamp,IP Address,Proxiedhost IP Address,Is Non-routable IP Address,Activity Country,"
    "Activity Region,Activity City,User Agent String,Product Name,Sub-Product Name,Activity Type,Gmail Access Channel"
)
NAME = "google_access_log"

TIMES = st.one_of(
    st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)).map(  # noqa: DTZ001 - text is made
        lambda moment: f"{moment:%Y-%m-%d %H:%M:%S} UTC".rjust(23, "0")
    ),
    st.sampled_from(
        [
            "2020-03-11 00:43:10 UTC", "2020-03-11 00:43:10 UTC", "2020-02-30 00:00:00 UTC", "2021-02-29 00:00:00 UTC",
            "2020-02-29 23:59:59 UTC", "2020-03-11 24:00:00 UTC", "2020-03-11 00:60:00 UTC", "2020-03-11 00:00:60 UTC",
            "0000-01-01 00:00:00 UTC", "2020-13-01 00:00:00 UTC", "2020-00-10 00:00:00 UTC", "1969-12-31 23:59:59 UTC",
            "Mar 11, 2020, 12:43:10 AM UTC", "2020-03-11T00:43:10Z", "2020-03-11 00:43:10", "2020-03-11 00:43 UTC",
            "", " ", "never", "2020-03-11 00:43:10 UTC ", "٢020-03-11 00:43:10 UTC", "2020-03-11 00:43:10 UTC\0",
            "2020-03-11 00:43:10.5 UTC", "2020-03-11 00:43:10 GMT",
        ]
    ),
)  # fmt: skip
ADDRESSES = st.sampled_from(
    [
        "192.0.2.14", "198.51.100.21:443", "2001:DB8::1", "[2001:db8::1]:993", "::ffff:192.0.2.1", "192.0.2.014", "192.0.2.x",
        "", " ", "N/A", "host.example", "192.0.2.14 ",
    ]
)  # fmt: skip
CELLS = st.sampled_from(
    ["", "Gmail", " ", '"quoted, cell"', '"line\nbreak"', '"', 'a"b', "Login", "IP Address", "\ufffd", "x\ry"]
)
ROWS = st.tuples(TIMES, ADDRESSES, CELLS, CELLS, st.sampled_from(["", "Login", "Non User Initiated"])).map(
    lambda cells: f"1,{cells[0]},{cells[1]},{cells[2]},,QZ,,Capital,Mozilla/5.0,{cells[3]},,{cells[4]},"
)
LINES = st.one_of(
    ROWS, ROWS, ROWS, st.sampled_from(["", ",,,,,,,,,,,,", " ,,,,,,,,,,,,\t", HEADER, "1,2", '"open', "\r"])
)


def both(text: str | bytes) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Read a document with the format as it is, and with the same format reading each row by itself."""
    formats = all_formats()
    each = {NAME: dataclasses.replace(formats[NAME], alike=None)}
    data = text.encode() if isinstance(text, str) else text
    return _read(data, formats), _read(data, each)


def _read(data: bytes, formats: Any) -> tuple[Any, ...]:
    sink = Collected()
    coverage = read_member(evidence_of(data, "x.csv"), formats, sink, (NAME,))
    return coverage, sink.rows, sink.rejections


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=40), st.sampled_from(["\n", "\r\n"]))
@example(["1,2020-03-11 00:43:10 UTC,192.0.2.1,,,,,,,,,,", ",,,,,,,,,,,,"], "\n")
def test_the_result_is_that_of_reading_each_row(rows: list[str], end: str) -> None:
    together, alone = both(end.join([HEADER, *rows]))
    assert together[0] == alone[0]
    assert together[1] == alone[1]
    assert together[2] == alone[2]


@pytest.mark.parametrize("size", [7, 64, 700])
def test_blocks_of_any_size_hold_the_same(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"1,2020-03-11 00:43:{n % 60:02} UTC,192.0.2.{n % 250},,,,,,,Gmail,,Login," for n in range(60)]
    rows[20] = rows[20].replace("Gmail", '"Gmail')
    rows[40] = rows[40].replace("Gmail", '"Gm\nail"')
    whole = both("\n".join([HEADER, *rows]))
    monkeypatch.setattr(csv_rows, "pieces", partial(text_lines.pieces, size=size))
    parts = both("\n".join([HEADER, *rows]))
    assert whole[0] == whole[1] == parts[0] == parts[1]


def test_many_rows_keep_their_own_time_and_address() -> None:
    start = datetime(2020, 3, 11, tzinfo=UTC)
    moments = [start + timedelta(seconds=n) for n in range(10_000)]
    rows = [f"1,{at:%Y-%m-%d %H:%M:%S} UTC,10.0.{n >> 8}.{n & 255},,,,,,,Gmail,,Login," for n, at in enumerate(moments)]
    (coverage, found, _), _ = both("\n".join([HEADER, *rows]))
    assert (coverage.rows, coverage.events) == (10_000, 10_000)
    assert [row["time"] for row in found] == moments
    assert [row["address"] for row in found] == [f"10.0.{n >> 8}.{n & 255}" for n in range(10_000)]
    assert list(found[0]) == event_schema().names


@settings(max_examples=500)
@given(st.lists(TIMES, min_size=1))
def test_times_in_bulk_are_those_of_the_exact_reader(written: Sequence[str]) -> None:
    for text in written:
        data = text.encode()
        if len(data) != len(WRITTEN):
            continue
        (found,), (good,) = microseconds(np.frombuffer(data, np.uint8)[:, None])
        if good:
            moment = instant(text)
            assert (moment.zone, moment.precision) == (ZoneBasis.EXPLICIT, Precision.SECOND)
            assert moment.utc == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(found))
        elif text.isascii() and text.endswith(" UTC"):
            with pytest.raises(FieldError):
                instant(text)


OTHER_HEADER = HEADER.replace("Product Name,Sub-Product Name", "Sub-Product Name,Product Name")


def test_lines_that_look_alike_mean_something_else_under_another_header() -> None:
    rows = [f"1,2020-03-11 00:{n:02}:10 UTC,192.0.2.{n},,,QZ,,Capital,curl,Gmail,Mail,Login," for n in range(30)]
    together, alone = both("\n".join([HEADER, *rows, OTHER_HEADER, *rows, HEADER, *rows]))
    assert together == alone
    assert {row["service"] for row in together[1]} == {"Gmail", "Mail"}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 7), max_size=60), st.sampled_from([",", ";"]), st.booleans())
def test_lines_known_by_their_ends_are_read_like_all_others(kinds: list[int], delimiter: str, quoted: bool) -> None:  # noqa: FBT001 - drawn
    agent = f'"Mozilla/5.0 (KHTML{delimiter} like Gecko)"' if quoted else "curl"
    usual = ["1", "2020-03-11 00:43:10 UTC", "192.0.2.1", "", "", "QZ", "", "Capital", agent, "Gmail", "", "Login", ""]
    rows = []
    for number, kind in enumerate(kinds):
        cells = [*usual]
        cells[1] = f"2020-03-11 00:{number % 60:02}:10 UTC"
        cells[2] = f"192.0.2.{number}"
        changed = {
            1: (2, '"192.0.2.7"'), 2: (1, f'"{cells[1]}"'), 3: (2, ""), 4: (1, " "), 5: (2, "IP Address"), 6: (8, '"open'),
            7: (2, "2001:DB8::1\r"),
        }  # fmt: skip
        if kind in changed:
            cells[changed[kind][0]] = changed[kind][1]
        rows.append(delimiter.join(cells))
    together, alone = both("\n".join([HEADER.replace(",", delimiter), *[delimiter.join(usual)] * 8, *rows]))
    assert together == alone


@settings(deadline=None)
@given(
    st.one_of(
        st.ip_addresses().map(str),
        st.ip_addresses(v=6).map(lambda found: found.exploded),
        st.lists(st.sampled_from(["0", "0", "1", "ffff", "c000", "00"]), min_size=8, max_size=8).map(":".join),
        st.sampled_from(
            ["::", "::1", "::102", "::1.2.3.4", "::ffff:1.2.3.4", "::ffff:102:304", "64:ff9b::1.2.3.4", "1::", "a:80"]
        ),
        st.text("01af:.%[]", max_size=12),
    )
)
def test_a_plain_address_is_what_the_exact_reading_says(written: str) -> None:
    found = fields.address(written)
    assert plain_address(written) == (found.address, found.port, found.text, found.form)
