r"""W3C extended logs: IIS web and FTP sites, Amazon CloudFront, and others with the same directives.

What it is: one line per request, under a ``#Fields:`` line that names the columns and may change inside a file (a restart
of the site writes the directives again). Columns are read by name: ``c-ip`` (client), ``s-ip`` (server), ``cs-username``,
``cs-method``, ``cs-uri-stem``, ``sc-status`` and so on. FTP sites log ``PASS`` with 230 (signed in) or 530 (refused): those
rows are logins. Further columns such as ``X-Forwarded-For`` were sent by the client or by a proxy: they stay in the detail.
Only where ``c-ip`` is a machine inside (ARR, a load balancer) and the list names somebody outside, ``c-ip`` is a proxy and
no client: the one address in the list that came from outside is taken, and where there are several, none.

How to obtain: ``C:\inetpub\logs\LogFiles\W3SVC1\u_exYYMMDD.log`` (web), ``FTPSVC1`` (FTP), from the hosting provider; for
CloudFront the bucket that the distribution's owner named, ``DISTRIBUTION.YYYY-MM-DD-HH.ID.gz``.

Time: UTC, by the W3C draft and by the documentation of IIS and CloudFront (``format_rule``), although IIS names and cuts
its files by local time if so set. Where rows hold only a time, the day is that of the last ``#Date:``, and a day later each
time the clock passes midnight since; the detail says so.

Versions: IIS 5 to 10 (FTP of 5 and 6 puts the number of the session before the command: ``[12]USER``), CloudFront standard
logs (tabs between cells, percent-encoded texts), other servers with ``#Version: 1.0`` and columns ``c-ip`` and
``cs-method``. IIS writes a space inside a field as ``+``, CloudFront as ``%20`` (older: ``%2520``): the user agent is shown
with spaces and kept as written in the detail. Rows with raw spaces (SQL injection) are re-joined where only one reading
fits the types of all columns (``repair``), else rejected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import unquote

from forensics.ingest import fields, forwarded_client
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mail_networks import is_internal
from forensics.ingest.text_lines import lines
from forensics.ingest.w3c_columns import Columns, cells_of, columns_of
from forensics.ingest.web_requests import PROVIDER, request_event, with_port
from forensics.model import UNDATED, Action, AddressSeen, Event, Moment, Outcome, ZoneBasis
from forensics.sentence import template

_DIRECTIVE = template("directive line of the log")
_HALF_DAY = 12
_FTP_LOGIN = {"230": (Action.LOGIN, Outcome.SUCCESS), "530": (Action.LOGIN_FAILED, Outcome.FAILURE)}
_FTP = "USER PASS QUIT PORT PASV EPSV EPRT RETR STOR APPE DELE CWD XPWD PWD LIST NLST MKD RMD SENT CREATED CLOSED"
_FTP_COMMANDS = frozenset(_FTP.split())
_MAX_NAMES = 10_000
_COLUMNS = frozenset({"date", "time", "c-ip", "c-port", "sc-status", "cs-method", "cs-uri-stem", "cs-uri-query"})
_A_PROXY = "c-ip is a proxy inside, and the record does not say for certain for whom it asked"
_COUNTED = "day counted from #Date over midnight"


def claims(evidence: Evidence) -> bool:
    """Recognise a directive at the start and columns of requests."""
    head = evidence.text_head[:32_768]
    if not head.startswith("#"):
        return False
    found = [columns for line in head.split("\n")[:50] if (columns := columns_of(line.rstrip("\r")))]
    return bool(found) and {"c-ip", "cs-method", "time"} <= set(found[0].lower)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per request; directives set the columns and the day of what follows."""
    reader = _Reader()
    for line in lines(evidence):
        text = line.text
        place = f"line:{line.number}"
        if line.overlong:
            yield Flaw(place=place, reason=f"line of {line.length:,} characters", excerpt=text[:200])
        elif text.startswith("#"):
            reader.directive(text)
            yield Unused(rule=_DIRECTIVE)
        elif not text.strip(" \t\x00"):
            yield Unused(rule="empty line")
        else:
            yield reader.row(evidence, place, text)


class _Reader:
    """The directives that hold for the next row."""

    def __init__(self) -> None:
        self.columns: Columns | None = None
        self.software = ""
        self.day = ""
        self.counted = False
        self.hour = -1
        self.asked: dict[tuple[str, str], str] = {}

    def directive(self, text: str) -> None:
        """Take a line that begins with ``#``."""
        name, _, value = text.partition(":")
        if name.lower() == "#software":
            self.software = value.strip()
        elif name.lower() == "#date":
            self.day, self.counted, self.hour = value.strip()[:10], False, -1
        elif name.lower() == "#fields":
            self.columns = columns_of(text) or self.columns

    def row(self, evidence: Evidence, place: str, text: str) -> Row | Flaw:
        """Cut one row."""
        if self.columns is None:
            return Flaw(place=place, reason="a row before any #Fields line", excerpt=text[:200])
        cells, why = cells_of(text, self.columns)
        if cells is None:
            return Flaw(place=place, reason=why, excerpt=text[:200])
        shared = {"software": self.software, "asked": self._asked(cells)}
        if "date" not in cells:
            self._midnight(cells.get("time", ""))
            shared |= {"date": self.day, "note": _COUNTED if self.counted else "day from #Date"}
        return Row(evidence=evidence, place=place, fields=cells, shared=shared, repair=why)

    def _asked(self, cells: dict[str, str]) -> str:
        """Return the name that the same FTP connection gave before; IIS leaves it out where the login is refused."""
        number, method = _command(cells.get("cs-method", ""))
        if method not in ("USER", "PASS"):
            return ""
        client = (cells.get("c-ip", ""), cells.get("c-port", "") + number)
        if method == "USER" and len(self.asked) < _MAX_NAMES:
            self.asked[client] = cells.get("cs-uri-stem", "")
        return self.asked.get(client, "") if method == "PASS" else ""

    def _midnight(self, time: str) -> None:
        hour = int(time[:2]) if time[:2].isdecimal() else self.hour
        if hour < self.hour - _HALF_DAY and self.day:
            following = _next_day(self.day)
            self.day, self.counted = following, bool(following)
        self.hour = hour


