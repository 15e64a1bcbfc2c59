"""Signatures verified offline with keys that the user supplies; keys are generated here."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from dkim.canonicalization import CanonicalizationPolicy
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import DataError
from forensics.ingest import all_formats, mail_dkim, mail_dkim_keys
from forensics.ingest.driver import read_member
from forensics.ingest.evidence import Told
from forensics.ingest.mail_dkim_keys import Key
from tests.ingest import reading

DOMAIN, SELECTOR = "accounts.google.com", "test2020"
NAME = f"{SELECTOR}._domainkey.{DOMAIN}"
BODY = b"Somebody signed in  to your account.\r\n\r\nFrom a new device.\r\n\r\n\r\n"
HEAD = (
    b"From: Google <no-reply@accounts.google.com>\r\nTo: editor@mail.example\r\nSubject: Security alert\r\n"
    b"Message-ID: <1@accounts.google.com>\r\nDate: Wed, 11 Mar 2020 01:00:00 +0000\r\n"
)
ROUTE = (
    b"Delivered-To: editor@mail.example\r\n"
    b"Received: from a.example (a.example [198.51.100.9]) by mx.mail.example; Wed, 11 Mar 2020 01:00:00 +0000\r\n"
)
RECEIVED = datetime(2020, 3, 11, 1, 0, tzinfo=UTC)
SIGNED_AT = int(RECEIVED.timestamp())


@cache
def private(name: str) -> rsa.RSAPrivateKey:
    assert name
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def record(name: str = "one") -> str:
    public = private(name).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def keys(text: str) -> dict[str, Key]:
    return {NAME: Key(name=NAME, record=text, retrieved_at="2020-03-01", source="keys.txt")}


def sign(message: bytes, policy: tuple[bytes, bytes] = (b"relaxed", b"relaxed"), **more: Any) -> bytes:
    pem = private("one").private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    header: bytes = dkim.sign(message, SELECTOR.encode(), DOMAIN.encode(), pem, canonicalize=policy, **more)
    return header + message


def by_hand(message: bytes, tags: str, signer: Any) -> bytes:
    """Sign with tags of our choice (``t=``, ``x=``, Ed25519), relaxed/relaxed, From, To and Subject."""
    headers, body = dkim.rfc822_parse(message)
    policy = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    digest = base64.b64encode(hashlib.sha256(policy.canonicalize_body(body)).digest()).decode()
    value = f" v=1; c=relaxed/relaxed; d={DOMAIN}; s={SELECTOR}; h=from:to:subject; bh={digest}; {tags}; b="
    chosen = dkim.select_headers(policy.canonicalize_headers(headers), [b"from", b"to", b"subject"])
    ((name, own),) = policy.canonicalize_headers([(b"DKIM-Signature", value.encode())])
    data = b"".join(field + b":" + text for field, text in chosen) + name + b":" + own.rstrip()
    return b"DKIM-Signature:" + value.encode() + base64.b64encode(signer(data)) + b"\r\n" + message


def rsa_signer(data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return private("one").sign(data, padding.PKCS1v15(), hashes.SHA256())


def result(message: bytes, text: str | None = None, received: datetime | None = RECEIVED) -> mail_dkim.Verified:
    (found,) = mail_dkim.verify(message, complete=True, keys=keys(text or record()), received=received)
    return found


@pytest.mark.parametrize("header", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
def test_both_canonical_forms_verify_with_both_line_ends(header: bytes, body: bytes) -> None:
    message = sign(HEAD + b"\r\n" + BODY, (header, body))
    assert result(message, received=None).result == mail_dkim.PASS
    assert result(message.replace(b"\r\n", b"\n"), received=None).result == mail_dkim.PASS
    assert result(message, received=None).key_source == "keys.txt, taken 2020-03-01"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"a new device", b"an old device"), "the body differs"),
        ((b"Security alert", b"Security allert"), "signed headers were changed"),
    ],
)
def test_a_changed_copy_does_not_verify_and_says_what_changed(change: tuple[bytes, bytes], reason: str) -> None:
    found = result(sign(HEAD + b"\r\n" + BODY).replace(*change), received=None)
    assert (found.result, reason in found.reason) == (mail_dkim.FAIL, True)


def test_a_rotated_key_is_told_from_a_changed_body() -> None:
    found = result(sign(HEAD + b"\r\n" + BODY), record("two"), None)
    assert found.result == mail_dkim.FAIL
    assert "the key of that day was another" in found.reason
    assert "withdraws" in result(sign(HEAD + b"\r\n" + BODY), "v=DKIM1; p=", None).reason


def test_a_signed_part_of_the_body_is_no_full_pass() -> None:
    message = sign(HEAD + b"\r\n" + BODY, length=True)
    assert result(message, received=None).result == mail_dkim.PASS
    found = result(message + b"http://evil.example/\r\n", received=None)
    assert found.result == mail_dkim.PARTIAL
    assert "bytes of the body are not signed (l=)" in found.reason


def test_a_second_from_field_on_top_is_no_full_pass() -> None:
    found = result(b"From: Bank <bank@accounts.google.com>\r\n" + sign(HEAD + b"\r\n" + BODY), received=None)
    assert found.result in {mail_dkim.PARTIAL, mail_dkim.FAIL}
    handmade = by_hand(HEAD + b"\r\n" + BODY, "a=rsa-sha256", rsa_signer)
    found = result(b"Subject: Other\r\n" + handmade, received=None)
    assert (found.result, found.reason) == (mail_dkim.PARTIAL, "of 2 Subject field(s) 1 are signed")


@pytest.mark.parametrize(
    ("tags", "expected", "reason"),
    [
        (f"a=rsa-sha256; t={SIGNED_AT - 60}; x={SIGNED_AT + 604_800}", mail_dkim.PASS, ""),
        (f"a=rsa-sha256; t={SIGNED_AT - 900_000}; x={SIGNED_AT - 604_800}", mail_dkim.FAIL, "had expired when"),
        (f"a=rsa-sha256; t={SIGNED_AT + 900_000}", mail_dkim.FAIL, "made after the message was received"),
        (f"a=rsa-sha256; t={SIGNED_AT}; x={SIGNED_AT - 1}", mail_dkim.FAIL, "expires before it was made"),
    ],
)
def test_the_period_is_held_against_the_time_of_receipt_not_today(tags: str, expected: str, reason: str) -> None:
    found = result(by_hand(HEAD + b"\r\n" + BODY, tags, rsa_signer))
    assert (found.result, reason in found.reason) == (expected, True)


def test_ed25519_signatures_verify() -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    text = f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"
    message = by_hand(HEAD + b"\r\n" + BODY, "a=ed25519-sha256", lambda data: key.sign(hashlib.sha256(data).digest()))
    assert result(message, text).result == mail_dkim.PASS
    assert result(message.replace(b"Security", b"Security "), text).result == mail_dkim.PASS  # relaxed
    assert result(message.replace(b"alert", b"alarm"), text).result == mail_dkim.FAIL
    assert "the supplied key is for rsa" in result(message, record()).reason


def test_short_keys_count_for_nothing() -> None:
    # A public modulus of 512 bits, made for this test; nobody holds its private part.
    number = rsa.RSAPublicNumbers(65_537, (1 << 511) + 187).public_key()
    der = number.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    found = result(by_hand(HEAD + b"\r\n" + BODY, "a=rsa-sha256", rsa_signer), f"p={base64.b64encode(der).decode()}")
    assert (found.result, "512 bits" in found.reason) == (mail_dkim.FAIL, True)


def test_a_mailbox_that_quotes_from_lines_still_verifies() -> None:
    message = sign(HEAD + b"\r\n" + BODY)
    assert result(message.replace(b"\r\nFrom a new", b"\r\n>From a new"), received=None).result == mail_dkim.PASS


def test_without_a_key_and_beyond_the_limit_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    message = sign(HEAD + b"\r\n" + BODY)
    (found,) = mail_dkim.verify(message, complete=True, keys={}, received=None)
    assert (found.result, found.domain, found.selector) == (mail_dkim.NO_KEY, DOMAIN, SELECTOR)
    (found,) = mail_dkim.verify(message, complete=False, keys=keys(record()), received=None)
    assert found.result == mail_dkim.NO_KEY
    monkeypatch.setattr(mail_dkim, "MESSAGE_LIMIT", 100)
    (found,) = mail_dkim.verify(message, complete=True, keys=keys(record()), received=None)
    assert (found.result, "larger than" in found.reason) == (mail_dkim.NO_KEY, True)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_in_a_signature_are_refused_without_error(noise: bytes) -> None:
    tags = b"DKIM-Signature: d=accounts.google.com; s=test2020; " + noise.replace(b"\n", b"") + b"\r\n"
    found = mail_dkim.verify(tags + HEAD + b"\r\n" + BODY, complete=True, keys=keys(record()), received=None)
    assert all(item.result != mail_dkim.PASS for item in found)


def read(message: bytes, text: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    evidence = reading.evidence_of(message, "alert.eml")
    if text:
        told = json.dumps({NAME: {"record": text, "retrieved_at": "2020-03-01", "source": "keys.txt"}})
        evidence = replace(evidence, told={mail_dkim_keys.TOLD: Told(value=told, source="examiner")})
    sink = reading.Collected()
    read_member(evidence, all_formats(), sink)
    row = next(row for row in sink.rows if row["place"].startswith("bytes:"))
    return row, json.loads(row["detail"])


def test_a_mail_verified_here_is_an_event_of_the_account() -> None:
    signed = by_hand(HEAD + b"\r\n" + BODY, f"a=rsa-sha256; t={SIGNED_AT}", rsa_signer)
    row, detail = read(ROUTE + signed, record())
    assert (row["action"], row["service"], detail["genuine"]["grade"]) == ("alert", "google", "verified")
    assert detail["dkim"] == [
        {
            "domain": DOMAIN,
            "selector": SELECTOR,
            "result": "pass",
            "aligned": True,
            "key_source": "keys.txt, taken 2020-03-01",
        }
    ]
    row, detail = read(ROUTE + signed)
    assert (row["action"], detail["genuine"]["grade"]) == ("mail_received", "unverifiable")
    assert detail["dkim"][0]["result"] == "not verifiable offline"


def test_a_copy_that_does_not_fit_its_signature_outweighs_the_word_of_the_provider() -> None:
    said = b"Authentication-Results: mx.mail.example; dkim=pass header.d=accounts.google.com\r\n"
    signed = by_hand(HEAD + b"\r\n" + BODY, "a=rsa-sha256", rsa_signer)
    vouched, _ = read(said + ROUTE + signed)
    assert vouched["action"] == "alert"
    row, detail = read(said + ROUTE + signed.replace(b"a new device", b"another device"), record())
    assert (row["action"], detail["genuine"]["grade"]) == ("mail_received", "unverifiable")
    assert "does not fit this copy" in " ".join(detail["genuine"]["reasons"])


@pytest.mark.parametrize(("sealer", "trusted"), [("google.com", True), ("forwarder.example", False)])
def test_arc_is_stated_and_trusted_only_where_the_receiver_or_the_seals_say_so(sealer: str, *, trusted: bool) -> None:
    chain = (
        b"ARC-Authentication-Results: i=1; mx.forwarder.example; dkim=pass header.d=accounts.google.com\r\n"
        b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=forwarder.example; s=x; b=AAAA\r\n"
    ).replace(b"d=forwarder.example", b"d=" + sealer.encode())
    said = b"Authentication-Results: mx.mail.example; dkim=fail header.d=accounts.google.com; dmarc=fail%s\r\n"
    row, detail = read(said % b"" + ROUTE + chain + HEAD + b"\r\n" + BODY)
    assert (row["action"], detail["genuine"]["grade"]) == ("mail_received", "contradicted")
    assert detail["arc"]["receiver_says"] == "nothing"
    row, detail = read(said % b"; arc=pass" + ROUTE + chain + HEAD + b"\r\n" + BODY)
    expected = ("alert", "vouched") if trusted else ("mail_received", "contradicted")  # anybody can seal
    assert (row["action"], detail["genuine"]["grade"]) == expected
    assert detail["arc"]["chain"] == [{"instance": 1, "authority": "mx.forwarder.example"}]


@pytest.mark.parametrize(
    "text",
    [
        f'{NAME}. 300 IN TXT "v=DKIM1; k=rsa; " "p=AAAA"\n# comment\n',
        f"{NAME.upper()} v=DKIM1; k=rsa; p=AAAA",
        f'[[key]]\nname = "{NAME}"\nrecord = "v=DKIM1; k=rsa; p=AAAA"\nretrieved_at = 2020-03-01\n',
    ],
)
def test_keys_are_read_from_zone_lines_and_toml(text: str) -> None:
    found = mail_dkim_keys.told_keys(mail_dkim_keys.parse(text.encode(), "keys"))
    assert (list(found), found[NAME].record) == ([NAME], "v=DKIM1; k=rsa; p=AAAA")


@pytest.mark.parametrize(
    "text", ["", "one word", "accounts.google.com p=AAAA", f"{NAME} v=DKIM1", "[[key]]\nname=1", "[[key]]\n="]
)
def test_a_key_file_that_is_none_says_how_to_write_one(text: str) -> None:
    with pytest.raises(DataError) as caught:
        mail_dkim_keys.parse(text.encode(), "keys.txt")
    assert "_domainkey" in str(caught.value.hint)


def sealed(message: bytes) -> bytes:
    """Put one ARC set of google.com on top of a message (RFC 8617, instance 1)."""
    policy = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    headers, body = dkim.rfc822_parse(message)
    results = b" i=1; mx.forwarder.example; dkim=pass header.d=accounts.google.com\r\n"
    digest = base64.b64encode(hashlib.sha256(policy.canonicalize_body(body)).digest())
    tags = b" i=1; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=x; h=from:subject; bh=" + digest + b"; b="
    chosen = dkim.select_headers(policy.canonicalize_headers(headers), [b"from", b"subject"])
    signed = b"".join(name + b":" + value for name, value in chosen)
    ((_, own),) = policy.canonicalize_headers([(b"arc-message-signature", tags)])
    signature = tags + base64.b64encode(rsa_signer(signed + b"arc-message-signature:" + own.rstrip())) + b"\r\n"
    seal = b" i=1; a=rsa-sha256; cv=none; d=google.com; s=x; b="
    parts = [(b"arc-authentication-results", results), (b"arc-message-signature", signature), (b"arc-seal", seal)]
    data = b"".join(name + b":" + value for name, value in policy.canonicalize_headers(parts)).rstrip()
    seal += base64.b64encode(rsa_signer(data)) + b"\r\n"
    return (
        b"ARC-Seal:" + seal + b"ARC-Message-Signature:" + signature + b"ARC-Authentication-Results:" + results + message
    )


def test_seals_verify_here_with_supplied_keys() -> None:
    name = "x._domainkey.google.com"
    known = {name: Key(name=name, record=record(), source="keys.txt")}
    message = sealed(HEAD + b"\r\n" + BODY)
    assert mail_dkim.verify_arc(message, known) == "pass"
    assert mail_dkim.verify_arc(message.replace(b"dkim=pass", b"dkim=none"), known) == "fail"
    assert mail_dkim.verify_arc(message, keys(record())) == ""


def test_a_chain_whose_seals_verify_here_vouches_where_the_receiver_found_no_signature() -> None:
    said = b"Authentication-Results: mx.mail.example; dkim=fail header.d=accounts.google.com\r\n"
    message = said + ROUTE + sealed(HEAD + b"\r\n" + BODY)
    told = json.dumps({"x._domainkey.google.com": {"record": record(), "retrieved_at": "", "source": "keys.txt"}})
    assert read(message)[1]["genuine"]["grade"] == "contradicted"
    evidence = reading.evidence_of(message, "alert.eml")
    evidence = replace(evidence, told={mail_dkim_keys.TOLD: Told(value=told, source="examiner")})
    sink = reading.Collected()
    read_member(evidence, all_formats(), sink)
    detail = json.loads(sink.rows[-1]["detail"])
    assert (detail["arc"]["verified_here"], detail["genuine"]["grade"]) == ("pass", "vouched")
    assert "the seals verify with the supplied keys" in detail["genuine"]["reasons"][0]
