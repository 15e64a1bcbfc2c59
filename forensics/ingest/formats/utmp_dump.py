"""Login records of Linux as ``utmpdump`` prints them: who was on which terminal, from where, and refused sign-ins.

What it is: the text that an administrator makes of ``wtmp``, ``btmp`` or ``utmp``: one record per line in eight pairs of brackets
(type, process, id, user, terminal, host, address, time). The same records are read from the files themselves by
``utmp_wtmp``; the text can be edited and turned back, so ask for the files, too. Sign-ins of a text that is named after
``btmp``, or says that it is a dump of it, are refused ones; so is any record of the terminal ``ssh:notty``.

How to obtain: as root ``utmpdump /var/log/wtmp > wtmp.txt``, the same for ``btmp`` and rotated files; better the files
themselves.

Time: since util-linux 2.29 ISO 8601 with its offset (``explicit``); before, ``Sat Nov 10 20:21:59 2018 +07`` or with the letters
of a zone (``KST``), which count only in a zone that the export (``syslog.zone``) or the examiner names. Day names in other
languages keep their text.

Versions: util-linux 2.1x to 2.40. A user name may hold brackets: the last four pairs are the program's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC

from forensics.ingest import fields, local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.local_time import MONTHS, Zone
from forensics.ingest.login_record_events import record_event
from forensics.ingest.text_lines import lines
from forensics.ingest.utmp_records import Record
from forensics.model import Event, Moment, ZoneBasis

_LINE = re.compile(
    r"\[(?P<kind>\d)\] +\[(?P<pid>-?\d{1,10})\] +\[(?P<id>[^\]]*)\] +\[(?P<user>.*)\] +\[(?P<line>[^\]]*)\] +"
    r"\[(?P<host>[^\]]*)\] +\[(?P<address>[^\]]*)\] +\[(?P<time>[^\]]*)\] *",
    re.DOTALL,
)
_ENGLISH = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>[ \d]\d) (?P<clock>\d\d:\d\d:\d\d) (?P<year>\d{4}) *(?P<zone>\S*)"
)
_OFFSET = re.compile(r"([+-]\d\d)(\d\d)?")
_HEAD = re.compile(r"Utmp (?:un)?dump of (?P<of>.*)")
_NOWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - what utmpdump prints for "no address"


def claims(evidence: Evidence) -> bool:
    """Recognise the eight pairs of brackets in half of the first lines or more."""
    found = [line.rstrip("\r") for line in evidence.text_head.split("\n")[:100] if line.strip()]
    found = [line for line in found if not _HEAD.fullmatch(line)]
    found = found[:-1] or found  # the head may cut the last one
    return bool(found) and sum(bool(_LINE.fullmatch(line)) for line in found) * 2 >= len(found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per record."""
    zone = local_time.zone_of(evidence, "syslog.zone")
    failed = "btmp" in evidence.basename.lower()
    for line in lines(evidence):
        head = _HEAD.fullmatch(line.text)
        match = None if line.overlong or head else _LINE.fullmatch(line.text)
        if match:
            shared = {"zone": zone, "failed": failed}
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=match.groupdict(), shared=shared)
        elif head or not line.text.strip():
            failed = "btmp" in head["of"] if head else failed
            yield Unused(rule="empty line" if head is None else "line that names the file")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no login record", excerpt=line.text[:200])


def event(row: Row) -> Event | Unused:
    """Say what one record means."""
    cells = {key: str(value).strip() for key, value in row.fields.items()}
    when, note = _moment(cells["time"], row.shared["zone"])
    seconds = int(when.utc.timestamp()) if when.utc else None
    if seconds == 0:
        when = Moment(utc=None, text=cells["time"])
    record = Record(
        kind=int(cells["kind"]),
        pid=int(cells["pid"]),
        line=cells["line"],
        id=cells["id"],
        user=cells["user"],
        host=cells["host"],
        session=None,
        seconds=seconds,
        micros=0,
        address="" if cells["address"] in _NOWHERE else cells["address"],
        termination=0,
        exit_status=0,
    )
    return record_event(row, record, when, named=row.shared["failed"], zone_note=note)


def _moment(written: str, zone: Zone | None) -> tuple[Moment, str]:
    if written[:1].isdigit():
        read = fields.instant(written.replace(",", "."), bare_zone=ZoneBasis.ASSUMED)
        if read.zone is ZoneBasis.EXPLICIT or read.utc is None:
            return Moment(utc=read.utc, text=written, zone=read.zone), ""
        wall = read.utc.replace(tzinfo=None)
        return local_time.instant(wall, written, zone), local_time.note(wall, zone)
    match = _ENGLISH.fullmatch(written)
    if match is None or match["month"] not in MONTHS:
        return Moment(utc=None, text=written), "a time in another language, or none"
    month = MONTHS.index(match["month"]) + 1
    stamp = f"{match['year']}-{month:02d}-{int(match['day']):02d}T{match['clock']}"
    offset = _OFFSET.fullmatch(match["zone"])
    if offset or match["zone"] in ("UTC", "GMT"):
        read = fields.instant(stamp + (f"{offset[1]}:{offset[2] or '00'}" if offset else "Z"))
        return Moment(utc=read.utc, text=written, zone=ZoneBasis.EXPLICIT), ""
    wall = local_time.wall_of(stamp)
    for fold in (0, 1) if zone else ():
        local = wall.replace(tzinfo=zone.zone if zone else None, fold=fold)
        if zone and local.tzname() == match["zone"]:
            return Moment(utc=local.astimezone(UTC), text=written, zone=zone.basis), local_time.note(wall, zone)
    return Moment(utc=None, text=written), f"{match['zone'] or 'nothing'} is no time zone by itself"


FORMAT = Format(
    title="Linux login records as text (utmpdump)",
    provider="linux",
    claims=claims,
    rows=rows,
    event=event,
    needs=("syslog.zone",),
)
