r"""IIS log in the format of its own: comma separated, fixed fields, no header.

What it is: one line per request of a web or FTP site: client, user, date, time, service, server's name and address,
duration, bytes received and sent, status, status of Windows, method, target, parameters. An FTP site's ``PASS`` with 230
(signed in) or 530 (refused) is a login.

How to obtain: ``C:\inetpub\logs\LogFiles\W3SVC1\u_inYYMMDD.log`` (``in…`` until IIS 6; ``FTPSVC1``, ``MSFTPSVC1``), from
the hosting provider. The NCSA format (``u_nc…``) is that of other servers' access logs, the W3C format (``u_ex…``) has a
header.

Time: local time of the server, as Microsoft documents, without a zone. The zone comes from the export (``syslog.zone``) or
from the examiner, else the text is kept and no instant is stated. The day stands after the month, as IIS 6 and later write
it on every machine, unless the file's name or a number above 12 says otherwise (older servers wrote by their own setting).

Versions: IIS 4 to 10; years of two or four digits. The client is the peer of the server's connection: behind a proxy or a
load balancer (ARR) it is that, and this format has no field for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.text_lines import lines
from forensics.ingest.web_requests import PROVIDER, request_event
from forensics.model import Action, Event, Moment, Outcome

_LINE = re.compile(
    r"(?P<client>[0-9A-Fa-f.:%\w]{2,60}), (?P<user>[^,]*),"
    r" (?P<one>\d{1,2})(?P<sign>[/.])(?P<two>\d{1,2})(?P=sign)(?P<year>\d{2}|\d{4}),"
    r" (?P<clock>\d{1,2}:\d\d:\d\d), (?P<site>[A-Za-z0-9]+), (?P<server>[^,]*), (?P<server_address>[^,\s]*),"
    r" (?P<milliseconds>\d+), (?P<received_bytes>\d+), (?P<sent_bytes>\d+), (?P<status>\d+), (?P<windows_status>\d+),"
    r" (?P<method>[^,\s]*), (?P<rest>.*)"
)
_NAME = re.compile(r"(?:u_)?in(\d\d)(\d\d)(\d\d)")
_FTP_LOGIN = {"230": (Action.LOGIN, Outcome.SUCCESS), "530": (Action.LOGIN_FAILED, Outcome.FAILURE)}
_USED = frozenset({"client", "user", "one", "two", "sign", "year", "clock", "method", "rest", "status"})
_MONTHS = 12


def claims(evidence: Evidence) -> bool:
    """Recognise more than half of the first lines."""
    found = evidence.first_lines(50)
    return sum(_LINE.fullmatch(line) is not None for line in found) * 2 > len(found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    shared = {"zone": local_time.zone_of(evidence, "syslog.zone"), "day_first": _is_day_first(evidence)}
    for line in lines(evidence):
        match = None if line.overlong else _LINE.fullmatch(line.text)
        if match is not None:
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=match.groupdict(""), shared=shared)
        elif not line.text.strip(" \t\x00"):
            yield Unused(rule="empty line")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of an IIS log", excerpt=line.text[:200])


def _is_day_first(evidence: Evidence) -> bool:
    """Whether the day stands before the month: the points say so, a number above 12, or the day in the file's name."""
    found = [match for line in evidence.text_head.split("\n")[:2_000] if (match := _LINE.match(line))]
    if any(match["sign"] == "." or int(match["one"]) > _MONTHS for match in found):
        return True
    named = _NAME.match(evidence.basename.casefold())
    if named is None or not found or any(int(match["two"]) > _MONTHS for match in found):
        return False
    first = (int(found[0]["one"]), int(found[0]["two"]))
    return first == (int(named[3]), int(named[2])) and first[0] != first[1]


def event(row: Row) -> Event:
    """One request, or one sign-in of an FTP site."""
    when, note = _moment(row)
    target, _, parameters = row.text("rest").rstrip(" ,").partition(", ")
    query = "" if parameters in ("", "-") else f"?{parameters}"
    user, status = row.text("user").replace("-", "", row.text("user") == "-"), row.text("status")
    number, bracket, command = row.text("method").rpartition("]")
    is_ftp = "FTP" in row.text("site").upper()
    detail = {name: value for name, value in row.fields.items() if name not in _USED and value != "-"}
    detail |= {"connection": number + bracket, "zone_note": note, "user": user}
    if is_ftp and command.upper() == "PASS" and status in _FTP_LOGIN:
        action, outcome = _FTP_LOGIN[status]
        return row.event(
            provider=PROVIDER,
            service="ftp",
            action=action,
            action_text=f"PASS {status}",
            outcome=outcome,
            when=when,
            account=user,
            address=row.address("client"),
            detail={**detail, "status": int(status), "user": ""},
        )
    return request_event(
        row,
        when=when,
        address=row.address("client"),
        request=" ".join(filter(None, (command, target + query))),
        status=status,
        service="ftp" if is_ftp else "web",
        detail=detail,
    )


def _moment(row: Row) -> tuple[Moment, str]:
    day_first = bool(row.shared["day_first"])
    month, day = (row.text("two"), row.text("one")) if day_first else (row.text("one"), row.text("two"))
    year = row.text("year") if len(row.text("year")) > len("20") else _century(row.text("year"))
    clock = row.text("clock").rjust(len("00:00:00"), "0")
    wall = local_time.wall_of(f"{year}-{month.zfill(2)}-{day.zfill(2)}T{clock}")
    text = (
        f"{row.text('one')}{row.text('sign')}{row.text('two')}{row.text('sign')}{row.text('year')} {row.text('clock')}"
    )
    zone = row.shared["zone"]
    return local_time.instant(wall, text, zone), local_time.note(wall, zone)


def _century(two: str) -> str:
    return f"19{two}" if int(two) > 90 else f"20{two}"  # noqa: PLR2004 - there was no IIS before 1995


FORMAT = Format(
    title="IIS log in its own format", provider="weblog", claims=claims, rows=rows, event=event, needs=("syslog.zone",)
)
