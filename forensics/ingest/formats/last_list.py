"""Login records of Linux as ``last`` and ``lastb`` list them: who was on which terminal, from where, from when to when.

What it is: what administrators paste or collectors (UAC) save: one line per sign-in, newest first, with the time of the sign-off
if there was one. Every line of ``lastb`` is a refused sign-in (``btmp begins`` at its end, or the file's name, says so), and
so is any line of the terminal ``ssh:notty``; the end that ``lastb`` prints means nothing. The list cuts names to 8 and hosts to
16 characters unless told otherwise (``-w``, ``-a``): an IPv6 address of exactly 16 is not taken for whole.

``wtmpdb last``, which is called ``last`` on Debian 13, prints the same columns; with ``-S`` one more names the service. Where a
line says ``crash`` or ``still logged in``, no end is recorded and none is stated.

How to obtain: better the files themselves, ``/var/log/wtmp*`` and ``btmp*``, ``wtmp.db``; else as root ``last -F -i -w -f
FILE`` and ``lastb -F -i -w``.

Time: local time of the machine, without a zone, from the export (``syslog.zone``) or the examiner; with ``--time-format iso``
its offset counts. Without ``-F`` no year is written: then the text is kept and no instant is stated.

Versions: sysvinit and util-linux ``last`` (with ``-F``, ``-a``, ``-i``, ``-w``, ``--time-format iso``), ``wtmpdb last`` (the
same, ``-S``, ``-x``), English day names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, local_time, login_lists
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.text_lines import lines
from forensics.model import UNDATED, Event, Outcome

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d(?::\d\d)?(?: \d{4})?"
_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d"
_SERVICE = (
    r"(?:sshd|login|remote|su|su-l|sudo|sudo-i|runuser|runuser-l|cron|crond|atd|systemd-user|polkit-1|cockpit|xdm|chrome-remote-desktop|"
    r"vsftpd|proftpd|ftp|xrdp-sesman|(?:gdm|sddm|lightdm|kde|greetd|lxdm)[\w-]*)"
)
"""What PAM calls those that open sessions: any word there would take part of a name with a space for the name."""
_LINE = re.compile(
    r"(?P<user>\S.*?|) +(?P<terminal>system (?:boot|down)|\(to lvl .\)|\S+) +(?:(?P<host>\S+(?: via mosh \[\d+\])?) +)?"
    rf"(?:(?P<service>{_SERVICE}) +)?"
    rf"(?P<start>{_DAY}|{_ISO}) *(?:(?:- )?(?P<still>still (?:logged in|running)|gone - no logout)|"
    rf"- (?P<end>{_DAY}|{_ISO}|\d\d:\d\d|down|crash) *(?:\((?P<length>[\d:+]+)\))?|)(?: +(?P<last_host>\S+))? *"
)
_LONGEST = 512
"""Characters of an entry; a name of a host has 255 at most."""
_BEGINS = re.compile(r"\S*[wb]tmp\S* (?:begins .*|has no entries)")
_ONLY_SERVICE = re.compile(_SERVICE)
_SERVICE_AT = 30
"""Characters between the beginnings of terminal and service: where a single column begins so far away, the host is empty."""


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
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=_columns(match), shared=shared)
        elif not line.text.strip():
            yield Unused(rule="empty line")
        elif begins:
            yield Unused(rule="line that names the file")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of a list of logins", excerpt=line.text[:200])


def _columns(match: re.Match[str]) -> dict[str, str]:
    """Return the columns; a service without a host stands where one alone would be taken for the host."""
    found = match.groupdict("")
    if (
        _ONLY_SERVICE.fullmatch(found["host"])
        and not found["service"]
        and match.start("host") - match.start("terminal") >= _SERVICE_AT
    ):
        found["host"], found["service"] = "", found["host"]
    return found


def event(row: Row) -> Event:
    """One sign-in, or one start or stop of the machine."""
    user, terminal, zone = row.text("user").strip(), row.text("terminal"), row.shared["zone"]
    machine = login_lists.is_machine(user)
    if fields.parse_ip(terminal):
        raise FieldError("an address stands where the terminal should be: columns that are not known")
    action, outcome = login_lists.meaning(user, terminal, row.text("service"), refused=row.shared["refused"])
    when, note = login_lists.moment(row.need("start"), zone)
    return row.event(
        provider="linux",
        service="login records",
        action=action,
        action_text=" ".join(part for part in (user if machine else "", terminal, row.text("still")) if part),
        outcome=outcome,
        when=when,
        end=UNDATED if outcome is Outcome.FAILURE else login_lists.end_of(row.text("end"), zone),
        account="" if machine else user,
        address=login_lists.host_of(row.text("host", "last_host"), user, cut=True),
        detail={
            "terminal": terminal,
            "host": row.text("host") or row.text("last_host"),
            "service": row.text("service"),
            "end": row.text("end"),
            "length": row.text("length"),
            "note": login_lists.NAME_CUT if len(user) == login_lists.CUT_NAME and not machine else "",
            "zone_note": note,
        },
    )


FORMAT = Format(
    title="Linux login records as a list (last, lastb)",
    provider="linux",
    claims=claims,
    rows=rows,
    event=event,
    needs=("syslog.zone",),
)
