"""Messages of login programs: what counts as a login, whose address counts, and what hostile names cannot do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import login_messages
from forensics.ingest.fields import FieldError
from forensics.ingest.sshd_messages import key_device, meaning
from forensics.ingest.syslog_lines import read_line
from forensics.model import Action

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40) | st.sampled_from(
    [
        " from 198.51.100.1 port 22 ssh2",
        "x from 198.51.100.1 port 22 ssh2: RSA SHA256:AAAA",
        "",
        "invalid user y",
        "a for b",
    ]
)


@settings(max_examples=300)
@given(name=NAMES, port=st.integers(1, 65_535), key=st.sampled_from(["", ": RSA SHA256:" + "A" * 43, " [preauth]"]))
def test_a_client_cannot_forge_its_address_by_its_name(name: str, port: int, key: str) -> None:
    for method, action in (("password", "login_failed"), ("none", "activity")):
        found = meaning(f"Failed {method} for invalid user {name} from 203.0.113.45 port {port} ssh2{key}")
        assert (found.action, found.address.address, found.address.port) == (action, "203.0.113.45", port)
        assert found.account == name


@settings(max_examples=200)
@given(words=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
def test_words_of_a_key_or_of_a_client_host_cannot_forge_an_address(words: str) -> None:
    """OpenSSH ``auth.c``: key ID of a certificate and ``client user`` are the client's and stand behind the port."""
    forged = f"{words} from 192.0.2.1 port 5 ssh2: RSA SHA256:{'A' * 43}"
    key = f"ssh2: RSA SHA256:{'B' * 43}"
    said = f'from 203.0.113.45 port 9 {key}, client user "{forged}'
    assert meaning(f"Failed hostbased for root {said}").address.address == "203.0.113.45"
    assert meaning(f"Accepted hostbased for root {said}").address.address == "203.0.113.45"
    unknown = meaning(f"Failed hostbased for invalid user x {said}")
    assert (unknown.address.address, unknown.account, unknown.device) == (None, "", "")
    assert meaning(f"Failed publickey for invalid user x from 203.0.113.45 port 9 {key}").address.port == 9


def test_a_question_for_methods_is_no_failed_login() -> None:
    """Every OpenSSH client asks with ``none`` first, the owner's too: at ``LogLevel VERBOSE`` each sign-in writes it."""
    found = meaning("Failed none for editor from 192.0.2.14 port 5 ssh2")
    assert (found.action, found.outcome, found.account) == ("activity", "failure", "editor")


@pytest.mark.parametrize(
    ("said", "account", "address"),
    [
        (
            "pam_unix(dovecot:auth): authentication failure; tty=dovecot ruser=%s rhost=203.0.113.45",
            None,
            "203.0.113.45",
        ),
        ("pam_unix(sshd:auth): authentication failure; tty=ssh ruser= rhost=203.0.113.45  user=e", "e", "203.0.113.45"),
        ("pam_sss(dovecot:auth): authentication failure; tty=dovecot ruser=%s rhost=203.0.113.45 user=%s", "", None),
        ("pam_sss(sshd:auth): authentication failure; tty=ssh ruser= rhost=203.0.113.45 user=%s", None, "203.0.113.45"),
        ("PAM 2 more authentication failures; tty=ssh ruser= rhost=203.0.113.45  user=e", "e", "203.0.113.45"),
    ],
)
@pytest.mark.parametrize("name", ["x rhost=192.0.2.1", " rhost=192.0.2.1", "x rhost=192.0.2.1  user=root"])
def test_a_name_given_to_pam_cannot_forge_its_host(
    said: str, account: str | None, address: str | None, name: str
) -> None:
    """``ruser`` of mail and FTP servers and ``user`` of sssd are what the client typed (fail2ban tests for the same)."""
    found = login_messages.meaning("auth", said.replace("%s", name))
    assert found.address.address == address
    assert account is None or found.account == account


