"""Which rows tell the same fact: linked with ``same_as``, never deleted, never counted twice.

One login stands in several files of one export, in its HTML and in its JSON, and again in every later export. Each row
stays an event with its own place; the link names the row that counts, the *leading* one (the best ground for its zone,
then the one that names client and device, then evidence order; a message attached to another never leads its own). Rows
of one member are different facts, however alike they look, unless the provider itself gives both the same id: so the n-th
of several equal rows of one member is matched with the n-th of another.

Always the same: provider, account, kind, action, and how it ended (refused, challenged, or not). Rules, in this order:

``provider id``   the same id given by the provider (``same_key`` in the detail), and the same minute where both are dated
``same instant``  time, end, address, object and (where no address tells rows apart) text agree
``same second``   as before, where one source shows whole seconds and the other fractions
``same minute``   as before, where one source shows minutes only (HTML) and the other seconds (JSON)
``same row``      undated rows that agree in everything but their place

By the last four, two rows of one service to which the provider gave different ids are never one fact, and rows that name
neither an account nor an instant are left apart: two people's exports may lie side by side.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import event_parts, event_store
from forensics.errors import StorageError

if TYPE_CHECKING:
    import duckdb

RULES = 5
"""So many links can lead from one row to the next: one by each rule."""

_GROUND = """3 * case when zone_basis in ('explicit', 'epoch') then 0 when zone_basis = 'export_setting' then 1
when zone_basis = 'format_rule' then 2 else 3 end + cast(user_agent = '' as integer) + cast(device = '' as integer)
+ 20 * cast(provider = 'mail' and detail like '%"attached":%' as integer)"""
"""How good a row is as the leading one, the smaller the better: what came inside another message is anybody's word."""
_ENDED = "case when outcome in ('failure', 'blocked', 'challenge') then outcome else '' end"
_GIVEN = (
    """case when detail like '%"same_key":%' then coalesce(json_extract_string(detail, '$.same_key'), '') else '' end"""
)
_TEXT = """case when provider in ('mail', 'sms') then concat_ws(chr(10), service, action_text,
    case when detail like '%"message_id":%' then json_extract_string(detail, '$.message_id') end)
when address is null or action in ('other', 'activity', 'request') then action_text || chr(10) || user_agent
when action in ('content_deleted', 'group_deleted') then coalesce(json_extract_string(detail, '$.group'), action_text)
else '' end"""
_SEQUENCE = "cast(regexp_extract(filename, 'part-([0-9]+)-', 1) as bigint) * 4294967296 + file_row_number"
_ORDER = "ground, nr"
_WHO = "provider, account, kind, action, ended"
_STATED = "(account <> '' or (time is not null and precision <> 'day'))"


def link(folder: Path) -> int:
    """Find the links of a case and write them to ``same_as.parquet``; return how many rows repeat another."""
    with event_store.connect(folder) as connection:
        _overlapping(connection)
        connection.execute("create temp table linked (event_id varchar, same_as varchar, rule varchar)")
        _by_provider_id(connection)
        _by_key(connection, "same instant", "time, precision, until", "time is not null")
        _by_part(connection, "second", "precision = 'second' and time <> part", "precision = 'second' and time = part")
        _by_part(connection, "minute", "precision = 'second'", "precision = 'minute'")
        _by_key(connection, "same row", "time", "time is null")
        return _write(connection, folder / event_store.SAME_AS)


