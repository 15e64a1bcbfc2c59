"""Received chains: the grammar of a hop, dates, and where trust ends."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.fields import FieldError
from forensics.ingest.mail_dates import mail_date
from forensics.ingest.mail_headers import HeaderField, read_block
from forensics.ingest.mail_hops import Hop, read_hop
from forensics.ingest.mail_networks import is_internal, same_side, site_of
from forensics.ingest.mail_route import Route, read_route

DATE = "; Fri, 06 Mar 2020 06:00:00 +0000"


def hop(text: str) -> Hop:
    return read_hop(HeaderField(name="Received", value=text, line=1))


def route(headers: str) -> Route:
    block = read_block(io.BytesIO(headers.encode()))
    return read_route(block, tuple(read_hop(item) for item in block.all("received")), [])


@pytest.mark.parametrize(
    ("text", "address", "helo"),
    [
        (
            "from m.example (m.example. [192.0.2.1]) by x with SMTPS id a2.2023.12.14.06.48.20 (Transport Security)",
            "192.0.2.1",
            "m.example",
        ),
        (
            "from a.example (192.0.2.9) by b (10.0.0.1) with Microsoft SMTP Server id 15.1.225.42",
            "192.0.2.9",
            "a.example",
        ),
        ("by b.example (10.0.0.1) with Microsoft SMTP Server id 15.1.225.42", None, ""),
        (
            "from ?IPv6:::ffff:192.168.1.2? (unknown [203.0.113.5]) by x",
            "203.0.113.5",
            "?IPv6:::ffff:192.168.1.2?",
        ),
        ("from [192.0.2.8] (port=4432 helo=[10.0.0.3]) by x with esmtp", "192.0.2.8", "[10.0.0.3]"),
        ("from r.example ([192.0.2.8]:4432 helo=10.1.1.1) by x with esmtp", "192.0.2.8", "10.1.1.1"),
        ("from 192.0.2.8 (EHLO y.example) (198.51.100.3) by x with SMTP", "198.51.100.3", "y.example"),
        ("from unknown (HELO 10.9.8.7) (ident@203.0.113.9) by 0 with SMTP", "203.0.113.9", "10.9.8.7"),
        (
            "from [10.0.0.2] (unknown [203.0.113.9]) (using TLSv1.2 with cipher X (256/256 bits)) by x",
            "203.0.113.9",
            None,
        ),
        ("from unknown (HELO pc) (e@mail.example@203.0.113.9) by 0 with SMTP", "203.0.113.9", "pc"),  # qmail, logged in
        ("from [203.0.113.9] by web1.mail.ne1.example via HTTP", "203.0.113.9", None),  # Yahoo's web mail until 2016
        (
            "from [203.0.113.9] by web-mail.example (app-bs01.lan [172.19.170.50]) (via HTTP)",
            "203.0.113.9",
            None,
        ),  # GMX
        ("from h.example (h.example [IPv6:2001:db8::1]) by x", "2001:db8::1", "h.example"),
        ("from h.example ([::ffff:192.0.2.7]) by x", "192.0.2.7", "h.example"),
        ("from 203.0.113.5 (SquirrelMail authenticated user foo) by x with HTTP", "203.0.113.5", "203.0.113.5"),
        ("from 203.0.113.5 by x with SMTP", None, "203.0.113.5"),
        ("(from daemon@localhost) by x (8.9.3/8.9.3) id RAA1", None, ""),
    ],
)
def test_an_address_comes_from_the_connection_only(text: str, address: str | None, helo: str | None) -> None:
    found = hop(text + DATE)
    assert found.peer.address == address
    assert helo is None or found.claimed == helo
    assert found.when.utc == datetime(2020, 3, 6, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "address", "port", "helo", "sender"),
    [
        ("from pc [203.0.113.9] by x [192.0.2.9] with SMTP (MDaemon.PRO.v5.0.6.R)", "203.0.113.9", None, "pc", ""),
        ("from pop.example [203.0.113.9] by y with POP3 (fetchmail-6.3.26)", "203.0.113.9", None, "pop.example", ""),
        (
            "from dsl.example (EHLO pc) [203.0.113.9] by mail.gmx.example (mp010) with SMTP",
            "203.0.113.9",
            None,
            "pc",
            "",
        ),
        (
            "from unknown [203.0.113.9] (EHLO m.example) by x (mxl_mta-6.9.0-3) with ESMTP",
            "203.0.113.9",
            None,
            "m.example",
            "",
        ),
        (
            "from l.example (203.0.113.9:23198) by x (192.0.2.1:25) with [XMail 1.20 ESMTP Server]",
            "203.0.113.9",
            23198,
            "l.example",
            "",
        ),
        (
            "from [10.0.0.9] ([203.0.113.9:1234]) by x (ecelerity 4.2.1.55028 r(Core)) with ESMTP",
            "203.0.113.9",
            1234,
            "[10.0.0.9]",
            "",
        ),
        ("from m.example (?dXqpg3b0/YKDD3rQ1?@203.0.113.9) by x with SMTP", "203.0.113.9", None, "m.example", ""),
        ("from [203.0.113.9] (ident=mail) by web.mail.example with local", "203.0.113.9", None, "[203.0.113.9]", ""),
        (
            "from [203.0.113.9] by x with esmtpsa (TLS1.3:X:256) (Exim 4.96) (envelope-from <a@b.example>)",
            "203.0.113.9",
            None,
            None,
            "",
        ),
        ("from 203.0.113.9 by bay1-dav1.phx.gbl with DAV", "203.0.113.9", None, None, ""),
        ("from [203.0.113.9] by n8.bullet.mail.example with NNFMP", "203.0.113.9", None, None, ""),
        (
            "from 203.0.113.9 (proxying for 198.51.100.7) (SquirrelMail authenticated user bob) by x with HTTP",
            "203.0.113.9",
            None,
            None,
            "bob",
        ),
        (
            "from pc (h.example [203.0.113.9]) (AUTH: LOGIN bob@b.example, SSL: TLSv1/SSLv3) by x with ESMTPSA",
            "203.0.113.9",
            None,
            "pc",
            "bob@b.example",
        ),
        (
            "from [203.0.113.9] (account bob@b.example HELO [10.0.0.5]) by x (CommuniGate Pro SMTP 6.1.2)",
            "203.0.113.9",
            None,
            "[10.0.0.5]",
            "bob@b.example",
        ),
        ("from pc (203.0.113.9) by x (7.0.030.2) (authenticated as bob)", "203.0.113.9", None, "pc", ""),
        ("from [203.0.113.9] by x with SMTP", None, None, "[203.0.113.9]", ""),
        ("from mta.example ([unix socket]) by x (Cyrus 2.4.17) with LMTPA", None, None, "mta.example", ""),
    ],
)
def test_spellings_of_servers_in_the_world(
    text: str, address: str | None, port: int | None, helo: str | None, sender: str
) -> None:
    """The shapes that SpamAssassin's parser of Received documents, and what each server means by them."""
    found = hop(text + DATE)
    assert (found.peer.address, found.peer.port, found.sender) == (address, port, sender)
    assert helo is None or found.claimed == helo


