r"""Error logs of Apache httpd and nginx: refused and failed requests, and the addresses that made them.

What it is: what a web server complained about. Lines of a request name the client; those of a failed sign-in by a password
file (Basic authentication) name the user too, and are failed logins. The rest are requests whose answer stands in the access
log. What programs behind the server print (PHP warnings, stack traces) is in it as well and goes on over several lines.

How to obtain: the site's log folder (``/var/log/apache2/error.log``, ``/var/log/httpd/error_log``,
``/var/log/nginx/error.log``, ``~/logs`` or ``error_log`` of a hosting account), rotated and compressed files with it.

Time: ``[Mon Dec 26 16:22:08.103786 2016]`` (Apache) and ``2016/10/25 14:49:34`` (nginx) are the server's local time without
a zone. The zone comes from the export (``syslog.zone``) or from the examiner, else the text is kept and no instant is
stated. Apache writes an offset where ``ErrorLogFormat`` asks for one (``%{cz}t``).

Versions: Apache 2.0 to 2.4 (``[client ADDRESS]``, since 2.4 with port and module), nginx. Apache puts the client before the
message, nginx behind it, where a client's own request can hold ``, client: …`` as well: a line with two such
statements gets no address. Lines without a time go on from the line before and are counted with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.local_time import MONTHS, Zone
from forensics.ingest.text_lines import lines
from forensics.ingest.web_requests import host_port
from forensics.model import NO_ADDRESS, Action, AddressForm, AddressSeen, Event, Moment, Outcome, ZoneBasis
from forensics.sentence import template

_APACHE = re.compile(
    r"\[(?P<time>(?:[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>[ \d]?\d) (?P<clock>\d\d:\d\d:\d\d)(?P<part>\.\d{1,6})?"
    r" (?P<year>\d{4})|(?P<iso>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?: ?(?P<offset>[+-]\d\d:?\d\d|Z))?))\] "
    r"\[(?P<level>[\w:-]*)\] (?:\[pid (?P<pid>\d+)(?::tid \d+)?\] )?(?P<said>.*)",
    re.DOTALL,
)
_NGINX = re.compile(
    r"(?P<time>(?P<year>\d{4})/(?P<month>\d\d)/(?P<day>\d\d) (?P<clock>\d\d:\d\d:\d\d)) \[(?P<level>[a-z]+)\]"
    r" (?P<pid>\d+)#\d+: (?:\*(?P<connection>\d+) )?(?P<said>.*)",
    re.DOTALL,
)
_CLIENT = re.compile(
    r"(?P<before>(?:\(\d+\)[^:\[\]]{0,120}: )?(?:\w+\.c\(\d+\): )?)\[(?:client|remote) (?P<client>[^\]\s]+)\] (?P<message>.*)",
    re.DOTALL,
)
_NGINX_CLIENT = re.compile(r", client: (?P<client>[^\s,]+)(?=, server: |$)")
_REQUEST = re.compile(r', request: "(?P<request>[^"]*)"')
_REFUSED_LOGIN = re.compile(
    r"(?:AH\d+: )?user (?P<user>.*?)(?:: authentication failure for \"|: password mismatch: | not found: |: user .* not found: )"
    r'|user "(?P<name>.*)"(?:: password mismatch| was not found in ")'
)
_DENIED = re.compile(
    r"(?:AH\d+: )?(?:client denied by server configuration|access to .* (?:failed|denied)|ModSecurity: Access denied)"
    r"|access forbidden by rule|limiting (?:requests|connections)"
)
_LINES_OF_A_TRACE = 40
_JOINED = 20_000
"""Characters of a message that are joined; what goes on beyond them is counted."""
NOBODY = template("message of the server that names no client")
GOES_ON = template("line that goes on from the one before")
_TWO = "two statements of a client: one of them came with the request, so neither is taken"


def _head(text: str) -> re.Match[str] | None:
    return _APACHE.fullmatch(text) or _NGINX.fullmatch(text)


def claims(evidence: Evidence) -> bool:
    """Recognise the stamp and level of either server in one of the first three lines, and here and there below."""
    found = [line.rstrip("\r") for line in evidence.text_head.split("\n")[:400] if line.strip()]
    stamped = sum(_head(line) is not None for line in found)
    return any(_head(line) for line in found[:3]) and stamped * _LINES_OF_A_TRACE >= len(found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per stamped line, joined with the lines that go on from it."""
    shared = {"zone": local_time.zone_of(evidence, "syslog.zone")}
    held: tuple[int, str] | None = None
    for line in lines(evidence):
        if line.overlong:
            yield Flaw(place=f"line:{line.number}", reason="line too long", excerpt=line.text[:200])
        elif _head(line.text) is not None:
            yield from _row(evidence, held, shared)
            held = (line.number, line.text)
        elif not line.text.strip():
            yield Unused(rule="empty line")
        elif held is not None:
            held = (held[0], f"{held[1]}\n{line.text}" if len(held[1]) < _JOINED else held[1])
            yield Unused(rule=GOES_ON)
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of an error log", excerpt=line.text[:200])
    yield from _row(evidence, held, shared)


