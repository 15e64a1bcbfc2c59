"""Judge a handful of events, as the pipeline does it, and analyse a sample other than March."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from forensics import event_parts, event_store
from forensics.enrichment.snapshots import SnapshotTable, load
from forensics.event_table import event_schema, to_batch
from forensics.model import Coverage, Event, Owner
from forensics.pipeline import registries, same_facts
from forensics.pipeline.analyze import analyze
from forensics.pipeline.judgement import Inputs, Judgement, judge
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.request import Request
from tests.pipeline import march

SAMPLES = march.ROOT / "samples"


@cache
def no_registries() -> registries.Registries:
    """Return the published registry alone."""
    return registries.load(())


@cache
def networks() -> tuple[SnapshotTable, ...]:
    """Return the dated networks of the samples."""
    return load(SAMPLES / "snapshots", embedded=False)


def judged(
    events: Sequence[Event],
    owner: Owner,
    *,
    dated: bool = False,
    known: registries.Registries | None = None,
    more: tuple[SnapshotTable, ...] = (),
) -> Judgement:
    """Judge events of one case, stored in the order given, without dated networks or with those of the samples.

    ``known`` are other registries than the published one, ``more`` further dated data.
    """
    inputs = Inputs(
        owner=owner,
        snapshots=(*(networks() if dated else ()), *more),
        registries=known or no_registries(),
        coverage=Coverage(files=0, members=()),
    )
    with tempfile.TemporaryDirectory() as name:
        writer = event_parts.PartWriter(Path(name))
        writer.events(to_batch(events, event_schema()))
        writer.close()
        same_facts.link(Path(name))
        with event_store.workroom(Path(name)) as (connection, work):
            return judge(connection, inputs, work)


def sample(name: str, folder: Path) -> Outcome:
    """Analyse ``samples/NAME`` into ``folder`` with a fixed clock and key."""
    with march.clock("1592000000"):
        return analyze(
            Request(
                paths=(str(SAMPLES / name / "evidence"),),
                owner=SAMPLES / name / "owner.toml",
                registries=(SAMPLES / "registry",),
                snapshots=(SAMPLES / "snapshots",),
                case=folder / name,
                key=march.key_file(folder),
                stated={"title": f"Fictional sample: {name}", "examiner": "the examiner"},
                sample=True,
            )
        )
