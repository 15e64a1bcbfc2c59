# ruff: noqa: RUF001 - subjects are written in many alphabets
"""One message: header block, authentication, security mails and what imitates them, recognition, damage."""

from __future__ import annotations

import io
import json
import os
from email.header import Header
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import mail_alerts
from forensics.ingest.mail_authentication import CONTRADICTED, UNVERIFIABLE, VOUCHED, aligned, statements
from forensics.ingest.mail_body import BODY_LIMIT, read_links
from forensics.ingest.mail_headers import read_block
from forensics.ingest.mail_words import Mailbox, decode_words
from forensics.model import Action
from tests.ingest import reading

REAL = Path(os.environ.get("FORENSICS_SPECIMENS", Path(__file__).parents[3] / "shared" / "specimens")) / "mail-real"
needs_real_mail = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"no folder {REAL.name} with real mails (FORENSICS_SPECIMENS)"
)

TOP = "Delivered-To: editor@mail.example\n"
RECEIVED = "Received: from a.example (a.example [198.51.100.9]) by mx.mail.example; Wed, 11 Mar 2020 01:00:00 +0000\n"
OLDER = "Received: from b.example (b.example [203.0.113.47]) by a.example; Wed, 11 Mar 2020 00:59:00 +0000\n"
PASSED = "Authentication-Results: mx.mail.example; dkim=pass header.d=accounts.google.com\n"
FAILED = "Authentication-Results: mx.mail.example; dmarc=fail header.from=accounts.google.com\n"
SIGNED = "DKIM-Signature: v=1; d=accounts.google.com; s=20161025; h=from:x-originating-ip; b=AA\n"
ALERT = "From: Google <no-reply@accounts.google.com>\nSubject: Security alert\nMessage-ID: <1@accounts.google.com>\n\n"


def read(text: str | bytes) -> list[dict[str, Any]]:
    data = text.encode() if isinstance(text, str) else text
    return reading.read_bytes(data, "message.eml")[1].rows