@pytest.mark.parametrize(
    "name", ["x([203.0.113.99])", "(203.0.113.99)", "x)(y[203.0.113.99]", "\\\\([203.0.113.99]\\\\)"]
)
@pytest.mark.parametrize("seen", ["(h.example [203.0.113.9])", "([203.0.113.9])", "(203.0.113.9) (using TLSv1.3)"])
def test_parentheses_in_the_peers_own_name_are_no_comment_of_the_server(name: str, seen: str) -> None:
    """Some servers write any HELO as it came; the address behind it is the one that they saw."""
    found = hop(f"from {name} {seen} by mx.example with ESMTP{DATE}")
    assert (found.peer.address, found.by) == ("203.0.113.9", "mx.example")
    assert hop(f"from host.example(203.0.113.9) by x via smap (V1.3){DATE}").peer.address == "203.0.113.9"
    assert hop(f"from host.example(203.0.113.9) (using TLSv1.3) by x{DATE}").peer.address == "203.0.113.9"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("by ms1.example (Oracle Communications Messaging Server 8.1.0.2 64bit (built Apr 24 2023)) with ESMTPS", ""),
        ("by mx.example (mxeue003 [192.0.2.41]) with ESMTPS (Nemesis)", "192.0.2.41"),
        ("by mx.example [192.0.2.42] with SMTP", "192.0.2.42"),
        ("by mx.example (192.0.2.43:25) with [XMail 1.20 ESMTP Server]", "192.0.2.43"),
        ("by ex1.example ([fe80::1:2%12]) with mapi", "fe80::1:2"),
    ],
)
def test_a_version_with_four_numbers_is_not_the_servers_own_address(text: str, own: str) -> None:
    assert hop(f"from a.example ([203.0.113.9]) {text} id 1{DATE}").by_address == own


