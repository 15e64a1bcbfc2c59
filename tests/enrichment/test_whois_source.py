"""WHOIS text: RPSL taken apart without loss, five registries' records, errors that are results."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment import rpsl, whois_records
from forensics.enrichment.registration import Registration, range_of
from forensics.enrichment.source import Answered, ReplyStatus, Unanswered
from tests.enrichment.asking import SAMPLES, ask, reply_to, sources

ADDRESS = "203.0.113.5"
DAY = date(2020, 3, 11)
RECORDED = (SAMPLES / "whois" / "rpsl-with-organisation" / "1.txt").read_bytes()

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,15}", fullmatch=True)
VALUES = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]),
    min_size=1,
    max_size=20,
)
OBJECTS = st.lists(st.tuples(NAMES, st.lists(VALUES, min_size=1, max_size=3)), min_size=1, max_size=5)


def network(body: bytes, subject: str = ADDRESS) -> Registration:
    """Return the record in a reply."""
    found = whois_records.network(rpsl.parse(body), subject)
    assert found is not None
    return found


@given(
    st.lists(OBJECTS, max_size=4),
    st.lists(VALUES, max_size=3),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.sampled_from(" \t+"),
)
def test_what_is_written_is_read(
    objects: list[list[tuple[str, list[str]]]], comments: list[str], end: bytes, mark: str
) -> None:
    lines = [f"% {comment}" for comment in comments]
    for attributes in objects:
        lines.append("")
        for name, (first, *more) in attributes:
            lines += [f"{name}:   {first}", *(f"{mark} {part}" for part in more)]
    found = rpsl.parse(end.join(line.encode() for line in lines))
    expected = [
        tuple((name, " ".join(part.strip() for part in parts).strip()) for name, parts in item) for item in objects
    ]
    assert [item.attributes for item in found.objects] == [tuple(item) for item in expected]
    assert list(found.comments) == [comment.strip() for comment in comments]
    assert found.loose == ()


@given(st.binary(max_size=400))
def test_any_bytes_are_taken_apart_and_no_word_is_lost(body: bytes) -> None:
    found = rpsl.parse(body)
    kept = " ".join(
        [
            *found.comments,
            *found.loose,
            *(f"{name} {value}" for item in found.objects for name, value in item.attributes),
        ]
    )
    for word in rpsl.decoded(body).split():
        bare = word.strip("%#:+ ").lower()
        if bare.isalnum() and bare.isascii():
            assert bare in kept.lower()


def test_latin_1_is_read_where_the_text_is_no_utf_8() -> None:
    text = "inetnum: 203.0.113.0 - 203.0.113.255\nnetname: X\ndescr: Télécom\n"
    assert network(text.encode("latin-1")).remarks == ("Télécom",)
    assert network(text.encode("utf-8")).remarks == ("Télécom",)


def test_the_most_specific_range_counts_and_routes_stay_apart() -> None:
    """Where ipwhois makes a second, nameless net of a route object: a route is no registration of a holder."""
    wider = b"inetnum: 203.0.112.0 - 203.0.115.255\nnetname: WIDER\nstatus: ALLOCATED PA\n\n"
    found = network(wider + RECORDED)
    assert (found.net_name, found.first, found.last) == ("EXAMPLE-TELECOM-DSL", "203.0.113.0", "203.0.113.255")
    assert found.routes == (("203.0.113.0/24", "AS64500"),)
    assert found.status == ("ASSIGNED PA",)
    assert found.holder_id == "ORG-ET1-EX"
    assert found.maintainers == ("TELECOM-MNT", "mnt-lower: TELECOM-MNT")
    assert found.abuse == ("abuse@telecom.example",)


def test_a_route_of_another_prefix_is_not_the_address_s() -> None:
    other = RECORDED.replace(b"route:          203.0.113.0/24", b"route:          198.51.100.0/24")
    assert network(other).routes == ()


def test_an_abuse_comment_for_another_range_is_not_used() -> None:
    other = RECORDED.replace(
        b"contact for '203.0.113.0 - 203.0.113.255'", b"contact for '198.51.100.0 - 198.51.100.255'"
    )
    assert network(other).abuse == ()


def test_abuse_mailboxes_of_named_objects_are_found() -> None:
    more = b"\nirt: IRT-EXAMPLE\nabuse-mailbox: irt@telecom.example\n\nirt: IRT-OTHER\nabuse-mailbox: other@telecom.example\n"
    more += b"\nrole: Abuse\nnic-hdl: AR1-EX\nabuse-mailbox: role@telecom.example\n"
    assert network(RECORDED + more).abuse == ("abuse@telecom.example", "irt@telecom.example", "role@telecom.example")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("changed: noc@telecom.example 20140301\nchanged: noc@telecom.example 20150301", date(2015, 3, 1)),
        ("last-modified: 2016-01-01T00:30:00+01:00", date(2015, 12, 31)),
        ("changed: noc@telecom.example", None),
        ("last-modified: soon", None),
    ],
)
def test_last_change_is_the_newest_that_can_be_read(text: str, day: date | None) -> None:
    assert network(f"inetnum: 203.0.113.0 - 203.0.113.255\nnetname: X\n{text}\n".encode()).last_changed == day


LACNIC = b"""
% Joint Whois - whois.registry.example

inetnum:     203.0.113/24
status:      reallocated
aut-num:     AS64500
owner:       Telecomunica\xe7\xf5es Exemplo
ownerid:     QZ-TEEX-EX
responsible: Network role
country:     QZ
owner-c:     NRE
tech-c:      NRE
abuse-c:     ABE
created:     20150125
changed:     20190601
inetnum-up:  203.0.112/22

