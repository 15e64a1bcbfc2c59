"""Entra ID (Azure AD) sign-in log, JSON.

What it is: every sign-in to a work or school account: by hand, by a client on its own, by apps and managed identities;
with result code, address, place as Microsoft estimates it, device, conditional access and risk.

How to obtain: entra.microsoft.com → Monitoring & health → Sign-in logs → Download → JSON (once for each of the four
tabs); or Microsoft Graph ``auditLogs/signIns``; or Microsoft-Extractor-Suite (``Get-GraphEntraSignInLogs``); or the
archive that "diagnostic settings" write to a storage account; or the table ``SigninLogs`` of Log Analytics.

Time: ``createdDateTime`` with a zone; where none is written UTC by the documentation of Graph (``format_rule``). Up to nine
digits of a second are written, microseconds are kept, the text is whole. The envelope of diagnostic settings has a
``time`` of its own that is minutes later and is used only when the record has none; it also occurs as
``1/9/2007 10:41:00 AM +01:00`` (month first). ``/Date(ms)/`` of Windows PowerShell is ``assumed`` to be UTC.

Versions: Graph (array, ``{"value": […]}``, one per line, single record), diagnostic settings (one envelope per line, or
``{"records": […]}``), PowerShell names (``CreatedDateTime``), Log Analytics (``TimeGenerated``, ``ResultType``, objects as
text). ``same_key`` is the request id. A code that only interrupts (50074, 50076, 50140 …) is an activity with the outcome
``challenge``. Sign-ins that no person carried out have the initiator ``app``. That ``IntraSystemId`` of the audit log is
the request id and ``InterSystemsId`` the correlation id is likely and not documented.

Retention: 7 days without, 30 days with an Entra ID P1 or P2 licence.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest import entra_logs, entra_records, json_documents
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Event


def claims(evidence: Evidence) -> bool:
    """The first record that is an entry of an Entra log is a sign-in."""
    return entra_logs.first_kind(evidence) == entra_logs.SIGN_IN


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records."""
    return json_documents.documents(evidence, *entra_logs.LISTS)


def event(row: Row) -> Event:
    """Say what a sign-in means; a change in the same archive is told as what it is."""
    return entra_logs.event_of(row)


FORMAT = Format(
    title="Entra ID sign-in log (JSON)", provider=entra_records.PROVIDER, claims=claims, rows=rows, event=event
)