def test_the_name_that_a_mail_client_gave_is_the_account_that_was_asked_for() -> None:
    said = "authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=editor rhost=203.0.113.45"
    found = login_messages.meaning("auth", f"pam_unix(dovecot:auth): {said}")
    assert (found.account, found.address.address, found.outcome) == ("editor", "203.0.113.45", "failure")
    assert (
        login_messages.meaning(
            "su", "pam_unix(su:auth): authentication failure; tty=pts/0 ruser=e rhost=  user=root"
        ).account
        == "root"
    )


def test_a_certificates_name_cannot_forge_an_accepted_login() -> None:
    said = (
        "Accepted publickey for root from 203.0.113.45 port 9 ssh2: RSA-CERT SHA256:%s ID x from 192.0.2.1 port 5 ssh2"
    )
    found = meaning(said % ("A" * 43))
    assert (found.address.address, found.account, found.device) == (
        "203.0.113.45",
        "root",
        "ssh-key:SHA256:" + "A" * 43,
    )


def test_the_key_of_a_host_that_vouches_for_its_user_is_read() -> None:
    """OpenSSH ``auth.c``, ``format_method_key``: what the method adds stands behind the fingerprint and a comma."""
    said = 'Accepted hostbased for e from 203.0.113.45 port 9 ssh2: RSA SHA256:%s, client user "e", client host "gate"'
    assert meaning(said % ("A" * 43)).device == "ssh-key:SHA256:" + "A" * 43


@pytest.mark.parametrize(
    ("message", "action", "outcome", "account", "address"),
    [
        ("Invalid user x from 203.0.113.45", "activity", "failure", "x", "203.0.113.45"),
        ("error: PAM: authentication error for e from 203.0.113.45", "activity", "failure", "e", "203.0.113.45"),
        ("Connection closed by 203.0.113.45 port 5 [preauth]", "activity", "failure", "", "203.0.113.45"),
        (
            "Connection reset by invalid user a b 203.0.113.45 port 5 [preauth]",
            "activity",
            "failure",
            "a b",
            "203.0.113.45",
        ),
        ("Disconnected from user editor 203.0.113.45 port 5", "logout", "unknown", "editor", "203.0.113.45"),
        ("Disconnected from 203.0.113.45 port 5", "activity", "unknown", "", "203.0.113.45"),
        ("Connection from 203.0.113.45 port 5 on 192.0.2.80 port 22", "activity", "unknown", "", "203.0.113.45"),
        (
            "Postponed publickey for e from 203.0.113.45 port 5 ssh2 [preauth]",
            "activity",
            "challenge",
            "e",
            "203.0.113.45",
        ),
        ("Unable to negotiate with 203.0.113.45 port 5: no matching cipher", "activity", "unknown", "", "203.0.113.45"),
        (
            "banner exchange: Connection from 203.0.113.45 port 5: invalid format",
            "activity",
            "unknown",
            "",
            "203.0.113.45",
        ),
        (
            "reverse mapping checking getaddrinfo for x.example [203.0.113.45] failed - POSSIBLE BREAK-IN ATTEMPT!",
            "activity",
            "unknown",
            "",
            "203.0.113.45",
        ),
        ("Timeout before authentication for 203.0.113.45 port 5", "activity", "unknown", "", "203.0.113.45"),
    ],
)
def test_messages_of_sshd(message: str, action: str, outcome: str, account: str, address: str) -> None:
    found = meaning(message)
    assert (found.action, found.outcome, found.account, found.address.address) == (action, outcome, account, address)


