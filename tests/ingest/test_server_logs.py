"""Traps of the other server logs: JSON access logs, load balancers, cPanel, login records, journal, vsftpd, error logs."""

from __future__ import annotations

import io
import json
import re
import struct
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import journal_export, syslog_lines
from forensics.ingest.utmp_records import layout_of
from forensics.ingest.web_requests import host_port, written_time
from tests.ingest import reading


def rows(text: str | bytes, name: str = "x.log", **told: str) -> list[dict[str, Any]]:
    data = text.encode() if isinstance(text, str) else text
    _, sink = reading.read_bytes(data, name, told={key.replace("_", "."): value for key, value in told.items()})
    return sink.rows


# --- access logs ------------------------------------------------------------------------------------------------------


def test_a_forwarded_list_behind_the_fields_is_detail_and_never_the_address() -> None:
    line = '192.0.2.200 - - [11/Mar/2020:01:20:01 +0000] "GET / HTTP/1.1" 200 6 "-" "ua" "198.51.100.21, 203.0.113.9"\n'
    (row,) = rows(line, "access.log")
    assert row["address"] == "192.0.2.200"
    assert json.loads(row["detail"])["extra"] == '"198.51.100.21, 203.0.113.9"'


def test_cpanels_dates_have_the_month_first_and_other_numbers_are_refused() -> None:
    line = '192.0.2.1 - e [01/02/2017:06:01:10 -0000] "GET / HTTP/1.1" 200 0 "-" "-" "s" "-" 2083\n'
    assert rows(line)[0]["time"].isoformat() == "2017-01-02T06:01:10+00:00"
    coverage, _ = reading.read_bytes((line * 3 + line.replace("-0000", "+0100")).encode(), "x")
    assert (coverage.events, coverage.rejections) == (3, 1)


def test_traefiks_client_host_can_be_forged_and_does_not_count() -> None:
    found = {"ClientAddr": "203.0.113.45:5", "ClientHost": "198.51.100.9", "RequestMethod": "GET", "RequestPath": "/"}
    (row,) = rows(json.dumps({**found, "StartUTC": "2020-03-11T01:10:00Z", "DownstreamStatus": 200}))
    assert (row["address"], row["source_port"]) == ("203.0.113.45", 5)
    assert json.loads(row["detail"])["ClientHost"] == "198.51.100.9"


@pytest.mark.parametrize(
    "value", ["1583889000123456789", "1583889000123456", "1583889000.123456", "2020-03-11T01:10:00.123456Z"]
)
def test_counts_in_every_unit_are_one_instant(value: str) -> None:
    found = written_time(value).utc
    assert found
    assert found.isoformat() == "2020-03-11T01:10:00.123456+00:00"


def test_the_wall_clock_of_caddy_keeps_its_text() -> None:
    read = written_time("2026/03/11 02:49:39.123")
    assert (read.utc, read.text) == (None, "2026/03/11 02:49:39.123")


def test_ftp_of_old_iis_numbers_its_sessions() -> None:
    said = "#Software: Microsoft Internet Information Services 6.0\n#Version: 1.0\n#Date: 2020-03-11 01:00:00\n"
    said += "#Fields: time c-ip cs-method cs-uri-stem sc-status\n"
    said += "01:10:00 203.0.113.45 [12]USER editor 331\n01:10:01 203.0.113.45 [13]USER root 331\n"
    said += "01:10:02 203.0.113.45 [12]PASS - 230\n01:10:03 203.0.113.45 [13]PASS - 530\n"
    found = rows(said, "ex200311.log")
    assert [(row["service"], row["action"], row["account"]) for row in found] == [
        ("ftp", "request", ""),
        ("ftp", "request", ""),
        ("ftp", "login", "editor"),
        ("ftp", "login_failed", "root"),
    ]


