"""Outlook messages and mailboxes: properties, code pages, what is made of a message without headers, hostile files."""

from __future__ import annotations

import builtins
import json
import random
import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import all_formats, mail_outlook
from forensics.ingest.driver import DEFECT, read_member
from forensics.ingest.mail_properties import filetime
from tests.ingest import reading
from tools.outlook_message import Storage, compound, message

HEADERS = (
    "Received: from a.example (a.example [198.51.100.9]) by mx.mail.example for <editor@mail.example>;\r\n"
    " Wed, 11 Mar 2020 01:00:00 +0000\r\nFrom: a@b.example\r\nSubject: from headers\r\nMessage-ID: <1@b.example>\r\n"
)


def read(data: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    rows = reading.read_bytes(data, "renamed.bin")[1].rows
    return rows, json.loads(rows[-1]["detail"])


def test_transport_headers_are_the_message_and_hops_have_their_own_places() -> None:
    rows, detail = read(message({0x007D: HEADERS, 0x0037: "from properties"}, times={0x0E06: 1_583_888_402}))
    assert [row["place"] for row in rows] == ["/__substg1.0_007D001F/line/1", ""]
    assert (rows[1]["action"], rows[1]["action_text"], rows[1]["address"]) == (
        "mail_received",
        "from headers",
        "198.51.100.9",
    )
    assert detail["outlook_times"] == {"delivered": "2020-03-11T01:00:02+00:00"}


def test_the_title_above_the_headers_of_exchange_is_no_damage() -> None:
    data = message({0x007D: "Microsoft Mail Internet Headers Version 2.0\r\n" + HEADERS})
    found = reading.read_bytes(data, "x.msg")[1]
    assert not found.rejections
    assert [row["place"] for row in found.rows] == ["/__substg1.0_007D001F/line/2", ""]


@pytest.mark.parametrize("codepage", [1251, 1252, 65001])
def test_strings_in_a_code_page_are_read_in_it(codepage: int) -> None:
    subject = "Привет" if codepage != 1252 else "Grüße"
    rows, _ = read(message({0x0037: subject, 0x0C1A: "a", 0x5D01: "a@b.example"}, codepage=codepage))
    assert rows[0]["action_text"] == subject


PHISH = HEADERS.replace("198.51.100.9", "203.0.113.66").replace("from headers", "phish").replace("<1@", "<2@")


@pytest.mark.parametrize("how", ["embedded", "eml", "msg"])
def test_a_message_inside_an_outlook_message_is_evidence_of_its_own(how: str) -> None:
    """Outlook keeps what is forwarded as an attachment as a storage; files that are messages hang on as bytes."""
    inner = {0x007D: PHISH, 0x0037: "phish"}
    files = {"eml": ("a.eml", PHISH.encode() + b"\r\ntext"), "msg": ("a.msg", message(inner))}
    data = message(
        {0x007D: HEADERS, 0x0037: "x"},
        attachments=("x.pdf",),
        embedded=(inner,) if how == "embedded" else (),
        saved=(files[how],) if how in files else (),
    )
    rows = reading.read_bytes(data, "forwarded.msg")[1].rows
    part = "/__attach_version1.0_#00000001"
    hop = f"{part}/line/1" if how == "eml" else f"{part}/__substg1.0_007D001F/line/1"
    assert [row["place"] for row in rows] == ["/__substg1.0_007D001F/line/1", "", hop, part]
    assert [row["address"] for row in rows] == ["198.51.100.9"] * 2 + ["203.0.113.66"] * 2
    assert json.loads(rows[3]["detail"])["attached_to"] == "<1@b.example>"


@pytest.mark.parametrize(
    ("flags", "times", "action"),
    [
        (0x21, {0x0039: 1_583_888_400}, "mail_sent"),
        (0x08, {0x0039: 1_583_888_400}, "other"),
        (0x28, {}, "other"),
        (0x01, {0x0E06: 1_583_888_400}, "mail_received"),
        (0x01, {}, "other"),
    ],
)
def test_without_headers_flags_and_times_say_what_it_is(flags: int, times: dict[int, int], action: str) -> None:
    rows, detail = read(message({0x0037: "s", 0x5D02: "owner@b.example"}, flags=flags, times=times))
    assert rows[0]["action"] == action
    assert detail["headers"].startswith("none kept")
    assert (rows[0]["time"] is None) == (not times)
    assert rows[0]["zone_basis"] == ("epoch" if times else "none")


def test_directory_names_of_exchange_are_no_addresses() -> None:
    _, detail = read(message({0x0037: "s", 0x0C1F: "/o=Org/ou=First/cn=Recipients/cn=editor@x", 0x0042: "The editor"}))
    assert detail["from_name"] == "The editor"
    assert "sender_property" not in detail


@pytest.mark.parametrize("count", [0, -5, 1 << 63, 132_283_656_000_000_000])
def test_filetimes_outside_the_calendar_are_no_times(count: int) -> None:
    moment = filetime(count)
    assert (moment.utc is not None) == (count == 132_283_656_000_000_000)


def test_a_compound_file_of_another_kind_is_not_claimed() -> None:
    assert reading.claimants(compound(Storage(streams={"WordDocument": b"x" * 100})), "a.msg") == ()
    assert reading.claimants(mail_outlook.MAGIC + b"\x00" * 600, "a.msg") == ()


def test_a_directory_far_behind_is_found() -> None:
    big = message({0x007D: HEADERS, 0x1000: "x" * 20_000})
    assert struct.unpack_from("<I", big, 48)[0] * 512 > 30_000
    evidence = reading.evidence_of(big, "a")
    assert mail_outlook.is_message_file(replace(evidence, head=evidence.head[:1_024]))


@given(st.integers(0, 1 << 30))
@settings(max_examples=150, deadline=None)
def test_damage_anywhere_costs_the_message_never_the_run(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - damage, not secrets
    data = bytearray(message({0x007D: HEADERS, 0x1000: "x" * 5_000}, recipients=("r@x.example",)))
    for _ in range(dice.randrange(1, 12)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    coverage, sink = reading.read_bytes(bytes(data[: dice.randrange(len(data))] if seed % 3 == 0 else data), "a.msg")
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert len({row["event_id"] for row in sink.rows}) == coverage.events


def test_a_sector_size_beyond_any_machine_costs_the_message() -> None:
    data = bytearray(message({0x007D: HEADERS}))
    data[32:34] = b"\x3f\x00"  # MS-CFB section 2.2: mini sector shift
    coverage, sink = reading.read_bytes(bytes(data), "a.msg")
    assert (coverage.events, coverage.rejections) == (0, 1)
    assert not sink.rejections[0].reason.startswith(DEFECT)


def test_without_the_extra_a_mailbox_is_rejected_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "pypff":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    data = b"!BDN" + b"\x00" * 4 + b"SM" + b"\x17\x00" + b"\x00" * 1_000
    sink = reading.Collected()
    coverage = read_member(reading.evidence_of(data, "mail.pst"), all_formats(), sink)
    assert (coverage.format, coverage.rejections) == ("mail_pst", 1)
    assert "forensics[pst]" in sink.rejections[0].reason


def test_a_damaged_mailbox_is_one_rejection() -> None:
    pytest.importorskip("pypff")
    coverage, sink = reading.read_bytes(b"!BDN" + b"\x00" * 4 + b"SM" + b"\x17\x00" + b"\x00" * 1_000, "mail.pst")
    assert (coverage.format, coverage.rejections, coverage.events) == ("mail_pst", 1, 0)
    assert "not readable as an Outlook data file" in sink.rejections[0].reason


@pytest.mark.parametrize("seed", range(60))
def test_a_mailbox_damaged_anywhere_gives_every_row_a_place_of_its_own(seed: int) -> None:
    pytest.importorskip("pypff")
    dice = random.Random(seed)  # noqa: S311 - damage, not secrets
    data = bytearray((reading.SAMPLES / "mail_pst" / "mail" / "editor@outlook.com.pst").read_bytes())
    for _ in range(dice.randrange(1, 20)):
        data[dice.randrange(0x4800, len(data))] = dice.randrange(256)
    coverage, sink = reading.read_bytes(bytes(data), "mail.pst")
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert len({row["event_id"] for row in sink.rows}) == coverage.events
