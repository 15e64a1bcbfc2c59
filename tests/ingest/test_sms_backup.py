"""Quirks of SMS Backup & Restore: codes and private mail, units, surrogate halves, damage, hostile XML, memory."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.sms_codes import sender_kind, sign_in_code
from forensics.ingest.xml_repair import encoding_of
from tests.ingest import reading

PRIVATE = "private message without a sign-in code"
NOT_RECEIVED = "private message written on this phone"
SECRET = "the meeting is at the bakery"
GOOGLE = "G-482913 is your Google verification code."


def sms(body: str = GOOGLE, **more: str) -> str:
    """Write one message; ``raw`` replaces the escaped body."""
    raw = more.pop("raw", "")
    found = {"address": "Google", "date": "1583887312000", "type": "1", "date_sent": "1583887310000", **more}
    shown = " ".join(f"{key}={quoteattr(value)}" for key, value in found.items())
    return f"  <sms {shown} body={quoteattr(body) if not raw else chr(34) + raw + chr(34)} />\n"


def document(*items: str, count: int | None = None) -> bytes:
    """Write a backup."""
    return f'<smses count="{len(items) if count is None else count}">\n{"".join(items)}</smses>'.encode()


def read_one(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a backup with one code: (event, its detail)."""
    coverage, sink = reading.read_bytes(data, "renamed.bin")
    assert (coverage.events, coverage.rejections) == (1, 0), sink.rejections
    return sink.rows[0], json.loads(sink.rows[0]["detail"])


@pytest.mark.parametrize(
    ("sender", "text", "service"),
    [
        ("Google", GOOGLE, "google"),
        ("+00000000055", "G-482913 — ваш код подтверждения Google.", "google"),
        ("22000", "G-482913 Google doğrulama kodunuzdur", "google"),
        ("Facebook", "482913 is your Facebook confirmation code", "facebook"),
        ("32665", "FB-48291 is your Facebook code", "facebook"),
        ("+00000000055", "48291 Facebook təsdiq kodunuzdur", "facebook"),
        ("Telegram", "Telegram code: 48291", "telegram"),
        ("+00000000055", "Код Telegram: 48291. Никому не давайте код", "telegram"),
        ("+00000000055", "Telegram kodu:48291", "telegram"),
        ("Instagram", "<#> 482 913 is your Instagram code. Don't share it.", "instagram"),
        ("+00000000055", "Use 482 913 to verify your Instagram account.", "instagram"),
        ("WhatsApp", "Ваш код WhatsApp: 482-913", "whatsapp"),
        ("WhatsApp", "WhatsApp kodunuz: 482-913", "whatsapp"),
        ("X", "Your X confirmation code is 482913", "twitter"),
        ("Twitter", "Your Twitter confirmation code is 482913.", "twitter"),
        ("Microsoft", "Use 482913 as Microsoft account security code", "microsoft"),
        ("Apple", "Your Apple ID Code is: 482913. Do not share it.", "apple"),
        ("Signal", "Your SIGNAL verification code: 482-913", "signal"),
        ("Telegram", "48291 - ваш код для входа", "telegram"),
        ("ExampleBank", "OTP: 4829", "ExampleBank"),
    ],
)
def test_codes_are_recognised_with_their_service(sender: str, text: str, service: str) -> None:
    found = sign_in_code(sender, "(Unknown)", text)
    assert found is not None
    assert found.service == service


@pytest.mark.parametrize(
    ("sender", "contact", "text"),
    [
        ("+00000000077", "a colleague", "What was the Google code? 482913"),
        ("+00000000077", "(Unknown)", "The code of the gate is 4512"),
        ("+00000000077", "(Unknown)", "my flight lands 4829"),
        ("+00000000077", "(Unknown)", "Google it. " + "x " * 100 + "the code of the gate is 4512"),
        ("Google", "(Unknown)", "Your Google password was changed"),
        ("MegaShop", "(Unknown)", "Sale until 2020-03-11, call +000 4829137"),
        ("", "", ""),
    ],
)
def test_what_is_not_clearly_a_code_stays_private(sender: str, contact: str, text: str) -> None:
    assert sign_in_code(sender, contact, text) is None


