"""Outlook messages and mailboxes: properties, code pages, what is made of a message without headers, hostile files."""

from __future__ import annotations

import builtins
import io
import json
import random
import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import all_formats, mail_outlook, mail_pst_attached, mail_pst_nodes
from forensics.ingest.driver import DEFECT, read_member
from forensics.ingest.mail_properties import filetime
from forensics.ingest.mail_tnef import read_tnef
from tests.ingest import reading
from tools import outlook_mailbox as pst
from tools.outlook_message import Storage, compound, message
from tools.tnef_stream import tnef

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


LONG = PHISH.replace("From: a@", f"X-Spam-Report: {'x' * 20_000}\r\nFrom: a@")
"""As long as the headers of true messages: in a data file they stand in blocks of their own."""


def mailbox(kind: str = "IPM.Note", encoding: bytes = b"") -> bytes:
    """Return a data file with a message to which one is attached, with one attached to that, an .eml and a winmail.dat."""
    top = pst.folder(0x401, pst.ROOT, "top")
    deep = pst.message(0x10011, 0, {0x001A: "IPM.Note", 0x0037: "deep", 0x007D: HEADERS.replace("<1@", "<3@")}, {})
    inner = pst.message(0x10010, 0, {0x001A: "IPM.Note", 0x0037: "phish", 0x007D: LONG}, {0x0E06: 1})
    inner.below = [pst.embedded(0x401, deep, "deep")]
    outer = pst.message(0x10001, top.nid, {0x001A: kind, 0x0037: "x", 0x007D: HEADERS}, {0x0E06: 1})
    packed = tnef({0x0037: "x"}, parts=(("phish", tnef({0x0037: "phish", 0x007D: PHISH}), True),))
    outer.below = [
        pst.embedded(0x401, inner, "phish"),
        pst.attached(0x402, "phish.eml", PHISH.encode() + b"\r\ntext"),
        pst.attached(0x403, "x.pdf", b"%PDF"),
        pst.attached(0x404, "winmail.dat", packed),
    ]
    return pst.data_file([top, outer], encoding)


ENCODING = bytes(mail_pst_nodes._DECODED.index(at) for at in range(256))


@pytest.mark.parametrize("encoding", [b"", ENCODING], ids=["plain", "encoded"])
def test_messages_attached_in_a_mailbox_are_evidence_of_their_own(encoding: bytes) -> None:
    """The library hands out no message that is attached to another: they are read by the numbers of their nodes."""
    pytest.importorskip("pypff")
    found = reading.read_bytes(mailbox(encoding=encoding), "mail.pst")[1]
    assert not found.rejections
    rows = [row for row in found.rows if not row["action_text"].startswith("Received, hop")]
    base = "/top/2097188"
    assert [(row["place"], row["address"], row["action"]) for row in rows] == [
        (base, "198.51.100.9", "mail_received"),
        (f"{base}/attachment/1", "203.0.113.66", "mail_received"),
        (f"{base}/attachment/1/attachment/1", "198.51.100.9", "mail_received"),
        (f"{base}/attachment/2", "203.0.113.66", "mail_received"),
        (f"{base}/attachment/4/attachment/1", "203.0.113.66", "mail_received"),
    ]
    assert {json.loads(row["detail"]).get("attached_to") for row in rows[1:]} == {"<1@b.example>"}


def test_what_an_exchange_server_returned_was_not_received() -> None:
    pytest.importorskip("pypff")
    rows = reading.read_bytes(mailbox("REPORT.IPM.Note.NDR"), "mail.pst")[1].rows
    inner = next(row for row in rows if row["place"].endswith("/2097188/attachment/1"))
    assert (inner["action"], inner["account"]) == ("other", "")


