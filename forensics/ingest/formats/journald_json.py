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
holds control characters, an array of such where the field stands several times. The export format is
read by ``journald_export``; the journal's own files are not.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.journal_entries import TIME, entry_event
from forensics.ingest.json_lines import first_objects, json_lines


def claims(evidence: Evidence) -> bool:
    """Recognise the journal's own fields in the first objects."""
    found = first_objects(evidence) or [dict.fromkeys(evidence.json_keys.get(1, frozenset()))]
    return all(TIME in item and ("MESSAGE" in item or "__CURSOR" in item) for item in found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per message."""
    return json_lines(evidence)


FORMAT = Format(
    title="systemd journal (JSON): sshd, su, sudo, accounts",
    provider="linux",
    claims=claims,
    rows=rows,
    event=entry_event,
)
