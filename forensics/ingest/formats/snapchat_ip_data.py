"""Snapchat, answer to a legal request: addresses of an account (``ip_data.csv``).

What it is: one or more tables of addresses that used the account, each behind a legend in a quoted cell and a row of
``=====``. Older answers give one table per source, newer ones a single table of twenty and more columns.

How to obtain: only through police or a court; the owner of the account cannot download it. It lies in the ZIP of the
answer as ``ip_data.csv``.

Time: UTC, written (``2026-04-11 04:02:00 UTC``, older ``Wed Aug 19 12:00:00 UTC 2021``). A row with a first and a last
time is an interval (``time`` to ``time_end``), one with a timestamp is an event. A time without a zone keeps its text and
states no instant. What the account did at that address is not stated: the action is ``activity``.

Versions: columns are found by name, with spaces or underscores (``first seen time``, ``first_seen_time``); a table without
a column ``ip`` is refused row by row. Known from a public reader, not from a specimen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields, stated_times
from forensics.ingest.csv_rows import csv_rows
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.model import Action, Event, Kind

TIMES = frozenset({"timestamp", "first seen time", "last seen time"})
_RULER, _AROUND = "=====", ' \t\r",'
_ONE_CELL = "1 cells under"


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").lower().split())


def _is_header(cells: tuple[str, ...]) -> bool:
    names = {_plain(cell) for cell in cells}
    return "ip" in names and not TIMES.isdisjoint(names)


def claims(evidence: Evidence) -> bool:
    """Recognise the ruler between the tables and a header with an address and a time."""
    lines = evidence.text_head.split("\n") if _RULER in evidence.text_head else []
    ruler = next((at for at, line in enumerate(lines) if _is_ruler(line)), len(lines))
    return any(_is_header(tuple(line.replace('"', "").split(","))) for line in lines[ruler + 1 : ruler + 6])


def _is_ruler(line: str) -> bool:
    return line.lstrip(_AROUND).startswith(_RULER) and not line.strip(f"={_AROUND}")


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per address; legends and rulers are left out by rule."""
    for row in csv_rows(evidence, _is_header):
        if isinstance(row, Flaw) and row.reason.startswith(_ONE_CELL) and not _holds_address(row.excerpt):
            yield Unused(rule="legend or ruler between the tables")
        else:
            yield row


def _holds_address(line: str) -> bool:
    return any(fields.parse_ip(part.strip('"')) for part in re.split(r"[\s,;]+", line))


def event(row: Row) -> Event | Unused:
    """Say what one address means."""
    found: Mapping[str, Any] = {_plain(key): value for key, value in row.fields.items()}
    if all(set(str(value)) <= {"=", " "} for value in found.values()):
        return Unused(rule="legend or ruler between the tables")
    address = fields.address(fields.text(found, "ip"))
    if address.address is None:
        raise FieldError(f"'ip' is no address: {address.text[:60]!r}")
    first = stated_times.read(fields.text(found, "first seen time"))
    last = stated_times.read(fields.text(found, "last seen time"))
    seen = stated_times.read(fields.text(found, "timestamp"))
    interval = bool(first.text or last.text)
    when = first if interval else seen
    shown = {"ip", "first seen time", *(() if interval else ("timestamp",))}
    return row.event(
        provider="snapchat",
        service="snapchat",
        account=fields.text(found, "username", "user name", "user id"),
        kind=Kind.SESSION if interval else Kind.EVENT,
        action=Action.ACTIVITY,
        action_text=fields.text(found, "source", "event", "type"),
        when=when,
        end=last,
        address=address,
        detail={
            **{key: value for key, value in row.fields.items() if _plain(key) not in shown},
            "time_note": stated_times.note(when, last),
        },
    )


FORMAT = Format(
    title="Snapchat legal answer: addresses of an account (ip_data.csv)",
    provider="snapchat",
    claims=claims,
    rows=rows,
    event=event,
)
