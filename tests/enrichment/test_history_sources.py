"""Histories as of the event's day: announcements, allocations and versions of records, against a plain model."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.enrichment.source import Answered, ReplyStatus, Unanswered
from forensics.enrichment.validity import in_sequence, valid_on
from tests.enrichment.asking import ask, sources

ADDRESS = "203.0.113.5"
ROUTING = f"/data/routing-history/data.json?resource={ADDRESS}"
ROUTING_24 = "/data/routing-history/data.json?resource=203.0.113.0%2F24"
FIRST = date(2020, 1, 1)


def envelope(data: Any, **changes: Any) -> bytes:
    """Return a good reply of RIPEstat."""
    document = {"status": "ok", "status_code": 200, "data_call_status": "supported", "messages": [], "data": data}
    return json.dumps(document | changes).encode()


def period(since: int, until: int, peers: Any = 300.0) -> dict[str, Any]:
    """Return a timeline in eight-hour steps since the first day."""
    begin = datetime.combine(FIRST, datetime.min.time())
    return {
        "starttime": (begin + timedelta(hours=8 * since)).isoformat(),
        "endtime": (begin + timedelta(hours=8 * until)).isoformat(),
        "full_peers_seeing": peers,
    }


def routing(*announced: tuple[str, str, list[dict[str, Any]]]) -> bytes:
    """Return a routing history from (origin, prefix, timelines)."""
    rows = [
        {"origin": origin, "prefixes": [{"prefix": prefix, "timelines": found}]} for origin, prefix, found in announced
    ]
    return envelope({"by_origin": rows})


def announcing(answer: Answered | Unanswered) -> set[str]:
    """Return the announcing AS."""
    assert isinstance(answer, Answered), answer
    return {row.value for row in answer.statements if row.what == "announcing_as"}


PERIODS = st.lists(
    st.tuples(
        st.sampled_from(["64500", "64501", "64502"]),
        st.sampled_from([16, 22, 24]),
        st.integers(0, 60),
        st.integers(0, 12),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(PERIODS, st.integers(0, 25))
def test_who_announced_on_the_day_is_what_a_plain_model_says(
    periods: list[tuple[str, int, int, int]], days: int
) -> None:
    """All peers see everything: the longest prefix announced at any time of the day decides."""
    networks = {16: "203.0.0.0/16", 22: "203.0.112.0/22", 24: "203.0.113.0/24"}
    body = routing(
        *((origin, networks[length], [period(since, since + steps)]) for origin, length, since, steps in periods)
    )
    day = FIRST + timedelta(days=days)
    answer, _ = ask(sources()["ripestat_routing_history"], ADDRESS, day, {ROUTING: body})
    steps_of_day = range(3 * days, 3 * days + 3)
    held = [
        (length, origin)
        for origin, length, since, steps in periods
        if since <= steps_of_day[-1] and since + steps >= steps_of_day[0]
    ]
    # a period that begins between the last step of the day and midnight does not exist: times are whole steps
    longest = max((length for length, _ in held), default=0)
    assert announcing(answer) == {f"AS{origin}" for length, origin in held if length == longest}
    assert isinstance(answer, Answered)
    assert any("no announcement of the address was seen" in text for text in answer.warnings) is (not held)
    for row in answer.statements:
        assert row.since is not None
        assert row.until is not None
        if row.what == "announcing_as":
            assert row.since <= day <= row.until


def test_a_state_body_of_today_is_not_named_for_the_event() -> None:
    body = routing(("64500", "203.0.113.0/24", [period(0, 300)]), ("64511", "203.0.113.0/24", [period(301, 6000)]))
    answer, _ = ask(sources()["ripestat_routing_history"], ADDRESS, date(2020, 3, 11), {ROUTING: body})
    assert announcing(answer) == {"AS64500"}
    assert isinstance(answer, Answered)
    assert "AS64511" not in str(answer.statements)


def test_without_an_announcement_on_the_day_nobody_announces() -> None:
    body = routing(("64500", "203.0.113.0/24", [period(0, 30)]), ("64511", "203.0.113.0/24", [period(90, 120)]))
    answer, _ = ask(sources()["ripestat_routing_history"], ADDRESS, date(2020, 1, 20), {ROUTING: body})
    assert announcing(answer) == set()
    assert isinstance(answer, Answered)
    assert (
        "no announcement of the address was seen on 2020-01-20; the nearest to 2020-01-20 is AS64500"
        in answer.warnings[0]
    )
    assert [row.note.split(",")[0] for row in answer.statements] == ["by AS64500", "by AS64511"]


def test_a_specific_prefix_seen_by_few_leaves_the_wider_one_standing() -> None:
    body = routing(
        ("64511", "203.0.113.0/24", [period(0, 300, 12)]), ("64500", "203.0.112.0/22", [period(0, 300, 371.5)])
    )
    answer, _ = ask(sources()["ripestat_routing_history"], ADDRESS, date(2020, 2, 1), {ROUTING: body})
    assert announcing(answer) == {"AS64500", "AS64511"}
    assert isinstance(answer, Answered)
    assert (
        "203.0.113.0/24 was seen by few peers; most networks followed a less specific announcement" in answer.warnings
    )


def test_nothing_but_covering_prefixes_and_readable_numbers_count() -> None:
    rows = [("x", "203.0.113.0/24"), ("64500", "198.51.100.0/24"), ("64500", "2001:db8::/32"), ("64500", "none")]
    body = routing(*((origin, prefix, [period(0, 9)]) for origin, prefix in rows))
    answer, replies = ask(sources()["ripestat_routing_history"], ADDRESS, FIRST, {ROUTING: body, ROUTING_24: body})
    assert isinstance(answer, Unanswered)
    assert answer.status is ReplyStatus.NOT_FOUND
    assert [reply.query.request for reply in replies] == [ROUTING, ROUTING_24]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (envelope({}, status="error", messages=[["error", "rate exceeded"]]), "rate exceeded"),
        (envelope({}, data_call_status="maintenance - back soon"), "maintenance"),
        (envelope([]), "gives no data"),
        (b"<html>", "no JSON"),
        (b"", "no JSON"),
    ],
)
@pytest.mark.parametrize(
    "name", ["ripestat_routing_history", "ripestat_allocation_history", "ripestat_historical_whois"]
)
def test_an_envelope_without_good_data_is_no_answer(name: str, body: bytes, words: str) -> None:
    address = "193.0.6.139"
    (query,) = sources()[name].queries(address, FIRST)
    answer, replies = ask(sources()[name], address, FIRST, {query.request: body})
    assert isinstance(answer, Unanswered)
    assert words in answer.reason
    assert len(replies) == 1


def test_what_ripestat_says_of_itself_is_passed_on() -> None:
    messages = [["info", "fine"], ["warning", "partial data"], ["x"], "y"]
    body = envelope(
        {"by_origin": [{"origin": 64500, "prefixes": [{"prefix": "203.0.113.0/24", "timelines": [period(0, 9)]}]}]}
    )
    document = json.loads(body) | {"messages": messages, "data_call_status": "deprecated - until 2027"}
    answer, _ = ask(sources()["ripestat_routing_history"], ADDRESS, FIRST, {ROUTING: json.dumps(document).encode()})
    assert isinstance(answer, Answered)
    assert announcing(answer) == {"AS64500"}
    assert "RIPEstat: partial data" in answer.warnings
    assert "RIPEstat says of this data call: deprecated - until 2027" in answer.warnings


KEY = "193.0.0.0 - 193.0.7.255"
RANGE = "-r -T inetnum 193.0.6.139"
TABLE = f"--list-versions {KEY}"
SUBJECT = "193.0.6.139"
RECORD = f"inetnum: {KEY}\nnetname: NET-{{0}}\nstatus: ASSIGNED PI\nsource: RIPE\n"


def table(moments: list[datetime], deleted: datetime | None = None) -> bytes:
    """Return the table of versions."""
    lines = [f'% Version history for INETNUM object "{KEY}"', ""]
    lines += [f"% This object was deleted on {deleted:%Y-%m-%d %H:%M}", ""] if deleted else []
    lines += ["rev#  Date              Op.", ""]
    lines += [f"{number:<5} {moment:%Y-%m-%d %H:%M}  ADD/UPD" for number, moment in enumerate(moments, 1)]
    return "\n".join(lines).encode()


def versions_book(moments: list[datetime], deleted: datetime | None = None) -> dict[str, Any]:
    """Return replies to whatever may be asked."""
    shown = {f"--show-version {number} {KEY}": RECORD.format(number).encode() for number in range(1, len(moments) + 1)}
    return {RANGE: RECORD.format("now").encode(), TABLE: table(moments, deleted), **shown}


MOMENTS = st.lists(
    st.integers(0, 10_000).map(lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    min_size=1,
    max_size=6,
    unique=True,
).map(sorted)


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.integers(-10, 430))
def test_the_version_of_the_day_is_what_a_plain_model_says(moments: list[datetime], days: int) -> None:
    day = FIRST + timedelta(days=days)
    answer, _ = ask(sources()["ripe_versions"], SUBJECT, day, versions_book(moments))
    ends = [*moments[1:], None]
    midnight = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    valid = [
        f"NET-{number}"
        for number, (since, until) in enumerate(zip(moments, ends, strict=True), 1)
        if since < midnight + timedelta(days=1) and (until is None or until > midnight)
    ]
    if not valid:
        assert isinstance(answer, Unanswered)
        assert "begins on" in answer.reason
        return
    assert isinstance(answer, Answered)
    assert [row.value for row in answer.statements if row.what == "net_name"] == valid[:3]
    assert any("was changed on" in text for text in answer.warnings) is (len(valid) > 1)
    for row in answer.statements:
        if row.what == "address_holder":
            assert row.since is not None
            assert row.since <= day
            assert row.until is None or day <= row.until


def test_a_deleted_object_holds_nothing_afterwards() -> None:
    moments = [datetime(2020, 1, 1, 12, tzinfo=UTC)]
    book = versions_book(moments, datetime(2020, 6, 1, tzinfo=UTC))
    during, _ = ask(sources()["ripe_versions"], SUBJECT, date(2020, 3, 11), book)
    assert isinstance(during, Answered)
    after, _ = ask(sources()["ripe_versions"], SUBJECT, date(2020, 7, 1), book)
    assert isinstance(after, Unanswered)
    assert after.status is ReplyStatus.NOT_FOUND


def test_the_text_of_a_version_that_did_not_come_is_suggested() -> None:
    book = versions_book([datetime(2020, 1, 1, 12, tzinfo=UTC)])
    book[f"--show-version 1 {KEY}"] = b"%ERROR:201: access denied\n"
    answer, _ = ask(sources()["ripe_versions"], SUBJECT, date(2020, 3, 11), book)
    assert isinstance(answer, Answered)
    assert [row.what for row in answer.statements] == ["last_changed"]
    assert "--show-version 1 shows it" in answer.warnings[0]


def test_a_hostile_key_never_reaches_the_wire() -> None:
    book = {RANGE: b"inetnum: 193.0.0.0 - 193.0.7.255 -B evil\nnetname: X\n"}
    answer, replies = ask(sources()["ripe_versions"], SUBJECT, FIRST, book)
    assert isinstance(answer, Unanswered)
    assert len(replies) == 1


def test_only_the_ripe_region_has_these_histories() -> None:
    for name in ("ripe_versions", "ripestat_historical_whois"):
        for address in ("8.8.8.8", "1.1.1.1", "200.1.1.1", "41.0.0.1", ADDRESS):
            assert list(sources()[name].queries(address, FIRST)) == []
    (query,) = sources()["ripe_versions"].queries("2a02:2ba8::1", FIRST)
    assert query.request == "-r -T inet6num 2a02:2ba8::1"


def test_versions_end_where_the_next_begin() -> None:
    moments = [datetime(2020, 1, day, tzinfo=UTC) for day in (1, 5, 9)]
    found = in_sequence([("2", moments[1], False), ("1", moments[0], False), ("3", moments[2], True)])
    assert [version.number for version in found] == ["1", "2", "3"]
    assert [version.until for version in found] == [moments[1], moments[2], None]
    assert [version.number for version in valid_on(found, date(2020, 1, 4))] == ["1"]
    assert valid_on(found, date(2020, 1, 10)) == ()
    assert valid_on(found, date.max) == ()
    assert valid_on(found, date.min) == ()


def test_an_organisation_named_later_is_not_named_for_the_event() -> None:
    request = "/data/historical-whois/data.json?resource=193.0.6.139%2F32"
    organisation = {
        "type": "organisation",
        "key": "ORG-RIEN1-RIPE",
        "attributes": [
            {"attribute": "organisation", "value": "ORG-RIEN1-RIPE"},
            {"attribute": "org-name", "value": "A later name"},
        ],
        "from_time": "2015-01-01T00:00:00",
    }
    item = {
        "type": "inetnum",
        "key": KEY,
        "version": 1,
        "attributes": [{"attribute": "netname", "value": "RIPE-NCC"}, {"attribute": "org", "value": "ORG-RIEN1-RIPE"}],
    }
    data = {
        "versions": [{"from_time": "2010-01-01T00:00:00", "to_time": None, "version": 1}],
        "objects": [item],
        "referencing": [organisation],
    }
    for day, holder in ((date(2012, 1, 1), "RIPE-NCC"), (date(2016, 1, 1), "A later name")):
        answer, _ = ask(sources()["ripestat_historical_whois"], SUBJECT, day, {request: envelope(data)})
        assert isinstance(answer, Answered)
        assert [row.value for row in answer.statements if row.what == "address_holder"] == [holder]
