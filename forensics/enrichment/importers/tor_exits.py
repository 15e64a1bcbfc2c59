"""Lists of the addresses of Tor exits: the Tor Project's bulk exit list, and the exit lists that CollecTor archives.

The bulk list has one address a line and states no date: the user says the day on which it was fetched. An archived list
(``@type tordnsel 1.0``; TorDNSEL's exit list format) states when it was made in a line ``Downloaded``, and names per
relay the addresses from which its exit traffic was seen: ``ExitAddress 192.0.2.1 2020-03-17 12:00:00`` (UTC). A test
stays in a list for 48 hours, so an address in the list of a day left through that relay on that day or shortly before.

What is made: one class word per address, ``tor_exit/tor-bulk-exit-list`` or ``tor_exit/tordnsel-exit-list``.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from forensics.enrichment.importer import Imported, Importer, Ledger, Options, RowError, chosen_kind
from forensics.enrichment.lookup import V4, V6
from forensics.enrichment.prefix_table import address, columns, halves, most_specific, table, width
from forensics.errors import DataError

if TYPE_CHECKING:
    from forensics.enrichment.lookup import RangeTable
    from forensics.enrichment.source_file import SourceFile

_BULK, _ARCHIVED = "tor-bulk-exit-list", "tordnsel-exit-list"
_KEYWORDS = ("ExitNode", "Published", "LastStatus", "ExitAddress", "Downloaded", "@type", "@source")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2}) \d{2}:\d{2}:\d{2}")
_KEPT = timedelta(days=3)  # a test is dropped after 48 hours
_LOOKED_AT = 20


def _recognises(source: SourceFile) -> bool:
    lines = source.head_lines[:_LOOKED_AT]
    if lines and (lines[0].startswith("@type tordnsel") or lines[0].split(" ", 1)[0] in ("ExitNode", "Downloaded")):
        return True
    return bool(lines) and all(_is_address(line) for line in lines)


def _is_address(text: str) -> bool:
    try:
        address(text)
    except RowError:
        return False
    return True


def _read(source: SourceFile, options: Options) -> Imported:
    kind = chosen_kind(options, IMPORTER.kinds, source.name)
    ledger = Ledger()
    archived = any(line.split(" ", 1)[0] in _KEYWORDS for line in source.head_lines[:_LOOKED_AT])
    found: set[tuple[int, int]] = set()
    made: set[date] = set()
    tested: set[date] = set()
    for number, line in source.lines():
        text = line.decode("utf-8", "backslashreplace").strip()
        if not text or text.startswith("#"):
            continue
        ledger.rows += 1
        try:
            if archived:
                _archived_line(text, found, made, tested)
            else:
                found.add(address(text))
        except RowError as error:
            ledger.reject(f"line:{number}", error)
    if len(made) > 1:
        raise DataError(
            "several exit lists of different days in one file", where=source.name, hint="Import them one by one"
        )
    as_of = next(iter(made), None)
    if as_of is not None and any(not as_of - _KEPT <= day <= as_of for day in tested):
        ledger.warn(f"tests of other days than those before {as_of} stand in the list")
    word = (f"tor_exit/{options.list_name or (_ARCHIVED if archived else _BULK)}",)
    return Imported(kind=kind, ledger=ledger, as_of=as_of, v4=_table(found, V4, word), v6=_table(found, V6, word))


def _archived_line(text: str, found: set[tuple[int, int]], made: set[date], tested: set[date]) -> None:
    """Read one line of an archived list."""
    word, _, rest = text.partition(" ")
    if word == "ExitAddress":
        where, _, when = rest.partition(" ")
        tested.add(_day(when))
        found.add(address(where))
    elif word == "Downloaded":
        made.add(_day(rest))
    elif word not in _KEYWORDS:
        raise RowError(f"not a line of an exit list: {text[:60]!r}")


def _day(text: str) -> date:
    """Return the day of a time in UTC."""
    stated = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(stated[1] if stated else "")
    except ValueError as error:
        raise RowError(f"not a time: {text[:40]!r}") from error


def _table(found: set[tuple[int, int]], family: int, word: tuple[str, ...]) -> RangeTable:
    import numpy as np

    numbers = sorted(number for held, number in found if held == family)
    bits = width(family)
    leaves = most_specific(halves(numbers), np.full(len(numbers), bits, np.uint8), bits)
    return table(leaves, columns(len(numbers), classes=[word] * len(numbers)))


IMPORTER = Importer(
    title="Tor exit list (bulk list of addresses, or TorDNSEL list of CollecTor)",
    kinds=("net_class",),
    recognises=_recognises,
    read=_read,
)
