"""Traps of logs of proxies and clouds: who the client is, what a client can write, lines that were cut or wrapped."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import aws_actions, haproxy_messages, login_messages
from forensics.ingest.login_meaning import Meaning
from forensics.model import Action, Outcome
from tests.ingest import reading


def rows(text: str, name: str = "x.log", **told: str) -> list[dict[str, Any]]:
    _, sink = reading.read_bytes(
        text.encode(), name, told={key.replace("_", "."): value for key, value in told.items()}
    )
    return sink.rows


# --- HAProxy ----------------------------------------------------------------------------------------------------------

HTTP = (
    '{client} [11/Mar/2020:01:12:30.655] www~ app/web1 0/0/1/2/3 302 412 - - ---- 1/1/0/0/0 0/0 {captured}"{request}"'
)


def http(client: str = "203.0.113.45:33317", captured: str = "", request: str = "GET / HTTP/1.1") -> str:
    return HTTP.format(client=client, captured=captured, request=request)


def meaning(message: str) -> Meaning:
    found = haproxy_messages.meaning(message)
    assert found is not None
    return found


@pytest.mark.parametrize("captured", ["198.51.100.9", "a|198.51.100.9, 203.0.113.7|b", "198.51.100.9|203.0.113.7"])
def test_a_captured_address_is_never_the_client(captured: str) -> None:
    """The header came with the request, and HAProxy cuts it at a length of the site's own."""
    direct = meaning(http(captured=f"{{{captured}}} "))
    assert direct.address.address == "203.0.113.45"
    behind = meaning(http("10.0.0.7:40001", f"{{{captured}}} "))
    assert (behind.address.address, behind.address.text) == (None, "10.0.0.7:40001")
    assert behind.detail["client_note"] == haproxy_messages.PROXY_INSIDE


def test_a_machine_inside_that_hands_on_nobody_is_the_client() -> None:
    assert meaning(http("10.0.0.7:40001", "{news.example|curl/8.5|} ")).address.address == "10.0.0.7"


@pytest.mark.parametrize(
    ("captured", "agent"),
    [
        ("{news.example|Mozilla/5.0 (X11)} ", "Mozilla/5.0 (X11)"),
        ("{curl/8.5|Wget/1.21} ", ""),
        ("{news.example} ", ""),
    ],
)
def test_the_user_agent_is_the_one_captured_text_that_looks_like_one(captured: str, agent: str) -> None:
    assert meaning(http(captured=captured)).user_agent == agent


def test_a_request_cannot_imitate_the_fields_before_it() -> None:
    found = meaning(http(request="GET /#22 198.51.100.9:1 [11/Mar/2020:01:12:30.655] a b/c 0/0/0 HTTP/1.1"))
    assert found.address.address == "203.0.113.45"
    assert found.detail["server"] == "web1"


def test_the_status_of_wordpress_is_read_behind_haproxy() -> None:
    found = meaning(http(request="POST /wp-login.php HTTP/1.1"))
    assert (found.detail["hint"], found.outcome) == ("wordpress_login_accepted", Outcome.SUCCESS)


def test_a_date_that_states_its_year_counts_where_the_system_log_states_none() -> None:
    line = f"Mar 11 01:12:31 proxy haproxy[1]: {http()}\n"
    told = rows(line, "haproxy.log", syslog_zone="Asia/Baku")[0]
    assert told["time"].isoformat() == "2020-03-10T21:12:30.655000+00:00"
    stamped = rows(f"2020-03-11T05:12:31.5+04:00 proxy haproxy[1]: {http()}\n")[0]
    assert stamped["time"].isoformat() == "2020-03-11T01:12:31.500000+00:00"
    assert rows(line)[0]["time"] is None


def test_haproxy_among_sign_ins_is_read_in_the_same_file() -> None:
    login = "Mar 11 01:12:32 proxy sshd[2]: Accepted password for root from 203.0.113.45 port 50000 ssh2\n"
    found = rows(f"Mar 11 01:12:31 proxy haproxy[1]: {http()}\n{login}")
    assert [(row["provider"], row["action"]) for row in found] == [("weblog", "request"), ("linux", "login")]


