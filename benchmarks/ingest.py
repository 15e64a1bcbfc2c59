"""Rows per second of every format through the real driver, with and without Parquet, beside a named peer.

    python benchmarks/ingest.py [--size MB] [--rounds N] [--json] [KIND ...]

Each measurement is a process of its own; rounds are interleaved (ours, ours with Parquet, peer, ours, ...), the median
counts. Seconds are processor time (user and system, with children: other work on the machine counts less) from the first
byte read to the last row handed on, without interpreter start and imports; ``rss`` is the peak of the process. A ratio is
peer time by our time: above 1 we are faster. Ratios are the result, seconds are illustration. A kind that no format
recognises yet is skipped, visibly.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import generate
from benchmarks.peers import PEERS, RLEAPP
from forensics.event_parts import PartWriter
from forensics.ingest import all_formats
from forensics.ingest.driver import read_member, recognise
from forensics.ingest.evidence import HEAD, Evidence
from forensics.pipeline.analyze import analyze
from forensics.pipeline.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from forensics.model import Rejection

OURS, STORED, WHOLE = "ours", "ours + Parquet", "ours, analyze"
MINE = (OURS, STORED, WHOLE)
KINDS = tuple(kind for kind in generate.KINDS if kind != "takeout_zip")
"""Kinds that one format reads; archives are measured as whole runs (``whole.py``)."""
BEGIN = 5 << 20
"""Bytes of an input that are read before the clock starts."""
JUDGED = ("takeout_csv", "facebook_json", "facebook_own_json", "instagram_json")
"""Kinds of account records: these are also measured from the file to the sealed case with its report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Medians of one kind: seconds and rows by contender, peak memory by contender in MB."""

    kind: str
    format: str
    megabytes: float
    rows: int
    seconds: dict[str, float]
    rss: dict[str, int]

    def ratio(self, peer: str, ours: str = OURS) -> float:
        """Return peer time by our time."""
        return self.seconds[peer] / self.seconds[ours]


class _Forgetful:
    """A sink that keeps nothing."""

    def events(self, batch: pa.RecordBatch) -> None:
        """Forget a batch."""

    def rejection(self, rejection: Rejection) -> None:
        """Forget a rejection."""


def evidences(path: Path) -> Iterator[Evidence]:
    """Yield the members of an input: the file, or every file of the folder."""
    for file in sorted(path.iterdir()) if path.is_dir() else (path,):
        with file.open("rb") as stream:
            head = stream.read(HEAD)
        yield Evidence(
            name="renamed.bin",  # recognition by shape is part of the work
            member=file.name if path.is_dir() else "",
            exhibit="0" * 64,
            size=file.stat().st_size,
            head=head,
            open=partial(_opened, file),
            path=str(file),
        )


def _opened(file: Path) -> BinaryIO:
    return file.open("rb")


def read(path: Path, folder: Path | None) -> int:
    """Read an input through the driver, into Parquet parts where a folder is given; return the rows."""
    known = all_formats()
    writer = PartWriter(folder) if folder else None
    rows = sum(read_member(evidence, known, writer or _Forgetful()).rows for evidence in evidences(path))
    if writer:
        writer.close()
    return rows


def _contend(kind: str, name: str, path: Path) -> None:
    """Be one contender once; print seconds, rows and memory as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        if name in MINE:
            _warm(path, Path(folder) / "warm")
        start = sum(os.times()[:4])
        if name == WHOLE:
            rows = _analysed(path, Path(folder) / "case")
        elif name in MINE:
            rows = read(path, Path(folder) / "case" if name == STORED else None)
        else:
            rows = PEERS[kind][name](path)
        seconds = sum(os.times()[:4]) - start
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({"seconds": seconds, "rows": rows, "rss": peak >> 10}))


def _analysed(path: Path, case: Path) -> int:
    """Run the whole analysis: intake, reading, sessions, addresses, findings, seal, report."""
    return analyze(Request(paths=(str(path),), case=case)).inputs.coverage.events


def _warm(path: Path, folder: Path) -> None:
    """Read the beginning of the input once, so that imports are not measured; large files are read in ways of their own."""
    first = next(evidences(path))
    with first.open() as stream:
        begin = stream.read(BEGIN)
    writer = PartWriter(folder)
    read_member(replace(first, size=len(begin), open=lambda: io.BytesIO(begin)), all_formats(), writer)
    writer.close()


def measure(kind: str, path: Path, rounds: int) -> Result | None:
    """Measure one kind; ``None`` when no format recognises it."""
    names = recognise(next(evidences(path)), all_formats())
    if not names:
        return None
    found: dict[str, list[dict[str, Any]]] = {
        name: [] for name in (*(MINE if kind in JUDGED else MINE[:2]), *PEERS[kind])
    }
    for _ in range(rounds):
        for name, runs in found.items():
            command = [sys.executable, __file__, "--contend", kind, name, str(path)]
            done = subprocess.run(
                command, check=True, stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": "0"}
            )
            runs.append(json.loads(done.stdout))
    files = path.iterdir() if path.is_dir() else (path,)
    return Result(
        kind=kind,
        format=names[0],
        megabytes=sum(file.stat().st_size for file in files) / 1e6,
        rows=found[OURS][0]["rows"],
        seconds={name: statistics.median(run["seconds"] for run in runs) for name, runs in found.items()},
        rss={name: max(run["rss"] for run in runs) for name, runs in found.items()},
    )


def results(kinds: tuple[str, ...], size: int, rounds: int) -> Iterator[tuple[str, Result | None]]:
    """Generate and measure every kind; sizes in MB (mail and the JSON kinds get a quarter)."""
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / kind
            generate.write(kind, path, (size << 20) // (1 if kind.endswith(("_log", "_csv")) else 4))
            yield kind, measure(kind, path, rounds)


def lines(kind: str, result: Result | None) -> Iterator[str]:
    """Write one kind as lines of a table."""
    if result is None:
        yield f"{kind:14} skipped: no format recognises it yet"
        return
    for name, seconds in result.seconds.items():
        ratio = "" if name in MINE else f"{result.ratio(name):7.2f}x {result.ratio(name, STORED):7.2f}x"
        speed = f"{result.rows / seconds:12,.0f} rows/s {result.megabytes / seconds:8.1f} MB/s {result.rss[name]:6} MB"
        yield f"{kind:14} {name:18} {seconds:8.3f} s {speed} {ratio}".rstrip()


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--contend"]:
        _contend(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--size", type=int, default=64, help="MB of each input (default 64)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one JSON object per kind")
    chosen = parser.parse_args()
    unknown = set(chosen.kinds) - set(KINDS)
    if unknown:
        parser.error(f"unknown kinds: {', '.join(sorted(unknown))}")
    if not RLEAPP:
        print("RLEAPP is not measured: name a checkout of it in the environment variable RLEAPP", file=sys.stderr)
    if not chosen.json:
        print("peer lines end with: peer time / ours, peer time / ours + Parquet (above 1 we are faster)")
    for kind, result in results(tuple(chosen.kinds) or KINDS, chosen.size, max(chosen.rounds, 3)):
        if not chosen.json:
            print(*lines(kind, result), sep="\n", flush=True)
        elif result is None:
            print(json.dumps({"kind": kind, "skipped": "no format recognises it yet"}), flush=True)
        else:
            shown = {
                "kind": kind,
                "format": result.format,
                "rows": result.rows,
                "megabytes": round(result.megabytes, 1),
            }
            print(json.dumps({**shown, "seconds": result.seconds, "rss_mb": result.rss}), flush=True)


if __name__ == "__main__":
    main()
