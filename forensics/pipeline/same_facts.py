"""Which rows tell the same fact: linked with ``same_as``, never deleted, never counted twice.

One login stands in several files of one export, in its HTML and in its JSON, and again in every later export. Each row
stays an event with its own place; the link names the row that counts, the *leading* one (the best ground for its zone,
then the one that names client and device, then evidence order). Rows of one member are different facts, however alike
they look, unless the provider itself gives both the same id: so the n-th of several equal rows of one member is matched
with the n-th of another.

Rules, in this order:

``provider id``   the same id given by the provider (``same_key`` in the detail)
``same instant``  provider, account, kind, action, time, end, address and (where no address tells them apart) text agree
``same minute``   as before, where one source shows minutes only (HTML) and the other seconds (JSON)
``same row``      undated rows that agree in everything but their place
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import event_store
from forensics.errors import StorageError

if TYPE_CHECKING:
    import duckdb

_GROUND = """3 * case when zone_basis in ('explicit', 'epoch') then 0 when zone_basis = 'export_setting' then 1
when zone_basis = 'format_rule' then 2 else 3 end + cast(user_agent = '' as integer) + cast(device = '' as integer)"""
_TEXT = """case when address is null or action in ('other', 'activity', 'request')
then action_text || chr(10) || user_agent else '' end"""
_ORDER = "ground, filename, file_row_number"


def link(folder: Path) -> int:
    """Find the links of a case and write them to ``same_as.parquet``; return how many rows repeat another."""
    with event_store.connect(folder) as connection:
        _overlapping(connection)
        connection.execute("create temp table linked (event_id varchar, same_as varchar, rule varchar)")
        _by_provider_id(connection)
        _by_key(connection, "same instant", "time, precision, coalesce(time_end, time)", "time is not null")
        _by_minute(connection)
        _by_key(connection, "same row", "detail, user_agent, device, stated_place, time_text", "time is null")
        return _write(connection, folder / event_store.SAME_AS)


def _write(connection: duckdb.DuckDBPyConnection, target: Path) -> int:
    """Write the links in the order of their ids; equal links give equal bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([pa.field(name, pa.string(), nullable=False) for name in ("event_id", "same_as", "rule")])
    partial = target.with_name(f".{target.name}.tmp")
    found = 0
    try:
        with pq.ParquetWriter(partial, schema, compression="zstd", compression_level=3) as writer:
            ordered = connection.sql("select * from linked order by event_id").to_arrow_reader(event_store.GROUP_ROWS)
            for batch in ordered:
                writer.write_batch(batch.cast(schema), row_group_size=event_store.GROUP_ROWS)
                found += batch.num_rows
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        partial.rename(target)
    except OSError as error:
        raise StorageError(f"cannot write the case ({error.strerror or error})", where=target.name) from error
    return found


def _overlapping(connection: duckdb.DuckDBPyConnection) -> None:
    """Name the rows that can repeat another: those of members whose times overlap another member of the provider."""
    connection.execute(
        """create temp table sources as select provider, exhibit, member, min(time) as low, max(time) as high,
        count(*) - count(time) as undated from events group by all"""
    )
    connection.execute(
        f"""create temp view candidates as
        select e.*, {_GROUND} as ground, {_TEXT} as words,
        coalesce(address, address_text) as seen from placed_events e semi join (
            select distinct a.provider, a.exhibit, a.member from sources a join sources b on a.provider = b.provider
            and (a.exhibit, a.member) <> (b.exhibit, b.member)
            and ((a.low <= b.high + interval 1 minute and b.low <= a.high + interval 1 minute)
                 or (a.undated > 0 and b.undated > 0))
        ) s on e.provider = s.provider and e.exhibit = s.exhibit and e.member = s.member"""  # noqa: S608 - constants
    )


def _by_provider_id(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"""insert into linked with given as (
            select event_id, {_GROUND} as ground, filename, file_row_number, provider, kind,
            json_extract_string(detail, '$.same_key') as key from placed_events where detail like '%"same_key":%'
        ), led as (
            select event_id, first_value(event_id) over (partition by provider, kind, key order by {_ORDER}) as lead
            from given where key <> ''
        ) select event_id, lead, 'provider id' from led where event_id <> lead"""  # noqa: S608 - constants of ours
    )


def _by_key(connection: duckdb.DuckDBPyConnection, rule: str, when: str, which: str) -> None:
    """Match the n-th of equal rows of one member with the n-th of another."""
    same = f"provider, account, kind, action, seen, words, {when}"
    connection.execute(
        f"""insert into linked with ranked as (
            select *, row_number() over (
                partition by exhibit, member, {same} order by filename, file_row_number
            ) as nth from candidates where {which} and event_id not in (select event_id from linked)
        ), led as (
            select event_id, first_value(event_id) over (partition by {same}, nth order by {_ORDER}) as lead from ranked
        ) select event_id, lead, '{rule}' from led where event_id <> lead"""  # noqa: S608 - constants of ours
    )


def _by_minute(connection: duckdb.DuckDBPyConnection) -> None:
    """Match rows that show minutes only with rows that show seconds, in the order of each source."""
    connection.execute(
        f"""insert into linked with open as (
            select *, date_trunc('minute', time) as minute from candidates
            where time is not null and event_id not in (select event_id from linked)
        ), fine as (
            select *, row_number() over (partition by provider, account, kind, action, address, words, minute
            order by time, {_ORDER}) as nth from open where precision = 'second'
        ), coarse as (
            select *, row_number() over (partition by provider, account, kind, action, address, words, minute
            order by {_ORDER}) as nth from open where precision = 'minute'
        ) select coarse.event_id, fine.event_id, 'same minute' from coarse join fine
        using (provider, account, kind, action, words, minute, nth)
        where coarse.address is not distinct from fine.address
        and (coarse.exhibit, coarse.member) <> (fine.exhibit, fine.member)"""  # noqa: S608 - constants of ours
    )
