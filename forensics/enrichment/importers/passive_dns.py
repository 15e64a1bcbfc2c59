"""Passive DNS: CSV tables with a header line, and JSON lines in the Common Output Format.

The names of the fields are those of "Passive DNS - Common Output Format" (draft-dulaunoy-dnsop-passive-dns-cof):
``rrname``, ``rrtype``, ``rdata`` (one text or a list), ``time_first``, ``time_last``, ``count``; where a sensor's times
are missing, those of a zone file (``zone_time_first``, ``zone_time_last``). Tables also write ``first_seen`` and
``last_seen``. A time is a number of seconds since 1970 (UTC), or RFC 3339 text with a zone, or ``YYYY-MM-DD HH:MM:SS``
and ``YYYY-MM-DD``, which such tables mean in UTC.

A, AAAA and PTR records are kept, because they tie a name to an address; other types are counted. Every row has its own
interval; the day of the whole (``--as-of``) is the day on which the user obtained it.
"""

from __future__ import annotations

import csv
import ipaddress
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forensics.enrichment.importer import Imported, Importer, Ledger, Options, RowError, chosen_kind
from forensics.enrichment.passive_dns import EARLIEST, KIND, LATEST, Observation, arrow_table
from forensics.enrichment.prefix_table import address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from forensics.enrichment.source_file import SourceFile

_KEYS = {
    "rrname": ("rrname", "name", "query"),
    "rrtype": ("rrtype", "type"),
    "rdata": ("rdata", "answer", "data"),
    "first": ("time_first", "first_seen", "firstseen", "zone_time_first"),
    "last": ("time_last", "last_seen", "lastseen", "zone_time_last"),
    "count": ("count",),
}
_NEEDED = ("rrname", "rrtype", "rdata", "first", "last")
_ADDRESS_OF = {"A": 4, "AAAA": 6}
_MOST_NAME = 255 * 4  # characters: RFC 1035 allows 255 bytes, each of which may be written as \DDD
_NIBBLES = 32  # of an IPv6 address
_MOST_VALUES = 10_000
_MOST_COUNT = (1 << 63) - 1


def _recognises(source: SourceFile) -> bool:
    lines = source.head_lines[:1]
    if not lines:
        return False
    if lines[0].startswith("{"):
        return '"rrname"' in lines[0] and '"rdata"' in lines[0]
    return {"rrtype", "rdata"} <= set(_header(lines[0]))


def _header(line: str) -> list[str]:
    return [name.strip().strip('"').lower() for name in line.split(_delimiter(line))]


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _read(source: SourceFile, options: Options) -> Imported:
    kind = chosen_kind(options, IMPORTER.kinds, source.name)
    ledger = Ledger()
    found: set[Observation] = set()
    parse: Callable[[str], Mapping[str, Any]] = _json_row
    for number, line in source.lines():
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            text = line.decode("utf-8")
            if not ledger.rows and parse is _json_row and not text.lstrip().startswith("{"):
                parse = _csv_rows(text)
                continue
            ledger.rows += 1
            found.update(observations(parse(text), ledger))
        except (RowError, UnicodeDecodeError) as error:
            ledger.reject(f"line:{number}", error)
    return Imported(kind=kind, ledger=ledger, names_seen=arrow_table(found))


