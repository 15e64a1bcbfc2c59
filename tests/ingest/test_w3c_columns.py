"""W3C extended logs: no row may ever stand under wrong columns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.w3c_columns import Columns, cells_of, columns_of
from tests.ingest import reading

FIELDS = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken"
)
HEAD = f"#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2020-03-11 00:00:00\n{FIELDS}\n"
WORDS = st.lists(
    st.sampled_from(["1", "or", "'x'='x'", "-", "80", "203.0.113.9", "200", "0", "GET", "/b", "UNION", "", "+", "--"]),
    min_size=1,
    max_size=14,
)


def columns() -> Columns:
    found = columns_of(FIELDS)
    assert found
    return found


def rows(text: str) -> tuple[Any, list[dict[str, Any]]]:
    coverage, sink = reading.read_bytes(text.encode(), "u_ex200311.log")
    return coverage, sink.rows


@settings(max_examples=400)
@given(WORDS, st.booleans())
def test_raw_spaces_never_shift_the_client(words: list[str], in_agent: bool) -> None:  # noqa: FBT001 - drawn
    query, agent = ("x", " ".join(words)) if in_agent else (" ".join(words), "agent")
    line = f"2020-03-11 00:00:01 192.0.2.80 GET /a {query} 443 - 198.51.100.7 {agent} - 404 0 64 5"
    cells, why = cells_of(line, columns())
    if cells is None:
        assert why
    else:
        assert (cells["c-ip"], cells["sc-status"], cells["time-taken"]) == ("198.51.100.7", "404", "5")


def test_a_forged_tail_in_the_query_is_refused_with_its_place() -> None:
    line = "2020-03-11 00:00:04 192.0.2.80 GET /i id=1 80 - 198.51.100.9 x - 200 0 0 5 80 - 203.0.113.46 s - 500 0 64 5"
    coverage, events = rows(HEAD + line + "\n")
    assert (coverage.rejections, events) == (1, [])


def test_plus_is_a_space_in_the_agent_and_the_text_as_found_is_kept() -> None:
    _, events = rows(HEAD + "2020-03-11 00:00:01 192.0.2.80 GET /a - 443 - 198.51.100.7 A+(b;+c) - 200 0 0 5\n")
    assert events[0]["user_agent"] == "A (b; c)"
    assert json.loads(events[0]["detail"])["cs(user-agent)"] == "A+(b;+c)"
    assert (events[0]["zone_basis"], events[0]["time"].isoformat()) == ("format_rule", "2020-03-11T00:00:01+00:00")


def test_fields_may_change_inside_a_file_and_forwarded_addresses_stay_in_the_detail() -> None:
    text = HEAD + "2020-03-11 00:00:01 192.0.2.80 GET /a - 443 - 198.51.100.7 x - 200 0 0 5\n"
    text += "#Fields: date time c-ip cs-method X-Forwarded-For\n2020-03-11 00:00:02 192.0.2.200 GET 203.0.113.9\n"
    coverage, events = rows(text)
    assert [row["address"] for row in events] == ["198.51.100.7", "192.0.2.200"]
    assert json.loads(events[1]["detail"])["x-forwarded-for"] == "203.0.113.9"
    assert coverage.rejections == 0


def test_rows_with_only_a_time_take_the_day_of_the_directive() -> None:
    text = "#Version: 1.0\n#Date: 2020-12-31 23:59:00\n#Fields: time c-ip cs-method sc-status\n"
    text += "23:59:59 192.0.2.1 GET 200\n00:00:01 192.0.2.1 GET 200\n#Date: 2021-02-01 00:00:00\n00:00:01 192.0.2.1 GET 200\n"
    _, events = rows(text)
    assert [row["time"].date().isoformat() for row in events] == ["2020-12-31", "2021-01-01", "2021-02-01"]
    assert "over midnight" in events[1]["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "#Version: 1.5\n#Fields: date time action protocol src-ip dst-ip src-port\n2020-03-11 00:00:01 ALLOW TCP 1 2 3\n",
        "#Fields: date-time,client-ip,client-hostname\n2020-03-11T00:00:00Z,192.0.2.1,x\n",
        "# a comment\n",
    ],
)
def test_neighbours_with_the_same_directives_are_not_claimed(text: str) -> None:
    assert "iis_w3c" not in reading.claimants(text.encode(), "x.log")
