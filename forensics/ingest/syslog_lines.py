"""Lines of system logs: time, host, program, process and message, in the layouts that syslog daemons and journalctl write.

Layouts of the time: ``Mar 11 22:55:30`` (RFC 3164: no year, no zone; also with a fraction, with a year, with the month
in the language of the machine, as ``journalctl -o short`` prints it; ``Wed Mar 11 22:55:30 2020`` of OpenWrt), ISO 8601
(rsyslog, ``short-iso``), RFC 5424 (``<86>1 …``), ``Wed 2020-03-11 22:55:30 CET`` (``short-full``), ``1583967330.123456``
(``short-unix``). A priority ``<86>`` may stand in front, its name (``auth.info``, BusyBox) before the program; the host
may be missing (``--no-hostname``), and so may the colon behind a process number (ProFTPD);
``grep`` may have put a file's name in front of everything, Docker Compose a container's (``dovecot-1  | ``). FreeBSD writes
facility and level behind the time where asked to (``<4.6>``, ``<auth.info>``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from forensics.ingest import fields, local_time
from forensics.ingest.fields import FieldError
from forensics.ingest.local_time import Zone
from forensics.model import Moment, ZoneBasis

_MONTH_NAMES = (
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "jan feb mär apr mai jun jul aug sep okt nov dez",
    "janv févr mars avril mai juin juil août sept oct nov déc",
    "янв фев мар апр мая июн июл авг сен окт ноя дек",
    "yan fev mar apr may iyn iyl avq sen okt noy dek",
    "oca şub mar nis may haz tem ağu eyl eki kas ara",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
)
"""Abbreviated months in the C locale and in the locales that journalctl was seen with or is likely to run in."""
MONTHS = {name: number for names in _MONTH_NAMES for number, name in enumerate(names.split(), start=1)} | {"mrz": 3}

_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_ISO = r"(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
_FULL = r"(?P<full>[^\W\d]{2,5}\.? \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? (?P<abbreviation>[A-Z][A-Za-z]{1,5}|[+-]\d{2,4}))"
_UNIX = r"(?P<unix>\d{9,10}\.\d{6})"
_BSD = (
    r"(?P<bsd>(?:(?P<year_first>\d{4}) )?(?:(?P<weekday>[^\W\d_]{2,4})\.? )?(?P<month>[^\W\d_]{3,5})\.? {1,2}(?P<day>\d{1,2})"
    r"(?: (?P<year>\d{4}))? (?P<clock>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?(?(weekday)(?: (?P<year_last>\d{4})(?= ))?))"
)
_FACILITY = r"(?:auth|authpriv|cron|daemon|kern|user|syslog|local\d|mail|ftp)\.[a-z]+"
_TAG = (
    rf"(?:(?P<host>(?!{_FACILITY} )\S*[^\s:]) )?(?:(?P<facility>{_FACILITY}) )?"
    r"(?P<program>sshd?@\S+\.service|[^\s:\[(]+(?:\([^)\s]*\))?)(?: *\[(?P<pid>\d+)\])?\]?(?(pid):?|:)(?: +(?P<message>.*))?"
)
_GREP = r"(?:(?P<source>[\w./~+-]{0,200}[A-Za-z][\w./~+-]{0,60})(?::(?:\d+:)?| *\| +))?"
_LINE = re.compile(
    rf"{_GREP}(?:<(?P<priority>\d{{1,3}})>)?(?:{_ISO}|{_BSD}|{_FULL}|{_UNIX}) +"
    rf"(?:<(?P<level>[\w.]{{1,20}})> )?(?:{_TAG}|(?P<bare>.*))",
    re.DOTALL,
)
_USUAL_TAG = r"([\w-]+) ([A-Za-z][A-Za-z0-9_-]*)(?:\[(\d+)\])?:(?: +(.*))?"
_USUAL = re.compile(
    r"((Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d)) +" + _USUAL_TAG, re.DOTALL
)
_USUAL_ISO = re.compile(rf"{_ISO} +{_USUAL_TAG}", re.DOTALL)
_PROTOCOL = re.compile(
    rf"(?:<(?P<priority>\d{{1,3}})>)?1 {_ISO} (?P<host>\S+) (?P<program>\S+) (?P<pid>\S+) (?P<msgid>\S+) "
    r'(?P<structured>-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+)(?: \ufeff?(?P<message>.*))?',
    re.DOTALL,
)
_DATE = re.compile(rf"{_GREP}(?:<\d{{1,3}}>)?(?:1 )?(?:{_ISO}|{_BSD}|{_FULL}) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogLine:
    """A line as read. ``day`` is (year or 0, month, day, clock) where the time is written without a zone."""

    stamp: str
    kind: str
    day: tuple[int, int, int, str] | None
    host: str
    program: str
    pid: str
    message: str
    abbreviation: str = ""
    priority: str = ""
    structured: str = ""
    source: str = ""


def read_line(text: str) -> SyslogLine | None:
    """Read one line; ``None`` if it has none of the layouts."""
    match = _USUAL.fullmatch(text)
    if match is not None:
        return _usual(match)
    match = _USUAL_ISO.fullmatch(text)
    if match is not None:
        return _line("iso", match[1], None, match.groups()[1:])
    match = _LINE.fullmatch(text) or _PROTOCOL.fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    kind = next(name for name in ("iso", "bsd", "full", "unix") if found.get(name))
    day = _bsd_day(found) if kind == "bsd" else None
    if kind == "bsd" and day is None:
        return None
    message = found["message"] if found["program"] else found.get("bare")
    return SyslogLine(
        stamp=found[kind],
        kind=kind,
        day=day,
        host=_said(found["host"]),
        program=found["program"] or "",
        pid=_said(found["pid"]),
        message=(message or "").strip(),
        abbreviation=found.get("abbreviation") or "",
        priority=found["priority"] or found.get("facility") or found.get("level") or "",
        structured=_said(found.get("structured")),
        source=found.get("source") or "",
    )


def _usual(match: re.Match[str]) -> SyslogLine:
    """The line of most files, ``Mar 11 22:55:30 host program[pid]: message``, as the full pattern reads it."""
    stamp, month, day, clock, *tag = match.groups()
    return _line("bsd", stamp, (0, MONTHS[month.lower()], int(day), clock), tag)


def _line(kind: str, stamp: str, day: tuple[int, int, int, str] | None, tag: Sequence[str]) -> SyslogLine:
    host, program, pid, message = tag
    return SyslogLine(
        stamp=stamp,
        kind=kind,
        day=day,
        host="" if host == "-" else host,
        program=program,
        pid=pid or "",
        message=(message or "").strip(),
    )


def _said(value: str | None) -> str:
    return "" if value is None or value == "-" else value


def _bsd_day(found: dict[str, str | None]) -> tuple[int, int, int, str] | None:
    month = MONTHS.get((found["month"] or "").lower())
    if month is None:
        return None
    clock = (found["clock"] or "") + (f".{found['fraction']}" if found.get("fraction") else "")
    return int(found["year"] or found["year_first"] or found["year_last"] or 0), month, int(found["day"] or 0), clock


def date_of(text: str) -> tuple[int, int, int] | None:
    """Return (year or 0, month, day) of a line's time as written, without reading the rest."""
    match = _DATE.match(text)
    if match is None:
        return None
    if match["bsd"]:
        day = _bsd_day(match.groupdict())
        return day[:3] if day else None
    written = match["iso"] or match["full"].split(" ")[1]
    return int(written[:4]), int(written[5:7]), int(written[8:10])


