"""Log of a Nextcloud or ownCloud server, and its audit log: sign-ins, refusals, passwords, shares, files opened and deleted.

What it is: ``nextcloud.log`` or ``owncloud.log`` and, where the app "Auditing / Logging" is on, ``audit.log``: one JSON object
per message with client, user, request and user agent. Refused sign-ins stand in the plain log, accepted ones in the audit
log only: without it a missing sign-in says nothing. A message about something else that names user and client is activity
of that user. ``Login attempt`` comes before its result and is activity.

How to obtain: Administration settings → Logging → Download, or from the server's data folder (``nextcloud.log*``,
``audit.log*``); from the provider of the cloud. Note ``logtimezone``, ``logdateformat``, ``trusted_proxies`` of ``config.php``.

Time: ISO 8601 with an offset (``explicit``), by default in UTC. Where ``logdateformat`` was set (``October 11, 2019 13:15:40``)
no zone is written: it comes from the export (``syslog.zone``) or from the examiner, else the text is kept.

Versions: ownCloud 8 to 10, Nextcloud 9 to 31; names with and without quotes (``Login failed: 'x' (Remote IP: '…')``). The
client is ``remoteAddr``: the server takes it from ``X-Forwarded-For`` only where ``trusted_proxies`` names the proxy; otherwise
it is the proxy itself, then all clients look alike; the machine's own address is no client's and keeps its text only.

Retention: rotated at 100 MB by default, one older file kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, forwarded_client, local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_lines import first_objects, json_lines
from forensics.model import Action, AddressSeen, Event, Moment, Outcome, ZoneBasis

_NAME = r"['\"]?(?P<user>.*?)['\"]?"
_DEEDS = tuple(
    (re.compile(pattern, re.DOTALL), action, outcome)
    for pattern, action, outcome in (
        (rf"Login successful: {_NAME}", Action.LOGIN, Outcome.SUCCESS),
        (rf"Login attempt: {_NAME}", Action.ACTIVITY, Outcome.UNKNOWN),
        (r"Login failed: ['\"]?(?P<user>.*?)['\"]?(?: \(Remote IP: [^()]*\))?", Action.LOGIN_FAILED, Outcome.FAILURE),
        (rf"Login attempt failed(?: for user)?: {_NAME}", Action.LOGIN_FAILED, Outcome.FAILURE),
        (rf"Two-factor challenge failed: {_NAME}(?: \(Remote IP: .*)?", Action.LOGIN_FAILED, Outcome.FAILURE),
        (rf"Failed two factor attempt by user .* \({_NAME}\) with provider .*", Action.LOGIN_FAILED, Outcome.FAILURE),
        (rf"Successful two factor attempt by user .* \({_NAME}\) with provider .*", Action.ACTIVITY, Outcome.SUCCESS),
        (r"Logout occurred.*", Action.LOGOUT, Outcome.SUCCESS),
        (rf"Password of user {_NAME} has been changed.*", Action.PASSWORD_CHANGED, Outcome.SUCCESS),
        (rf"User (?:created|deleted|enabled|disabled): {_NAME}", Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
        (r"User \"(?P<user>.*)\" (?:added to|removed from) group .*", Action.ACCOUNT_CHANGED, Outcome.SUCCESS),
        (
            r"File(?: with id \"?\d+\"?)? deleted: .*|File \".*\" deleted from trash bin\.?",
            Action.CONTENT_DELETED,
            Outcome.SUCCESS,
        ),
        (r"Trusted domain error\..*", Action.ACTIVITY, Outcome.BLOCKED),
        (r"Bruteforce attempt from .*", Action.ACTIVITY, Outcome.BLOCKED),
    )
)
_KEYS = {"level", "time", "message", "remoteAddr"}
_NOBODY = frozenset({"", "--", "-", "false", "False", "null"})
_AUDITED = "admin_audit"


def claims(evidence: Evidence) -> bool:
    """Recognise the keys of the first objects."""
    found = first_objects(evidence)
    return bool(found) and sum(set(item) >= _KEYS and ("reqId" in item or "app" in item) for item in found) * 2 > len(
        found
    )


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per message."""
    return json_lines(evidence, {"zone": local_time.zone_of(evidence, "syslog.zone")})


def event(row: Row) -> Event | Unused:
    """Say what one message means."""
    said, user, address = _said(row), _named(row.text("user")), _client(row)
    match, action, outcome = _deed(said)
    named = match.groupdict().get("user") if match else ""
    if match is None:
        if not user or not address.text:
            return Unused(rule="message that names no user, client or sign-in")
        outcome = Outcome.SUCCESS if row.text("app") == _AUDITED else Outcome.UNKNOWN
    when, note = _moment(row)
    agent = row.text("userAgent")
    return row.event(
        provider="nextcloud",
        service=row.text("app")[:60],
        action=action,
        action_text=said,
        outcome=outcome,
        when=when,
        account=named or user,
        address=address,
        user_agent="" if agent in _NOBODY else agent,
        detail={
            **{
                key: value
                for key, value in row.fields.items()
                if key not in ("time", "message", "userAgent", "remoteAddr")
            },
            "by": user if named and user and user != named else "",
            "zone_note": note,
        },
    )


def _said(row: Row) -> str:
    """The message; ownCloud 10 and some apps put an object with the text inside."""
    said = row.fields.get("message")
    return str(said.get("Message", "")) if isinstance(said, dict) else row.text("message")


def _deed(said: str) -> tuple[re.Match[str] | None, Action, Outcome]:
    for pattern, action, outcome in _DEEDS:
        match = pattern.fullmatch(said)
        if match is not None:
            return match, action, outcome
    return None, Action.ACTIVITY, Outcome.UNKNOWN


def _named(user: str) -> str:
    return "" if user in _NOBODY else user


def _client(row: Row) -> AddressSeen:
    return forwarded_client.not_the_server(fields.address(row.text("remoteAddr")))


def _moment(row: Row) -> tuple[Moment, str]:
    written = row.need("time")
    read = fields.instant(written, bare_zone=ZoneBasis.ASSUMED)
    if read.zone is ZoneBasis.EXPLICIT or read.utc is None:
        return read, ""
    wall, zone = read.utc.replace(tzinfo=None), row.shared["zone"]
    return local_time.instant(wall, written, zone), local_time.note(wall, zone)


FORMAT = Format(
    title="Nextcloud or ownCloud log",
    provider="nextcloud",
    claims=claims,
    rows=rows,
    event=event,
    needs=("syslog.zone",),
)
