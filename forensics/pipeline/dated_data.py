"""Questions about the dated snapshots themselves: which there are, whether they are whole, whom their licences name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forensics.enrichment import snapshots as snapshot_tables

REBUILD = "To rebuild them from the pinned packages and compare: python tools/build_snapshots.py --check"

_BRIEF = ("id", "tells", "as_of", "rows_v4", "rows_v6", "licence")
_TELLS = {"ip_asn": "AS", "ip_country": "country", "registry_country": "registry", "net_class": "classes"}
_HEX_SHOWN = 16
_MORE = ("schema", "kind", "id", "as_of", "rows_v4", "rows_v6", "licence", "source", "attribution")
_DIGESTS = ("source_sha256", "bundle_sha256", "sample")


def snapshots(folders: tuple[Path, ...], *, brief: bool) -> tuple[Sequence[str], Iterable[Mapping[str, Any]]]:
    """Return the snapshots at hand; the brief form has the columns that fit 80 characters."""
    columns = _BRIEF if brief else (*_MORE, *_DIGESTS)
    rows = []
    for table in snapshot_tables.load(*folders):
        item = table.snapshot
        row = {column: getattr(item, column) for column in columns if column not in ("schema", "tells")}
        words = {"schema": "forensics/snapshot/1"} if not brief else {"tells": _TELLS.get(item.kind, item.kind)}
        rows.append({**words, **row, "as_of": item.as_of.isoformat()})
    return columns, rows


def verified(folders: tuple[Path, ...], *, brief: bool) -> tuple[Sequence[str], list[dict[str, Any]]]:
    """Return for every snapshot "ok" or "damaged", what is wrong with it, and its digest (in brief: how it begins)."""
    rows = []
    for check in sorted(snapshot_tables.check(*folders), key=lambda item: item.id):
        digest = check.bundle_sha256 or ""
        rows.append(
            {
                "schema": "forensics/snapshot_check/1",
                "state": "damaged" if check.problem else "ok",
                "id": check.id,
                "bundle_sha256": f"{digest[:_HEX_SHOWN]}…" if brief and digest else digest,
                "problem": check.problem,
            }
        )
    return ("state", "id", "bundle_sha256") if brief else tuple(rows[0]) if rows else (), rows


def licences(folders: tuple[Path, ...] = ()) -> list[str]:
    """Return one line per snapshot: which licence it has and whom that names."""
    return [
        f"{table.manifest.id}: {table.manifest.licence}; {table.manifest.attribution}"
        for table in snapshot_tables.load(*folders)
    ]
