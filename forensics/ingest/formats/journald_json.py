"""The systemd journal of a Linux server, exported as JSON: sign-ins by SSH, su, sudo and console, changes of accounts.

What it is: one JSON object per message with fields that the journal itself attests (those with an underscore:
``_COMM``, ``_EXE``, ``_UID``, ``_HOSTNAME``, ``_BOOT_ID``, ``_MACHINE_ID``) and such as the program gave (``MESSAGE``,
``SYSLOG_IDENTIFIER``). Messages are read as in ``auth_log``. Anyone on the machine may write a message under another
program's name; only sshd's own process has ``_COMM`` = ``sshd``. Where the two differ, both are in the detail, and what is said
in the name of a login program is an activity of unknown outcome, not a sign-in.

How to obtain: as root ``journalctl -o json --all > journal.json`` (``--all`` keeps long fields, otherwise null), all boots; the
journal's own files (``/var/log/journal``) should be copied as well.

Time: ``__REALTIME_TIMESTAMP``, microseconds since 1970 UTC, when the journal took the message. What the program itself
says (``_SOURCE_REALTIME_TIMESTAMP``) is kept in the detail.

Versions: ``-o json``, ``json-pretty``, ``json-sse``, ``json-seq``. ``MESSAGE`` is an array of bytes where it is not UTF-8 or
holds control characters, an array of such where the field stands several times. The binary export format is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from forensics.ingest import login_messages
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_lines import first_objects, json_lines
from forensics.model import UNDATED, Action, Event, Outcome

_TIME = "__REALTIME_TIMESTAMP"


def claims(evidence: Evidence) -> bool:
    """Recognise the journal's own fields in the first objects."""
    found = first_objects(evidence) or [dict.fromkeys(evidence.json_keys.get(1, frozenset()))]
    return all(_TIME in item and ("MESSAGE" in item or "__CURSOR" in item) for item in found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per message."""
    return json_lines(evidence)


def event(row: Row) -> Event | Unused:
    """Say what one message means."""
    if _TIME not in row.fields:
        raise FieldError(f"{_TIME!r} is missing")
    said, program = _text(row.fields.get("MESSAGE")), _text(row.fields.get("SYSLOG_IDENTIFIER")) or row.text("_COMM")
    meaning = login_messages.meaning(program, said.strip())
    if meaning.unused:
        return Unused(rule=meaning.unused)
    when = row.epoch(_TIME, unit=1_000_000)
    if when == UNDATED:
        raise FieldError(f"{_TIME!r} is empty")
    attested = row.text("_COMM")
    foreign = bool(attested) and not _alike(attested.casefold(), program.casefold())
    if foreign and program in login_messages.LOGIN_PROGRAMS:
        meaning = replace(meaning, action=Action.ACTIVITY, outcome=Outcome.UNKNOWN)
    return row.event(
        provider="linux",
        service=program[:60],
        action=meaning.action,
        action_text=said,
        outcome=meaning.outcome,
        when=when,
        account=meaning.account,
        address=meaning.address,
        device=meaning.device,
        detail={
            **{key: value for key, value in row.fields.items() if key not in (_TIME, "MESSAGE")},
            **meaning.detail,
            "note": f"written by a process named {attested}" if foreign else "",
        },
    )


def _alike(attested: str, program: str) -> bool:
    """Whether a process name (cut to 15 characters by the kernel) and a program name agree."""
    return (
        program.startswith(attested)
        or attested.startswith(program)
        or (attested.startswith("sshd") and program.startswith("sshd"))
        or (attested, program) == ("systemd-logind", "login")
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


FORMAT = Format(
    title="systemd journal (JSON): sshd, su, sudo, accounts", provider="linux", claims=claims, rows=rows, event=event
)
