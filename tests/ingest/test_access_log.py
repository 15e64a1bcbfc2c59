"""What access logs mean: places, clients, times, outcomes, WordPress doors, damage."""

from __future__ import annotations

import hashlib
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError
from forensics.ingest.weblog.client import client_of, is_canonical_v6
from forensics.ingest.weblog.clock import micros
from forensics.ingest.weblog.entry import looks_like_a_log, read_entry
from forensics.ingest.weblog.kernel import EMPTY_LINE, read_log
from forensics.model import event_id
from tests.ingest import reading

SPECIMENS = Path(
    os.environ.get("FORENSICS_SPECIMENS", Path(__file__).resolve().parents[2] / ".." / "shared" / "specimens")
)
GOOD = b'192.0.2.14 - - [10/Mar/2020:09:00:00 +0400] "GET / HTTP/1.1" 200 5 "-" "bot"'


def rows(data: bytes) -> list[dict[str, Any]]:
    batches = read_log(reading.evidence_of(data, "access.log"), "access_log")
    return [row for batch in batches for row in batch.events.to_pylist()]


# --- provenance -------------------------------------------------------------------------------------------------------


def test_place_cuts_the_line_out_of_the_file_and_gives_the_id() -> None:
    data = b"\xef\xbb\xbf" + GOOD + b"\r\n" + GOOD.replace(b"- -", b"- editor") + b"\n"
    for row, line in zip(rows(data), (GOOD, GOOD.replace(b"- -", b"- editor")), strict=True):
        start, end = map(int, row["place"].removeprefix("bytes:").split("-"))
        assert data[start:end] == line
        assert row["event_id"] == event_id(hashlib.sha256(data).hexdigest(), "", row["place"])
        assert (row["zone_basis"], row["provider"], row["service"]) == ("explicit", "weblog", "web")


def test_member_names_of_archives_enter_the_ids() -> None:
    evidence = Evidence(name="a", member="logs/ä", exhibit="e" * 64, size=9, head=b"", open=lambda: io.BytesIO(GOOD))
    (batch,) = read_log(evidence, "access_log")
    row = batch.events.to_pylist()[0]
    assert (row["member"], row["event_id"]) == ("logs/ä", event_id("e" * 64, "logs/ä", f"bytes:0-{len(GOOD)}"))


# --- meaning ----------------------------------------------------------------------------------------------------------


def test_numbers_between_size_and_referrer_hide_neither_referrer_nor_user_agent() -> None:
    """Many sites log a duration (``%D``) or a second size there, as in the test lines of elastic/integrations (apache)."""
    line = GOOD.replace(b'"-" "bot"', b'3413 0.120 - "https://a.example/" "bot" X-Forwarded-For="192.0.2.9, 192.0.2.8"')
    row = rows(line + b"\n")[0]
    detail = json.loads(row["detail"])
    assert (row["user_agent"], detail["referrer"]) == ("bot", "https://a.example/")
    assert detail["extra"] == '3413 0.120 - X-Forwarded-For="192.0.2.9, 192.0.2.8"'


def test_real_lines_of_the_specimen_folder() -> None:
    path = SPECIMENS / "weblog-apache" / "apache_access.log"
    if not path.exists():
        pytest.skip("specimen folder is absent (FORENSICS_SPECIMENS)")
    coverage, sink = reading.read_bytes(path.read_bytes(), path.name)
    assert (coverage.rows, coverage.events, coverage.rejections) == (15, 15, 0)
    details = [json.loads(row["detail"]) for row in sink.rows]
    assert sink.rows[4]["time"] == datetime(2016, 1, 13, 17, 31, 20, tzinfo=UTC)
    assert "bytes" not in details[6]
    assert [index for index, detail in enumerate(details) if detail.get("truncated")] == [7]
    assert [detail.get("vhost", "")[:8] for detail in details[8:12]] == ["plaso.lo", "plaso.lo", "plaso-2.", "plaso-2."]
    assert [index for index, detail in enumerate(details) if "repair" in detail] == [12, 13]
    assert sink.rows[12]["action_text"].endswith('<script>alert("text")</script> HTTP/1.0')
    assert details[14]["user"] == "pyllyukko@EXAMPLE.COM"


