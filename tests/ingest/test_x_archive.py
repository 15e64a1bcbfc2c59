"""Traps of X archives: the assignment in front, places, parts, ports, the account of the archive."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import all_formats, x_archive_js
from forensics.ingest.driver import statements
from forensics.ingest.formats import x_ip_audit
from tests.ingest import reading

RECORD: dict[str, object] = {"accountId": "1", "createdAt": "2026-03-11T02:49:39.000Z", "loginIp": "192.0.2.14"}


def _file(records: list[dict[str, object]], before: str = "window.YTD.ip_audit.part0 = ", after: str = "") -> bytes:
    return (before + json.dumps([{"ipAudit": record} for record in records], indent=2) + after).encode()


@pytest.mark.parametrize(
    "before",
    [
        "window.YTD.ip_audit.part0 = ",
        "window.YTD.ip_audit.part0=",
        "\ufeffwindow.YTD.ip_audit.part12 = ",
        "\r\n YTD.ip_audit.part0 =\n",
        "",
    ],
)
@pytest.mark.parametrize("after", ["", "\n", ";", ";\n"])
def test_the_assignment_may_be_spelled_in_several_ways(before: str, after: str) -> None:
    coverage, sink = reading.read_bytes(_file([RECORD], before, after), "ip-audit.js")
    assert (coverage.format, coverage.events, coverage.rejections) == ("x_ip_audit", 1, 0)
    assert sink.rows[0]["place"] == "/0"


def test_places_of_damage_count_from_the_beginning_of_the_file() -> None:
    data = _file([RECORD, RECORD])[:-40]
    _, sink = reading.read_bytes(data, "ip-audit.js")
    start, end = (int(part) for part in sink.rejections[0].place.removeprefix("bytes:").split("-"))
    assert end == len(data)
    assert data[start:end].decode().lstrip(" ,\n").startswith('{\n    "ipAudit"')


def test_manifest_and_other_data_sets_are_not_claimed() -> None:
    for text in (
        'window.__THAR_CONFIG = {"userInfo": {"accountId": "1"}}',
        'window.YTD.tweets.part0 = [{"tweet": {"id": "1"}}]',
        'window.YTD.ip_audit_extra.part0 = [{"ipAudit": {"loginIp": "192.0.2.1"}}]',
        'window.YTD.ip_audit.part0 + [{"ipAudit": {"loginIp": "192.0.2.1"}}]',
        '[{"account": {"name": "x"}}]',
        '[{"device": {"model": "x"}}]',
    ):
        assert reading.claimants(text.encode(), "ip-audit.js") == ()


@pytest.mark.parametrize(
    ("written", "port"),
    [("50312", 50312), ("0", None), ("65536", None), ("-1", None), ("x", None), ("", None), ("9" * 5_000, None)],
    ids=["port", "zero", "large", "negative", "word", "empty", "digits"],
)
def test_a_port_is_a_port_or_stays_in_the_detail(written: str, port: int | None) -> None:
    _, sink = reading.read_bytes(_file([{**RECORD, "loginPortNumber": written}]), "ip-audit.js")
    assert sink.rows[0]["source_port"] == port
    assert written in sink.rows[0]["detail"]


def test_a_port_as_a_number_is_read_too() -> None:
    _, sink = reading.read_bytes(_file([{**RECORD, "loginPortNumber": 50312}]), "ip-audit.js")
    assert sink.rows[0]["source_port"] == 50312


def test_account_js_states_the_number_for_its_archive() -> None:
    data = b'window.YTD.account.part0 = [{"account": {"accountId": "77", "createdVia": "web"}}]'
    chosen = all_formats()["x_account"]
    assert [item.value for item in statements(reading.evidence_of(data, "data/account.js"), chosen)] == ["77"]
    other = b'window.YTD.sso.part0 = [{"sso": {"ssoId": "1", "createdAt": "2026-03-11T02:49:39.000Z"}}]'
    assert not statements(reading.evidence_of(other, "data/sso.js"), chosen)
    _, sink = reading.read_bytes(other, "data/sso.js", told={"x.account": "77"})
    assert sink.rows[0]["account"] == "77"


def test_no_time_without_a_zone_becomes_an_instant() -> None:
    _, sink = reading.read_bytes(_file([{**RECORD, "createdAt": "2026-03-11 02:49:39"}]), "ip-audit.js")
    assert sink.rows[0]["time"] is None
    assert "no time zone" in sink.rows[0]["detail"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 30))
def test_blanking_changes_no_byte_behind_the_assignment(tail: bytes, cut: int) -> None:
    data = b"window.YTD.ip_audit.part0 = [" + tail
    evidence = reading.evidence_of(data, "ip-audit.js")
    assert x_ip_audit.claims(evidence)
    with x_archive_js._unassigned(evidence).open() as stream:
        shown = stream.read(cut) + stream.read()
    assert len(shown) == len(data)
    assert shown[28:] == data[28:]
    assert not shown[:28].strip()


def test_a_freed_list_with_a_byte_order_mark_is_recognised() -> None:
    record = {"ipAudit": {"accountId": "1", "createdAt": "2026-03-11T02:49:39.000Z", "loginIp": "192.0.2.7"}}
    assert reading.claimants(b"\xef\xbb\xbf" + json.dumps([record]).encode(), "x.json") == ("x_ip_audit",)