def _json_row(text: str) -> Mapping[str, Any]:
    """Read one line of JSON."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RowError(f"not JSON: {str(error)[:100]}") from error
    if not isinstance(row, dict):
        raise RowError("not a JSON object")
    return row


def _csv_rows(header: str) -> Callable[[str], Mapping[str, Any]]:
    """Return what reads one line of a table with this header."""
    names, delimiter = _header(header), _delimiter(header)

    def row(text: str) -> Mapping[str, Any]:
        try:
            (fields,) = csv.reader([text], delimiter=delimiter, strict=True)
        except (csv.Error, ValueError) as error:
            raise RowError(f"not a row of CSV: {error}") from error
        if len(fields) != len(names):
            raise RowError(f"{len(fields)} fields where the header names {len(names)}")
        return dict(zip(names, fields, strict=True))

    return row


def observations(row: Mapping[str, Any], ledger: Ledger) -> Iterator[Observation]:
    """Yield what one record says about addresses; other types are counted.

    Raises:
        RowError: a field is missing or means nothing.
    """
    held = {
        role: next((row[key] for key in keys if row.get(key) not in (None, "")), None) for role, keys in _KEYS.items()
    }
    missing = [role for role in _NEEDED if held[role] is None]
    if missing:
        raise RowError(f"no {', '.join(missing)}")
    kind = str(held["rrtype"]).upper()[:20]
    if kind not in ("A", "AAAA", "PTR"):
        ledger.leave_out("records of other types than A, AAAA and PTR")
        return
    first, last = seconds(held["first"], ledger), seconds(held["last"], ledger)
    if last < first:
        raise RowError("last seen before it was first seen")
    values = held["rdata"] if isinstance(held["rdata"], list) else [held["rdata"]]
    if len(values) > _MOST_VALUES:
        raise RowError(f"{len(values)} values in one record")
    for value in values:
        family, number, name = _pair(kind, str(held["rrname"]), str(value))
        yield Observation(
            family=family, number=number, name=name, rrtype=kind, first=first, last=last, count=_count(held["count"])
        )


def _pair(kind: str, rrname: str, rdata: str) -> tuple[int, int, str]:
    """Return family, address and name of a record."""
    if kind == "PTR":
        return *_reverse(rrname), _name(rdata)
    family, number = address(rdata.strip())
    if family != _ADDRESS_OF[kind]:
        raise RowError(f"{kind} record with an IPv{family} address")
    return family, number, _name(rrname)


def _reverse(name: str) -> tuple[int, int]:
    """Return the address in the name of a PTR record (RFC 1035 §3.5, RFC 3596 §2.5)."""
    labels = name.strip().rstrip(".").lower().split(".")
    if labels[-2:] == ["in-addr", "arpa"]:
        return address(".".join(reversed(labels[:-2])))
    nibbles = labels[:-2]
    whole = len(nibbles) == _NIBBLES and all(len(nibble) == 1 and nibble in "0123456789abcdef" for nibble in nibbles)
    if labels[-2:] == ["ip6", "arpa"] and whole:
        return 6, int(ipaddress.IPv6Address(int("".join(reversed(nibbles)), 16)))
    raise RowError(f"not the reverse name of an address: {name[:80]!r}")


def _name(text: str) -> str:
    """Return a name in lower case without the final dot."""
    name = text.strip().rstrip(".").lower()
    if not name or len(name) > _MOST_NAME or any(character.isspace() for character in name):
        raise RowError(f"not a name: {text[:60]!r}")
    return name


def _count(value: Any) -> int:
    """Return how often a record was seen, 0 where that is not stated."""
    text = "0" if value is None else str(value).strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) <= _MOST_COUNT):  # noqa: PLR2004
        raise RowError(f"not a count: {text[:40]!r}")
    return int(text)


def seconds(value: Any, ledger: Ledger) -> int:
    """Return a time in whole Unix seconds. Eight digits (20200317) are no count of seconds that a sensor ever wrote.

    Raises:
        RowError: no time between 2000 and 2100.
    """
    text = str(value).strip()
    try:
        if text.isascii() and text.isdecimal() and len(text) <= 12:  # noqa: PLR2004
            found = int(text)
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                ledger.warn("times without a zone are read as UTC")
                moment = moment.replace(tzinfo=UTC)
            found = int(moment.timestamp())
    except (ValueError, OverflowError) as error:
        raise RowError(f"not a time: {text[:40]!r}") from error
    if not EARLIEST <= found < LATEST:
        raise RowError(f"not a time of a sensor: {text[:40]!r}")
    return found


IMPORTER = Importer(
    title="passive DNS (CSV with a header, or Common Output Format as JSON lines)",
    kinds=(KIND,),
    recognises=_recognises,
    read=_read,
)
