# ruff: noqa: RUF001 - Russian, Ukrainian and Azerbaijani texts are what is tested
"""What mapped files become: nothing lost, nothing invented, and no neighbour's file claimed."""

from __future__ import annotations

import csv
import io
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import all_formats, mapping_patterns
from forensics.ingest.driver import recognise
from forensics.ingest.mapping_format import format_of
from forensics.ingest.mapping_reading import parse
from tests.ingest.mapped import CSV, DOCUMENTATION, read, rows
from tests.ingest.reading import claimants, evidence_of

FULL = CSV.replace(
    'address = "IP"', 'address = "IP"\nport = "Port"\nuser_agent = "UA"\ndevice = { from = "Dev", prefix = "d:" }'
)
COLUMNS = ("When", "IP", "Port", "UA", "Dev", "What", "Other", "More")


def table(*records: tuple[str, ...], header: tuple[str, ...] = COLUMNS, delimiter: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows([header, *records])
    return stream.getvalue()


def json_mapping(source: str, claims: str, event: str = 'address = "ip"') -> str:
    return f"""title = "T"
provider = "test"
{DOCUMENTATION}
[source]
{source}
[[claims]]
{claims}
[time]
from = ["t", "/meta/t"]
unit = "s"
[event]
{event}
[action]
from = "a"
default = "activity"
"""


CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029\x85"), max_size=12)


@settings(max_examples=60)
@given(st.lists(st.tuples(*[CELL] * 6), min_size=1, max_size=4))
def test_every_cell_of_a_row_is_in_its_event(cells: list[tuple[str, ...]]) -> None:
    records = [("2026-03-11T02:49:39Z", *row, f"row {number}") for number, row in enumerate(cells)]
    found = rows(FULL, table(*records))
    assert len(found) == len(records)
    for row, event in zip(records, found, strict=True):
        held = dict(zip(COLUMNS, row, strict=True))
        columns = {
            "When": event["time_text"],
            "IP": event["address_text"],
            "UA": event["user_agent"],
            "Dev": event["device"].removeprefix("d:"),
            "What": event["action_text"],
            "Port": str(event["source_port"] or ""),
        }
        for name, text in held.items():
            kept = event["detail"].get(name, columns.get(name, ""))
            assert kept == text or not text.strip(), name


def test_a_port_of_its_own_column_and_one_that_is_none() -> None:
    found = rows(FULL, table(*[("2026-03-11T02:49:39Z", ip, port, "", "", "", "", "") for ip, port in PORTS]))
    assert [row["source_port"] for row in found] == [50312, None, None, 1, 80]
    assert [row["detail"].get("Port") for row in found] == [None, "99999", "high", "0001", "443"]


PORTS = (
    ("192.0.2.1", "50312"),
    ("192.0.2.1", "99999"),
    ("::1", "high"),
    ("192.0.2.1", "0001"),
    ("192.0.2.1:80", "443"),
)


def test_a_port_of_0_is_none_and_a_field_called_repair_is_kept() -> None:
    toml = CSV.replace('address = "IP"', 'address = "IP"\nport = "Port"')
    (row,) = rows(toml, "When,IP,Port,What,repair\n2026-03-11T02:49:39Z,192.0.2.1,0,x,of a car\n")
    assert row["source_port"] is None
    assert row["detail"] == {"Port": "0", "repair#": "of a car"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_tried_until_the_header_fits(delimiter: str) -> None:
    toml = CSV.replace('kind = "csv"', 'kind = "csv"\ndelimiter = [",", ";", "\\t", "|"]')
    data = table(("2026-03-11T02:49:39Z", "192.0.2.1", "a, b; c"), header=("When", "IP", "Other"), delimiter=delimiter)
    (event,) = rows(toml, data)
    assert (event["address"], event["detail"]) == ("192.0.2.1", {"Other": "a, b; c"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_headers_in_other_spellings_and_encodings(encoding: str) -> None:
    data = "Some preamble, with a comma\n\n  when ,Ip\u00a0, WHAT\n2026-03-11T02:49:39Z,192.0.2.1,x\n"
    (event,) = rows(CSV, data.encode(encoding))
    assert (event["address"], event["action_text"]) == ("192.0.2.1", "x")


@pytest.mark.parametrize("size", [1, 70_000])
def test_old_encodings_are_read_and_said(size: int) -> None:
    toml = CSV.replace('kind = "csv"', 'kind = "csv"\nencodings = ["windows-1254", "windows-1251"]')
    toml = toml.replace('["When", "IP"]', '["When", "IP", "Событие"]').replace('from = "What"', 'from = "Событие"')
    data = "When,IP,Событие\n" + "2026-03-11T02:49:39Z,192.0.2.1,Вход\n" * (size // 35 + 1)
    for encoding, repair in (("windows-1251", {"repair": "read as windows-1251"}), ("utf-8", {})):
        found = rows(toml, data.encode(encoding))
        assert len(found) == size // 35 + 1
        assert {row["action_text"] for row in found} == {"Вход"}
        assert found[-1]["detail"] == repair


def test_an_open_quote_in_the_preamble_hides_no_header() -> None:
    coverage, _ = read(CSV, '"Notes, never closed\nWhen,IP\n2026-03-11T02:49:39Z,192.0.2.1\n')
    assert (coverage.events, coverage.rejections) == (1, 1)


def test_rows_that_lack_last_cells_are_read_only_where_the_mapping_says_so() -> None:
    data = "When,IP,Protection\n2026-03-11T02:49:39Z,192.0.2.1\n"
    assert read(CSV, data)[0].rejections == 1
    assert read(CSV.replace('kind = "csv"', 'kind = "csv"\nspare = 1'), data)[0].events == 1


def test_texts_that_stand_for_nothing_stay_in_the_detail() -> None:
    toml = CSV.replace('kind = "csv"', 'kind = "csv"\nabsent = ["Not available"]')
    (event,) = rows(toml, "When,IP\n2026-03-11T02:49:39Z,NOT  available\n")
    assert (event["address_text"], event["detail"]) == ("", {"IP": "NOT  available"})


def test_the_outcome_column_wins_and_stays() -> None:
    toml = f"""{CSV}
[[action.rules]]
is = "sign in"
action = "login"
outcome = "success"
[outcome]
from = "Status"
[[outcome.rules]]
matches = "(?i)^fail"
action = "login_failed"
outcome = "failure"
"""
    data = "When,IP,What,Status\n2026-03-11T02:49:39Z,::1,Sign  In,FAILED\n2026-03-11T02:49:39Z,::1,sign in,fine\n"
    found = [(row["action"], row["outcome"], row["detail"]) for row in rows(toml, data)]
    assert found == [("login_failed", "failure", {"Status": "FAILED"}), ("login", "success", {"Status": "fine"})]


def test_unused_and_refused_rows_say_why() -> None:
    toml = f"""{CSV}
[[unused]]
from = "What"
is = ["advert", ""]
rule = "an advertisement"
[[required]]
from = "Provider"
matches = "^test$"
rule = "another provider"
"""
    data = "When,IP,What,Provider\n" + "".join(
        f"2026-03-11T02:49:39Z,::1,{what},{who}\n"
        for what, who in (("x", "test"), ("ADVERT", "test"), ("x", "y"), ("", "test"))
    )
    coverage, sink = read(toml, data)
    assert (coverage.events, dict(coverage.unused)) == (1, {"an advertisement": 2})
    assert [(item.place, item.reason) for item in sink.rejections] == [("line:4", "another provider")]


def test_constants_overwrite_no_column_of_the_provider() -> None:
    toml = f'{CSV}\n[constants]\nOther = "ours"\n'
    (event,) = rows(toml, "When,IP,Other\n2026-03-11T02:49:39Z,::1,theirs\n")
    assert event["detail"] == {"Other": "theirs", "Other#": "ours"}


def test_a_session_without_any_time_is_inventory() -> None:
    toml = CSV.replace('address = "IP"', 'kind = "session"\naddress = "IP"')
    found = rows(toml, "When,IP\n,192.0.2.1\n2026-03-11T02:49:39Z,192.0.2.1\n")
    assert [row["kind"] for row in found] == ["inventory", "session"]


def test_records_nested_too_deep_cost_themselves() -> None:
    toml = json_mapping('kind = "json"\npointers = ["/*"]', 'keys = ["t", "ip"]', 'address = "/ip"')
    deep = "[" * 900 + "]" * 900
    coverage, sink = read(toml, f'[{{"t": 1773197379, "ip": "::1"}}, {{"t": 1773197379, "ip": "::1", "x": {deep}}}]')
    assert (coverage.events, coverage.rejections) == (1, 1)
    assert "nested" in sink.rejections[0].reason


def test_pointers_into_records_take_only_what_they_name() -> None:
    toml = json_mapping(
        'kind = "json"\npointers = ["/log/*", "/*"]',
        'keys = ["/who/ip"]',
        'address = "/who/ip"\nstated_place = { join = ["/place/names/1", "/place/cc"] }',
    )
    record = {
        "meta": {"t": 1773197379},
        "who": {"ip": "192.0.2.1", "id": 7},
        "place": {"names": ["a", "b"], "cc": "AZ"},
    }
    for document in ({"log": [record]}, [record], {"log": [record], "more": 1}):
        (event,) = rows(toml, json.dumps(document))
        assert event["time"].isoformat() == "2026-03-11T02:49:39+00:00"
        assert (event["address"], event["stated_place"]) == ("192.0.2.1", "b, AZ")
        assert event["detail"] == {"who": {"id": 7}, "place": {"names": ["a", None]}}


def test_a_bare_object_is_one_record() -> None:
    toml = json_mapping('kind = "json"\npointers = [""]', 'keys = ["t", "ip"]')
    assert rows(toml, '\ufeff{"t": 1773197379, "ip": "192.0.2.1"}'.encode())[0]["place"] == ""


def test_keys_written_with_escapes_are_known() -> None:
    toml = json_mapping('kind = "json"\npointers = ["/*"]', 'keys = ["адрес"]', 'address = "адрес"')
    assert rows(toml, json.dumps([{"адрес": "192.0.2.1"}]))[0]["address"] == "192.0.2.1"


def test_the_first_record_may_be_damaged() -> None:
    toml = json_mapping('kind = "json"\npointers = ["/*"]', 'keys = ["t", "ip"]')
    coverage, _ = read(toml, '[{"t": 1, "ip": x}, {"t": 1773197379, "ip": "192.0.2.1"}]')
    assert (coverage.events, coverage.rejections) == (1, 1)


def test_json_lines_keep_the_bad_line_apart() -> None:
    toml = json_mapping('kind = "jsonl"', 'keys = ["t", "ip"]')
    good = '{"t": 1773197379, "ip": "192.0.2.1"}'
    coverage, sink = read(toml, f'{good}\n{{"t": 1, "t": 2, "ip": "::1"}}\n\n[1]\n{{"t"\n{good}')
    assert coverage.events == 2
    assert [item.place for item in sink.rejections] == ["line:2", "line:4", "line:5"]


LINES = f"""title = "T"
provider = "test"
{DOCUMENTATION}
[source]
kind = "lines"
lines = [
    '(?P<when>\\S+ \\S+) (?P<what>\\pL+)(?: from (?P<ip>\\S+))?(?: .*)?',
    '(?P<epoch>\\d+)\\|(?P<ip>.*)',
]
[time]
from = ["when", "epoch"]
unit = "s"
spellings = ["iso"]
zone = "+04:00"
ground = "g"
[event]
address = "ip"
[action]
from = "what"
default = "activity"
"""


def test_lines_by_the_first_pattern_that_fits_with_the_whole_line_kept() -> None:
    data = "2026-03-11 06:49:39 вход from 192.0.2.1 and more\n2026-03-11 06:49:39 выход\n1773197379|::1\n??\n"
    coverage, sink = read(LINES, data)
    assert [row["action_text"] for row in sink.rows] == ["вход", "выход", ""]
    assert {row["time"].isoformat() for row in sink.rows} == {"2026-03-11T02:49:39+00:00"}
    assert json.loads(sink.rows[0]["detail"])["line"].endswith("and more")
    assert [(item.place, item.excerpt) for item in sink.rejections] == [("line:4", "??")]
    assert coverage.rows == 4


def test_a_hostile_line_and_a_hostile_pattern_take_linear_time() -> None:
    toml = LINES.replace("(?P<epoch>\\\\d+)", "").replace(
        "'(?P<epoch>\\d+)\\|(?P<ip>.*)'", "'(?P<epoch>(?:a*)*b)', '(?P<ip>(?:.*.*.*)*=)'"
    )
    started = time.monotonic()
    coverage, _ = read(toml, "2026-03-11 06:49:39 x\n" + "a" * 200_000 + "\n")
    assert (coverage.events, coverage.rejections) == (1, 1)
    assert not mapping_patterns.search("(a|aa)+$", "a" * 200_000 + "c")
    assert time.monotonic() - started < 10


def test_a_log_is_known_by_half_of_its_first_lines() -> None:
    chosen = {"test": format_of(parse(LINES.encode(), "test", "t"))}
    line = b"2026-03-11 06:49:39 login\n"
    assert recognise(evidence_of(line + b"??\n", "x"), chosen)
    assert not recognise(evidence_of(line + b"??\n" * 5, "x"), chosen)
    assert not recognise(evidence_of(b"\x00" + line, "x"), chosen)
    assert not recognise(evidence_of(b"\n\n", "x"), chosen)


@pytest.mark.parametrize(
    "data",
    [
        "date,ip\n2026-03-01 10:11:12,192.0.2.14\n",  # no Reddit: no zone, no registration
        "date,ip,user\nregistration ip,192.0.2.14,x\n",
        "ip\n192.0.2.14\n",
        "Event,Time,IP\nLogin success,11.03.2026 04:12,192.0.2.1\n",
        "Time,Event,Status,IP\n",
        "Провайдер,Дата,Событие,IP-адрес\nДругой,11.03.2026 04:12,Вход,192.0.2.1\n",
        '{"event_type":"login","event_id":"1","timestamp":"2026-03-11T02:49:39Z"}\n',
        '{"logins": [{"ip": "192.0.2.1", "user_id": "U1"}]}',
        '[{"date_first": 1, "date_last": 2, "ip": "::1"}]',
        "Esn,Device Type\nX,TV\n",
        "",
        "\n\n\n",
        ",,,\n",
    ],
)
def test_neighbours_are_not_claimed(data: str) -> None:
    assert claimants(data.encode(), "ip_logs.csv") == ()


def test_no_shipped_mapping_claims_another_s_specimens() -> None:
    """The conformance suite asks it of every specimen; here, that a header alone is enough for exactly one."""
    headers = {
        "Login Date,IP Address,User Agent,Login Type": "linkedin_logins",
        "Challenge Date,IP Address,User Agent,Country,Challenge Type": "linkedin_security_challenges",
        "Registered At,Registration Ip,Subscription Types": "linkedin_registration",
        "Event Time (UTC),IP Address,Device ID,Latitude,Longitude": "uber_app_analytics",
    }
    for header, name in headers.items():
        assert claimants(f"{header}\n".encode(), "x") == (name,)


def test_documentation_of_every_mapping_says_what_is_unverified_or_seen() -> None:
    from forensics.ingest.mapping_format import shipped

    for name in shipped():
        versions = all_formats()[name].documentation.partition("Versions:")[2]
        assert any(word in versions for word in ("seen", "unverified", "source", "documented")), name


def test_a_zone_that_another_file_states_is_waited_for() -> None:
    toml = CSV.replace('zone = "explicit"', 'zone = "export"\ntold = ["x.zone"]')
    assert format_of(parse(toml.encode(), "test", "t")).needs == ("x.zone",)
    data = "When,IP\n2026-03-11 02:49:39,::1\n"
    (stated,) = rows(toml, data, {"x.zone": "Asia/Baku"})
    (unstated,) = rows(toml, data)
    assert (stated["zone_basis"], stated["time"].isoformat()) == ("export_setting", "2026-03-10T22:49:39+00:00")
    assert (unstated["zone_basis"], unstated["time"], unstated["time_text"]) == ("none", None, "2026-03-11 02:49:39")
    assert "no instant" in unstated["detail"]["time_note"]
