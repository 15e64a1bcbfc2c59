"""The event store of a case: Parquet parts (``event_parts``) asked with DuckDB.

Queries stream; memory is bounded, whatever the size of the case.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.errors import CaseError
from forensics.model import (
    Action,
    AddressForm,
    Event,
    Initiator,
    Kind,
    Outcome,
    Precision,
    Use,
    ZoneBasis,
)

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

SAME_AS = "same_as.parquet"
"""Which rows repeat a fact that another row tells: ``event_id``, ``same_as`` (the row that counts), ``rule``."""
MEMORY_LIMIT = "384MB"
"""What the engine may hold; beyond it, it sorts and groups on disk. The process as a whole stays below 1 GB."""
THREADS = 2


def connect(folder: Path, work: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Open a connection with the views ``events`` and ``rejections`` over a case; no extension, no network.

    What does not fit into memory goes to ``work``, or to the system's folder for such files, and is removed.
    """
    import duckdb

    parts = sorted((folder / "events").glob("part-*.parquet"))
    rejected = sorted((folder / "rejections").glob("part-*.parquet"))
    if not parts or not rejected:
        raise CaseError("no event table here", where=str(folder), hint="Give the folder of an analysed case")
    links = folder / SAME_AS
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(work or Path(tempfile.gettempdir()) / f"forensics-{os.getpid()}.tmp"),
            "threads": str(THREADS),
            "preserve_insertion_order": "true",
        }
    )
    try:
        _make_views(connection, parts, rejected, links if links.is_file() else None)
    except duckdb.Error as error:
        connection.close()
        raise CaseError("the event table is damaged", where=str(folder), hint="Run `forensics verify`") from error
    return connection


