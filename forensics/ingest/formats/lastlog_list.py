"""The last sign-in of each Linux account, as ``lastlog`` and ``lastlog2`` list it.

What it is: what administrators paste or collectors (UAC, sosreport) save: one line per account with the terminal, the host and
the time of its last sign-in; earlier ones are not there. Accounts that never signed in are listed, too, and are not used.
Terminals are cut to 8 characters, hosts by an old ``lastlog`` to 16: an IPv6 address of exactly 16 is not taken for whole.

How to obtain: better the file ``/var/lib/lastlog/lastlog2.db``; else as root ``lastlog2 -s`` or ``lastlog``.

Time: local time of the machine with its offset from UTC beside it.

Versions: shadow ``lastlog`` and util-linux ``lastlog2`` (with ``-s`` also the service), English day names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, login_lists
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.local_time import MONTHS
from forensics.ingest.text_lines import lines
from forensics.model import Event, Moment, ZoneBasis

_NEVER = r"\*\*Never logged in\*\*"
_TIME = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}"
_LINE = re.compile(
    rf"(?P<user>\S+) +(?:(?P<port>\S+) +)?(?:(?P<host>\S+) +)?(?:(?P<never>{_NEVER})|(?P<time>{_TIME}))(?: +(?P<service>\S+))? *"
)
_LONGEST = 512
"""Characters of an entry; a name of a host has 255 at most."""
_HEADER = re.compile(r"Username +Port +From +Latest(?: +Service)? *")
_PARTS = re.compile(r"\w{3} (?P<month>\w{3}) (?P<day>[ \d]\d) (?P<clock>\S+) (?P<zone>\S+) (?P<year>\d{4})")
_USER_WIDE = 16
"""Characters of a name that stand in its column; the terminal begins behind it."""
_ONLY_LAST = "the last sign-in of the account: no other is listed"


def claims(evidence: Evidence) -> bool:
    """Recognise the columns in half of the first lines or more, with the heading or a time among them."""
    found = [line.rstrip("\r") for line in evidence.text_head.split("\n")[:200] if line.strip()]
    entries = [entry for line in found if (entry := _entry(line))]
    dated = any(entry["time"] for entry in entries) or any(map(_is_header, found[:3]))
    return dated and len(entries) * 2 >= len(found)


def _entry(line: str) -> re.Match[str] | None:
    return _LINE.fullmatch(line) if len(line) <= _LONGEST else None


def _is_header(line: str) -> bool:
    return len(line) <= _LONGEST and _HEADER.fullmatch(line) is not None


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per account that signed in."""
    for line in lines(evidence):
        match = _entry(line.text)
        if match and match["never"]:
            yield Unused(rule="account that never signed in")
        elif match:
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=_columns(match))
        elif not line.text.strip():
            yield Unused(rule="empty line")
        elif _is_header(line.text):
            yield Unused(rule="line of column names")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of last sign-ins", excerpt=line.text[:200])


def _columns(match: re.Match[str]) -> dict[str, str]:
    """Return the columns, and how wide that of the host is; one without a terminal stands behind the terminal's place."""
    found = match.groupdict("")
    if found["port"] and not found["host"] and match.start("port") > max(match.end("user"), _USER_WIDE) + 1:
        found["port"], found["host"] = "", found["port"]
    begins = match.start("host" if match["host"] else "port")
    return {**found, "time_at": str(match.start("time") - begins)}


def event(row: Row) -> Event:
    """One sign-in: the last of its account."""
    terminal, service = row.text("port"), row.text("service")
    action, outcome = login_lists.meaning("", terminal, service, refused=False)
    return row.event(
        provider="linux",
        service="login records",
        action=action,
        action_text="lastlog",
        outcome=outcome,
        when=_moment(row.need("time")),
        account=row.need("user"),
        address=login_lists.host_of(row.text("host"), "", cut=row.text("time_at") == str(login_lists.CUT_HOST + 1)),
        detail={"terminal": terminal, "host": row.text("host"), "service": service, "note": _ONLY_LAST},
    )


def _moment(written: str) -> Moment:
    match = _PARTS.fullmatch(written)
    if match is None or match["month"] not in MONTHS:
        raise FieldError(f"no time: {written[:60]!r}")
    month, day = MONTHS.index(match["month"]) + 1, int(match["day"])
    read = fields.instant(f"{match['year']}-{month:02d}-{day:02d}T{match['clock']}{match['zone']}")
    return Moment(utc=read.utc, text=written, zone=ZoneBasis.EXPLICIT)


FORMAT = Format(
    title="Last sign-ins of Linux accounts as a list (lastlog, lastlog2)",
    provider="linux",
    claims=claims,
    rows=rows,
    event=event,
)
