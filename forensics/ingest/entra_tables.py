"""Tables of Entra logs: delimiter, the order of day and month of a whole file, and the time of a row.

The columns ``Date (UTC)`` and ``TimeGenerated [UTC]`` name their zone. A date without one gives no instant, unless the
examiner gives a zone (``--assume-zone``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from forensics.ingest import culture_dates, entra_records, fields, local_time
from forensics.ingest.csv_rows import csv_rows, delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Row, Unused
from forensics.model import Moment, ZoneBasis

DATES = ("date (utc)", "createddatetime (utc)", "timegenerated [utc]", "createddatetime", "date (local)", "date")
"""Names of columns of dates, folded; the first that holds something counts."""


def names_of(cells: tuple[str, ...]) -> frozenset[str]:
    """Return the names of a header line, folded."""
    return frozenset(cell.strip('"\ufeff ').casefold() for cell in cells)


def dated_rows(evidence: Evidence, is_header: Callable[[tuple[str, ...]], bool]) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows; the order of day and month is looked for only when a date needs it."""
    order: str | None = None
    delimiter = delimiter_of(evidence, is_header)
    for row in csv_rows(evidence, is_header, delimiter=delimiter):
        if isinstance(row, Row) and order is None and culture_dates.is_culture_date(_date(row)[1]):
            found = (other for other in csv_rows(evidence, is_header, delimiter=delimiter) if isinstance(other, Row))
            order = culture_dates.order_of(_date(other)[1] for other in found)
        yield replace(row, shared={"order": order or ""}) if isinstance(row, Row) else row


def _date(row: Row) -> tuple[str, str]:
    """Return the folded name and the text of the row's date column."""
    low = entra_records.folded(row.fields)
    return next(((name, text) for name in DATES if (text := fields.text(low, name))), ("", ""))


def moment_of(row: Row) -> tuple[Moment, str]:
    """Return the time of a row, and what has to be said about it."""
    name, text = _date(row)
    basis = ZoneBasis.EXPLICIT if "utc" in name else ZoneBasis.NONE
    moment, note = culture_dates.moment(text, row.shared["order"], basis)
    zone = local_time.zone_of(row.evidence)
    if moment.utc is None and text and zone is not None:
        bare = culture_dates.moment(text, row.shared["order"], ZoneBasis.ASSUMED)[0]
        if bare.utc is not None:
            wall = bare.utc.replace(tzinfo=None)
            return local_time.instant(wall, text, zone, bare.precision), local_time.note(wall, zone)
    return moment, note
