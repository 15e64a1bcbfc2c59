"""Authentication results as providers write them: one field for each method, without a name, with a name in the way."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from forensics.ingest.mail_authentication import CONTRADICTED, UNVERIFIABLE, VOUCHED, statements
from forensics.ingest.mail_headers import read_block
from tests.ingest.reading import read_bytes

HOP = "Received: from m.bank.example (m.bank.example [203.0.113.9]) by {by}; Fri, 06 Mar 2020 06:00:05 +0000\n"
OLDER = "Received: from b.example (b.example [203.0.113.47]) by m.bank.example; Fri, 06 Mar 2020 06:00:01 +0000\n"
MAIL = "From: Bank <a@bank.example>\nSubject: s\nMessage-ID: <1@bank.example>\n\nhello\n"


def detail(headers: str) -> dict[str, Any]:
    rows = read_bytes((headers + MAIL).encode(), "message.eml")[1].rows
    found: dict[str, Any] = json.loads(next(row["detail"] for row in rows if row["place"].startswith("bytes:")))
    return found


def results(value: str) -> list[tuple[str, str]]:
    block = read_block(io.BytesIO(f"Authentication-Results: {value}\n\n".encode()))
    return [(item.method, item.result) for item in statements(block)[0].results]


APPLE = (
    'Authentication-Results: bimi.icloud.com; bimi=skipped reason="insufficient dmarc"\n'
    "Authentication-Results: arc.icloud.com; arc=none\n"
    "Authentication-Results: dmarc.icloud.com; dmarc={dmarc} header.from=bank.example\n"
    "Authentication-Results: dkim-verifier.icloud.com; dkim=pass (2048-bit key) header.d=esp.example\n"
    "Authentication-Results: dkim-verifier.icloud.com; dkim={dkim} (2048-bit key) header.d=bank.example\n"
    "Authentication-Results: spf.icloud.com; spf=pass smtp.mailfrom=a@bank.example\n"
)


@pytest.mark.parametrize(
    ("dmarc", "dkim", "grade"),
    [
        ("pass", "pass", VOUCHED),
        ("none", "pass", VOUCHED),
        ("fail", "pass", CONTRADICTED),
    ],
)
def test_apple_says_each_method_in_a_field_of_its_own(dmarc: str, dkim: str, grade: str) -> None:
    """Below its own Received line, with what was looked up last on top; only the topmost, BIMI, would say nothing."""
    written = HOP.format(by="st43p00im-1.me.com") + APPLE.format(dmarc=dmarc, dkim=dkim) + OLDER
    genuine = detail("Delivered-To: x@icloud.com\n" + written)["genuine"]
    assert genuine["grade"] == grade
    assert "icloud.com says" in genuine["reasons"][0]
    assert "bimi" not in genuine["reasons"][0]


@pytest.mark.parametrize(("order", "grade"), [((0, 1, 2), VOUCHED), ((2, 1, 0), VOUCHED)])
def test_filters_of_a_server_write_one_field_each_above_its_own_hop(order: tuple[int, ...], grade: str) -> None:
    each = (
        "Authentication-Results: mx.mail.example; dmarc=none header.from=bank.example\n",
        "Authentication-Results: mx.mail.example; spf=pass smtp.mailfrom=bank.example\n",
        "Authentication-Results: mx.mail.example; dkim=pass header.d=bank.example\n",
    )
    above = "".join(each[at] for at in order)
    assert (
        detail("Delivered-To: x@mail.example\n" + above + HOP.format(by="mx.mail.example"))["genuine"]["grade"] == grade
    )


def test_a_result_that_came_with_the_message_is_not_joined_to_the_servers_own() -> None:
    """A server that writes SPF alone may leave a forged field under its own name in the message."""
    own = "Authentication-Results: mx.mail.example; spf=fail smtp.mailfrom=bank.example\n"
    forged = "Authentication-Results: mx.mail.example; dkim=pass header.d=bank.example\n"
    found = detail("Delivered-To: x@mail.example\n" + HOP.format(by="mx.mail.example") + own + forged + OLDER)
    assert found["genuine"]["grade"] == UNVERIFIABLE


def test_a_stranger_behind_a_proxy_vouches_for_nobody() -> None:
    """A mail server in a container sees its proxy; what stands below its hop came from the sender's server."""
    found = detail(
        "Delivered-To: x@mail.example\n"
        "Received: from mail.evil.example (unknown [172.22.1.1]) by mx.mail.example; Fri, 06 Mar 2020 06:00:05 +0000\n"
        "Authentication-Results: mail.evil.example; dkim=pass header.d=bank.example\n"
        "Received: from m.bank.example ([203.0.113.50]) by mail.evil.example; Fri, 06 Mar 2020 06:00:01 +0000\n"
    )
    assert found["genuine"]["grade"] == UNVERIFIABLE
    assert found["address_basis"].startswith("none: mx.mail.example (line 2) saw an address of its own network only")
    assert [item["address"] for item in found["claimed_origin"]] == ["203.0.113.50"]


