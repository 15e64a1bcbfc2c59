"""Messages of Roundcube webmail: sign-ins with account and client, in system logs and in its own ``userlogins`` file.

The client is the web server's peer; what a proxy handed on stands behind it: ``192.0.2.1 (X-Real-IP: A,X-Forwarded-For: B, C)``.
A refused name is what was typed and may hold `` from 192.0.2.1`` itself: the last such place counts, and in ``IMAP Error``,
where the mail server's words follow, none where several differ.
Source: Roundcube ``rcmail.php`` (``log_login``), ``rcube_utils.php`` (``remote_ip``), ``rcube_imap.php``; fail2ban's tests.
"""

from __future__ import annotations

import re

from forensics.ingest import fields, forwarded_client
from forensics.ingest.login_meaning import Meaning
from forensics.model import NO_ADDRESS, Action, AddressSeen, Outcome

_CLIENT = r"(?P<ip>[\da-fA-F.:]+) ?(?:\((?P<handed>X-[^)]*)\))?"
_PREFIX = r"(?:<(?P<session>[\w-]*)> )?"
_DONE = re.compile(
    rf"{_PREFIX}Successful login for (?P<user>.+?) \(ID: (?P<id>\d+)\) from {_CLIENT}(?: in session .*)?"
)
_FAILED = re.compile(
    rf"{_PREFIX}(?i:failed login) for (?P<user>.*) from {_CLIENT}(?: in session [\w,-]*)?(?: \(error: (?P<reason>-?\d+)\))?",
    re.DOTALL,
)
_IMAP = re.compile(rf"{_PREFIX}(?:IMAP Error: )?Login failed for (?P<rest>.* from .*)", re.DOTALL)
_PLACE = re.compile(rf"(?: against \S+)? from {_CLIENT}(?=\. |$)")
_HANDED = re.compile(r"X-(?:Real-IP|Forwarded-For): ?")
_OPEN = "the line names several clients, and which of them the server wrote is left open: none is taken"


def meaning(message: str) -> Meaning | None:
    """Say what a message means; ``None`` if it says nothing about access."""
    done = _DONE.fullmatch(message)
    if done is not None:
        return _signed(done, Action.LOGIN, Outcome.SUCCESS)
    failed = _FAILED.fullmatch(message)
    if failed is not None:
        return _signed(failed, Action.LOGIN_FAILED, Outcome.FAILURE)
    imap = _IMAP.fullmatch(message)
    return _refused(imap["rest"]) if imap is not None else None


def _signed(match: re.Match[str], action: Action, outcome: Outcome) -> Meaning:
    found = match.groupdict("")
    return Meaning(
        action=action,
        outcome=outcome,
        account=found["user"],
        address=_client(match),
        detail={"user_id": found.get("id", ""), "session": found["session"], "reason": found.get("reason", "")},
    )


def _refused(rest: str) -> Meaning:
    """The mail server's refusal, which Roundcube tells beside its own ``Failed login``."""
    places = list(_PLACE.finditer(rest))
    sure = len({place["ip"] for place in places}) == 1
    last = places[-1] if sure else None
    return Meaning(
        outcome=Outcome.FAILURE,
        account=rest[: last.start()] if last else "",
        address=_client(last) if last else NO_ADDRESS,
        detail={"note": "" if sure else _OPEN},
    )


def _client(match: re.Match[str]) -> AddressSeen:
    listed = ", ".join(part.strip(", ") for part in _HANDED.split(match["handed"] or "") if part.strip(", "))
    unique = ", ".join(dict.fromkeys(listed.split(", "))) if listed else ""
    return forwarded_client.not_the_server(forwarded_client.behind(fields.address(match["ip"]), unique))
