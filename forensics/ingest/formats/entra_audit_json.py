"""Entra ID (Azure AD) audit log, JSON.

What it is: changes in the directory of an organisation: passwords and second factors that were set or reset, roles, consents
to apps, devices, conditional access. Who did it, to whom, with old and new values.

How to obtain: entra.microsoft.com → Monitoring & health → Audit logs → Download → JSON; or Microsoft Graph
``auditLogs/directoryAudits``; or Microsoft-Extractor-Suite (``Get-GraphEntraAuditLogs``); or the archive of "diagnostic
settings" (category ``AuditLogs``); or the table ``AuditLogs`` of Log Analytics.

Time: ``activityDateTime`` with a zone; where none is written UTC by the documentation of Graph (``format_rule``). The
``time`` of a diagnostic envelope is used only when the record has none (month first where it is written with slashes).

Versions: Graph (array, ``{"value": […]}``, one per line, single), diagnostic settings, PowerShell names, Log Analytics
(objects as text). The unified audit log tells many of the same changes once more under its own id; ``correlation_id`` is
kept for both. A row with an address belongs to the account that acted (``target`` says on whom); one without, that changed
a password or second factor, to the account that was changed (``actor`` says by whom).

Retention: 7 days without, 30 days with an Entra ID P1 or P2 licence.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest import entra_logs, entra_records, json_documents
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Event


def claims(evidence: Evidence) -> bool:
    """The first record that is an entry of an Entra log is one of the audit log."""
    return entra_logs.first_kind(evidence) == entra_logs.AUDIT


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records."""
    return json_documents.documents(evidence, *entra_logs.LISTS)


def event(row: Row) -> Event:
    """Say what a change means; a sign-in in the same archive is told as what it is."""
    return entra_logs.event_of(row)


FORMAT = Format(
    title="Entra ID audit log (JSON)", provider=entra_records.PROVIDER, claims=claims, rows=rows, event=event
)