def test_a_time_without_a_zone_keeps_its_text() -> None:
    assert (written_time("2020-03-11 05:10:03").utc, written_time("2020-03-11 05:10:03").text) == (
        None,
        "2020-03-11 05:10:03",
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"ip":"192.0.2.1","time":"2020-03-11T00:00:00Z","status":200}\n',
        '{"request":{"a":1},"status":200,"ts":1}\n',
        '[{"remote_addr":1}]',
        "{",
    ],
)
def test_json_of_other_keys_is_left_to_mapping_files(text: str) -> None:
    assert reading.claimants(text.encode(), "x.json") == ()


@pytest.mark.parametrize(
    ("written", "address", "port"),
    [
        ("203.0.113.45:2817", "203.0.113.45", 2817),
        ("[2001:db8::45]:2817", "2001:db8::45", 2817),
        ("2001:db8::45:2817", "2001:db8::45", 2817),
        ("-", None, None),
    ],
)
def test_load_balancers_write_client_and_port(written: str, address: str | None, port: int | None) -> None:
    seen = host_port(written)
    assert (seen.address, seen.port) == (address, port)


# --- cPanel -----------------------------------------------------------------------------------------------------------


def test_somebody_else_in_the_account_is_said() -> None:
    line = "[2016-04-18 13:08:27 -0400] info [cpsrvd] 192.0.2.14 - a@news.example (possessor: reseller) - SUCCESS LOGIN webmaild"
    (row,) = rows(line)
    assert (row["account"], row["action"], row["service"]) == ("a@news.example", "login", "Webmail")
    assert json.loads(row["detail"])["possessor"] == "reseller"


def test_the_old_login_log_has_the_us_order() -> None:
    line = '192.0.2.1 - e [02/01/2008:16:12:49 -0000] "GET / HTTP/1.1" FAILED LOGIN webmaild: x'
    assert rows(line)[0]["time"].isoformat() == "2008-02-01T16:12:49+00:00"


def test_a_session_made_by_another_is_not_the_users() -> None:
    line = "[2015-10-30 12:24:06 -0500] info [cpaneld] 192.0.2.14 NEW e:T app=cpaneld,creator=root,method=create_user_session"
    (row,) = rows(line)
    assert (row["initiator"], json.loads(row["detail"])["note"]) == (
        "unknown",
        "made by root, not by the account's own sign-in",
    )


@pytest.mark.parametrize(
    ("said", "action", "outcome", "initiator"),
    [
        ("NEW e:T app=cpaneld,creator=e,method=handle_form_login,possessed=0", "login", "success", "user"),
        ("NEW e:T app=cpaneld,creator=e,method=handle_form_login,possessed=1", "login", "success", "unknown"),
        ("NEW e:T app=cpaneld,creator=e,method=handle_form_login,needs_auth=1", "other", "unknown", "user"),
        ("NEW e:T app=cpaneld,creator=e,method=badpass,path=form", "other", "unknown", "unknown"),
        ("PURGE e:T logout", "logout", "success", "unknown"),
        ("PURGE e:T badpass", "other", "unknown", "unknown"),
        ("PURGE e:T expired", "session_ended", "success", "unknown"),
    ],
)
def test_only_what_the_user_did_is_a_sign_in_or_a_sign_off(
    said: str, action: str, outcome: str, initiator: str
) -> None:
    (row,) = rows(f"[2015-10-30 12:24:06 -0500] info [cpaneld] 192.0.2.14 {said}")
    assert (row["action"], row["outcome"], row["initiator"]) == (action, outcome, initiator)


def test_a_sign_in_that_waits_for_a_second_factor_is_no_refusal() -> None:
    line = '[2017-01-25 06:01:10 -0500] info [cpaneld] 192.0.2.1 - e "POST /login/ HTTP/1.1" DEFERRED LOGIN cpaneld: x'
    (row,) = rows(line)
    assert (row["action"], row["outcome"]) == ("activity", "challenge")


# --- login records ----------------------------------------------------------------------------------------------------


def record(order: str, size: int, kind: int = 7, host: bytes = b"203.0.113.45", line: bytes = b"pts/0") -> bytes:
    shape = {384: "h2xi32s4s32s256shhiii16s20x", 400: "h2xi32s4s32s256shhqqq16s20x4x"}[size]
    values = (kind, 5, line, b"ts/0", b"editor", host, 0, 0, 0, 1_583_889_000, 7, bytes([203, 0, 113, 45]))
    return struct.pack(order + shape, *values)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", [384, 400])
