"""The fast reading of access logs against the exact one and against a plain regular expression, on hostile lines."""

from __future__ import annotations

import io
import json
import re
import zlib
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.event_table import event_schema
from forensics.ingest import all_formats
from forensics.ingest.driver import read_member
from forensics.ingest.evidence import Evidence
from forensics.ingest.stream_blocks import BLOCK
from forensics.ingest.weblog import chunks as cutting
from forensics.ingest.weblog.entry import LINE_LIMIT
from forensics.ingest.weblog.kernel import read_log
from tests.ingest import reading

GOOD = b'192.0.2.14 - - [10/Mar/2020:09:00:00 +0400] "GET / HTTP/1.1" 200 5 "-" "bot"'

PLAIN_REFERENCE = re.compile(
    rb"(\S+) - - \[(\d\d/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    rb'"([^"\\]*(?:\\.[^"\\]*)*)" (\d{3}) (\d+|-) "([^"\\]*(?:\\.[^"\\]*)*)" "([^"\\]*(?:\\.[^"\\]*)*)"'
)


def read(
    data: bytes, *, exact: bool = False, threads: int | None = None
) -> tuple[list[dict[str, Any]], list[Any], int]:
    """Return (events, rejections, empty lines)."""
    evidence = reading.evidence_of(data, "access.log")
    rows: list[dict[str, Any]] = []
    rejections: list[Any] = []
    empty = 0
    for batch in read_log(evidence, "access_log", exact=exact, threads=threads):
        batch.events.validate(full=True)
        assert batch.events.schema == event_schema()
        rows += batch.events.to_pylist()
        rejections += batch.rejections
        empty += sum(batch.unused.values())
    return rows, rejections, empty


# --- hostile lines: the vector path and the exact path say the same ---------------------------------------------------

VHOSTS = (
    *("news.example:443", "news.example", "192.0.2.1:443", "192.0.2.1", "[2001:db8::9]:443", "a b", "", "-", "x,"),
    *("n\x01", "новости:80", '""', "[2001:db8::9"),
)
ADDRESSES = st.one_of(
    st.tuples(st.sampled_from(VHOSTS), st.ip_addresses().map(str)).map(" ".join),
    st.ip_addresses().map(str),
    st.sampled_from(
        [
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "256.1.1.1",
            "999.1.1.1",
            "1..2.3",
            ".1.2.3",
            "1.2.3.",
            "0.0.0.0",  # noqa: S104 - text of a log line
            "255.255.255.255",
            "::1",
            "::ffff:1.2.3.4",
            "2001:DB8::1",
            "2001:db8:0:0:1::1",
            "2001:db8::1%4",
            "1.2.3.4:80",
            "[2001:db8::1]:80",
            "host.example",
            "-",
            "unix:",
            "1.2.3.xxx",
            "news.example:443\x001.2.3.4",
            "1.2.3.4,\x005.6.7.8",
            "\x00",
            "1.2.3.45678901234567890",
        ]
    ).map(lambda text: text.replace("\x00", " ")),
)
USERS = st.sampled_from(
    ["- -", "- -", "- -", "- editor", '- ""', "ident user@REALM", "- a b", "-", r"- x\"y", "-  -", ""]
)
TIMES = st.one_of(
    st.datetimes(min_value=datetime(1960, 1, 1), max_value=datetime(2110, 1, 1)).map(  # noqa: DTZ001 - offset follows
        lambda when: f"[{when:%d/%b/%Y:%H:%M:%S} +0400]"
    ),
    st.sampled_from(
        [
            "[29/Feb/2020:23:59:59 -1130]",
            "[29/Feb/2019:00:00:00 +0000]",
            "[31/Apr/2020:00:00:00 +0000]",
            "[01/jan/2020:00:00:00 +0000]",
            "[01/Jan/2020:24:00:00 +0000]",
            "[01/Jan/2020:23:59:60 +0000]",
            "[01/Jan/2020:00:00:00 +2400]",
            "[1/Jan/2020:00:00:00 +0000]",
            "[01/Xan/2020:00:00:00 +0000]",
            "[2020-01-01T00:00:00+00:00]",
            "[01/Jan/2020:00:00:00]",
            "[]",
            "[01/Jan/2020:00:00:00 *0000]",
        ]
    ),
)
TEXTS = st.one_of(
    st.sampled_from(
        [
            *(b"-", b"", b"GET / HTTP/1.1", b"POST /wp-login.php HTTP/1.1", b"POST /a/xmlrpc.php", b"GET /x HTTP/2"),
            *(
                b"POST /wp-login.php?action=register HTTP/1.1",
                b" HTTP/1.0",
                rb"\x16\x03\x01",
                rb"a\"b",
                rb"a\\",
                b"a\\",
            ),
            *(rb"\\\"", b'a"b', b"caf\xe9", "новости".encode(), b"\x00\x1f", b"a\tb", b"http://ref.example/?q=1"),
            b'x" 200 5 "-" "y',
        ]
    ),
    st.binary(max_size=6).map(lambda raw: raw.replace(b"\n", b" ")),
)
NUMBERS = st.sampled_from(["200", "302", "404", "499", "007", "20", "2000", "-", "x"])
SIZES = st.sampled_from(["5", "0", "-", "007", "12345678901", "123456789012", "9" * 25, "", "5x"])
TAILS = st.sampled_from(
    [b"", b" 0.003", b' "-"', b' "1.2.3.4, 5.6.7.8"', b' "a" "b"', b" ", b' "', b"x", b' a="b"', b' "a\\"b"', b"\r"]
)


