"""Quirks of the Takeout access log (activities and devices): columns, spellings, agents, free text."""

# ruff: noqa: RUF001 - names and dates of other languages use their own signs

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.fields import FieldError
from forensics.ingest.takeout_columns import Cells, app_agent, device_name, last_location, plain
from forensics.model import ZoneBasis
from tests.ingest import reading

HEADER_13 = (
    "Gaia ID,Activity Timestamp,IP Address,Proxiedhost IP Address,Is Non-routable IP Address,Activity Country,"
    "Activity Region,Activity City,User Agent String,Product Name,Sub-Product Name,Activity Type,Gmail Access Channel"
)
ROW_13 = "1,{time},203.0.113.45,,No,QZ,Capital,Old Town,{agent},Gmail,,{kind},Web"


def rows_of(text: str, name: str = "renamed.bin") -> list[dict[str, Any]]:
    """Read CSV text and return its events; nothing may be rejected."""
    coverage, sink = reading.read_bytes(text.encode(), name)
    assert coverage.rejections == 0
    return sink.rows


def activity(time: str = "2020-03-11 00:43:10 UTC", agent: str = "x", kind: str = "Login") -> dict[str, Any]:
    """Read one activities row."""
    return rows_of(f"{HEADER_13}\n{ROW_13.format(time=time, agent=agent, kind=kind)}\n")[0]


@pytest.mark.parametrize(
    "time",
    [
        "2020-03-11 00:43:10 UTC",
        "2020-03-11 00:43:10 Z",
        "2020-03-11T00:43:10Z",
        '"Mar 11, 2020, 12:43:10 AM UTC"',
        '"Mar 11, 2020, 12:43:10\u202fAM UTC"',
        '"Mar\u00a011, 2020, 12:43:10\u00a0AM UTC"',
        "2020-03-11T04:43:10+04:00",
        '"11 мар. 2020 г., 00:43:10 UTC"',
        '"11 mart 2020, 00:43:10 GMT+00:00"',
        "11.03.2020 00:43:10 UTC",
    ],
)
def test_every_spelling_of_the_time_is_the_same_instant(time: str) -> None:
    row = activity(time)
    assert row["time"].isoformat() == "2020-03-11T00:43:10+00:00"
    assert row["zone_basis"] == "explicit"
    assert row["time_text"] == time.strip('"')


def test_a_time_without_zone_is_marked_as_assumed() -> None:
    assert activity("2020-03-11 00:43:10")["zone_basis"] == "assumed"


def test_an_unreadable_time_costs_the_row_and_never_becomes_now() -> None:
    coverage, sink = reading.read_bytes(
        f"{HEADER_13}\n{ROW_13.format(time='soon', agent='x', kind='Login')}\n".encode(), "a.csv"
    )
    assert (coverage.events, coverage.rejections) == (0, 1)
    assert sink.rejections[0].place == "line:2"


@pytest.mark.parametrize(
    ("kind", "action", "initiator"),
    [
        ("Login", "login", "user"),
        ("Sign in", "login", "user"),
        ("Sign-in", "login", "user"),
        ("Logout", "logout", "user"),
        ("Non User Initiated", "activity", "app"),
        ("Other", "activity", "unknown"),
        ("Something new", "activity", "unknown"),
    ],
)
def test_background_synchronisation_does_not_pass_for_a_person(kind: str, action: str, initiator: str) -> None:
    row = activity(kind=kind)
    assert (row["action"], row["initiator"], row["action_text"]) == (action, initiator, kind)


def test_columns_are_found_by_name_in_any_order_and_unknown_ones_are_kept() -> None:
    row = rows_of("New Column,IP\u00a0Address,Gaia\u202fID,Activity Type,Activity Timestamp\nx,192.0.2.14,7,Login,\n")[
        0
    ]
    assert (row["address"], row["account"], row["action"], row["time"]) == ("192.0.2.14", "7", "login", None)
    assert json.loads(row["detail"]) == {"New Column": "x"}


def test_two_columns_without_time_are_inventory() -> None:
    row = rows_of("Gaia ID,IP Address\n1,203.0.113.45\n")[0]
    assert (row["kind"], row["time"], row["address"]) == ("inventory", None, "203.0.113.45")