def test_haproxy_in_a_journal_has_the_time_of_the_journal() -> None:
    entry = {"__REALTIME_TIMESTAMP": "1583889150655000", "SYSLOG_IDENTIFIER": "haproxy", "MESSAGE": http()}
    (row,) = rows(json.dumps(entry))
    assert (row["address"], row["source_port"], row["zone_basis"]) == ("203.0.113.45", 33317, "epoch")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120))
def test_any_message_of_haproxy_is_a_connection_or_none(text: str) -> None:
    for message in (text, http(request=text), f"203.0.113.45:1 [11/Mar/2020:01:12:30.655] {text}"):
        found = haproxy_messages.meaning(message)
        assert found is None or found.action is Action.REQUEST
        assert found is None or found.address.address in {None, "203.0.113.45"} or message == text


# --- Nginx Proxy Manager ----------------------------------------------------------------------------------------------

NPM = (
    '[11/Mar/2020:01:12:30 +0000] - 200 200 - GET https news.example "{target}" [Client {client}] [Length 1]'
    ' [Gzip -] [Sent-to a] "{agent}" "-"'
)


def test_a_target_or_agent_cannot_imitate_the_client() -> None:
    line = NPM.format(target="/ [Client 198.51.100.9]", client="203.0.113.45", agent="x [Client 198.51.100.9]")
    assert rows(line + "\n")[0]["address"] == "203.0.113.45"


def test_the_gateway_of_containers_is_no_client() -> None:
    (row,) = rows(NPM.format(target="/", client="172.19.0.1", agent="x") + "\n")
    assert (row["address"], row["address_text"]) == (None, "172.19.0.1")
    assert rows(NPM.format(target="/", client="172.19.0.7", agent="x") + "\n")[0]["address"] == "172.19.0.7"


# --- JSON of servers and clouds ---------------------------------------------------------------------------------------


def caddy(peer: str, client: str, *listed: str) -> str:
    request = {
        "remote_ip": peer,
        "client_ip": client,
        "method": "GET",
        "uri": "/",
        "headers": {"X-Forwarded-For": listed},
    }
    return json.dumps({"ts": 1583889150.5, "status": 200, "request": request}) + "\n"


@pytest.mark.parametrize(
    ("peer", "client", "listed", "expected"),
    [
        ("203.0.113.45", "198.51.100.9", ["198.51.100.9"], "203.0.113.45"),  # trusts everybody: the client wrote it
        ("10.0.0.5", "198.51.100.9", ["198.51.100.9, 203.0.113.45"], "203.0.113.45"),
        ("10.0.0.5", "198.51.100.9", ["198.51.100.9", "203.0.113.45"], "203.0.113.45"),
        ("10.0.0.5", "203.0.113.45", [], None),
        ("10.0.0.5", "10.0.0.5", ["203.0.113.45"], "203.0.113.45"),
        ("10.0.0.5", "10.0.0.5", ["198.51.100.9, 203.0.113.45"], None),
        ("10.0.0.5", "10.0.0.5", [], "10.0.0.5"),
        ("172.18.0.1", "172.18.0.1", ["198.51.100.9"], None),
    ],
)
def test_who_asked_caddy(peer: str, client: str, listed: list[str], expected: str | None) -> None:
    assert rows(caddy(peer, client, *listed))[0]["address"] == expected


def test_the_socket_of_front_door_counts_and_not_what_a_header_said() -> None:
    said = {
        "socketIp": "203.0.113.45",
        "clientIp": "198.51.100.9",
        "clientPort": "5",
        "httpMethod": "GET",
        "requestUri": "https://n/a",
    }
    record = {"time": "2020-03-11T01:12:30Z", "resourceId": "/X", "category": "FrontDoorAccessLog", "properties": said}
    (row,) = rows(json.dumps(record))
    assert (row["address"], row["source_port"], row["action_text"]) == ("203.0.113.45", None, "GET /a")


@pytest.mark.parametrize(
    ("done", "outcome"),
    [
        ("block", "blocked"),
        ("managedchallenge", "challenge"),
        ("challengesolved", "failure"),
        ("log", "failure"),
        ("drop", "blocked"),
    ],
)
def test_what_cloudflares_firewall_did(done: str, outcome: str) -> None:
    record = {
        "Action": done,
        "ClientIP": "203.0.113.45",
        "Datetime": "2020-03-11T01:12:30Z",
        "Source": "waf",
        "EdgeResponseStatus": 404,
    }
    assert rows(json.dumps(record))[0]["outcome"] == outcome