def test_courier_writes_its_id_behind_the_date_and_xmail_the_sender_behind_the_recipient() -> None:
    courier = hop(
        "from a.example ([::ffff:203.0.113.9]) by x with esmtp; Fri, 06 Mar 2020 07:00:00 +0100 id 00A.51AD.01"
    )
    assert courier.when.utc == datetime(2020, 3, 6, 6, 0, tzinfo=UTC)
    xmail = hop(
        "from a.example ([203.0.113.9]) by x with [XMail] id <S7> for <to@b.example> from <bob@c.example>" + DATE
    )
    assert xmail.recipient == "to@b.example"


def test_an_address_in_the_place_of_a_looked_up_name_is_no_name() -> None:
    """As Zoho writes a peer without a name."""
    found = hop("from pc (203.0.113.9 [203.0.113.9]) by mx.mail.example with SMTPS" + DATE)
    assert (found.peer.address, found.reverse, found.claimed) == ("203.0.113.9", "", "pc")


def test_parts_of_a_hop_that_are_no_address_are_kept() -> None:
    found = hop(
        "from [10.0.0.2] (h.example [203.0.113.9]:25) (Authenticated sender: x@y.example)"
        " by s.example (Postfix) with ESMTPSA id A1 for <to@mail.example>" + DATE
    )
    assert (found.reverse, found.peer.port, found.sender) == ("h.example", 25, "x@y.example")
    assert (found.by, found.protocol, found.id, found.recipient) == ("s.example", "ESMTPSA", "A1", "to@mail.example")


@pytest.mark.parametrize(
    ("text", "utc", "note"),
    [
        ("2020-06-17 16:39:24.757045452 +0000 UTC m=+3.49", (2020, 6, 17, 16, 39, 24, 757045), "without the form"),
        ("Fri, 20 Apr 2001 14:34:46 -0700 (PDT)", (2001, 4, 20, 21, 34, 46), ""),
        ("Fri, 20 Apr 2001 21:34:46 +0000 (a (nested) comment)", (2001, 4, 20, 21, 34, 46), ""),
        ("Fri, 20 Apr 2001 21:34:46 -0000", (2001, 4, 20, 21, 34, 46), "-0000"),
        ("Fri,\t 20 Apr 2001 21:34:46 GMT", (2001, 4, 20, 21, 34, 46), ""),
        ("20 Apr 01 17:34 EDT", (2001, 4, 20, 21, 34), ""),
        ("Mon, 20 Apr 2001 21:34:46 +0000", (2001, 4, 20, 21, 34, 46), "day of the week"),
        ("Fri, 20 Apr 2001 23:34:46 GMT+0200", (2001, 4, 20, 21, 34, 46), ""),
        ("Fri, 20 Apr 2001 23:34:46 +02:00", (2001, 4, 20, 21, 34, 46), ""),
        ("Fri Apr 20 14:34:46 2001 -0700", (2001, 4, 20, 21, 34, 46), ""),
        ("Fri Apr 20 17:34:46 EDT 2001", (2001, 4, 20, 21, 34, 46), ""),
        ("Fri Apr 20 17:34:46 2001", None, "no zone"),
        ("Fri, 20 Apr 2001 21:34:46 AZT", None, "zone"),
        ("Fri, 20 Apr 2001 21:34:46", None, "no zone"),
        ("Fri, 31 Apr 2001 21:34:46 +0000", None, "calendar"),
        ("Fri, 20 Avr 2001 21:34:46 +0000", None, "month"),
        ("yesterday", None, "known spelling"),
    ],
)
def test_dates_are_read_or_refused_with_a_reason(text: str, utc: tuple[int, ...] | None, note: str) -> None:
    moment, said = mail_date(text)
    assert moment.utc == (None if utc is None else datetime(*utc, tzinfo=UTC))  # type: ignore[misc, arg-type]
    assert (note in said) if note else said == ""
    assert moment.text == text.strip()


