"""FTP log of vsftpd.

What it is: connections, logins, refused logins, uploads and downloads of the FTP server vsftpd: process, user, client.

How to obtain: ``/var/log/vsftpd.log`` and rotated files. Servers that log through syslog have these lines in other files.

Time: ``Sat Jun  6 00:14:23 2009`` without a zone: local time of the server (or GMT where ``use_localtime`` is off). The
zone comes from the export (``syslog.zone``) or from the examiner, else the text is kept and no instant is stated.

Versions: one layout since 2001, the client with ``::ffff:`` before an IPv4 address where the server listens on IPv6. Two
processes can write into one line: such lines are rejected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.local_time import MONTHS
from forensics.ingest.text_lines import lines
from forensics.model import Action, Event, Moment, Outcome

_LINE = re.compile(
    r"(?P<time>[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>[ \d]?\d) (?P<clock>\d\d:\d\d:\d\d) (?P<year>\d{4}))"
    r' \[pid (?P<pid>\d+)\] (?:\[(?P<user>[^\]]*)\] )?(?P<verb>[A-Za-z ]+?): Client "(?P<client>[^"\s]*)"'
    r'(?:, (?P<rest>(?:(?!Client ").)*))?'
)
_VERBS = {"OK LOGIN": (Action.LOGIN, Outcome.SUCCESS), "FAIL LOGIN": (Action.LOGIN_FAILED, Outcome.FAILURE)}


def claims(evidence: Evidence) -> bool:
    """Recognise the first line that is not empty."""
    found = [line.rstrip("\r") for line in evidence.text_head.split("\n")[:20] if line.strip()]
    return bool(found) and any(_LINE.fullmatch(line) for line in found[:3])


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    zone = local_time.zone_of(evidence, "syslog.zone")
    for line in lines(evidence):
        match = None if line.overlong else _LINE.fullmatch(line.text)
        if match:
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=match.groupdict(""), shared={"zone": zone})
        elif not line.text.strip():
            yield Unused(rule="empty line")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of vsftpd", excerpt=line.text[:200])


def event(row: Row) -> Event:
    """One connection, login or transfer."""
    verb = row.need("verb")
    action, outcome = _VERBS.get(verb, (Action.ACTIVITY, _outcome(verb)))
    when, note = _moment(row)
    return row.event(
        provider="vsftpd",
        service="ftp",
        action=action,
        action_text=verb,
        outcome=outcome,
        when=when,
        account=row.text("user"),
        address=fields.address(row.text("client")),
        detail={"pid": row.text("pid"), "rest": row.text("rest"), "zone_note": note},
    )


def _outcome(verb: str) -> Outcome:
    return {"OK": Outcome.SUCCESS, "FAIL": Outcome.FAILURE}.get(verb.split(" ", 1)[0], Outcome.UNKNOWN)


def _moment(row: Row) -> tuple[Moment, str]:
    if row.text("month") not in MONTHS:
        raise FieldError(f"not a month: {row.text('time')!r}")
    month = MONTHS.index(row.text("month")) + 1
    written = f"{row.text('year')}-{month:02d}-{int(row.text('day')):02d}T{row.text('clock')}"
    wall = local_time.wall_of(written)
    zone = row.shared.get("zone")
    return local_time.instant(wall, row.text("time"), zone), local_time.note(wall, zone)


FORMAT = Format(
    title="FTP log (vsftpd)", provider="vsftpd", claims=claims, rows=rows, event=event, needs=("syslog.zone",)
)