def moment(line: SyslogLine, year: int, zone: Zone | None) -> tuple[Moment, str]:
    """State the instant of a line's time: (moment, note for the detail). ``year`` fills in where none is written."""
    if line.kind == "unix":
        return _counted(line.stamp), ""
    if line.kind == "full":
        return _full(line, zone)
    if line.kind == "iso":
        read = fields.instant(line.stamp, bare_zone=ZoneBasis.ASSUMED)
        if read.zone is ZoneBasis.EXPLICIT or read.utc is None:
            return read, ""
        return _local(read.utc.replace(tzinfo=None), line.stamp, zone)
    if line.day is None:
        raise FieldError(f"no time: {line.stamp[:60]!r}")
    written_year, month, day, clock = line.day
    if not (written_year or year):
        if not 1 <= day <= _LONGEST[month - 1]:
            raise FieldError(f"not a date in the calendar: {line.stamp!r}")
        return Moment(utc=None, text=line.stamp), ""
    return _local(_wall(written_year or year, month, day, clock), line.stamp, zone)


@lru_cache(maxsize=4_096)  # a busy log has many lines of one second
def _local(wall: datetime, stamp: str, zone: Zone | None) -> tuple[Moment, str]:
    return local_time.instant(wall, stamp, zone), local_time.note(wall, zone)


@lru_cache(maxsize=4_096)
def _wall(year: int, month: int, day: int, clock: str) -> datetime:
    """Return the wall-clock time; ``FieldError`` if it is none."""
    return local_time.wall_of(f"{year:04d}-{month:02d}-{day:02d}T{clock}")


def _counted(stamp: str) -> Moment:
    seconds, _, micro = stamp.partition(".")
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds), microseconds=int(micro))
    return Moment(utc=when, text=stamp, zone=ZoneBasis.EPOCH)


def _full(line: SyslogLine, zone: Zone | None) -> tuple[Moment, str]:
    """``short-full``: UTC and numbers are explicit; a zone's letters count only in a zone that has them at that time."""
    _, day, clock, short = line.stamp.split(" ")
    if short in ("UTC", "GMT") or short[0] in "+-":
        read = fields.instant(f"{day} {clock} {short}")
        return Moment(utc=read.utc, text=line.stamp, zone=read.zone), ""
    wall = fields.instant(f"{day} {clock}", bare_zone=ZoneBasis.ASSUMED).utc
    if wall is None or zone is None:
        return Moment(utc=None, text=line.stamp), f"{short} is no time zone by itself, and the export states none"
    naive = wall.replace(tzinfo=None)
    for fold in (0, 1):
        local = naive.replace(tzinfo=zone.zone, fold=fold)
        if local.tzname() == short:
            return Moment(
                utc=local.astimezone(UTC), text=line.stamp, zone=zone.basis
            ), f"zone {zone.name} ({zone.source})"
    return Moment(utc=None, text=line.stamp), f"{short} is not what {zone.name} is called at that time"
