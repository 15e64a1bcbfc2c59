"""Tables of address ranges: ``start,end,asn,country,…`` or ``cidr,asn,…``, commas, semicolons, tabs or bars between.

``range_columns`` says how columns are recognised, with a header or without. Ends of a range are both inclusive, and are
addresses or whole numbers (a file of numbers is one of IPv6 if any of them needs more than 32 bits). What is read so:
iptoasn's TSV, the CSV files of ip-location-db (plain and "num"), GeoLite2 ASN blocks, IPinfo's ranges, own lists.

Of prefixes inside each other the most specific one answers. Ranges with two ends may not overlap: both rows are rejected.
A class is a word of the vocabulary, several with blanks between. Such a table states no date: the user says it.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Any

from forensics.enrichment.importer import CLASS_WORDS, Imported, Importer, Ledger, Options, RowError, chosen_kind
from forensics.enrichment.lookup import V4, V6, pack_country
from forensics.enrichment.prefix_table import address, columns, most_specific, order_of, prefix, table, width
from forensics.enrichment.range_columns import NOTHING, Layout, layout_of, split
from forensics.enrichment.routes import as_number
from forensics.enrichment.source_file import day_in
from forensics.enrichment.trees import Leaves
from forensics.enrichment.twins import Places, apart, once
from forensics.errors import DataError, UsageError

if TYPE_CHECKING:
    from forensics.enrichment.lookup import RangeTable
    from forensics.enrichment.source_file import SourceFile

_NUMBERS = 0  # the "family" of ends that are written as whole numbers, until all have been read
_LOW = (1 << 64) - 1
_MOST_NAME = 1000
_COUNTRY = re.compile(r"[A-Z][A-Z0-9]")
_DOUBT = "a country code: of the addresses' use, or of their registration?"


def _recognises(source: SourceFile) -> bool:
    try:
        return layout_of(source.head_lines, source.name) is not None
    except UsageError:  # a table, and the reading will say what is wrong with it
        return True


class _Rows:
    """The rows of one family as growing columns; ends are held as halves."""

    def __init__(self) -> None:
        self.first_high, self.first_low, self.last_high, self.last_low = (array("Q") for _ in range(4))
        self.asn, self.country, self.classes, self.line = array("I"), array("H"), array("I"), array("Q")

    def move_to(self, other: _Rows) -> None:
        """Append everything to other rows."""
        for name, column in vars(self).items():
            getattr(other, name).extend(column)


class _Reader:
    """Reads lines by a layout into columns."""

    def __init__(self, layout: Layout, list_name: str) -> None:
        self.layout = layout
        self.list_name = list_name
        self.rows = {_NUMBERS: _Rows(), V4: _Rows(), V6: _Rows()}
        self.names: dict[int, str] = {}
        self.words: dict[tuple[str, ...], int] = {(): 0}
        self.nothing = 0

    def read(self, number: int, text: str) -> None:
        """Read one line.

        Raises:
            RowError: it is not understood.
        """
        fields = split(text, self.layout.delimiter)
        held = {role: fields[place] if place < len(fields) else "" for role, place in self.layout.roles.items()}
        family, first, last = _range(held)
        asn, country = _as(held.get("asn", "")), _country(held.get("country", ""))
        words = self._words(held.get("classes", ""))
        name = held.get("name", "")
        if len(name) > _MOST_NAME:
            raise RowError(f"a name of {len(name)} characters")
        self.nothing += not (asn or country or words)  # it is kept: the prefix around it must not answer in its place
        if asn and name:
            self.names[asn] = min(self.names.get(asn, name), name)
        rows = self.rows[family]
        rows.first_high.append(first >> 64)
        rows.first_low.append(first & _LOW)
        rows.last_high.append(last >> 64)
        rows.last_low.append(last & _LOW)
        rows.asn.append(asn)
        rows.country.append(country)
        rows.classes.append(self.words.setdefault(words, len(self.words)))
        rows.line.append(number)

    def _words(self, text: str) -> tuple[str, ...]:
        words = text.lower().split()
        unknown = [word for word in words if word not in CLASS_WORDS]
        if unknown:
            raise RowError(f"{unknown[0][:40]!r} is none of {', '.join(sorted(CLASS_WORDS))}")
        return tuple(f"{word}/{self.list_name}" for word in sorted(set(words)))

    def settle(self) -> None:
        """Decide what the ends written as numbers are, now that all are known."""
        numbers = self.rows.pop(_NUMBERS)
        wide = any(numbers.last_high) or any(low >> 32 for low in numbers.last_low)
        numbers.move_to(self.rows[V6 if wide else V4])


def _range(held: dict[str, str]) -> tuple[int, int, int]:
    """Return (family or ``_NUMBERS``, first, last) of a row."""
    if "cidr" in held:
        text, _, length = held["cidr"].partition("/")
        family, first = address(text)
        family, first, size = prefix(text, length or str(width(family)))
        return family, first, first | ((1 << width(family) - size) - 1)
    ends = held["start"], held["end"]
    if all(text.isascii() and text.isdecimal() and len(text) <= 39 for text in ends):  # noqa: PLR2004 - 2**128
        (family, first), (other, last) = ((_NUMBERS, int(text)) for text in ends)
    else:
        (family, first), (other, last) = (address(text) for text in ends)
    if family != other or last < first or last >> 128:
        raise RowError(f"no range of addresses: {ends[0][:50]} to {ends[1][:50]}")
    return family, first, last


def _as(text: str) -> int:
    """Return an AS number, 0 where none is stated."""
    digits = text[2:] if text[:2] in ("AS", "as") else text
    return 0 if digits == "0" or text.lower() in NOTHING else as_number(digits)


def _country(text: str) -> int:
    """Return a packed country, 0 where none is stated; "NA" is Namibia, "ZZ" and "??" are none."""
    if text != "NA" and text.lower() in NOTHING:
        return 0
    code = text.upper()
    if not _COUNTRY.fullmatch(code):
        raise RowError(f"not a country code of two letters: {text[:20]!r}")
    return pack_country(code)


def _read(source: SourceFile, options: Options) -> Imported:
    ledger = Ledger()
    layout = layout_of(source.head_lines, source.name)
    if layout is None:
        raise DataError("no table of address ranges", where=source.name, hint="Name the columns in a first line")
    if layout.ignored:
        ledger.warn(f"columns not kept: {', '.join(layout.ignored)}"[:500])
    reader = _Reader(layout, options.list_name or _slug(source.stem))
    header = layout.header
    for number, line in source.lines():
        if not line.strip() or line.startswith(b"#"):
            continue
        if header:
            header = False
            continue
        ledger.rows += 1
        try:
            reader.read(number, line.decode("utf-8"))
        except (RowError, UnicodeDecodeError) as error:
            ledger.reject(f"line:{number}", error)
    ledger.leave_out("rows that state nothing that is kept", reader.nothing)
    reader.settle()
    kind = _kind(reader, options, source.name)
    v4, v6 = (_table(reader, family, kind, ledger) for family in (V4, V6))
    names = reader.names if kind == "ip_asn" else {}
    return Imported(kind=kind, ledger=ledger, named_day=day_in(source.name), v4=v4, v6=v6, names=names)


def _slug(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.rsplit(".", 1)[0]).strip("-")[:60] or "list"


def _kind(reader: _Reader, options: Options, where: str) -> str:
    """Return the kind that the columns give; a country alone needs the user's word."""
    rows = tuple(reader.rows.values())
    countries = any(any(held.country) for held in rows)
    numbers, words = any(any(held.asn) for held in rows), len(reader.words) > 1
    possible = (
        *(("ip_asn",) if numbers else ()),
        *(("net_class",) if words else ()),
        *(("ip_country", "registry_country") if countries else ()),
    )
    if not possible:
        raise DataError(
            "no AS, no country and no class in this table", where=where, hint="Name the columns in a first line"
        )
    return chosen_kind(options, possible, where, ambiguous="" if numbers or words else _DOUBT)


