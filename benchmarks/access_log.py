"""An access log, parsed and counted by address, whole processes by wall clock: ours, gawk that only counts, DuckDB's CSV reader.

    python benchmarks/access_log.py [--size MB | --log FILE] [--rounds N] [--threads N]

Ours is what an analysis does with each line (place, id, time, client, request, status, agent, detail; every line that is
no good entry a rejection), handed to DuckDB batch by batch and grouped there: rows, first, last, failures by address.
gawk counts first words, DuckDB's reader parses the words and counts, and leaves out lines that it cannot read. Rounds are
interleaved, medians count; imports and the start of each program are part of it. An idle machine with two processors is
assumed: seconds of one that is shared say nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent.parent))

OURS, ALONE, GAWK, DUCKDB = "ours", "ours, one thread", "gawk '{c[$1]++}'", "DuckDB read_csv"
GROUPED = """select count(*), sum(n), sum(failed) from (select address, count(*) as n, min(time), max(time),
count(*) filter (outcome = 'failure') as failed from events group by address)"""


def ours(path: Path, threads: int | None) -> dict[str, int]:
    """Read and group; return addresses, rows and rejected lines."""
    import duckdb
    import pyarrow as pa

    from benchmarks.ingest import evidences
    from forensics.event_table import event_schema
    from forensics.ingest.weblog.kernel import read_log

    rejected = 0

    def batches() -> object:
        nonlocal rejected
        for batch in read_log(next(iter(evidences(path))), "access_log", threads=threads):
            rejected += len(batch.rejections)
            yield batch.events

    with duckdb.connect() as connection:
        connection.register("events", pa.RecordBatchReader.from_batches(event_schema(), batches()))
        found = connection.execute(GROUPED).fetchone()
    addresses, rows, _ = found or (0, 0, 0)
    return {"addresses": addresses, "rows": rows, "rejected": rejected}


def counted_by_duckdb(path: Path) -> dict[str, int]:
    """Count by address with DuckDB's own reader."""
    from benchmarks.peers import duckdb_csv

    return {"rows": duckdb_csv(path)}


def commands(path: Path, threads: int | None) -> dict[str, list[str]]:
    """Return the command of each contender."""
    me = [sys.executable, str(HERE), "--contend"]
    return {
        OURS: [*me, OURS, str(path), str(threads or 0)],
        ALONE: [*me, ALONE, str(path), "1"],
        GAWK: ["gawk", "-b", "{c[$1]++} END{print length(c), NR}", str(path)],
        DUCKDB: [*me, DUCKDB, str(path), "0"],
    }


def timed(command: list[str]) -> tuple[float, float, int, str]:
    """Run a command; return wall seconds, processor seconds, peak memory in MB and what it printed."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    out = child.stdout.read() if child.stdout else ""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        message = f"{command[0]} ended with status {child.returncode}"
        raise SystemExit(message)
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss >> 10, out.strip()


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--contend"]:
        name, path, threads = sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
        print(json.dumps(counted_by_duckdb(path) if name == DUCKDB else ours(path, threads or None)))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256, help="MB of the log that is made (default 256)")
    parser.add_argument("--log", type=Path, help="a log at hand instead")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, help="threads of ours (default: as an analysis takes)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.log or Path(folder) / "access.log"
        if not chosen.log:
            from benchmarks import generate

            generate.write("access_log", path, chosen.size << 20)
        runs: dict[str, list[tuple[float, float, int, str]]] = {}
        for _ in range(chosen.rounds):
            for name, command in commands(path, chosen.threads).items():
                runs.setdefault(name, []).append(timed(command))
    gawk = statistics.median(run[0] for run in runs[GAWK])
    for name, found in runs.items():
        wall, cpu = statistics.median(run[0] for run in found), statistics.median(run[1] for run in found)
        peak = max(run[2] for run in found)
        print(
            f"{name:18} {wall:8.2f} s wall {cpu:8.2f} s processor {peak:6} MB  {wall / gawk:5.2f} x gawk  {found[0][3]}"
        )


if __name__ == "__main__":
    main()
