"""Microsoft 365 unified audit log, CSV.

What it is: the result of a search in the audit log of an organisation (work or school account). Each row has a few
columns of its own and the whole record as JSON text in the column ``AuditData``.

How to obtain: an administrator opens purview.microsoft.com → Audit → New search → Export, or runs
``Search-UnifiedAuditLog … | Export-Csv`` in Exchange Online PowerShell. Do not open and save the file in a spreadsheet:
it cuts cells at 32,767 characters and rewrites dates.

Time: ``AuditData.CreationTime`` is UTC and written without a zone (``format_rule``). The column ``CreationDate`` is used
only where the record has no time: it is UTC too, but Windows writes it in the culture of the machine
(``M/d/yyyy h:mm:ss tt``, ``dd.MM.yyyy HH:mm:ss``, ``dd/MM/yyyy HH:mm:ss``). The order is decided once per file; where the
file does not show it, the event keeps the text and has no instant. ``TimeGenerated [UTC]`` says its zone itself.

Versions: ``RecordId, CreationDate, RecordType, Operation, UserId, AuditData, AssociatedAdminUnits…`` (Purview);
``CreationDate, UserIds, Operations, AuditData`` (before 2023); ``PSComputerName, RunspaceId, RecordType, CreationDate,
UserIds, Operations, AuditData, ResultIndex, …`` (PowerShell, with or without a ``#TYPE`` line, UTF-16 or UTF-8);
``OfficeActivity`` of Log Analytics. Columns may stand in any order, with semicolons or tabs between them (``-UseCulture``,
Excel). A record that was cut off is read as far as it is
complete; ``detail`` keeps the text as found.

Retention: 180 days in the standard audit, one year with the premium licence (90 days before October 2023).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forensics.ingest import culture_dates, m365_audit
from forensics.ingest.csv_rows import csv_rows, delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Event

_SEARCH = frozenset({"creationdate", "operation", "operations", "recordtype", "userids"})
_OFFICE = frozenset({"officeworkload", "operation", "recordtype"})


def claims(evidence: Evidence) -> bool:
    """The header has a column ``AuditData`` beside those of a search, or is that of ``OfficeActivity``."""
    return bool(delimiter_of(evidence, _is_header))


def _is_header(cells: tuple[str, ...]) -> bool:
    folded = {cell.strip('"\ufeff ').casefold() for cell in cells}
    return ("auditdata" in folded and bool(_SEARCH & folded)) or folded >= _OFFICE


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records; the order of day and month is looked for only when a record has no time of its own."""
    order: str | None = None
    delimiter = delimiter_of(evidence, _is_header)
    for row in csv_rows(evidence, _is_header, delimiter=delimiter):
        if isinstance(row, Row) and order is None and '"CreationTime"' not in row.text("AuditData", "auditData"):
            found = (other for other in csv_rows(evidence, _is_header, delimiter=delimiter) if isinstance(other, Row))
            order = culture_dates.order_of(text for other in found for text in m365_audit.dates_needed(other.fields))
        yield replace(row, shared={"order": order or ""}) if isinstance(row, Row) else row


def event(row: Row) -> Event:
    """Say what a record means; a row without ``AuditData`` is judged by its own columns."""
    audit = m365_audit.audit_of(row.fields)
    if audit is None:
        raise FieldError("the row holds no audit record")
    return m365_audit.event_of(row, audit, row.shared["order"])


FORMAT = Format(
    title="Microsoft 365 unified audit log (CSV)", provider=m365_audit.PROVIDER, claims=claims, rows=rows, event=event
)