@pytest.mark.parametrize("count", [1, 2, 50])
def test_layouts_are_told_apart(order: str, size: int, count: int) -> None:
    data = record(order, size) * count
    layout = layout_of(data, len(data))
    assert layout
    assert (layout.order, layout.size) == (order, size)
    assert rows(data, "wtmp")[0]["time"].isoformat() == "2020-03-11T01:10:00.000007+00:00"


@settings(max_examples=200)
@given(st.binary(min_size=384, max_size=1200))
def test_other_binaries_are_no_login_records(data: bytes) -> None:
    assert layout_of(data, len(data)) is None


def test_failed_logins_are_told_by_the_name_and_marked() -> None:
    data = record("<", 384, kind=6)
    assert rows(data, "wtmp") == []
    (row,) = rows(data, "var/log/btmp-20200401")
    assert (row["action"], "named btmp" in row["detail"]) == ("login_failed", True)


def test_a_refused_sign_in_by_ssh_is_one_under_any_file_name() -> None:
    (row,) = rows(record("<", 384, kind=6, line=b"ssh:notty"), "copy-of-log.bin")
    assert (row["action"], row["outcome"], row["account"]) == ("login_failed", "failure", "editor")
    assert "the terminal is ssh:notty" in row["detail"]


def test_a_start_of_the_machine_is_no_failed_login_whatever_the_name() -> None:
    (row,) = rows(record("<", 384, kind=2), "btmp")
    assert row["action"] == "other"


@pytest.mark.parametrize(
    ("host", "packed", "address"),
    [
        (b"2001:db8::", bytes([0x20, 0x01, 0x0D, 0xB8]), "2001:db8::"),
        (b"2001:db8::1", bytes.fromhex("20010db8000000000000000000000001"), "2001:db8::1"),
        (b"::ffff:203.0.113.45", bytes.fromhex("00000000000000000000ffffcb00712d"), "203.0.113.45"),
        (b"host.example", bytes([203, 0, 113, 45]), "203.0.113.45"),
        (b"203.0.113.45 via mosh [77]", b"", "203.0.113.45"),
        (b"tmux(77).%0", b"", None),
    ],
)
def test_the_host_beside_the_bytes_tells_an_address_that_ends_in_zeros(
    host: bytes, packed: bytes, address: str
) -> None:
    """An IPv6 address with twelve zero bytes at the end stands like an IPv4 one (so in the btmp of dissect.target's tests)."""
    data = bytearray(record("<", 384, host=host))
    data[348:364] = packed.ljust(16, b"\0")
    (row,) = rows(bytes(data), "wtmp")
    assert row["address"] == address


def test_one_damaged_record_costs_no_other() -> None:
    damaged = b"\xff" * 384
    coverage, sink = reading.read_bytes(record("<", 384) * 12 + damaged + record("<", 384), "wtmp")
    assert (coverage.format, coverage.events, coverage.rejections) == ("utmp_wtmp", 13, 1)
    assert "no login record" in sink.rejections[0].reason


def test_records_of_zeros_are_counted() -> None:
    coverage, _ = reading.read_bytes(record("<", 384) + bytes(384), "wtmp")
    assert dict(coverage.unused) == {"record of zeros": 1}


def test_a_list_of_refused_sign_ins_says_so_at_its_end() -> None:
    """``lastb`` prints what ``last`` does; only ``btmp begins`` tells them apart (UAC saves both, with ``-a -F``)."""
    line = "root     tty1         Wed Mar 11 03:11:41 2026 - Wed Mar 11 03:11:42 2026  (00:00)     203.0.113.45"
    told = {"assumed.zone": "UTC"}
    for begins, action in (("wtmp", "login"), ("btmp", "login_failed")):
        data = f"{line}\n\n{begins} begins Wed Mar 11 03:10:38 2026\n".encode()
        coverage, sink = reading.read_bytes(data, "list.txt", told=told)
        assert (coverage.events, [row["action"] for row in sink.rows]) == (1, [action])
        assert sink.rows[0]["address"] == "203.0.113.45"
        assert sink.rows[0]["time"].isoformat() == "2026-03-11T03:11:41+00:00"


