"""Mailboxes: where a message starts, flat memory, labels, Maildir files, damage that costs one message only."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import mail_mailbox
from forensics.ingest.mail_headers import block_of, read_block
from forensics.ingest.mail_labels import folder_of, kind_of, labels, maildir_flags
from forensics.ingest.mail_mailbox import pieces
from tests.ingest import reading

ENVELOPE = "From 1660700000000000001@xxx Mon Mar 09 18:12:07 +0000 2020\n"
HOP = "Received: from a.example (a.example [198.51.100.9]) by mx.mail.example; Wed, 11 Mar 2020 01:00:00 +0000\n"
HEAD = "Delivered-To: editor@mail.example\n" + HOP + "From: a@b.example\nSubject: one\nMessage-ID: <1@b.example>\n"


def message(body: str = "text\n\n", more: str = "") -> str:
    return ENVELOPE + more + HEAD + "\n" + body


def cut(text: str | bytes, size: int = mail_mailbox.CHUNK) -> list[bytes]:
    data = text.encode() if isinstance(text, str) else text

    class Chunks(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            return super().read(size)

    found = list(pieces(Chunks(data)))
    assert [item.start for item in found] == [0, *[item.end for item in found[:-1]]][: len(found)]
    assert not found or found[-1].end == len(data)
    return [data[item.start : item.end] for item in found]


def events(text: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    rows = reading.read_bytes(text.encode(), "mail.mbox")[1].rows
    return [(row, json.loads(row["detail"])) for row in rows if not row["action_text"].startswith("Received, hop")]


@pytest.mark.parametrize(
    "body",
    [
        "From the editor: we met yesterday.\n\n",
        "\nFrom here on\nSubject: this is still the body\n\n",
        ">From 1@xxx Mon Mar 09 18:12:07 +0000 2020\nX: y\n\n",
        "\nFrom 1@xxx Mon Mar 09 18:12:07 +0000 2020\nno header line follows\n\n",
        "\nFrom: a header-like line\n\n",
    ],
)
def test_body_lines_that_begin_with_from_split_nothing(body: str) -> None:
    one = message(body)
    assert cut(one + message()) == [one.encode(), message().encode()]


@pytest.mark.parametrize(
    "start",
    [
        ENVELOPE,
        "From - Mon Mar 09 18:12:07 2020\n",
        "From MAILER-DAEMON Fri Jul  8 12:08:34 2011\n",
        "From editor@mail.example\n",
        "From \r\n",  # Thunderbird, in folders of newer versions
        "From ???@??? Mon Mar 09 18:12:07 2020\n>From other@mail.example Mon Mar 09 18:12:07 2020\n",
    ],
)
def test_envelope_lines_of_other_programs_start_a_message(start: str) -> None:
    second = start + HEAD + "\nbody\n"
    assert cut(message() + second) == [message().encode(), second.encode()]


@pytest.mark.parametrize("size", [1, 7, 100, 1_023, 1_024, 1_025, 5_000])
def test_where_the_reader_cuts_its_chunks_makes_no_difference(size: int) -> None:
    text = "".join(message("x" * length + "\n\nFrom nobody\n") for length in (0, 10, 900, 1_024, 3_000))
    assert cut(text, size) == cut(text)
    assert len(cut(text)) == 5
    assert cut(text.replace("\n", "\r\n"), size) == cut(text.replace("\n", "\r\n"))
    assert len(cut(text.replace("\n", "\r\n"))) == 5


def test_a_message_of_any_size_is_read_with_flat_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_mailbox, "CHUNK", 1 << 16)
    monkeypatch.setattr(mail_mailbox, "KEEP", 1 << 17)
    whole = (message("x" * 20_000_000 + "\n") + message()).encode()
    stream = io.BytesIO(whole)
    tracemalloc.start()
    found = [(item.start, item.end, len(item.data), item.complete) for item in pieces(stream)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [item[3] for item in found] == [False, True]
    assert found[0][2] == 1 << 17
    assert found[1][1] == len(whole)
    assert peak < 2_000_000


def test_places_are_the_bytes_of_the_message_and_of_the_field() -> None:
    text = message() + message(more="X-Gmail-Labels: Inbox\n")
    rows = reading.read_bytes(text.encode(), "mail.mbox")[1].rows
    taken = [text.encode()[slice(*map(int, row["place"][6:].split("-")))].decode() for row in rows]
    assert taken == [HOP, message(), HOP, message(more="X-Gmail-Labels: Inbox\n")]


def test_a_mailbox_means_what_its_messages_mean_alone() -> None:
    alone = reading.read_bytes(HEAD.encode() + b"\ntext\n", "one.eml")[1].rows[-1]
    ((row, _),) = events(message())
    for name in ("time", "address", "account", "action", "action_text", "outcome", "initiator"):
        assert row[name] == alone[name], name


def test_sent_mail_is_sent_by_its_owner_from_the_client_that_the_server_saw() -> None:
    submitted = (
        "Received: from [10.0.0.7] (h.example [203.0.113.47]) by smtp.b.example; Wed, 11 Mar 2020 01:00:00 +0000\n"
    )
    sent = (
        ENVELOPE
        + "X-Gmail-Labels: Gesendet\n"
        + submitted
        + "From: owner@b.example\nTo: x@y.example\nX-Mailer: Program 1\nSubject: s\n\n"
    )
    ((row, detail),) = events(sent)
    assert (row["action"], row["account"], row["address"], row["initiator"]) == (
        "mail_sent",
        "owner@b.example",
        "203.0.113.47",
        "user",
    )
    assert (detail["kept_as"], row["user_agent"]) == (["sent"], "Program 1")
    ((row, detail),) = events(sent.replace("smtp.b.example", "smtp.other.example"))
    assert (row["address"], detail["address_basis"].startswith("none")) == (None, True)


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("Profiles/x.default/Mail/pop.mail.example/Sent", "mail_sent"),
        ("Mail/Sent Messages.mbox/mbox", "mail_sent"),  # Apple Mail's export: a folder, and the file inside
        ("Gesendet.mbox", "mail_sent"),
        ("Inbox", "mail_received"),
        ("Sent.sbd/Inbox", "mail_received"),
    ],
)
def test_a_mailbox_file_named_as_the_folder_of_sent_mail_holds_sent_mail(name: str, action: str) -> None:
    rows = reading.read_bytes(message().encode(), name)[1].rows
    assert [row["action"] for row in rows if row["action"] != "other"] == [action]


def test_a_copy_of_an_alert_in_the_sent_folder_is_no_alert() -> None:
    passed = "Authentication-Results: mx.mail.example; dkim=pass header.d=accounts.google.com\n"
    text = ENVELOPE + "Delivered-To: editor@mail.example\n" + passed + HOP
    text += "From: no-reply@accounts.google.com\nSubject: Security alert\n\n"
    assert events(text)[0][0]["action"] == "alert"
    assert events(text.replace("Delivered-To", "X-Gmail-Labels: Sent\nDelivered-To"))[0][0]["action"] == "mail_sent"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Inbox,Opened", ("Inbox", "Opened")),
        (
            '=?UTF-8?Q?Messages_archiv=C3=A9s,Ouvert,Cat=C3=A9gorie=C2=A0:_E-mails_?=\n =?UTF-8?Q?pro,"Culture,_arts"?=',
            ("Messages archivés", "Ouvert", "Catégorie : E-mails pro", "Culture, arts"),
        ),
        ("=?UTF-8?B?0JrQvtGA0LfQuNC90LA=?=,Sent", ("Корзина", "Sent")),
        ('Inbox,"Project, A",Parent/Child,Inbox', ("Inbox", "Project, A", "Parent/Child")),
        ('"open quote, never closed', ("open quote, never closed",)),
        (",,", ()),
    ],
)
def test_labels_are_decoded_before_they_are_split(value: str, expected: tuple[str, ...]) -> None:
    assert labels(block_of(f"X-Gmail-Labels: {value}\n\n".encode())) == expected


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Gesendet", "sent"),
        ("Messages envoyés", "sent"),
        ("ОТПРАВЛЕННЫЕ", "sent"),
        ("Gönderilmiş Postalar", "sent"),
        ("[Gmail]/Sent Mail", "sent"),
        ("Papierkorb", "trash"),
        ("Спам", "spam"),
        ("Entwürfe", "draft"),
        ("Sentinel", ""),
        ("Posteingang", ""),
    ],
)
def test_labels_mean_the_same_in_every_language(label: str, kind: str) -> None:
    assert kind_of(label) == kind


def test_a_damaged_message_costs_itself_only() -> None:
    broken = ENVELOPE + "X: y\n" + "no field\n" * 5 + "\n"
    coverage, sink = reading.read_bytes((message() + broken + message()).encode(), "mail.mbox")
    assert [row["action"] for row in sink.rows].count("mail_received") == 2
    assert coverage.rejections >= 1
    assert all(item.place.startswith("bytes:") for item in sink.rejections)


def test_byte_order_mark_and_blank_lines_before_the_first_envelope() -> None:
    data = b"\xef\xbb\xbf\r\n\r\n" + message().replace("\n", "\r\n").encode() * 2
    assert reading.claimants(data, "x") == ("mail_mbox",)
    assert [row["action"] for row in reading.read_bytes(data, "x")[1].rows].count("mail_received") == 2


@pytest.mark.parametrize(
    "text",
    [
        "From the desk of the editor\nNote: nothing here is mail\n\ntext\n",
        "From: a@b.example\nnothing else\n",
        "From a@b.example Mon Mar 09 18:12:07 2020\nplain text behind it\n",
    ],
)
def test_texts_that_begin_with_from_are_no_mailboxes(text: str) -> None:
    assert "mail_mbox" not in reading.claimants(text.encode(), "mail.mbox")


@pytest.mark.parametrize(
    ("name", "folder", "flags"),
    [
        ("Maildir/cur/1583777528.M1P2.host:2,RS", "Maildir", ("replied", "seen")),
        ("Maildir/.Sent/cur/1583777528.M1P2.host,S=123,W=130:2,S", "Sent", ("seen",)),
        ("Maildir/.INBOX.Trash/cur/1583777528.M1P2.host!2,ST", "Trash", ("seen", "trashed")),
        ("Maildir/new/1583777528.M1P2.host", "Maildir", ()),
        ("mail/one.eml", "", ()),
    ],
)
def test_maildir_names_tell_folder_and_flags(name: str, folder: str, flags: tuple[str, ...]) -> None:
    assert (folder_of(name), maildir_flags(name.rsplit("/", 1)[-1])) == (folder, flags)
    coverage, sink = reading.read_bytes(HEAD.encode() + b"\ntext\n", name)
    detail = json.loads(sink.rows[-1]["detail"])
    assert (coverage.format, tuple(detail.get("maildir_flags", ()))) == ("mail_eml", flags)
    assert sink.rows[-1]["action"] == ("mail_sent" if folder == "Sent" else "mail_received")


@pytest.mark.parametrize(
    "first", ["Return-Path: <a@b.example>\n", "X-Spam: no\n", HOP, "\n\n", ">From a@b Mon Mar 9 2020\n", "\ufeff"]
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_message_is_recognised_whatever_it_begins_with(first: str, ends: str) -> None:
    data = (first + HEAD + "\ntext\n").replace("\n", ends).encode()
    assert reading.claimants(data, "1583777528.M1P2.host:2,S") == ("mail_eml",)
    row = reading.read_bytes(data, "x")[1].rows[-1]
    assert (row["action"], row["address"]) == ("mail_received", "198.51.100.9")


def test_apple_mails_own_files_are_messages_without_what_stands_behind() -> None:
    inner = (HEAD + "\nhttps://news.example/\n").encode()
    data = (
        f"{len(inner)}     \n".encode()
        + inner
        + b'<?xml version="1.0"?><!DOCTYPE plist "http://www.apple.com/DTDs/x.dtd">'
    )
    assert reading.claimants(data, "1.emlx") == ("mail_eml",)
    rows = reading.read_bytes(data, "1.emlx")[1].rows
    assert [row["place"] for row in rows] == ["line:3", f"bytes:0-{data.index(b'https') - 1}"]
    assert json.loads(rows[-1]["detail"])["link_hosts"] == ["news[.]example"]


FIELDS = st.lists(
    st.tuples(
        st.from_regex(r"[A-Z][a-z-]{0,8}", fullmatch=True),
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20),
    ),
    min_size=1,
    max_size=8,
)


@given(FIELDS, st.sampled_from(["\n", "\r\n"]), st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_the_fast_and_the_careful_reader_of_headers_agree(
    fields: list[tuple[str, str]], ends: str, body: bytes
) -> None:
    text = "".join(f"{name}: {value}{ends}" for name, value in fields)
    data = text.encode() + ends.encode() + body
    fast, careful = block_of(data), read_block(io.BytesIO(data))
    assert [tuple(item) for item in fast.fields] == [tuple(item) for item in careful.fields]
    assert (fast.end, fast.body, fast.ending) == (careful.end, careful.body, careful.ending)


@given(st.binary(max_size=3_000), st.integers(1, 400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_cut_without_loss(noise: bytes, size: int) -> None:
    data = message().encode() + noise + b"\n" + message().encode()
    assert b"".join(cut(data, size)) == data
