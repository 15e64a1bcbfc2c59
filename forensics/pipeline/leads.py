"""Leads: the rows of every address that the owner does not explain, with what dated sources say about each of its days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from forensics import event_store
from forensics.report.lead import Lead, Moment

if TYPE_CHECKING:
    import duckdb

    from forensics.enrichment.plan import Candidates
    from forensics.model import AddressContext, Event

MOST_LEADS, MOST_ROWS = 50, 500

ContextsOf = Callable[[Sequence[tuple[str, date | None]]], list["AddressContext"]]


def askable(held: Candidates) -> list[str]:
    """Return the addresses about which somebody may be asked: never one that the owner explains."""
    return [item.address for item in held.targets if item.address not in held.own]


def leads(connection: duckdb.DuckDBPyConnection, addresses: Sequence[str], contexts_of: ContextsOf) -> tuple[Lead, ...]:
    """Return a lead for each of the first 50 addresses."""
    return tuple(_lead(connection, address, contexts_of) for address in addresses[:MOST_LEADS])


def _lead(connection: duckdb.DuckDBPyConnection, address: str, contexts_of: ContextsOf) -> Lead:
    rows, total = event_store.rows_from(connection, address, MOST_ROWS)
    moments = tuple(_moment(row) for row in rows)
    days = sorted({(item.until or item.at).date() for item in moments})
    contexts = contexts_of([(address, day) for day in days])
    return Lead(address=address, moments=moments, total=total, contexts=tuple(contexts))


def _moment(row: Event) -> Moment:
    if row.time is None:
        message = "leads are built from dated rows"
        raise ValueError(message)
    return Moment(
        at=row.time,
        until=row.time_end,
        provider=row.provider,
        account=row.account,
        action=row.action,
        port=row.source_port,
        precision=row.precision,
        zone=row.zone_basis,
        exhibit=row.exhibit,
        member=row.member,
        place=row.place,
    )