@pytest.mark.parametrize(("at", "value", "why"), [(513, 2, "encoded strongly"), (10, 36, "version 36")])
def test_forms_whose_attached_messages_are_not_read_say_so(at: int, value: int, why: str) -> None:
    data = bytearray(mailbox())
    data[at] = value
    nodes = mail_pst_nodes.Nodes(io.BytesIO(bytes(data)))
    assert why in next(iter(mail_pst_attached.inside(nodes, 0x10001 << 5 | 4, ""))).flaw


@pytest.mark.parametrize("seed", range(60))
def test_attached_messages_damaged_anywhere_cost_themselves(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - damage, not secrets
    data = bytearray(mailbox())
    for _ in range(dice.randrange(1, 30)):
        data[dice.randrange(0x4800, len(data))] = dice.randrange(256)
    nodes = mail_pst_nodes.Nodes(io.BytesIO(bytes(data)))
    for item in mail_pst_attached.inside(nodes, 0x10001 << 5 | 4, ""):
        assert item.flaw or item.properties is not None or isinstance(item.data, bytes)


def test_lists_that_name_themselves_have_an_end() -> None:
    """A block that lists itself a thousand times, eight levels deep, would be read for ever."""
    data = bytearray(mailbox())
    at = data.index(struct.pack("<BBH", 1, 1, 5))  # the list of the blocks of the long header
    own = next(number for number in range(2, 4_000, 4) if _offset(bytes(data), number) == at)
    data[at + 2 : at + 4] = struct.pack("<H", 5)
    for index in range(5):
        data[at + 8 + 8 * index : at + 16 + 8 * index] = struct.pack("<Q", own)
    nodes = mail_pst_nodes.Nodes(io.BytesIO(bytes(data)))
    nodes.left = 1 << 20
    assert nodes.blocks(mail_pst_nodes.Node(own, 0)) == []
    assert nodes.left <= 0


def _offset(data: bytes, number: int) -> int:
    nodes = mail_pst_nodes.Nodes(io.BytesIO(data))
    found = nodes._leaf(nodes._block_root, number, 0x80, 24)
    return int(struct.unpack_from("<Q", found, 8)[0]) if found else -1


PACKED = tnef(
    {0x001A: "IPM.Note", 0x0037: "привет", 0x0C1A: "a", 0x5D01: "a@b.example"},
    {0x0E06: 132_283_656_000_000_000},
    (
        ("phish", tnef({0x0037: "phish", 0x007D: PHISH}), True),
        ("phish.eml", PHISH.encode() + b"\r\ntext", False),
        ("phish.msg", message({0x007D: PHISH}), False),
        ("x.pdf", b"%PDF", False),
    ),
)


def test_a_winmail_dat_shows_no_delivery_and_holds_messages() -> None:
    """Its properties are the sender's word, a time of delivery included; the recipient's own copy says when it came."""
    coverage, found = reading.read_bytes(PACKED, "winmail.dat")
    rows = [row for row in found.rows if not row["action_text"].startswith("Received, hop")]
    assert (coverage.format, found.rejections) == ("mail_tnef", [])
    assert [(row["place"], row["action"], row["address"]) for row in rows] == [
        ("", "other", None),
        ("/attachment/1", "mail_received", "203.0.113.66"),
        ("/attachment/2", "mail_received", "203.0.113.66"),
        ("/attachment/3", "mail_received", "203.0.113.66"),
    ]
    assert (rows[0]["action_text"], rows[0]["time"]) == ("привет", None)


@given(st.integers(0, 1 << 30))
@settings(max_examples=200, deadline=None)
def test_a_damaged_winmail_dat_is_read_as_far_as_it_goes(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - damage, not secrets
    data = bytearray(PACKED)
    for _ in range(dice.randrange(1, 12)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    cut = bytes(data[: dice.randrange(len(data))] if seed % 3 == 0 else data)
    assert list(read_tnef(cut, ""))
    coverage, sink = reading.read_bytes(cut, "winmail.dat")
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert not [item for item in sink.rejections if item.reason.startswith(DEFECT)]
