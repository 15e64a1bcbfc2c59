"""Mail, webmail and FTP servers in system logs: whose sign-in a line tells, and what a hostile name cannot do.

The spellings are those of fail2ban's test lines (dovecot, postfix-sasl, sendmail-auth, cyrus-imap, courier-auth, roundcube-auth,
sogo-auth, proftpd, pure-ftpd, webmin-auth) and of issues of mailcow, Mailu and docker-mailserver; the values are invented.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import forwarded_client, login_messages, mail_login_messages
from forensics.ingest.syslog_lines import read_line
from forensics.model import Action
from tests.ingest import reading

CLIENT = "203.0.113.45"
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30).map(
    lambda text: f"{text}>, rip=192.0.2.1, relay=[192.0.2.1], ip=[192.0.2.1] from 192.0.2.1 in session a"
)
FORGEABLE = [
    (
        "dovecot",
        "imap-login: Aborted login (auth failed, 1 attempts): user=<{}>, method=PLAIN, rip=203.0.113.45, lip=192.0.2.80",
    ),
    (
        "sm-mta",
        "06I0: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): x, user={}, relay=h [203.0.113.45]",
    ),
    ("imapd", "LOGIN FAILED, user={}, ip=[::ffff:203.0.113.45], port=[255]"),
    ("roundcube", "<ab> Failed login for {} from 203.0.113.45 in session ab (error: 0)"),
    ("sogod", "SOGoRootPage Login from '203.0.113.45' for user '{}' might not have worked - password policy: 1"),
    ("webmin", "Invalid login as {} from 203.0.113.45"),
    ("proftpd", "h (x[203.0.113.45]) - USER {} (Login failed): Incorrect password."),
    ("pure-ftpd", "(?@203.0.113.45) [WARNING] Authentication failed for user [{}]"),
    ("vsftpd", '[x] FAIL LOGIN: Client "203.0.113.45", "{}"'),
]


@settings(max_examples=60)
@given(name=NAMES, line=st.sampled_from(FORGEABLE))
def test_a_name_that_was_typed_cannot_forge_the_client(name: str, line: tuple[str, str]) -> None:
    found = login_messages.meaning(line[0], line[1].replace("{}", name))
    assert (found.action, found.address.address) == ("login_failed", CLIENT)


@pytest.mark.parametrize(
    ("program", "message", "action", "account"),
    [
        (
            "dovecot",
            "imap-login: Login: user=<e@n.example>, method=PLAIN, rip=203.0.113.45, lip=192.0.2.1, mpid=9, TLS",
            "login",
            "e@n.example",
        ),
        (
            "imap-login",
            "Info: Login: user=<e@n.example> method=LOGIN, rip=203.0.113.45, lip=192.0.2.1",
            "login",
            "e@n.example",
        ),
        (
            "dovecot",
            "pop3-login: Disconnected: Inactivity (auth failed, 1 attempts in 9 secs): user=<e>, rip=203.0.113.45",
            "login_failed",
            "e",
        ),
        (
            "dovecot",
            "imap-login: Disconnected (auth failed, 1 attempts): method=PLAIN, rip=203.0.113.45, lip=192.0.2.1",
            "login_failed",
            "",
        ),
        (
            "dovecot",
            "imap-login: Login aborted: Connection closed (auth failed, 1 attempts) (auth_failed): user=<e>, rip=203.0.113.45",
            "login_failed",
            "e",
        ),
        ("dovecot", "auth: passwd-file(e,203.0.113.45,<x>): unknown user", "activity", "e"),
        ("dovecot", "dovecot: auth(default): pam(e,203.0.113.45): pam_authenticate() failed: x", "activity", "e"),
        (
            "auth-worker(304)",
            "Info: conn unix:auth-worker (pid=1,uid=2): auth-worker<9>: sql(e,203.0.113.45): Password mismatch",
            "activity",
            "e",
        ),
        (
            "dovecot",
            "pop3-login: Aborted login (tried to use disallowed plaintext auth): rip=203.0.113.45, lip=192.0.2.1",
            "activity",
            "",
        ),
        (
            "postfix/smtpd",
            "C2C2: client=h.example[203.0.113.45], sasl_method=PLAIN, sasl_username=e@n.example",
            "login",
            "e@n.example",
        ),
        (
            "postfix/submission/smtpd",
            "warning: unknown[203.0.113.45]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
            "login_failed",
            "",
        ),
        (
            "postfix/smtpd",
            "warning: unknown[203.0.113.45]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=e",
            "login_failed",
            "e",
        ),
        (
            "postfix/smtpd",
            "warning: h[203.0.113.45]: SASL LOGIN authentication failed: Connection lost to authentication server",
            "activity",
            "",
        ),
        (
            "sm-mta",
            "06I0: AUTH=server, relay=h.example [203.0.113.45] (may be forged), authid=e, mech=PLAIN, bits=0",
            "login",
            "e",
        ),
        (
            "cyrus/imap",
            "badlogin: h.example [203.0.113.45] plaintext e SASL(-13): authentication failure: checkpass failed",
            "login_failed",
            "e",
        ),
        (
            "imap",
            "badlogin: h.example [203.0.113.45] DIGEST-MD5 [SASL(-13): authentication failure: x]",
            "login_failed",
            "",
        ),
        ("cyrus/imaps", "login: h.example [203.0.113.45] e plaintext+TLS User logged in SESSIONID=<x>", "login", "e"),
        ("pop3d", "LOGOUT, user=e, ip=[::ffff:203.0.113.45], port=[9], top=0, retr=0", "logout", "e"),
        (
            "courieresmtpd",
            'error,relay=::ffff:203.0.113.45,msg="535 Authentication failed.",cmd: YWRv',
            "login_failed",
            "",
        ),
        (
            "roundcube",
            "<a> Successful login for e@n.example (ID: 3) from 203.0.113.45 in session a",
            "login",
            "e@n.example",
        ),
        (
            "roundcube",
            "IMAP Error: Login failed for e against imap.n.example from 203.0.113.45. AUTHENTICATE PLAIN: NO",
            "activity",
            "e",
        ),
        (
            "sogod",
            "SOGoRootPage successful login from '203.0.113.45' for user 'e' - expire = -1  grace = -1",
            "login",
            "e",
        ),
        ("webmin", "Successful login as root from 203.0.113.45", "login", "root"),
        ("proftpd", "h (x[::ffff:203.0.113.45]): USER e: Login successful.", "login", "e"),
        (
            "proftpd",
            "h (x[203.0.113.45]) - USER e: no such user found from x [203.0.113.45] to 192.0.2.1:21 ",
            "login_failed",
            "e",
        ),
        ("pure-ftpd", "(e@203.0.113.45) [NOTICE] /home/e//x.php uploaded  (123 bytes, 1.2KB/sec)", "activity", "e"),
        ("pure-ftpd", "(e@n.example@203.0.113.45) [NOTICE] /x uploaded  (1 bytes, 1KB/sec)", "activity", "e@n.example"),
        ("sftp-server", "session opened for local user e from [203.0.113.45]", "activity", "e"),
    ],
)
def test_what_servers_say_of_a_sign_in(program: str, message: str, action: str, account: str) -> None:
    found = login_messages.meaning(program, message)
    assert (found.action, found.account, found.address.address) == (action, account, CLIENT)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("postfix/smtpd", "connect from unknown[203.0.113.45]"),
        ("postfix/smtpd", "C2C2: client=mx.example.net[203.0.113.45]"),
        (
            "smtpd",
            "C2C2: client=mx.example.net[203.0.113.45], sasl_method=PLAIN, sasl_username=e",
        ),  # OpenSMTPD, not Postfix
        (
            "dovecot",
            "imap-login: Disconnected (no auth attempts in 10 secs): user=<>, rip=203.0.113.45, TLS handshaking",
        ),
        ("dovecot", "master: Dovecot v2.3.21 starting up for imap, pop3"),
    ],
)
def test_connections_without_a_sign_in_are_unused(program: str, message: str) -> None:
    assert login_messages.meaning(program, message).unused


def test_an_attempt_that_several_lines_tell_counts_once() -> None:
    said = [
        ("auth", "pam_unix(dovecot:auth): authentication failure; tty=dovecot ruser=e rhost=203.0.113.45"),
        ("dovecot", "auth-worker(9): pam(e,203.0.113.45,<a>): pam_authenticate() failed: Authentication failure"),
        ("dovecot", "imap-login: Disconnected (auth failed, 1 attempts): user=<e>, method=PLAIN, rip=203.0.113.45"),
    ]
    found = [login_messages.meaning(*line) for line in said]
    assert [item.action for item in found].count(Action.LOGIN_FAILED) == 1
    assert {(item.account, item.address.address) for item in found} == {("e", CLIENT)}


@pytest.mark.parametrize(
    ("program", "message", "action"),
    [
        ("dovecot", "imap-login: Login: user=<e>, method=PLAIN, rip=127.0.0.1, lip=127.0.0.1, secured", "activity"),
        ("dovecot", "imap-login: Login: user=<e>, method=PLAIN, rip=192.0.2.80, lip=192.0.2.80, secured", "activity"),
        ("dovecot", "imap-login: Disconnected (auth failed, 1 attempts): user=<e>, rip=::1, lip=::1", "login_failed"),
        ("postfix/smtpd", "C2C2: client=localhost[127.0.0.1], sasl_method=PLAIN, sasl_username=e", "activity"),
        ("imapd", "LOGIN, user=e, ip=[::ffff:127.0.0.1], port=[9], protocol=IMAP", "activity"),
        ("roundcube", "Successful login for e (ID: 3) from 127.0.0.1 in session a", "login"),
    ],
)
def test_webmail_on_the_server_itself_is_no_client(program: str, message: str, action: str) -> None:
    """Each page of webmail opens the mailbox from the machine itself: no sign-in of a person, and no address of one."""
    found = login_messages.meaning(program, message)
    assert (found.action, found.account, found.address.address) == (action, "e", None)
    assert found.address.text


def test_several_attempts_of_one_line_are_told() -> None:
    said = "imap-login: Disconnected (auth failed, 3 attempts in 9 secs): user=<e>, method=PLAIN, rip=203.0.113.45"
    assert login_messages.meaning("dovecot", said).detail["attempts"] == "3"


@pytest.mark.parametrize(
    ("handed", "address"),
    [
        ("127.0.0.1 (X-Real-IP: 203.0.113.45,X-Forwarded-For: 203.0.113.45)", CLIENT),
        ("127.0.0.1 (X-Forwarded-For: 192.0.2.1, 203.0.113.45)", None),
        ("203.0.113.45 (X-Forwarded-For: 192.0.2.1)", CLIENT),
        ("10.0.0.5", "10.0.0.5"),
    ],
)
def test_webmail_behind_a_proxy_names_the_only_client_from_outside(handed: str, address: str | None) -> None:
    found = login_messages.meaning("roundcube", f"Successful login for e (ID: 3) from {handed} in session a")
    assert found.address.address == address


def test_words_of_a_mail_server_in_a_refusal_take_no_client_where_they_name_another() -> None:
    said = "IMAP Error: Login failed for e from 192.0.2.1. x from 203.0.113.45. AUTHENTICATE PLAIN: NO"
    found = login_messages.meaning("roundcube", said)
    assert (found.address.address, found.account) == (None, "")


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("INFO    [sshd] Found 203.0.113.45 - 2026-03-11 03:12:00", "failure"),
        ("NOTICE  [dovecot] Ban 203.0.113.45", "blocked"),
        ("NOTICE  [dovecot] Restore Ban 203.0.113.45", "blocked"),
        ("WARNING [dovecot] 203.0.113.45 already banned", "blocked"),
        ("NOTICE  [dovecot] Unban 203.0.113.45", None),
    ],
)
def test_whom_fail2ban_counted_and_refused(said: str, outcome: str | None) -> None:
    found = login_messages.meaning("fail2ban.actions", said)
    assert (found.address.address, found.outcome) == (CLIENT, outcome) if outcome else found.unused


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("Mar 24 08:58:32 sogod [26818]: SOGoRootPage x", "sogod"),
        (
            "2026-03-05 12:00:00,123 host proftpd[12345] n.example (x[203.0.113.45]): USER e: Login successful.",
            "proftpd",
        ),
        ("Nov 08 15:15:55 imap-login: Info: Login: user=<e>, rip=203.0.113.45", "imap-login"),
        ("2026-03-11 03:12:01,123 fail2ban.actions        [900]: NOTICE  [sshd] Ban 203.0.113.45", "fail2ban.actions"),
    ],
)
def test_tags_of_servers_that_write_their_own_files(line: str, program: str) -> None:
    found = read_line(line)
    assert found is not None
    assert found.program == program


@settings(max_examples=300)
@given(
    st.sampled_from([*sorted(mail_login_messages.PROGRAMS), "postfix/smtpd", "cyrus/imap", ""]), st.text(max_size=120)
)
def test_no_message_breaks_the_reading(program: str, message: str) -> None:
    login_messages.meaning(program, message)


@pytest.mark.parametrize(
    ("listed", "address"),
    [
        ("203.0.113.45", CLIENT),
        ("192.0.2.1, 203.0.113.45", CLIENT),
        ("203.0.113.45, 10.0.0.1", CLIENT),
        ("10.0.0.2, ::1", None),
    ],
)
def test_of_a_forwarded_list_the_last_entry_counts_unless_it_is_a_proxy_inside(
    listed: str, address: str | None
) -> None:
    assert forwarded_client.last_of(listed).address == address


def test_exim_tells_the_client_where_it_writes_it_and_not_where_sender_greeting_or_name_hold_one() -> None:
    """The grammar of Exim's log files (its specification, "Log files"); lines as in fail2ban's tests and on cPanel hosts."""
    forged = '"a H=(x) [192.0.2.1]:1 P=esmtpsa A=login:o"@n.example'
    handed_in = f"1x9hqp-000000076Qy-1Ug8 <= {forged} H=({{}}) [203.0.113.45]:5 P=esmtpsa A=l:e S=9"
    refused = "login authenticator failed for ({}) [203.0.113.45]: 535 Incorrect (set_id=e) [192.0.2.1]: 535 (set_id=e)"
    lines = [f"2026-03-11 03:12:0{at} {said.format('[192.0.2.1]')}" for at, said in enumerate((handed_in, refused))]
    coverage, sink = reading.read_bytes("\n".join(lines).encode(), "mainlog")
    assert coverage.format == "exim_mainlog"
    assert [row["address"] for row in sink.rows] == [CLIENT, CLIENT]
    assert [row["action"] for row in sink.rows] == ["login", "login_failed"]
    assert sink.rows[0]["account"] == "e"


def test_a_user_agent_cannot_imitate_an_act_in_zimbras_log() -> None:
    """The context in brackets ends with the client's own text; both ends of such a line are open, so it is rejected."""
    path = reading.SAMPLES / "zimbra_audit" / "opt" / "zimbra" / "log" / "audit.log"
    coverage, sink = reading.read_bytes(path.read_bytes(), "audit.log")
    assert coverage.format == "zimbra_audit"
    assert "which one is left open" in sink.rejections[-1].reason