@pytest.mark.parametrize(
    ("line", "user", "terminal", "address", "service"),
    [
        ("john doe pts/0        192.0.2.14       {} - crash", "john doe", "pts/0", "192.0.2.14", None),
        (
            "editor   pts/0        192.0.2.14       sshd         {} - still logged in",
            "editor",
            "pts/0",
            "192.0.2.14",
            "sshd",
        ),
        ("editor   tty1                          login        {} - still logged in", "editor", "tty1", None, "login"),
        ("editor   pts/0        login            {} - still logged in", "editor", "pts/0", None, None),
        ("editor   pts/0        {} - still logged in       ::1", "editor", "pts/0", "::1", None),
    ],
)
def test_a_service_is_neither_host_nor_part_of_a_name(
    line: str, user: str, terminal: str, address: str | None, service: str | None
) -> None:
    """``wtmpdb last -S`` has one column more; a name may hold a space."""
    _, sink = reading.read_bytes(
        line.format("Wed Mar 11 03:11:41 2026").encode(), "last.txt", told={"assumed.zone": "UTC"}
    )
    (row,) = sink.rows
    detail = json.loads(row["detail"])
    found = (row["account"], detail["terminal"], row["address"], detail.get("service"))
    assert found == (user, terminal, address, service)
    assert row["time_end"] is None


def test_an_address_in_the_place_of_a_terminal_is_refused() -> None:
    said = "editor   pts/0        192.0.2.14       my-own-service Wed Mar 11 03:11:41 2026 - crash\n"
    coverage, sink = reading.read_bytes(said.encode(), "last.txt", told={"assumed.zone": "UTC"})
    assert (coverage.events, coverage.rejections) == (0, 1)
    assert "columns that are not known" in sink.rejections[0].reason


@pytest.mark.parametrize(("wide", "form"), [(16, "masked"), (42, "v6")])
def test_a_host_is_cut_only_where_its_column_is_narrow(wide: int, form: str) -> None:
    """``lastlog`` keeps 16 characters of a host, ``lastlog2`` 42; the same 16 are a whole address only there."""
    said = f"{'editor':16} {'pts/0':8} {'2001:db8::1234:5':{wide}} Wed Mar 11 03:11:41 +0400 2026\n"
    coverage, sink = reading.read_bytes(said.encode(), "x.txt")
    assert coverage.format == "lastlog_list"
    assert (sink.rows[0]["address_form"], sink.rows[0]["time"].isoformat()) == (form, "2026-03-10T23:11:41+00:00")


def test_a_list_without_years_states_no_instant_and_a_cut_address_is_none() -> None:
    said = "editor   pts/0        2001:db8::1234:5 Tue Mar 10 09:53 - 10:00  (00:07)\n"
    _, sink = reading.read_bytes(said.encode(), "list.txt", told={"assumed.zone": "UTC"})
    (row,) = sink.rows
    assert (row["time"], row["time_text"], row["address"], row["address_form"]) == (
        None,
        "Tue Mar 10 09:53",
        None,
        "masked",
    )


# --- journal, vsftpd --------------------------------------------------------------------------------------------------


def test_a_message_of_bytes_is_read_and_a_foreign_writer_is_named() -> None:
    said = list(b"Accepted password for root from 203.0.113.45 port 6 ssh2")
    found = {
        "__REALTIME_TIMESTAMP": "1583889000123456",
        "MESSAGE": said,
        "SYSLOG_IDENTIFIER": "sshd",
        "_COMM": "logger",
    }
    (row,) = rows(json.dumps(found))
    assert (row["address"], row["zone_basis"]) == ("203.0.113.45", "epoch")
    assert json.loads(row["detail"])["note"] == "written by a process named logger"
    assert (row["action"], row["outcome"]) == ("activity", "unknown")
    found |= {"_COMM": "sshd-session"}
    assert rows(json.dumps(found))[0]["action"] == "login"


