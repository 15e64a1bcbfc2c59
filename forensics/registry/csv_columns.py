"""How the columns of some table are to be read: a TOML file of the person who imports it.

    schema = "forensics/csv-columns/1"
    title = "Indicators of our incidents"
    publisher = "A helpline"
    grade = "B2"
    grade_reason = "our own incident notes, reviewed by two analysts"
    licence = "CC-BY-4.0"          # optional, like everything below
    tlp = "AMBER"
    basis = "victim_log"
    delimiter = ";"
    day_format = "%d.%m.%Y"        # default %Y-%m-%d
    [columns]
    value = "indicator"            # required; all others optional
    type = "kind of thing"
    report = "source address"      # a web address
    published = "source day"
    family = "malware"
    first_seen = "first"           # both: a period, last day included; one: a day of observation
    last_seen = "last"
    said = ["comment", "port"]     # quoted into the description
    [types]                        # words of the type column → kinds of the registry
    ip = "address"

Without a type column the kind is told by the shape of each value. An unknown key is an error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from forensics.errors import DataError
from forensics.registry.fields import Fields, fault
from forensics.registry.indicator import KINDS
from forensics.registry.record import BASES, TLP

SCHEMA: Final = "forensics/csv-columns/1"
_GRADE: Final = re.compile(r"[A-F][1-6]")
_NAMES: Final = ("value", "type", "report", "published", "family", "first_seen", "last_seen")
_MOST: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvColumns:
    """A mapping: what the collection is, which column holds what (field → name of the column), and types → kinds."""

    title: str
    publisher: str
    grade: str
    grade_reason: str
    licence: str
    tlp: str
    basis: str
    delimiter: str
    day_format: str
    columns: Mapping[str, str]
    said: tuple[str, ...]
    types: Mapping[str, str]


def load(path: Path) -> CsvColumns:
    """Read a mapping from a file.

    Raises:
        DataError: it cannot be read, or a key is missing, unknown or not understood.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read the mapping: {error.strerror}", where=path.name, hint="Name a TOML file"
        ) from error
    if len(data) > _MOST:
        raise DataError("the mapping is larger than 256 KB", where=path.name, hint="Name a TOML file of columns")
    try:
        document = tomllib.loads(data.removeprefix(b"\xef\xbb\xbf").decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(
            f"not a TOML file: {error}", where=path.name, hint="See docs/importing-indicators.md"
        ) from error
    return parse(document, path.name)


def parse(document: Mapping[str, object], where: str) -> CsvColumns:
    """Return the mapping of a parsed document; every complaint names the key."""
    table = Fields(document, where)
    if table.text("schema") != SCHEMA:
        raise fault(table.at("schema"), f"this is no mapping of schema {SCHEMA!r}")
    columns, said = _columns(Fields(table.take("columns"), table.at("columns")))
    delimiter = table.text("delimiter", ",")
    if len(delimiter) != 1 or delimiter in "\"'\r\n":
        raise fault(table.at("delimiter"), "expected one character that is no quote")
    found = CsvColumns(
        title=table.text("title"),
        publisher=table.text("publisher"),
        grade=table.matching("grade", _GRADE, "an Admiralty grade (A1 to F6)"),
        grade_reason=table.text("grade_reason"),
        licence=table.text("licence", ""),
        tlp=table.one_of("tlp", TLP) if table.has("tlp") else "",
        basis=table.one_of("basis", BASES) if table.has("basis") else "published_list",
        delimiter=delimiter,
        day_format=table.text("day_format", "%Y-%m-%d"),
        columns=columns,
        said=said,
        types=_types(table, "type" in columns),
    )
    table.done()
    return found


def _columns(inner: Fields) -> tuple[dict[str, str], tuple[str, ...]]:
    columns = {name: inner.text(name) for name in _NAMES if name == "value" or inner.has(name)}
    said = inner.texts("said") if inner.has("said") else ()
    inner.done()
    return columns, said


def _types(table: Fields, typed: bool) -> dict[str, str]:  # noqa: FBT001 - whether there is a column of types
    found = table.take("types") if table.has("types") else {}
    if not isinstance(found, dict) or (found and not typed):
        raise fault(table.at("types"), "expected a table of words, and a column `type` that holds them")
    for word, kind in found.items():
        if kind not in KINDS:
            raise fault(f"{table.at('types')}: {word[:60]}", f"{str(kind)[:40]!r} is none of: {', '.join(KINDS)}")
    return dict(found)
