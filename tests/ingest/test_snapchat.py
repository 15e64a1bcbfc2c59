"""Traps of Snapchat exports and legal answers."""

from __future__ import annotations

import json

import pytest

from tests.ingest import reading

PARTS = {"Basic Information": {"Username": "u"}, "Device Information": {}}


def _account(logins: object) -> tuple[list[dict[str, object]], dict[str, int], int]:
    data = json.dumps({**PARTS, "Login History": logins}).encode()
    coverage, sink = reading.read_bytes(data, "json/account.json")
    assert coverage.format == "snapchat_account"
    return (
        [row for row in sink.rows if str(row["action"]).startswith("login")],
        dict(coverage.unused),
        coverage.rejections,
    )


def test_a_login_without_an_address_is_kept() -> None:
    logins, _, rejected = _account([{"Country": "AZ", "Created": "2026-03-17 13:43:50 UTC", "Status": "success"}])
    assert (len(logins), logins[0]["address"], rejected) == (1, None, 0)


@pytest.mark.parametrize(
    ("status", "action", "outcome"),
    [
        ("success", "login", "success"),
        ("FAILED", "login_failed", "failure"),
        ("blocked", "login_failed", "blocked"),
        ("new word", "login", "unknown"),
        ("", "login", "unknown"),
    ],
)
def test_the_status_decides_and_a_new_word_decides_nothing(status: str, action: str, outcome: str) -> None:
    logins, _, _ = _account([{"IP": "192.0.2.1", "Created": "2026-03-17 13:43:50 UTC", "Status": status}])
    assert (logins[0]["action"], logins[0]["outcome"], logins[0]["action_text"]) == (action, outcome, status)


def test_a_single_record_may_stand_bare() -> None:
    logins, _, _ = _account({"IP": "192.0.2.1", "Created": "2026-03-17 13:43:50 UTC", "Status": "success"})
    assert [row["place"] for row in logins] == ["/Login History"]


def test_json_and_html_say_the_same() -> None:
    record = {
        "IP": "2001:db8::7",
        "Country": "AZ",
        "Created": "2026-03-17 13:43:50 UTC",
        "Status": "success",
        "Device": "x",
    }
    from_json, _, _ = _account([record])
    labelled = "<br>".join(f"<b>{name}: </b>{value}" for name, value in record.items())
    in_columns = "".join(f"<td>{value}</td>" for value in record.values())
    heads = "".join(f"<th>{name}</th>" for name in record)
    for table in (f"<tr><td>{labelled}</td></tr>", f"<tr>{heads}</tr><tr>{in_columns}</tr>"):
        page = (
            "<html><h3>Basic Information</h3><table><tr><th>Username</th><th>u</th></tr></table>"
            f"<h3>Login History</h3><table>{table}</table></html>"
        )
        _, sink = reading.read_bytes(page.encode(), "html/account.html")
        login = sink.rows[-1]
        for column in ("time", "address", "account", "outcome", "stated_place", "detail"):
            assert login[column] == from_json[0][column]


def test_headings_may_hold_other_tags() -> None:
    page = (
        '<html><h3 class="a"><span><b>Basic Information</b></span></h3><table><tr><td>Username</td><td>u</td></tr></table>'
        "<h3>\nLogin History\n</h3><table><tr><td><b>IP: </b>192.0.2.1<br><b>Created: </b>2026-03-17 13:43:50 UTC</td></tr>"
        "</table></html>"
    )
    coverage, sink = reading.read_bytes(page.encode(), "html/account.html")
    assert (coverage.format, coverage.events, sink.rows[-1]["address"]) == ("snapchat_account", 2, "192.0.2.1")
    assert {row["account"] for row in sink.rows} == {"u"}


