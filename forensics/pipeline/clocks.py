"""Gather the rows that stand in two sources with different grounds for their time zones (``attribution.clock_findings``).

Rows match when provider, action and address agree and their times differ by whole quarters of an hour, at most 14 hours
(the range of zones in use). A wall-clock text without a zone takes part where its format keeps it as ``wall_time``.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from forensics.attribution.clock_pair import ClockPair
from forensics.model import Place

if TYPE_CHECKING:
    import duckdb

SAMPLE = 2_000
"""Rows of one source that are compared; an offset shows in far fewer."""

_QUERY = f"""
with sure as (
    select provider, action, address, exhibit, member, epoch(time) as t from events
    where time is not null and address is not null and zone_basis in ('explicit', 'epoch') and provider <> 'weblog'
), loose as (
    select provider, action, address, exhibit, member, event_id, zone_basis, precision,
    case when time is not null then epoch(time)
    else epoch(try_cast(json_extract_string(detail, '$.wall_time') as timestamp)) end as t, time is not null as stated
    from events where address is not null and provider <> 'weblog'
    and (zone_basis in ('format_rule', 'export_setting', 'assumed') or (time is null and detail like '%"wall_time":%'))
    qualify row_number() over (partition by exhibit, member order by t, event_id) <= {SAMPLE}
), pairs as (
    select loose.*, sure.exhibit as other_exhibit, sure.member as other_member,
    case when precision = 'minute' then floor(sure.t / 60) * 60 else sure.t end - loose.t as apart
    from loose join sure on loose.provider = sure.provider and loose.action = sure.action
    and loose.address = sure.address and (loose.exhibit, loose.member) <> (sure.exhibit, sure.member)
    and sure.t between loose.t - 50400 and loose.t + 50460
), placed as (
    select *, cast(round(apart / 900) * 15 as integer) as minutes from pairs where abs(apart - round(apart / 900) * 900) < 1
)
select provider, exhibit, member, other_exhibit, other_member, zone_basis, bool_or(stated) as stated, minutes,
count(distinct event_id) as n from placed group by all order by all
"""  # noqa: S608 - constants of ours


def clock_pairs(connection: duckdb.DuckDBPyConnection) -> tuple[ClockPair, ...]:
    """Return the pairs of sources that have rows in common, sorted; for each source the pair with most rows."""
    rows: dict[tuple[str, ...], dict[int, int]] = defaultdict(dict)
    stated: dict[tuple[str, ...], bool] = {}
    for *found_key, is_stated, minutes, number in connection.sql(_QUERY).fetchall():
        rows[tuple(found_key)][minutes] = number
        stated[tuple(found_key)] = bool(is_stated)
    best: dict[tuple[str, ...], tuple[str, ...]] = {}
    for key, found in rows.items():
        source = (*key[:3], key[5])
        if source not in best or max(found.values()) > max(rows[best[source]].values()):
            best[source] = key
    return tuple(
        ClockPair(
            provider=key[0],
            source=Place(exhibit=key[1], member=key[2]),
            surer=Place(exhibit=key[3], member=key[4]),
            ground=key[5],
            rows=rows[key],
            states_instant=stated[key],
        )
        for key in sorted(best.values())
    )
