"""Targeted Threats: network indicators of attacks on civil society, by report, as CSV.

``targetedthreats.csv`` (columns type, ioc, family, country, reference) says for each address or domain which malware
family it served, a country (of target or operator: the collection does not say) and the address of the report. It has
no time. The days of the reports stand in ``reports.csv`` beside it (year, month, day, author, title, link, country).

Time semantics: none of use. ``published`` is the day of the *report*; a report that the list does not date stays
undated. Publisher: Claudio Guarnieri; indicators under CC BY-SA 4.0 (its README says so).

The collection is known by its columns alone, which proves nobody's authorship: the grade says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from forensics.registry.csv_lines import header, rows
from forensics.registry.importer import Collection, Entry, Importer, Reading, Refused, Report, Stated, Terms
from forensics.registry.offered import Offered
from forensics.registry.report_urls import canonical, report

_COLUMNS: Final = ("type", "ioc", "family", "country", "reference")
_REPORTS: Final = ("year", "month", "day", "author", "title", "link", "country")
_KINDS: Final = {"ip_address": "address", "domain": "domain"}
_WIDTH: Final = "the row does not have the columns of the header"
_REPEATED: Final = "the header, repeated within the file"

COLLECTION: Final = Collection(
    key="targetedthreats",
    publisher="Claudio Guarnieri",
    title="Targeted Threats: collection of indicators related to targeting of civil society",
    grade="C3",
    grade_reason=(
        "a list in the form of Targeted Threats, which names a report for each row; the reports were not opened, and"
        " nothing in the file proves that this copy is the publisher's"
    ),
    tlp="CLEAR",
)


def _claims(offered: Offered, _: Terms) -> bool:
    return header(offered) == _COLUMNS


def _accompanies(offered: Offered) -> bool:
    return header(offered) == _REPORTS


def _read(offered: Offered, beside: Sequence[Offered], _: Terms) -> Reading:
    lists = [item for item in beside if _accompanies(item)]
    undated = () if lists else ("reports.csv is not beside the list, so that no report has a day",)
    dated = {key: found for item in reversed(lists) for key, found in _reports(item).items()}
    return Reading(collection=replace(COLLECTION, notes=undated), entries=_entries(offered, dated))


def _reports(listed: Offered) -> dict[str, Report]:
    """Return the reports of the list by the canonical form of their address; of two on one address, the first."""
    found: dict[str, Report] = {}
    for number, row, why in rows(listed):
        named = report(row[5]) if not why and len(row) == len(_REPORTS) else None
        if named is None:
            continue
        day = _day(row)
        said = replace(
            named, title=row[4], publisher=row[3], published=day, dated_by=f"day: {listed.name} line {number}"
        )
        found.setdefault(canonical(row[5]), said)
    return found


def _day(row: Sequence[str]) -> date | None:
    """Return the day of a report, or ``None`` where the list has no whole one."""
    try:
        return date(int(row[0]), int(row[1]), int(row[2]))
    except ValueError:
        return None


def _entries(offered: Offered, dated: dict[str, Report]) -> Iterator[Entry]:
    reports: dict[str, tuple[Report, ...]] = {}
    for number, row, why in rows(offered):
        place = f"line {number}"
        if why or len(row) != len(_COLUMNS):
            yield Refused(place=place, label="row", reason=why or _WIDTH)
            continue
        label, value, family, country, reference = row
        if tuple(row) == _COLUMNS:
            yield Refused(place=place, label="row", reason=_REPEATED)
            continue
        if reference not in reports:
            reports[reference] = _named(reference, dated)
        yield Stated(
            place=place,
            label=label,
            kind=_KINDS.get(label, ""),
            value=value,
            reports=reports[reference],
            family=family,
            said=(f"country in the collection: {country}",) if country else (),
        )


def _named(reference: str, dated: dict[str, Report]) -> tuple[Report, ...]:
    """Return the report of an address: under its group in the shipped table, dated by the list where it is there."""
    found = report(reference)
    if found is None:
        return ()
    listed = dated.get(canonical(reference))
    return (found if listed is None or found.title else replace(listed, url=reference),)


IMPORTER = Importer(title="Targeted Threats (CSV)", claims=_claims, read=_read, accompanies=_accompanies)
