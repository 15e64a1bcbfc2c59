"""Linux login records in databases (``wtmpdb``, ``lastlog2``): who signed in, from where, until when; starts of the machine.

What it is: SQLite files that take the place of ``wtmp`` and ``lastlog`` where 64-bit times are wanted. A row of ``wtmp`` is one
sign-in with its sign-off, or one start of the machine with its shutdown; ``Lastlog2`` keeps the last sign-in of each account
and no other. Without a sign-off nothing is concluded: the session was open when the file was copied, or the machine stopped
without recording its end (what ``last`` calls a crash). PAM writes a row for each session of the services it is set up for:
``detail.service`` names the service; what sudo opens is no sign-in, and what cron opens by itself is unused. ``RemoteHost`` is
text as the service gave it: an address, a name, or a display. Refused sign-ins are in neither file.

How to obtain: as root copy ``/var/lib/wtmpdb/`` or ``/var/log/wtmp*.db``, and ``/var/lib/lastlog/lastlog2.db``, each with the
files beside it that end in ``-wal`` or ``-journal``.

Time: ``wtmp`` microseconds, ``Lastlog2`` seconds since 1970 UTC.

Versions: wtmpdb 0.1 (``PID``, no ``ID``) to 0.75 (Debian 13, openSUSE), also as OpenSSH and Teleport write it; Chrome Remote
Desktop writes its own name as user and host. lastlog2 of util-linux 2.40 and later, and the one before it (table ``Lastlog``,
no service). ``lastlog2 --set`` writes a time at which nobody signed in. Root can change the rows without a trace; rows that were
deleted are not recovered, pages that may hold them are counted.

Retention: ``wtmpdb rotate`` moves rows to ``wtmp_YYYYMMDD.db`` after 60 days; lastlog2 overwrites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import EPOCH_START, FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.login_messages import AUTOMATIC_SESSIONS
from forensics.ingest.login_record_events import CLOCKED, NO_TERMINAL, host_seen
from forensics.ingest.sqlite_pages import MAGIC
from forensics.ingest.sqlite_rows import sqlite_rows, tables_of
from forensics.ingest.sqlite_schema import Table
from forensics.model import NO_ADDRESS, UNDATED, Action, Event, Moment, Outcome, ZoneBasis

_SESSIONS = frozenset({"type", "user", "login", "logout", "tty", "remotehost"})
_LAST = frozenset({"name", "time", "tty", "remotehost"})
_NAMES = {"wtmp": _SESSIONS, "lastlog2": _LAST, "lastlog": _LAST}
_TOLD = frozenset(
    {"type", "user", "login", "logout", "tty", "remotehost", "service", "id", "rowid", "pid", "name", "time"}
)
_BOOT, _RUN_LEVEL, _USER = "1", "2", "3"
"""Kinds of ``wtmpdb.h``: not the numbers of ``utmp.h``, where 1 is a run level, 2 a start and 7 a user."""
_KINDS = {_BOOT: "BOOT_TIME", _RUN_LEVEL: "RUNLEVEL", _USER: "USER_PROCESS"}
_LATEST = 4_102_444_800  # 2100; a machine without a clock of its own starts in 1970
_MILLION = 1_000_000

_REFUSED = f"a failed login, because the terminal is {NO_TERMINAL}"
_OPEN = "no sign-off is recorded: the session was open, or the machine stopped without recording one"
_RUNNING = "no shutdown is recorded: the machine was running, or stopped without recording one"
_TURNED = "the end is before the beginning: the machine's clock was set"
_UNSET = "the machine's clock was not set yet"
_ONLY_LAST = "the last sign-in of the account: no other is kept"


def claims(evidence: Evidence) -> bool:
    """Recognise a table by its name and columns."""
    return evidence.head.startswith(MAGIC) and any(map(_wanted, tables_of(evidence)))


def _wanted(table: Table) -> bool:
    columns = _NAMES.get(table.name.lower())
    return columns is not None and columns.issubset(table.keys)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per record of the tables."""
    return sqlite_rows(evidence, _wanted)