@pytest.mark.parametrize(
    ("prefix", "address", "more"),
    [
        (b"198.51.100.21 - -", "198.51.100.21", {}),
        (b"news.example:443 198.51.100.21 - -", "198.51.100.21", {"vhost": "news.example:443"}),
        (b"192.0.2.1:443 198.51.100.21 - -", "198.51.100.21", {"vhost": "192.0.2.1:443"}),
        (b"news.example 2001:db8::1 - x", "2001:db8::1", {"vhost": "news.example", "user": "x"}),
        (b"198.51.100.21 - 192.0.2.1 - -", "198.51.100.21", {"user": "192.0.2.1 - -"}),
        (b"client.example - John Smith", None, {"user": "John Smith"}),
        (b"9.9.9.9, 198.51.100.21 - -", "198.51.100.21", {"forwarded": "9.9.9.9, 198.51.100.21"}),
        (b"9.9.9.9, 1.1.1.1, 198.51.100.21 - -", "198.51.100.21", {"forwarded": "9.9.9.9, 1.1.1.1, 198.51.100.21"}),
        # behind a private or local last entry the only address from outside counts, of several none (all are kept)
        (b"198.51.100.21, 10.0.0.5 - -", "198.51.100.21", {"forwarded": "198.51.100.21, 10.0.0.5"}),
        (
            b"10.0.0.7, 198.51.100.21, 127.0.0.1 - x",
            "198.51.100.21",
            {"user": "x", "forwarded": "10.0.0.7, 198.51.100.21, 127.0.0.1"},
        ),
        (b"9.9.9.9, 198.51.100.21, ::1 - -", None, {"forwarded": "9.9.9.9, 198.51.100.21, ::1"}),
        (b"10.0.0.7, 10.0.0.5 - -", None, {"forwarded": "10.0.0.7, 10.0.0.5"}),
        (b"198.51.100.21, unknown - -", None, {"forwarded": "198.51.100.21, unknown"}),
        (b"unknown, 198.51.100.21 - -", "198.51.100.21", {"forwarded": "unknown, 198.51.100.21"}),
        (b"9.9.9.9,198.51.100.21 - -", "198.51.100.21", {"forwarded": "9.9.9.9,198.51.100.21"}),
        (
            b"news.example 198.51.100.21, 10.0.0.5 - -",
            "198.51.100.21",
            {"vhost": "news.example", "forwarded": "198.51.100.21, 10.0.0.5"},
        ),
        # forwarded and peer, in the spellings that users of goaccess show (its issues 544, 984, 1161)
        (b"198.51.100.21, 10.0.0.5 10.0.0.9 - -", "198.51.100.21", {"addresses": "198.51.100.21, 10.0.0.5 10.0.0.9"}),
        (b"9.9.9.9, 10.0.0.5 198.51.100.21 - -", None, {"addresses": "9.9.9.9, 10.0.0.5 198.51.100.21"}),
        (b"10.0.2.100 (198.51.100.21) - -", "198.51.100.21", {"forwarded": "198.51.100.21"}),
        (b"10.0.2.100 (9.9.9.9, 198.51.100.21) - x", None, {"user": "x", "forwarded": "9.9.9.9, 198.51.100.21"}),
        (b"198.51.100.21 (9.9.9.9) - -", "198.51.100.21", {"forwarded": "9.9.9.9"}),
        (b"10.0.2.101 (-) - -", "10.0.2.101", {}),
        (b'"9.9.9.9, 198.51.100.21" - -', "198.51.100.21", {"forwarded": "9.9.9.9, 198.51.100.21"}),
        (b'"-" - -', None, {}),
        (b"198.51.100.21", "198.51.100.21", {}),
        # layouts of a site's own, as in the test lines of elastic/integrations (nginx): the client may stand anywhere
        (b"198.51.100.21 10.0.0.5 - -", "198.51.100.21", {"addresses": "198.51.100.21 10.0.0.5"}),
        (b"10.0.0.5 198.51.100.21 - x", "198.51.100.21", {"addresses": "10.0.0.5 198.51.100.21", "user": "x"}),
        (b"192.0.2.80 198.51.100.21 - -", None, {"addresses": "192.0.2.80 198.51.100.21"}),
        (
            b"192.0.2.80 2001:db8::1, 10.0.0.1 10.0.0.2 - -",
            None,
            {"addresses": "192.0.2.80 2001:db8::1, 10.0.0.1 10.0.0.2"},
        ),
    ],
)
def test_what_stands_before_the_time(prefix: bytes, address: str | None, more: dict[str, str]) -> None:
    client = client_of(prefix)
    assert (client.seen.address, dict(client.more)) == (address, more)


def test_a_number_between_time_and_request_costs_no_row() -> None:
    """``%t %D "%r"`` and ``%t %P``: lines that users of goaccess show (its issues 544 and 857)."""
    row = rows(GOOD.replace(b'] "GET', b'] 24891 "GET') + b"\n")[0]
    plain = rows(GOOD + b"\n")[0]
    assert json.loads(row["detail"])["extra"] == "24891"
    assert (row["time"], row["action_text"], row["address"]) == (plain["time"], plain["action_text"], plain["address"])