def test_nextcloud_names_the_client_apart_from_what_was_typed() -> None:
    """fail2ban's ``nextcloud-auth`` lines: ``(Remote IP: …)`` inside the name is the client's, ``remoteAddr`` the server's."""
    said = "Login failed: x (Remote IP: 192.0.2.1) (Remote IP: 203.0.113.45)"
    line = {
        "reqId": "a",
        "level": 2,
        "time": "2026-03-10T23:12:01+00:00",
        "remoteAddr": CLIENT,
        "user": "--",
        "message": said,
    }
    _, sink = reading.read_bytes(json.dumps({**line, "app": "core"}).encode(), "nextcloud.log")
    assert [(row["address"], row["account"]) for row in sink.rows] == [(CLIENT, "x (Remote IP: 192.0.2.1)")]


def test_a_shippers_json_is_read_by_its_program_and_its_own_fields_stay() -> None:
    """Key names: Elastic Common Schema (``log.syslog.appname``), rsyslog's property names, ``logcli`` (Loki)."""
    said = "Accepted password for e from 203.0.113.45 port 5 ssh2"
    shapes = [
        {"@timestamp": "2026-03-10T23:12:09Z", "message": said, "log": {"syslog": {"appname": "sshd"}}},
        {"timestamp": "2026-03-11T03:12:09+04:00", "msg": said, "programname": "sshd"},
        {"date": 1773184329.0, "message": said, "ident": "sshd", "pid": 9},
        {
            "timestamp": "2026-03-10T23:12:09Z",
            "line": f"Mar 11 03:12:09 srv sshd[9]: {said}",
            "labels": {"host": "srv"},
        },
        {"_source": {"@timestamp": "2026-03-10T23:12:09Z", "message": said, "process.name": "sshd"}},
    ]
    for shape in shapes:
        coverage, sink = reading.read_bytes(json.dumps(shape).encode(), "x.json")
        assert coverage.format == "syslog_json", shape
        (row,) = sink.rows
        assert (row["action"], row["account"], row["address"]) == ("login", "e", CLIENT)
        assert row["time"].isoformat() == "2026-03-10T23:12:09+00:00"
