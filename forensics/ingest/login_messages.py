"""Messages of login programs in system logs: which program says what about access.

``meaning`` knows sshd (``sshd_messages``), Dropbear, PAM, su, sudo, login, the programs that change accounts, systemd-logind,
mail servers, webmail and FTP servers (``mail_login_messages``), and HAProxy's requests (``haproxy_messages``).
Every other message is unused by a rule that names the program. PAM repeats what sshd, su, sudo and login say themselves, so
its failures count as failed logins only for other services; sessions that cron and systemd open by themselves are unused.
Sources: Linux-PAM ``pam_unix``, shadow ``useradd``/``usermod``/``passwd``/``su``, util-linux ``login``/``su``, sudo's log format.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from forensics.ingest import dropbear_messages, haproxy_messages, mail_login_messages, pam_client, sshd_messages
from forensics.ingest.fields import FieldError
from forensics.ingest.login_meaning import Meaning, peer
from forensics.model import Action, Outcome

_CHANGERS = frozenset(
    {
        "useradd",
        "usermod",
        "userdel",
        "groupadd",
        "groupdel",
        "groupmod",
        "gpasswd",
        "chage",
        "chfn",
        "chsh",
        "adduser",
        "newusers",
        "passwd",
        "chpasswd",
    }
)
LOGIN_PROGRAMS = (
    frozenset({"sshd", "sshd-session", "sshd-auth", "dropbear", "su", "sudo", "login", "systemd-logind"}) | _CHANGERS
)
SYSTEM_PROGRAMS = frozenset(
    {
        "fail2ban.actions",
        "fail2ban.filter",
        "systemd",
        "cron",
        "crond",
        "rsyslogd",
        "kernel",
        "polkitd",
        "polkit",
        "haproxy",
    }
)
_TELLS_ITSELF = frozenset(
    {"sshd", "su", "su-l", "sudo", "sudo-i", "login", "remote", "dovecot", "smtp", "imap", "pop", "pop3", "sieve"}
)
_SILENT = frozenset({"kernel", "systemd", "CRON", "cron", "crond", "rsyslogd"})
"""The busiest of those that say nothing about access themselves, asked for first."""
AUTOMATIC_SESSIONS = frozenset({"cron", "crond", "systemd-user", "atd"})

_PAM_SESSION = re.compile(
    r"pam_\w+\((?P<service>[\w@.-]+):session\): session (?P<verb>opened|closed) for user (?P<user>[^\s(]+)"
    r"(?:\(uid=\d+\))?(?: by (?P<by>[^\s(]*)\(uid=(?P<uid>\d+)\).*)?.*"
)
_PAM_FAILURE = re.compile(
    r"(?:pam_\w+\((?P<service>[\w@.-]+):auth\): authentication (?:failure|(?P<good>success));"
    r"|PAM (?P<more>\d+) more authentication failures?;)"
    r"(?P<said>.*)",
    re.DOTALL,
)
_PAM_NAMED = re.compile(
    r"pam_sss\([\w@.-]+:(?:auth|account)\): (?P<why>(?:received|Access denied) for user (?P<user>.+): \d+ \(.*\))"
)
_PAM_CHANGED = re.compile(r"pam_\w+\([\w@.-]+:chauthtok\): password changed for (?P<user>.+)")
_PAM_REFUSED = re.compile(
    r"pam_(?:"
    r"faillock\([\w@.:-]+\): (?P<locked>Consecutive login failures for user (?P<locked_user>.+) account temporarily locked)"
    r"|tally2?\([\w@.:-]+\): (?P<tally>user (?P<tally_user>.+) \(\d+\) (?:tally \d+, deny \d+|has time limit .*))"
    r"|access\([\w@.:-]+\): (?P<access>access denied for user [`'](?P<access_user>.*)' from [`'](?P<host>.*)')"
    r")"
)
_NUMBERED = re.compile(r"\[ID \d+ [a-z0-9]+\.[a-z]+\] ")
"""What Solaris and illumos write before every message (``msgid`` of ``log(4D)``)."""
_PAM_STEP = re.compile(r"pam_\w+\(|PAM ")
_SUDO = re.compile(  # TTY stands there only if there was one
    r"\s*(?P<user>\S+) : (?P<why>[^;=]*? ; )?(?=(?:HOST=.*? ; )?(?:TTY|CHROOT|PWD)=)(?P<rest>.*)"
)
_SU = (
    (re.compile(r"Successful su for (?P<to>\S+) by (?P<by>\S+)"), True),
    (re.compile(r"FAILED su for (?P<to>\S+) by (?P<by>\S+)"), False),
    (re.compile(r"\(to (?P<to>\S+)\) (?P<by>\S+) on (?P<tty>\S+)"), True),
    (re.compile(r"FAILED SU \(to (?P<to>\S+)\) (?P<by>\S+) on (?P<tty>\S+)"), False),
    (re.compile(r"BAD SU (?P<by>\S+) to (?P<to>\S+) on (?P<tty>\S+)"), False),
    (re.compile(r"(?P<by>\S+) to (?P<to>\S+) on (?P<tty>\S+)"), True),
)
_SU_NOTE = re.compile(r"[+-] \S+ [^\s:]+[:-]\S+")
_LOGIN = (
    (re.compile(r"(?:ROOT )?LOGIN ON (?P<tty>\S+)(?: BY (?P<user>.*?))?(?: FROM (?P<host>\S+))?"), True),
    (
        re.compile(
            r"FAILED LOGIN (?:SESSION |\(\d+\) |\d+ )?(?:FROM (?P<host>\S+)|on '(?P<tty>[^']*)'(?: from '(?P<far>[^']*)')?)"
            r" FOR '?(?P<user>.*?)'?, .*"
        ),
        False,
    ),
)
_CHANGED_BY = re.compile(r"password for '(?P<user>[^']*)' changed by '(?P<by>[^']*)'")
_USER_PASSWORD = re.compile(r"change user '(?P<user>[^']*)' password")
_ACCOUNT = re.compile(
    r"name=(?P<named>[^,\s]+)|'(?P<quoted>[^']+)'|\buser (?P<bare>[\w.@$-]+)|^changed password expiry for (?P<aged>\S+)"
)
_REFUSAL = re.compile(
    r"(?i)fail|cannot|can't|couldn't|could not|unable|denied|error|invalid|not (?:found|allowed|changed)|"
    r"no (?:such|change)|already"
)
_DEED = re.compile(
    r"(?i)\b(?:new|add|added|remove|removed|delete|deleted|chang(?:e|ed)|set|lock|unlock|create|created|password)\b"
)
_FAIL2BAN = re.compile(
    r"(?:[A-Z]+ +)?\[(?P<jail>[^\]]+)\] (?P<verb>Found|Ban|Restore Ban|(?=\S+ already banned)) ?(?P<ip>[\da-fA-F.:]+)"
    r"(?: already banned| - .*)?"
)
_SCOPE = re.compile(r"session-\w+\.scope")
_LOGIND = re.compile(r"New session '?(?P<session>\S+?)'? of user '?(?P<user>\S+?)'?(?: with class .*)?\.")


LONGEST = 8_192
"""Characters of a message that are looked at: what system loggers let through unless they are told otherwise. Names that a client
chose stand in it, and the time to find out what is theirs grows with the square of its length."""


def meaning(program: str, message: str) -> Meaning:
    """Say what a message means; ``program`` is the tag without process number.

    ``FieldError``: a message about access that is longer than ``LONGEST``.
    """
    if len(message) > LONGEST:
        return _too_long(program, message)
    if message.startswith("[ID "):
        message = _NUMBERED.sub("", message, count=1)
    program = _of_unit(program) if program.endswith((".service", ".scope")) else program
    name, _, module = program.rsplit("/", 1)[-1].strip("()").partition("(")
    if module.startswith("pam_"):  # before 2007 PAM wrote its name behind the program's: sshd(pam_unix)[401]
        message = f"{module}({name}:{'session' if message.startswith('session ') else 'auth'}): {message}"
    pam = _pam(message) if "pam_" in message[:24] or message.startswith("PAM ") else None
    if pam is not None:
        return pam
    if name.startswith("sshd"):
        return sshd_messages.meaning(message)
    read = _in_session if _SCOPE.fullmatch(name) else _BY_PROGRAM.get(name)
    if read is None and name in _CHANGERS:
        read = _changed
    if read is None and name in _SILENT:
        return Meaning(unused=f"messages of {name} that say nothing about access")
    found = read(message) if read else mail_login_messages.meaning(program, message)
    return found or Meaning(unused=f"messages of {name[:40] or 'no program'} that say nothing about access")


def _too_long(program: str, message: str) -> Meaning:
    """Refuse a message of a program that tells of access; say of any other what is always said."""
    name = program.rsplit("/", 1)[-1].strip("()").partition("(")[0]
    tells = name in LOGIN_PROGRAMS | mail_login_messages.PROGRAMS | _BY_PROGRAM.keys() or _SCOPE.fullmatch(name)
    if tells or name.startswith("sshd") or message.startswith(("pam_", "PAM ")):
        raise FieldError(f"a message of more than {LONGEST:,} characters")
    return Meaning(unused=f"messages of {name[:40] or 'no program'} that say nothing about access")


def _of_unit(unit: str) -> str:
    """``journalctl -o with-unit`` writes the unit where the program's name stands else; a session's scope holds several."""
    name = unit.removesuffix(".service").partition("@")[0]
    return "sshd" if name == "ssh" else name


def _pam(message: str) -> Meaning | None:
    session = _PAM_SESSION.match(message)
    if session:
        return _pam_session(session)
    failure = _PAM_FAILURE.match(message)
    if failure:
        return _pam_failure(failure)
    named = _PAM_NAMED.fullmatch(message)
    if named:
        return Meaning(outcome=Outcome.FAILURE, account=named["user"], detail={"reason": named["why"]})
    changed = _PAM_CHANGED.match(message)
    if changed:
        return Meaning(action=Action.PASSWORD_CHANGED, outcome=Outcome.SUCCESS, account=changed["user"])
    refused = _PAM_REFUSED.match(message)
    if refused:
        return _pam_refused(refused)
    return Meaning(unused="PAM message without account or address") if _PAM_STEP.match(message) else None


def _pam_failure(match: re.Match[str]) -> Meaning:
    """A password that PAM refused, or accepted; ``ruser`` is the name that a client of mail and FTP servers gave."""
    asked = pam_client.of(match["said"], by_unix=match.string.startswith("pam_unix"))
    itself = match["more"] is not None or match["service"] in _TELLS_ITSELF
    return Meaning(
        action=Action.ACTIVITY if itself or match["good"] else Action.LOGIN_FAILED,
        outcome=Outcome.SUCCESS if match["good"] else Outcome.FAILURE,
        account=asked.user,
        address=peer(asked.host),
        detail={
            "pam_service": match["service"] or "",
            "failures": match["more"] or "",
            "by": asked.by,
            "note": asked.note,
        },
    )


def _pam_session(match: re.Match[str]) -> Meaning:
    if match["service"] in AUTOMATIC_SESSIONS:
        return Meaning(unused=f"sessions that {match['service'][:40]} opens by itself")
    closed = match["verb"] == "closed" and not (match["service"] or "").startswith("sudo")  # a command ended, no stay
    return Meaning(
        action=Action.LOGOUT if closed else Action.ACTIVITY,
        outcome=Outcome.SUCCESS,
        account=match["user"],
        detail={"pam_service": match["service"], "by": match["by"] or "", "by_uid": match["uid"] or ""},
    )


def _pam_refused(match: re.Match[str]) -> Meaning:
    """A module that locks an account after failures, or that asks where a user comes from, said no."""
    return Meaning(
        outcome=Outcome.BLOCKED,
        account=match["locked_user"] or match["tally_user"] or match["access_user"] or "",
        address=peer(match["host"] or ""),
        detail={"reason": match["locked"] or match["tally"] or match["access"]},
    )


def _sudo(message: str) -> Meaning | None:
    match = _SUDO.fullmatch(message)
    if match is None:
        return None
    why = (match["why"] or "").removesuffix(" ; ")
    outcome = Outcome.SUCCESS
    if why:
        outcome = Outcome.FAILURE if "incorrect password" in why else Outcome.BLOCKED
    return Meaning(outcome=outcome, account=match["user"], detail={"reason": why})


def _in_session(message: str) -> Meaning | None:
    return _sudo(message) or _su(message)


def _su(message: str) -> Meaning | None:
    if _SU_NOTE.fullmatch(message):
        return Meaning(unused="su's second line about the same change of user")
    for pattern, good in _SU:
        match = pattern.fullmatch(message)
        if match:
            return Meaning(
                action=Action.LOGIN if good else Action.LOGIN_FAILED,
                outcome=Outcome.SUCCESS if good else Outcome.FAILURE,
                account=match["to"],
                detail={"by": match["by"], "tty": match.groupdict().get("tty") or ""},
            )
    return None


def _login(message: str) -> Meaning | None:
    for pattern, good in _LOGIN:
        match = pattern.fullmatch(message)
        if match:
            found = match.groupdict()
            user = found["user"] or ("root" if message.startswith("ROOT") else "")
            return Meaning(
                action=Action.LOGIN if good else Action.LOGIN_FAILED,
                outcome=Outcome.SUCCESS if good else Outcome.FAILURE,
                account=user,
                address=peer(found["host"] or found.get("far") or ""),
                detail={"tty": found["tty"] or ""},
            )
    return None


def _changed(message: str) -> Meaning | None:
    by = _CHANGED_BY.match(message) or _USER_PASSWORD.match(message)
    if by:
        who = by.groupdict().get("by") or ""
        return Meaning(action=Action.PASSWORD_CHANGED, outcome=Outcome.SUCCESS, account=by["user"], detail={"by": who})
    match = _ACCOUNT.search(message)
    account = next((part for part in match.groups() if part), "") if match else ""
    if _REFUSAL.search(message):
        return Meaning(outcome=Outcome.FAILURE, account=account)
    if not _DEED.search(message):
        return None
    return Meaning(action=Action.ACCOUNT_CHANGED, outcome=Outcome.SUCCESS, account=account)


def _fail2ban(message: str) -> Meaning:
    match = _FAIL2BAN.fullmatch(message)
    if match is None:
        return Meaning(unused="fail2ban: a ban was lifted or the service ran")
    outcome = Outcome.FAILURE if match["verb"] == "Found" else Outcome.BLOCKED
    reason = f"{match['verb'] or 'already banned'} by {match['jail']}"
    return Meaning(outcome=outcome, address=peer(match["ip"]), detail={"reason": reason})


def _logind(message: str) -> Meaning | None:
    match = _LOGIND.fullmatch(message)
    return Meaning(account=match["user"], detail={"session": match["session"]}) if match else None


_BY_PROGRAM: dict[str, Callable[[str], Meaning | None]] = {
    "sudo": _sudo,
    "su": _su,
    "su-l": _su,
    "login": _login,
    "systemd-logind": _logind,
    "fail2ban.actions": _fail2ban,
    "fail2ban.filter": _fail2ban,
    "dropbear": dropbear_messages.meaning,
    "haproxy": haproxy_messages.meaning,
}