@st.composite
def log_lines(draw: st.DrawFn) -> bytes:
    head = f"{draw(ADDRESSES)} {draw(USERS)} {draw(TIMES)} ".encode()
    request = b'"' + draw(TEXTS) + b'"'
    numbers = f" {draw(NUMBERS)} {draw(SIZES)}".encode()
    fields_behind = b' "' + draw(TEXTS) + b'" "' + draw(TEXTS) + b'"' if draw(st.booleans()) else b""
    line = head + request + numbers + fields_behind + draw(TAILS)
    if draw(st.integers(0, 9)) == 0:
        line = line[: draw(st.integers(0, len(line)))]
    if draw(st.integers(0, 9)) == 0 and line:
        at = draw(st.integers(0, len(line) - 1))
        line = line[:at] + bytes([draw(st.sampled_from(b'"\\[] \x00-:\xff0A'))]) + line[at + draw(st.integers(0, 1)) :]
    return line


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(st.one_of(log_lines(), st.just(GOOD), st.just(b"")), max_size=30),
    ends=st.booleans(),
    crlf=st.booleans(),
)
def test_fast_and_exact_reading_agree_and_account_for_every_line(lines: list[bytes], *, ends: bool, crlf: bool) -> None:
    data = (b"\r\n" if crlf else b"\n").join(lines) + (b"\n" if ends and lines else b"")
    rows, rejections, empty = read(data)
    assert (rows, rejections, empty) == read(data, exact=True)
    assert len(rows) + len(rejections) + empty == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(log_lines(), min_size=1, max_size=30))
def test_every_line_of_a_plain_reference_parser_is_read_to_the_same_values(lines: list[bytes]) -> None:
    data = b"\n".join(lines) + b"\n"
    found = {row["place"]: row for row in read(data)[0]}
    start = 0
    for raw in lines:
        line = raw.removesuffix(b"\r")
        match = PLAIN_REFERENCE.fullmatch(line)
        if match and real_time(match[2].decode()) is not None and b"\x00" not in match[1]:
            row = found[f"bytes:{start}-{start + len(line)}"]
            assert row["address_text"] == match[1].decode("utf-8", "backslashreplace")
            assert row["time"] == real_time(match[2].decode())
            assert row["action_text"] == match[3].decode("utf-8", "backslashreplace")
            detail = json.loads(row["detail"])
            assert detail["status"] == int(match[4])
            assert match[5] == b"-" or int(detail["bytes"]) == int(match[5])
            assert detail.get("referrer", "") == said(match[6])
            assert row["user_agent"] == said(match[7])
        start += len(raw) + 1


