"""What the evidence covers: per provider, account and kind of data the first and last row, gaps, and what is missing.

No login on 9 March means something only where the data reaches over 9 March. So the map tells for every kind of data
how far it reaches, how far back the provider keeps it at all (where documented), the stretches without a row, the files
in which the provider itself says "no data", and providers from which nothing dated was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forensics import event_store
from forensics.case import CaseFolder
from forensics.model import Coverage, MemberCoverage
from forensics.pipeline import coverage_ledger, same_facts
from forensics.sentence import recalled, template

if TYPE_CHECKING:
    import duckdb

    from forensics.ingest.format import Format

GAP_DAYS = 14
"""Days without a row that are told as a gap."""
MAX_GAPS = 5


def complete(case: CaseFolder, coverage: Coverage, given: Mapping[str, Format]) -> None:
    """Link repeated facts and write the ledger together with the map into the case; ``given`` are the user's formats."""
    from forensics.ingest import all_formats  # a report only reads the map

    repeated = same_facts.link(case.path)
    with event_store.connect(case.path) as connection:
        rows = coverage_map(connection, coverage, {**all_formats(), **given})
    case.write_json(coverage_ledger.COVERAGE, {**coverage_ledger.as_json(coverage), "repeated": repeated, "map": rows})


def coverage_map(
    connection: duckdb.DuckDBPyConnection, coverage: Coverage, known: Mapping[str, Format]
) -> list[dict[str, Any]]:
    """Return the rows of the map, sorted by provider, account and format; no-data markers after what was read."""
    from forensics.ingest.documentation import sections

    _name_kinds(connection, coverage.members)
    gaps = _gaps(connection)
    kept = {name: sections(item.documentation).retention for name, item in known.items()}
    rows = [_covered(found, gaps, kept) for found in _spans(connection)]
    seen = {(row["provider"], row["format"]) for row in rows}
    empty = sorted({item.format for item in coverage.members if item.status == "read" and not item.events})
    rows += [
        _bare(known[name].provider, name, "no_events", SILENT, kept[name])
        for name in empty
        if (known[name].provider, name) not in seen
    ]
    rows += _no_data(coverage.members, known)
    return sorted(rows, key=lambda row: (row["provider"], row["status"] == "no_data", row["account"], row["format"]))


def _name_kinds(connection: duckdb.DuckDBPyConnection, members: Iterable[MemberCoverage]) -> None:
    import pyarrow as pa

    read = [item for item in members if item.status == "read"]
    table = pa.table(
        {
            "exhibit": pa.array([item.exhibit for item in read], pa.string()),
            "member": pa.array([item.member for item in read], pa.string()),
            "format": pa.array([item.format for item in read], pa.string()),
        }
    )
    connection.register("kinds", table)


def _spans(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        connection.sql(
            """select provider, account, format, count(*) as events, count(*) - count(s.event_id) as facts,
            count(*) - count(time) as undated, min(time) as first,
            max(greatest(time, coalesce(time_end, time))) as last
            from events left join same_as s using (event_id) join kinds using (exhibit, member)
            group by all order by all"""
        )
        .to_arrow_table()
        .to_pylist()
    )
    return found


def _gaps(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """Return the longest stretches of days without a row, in time order."""
    found = connection.execute(
        """with days as (
            select distinct provider, account, format, cast(time as date) as day
            from events join kinds using (exhibit, member) where time is not null
        ), steps as (
            select *, lag(day) over (partition by provider, account, format order by day) as before from days
        ) select provider, account, format, before, day, day - before - 1 as missing,
        row_number() over (partition by provider, account, format order by day - before desc, day) as nth
        from steps where day - before > ? qualify nth <= ? order by provider, account, format, day""",
        [GAP_DAYS, MAX_GAPS],
    ).fetchall()
    gaps: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for provider, account, kind, before, day, missing, _ in found:
        gaps[provider, account, kind].append(
            {"after": before.isoformat(), "before": day.isoformat(), "days": int(missing)}
        )
    return gaps


def _covered(
    found: Mapping[str, Any], gaps: Mapping[tuple[str, str, str], list[dict[str, Any]]], kept: Mapping[str, str]
) -> dict[str, Any]:
    dated = found["first"] is not None
    return {
        "provider": found["provider"],
        "account": found["account"],
        "format": found["format"],
        "status": "covered" if dated else "undated",
        "events": found["events"],
        "facts": found["facts"],
        "undated": found["undated"],
        "first": _text(found["first"]),
        "last": _text(found["last"]),
        "retention": kept.get(found["format"], ""),
        "gaps": gaps.get((found["provider"], found["account"], found["format"]), []),
        "told": "" if dated else UNDATED,
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


UNDATED = template("no row states an instant: nothing can be said about any day")
SILENT = template("read, but no row became an event: silence here means nothing")
NO_DATA_HERE = template('the provider says "no data" for this export: it holds none, or was not asked for any')
NO_DATA_FOR = template('the provider says "no data" for {folder}: it holds none, or was not asked for any')


def row_told(text: str) -> str:
    """Return the sentence that the last column of a row of the map is."""
    return recalled(text, (UNDATED, SILENT, NO_DATA_HERE, NO_DATA_FOR))


def _bare(provider: str, name: str, status: str, told: str, retention: str = "") -> dict[str, Any]:
    return {
        "provider": provider,
        "account": "",
        "format": name,
        "status": status,
        "events": 0,
        "facts": 0,
        "undated": 0,
        "first": None,
        "last": None,
        "retention": retention,
        "gaps": [],
        "told": told,
    }


def _no_data(members: Iterable[MemberCoverage], known: Mapping[str, Format]) -> list[dict[str, Any]]:
    """Tell each folder in which the provider itself says that it has nothing."""
    from forensics.ingest.archive import NO_DATA

    members = tuple(members)
    formats = {name: item.provider for name, item in known.items()}
    providers = sorted({*formats.values()})
    rows = []
    for item in members:
        if NO_DATA not in item.unused:
            continue
        folder = item.name.rpartition("/")[0]
        provider = _of_neighbours(item, members, formats) or _in_path(item, providers)
        told = NO_DATA_FOR.format(folder=folder) if folder else NO_DATA_HERE
        rows.append(_bare(provider, "", "no_data", told))
    return rows


def _of_neighbours(item: MemberCoverage, members: Iterable[MemberCoverage], formats: Mapping[str, str]) -> str:
    """Return the provider of what was recognised in the same export, if it is one."""
    root = item.name.split("/")[:-1]
    found = {
        formats[other.format]
        for other in members
        if other.format in formats
        and (
            other.exhibit == item.exhibit if item.member else bool(root) and other.name.split("/")[: len(root)] == root
        )
    }
    return found.pop() if len(found) == 1 else ""


def _in_path(item: MemberCoverage, providers: Iterable[str]) -> str:
    words = item.name.lower().replace("_", "-").replace("/", "-").replace(".", "-").split("-")
    return next((name for name in providers if len(name) > 1 and name in words), "unknown")
