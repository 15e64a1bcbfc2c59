"""``correlate``: what several cases have in common, weighed by the ring model, each under a pseudonym. No packet leaves."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.attribution.case_clusters import Cluster, Edge, clusters
from forensics.enrichment.context import Inquiry
from forensics.pipeline.common_ground import CommonGround
from forensics.pipeline.compared_cases import ComparedCase, opened
from forensics.pipeline.memory import rare_searches
from forensics.pipeline.offline import no_network
from forensics.pipeline.pairing import Pairing
from forensics.pipeline.tie_weighing import TieWeigher
from forensics.registry.lookup import Index

if TYPE_CHECKING:
    from forensics.attribution.case_ties import PairOfCases
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.registry.files import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """What was compared, what of it was left out (by case and reason), and what came of it."""

    cases: tuple[ComparedCase, ...]
    left_out: tuple[Mapping[str, int], ...]
    pairs: tuple[PairOfCases, ...]
    clusters: tuple[Cluster, ...]
    snapshots: tuple[str, ...]
    registries: tuple[tuple[str, str, str], ...]


@rare_searches()
def correlate(paths: Sequence[Path], *, unverified: bool = False) -> Correlation:
    """Compare cases two by two; see ``compared_cases`` for what may be given and what is refused."""
    with no_network(), tempfile.TemporaryDirectory(prefix="forensics-correlate-") as place:
        work = Path(place)
        return compared(opened(paths, work, unverified=unverified), work)


def compared(cases: Sequence[ComparedCase], work: Path) -> Correlation:
    """Compare opened cases with the snapshots and registries of all of them together; ``work`` is a folder for tables."""
    tables = _snapshots(cases)
    used = _registries(cases)
    inquiry = Inquiry(tables, "event")
    ground = CommonGround(cases, inquiry, work)
    try:
        weigher = TieWeigher(ground, cases, inquiry, tables, Index(used))
        pairing = Pairing(ground, cases, weigher)
        pairs = tuple(pairing.compare(one, other) for one, other in combinations(range(len(cases)), 2))
        left_out = tuple(ground.left_out(number) for number in range(len(cases)))
    finally:
        ground.close()
    edges = [
        Edge(one=pair.sides[0].case, other=pair.sides[1].case, lr_low=pair.strength.lr_low)
        for pair in pairs
        if pair.bridges and pair.strength is not None
    ]
    return Correlation(
        cases=tuple(cases),
        left_out=left_out,
        pairs=pairs,
        clusters=clusters(edges),
        snapshots=tuple(table.manifest.id for table in tables),
        registries=tuple((item.name, item.version, item.digest) for item in used),
    )


def _snapshots(cases: Sequence[ComparedCase]) -> tuple[SnapshotTable, ...]:
    """Return every snapshot of every case once, in the usual order."""
    found: dict[tuple[str, str], SnapshotTable] = {}
    for case in cases:
        for table in case.snapshots:
            found.setdefault((table.manifest.id, table.manifest.bundle_sha256), table)
    return tuple(sorted(found.values(), key=lambda table: (table.manifest.as_of, table.manifest.id)))


def _registries(cases: Sequence[ComparedCase]) -> tuple[Registry, ...]:
    """Return every registry release of every case once, by name and digest."""
    found: dict[str, Registry] = {}
    for case in cases:
        for item in case.registries.used:
            found.setdefault(item.digest, item)
    return tuple(sorted(found.values(), key=lambda item: (item.name, item.digest)))