YAHOO = "mta1.mail.ne1.yahoo.com  from=bank.example; domainkeys=neutral (no sig);  from=bank.example; dkim={dkim}"


def test_yahoo_until_2017_names_itself_and_not_the_signer() -> None:
    assert results(YAHOO.format(dkim="pass (ok)")) == [("domainkeys", "neutral"), ("dkim", "pass")]
    top = f"Authentication-Results: {YAHOO.format(dkim='pass (ok)')}\n" + HOP.format(by="mta1.mail.ne1.yahoo.com")
    found = detail(top)
    assert found["authentication_results"][0]["authority"] == "mta1.mail.ne1.yahoo.com"
    assert found["trust_boundary"]["trusted"] is True
    assert found["genuine"]["grade"] == UNVERIFIABLE, "a pass of nobody is neither for nor against the sender"


@pytest.mark.parametrize(
    ("value", "authority", "expected"),
    [
        ("mx.mail.example 1; none", "mx.mail.example", []),
        (
            '"mx.mail.example"; dkim=pass (2048-bit key; secure) header.d=bank.example',
            "mx.mail.example",
            [("dkim", "pass")],
        ),
        (
            "mx19; spf=pass smtp.mail=a@b.example; dkim= pass header.i=@bank.example",
            "mx19",
            [("spf", "pass"), ("dkim", "pass")],
        ),
        (
            "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=b.example; y.example; dkim=none;compauth=pass reason=100",
            "",
            [("spf", "pass"), ("dkim", "none"), ("compauth", "pass")],
        ),
        (
            "mx.mail.example; dmarc=pass(p=NONE,sp=QUARANTINE) header.from=bank.example",
            "mx.mail.example",
            [("dmarc", "pass")],
        ),
    ],
)
def test_spellings_of_results(value: str, authority: str, expected: list[tuple[str, str]]) -> None:
    block = read_block(io.BytesIO(f"Authentication-Results: {value}\n\n".encode()))
    assert (statements(block)[0].authority, results(value)) == (authority, expected)


def test_mail_ru_writes_a_whole_address_in_header_from() -> None:
    said = "Authentication-Results: mxs.mail.ru; dkim=none; dmarc=pass header.from=a@bank.example\n"
    found = detail("Delivered-To: x@mail.ru\n" + said + HOP.format(by="mx296.m.smailru.net"))
    assert found["genuine"]["grade"] == VOUCHED


def test_a_message_without_a_readable_sender_is_not_contradicted_by_a_signature() -> None:
    """There is no domain that the signature could fail to speak for."""
    said = "Authentication-Results: mx.mail.example; dkim=pass header.d=bank.example\n"
    headers = "Delivered-To: x@mail.example\n" + said + HOP.format(by="mx.mail.example")
    rows = read_bytes((headers + MAIL.replace("<a@bank.example>", "")).encode(), "message.eml")[1].rows
    found = json.loads(next(row["detail"] for row in rows if row["place"].startswith("bytes:")))
    assert found["genuine"]["grade"] == UNVERIFIABLE


ONLINE = (
    "Authentication-Results: spf=fail (sender IP is 192.0.2.5) smtp.mailfrom=bank.example; y.example; dkim=fail (body hash did"
    " not verify) header.d=bank.example; dmarc=fail action=none header.from=bank.example;compauth={compauth}\n"
    "Received: from {peer} (192.0.2.5) by DB1.mail.protection.outlook.com (10.1.1.1) with Microsoft SMTP Server id 15.20.1;"
    " Fri, 06 Mar 2020 06:00:05 +0000\n" + OLDER
)