def test_cells_with_line_breaks_and_repeated_headers_keep_rows_and_line_numbers() -> None:
    body = ROW_13.format(time="2020-03-11 00:43:10 UTC", agent='"one\ntwo"', kind="Login")
    coverage, sink = reading.read_bytes(f"\ufeff{HEADER_13}\r\n{body}\r\n{HEADER_13}\r\n{body}\r\n".encode(), "a.csv")
    assert [row["place"] for row in sink.rows] == ["line:2", "line:5"]
    assert coverage.unused == {"repeated header line": 1}


def test_utf_16_export_is_read() -> None:
    coverage, sink = reading.read_bytes(
        f"{HEADER_13}\n{ROW_13.format(time='', agent='ə', kind='')}\n".encode("utf-16"), "a"
    )
    assert (coverage.events, sink.rows[0]["user_agent"]) == (1, "ə")


def test_proxied_host_and_non_routable_stay_in_detail() -> None:
    row = rows_of("Gaia ID,IP Address,Proxied Host IP Address,Is Non-routable IP Address\n1,10.0.0.1,192.0.2.14,Yes\n")[
        0
    ]
    assert json.loads(row["detail"]) == {"Proxied Host IP Address": "192.0.2.14", "Is Non-routable IP Address": "Yes"}
    assert row["address"] == "10.0.0.1"


def test_app_agent_is_split_and_kept_as_found() -> None:
    agent = "App : GMAIL_APP. App Version : 6.0.260302. Os : IOS_OS. Os Version : 26.3. Device Type : MOBILE."
    row = activity(agent=agent)
    assert row["user_agent"] == agent
    fields = json.loads(row["detail"])["user_agent_fields"]
    assert fields["App Version"] == "6.0.260302"
    assert fields["Device Type"] == "MOBILE"
    assert app_agent("Mozilla/5.0 (X11; rv : 1) Firefox/73.0") == {}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Z][a-z]{1,8}( [A-Z][a-z]{1,8})?", fullmatch=True),
        st.from_regex(r"[A-Za-z0-9_]([A-Za-z0-9_.]{0,8}[A-Za-z0-9_])?", fullmatch=True),
        min_size=1,
        max_size=6,
    )
)
def test_app_agent_gives_back_what_was_written(fields: dict[str, str]) -> None:
    assert app_agent("".join(f"{key} : {value}. " for key, value in fields.items()).rstrip()) == fields


@given(st.text(max_size=40))
def test_plain_names_ignore_case_spaces_and_dashes(name: str) -> None:
    assert plain(plain(name)) == plain(name)
    assert plain("Is Non-routable\u00a0IP Address") == "isnonroutableipaddress"


def test_cells_remember_what_was_read() -> None:
    cells = Cells({"IP Address": "192.0.2.14", "First Activity": "a", "Empty": ""})
    assert (cells.take("ipaddress"), cells.take_like("first", "activity"), cells.take("missing")) == (
        "192.0.2.14",
        "a",
        "",
    )
    assert cells.rest == {"Empty": ""}


def test_devices_old_form_reads_the_free_text() -> None:
    country, moment = last_location("Country ISO: QZ\nLast Activity Time: Mar 11, 2020, 7:40:10\u202fAM UTC")
    assert (country, str(moment.utc), moment.zone) == ("QZ", "2020-03-11 07:40:10+00:00", ZoneBasis.EXPLICIT)
    one_line = last_location("Last Activity Time: 2020-03-11 07:40:10 UTC, Country ISO: QZ")
    assert (one_line[0], one_line[1].utc) == (country, moment.utc)
    with pytest.raises(FieldError):
        last_location("Last Activity Time: \nCountry ISO: QZ")


def test_devices_new_form_is_a_session_with_first_and_last_activity() -> None:
    text = "Gaia ID,Type,Brand,Model,OS,Country,Last Location Time,First Activity Time,Last Activity Time\n"
    text += "1,PHONE,Example,E 1,Android,QZ,,2020-02-12 04:10:00 UTC,2020-03-11 08:59:10 UTC\n"
    row = rows_of(text)[0]
    assert (row["kind"], row["device"], row["stated_place"], row["address"]) == ("session", "google:E 1", "QZ", None)
    assert (str(row["time"]), str(row["time_end"])) == ("2020-02-12 04:10:00+00:00", "2020-03-11 08:59:10+00:00")


