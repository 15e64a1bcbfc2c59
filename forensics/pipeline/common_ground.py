"""What the unexplained sessions of cases have in common, found with DuckDB in bounded memory: only ties become objects.

Addresses are compared by key: an IPv4 address, the /64 of an IPv6 address. What any owner declares or used as their own,
in whichever case, is taken out before anything is compared, and so are addresses that mean something on one network only.
Of sessions whose role is unknown nothing but their number leaves this module. Sessions that two cases tell alike (one
account exported twice) are no coincidence and are taken out of that pair.

A use of an address is dated by the *last* row of its session: a list of sessions tells the address of the last use.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from forensics.enrichment.special_purpose import special_purpose
from forensics.errors import CaseError, UsageError
from forensics.event_store import MEMORY_LIMIT, THREADS
from forensics.pipeline.compared_cases import SESSIONS, ComparedCase
from forensics.vocabulary import DEVICE_IDENTIFIERS

if TYPE_CHECKING:
    from pathlib import Path

    from forensics.enrichment.context import Inquiry

CHUNK = 5_000
_IPV6 = 6
_IDENTIFIED = "(" + " or ".join(f"starts_with(device, '{prefix}')" for prefix in DEVICE_IDENTIFIERS) + ")"
_COLUMNS = ("provider", "account", "address", "device", "first", "last", "role")
_TELLING = ("Documentation", "Reserved")
"""Special-purpose blocks that stand for ordinary addresses in fiction; all others mean something on one network only."""


class CommonGround:
    """The sessions of all compared cases in one table on disk, and the questions that a comparison asks of it."""

    def __init__(self, cases: Sequence[ComparedCase], inquiry: Inquiry, work: Path) -> None:
        """Read the sessions of all cases; ``work`` is a folder for the table."""
        import duckdb

        self._connection = duckdb.connect(
            str(work / "correlation.duckdb"),
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(work / "spill"),
                "threads": str(THREADS),
            },
        )
        self._cases = cases
        self._connection.execute(
            f"create table sessions ({', '.join(f'{name} varchar' for name in _COLUMNS)}, case_no integer)"
        )
        for number, case in enumerate(cases):
            self._read(number, case)
        self._place(inquiry)
        self._devices()

    def close(self) -> None:
        """Give the table up."""
        self._connection.close()

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read(self, number: int, case: ComparedCase) -> None:
        import duckdb

        names = ", ".join(f"{name}: 'VARCHAR'" for name in _COLUMNS)
        query = f"""insert into sessions select {", ".join(_COLUMNS)}, {number} from
            read_json(?, format = 'newline_delimited', columns = {{{names}}})"""  # noqa: S608 - constants of ours
        try:
            self._connection.execute(query, [str(case.path / SESSIONS)])
            self._connection.execute("select count(cast(left(last, 10) as date)) from sessions")
        except duckdb.Error as error:
            raise CaseError(f"{SESSIONS} is damaged", where=case.name, hint="Run `forensics verify`") from error

    def _place(self, inquiry: Inquiry) -> None:
        """Work out for every unexplained address what it is compared by, and whether it may be compared at all."""
        self._connection.execute(
            """create table places (case_no integer, address varchar, key varchar, around varchar, asn integer,
            country varchar, classes varchar, barred varchar)"""
        )
        self._connection.execute("create table own (key varchar)")
        try:
            self._fill_places(inquiry)
        except (UsageError, ValueError) as error:
            raise CaseError(f"{SESSIONS} holds no address where one belongs", hint="Run `forensics verify`") from error
        self._connection.execute("update places set barred = 'owner' where key in (select key from own)")

    def _fill_places(self, inquiry: Inquiry) -> None:
        self._fill("own", ([(_key(address),) for (address,) in rows] for rows in self._lists(_OWN)))
        self._fill("places", (self._placed(rows, inquiry) for rows in self._lists(_UNEXPLAINED)))

    def _lists(self, query: str) -> Iterator[list[Any]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(CHUNK):
                yield rows

    def _fill(self, table: str, lists: Iterator[list[tuple[Any, ...]]]) -> None:
        import pyarrow as pa

        described = self._connection.execute(f"describe {table}").fetchall()
        kinds = [pa.int32() if kind == "INTEGER" else pa.string() for _, kind, *_ in described]
        for rows in lists:
            columns = [pa.array(column, type=kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
            held = pa.table(columns, names=[name for name, *_ in described])
            self._connection.register("held", held)
            self._connection.execute(f"insert into {table} select * from held")  # noqa: S608 - one of two names of ours
            self._connection.unregister("held")

    def _placed(self, rows: Sequence[Any], inquiry: Inquiry) -> list[tuple[Any, ...]]:
        contexts = inquiry.contexts([(address, date.fromisoformat(day)) for _, address, day in rows])
        found = []
        for (number, address, _), context in zip(rows, contexts, strict=True):
            origin = context.origin_as.value
            found.append(
                (
                    number,
                    address,
                    _key(address),
                    around(address),
                    int(origin[2:]) if origin else None,
                    context.country.value or "",
                    " ".join(context.classes),
                    self._barred(address),
                )
            )
        return found

    def _barred(self, address: str) -> str:
        """Return why an address may not be compared: an owner declares it (at whatever time), or it has no one place."""
        parsed = ipaddress.ip_address(address)
        nets = _declared(tuple(item.net for case in self._cases for item in case.owner.addresses))
        if any(_meets(parsed, net) for net in nets):
            return "owner"
        special = special_purpose(parsed)
        inner = special is not None and not special.globally_reachable and not special.name.startswith(_TELLING)
        return "special" if inner else ""

    def _devices(self) -> None:
        """Gather the device identifiers of unexplained sessions that no owner declares or used."""
        declared = sorted({device for case in self._cases for device in case.owner.devices})
        self._connection.execute(
            f"""create table devices as select case_no, device, min(left(last, 10)) as first, max(left(last, 10)) as last,
            count(*) as sessions from sessions where role = 'unexplained' and {_IDENTIFIED}
            and device not in (select device from sessions where role = 'owner' and {_IDENTIFIED})
            and device not in (select unnest(?)) group by case_no, device""",  # noqa: S608 - constants of ours
            [declared],
        )

    # --- questions about one case ------------------------------------------------------------------------------------

    def left_out(self, number: int) -> dict[str, int]:
        """Return how much of a case is not compared, by reason."""
        query = """select count(*) filter (barred = 'owner'), count(*) filter (barred = 'special') from places
        where case_no = ?"""
        owner, special = self._one(query, [number])
        unknown, without = self._one(
            """select count(*) filter (role = 'unknown'), count(*) filter (role = 'unexplained' and address is null)
            from sessions where case_no = ?""",
            [number],
        )
        return {
            "addresses_of_an_owner": owner,
            "addresses_of_one_network_only": special,
            "sessions_of_unknown_role": unknown,
            "unexplained_sessions_without_address": without,
        }

    def days(self, number: int, addresses: Sequence[str]) -> Mapping[str, tuple[date, ...]]:
        """Return on which days unexplained sessions attest addresses of a case."""
        query = """select address, list_sort(list(distinct left(last, 10))) from sessions
        where case_no = ? and role = 'unexplained' and address in (select unnest(?)) group by address order by address"""
        rows = self._connection.execute(query, [number, list(addresses)]).fetchall()
        return {address: tuple(date.fromisoformat(day) for day in days) for address, days in rows}

    def same_client(self, number: int, address: str, most: int) -> list[str]:
        """Return the other compared addresses of a case that share a device identifier with one."""
        query = """select distinct s.address from sessions s join places p using (case_no, address)
        where s.case_no = $n and s.role = 'unexplained' and p.barred = '' and s.address <> $a and s.device in
            (select device from sessions join devices using (case_no, device)
             where case_no = $n and role = 'unexplained' and address = $a)
        order by 1 limit $most"""
        rows = self._connection.execute(query, {"n": number, "a": address, "most": most}).fetchall()
        return [found for (found,) in rows]

    def classes(self, number: int, addresses: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the classes that dated context gives addresses of a case on their first day there."""
        query = "select address, classes from places where case_no = ? and address in (select unnest(?))"
        rows = self._connection.execute(query, [number, list(addresses)]).fetchall()
        return {address: tuple(classes.split()) for address, classes in rows}

    # --- questions about two cases -----------------------------------------------------------------------------------

    def pair(self, one: int, other: int) -> dict[str, Any]:
        """Prepare the questions about two cases, and return how much there is to compare."""
        self._connection.execute(
            f"""create or replace temp table alike as select provider, account, address, first, last from sessions
            where case_no in ({one}, {other}) and role = 'unexplained' group by all having count(distinct case_no) = 2"""  # noqa: S608
        )
        self._connection.execute(
            f"""create or replace temp table compared as select case_no, address, key, around, asn,
            min(left(last, 10)) as first, max(left(last, 10)) as last, count(*) as sessions
            from sessions as s join places using (case_no, address)
            where case_no in ({one}, {other}) and role = 'unexplained' and barred = '' and not exists (
                select 1 from alike as a where a.provider is not distinct from s.provider
                and a.account is not distinct from s.account and a.address is not distinct from s.address
                and a.first = s.first and a.last = s.last) group by all"""  # noqa: S608 - two numbers
        )
        self._connection.execute(
            """create or replace temp table exact as select key from compared group by key
            having count(distinct case_no) = 2"""
        )
        self._connection.execute(
            """create or replace temp table near as select around, asn from compared where asn is not null
            group by around, asn having count(distinct case_no) = 2
            and count(*) filter (key not in (select key from exact)) > 0"""
        )
        (told_twice,) = self._one("select count(*) from alike")
        (accounts,) = self._one(
            f"""select count(*) from (select provider, account from sessions where case_no in ({one}, {other})
            and account <> '' group by all having count(distinct case_no) = 2)"""  # noqa: S608 - two numbers
        )
        numbers = [
            self._one("select count(distinct key) from compared where case_no = ?", [n])[0] for n in (one, other)
        ]
        devices = [self._one("select count(*) from devices where case_no = ?", [n])[0] for n in (one, other)]
        return {"addresses": numbers, "devices": devices, "told_twice": told_twice, "accounts": accounts}

    def exact(self, one: int, other: int, most: int) -> tuple[list[dict[str, Any]], int]:
        """Return the addresses that both cases hold (of IPv6: the /64), the first ``most``, and their number."""
        query = """select a.key, min(a.address) as one, min(b.address) as other,
        (select count(distinct case_no) from places where key = a.key) as cases
        from compared a join compared b on a.key = b.key and a.case_no = ? and b.case_no = ?
        group by a.key order by a.key limit ?"""
        (total,) = self._one("select count(*) from exact")
        return self._dicts(query, [one, other, most]), total

    def near(self, one: int, other: int, most: int) -> tuple[list[dict[str, Any]], int]:
        """Return the /24 (IPv6: /48) within one AS that both cases use with different addresses."""
        query = f"""select around, asn, {_SIDE.format("one")}, {_SIDE.format("other")}
        from compared join near using (around, asn) group by around, asn order by around, asn limit $most"""  # noqa: S608
        (total,) = self._one("select count(*) from near")
        return self._dicts(query, {"one": one, "other": other, "most": most}), total

    def origins(self, one: int, other: int, most: int) -> tuple[list[dict[str, Any]], int]:
        """Return the origin AS that both cases share and that nothing closer implies."""
        having = """asn is not null and key not in (select key from exact)
        and not exists (select 1 from near as n where n.around = compared.around and n.asn = compared.asn)"""
        shared = f"""select asn, {_SIDE.format("one")}, {_SIDE.format("other")} from compared where asn in
        (select asn from compared where asn is not null group by asn having count(distinct case_no) = 2)
        group by asn having count(*) filter ({having}) > 0"""  # noqa: S608 - constants of ours
        numbers = {"one": one, "other": other}
        (total,) = self._one(f"select count(*) from ({shared})", numbers)  # noqa: S608
        return self._dicts(f"{shared} order by asn limit $most", {**numbers, "most": most}), total

    def unmatched(self, number: int, most: int) -> tuple[list[str], int]:
        """Return the compared addresses of a case that the other does not hold: the first, and their number."""
        where = "case_no = ? and key not in (select key from exact)"
        (total,) = self._one(f"select count(*) from compared where {where}", [number])  # noqa: S608
        rows = self._connection.execute(
            f"select address from compared where {where} order by first, address limit {most}",  # noqa: S608
            [number],
        ).fetchall()
        return [address for (address,) in rows], total

    def addresses(self, number: int, most: int) -> list[str]:
        """Return the compared addresses of a case, at most so many, in a fixed order."""
        rows = self._connection.execute(
            "select min(address) from compared where case_no = ? group by key order by 1 limit ?", [number, most]
        ).fetchall()
        return [address for (address,) in rows]

    def devices(self, one: int, other: int, most: int) -> tuple[list[dict[str, Any]], int]:
        """Return the device identifiers that both cases hold, the first ``most``, and their number."""
        joined = f"""from devices a join devices b on a.device = b.device and a.case_no = {one} and b.case_no = {other}
        where not exists (select 1 from alike join sessions s using (provider, account, first, last)
            where s.device = a.device and s.role = 'unexplained')"""  # noqa: S608 - two numbers
        (total,) = self._one(f"select count(*) {joined}")
        told = """a.device, (select count(*) from devices where device = a.device) as cases, a.first as one_first,
        a.last as one_last, b.first as other_first, b.last as other_last"""
        query = f"select {told} {joined} order by a.device limit {most}"
        return self._dicts(query, []), total

    def device_keys(self, number: int, device: str) -> frozenset[str]:
        """Return the keys of the addresses at which a case saw a device."""
        rows = self._connection.execute(
            """select distinct key from sessions join places using (case_no, address)
            where case_no = ? and role = 'unexplained' and device = ?""",
            [number, device],
        ).fetchall()
        return frozenset(key for (key,) in rows)

    def address_dates(self, number: int, address: str) -> tuple[str, str, int]:
        """Return the first and last day and the number of sessions of a compared address (IPv6: its /64) of a case."""
        first, last, sessions = self._one(
            "select min(first), max(last), sum(sessions)::bigint from compared where case_no = ? and key = ?",
            [number, _key(address)],
        )
        return first, last, sessions

    # --- plumbing -----------------------------------------------------------------------------------------------------

    def _one(self, query: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> tuple[Any, ...]:
        (row,) = self._connection.execute(query, parameters).fetchall()
        return tuple(row)

    def _dicts(self, query: str, parameters: Sequence[object] | Mapping[str, object]) -> list[dict[str, Any]]:
        found = self._connection.execute(query, parameters)
        names = [item[0] for item in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


_OWN = "select distinct address from sessions where role = 'owner' and address is not null"
_UNEXPLAINED = """select case_no, address, min(left(last, 10)) from sessions
where role = 'unexplained' and address is not null group by case_no, address order by case_no, address"""
_SIDE = (
    "arg_min(address, (first, address)) filter (case_no = ${0}) as {0}, count(*) filter (case_no = ${0}) as {0}_number"
)


def _key(address: str) -> str:
    """Return what an address is compared by: itself, or the /64 of IPv6."""
    parsed = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64))) if parsed.version == _IPV6 else str(parsed)


def around(address: str) -> str:
    """Return the /24 (IPv6: /48) around an address."""
    return str(ipaddress.ip_network(f"{address}/{48 if ':' in address else 24}", strict=False))


def _meets(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, net: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    """Whether a declared network holds an address, or lies in the /64 of it."""
    if address.version != net.version:
        return False
    if address.version == _IPV6:
        return net.overlaps(ipaddress.ip_network(_key(str(address))))
    return address in net


@cache
def _declared(nets: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(net) for net in sorted(set(nets)))
