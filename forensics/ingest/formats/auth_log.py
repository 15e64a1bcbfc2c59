"""System log of a Linux server: sign-ins by SSH, su, sudo and console, to mail and FTP; changes of accounts.

What it is: ``auth.log`` (Debian, Ubuntu), ``secure`` (Red Hat, SUSE: ``messages``), ``mail.log``, ``maillog`` (Dovecot, Postfix,
Sendmail, Cyrus, Courier), Dovecot's own ``dovecot.log``, ``sogo.log``, ``proftpd.log``, ``fail2ban.log`` (whom it refused), or
what ``journalctl`` prints. A row is a line of a login program: accepted and failed logins with address, port, method and key,
sessions, refused connections, passwords and accounts changed, commands by sudo. ``action_text`` is the message as found.
Only ``Failed …`` lines of sshd count as failed logins, because one attempt may write several lines. ``message repeated N
times`` stays one row with ``repeated`` in the detail. Postfix and Sendmail tell of a sign-in only with each message that is
handed in: each such line is a login. HAProxy's lines are requests (``haproxy_messages``), in ``haproxy.log`` as among others.
Lines of other programs are unused, by a rule that names the program.

How to obtain: as root copy ``/var/log/auth.log*`` or ``/var/log/secure*``, ``/var/log/mail*``, ``/var/log/dovecot*``; or
``journalctl -o short-iso-precise`` (better: ``-o json``, see ``journald_json``). Keep the files' names: the rotation date
in them is evidence of the year.

Time: ISO times carry their offset (``explicit``). Times of RFC 3164 (``Mar 11 22:55:30``) state neither year nor zone. The
year comes from another line of the same file, from the rotation date in the file's name, from journalctl's header, or
from the examiner (then the basis is ``assumed``); ``year`` in the detail says which. The zone comes from the export
(``syslog.zone``) or from the examiner. HAProxy states a date with its year itself, which counts where the line states none.
Where either is missing the text is kept and no instant is stated. Never is a file's time used.

Versions: RFC 3164 as rsyslog, syslog-ng and sysklogd write it, with and without priority; RFC 5424; rsyslog's ISO times
(default in Debian 12 and Ubuntu 24.04); BusyBox and OpenWrt with Dropbear; journalctl ``short``, ``short-precise``,
``short-iso``, ``short-full``, ``short-unix``, ``with-unit``, with English, German, French, Russian, Azerbaijani, Turkish and some
other month names. A weekday alone decides no year.

Retention: commonly four weeks or 30 days; the journal until its size limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forensics.ingest import (
    haproxy_messages,
    local_time,
    login_messages,
    mail_login_messages,
    syslog_lines,
    syslog_years,
)
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.login_meaning import Meaning, event_of
from forensics.ingest.syslog_lines import SyslogLine
from forensics.ingest.syslog_years import Dated, Years
from forensics.ingest.text_lines import lines
from forensics.model import Event, Moment, ZoneBasis

_MARKER = re.compile(r"-- (?:Logs begin|Journal begins|Reboot|Boot|No entries|Subject:|Defined-By|Support:|cursor:|$)")
_REPEATED = re.compile(r"message repeated (\d+) times: \[ ?(.*?)\]?$", re.DOTALL)
_LAST = re.compile(r"(?:\S+ )?last message repeated (\d+) times?")
_OWN_YEAR = "the message states its own date"
_KNOWN = login_messages.LOGIN_PROGRAMS | login_messages.SYSTEM_PROGRAMS | mail_login_messages.PROGRAMS


def claims(evidence: Evidence) -> bool:
    """Half of the first lines or more are log lines, and one is of a program that a Linux system's own log holds."""
    if evidence.head[:1] in (b"{", b"[", b"\x00"):
        return False
    found = [line.rstrip("\r") for line in evidence.text_head.split("\n")[:400] if line.strip()]
    found = [line for line in found if not _MARKER.match(line)]
    found = found[:-1] or found  # the head may cut the last one
    read = [line for text in found if (line := syslog_lines.read_line(text))]
    named = {line.program.rsplit("/", 1)[-1].partition("(")[0].lower() for line in read if line.program}
    programs = {name.removesuffix(".service").partition("@")[0] for name in named}
    return bool(read) and len(read) * 2 >= len(found) and not programs.isdisjoint(_KNOWN)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line; the years are derived when the first line without one is met."""
    shared = {"zone": local_time.zone_of(evidence, "syslog.zone")}
    years: Years | None = None
    before: SyslogLine | None = None
    for line in lines(evidence):
        found = None if line.overlong else syslog_lines.read_line(line.text)
        place = f"line:{line.number}"
        if found is None:
            yield _other(place, line.text)
            continue
        dated = None
        if found.day and not found.day[0]:
            years = years or syslog_years.years_of(evidence)
            dated = years.at(line.number)
        last = _LAST.fullmatch(found.message) if not found.program else None
        values: dict[str, Any] = {"as_found": line.text, "line": found, "dated": dated}
        if last and before:
            values |= {"message": before.message, "program": before.program, "repeated": last[1]}
        yield Row(evidence=evidence, place=place, fields=values, shared=shared)
        before = found


def _other(place: str, text: str) -> Flaw | Unused:
    if not text.strip():
        return Unused(rule="empty line")
    if _MARKER.match(text):
        return Unused(rule="line that journalctl adds")
    return Flaw(place=place, reason="no line of a system log", excerpt=text[:200])


def event(row: Row) -> Event | Unused:
    """Say what one line means."""
    line: SyslogLine = row.fields["line"]
    program = row.fields.get("program") or line.program
    message, repeated = row.fields.get("message") or line.message, row.fields.get("repeated", "")
    inner = _REPEATED.match(message) if message.startswith("message repeated") else None
    if inner:
        repeated, message = inner[1], inner[2]
    meaning = login_messages.meaning(program, message)
    if meaning.unused:
        return Unused(rule=meaning.unused)
    return _event(row, line, program, meaning.with_detail(repeated=repeated) if repeated else meaning)


def _event(row: Row, line: SyslogLine, program: str, meaning: Meaning) -> Event:
    when, year, note = _moment(row, line, meaning)
    detail = {
        **meaning.detail,
        "message_before": row.fields.get("message", ""),
        "host": line.host,
        "pid": line.pid,
        "priority": line.priority,
        "structured": line.structured,
        "source": line.source,
        "year": year,
        "zone_note": note,
    }
    return event_of(row, meaning, service=program, said=line.message, when=when, detail=detail)


def _moment(row: Row, line: SyslogLine, meaning: Meaning) -> tuple[Moment, str, str]:
    """State the instant: (moment, ground of the year, note). A message's own date counts where the line states no year."""
    zone = row.shared["zone"]
    if not line.day or line.day[0]:
        when, note = syslog_lines.moment(line, 0, zone)
        return when, "", note
    if meaning.accepted:
        when, note = haproxy_messages.moment(meaning.accepted, zone)
        return when, _OWN_YEAR, note
    dated: Dated = row.fields["dated"] or Dated(year=0, why="")
    when, note = syslog_lines.moment(line, dated.year, zone)
    if dated.assumed and when.utc is not None:
        when = Moment(utc=when.utc, text=when.text, zone=ZoneBasis.ASSUMED, precision=when.precision)
    return when, dated.why, note


FORMAT = Format(
    title="Linux system log (sshd, su, sudo, accounts)",
    provider="linux",
    claims=claims,
    rows=rows,
    event=event,
    needs=("syslog.zone",),
)
