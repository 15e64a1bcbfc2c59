"""Messages of Dovecot: who opened a mailbox by IMAP, POP3 or Sieve, from where, and what was refused.

The login processes name user and client: ``imap-login: Login: user=<U>, method=PLAIN, rip=A, lip=B, …``. The name is the
client's, so the *last* ``rip=`` counts. ``auth`` names user and client of each refusal, also for SMTP, before the login
process or Postfix tells it again: those lines are activity, so that an attempt counts once. One line of a login process
may tell of several attempts (``auth failed, 3 attempts``). The mailbox process tells the end, and (plugin mail_log) what
was deleted, which programs do all day; it knows no address. Dovecot's own log files have the level behind the process
(``imap-login: Info: …``).
Source: Dovecot ``login-common/client-common.c``, ``auth/auth-request.c``; lines in fail2ban's tests and in issues of mailcow,
Mailu and docker-mailserver, 1.2 to 2.4.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from forensics.ingest.login_meaning import Meaning, of_the_server, peer
from forensics.model import Action, Outcome

PROCESSES = frozenset(
    {"dovecot", "dovecot-auth", "auth", "auth-worker"}
    | {f"{name}{end}" for name in ("imap", "pop3", "managesieve", "submission") for end in ("", "-login")}
)
"""Programs under which Dovecot's lines stand: its own name in system logs, its processes in its own files."""

_LEVEL = r"(?:Info: |Warning: |Error: |Panic: |Fatal: )?"
_SERVICE = r"(?P<service>imap|pop3|managesieve|sieve|submission)"
_LOGIN = re.compile(
    rf"{_SERVICE}-login(?:\([^)]*\))?: {_LEVEL}(?P<what>.*?):? ?(?P<pairs>\b(?:user=<|method=|rip=).*)", re.DOTALL
)
_PEER = re.compile(r"(?P<before>.*)\brip=(?P<ip>[^,\s]*)(?P<after>.*)", re.DOTALL)
_USER = "user=<"
_METHOD = re.compile(r".*\bmethod=(?P<method>[^,\s]+)", re.DOTALL)
_SERVER = re.compile(r"\blip=([^,\s]+)")
_SESSION = re.compile(r"session=<([^>]*)>")
_ATTEMPTS = re.compile(r"auth failed, (\d+) attempts")
_AUTH = re.compile(
    rf"(?:dovecot: )?(?:dovecot-)?auth(?:-worker)?(?:\([^)]*\))?(?:<[^>]*>)*: {_LEVEL}(?:conn \S+ \([^)]*\): auth-worker<\d+>: )?"
    r"[\w-]*\((?P<user>(?:(?!\): ).)*),(?P<ip>[\da-fA-F.:]+)(?:,[^)]{0,200})?\): (?P<why>.*)",
    re.DOTALL,
)
_REFUSED = re.compile(
    r"(?i)unknown user|mismatch|invalid credentials|failed|denied|disallowed|not found|expired|disabled"
)
_BOX = re.compile(rf"{_SERVICE}\((?P<user>[^)]*)\)(?:<[^>]*>)*: {_LEVEL}(?P<what>.*)", re.DOTALL)
_END = re.compile(r"(?:Disconnected|Connection closed|Logged out|Disconnect)\b.*", re.DOTALL)
_DELETED = re.compile(r"(?:delete|expunge|Mailbox deleted)[: ].*", re.DOTALL)
_OPEN = "the line holds what a client wrote like a second name, so its host is left open: none is taken"


class _Pairs(NamedTuple):
    """What stands behind the words of a login process: ``user=<U>, method=M, rip=A, lip=B, …, session=<S>``."""

    user: str
    ip: str
    server: str
    method: str
    session: str


def meaning(said: str) -> Meaning | None:
    """Say what ``PROCESS: MESSAGE`` means; ``None`` if it says nothing about access."""
    login = _LOGIN.fullmatch(said)
    if login is not None:
        return _of_login(login["service"], login["what"], _pairs(login["pairs"]))
    auth = _AUTH.fullmatch(said)
    if auth is not None:
        is_open = "): " in auth["why"]
        return Meaning(
            outcome=Outcome.FAILURE if _REFUSED.search(auth["why"]) else Outcome.UNKNOWN,
            account="" if is_open else auth["user"],
            address=peer("" if is_open else auth["ip"]),
            detail={"reason": auth["why"], "note": _OPEN if is_open else ""},
        )
    box = _BOX.fullmatch(said)
    return _of_mailbox(box) if box is not None else None


def _of_mailbox(match: re.Match[str]) -> Meaning | None:
    detail = {"protocol": match["service"]}
    if _END.fullmatch(match["what"]):
        return Meaning(action=Action.LOGOUT, account=match["user"], detail=detail)
    if _DELETED.fullmatch(match["what"]):
        return Meaning(outcome=Outcome.SUCCESS, account=match["user"], detail={**detail, "reason": match["what"]})
    return None


def _pairs(written: str) -> _Pairs:
    found = _PEER.fullmatch(written)
    before, ip, after = (found["before"], found["ip"], found["after"]) if found else (written, "", "")
    user = _user(before) or _user(after.partition(" session=")[0])
    method = _METHOD.match(before) or _METHOD.match(after)
    session, server = _SESSION.search(after), _SERVER.search(after)
    return _Pairs(
        user=user,
        ip=ip,
        server=server[1] if server else "",
        method=method["method"] if method else "",
        session=session[1] if session else "",
    )


def _user(written: str) -> str:
    """Return what stands from the first ``user=<`` to the last ``>``: a name may hold both."""
    start, end = written.find(_USER), written.rfind(">")
    return written[start + len(_USER) : end] if 0 <= start < end else ""


def _of_login(service: str, what: str, pairs: _Pairs) -> Meaning | None:
    attempts = _ATTEMPTS.search(what)
    action, outcome = Action.ACTIVITY, Outcome.UNKNOWN
    if what == "Login":
        action, outcome = Action.LOGIN, Outcome.SUCCESS
    elif attempts is not None:
        action, outcome = Action.LOGIN_FAILED, Outcome.FAILURE
    elif "Maximum number of connections" in what:
        outcome = Outcome.BLOCKED
    elif "no auth attempts" in what and not pairs.user:
        return None  # a scan, or a program that looked whether the server answers
    elif "tried to use dis" in what:
        outcome = Outcome.FAILURE
    found = Meaning(
        action=action,
        outcome=outcome,
        account=pairs.user,
        address=peer(pairs.ip),
        detail={
            "protocol": service,
            "method": pairs.method,
            "session": pairs.session,
            "reason": "" if what == "Login" else what,
            "attempts": attempts[1] if attempts and attempts[1] != "1" else "",
        },
    )
    return of_the_server(found, pairs.server)
