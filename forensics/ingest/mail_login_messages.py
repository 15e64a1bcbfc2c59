"""Messages of mail servers, webmail and FTP servers in system logs that name who signed in, or tried, and from where.

Postfix and Sendmail write no line for a sign-in as such; they name the user beside the client on every message
that was handed in: each such line is a login. Connections without a sign-in are unused. Names are the client's where a
sign-in failed, so what the server wrote behind them counts (the *last* host), or before them (Postfix, Webmin, SOGo).
Sources: Postfix ``smtpd_sasl_proto.c``, ``smtpd.c``; Sendmail ``srvrsmtp.c``; Cyrus ``imapd.c``; Courier ``imaplogin.c``;
Roundcube ``rcmail.php``; ProFTPD ``mod_auth.c``; Pure-FTPd ``ftpd.c``; Webmin ``miniserv.pl``; fail2ban's tests of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from forensics.ingest import dovecot_messages, forwarded_client, roundcube_messages
from forensics.ingest.login_meaning import Meaning, of_the_server, peer
from forensics.model import Action, AddressSeen, Outcome

_HOST = r"[\w.-]*\[(?P<ip>[^\]\s]+)\](?::(?P<port>\d{1,5}|unknown))?"
_RELAY = r"relay=(?:[\w.-]* ?)?\[?(?P<ip>[\da-fA-F.:]+)\]?(?: \(may be forged\))?"
_SASL_TOLD = rf"(?:warning: )?{_HOST}: SASL (?P<method>[\w-]+) authentication"
_NOT_TRIED = r"(?i:.*(?:connection lost to authentication|temporary|invalid authentication mechanism|no mechanism).*)"
_LOGIN, _FAILED = (Action.LOGIN, Outcome.SUCCESS), (Action.LOGIN_FAILED, Outcome.FAILURE)
_REFUSED, _BLOCKED = (Action.ACTIVITY, Outcome.FAILURE), (Action.ACTIVITY, Outcome.BLOCKED)
_DONE, _LEFT = (Action.ACTIVITY, Outcome.SUCCESS), (Action.LOGOUT, Outcome.UNKNOWN)


class _Rule(NamedTuple):
    """A message: groups ``user``, ``ip``, ``port``, ``method`` and ``reason`` as far as it names them."""

    pattern: re.Pattern[str]
    deed: tuple[Action, Outcome]


def _rules(*written: tuple[str, tuple[Action, Outcome]]) -> tuple[_Rule, ...]:
    return tuple(_Rule(pattern=re.compile(pattern, re.DOTALL), deed=deed) for pattern, deed in written)


_POSTFIX = _rules(
    (
        rf"\w+: client={_HOST}.*?, sasl_method=(?P<method>[\w-]+), sasl_username=(?P<user>[^\s,]+)(?:, sasl_sender=.*)?",
        _LOGIN,
    ),
    (
        rf"{_SASL_TOLD} (?:failed|aborted)(?!:{_NOT_TRIED})(?:: (?P<reason>.*?))?(?:, sasl_username=(?P<user>[^,]*))?",
        _FAILED,
    ),
    (rf"{_SASL_TOLD} failed: (?P<reason>.*)", _REFUSED),
    (rf"(?P<reason>too many errors after AUTH) from {_HOST}", _REFUSED),
)
_SENDMAIL = _rules(
    (rf"(?:\w+: )?AUTH=server, {_RELAY}, authid=(?P<user>[^,]*), mech=(?P<method>[^,]*).*", _LOGIN),
    (rf"(?:\w+: )?AUTH failure \((?P<method>[\w-]+)\): (?P<reason>.*), user=(?P<user>.*), {_RELAY}", _FAILED),
    (
        r"(?:\w+: )?(?:[\w.-]+ )?\[(?P<ip>[^\]]+)\](?: \(may be forged\))?: (?P<reason>possible SMTP attack): .*",
        _REFUSED,
    ),
)
_CYRUS = _rules(
    (r"badlogin: [\w.-]* ?\[(?P<ip>[^\]]+)\] (?P<method>[\w-]+) (?:(?P<user>(?!\[)\S+) )?(?P<reason>.*)", _FAILED),
    (r"login: [\w.-]* ?\[(?P<ip>[^\]]+)\] (?P<user>\S+) (?P<method>\S+) User logged in.*", _LOGIN),
)
_COURIER = _rules(
    (r"LOGIN, user=(?P<user>.*), ip=\[(?P<ip>[^\]]{0,99})\](?:, port=\[(?P<port>\d+)\])?.*", _LOGIN),
    (
        r"LOGIN FAILED, (?:user=(?P<user>.*)|method=(?P<method>[\w-]+)), ip=\[(?P<ip>[^\]]{0,99})\](?:, port=\[(?P<port>\d+)\])?",
        _FAILED,
    ),
    (
        r"(?:LOGOUT|DISCONNECTED|TIMEOUT), user=(?P<user>.*), ip=\[(?P<ip>[^\]]{0,99})\](?:, port=\[(?P<port>\d+)\])?.*",
        _LEFT,
    ),
    (r'error,relay=(?P<ip>[^,\s]+),.*msg="(?P<reason>535 [^"]*)".*', _FAILED),
)
_SASL = _rules(
    (
        r"do_auth +: auth failure: \[user=(?P<user>.*)\] \[service=(?P<method>[^\]]*)\] \[realm=.*\[reason=(?P<reason>[^\]]*)\]",
        _REFUSED,
    )
)
_PROFTPD_CLIENT = r"\S+ \(\S*\[(?P<ip>[^\]\s]+)\]\):? ?-? ?"
_PROFTPD = _rules(
    (rf"{_PROFTPD_CLIENT}(?:USER|ANON) (?P<user>[^\s:]+): Login successful\.?", _LOGIN),
    (rf"{_PROFTPD_CLIENT}USER (?P<user>.*) \(Login failed\): (?P<reason>.*)", _FAILED),
    (rf"{_PROFTPD_CLIENT}USER (?P<user>.*): (?P<reason>no such user found) from .*", _FAILED),
    (
        rf"{_PROFTPD_CLIENT}(?P<reason>SECURITY VIOLATION: \S+ login attempted|Maximum login attempts.*?)\.?\s*",
        _BLOCKED,
    ),
)
_PURE_CLIENT = r"\((?P<who>[^()]*)@(?P<ip>[^@)\s]+)\) \[\w+\] "
_PURE = _rules(
    (rf"{_PURE_CLIENT}(?P<user>.*) is now logged in", _LOGIN),
    (rf"{_PURE_CLIENT}(?P<reason>Authentication failed) for user \[(?P<user>.*)\]", _FAILED),
    (rf"{_PURE_CLIENT}(?:Logout\.|Timeout.*)", _LEFT),
    (rf"{_PURE_CLIENT}\S.* (?P<reason>uploaded|downloaded) .*", _DONE),
)
_VSFTPD_CLIENT = r'Client "(?P<ip>[^"\s]*)".*'
_VSFTPD = _rules(
    (rf"(?:\[pid \d+\] )?\[(?P<user>[^\]]*)\] OK LOGIN: {_VSFTPD_CLIENT}", _LOGIN),
    (rf"(?:\[pid \d+\] )?\[(?P<user>[^\]]*)\] FAIL LOGIN: {_VSFTPD_CLIENT}", _FAILED),
    (rf"(?:\[pid \d+\] )?\[(?P<user>[^\]]*)\] OK (?P<reason>[A-Z]+): {_VSFTPD_CLIENT}", _DONE),
    (rf"(?:\[pid \d+\] )?\[(?P<user>[^\]]*)\] FAIL (?P<reason>[A-Z]+): {_VSFTPD_CLIENT}", _REFUSED),
)
_SFTP = _rules(
    (r"session opened for local user (?P<user>.+) from \[(?P<ip>[^\]]+)\]", _DONE),
    (r"session closed for local user (?P<user>.+) from \[(?P<ip>[^\]]+)\]", (Action.ACTIVITY, Outcome.UNKNOWN)),
)
_WEBMIN = _rules(
    (r"Successful login as (?P<user>\S+) from (?P<ip>\S+)\s*", _LOGIN),
    (r"(?P<reason>Invalid|Non-existent) login as (?P<user>.*) from (?P<ip>\S+)\s*", _FAILED),
    (r"(?P<reason>Security alert): Host (?P<ip>\S+) blocked .*", _BLOCKED),
    (r"Logout by (?P<user>\S+) from (?P<ip>\S+)\s*", _LEFT),
    (r"Timeout of session for (?P<user>\S+)\s*", (Action.SESSION_ENDED, Outcome.UNKNOWN)),
)
_SOGO = _rules(
    (r"SOGoRootPage successful login from '(?P<list>[^']*)' for user '(?P<user>.*)' - .*", _LOGIN),
    (r"SOGoRootPage Login from '(?P<list>[^']*)' for user '(?P<user>.*)' (?P<reason>might not have worked).*", _FAILED),
)
_PKEXEC = _rules((r"(?P<user>[^\s:]+): (?P<reason>Executing command|Error executing command as another user).*", _DONE))


def _by(rules: tuple[_Rule, ...]) -> Callable[[str], Meaning | None]:
    def read(message: str) -> Meaning | None:
        for rule in rules:
            match = rule.pattern.fullmatch(message)
            if match is not None:
                return _meaning(match, rule.deed)
        return None

    return read


def _meaning(match: re.Match[str], deed: tuple[Action, Outcome]) -> Meaning:
    found = {key: value or "" for key, value in match.groupdict().items()}
    told = Meaning(
        action=deed[0],
        outcome=deed[1],
        account=found.get("user") or found.get("who", "").strip("?"),
        address=_client(found),
        detail={key: found.get(key, "") for key in ("method", "reason")},
    )
    return of_the_server(told)


def _client(found: dict[str, str]) -> AddressSeen:
    listed = found.get("list")
    return forwarded_client.last_of(listed) if listed else peer(found.get("ip", ""), found.get("port"))


_PROGRAMS: dict[str, Callable[[str], Meaning | None]] = {
    **dict.fromkeys(("sendmail", "sm-mta", "sm-msp", "sm-acceptingconnections"), _by(_SENDMAIL)),
    **dict.fromkeys(("imaps", "imapd", "imapd-ssl", "pop3d", "pop3d-ssl", "pop3s", "lmtpunix"), _by(_CYRUS + _COURIER)),
    **dict.fromkeys(("courierpop3login", "courierlogger", "courieresmtpd", "courieresmtpd-ssl"), _by(_COURIER)),
    "saslauthd": _by(_SASL),
    "proftpd": _by(_PROFTPD),
    "pure-ftpd": _by(_PURE),
    "vsftpd": _by(_VSFTPD),
    **dict.fromkeys(("sftp-server", "internal-sftp"), _by(_SFTP)),
    **dict.fromkeys(("webmin", "usermin", "miniserv"), _by(_WEBMIN)),
    "sogod": _by(_SOGO),
    "pkexec": _by(_PKEXEC),
    "roundcube": roundcube_messages.meaning,
}
_OWN_FILES = dovecot_messages.PROCESSES | {""}
"""What stands before the message in Dovecot's own files; "" where its process and session are no tag of a system log."""
_POSTFIX_READ, _CYRUS_READ = _by(_POSTFIX), _by(_CYRUS)
PROGRAMS = (
    frozenset(_PROGRAMS) | dovecot_messages.PROCESSES | {"smtpd", "qmgr", "cleanup", "lmtp", "smtps", "submission"}
)
"""Programs by which a log of a mail or FTP server is known."""
ATTESTED = frozenset(
    {"dovecot", "smtpd", "saslauthd", "proftpd", "pure-ftpd", "vsftpd", "sftp-server", "internal-sftp"}
)
"""Those whose process the journal can attest by its name."""


def meaning(program: str, message: str) -> Meaning | None:
    """Say what a message means; ``program`` is the whole tag (``postfix/submission/smtpd``). ``None``: nothing about access."""
    folder, _, name = program.rpartition("/")
    if folder.startswith("postfix"):
        return _POSTFIX_READ(message) if name == "smtpd" else None
    if folder.endswith("cyrus"):
        return _CYRUS_READ(message)
    if program == "dovecot":
        return dovecot_messages.meaning(message)
    process = name.partition("(")[0]
    read = _PROGRAMS.get(process)
    found = read(message) if read else None
    if found is None and process in _OWN_FILES:
        said = f"{name}: {message}" if name else message
        return dovecot_messages.meaning(said) or _CYRUS_READ(message)
    return found
