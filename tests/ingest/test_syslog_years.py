"""Years and zones of log lines that state none: derived only from what the file says, dropped where it contradicts itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.evidence import Told
from forensics.ingest.syslog_years import years_of
from tests.ingest import reading
from tests.ingest.test_access_log import SPECIMENS

START = datetime(2018, 3, 1, 12)  # noqa: DTZ001 - logs hold wall-clock times


def line(month_day: str, message: str = "Accepted password for editor from 192.0.2.14 port 5 ssh2") -> str:
    return f"{month_day} 12:00:00 web1 sshd[7]: {message}\n"


def times(text: str, name: str = "auth.log", **told: str) -> list[Any]:
    said = {key.replace("_", "."): value for key, value in told.items()}
    _, sink = reading.read_bytes(text.encode(), name, told=said)
    return [row["time"] and row["time"].year for row in sink.rows]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 170), min_size=1, max_size=40))
def test_years_are_counted_back_over_new_years_and_leap_days(gaps: list[int]) -> None:
    days, when = [], START
    for gap in gaps:
        when += timedelta(days=gap)
        days.append(when)
    text = "".join(line(f"{when:%b} {when.day:2d}") for when in days)
    rotated = when + timedelta(days=1)
    evidence = reading.evidence_of(text.encode(), f"auth.log-{rotated:%Y%m%d}.gz")
    years = years_of(evidence)
    assert [years.at(number).year for number in range(1, len(days) + 1)] == [when.year for when in days]


def test_the_rotation_date_bounds_the_last_line() -> None:
    text = line("Dec 30") + line("Jan  4")
    assert times(text, "secure-20200105", assumed_zone="Asia/Baku") == [2019, 2020]
    assert times(line("Dec 30"), "secure-20200105", assumed_zone="Asia/Baku") == [2019]
    assert times(text, "messages-2020-01-05.gz", assumed_zone="Asia/Baku") == [2019, 2020]


def test_without_an_anchor_no_instant_is_stated_and_the_detail_says_so() -> None:
    _, sink = reading.read_bytes(line("Mar 11").encode(), "auth.log", told={"assumed.zone": "Asia/Baku"})
    row = sink.rows[0]
    assert (row["time"], row["time_text"], row["zone_basis"]) == (None, "Mar 11 12:00:00", "none")
    assert "neither the file nor its name states a year" in row["detail"]


def test_a_year_without_a_zone_is_no_instant() -> None:
    assert times(line("Mar 11"), "auth.log-20200312") == [None]


def test_the_examiners_year_is_marked_as_assumed() -> None:
    text = line("Dec 31") + line("Jan  1")
    told = {"assumed.year": "2021", "syslog.zone": "Asia/Baku"}
    _, sink = reading.read_bytes(text.encode(), "auth.log", told=told)
    assert [row["time"].year for row in sink.rows] == [2020, 2021]
    assert {row["zone_basis"] for row in sink.rows} == {"assumed"}
    assert times(line("Mar 11"), "auth.log-20200312", assumed_year="2013", assumed_zone="UTC") == [2020]


def test_29_february_contradicts_a_year_without_one() -> None:
    assert times(line("Feb 29") + line("Mar  1"), "auth.log-20210302", assumed_zone="UTC") == [None, None]
    assert times(line("Feb 29") + line("Mar  1"), "auth.log-20200302", assumed_zone="UTC") == [2020, 2020]


def test_two_anchors_that_differ_cancel_each_other() -> None:
    text = (
        line("Mar 10") + "2019-03-11T12:00:00+04:00 web1 sshd[7]: Accepted password for e from 192.0.2.1 port 5 ssh2\n"
    )
    assert times(text, "auth.log-20200312", assumed_zone="UTC") == [None, 2019]
    assert times(text, "auth.log", assumed_zone="UTC") == [2019, 2019]


def test_an_anchor_does_not_hold_beyond_a_break_in_the_order() -> None:
    text = line("May 10") + line("Mar  1") + line("Mar  2")
    assert times(text, "auth.log-20200303", assumed_zone="UTC") == [None, 2020, 2020]


def test_lines_a_little_out_of_order_at_new_year() -> None:
    text = line("Dec 31") + line("Jan  1") + line("Dec 31") + line("Jan  1")
    assert times(text, "auth.log-20200102", assumed_zone="UTC") == [2019, 2020, 2019, 2020]


@pytest.mark.parametrize(
    ("header", "years"),
    [
        ("-- Logs begin at Mon 2020-03-02 09:00:00 UTC, end at Thu 2020-03-12 10:00:00 UTC. --", [2020]),
        ("-- Journal begins at Mon 2019-03-02 09:00:00 +04, ends at Thu 2020-02-12 10:00:00 +04. --", [2019]),
        ("-- Journal begins at Mon 2018-03-02 09:00:00 +04, ends at Thu 2020-06-12 10:00:00 +04. --", [None]),
    ],
)
def test_the_period_that_journalctl_prints_counts_only_if_one_year_fits(header: str, years: list[int | None]) -> None:
    assert times(f"{header}\n" + line("Mar 11"), "j.txt", assumed_zone="UTC") == years


def test_the_hour_that_occurs_twice_is_named() -> None:
    text = "Oct 25 02:30:00 web1 sshd[1]: Accepted password for e from 192.0.2.1 port 5 ssh2\n"
    told = {"syslog.zone": "Europe/Berlin"}
    _, sink = reading.read_bytes(text.encode(), "auth.log-20201026", told=told)
    assert "occurred twice" in sink.rows[0]["detail"]


def test_file_times_play_no_part(tmp_path: Path) -> None:
    data = line("Mar 11").encode()
    evidence = replace(
        reading.evidence_of(data, "auth.log", tmp_path), told={"assumed.zone": Told(value="UTC", source="examiner")}
    )
    assert years_of(evidence).at(1).year == 0


def test_real_lines_of_the_specimen_folder() -> None:
    path = SPECIMENS / "sshd" / "syslog_ssh.log"
    if not path.exists():
        pytest.skip("specimen folder is absent (FORENSICS_SPECIMENS)")
    coverage, sink = reading.read_bytes(path.read_bytes(), path.name)
    assert (coverage.rows, coverage.events, coverage.rejections) == (9, 8, 0)
    assert [row["action"] for row in sink.rows].count("login") == 5
    assert sink.rows[1]["address"] == "2001:db8:a0b:12f0::1"
    assert sink.rows[2]["address_text"] == "001:db8:a0b:12f0::1"
    assert sink.rows[-1]["device"] == "ssh-key:SHA256:5xyQ+PG1Z3CIiShclJ2iNya5TOdKDgE/HrOXr21IdOo"
    assert not any(row["time"] for row in sink.rows)