def test_kinds_of_senders() -> None:
    kinds = [sender_kind(sender) for sender in ("Google", "32665", "+1 (202) 000-0000", "", "null", "+32665")]
    assert kinds == ["name", "short", "number", "none", "none", "number"]


def test_private_messages_are_counted_and_never_become_rows() -> None:
    items = (sms(SECRET, address="+00000000077"), sms(SECRET, type="2"), sms())
    coverage, sink = reading.read_bytes(document(*items), "x")
    assert coverage.unused == {PRIVATE: 1, NOT_RECEIVED: 1}
    assert "bakery" not in repr(sink.rows) + repr(sink.rejections)


def test_the_code_is_in_detail_and_not_in_the_action_text() -> None:
    data = document(sms())
    row, detail = read_one(data)
    assert (row["provider"], row["service"], row["action"], row["initiator"]) == (
        "sms",
        "google",
        "code_sent",
        "provider",
    )
    assert row["action_text"] == "sign-in code by SMS"
    assert detail["body"] == GOOGLE
    assert row["place"] == "bytes:20-150"
    assert data[20:150].decode() == sms().strip()


def test_date_is_milliseconds_and_date_sent_differs_between_sms_and_mms() -> None:
    row, detail = read_one(document(sms()))
    assert (row["time"].isoformat(), row["zone_basis"]) == ("2020-03-11T00:41:52+00:00", "epoch")
    assert detail["sent_utc"] == "2020-03-11T00:41:50+00:00"
    mms = (
        '<mms date="1583887312000" date_sent="1583887310" msg_box="1" address="Google~+00000000000" sub="null">'
        f'<parts><part ct="text/plain" text="{GOOGLE}" />'
        f'<part ct="image/png" text="null" data="{"A" * 9000}" /></parts>'
        '<addrs><addr address="Google" type="137" /><addr address="+00000000000" type="151" /></addrs></mms>'
    )
    row, detail = read_one(document(mms))
    assert row["time"].isoformat() == "2020-03-11T00:41:52+00:00"
    assert detail["sent_utc"] == "2020-03-11T00:41:50+00:00"
    assert (row["account"], detail["sender"], detail["message"]) == ("+00000000000", "Google", "mms")
    assert "9000 base64 characters, SHA-256" in repr(detail["inner"])


def test_missing_dates_stay_missing_and_date_sent_steps_in_with_a_mark() -> None:
    row, detail = read_one(document(sms(date="0")))
    assert (row["time"].isoformat(), detail["time_from"]) == ("2020-03-11T00:41:50+00:00", "date_sent")
    row, _ = read_one(document(sms(date="null", date_sent="0")))
    assert (row["time"], row["zone_basis"]) == (None, "none")


@pytest.mark.parametrize("stamp", ["soon", "9" * 14, "50000000000", "-5", "1" * 5_000])
def test_a_bad_stamp_costs_neither_the_message_nor_its_privacy(stamp: str) -> None:
    row, detail = read_one(document(sms(date=stamp)))
    assert (row["time"].isoformat(), detail["time_from"]) == ("2020-03-11T00:41:50+00:00", "date_sent")
    row, detail = read_one(document(sms(date_sent=stamp)))
    assert (row["time"].isoformat(), detail.get("sent_utc")) == ("2020-03-11T00:41:52+00:00", None)
    row, detail = read_one(document(sms(date=stamp, date_sent=stamp)))
    assert (row["time"], row["time_text"], detail.get("time_from")) == (None, stamp, None)


@pytest.mark.parametrize("halves", ["&#55357;&#56838;", "&#xD83D;&#xDE06;", "&#xd83d;&#56838;"])
def test_surrogate_halves_are_joined_and_the_repair_is_named(halves: str) -> None:
    _, detail = read_one(document(sms(raw=f"{GOOGLE} {halves}&#10;ok")))
    assert detail["body"] == f"{GOOGLE} \U0001f606\nok"
    assert detail["repair"] == f"surrogate halves {halves} joined to U+1F606"


