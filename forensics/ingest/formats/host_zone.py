"""The time zone of a Linux machine: ``/etc/timezone``, or what ``timedatectl`` prints.

What it is: a file that holds nothing but the name of a time zone, such as ``Asia/Baku``, or the output of ``timedatectl`` with
its line ``Time zone:``. It holds no event; it tells the machine's logs (``syslog.zone``, ``wordpress.zone``), whose lines
have no zone, which zone their clock showed.

How to obtain: copy ``/etc/timezone`` with the logs, in its place of the folder tree (``etc/timezone`` beside ``var/log/``); where
there is none (Red Hat, SUSE) save the output of ``timedatectl`` as a file beside the logs.

Time: none. The zone is what the machine was set to when the file was copied; it holds for older lines unless it was
changed since, which the file cannot tell.

Versions: Debian, Ubuntu and relatives (``/etc/timezone``; gone in Debian 13); ``timedatectl`` of systemd in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Stated, Unused
from forensics.model import Event

_NAME = re.compile(r"(?:[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z0-9_+-]*){1,2}|UTC)\s*")
_PRINTED = re.compile(r"^\s*Time zone: ([A-Za-z0-9_/+-]+) \(", re.MULTILINE)
_LOCAL = re.compile(r"^\s*Local time: ", re.MULTILINE)
_SHORT = 2_000
_TOLD = ("syslog.zone", "wordpress.zone")


def _zone(evidence: Evidence) -> str:
    head = evidence.text_head
    if len(head) > _SHORT:
        return ""
    printed = _PRINTED.search(head) if _LOCAL.search(head) else None
    name = printed[1] if printed else head.strip() if _NAME.fullmatch(head) else ""
    return name if name and local_time.named(name) is not None else ""


def claims(evidence: Evidence) -> bool:
    """Recognise a file that is nothing but a zone's name, or timedatectl's output."""
    return bool(_zone(evidence))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """The one fact is stated, not an event."""
    yield Unused(rule=f"the machine's time zone, {_zone(evidence)}: told to its logs")


def event(row: Row) -> Event | Unused:
    """There are no rows."""
    return Unused(rule=f"no event: {row.place}")


def states(evidence: Evidence) -> Iterator[Stated]:
    """``etc/timezone`` holds for the whole tree above ``etc``; a file elsewhere for its own folder."""
    levels = 1 if evidence.folders[-1:] == ("etc",) else 0
    for name in _TOLD:
        yield Stated(name=name, value=_zone(evidence), levels=levels)


FORMAT = Format(
    title="Time zone of a Linux machine", provider="linux", claims=claims, rows=rows, event=event, states=states
)
