"""Run the March case in this process, as the command line would."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from forensics import chain_of_custody as custody
from forensics.pipeline.analyze import analyze
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.request import demonstration

EPOCH = "1583971200"  # 2020-03-12 00:00:00 UTC
ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def clock(epoch: str = EPOCH) -> Iterator[None]:
    """Fix the clock."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = epoch
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before


def key_file(folder: Path) -> Path:
    """Write the test key; it is the same on every run."""
    path = folder / "test-key.pem"
    if not path.exists():
        custody.save_unprotected_key(custody.from_seed(bytes(range(32)), "test"), path)
    return path


def run(folder: Path, name: str = "case", *, pdf: bool = False) -> Outcome:
    """Analyse the March case into ``folder/name`` with a fixed clock and key; with the PDF only where it is looked at."""
    with clock():
        return analyze(replace(demonstration(folder / name, key_file(folder), None), pdf=pdf))


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a case with its bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