def message(text: str | bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    row = next(row for row in read(text) if row["place"].startswith("bytes:"))
    return row, json.loads(row["detail"])


@needs_real_mail
def test_a_real_list_mail_gives_every_hop_in_travel_order() -> None:
    rows = read((REAL / "sample-nonspam.txt").read_bytes())
    details = [json.loads(row["detail"]) for row in rows[:-1]]
    assert [detail["hop"] for detail in details] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (rows[-1]["action"], rows[-1]["address"], rows[-1]["account"]) == (
        "mail_received",
        "199.172.62.20",
        "foo@foo.com",
    )
    assert (rows[0]["place"], rows[0]["address"]) == ("line:24", "208.192.102.199")
    assert details[0]["helo"] == "[208.192.102.193]"
    assert all(detail["delay_seconds"] >= 0 for detail in details[1:])


@needs_real_mail
def test_a_real_mail_without_received_is_no_proof_of_delivery() -> None:
    row, detail = message((REAL / "sample-spam.txt").read_bytes())
    assert (row["action"], row["account"]) == ("other", "")
    assert "no Received" in detail["delivery"]


@pytest.mark.parametrize(
    ("headers", "grade", "action"),
    [
        (TOP + PASSED + RECEIVED, VOUCHED, "alert"),
        (TOP + RECEIVED + PASSED, VOUCHED, "alert"),
        (TOP + RECEIVED + OLDER + PASSED, UNVERIFIABLE, "mail_received"),
        (TOP + FAILED + RECEIVED + PASSED, CONTRADICTED, "mail_received"),
        (TOP + RECEIVED + OLDER + FAILED, CONTRADICTED, "mail_received"),
        (TOP + RECEIVED + SIGNED, UNVERIFIABLE, "mail_received"),
        (TOP + RECEIVED, UNVERIFIABLE, "mail_received"),
        (TOP + PASSED.replace("mx.mail.example", "mx.other.example") + RECEIVED, UNVERIFIABLE, "mail_received"),
        (TOP + PASSED.replace("accounts.google.com", "mailing.example") + RECEIVED, CONTRADICTED, "mail_received"),
        (TOP + "Authentication-Results: mx.mail.example; spf=pass\n" + RECEIVED, UNVERIFIABLE, "mail_received"),
        (
            TOP + "ARC-" + PASSED.replace("; dkim", "; x=y; dkim").replace(" mx", " i=1; mx") + RECEIVED,
            VOUCHED,
            "alert",
        ),
        (PASSED, UNVERIFIABLE, "other"),
    ],
)
def test_an_alert_counts_only_when_the_receiving_provider_says_so(headers: str, grade: str, action: str) -> None:
    row, detail = message(headers + ALERT)
    assert (detail["genuine"]["grade"], row["action"]) == (grade, action)
    assert detail["genuine"]["reasons"]
    assert row["service"] == ("google" if action == "alert" else "mail")


def test_a_result_below_the_received_line_says_on_what_it_rests() -> None:
    _, detail = message(TOP + RECEIVED + PASSED + ALERT)
    assert "RFC 8601" in " ".join(detail["genuine"]["reasons"])


def test_a_subdomain_of_the_signer_is_aligned_and_a_suffix_is_not() -> None:
    assert aligned("google.com", "accounts.google.com")
    assert not aligned("notgoogle.com", "google.com")
    assert not aligned("com", "google.com")


def test_arc_results_are_listed_by_instance_and_quoted_text_splits_nothing() -> None:
    one = "ARC-Authentication-Results: i=1; mx.a.example; dkim=pass header.d=a.example\n"
    two = 'ARC-Authentication-Results: i=2; mx.b.example; spf=fail reason="x; dkim=pass header.d=a.example" (c;d=e)\n'
    _, detail = message(TOP + one + two + RECEIVED + ALERT)
    listed = detail["arc_authentication_results"]
    assert [(item["instance"], item["authority"]) for item in listed] == [(2, "mx.b.example"), (1, "mx.a.example")]
    assert [result["method"] for result in listed[0]["results"]] == ["spf"]


def test_phishing_is_a_grade_with_reasons() -> None:
    body = "http://accounts.google.com@evil.example/x"
    _, detail = message(TOP + FAILED + RECEIVED + ALERT + body)
    assert detail["phishing"]["grade"] == "strong indications"
    assert any("dmarc=fail" in reason for reason in detail["phishing"]["reasons"])
    assert detail["link_hosts"] == ["evil[.]example"]


@pytest.mark.parametrize(
    ("sender", "grade"),
    [
        ('"Google" <alert@accounts-google.example>', "some indications"),
        ('"Gооgle" <alert@mailing.example>', "some indications"),  # Cyrillic letters on purpose
        ('"no-reply@accounts.google.com" <x@mailing.example>', "some indications"),
        ('"The editor" <friend@mail.example>', None),
        ("Google <no-reply@youtube.com>", None),
    ],
)
def test_a_name_of_a_provider_on_another_domain_is_an_indication(sender: str, grade: str | None) -> None:
    row, detail = message(f"{TOP}{RECEIVED}From: {sender}\nSubject: Security alert\nMessage-ID: <1@x.example>\n\n")
    assert row["action"] == "mail_received"
    assert detail.get("phishing", {}).get("grade") == grade


def test_user_worded_mail_under_a_providers_signature_is_no_alert() -> None:
    signed = TOP + PASSED.replace("accounts.google.com", "google.com") + RECEIVED
    row, _ = message(
        signed + "From: Drive <drive-shares-noreply@google.com>\nSubject: Security alert\nTo: x@y.example\n\n"
    )
    assert row["action"] == "mail_received"


@pytest.mark.parametrize(
    ("address", "subject", "action"),
    [
        ("no-reply@accounts.google.com", "Google Account recovery phone number changed", Action.RECOVERY_CHANGED),
        ("no-reply@accounts.google.com", "Your recovery phone number changed", Action.RECOVERY_CHANGED),
        ("no-reply@accounts.google.com", "Google Account: sign-in attempt blocked", Action.ALERT),
        ("no-reply@accounts.google.com", "Your Google data archive is ready", Action.EXPORT_READY),
        ("no-reply@accounts.google.com", "Оповещение системы безопасности", Action.ALERT),
        ("no-reply@accounts.google.com", "Təhlükəsizlik xəbərdarlığı", Action.ALERT),
        ("no-reply@accounts.google.com", "Sicherheitswarnung", Action.ALERT),
        ("security@facebookmail.com", "Facebook password changed", Action.PASSWORD_CHANGED),
        ("security@facebookmail.com", "12345678 is your Facebook account recovery code", Action.CODE_SENT),
        ("security@mail.instagram.com", "New login to Instagram from Chrome on Windows", Action.ALERT),
        ("security@mail.instagram.com", "Username Changed on Instagram", Action.ACCOUNT_CHANGED),
        ("security-noreply@linkedin.com", "Your password has been reset", Action.PASSWORD_CHANGED),
        ("no-reply@accounts.google.com", "Tips for your new account", None),
    ],
)
def test_subjects_of_providers_are_read(address: str, subject: str, action: Action | None) -> None:
    found = mail_alerts.wording(Mailbox(name="", address=address), subject)
    assert (found.action if found else None) is action


@pytest.mark.parametrize(
    ("header", "addresses"),
    [
        ("X-MS-Exchange-ExternalOriginalInternetSender: ip=[203.0.113.47];domain=b.example", ["203.0.113.47"]),
        ("X-Forefront-Antispam-Report: CIP:203.0.113.47;CTRY:AZ;LANG:en;SCL:1;SRV:;IPV:NLI;SFV:NSPM", ["203.0.113.47"]),
        ("X-Forefront-Antispam-Report: CIP:255.255.255.255;CTRY:;LANG:en;SCL:1", []),  # Exchange Online itself
        ("X-IronPort-RemoteIP: 203.0.113.47", ["203.0.113.47"]),
        ("X-Barracuda-Connect: b.example[203.0.113.47]", ["203.0.113.47"]),
        ("X-Source-Sender: (pc.example) [203.0.113.47]:52013", ["203.0.113.47"]),
        ("X-PHP-Script: www.b.example/contact.php for 203.0.113.47", ["203.0.113.47"]),  # cPanel: who used the form
        ("X-PHP-Originating-Script: 1000:mailer.php", []),
        ("X-Yahoo-Client-IP: 203.0.113.47", ["203.0.113.47"]),
        ("X-Mailer: Program 8.1.0.2", []),
    ],
)
def test_what_filters_and_web_hosts_say_of_the_client_is_listed(header: str, addresses: list[str]) -> None:
    _, detail = message(TOP + RECEIVED + header + "\n" + ALERT)
    assert [item["address"] for item in detail.get("claimed_origin", [])] == addresses


def test_client_headers_are_forgeable_unless_a_verified_signature_covers_them() -> None:
    origin = "X-Originating-IP: [203.0.113.47]\n"
    plain, signed = message(TOP + RECEIVED + origin + ALERT), message(TOP + PASSED + RECEIVED + SIGNED + origin + ALERT)
    assert (plain[0]["address"], signed[0]["address"]) == ("198.51.100.9", None)  # the second is an account event
    assert signed[1]["trust_boundary"]["address"] == "198.51.100.9"
    assert [item["note"].split(" ")[0] for item in plain[1]["claimed_origin"]] == ["outside:"]
    assert "forgeable only by accounts.google.com" in signed[1]["claimed_origin"][0]["note"]
    assert plain[1]["client_headers"] == {"X-Originating-IP": "[203.0.113.47]"}


def test_the_time_is_that_of_the_boundary_else_of_the_sender() -> None:
    dated = ALERT.replace("\n\n", "\nDate: Tue, 10 Mar 2020 23:00:00 +0400\n\n")
    row, detail = message(TOP + RECEIVED + OLDER + dated)
    assert (row["time"].isoformat(), detail["time_source"]) == ("2020-03-11T01:00:00+00:00", "Received, line 2")
    row, detail = message(dated)
    assert (row["time"].isoformat(), detail["time_source"]) == (
        "2020-03-10T19:00:00+00:00",
        "Date header, written by the sender",
    )


def test_absent_headers_stay_absent() -> None:
    _, detail = message(TOP + RECEIVED + ALERT)
    assert not {"reply_to", "date", "return_path", "client_headers", "phishing"} & set(detail)


def test_a_pasted_chain_of_hops_is_a_message() -> None:
    rows = read(RECEIVED + OLDER)
    assert [row["place"] for row in rows] == ["line:2", "line:1", f"bytes:0-{len(RECEIVED + OLDER)}"]


def test_a_file_with_an_envelope_line_is_a_mailbox() -> None:
    one = ("From x@y Sat Mar 07 11:00:00 2020\n" + RECEIVED + ALERT).encode()
    assert reading.claimants(one, "a") == reading.claimants(one + b"text\n\n" + one, "a") == ("mail_mbox",)
    assert reading.claimants(one + b"x" * 70_000, "a") == ("mail_mbox",)


@pytest.mark.parametrize(
    "text",
    [
        "name: x\nfrom: here\nto: there\ndate: 2020-01-01\n\n",
        "Date: Wed, 11 Mar 2020 01:00:00 GMT\nServer: x\nContent-Type: text/html\n\n<html>",
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://x.example/\nSubject: x\nMIME-Version: 1.0\n\n",
        "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n",
    ],
)
def test_look_alikes_are_not_claimed(text: str) -> None:
    assert "mail_eml" not in reading.claimants(text.encode(), "message.eml")


def test_crlf_and_lf_give_the_same_events() -> None:
    text = (TOP + PASSED + RECEIVED + OLDER + ALERT).encode()
    plain, carriage = read(text), read(text.replace(b"\n", b"\r\n"))
    drop = {"event_id", "exhibit", "place"}
    assert [{k: v for k, v in row.items() if k not in drop} for row in plain] == [
        {k: v for k, v in row.items() if k not in drop} for row in carriage
    ]


def test_a_line_of_ten_megabytes_costs_that_field_only() -> None:
    long = "X-Long: " + "x" * 10_000_000 + "\n folded\n folded\n folded\n"
    coverage, sink = reading.read_bytes((TOP + RECEIVED + long + ALERT).encode(), "a.eml")
    assert (coverage.events, coverage.rejections) == (2, 1)
    assert (sink.rejections[0].place, sink.rejections[0].reason) == ("line:3", "header line of 10,000,009 bytes")
    assert sink.rows[-1]["action_text"] == "Security alert"


def test_lines_that_are_no_fields_are_refused_one_by_one_or_end_the_headers() -> None:
    coverage, sink = reading.read_bytes((TOP + "no field\n" + RECEIVED + ALERT).encode(), "a.eml")
    assert [item.place for item in sink.rejections] == ["line:2"]
    assert coverage.events == 2
    body = ALERT.rstrip("\n") + "\nText follows\nwithout an\nempty line\nX: y\n"
    _, sink = reading.read_bytes((TOP + RECEIVED + body).encode(), "a.eml")
    assert [(item.place, item.reason) for item in sink.rejections] == [
        ("line:6", "the header block ends here without an empty line")
    ]


def test_comments_nested_a_thousand_deep_cost_the_address_only() -> None:
    _, detail = message(TOP + RECEIVED + "To: " + "(a" * 5_000 + "\n" + ALERT)
    assert "to" not in detail
    assert detail["from"] == "no-reply@accounts.google.com"


def test_a_hostile_structure_costs_the_links_only() -> None:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(1500))
    _, detail = message(TOP + RECEIVED + ALERT[:-1] + nested)
    assert "RecursionError" in detail["link_note"] or "parts only" in detail["link_note"]
    links = read_links(io.BytesIO(b"A: b\n\n" + b"x" * BODY_LIMIT + b"http://late.example/"))
    assert links.hosts == ()
    assert "only" in links.note


