"""Write a snapshot bundle: the same ranges and facts give the same bytes.

Used by the build scripts and by the import of a user's own data. Nothing here reads a clock; file order, row order and
compression are fixed, so two builds with the same pyarrow release have the same SHA-256.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

from forensics.enrichment.bundle import (
    BUILDER_VERSION,
    MANIFEST_NAME,
    SCHEMA,
    Manifest,
    bundle_digest,
    range_table,
)
from forensics.enrichment.lookup import country_code

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    import pyarrow as pa

    from forensics.enrichment.lookup import RangeTable


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Everything that a manifest says and the tables cannot: see ``Manifest``."""

    id: str
    kind: str
    as_of: date
    published: date | None
    source: str
    source_package: str
    source_version: str
    source_sha256: str
    licence: str
    attribution: str
    redistributable: bool
    sample: bool = False


def write_bundle(
    folder: Path,
    provenance: Provenance,
    v4: RangeTable,
    v6: RangeTable,
    names: Mapping[int, str] | None,
    *,
    small: bool = False,
) -> Manifest:
    """Write the tables and the manifest into ``folder`` (made if missing) and return the manifest.

    ``names`` is ``None`` where the kind of snapshot has no AS and so no table of names. ``small`` trades minutes of
    writing for a quarter of the size; the content read back is the same.

    Raises:
        DataError: ranges are not sorted or overlap, or a country is no code.
    """
    tables = {"v4.parquet": _ranges(v4), "v6.parquet": _ranges(v6)}
    for family, (name, table) in zip((4, 6), tables.items(), strict=True):
        range_table(table, family, f"{provenance.id}/{name}")
    if names is not None:
        tables["names.parquet"] = _names(names)
    return write_tables(folder, provenance, tables, rows=(len(v4), len(v6)), small=small)


def write_tables(
    folder: Path, provenance: Provenance, tables: Mapping[str, pa.Table], *, rows: tuple[int, int], small: bool = False
) -> Manifest:
    """Write Parquet tables by file name and the manifest; ``rows`` are those about IPv4 and about IPv6 addresses."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, table in sorted(tables.items()):
        content = _parquet_small(table) if small else _parquet(table)
        (folder / name).write_bytes(content)
        files[name] = hashlib.sha256(content).hexdigest()
    manifest = Manifest(
        **{item.name: getattr(provenance, item.name) for item in dataclasses.fields(provenance)},
        bundle_sha256=bundle_digest(files),
        rows_v4=rows[0],
        rows_v6=rows[1],
        builder_version=BUILDER_VERSION,
        files=files,
    )
    text = json.dumps(dataclasses.asdict(manifest), indent=2, ensure_ascii=False, default=str)
    (folder / MANIFEST_NAME).write_text(f"{text}\n", encoding="utf-8")
    return manifest


def _names(names: Mapping[int, str]) -> pa.Table:
    import pyarrow as pa

    held = sorted(names.items())
    return pa.table(
        {
            "asn": pa.array([asn for asn, _ in held], pa.uint32()),
            "name": pa.array([name for _, name in held], pa.string()),
        }
    )


def _ranges(ranges: RangeTable) -> pa.Table:
    """Return the columns of ``v4.parquet`` or ``v6.parquet``; without any class there is no column of classes."""
    import pyarrow as pa

    halves = ("",) if len(ranges.start) == 1 else ("_hi", "_lo")
    columns: dict[str, Any] = {}
    for side, parts in (("start", ranges.start), ("end", ranges.end)):
        columns |= {f"{side}{half}": pa.array(part) for half, part in zip(halves, parts, strict=True)}
    columns["asn"] = pa.array(ranges.asn)
    columns["country"] = pa.array([country_code(code) for code in ranges.country.tolist()], pa.string())
    if any(ranges.class_sets):
        words = [" ".join(item) for item in ranges.class_sets]
        columns["classes"] = pa.array([words[index] for index in ranges.classes.tolist()], pa.string())
    if ranges.origins is not None and any(ranges.origin_sets):
        words = [" ".join(item) for item in ranges.origin_sets]
        columns["origins"] = pa.array([words[index] for index in ranges.origins.tolist()], pa.string())
    if ranges.visibility is not None:
        columns["visibility"] = pa.array(ranges.visibility)
    return pa.table(columns)


def _parquet(table: pa.Table) -> bytes:
    """Return a Parquet file; text is coded by dictionary, addresses as deltas."""
    texts = [name for name in ("country", "classes", "origins", "visibility", "asn") if name in table.column_names]
    spread = [name for name in table.column_names if name.startswith(("start", "end"))]
    return _written(
        table,
        compression="zstd",
        compression_level=19,
        use_dictionary=texts if "country" in table.column_names else False,
        column_encoding=dict.fromkeys(spread, "DELTA_BINARY_PACKED"),
    )


def _parquet_small(table: pa.Table) -> bytes:
    """Return a Parquet file coded as measured smallest: addresses byte by byte, names end to end, AS numbers plain."""
    texts = [name for name in ("country", "classes") if name in table.column_names]
    codings = {name: "BYTE_STREAM_SPLIT" for name in table.column_names if name.startswith(("start", "end"))}
    if "name" in table.column_names:
        codings = {"asn": "DELTA_BINARY_PACKED", "name": "DELTA_LENGTH_BYTE_ARRAY"}
    return _written(
        table, compression="brotli", compression_level=11, use_dictionary=texts or False, column_encoding=codings
    )


def _written(table: pa.Table, **coding: Any) -> bytes:
    """Return a Parquet file without statistics, in one row group and one page per column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        **coding,
        write_statistics=False,
        row_group_size=1 << 24,
        data_page_size=1 << 24,
        dictionary_pagesize_limit=1 << 24,
        store_schema=False,
    )
    return bytes(sink.getvalue())


__all__ = ["SCHEMA", "Provenance", "write_bundle", "write_tables"]