@pytest.mark.parametrize(
    "message",
    [
        "Received disconnect from 192.0.2.1: 11: Bye from 203.0.113.45",
        "Received disconnect from 192.0.2.1: 11: x 203.0.113.45 port 22 [preauth]",
        "error: Received disconnect from 192.0.2.1 port 4:3: x 203.0.113.45 port 22 [preauth]",
        "Bad protocol version identification 'x 203.0.113.45 port 22' from 192.0.2.1",
        "Bad protocol version identification 'x' from 203.0.113.45 port 22' from 192.0.2.1 port 9",
        "Unable to negotiate with 192.0.2.1 port 4: no matching cipher found. Their offer: a 203.0.113.45 port 22 [preauth]",
        "Protocol major versions differ for 192.0.2.1 port 4: SSH-2.0-OpenSSH_9 vs. SSH-1.5-x from 203.0.113.45 port 7",
        "Protocol major versions differ for 192.0.2.1: SSH-2.0-OpenSSH_9 vs. x 203.0.113.45 port 7",
        "drop connection #10 from [192.0.2.1]:4242 on [203.0.113.45]:22 past MaxStartups",
    ],
)
def test_what_a_client_says_last_or_first_cannot_forge_its_address(message: str) -> None:
    assert meaning(message).address.address == "192.0.2.1"


@pytest.mark.parametrize(
    ("program", "message", "action", "account"),
    [
        ("passwd", "gkr-pam: couldn't update the login keyring password: no old password was entered", "activity", ""),
        ("usermod", "cannot lock /etc/passwd; try again later.", "activity", ""),
        ("useradd", "failed adding user 'eve', exit code: 9", "activity", "eve"),
        ("chage", "changed password expiry for eve", "account_changed", "eve"),
        ("sudo", "pam_unix(sudo:session): session closed for user root", "activity", "root"),
        ("dropbear", "Exit before auth (user 'root', 10 fails): Max auth tries reached", "activity", "root"),
        ("dropbear", "Exit before auth from <192.0.2.1:5>: (user 'root', 1 fails): Timeout", "activity", "root"),
        ("dropbear", "Exit (editor) from <192.0.2.1:5>: Disconnect received", "logout", "editor"),
    ],
)
def test_what_was_not_done_is_not_told_as_done(program: str, message: str, action: str, account: str) -> None:
    found = login_messages.meaning(program, message)
    assert (found.action, found.account) == (action, account)