def test_lone_halves_and_control_characters_are_shown_not_lost() -> None:
    _, detail = read_one(document(sms(raw=f"{GOOGLE} &#55357; &#0; \x07 &#xFFFFFFFF;")))
    assert detail["body"].endswith(r"\ud83d \x00 \x07 \Uffffffff")
    assert detail["repair"].count("shown as") == 4
    assert "repair" not in read_one(document(sms(raw=f"{GOOGLE} &#128518; &amp;#55357;")))[1]


def test_stated_single_byte_encodings_are_honoured_and_strange_ones_are_not() -> None:
    head = "<?xml version='1.0' encoding='windows-1251'?>"
    _, detail = read_one(f"{head}<smses>{sms('G-482913 ваш код')}</smses>".encode("windows-1251"))
    assert detail["body"] == "G-482913 ваш код"
    assert encoding_of(b"<?xml version='1.0' encoding='rot13'?>") == "utf-8"


def test_one_damaged_element_costs_one_rejection_and_shows_no_text() -> None:
    items = [sms() for _ in range(5)]
    items[2] = sms(SECRET, contact_name="a colleague", raw="").replace('" />', " />")
    coverage, sink = reading.read_bytes(document(*items), "x")
    assert (coverage.events, coverage.rejections) == (4, 1)
    assert sink.rejections[0].reason == "the element is not closed"
    assert "bakery" not in sink.rejections[0].excerpt
    assert "colleague" not in sink.rejections[0].excerpt
    assert 'date="1583887312000"' in sink.rejections[0].excerpt


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_change_inside_one_element_leaves_the_others(data: st.DataObject) -> None:
    items = [sms().encode() for _ in range(4)]
    broken = bytearray(items[1])
    at = data.draw(st.integers(min_value=0, max_value=len(broken) - 4))
    broken[at] = data.draw(st.integers(min_value=0, max_value=255).filter(lambda value: value != ord("<")))
    items[1] = bytes(broken)
    head = b'<smses count="4">\n'
    _, sink = reading.read_bytes(head + b"".join(items) + b"</smses>", "x")
    starts = [len(head + b"".join(items[:number])) + 2 for number in (0, 2, 3)]
    found = {row["place"]: row["service"] for row in sink.rows}
    assert all(found.get(f"bytes:{start}-{start + 130}") == "google" for start in starts)


def test_document_types_and_entities_are_refused_and_the_rest_is_read() -> None:
    bomb = b'<!DOCTYPE smses [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    coverage, sink = reading.read_bytes(
        b"<?xml version='1.0'?>" + bomb + document(sms(raw="&b; 1234 code &f;"), sms()), "x"
    )
    assert coverage.events == 1
    assert [item.reason.split(":")[0] for item in sink.rejections] == ["a document type", "not XML"]
    inside = sms().replace(" />", f">{bomb.decode()}</sms>")
    assert reading.read_bytes(document(inside, sms()), "x")[0].events == 1


def test_comments_cut_files_and_wrong_counts_are_told() -> None:
    comment = "<!--" + sms().strip() + "-->\n"
    coverage, _ = reading.read_bytes(document(comment, sms(), count=1), "x")
    assert (coverage.events, coverage.unused) == (1, {"element inside an XML comment": 1})
    coverage, sink = reading.read_bytes(document(sms(), sms(), count=3), "x")
    assert (coverage.events, sink.rejections[0].reason) == (2, "the file announces 3 elements and holds 2")
    coverage, sink = reading.read_bytes(document(sms())[: -len("</smses>")], "x")
    assert (coverage.events, sink.rejections[0].reason) == (1, "the file ends without </smses>: cut off")
    coverage, _ = reading.read_bytes(document("<!-- never closed\n", sms(), count=1), "x")
    assert (coverage.events, coverage.rejections) == (1, 2)


def test_an_element_with_an_end_tag_and_single_quotes_is_read() -> None:
    row, _ = read_one(
        document("<sms address='Google' date='1583887312000' type='1' body='a > b, G-482913 code'></sms>")
    )
    assert row["service"] == "google"
