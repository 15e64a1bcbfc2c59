"""System log as JSON: what a shipper or a log platform made of it (Filebeat, rsyslog, Fluent Bit, Vector, Loki, Graylog).

What it is: one JSON object per message of a system log, with the time, the program and the message under names of the
shipper's own. Messages are read as in ``auth_log``. An object in which a search engine wrapped the message (``_source``) is
unwrapped; a message that is itself a whole line of a system log is read as one. The program's name is what the shipper
says: nothing attests it.

How to obtain: the export of the search (Kibana, Graylog, Grafana: JSON or one object per line), or the shipper's own files.
Ask for the servers' own ``/var/log`` and journal, too: platforms drop, merge and reorder.

Time: the first of ``@timestamp``, ``timestamp``, ``time``, ``date`` and their kin that holds one: ISO 8601 with its offset, or a
count since 1970. It may be when the platform took the message, not when it was written: a whole line keeps its own time as
text. A time without an offset keeps its text and gets no instant.

Versions: Filebeat (journald and filestream inputs; ``log.syslog.appname`` since 8, ``syslog.identifier`` before), rsyslog
templates with ``programname``, ``syslogtag`` or ``tag``, Fluent Bit (``ident``), Vector (``appname``), Loki's
``logcli -o jsonl`` (``line``), Graylog (``application_name``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import login_messages, mail_login_messages, syslog_lines
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_lines import first_objects, json_lines
from forensics.ingest.login_meaning import event_of
from forensics.ingest.web_requests import written_time
from forensics.model import Event

_TIMES = ("@timestamp", "timestamp", "time", "date", "timereported", "eventtime", "ts")
_MESSAGES = ("message", "msg", "line", "event.original")
_PROGRAMS = (
    "syslog.identifier", "log.syslog.appname", "process.name", "SYSLOG_IDENTIFIER", "programname", "program", "application_name",
    "appname", "app-name", "app_name", "ident", "syslogtag", "syslog-tag", "tag",
)  # fmt: skip
_OTHERS = frozenset({"__REALTIME_TIMESTAMP", "remoteAddr", "remote_addr", "ClientIP", "RequestMethod"})
_TAG = re.compile(r"(?P<name>[^\s:\[]+)(?:\[\d+\])?:?")
_KNOWN = login_messages.LOGIN_PROGRAMS | login_messages.SYSTEM_PROGRAMS | mail_login_messages.PROGRAMS


def claims(evidence: Evidence) -> bool:
    """Recognise time and message in most of the first objects, and a program of a system log in one."""
    found = [_unwrapped(item) for item in first_objects(evidence, 40)]
    fitting = [item for item in found if _of(item, _TIMES) and _of(item, _MESSAGES) and _OTHERS.isdisjoint(item)]
    programs = {_said(item)[0].rpartition("/")[2].casefold() for item in fitting}
    return bool(fitting) and len(fitting) * 2 > len(found) and not programs.isdisjoint(_KNOWN)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per message."""
    return json_lines(evidence)


def event(row: Row) -> Event | Unused:
    """Say what one message means."""
    found = _unwrapped(row.fields)
    program, message, stamp = _said(found)
    if not message:
        raise FieldError("the object holds no message")
    meaning = login_messages.meaning(program, message.strip())
    if meaning.unused:
        return Unused(rule=meaning.unused)
    written = _of(found, _TIMES)
    if not written:
        raise FieldError("the object holds no time")
    detail = {**row.fields, **meaning.detail, "time_in_line": stamp}
    return event_of(row, meaning, service=program, said=message, when=written_time(written), detail=detail)


def _unwrapped(found: Mapping[str, Any]) -> Mapping[str, Any]:
    source = found.get("_source")
    return source if isinstance(source, dict) else found


def _said(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return program, message, and the time that a whole line states itself."""
    message, tag = _of(found, _MESSAGES), _of(found, _PROGRAMS)
    match = _TAG.fullmatch(tag.strip())
    if match:
        return match["name"], message, ""
    line = syslog_lines.read_line(message)
    return (line.program, line.message, line.stamp) if line is not None else ("", message, "")


def _of(found: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of these values that is a text or a number; a dotted name is a key, or a way into objects."""
    for name in names:
        value: Any = found.get(name)
        if value is None and "." in name:
            value = found
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


FORMAT = Format(title="System log as JSON (shippers)", provider="linux", claims=claims, rows=rows, event=event)