def test_two_lines_of_vsftpd_in_one_are_refused() -> None:
    good = 'Sat Jun  6 00:14:23 2009 [pid 3] CONNECT: Client "::ffff:203.0.113.45"\n'
    bad = 'Sat Jun  6 00:14:23 2009 [pid 3] CONNECT: Client "::ffff:Sat Jun  6 00:14:24 2009 [pid 1] [e] OK LOGIN: Client"\n'
    coverage, sink = reading.read_bytes((good + bad).encode(), "vsftpd.log")
    assert (coverage.events, coverage.rejections) == (1, 1)
    assert (sink.rows[0]["time"], sink.rows[0]["address"]) == (None, "203.0.113.45")


def test_a_file_name_that_grep_put_in_front_is_kept() -> None:
    text = "/var/log/auth.log.1:Mar 11 22:55:30 web1 sshd[7]: Accepted password for e from 192.0.2.1 port 5 ssh2\n"
    text += (
        "auth.log-20200312:17:2020-03-11T22:55:30Z web1 sshd[7]: Accepted password for e from 192.0.2.1 port 5 ssh2\n"
    )
    (first, second) = rows(text)
    assert json.loads(first["detail"])["source"] == "/var/log/auth.log.1"
    assert second["time"].isoformat() == "2020-03-11T22:55:30+00:00"


# --- hostile lengths --------------------------------------------------------------------------------------------------

SSHD = "Mar 11 22:55:30 h sshd[1]: "
DROPBEAR = "Wed Mar 11 22:55:30 2020 authpriv.info dropbear[1]: "
CPANEL = "[2017-01-25 06:01:10 -0500] info [cpaneld] 192.0.2.1 - "


@pytest.mark.parametrize(
    ("good", "start", "more"),
    [
        (
            f"{SSHD}Accepted password for e from 192.0.2.1 port 5 ssh2",
            f"{SSHD}Failed password for",
            " from 192.0.2.1 port 5",
        ),
        (
            f"{SSHD}Accepted password for e from 192.0.2.1 port 5 ssh2",
            f"{SSHD}Accepted password for",
            " x from 192.0.2.1 port",
        ),
        (f"{SSHD}Accepted password for e from 192.0.2.1 port 5 ssh2", f"{SSHD}Disconnected from user", " a"),
        (
            f"{SSHD}Accepted password for e from 192.0.2.1 port 5 ssh2",
            f"{SSHD}PAM 2 more authentication failures;",
            " rhost=",
        ),
        (f"{SSHD}Accepted password for e from 192.0.2.1 port 5 ssh2", "a.b", ":"),
        (f"{DROPBEAR}Child connection from 192.0.2.1:5", f"{DROPBEAR}Bad password attempt for '", "' from "),
        (f"{CPANEL}root - SUCCESS LOGIN whostmgrd", CPANEL, 'a "x" '),
        (f"{CPANEL}root - SUCCESS LOGIN whostmgrd", f'{CPANEL}root "', '" FAILED LOGIN '),
    ],
)
def test_long_hostile_lines_are_read_in_a_time_that_grows_with_their_length(good: str, start: str, more: str) -> None:
    begun = time.process_time()
    reading.read_bytes(f"{good}\n{good}\n{good}\n{start}{more * 40_000}\n".encode(), "x.log")
    assert time.process_time() - begun < 10  # a square would take minutes


# --- system logs ------------------------------------------------------------------------------------------------------


