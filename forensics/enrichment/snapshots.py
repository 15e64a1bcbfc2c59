"""Dated snapshots: find their manifests, check their digests once, open their tables when first asked.

Snapshots of two sorts exist and never mix: those of the Internet answer for ordinary address space only, those marked
``sample`` answer for special-purpose space only (the documentation blocks of the sample cases).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.enrichment.bundle import (
    KINDS_WITH_NAMES,
    MANIFEST_NAME,
    Manifest,
    parquet_table,
    range_table,
    read_manifest,
    read_table_bytes,
    whole,
)
from forensics.enrichment.lookup import V4, RangeTable
from forensics.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from forensics.model import Snapshot

EMBEDDED = Path(__file__).parent / "data"
RANGE_KINDS = ("ip_asn", "ip_country", "registry_country", "net_class")
"""Kinds of snapshots that say something about ranges of addresses."""


class SnapshotTable:
    """One snapshot: its manifest at once, its tables on first use."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Keep the place; nothing but the manifest has been read."""
        self.folder = folder
        self.manifest = manifest
        self.snapshot: Snapshot = manifest.snapshot  # the identity that travels through the pipeline

    def __repr__(self) -> str:
        """Name the snapshot."""
        return f"SnapshotTable({self.manifest.id!r})"

    @cached_property
    def _bytes(self) -> dict[str, bytes]:
        """The tables as on disk, digests compared. Each entry is dropped as soon as its table is open."""
        return read_table_bytes(self.folder, self.manifest)

    def verify(self) -> None:
        """Compare every table's digest with the manifest; ``DataError`` names the first that differs."""
        read_table_bytes(self.folder, self.manifest)

    def open(self) -> None:
        """Open every table, which checks its columns, its order and its number of rows."""
        held = (self.v4, self.v6)
        if self.manifest.kind in KINDS_WITH_NAMES:
            self.as_name(len(held))

    @cached_property
    def names_seen(self) -> pa.Table:
        """The names that addresses were seen with, of a snapshot of the kind ``passive_dns``."""
        where = f"{self.manifest.id}/names_seen.parquet"
        if "names_seen.parquet" not in self.manifest.files:
            message = "snapshot lacks a table that every snapshot of its kind has"
            raise DataError(message, where=where)
        return parquet_table(self._bytes.pop("names_seen.parquet"), where)

    def ranges(self, family: int) -> RangeTable:
        """Return the table of IPv4 (4) or IPv6 (6) ranges."""
        return self.v4 if family == V4 else self.v6

    @cached_property
    def v4(self) -> RangeTable:
        """The IPv4 ranges."""
        return self._ranges("v4.parquet", V4, self.manifest.rows_v4)

    @cached_property
    def v6(self) -> RangeTable:
        """The IPv6 ranges."""
        return self._ranges("v6.parquet", 6, self.manifest.rows_v6)

    def _ranges(self, name: str, family: int, rows: int) -> RangeTable:
        where = f"{self.manifest.id}/{name}"
        if name not in self.manifest.files:
            message = "snapshot lacks a table that every snapshot has"
            raise DataError(message, where=where)
        made = range_table(parquet_table(self._bytes.pop(name), where), family, where)
        if len(made) != rows:
            message = f"snapshot table has {len(made)} rows, its manifest says {rows}"
            raise DataError(message, where=where)
        return made

    @cached_property
    def _names(self) -> tuple[NDArray[np.uint32], Any]:
        """AS numbers in ascending order and their names, as an Arrow array."""
        where = f"{self.manifest.id}/names.parquet"
        content = self._bytes.pop("names.parquet", None)
        if content is None:
            message = "snapshot lacks the table of names that every snapshot of its kind has"
            raise DataError(message, where=where)
        table = parquet_table(content, where)
        try:
            return whole(table["asn"]).to_numpy(), whole(table["name"])
        except (KeyError, ValueError) as error:
            message = f"snapshot table has no fitting column {error}"
            raise DataError(message, where=where) from error

    def as_name(self, asn: int) -> str | None:
        """Return the holder's name of an AS in this snapshot, or ``None``. The text is a stranger's: escape it.

        A snapshot without AS numbers (of countries, of classes) has no names.
        """
        import numpy as np

        if self.manifest.kind not in KINDS_WITH_NAMES:
            return None
        numbers, names = self._names
        place = int(np.searchsorted(numbers, np.uint32(asn)))
        if place == len(numbers) or int(numbers[place]) != asn:
            return None
        return str(names[place].as_py()) or None


def answers_for(manifest: Manifest, *, special_space: bool) -> bool:
    """Whether a snapshot may be asked about an address inside (or outside) special-purpose space."""
    return manifest.kind in RANGE_KINDS and manifest.sample == special_space


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Whether one snapshot is what its manifest says. ``problem`` is empty if it is; ``id`` is its folder's at worst."""

    id: str
    bundle_sha256: str | None
    problem: str


def check(*folders: Path, embedded: bool = True) -> list[Check]:
    """Check every snapshot that ``load`` would return, to the last table, and go on where one is damaged.

    Raises:
        DataError: a folder is none.
    """
    return [_checked(path) for folder in _folders(folders, embedded=embedded) for path in _manifests(folder)]


def _checked(path: Path) -> Check:
    name, digest = path.parent.name, None
    try:
        table = SnapshotTable(path.parent, read_manifest(path))
        name, digest = table.manifest.id, table.manifest.bundle_sha256
        table.verify()
        table.open()
    except DataError as error:
        return Check(id=name, bundle_sha256=digest, problem=f"{error.where}: {error.what}")
    return Check(id=name, bundle_sha256=digest, problem="")


def _folders(folders: tuple[Path, ...], *, embedded: bool) -> list[Path]:
    """Return the folders to look into, refusing what is none."""
    found = [*((EMBEDDED,) if embedded else ()), *folders]
    for folder in found:
        if not folder.is_dir():
            message = "no folder of snapshots"
            raise DataError(message, where=folder.name)
    return found


def _manifests(folder: Path) -> list[Path]:
    return sorted(folder.rglob(MANIFEST_NAME))


def load(*folders: Path, embedded: bool = True) -> tuple[SnapshotTable, ...]:
    """Return every snapshot below the embedded folder and the given ones, oldest first; only manifests are read.

    The same snapshot found twice counts once.

    Raises:
        DataError: a folder or manifest cannot be read, or two different snapshots have one id.
    """
    found: dict[str, SnapshotTable] = {}
    for folder in _folders(folders, embedded=embedded):
        for path in _manifests(folder):
            table = SnapshotTable(path.parent, read_manifest(path))
            known = found.setdefault(table.manifest.id, table)
            if known.manifest != table.manifest:
                message = "two different snapshots have this id"
                raise DataError(message, where=table.manifest.id, hint="Give one of them another id")
    return tuple(sorted(found.values(), key=lambda table: (table.manifest.as_of, table.manifest.id)))