def test_a_date_without_semicolon_is_found_behind_the_queue_id() -> None:
    found = hop("by filter.example with SMTP id f1-5E.0 2020-06-17 16:39:24.757045452 +0000 UTC m=+349867.49")
    assert found.when.utc == datetime(2020, 6, 17, 16, 39, 24, 757045, tzinfo=UTC)
    assert found.id == "f1-5E.0"
    taken = hop(
        "from pc (unknown [203.0.113.9]) by in.example (SG) with ESMTP id kX Tue, 01 Mar 2022 13:31:57.123 +0000 (UTC)"
    )
    assert (taken.when.utc, taken.id) == (datetime(2022, 3, 1, 13, 31, 57, tzinfo=UTC), "kX")


OUTSIDE = "Received: from a.example (a.example [203.0.113.5]) by mx.mail.example; Fri, 06 Mar 2020 06:00:03 +0000\n"
FORGED = "Received: from good.example (good.example [192.0.2.1]) by mx.mail.example; Fri, 06 Mar 2020 06:00:20 +0000\n"


def test_a_forged_hop_below_the_boundary_never_moves_it() -> None:
    found = route("Delivered-To: editor@mail.example\n" + OUTSIDE + FORGED + "\n")
    assert found.boundary_hop is not None
    assert found.boundary_hop.peer.address == "203.0.113.5"
    assert [found.trust(index)[0] for index in (0, 1)] == [True, False]
    assert "forged" in found.trust(1)[1]


def test_hops_inside_the_recipients_network_are_passed_over() -> None:
    inner = (
        "Received: from pop.mail.example (pop.mail.example [198.51.100.1]) by laptop with POP3; 6 Mar 2020 06:00:09 Z\n"
        "Received: by 2002:a05:1::2 with SMTP id 1; Fri, 06 Mar 2020 06:00:08 +0000\n"
        "Received: from localhost (localhost [127.0.0.1]) by mx.mail.example; Fri, 06 Mar 2020 06:00:04 +0000\n"
    )
    found = route("Delivered-To: editor@mail.example\n" + inner + OUTSIDE + FORGED + "\n")
    assert (found.boundary, found.number(0), found.number(4)) == (3, 5, 1)
    assert found.named_by == "the message was delivered to editor@mail.example"


def test_without_a_named_server_the_topmost_hop_from_outside_is_taken_and_called_unknown() -> None:
    found = route(OUTSIDE + FORGED + "\n")
    assert found.boundary == 0
    assert found.trust(0)[0] == "unknown"


def test_a_recipient_that_came_with_the_message_names_nobody() -> None:
    found = route(OUTSIDE + "Delivered-To: editor@mail.example\n\n")
    assert (found.recipient, found.named_by) == ("", "")


