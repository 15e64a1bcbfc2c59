"""The systemd journal of a Linux server as ``journalctl -o verbose`` prints it: sign-ins by SSH, su, sudo, changes of accounts.

What it is: per message a line with the time and the cursor in brackets, below it all fields, indented by four. The fields and
their meaning are those of ``journald_json``; a message of several lines is indented deeper, so it cannot imitate a field.

How to obtain: as root ``journalctl -o verbose --all``; better ``-o json --all`` or ``-o export``, which need no such reading.

Time: ``t=`` of the cursor, microseconds since 1970 UTC in hexadecimal, when the journal took the message. The written time is in
the zone of whoever printed it and is kept in the detail.

Versions: systemd 190 to 257. An entry without ``t=`` is a rejection. The place of an entry is its first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.journal_entries import TIME, entry_event
from forensics.ingest.text_lines import lines

_HEAD = re.compile(
    r"(?P<written>[^\W\d]{2,5}\.? \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* \S{1,8}) \[(?P<cursor>s=[0-9a-f]+;[^\]]*)\]"
)
_REALTIME = re.compile(r"(?:^|;)t=([0-9a-f]{1,15})(?:;|$)")
_FIELD = re.compile(r" {4}([A-Z_][A-Z0-9_]{0,63})=(.*)", re.DOTALL)
_MARKER = re.compile(r"-- .* --")
ENTRY_LIMIT = 4_194_304
"""Characters of one entry that are kept."""


def claims(evidence: Evidence) -> bool:
    """Recognise a line of time and cursor with a field below it at the start."""
    found = [
        line.rstrip("\r") for line in evidence.text_head.split("\n")[:20] if line.strip() and not line.startswith("-- ")
    ]
    return len(found) > 1 and bool(_HEAD.fullmatch(found[0])) and bool(_FIELD.fullmatch(found[1]))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per entry."""
    entry: _Entry | None = None
    for line in lines(evidence):
        head = None if line.overlong else _HEAD.fullmatch(line.text)
        if head or _MARKER.fullmatch(line.text) or not line.text.strip():
            if entry is not None:
                yield entry.row(evidence)
            entry = _Entry(line.number, head) if head else None
            if head is None:
                yield Unused(rule="empty line" if not line.text.strip() else "line that journalctl adds")
        elif entry is not None and line.text.startswith("    "):
            entry.add(line.text)
        else:
            yield Flaw(place=f"line:{line.number}", reason="no entry of the journal", excerpt=line.text[:200])
    if entry is not None:
        yield entry.row(evidence)


class _Entry:
    """One entry while its lines are read."""

    def __init__(self, number: int, head: re.Match[str]) -> None:
        self.place = f"line:{number}"
        self.head = head
        self.fields: dict[str, str] = {}
        self.last = ""
        self.size = 0

    def add(self, text: str) -> None:
        """Take a field, or a further line of the one before."""
        self.size += len(text)
        if self.size > ENTRY_LIMIT:
            return
        match = _FIELD.fullmatch(text)
        if match:
            self.last = match[1]
            self.fields.setdefault(match[1], match[2])
        elif self.last:
            self.fields[self.last] += "\n" + text.lstrip(" ")

    def row(self, evidence: Evidence) -> Row | Flaw:
        """Return the entry as a row of the journal."""
        realtime = _REALTIME.search(self.head["cursor"])
        if realtime is None or self.size > ENTRY_LIMIT:
            why = "an entry without t= in its cursor" if realtime is None else f"an entry of {self.size:,} characters"
            return Flaw(place=self.place, reason=why, excerpt=self.head[0][:200])
        values = {
            **self.fields,
            TIME: str(int(realtime[1], 16)),
            "__CURSOR": self.head["cursor"],
            "written": self.head["written"],
        }
        return Row(evidence=evidence, place=self.place, fields=values)


FORMAT = Format(
    title="systemd journal (verbose): sshd, su, sudo, accounts",
    provider="linux",
    claims=claims,
    rows=rows,
    event=entry_event,
)
