"""Any table of indicators, by a mapping that says what its columns mean (``--mapping FILE.toml``).

One row a line; the first line names the columns. The mapping's form stands in ``forensics/registry/csv_columns.py`` and
in ``docs/importing-indicators.md``. Without a mapping this importer claims nothing: what a column means is never guessed.

Time semantics: as the mapping says. Days that are not understood refuse their row, for a wrong day accuses the wrong
holder of an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from forensics.registry.csv_columns import CsvColumns
from forensics.registry.csv_lines import header, rows
from forensics.registry.import_values import guess
from forensics.registry.importer import Collection, Entry, Importer, Reading, Refused, Report, Stated, Terms
from forensics.registry.offered import Offered
from forensics.registry.report_urls import report

_WIDTH: Final = "the row does not have the columns of the header"
_DAY: Final = "a day of the row is not in the form that the mapping names"
_REVERSED: Final = "the row's last day is before its first"
_NO_REPORT: Final = "the row's report is no web address"


def _claims(offered: Offered, terms: Terms) -> bool:
    mapping = terms.columns
    return mapping is not None and {*mapping.columns.values(), *mapping.said} <= set(header(offered, mapping.delimiter))


def _read(offered: Offered, _: Sequence[Offered], terms: Terms) -> Reading:
    mapping = terms.columns
    if mapping is None:  # not claimed without one
        raise AssertionError
    collection = Collection(
        key=f"csv/{mapping.publisher}/{mapping.title}"[:200],
        publisher=mapping.publisher,
        title=mapping.title,
        grade=mapping.grade,
        grade_reason=mapping.grade_reason,
        licence=mapping.licence,
        tlp=mapping.tlp,
        basis=mapping.basis,
    )
    return Reading(collection=collection, entries=_entries(offered, mapping))


def _entries(offered: Offered, mapping: CsvColumns) -> Iterator[Entry]:
    names = header(offered, mapping.delimiter)
    for number, row, why in rows(offered, mapping.delimiter):
        place = f"line {number}"
        if why or len(row) != len(names):
            yield Refused(place=place, label="row", reason=why or _WIDTH)
            continue
        yield _entry(dict(zip(names, row, strict=True)), place, mapping)


def _entry(row: Mapping[str, str], place: str, mapping: CsvColumns) -> Entry:
    """Return what one row states."""
    cell = {field: row[name].strip() for field, name in mapping.columns.items()}
    label = cell.get("type", "")
    kind = mapping.types.get(label, "") if "type" in cell else guess(cell["value"])
    label = label or kind or "row"
    form = mapping.day_format
    try:
        start, end, seen = _dated(_day(cell.get("first_seen", ""), form), _day(cell.get("last_seen", ""), form))
        return Stated(
            place=place,
            label=label,
            kind=kind,
            value=cell["value"],
            reports=_reports(cell.get("report", ""), _day(cell.get("published", ""), form), place),
            family=cell.get("family", ""),
            said=tuple(f"{name}: {text}" for name in mapping.said if (text := row[name].strip())),
            valid_from=start,
            valid_until=end,
            observed_at=seen,
        )
    except ValueError as error:
        return Refused(place=place, label=label, reason=str(error), value=cell["value"], kind=kind)


def _dated(first: date | None, last: date | None) -> tuple[date | None, date | None, tuple[date, ...]]:
    """Return the half-open period of an entry, where both its ends are stated, and the days on which it was seen."""
    if first is None or last is None:
        return None, None, tuple(day for day in (first, last) if day)
    if last < first:
        raise ValueError(_REVERSED)
    if last == date.max:
        raise ValueError(_DAY)
    return first, last + timedelta(days=1), (first,) if first == last else (first, last)


@lru_cache(maxsize=4096)
def _day(text: str, form: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, no time
    except ValueError:
        raise ValueError(_DAY) from None


def _reports(url: str, published: date | None, place: str) -> tuple[Report, ...]:
    if not url:
        return ()
    found = report(url)
    if found is None:
        raise ValueError(_NO_REPORT)
    if published and not found.published:
        found = replace(found, published=published, dated_by=f"day: the table, {place}")
    return (found,)


IMPORTER = Importer(title="CSV with a mapping", claims=_claims, read=_read, told=True)
