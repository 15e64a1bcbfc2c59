"""Login records of Linux as ``wtmpdb last --json`` prints them: who was on which terminal, from where, from when to when.

What it is: the entries of ``wtmp.db``, newest first, one object each. ``logout`` is a time, or ``still logged in``, ``still
running`` or ``crash`` where no end is recorded: then none is stated. Names are printed without escapes, so a hostile name may
break its entry; the others are read.

How to obtain: better the file ``/var/lib/wtmpdb/wtmp.db``; else ``wtmpdb last --json -x -S --time-format iso``.

Time: local time of the machine; with ``--time-format iso`` its offset counts, with ``-F`` the zone is that of the export
(``syslog.zone``) or the examiner's; else no year is written, the text is kept and no instant is stated.

Versions: wtmpdb 0.70 to 0.75.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest import local_time, login_lists
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.model import UNDATED, Event, Outcome

_KEYS = frozenset({"user", "tty", "login", "logout"})
_ENTRY = 3
"""Depth of an entry: the document, its list, the entry."""


def claims(evidence: Evidence) -> bool:
    """Recognise the names of an entry."""
    keys = evidence.json_keys
    return "entries" in keys.get(1, ()) and keys.get(_ENTRY, frozenset()) >= _KEYS


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per entry."""
    return json_rows(evidence, "/entries/*", shared={"zone": local_time.zone_of(evidence, "syslog.zone")})


def event(row: Row) -> Event:
    """One sign-in, or one start or stop of the machine."""
    user, terminal, zone = row.need("user"), row.text("tty"), row.shared["zone"]
    machine = login_lists.is_machine(user)
    action, outcome = login_lists.meaning(user, terminal, row.text("service").strip(), refused=False)
    when, note = login_lists.moment(row.need("login").strip(), zone)
    end = row.text("logout").strip()
    still = end if end.startswith("still") else ""
    return row.event(
        provider="linux",
        service="login records",
        action=action,
        action_text=" ".join(part for part in (user if machine else "", terminal, still) if part),
        outcome=outcome,
        when=when,
        end=UNDATED if still or outcome is Outcome.FAILURE else login_lists.end_of(end, zone),
        account="" if machine else user,
        address=login_lists.host_of(row.text("hostname"), user, cut=False),
        detail={
            "terminal": terminal,
            "host": row.text("hostname"),
            "service": row.text("service").strip(),
            "end": "" if still else end,
            "length": row.text("length").strip(),
            "zone_note": note,
        },
    )


FORMAT = Format(
    title="Linux login records as JSON (wtmpdb)",
    provider="linux",
    claims=claims,
    rows=rows,
    event=event,
    needs=("syslog.zone",),
)
