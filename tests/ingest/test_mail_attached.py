"""Messages inside messages: a phishing mail sent on for examination, spam that came back; evidence of their own."""

from __future__ import annotations

import base64
import json
import quopri
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.mail_attached import MAX_ATTACHED, attached
from forensics.ingest.mail_headers import block_of
from forensics.ingest.mail_signed import content_of
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


REPORT = (
    'Content-Type: multipart/report; report-type={kind}; boundary="b/1"\n\n--b/1\nContent-Type: text/plain\n\nsorry\n'
    "--b/1\nContent-Type: message/{kind}\n\nReporting-MTA: dns; mx.mail.example\n"
    "Arrival-Date: Fri,\n 06 Mar 2020 05:00:00 +0000\n\n"
    "--b/1\n{part}\n--b/1--\n"
)
HEAD = OUTER.partition("Content-Type")[0]


@pytest.mark.parametrize("kind", ["delivery-status", "feedback-report", "disposition-notification"])
@pytest.mark.parametrize("form", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
def test_what_a_report_returns_was_not_received(kind: str, form: str) -> None:
    """It names other people's mailboxes and can be anybody's forgery: no account, no mail received, no finding."""
    report = REPORT.format(kind=kind, part=f"Content-Type: {form}\n\n{PHISH}")
    for name, before in (("a.eml", ""), ("a.mbox", "From a@b Fri Mar  6 06:00:00 2020\n")):
        _, inner = messages((before + HEAD + report).encode(), name)
        assert (inner[0]["action"], inner[0]["account"], inner[0]["address"]) == ("other", "", "203.0.113.66")
        assert "not received by it" in inner[1]["returned"]
        assert "Arrival-Date: Fri, 06 Mar 2020 05:00:00 +0000" in inner[1]["report"]


@pytest.mark.parametrize(
    "mark",
    [
        "------ This is a copy of the message, including all the headers. ------",
        "--- Below this line is a copy of the message.",
        "   ----- Original message follows -----",
    ],
)
def test_a_bounce_without_a_report_returns_its_copy(mark: str) -> None:
    plain = HEAD.replace("From: editor@", "From: MAILER-DAEMON@") + f"\nsorry\n\n{mark}\n\n{PHISH}"
    for name, before in (("a.eml", ""), ("a.mbox", "From a@b Fri Mar  6 06:00:00 2020\n")):
        found = messages((before + plain).encode(), name)
        assert [pair[0]["action"] for pair in found] == ["mail_received", "other"]
    assert len(messages(plain.replace("MAILER-DAEMON", "editor").encode())) == 1


def test_parts_of_a_digest_are_messages_without_saying_so() -> None:
    assert len(messages(outer(f"\n{PHISH}", "multipart/digest"))) == 2


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream"])
def test_a_message_saved_as_text_is_read(kind: str) -> None:
    assert len(messages(outer(f'Content-Type: {kind}; name="Alert.eml"\n\n{PHISH}'))) == 2


def test_no_hop_of_an_attached_message_is_trusted() -> None:
    coverage, found = reading.read_bytes(outer(WHOLE), "out.eml")
    hops = [json.loads(row["detail"]) for row in found.rows if row["place"] == "/attached/1/line/2"]
    assert coverage.format == "mail_eml"
    assert [hop["trusted"] for hop in hops] == ["unknown"]
    inner = messages(outer(WHOLE))[1][1]
    assert inner["trust_boundary"]["trusted"] == "unknown"
    assert "inside another message" in inner["address_basis"]
    assert "it stands inside another message: whoever wrote that one can have made it" in inner["phishing"]["reasons"]


def test_no_attached_message_was_sent_by_the_owner() -> None:
    """Anybody can attach a message with the label of sent mail: its address would be one from which the account was used."""
    label = PHISH.replace("From: Google", "X-Gmail-Labels: Sent\nFrom: Google")
    assert messages(outer(f"Content-Type: message/rfc822\n\n{label}"))[1][0]["action"] == "mail_received"


def test_a_label_that_came_with_the_message_is_not_the_mailboxs() -> None:
    found = messages(PHISH.replace("From: Google", "X-Gmail-Labels: Sent\nFrom: Google").encode())
    assert (found[0][0]["action"], found[0][1]["labels"]) == ("mail_received", ["Sent"])
    assert messages(f"X-Gmail-Labels: Sent\n{PHISH}".encode())[0][0]["action"] == "mail_sent"


def der(tag: int, *parts: bytes, told: bool = True) -> bytes:
    body = b"".join(parts)
    if not told:
        return bytes((tag, 0x80)) + body + b"\x00\x00"
    length = bytes((len(body),)) if len(body) < 128 else b"\x84" + len(body).to_bytes(4, "big")
    return bytes((tag,)) + length + body


def signed(content: bytes, *, told: bool = True) -> bytes:
    """Return an S/MIME container as programs write it: at once, or streamed in pieces of lengths not told before."""
    octets = der(0x04, content)
    if not told:
        octets = der(0x24, *(der(0x04, content[at : at + 100]) for at in range(0, len(content), 100)), told=False)
    inner = der(0x30, der(0x06, bytes.fromhex("2a864886f70d010701")), der(0xA0, octets, told=told), told=told)
    data = der(0x30, der(0x02, b"\x01"), der(0x31), inner, der(0x31), told=told)
    return der(0x30, der(0x06, bytes.fromhex("2a864886f70d010702")), der(0xA0, data, told=told), told=told)


@pytest.mark.parametrize("told", [True, False])
def test_a_signed_body_is_opened(told: bool) -> None:  # noqa: FBT001 - a parameter of the test
    inside = f'Content-Type: multipart/mixed; boundary="c"\n\n--c\nContent-Type: text/plain\n\nhttps://x.example/\n--c\n{WHOLE}\n--c--\n'
    body = base64.encodebytes(signed(inside.encode(), told=told)).decode()
    kind = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
    plain = f"{HEAD}Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{body}"
    for name, before in (("a.eml", ""), ("a.mbox", "From a@b Fri Mar  6 06:00:00 2020\n")):
        around, inner = messages((before + plain).encode(), name)
        assert (around[0]["address"], inner[0]["address"]) == ("198.51.100.9", "203.0.113.66")
    assert "x[.]example" in messages(plain.encode())[0][1]["link_hosts"]


@pytest.mark.parametrize(
    "kind",
    ["multipart/encrypted", "application/pkcs7-mime; smime-type=enveloped-data", "message/partial; id=x; number=1"],
)
def test_what_is_not_searched_is_told(kind: str) -> None:
    found = messages(outer("Content-Type: application/octet-stream\n\nx", kind))
    assert "not searched" in found[0][1]["link_note"]
    assert found[0][0]["address"] == "198.51.100.9"


@given(st.integers(0, 1 << 30), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_damaged_signature_container_has_an_end(seed: int, told: bool) -> None:  # noqa: FBT001 - as above
    dice = random.Random(seed)  # noqa: S311 - damage, not secrets
    data = bytearray(signed(b"Content-Type: text/plain\n\n" + b"x" * 500, told=told))
    for _ in range(dice.randrange(1, 8)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    assert isinstance(content_of(bytes(data[: dice.randrange(len(data))] if seed % 2 else data)), bytes)


def test_a_message_that_names_the_mailbox_around_it_is_no_mail_of_that_mailbox() -> None:
    """Whoever writes to a mailbox can attach a message that seems to have been delivered to it."""
    forged = PHISH.replace("editor@mail.example", "help@helpline.example")
    inner = messages(outer(f"Content-Type: message/rfc822\n\n{forged}"))[1]
    assert (inner[0]["account"], inner[1]["attached_in"]) == ("", "help@helpline.example")
    assert inner[1]["delivered_to"] == ["help@helpline.example"]


def test_a_bounce_in_parts_without_a_report_returns_its_message() -> None:
    data = outer(WHOLE).replace(b"From: editor@mail.example\nSubject: please", b"From: MAILER-DAEMON\nSubject: please")
    assert [pair[0]["action"] for pair in messages(data)] == ["mail_received", "other"]


def test_a_report_below_parts_of_its_own_is_one() -> None:
    part = f'Content-Type: multipart/mixed; boundary="c"\n\n--c\n{WHOLE}\n--c--\n'
    assert messages(outer(part, "multipart/report; report-type=delivery-status"))[1][0]["action"] == "other"
