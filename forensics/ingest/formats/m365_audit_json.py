"""Microsoft 365 unified audit log, JSON.

What it is: what happened in mailboxes, files, the directory and Teams of an organisation (work or school account): sign-ins,
inbox rules, forwarding, mail that was opened, files that were downloaded, consents to apps, changes of passwords and
second factors. One record per action.

How to obtain: an administrator runs ``Search-UnifiedAuditLog`` or a collection script (Microsoft-Extractor-Suite:
``Get-UAL -Output JSON``, ``Get-UALGraph``), or copies the blobs of the Office 365 Management Activity API, or exports
the index of a log shipper (``o365.audit``) or the table ``OfficeActivity`` of Log Analytics.

Time: ``CreationTime`` is UTC and written without a zone (``format_rule``; it is so documented and it agrees with the
sign-in log). Records without it fall back on the date of the search result; ``detail`` says so. A date in the spelling
of a Windows culture is read only if the file shows the order of day and month. ``/Date(ms)/``, which Windows PowerShell
makes of a date, is ``assumed`` to be UTC, because PowerShell may have shifted it by the zone of its machine.

Versions: records as an array, one per line, one after the other, or a single one; search results that hold the record
as an object or as text (``AuditData``); the Graph form (``auditData``); filebeat (``o365.audit``, ``o365audit``,
``event.original``); ``OfficeActivity`` (``OfficeId``, ``OfficeWorkload``, ``Client_IPAddress``). UTF-16 is read. Repeated
records are kept as events with the same ``same_key``. ``UserLoggedIn`` with ``ResultStatusDetail=Redirect`` is an
activity, not a login. Which entry of the sign-in log belongs to a record (``InterSystemsId``, ``IntraSystemId``) is not
documented; both are kept in ``detail``.

Retention: 180 days in the standard audit, one year with the premium licence (90 days before October 2023).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forensics.ingest import culture_dates, json_documents, m365_audit
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Event


def claims(evidence: Evidence) -> bool:
    """One of the first records is an audit record, bare or wrapped."""
    return any(m365_audit.audit_of(found) is not None for found in json_documents.samples(evidence))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records; the order of day and month is looked for only when a record needs it."""
    order: str | None = None
    for row in json_documents.documents(evidence):
        if isinstance(row, Row) and order is None and any(m365_audit.dates_needed(row.fields)):
            every = (found for found in json_documents.documents(evidence) if isinstance(found, Row))
            order = culture_dates.order_of(text for found in every for text in m365_audit.dates_needed(found.fields))
        yield replace(row, shared={"order": order or ""}) if isinstance(row, Row) else row


def event(row: Row) -> Event:
    """Say what a record means."""
    audit = m365_audit.audit_of(row.fields)
    if audit is None:
        raise FieldError("not an audit record: neither 'CreationTime' and 'Operation' nor 'AuditData'")
    return m365_audit.event_of(row, audit, row.shared["order"])


FORMAT = Format(
    title="Microsoft 365 unified audit log (JSON)", provider=m365_audit.PROVIDER, claims=claims, rows=rows, event=event
)
