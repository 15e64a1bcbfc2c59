"""A snapshot on disk: one folder with ``manifest.json`` and Parquet tables that describe themselves.

``v4.parquet``
    ``start``, ``end`` (uint32, both inclusive, ascending, disjoint), ``asn`` (uint32, 0: not announced), ``country``
    (two letters or ""), ``classes`` (words with blanks between). Three columns may be missing: ``classes``, ``origins``
    (the AS numbers of a prefix that several AS announce, blanks between, an AS set joined by commas) and ``visibility``
    (uint8, percentage of the collector's peers that saw the origin).
``v6.parquet``
    The same with ``start_hi``, ``start_lo``, ``end_hi``, ``end_lo`` (uint64 halves).
``names.parquet``
    ``asn`` (uint32, ascending, unique), ``name``: the holder's name *in this snapshot*, never in another. Only where
    the kind is ``ip_asn`` or ``as_name``.
``names_seen.parquet``
    Instead of all the others in a snapshot of the kind ``passive_dns``; ``passive_dns`` says which columns it has.

What the kinds fill: ``ip_asn`` everything it knows; ``ip_country`` the country of use as its producer saw it;
``registry_country`` the country of the delegation, announced or not; ``net_class`` only ``classes``, with words of the
form ``class/list``. What a kind does not fill is 0 or "" in every row. A ``net_class`` snapshot speaks for the lists
that its words name and for no other.

The manifest names the SHA-256 of every table; ``bundle_sha256`` is the digest of the lines that ``sha256sum *.parquet``
prints in that folder, so a stranger checks it with ``sha256sum *.parquet | sha256sum``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from forensics.enrichment.lookup import V4, RangeTable, pack_country
from forensics.errors import DataError
from forensics.model import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

MANIFEST_NAME = "manifest.json"
SCHEMA = "forensics.snapshot/1"
BUILDER_VERSION = "1"
TABLES = ("names.parquet", "names_seen.parquet", "v4.parquet", "v6.parquet")
KINDS = ("ip_asn", "as_name", "ip_country", "registry_country", "ip_city", "net_class", "passive_dns", "special")
KINDS_WITH_NAMES = ("ip_asn", "as_name")  # the other kinds have no AS numbers, so no ``names.parquet``
_COUNTRY = re.compile(r"[A-Z][A-Z0-9]")
_ORIGINS = re.compile(r"[0-9]{1,10}([ ,][0-9]{1,10})*")
_MAX_MANIFEST = 100_000  # bytes; a manifest of ours has about 2,000


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a snapshot is, where it comes from, under which licence, and the digests of its tables.

    ``as_of`` is read from the data. ``published`` is when the source package was put together, if it says so.
    ``source_sha256`` is the digest of the source package as fetched; ``licence`` is an SPDX identifier.
    """

    schema: str = SCHEMA
    id: str
    kind: str
    as_of: date
    published: date | None
    source: str
    source_package: str
    source_version: str
    source_sha256: str
    bundle_sha256: str
    licence: str
    attribution: str
    redistributable: bool
    rows_v4: int
    rows_v6: int
    builder_version: str
    sample: bool
    files: Mapping[str, str]

    @property
    def snapshot(self) -> Snapshot:
        """Return the part that travels through the pipeline."""
        shared = {item.name: getattr(self, item.name) for item in dataclasses.fields(Snapshot)}
        return Snapshot(**shared)


def bundle_digest(files: Mapping[str, str]) -> str:
    """Return the digest over name and digest of every table, in the form and order of ``sha256sum *.parquet``."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode("ascii")).hexdigest()


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest; every key must be there and no other.

    Raises:
        DataError: unreadable, incomplete, of another version, or contradicting itself.
    """
    where = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_bytes()[: _MAX_MANIFEST + 1]
        found = json.loads(text) if len(text) <= _MAX_MANIFEST else None
    except (OSError, ValueError, RecursionError) as error:
        message = f"manifest cannot be read: {error}"
        raise DataError(message, where=where) from error
    if not isinstance(found, dict):
        message = "manifest is no JSON object, or larger than any manifest"
        raise DataError(message, where=where)
    return _manifest(found, where)


def _manifest(found: dict[str, Any], where: str) -> Manifest:
    """Turn the JSON object into a ``Manifest``, naming the first key that is wrong."""
    wanted = {item.name: str(item.type) for item in dataclasses.fields(Manifest)}
    if set(found) != set(wanted):
        message = f"manifest lacks or does not know these keys: {sorted(set(found) ^ set(wanted))}"
        raise DataError(message, where=where)
    values: dict[str, Any] = {}
    for key, kind in wanted.items():
        try:
            values[key] = _value(found[key], kind)
        except (TypeError, ValueError) as error:
            message = f"manifest key {key!r} is no {kind}: {str(found[key])[:60]!r}"
            raise DataError(message, where=where) from error
    manifest = Manifest(**values)
    if manifest.schema != SCHEMA or manifest.kind not in KINDS or not set(manifest.files) <= set(TABLES):
        message = f"manifest is not of schema {SCHEMA}, or names an unknown kind or table"
        raise DataError(message, where=where)
    if manifest.bundle_sha256 != bundle_digest(manifest.files):
        message = "bundle_sha256 does not fit the digests of the tables"
        raise DataError(message, where=where)
    return manifest