PROXIED = (
    "Received: from mail.evil.example (unknown [172.22.1.1]) by {by} with ESMTPS id 1; Fri, 06 Mar 2020 06:00:05 +0000\n"
    "Received: from good.example (good.example [203.0.113.50]) by {next} with ESMTP id 2; Fri, 06 Mar 2020 06:00:02 +0000\n\n"
)


def test_a_server_behind_a_proxy_never_hands_the_border_to_a_stranger() -> None:
    """Mail servers in containers see the address of their proxy; the next hop is then the sender's, and forgeable."""
    found = route(
        "Delivered-To: editor@mail.example\n" + PROXIED.format(by="mx.mail.example", next="mail.evil.example")
    )
    assert found.boundary == 0
    assert found.servers == ("mx.mail.example",)


@pytest.mark.parametrize(
    ("by", "following", "trusted"),
    [
        ("mx.mail.example", "gate.mail.example", True),  # one site
        ("store.hoster.example", "mx.mail.example", True),  # the recipient's domain
        ("mx.mail.example", "localhost", True),  # a filter on the same host
        ("ex1.corp.local", "mx.mail.example", True),  # Exchange behind the gateway of the recipient's domain
        ("3f2a1b", "mail.evil.example", "unknown"),  # a container without a name: who wrote the next hop is not known
    ],
)
def test_inner_hops_lead_to_servers_that_show_themselves_to_be_of_one_side(
    by: str, following: str, *, trusted: bool | str
) -> None:
    found = route("Delivered-To: editor@mail.example\n" + PROXIED.format(by=by, next=following))
    assert (found.boundary, found.trust(1)[0]) == (1, trusted)
    assert (following in found.servers) is (trusted is True)


def test_a_looked_up_name_of_the_own_site_shows_an_inner_hop() -> None:
    """Free.fr: the store's site is not that of the server which took the message."""
    text = PROXIED.format(by="store.hoster.example", next="mx.other.example").replace(
        "unknown", "mx2.priv.hoster.example"
    )
    assert route(text).boundary == 1


@pytest.mark.parametrize(
    "inner",
    [
        "from Debian-exim by mx.mail.example with spam-scanned (Exim 4.80) id 1",
        "from 203.0.113.5 by mx.mail.example (envelope-from <a@b.example>, uid 502) with qmail-scanner-1.24 (clamdscan: 0.80)",
        "from localhost by mx.mail.example with SpamAssassin (version 3.4.0)",
    ],
)
def test_the_way_through_a_filter_on_the_same_host_is_passed_over(inner: str) -> None:
    """Such a hop has no address, and hid the sender's."""
    found = route(f"Received: {inner}; Fri, 06 Mar 2020 06:00:08 +0000\n" + OUTSIDE + FORGED + "\n")
    assert found.boundary == 1
    other = route(
        f"Received: {inner.replace('mx.mail', 'mx.else')}; Fri, 06 Mar 2020 06:00:08 +0000\n" + OUTSIDE + "\n"
    )
    assert other.boundary == 0


def test_apples_inner_hop_is_passed_over() -> None:
    inner = (
        "Received: from st43p00im-1.me.com by p44-mailgateway-smtp-778464bd6-glqrh (mailgateway 2403B92)"
        " with SMTP id d888 for <editor@icloud.com>; Fri, 06 Mar 2020 06:00:08 GMT\n"
    )
    found = route(inner + OUTSIDE.replace("mx.mail.example", "st43p00im-1.me.com") + FORGED + "\n")
    assert (found.boundary, found.trust(1)[0]) == (1, True)
    assert route(inner + OUTSIDE + "\n").boundary == 0


def test_yahoo_names_the_recipient_with_the_time_behind() -> None:
    """X-Apparently-To; Yahoo writes no ``for``."""
    yahoo = OUTSIDE.replace("mx.mail.example", "mta1.mail.ne1.yahoo.com")
    for behind in ("; Fri, 6 Mar 2020 06:00:09 +0000", " via 192.0.2.4; Fri, 06 Mar 2020 06:00:09 +0000"):
        found = route(f"X-Apparently-To: editor@yahoo.com{behind}\n{yahoo}\n")
        assert (found.recipient, found.trust(0)[0]) == ("editor@yahoo.com", True)