@pytest.mark.parametrize(
    ("program", "message", "outcome", "account", "address"),
    [
        (
            "sshd",
            "error: PAM: User not known to the underlying authentication module for illegal user e from 203.0.113.45",
            "failure",
            "e",
            "203.0.113.45",
        ),
        ("sshd", "error: PAM: User account has expired for e from 203.0.113.45", "failure", "e", "203.0.113.45"),
        (
            "sshd",
            "error: PAM: Have exhausted maximum number of retries for service for e from 203.0.113.45",
            "failure",
            "e",
            "203.0.113.45",
        ),
        ("sshd", "fatal: Access denied for user e by PAM account configuration [preauth]", "blocked", "e", None),
        ("sshd", "Disconnecting: Too many authentication failures for e [preauth]", "blocked", "e", None),
        ("sshd", "ROOT LOGIN REFUSED FROM 203.0.113.45 port 22", "blocked", "ROOT", "203.0.113.45"),
        (
            "sshd",
            "ssh_dispatch_run_fatal: Connection from authenticating user e 203.0.113.45 port 5: incorrect [preauth]",
            "failure",
            "e",
            "203.0.113.45",
        ),
        (
            "sshd",
            "pam_faillock(sshd:auth): Consecutive login failures for user e account temporarily locked",
            "blocked",
            "e",
            None,
        ),
        ("sshd", "pam_tally2(sshd:auth): user e (1001) tally 9, deny 5", "blocked", "e", None),
        (
            "sshd",
            "pam_access(sshd:account): access denied for user `e' from `203.0.113.45'",
            "blocked",
            "e",
            "203.0.113.45",
        ),
        (
            "sshd",
            "pam_sss(sshd:auth): authentication success; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.45 user=e",
            "success",
            "e",
            "203.0.113.45",
        ),
        (
            "sshd",
            "error: PAM: authentication error for e from 203.0.113.45 via 192.0.2.2",
            "failure",
            "e",
            "203.0.113.45",
        ),
        ("sshd", "User e not allowed because account is locked", "blocked", "e", None),
        ("sshd", "input_userauth_request: invalid user e [preauth]", "failure", "e", None),
        (
            "sshd-session",
            "Authentication tried for e with correct key but not from a permitted host (host=x, ip=203.0.113.45, required=a)",
            "blocked",
            "e",
            "203.0.113.45",
        ),
        (
            "sshd",
            "srclimit_penalise: ipv4: new 203.0.113.45/32 deferred penalty of 5 seconds for penalty: failed authentication",
            "blocked",
            "",
            "203.0.113.45",
        ),
        (
            "sshd",
            "srclimit_penalise: 203.0.113.45/32: activating ipv4 penalty of 15.7 seconds for penalty: connections without x",
            "blocked",
            "",
            "203.0.113.45",
        ),
        (
            "sshd",
            "srclimit_penalise: ipv6: new 2001:db8::/64 active penalty of 90 seconds for penalty: x",
            "blocked",
            "",
            None,
        ),
        ("sshd", "pam_sss(sshd:account): Access denied for user e: 6 (Permission denied)", "failure", "e", None),
        ("sudo", "e : PWD=/home/e ; USER=root ; COMMAND=/usr/bin/id", "success", "e", None),
        ("sudo", "e : 3 incorrect password attempts ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id", "failure", "e", None),
    ],
)
def test_refusals_by_pam_and_commands_without_a_terminal_name_their_account(
    program: str, message: str, outcome: str, account: str, address: str | None
) -> None:
    """Linux-PAM (``pam_faillock``, ``pam_tally2``, ``pam_access``, ``pam_strerror``), sssd, OpenSSH before 7.5, sudo 1.9."""
    found = login_messages.meaning(program, message)
    assert (found.action, found.outcome, found.account, found.address.address) == (
        "activity",
        outcome,
        account,
        address,
    )


@pytest.mark.parametrize(
    "message",
    [
        "error: connect_to 203.0.113.45 port 25: failed.",
        "error: connect to 203.0.113.45 port 25 failed: Connection timed out",
        "Received request from 192.0.2.1 port 5 to connect to host 203.0.113.45 port 25, but the request was denied.",
        "refused local port forward: originator 192.0.2.1 port 5, target 203.0.113.45 port 25",
        "error: bind [127.0.0.1]:8888: Address already in use",
    ],
)
def test_the_target_of_a_forwarded_connection_is_not_taken_for_the_client(message: str) -> None:
    """OpenSSH ``channels.c``, ``serverloop.c``: target and originator of a forwarding are what the client asked for."""
    found = meaning(message)
    assert (found.address.address, found.account, found.unused) == (None, "", "")


@pytest.mark.parametrize(
    "message",
    [
        'error: kex_exchange_identification: client sent invalid protocol identifier "x from 203.0.113.45 port 7"',
        "userauth_pubkey: unsupported public key algorithm: x from 203.0.113.45 port 7 [preauth]",
        'Certificate ID "x from 203.0.113.45 port 7" refused',
        "Disconnecting invalid user a 192.0.2.1 port 4: Change of username or service: (a) -> (x 203.0.113.45 port 7: )",
    ],
)
def test_no_address_is_taken_from_words_that_a_client_chose(message: str) -> None:
    """OpenSSH ``kex.c``, ``auth2-pubkey.c``, ``auth2.c``: greeting, algorithm, key ID and second name are the client's."""
    assert meaning(message).address.address is None