def _value(value: Any, kind: str) -> Any:
    """Return a JSON value as the declared type, refusing anything that only resembles it."""
    if kind.startswith("date"):
        return None if value is None and kind.endswith("None") else date.fromisoformat(value)
    if kind.startswith("Mapping"):
        return {str(name): str(digest) for name, digest in dict(value).items()}
    if type(value).__name__ != kind:
        raise TypeError
    return value


def read_table_bytes(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    """Return the bytes of every table after comparing their digests with the manifest.

    Raises:
        DataError: a table is missing or its bytes are not those that the manifest names.
    """
    held: dict[str, bytes] = {}
    for name, digest in sorted(manifest.files.items()):
        try:
            held[name] = (folder / name).read_bytes()
        except OSError as error:
            message = f"snapshot table cannot be read: {error.strerror}"
            raise DataError(message, where=f"{manifest.id}/{name}") from error
        if hashlib.sha256(held[name]).hexdigest() != digest:
            message = "snapshot table is damaged: its SHA-256 is not the one in the manifest"
            raise DataError(message, where=f"{manifest.id}/{name}", hint="Install or import the snapshot again")
    return held


def parquet_table(content: bytes, where: str) -> pa.Table:
    """Read one Parquet table from bytes; damage becomes a ``DataError``.

    The columns stay in memory as long as the process, so they come from the system's allocator and are read one by one:
    Arrow's usual allocator keeps what reading needed in passing, with all snapshots open as much again as the tables.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    usual = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        held = pq.read_metadata(pa.BufferReader(content)).schema.names
        texts = [name for name in ("country", "classes", "origins") if name in held]
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        return pa.table({name: file.read(columns=[name], use_threads=False)[name] for name in held})
    except (pa.ArrowException, OSError, ValueError) as error:
        message = f"snapshot table is no Parquet table: {error}"
        raise DataError(message, where=where) from error
    finally:
        pa.set_memory_pool(usual)


def whole(column: pa.ChunkedArray) -> Any:
    """Return a column as one array; Arrow's own way copies even the single piece that our files have."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def range_table(table: pa.Table, family: int, where: str) -> RangeTable:
    """Turn a Parquet table into a checked ``RangeTable``.

    Raises:
        DataError: columns are missing or mistyped, ranges overlap, a country is no code.
    """
    import numpy as np

    halves, kind = ((("",), np.uint32)) if family == V4 else ((("_hi", "_lo"), np.uint64))
    columns = {name: whole(table[name]) for name in table.column_names}
    try:
        start, end = (tuple(columns[f"{side}{half}"].to_numpy() for half in halves) for side in ("start", "end"))
        asn = columns["asn"].to_numpy()
        country_index, countries = _dictionary(columns["country"])
        none = np.zeros(len(asn), np.uint8)
        classes, sets = _dictionary(columns["classes"]) if "classes" in columns else (none, [""])
        origins, origin_sets = _origins(columns.get("origins"))
        visibility = columns["visibility"].to_numpy() if "visibility" in columns else np.zeros(0, np.uint8)
    except (KeyError, ValueError) as error:
        message = f"snapshot table has no fitting column {error}"
        raise DataError(message, where=where) from error
    fitting = {part.dtype for part in (*start, *end)} == {np.dtype(kind)} and visibility.dtype == np.uint8
    if not fitting or asn.dtype != np.uint32 or len(sets) > 255:  # noqa: PLR2004 - uint8 index
        message = "snapshot table has columns of the wrong type"
        raise DataError(message, where=where)
    codes = np.array([_packed_country(code, where) for code in countries] or [0], dtype=np.uint16)
    made = RangeTable(
        family=family,
        start=start,
        end=end,
        asn=asn,
        country=codes[country_index],
        classes=classes.astype(np.uint8),
        class_sets=tuple(tuple(words.split()) for words in sets),
        origins=origins,
        origin_sets=origin_sets,
        visibility=visibility if "visibility" in columns else None,
    )
    made.check()
    return made


def _origins(column: Any) -> tuple[NDArray[np.uint32] | None, tuple[tuple[str, ...], ...]]:
    """Return the column of several origins as (index per row, distinct sets), with the empty set first.

    Raises:
        ValueError: an origin is no AS number.
    """
    import numpy as np

    if column is None:
        return None, ((),)
    index, texts = _dictionary(column)
    wrong = [text for text in texts if text and not _ORIGINS.fullmatch(text)]
    if wrong:
        raise ValueError(wrong[0][:60])
    held = sorted(set(texts) - {""})
    place = {text: number for number, text in enumerate(("", *held))}
    moved = np.array([place[text] for text in texts] or [0], dtype=np.uint32)
    return moved[index], tuple(tuple(text.split()) for text in ("", *held))


def _dictionary(column: Any) -> tuple[NDArray[np.int32], list[str]]:
    """Return a text column as (index per row, distinct values)."""
    encoded = column if hasattr(column, "dictionary") else column.dictionary_encode()
    return encoded.indices.to_numpy(), encoded.dictionary.to_pylist()


def _packed_country(code: str, where: str) -> int:
    """Pack a country code; anything else than two capitals (or "") is refused."""
    if code and not _COUNTRY.fullmatch(code):
        message = f"snapshot table has a country that is no code: {code[:20]!r}"
        raise DataError(message, where=where)
    return pack_country(code)
