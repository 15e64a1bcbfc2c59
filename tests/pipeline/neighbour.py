"""Run the case of the neighbour in this process, as the command line would."""

from __future__ import annotations

from pathlib import Path

from forensics.pipeline.analyze import analyze
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.request import Request
from tests.pipeline import march

SAMPLES = march.ROOT / "samples"


def run(folder: Path, registries: tuple[Path, ...] = (SAMPLES / "registry",)) -> Outcome:
    """Analyse the neighbour's evidence into ``folder/case`` with a fixed clock and key."""
    request = Request(
        paths=(str(SAMPLES / "neighbour" / "evidence"),),
        case=folder / "case",
        owner=SAMPLES / "neighbour" / "owner.toml",
        registries=registries,
        snapshots=(SAMPLES / "snapshots",),
        key=march.key_file(folder),
        passphrase=None,
        stated={"title": "The neighbour (fictional sample)", "reference": "SAMPLE-3", "examiner": "the examiner"},
        sample=True,
    )
    with march.clock("1590969600"):  # 2020-06-01 00:00:00 UTC
        return analyze(request)