def _write(connection: duckdb.DuckDBPyConnection, target: Path) -> int:
    """Write the links in the order of their ids, each to the row that counts; equal links give equal bytes.

    What one rule led to may itself repeat another row by a later rule: then that row leads both.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([pa.field(name, pa.string(), nullable=False) for name in ("event_id", "same_as", "rule")])
    partial = target.with_name(f".{target.name}.tmp")
    found = 0
    leads = f"coalesce({', '.join(f'l{n}.same_as' for n in range(RULES - 1, 0, -1))}, l0.same_as)"
    joins = " ".join(f"left join linked l{n} on l{n - 1}.same_as = l{n}.event_id" for n in range(1, RULES))
    query = f"select l0.event_id, {leads}, l0.rule from linked l0 {joins} order by l0.event_id"  # noqa: S608 - constants
    try:
        with pq.ParquetWriter(partial, schema, compression="zstd", compression_level=3) as writer:
            for batch in connection.sql(query).to_arrow_reader(event_parts.GROUP_ROWS):
                columns = pa.RecordBatch.from_arrays(batch.columns, names=schema.names)
                writer.write_batch(columns.cast(schema), row_group_size=event_parts.GROUP_ROWS)
                found += batch.num_rows
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        partial.rename(target)
    except OSError as error:
        raise StorageError(f"cannot write the case ({error.strerror or error})", where=target.name) from error
    return found


def _overlapping(connection: duckdb.DuckDBPyConnection) -> None:
    """Name the rows that can repeat another: those of members whose times overlap another member of the provider.

    In order of their beginnings, a member overlaps another if one before it ends after its beginning, or if the next
    one begins before its end: no member is held against every other, as there may be a hundred thousand mails. Of these
    members, only the rows of minutes that several of them share are looked at, as a digest of each costs time.
    """
    connection.execute(
        """create temp table sources as with found as (
            select provider, exhibit, member, min(time) - interval 1 minute as low, max(time) as high,
            count(*) - count(time) as undated from events group by provider, exhibit, member
        ) select *, row_number() over (order by provider, exhibit, member) as source,
        coalesce(low <= max(high) over earlier or lead(low) over ordered <= high, false) as meets,
        undated > 0 and count(*) filter (undated > 0) over (partition by provider) > 1 as alike from found
        window ordered as (partition by provider order by low, exhibit, member),
        earlier as (ordered rows between unbounded preceding and 1 preceding)"""
    )
    undated = "detail, user_agent, device, stated_place, time_text"
    minute = "date_trunc('minute', time)"
    connection.execute(
        f"""create temp table shared_minutes as select provider, {minute} as minute
        from events join sources using (provider, exhibit, member) where meets or alike
        group by all having min(source) < max(source)"""  # noqa: S608 - constants of ours
    )
    connection.execute(
        f"""create temp table candidates as with placed as (
            select e.* from placed_events e semi join shared_minutes s
            on e.provider = s.provider and date_trunc('minute', e.time) is not distinct from s.minute
        ), found as (
            select event_id, source, time, precision, coalesce(time_end, time) as until, e.service, {_GROUND} as ground,
            {_SEQUENCE} as nr, {_GIVEN} as given, {minute} as minute,
            unhex(sha256(to_json([provider, account, kind, action, {_ENDED}, coalesce(address, address_text, ''), {_TEXT},
                case when time is null then to_json([{undated}])::varchar end])::varchar)) as same
            from placed e join sources using (provider, exhibit, member) where (meets or alike) and {_STATED}
        ) select * from found semi join (
            select same, minute from found group by same, minute having min(source) < max(source)
        ) several on found.same = several.same and found.minute is not distinct from several.minute"""  # noqa: S608 - constants
    )


def _by_provider_id(connection: duckdb.DuckDBPyConnection) -> None:
    """Match rows of one id; an undated row takes the only minute with which its id is dated."""
    connection.execute(
        f"""insert into linked with given as (
            select event_id, {_GROUND} as ground, {_SEQUENCE} as nr, provider, account, kind, action,
            {_ENDED} as ended, {_GIVEN} as key, date_trunc('minute', time) as minute from placed_events
            where detail like '%"same_key":%'
        ), dated as (
            select *, coalesce(minute, case when min(minute) over same = max(minute) over same
                then min(minute) over same end) as moment
            from given where key <> '' window same as (partition by {_WHO}, key)
        ), led as (
            select event_id, first_value(event_id) over (
                partition by {_WHO}, key, moment order by minute is null, {_ORDER}) as lead from dated
        ) select event_id, lead, 'provider id' from led where event_id <> lead"""  # noqa: S608 - constants of ours
    )


def _by_key(connection: duckdb.DuckDBPyConnection, rule: str, when: str, which: str) -> None:
    """Match the n-th of equal rows of one member with the n-th of another."""
    connection.execute(
        f"""insert into linked with ranked as (
            select *, row_number() over (partition by source, same, {when} order by nr) as nth
            from candidates anti join linked using (event_id) where {which}
        ), led as (
            select event_id, given, first_value(event_id) over (partition by same, {when}, nth order by {_ORDER}) as lead,
            first_value(given) over (partition by same, {when}, nth, service order by given = '', {_ORDER}) as first_given
            from ranked
        ) select event_id, lead, '{rule}' from led
        where event_id <> lead and (given = '' or given = first_given)"""  # noqa: S608 - constants of ours
    )


def _by_part(connection: duckdb.DuckDBPyConnection, unit: str, fine: str, coarse: str) -> None:
    """Match rows that show less of the time with rows that show more, in the order of each source."""
    connection.execute(
        f"""insert into linked with open as (
            select *, date_trunc('{unit}', time) as part from candidates anti join linked using (event_id)
            where time is not null
        ), fine as (
            select *, row_number() over (partition by same, part order by time, {_ORDER}) as nth from open where {fine}
        ), coarse as (
            select *, row_number() over (partition by same, part order by {_ORDER}) as nth from open where {coarse}
        ) select coarse.event_id, fine.event_id, 'same {unit}' from coarse join fine using (same, part, nth)
        where coarse.source <> fine.source
        and (coarse.service <> fine.service or coarse.given = '' or fine.given = '')"""  # noqa: S608 - constants of ours
    )
