"""Traps of Google's account pages, device lists and mail rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest.gmail_rules import effects, forwards
from forensics.ingest.google_hardware import android_device, imei_device
from tests.ingest import reading

ITEMS = "<h2>GOOGLE SUBSCRIBER INFORMATION</h2><ul><li>Google Account ID: 100000000000000000001</li></ul>"
CHANGES = "<tr><th>Timestamp</th><th>IP Address</th><th>Change Type</th><th>Old Value</th><th>New Value</th></tr>"


def rows_of(text: str, name: str = "renamed.bin") -> list[dict[str, Any]]:
    """Read a page or file."""
    return reading.read_bytes(text.encode(), name)[1].rows


def change(kind: str, old: str = "", new: str = "") -> dict[str, Any]:
    """Read one row of a change history."""
    cells = "".join(f"<td>{cell}</td>" for cell in ("2026-03-11 01:01:44 Z", "203.0.113.45", kind, old, new))
    return rows_of(f"<html><table>{CHANGES}<tr>{cells}</tr></table></html>")[0]


def test_the_time_with_a_space_before_z_is_utc() -> None:
    row = rows_of(f"{ITEMS}<table><tr><td>2023-02-25 04:34:32 Z</td><td>2001:db8::22</td><td>Login</td></tr></table>")[
        -1
    ]
    assert (str(row["time"]), row["zone_basis"], row["address"]) == (
        "2023-02-25 04:34:32+00:00",
        "explicit",
        "2001:db8::22",
    )
    assert row["account"] == "100000000000000000001"


def test_the_older_spelling_of_times_and_labels_in_bold_are_read() -> None:
    page = "<html><h2>GOOGLE SUBSCRIBER INFORMATION</h2><ul><li><b>Google Account ID:</b> 100000000000000000001</li>"
    page += "<li><b>Created on:</b> 2012/05/01-10:11:12-UTC</li></ul>"
    page += "<table><tr><th>Timestamp</th><th>IP Address</th><th>Activity Type</th></tr>"
    page += "<tr><td>2013/01/02-03:04:05-UTC</td><td>198.51.100.7</td><td>Login</td></tr></table></html>"
    rows = rows_of(page)
    assert [row["account"] for row in rows] == ["100000000000000000001"] * 3
    assert [str(row["time"]) for row in rows[1:]] == ["2012-05-01 10:11:12+00:00", "2013-01-02 03:04:05+00:00"]
    assert rows[1]["time_text"] == "2012/05/01-10:11:12-UTC"


def test_columns_may_come_in_any_order_and_number() -> None:
    table = "<table><tr><th>Activity Type</th><th>IP Address</th><th>Timestamp</th><th>New Thing</th></tr>"
    table += "<tr><td>Logout</td><td>[2001:db8::7]:443</td><td>2026-03-11 01:00:00 Z</td><td>x</td></tr></table>"
    row = rows_of(ITEMS + table)[-1]
    assert (row["action"], row["address"], row["source_port"]) == ("logout", "2001:db8::7", 443)
    assert json.loads(row["detail"])["New Thing"] == "x"


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("Password", "password_changed"),
        ("Password changed", "password_changed"),
        ("Recovery e-mail", "recovery_changed"),
        ("2-Step Verification", "two_factor_changed"),
        ("Passkeys", "two_factor_changed"),
        ("Passwort geändert", "password_changed"),
        ("Parol dəyişdirildi", "password_changed"),
        ("Given name", "account_changed"),
        ("Password change failed", "activity"),
    ],
)
def test_change_types(kind: str, action: str) -> None:
    assert change(kind)["action"] == action


def test_a_change_with_values_is_a_change_of_state() -> None:
    row = change("Recovery e-mail", "owner@mail.example", "stranger@evil.example")
    assert row["kind"] == "state_change"
    assert json.loads(row["detail"])["changes"] == {"Recovery e-mail": ["owner@mail.example", "stranger@evil.example"]}
    assert change("Password")["kind"] == "event"


def test_the_two_pages_of_the_account_are_told_apart() -> None:
    both = f"<html><h2>x</h2><ul><li>Google Account ID: 100000000000000000001</li></ul><table>{CHANGES}</table></html>"
    assert reading.claimants(both.encode(), "x") == ("google_change_history",)
    assert reading.claimants(ITEMS.encode(), "x") == ("google_subscriber_info",)
    assert reading.claimants(b"<html><ul><li>Phone: 1</li></ul><table><tr><td>a</td></tr></table></html>", "x") == ()


def test_a_page_of_html_in_values_is_text() -> None:
    row = change("Name", "&lt;b&gt;owner&lt;/b&gt;", "<div>new</div><div>name</div>")
    assert json.loads(row["detail"])["changes"] == {"Name": ["<b>owner</b>", "new name"]}


def test_identifiers_of_one_android_device_are_one_in_every_spelling() -> None:
    assert (
        android_device("4504865529045270528") == android_device("3e847f54b3a54000") == "android-id:4504865529045270528"
    )
    assert android_device("-3") == ""
    assert android_device("-4504865529045270528") == f"android-id:{(1 << 64) - 4504865529045270528}"
    assert android_device("1234567890123456") == "android-id:as-written:1234567890123456"
    assert android_device("Pixel 3a") == ""
    assert imei_device("350000000000001, 350000000000002") == ""


@given(st.integers(10**17, 2**63 - 1))
def test_android_ids_link_between_decimal_and_hex(number: int) -> None:
    assert android_device(str(number)) == android_device(f"{number:016x}") or f"{number:016x}".isdecimal()


def test_an_address_list_is_claimed_only_when_it_is_nothing_else() -> None:
    assert reading.claimants(b'{"addresses": ["a@mail.example"]}', "x") == ("gmail_settings",)
    assert reading.claimants(b'{"addresses": ["a@mail.example"], "name": "x"}', "x") == ()
    assert reading.claimants(b'{"addresses": [{"street": "a@b.example"}]}', "x") == ()
    assert reading.claimants(b'{"filter": [{"name": "x"}]}', "x") == ()
    assert reading.claimants(b"<feed xmlns='http://www.w3.org/2005/Atom'><entry/></feed>", "x") == ()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Takeout/Mail/User Settings/Blocked Addresses.json", "blocked address"),
        ("Takeout/Gmail/Nutzereinstellungen/Weiterleitungsadressen.json", "forwarding address"),
        ("Takeout/Gmail/Nutzereinstellungen/Delegierte Absenderadressen.json", "delegate"),
        ("Takeout/Почта/Заблокированные адреса.json", "blocked address"),
        ("Takeout/x/y.json", "address list"),
    ],
)
def test_the_name_of_an_address_list_says_what_it_is(name: str, rule: str) -> None:
    assert rows_of('{"addresses": ["a@mail.example"]}', name)[0]["action_text"] == rule


def test_a_filter_of_the_feed_keeps_undated_what_has_no_time() -> None:
    feed = "<feed xmlns:apps='http://schemas.google.com/apps/2006'><entry>"
    feed += "<apps:property name='forwardTo' value='a@b.example'/></entry></feed>"
    row = rows_of(feed)[0]
    assert (row["time"], json.loads(row["detail"])["forward_to"]) == (None, ["a@b.example"])


def test_effects_and_targets_of_rules() -> None:
    rule = {"action": {"forward": "a@b.example", "removeLabelIds": ["INBOX"]}, "forwardTo": "a@b.example"}
    assert forwards(rule) == ["a@b.example"]
    assert effects(rule) == ["skips the inbox"]
    assert effects({"labelsToRemove": ["Posteingang"], "shouldTrash": False}) == ["skips the inbox"]
    assert effects({"query": "x"}) == []


def test_a_chrome_device_time_of_another_unit_is_not_read_as_1970() -> None:
    def time_of(count: object) -> Any:
        device = {"client_name": "x", "chrome_version": "1", "last_updated_timestamp": count}
        return rows_of(json.dumps({"Device Info": [device]}))[0]["time_end"]

    assert str(time_of("1773190687000")) == str(time_of(1773190687)) == "2026-03-11 00:58:07+00:00"


def test_the_address_of_a_device_is_that_of_its_last_connection() -> None:
    text = (
        "<html><body>Android ID: 4504852903928532480<br/>IMEI(s): 1<br/>Registration Time: 2018-12-04 05:13:00 UTC<br/>"
    )
    text += "IP address from Last Data Connection: 192.0.2.14:443<br/></body></html>"
    row = rows_of(text)[0]
    assert (row["kind"], row["address"], row["source_port"], row["time_end"]) == ("session", "192.0.2.14", 443, None)


@pytest.mark.parametrize(
    "kind", ["Passwortänderung fehlgeschlagen", "Password reset requested", "Смена пароля отменена"]
)
def test_a_change_that_was_not_made_is_no_change(kind: str) -> None:
    row = change(kind)
    assert (row["action"], row["outcome"]) == ("activity", "unknown")


def test_forwarding_that_is_switched_off_forwards_nothing() -> None:
    found = {"enabled": False, "emailAddress": "a@mail.example", "disposition": "leaveInInbox"}
    row = rows_of(json.dumps(found))[0]
    assert "forward_to" not in json.loads(row["detail"])


def test_an_item_of_many_times_is_kept_whole_once() -> None:
    times = ", ".join(f"2023-02-25 04:{minute:02}:32 UTC" for minute in range(60))
    rows = rows_of(ITEMS.replace("</ul>", f"<li>Last Logins: {times} (estimated)</li></ul>"))[1:]
    assert len(rows) == 60
    assert ["(estimated)" in row["detail"] for row in rows] == [True] + [False] * 59