@given(
    st.text(min_size=1, max_size=60).filter(
        lambda text: text.isprintable() and text == text.strip() and "=?" not in text
    )
)
@settings(max_examples=80, deadline=None)
def test_encoded_words_of_the_standard_library_come_back(text: str) -> None:
    written = Header(text, "utf-8").encode(linesep="\n")
    assert decode_words(" ".join(part.strip() for part in written.split("\n"))) == text


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_behind_a_header_are_accounted_for(noise: bytes) -> None:
    data = (TOP + RECEIVED).encode() + noise
    block = read_block(io.BytesIO(data))
    assert 0 < block.end <= block.body <= len(data)
    assert [item.line for item in block.fields] == sorted({item.line for item in block.fields})
    assert block.all("received")[0].line == 2


@given(st.text(max_size=120))
@settings(max_examples=150, deadline=None)
def test_any_authentication_result_is_read_without_error(text: str) -> None:
    flat = " ".join(text.split()) or "x"
    block = read_block(io.BytesIO(f"Authentication-Results: {flat}\n\n".encode("utf-8", "replace")))
    assert len(statements(block)) == len(block.all("authentication-results"))


def test_the_reason_names_the_signature_that_failed() -> None:
    mixed = (
        "Authentication-Results: mx.mail.example; dkim=neutral header.d=a.example; dkim=permerror"
        " header.d=accounts.google.com\n"
    )
    _, detail = message(TOP + mixed + RECEIVED + ALERT)
    assert detail["genuine"]["grade"] == CONTRADICTED
    assert "says dkim=permerror" in " ".join(detail["genuine"]["reasons"])


