"""The unified audit log: address spellings, cultures, redirects, cut-off records, and what a failed step is not."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest import culture_dates, json_documents, m365_operations
from forensics.ingest.fields import FieldError
from forensics.model import Action, ZoneBasis
from tests.ingest import reading

RECORD = {
    "CreationTime": "2024-03-09T02:11:05",
    "Id": "00000001-0000-4000-8000-000000000001",
    "Operation": "UserLoggedIn",
    "RecordType": 15,
    "ResultStatus": "Succeeded",
    "UserId": "reporter@newsroom.example",
    "UserType": 0,
    "Workload": "AzureActiveDirectory",
    "ClientIP": "198.51.100.7",
    "ExtendedProperties": [{"Name": "ResultStatusDetail", "Value": "Success"}],
}


def read(*records: dict[str, Any], name: str = "x.json") -> list[dict[str, Any]]:
    _, sink = reading.read_bytes(json.dumps(list(records)).encode(), name)
    return sink.rows


def one(**changes: Any) -> dict[str, Any]:
    rows = read({key: value for key, value in {**RECORD, **changes}.items() if value is not None})
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("written", "address", "port", "form"),
    [
        ("192.0.2.4", "192.0.2.4", None, "v4"),
        ("192.0.2.4:123", "192.0.2.4", 123, "v4"),
        ("[192.0.2.4]", "192.0.2.4", None, "v4"),
        ("[192.0.2.4]:123", "192.0.2.4", 123, "v4"),
        ("::ffff:192.0.2.4", "192.0.2.4", None, "v4_mapped"),
        ("[::ffff:192.0.2.4]:123", "192.0.2.4", 123, "v4_mapped"),
        ("2001:db8::1", "2001:db8::1", None, "v6"),
        ("[2001:db8::1]", "2001:db8::1", None, "v6"),
        ("[2001:db8::1]:123", "2001:db8::1", 123, "v6"),
        ("localhost", None, None, "hostname"),
        ("[localhost]:123", None, 123, "hostname"),
        ("host", None, None, "hostname"),
        ("host:123", None, 123, "hostname"),
        ("[host]:123", None, 123, "hostname"),
        ("cool.client.example:123", None, 123, "hostname"),
    ],
)
def test_every_spelling_of_client_ip(written: str, address: str | None, port: int | None, form: str) -> None:
    row = one(ClientIP=written)
    assert (row["address"], row["source_port"], row["address_form"], row["address_text"]) == (
        address, port, form, written,
    )  # fmt: skip


def test_an_address_behind_a_null_is_found() -> None:
    assert one(ClientIP="<null>", ActorIpAddress="203.0.113.45")["address"] == "203.0.113.45"


def test_a_redirect_is_no_login() -> None:
    redirect = one(ExtendedProperties=[{"Name": "ResultStatusDetail", "Value": "Redirect"}])
    assert (redirect["action"], one()["action"]) == ("activity", "login")
    assert "not a new login" in json.loads(redirect["detail"])["meaning"]


@pytest.mark.parametrize(
    ("number", "action", "outcome"),
    [
        ("50126", "login_failed", "failure"),
        ("50074", "activity", "challenge"),
        ("50053", "login_failed", "blocked"),
        ("", "login_failed", "failure"),
    ],
)
def test_a_failed_login_is_judged_by_its_number(number: str, action: str, outcome: str) -> None:
    row = one(Operation="UserLoginFailed", ResultStatus="Failed", ErrorNumber=number)
    assert (row["action"], row["outcome"]) == (action, outcome)


def test_a_step_that_failed_is_no_step() -> None:
    row = one(Operation="Change user password.", ResultStatus="Failure", ExtendedProperties=None)
    assert (row["action"], row["outcome"], row["action_text"]) == ("activity", "failure", "Change user password.")


def test_set_mailbox_is_a_mail_rule_only_when_it_forwards() -> None:
    forwarding = [{"Name": "ForwardingSmtpAddress", "Value": "smtp:collector@mail.example"}]
    assert one(Operation="Set-Mailbox", Parameters=forwarding)["action"] == "mail_rule_changed"
    assert one(Operation="Set-Mailbox", Parameters=[{"Name": "Type", "Value": "Shared"}])["action"] == "account_changed"


def test_update_user_is_a_second_factor_only_when_it_touches_one() -> None:
    listed = [{"Name": "Included Updated Properties", "NewValue": "StrongAuthenticationMethod", "OldValue": ""}]
    assert one(Operation="Update user.", ModifiedProperties=listed)["action"] == "two_factor_changed"
    other = [{"Name": "City", "NewValue": "x", "OldValue": "y"}]
    row = one(Operation="Update user.", ModifiedProperties=other)
    assert (row["action"], row["kind"]) == ("account_changed", "state_change")


def test_unknown_operations_are_kept() -> None:
    row = one(Operation="NeverSeenBefore")
    assert (row["action"], row["action_text"]) == ("activity", "NeverSeenBefore")


def test_repeated_records_are_kept_and_share_a_key() -> None:
    rows = read(RECORD, RECORD)
    assert len({row["event_id"] for row in rows}) == 2
    assert len({json.loads(row["detail"])["same_key"] for row in rows}) == 1


def test_background_sync_is_not_a_person() -> None:
    sync = [{"Name": "MailAccessType", "Value": "Sync"}, {"Name": "IsThrottled", "Value": "True"}]
    row = one(Operation="MailItemsAccessed", OperationProperties=sync, ExtendedProperties=None)
    assert row["initiator"] == "app"
    assert "throttled" in json.loads(row["detail"])["mail_throttled"]


def sheet(*rows: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([["CreationDate", "UserIds", "Operations", "AuditData"], *rows])
    return text.getvalue().encode()


def times(*dates: str) -> list[datetime | None]:
    rows = [[date, "reporter@newsroom.example", "HardDelete", ""] for date in dates]
    return [row["time"] for row in reading.read_bytes(sheet(*rows), "x.csv")[1].rows]


def test_the_culture_is_decided_once_for_the_whole_file() -> None:
    assert times("3/9/2024 2:11:05 AM", "3/25/2024 2:11:05 PM")[0] == datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC)
    assert times("03/09/2024 02:11:05", "25/03/2024 14:11:05")[0] == datetime(2024, 9, 3, 2, 11, 5, tzinfo=UTC)
    assert times("09.03.2024 02:11:05")[0] == datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC)


def test_a_file_that_does_not_show_its_culture_gives_no_instants() -> None:
    assert times("3/9/2024 2:11:05 AM", "4/10/2024 2:11:05 AM") == [None, None]
    assert times("3/9/2024 2:11:05 AM", "25/3/2024 2:11:05 AM", "3/25/2024 2:11:05 AM")[0] is None


def test_the_record_goes_before_the_column() -> None:
    rows = [["12/31/2023 11:59:59 PM", "x", "UserLoggedIn", json.dumps(RECORD)]]
    row = reading.read_bytes(sheet(*rows), "x.csv")[1].rows[0]
    assert (row["time"], row["zone_basis"]) == (datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC), ZoneBasis.FORMAT_RULE)


def test_a_record_cut_off_by_a_spreadsheet_is_read_as_far_as_it_goes() -> None:
    cut = json.dumps(RECORD)[:-40]
    row = reading.read_bytes(sheet(["9.3.2024 02:00:00", "x", "UserLoggedIn", cut]), "x.csv")[1].rows[0]
    assert (row["address"], row["time"]) == ("198.51.100.7", datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC))
    assert json.loads(row["detail"])["AuditData as found"] == cut


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2060, 1, 1)))  # noqa: DTZ001 - wall clocks
def test_both_orders_are_read_back(wall: datetime) -> None:
    wall = wall.replace(microsecond=0)
    clock = f"{wall.hour % 12 or 12}:{wall:%M:%S} {'AM' if wall.hour < 12 else 'PM'}"
    american = culture_dates.wall_clock(f"{wall.month}/{wall.day}/{wall.year} {clock}", culture_dates.MONTH_FIRST)
    british = culture_dates.wall_clock(f"{wall:%d/%m/%Y %H:%M:%S}", culture_dates.DAY_FIRST)
    german = culture_dates.wall_clock(f"{wall:%d.%m.%Y %H:%M:%S}", culture_dates.UNDECIDED)
    assert american == british == german == (wall, "")


_NUMBER = st.sampled_from(["0", "1", "9", "12", "13", "31", "32", "99", "2024", "9999", "0000"])
_DATES = st.tuples(
    _NUMBER, st.sampled_from("./-"), _NUMBER, _NUMBER, st.sampled_from(["", " AM", " PM", " +01:00", "Z"])
)


@given(_DATES, st.sampled_from(["", culture_dates.DAY_FIRST, culture_dates.MONTH_FIRST]))
def test_a_date_is_read_or_refused_and_an_open_order_is_never_guessed(parts: Any, order: str) -> None:
    first, sign, second, third, end = parts
    text = f"{first}{sign}{second}{sign}{third} 11:59:59{end}"
    try:
        moment, note = culture_dates.moment(text, order, ZoneBasis.FORMAT_RULE)
    except FieldError:
        return
    open_order = sign != "." and len(first) < 4 and int(first) <= 12 and int(second) <= 12 and first != second
    if not order and open_order:
        assert (moment.utc, bool(note)) == (None, True)
    assert moment.utc is None or moment.utc.tzinfo is UTC


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=8), max_size=5), st.data())
def test_complete_members_never_invents(found: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(found)
    cut = text[: data.draw(st.integers(0, len(text)))]
    assert set(json_documents.complete_members(cut).items()) <= set(found.items())


WRAPPINGS = {
    "array": json.dumps([RECORD, RECORD]),
    "pretty": json.dumps([RECORD, RECORD], indent=2),
    "lines": f"{json.dumps(RECORD)}\n{json.dumps(RECORD)}\n",
    "one after the other": f"{json.dumps(RECORD, indent=1)}\n{json.dumps(RECORD, indent=1)}\n",
    "pages": json.dumps([[RECORD], [RECORD]]),
    "page": json.dumps({"@odata.context": "x", "value": [RECORD, RECORD]}),
    "hits": json.dumps({"hits": {"total": 2, "hits": [{"_source": {"o365": {"audit": RECORD}}}] * 2}}),
    "search result": json.dumps([{"RecordType": "x", "CreationDate": "x", "AuditData": json.dumps(RECORD)}] * 2),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_every_wrapping_and_encoding_gives_the_same_two_events(wrapping: str, encoding: str) -> None:
    data = WRAPPINGS[wrapping].encode(encoding)
    assert reading.claimants(data, "x") == ("m365_audit_json",)
    rows = reading.read_bytes(data, "x")[1].rows
    assert [(row["action"], row["address"]) for row in rows] == [("login", "198.51.100.7")] * 2
    assert len({row["event_id"] for row in rows}) == 2


def test_a_damaged_first_line_costs_that_line_only() -> None:
    good = json.dumps(RECORD)
    coverage, sink = reading.read_bytes(f"{good[:-9]}\n{good}\n{good}\n".encode(), "x")
    assert (coverage.events, coverage.rejections) == (2, 1)
    assert [row["place"] for row in sink.rows] == ["line:2", "line:3"]


@pytest.mark.parametrize(
    "neighbour",
    [
        '{"kind":"admin#reports#usageReports","usageReports":[{"date":"2024-03-09","entity":{}}]}',
        '[{"createdDateTime":"2024-03-09T00:00:00Z","userPrincipalName":"a@b.example","displayName":"A"}]',
        '[{"action":"opened","actor":"x","created_at":1709950265000}]',
        '[{"action":"user.login","actor":{"id":1},"created_at":1709950265000,"user":"x"}]',
        '{"CreationTime":"x","Name":"y"}',
        '[{"userPrincipalName":"a@b.example","riskLevel":"high","riskLastUpdatedDateTime":"2024-03-09T00:00:00Z"}]',
        "Date,Event,Value\n2024-03-09,login,1\n",
        "id,actor,action,user,created_at\n1,a,user.login,a,2024-03-09\n",
    ],
)
def test_documents_of_a_neighbouring_kind_are_not_claimed(neighbour: str) -> None:
    assert reading.claimants(neighbour.encode(), "x") == ()


@pytest.mark.parametrize("name", ["User reviewed security info", "User started security info registration"])
def test_a_look_or_a_beginning_is_no_change_of_the_second_factor(name: str) -> None:
    assert m365_operations.action_of(name, {}, {}) is Action.ACTIVITY


def test_a_password_sent_by_a_program_is_not_told_as_background_work() -> None:
    properties = [{"Name": "RequestType", "Value": "OAuth2:Token"}, {"Name": "UserAgent", "Value": "BAV2ROPC"}]
    assert one(ExtendedProperties=properties)["initiator"] == "unknown"
    assert one(ExtendedProperties=properties[:1])["initiator"] == "app"


def test_an_unreadable_time_costs_the_instant_and_not_the_record() -> None:
    row = one(CreationTime="gestern")
    assert (row["time"], row["time_text"], row["action"]) == (None, "gestern", "login")
    wrapped = {
        "CreationDate": "2024-03-09T02:11:05Z",
        "Operations": "Set-Mailbox",
        "AuditData": {**RECORD, "CreationTime": "?"},
    }
    assert read(wrapped)[0]["time"] == datetime(2024, 3, 9, 2, 11, 5, tzinfo=UTC)


def test_an_interrupted_sign_in_without_a_number_is_no_failed_login() -> None:
    row = one(Operation="UserLoginFailed", LogonError="UserStrongAuthClientAuthNRequiredInterrupt")
    assert (row["action"], row["outcome"]) == ("activity", "challenge")


def test_many_members_of_one_name_are_all_kept_and_in_linear_time() -> None:
    text = "{" + ",".join(f'"a":{number}' for number in range(50_000)) + ',"a#7":"own"}'
    found = json_documents.value_of(text)
    assert len(found) == 50_001
    assert list(found.values())[-1] == "own"