def test_the_two_files_of_the_folder_are_told_apart() -> None:
    assert reading.claimants(HEADER_13.encode(), "x") == ("google_access_log",)
    older = b"Gaia ID,Activity Timestamp,IP Address,Country Code,City,Device Type,Device Model\n"
    assert reading.claimants(older, "x") == ("google_access_log",)
    assert reading.claimants(b"Device Type,Device Model,Device Last Location,Gaia ID\n", "x") == ("google_devices",)
    assert reading.claimants(b"Gaia ID,Name\n", "x") == ()
    assert device_name("  E   1 ") == "google:E 1"


HEADER_16 = HEADER_13.replace("Activity Type", "Referer Product Name,Referer Sub-Product Name,Activity Type")
HEADER_16 += ",Android Webview Package Name"
HEADER_7 = "Gaia ID,Activity Timestamp,IP Address,Proxiedhost IP Address,Is Non-routable IP Address,Activity Country"
HEADER_7 += ",Product Name"
OLDER = "Gaia ID,Activity Timestamp,IP Address,Country Code,City,Device Type,Device Model"


@pytest.mark.parametrize("spell", ["plain", "bom and quotes", "no-break spaces", "utf-16", "crlf"])
@pytest.mark.parametrize("header", [HEADER_13, HEADER_16, HEADER_7, OLDER])
def test_every_form_of_the_columns_in_every_encoding(header: str, spell: str) -> None:
    names = header.split(",")
    values = {"Gaia ID": "1", "Activity Timestamp": "2020-03-11 00:43:10 UTC", "IP Address": "2001:db8::7"}
    values |= {
        "Activity Type": "Login",
        "Product Name": "Gmail",
        "Referer Product Name": "Chrome Sync",
        "City": "Old Town",
    }
    line = ",".join(values.get(name, "") for name in names)
    text = f"{header}\n{line}\n"
    data = {
        "plain": text.encode(),
        "bom and quotes": ("\ufeff" + ",".join(f'"{name}"' for name in names) + f"\n{line}\n").encode(),
        "no-break spaces": text.replace("IP Address", "IP\u00a0Address").replace("Gaia ID", "Gaia\u202fID").encode(),
        "utf-16": text.encode("utf-16"),
        "crlf": text.replace("\n", "\r\n").encode("utf-8-sig"),
    }[spell]
    assert reading.claimants(data, "Aktivitäten – eine Liste der Google-Dienste, auf d.csv") == ("google_access_log",)
    coverage, sink = reading.read_bytes(data, "x")
    row = sink.rows[0]
    assert (coverage.events, coverage.rejections) == (1, 0)
    assert (str(row["time"]), row["address"], row["account"]) == ("2020-03-11 00:43:10+00:00", "2001:db8::7", "1")
    assert row["service"] == ("Gmail" if "Product Name" in names else "Google Account"), (
        "the referer is not the product"
    )
    assert row["stated_place"] == ("Old Town" if "City" in names else "")


def test_app_agent_with_no_break_spaces_is_split() -> None:
    assert app_agent("App\u00a0: GMAIL_APP.\u00a0Os\u00a0: IOS_OS.") == {"App": "GMAIL_APP", "Os": "IOS_OS"}


def test_devices_cell_over_several_lines_in_utf_16() -> None:
    text = "Device Type,Brand Name,Marketing Name,OS,OS Version,Device Model,User Given Name,Device Last Location,Gaia ID\n"
    text += '"PHONE","Example","E","Android","9","E 1","","Country ISO: QZ\nLast Activity Time: Mar 11, 2020, 7:40:10 AM UTC",1\n'
    for data in (text.encode("utf-16"), text.encode("utf-8-sig")):
        row = reading.read_bytes(data, "Geräte – eine Liste der Geräte.csv")[1].rows[0]
        assert (row["kind"], str(row["time_end"]), row["stated_place"]) == (
            "session",
            "2020-03-11 07:40:10+00:00",
            "QZ",
        )