WEBMAIL = "Received: from webmail (localhost [127.0.0.1]) by mx.mail.example; Wed, 11 Mar 2020 01:00:00 +0000\n"


@pytest.mark.parametrize(
    ("headers", "address", "basis"),
    [
        (
            TOP + "X-Originating-IP: [203.0.113.47]\n" + WEBMAIL,
            "203.0.113.47",
            "X-Originating-IP, line 2, written inside",
        ),
        (TOP + "X-Originating-IP: [10.0.0.7]\n" + WEBMAIL, None, "no hop from outside"),
        (TOP + WEBMAIL + "X-Originating-IP: [203.0.113.47]\n", None, "no hop from outside"),
        ("X-Originating-IP: [203.0.113.47]\n" + WEBMAIL, None, "no hop from outside"),
        (TOP + "X-Originating-IP: [203.0.113.47]\n" + RECEIVED, "198.51.100.9", "the last hop from outside"),
        (TOP + RECEIVED.replace("[198.51.100.9]", ""), None, "the hop from outside (line 2) states no address"),
        (TOP + RECEIVED + OLDER, "198.51.100.9", "as seen by a server of the recipient's side"),
        (RECEIVED + OLDER, "198.51.100.9", "the topmost server, which nothing names"),
    ],
)
def test_the_address_of_a_message_is_chosen_for_a_stated_reason(headers: str, address: str | None, basis: str) -> None:
    row, detail = message(headers + "From: a@b.example\nSubject: plain\nMessage-ID: <1@b.example>\n\n")
    assert row["address"] == address
    assert basis in detail["address_basis"]


