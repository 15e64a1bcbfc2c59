"""Login records of Linux as ``last`` and ``lastb`` list them: who was on which terminal, from where, from when to when.

What it is: what administrators paste or collectors (UAC) save: one line per sign-in, newest first, with the time of the sign-off
if there was one. Every line of ``lastb`` is a refused sign-in (``btmp begins`` at its end, or the file's name, says so), and
so is any line of the terminal ``ssh:notty``; the end that ``lastb`` prints means nothing. The list cuts names to 8 and hosts to
16 characters unless told otherwise (``-w``, ``-a``): an IPv6 address of exactly 16 is not taken for whole.

How to obtain: better the files themselves, ``/var/log/wtmp*`` and ``btmp*``; else as root ``last -F -i -w -f FILE`` and
``lastb -F -i -w``.

Time: local time of the machine, without a zone, from the export (``syslog.zone``) or the examiner; with ``--time-format iso``
its offset counts. Without ``-F`` no year is written: then the text is kept and no instant is stated.

Versions: sysvinit and util-linux ``last`` (with ``-F``, ``-a``, ``-i``, ``-w``, ``--time-format iso``), English day names.
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
from forensics.model import UNDATED, Action, AddressForm, AddressSeen, Event, Moment, Outcome, Precision, ZoneBasis

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d(?::\d\d)?(?: \d{4})?"
_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d"
_LINE = re.compile(
    rf"(?P<user>\S.*?|) +(?P<terminal>system (?:boot|down)|\(to lvl .\)|\S+) +(?:(?P<host>\S+(?: via mosh \[\d+\])?) +)?"
    rf"(?P<start>{_DAY}|{_ISO}) *(?:(?P<still>still (?:logged in|running)|gone - no logout)|"
    rf"- (?P<end>{_DAY}|{_ISO}|\d\d:\d\d|down|crash) *(?:\((?P<length>[\d:+]+)\))?|)(?: +(?P<last_host>\S+))? *"
)
_LONGEST = 512
"""Characters of an entry; a name of a host has 255 at most."""
_CALENDAR = re.compile(r"\w{3} (?P<month>\w{3}) (?P<day>[ \d]\d) (?P<clock>\d\d:\d\d(?::\d\d)?)(?: (?P<year>\d{4}))?")
_BEGINS = re.compile(r"\S*[wb]tmp\S* begins .*")
_MACHINE = frozenset({"reboot", "shutdown", "runlevel"})
_CUT_NAME, _CUT_HOST = 8, 16
_NAME_CUT = "a name of 8 characters may have been cut by the list"


def claims(evidence: Evidence) -> bool:
    """Recognise the columns in half of the first lines or more."""
    found = [line.rstrip("\r") for line in evidence.text_head.split("\n")[:100] if line.strip()]
    found = [line for line in (found[:-1] or found) if not _BEGINS.fullmatch(line)]
    return bool(found) and sum(_entry(line) is not None for line in found) * 2 >= len(found)


def _entry(line: str) -> re.Match[str] | None:
    return _LINE.fullmatch(line) if len(line) <= _LONGEST else None


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line; the list says at its end whether it is one of refused sign-ins."""
    refused = any(name in evidence.basename.lower() for name in ("btmp", "lastb"))
    refused = refused or any(line.text.startswith("btmp") and _BEGINS.fullmatch(line.text) for line in lines(evidence))
    shared = {"zone": local_time.zone_of(evidence, "syslog.zone"), "refused": refused}
    for line in lines(evidence):
        begins = _BEGINS.fullmatch(line.text)
        match = None if begins else _entry(line.text)
        if match:
            found = match.groupdict("")
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=found, shared=shared)
        elif not line.text.strip():
            yield Unused(rule="empty line")
        elif begins:
            yield Unused(rule="line that names the file")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of a list of logins", excerpt=line.text[:200])


def event(row: Row) -> Event:
    """One sign-in, or one start or stop of the machine."""
    user, terminal, zone = row.text("user").strip(), row.text("terminal"), row.shared["zone"]
    machine = user in _MACHINE
    failed = not machine and (row.shared["refused"] or terminal == "ssh:notty")
    when, note = _moment(row.need("start"), zone)
    end = _moment(row.text("end"), zone)[0] if len(row.text("end")) > _CUT_HOST and not failed else UNDATED
    return row.event(
        provider="linux",
        service="login records",
        action=Action.OTHER if machine else Action.LOGIN_FAILED if failed else Action.LOGIN,
        action_text=" ".join(part for part in (user if machine else "", terminal, row.text("still")) if part),
        outcome=Outcome.UNKNOWN if machine else Outcome.FAILURE if failed else Outcome.SUCCESS,
        when=when,
        end=end,
        account="" if machine else user,
        address=AddressSeen(address=None, text="") if machine else _seen(row),
        detail={
            "terminal": terminal,
            "host": row.text("host") or row.text("last_host"),
            "end": row.text("end"),
            "length": row.text("length"),
            "note": _NAME_CUT if len(user) == _CUT_NAME and not machine else "",
            "zone_note": note,
        },
    )


def _seen(row: Row) -> AddressSeen:
    written = (row.text("host") or row.text("last_host")).partition(" via mosh")[0]
    if written.startswith((":", "tmux(", "screen")) and not written.startswith("::"):
        return AddressSeen(address=None, text="")
    if ":" in written and len(written) == _CUT_HOST:
        return AddressSeen(address=None, text=written, form=AddressForm.MASKED)
    return fields.address("" if written in ("0.0.0.0", "::") else written)  # noqa: S104 - what last prints for "none"


def _moment(written: str, zone: Zone | None) -> tuple[Moment, str]:
    if written[:1].isdigit():
        read = fields.instant(written)
        return Moment(utc=read.utc, text=written, zone=ZoneBasis.EXPLICIT), ""
    match = _CALENDAR.fullmatch(written)
    if match is None or match["month"] not in MONTHS:
        raise FieldError(f"no time: {written[:60]!r}")
    precision = Precision.SECOND if match["clock"].count(":") > 1 else Precision.MINUTE
    if not match["year"]:
        return Moment(utc=None, text=written, precision=precision), "the list states no year"
    month = MONTHS.index(match["month"]) + 1
    wall = local_time.wall_of(f"{match['year']}-{month:02d}-{int(match['day']):02d}T{match['clock']}")
    return local_time.instant(wall, written, zone, precision), local_time.note(wall, zone)


FORMAT = Format(
    title="Linux login records as a list (last, lastb)",
    provider="linux",
    claims=claims,
    rows=rows,
    event=event,
    needs=("syslog.zone",),
)