def test_fetched_mail_belongs_to_the_mailbox_from_which_it_was_fetched() -> None:
    """Fetchmail hands on to a local name; the provider's server names the mailbox."""
    inner = (
        "Received: from localhost (localhost [127.0.0.1]) by laptop.home (Postfix); Fri, 06 Mar 2020 06:10:00 +0000\n"
        "Received: from pop.mail.example [198.51.100.7] by localhost with POP3 (fetchmail-6.3.26); Fri, 06 Mar 2020 06:10:00 Z\n"
    )
    outside = OUTSIDE.replace("mx.mail.example", "mx.mail.example with ESMTP id 1 for <editor@mail.example>")
    found = route("Delivered-To: bob@localhost\n" + inner + outside + FORGED + "\n")
    assert (found.recipient, found.trust(2)[0]) == ("editor@mail.example", True)


@pytest.mark.parametrize(
    ("name", "address", "boundary"),
    [
        ("mx2.mail.hoster.example", "198.51.100.7", 1),
        ("vps-051e4cda.vps.hoster.example", "198.51.100.7", 0),
        ("ec2-198-51-100-7.compute-1.hoster.example", "198.51.100.7", 0),
        ("lns-p19-8-198-51-100-7.hoster.example", "198.51.100.7", 0),
        ("pc.adsl.hoster.example", "198.51.100.7", 0),
    ],
)
def test_a_customer_of_the_provider_is_no_server_of_it(name: str, address: str, boundary: int) -> None:
    """Rented machines and lines bear their provider's name; a chain forged there would be read as the provider's own."""
    top = f"Received: from {name} ({name} [{address}]) by in34.mail.hoster.example; Fri, 06 Mar 2020 06:00:05 +0000\n"
    below = f"Received: from good.example (good.example [203.0.113.50]) by {name}; Fri, 06 Mar 2020 06:00:02 +0000\n\n"
    assert route(top + below).boundary == boundary


def test_clock_skew_is_shown_and_not_repaired() -> None:
    found = route(OUTSIDE + FORGED + "\n")
    assert found.delay(0) == -17.0
    assert found.delay(1) is None


@pytest.mark.parametrize(
    ("host", "name", "together"),
    [
        ("mx1.mail.example", "mail.example", True),
        ("mx.google.com", "gmail.com", True),
        ("w4.tutanota.de", "tuta.com", True),
        ("frv55.fwdcdn.com", "ukr.net", True),
        ("mx289.m.smailru.net", "inbox.ru", True),
        ("mta1.mail.ne1.yahoo.com", "yahoo.co.uk", True),
        ("mx.a.com.az", "mail.a.com.az", True),
        ("mx.a.com.az", "mx.b.com.az", False),
        ("mail.example.evil.example", "mail.example", False),
        ("10.0.0.1", "10.0.0.1", False),
        ("localhost", "localhost", False),
    ],
)
def test_hosts_belong_together_by_site(host: str, name: str, *, together: bool) -> None:
    assert same_side(host, name) is together


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_a_site_is_a_suffix_of_its_host(host: str) -> None:
    site = site_of(host)
    assert not site or host.strip("[]. ").lower().endswith(site)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)), st.integers(-48, 56))  # noqa: DTZ001 - made aware below
@settings(max_examples=80, deadline=None)
def test_dates_written_by_the_standard_library_come_back(naive: datetime, quarters: int) -> None:
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters)))
    found, note = mail_date(format_datetime(moment))
    assert (found.utc, note) == (moment.astimezone(UTC), "")


TOKENS = st.sampled_from(
    [
        "from",
        "by",
        "with",
        "id",
        "for",
        ";",
        "(",
        ")",
        "[192.0.2.1]",
        "192.0.2.1",
        "helo=",
        "a.example",
        "EHLO",
        "\\",
        '"',
    ]
)