def _command(written: str) -> tuple[str, str]:
    """Return the number of the FTP session, which IIS 5 and 6 put in front (``[12]USER``), and the method."""
    number, bracket, method = written.rpartition("]")
    return number + bracket, method.upper()


def _next_day(day: str) -> str:
    read = (
        fields.instant(f"{day} 00:00:00", bare_zone=ZoneBasis.FORMAT_RULE).utc
        if len(day) == len("2020-03-11")
        else None
    )
    return str(date(read.year, read.month, read.day) + timedelta(days=1)) if read else ""


def event(row: Row) -> Event:
    """One request, or one sign-in of an FTP site."""
    cells = {name: value for name, value in row.fields.items() if value != "-"}
    detail = {name: value for name, value in cells.items() if name not in _COLUMNS}
    detail |= {"software": row.shared.get("software", ""), "note": row.shared.get("note", "")}
    when = _moment(row)
    address, note = _client(cells)
    detail["client_note"] = note
    status, method = cells.get("sc-status", ""), cells.get("cs-method", "")
    command = _command(method)[1]
    if command == "PASS" and status in _FTP_LOGIN:
        return _ftp_login(row, cells, when, address, detail)
    target = cells.get("cs-uri-stem", "")
    if cells.get("cs-uri-query"):
        target += "?" + cells["cs-uri-query"]
    return request_event(
        row,
        when=when,
        address=address,
        request=" ".join(part for part in (method, target, cells.get("cs-version", "")) if part),
        status=status,
        user_agent=_spaced(cells.get("cs(user-agent)", "")),
        service="ftp" if command in _FTP_COMMANDS else "web",
        detail=detail,
    )


def _client(cells: Mapping[str, str]) -> tuple[AddressSeen, str]:
    """Return the client and why it is none; IIS writes the space behind a comma as ``+``, ARR a port behind the address."""
    peer = with_port(fields.address(cells.get("c-ip", "")), cells.get("c-port", ""))
    listed = cells.get("x-forwarded-for", "").replace("+", "")
    if peer.address is None or not is_internal(peer.address):
        return peer, ""
    if not any(entry.address and not is_internal(entry.address) for entry in forwarded_client.entries(listed)):
        return peer, ""
    seen = forwarded_client.behind(peer, listed)
    return seen, "" if seen.address else _A_PROXY


def _ftp_login(row: Row, cells: dict[str, str], when: Moment, address: AddressSeen, detail: dict[str, str]) -> Event:
    action, outcome = _FTP_LOGIN[cells["sc-status"]]
    asked = str(row.shared.get("asked", ""))
    kept = {key: value for key, value in detail.items() if key != "cs-username"}
    return row.event(
        provider=PROVIDER,
        service="ftp",
        action=action,
        action_text=f"PASS {cells['sc-status']}",
        outcome=outcome,
        when=when,
        account=cells.get("cs-username", "") or asked,
        address=address,
        detail={
            **kept,
            "named_by": "the USER line before" if asked and not cells.get("cs-username") else "",
            "cs-method": cells["cs-method"] if cells["cs-method"].startswith("[") else "",
            "cs-uri-stem": cells.get("cs-uri-stem", ""),
            "status": int(cells["sc-status"]),
        },
    )


def _moment(row: Row) -> Moment:
    day, time = row.text("date") or str(row.shared.get("date", "")), row.text("time")
    if not time:
        return UNDATED
    if not day:
        return Moment(utc=None, text=time)
    return _instant(f"{day} {time}")


@lru_cache(maxsize=4_096)  # a busy log has many rows of one second
def _instant(written: str) -> Moment:
    read = fields.instant(written, bare_zone=ZoneBasis.FORMAT_RULE)
    if read.utc is None:
        raise FieldError(f"no time: {written}")
    return read


@lru_cache(maxsize=4_096)
def _spaced(agent: str) -> str:
    """Undo what the server wrote for a space; a real plus sign cannot be told from it."""
    if "%" in agent:
        return unquote(unquote(agent) if "%25" in agent else agent)
    return agent.replace("+", " ")


FORMAT = Format(title="W3C extended log (IIS, CloudFront)", provider="weblog", claims=claims, rows=rows, event=event)