@pytest.mark.parametrize(
    ("peer", "compauth", "grade"),
    [
        ("m.evil.example", "fail reason=001", CONTRADICTED),
        ("m.evil.example", "none reason=405", CONTRADICTED),
        ("m.list.example", "pass reason=130", UNVERIFIABLE),  # overruled by Exchange Online itself (ARC)
        ("mx0a-00.pphosted.com", "none reason=405", UNVERIFIABLE),
    ],
)
def test_failures_behind_a_filter_service_do_not_count_against_the_sender(peer: str, compauth: str, grade: str) -> None:
    """The recipient's own filter rewrites links and hands on from its own address: true messages fail as well."""
    found = detail(ONLINE.format(peer=peer, compauth=compauth))
    assert found["genuine"]["grade"] == grade
    assert ("filters mail" in found["address_basis"]) is (peer == "mx0a-00.pphosted.com")


def test_a_filter_service_is_known_by_its_looked_up_name_where_there_is_one() -> None:
    """Anybody can call himself so."""
    hop = "Received: from mx0a-00.pphosted.com (evil.example [203.0.113.9]) by mx.mail.example; Fri, 06 Mar 2020 06:00:05 +0000\n"
    said = "Authentication-Results: mx.mail.example; dmarc=fail header.from=bank.example\n"
    assert detail("Delivered-To: x@mail.example\n" + said + hop)["genuine"]["grade"] == CONTRADICTED


@pytest.mark.parametrize(
    "value",
    [
        'mx.mail.example; spf=pass (mx: domain of "x); dkim=pass header.d=bank.example; y=z ("@evil.example) smtp.helo=a',
        r"mx.mail.example; spf=pass (mx: domain of x\); dkim=pass header.d=bank.example; y=z \(@evil.example) smtp.helo=a",
        'mx.mail.example; spf=pass smtp.mailfrom="x; dkim=pass header.d=bank.example; "@evil.example',
    ],
)
def test_a_sender_cannot_write_results_into_the_text_that_repeats_his_address(value: str) -> None:
    """RFC 8601 section 7.1: a local part of the sender's choice stands in comments and in quotation marks."""
    assert "dkim" not in {method for method, _ in results(value)}
    said = f"Authentication-Results: {value}\n"
    assert (
        detail("Delivered-To: x@mail.example\n" + said + HOP.format(by="mx.mail.example"))["genuine"]["grade"]
        == UNVERIFIABLE
    )


@pytest.mark.parametrize(
    ("by", "to", "authority", "grade"),
    [
        ("in34.mail.hoster.example", "x@own.example", "in34.mail.hoster.example", VOUCHED),
        ("mtain-08.mx.hoster.example", "x@own.example", "mx.hoster.example", VOUCHED),
        ("in34.mail.hoster.example", "x@own.example", "vps7.hoster.example", UNVERIFIABLE),
        ("mx1.own.example", "x@own.example", "filter.own.example", VOUCHED),
        ("mx1.isp.example", "x@isp.example", "p5483b7c0.dip.isp.example", UNVERIFIABLE),
    ],
)
def test_a_result_below_the_own_hop_counts_under_the_servers_own_name(
    by: str, to: str, authority: str, grade: str
) -> None:
    """Customers of a provider bear its name; a server removes from what comes in only what bears its own."""
    said = f"Authentication-Results: {authority}; dkim=pass header.d=bank.example\n"
    assert detail(f"Delivered-To: {to}\n" + HOP.format(by=by) + said + OLDER)["genuine"]["grade"] == grade


@pytest.mark.parametrize(
    ("said", "grade"),
    [
        ("dkim=fail header.d=bank.example; spf=none smtp.mailfrom=bank.example", CONTRADICTED),
        ("dkim=fail header.d=list.example; spf=none smtp.mailfrom=list.example", UNVERIFIABLE),
        ("dkim=pass header.d=esp.example; spf=pass smtp.mailfrom=a@esp.example", CONTRADICTED),
        ("dkim=pass header.d=esp.example; spf=pass smtp.mailfrom=a@bounce.bank.example", UNVERIFIABLE),
        ("dkim=fail header.d=bank.example; spf=pass smtp.mail=a@bank.example", UNVERIFIABLE),
        (
            "dkim=pass header.d=esp.example; spf=pass smtp.mailfrom=a@bank.example; dmarc=fail header.from=bank.example",
            CONTRADICTED,
        ),
    ],
)
def test_what_speaks_against_the_sender(said: str, grade: str) -> None:
    """A broken signature of somebody else says nothing of him (RFC 6376 section 6.3); nor do signatures where SPF is his."""
    top = f"Delivered-To: x@mail.example\nAuthentication-Results: mx.mail.example; {said}\n"
    assert detail(top + HOP.format(by="mx.mail.example"))["genuine"]["grade"] == grade