def event(row: Row) -> Event | Unused:
    """One sign-in, or one start of the machine."""
    return _session(row) if _NAMES[row.section.lower()] is _SESSIONS else _last(row)


def _session(row: Row) -> Event | Unused:
    kind, service = row.text("type"), row.text("service")
    if kind not in _KINDS:
        raise FieldError(f"no login record: type {kind[:20]}")
    if service in AUTOMATIC_SESSIONS:
        return Unused(rule=f"sessions that {service[:40]} opens by itself")
    stay = kind == _USER
    when, end = _moment(row, "login", _MILLION), _moment(row, "logout", _MILLION)
    turned = when.utc is not None and end.utc is not None and end.utc < when.utc
    refused = row.text("tty") == NO_TERMINAL
    missing = _REFUSED if refused else "" if end.text else _OPEN if stay else _RUNNING if kind == _BOOT else ""
    action, outcome = _meaning(row) if stay else (Action.OTHER, Outcome.UNKNOWN)
    return row.event(
        provider="linux",
        service="login records",
        action=action,
        action_text=_KINDS[kind],
        outcome=outcome,
        when=when,
        end=UNDATED if turned else end,
        account=row.text("user") if stay else "",
        address=host_seen(row.text("remotehost")) if stay else NO_ADDRESS,
        detail={
            **_detail(row.fields),
            "user": row.text("user"),
            "logout": end.text,
            "note": "; ".join(filter(None, (missing, _TURNED if turned else "", _early(when)))),
        },
    )


def _last(row: Row) -> Event | Unused:
    when = _moment(row, "time", 1)
    if not when.text and not row.text("remotehost", "tty"):
        return Unused(rule="account that never signed in")
    action, outcome = _meaning(row)
    return row.event(
        provider="linux",
        service="login records",
        action=action,
        action_text=row.section,
        outcome=outcome,
        when=when,
        account=row.need("name"),
        address=host_seen(row.text("remotehost")),
        detail={**_detail(row.fields), "note": "; ".join(filter(None, (_ONLY_LAST, _early(when))))},
    )


def _meaning(row: Row) -> tuple[Action, Outcome]:
    """A record of the terminal ``ssh:notty`` is a refused sign-in in ``wtmp``, and stays one where that was brought in."""
    if row.text("tty") == NO_TERMINAL:
        return Action.LOGIN_FAILED, Outcome.FAILURE
    return Action.ACTIVITY if row.text("service").startswith("sudo") else Action.LOGIN, Outcome.SUCCESS


def _detail(found: Mapping[str, Any]) -> dict[str, Any]:
    other = {name: value for name, value in found.items() if name not in _TOLD}
    told = {"terminal": "tty", "host": "remotehost", "service": "service", "pid": "pid", "row": "rowid"}
    return {**other, **{name: found.get(column) for name, column in told.items()}}


def _moment(row: Row, column: str, unit: int) -> Moment:
    """Read a count since 1970; one that is no time of our days keeps its text, and 0 is none."""
    count = row.fields.get(column)
    if not count:
        return UNDATED
    if not isinstance(count, int):
        raise FieldError(f"{column!r} is no count of seconds since 1970: {count!r:.60}")
    if not 0 < count < _LATEST * unit:
        return Moment(utc=None, text=str(count))
    utc = EPOCH_START + timedelta(microseconds=count * (_MILLION // unit))
    return Moment(utc=utc, text=str(count), zone=ZoneBasis.EPOCH)


def _early(when: Moment) -> str:
    return _UNSET if when.utc is not None and when.utc < EPOCH_START + timedelta(seconds=CLOCKED) else ""


FORMAT = Format(
    title="Linux login records in databases (wtmpdb, lastlog2)", provider="linux", claims=claims, rows=rows, event=event
)
