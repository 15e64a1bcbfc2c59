"""Which column of a table of address ranges means what: by its header, or by the shape of its first rows.

With a header, a column is known by its name, whatever its case (``NAMES``); the others are not kept, and that is told.
Without one, the first two hundred rows decide: the first column is a prefix (``192.0.2.0/24``), or the first two are the ends
of a range, as addresses or as whole numbers; then the first column of numbers or "AS123" is the AS, the first of two
capitals the country, and the first other text behind an AS its holder's name.
"""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.enrichment.importer import RowError
from forensics.enrichment.prefix_table import address
from forensics.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMES = {
    "start": "start start_ip ip_start startip first_ip ip_from from range_start network_start_ip begin_ip",
    "end": "end end_ip ip_end endip last_ip ip_to to range_end network_last_ip network_end_ip",
    "cidr": "cidr network prefix net subnet ip_prefix ip_range",
    "asn": "asn as as_number asnumber autonomous_system_number origin_as originas",
    "name": "name as_name asname as_description org organisation organization as_org autonomous_system_organization holder",
    "country": "country country_code countrycode cc country_iso_code iso_code",
    "classes": "class classes",
}
"""Role → the names of columns that have it."""

_ROLES = {name: role for role, names in NAMES.items() for name in names.split()}
_ASN = re.compile(r"(?i:AS)?[0-9]{1,10}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_NUMBER = re.compile(r"[0-9]{1,39}")
NOTHING = frozenset({"", "-", "none", "null", "n/a", "na", "??", "zz"})
"""What tables write where they state nothing, in lower case. "NA" is Namibia too: see ``country`` of the importer."""
_SAMPLE = 200
_LEAST_NUMBER = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where what stands: the delimiter, whether the first row is a header, the place of each role, and what is not kept."""

    delimiter: str
    header: bool
    roles: Mapping[str, int]
    ignored: tuple[str, ...] = ()


def split(line: str, delimiter: str) -> list[str]:
    """Return the fields of one line; a quoted field does not reach into the next line.

    Raises:
        RowError: the quotes do not end.
    """
    if '"' not in line:
        return [field.strip() for field in line.split(delimiter)]
    try:
        (fields,) = csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True)
    except (csv.Error, ValueError) as error:
        raise RowError(f"not a row of CSV: {error}") from error
    return [field.strip() for field in fields]


def layout_of(lines: Sequence[str], where: str) -> Layout | None:
    """Return the layout of a table, or ``None`` where this is no table of ranges.

    Raises:
        UsageError: two columns have the same role.
    """
    if not lines:
        return None
    delimiter = max(",;\t|", key=lines[0].count)
    rows = []
    for line in lines[: _SAMPLE + 1]:
        with suppress(RowError):  # told when the row is read
            rows.append(split(line, delimiter))
    if not rows:
        return None
    names = [name.strip().lower().replace(" ", "_").replace("-", "_") for name in rows[0]]
    if any(name in _ROLES for name in names) and not _begins_range(rows[0]):
        return _by_header(names, delimiter, where)
    return _by_shape(rows[:_SAMPLE], delimiter)


def _by_header(names: Sequence[str], delimiter: str, where: str) -> Layout | None:
    roles: dict[str, int] = {}
    for place, name in enumerate(names):
        role = _ROLES.get(name)
        if role is not None and role in roles:
            message = f"two columns say the {role}: {names[roles[role]]} and {name}"
            raise UsageError(message, where=where, hint="Remove or rename one of them")
        if role is not None:
            roles[role] = place
    if {"start", "end"} <= roles.keys():
        roles.pop("cidr", None)
    elif "cidr" not in roles:
        return None
    ignored = tuple(name for place, name in enumerate(names) if place not in roles.values())
    return Layout(delimiter=delimiter, header=True, roles=roles, ignored=ignored)


def _begins_range(row: Sequence[str]) -> bool:
    """Whether a row begins with a prefix, an address or a number."""
    return bool(_NUMBER.fullmatch(row[0])) or _is_address(row[0].split("/", 1)[0])


def _is_address(text: str) -> bool:
    try:
        address(text)
    except RowError:
        return False
    return True


def _by_shape(rows: Sequence[Sequence[str]], delimiter: str) -> Layout | None:
    width = min(len(row) for row in rows)
    if width < 2:  # noqa: PLR2004 - a range or prefix, and what is said of it
        return None
    columns = [[row[place] for row in rows] for place in range(width)]
    roles = _ends(columns)
    if roles is None:
        return None
    for place in range(len(roles), width):
        stated = [text for text in columns[place] if text.lower() not in NOTHING]
        if not stated:
            continue
        if "asn" not in roles and all(_ASN.fullmatch(text) for text in stated):
            roles["asn"] = place
        elif "country" not in roles and all(_COUNTRY.fullmatch(text) for text in stated):
            roles["country"] = place
        elif "asn" in roles and "name" not in roles:
            roles["name"] = place
    ignored = tuple(f"column {place + 1}" for place in range(width) if place not in roles.values())
    return Layout(delimiter=delimiter, header=False, roles=roles, ignored=ignored)


def _ends(columns: Sequence[Sequence[str]]) -> dict[str, int] | None:
    """Return which of the first columns are the range."""
    if all("/" in text and _is_address(text.split("/", 1)[0]) for text in columns[0]):
        return {"cidr": 0}
    both = [*columns[0], *columns[1]]
    if all(_is_address(text) for text in both):
        return {"start": 0, "end": 1}
    numbers = all(_NUMBER.fullmatch(text) for text in both)
    return {"start": 0, "end": 1} if numbers and max(int(text) for text in both) >= _LEAST_NUMBER else None
