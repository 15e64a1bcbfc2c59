"""What pictures draw of sessions that are too many to draw one by one: marks that stand for many, and when they begin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from forensics.model import Action, Role
from forensics.report.view import Mark

if TYPE_CHECKING:
    from forensics.pipeline.session_store import SessionStore

UNITS = 2_000
"""Parts of a case's time in which the marks of one role become one; a picture has fewer units across."""


def gathered_marks(store: SessionStore, flagged: Sequence[Action]) -> dict[tuple[str, str], list[Mark]]:
    """Return marks by account where sessions are too many to draw: neighbours of one role as one mark.

    Acts in ``flagged`` are gathered by action, too.
    """
    (span,) = store.ask("select epoch_us(min(first)) as low, epoch_us(max(last)) as high from sessions")
    low, width = span["low"], max(1, (span["high"] - span["low"]) // UNITS)
    marks: dict[tuple[str, str], list[Mark]] = {}
    queries = (
        """select provider, account, role, min(first) as start, max(last) as stop, count(*) as number,
        min(opening) as action, min(coalesce(address, nullif(device, ''), 'no address')) as label
        from sessions group by provider, account, role, (epoch_us(first) - $low) // $width""",
        """select provider, account, role, min(time) as start, null as stop, count(distinct time) as number, action,
        min(said) as label from (select provider, account, role, opening, first,
            unnest(act_times) as time, unnest(act_actions) as action, unnest(act_texts) as said from sessions)
        where action in (select unnest($flagged)) and (action <> opening or time <> first)
        group by provider, account, role, action, (epoch_us(time) - $low) // $width""",
    )
    for query, more in zip(queries, ({}, {"flagged": list(map(str, flagged))}), strict=True):
        told = {"low": low, "width": width, **more}
        for row in store.ask(f"{query} order by start, role, action, label", told):
            start, stop = row["start"].astimezone(UTC), row["stop"].astimezone(UTC) if row["stop"] else None
            mark = Mark(
                start=start,
                end=stop if stop and stop > start else None,
                role=Role(row["role"]),
                action=Action(row["action"]),
                label=row["label"],
                number=row["number"],
            )
            marks.setdefault((row["provider"], row["account"]), []).append(mark)
    return marks


def beginnings(store: SessionStore) -> Iterator[tuple[str, str, str, datetime, int]]:
    """Yield provider, account, role, quarter of an hour (UTC) and the number of sessions that begin in it.

    A quarter, because some zones differ by one; the engine's own zones would need an extension.
    """
    query = """select provider, account, role, epoch_us(first) // 900000000 as quarter, count(*) as number
    from sessions group by all order by all"""
    for row in store.ask(query):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * row["quarter"])
        yield row["provider"], row["account"], row["role"], at, row["number"]
