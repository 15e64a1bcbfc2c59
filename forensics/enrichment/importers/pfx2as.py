"""CAIDA's RouteViews prefix-to-AS tables: ``routeviews-rv2-YYYYMMDD-HHMM.pfx2as.gz`` (IPv4), ``routeviews-rv6-…`` (IPv6).

One prefix a line, three fields with tabs between: first address, length, origin. Origins of a prefix that several AS
announce are joined by ``_``, the most frequent first; in files before 2010-10-27 they are in the order of their numbers,
which is told. An AS set is joined by ``,``. Files exist for every day since 2005-05-09 (IPv4) and 2007-01-01 (IPv6).

The content states no date. The file's name does, but a name can be anything: the user says the day with ``--as-of``, and
a name that says another one is told. There are no holders' names in it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from forensics.enrichment.importer import Imported, Importer, Ledger, Options, RowError, chosen_kind
from forensics.enrichment.prefix_table import prefix
from forensics.enrichment.routes import DEFAULT_ROUTE, Routes
from forensics.enrichment.source_file import day_in

if TYPE_CHECKING:
    from forensics.enrichment.source_file import SourceFile

_LINE = re.compile(r"[0-9A-Fa-f.:]+\s+[0-9]{1,3}\s+[0-9][0-9_,]*")
_FIELDS = 3
_BY_FREQUENCY = date(2010, 10, 27)


def _recognises(source: SourceFile) -> bool:
    lines = source.head_lines
    return bool(lines) and sum(bool(_LINE.fullmatch(line)) for line in lines) * 2 > len(lines)


def _read(source: SourceFile, options: Options) -> Imported:
    kind = chosen_kind(options, IMPORTER.kinds, source.name)
    ledger = Ledger()
    routes = Routes(ledger)
    for number, line in source.lines():
        if not line or line.startswith(b"#"):
            continue
        ledger.rows += 1
        try:
            _add(routes, ledger, number, line)
        except RowError as error:
            ledger.reject(f"line:{number}", error)
    v4, v6 = routes.tables()
    named = day_in(source.name)
    day = options.day or named
    if day is not None and day < _BY_FREQUENCY and any(v4.origin_sets):
        ledger.warn(
            f"before {_BY_FREQUENCY} several origins stand in the order of their numbers: the first is no better"
        )
    return Imported(kind=kind, ledger=ledger, named_day=named, v4=v4, v6=v6)


def _add(routes: Routes, ledger: Ledger, number: int, line: bytes) -> None:
    """Read one line."""
    fields = line.decode("ascii", "backslashreplace").split()
    if len(fields) != _FIELDS:
        raise RowError(f"{len(fields)} fields where a line has {_FIELDS}")
    family, first, length = prefix(fields[0], fields[1])
    origins = tuple(dict.fromkeys(fields[2].split("_")))
    if length:
        routes.add(family, first, length, origins, number)
    else:
        ledger.leave_out(DEFAULT_ROUTE)


IMPORTER = Importer(
    title="CAIDA RouteViews prefix-to-AS table (pfx2as)",
    kinds=("ip_asn",),
    recognises=_recognises,
    read=_read,
)