def real_time(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def said(raw: bytes) -> str:
    return "" if raw == b"-" else raw.decode("utf-8", "backslashreplace")


@settings(max_examples=60, deadline=None)
@given(dice=st.randoms(use_true_random=False))
def test_flipped_and_inserted_bytes_never_part_the_two_paths(dice: Any) -> None:
    data = bytearray(b"".join(path.read_bytes() for name, path in reading.specimens() if name == "access_log"))
    for _ in range(20):
        at = dice.randrange(len(data))
        if dice.random() < 0.5:
            data[at] ^= 1 << dice.randrange(8)
        else:
            data[at:at] = bytes([dice.choice(b'"\\\n\r[ \x00\xc3')])
    assert read(bytes(data)) == read(bytes(data), exact=True)


def test_threads_and_chunks_do_not_change_the_result() -> None:
    lines = [GOOD.replace(b"GET /", b"GET /%d" % number) for number in range(60_000)]
    data = b"\n".join(lines)
    rows = read(data, threads=1)[0]
    assert rows == read(data, threads=3)[0]
    assert len(data) > 2 * BLOCK
    assert [row["action_text"] for row in rows[::9999]] == [
        f"GET /{number} HTTP/1.1" for number in range(0, 60_000, 9999)
    ]


# --- cutting ----------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=80).map(lambda raw: raw.replace(b"\x01", b"\n")), size=st.integers(3, 9))
def test_chunks_hold_every_byte_at_its_offset(data: bytes, size: int) -> None:
    found = list(cutting.chunks(io.BytesIO(data), size))
    skipped = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    rebuilt = data[:skipped]
    for chunk in found:
        assert isinstance(chunk, cutting.Chunk)
        assert chunk.offset == len(rebuilt)
        assert chunk.data.endswith(b"\n")
        rebuilt += chunk.data[:-1] if chunk.open_end else chunk.data
    assert rebuilt == data


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize("length", [LINE_LIMIT + 1, 10_000_000])
def test_an_overlong_line_is_refused_with_its_range_and_its_neighbours_are_read(length: int, end: bytes) -> None:
    data = GOOD + b"\n" + b"A" * length + end + (GOOD + b"\n" if end else b"")
    rows, (rejection,), _ = read(data)
    assert rejection.place == f"bytes:{len(GOOD) + 1}-{len(GOOD) + 1 + length}"
    assert rejection.reason == f"line of {length:,} bytes: longer than 1,048,576"
    assert [row["action_text"] for row in rows] == ["GET / HTTP/1.1"] * (2 if end else 1)
    assert all(data[slice(*map(int, row["place"][6:].split("-")))] == GOOD for row in rows)


class _Breaks(io.RawIOBase):
    """A stream that breaks behind ``data``, as a damaged gzip member does."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.inner = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        part = self.inner.read(size)
        if not part:
            message = "invalid block type"
            raise zlib.error(message)
        return part


def test_a_stream_that_breaks_keeps_every_line_before_the_break() -> None:
    data = GOOD + b"\n" + GOOD + b"\n" + GOOD[:50]
    evidence = Evidence(
        name="access.log",
        member="",
        exhibit="e" * 64,
        size=len(data),
        head=data,
        open=lambda: cast("BinaryIO", _Breaks(data)),
    )
    sink = reading.Collected()
    coverage = read_member(evidence, all_formats(), sink)
    assert (coverage.events, coverage.rejections) == (2, 2)
    assert sink.rejections[0].reason == "the line ends before its status"
    assert sink.rejections[1].reason.endswith("error: invalid block type")