@given(st.lists(st.one_of(TOKENS, st.text(max_size=6)), max_size=25).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_a_hop_is_read_or_refused_and_its_address_stands_in_the_text(text: str) -> None:
    try:
        found = hop(text)
    except FieldError:
        return
    assert found.peer.address is None or found.peer.text in text


# --- defects of other programs, each seen on a small input ------------------------------------------------------------


def test_eml_parser_takes_the_build_number_of_exchange_and_the_servers_own_address_for_peers() -> None:
    found = hop(
        "from a.example (192.0.2.9) by b.example (198.51.100.1) with Microsoft SMTP Server id 15.1.225.42" + DATE
    )
    assert (found.peer.address, found.by_address, found.id) == ("192.0.2.9", "198.51.100.1", "15.1.225.42")


def test_eml_parser_lower_cases_the_text_of_a_hop() -> None:
    text = "from A.Example (A.Example [192.0.2.9]) by B with ESMTPS id AbC" + DATE
    assert (hop(text).text, hop(text).id) == (text, "AbC")


def test_mail_parser_and_eml_parser_lose_the_date_of_sendgrid() -> None:
    found = hop("by f.example with SMTP id x-5E.0 2020-06-17 16:39:24.757045452 +0000 UTC m=+349867.49")
    assert found.when.utc == datetime(2020, 6, 17, 16, 39, 24, 757045, tzinfo=UTC)


def test_mail_parser_gives_delays_of_years_for_hops_out_of_order() -> None:
    found = route(OUTSIDE.replace("2020", "2013", 1) + FORGED + "\n")
    assert found.delay(0) == (datetime(2013, 3, 6, 6, 0, 3) - datetime(2020, 3, 6, 6, 0, 20)).total_seconds()  # noqa: DTZ001 - a difference
    assert found.boundary == 0  # shown as it is: neither re-sorted nor repaired


def test_mail_parser_refuses_documentation_addresses_as_private() -> None:
    assert not any(is_internal(address) for address in ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"))


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "172.31.0.1",
        "192.168.1.1",
        "fd00::1",
        "2002:a05:6214:1::2",
        "2002:c0a8:101::1",
    ],
)
def test_addresses_inside_networks_are_never_senders(address: str) -> None:
    assert is_internal(address)


OUTLOOK = (
    "Received: from AM0PR05MB1234.eurprd05.prod.outlook.com ({near}) by AM0PR05MB5678.eurprd05.prod.outlook.com"
    " (2001:db8:208::20) with HTTPS; Fri, 06 Mar 2020 06:00:21 +0000\n"
    "Received: from m.example (198.51.100.73) by {by} (2001:db8:208::15) with Microsoft SMTP Server;"
    " Fri, 06 Mar 2020 06:00:20 +0000\n\n"
)


@pytest.mark.parametrize(
    ("near", "by", "boundary"),
    [
        ("2001:db8:208::15", "AM0PR05MB1234.eurprd05.prod.outlook.com", 1),
        (
            "203.0.113.9",
            "AM0PR05MB1234.eurprd05.prod.outlook.com",
            0,
        ),  # a foreign peer that calls itself a server of ours
        ("2001:db8:208::15", "AM0PR05MB9999.eurprd05.prod.outlook.com", 0),  # the chain does not go on with that server
        ("2001:db8:208::15", "am0pr05mb1234.evil.example", 0),
    ],
)
def test_hops_of_one_provider_are_passed_over_only_where_the_chain_agrees(near: str, by: str, boundary: int) -> None:
    assert route(OUTLOOK.format(near=near, by=by)).boundary == boundary


