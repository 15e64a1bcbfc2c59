"""An entry of the systemd journal as an event, whatever form the journal was exported in.

What the fields mean is said in ``systemd.journal-fields(7)``. Anyone on the machine may write a message under another
program's name; only sshd's own process has ``_COMM`` = ``sshd``. Dovecot's processes write through one that is named ``log``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from forensics.ingest import dovecot_messages, login_messages, mail_login_messages
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Row, Unused
from forensics.ingest.login_meaning import event_of
from forensics.model import UNDATED, Action, Event, Outcome

TIME = "__REALTIME_TIMESTAMP"
"""Microseconds since 1970 UTC: when the journal took the message."""


def entry_event(row: Row) -> Event | Unused:
    """Say what one message means."""
    if TIME not in row.fields:
        raise FieldError(f"{TIME!r} is missing")
    said, program = _text(row.fields.get("MESSAGE")), _text(row.fields.get("SYSLOG_IDENTIFIER")) or row.text("_COMM")
    meaning = login_messages.meaning(program, said.strip())
    if meaning.unused:
        return Unused(rule=meaning.unused)
    when = row.epoch(TIME, unit=1_000_000)
    if when == UNDATED:
        raise FieldError(f"{TIME!r} is empty")
    attested = row.text("_COMM")
    said_by = program.rpartition("/")[2].casefold()
    foreign = bool(attested) and not _alike(attested.casefold(), said_by)
    if foreign and said_by in login_messages.LOGIN_PROGRAMS | mail_login_messages.ATTESTED:
        meaning = replace(meaning, action=Action.ACTIVITY, outcome=Outcome.UNKNOWN)
    detail = {
        **{key: value for key, value in row.fields.items() if key not in (TIME, "MESSAGE")},
        **meaning.detail,
        "note": f"written by a process named {attested}" if foreign else "",
    }
    return event_of(row, meaning, service=program, said=said, when=when, detail=detail)


def _alike(attested: str, program: str) -> bool:
    """Whether a process name (cut to 15 characters by the kernel) and a program name agree."""
    return (
        program.startswith(attested)
        or attested.startswith(program)
        or (attested.startswith("sshd") and program.startswith("sshd"))
        or (attested, program) == ("systemd-logind", "login")
        or (program == "dovecot" and attested in dovecot_messages.PROCESSES | {"log", "lmtp"})
    )


def _text(value: Any) -> str:
    """Return a field as text: text, an array of bytes, or an array of several values (the first counts)."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        if all(isinstance(item, int) and 0 <= item <= 255 for item in value):  # noqa: PLR2004 - bytes
            return bytes(value).decode("utf-8", "backslashreplace")
        return _text(value[0]) if isinstance(value[0], str | list) else ""
    return ""