def test_internal_addresses_are_listed_apart_and_never_as_an_origin() -> None:
    inner = "Received: from x (x [2002:a05:6214:1::2]) by a.example; Wed, 11 Mar 2020 00:59:00 +0000\n"
    _, detail = message(TOP + RECEIVED + OLDER + inner + "X-Source-IP: 10.1.2.3\nX-Sender-IP: 203.0.113.99\n" + ALERT)
    assert [item["address"] for item in detail["claimed_origin"]] == ["203.0.113.47", "203.0.113.99"]
    assert [item["address"] for item in detail["internal_addresses"]] == ["2002:a05:6214:1::2", "10.1.2.3"]
    assert {item["note"].split(":")[0] for item in detail["claimed_origin"]} == {"outside"}


def test_a_client_header_above_the_boundary_was_written_inside() -> None:
    _, detail = message(TOP + "X-Originating-IP: [203.0.113.99]\n" + RECEIVED + ALERT)
    assert detail["claimed_origin"][0]["note"].startswith("inside: written above the hop from outside")


@pytest.mark.parametrize(
    ("address", "subject", "action"),
    [
        ("no-reply@accounts.google.com", "Kritische Sicherheitswarnung", Action.ALERT),
        ("no-reply@accounts.google.com", "Alerta de seguridad crítica", Action.ALERT),
        ("no-reply@accounts.google.com", "Сповіщення системи безпеки", Action.ALERT),
        ("no-reply@accounts.google.com", "2-Step Verification turned on", Action.TWO_FACTOR_CHANGED),
        ("no-reply@accounts.google.com", "Recovery email was changed for your account", Action.RECOVERY_CHANGED),
        ("no-reply@accounts.google.com", "Your Google verification code", Action.CODE_SENT),
        (
            "account-security-noreply@accountprotection.microsoft.com",
            "Microsoft account security info was added",
            Action.RECOVERY_CHANGED,
        ),
        (
            "account-security-noreply@accountprotection.microsoft.com",
            "Ungewöhnliche Anmeldeaktivität bei Ihrem Konto",
            Action.ALERT,
        ),
        ("appleid@id.apple.com", "Your Apple ID was used to sign in to iCloud via a web browser", Action.ALERT),
        ("appleid@id.apple.com", "Your Apple ID password has been reset", Action.PASSWORD_CHANGED),
        ("info@x.com", "Your X password has been changed", Action.PASSWORD_CHANGED),
        ("info@x.com", "We noticed a login to your account from a new device. Was this you?", Action.ALERT),
        ("security@facebookmail.com", "Ваш пароль изменён", Action.PASSWORD_CHANGED),
        ("security@mail.instagram.com", "Ihr Instagram-Passwort wurde geändert", Action.PASSWORD_CHANGED),
        ("noreply@telegram.org", "Your login code", Action.CODE_SENT),
    ],
)
def test_subjects_in_many_languages_are_read(address: str, subject: str, action: Action) -> None:
    found = mail_alerts.wording(Mailbox(name="", address=address), subject)
    assert found is not None
    assert (found.action, found.listed) == (action, True)


