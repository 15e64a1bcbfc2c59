"""Origin and reverse names out of real wire messages: aliases, hostile names, foreign and broken messages."""

from __future__ import annotations

from datetime import UTC, date, datetime

import dns.flags
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment import dns_answers
from forensics.enrichment.source import Answered, ReplyStatus, Unanswered
from tests.enrichment.asking import ASKED_AT, ask, reply_to, sources, wire

ADDRESS = "203.0.113.5"
DAY = date(2020, 3, 11)
ORIGIN = "TXT 5.113.0.203.origin.asn.cymru.com."
NAME = "TXT AS64500.asn.cymru.com."
REVERSE = "PTR 5.113.0.203.in-addr.arpa."


def values(answer: Answered | Unanswered, what: str) -> list[str]:
    """Return the values of a kind of statement."""
    assert isinstance(answer, Answered), answer
    return [row.value for row in answer.statements if row.what == what]


def origin(*texts: str) -> bytes:
    """Return the origin reply."""
    return wire(ORIGIN, *(("", "TXT", f'"{text}"') for text in texts))


def test_reversed_names() -> None:
    assert dns_answers.reversed_name("85.132.24.10") == "10.24.132.85.in-addr.arpa."
    assert dns_answers.reversed_name("2001:db8::1") == f"1.{'0.' * 23}8.b.d.0.1.0.0.2.ip6.arpa."
    assert dns_answers.reversed_name("x") == ""


def test_the_table_of_today_is_no_table_of_the_event() -> None:
    book = {ORIGIN: origin("64500 | 203.0.113.0/24 | QZ | apnic | 2015-01-25"), NAME: wire(NAME, rcode=2)}
    answer, _ = ask(sources()["cymru"], ADDRESS, DAY, book)
    assert isinstance(answer, Answered)
    assert answer.warnings == (
        "the announcing AS is that of 2026-09-01, not valid for 2020-03-11, the day of the event",
    )
    (row,) = [row for row in answer.statements if row.what == "announcing_as"]
    assert (row.since, row.until) == (ASKED_AT.date(), ASKED_AT.date())
    today, _ = ask(sources()["cymru"], ADDRESS, ASKED_AT.date(), book)
    assert isinstance(today, Answered)
    assert today.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "64500 | 198.51.100.0/24 | QZ | apnic | 2015-01-25",  # another prefix
        "NA | NA | NA | NA | NA",
        "64500",
        "64500 | 203.0.113.0/24",
        "| | | |",
        "",
        "v=spf1 -all",
    ],
)
def test_a_record_of_no_origin_of_the_address_is_no_answer(text: str) -> None:
    answer, replies = ask(sources()["cymru"], ADDRESS, DAY, {ORIGIN: origin(text)})
    assert isinstance(answer, Unanswered)
    assert answer.status is ReplyStatus.FAILED
    assert len(replies) == 1


def test_only_the_most_specific_prefix_announces() -> None:
    body = origin(
        "64501 | 203.0.112.0/22 | QZ | apnic | 2015-01-25", "64500 | 203.0.113.0/24 | QZ | apnic | 2015-01-25"
    )
    book = {
        ORIGIN: body,
        NAME: wire(NAME, rcode=2),
        NAME.replace("64500", "64501"): wire(NAME.replace("64500", "64501"), rcode=2),
    }
    answer, _ = ask(sources()["cymru"], ADDRESS, DAY, book)
    assert values(answer, "announcing_as") == ["AS64500"]
    assert values(answer, "announced_prefix") == ["203.0.113.0/24", "203.0.112.0/22"]


def test_a_name_of_another_as_is_not_taken() -> None:
    book = {
        ORIGIN: origin("64500 | 203.0.113.0/24 | QZ | apnic | 2015-01-25"),
        NAME: wire(
            NAME,
            ("", "TXT", '"64511 | QZ | apnic | 2014-12-01 | OTHER"'),
            ("", "TXT", '"64500 | QZ | apnic | 2014-12-01 | OWN"'),
        ),
    }
    answer, _ = ask(sources()["cymru"], ADDRESS, DAY, book)
    assert values(answer, "as_holder") == ["AS64500 OWN"]


def test_reverse_names_are_told_whether_they_lead_back() -> None:
    forward = "A host.telecom.example."
    book = {REVERSE: wire(REVERSE, ("", "PTR", "host.telecom.example.")), forward: wire(forward, ("", "A", ADDRESS))}
    answer, _ = ask(sources()["ptr"], ADDRESS, DAY, book)
    assert values(answer, "reverse_name") == values(answer, "reverse_name_confirmed") == ["host.telecom.example"]
    book[forward] = wire(forward, ("", "A", "203.0.113.6"), ("", "A", "203.0.113.7"))
    answer, _ = ask(sources()["ptr"], ADDRESS, DAY, book)
    assert values(answer, "reverse_name_confirmed") == []


