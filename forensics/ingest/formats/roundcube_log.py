"""Roundcube webmail: its own log of sign-ins (``userlogins``) and of errors.

What it is: accepted and refused sign-ins to webmail with account, client and session, if ``log_logins`` is on; the error log
(``errors``) repeats refusals in the mail server's words: those are activity, so that an attempt counts once.

How to obtain: ``logs/userlogins*`` and ``logs/errors*`` in Roundcube's folder or ``/var/log/roundcube/``, on cPanel
``/var/cpanel/roundcube/log/``; from the hosting provider. Where Roundcube logs to syslog the lines stand in the system's log.

Time: ``[22-Jan-2013 22:28:21 +0200]`` with its offset (``explicit``). Where ``log_date_format`` leaves it out the zone comes
from the export (``syslog.zone``) or from the examiner, else the text is kept.

Versions: Roundcube 0.5 to 1.6, with and without the session's first characters in front. The client is the web server's
peer; what a proxy handed on stands behind it and counts only where the peer is a proxy inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, local_time, roundcube_messages
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.local_time import MONTHS
from forensics.ingest.login_meaning import event_of
from forensics.ingest.text_lines import lines
from forensics.model import Event, Moment, ZoneBasis

_LINE = re.compile(
    r"\[(?P<time>(?P<day>\d\d)-(?P<month>[A-Z][a-z]{2})-(?P<year>\d{4}) (?P<clock>\d\d:\d\d:\d\d)(?:\.\d+)?"
    r"(?: (?P<offset>[+-]\d{4}))?)\]: (?P<said>.*)",
    re.DOTALL,
)
_OWN = re.compile(
    r"(?:<[\w-]*> )?(?:Successful login for |(?i:failed login) for |IMAP Error: |SMTP Error: |DB Error: |PHP Error: )"
)


def claims(evidence: Evidence) -> bool:
    """Recognise the time in brackets and a colon, and what Roundcube says, among the first lines."""
    found = [line.rstrip("\r") for line in evidence.text_head.split("\n")[:50] if line.strip()]
    return any((match := _LINE.fullmatch(line)) and _OWN.match(match["said"]) for line in found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line that tells of a sign-in."""
    shared = {"zone": local_time.zone_of(evidence, "syslog.zone")}
    for line in lines(evidence):
        match = None if line.overlong else _LINE.fullmatch(line.text)
        if match and roundcube_messages.meaning(match["said"]):
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=match.groupdict(""), shared=shared)
        elif match:
            yield Unused(rule="message of webmail that tells of no sign-in")
        elif not line.text.strip():
            yield Unused(rule="empty line")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of Roundcube", excerpt=line.text[:200])


def event(row: Row) -> Event:
    """One sign-in, accepted or refused."""
    said = row.need("said")
    meaning = roundcube_messages.meaning(said)
    if meaning is None:
        raise FieldError("the line tells of no sign-in")
    when, note = _moment(row)
    detail = {**meaning.detail, "zone_note": note}
    return event_of(row, meaning, service="roundcube", said=said, when=when, detail=detail)


def _moment(row: Row) -> tuple[Moment, str]:
    if row.text("month") not in MONTHS:
        raise FieldError(f"not a month: {row.text('time')!r}")
    month = MONTHS.index(row.text("month")) + 1
    written = f"{row.text('year')}-{month:02d}-{row.text('day')}T{row.text('clock')}"
    if row.text("offset"):
        read = fields.instant(written + row.text("offset"))
        return Moment(utc=read.utc, text=row.text("time"), zone=ZoneBasis.EXPLICIT), ""
    wall, zone = local_time.wall_of(written), row.shared["zone"]
    return local_time.instant(wall, row.text("time"), zone), local_time.note(wall, zone)


FORMAT = Format(
    title="Roundcube webmail log", provider="linux", claims=claims, rows=rows, event=event, needs=("syslog.zone",)
)
