"""SQL dumps: values come back as they were written, hostile text is no statement, and cuts cost only what they hit."""

from __future__ import annotations

import io
import socket
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import sql_dump
from forensics.ingest.sql_dump import SqlRow, SqlSkipped, sql_rows
from forensics.ingest.wordpress_tables import binary_address, table_of

CREATE = b"CREATE TABLE `wp_wflogins` (\n  `id` int,\n  `value` text COMMENT 'a, `b` c',\n  KEY `k1` (`id`)\n);\n"


def read(data: bytes, chunk: int = sql_dump.CHUNK) -> list[SqlRow | SqlSkipped]:
    with patch.object(sql_dump, "CHUNK", chunk):
        return list(sql_rows(io.BytesIO(data), lambda name: table_of(name) == "wflogins"))


def escaped(value: bytes) -> bytes:
    special = {0: b"\\0", 10: b"\\n", 13: b"\\r", 26: b"\\Z", 34: b'\\"', 39: b"\\'", 92: b"\\\\"}
    return b"".join(special.get(byte, bytes([byte])) for byte in value)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6), st.sampled_from([1, 3, 16, 1 << 20]))
def test_values_come_back_whatever_they_hold(values: list[bytes], chunk: int) -> None:
    shown = [b"(%d,'%b')" % (at, escaped(value)) for at, value in enumerate(values)]
    shown += [b"(7,'%b')" % value.replace(b"\\", b"").replace(b"'", b"''") for value in values]
    shown += [b"(8,0x%b)" % value.hex().encode() for value in values if value]
    data = CREATE + b"INSERT INTO `wp_wflogins` VALUES " + b",".join(shown) + b";\nINSERT INTO `x` VALUES ('it''s;');"
    found = read(data, chunk)
    expected = [*values, *(value.replace(b"\\", b"") for value in values), *(value for value in values if value)]
    rows = [item for item in found if isinstance(item, SqlRow)]
    assert [row.values["value"] for row in rows] == expected
    assert [data[row.start : row.end] for row in rows] == shown
    assert isinstance(found[-1], SqlSkipped)
    assert (found[-1].table, found[-1].reason) == ("x", "")


def test_text_that_looks_like_a_statement_is_text() -> None:
    forged = b"INSERT INTO `wp_posts` VALUES (1,'x\\';\nINSERT INTO `wp_wflogins` VALUES (9,''forged'');\n');\n"
    rows = [item for item in read(CREATE + forged) if isinstance(item, SqlRow)]
    assert rows == []


def test_a_row_of_another_width_is_refused_and_the_next_is_read() -> None:
    found = read(CREATE + b"INSERT INTO `wp_wflogins` VALUES (1),(2,'b');")
    assert [item.reason for item in found if isinstance(item, SqlSkipped)][-1] == "1 values for 2 columns"
    assert [item.values["value"] for item in found if isinstance(item, SqlRow)] == [b"b"]


def test_a_string_that_is_never_closed_costs_the_rest_of_its_statement() -> None:
    found = read(CREATE + b"INSERT INTO `wp_wflogins` VALUES (1,'a'),(2,'b")
    assert [item.values["value"] for item in found if isinstance(item, SqlRow)] == [b"a"]
    assert any(isinstance(item, SqlSkipped) and item.reason for item in found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text("'\"`\\;,()/*-# \nINSERTINTOVALUES0x1", max_size=120).map(str.encode))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    assert read(CREATE + data, 7) == read(CREATE + data)


def test_addresses_of_sixteen_bytes() -> None:
    four = b"\0" * 10 + b"\xff\xff" + socket.inet_aton("203.0.113.45")
    assert binary_address(four)[0].address == "203.0.113.45"
    assert binary_address(socket.inet_pton(socket.AF_INET6, "2001:db8::45"))[0].address == "2001:db8::45"
    saved = four.decode("cp1252").encode()
    seen, repair = binary_address(saved)
    assert (seen.address, repair) == ("203.0.113.45", "address bytes that were saved as characters restored")


@pytest.mark.parametrize("value", [b"x", b"\xff" * 17, b"\0" * 10 + "ÿÿ".encode() + b"abc"])
def test_other_bytes_are_no_address(value: bytes) -> None:
    seen, repair = binary_address(value)
    assert seen.address is None
    assert repair