TAGS = st.sampled_from(
    ["host sshd[12]: Failed password", "- su: x", "host auth.info sshd[1]: x", "sshd[3]: x", "host sshd: ", "host sshd:",
     "host /usr/sbin/cron[4]: x", "h-1 a b: c", "host sshd(pam_unix)[7]: a\nb", "host sshd[x]: y", "nothing at all", "h s[1]]: m"]
)  # fmt: skip
STAMPS = st.sampled_from(
    ["2020-03-11T22:55:30.123456+04:00", "2020-03-11 22:55:30", "2020-03-11T22:55:30Z", "2020-13-41T99:99:99,1+9999",
     "Mar 11 22:55:30", "Mar  1 22:55:30", "Mrz 11 22:55:30", "Wed Mar 11 22:55:30 2020",
     "1583967330.123456", "x:2020-03-11T22:55:30"]
)  # fmt: skip


@given(STAMPS, st.sampled_from([" ", "  ", ""]), TAGS)
def test_lines_of_the_usual_layouts_are_read_as_by_the_full_pattern(stamp: str, space: str, tag: str) -> None:
    quick = syslog_lines.read_line(f"{stamp}{space}{tag}")
    with pytest.MonkeyPatch.context() as patch:
        for usual in ("_USUAL", "_USUAL_ISO"):
            patch.setattr(syslog_lines, usual, re.compile("(?!)"))
        assert syslog_lines.read_line(f"{stamp}{space}{tag}") == quick


def test_connections_of_load_balancers_name_their_client_and_its_port() -> None:
    """As in the test lines of elastic/integrations (aws, elb_logs): network load balancers, connection logs."""
    network = (
        "tls 2.0 2020-04-01T08:51:42 net/n/c6e7 g3d4 192.0.2.1:2817 10.0.0.1:80 5 2 98 246 - - - X tlsv12 - d.example"
    )
    (row,) = rows(f'{network} h2 h2 "h2","http/1.1" 2020-04-01T08:51:20\n')
    assert (row["address"], row["source_port"], row["zone_basis"]) == ("192.0.2.1", 2817, "format_rule")
    assert json.loads(row["detail"])["connection_creation_time"] == "2020-04-01T08:51:20"
    (row,) = rows('2024-11-29T13:45:24.599544Z 2001:db8::7 58206 80 - - - "-" - - - TID_1\n')
    assert (row["address"], row["source_port"], row["action"]) == ("2001:db8::7", 58206, "request")


# --- error logs of web servers ------------------------------------------------------------------------------------------

STAMP = "2020/03/11 04:20:00 [error] 54053#0: *1 "


def error_log(text: str) -> tuple[str, list[dict[str, Any]], Mapping[str, int]]:
    coverage, sink = reading.read_bytes(text.encode(), "error.log", told={"assumed.zone": "Asia/Baku"})
    assert not sink.rejections
    return coverage.format, sink.rows, coverage.unused


def test_a_request_cannot_name_another_client_in_an_error_log() -> None:
    """Nginx writes paths and requests unescaped before and behind its own statement of the client."""
    forged = ", client: 192.0.2.99, server: x"
    honest = ", client: 203.0.113.45, server: desk.example"
    for text in (f'open() "/a{forged}" failed{honest}', f'x{honest}, request: "GET /a{forged} HTTP/1.1"'):
        _, rows, _ = error_log(f"{STAMP}{text}\n")
        assert [(row["address"], "two statements" in row["detail"]) for row in rows] == [(None, True)]
    _, rows, _ = error_log(f"{STAMP}x{honest}\n")
    assert [row["address"] for row in rows] == ["203.0.113.45"]
    _, rows, _ = error_log(
        "[Wed Mar 11 04:14:00 2020] [error] [client 203.0.113.45] File does not exist: [client 192.0.2.99] x\n"
    )
    assert [row["address"] for row in rows] == ["203.0.113.45"]


def test_what_goes_on_over_several_lines_is_one_complaint() -> None:
    """As in the test lines of elastic/integrations (nginx, error): PHP's words end the line before nginx's own."""
    text = f'{STAMP}FastCGI sent in stderr: "one\ntwo\n\nthree" while x, client: 203.0.113.45, server: d\n'
    name, rows, unused = error_log(text)
    assert (name, len(rows), rows[0]["address"], rows[0]["place"]) == ("web_error_log", 1, "203.0.113.45", "line:1")
    assert unused == {"line that goes on from the one before": 2, "empty line": 1}


