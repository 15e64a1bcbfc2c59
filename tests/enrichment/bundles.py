"""Small snapshots written by the real writer, for tests of what is chosen and judged."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from forensics.enrichment.bundle_writer import Provenance, write_bundle
from forensics.enrichment.lookup import RangeTable, pack_country
from forensics.enrichment.snapshots import SnapshotTable, load

Row = tuple[str, int, str, tuple[str, ...]]
"""Prefix, AS number (0: none), country, class words."""


def bundle(  # noqa: PLR0913 - a manifest has many keys
    folder: Path,
    name: str,
    day: date,
    rows: Sequence[Row],
    *,
    kind: str = "ip_asn",
    source: str = "one",
    names: dict[int, str] | None = None,
) -> SnapshotTable:
    """Write a bundle of these rows and return it."""
    provenance = Provenance(
        id=name, kind=kind, as_of=day, published=None, source=source, source_package="test", source_version="1",
        source_sha256="0" * 64, licence="CC0-1.0", attribution="none", redistributable=True,
    )  # fmt: skip
    write_bundle(folder / name, provenance, _table(rows, 4), _table(rows, 6), names or {})
    return next(table for table in load(folder, embedded=False) if table.manifest.id == name)


def _table(rows: Sequence[Row], family: int) -> RangeTable:
    nets = sorted((ipaddress.ip_network(row[0]), row) for row in rows if ipaddress.ip_network(row[0]).version == family)
    sets = tuple(dict.fromkeys([(), *(row[3] for _, row in nets)]))
    bounds = [(int(net[0]), int(net[-1])) for net, _ in nets]

    def halves(side: int) -> tuple[np.ndarray, ...]:
        numbers = [pair[side] for pair in bounds]
        if family == 4:
            return (np.array(numbers, np.uint32),)
        return (
            np.array([n >> 64 for n in numbers], np.uint64),
            np.array([n & (1 << 64) - 1 for n in numbers], np.uint64),
        )

    return RangeTable(
        family=family,
        start=halves(0),
        end=halves(1),
        asn=np.array([row[1] for _, row in nets], np.uint32),
        country=np.array([pack_country(row[2]) for _, row in nets], np.uint16),
        classes=np.array([sets.index(row[3]) for _, row in nets], np.uint8),
        class_sets=sets,
    )
