"""Small cases as a comparison reads them: a table of sessions in a folder, an owner, the sample snapshots and registry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from forensics.enrichment import snapshots
from forensics.enrichment.snapshots import SnapshotTable
from forensics.model import Owner, OwnerNetwork
from forensics.pipeline import registries
from forensics.pipeline.compared_cases import ComparedCase
from forensics.pipeline.correlating import Correlation, compared
from forensics.pipeline.registries import Registries
from tests.pipeline.march import ROOT


@cache
def sample_snapshots() -> tuple[SnapshotTable, ...]:
    """Return the sample snapshots, loaded once."""
    return tuple(snapshots.load(ROOT / "samples" / "snapshots", embedded=False))


@cache
def sample_registry() -> Registries:
    """Return the sample registry, loaded once."""
    return registries.load((ROOT / "samples" / "registry",))


def use(
    address: str | None,
    day: str,
    *,
    role: str = "unexplained",
    device: str = "",
    provider: str = "facebook",
    account: str = "",
) -> dict[str, object]:
    """Return a session as a case's table has it."""
    return {
        "provider": provider,
        "account": account,
        "address": address,
        "device": device,
        "first": f"{day}T10:00:00+00:00",
        "last": f"{day}T11:00:00+00:00",
        "role": role,
    }


def case(folder: Path, name: str, sessions: Sequence[dict[str, object]], *, nets: Sequence[str] = ()) -> ComparedCase:
    """Return a case of these sessions under a name of its own."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "sessions.jsonl").write_text("".join(f"{json.dumps(item)}\n" for item in sessions))
    return ComparedCase(
        id=name,
        name=f"name of {name}",
        title=f"title of {name}",
        path=place,
        verified=True,
        made_here=False,
        tlp="AMBER",
        owner=Owner(addresses=tuple(OwnerNetwork(net=net) for net in nets)),
        registries=sample_registry(),
        snapshots=sample_snapshots(),
        lacking=(),
        steps=(),
    )


def compare(folder: Path, *cases: ComparedCase) -> Correlation:
    """Compare in a folder of its own."""
    work = folder / f"work-{len(list(folder.iterdir()))}"
    work.mkdir()
    return compared(cases, work)