@contextmanager
def workroom(folder: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Open a case for a judgement, with a folder for what does not fit into memory; nothing of it stays."""
    place = folder if os.access(folder, os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix=".work-", suffix=".tmp", dir=place, ignore_cleanup_errors=True) as work,
        connect(folder, Path(work)) as connection,
    ):
        _keep_few(connection)
        yield connection, Path(work)


KEPT_ROWS = 20_000
"""Events up to which a judgement keeps the facts in memory: some tens of megabytes at most, in the usual case one."""


def _keep_few(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep the facts of a small case: a judgement asks them thirty times, and to read the parts anew takes longer."""
    ((rows,),) = connection.execute("select count(*) from events").fetchall()
    if rows <= KEPT_ROWS:
        connection.execute("create table kept_facts as select * from facts")
        connection.execute("create or replace view facts as select * from kept_facts")


def _make_views(
    connection: duckdb.DuckDBPyConnection, parts: list[Path], rejected: list[Path], links: Path | None
) -> None:
    """Name the parts as tables; DuckDB reads the foot of every part here.

    ``facts`` are the events without those that repeat another: what statistics count.
    """
    connection.execute("set global timezone = 'UTC'")
    for name, files in (("events", parts), ("rejections", rejected)):
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
        whole = f"read_parquet([{listed}], filename=true, file_row_number=true)"
        connection.execute(f"create view placed_{name} as select * from {whole}")  # noqa: S608 - our own paths
        plain = f"select * exclude (filename, file_row_number) from placed_{name}"  # noqa: S608 - our own names
        connection.execute(f"create view {name} as {plain}")
    if links is None:
        connection.execute("create view same_as as select '' as event_id, '' as same_as, '' as rule where false")
    else:
        quoted = str(links).replace("'", "''")
        connection.execute(f"create view same_as as select * from read_parquet('{quoted}')")  # noqa: S608 - our own path
    connection.execute("create view facts as select * from events anti join same_as using (event_id)")


_STEPS = ", ".join(
    f"'{action}'"
    for action in Action
    if action not in (Action.REQUEST, Action.OTHER, Action.ACTIVITY, Action.MAIL_RECEIVED, Action.MAIL_SENT)
)


_ACCOUNT = f"""time is not null and provider <> 'weblog' and kind <> 'inventory'
    and outcome not in ('failure', 'blocked', 'challenge')
    and (action in ({_STEPS}) or ((address is not null or device <> '') and action not in ('other', 'request')))"""
"""The events that sessions and sequences are made of: everything but bulk requests, and what did not succeed.

Undated rows, inventories (their time is that of the list, or of an older act) and rows that name neither an
address nor an account action stay in the table only.
"""

_ATTESTED = "case when kind = 'session' and time_end is not null then time_end else time end"
"""When a row says that its address was in use: a list of sessions tells the address of the last use."""

_MICROSECONDS = frozenset({"time", "time_end"})
_USE_COLUMNS = ", ".join(f"epoch_us({name})" if name in _MICROSECONDS else f"{name}" for name in Use._fields)
_START = datetime(1970, 1, 1, tzinfo=UTC)


def account_uses(
    connection: duckdb.DuckDBPyConnection, span: tuple[datetime, datetime] | None = None
) -> Iterator[list[Use]]:
    """Yield events that may be uses of an account in bounded lists: by provider, account and address, then by time.

    ``span`` limits them to a period, both ends included.
    """
    yield from map(uses_of, account_batches(connection, span, rows=4_096))


def account_batches(
    connection: duckdb.DuckDBPyConnection, span: tuple[datetime, datetime] | None = None, *, rows: int = 16_384
) -> Iterator[pa.RecordBatch]:
    """Yield the same as batches with the columns of ``Use``; times as microseconds since 1970.

    What one address did in one account comes together and in time order, always; the accounts and addresses come in
    order only while there are no more than ``SORTED_ROWS``.
    """
    period = "" if span is None else " and time between ? and ?"
    where = f"{_ACCOUNT}{period} and (address is not null or device <> '')"
    with connection.cursor() as cursor:
        for part, parameters in _sorted_parts(cursor, where, list(span or ())):
            query = f"""select {_USE_COLUMNS} from facts where {where} and {part}
            order by provider, account, coalesce(address, ''), time, event_id"""  # noqa: S608 - constants of ours
            for batch in cursor.sql(query, params=parameters).to_arrow_reader(rows):
                yield batch.rename_columns(Use._fields)


SORTED_ROWS = 3_000_000
"""Rows that are sorted at once: what the engine sorts on disk it must still merge in ``MEMORY_LIMIT``."""
_RUN = "provider = ? and account = ? and coalesce(address, '') = ?"


def _sorted_parts(cursor: duckdb.DuckDBPyConnection, where: str, given: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield conditions, with their parameters, that divide the rows of ``where`` into parts small enough to be sorted.

    No part divides what one address did in one account, unless that alone is too much: it comes by periods then.
    """
    ((total,),) = cursor.execute(f"select count(*) from facts where {where}", given).fetchall()  # noqa: S608 - ours
    parts = -(-total // SORTED_ROWS)
    if parts <= 1:
        yield "true", given
        return
    long = cursor.execute(
        f"""select provider, account, coalesce(address, '') as who from facts where {where}
        group by all having count(*) > {SORTED_ROWS} order by all""",  # noqa: S608 - constants of ours
        given,
    ).fetchall()
    apart = "".join(f" and not ({_RUN})" for _ in long)
    named = [text for run in long for text in run]
    for number in range(parts):
        yield f"hash(provider, account, coalesce(address, '')) % {parts} = {number}{apart}", [*given, *named]
    for run in long:
        for first, last in periods(_hours(cursor, where, [*given, *run]), SORTED_ROWS):
            yield f"{_RUN} and epoch_us(time) // {HOUR} between ? and ?", [*given, *run, first, last]


HOUR = 3_600_000_000
"""Microseconds of an hour."""


def _hours(cursor: duckdb.DuckDBPyConnection, where: str, given: list[Any]) -> list[tuple[int, int]]:
    """Return the hours (counted from 1970) in which an address was used, and how many rows each has."""
    return cursor.execute(
        f"""select epoch_us(time) // {HOUR} as hour, count(*) from facts where {where} and {_RUN}
        group by hour order by hour""",  # noqa: S608 - constants of ours
        given,
    ).fetchall()


def periods(hours: Iterable[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Join hours, each with its number of rows, to periods (first and last hour) with few enough rows, in time order."""
    found: list[tuple[int, int]] = []
    held = 0
    for hour, rows in hours:
        if found and held + rows <= most:
            found[-1] = (found[-1][0], hour)
            held += rows
        else:
            found.append((hour, hour))
            held = rows
    return found


def step_uses(connection: duckdb.DuckDBPyConnection, actions: Collection[Action]) -> Iterator[Use]:
    """Yield the account events of these actions in time order."""
    query = f"""select {_USE_COLUMNS} from facts where {_ACCOUNT} and action in (select unnest(?))
    order by time, event_id"""  # noqa: S608 - constants of ours
    for held in _uses(connection, query, [sorted(map(str, actions))]):
        yield from held


def _uses(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> Iterator[list[Use]]:
    """Stream rows through a cursor of their own, so that other questions may be asked meanwhile."""
    with connection.cursor() as cursor:
        yield from map(uses_of, cursor.sql(query, params=parameters).to_arrow_reader(4_096))


def uses_of(batch: pa.RecordBatch) -> list[Use]:
    """Return the rows of a batch with the columns of ``Use`` as uses; what repeats itself is held once."""
    columns = [
        _shared(column) if name in _REPEATING else column.to_pylist()
        for name, column in zip(Use._fields, batch.columns, strict=True)
    ]
    for place, (name, column) in enumerate(zip(Use._fields, columns, strict=True)):
        if name in _MICROSECONDS:
            columns[place] = [None if value is None else _START + timedelta(0, 0, value) for value in column]
        elif name in _ENUMS:
            columns[place] = [*map(_ENUMS[name].__getitem__, column)]
    return [*map(Use._make, zip(*columns, strict=True))]


_REPEATING = frozenset({"provider", "service", "account", "action", "action_text", "kind", "initiator"}) | {
    "user_agent", "exhibit", "member"
}  # fmt: skip


def _shared(column: pa.Array) -> list[Any]:
    """Return the values of a column, equal ones as the same object: a case may hold millions of uses."""
    encoded = column.dictionary_encode(null_encoding="encode")
    values = encoded.dictionary.to_pylist()
    return [values[code] for code in encoded.indices.to_pylist()]


_ENUMS: Mapping[str, Mapping[str, Any]] = {
    name: {str(member): member for member in kind}
    for name, kind in (("action", Action), ("kind", Kind), ("initiator", Initiator))
}


def account_events(connection: duckdb.DuckDBPyConnection, actions: Collection[Action]) -> tuple[Event, ...]:
    """Return the account events of these (rare) actions whole, in time order."""
    rows = connection.sql(
        f"select * from facts where {_ACCOUNT} and action in (select unnest(?)) order by time, event_id",  # noqa: S608
        params=[sorted(map(str, actions))],
    ).to_arrow_table()
    return tuple(as_event(row) for row in rows.to_pylist())


def account_days(connection: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[str, date]]]:
    """Yield every address of account events with each of its days, in bounded lists, by address."""
    query = (
        f"select address, time::date from events where {_ACCOUNT} and address is not null group by 1, 2 order by 1, 2"  # noqa: S608
    )
    with connection.cursor() as cursor:
        for batch in cursor.sql(query).to_arrow_reader(8_192):
            addresses, days = (column.to_pylist() for column in batch.columns)
            yield list(zip(addresses, days, strict=True))


def account_spans(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[datetime, datetime]]:
    """Return first and last account event of every provider."""
    rows = connection.execute(
        f"select provider, epoch_us(min(time)), epoch_us(max(time)) from events where {_ACCOUNT} group by 1 order by 1"  # noqa: S608
    ).fetchall()
    return {name: (_START + timedelta(0, 0, low), _START + timedelta(0, 0, high)) for name, low, high in rows}


def suspect_mails(connection: duckdb.DuckDBPyConnection) -> tuple[Event, ...]:
    """Return received mails that carry a graded statement about phishing, in time order."""
    rows = connection.sql(
        """select * from facts where action = 'mail_received' and detail like '%"phishing":{%'
        order by time nulls last, event_id"""
    ).to_arrow_table()
    return tuple(as_event(row) for row in rows.to_pylist())


def as_event(row: dict[str, Any]) -> Event:
    """Turn a table row back into the row type."""
    return Event(
        **{
            **row,
            "time": _utc(row["time"]),
            "time_end": _utc(row["time_end"]),
            "kind": Kind(row["kind"]),
            "zone_basis": ZoneBasis(row["zone_basis"]),
            "precision": Precision(row["precision"]),
            "action": Action(row["action"]),
            "outcome": Outcome(row["outcome"]),
            "initiator": Initiator(row["initiator"]),
            "address_form": AddressForm(row["address_form"]),
        }
    )


ADDRESS_USES = f"""select address, min({_ATTESTED}) as first, max(greatest(time, coalesce(time_end, time))) as last,
count(*) as events, list_sort(list(distinct provider)) as providers from facts where address is not null group by address"""  # noqa: S608
"""How each address occurs in the case: first and last time, events, providers; a fact that several files tell counts once."""


def rows_from(
    connection: duckdb.DuckDBPyConnection, addresses: Sequence[str], most: int
) -> dict[str, tuple[tuple[Event, ...], int]]:
    """Return by address its dated uses of accounts in time order, at most ``most``, and the number of all.

    One pass over the table, however many addresses are asked about.
    """
    rows = connection.sql(
        f"""select *, count(*) over (partition by address) as uses from facts
        where {_ACCOUNT} and address in (select unnest(?))
        qualify row_number() over (partition by address order by time, event_id) <= {most}
        order by address, time, event_id""",  # noqa: S608 - our own words
        params=[list(addresses)],
    ).to_arrow_table()
    found: dict[str, tuple[list[Event], int]] = {}
    for row in rows.to_pylist():
        uses = row.pop("uses")
        found.setdefault(row["address"], ([], uses))[0].append(as_event(row))
    return {address: (tuple(held), uses) for address, (held, uses) in found.items()}


def addresses_among(connection: duckdb.DuckDBPyConnection, addresses: Sequence[str]) -> frozenset[str]:
    """Return which of some addresses the case knows."""
    query = "select distinct address from events where address in (select unnest(?))"
    return frozenset(row[0] for row in connection.execute(query, [list(addresses)]).fetchall())


def _utc(moment: datetime | None) -> datetime | None:
    """Arrow gives times with a zone object of its own; ours are ``datetime.UTC`` throughout."""
    return None if moment is None else moment.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a provider's data covers: first and last dated event, per account."""

    provider: str
    account: str
    first: datetime
    last: datetime
    events: int


def spans(connection: duckdb.DuckDBPyConnection) -> tuple[Span, ...]:
    """Return the covered span of each provider and account."""
    rows = connection.sql(
        """select provider, account, min(time) as first, max(greatest(time, coalesce(time_end, time))) as last,
        count(*) as n from facts
        where time is not null group by provider, account order by provider, account"""
    ).to_arrow_table()
    return tuple(
        Span(
            provider=row["provider"],
            account=row["account"],
            first=row["first"].astimezone(UTC),
            last=row["last"].astimezone(UTC),
            events=row["n"],
        )
        for row in rows.to_pylist()
    )


def timeline(connection: duckdb.DuckDBPyConnection, *, columns: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Yield all events in time order (undated last), as plain rows; ``columns`` limits and orders the columns.

    Events of one instant keep the order of the evidence. ``same_as`` is the event that tells the same fact, or "".
    """
    chosen = ", ".join(columns) if columns else "* exclude (filename, file_row_number)"
    linked = (
        "(select e.*, coalesce(s.same_as, '') as same_as from placed_events e left join same_as s using (event_id))"
    )
    reader = connection.sql(
        f"select {chosen} from {linked} order by time nulls last, filename, file_row_number"  # noqa: S608 - ours
    ).to_arrow_reader(10_000)
    for batch in reader:
        yield from batch.to_pylist()


def rejected(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """Yield all rejections in evidence order."""
    for batch in connection.sql("select * from rejections").to_arrow_reader(10_000):
        yield from batch.to_pylist()
