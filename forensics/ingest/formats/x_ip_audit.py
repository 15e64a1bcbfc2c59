"""X (Twitter) archive: the addresses of logins, ``data/ip-audit.js``.

What it is: one row per login that X remembers, with its address and, in newer archives, the port of the client. The
archive's own README says "Date and time of a login to the account" and "IP address associated with the login". Whether
every use of an application's token also makes a row is unverified; each event says so.

How to obtain: x.com → More → Settings and privacy → Your account → Download an archive of your data; X makes the ZIP
within a day or more. The file is ``data/ip-audit.js``.

Time: UTC with milliseconds and a written ``Z``. A time without a zone keeps its text and states no instant.

Versions: 2019 on (``window.YTD.ip_audit.part0 = [ … ]``); ``loginPortNumber`` in newer ones. Archives from before about
2019 hold posts only (CSV and scripts): login history was a separate PDF, which is not read here.

Retention: about the last 60 days before the archive was made (unverified). An older intrusion leaves no row here.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest import fields, stated_times, x_archive_js
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.model import Action, Event

MARKS = {"ip_audit": ("ipAudit", "loginIp")}
NOTE = "X calls each row a login; that only a sign-in makes one, and not any use of an app token, is unverified"
_SHOWN = ("accountId", "createdAt", "loginIp")


def claims(evidence: Evidence) -> bool:
    """Recognise the data set by its assignment, or by the name around its records."""
    return bool(x_archive_js.data_set(evidence, MARKS))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per login."""
    return x_archive_js.js_rows(evidence, "/*", data_set="ip_audit")


def event(row: Row) -> Event:
    """Say what one login means."""
    found = x_archive_js.record(row, "ipAudit")
    when = stated_times.read(fields.text(found, "createdAt"))
    address = x_archive_js.address(found, "loginIp", "loginPortNumber")
    if not when.text and not address.text:
        raise FieldError("neither a time nor an address")
    return row.event(
        provider=x_archive_js.PROVIDER,
        service=x_archive_js.SERVICE,
        account=x_archive_js.account_of(row, found),
        action=Action.LOGIN,
        action_text="ip-audit",
        when=when,
        address=address,
        detail={**stated_times.rest(found, *_SHOWN), "note": NOTE, "time_note": stated_times.note(when)},
    )


FORMAT = Format(
    title="X (Twitter) archive: addresses of logins (ip-audit.js)",
    provider=x_archive_js.PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    needs=(x_archive_js.ACCOUNT,),
)
