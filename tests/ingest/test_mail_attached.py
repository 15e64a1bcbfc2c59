"""Messages inside messages: a phishing mail sent on for examination, spam that came back; evidence of their own."""

from __future__ import annotations

import base64
import json
import quopri
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.mail_attached import MAX_ATTACHED, attached
from forensics.ingest.mail_headers import block_of
from tests.ingest import reading

PHISH = (
    "Delivered-To: editor@mail.example\n"
    "Received: from evil.example (evil.example [203.0.113.66]) by mx.mail.example; Fri, 06 Mar 2020 05:00:00 +0000\n"
    "From: Google <no-reply@accounts.google.com>\nSubject: Security alert\nMessage-ID: <phish@evil.example>\n"
    "Date: Fri, 06 Mar 2020 04:59:00 +0000\n\nhttps://login.evil.example/\n"
)
OUTER = (
    "Delivered-To: help@helpline.example\n"
    "Received: from mail.example (mail.example [198.51.100.9]) by mx.helpline.example; Fri, 06 Mar 2020 06:00:00 +0000\n"
    "From: editor@mail.example\nSubject: please look\nMessage-ID: <out@mail.example>\nMIME-Version: 1.0\n"
    'Content-Type: {kind}; boundary="b/1"\n\npre\n--b/1\nContent-Type: text/plain\n\nsee there\n--b/1\n{part}\n--b/1--\nend\n'
)
WHOLE = f"Content-Type: message/rfc822\n\n{PHISH}"


def messages(data: bytes, name: str = "out.eml") -> list[tuple[dict[str, Any], dict[str, Any]]]:
    coverage, found = reading.read_bytes(data, name)
    assert coverage.format in {"mail_eml", "mail_mbox"}
    assert not found.rejections
    rows = [(row, json.loads(row["detail"])) for row in found.rows]
    return [pair for pair in rows if not pair[0]["action_text"].startswith("Received, hop")]


def outer(part: str, kind: str = "multipart/mixed") -> bytes:
    return OUTER.format(kind=kind, part=part).encode()


ENCODED = base64.encodebytes(PHISH.encode()).decode()
QUOTED = quopri.encodestring(PHISH.encode()).decode()


@pytest.mark.parametrize(
    "part",
    [
        WHOLE,
        f"Content-Type: message/rfc822; name=x\nContent-Transfer-Encoding: base64\n\n{ENCODED}",
        f"Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n{QUOTED}",
        f'Content-Type: application/octet-stream; name="Alert.eml"\nContent-Transfer-Encoding: base64\n\n{ENCODED}',
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_an_attached_message_is_evidence_of_its_own_hops(part: str, ends: str) -> None:
    """Forwarded as an attachment by a mail program, by Gmail (base64), or as a file."""
    around, inner = messages(outer(part).replace(b"\n", ends.encode()))
    assert (around[0]["address"], around[0]["account"]) == ("198.51.100.9", "help@helpline.example")
    assert (inner[0]["address"], inner[0]["account"]) == ("203.0.113.66", "editor@mail.example")
    assert (inner[0]["place"], inner[1]["attached_to"]) == ("/attached/1", "<out@mail.example>")
    assert inner[1]["phishing"]["imitates"] == "google"


def test_spam_that_came_back_shows_from_where_the_account_was_used() -> None:
    """A report of failed delivery (RFC 3462) holds the message, or its header only."""
    headers = PHISH.partition("\n\n")[0]
    found = messages(outer(f"Content-Type: text/rfc822-headers\n\n{headers}", "multipart/report"))
    assert found[1][0]["address"] == "203.0.113.66"


def test_in_a_mailbox_the_places_of_attached_messages_follow_from_the_message() -> None:
    first = b"From a@b Fri Mar  6 06:00:00 2020\n" + outer(WHOLE) + b"\n"
    found = messages(first + first, "mail.mbox")
    assert [pair[0]["action_text"] for pair in found] == ["please look", "Security alert"] * 2
    assert found[1][0]["place"] == f"{found[0][0]['place']}/attached/1"
    assert len({pair[0]["place"] for pair in found}) == 4


def test_an_attached_notice_is_no_event_of_the_account_on_a_providers_word() -> None:
    """Whoever wrote the outer message can have written the result as well."""
    said = "Authentication-Results: mx.mail.example; dkim=pass header.d=accounts.google.com\n"
    alone = messages((PHISH.replace("Received:", said + "Received:", 1)).encode())
    assert alone[0][0]["action"] == "alert"
    inner = messages(outer("Content-Type: message/rfc822\n\n" + PHISH.replace("Received:", said + "Received:", 1)))[1]
    assert inner[0]["action"] == "mail_received"
    assert inner[1]["genuine"]["grade"] == "vouched"


def test_messages_inside_attached_messages_are_numbered_in_depth() -> None:
    twice = outer(f"Content-Type: message/rfc822\n\n{outer(WHOLE).decode()}")
    twice = twice.replace(b"b/1", b"b/0", 2).replace(b"--b/1--\nend\n\n--b/1--", b"--b/1--\nend\n\n--b/0--")
    twice = twice.replace(b"see there\n--b/1\nContent-Type: message", b"see there\n--b/0\nContent-Type: message", 1)
    assert [pair[0]["place"] for pair in messages(twice)][1:] == ["/attached/1", "/attached/1.1"]


def test_too_many_attached_messages_are_told() -> None:
    many = ("\n--b/1\n".join([WHOLE] * (MAX_ATTACHED + 1))).rstrip("\n")
    data = outer(many)
    found = list(attached(block_of(data), data))
    assert (len(found), found[-1].flaw) == (
        MAX_ATTACHED + 1,
        f"more than {MAX_ATTACHED} attached messages: not read on",
    )


@given(st.binary(max_size=300), st.integers(0, 600), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_any_damage_is_read_without_error(noise: bytes, at: int, lost: int) -> None:
    data = outer(WHOLE)
    where = at % len(data)
    damaged = data[:where] + noise + data[where + lost :]
    for item in attached(block_of(damaged), damaged):
        assert item.flaw or block_of(item.data).names