@pytest.mark.parametrize(
    ("name", "said", "error", "action", "outcome"),
    [
        ("ConsoleLogin", "Success", "", Action.LOGIN, Outcome.SUCCESS),
        ("ConsoleLogin", "Failure", "", Action.LOGIN_FAILED, Outcome.FAILURE),
        ("ConsoleLogin", "Failure", "AccessDenied", Action.LOGIN_FAILED, Outcome.FAILURE),
        ("CreateAccessKey", "", "", Action.APP_AUTHORISED, Outcome.SUCCESS),
        ("CreateAccessKey", "", "AccessDenied", Action.ACTIVITY, Outcome.BLOCKED),
        ("NeverHeardOf", "", "", Action.ACTIVITY, Outcome.SUCCESS),
    ],
)
def test_a_call_that_was_refused_changed_nothing(
    name: str, said: str, error: str, action: Action, outcome: Outcome
) -> None:
    found = aws_actions.meaning(name, said, error)
    assert (found.action, found.outcome) == (action, outcome)


# --- containers -------------------------------------------------------------------------------------------------------


def docker(text: str, stream: str = "stdout") -> str:
    return json.dumps({"log": text, "stream": stream, "time": "2020-03-11T01:12:30.5Z"}) + "\n"


def test_lines_that_docker_cut_are_put_together() -> None:
    line = '203.0.113.45 - - [11/Mar/2020:01:12:30 +0000] "GET /' + "a" * 20_000 + ' HTTP/1.1" 200 5\n'
    parts = docker(line[:16_384]) + docker("another stream\n", "stderr") + docker(line[16_384:])
    (row,) = rows(docker(line.replace("a" * 20_000, "")) + parts)[1:]
    assert (len(row["action_text"]), row["address"], row["place"]) == (20_014, "203.0.113.45", "line:2")


def test_a_system_log_of_containers_stays_one() -> None:
    line = "sshd-1  | Mar 11 01:12:32 host sshd[2]: Accepted password for root from 203.0.113.45 port 50000 ssh2\n"
    assert reading.claimants(line.encode() * 3, "x") == ("auth_log",)


def test_endless_parts_of_a_line_end() -> None:
    begun = time.monotonic()
    text = docker('203.0.113.45 - - [11/Mar/2020:01:12:30 +0000] "GET / HTTP/1.1" 200 5\n') + docker("x" * 16_384) * 300
    coverage, _ = reading.read_bytes(text.encode(), "x")
    assert coverage.events == 1
    assert time.monotonic() - begun < 20


# --- IIS --------------------------------------------------------------------------------------------------------------

IIS = "203.0.113.45, -, {date}, 2:12:30, W3SVC1, WEB1, 192.0.2.10, 15, 163, 3223, 200, 0, GET, /, -,\n"


@pytest.mark.parametrize(
    ("dates", "name", "expected"),
    [
        (["3/11/2020"], "x.log", "2020-03-11"),
        (["11/3/2020"], "u_in200311.log", "2020-03-11"),
        (["3/11/2020", "13/11/2020"], "x.log", "2020-11-03"),
        (["11/3/20", "11/30/20"], "in201103.log", "2020-11-03"),
    ],
)
def test_the_order_of_day_and_month(dates: list[str], name: str, expected: str) -> None:
    found = rows("".join(IIS.format(date=date) for date in dates), name, syslog_zone="UTC")
    assert found[0]["time"].date().isoformat() == expected


W3C = "#Version: 1.0\n#Fields: date time cs-method cs-uri-stem c-ip sc-status X-Forwarded-For\n"
W3C += "2020-03-11 01:12:30 GET / {} 200 {}\n"


