"""Read a small file with the importer that recognises it, for tests."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from forensics.enrichment.addresses import pack_v4, pack_v6
from forensics.enrichment.importer import Imported, Options, importer_of
from forensics.enrichment.lookup import RangeTable, country_code
from forensics.enrichment.source_file import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

Said = tuple[int, str, tuple[str, ...], tuple[str, ...]]
"""AS number, country, classes and several origins; the first is 0 where nothing is known."""
NOTHING: Said = (0, "", (), ())


def imported(folder: Path, name: str, content: str | bytes, kind: str = "", expected: str = "") -> Imported:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found, importer = importer_of(SourceFile(path))
    assert not expected or found == expected
    made = importer.read(SourceFile(path), Options(kind=kind))
    assert made.kind in importer.kinds
    return made


def said(made: Imported, text: str) -> Said:
    """Return what the tables say of an address."""
    address = ipaddress.ip_address(text)
    table = made.v4 if address.version == 4 else made.v6
    assert table is not None
    row = int(table.find(pack_v4([int(address)]) if address.version == 4 else pack_v6([int(address)]))[0])
    return NOTHING if row < 0 else said_in(table, row)


def said_in(table: RangeTable, row: int) -> Said:
    return (
        int(table.asn[row]),
        country_code(int(table.country[row])),
        table.class_sets[int(table.classes[row])],
        () if table.origins is None else table.origin_words(int(table.origins[row])),
    )


def reasons(made: Imported) -> list[str]:
    return [f"{item.place} {item.reason}" for item in made.ledger.rejected]
