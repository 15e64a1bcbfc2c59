"""Whole runs on large exports: ``forensics analyze`` as a program, from the file to the sealed and verified case.

    python benchmarks/whole.py [--size MB] [--rows N] [--owner] [--keep FOLDER] [--json] [takeout_zip] [facebook_json]

Two inputs: a Takeout archive of ``--size`` MB (photos, side files, a page of searches, an access log of millions of rows
from a million addresses) and a Facebook history of ``--rows`` records. Printed are events, addresses, processor and wall
seconds, rows per processor second, and the peak memory of the process as the system counts it (``ru_maxrss``), beside
the goal of 1 GB; the load of the machine is printed, as seconds mean nothing without it. ``--owner`` declares an owner
with one network and a clean week, so that roles, sequences and links of every session are worked out, too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import generate

ROOT = Path(__file__).resolve().parent.parent
GOAL_MB = 1_024
OWNER = """[owner]
clean_windows = [["2020-03-01", "2020-03-02"]]
addresses = [{ net = "2001:db8:1::/48", label = "home" }]
"""
FACEBOOK_RECORD = 330
"""Bytes of a generated record."""


def made(kind: str, folder: Path, size: int, rows: int) -> Path:
    """Return the input of a kind, made unless the folder holds it."""
    target = folder / (f"takeout-{size}.zip" if kind == "takeout_zip" else f"facebook-{rows}.json")
    if not target.exists():
        partial = target.with_suffix(".tmp")
        generate.write(kind, partial, size << 20 if kind == "takeout_zip" else rows * FACEBOOK_RECORD)
        partial.rename(target)
    return target


def ran(words: list[str], folder: Path) -> tuple[float, float, int, str]:
    """Run the program; return wall seconds, processor seconds, peak memory in MB and what it printed."""
    started = time.perf_counter()
    with (folder / "out").open("w+", encoding="utf-8") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "forensics", *words],
            stdout=out,
            env={**os.environ, "PYTHONPATH": str(ROOT), "FORENSICS_HOME": str(folder)},
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read()
    if child.returncode:
        message = f"{' '.join(words[:1])} ended with status {child.returncode}"
        raise SystemExit(message)
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss >> 10, printed


def measure(kind: str, evidence: Path, folder: Path, *, owner: bool) -> dict[str, object]:
    """Analyse and verify one input; return the figures."""
    case = folder / f"case-{kind}"
    words = ["analyze", str(evidence), "--case", str(case), "--json"]
    if owner:
        (folder / "owner.toml").write_text(OWNER, encoding="utf-8")
        words += ["--owner", str(folder / "owner.toml")]
    load = os.getloadavg()[0]
    wall, cpu, peak, printed = ran(words, folder)
    told = json.loads(printed)
    rows = int(told["coverage"]["rows"])
    checked, _, verify_peak, _ = ran(["verify", str(case)], folder)
    return {
        "kind": kind,
        "megabytes": round(evidence.stat().st_size / 1e6),
        "rows": rows,
        "events": told["coverage"]["events"],
        "addresses": told["addresses_total"],
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "rows_per_cpu_second": round(rows / cpu),
        "peak_mb": peak,
        "goal_mb": GOAL_MB,
        "verify_seconds": round(checked, 1),
        "verify_peak_mb": verify_peak,
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Measure and print."""
    kinds = ("takeout_zip", "facebook_json")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(kinds))
    parser.add_argument("--size", type=int, default=1_024, help="MB of the Takeout archive (default 1024)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="records of the Facebook history")
    parser.add_argument("--owner", action="store_true", help="declare an owner")
    parser.add_argument("--keep", type=Path, help="folder that keeps the inputs, and has them from last time")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if unknown := set(chosen.kinds) - set(kinds):
        parser.error(f"unknown kinds: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(dir=chosen.keep) as name:
        for kind in chosen.kinds or kinds:
            evidence = made(kind, chosen.keep or Path(name), chosen.size, chosen.rows)
            row = measure(kind, evidence, Path(name), owner=chosen.owner)
            print(json.dumps(row) if chosen.json else "  ".join(f"{k}={v}" for k, v in row.items()), flush=True)


if __name__ == "__main__":
    main()
