"""MRT table dumps of route collectors: RouteViews ``rib.YYYYMMDD.HHMM.bz2``, RIPE RIS ``bview.YYYYMMDD.HHMM.gz``.

The date is the time stamp of the dump's first record (UTC). Per prefix the origin AS that most peers see is kept, with
every other origin beside it and the percentage of the collector's peers (those that report anything of that family)
which see it: a prefix that few peers see may be a leak or a mistake. Default routes are left out: they would call every
unannounced address announced. Files of updates hold no table and are refused. There are no holders' names in it.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forensics.enrichment.importer import Imported, Importer, Ledger, Options, RowError, chosen_kind
from forensics.enrichment.lookup import V4, V6
from forensics.enrichment.mrt import TABLE_DUMP, TABLE_DUMP_V2, Dump, Record
from forensics.enrichment.routes import DEFAULT_ROUTE, Routes
from forensics.enrichment.source_file import day_in
from forensics.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from forensics.enrichment.source_file import SourceFile

_UPDATES = (16, 17)  # BGP4MP, BGP4MP_ET
_EARLIEST = 883_612_800  # 1998-01-01; RouteViews began then
_LATEST = 4_102_444_800  # 2100-01-01
_LONGEST = 86_400  # seconds that one dump may take
_HEADER = 12


def _recognises(source: SourceFile) -> bool:
    head = source.head[:_HEADER]
    if len(head) < _HEADER or source.head_lines:
        return False
    time, kind = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:6], "big")
    return kind in (TABLE_DUMP, TABLE_DUMP_V2, *_UPDATES) and _EARLIEST <= time < _LATEST


def _read(source: SourceFile, options: Options) -> Imported:
    kind = chosen_kind(options, IMPORTER.kinds, source.name)
    ledger, dump = Ledger(), Dump()
    seen: dict[int, set[Hashable]] = {V4: set(), V6: set()}
    with source.opened() as stream:
        held = _Rows()
        for merged in _merged(dump.read(stream, source.name)):
            for peers in merged.origins.values():
                seen[merged.family] |= peers
            held.add(merged)
    if dump.first_time is None:
        raise DataError("no table in this MRT file", where=source.name, hint="Take a rib or bview file, not updates")
    routes = Routes(ledger, "byte")
    held.into(routes, ledger, {family: len(peers) for family, peers in seen.items()})
    _account(ledger, dump)
    v4, v6 = routes.tables(shares=True)
    as_of = datetime.fromtimestamp(dump.first_time, UTC).date()
    return Imported(kind=kind, ledger=ledger, as_of=as_of, named_day=day_in(source.name), v4=v4, v6=v6)


def _account(ledger: Ledger, dump: Dump) -> None:
    """Carry over what the reading has counted."""
    ledger.rows = dump.records
    for name, count in dump.skipped.items():
        ledger.leave_out(name, count)
    for place, reason in dump.damaged:
        ledger.reject(f"byte:{place}", reason)
    ledger.rejections += dump.damages - len(dump.damaged)
    if dump.first_time is not None and dump.last_time - dump.first_time > _LONGEST:
        ledger.warn("the records of this dump are more than a day apart")


def _merged(records: Iterable[Record]) -> Iterator[Record]:
    """Join records about the same prefix that follow each other, as the older form writes them, one per peer."""
    current: Record | None = None
    for record in records:
        if current is not None and (record.number, record.length, record.family) == (
            current.number,
            current.length,
            current.family,
        ):
            for origin, peers in record.origins.items():
                current.origins.setdefault(origin, set()).update(peers)
            continue
        if current is not None:
            yield current
        current = record
    if current is not None:
        yield current


class _Rows:
    """The prefixes of a dump in growing columns, one row per prefix and combination of origins."""

    def __init__(self) -> None:
        self._number: dict[int, list[int]] = {V4: [], V6: []}
        self._rest: dict[int, array[int]] = {V4: array("Q"), V6: array("Q")}
        self._origins: dict[tuple[str, ...], int] = {}

    def add(self, record: Record) -> None:
        """Add one prefix: its origins by falling number of peers, then by AS number."""
        ranked = sorted(record.origins, key=lambda origin: (-len(record.origins[origin]), len(origin), origin))
        place = self._origins.setdefault(tuple(ranked), len(self._origins))
        most = len(record.origins[ranked[0]]) if ranked else 0
        self._number[record.family].append(record.number)
        self._rest[record.family].extend((record.length, place, most, record.place))

    def into(self, routes: Routes, ledger: Ledger, peers: dict[int, int]) -> None:
        """Hand every prefix to ``routes``; ``peers`` is how many report anything of a family."""
        words = list(self._origins)
        left_out: dict[str, int] = defaultdict(int)
        for family, numbers in self._number.items():
            rest = self._rest[family]
            for row, number in enumerate(numbers):
                length, place, most, byte = rest[4 * row : 4 * row + 4]
                if not length or not words[place]:
                    left_out[DEFAULT_ROUTE if not length else "prefixes that no peer reports"] += 1
                    continue
                try:
                    routes.add(family, number, length, words[place], byte, max(1, 100 * most // peers[family]))
                except RowError as error:
                    ledger.reject(f"byte:{byte}", error)
        for rule, count in left_out.items():
            ledger.leave_out(rule, count)


IMPORTER = Importer(
    title="MRT table dump of a route collector (RouteViews rib, RIPE RIS bview)",
    kinds=("ip_asn",),
    recognises=_recognises,
    read=_read,
)