@pytest.mark.parametrize(
    ("peer", "listed", "expected"),
    [
        ("203.0.113.45", "198.51.100.9", "203.0.113.45"),
        ("10.0.0.4", "203.0.113.45:51234", "203.0.113.45"),
        ("10.0.0.4", "203.0.113.45:51234,+10.0.0.9", "203.0.113.45"),
        ("10.0.0.4", "198.51.100.9,+203.0.113.45:51234", None),
        ("10.0.0.4", "-", "10.0.0.4"),
    ],
)
def test_a_proxy_before_iis_is_no_client(peer: str, listed: str, expected: str | None) -> None:
    assert rows(W3C.format(peer, listed))[0]["address"] == expected


# --- Envoy ------------------------------------------------------------------------------------------------------------

ENVOY = (
    '[2020-03-11T01:12:30.310Z] "GET / HTTP/1.1" 200 - via_upstream - "-" 0 1 4 4 "198.51.100.9" "curl" "8" "news" "10.0.0.2:80"'
    " out 10.0.0.3:5 10.0.0.4:443 {peer} news -\n"
)


@pytest.mark.parametrize(
    ("peer", "agent", "expected"),
    [
        ("203.0.113.45:5", "curl", "203.0.113.45"),
        ("203.0.113.45:5", 'x" "a" "b" "c" o a b 198.51.100.9:1 - -', "203.0.113.45"),
        ("10.0.0.5:5", "curl", None),
        ("10.0.0.5:5", 'x" "a', None),
        ("[2001:db8::45]:5", "curl", "2001:db8::45"),
    ],
)
def test_the_peer_of_istio_stands_where_no_client_writes(peer: str, agent: str, expected: str | None) -> None:
    assert rows(ENVOY.format(peer=peer).replace("curl", agent))[0]["address"] == expected


def test_envoys_own_format_names_nobody() -> None:
    line = '[2020-03-11T01:12:30.3Z] "GET / HTTP/2" 200 - 1 0 2 1 "203.0.113.45" "a" "b" "c" "tcp://10.0.2.1:80"\n'
    assert rows(line)[0]["address"] is None


# --- length -----------------------------------------------------------------------------------------------------------

LONG = 200_000
QUOTED = '"-" '
REQUEST = '203.0.113.45 - - [11/Mar/2020:01:12:30 +0000] "GET / HTTP/1.1" 200 5\n'
S3 = "a" * 64 + " bucket [11/Mar/2020:01:12:30 +0000] 203.0.113.45 - A REST.GET.OBJECT a "
HOSTILE = {
    "haproxy_log": f"{http()}\n{http(request='a' * 5_000)}\n{http(captured='{' + '1.1.1.1, ' * 700 + '} ')}\n",
    "auth_log": f"Mar 11 01:12:31 proxy haproxy[1]: {http()}\nMar 11 01:12:31 proxy haproxy[1]: {'1:1 [' * LONG}\n",
    "nginx_proxy_manager": NPM.format(target="/", client="203.0.113.45", agent="x")
    + f"\n{NPM.format(target='/', client='1', agent='x')}{' [A b]' * LONG}\n"
    + f"[11/Mar/2020:01:12:30 +0000] - {'200, ' * LONG}\n",
    "aws_s3": f'{S3}"GET /" 200 - 1 1 1 1 {QUOTED * LONG}\n',
    "iis_native": f"{IIS}{IIS.strip()}{', a' * LONG}\n{'1, ' * LONG}\n".format(date="3/11/2020"),
    "envoy_log": ENVOY + ENVOY.strip() + " a" * LONG + "\n" + ENVOY.replace("curl", 'a" "' * LONG),
    "container_log": docker(REQUEST) + docker("a | " * LONG) + docker(" [" * LONG),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_long_line_comes_to_its_end(name: str) -> None:
    begun = time.monotonic()
    coverage, sink = reading.read_bytes(HOSTILE[name].encode(), "x")
    assert coverage.format == name
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert not [item for item in sink.rejections if "defect" in item.reason]
    assert time.monotonic() - begun < 20


def test_a_message_of_haproxy_that_is_too_long_is_refused_with_its_place() -> None:
    line = f"Mar 11 01:12:31 proxy haproxy[1]: {http(request='a' * login_messages.LONGEST)}\n"
    coverage, sink = reading.read_bytes(line.encode(), "x")
    assert (coverage.events, [item.place for item in sink.rejections]) == (0, ["line:1"])