EXCHANGE_ONLINE = (
    "Received: from DB8P1MB1.EURP1.PROD.OUTLOOK.COM (2603:10a6:800:7d::17) by VI1P1MB4.EURP1.PROD.OUTLOOK.COM with HTTPS"
    " via VI1PR8CA7.EURPRD08.PROD.OUTLOOK.COM; Fri, 06 Mar 2020 06:00:23 +0000\n"
    "Received: from AM6P1CA2.EURP1.PROD.OUTLOOK.COM (2603:10a6:209:8b::36) by DB8P1MB1.EURP1.PROD.OUTLOOK.COM"
    " (2603:10a6:10:16c::10) with Microsoft SMTP Server id 15.20.2707.21; Fri, 06 Mar 2020 06:00:22 +0000\n"
    "Received: from {name} ({peer}) by AM6P1CA2.outlook.office365.com (2603:10a6:209:8b::36) with Microsoft SMTP Server"
    " id 15.20.2707.23 via Frontend Transport; Fri, 06 Mar 2020 06:00:21 +0000\n"
    "Received: from m.example (198.51.100.73) by HE1EUR02FT028.mail.protection.outlook.com (10.152.10.65) with Microsoft"
    " SMTP Server id 15.20.2707.21 via Frontend Transport; Fri, 06 Mar 2020 06:00:20 +0000\n\n"
)


@pytest.mark.parametrize(
    ("name", "peer", "boundary"),
    [
        ("HE1EUR02FT028.eop-EUR02.prod.protection.outlook.com", "2a01:111:f400:7e05::209", 3),
        ("HE1EUR02FT028.eop-EUR02.prod.protection.outlook.com", "2603:10a6:209:8b:cafe::ed", 3),
        ("HE1EUR02FT028.eop-EUR02.prod.protection.outlook.com", "203.0.113.9", 2),  # the name alone is the peer's word
        ("HE1EUR02FT099.eop-EUR02.prod.protection.outlook.com", "2a01:111:f400:7e05::209", 2),
        ("HE1EUR02FT028.evil.example", "2a01:111:f400:7e05::209", 2),
    ],
)
def test_servers_of_exchange_online_have_several_names_and_networks(name: str, peer: str, boundary: int) -> None:
    """As in the chain of MicrosoftDocs/microsoft-365-docs issue 1067: the sender is seen by the border server only."""
    assert route(EXCHANGE_ONLINE.format(name=name, peer=peer)).boundary == boundary


def test_what_a_server_hands_to_its_mailboxes_comes_from_its_own_side() -> None:
    """Dovecot's LMTP writes a Received of its own, with the public address of the server before it (RFC 2033)."""
    chain = (
        "Received: from in.mail.example ([203.0.113.9]) by imap.mail.example (Dovecot) with {} id x; 06 Mar 2020"
        " 06:00:21 +0000\nReceived: from m.example ([198.51.100.73]) by in.mail.example with esmtps (Exim 4.89) id y;"
        " Fri, 06 Mar 2020 06:00:20 +0000\n\n"
    )
    assert [route(chain.format(protocol)).boundary for protocol in ("LMTP", "LMTPS", "ESMTP")] == [1, 1, 0]


def test_a_looked_up_name_that_the_server_doubts_passes_nothing() -> None:
    inner = "Received: from in.mail.example (in.mail.example [203.0.113.9]{}) by mx.mail.example; 06 Mar 2020 06:00:21 +0000\n"
    outer = "Received: from x (x.example [198.51.100.7]) by in.mail.example; Fri, 06 Mar 2020 06:00:20 +0000\n\n"
    assert route(inner.format("") + outer).boundary == 1
    assert route(inner.format(" (may be forged)") + outer).boundary == 0


@pytest.mark.parametrize(
    "folded", ["Fri,\n\t06 Mar 2020 06:00:00 +0000", "Fri,\r\n 06 Mar 2020\r\n 06:00:00 +0000 (PDT)"]
)
def test_a_date_that_is_folded_behind_the_day_is_read(folded: str) -> None:
    block = read_block(io.BytesIO(f"Received: from a (a [192.0.2.1]) by b; {folded}\n\n".encode()))
    assert read_hop(block.all("received")[0]).when.utc == datetime(2020, 3, 6, 6, 0, tzinfo=UTC)