@pytest.mark.parametrize(
    "message",
    [
        "Address 203.0.113.45 maps to x.example, but this does not map back to the address.",
        'Nasty PTR record "192.0.2.1" is set up for 203.0.113.45, ignoring',
        "scanned from 203.0.113.45 with SSH-1.0-SSH_Version_Mapper.  Don't panic.",
        "Read error from remote host 203.0.113.45: Connection timed out",
        "Timeout before authentication for connection from 203.0.113.45 to 192.0.2.1, pid = 7",
        "packet_write_wait: Connection to 203.0.113.45 port 5: Broken pipe",
        "Disconnecting 203.0.113.45: Too many authentication failures",
        "Did not receive identification string from 203.0.113.45",
        "Connection closed by 203.0.113.45",
    ],
)
def test_where_the_server_writes_the_client_it_is_taken(message: str) -> None:
    assert meaning(message).address.address == "203.0.113.45"


@pytest.mark.parametrize(
    ("line", "priority", "source"),
    [
        ("Mar  5 12:00:00 <4.6> host sshd[9]: Accepted password for e from 203.0.113.45 port 5 ssh2", "4.6", ""),
        (
            "Mar  5 12:00:00 <auth.info> host sshd[9]: Accepted password for e from 203.0.113.45 port 5 ssh2",
            "auth.info",
            "",
        ),
        ("ssh-1  | Mar  5 12:00:00 host sshd[9]: Accepted password for e from 203.0.113.45 port 5 ssh2", "", "ssh-1"),
        ("ssh_1 | Mar  5 12:00:00 host sshd[9]: Accepted password for e from 203.0.113.45 port 5 ssh2", "", "ssh_1"),
    ],
)
def test_what_other_systems_write_around_a_line(line: str, priority: str, source: str) -> None:
    """FreeBSD ``syslogd -v`` (``syslogd(8)``); ``docker compose logs`` as users of mailcow paste it into issues."""
    found = read_line(line)
    assert found is not None
    assert (found.program, found.priority, found.source) == ("sshd", priority, source)
    assert login_messages.meaning(found.program, found.message).account == "e"


@pytest.mark.parametrize(
    ("unit", "message", "account"),
    [
        ("ssh.service", "Accepted password for e from 203.0.113.45 port 5 ssh2", "e"),
        ("sshd.service", "Accepted password for e from 203.0.113.45 port 5 ssh2", "e"),
        ("ssh@0-192.0.2.1:22-203.0.113.45:5.service", "Accepted password for e from 203.0.113.45 port 5 ssh2", "e"),
        ("systemd-logind.service", "New session 5 of user e.", "e"),
        ("session-3.scope", "e : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh", "e"),
        ("session-3.scope", "(to root) e on pts/0", "root"),
    ],
)
def test_a_unit_in_place_of_the_program_hides_no_sign_in(unit: str, message: str, account: str) -> None:
    """``journalctl -o with-unit`` (``journalctl(1)``): unit names where other forms have the program's."""
    line = read_line(f"Tue 2026-03-10 12:00:00 UTC srv {unit}[900]: {message}")
    assert line is not None
    assert login_messages.meaning(line.program, line.message).account == account


@pytest.mark.parametrize("message", ["Server listening on 0.0.0.0 port 22.", "Received signal 15; terminating.", ""])
def test_what_names_no_client_is_unused(message: str) -> None:
    assert meaning(message).unused


def test_one_attempt_is_one_failed_login() -> None:
    said = [
        "Invalid user x from 203.0.113.45 port 4",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.45 user=x",
        "Failed password for invalid user x from 203.0.113.45 port 4 ssh2",
        "PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.45  user=x",
        "error: maximum authentication attempts exceeded for invalid user x from 203.0.113.45 port 4 ssh2 [preauth]",
        "Connection closed by invalid user x 203.0.113.45 port 4 [preauth]",
    ]
    found = [login_messages.meaning("sshd", message) for message in said]
    assert [item.action for item in found].count(Action.LOGIN_FAILED) == 1
    assert {item.address.address for item in found} == {"203.0.113.45"}