def test_exchange_online_names_no_server_in_its_result() -> None:
    hop = (
        "Received: from m.example (198.51.100.9) by A.eurprd05.prod.outlook.com (2001:db8::1)"
        " with Microsoft SMTP Server; Wed, 11 Mar 2020 01:00:00 +0000\n"
    )
    said = (
        "Authentication-Results: spf=pass (sender IP is 198.51.100.9) smtp.mailfrom=x.example; dkim=pass (signature was"
        " verified) header.d=accounts.google.com;dmarc=pass action=none header.from=accounts.google.com\n"
    )
    row, detail = message("Delivered-To: editor@outlook.com\n" + hop + said + ALERT)
    assert (row["action"], detail["genuine"]["grade"]) == ("alert", "vouched")
    assert "names no server" in " ".join(detail["genuine"]["reasons"])
    _, detail = message(TOP + RECEIVED + said + ALERT)  # another receiving server: an unnamed result is nobody's
    assert detail["genuine"]["grade"] == "unverifiable"
    _, detail = message("Delivered-To: editor@outlook.com\n" + hop + said.replace("=pass", "=none", 3) + said + ALERT)
    assert detail["genuine"]["grade"] == "unverifiable"  # only the topmost unnamed result counts


def test_a_forged_arc_result_of_the_receiving_provider_below_its_hop_does_not_count() -> None:
    arc = "ARC-Authentication-Results: i=9; mx.mail.example; dkim=pass header.d=accounts.google.com\n"
    assert message(TOP + arc + RECEIVED + ALERT)[1]["genuine"]["grade"] == "vouched"
    assert message(TOP + RECEIVED + arc + ALERT)[1]["genuine"]["grade"] == "unverifiable"


def test_a_provider_that_names_its_server_by_an_internal_address_is_known_by_the_hops_above() -> None:
    yahoo = (
        "X-Originating-Ip: [198.51.100.9]\nReceived-SPF: pass\n"
        "Authentication-Results: atlas-production.omega.yahoo.com; dkim=pass header.i=@accounts.google.com\n"
        "Received: from 127.0.0.1 by atlas-production.omega.yahoo.com with HTTPS; Wed, 11 Mar 2020 01:00:01 +0000\n"
        "Received: from 198.51.100.9 (EHLO m.example) by 10.253.238.94 with SMTPs; Wed, 11 Mar 2020 01:00:00 +0000\n"
    )
    row, detail = message(yahoo + ALERT)
    assert (row["action"], detail["genuine"]["grade"]) == ("alert", "vouched")
    assert detail["trust_boundary"]["address"] == "198.51.100.9"
    assert detail["claimed_origin"][0]["note"].startswith("inside")


def test_fields_of_an_exchange_organisation_name_its_servers() -> None:
    hop = "Received: from m.example (198.51.100.9) by a.prod.outlook.com; Wed, 11 Mar 2020 01:00:00 +0000\n"
    plain = "From: a@b.example\nSubject: s\nMessage-ID: <1@b.example>\n"
    _, detail = message(hop + plain + "X-MS-Exchange-Organization-AuthAs: Anonymous\n\n")
    assert detail["trust_boundary"]["trusted"] is True
    _, detail = message(RECEIVED + plain + "X-MS-Exchange-Organization-AuthAs: Internal\n\n")
    assert detail["trust_boundary"]["trusted"] == "unknown"