nic-hdl:     ABE
person:      Abuse role
e-mail:      abuse@telecom.example
country:     QZ
"""


def test_lacnic_shape() -> None:
    found = network(LACNIC)
    assert (found.first, found.last, found.parent) == ("203.0.113.0", "203.0.113.255", "203.0.112/22")
    assert (found.holder, found.holder_id, found.country) == ("Telecomunicações Exemplo", "QZ-TEEX-EX", "QZ")
    assert found.abuse == ("abuse@telecom.example",)
    assert (found.registered, found.last_changed) == (date(2015, 1, 25), date(2019, 6, 1))
    assert found.routes == (("203.0.113/24", "AS64500"),)


def test_arin_s_parent_does_not_name_the_customer_s_range() -> None:
    body = (SAMPLES / "whois" / "arin-reassigned" / "1.txt").read_bytes()
    found = network(body, "192.0.2.10")
    assert (found.holder, found.handle) == ("Example Customer", "NET-192-0-2-0-1")
    above = network(body, "192.0.1.1")
    assert (above.holder, above.holder_id) == ("Example Hosting LLC", "EXHO")
    assert above.abuse == ()


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("203.0.113.0 - 203.0.113.255", ("203.0.113.0", "203.0.113.255")),
        ("203.0.113.0-203.0.113.7", ("203.0.113.0", "203.0.113.7")),
        ("203.000.113.000 - 203.000.113.255", ("203.0.113.0", "203.0.113.255")),
        ("200.1.123/24", ("200.1.123.0", "200.1.123.255")),
        ("200/8", ("200.0.0.0", "200.255.255.255")),
        ("2001:db8::/32", ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")),
        ("203.0.113.5", ("203.0.113.5", "203.0.113.5")),
        ("203.0.113.0/33", ("", "")),
        ("1.2.3.4.5/8", ("", "")),
        ("-", ("", "")),
        ("", ("", "")),
    ],
)
def test_ranges_as_registries_write_them(text: str, bounds: tuple[str, str]) -> None:
    assert range_of(text) == bounds


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"%ERROR:101: no entries found\n", ReplyStatus.NOT_FOUND),
        (b"%ERROR:201: access denied for 192.0.2.200\n", ReplyStatus.LIMITED),
        (b"%ERROR:306: connections exceeded\n", ReplyStatus.LIMITED),
        (b"%ERROR:108: bad input\n", ReplyStatus.REFUSED),
        (b"% Query rate limit exceeded. Reduced information.\n", ReplyStatus.LIMITED),
        (b"No match found for n + 192.0.2.10.\n", ReplyStatus.NOT_FOUND),
        (b"", ReplyStatus.FAILED),
        (b"<html>captive portal</html>", ReplyStatus.FAILED),
        (b"inetnum: 198.51.100.0 - 198.51.100.255\nnetname: OTHER\n", ReplyStatus.FAILED),
        (b"route: 203.0.113.0/24\norigin: AS64500\n", ReplyStatus.FAILED),
        (b"inetnum: 203.0.113.0 - 203.0.113.255\n", ReplyStatus.FAILED),  # found by fuzzing
    ],
)
def test_what_is_no_record_of_the_address_is_told_as_what_it_is(body: bytes, status: ReplyStatus) -> None:
    source = sources()["whois"]
    (query,) = source.queries(ADDRESS, DAY)
    answer = source.read(ADDRESS, DAY, [reply_to(query, body)])
    assert isinstance(answer, Unanswered)
    assert answer.status is status


def test_questions_ask_for_no_person_and_follow_no_referral() -> None:
    source = sources()["whois"]
    asked = {
        address: next(iter(source.queries(address, DAY)))
        for address in (ADDRESS, "192.0.2.10", "200.1.1.1", "41.0.0.1", "85.132.24.10")
    }
    assert [query.request for query in asked.values()] == [
        "-r 203.0.113.5",
        "n + 192.0.2.10",
        "200.1.1.1",
        "-r 41.0.0.1",
        "-r 85.132.24.10",
    ]
    assert [query.server for query in asked.values()] == [
        "whois.apnic",
        "whois.arin",
        "whois.lacnic",
        "whois.afrinic",
        "whois.ripencc",
    ]
    arin = (SAMPLES / "whois" / "arin-reassigned" / "1.txt").read_bytes()
    answer, replies = ask(source, "192.0.2.10", DAY, {"n + 192.0.2.10": arin})
    assert len(replies) == 1
    assert isinstance(answer, Answered)


@pytest.mark.parametrize("key", ["ORG-X -B", "ORG-X\r\nquit", "", "-T person X", "ORG;X", "x" * 60])
def test_only_a_key_goes_onto_the_wire(key: str) -> None:
    body = RECORDED.replace(b"ORG-ET1-EX", key.encode())
    source = sources()["whois"]
    (query,) = source.queries(ADDRESS, DAY)
    assert [
        item.request
        for item in source.follow(ADDRESS, DAY, [reply_to(query, body)])
        if item.request != "-r -T organisation ORG-X"
    ] == []


def test_the_organisation_of_another_range_is_not_the_holder() -> None:
    other = b"organisation: ORG-OTHER-EX\norg-name: Somebody else\n"
    answer, _ = ask(
        sources()["whois"], ADDRESS, DAY, {"-r 203.0.113.5": RECORDED, "-r -T organisation ORG-ET1-EX": other}
    )
    assert isinstance(answer, Answered)
    (holder,) = [row for row in answer.statements if row.what == "address_holder"]
    assert holder.value == "EXAMPLE-TELECOM-DSL"
    assert "was not obtained" in holder.note
