"""Leads: the rows of every address that the owner does not explain, with what dated sources say about each of its days."""

from __future__ import annotations

from collections import defaultdict
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
    """Return a lead for each of the first 50 addresses: one question to the table, one to the dated data."""
    asked = addresses[:MOST_LEADS]
    rows = event_store.rows_from(connection, asked, MOST_ROWS) if asked else {}
    moments = {address: tuple(map(_moment, rows[address][0])) for address in asked if address in rows}
    pairs: list[tuple[str, date | None]] = [
        (address, day)
        for address, held in moments.items()
        for day in sorted({(item.until or item.at).date() for item in held})
    ]
    told: dict[str, list[AddressContext]] = defaultdict(list)
    for (address, _), context in zip(pairs, contexts_of(pairs), strict=True):
        told[address].append(context)
    return tuple(
        Lead(address=address, moments=held, total=rows[address][1], contexts=tuple(told[address]))
        for address, held in moments.items()
    )


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
