"""The sessions of a case as a table on disk while it is judged: a case may hold more of them than fit into memory.

Sessions are written as they come out of attribution and asked with DuckDB on the connection of the event store. What
findings, links and pictures need comes back as plain values, bounded by what a report can show. The order of sessions
is first event, provider, address, id, everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from forensics.attribution.foreign import AddressSessions, Foreign, SharedAddress, SharedDevice
from forensics.attribution.material import MAX_BASIS, MAX_LISTED
from forensics.attribution.sequence import Begun
from forensics.attribution.session_table import ACTS, PLACES, PLAIN
from forensics.event_store import ADDRESS_USES, HOUR, periods
from forensics.event_table import plain_rows
from forensics.model import Place, Session
from forensics.pipeline.session_rows import BEGUN, GROUP_ROWS, begun, first_places, session, write
from forensics.vocabulary import DEVICE_IDENTIFIERS

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import pyarrow as pa

BATCH = 2_048
ADDRESSES = 4_096
SORTED_ROWS = 2_000_000
"""Sessions that are sorted at once."""
_ORDER = "first, provider, coalesce(address, ''), id"
_FOREIGN = "role = 'unexplained'"
_IDENTIFIED = "(" + " or ".join(f"starts_with(device, '{prefix}')" for prefix in DEVICE_IDENTIFIERS) + ")"


class SessionStore:
    """The table of sessions of one case, for as long as its connection is open."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, sessions: Iterable[pa.RecordBatch]) -> None:
        """Write all sessions (rows of ``session_table``) into ``folder``; an iterator is consumed once, in any order."""
        self._connection = connection
        path = folder / "sessions.parquet.tmp"
        write(path, sessions)
        quoted = str(path).replace("'", "''")
        connection.execute(f"create or replace view sessions as select * from read_parquet('{quoted}')")  # noqa: S608 - our own path
        self.total = self._number("select count(*) from sessions")
        connection.execute(
            f"""create or replace table session_addresses as select address, min(coalesce(seen, first)) as first,
            max(case role when 'unexplained' then 2 when 'owner' then 1 else 0 end) as weight,
            min(coalesce(seen, first)) filter ({_FOREIGN}) as first_foreign,
            count(*) filter ({_FOREIGN}) as foreign_sessions
            from sessions group by address"""  # noqa: S608 - constants of ours
        )
        self.contradict({})

    # --- sessions, streamed ------------------------------------------------------------------------------------------

    def rows(self, *, acts: bool = False) -> Iterator[Session]:
        """Yield all sessions in order, without their places; with their acts where asked for."""
        for batch in self.batches((*PLAIN, *ACTS) if acts else PLAIN, BATCH):
            yield from map(session, plain_rows(batch))

    def begun(self) -> Iterator[Begun]:
        """Yield what sequences ask of sessions, in order: of those with acts, and of unexplained ones that begin something."""
        some = f"(from sessions where len({ACTS[0]}) > 0 or ({_FOREIGN} and starts))"
        for batch in self.batches((*BEGUN, *ACTS), BATCH, of=some):
            yield from begun(batch)

    def contradict(self, reasons: Mapping[str, str]) -> None:
        """Give these sessions the verdict ``contradicts``, for a reason; of all others the verdict is their role."""
        self._connection.execute("create or replace table contradictions (id varchar, said varchar)")
        for name in sorted(reasons):
            self._connection.execute("insert into contradictions values (?, ?)", [name, str(reasons[name])])
        self._connection.execute(
            """create or replace view told_sessions as select s.* replace (
                case when c.id is null then reasons else list_append(reasons, c.said) end as reasons),
            case when c.id is null then role else 'contradicts' end as verdict
            from sessions s left join contradictions c on c.id = s.id"""
        )

    def batches(
        self, columns: Sequence[str], rows: int = GROUP_ROWS, *, of: str = "sessions"
    ) -> Iterator[pa.RecordBatch]:
        """Yield columns of all sessions in order; of many, period by period, as the engine must sort within its memory."""
        query = f"""select {", ".join(columns)} from {of}
        where epoch_us(first) // {HOUR} between ? and ? order by {_ORDER}"""  # noqa: S608 - constants of ours
        with self._connection.cursor() as cursor:
            hours = cursor.execute(
                f"select epoch_us(first) // {HOUR} as hour, count(*) from sessions group by hour order by hour"  # noqa: S608
            ).fetchall()
            for period in periods(hours, SORTED_ROWS):
                yield from cursor.sql(query, params=list(period)).to_arrow_reader(rows)

    def shown(self, others: int, own: int) -> tuple[Session, ...]:
        """Return the unexplained and unknown sessions and the owner's latest, as many as a table shows, in order."""
        chosen = f"select {', '.join(PLAIN)} from sessions where role"  # noqa: S608 - constants of ours
        found = [
            *self._sessions(f"{chosen} <> 'owner' order by role <> 'unexplained', {_ORDER} limit {others}"),
            *self._sessions(f"{chosen} = 'owner' order by first desc, provider, coalesce(address, ''), id limit {own}"),
        ]
        return tuple(sorted(found, key=lambda item: (item.first, item.provider, item.address or "", item.id)))

    def _sessions(self, query: str, parameters: Sequence[object] = ()) -> Iterator[Session]:
        for row in self.ask(query, parameters):
            yield session(row)

    def ask(self, query: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> Iterator[dict[str, Any]]:
        """Stream rows through a cursor of their own, so that another question may be asked meanwhile."""
        with self._connection.cursor() as cursor:
            for batch in cursor.sql(query, params=parameters).to_arrow_reader(BATCH):
                yield from plain_rows(batch)

    def _number(self, query: str, parameters: Sequence[object] = ()) -> int:
        ((number,),) = self._connection.execute(query, parameters).fetchall()
        return int(number)

    # --- addresses ----------------------------------------------------------------------------------------------------

    def first_uses(self) -> Iterator[tuple[list[str], pa.Array]]:
        """Yield every unexplained address with its first unexplained use (times in UTC), by that use, in bounded lists."""
        query = """select address, first_foreign as first from session_addresses
        where first_foreign is not null and address is not null order by 2, 1"""
        with self._connection.cursor() as cursor:
            for batch in cursor.sql(query).to_arrow_reader(ADDRESSES):
                yield batch.column(0).to_pylist(), batch.column(1)

    def suspects(self, most: int, *, baseline: bool) -> tuple[list[tuple[str, tuple[date, ...], bool]], int]:
        """Return the addresses that online look-ups may be about, and their number beyond ``most``.

        Each with the days as of which it is told, and whether the owner used it, too. They are the unexplained ones;
        without a baseline, all that used the accounts.
        """
        which = "address is not null" + (" and first_foreign is not null" if baseline else "")
        rows = self.ask(
            f"""select address, first, first_foreign,
            address in (select address from sessions where role = 'owner' and address is not null) as own
            from session_addresses where {which} order by coalesce(first_foreign, first), address limit {most}"""  # noqa: S608
        )
        found = []
        for row in rows:
            moments = [moment for moment in (row["first_foreign"], row["first"]) if moment is not None]
            days = tuple(sorted({moment.astimezone(UTC).date() for moment in moments}))
            found.append((row["address"], days, bool(row["own"])))
        return found, self._number(f"select count(*) from session_addresses where {which}")  # noqa: S608

    def addresses_used(self) -> int:
        """Return how many addresses have unexplained sessions."""
        return self._number(
            "select count(*) from session_addresses where first_foreign is not null and address is not null"
        )

    def address_batches(self) -> Iterator[pa.RecordBatch]:
        """Yield every address of the case in order of first use, with the weightiest role and first use of its sessions.

        ``role`` and ``used`` are null for an address without sessions.
        """
        query = f"""select uses.*, ['unknown', 'owner', 'unexplained'][weight + 1] as role, its.first as used
        from ({ADDRESS_USES}) uses left join session_addresses its on its.address = uses.address
        order by uses.first nulls last, uses.address"""  # noqa: S608 - constants of ours
        with self._connection.cursor() as cursor:
            yield from cursor.sql(query).to_arrow_reader(ADDRESSES)

    def with_ports(self, addresses: Sequence[str]) -> frozenset[str]:
        """Return which addresses have a source port in an unexplained session."""
        rows = self._connection.execute(
            f"select distinct address from sessions where {_FOREIGN} and ports and address in (select unnest(?))",  # noqa: S608
            [addresses],
        ).fetchall()
        return frozenset(address for (address,) in rows)

    def same_client(self, addresses: Sequence[str]) -> Mapping[str, Mapping[str, datetime]]:
        """Return, for addresses, the others that share a device identifier, with their first unexplained use."""
        rows = self.ask(
            f"""with named as (select distinct address, device from sessions
                where {_FOREIGN} and address is not null and {_IDENTIFIED})
            select distinct one.address as asked, other.address as other, first_foreign as first
            from named as one join named as other on one.device = other.device and one.address <> other.address
            join session_addresses as used on used.address = other.address
            where one.address in (select unnest(?)) order by 1, 2""",  # noqa: S608 - constants of ours
            [list(addresses)],
        )
        found: dict[str, dict[str, datetime]] = {}
        for row in rows:
            found.setdefault(row["asked"], {})[row["other"]] = row["first"].astimezone(UTC)
        return found

    def devices_of(self, addresses: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the device identifiers of the unexplained sessions of addresses, in order."""
        return self._lists("device", _IDENTIFIED, addresses)

    def clients_of(self, addresses: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the whole client texts of the unexplained sessions of addresses, in order."""
        return self._lists("client", "client <> ''", addresses)

    def hours_of(self, addresses: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
        """Return the hours (UTC) in which unexplained sessions of addresses began, in order."""
        return self._lists("hour(first)", "true", addresses)

    def _lists(self, value: str, where: str, addresses: Sequence[str]) -> dict[str, tuple[Any, ...]]:
        """Return, by address, the distinct values of its unexplained sessions, in order."""
        rows = self._connection.execute(
            f"""select address, list_sort(list(distinct {value})) from sessions
            where {_FOREIGN} and {where} and address in (select unnest(?)) group by address""",  # noqa: S608 - ours
            [list(addresses)],
        ).fetchall()
        return {address: tuple(found) for address, found in rows}

    def names_in_mail(self, addresses: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return what machines at addresses called themselves when they handed mail over, in lower case and in order."""
        rows = self._connection.execute(
            """select address, list_sort(list(distinct lower(json_extract_string(detail, '$.helo')))) from events
            where address in (select unnest(?)) and detail like '%"helo":"%' group by address""",
            [list(addresses)],
        ).fetchall()
        return {address: tuple(name for name in names if name) for address, names in rows}

    # --- what findings say of unexplained sessions --------------------------------------------------------------------

    def foreign(self, linked: Sequence[str], *, baseline: bool) -> Foreign:
        """Return what findings say of the unexplained sessions; ``linked`` are the addresses that were weighed."""
        sessions = self._number(f"select count(*) from sessions where {_FOREIGN}")  # noqa: S608
        first = self._connection.execute(
            f"""select address from session_addresses where first_foreign is not null and address is not null
            order by address limit {MAX_LISTED}"""  # noqa: S608
        ).fetchall()
        told = Foreign(
            sessions=sessions,
            addresses=self.addresses_used(),
            first_addresses=tuple(address for (address,) in first),
            basis=self._basis(_FOREIGN),
            weighed=self._basis_of(linked),
        )
        return self._with_baseline(told) if baseline and sessions else told

    def _with_baseline(self, told: Foreign) -> Foreign:
        """Add what is said only where the owner declared something."""
        from dataclasses import replace

        rows = self._connection.execute(
            f"""select address, foreign_sessions from session_addresses where first_foreign is not null
            order by first_foreign, coalesce(address, '') limit {MAX_LISTED}"""  # noqa: S608
        ).fetchall()
        named = [address for address, _ in rows]
        each = tuple(
            AddressSessions(address=address or "", sessions=tuple(self._of_address(address))) for address in named
        )
        all_addresses = self._number("select count(*) from session_addresses where first_foreign is not null")
        rest_sessions = told.sessions - sum(number for _, number in rows)
        shared, shared_total = self._shared_addresses()
        devices, devices_total = self._shared_devices()
        return replace(
            told,
            by_address=each,
            rest_sessions=rest_sessions,
            rest_addresses=all_addresses - len(named),
            rest_basis=self._rest(named) if rest_sessions else (),
            shared_addresses=shared,
            shared_devices=devices,
            shared_total=shared_total + devices_total,
        )

    def _of_address(self, address: str | None) -> Iterator[Session]:
        """Yield the unexplained sessions of an address; the first ones with their places."""
        query = f"""select {", ".join(PLAIN)} from sessions
        where {_FOREIGN} and address is not distinct from ? order by {_ORDER}"""  # noqa: S608
        placed = self.ask(
            f"""select {", ".join(PLACES)} from sessions
            where {_FOREIGN} and address is not distinct from ? order by {_ORDER} limit {MAX_BASIS}""",  # noqa: S608
            [address],
        )
        for row in self.ask(query, [address]):
            yield session({**row, **next(placed, {})})

    def _rest(self, named: Sequence[str | None]) -> tuple[Place, ...]:
        """Return the first places of all other unexplained addresses, in order of first use."""
        rows = self.ask(
            f"""select {", ".join(PLACES)} from sessions join
            (select address as its, first_foreign from session_addresses where first_foreign is not null
             order by first_foreign, coalesce(address, '') offset {len(named)})
            on its is not distinct from address where {_FOREIGN}
            order by first_foreign, coalesce(address, ''), {_ORDER} limit {MAX_BASIS}"""  # noqa: S608
        )
        return first_places(rows)

    def _shared_addresses(self) -> tuple[tuple[SharedAddress, ...], int]:
        """Return the unexplained addresses that occur in the records of several providers, and their number."""
        several = """select address, list_sort(list(distinct provider)) as providers from events
        where address in (select address from session_addresses where first_foreign is not null)
        group by address having count(distinct provider) > 1"""
        total = self._number(f"select count(*) from ({several})")  # noqa: S608
        rows = list(self.ask(f"{several} order by address limit {MAX_LISTED}"))
        basis = self._basis_of([row["address"] for row in rows])
        shared = tuple(
            SharedAddress(address=row["address"], providers=tuple(row["providers"]), basis=basis[row["address"]])
            for row in rows
        )
        return shared, total

    def _shared_devices(self) -> tuple[tuple[SharedDevice, ...], int]:
        """Return the device identifiers that unexplained sessions used from several addresses, and their number."""
        several = f"""select device, count(distinct address) as n from sessions where {_FOREIGN} and {_IDENTIFIED}
        group by device having n > 1"""  # noqa: S608
        total = self._number(f"select count(*) from ({several})")  # noqa: S608
        rows = list(self.ask(f"{several} order by device limit {MAX_LISTED}"))
        return tuple(self._shared_device(row["device"], row["n"]) for row in rows), total

    def _shared_device(self, device: str, number: int) -> SharedDevice:
        addresses = self._connection.execute(
            f"""select distinct address from sessions where {_FOREIGN} and device = ? and address is not null
            order by address limit {MAX_LISTED}""",  # noqa: S608
            [device],
        ).fetchall()
        return SharedDevice(
            device=device,
            addresses=tuple(address for (address,) in addresses),
            total=number,
            basis=self._basis(f"{_FOREIGN} and device = ?", [device]),
        )

    def _basis(self, where: str, parameters: Sequence[object] = ()) -> tuple[Place, ...]:
        query = f"select {', '.join(PLACES)} from sessions where {where} order by {_ORDER} limit {MAX_BASIS}"  # noqa: S608
        return first_places(self.ask(query, parameters))

    def _basis_of(self, addresses: Sequence[str]) -> Mapping[str, tuple[Place, ...]]:
        """Return the first places of the unexplained sessions of each address."""
        rows: dict[str, list[dict[str, Any]]] = {}
        query = f"""select address, {", ".join(PLACES)} from sessions
        where {_FOREIGN} and address in (select unnest(?))
        qualify row_number() over (partition by address order by {_ORDER}) <= {MAX_BASIS}
        order by address, {_ORDER}"""  # noqa: S608
        for row in self.ask(query, [list(addresses)]):
            rows.setdefault(row["address"], []).append(row)
        return {address: first_places(rows.get(address, [])) for address in addresses}