@pytest.mark.parametrize(
    ("program", "message", "action", "account"),
    [
        ("su", "Successful su for root by editor", "login", "root"),
        ("su", "(to root) editor on pts/0", "login", "root"),
        ("su", "FAILED SU (to root) editor on pts/0", "login_failed", "root"),
        ("login", "FAILED LOGIN (2) on '/dev/tty1' FOR 'UNKNOWN', User not known", "login_failed", "UNKNOWN"),
        (
            "dovecot",
            "pam_unix(dovecot:auth): authentication failure; a=b rhost=203.0.113.45  user=e",
            "activity",  # Dovecot says it itself
            "e",
        ),
        ("passwd", "password for 'editor' changed by 'root'", "password_changed", "editor"),
        ("usermod", "change user 'editor' password", "password_changed", "editor"),
        ("usermod", "add 'editor' to group 'sudo'", "account_changed", "editor"),
        ("userdel", "delete user 'editor'", "account_changed", "editor"),
        ("sudo", "editor : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh", "activity", "editor"),
        ("sudo", "editor : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/x", "activity", "editor"),
        ("sshd", "[ID 800047 auth.info] Accepted password for e from 192.0.2.1 port 4 ssh2", "login", "e"),  # Solaris
        ("dropbear", "bad password attempt for 'e' from 192.0.2.1:5", "login_failed", "e"),
        ("/usr/sbin/sshd", "Accepted password for e from 192.0.2.1 port 4 ssh2", "login", "e"),
    ],
)
def test_messages_of_other_programs(program: str, message: str, action: str, account: str) -> None:
    found = login_messages.meaning(program, message)
    assert (found.action, found.account, found.unused) == (action, account, "")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("CRON", "pam_unix(cron:session): session opened for user root by (uid=0)"),
        ("systemd", "pam_unix(systemd-user:session): session opened for user editor by (uid=0)"),
        ("su", "+ /dev/pts/0 editor:root"),
        ("kernel", "usb 1-1: from 192.0.2.1 port 5"),
    ],
)
def test_what_says_nothing_about_access_is_unused_by_a_rule(program: str, message: str) -> None:
    assert login_messages.meaning(program, message).unused


def test_keys_are_devices_in_both_spellings() -> None:
    md5 = ":".join(["0a"] * 16)
    assert key_device(f"RSA {md5}") == key_device(f"RSA MD5:{md5}") == f"ssh-key:MD5:{md5}"
    assert key_device("password") == key_device("") == ""


@settings(max_examples=200)
@given(st.sampled_from(["sshd", "su", "sudo", "login", "useradd", "x", ""]), st.text(max_size=120))
def test_no_message_breaks_the_reading(program: str, message: str) -> None:
    login_messages.meaning(program, message)


@pytest.mark.parametrize(
    "program", ["sshd", "sshd-session", "dovecot", "imap-login", "session-3.scope", "su", "vsftpd"]
)
def test_a_message_about_access_that_is_too_long_is_refused_and_no_other(program: str) -> None:
    """The time to read a message grows with the square of its length: a client chooses names, a file all of it."""
    long = "Login: user=<" + "user=<" * 2_000
    with pytest.raises(FieldError, match="more than 8,192 characters"):
        login_messages.meaning(program, long)
    with pytest.raises(FieldError, match="more than 8,192 characters"):
        login_messages.meaning("unknown", f"pam_unix(x:auth): {long}")
    assert "say nothing about access" in login_messages.meaning("kernel", long).unused


@given(st.lists(st.sampled_from([*"a<>=, ", "user=<"]), max_size=20).map("".join))
def test_the_name_of_a_dovecot_client_reaches_to_the_last_bracket_before_its_host(name: str) -> None:
    found = login_messages.meaning(
        "dovecot", f"imap-login: Login: user=<{name}>, method=PLAIN, rip=203.0.113.45, lip=192.0.2.8"
    )
    assert (found.account, found.address.address) == (name, "203.0.113.45")
