"""Passive DNS of the user: read from tables and JSON lines, found again by address and day."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.enrichment.importer import Ledger, RowError
from forensics.enrichment.importers.passive_dns import observations, seconds
from forensics.enrichment.passive_dns import Observation, seen
from forensics.enrichment.snapshots import SnapshotTable, load
from forensics.errors import UsageError
from forensics.pipeline import user_data
from tests.enrichment.importing import imported, reasons

MARCH, JUNE = 1_584_403_200, 1_591_833_600  # 2020-03-17, 2020-06-11

TABLE = f"""rrname,rrtype,rdata,time_first,time_last,count
Mail.Example.,A,192.0.2.1,{MARCH},{JUNE},7
www.example,AAAA,2001:db8::1,2020-03-17 00:00:00,2020-03-18,
1.2.0.192.in-addr.arpa,PTR,host-1.example.,2019-01-01T00:00:00Z,2019-02-01T00:00:00+04:00,1
example,MX,10 mail.example,{MARCH},{JUNE},7
"""
LINES = [
    {
        "rrname": "mail.example",
        "rrtype": "A",
        "rdata": ["192.0.2.1", "192.0.2.2"],
        "time_first": MARCH,
        "time_last": JUNE,
    },
    {
        "rrname": "zone.example",
        "rrtype": "A",
        "rdata": "192.0.2.3",
        "zone_time_first": MARCH,
        "zone_time_last": JUNE,
        "count": 1,
    },
    {
        "rrname": "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa.",
        "rrtype": "PTR",
        "rdata": ["six.example."],
        "time_first": MARCH,
        "time_last": JUNE,
    },
]


def snapshot(folder: Path, name: str, content: str) -> SnapshotTable:
    (folder / name).write_text(content, encoding="utf-8")
    done = user_data.import_file(
        user_data.Wish(path=folder / name, as_of="2020-07-01", licence="unknown", to=folder / "data")
    )
    assert done.manifest.kind == "passive_dns"
    (table,) = [item for item in load(folder / "data", embedded=False) if item.manifest.id == done.manifest.id]
    table.verify()
    return table


def test_names_of_an_address_around_a_day(tmp_path: Path) -> None:
    table = snapshot(tmp_path, "pdns.csv", TABLE)
    assert (table.manifest.rows_v4, table.manifest.rows_v6) == (2, 1)
    found = seen(["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "192.0.2.9"], date(2020, 4, 1), [table])
    (name,) = found["192.0.2.1"]
    assert (name.name, name.rrtype, name.count, name.gap_days) == ("mail.example", "A", 7, 0)
    assert (name.first, name.last) == (datetime(2020, 3, 17, tzinfo=UTC), datetime(2020, 6, 11, tzinfo=UTC))
    assert name.snapshot == table.manifest.id
    assert found["::ffff:192.0.2.1"] == [name]
    assert [(item.name, item.gap_days) for item in found["2001:db8::1"]] == [("www.example", -14)]
    assert found["192.0.2.9"] == []


def test_the_nearest_comes_first_and_the_distance_is_signed(tmp_path: Path) -> None:
    table = snapshot(tmp_path, "pdns.csv", TABLE)
    near = seen(["192.0.2.1"], date(2019, 2, 10), [table], within=1000)["192.0.2.1"]
    assert [(item.name, item.gap_days) for item in near] == [("host-1.example", -10), ("mail.example", 401)]
    assert [item.name for item in seen(["192.0.2.1"], None, [table])["192.0.2.1"]] == ["mail.example", "host-1.example"]
    assert [item.name for item in seen(["192.0.2.1"], date(2019, 2, 10), [table])["192.0.2.1"]] == ["host-1.example"]
    with pytest.raises(UsageError):
        seen(["192.0.2.010"], None, [table])
    assert seen(["192.0.2.1"], None, load())["192.0.2.1"] == []


def test_the_common_output_format(tmp_path: Path) -> None:
    content = "".join(json.dumps(line) + "\n" for line in LINES)
    table = snapshot(tmp_path, "pdns.jsonl", content)
    found = seen(["192.0.2.2", "192.0.2.3", "2001:db8::1"], date(2020, 4, 1), [table])
    assert [[item.name for item in names] for names in found.values()] == [
        ["mail.example"],
        ["zone.example"],
        ["six.example"],
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rdata": "0300.0.2.1"}, "not an IP address"),
        ({"rdata": "2001:db8::1"}, "A record with an IPv6"),
        ({"rdata": None}, "no rdata"),
        ({"time_first": "20200317"}, "not a time of a sensor"),
        ({"time_first": "soon"}, "not a time"),
        ({"time_first": 1e400}, "not a time"),
        ({"time_last": MARCH - 1}, "last seen before"),
        ({"time_last": 99_999_999_999}, "not a time of a sensor"),
        ({"count": -1}, "not a count"),
        ({"rrname": "a b"}, "not a name"),
        ({"rrname": "x" * 5000}, "not a name"),
        ({"rrtype": "PTR"}, "not the reverse name"),
        ({"rrtype": "PTR", "rrname": "010.2.0.192.in-addr.arpa"}, "not an IP address"),
        ({"rdata": ["192.0.2.1"] * 10_001}, "values in one record"),
    ],
)
def test_a_record_that_means_nothing_is_rejected(change: dict[str, Any], reason: str) -> None:
    row = {"rrname": "a.example", "rrtype": "A", "rdata": "192.0.2.1", "time_first": MARCH, "time_last": JUNE} | change
    with pytest.raises(RowError, match=reason):
        list(observations(row, Ledger()))


def test_lines_that_are_no_record_are_rejected_with_their_place(tmp_path: Path) -> None:
    made = imported(tmp_path, "a.csv", TABLE + 'x,A,192.0.2.1\n"x,A\n', expected="passive_dns")
    assert [told.split(" ", 1)[0] for told in reasons(made)] == ["line:6", "line:7"]
    assert made.ledger.unused == {"records of other types than A, AAAA and PTR": 1}
    assert made.ledger.warnings == ["times without a zone are read as UTC"]
    deep = json.dumps(LINES[0]) + "\n" + '{"rrname":' + "[" * 30_000 + "\n[]\n\xff\n"
    made = imported(tmp_path, "a.json", deep, expected="passive_dns")
    assert [told.split(" ", 1)[0] for told in reasons(made)] == ["line:2", "line:3", "line:4"]


@settings(max_examples=100, deadline=None)
@given(st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001 - the zone is the point
def test_times_without_a_zone_are_utc(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    expected = int(whole.replace(tzinfo=UTC).timestamp())
    for text in (str(whole), whole.isoformat() + "Z", str(expected), expected):
        assert seconds(text, Ledger()) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 400), st.integers(0, 300), st.sampled_from("ab")), max_size=10
    ),
    st.integers(0, 700),
)
def test_bulk_looking_up_equals_a_scan(rows: list[tuple[int, int, int, str]], at: int) -> None:
    from forensics.enrichment.passive_dns import COLUMNS, arrow_table

    class Held:
        def __init__(self, table: Any) -> None:
            self.names_seen = table
            self.manifest = type("M", (), {"kind": "passive_dns", "id": "held"})()

    start = 1_577_836_800  # 2020-01-01
    made = [
        Observation(
            family=4,
            number=0xC0000200 + last,
            name=f"{word}.example",
            rrtype="A",
            first=start + first * 86_400,
            last=start + (first + size) * 86_400,
            count=0,
        )
        for last, first, size, word in rows
    ]
    table = arrow_table(made)
    assert tuple(table.column_names) == COLUMNS
    day = datetime.fromtimestamp(start + at * 86_400, UTC).date()
    found = seen([f"192.0.2.{last}" for last in range(6)], day, [Held(table)], within=30)  # type: ignore[list-item]
    for last in range(6):
        expected = set()
        for item in made:
            low, high = ((value - start) // 86_400 for value in (item.first, item.last))
            gap = low - at if at < low else high - at if at > high else 0
            if item.number == 0xC0000200 + last and abs(gap) <= 30:
                expected.add((item.name, gap, item.first, item.last))
        told = [
            (one.name, one.gap_days, int(one.first.timestamp()), int(one.last.timestamp()))
            for one in found[f"192.0.2.{last}"]
        ]
        assert sorted(told) == sorted(expected)
        assert [abs(gap) for _, gap, *_ in told] == sorted(abs(gap) for _, gap, *_ in told)
