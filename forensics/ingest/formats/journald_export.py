"""The systemd journal of a Linux server in its export format: sign-ins by SSH, su, sudo and console, changes of accounts.

What it is: the entries of the journal as ``NAME=VALUE`` lines with a blank line between entries, made for backups and for
sending journals to other machines. The fields and their meaning are those of ``journald_json``.

How to obtain: as root ``journalctl -o export > journal.export``, all boots; collectors that fetch journals over HTTP
(``systemd-journal-upload``, ``/entries``) keep the same form. The journal's own files (``/var/log/journal``) should be copied
as well.

Time: ``__REALTIME_TIMESTAMP``, microseconds since 1970 UTC, when the journal took the message. What the program itself
says (``_SOURCE_REALTIME_TIMESTAMP``) is kept in the detail.

Versions: one since 2012. Values with control characters stand with their length in bytes; one above a mebibyte makes the
entry a rejection. The place of an entry is its range of bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.journal_entries import entry_event
from forensics.ingest.journal_export import entries

_FIRST = re.compile(rb"\s*(?:__CURSOR=|__REALTIME_TIMESTAMP=\d)")
_TIMED = re.compile(rb"(?m)^__REALTIME_TIMESTAMP=\d{1,20}$")


def claims(evidence: Evidence) -> bool:
    """Recognise the journal's own fields at the start of the first entry."""
    return _FIRST.match(evidence.head) is not None and _TIMED.search(evidence.head) is not None


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per entry."""
    with evidence.open() as stream:
        for entry in entries(stream):
            place = f"bytes:{entry.start}-{entry.end}"
            if entry.flaw:
                yield Flaw(place=place, reason=entry.flaw)
            else:
                yield Row(evidence=evidence, place=place, fields=entry.fields)


FORMAT = Format(
    title="systemd journal (export format): sshd, su, sudo, accounts",
    provider="linux",
    claims=claims,
    rows=rows,
    event=entry_event,
)