def test_ports_and_zones_of_error_logs() -> None:
    """Apache 2.4 writes a port, also behind a bare IPv6 address; 2.2, which names no process, writes none."""
    lines = (
        "[Wed Mar 11 04:14:00.1 2020] [core:error] [pid 9] [client 2001:db8::8:443] x",
        "[Wed Mar 11 04:14:00 2020] [error] [client 2001:db8::8] x",
        "[2020-03-11 04:14:00 +0100] [core:error] [pid 9] [client 192.0.2.1:80] x",
    )
    _, rows, _ = error_log("\n".join(lines) + "\n")
    assert [(row["address"], row["source_port"]) for row in rows] == [
        ("2001:db8::8", 443),
        ("2001:db8::8", None),
        ("192.0.2.1", 80),
    ]
    assert [(row["time"].hour, row["zone_basis"]) for row in rows] == [(0, "assumed"), (0, "assumed"), (3, "explicit")]
    coverage, sink = reading.read_bytes(f"{lines[1]}\n".encode(), "error.log")
    assert (coverage.format, [row["time"] for row in sink.rows]) == ("web_error_log", [None])


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading_of_an_error_log(noise: str) -> None:
    text = f"{STAMP}{noise}\n[Wed Mar 11 04:14:00 2020] [error] {noise}\n"
    coverage, sink = reading.read_bytes(text.encode("utf-8", "surrogatepass"), "error.log")
    assert len(sink.rows) + sum(coverage.unused.values()) + len(sink.rejections) == coverage.rows


# --- the journal's export format ------------------------------------------------------------------------------------------

ENTRY = b"__CURSOR=s=a;i=1\n__REALTIME_TIMESTAMP=1583891380000123\n_COMM=sshd\nSYSLOG_IDENTIFIER=sshd\n"
SAID = b"Accepted password for e from 203.0.113.45 port 4 ssh2"


def test_a_value_with_its_length_may_hold_blank_lines_and_other_entries() -> None:
    """systemd.io/JOURNAL_EXPORT_FORMATS: only the length says where such a value ends."""
    forged = b"x\n\n" + ENTRY + b"MESSAGE=" + SAID.replace(b"203.0.113.45", b"192.0.2.99") + b"\n\n"
    data = ENTRY + b"NOTE\n" + struct.pack("<Q", len(forged)) + forged + b"\nMESSAGE=" + SAID + b"\n\n"
    coverage, sink = reading.read_bytes(data, "journal.export")
    assert (coverage.format, [row["address"] for row in sink.rows]) == ("journald_export", ["203.0.113.45"])
    assert sink.rows[0]["place"] == f"bytes:0-{len(data) - 1}"


@pytest.mark.parametrize("length", [0, 5, 2**20 + 1, 2**64 - 1])
def test_a_length_that_is_not_true_costs_one_entry(length: int) -> None:
    data = ENTRY + b"NOTE\n" + struct.pack("<Q", length) + b"abc\n\n" + ENTRY + b"MESSAGE=" + SAID + b"\n\n"
    coverage, sink = reading.read_bytes(data, "journal.export")
    assert coverage.rows == len(sink.rows) + len(sink.rejections) + sum(coverage.unused.values())
    assert sink.rejections


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(["MESSAGE", "A", "_B1"]), st.binary(max_size=60)), min_size=1, max_size=6))
def test_what_the_export_format_writes_comes_back(written: list[tuple[str, bytes]]) -> None:
    data = b"".join(name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n" for name, value in written)
    (found,) = journal_export.entries(io.BytesIO(data + b"\n"))
    expected: dict[str, Any] = {}
    for name, value in written:
        expected.setdefault(name, []).append(value.decode("utf-8", "backslashreplace"))
    assert found.fields == {name: values if len(values) > 1 else values[0] for name, values in expected.items()}


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_an_export(noise: bytes) -> None:
    coverage, sink = reading.read_bytes(ENTRY + noise, "journal.export")
    assert coverage.rows == len(sink.rows) + len(sink.rejections) + sum(coverage.unused.values())