@pytest.mark.parametrize("prefix", [b"Mar 10 09:00:01 web1 nginx: 192.0.2.14 - -", b"", b" - -", b"a\x1b[31m - -"])
def test_other_text_before_the_time_is_refused(prefix: bytes) -> None:
    with pytest.raises(FieldError):
        client_of(prefix)


@pytest.mark.parametrize(
    ("request_line", "status", "hint"),
    [
        ("POST /wp-login.php HTTP/1.1", 302, "wordpress_login_accepted"),
        ("POST /blog/wp-login.php?action=login HTTP/1.1", 302, "wordpress_login_accepted"),
        ("POST /wp-login.php HTTP/1.1", 200, "wordpress_login_refused"),
        ("POST /wp-login.php HTTP/1.1", 503, "wordpress_login"),
        ("POST /wp-login.php?action=lostpassword HTTP/1.1", 302, "wordpress_account_form"),
        ("POST /xmlrpc.php HTTP/1.1", 200, "wordpress_xmlrpc"),
        ("GET /wp-login.php HTTP/1.1", 302, None),
        ("POST /wp-login.phpx HTTP/1.1", 302, None),
        ("POST /x?u=/wp-login HTTP/1.1", 302, None),
    ],
)
def test_wordpress_doors_are_hints_and_stay_requests(request_line: str, status: int, hint: str | None) -> None:
    line = f'192.0.2.14 - - [10/Mar/2020:09:00:00 +0400] "{request_line}" {status} 5 "-" "bot"\n'.encode()
    (row,) = rows(line)
    assert row["action"] == "request"
    assert json.loads(row["detail"]).get("hint") == hint


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (100, "unknown"),
        (200, "success"),
        (304, "success"),
        (401, "failure"),
        (403, "failure"),
        (499, "unknown"),
        (503, "failure"),
    ],
)
def test_outcome_follows_the_status(status: int, outcome: str) -> None:
    (row,) = rows(GOOD.replace(b" 200 ", b" %d " % status) + b"\n")
    assert row["outcome"] == outcome


def test_a_user_name_cannot_forge_the_time() -> None:
    line = GOOD.replace(b"- - [", b"- x [01/Jan/2001:00:00:00 +0000] [")
    assert read_entry(line).time_text == "10/Mar/2020:09:00:00 +0400"
    assert dict(read_entry(line).client.more) == {"user": "x [01/Jan/2001:00:00:00 +0000]"}


def test_lines_run_together_are_refused_rather_than_mixed() -> None:
    with pytest.raises(FieldError, match="run together"):
        read_entry(GOOD[:50] + GOOD)


def test_empty_lines_are_counted_as_unused() -> None:
    data = GOOD + b"\n\n\r\n" + GOOD
    coverage, _ = reading.read_bytes(data, "access.log")
    assert (coverage.rows, coverage.events, dict(coverage.unused)) == (4, 2, {EMPTY_LINE: 2})


@pytest.mark.parametrize(
    "head", [b"", b"\x00" * 99, b"<html>" + GOOD, b"Subject: x\n\nquoted:\n> \n" + GOOD + b"\nbye\n", b"a,b\n1,2\n"]
)
def test_other_files_are_not_claimed(head: bytes) -> None:
    assert not looks_like_a_log(head)


def test_a_log_that_begins_badly_is_claimed() -> None:
    assert looks_like_a_log(b"\xef\xbb\xbf" + b"\n".join([b"rotated", GOOD, GOOD, GOOD, b"192.0.2"]))


# --- getters ----------------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.ip_addresses(v=6))
def test_canonical_v6_is_what_the_shared_getter_writes(address: Any) -> None:
    text = str(address)
    assert is_canonical_v6(text) == (not text.startswith("::"))
    for spelling in (text, address.exploded, text.upper()):
        if is_canonical_v6(spelling):
            assert fields.address(spelling).address == spelling


@settings(max_examples=200)
@given(
    when=st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - the offset is drawn
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001 - the offset is drawn
    ),
    offset=st.integers(-1439, 1439),
)
def test_times_are_those_of_the_standard_library(when: datetime, offset: int) -> None:
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    written = f"{when:%d/%b/}{when.year:04d}:{when:%H:%M:%S} {sign}{minutes // 60:02d}{minutes % 60:02d}"
    expected = datetime.strptime(written, "%d/%b/%Y:%H:%M:%S %z")
    assert micros(written) == round((expected - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000


@pytest.mark.parametrize(
    "written", ["", "01/Jan/2020:00:00:00", "01/Jan/2020:00:00:00 +2400", "01/Jan/0000:00:00:00 +0000"]
)
def test_times_that_are_none_are_refused(written: str) -> None:
    with pytest.raises(FieldError):
        micros(written)