def _table(reader: _Reader, family: int, kind: str, ledger: Ledger) -> RangeTable:
    """Return the table of one family."""
    import numpy as np

    rows = reader.rows[family]
    start = np.stack([np.array(rows.first_high, np.uint64), np.array(rows.first_low, np.uint64)], axis=1)
    end = np.stack([np.array(rows.last_high, np.uint64), np.array(rows.last_low, np.uint64)], axis=1)
    words = list(reader.words)
    known = columns(
        len(start),
        asn=rows.asn if kind == "ip_asn" else None,
        country=rows.country if kind != "net_class" else None,
        classes=[words[place] for place in rows.classes] if kind in ("ip_asn", "net_class") else None,
    )
    places = Places(rows.line)
    facts = np.column_stack([known.asn, known.country, known.classes])
    kept = once(np.column_stack([start, end]), facts, places, ledger)
    if "cidr" in reader.layout.roles:
        leaves = _nested(start[kept], end[kept], width(family))
        return table(leaves.with_value(kept[leaves.value]), known)
    ranks = order_of(np.concatenate([start[kept], end[kept]]))
    lines = Places([rows.line[row] for row in kept.tolist()])
    chosen = kept[apart(ranks[: len(kept)], ranks[len(kept) :], lines, ledger)]
    return table(Leaves(bits=width(family), start=start[chosen], end=end[chosen], value=chosen), known)


def _nested(start: Any, end: Any, bits: int) -> Leaves:
    """Return what the most specific prefixes own."""
    import numpy as np

    free = np.zeros(len(start), dtype=np.int64)
    for half, weight in ((1, 64), (0, 64)):
        size = start[:, half] ^ end[:, half]
        for bit in range(weight):
            free += ((size >> np.uint64(bit)) & np.uint64(1)).astype(np.int64)
    return most_specific(start, bits - free, bits)


IMPORTER = Importer(
    title="table of address ranges (CSV or TSV)",
    kinds=("ip_asn", "net_class", "ip_country", "registry_country"),
    recognises=_recognises,
    read=_read,
)