def _row(evidence: Evidence, held: tuple[int, str] | None, shared: dict[str, Zone | None]) -> Iterator[Row | Unused]:
    match = _head(held[1]) if held else None
    if held is None or match is None:
        return
    values = {name: value or "" for name, value in match.groupdict().items()}
    apache = match.re is _APACHE
    found = _CLIENT.fullmatch(values["said"]) if apache else _NGINX_CLIENT.search(values["said"])
    if found is None:
        yield Unused(rule=NOBODY)
        return
    values |= {"server": "apache" if apache else "nginx", "client": found["client"]}
    values["twice"] = "" if apache else "twice" * (len(_NGINX_CLIENT.findall(values["said"])) > 1)
    if apache:
        values["message"] = f"{found['before']}{found['message']}"
    else:
        values["message"] = values["said"]
    yield Row(evidence=evidence, place=f"line:{held[0]}", fields=values, shared=shared)


def event(row: Row) -> Event:
    """One complaint about a request."""
    message = row.text("message")
    login = _REFUSED_LOGIN.match(message)
    when, note = _moment(row)
    request = _REQUEST.search(message)
    outcome = Outcome.BLOCKED if _DENIED.match(message) else Outcome.UNKNOWN
    return row.event(
        provider="weblog",
        service="web",
        action=Action.LOGIN_FAILED if login else Action.REQUEST,
        action_text=message,
        outcome=Outcome.FAILURE if login else outcome,
        when=when,
        account=(login["user"] or login["name"] or "") if login else "",
        address=NO_ADDRESS if row.text("twice") else _address(row),
        detail={
            "server": row.text("server"),
            "level": row.text("level"),
            "pid": row.text("pid"),
            "connection": row.text("connection"),
            "request": request["request"] if request and not row.text("twice") else "",
            "client_note": _TWO if row.text("twice") else "",
            "zone_note": note,
        },
    )


def _address(row: Row) -> AddressSeen:
    """Read the client; Apache writes a port since 2.4 (lines with a process number), also behind a bare IPv6 address."""
    written = row.text("client")
    if row.text("server") == "apache" and row.text("pid"):
        return host_port(written)
    if written == "unix:":
        return AddressSeen(address=None, text=written, form=AddressForm.HOSTNAME)
    return fields.address(written)


def _moment(row: Row) -> tuple[Moment, str]:
    text = row.text("time")
    if row.text("iso"):
        written = row.text("iso").replace(" ", "T")
        if row.text("offset"):
            read = fields.instant(f"{written}{row.text('offset')}")
            return Moment(utc=read.utc, text=text, zone=ZoneBasis.EXPLICIT), ""
    else:
        name = row.text("month")
        if not name.isdigit() and name not in MONTHS:
            raise FieldError(f"not a month: {text!r}")
        month = int(name) if name.isdigit() else MONTHS.index(name) + 1
        written = f"{row.text('year')}-{month:02d}-{int(row.text('day')):02d}T{row.text('clock')}{row.text('part')}"
    wall = local_time.wall_of(written)
    zone = row.shared.get("zone")
    return local_time.instant(wall, text, zone), local_time.note(wall, zone)


FORMAT = Format(
    title="Web server error log (Apache, nginx)",
    provider="weblog",
    claims=claims,
    rows=rows,
    event=event,
    needs=("syslog.zone",),
)