def test_an_export_request_keeps_the_address_it_went_to() -> None:
    reports = [{"Date": "2026-03-11 02:58:00 UTC", "Status": "SUCCEEDED", "Email Address": "stranger@mail.example"}]
    data = json.dumps({"Display Name Change": [], "Download My Data Reports": reports}).encode()
    coverage, sink = reading.read_bytes(data, "json/account_history.json", told={"snapchat.account": "u"})
    assert coverage.format == "snapchat_account_history"
    assert [(row["action"], row["outcome"], row["account"]) for row in sink.rows] == [
        ("export_requested", "success", "u")
    ]
    assert "stranger@mail.example" in sink.rows[0]["detail"]


def test_tables_of_a_legal_answer_change_their_headers() -> None:
    text = (
        '"Legend, with a comma"\n==========\nip,timestamp\n192.0.2.1,2026-04-11 04:02:00 UTC\n'
        "==========\nasn,ip,last_seen_time,first_seen_time\n64500,192.0.2.2,2026-04-12 04:02:00 UTC,2026-04-11 04:02:00 UTC\n"
    )
    coverage, sink = reading.read_bytes(text.encode(), "ip_data.csv")
    assert coverage.format == "snapchat_ip_data"
    assert [(row["address"], row["kind"], str(row["time"])[:10], str(row["time_end"])[:10]) for row in sink.rows] == [
        ("192.0.2.1", "event", "2026-04-11", "None"),
        ("192.0.2.2", "session", "2026-04-11", "2026-04-12"),
    ]


def test_a_table_under_an_unknown_header_is_refused_not_misread() -> None:
    text = "legend\n==========\nip,timestamp\n192.0.2.1,2026-04-11 04:02:00 UTC\n==========\ncountry,number\nAZ,17\n"
    coverage, _ = reading.read_bytes(text.encode(), "ip_data.csv")
    assert (coverage.events, coverage.rejections) == (1, 2)


def test_a_csv_with_addresses_but_no_ruler_is_not_claimed() -> None:
    assert reading.claimants(b"ip,timestamp\n192.0.2.1,2026-04-11 04:02:00 UTC\n", "ip_data.csv") == ()


def test_damage_in_the_user_name_costs_nothing_else() -> None:
    login = '{"IP": "192.0.2.1", "Created": "2026-03-17 13:43:50 UTC"}'
    text = '{"Basic Information": {"Username": "a\\q"}, "Login History": [' + login + "]}"
    coverage, sink = reading.read_bytes(text.encode(), "json/account.json")
    assert coverage.format == "snapchat_account"
    assert [row["address"] for row in sink.rows] == ["192.0.2.1"]


def test_an_object_of_an_unknown_part_is_refused() -> None:
    text = '{"Display Name Change": [}, "Password Change": 1, {"Date": "2026-03-17 13:43:50 UTC"}'
    coverage, sink = reading.read_bytes(text.encode(), "json/account_history.json")
    assert coverage.format == "snapchat_account_history"
    assert not [row for row in sink.rows if row["action"] == "password_changed"]


@pytest.mark.parametrize(
    ("status", "action", "outcome"),
    [
        ("Success", "login", "success"),
        ("Success (2FA)", "login", "success"),
        ("Failed login", "login_failed", "failure"),
        ("unsuccessful", "login_failed", "failure"),
        ("denied", "login_failed", "failure"),
        ("Account locked", "login_failed", "blocked"),
        ("2FA required", "activity", "challenge"),
        ("Pending verification", "activity", "challenge"),
        ("something else", "login", "unknown"),
    ],
)
def test_only_what_succeeded_is_told_as_a_login(status: str, action: str, outcome: str) -> None:
    login = {"IP": "203.0.113.5", "Created": "2026-03-11 02:49:39 UTC", "Status": status}
    data = json.dumps({"Basic Information": {"Username": "editor"}, "Login History": [login]}).encode()
    row = reading.read_bytes(data, "json/account.json")[1].rows[-1]
    assert (row["action"], row["outcome"], row["action_text"]) == (action, outcome, status)