@pytest.mark.parametrize(
    "name",
    [
        "localhost.",
        "router.local.",
        "x.onion.",
        "\\027[31m.example.",
        "a\\.b.example.",
        "-x.example.",
        "1.2.0.192.in-addr.arpa.",
        ".",
    ],
)
def test_names_that_are_no_public_hosts_are_told_but_never_asked_for(name: str) -> None:
    answer, replies = ask(sources()["ptr"], ADDRESS, DAY, {REVERSE: wire(REVERSE, ("", "PTR", name))})
    assert len(replies) == 1
    assert isinstance(answer, (Answered, Unanswered))
    if isinstance(answer, Answered):
        assert all("not confirmed" in row.note and row.value.isprintable() for row in answer.statements)


def test_at_most_five_names_are_asked_for_and_all_are_told() -> None:
    listed = [f"h{number:02}.telecom.example." for number in range(20)]
    book = {REVERSE: wire(REVERSE, *(("", "PTR", name) for name in listed))}
    book |= {f"A {name}": wire(f"A {name}", rcode=3) for name in listed}
    answer, replies = ask(sources()["ptr"], ADDRESS, DAY, book)
    assert len(replies) == 6
    assert values(answer, "reverse_name") == [name.removesuffix(".") for name in listed]


@pytest.mark.parametrize(
    ("rcode", "status"),
    [(3, ReplyStatus.NOT_FOUND), (2, ReplyStatus.FAILED), (5, ReplyStatus.REFUSED), (4, ReplyStatus.FAILED)],
)
def test_codes_of_the_name_server_are_results(rcode: int, status: ReplyStatus) -> None:
    answer, _ = ask(sources()["ptr"], ADDRESS, DAY, {REVERSE: wire(REVERSE, rcode=rcode)})
    assert isinstance(answer, Unanswered)
    assert answer.status is status


def foreign() -> list[bytes]:
    """Return messages that do not answer the question."""
    truncated = dns.message.from_wire(wire(REVERSE, ("", "PTR", "host.telecom.example.")))
    truncated.flags |= dns.flags.TC
    query = dns.message.make_query("5.113.0.203.in-addr.arpa.", "PTR")
    nameless = dns.message.from_wire(wire(REVERSE))
    nameless.question.clear()
    return [
        wire("PTR 6.113.0.203.in-addr.arpa.", ("", "PTR", "victim.example.")),
        wire("TXT 5.113.0.203.in-addr.arpa.", ("", "TXT", '"x"')),
        truncated.to_wire(),
        query.to_wire(),
        nameless.to_wire(),
        b"",
        b"\x00",
        wire(REVERSE)[:11],
        b"HTTP/1.1 200 OK\r\n\r\n",
    ]


@pytest.mark.parametrize("body", foreign())
def test_a_message_that_answers_another_question_is_not_used(body: bytes) -> None:
    answer, replies = ask(sources()["ptr"], ADDRESS, DAY, {REVERSE: body})
    assert isinstance(answer, Unanswered)
    assert len(replies) == 1


def test_aliases_are_followed_and_loops_refused() -> None:
    there, back = "a.113.0.203.in-addr.arpa.", "5.113.0.203.in-addr.arpa."
    found = wire(
        REVERSE,
        ("", "CNAME", there),
        (there, "PTR", "host.telecom.example."),
        ("other.example.", "PTR", "victim.example."),
    )
    assert dns_answers.read(reply_to(sources()["ptr"].queries(ADDRESS, DAY)[0], found)).values == (
        "host.telecom.example.",
    )
    loop = wire(REVERSE, ("", "CNAME", there), (there, "CNAME", back))
    assert dns_answers.read(reply_to(sources()["ptr"].queries(ADDRESS, DAY)[0], loop)).values == ()


def test_reading_does_not_depend_on_the_order_in_which_servers_rotate_records() -> None:
    records = [("", "PTR", f"h{number}.telecom.example.") for number in range(6)]
    (query,) = sources()["ptr"].queries(ADDRESS, DAY)
    assert dns_answers.read(reply_to(query, wire(REVERSE, *records))) == dns_answers.read(
        reply_to(query, wire(REVERSE, *reversed(records)))
    )


@given(st.binary(max_size=300))
def test_any_bytes_of_a_txt_record_are_text(data: bytes) -> None:
    shown = "".join(f"\\{byte:03d}" for byte in data[:250])
    (query,) = sources()["cymru"].queries(ADDRESS, DAY)
    found = dns_answers.read(reply_to(query, wire(ORIGIN, ("", "TXT", f'"{shown}"'))))
    assert found.status is ReplyStatus.ANSWERED
    assert len(found.values) == 1


def test_asking_just_before_midnight_elsewhere_is_the_utc_day() -> None:
    (query,) = sources()["ptr"].queries(ADDRESS, DAY)
    late = datetime.fromisoformat("2020-03-12T02:00:00+04:00").astimezone(UTC)
    reply = reply_to(query, wire(REVERSE, ("", "PTR", "localhost.")), asked_at=late)
    answer = sources()["ptr"].read(ADDRESS, DAY, [reply])
    assert isinstance(answer, Answered)
    assert answer.warnings == ()
